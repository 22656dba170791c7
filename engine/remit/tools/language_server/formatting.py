"""A text -> the edits that lay it out as `remit fmt` does.

Statements with no empty line between them are laid out together, for they may be rows of one table.
Those parted by one are not: so what has not changed since it was last laid out is not laid out again.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.diagnostics import has_errors
from remit.spans import Source, Span
from remit.syntax.format import formatted
from remit.syntax.source import inspect
from remit.tools.language_server.cutting import Part, cut

_GAP = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t\r]*\n")
"""Lines before a statement, the last of them empty."""
_REMEMBERED = 2_000


def edits(text: str, span: Span) -> list[tuple[Span, str]]:
    """What is to be replaced by what, in the statements that a span touches.

    Nothing where any of them cannot be read.
    """
    _, refused = inspect(span.file, text)
    if has_errors(refused):
        return []
    found: list[tuple[Span, str]] = []
    for part in _apart(text):
        end = part.start + len(part.text)
        if part.start <= span.end and span.start <= end:
            made = _laid_out(part.text)
            if made is None:
                return []
            between = "" if end == len(text) else "\n"
            found += _change(span.file, part, made + between)
    return found


def _change(file: str, part: Part, made: str) -> Iterator[tuple[Span, str]]:
    """The edit that makes one text of another, of as few lines as are between the first and the last."""
    if made == part.text:
        return
    old, new = part.text.splitlines(keepends=True), made.splitlines(keepends=True)
    most = min(len(old), len(new))
    above = next((n for n in range(most) if old[n] != new[n]), most)
    most -= above
    below = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    start = part.start + sum(map(len, old[:above]))
    end = part.start + sum(map(len, old[: len(old) - below]))
    yield Span(file, start, end), "".join(new[above : len(new) - below])


def _apart(text: str) -> Iterator[Part]:
    """The text in parts, each but the last with the first of the empty lines after it."""
    parts, whole = cut(text)
    begun = 0
    for part in parts[1:] if whole else ():
        gap = _GAP.match(text, part.start)
        if gap is not None:
            yield Part(begun, text[begun : gap.end()])
            begun = gap.end()
    yield Part(begun, text[begun:])


@lru_cache(_REMEMBERED)
def _laid_out(text: str) -> str | None:
    made, found = formatted(Source("", text))
    return None if found else made
