"""`remit lint`: what is doubtful in policies, and the edits that mend it."""

import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from remit.decider.reading import read_set
from remit.diagnostics import Code, Finding, as_record, render_all
from remit.linter import Allowed, Edit, Report, inspect
from remit.linter.catalogue import KNOWN, explained
from remit.linter.mending import Set, mended
from remit.spans import Source
from remit.syntax.source import ENDING, read_beside
from remit.tools import sarif
from remit.tools.inputs import BadInput
from remit.tools.options import AsJson
from remit.tools.terminal import BAD_POLICY, DENIED, counted, print_json, stop
from remit.tools.testing.written import document_of
from remit.tools.writing import rewrite

PolicyPaths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH...", help="A .remit file, or a folder of them, or of such folders."),
]
Mend = Annotated[
    bool, typer.Option("--fix", help="Mend what can be mended without changing a decision.")
]
ShowDiff = Annotated[bool, typer.Option("--diff", help="Write nothing; show what --fix would change.")]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="CODES", help="Only these: L205, L2 for all that begin so, names."),
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="CODES", help="All but these; as --select.")
]
Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="CODE", help="Say what a code is about, with examples."),
]
ListCodes = Annotated[bool, typer.Option("--list", help="List all codes.")]
SarifFile = Annotated[
    Path | None,
    typer.Option("--sarif", metavar="FILE", help="Write what code hosts read (SARIF 2.1.0)."),
]


@dataclass(slots=True)
class _Found:
    """What was found in all sets."""

    sources: list[Source] = field(default_factory=list[Source])
    errors: list[Finding] = field(default_factory=list[Finding])
    findings: list[Finding] = field(default_factory=list[Finding])
    allowed: list[Allowed] = field(default_factory=list[Allowed])
    edits: dict[Finding, tuple[Edit, ...]] = field(default_factory=dict[Finding, tuple[Edit, ...]])
    mended: list[tuple[Source, Source]] = field(default_factory=list[tuple[Source, Source]])

    def add(self, report: Report, sources: Sequence[Source]) -> None:
        """Add what was found in one set."""
        self.sources += sources
        self.findings += report.findings
        self.allowed += report.allowed
        self.edits |= report.edits


def lint_policies(  # noqa: PLR0913  (the options of one command)
    paths: PolicyPaths = None,
    *,
    fix: Mend = False,
    diff: ShowDiff = False,
    select: Select = None,
    ignore: Ignore = None,
    explain: Explain = None,
    list_codes: ListCodes = False,
    sarif_file: SarifFile = None,
    as_json: AsJson = False,
) -> None:
    """Report what is most likely a slip, though it has a meaning.

    `remit lint policies --fix` mends what it can; a comment `# lint: allow L205 because ...` lets a
    finding stand.
    """
    if list_codes:
        _list(as_json=as_json)
    elif explain is not None:
        print(explained(_one_code(explain)))
    elif not paths:
        raise BadInput("name a policy: a file, or a folder")
    else:
        codes = _codes(select, ignore)
        found = _look(paths, codes, fix=fix or diff)
        _tell(found, diff=diff, write=fix and not diff, as_json=as_json)
        if sarif_file is not None:
            _write_sarif(sarif_file, found)
        if found.errors:
            stop(BAD_POLICY, counted(len(found.errors), "error"), quiet=as_json)
        if found.findings or (diff and found.mended):
            raise typer.Exit(DENIED)


# ---- codes


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json([{"code": c, "name": name, "summary": text} for c, (name, text) in KNOWN.items()])
        return
    for code, (name, text) in KNOWN.items():
        print(f"{code}  {name:<26}{text}")


def _one_code(said: str) -> Code:
    named = _named(said)
    if len(named) != 1:
        raise BadInput(f"`{said}` is no code; `remit lint --list` says which there are")
    return named.pop()


