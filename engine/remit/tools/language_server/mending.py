"""Findings -> the edits that would mend them, where one is suggested.

A finding says in its help what it takes: another spelling, a test before a read, backquotes. What is
said there in words is done here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from remit.diagnostics import Code, Finding
from remit.linter import Edit
from remit.spans import Span

_MEANT = re.compile(r"did you mean `(?P<name>.*)`\?")
_QUOTED = re.compile(r"if `(?P<name>.*)` is a name, put it in backquotes")
_GUARD = re.compile(r"write `has (?P<path>\S+) and \.\.\.`")
_ONE_OF = re.compile(r"`([^`]+)`")
_FEW = 5


@dataclass(frozen=True, slots=True)
class Mending:
    """A change that a finding suggests; `sure`: whether it is the one that is meant, most likely."""

    title: str
    finding: Finding
    edits: tuple[Edit, ...]
    sure: bool = False


def mendings(finding: Finding, text: str, edits: tuple[Edit, ...] = ()) -> Iterator[Mending]:
    """What can be done about a finding in a file with this text; `edits` are the linter's."""
    span, hint = finding.span, finding.help or ""
    if edits:
        yield Mending(
            f"mend {finding.code}: {finding.help or finding.message}", finding, edits, sure=True
        )
    if span is None:
        return
    said = text[span.start : span.end]
    if (match := _MEANT.fullmatch(hint)) is not None:
        yield _replaced(finding, span, said, match["name"])
    elif (match := _QUOTED.match(hint)) is not None:
        yield from _in_backquotes(finding, span, text, match["name"])
    elif finding.code is Code.UNGUARDED_OPTIONAL and (match := _GUARD.match(hint)) is not None:
        yield from _guarded(finding, span, match["path"])
    elif hint.startswith("one of `"):
        for name in _ONE_OF.findall(hint)[:_FEW]:
            yield replace(_replaced(finding, span, said, name), sure=False)


def _replaced(finding: Finding, span: Span, said: str, name: str) -> Mending:
    """Another name in place of the one that is not known."""
    written = f'"{name}"' if said.startswith('"') else name
    if "." in name and "." not in said:
        written = name.rpartition(".")[2]
    return Mending(f"change to `{name}`", finding, (Edit(span, written),), sure=True)


def _in_backquotes(finding: Finding, span: Span, text: str, name: str) -> Iterator[Mending]:
    """A name that is no plain one, wherever it stands nearest before the place that was found."""
    start = text.rindex(name, 0, span.end + len(name))
    place = Span(span.file, start, start + len(name))
    yield Mending(f"put `{name}` in backquotes", finding, (Edit(place, f"`{name}`"),), sure=True)


def _guarded(finding: Finding, span: Span, path: str) -> Iterator[Mending]:
    """A test that what may be absent is there."""
    before = Span(span.file, span.start, span.start)
    yield Mending(f"test `has {path}` first", finding, (Edit(before, f"has {path} and "),))
