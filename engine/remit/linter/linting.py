"""A set without an error -> what is doubtful in it, what of that is allowed, what would mend it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from remit.checker.checked import Checked
from remit.diagnostics import Code, Finding, sorted_findings
from remit.linter import clients, conditions, declarations, fixtures, rules, safety
from remit.linter.allowing import Allowed, allowances, sorted_out
from remit.linter.catalogue import CATALOGUE, WARNINGS
from remit.linter.notes import Edit
from remit.linter.scene import look_at
from remit.spans import Source
from remit.syntax import tree

_STAGES = (conditions, rules, safety, clients, declarations, fixtures)


@dataclass(frozen=True, slots=True)
class Report:
    """The findings in reporting order, those that comments allow, and what mends which finding."""

    findings: tuple[Finding, ...]
    allowed: tuple[Allowed, ...]
    edits: Mapping[Finding, tuple[Edit, ...]]


def inspect(
    document: tree.Document,
    checked: Checked,
    sources: Sequence[Source],
    *,
    codes: Collection[Code] | None = None,
    warnings: Sequence[Finding] | None = None,
) -> Report:
    """Look at a set in every way.

    `codes` are those that are reported: of the linter, and of the checker; None for all. `warnings` are
    the checker's, which comments may allow as well: they are reported along with the others.
    """
    scene = look_at(document, checked, sources, warnings or ())
    notes = [note for stage in _STAGES for note in stage.look(scene)]
    edits: dict[Finding, tuple[Edit, ...]] = {}
    for note in notes:
        edits.setdefault(note.finding, note.edits)
    judged = frozenset(CATALOGUE if warnings is None else (*CATALOGUE, *WARNINGS))
    found = sorted_findings((*edits, *(warnings or ())))
    stay, allowed = sorted_out(found, allowances(document, scene.texts), judged=judged)
    wanted = frozenset(Code) if codes is None else frozenset(codes)
    reported = sorted_findings(finding for finding in stay if finding.code in wanted)
    return Report(
        reported,
        tuple(each for each in allowed if each.finding.code in wanted),
        {finding: edits[finding] for finding in reported if edits.get(finding)},
    )


def lint(
    document: tree.Document,
    checked: Checked,
    sources: Sequence[Source],
    *,
    codes: Collection[Code] | None = None,
) -> tuple[Finding, ...]:
    """What is doubtful in a set, without what its comments allow."""
    return inspect(document, checked, sources, codes=codes).findings
