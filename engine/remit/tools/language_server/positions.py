"""Offsets in a text, in code points -> lines and columns as an editor counts them, and back.

An editor counts in units of the encoding that it agreed upon with the server (LSP 3.17, `Position`): a
column of UTF-16 counts a character beyond U+FFFF twice. Lines end with LF, CRLF or CR.
"""

import re
from bisect import bisect_right
from enum import StrEnum
from typing import NamedTuple, assert_never

_LINE_END = re.compile(r"\r\n|\n|\r")
_UTF8_LIMITS = (0x80, 0x800, 0x10000)


class Encoding(StrEnum):
    """What columns are counted in."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Place(NamedTuple):
    """A line and a column, both counted from 0."""

    line: int
    column: int


class Lines:
    """The lines of one text."""

    def __init__(self, text: str, encoding: Encoding = Encoding.UTF16) -> None:
        """Find where the lines begin."""
        self.text = text
        self.encoding = encoding
        ends = [(match.start(), match.end()) for match in _LINE_END.finditer(text)]
        self._starts = [0, *(end for _, end in ends)]
        self._stops = [*(start for start, _ in ends), len(text)]
        self._plain = text.isascii()

    def place(self, offset: int) -> Place:
        """Where the code point at `offset` stands; one beyond the text stands at its end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        if self._plain:
            return Place(line, offset - start)
        return Place(line, units(self.text[start:offset], self.encoding))

    def offset(self, place: Place) -> int:
        """The offset of a place.

        One behind the end of a line is at that end, one inside of a character at its beginning.
        """
        if place.line >= len(self._starts):
            return len(self.text)
        start, stop = self._starts[place.line], self._stops[place.line]
        if self._plain:
            return min(start + place.column, stop)
        left = place.column
        for offset in range(start, stop):
            left -= units(self.text[offset], self.encoding)
            if left < 0:
                return offset
        return stop


def units(text: str, encoding: Encoding) -> int:
    """How many units of an encoding a text takes."""
    match encoding:
        case Encoding.UTF8:
            return sum(1 + sum(ord(sign) >= limit for limit in _UTF8_LIMITS) for sign in text)
        case Encoding.UTF16:
            return sum(1 + (ord(sign) >= _UTF8_LIMITS[-1]) for sign in text)
        case Encoding.UTF32:
            return len(text)
        case _:
            assert_never(encoding)


def changed(lines: Lines, start: Place, end: Place, new: str) -> str:
    """The text with what stands from one place to another replaced."""
    text = lines.text
    return text[: lines.offset(start)] + new + text[lines.offset(end) :]
