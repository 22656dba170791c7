"""Sources -> the same with everything mended that can be mended safely."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from remit.checker import check
from remit.checker.checked import Checked
from remit.checker.files import Beside
from remit.diagnostics import Code, Finding
from remit.linter.fixes import applied, chosen
from remit.linter.linting import Report, inspect
from remit.spans import Source
from remit.syntax import tree
from remit.syntax.parser import parse


class Set(NamedTuple):
    """A set without an error, and what the checker warns of."""

    sources: tuple[Source, ...]
    document: tree.Document
    checked: Checked
    warnings: tuple[Finding, ...]


def mended(given: Set, beside: Beside, *, codes: Collection[Code] | None = None) -> tuple[Set, Report]:
    """The set with its edits made, round after round, and what is then found in it.

    `codes` are those that are mended and reported, `beside` finds the files that the policy names. A set
    that would have an error is not made.
    """
    report = _report(given, codes)
    # INVARIANT: what is mended is shorter, so there is an end to it.
    while edits := chosen(report.edits.values()):
        following = _read(tuple(Source(s.file, applied(s, edits)) for s in given.sources), beside)
        if following is None:
            break
        given, report = following, _report(following, codes)
    return given, report


def _report(given: Set, codes: Collection[Code] | None) -> Report:
    return inspect(given.document, given.checked, given.sources, codes=codes, warnings=given.warnings)


def _read(sources: Sequence[Source], beside: Beside) -> Set | None:
    documents = [parse(source) for source in sources]
    if any(found for _, found in documents):
        return None
    document = tree.Document(tuple(item for each, _ in documents for item in each.items))
    checked, warnings = check.check(document, beside)
    return None if checked is None else Set(tuple(sources), document, checked, warnings)
