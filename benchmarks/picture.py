"""Lines over two axes -> an SVG that reads well in light and in dark mode.

Colours come from a style sheet inside the picture, which follows the reader's mode. Names stand where
lines end, moved apart where they would cover each other.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from operator import itemgetter

_WIDTH, _HEIGHT = 880, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 670, 62, 500
_LABEL_HEIGHT = 17
_STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a }
.title { font-size: 16px; font-weight: 600; fill: #1f2328 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke: #8c959f; stroke-width: 1.6 }
.dot { fill: #8c959f }
.leader { stroke: #8c959f; stroke-width: 0.7; fill: none }
.hand.line { stroke: #1f2328; stroke-dasharray: 5 4; stroke-width: 2 }
.hand.dot, text.hand { fill: #1f2328 }
.ours.line { stroke: #1a7f37; stroke-width: 3 }
.ours.dot, text.ours { fill: #1a7f37; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  .title, .hand.dot, text.hand { fill: #f0f6fc }
  .grid { stroke: #3d444d }
  .hand.line { stroke: #f0f6fc }
  .ours.line { stroke: #3fb950 }
  .ours.dot, text.ours { fill: #3fb950 }
}"""


@dataclass(frozen=True, slots=True)
class Line:
    """A name, points from left to right, and a look: `ours`, `hand` or `peer`."""

    name: str
    points: tuple[tuple[float, float], ...]
    look: str = "peer"


@dataclass(frozen=True, slots=True)
class Axis:
    """Values and what is written beside them, ascending; the first and the last are the ends."""

    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = True

    def share(self, value: float) -> float:
        """How far along the axis a value is: 0 at the first tick, 1 at the last."""
        first, last = self._scaled(self.ticks[0][0]), self._scaled(self.ticks[-1][0])
        return (self._scaled(value) - first) / (last - first)

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: `unit` names the axis across, the title the one up."""

    title: str
    about: str
    across: Axis
    unit: str
    up: Axis
    lines: tuple[Line, ...]

    def svg(self) -> str:
        """Draw it."""
        body = list(self._grid())
        for line in sorted(self.lines, key=lambda line: line.look == "ours"):
            spots = [(self._x(x), self._y(y)) for x, y in line.points]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
            body.append(f'<polyline class="{line.look} line" points="{path}"/>')
            body += [
                f'<circle class="{line.look} dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in spots
            ]
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(self.title)}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f'<text class="title" x="{_LEFT}" y="28">{escape(self.title)}</text>',
            f'<text x="{_LEFT}" y="48">{escape(self.about)}</text>',
        ]
        return "\n".join([*head, *body, *self._names(), "</svg>\n"])

    def _x(self, value: float) -> float:
        return _LEFT + self.across.share(value) * (_RIGHT - _LEFT)

    def _y(self, value: float) -> float:
        return _BOTTOM - self.up.share(value) * (_BOTTOM - _TOP)

    def _grid(self) -> Iterator[str]:
        for value, name in self.up.ticks:
            y = self._y(value)
            yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        for value, name in self.across.ticks:
            x = self._x(value)
            yield f'<path class="grid" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>'
            yield f'<text x="{x:.1f}" y="{_BOTTOM + 20}" text-anchor="middle">{escape(name)}</text>'
        middle = (_LEFT + _RIGHT) // 2
        yield f'<text x="{middle}" y="{_BOTTOM + 42}" text-anchor="middle">{escape(self.unit)}</text>'

    def _names(self) -> Iterator[str]:
        """Names at the ends of lines: beside the axes from the top down, or where a line stops early."""
        last = self.across.ticks[-1][0]
        for line in self.lines:
            x, y = line.points[-1]
            if x < last:
                place = f'x="{self._x(x) + 9:.1f}" y="{self._y(y) + 4:.1f}"'
                yield f'<text class="{line.look}" {place}>{escape(line.name)}</text>'
        whole = [line for line in self.lines if line.points[-1][0] == last]
        ends = sorted(((self._y(line.points[-1][1]), line) for line in whole), key=itemgetter(0))
        for (end, line), y in zip(ends, apart([end for end, _ in ends]), strict=True):
            yield f'<path class="leader" d="M{_RIGHT + 5} {end:.1f}L{_RIGHT + 22} {y:.1f}"/>'
            place = f'x="{_RIGHT + 26}" y="{y + 4:.1f}"'
            yield f'<text class="{line.look}" {place}>{escape(line.name)}</text>'


def apart(wished: Sequence[float]) -> list[float]:
    """Positions near `wished` (ascending), none nearer to the next than a name is high.

    Names that would overlap become a group around the middle of what its members wished.
    """
    groups: list[list[float]] = []
    for wish in wished:
        groups.append([wish])
        while len(groups) > 1 and _top(groups[-1]) < _top(groups[-2]) + len(groups[-2]) * _LABEL_HEIGHT:
            groups[-2:] = [groups[-2] + groups[-1]]
    return [_top(group) + place * _LABEL_HEIGHT for group in groups for place in range(len(group))]


def _top(group: Sequence[float]) -> float:
    return sum(group) / len(group) - (len(group) - 1) * _LABEL_HEIGHT / 2