def _codes(select: Sequence[str] | None, ignore: Sequence[str] | None) -> frozenset[Code]:
    """The codes that are to be reported."""
    wanted = _all_named(select or ()) if select else set(KNOWN)
    return frozenset(wanted - _all_named(ignore or ()))


def _all_named(texts: Sequence[str]) -> set[Code]:
    named: set[Code] = set()
    for said in (part.strip() for text in texts for part in text.split(",")):
        codes = _named(said)
        if not codes:
            raise BadInput(f"`{said}` is no code; `remit lint --list` says which there are")
        named |= codes
    return named


def _named(said: str) -> set[Code]:
    """The codes of a name, or that begin with a text."""
    begins = said.upper()
    return {c for c, (name, _) in KNOWN.items() if name == said or (begins and c.startswith(begins))}


# ---- sets


def _look(paths: Sequence[Path], codes: frozenset[Code], *, fix: bool) -> _Found:
    found = _Found()
    for path in chain.from_iterable(map(_sets, paths)):
        reading = read_set(path)
        if reading.checked is None:
            found.sources += reading.sources
            found.errors += reading.findings
            continue
        document = document_of(reading.sources)
        if not fix:
            report = inspect(
                document, reading.checked, reading.sources, codes=codes, warnings=reading.findings
            )
            found.add(report, reading.sources)
            continue
        given = Set(reading.sources, document, reading.checked, reading.findings)
        done, report = mended(given, read_beside, codes=codes)
        found.add(report, done.sources)
        changed = zip(reading.sources, done.sources, strict=True)
        found.mended += [(before, after) for before, after in changed if before.text != after.text]
    return found


def _sets(path: Path) -> Iterator[Path]:
    """The path itself, or where it is a folder without policies the folders below that have some."""
    if not path.is_dir() or any(path.glob(f"*{ENDING}")):
        yield path
        return
    below: list[Path] = []
    for folder, inside, files in os.walk(path):
        inside[:] = [name for name in inside if not name.startswith(".")]
        if any(file.endswith(ENDING) for file in files):
            below.append(Path(folder))
    yield from sorted(below) or [path]


# ---- what is said


def _tell(found: _Found, *, diff: bool, write: bool, as_json: bool) -> None:
    for before, after in found.mended if write else ():
        rewrite(Path(before.file), after.text)
    if as_json:
        print_json(_record(found))
        return
    for before, after in found.mended:
        if diff:
            print(_difference(before, after), end="")
        else:
            print(f"mended: {before.file}")
    told = [*found.errors, *found.findings]
    if told and not diff:
        print(render_all(told, found.sources))
    if not (diff or found.errors):
        mendable = f", {len(found.edits)} of them to be mended by --fix" if found.edits else ""
        number = counted(len(found.findings), "finding") if found.findings else "nothing"
        print(f"{counted(len(found.sources), 'file')} looked at, {number} found{mendable}")


def _difference(before: Source, after: Source) -> str:
    old, new = (each.text.splitlines(keepends=True) for each in (before, after))
    return "".join(difflib.unified_diff(old, new, before.file, before.file))


def _record(found: _Found) -> dict[str, Any]:
    by_file = {source.file: source for source in found.sources}

    def record(finding: Finding) -> dict[str, Any]:
        source = by_file.get(finding.span.file) if finding.span else None
        name = KNOWN[finding.code][0] if finding.code in KNOWN else None
        edits = [
            {"file": e.span.file, "start": e.span.start, "end": e.span.end, "replacement": e.replacement}
            for e in found.edits.get(finding, ())
        ]
        return {**as_record(finding, source), "name": name, "edits": edits}

    return {
        "findings": [record(finding) for finding in (*found.errors, *found.findings)],
        "allowed": [{**record(each.finding), "reason": each.reason} for each in found.allowed],
        "mended": [before.file for before, _ in found.mended],
    }


def _write_sarif(path: Path, found: _Found) -> None:
    log = sarif.log([*found.errors, *found.findings], found.allowed, found.edits, found.sources)
    try:
        path.write_bytes(orjson.dumps(log, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
