"""Text -> the statements of the file, each a text of its own.

A change to one of them costs what that one costs: the others are parsed and checked already, and where
they now stand in the file is said beside them.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from remit.syntax.parser import openers

LONGEST = 250_000
"""Code points up to which a text is cut: one that has as many tokens is refused as a whole."""

_PARTS = r"""
    (?:(?<=[ \t\r\n])|\A)\#[^\n]*
  | "(?:[^"\\\n]|\\.)*"
  | `[^`\n]*`
  | (?P<opens>\{{)
  | (?P<closes>\}})
  | (?:(?<=\n)|\A)[ \t\r]*(?P<word>(?:{words})\b)(?!\.)
"""


class Part(NamedTuple):
    """A piece of a text, and where it begins there."""

    start: int
    text: str


class Cut(NamedTuple):
    """The pieces of a text; `whole`: whether each brace that one opens is closed in it."""

    parts: tuple[Part, ...]
    whole: bool


def cut(text: str) -> Cut:
    """The pieces that together are the text, each beginning with a statement but perhaps the first.

    Where braces do not fit together a word that begins a statement, and its line, begins a piece.
    """
    if len(text) > LONGEST:
        return Cut((Part(0, text),), whole=True)
    places: list[int] = []
    depth = 0
    whole = True
    for match in _expression().finditer(text):
        if match.lastgroup == "opens":
            depth += 1
        elif match.lastgroup == "closes":
            depth -= 1
            whole = whole and depth >= 0
        elif match.lastgroup == "word" and not depth:
            places.append(match.start("word"))
    whole = whole and not depth
    if not whole:
        places = [match.start() for match in _at_margin().finditer(text)]
    return Cut(tuple(_parts(text, places)), whole)


def _parts(text: str, places: list[int]) -> Iterator[Part]:
    starts = [0, *(_with_comments(text, place) for place in places[1:])]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield Part(start, text[start:end])


def _with_comments(text: str, place: int) -> int:
    """Where the comments and the empty lines before a statement begin: these belong to it."""
    start = text.rfind("\n", 0, place) + 1
    while True:
        line = text.rfind("\n", 0, start - 1) + 1
        if text[line:start].strip() and not text[line:start].lstrip().startswith("#"):
            return start
        start = line


@cache
def _words() -> str:
    return "|".join(sorted(openers()))


@cache
def _expression() -> re.Pattern[str]:
    return re.compile(_PARTS.format(words=_words()), re.VERBOSE)


@cache
def _at_margin() -> re.Pattern[str]:
    return re.compile(rf"^(?:{_words()})\b(?!\.)", re.MULTILINE)
