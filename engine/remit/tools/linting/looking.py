"""Paths -> what the linter finds in the sets there, and the sets as they would be mended."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from remit.decider.loading import BUNDLE
from remit.decider.reading import read_set
from remit.diagnostics import Code, Finding
from remit.linter import Allowed, Edit, Report, inspect
from remit.linter.catalogue import KNOWN
from remit.linter.mending import Set, mended
from remit.spans import Source
from remit.syntax.source import ENDING, read_beside
from remit.tools.inputs import BadInput
from remit.tools.terminal import near
from remit.tools.testing.written import document_of


@dataclass(slots=True)
class Found:
    """What was found in all sets; `mended` are files before and after."""

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


def look(paths: Sequence[Path], codes: frozenset[Code], *, mend: bool) -> Found:
    """Look at the sets at some paths for some codes; where they are mended, at what comes of that."""
    found = Found()
    for path in chain.from_iterable(map(_sets, paths)):
        reading = read_set(path)
        if reading.checked is None:
            found.sources += reading.sources
            found.errors += reading.findings
            continue
        given = Set(reading.sources, document_of(reading.sources), reading.checked, reading.findings)
        if not mend:
            report = inspect(
                given.document, given.checked, given.sources, codes=codes, warnings=given.warnings
            )
            found.add(report, given.sources)
            continue
        done, report = mended(given, read_beside, codes=codes)
        found.add(report, done.sources)
        changed = zip(given.sources, done.sources, strict=True)
        found.mended += [(before, after) for before, after in changed if before.text != after.text]
    return found


def _sets(path: Path) -> Iterator[Path]:
    """The path itself, or where it is a folder without policies the folders below that have some.

    Raises BadInput for a bundle.
    """
    if path.suffix == BUNDLE:
        raise BadInput(f"{path}: a bundle has no source: name the files it was made of")
    if not path.is_dir() or any(path.glob(f"*{ENDING}")):
        yield path
        return
    below: list[Path] = []
    for folder, inside, files in os.walk(path):
        inside[:] = [name for name in inside if not name.startswith(".")]
        if any(file.endswith(ENDING) for file in files):
            below.append(Path(folder))
    yield from sorted(below) or [path]


# ---- codes


def codes_of(select: Sequence[str] | None, ignore: Sequence[str] | None) -> frozenset[Code]:
    """The codes that are to be reported. Raises BadInput."""
    wanted = _all_named(select or ()) if select else set(KNOWN)
    return frozenset(wanted - _all_named(ignore or ()))


def one_code(said: str) -> Code:
    """The code of a name, or itself. Raises BadInput."""
    named = _named(said)
    if len(named) != 1:
        raise _no_code(said)
    return named.pop()


def _all_named(texts: Sequence[str]) -> set[Code]:
    named: set[Code] = set()
    for said in (part.strip() for text in texts for part in text.split(",")):
        codes = _named(said)
        if not codes:
            raise _no_code(said)
        named |= codes
    return named


def _named(said: str) -> set[Code]:
    """The codes of a name, or that begin with a text."""
    begins = said.upper()
    return {c for c, (name, _) in KNOWN.items() if name == said or (begins and c.startswith(begins))}


def _no_code(said: str) -> BadInput:
    known = [*KNOWN, *(name for name, _ in KNOWN.values())]
    hint = near(said, known) or "; `remit lint --list` says which there are"
    return BadInput(f"`{said}` is no code{hint}")
