"""Texts of a policy -> what the linter says of them, and the texts that it mends them into."""

import re
from collections.abc import Mapping
from functools import cache

from remit.decider.reading import read_set
from remit.diagnostics import Finding
from remit.linter import Report, inspect
from remit.linter.catalogue import PRELUDE
from remit.linter.mending import Set, mended
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.tree import Document

MARK = re.compile(r" +# (L\d\d\d)$", re.MULTILINE)
NAME = "example.remit"


def unmarked(text: str) -> str:
    """An example without the comments that say where its finding is."""
    return MARK.sub("", text)


def marked(text: str) -> list[int]:
    """The lines, from 1, at which an example is marked, or allows something."""
    lines = enumerate(text.splitlines(), 1)
    return [number for number, line in lines if MARK.search(line) or "# lint:" in line]


def read(files: Mapping[str, str]) -> Set:
    """A policy of texts by file, which has no error."""
    reading = read_set(None, files)
    assert reading.checked is not None, reading.findings
    items = (item for source in reading.sources for item in _parsed(source).items)
    return Set(reading.sources, Document(tuple(items)), reading.checked, reading.findings)


@cache
def _parsed(source: Source) -> Document:
    return parse(source)[0]


def report_of(files: Mapping[str, str]) -> Report:
    """What is found in a policy, the checker's warnings included."""
    given = read(files)
    return inspect(given.document, given.checked, given.sources, warnings=given.warnings)


def report(text: str) -> Report:
    """What is found in a text beside the prelude."""
    return report_of({"prelude.remit": PRELUDE, NAME: text})


def found(text: str) -> list[tuple[str, str]]:
    """The codes found in a text beside the prelude, each with the first line of the text it is at."""
    source = Source(NAME, text)
    return [(finding.code.value, at(finding, source)) for finding in report(text).findings]


def at(finding: Finding, source: Source) -> str:
    """The first line of the text that a finding is at."""
    assert finding.span is not None
    return source.text[finding.span.start : finding.span.end].partition("\n")[0]


def mend(text: str) -> str:
    """A text beside the prelude, mended as far as it can be."""
    files = {"prelude.remit": PRELUDE, NAME: text}
    done, _ = mended(read(files), lambda _file, _name: None)
    return next(source.text for source in done.sources if source.file == NAME)
