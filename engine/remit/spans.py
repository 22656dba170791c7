"""Places in policy text: a source, and a span of it.

Stages know only offsets; a source turns them into lines and columns when a finding is shown.
"""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open range `start:end` of code points in the source called `file`."""

    file: str
    start: int
    end: int

    def to(self, last: "Span") -> "Span":
        """The span from the beginning of this one to the end of `last`."""
        return Span(self.file, self.start, last.end)


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column, both counted from 1; columns are code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """One policy file: the name it is reported under, and its decoded text."""

    file: str
    text: str
    _line_starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the beginnings of the lines."""
        starts = [0]
        starts.extend(i + 1 for i, character in enumerate(self.text) if character == "\n")
        object.__setattr__(self, "_line_starts", starts)

    def position(self, offset: int) -> Position:
        """Where the code point at `offset` stands."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number`, without its line break."""
        start = self._line_starts[number - 1]
        stop = self.text.find("\n", start)
        return self.text[start : stop if stop >= 0 else len(self.text)].rstrip("\r")
