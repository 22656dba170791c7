"""Results -> a picture: latency against number of rules, both on logarithmic scales.

Colours come from a style sheet inside the picture, which follows the reader's light or dark mode. Names
stand where lines end, moved apart where they would cover each other.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from operator import itemgetter

from benchmarks.report import Results
from benchmarks.scenarios import GROWTH

WIDTH, HEIGHT = 880, 560
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 670, 62, 500
_LABEL_HEIGHT = 17
_OURS = ("remit allows", "remit decide")
_BY_HAND = ("by hand, checked",)
_LEFT_OUT = ("by hand", "by hand, prepared", "remit from claims")
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
    """An engine's microseconds at numbers of rules."""

    engine: str
    points: tuple[tuple[int, float], ...]

    @property
    def look(self) -> str:
        """Its class in the style sheet."""
        if self.engine in _OURS:
            return "ours"
        return "hand" if self.engine in _BY_HAND else "peer"


def lines(results: Results) -> list[Line]:
    """A line for each engine that was timed at two numbers of rules at least."""
    found: list[Line] = []
    for engine in dict.fromkeys(row.engine for row in results.rows):
        rows = [(rules, results.row(engine, f"s3-{rules}")) for rules in GROWTH]
        points = tuple(
            (rules, results.microseconds(row.cold))
            for rules, row in rows
            if row is not None and row.cold
        )
        if engine not in _LEFT_OUT and len(points) > 1:
            found.append(Line(engine, points))
    return found


def draw(results: Results) -> str:
    """The SVG."""
    drawn = lines(results)
    costs = [cost for line in drawn for _, cost in line.points]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    scale = _Scale(low, high)
    body = [*_grid(scale)]
    for line in sorted(drawn, key=lambda line: line.look == "ours"):
        spots = [(scale.x(rules), scale.y(cost)) for rules, cost in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        body.append(f'<polyline class="{line.look} line" points="{path}"/>')
        body += [f'<circle class="{line.look} dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in spots]
    body += _labels(drawn, scale)
    about = f"requests and users never seen before; {results.machine}"
    title = "Microseconds per decision, by number of rules"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{title}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f'<text class="title" x="{_LEFT}" y="28">{title}</text>',
            f'<text x="{_LEFT}" y="48">{escape(about)}</text>',
            *body,
            "</svg>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where powers of ten come to lie."""

    low: int
    high: int

    def x(self, rules: float) -> float:
        """Pixels from the left."""
        first, last = math.log10(GROWTH[0]), math.log10(GROWTH[-1])
        return _LEFT + (math.log10(rules) - first) / (last - first) * (_RIGHT - _LEFT)

    def y(self, cost: float) -> float:
        """Pixels from the top."""
        return _BOTTOM - (math.log10(cost) - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)


def _grid(scale: _Scale) -> Iterator[str]:
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10**power)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>'
        name = _duration(power)
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    for rules in GROWTH:
        x = scale.x(rules)
        yield f'<path class="grid" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{_BOTTOM + 20}" text-anchor="middle">{rules:,}</text>'
    middle = (_LEFT + _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{_BOTTOM + 42}" text-anchor="middle">rules</text>'


def _duration(power: int) -> str:
    """A power of ten of a microsecond, as people write it."""
    unit, exponent = ("us", power) if power < 3 else ("ms", power - 3)
    if power < 0:
        unit, exponent = "ns", power + 3
    return f"{10**exponent:,} {unit}"


def _labels(drawn: Sequence[Line], scale: _Scale) -> Iterator[str]:
    """Names beside the ends of lines, from the top down."""
    ends = sorted(((scale.y(line.points[-1][1]), line) for line in drawn), key=itemgetter(0))
    for (end, line), y in zip(ends, apart([end for end, _ in ends]), strict=True):
        x = scale.x(line.points[-1][0])
        yield f'<path class="leader" d="M{x + 5:.1f} {end:.1f}L{_RIGHT + 22} {y:.1f}"/>'
        yield f'<text class="{line.look}" x="{_RIGHT + 26}" y="{y + 4:.1f}">{escape(line.engine)}</text>'


def apart(wished: Sequence[float]) -> list[float]:
    """Positions near `wished` (ascending), none nearer to the next than a label is high.

    Labels that would overlap become a group around the middle of what its members wished.
    """
    groups: list[list[float]] = []
    for wish in wished:
        groups.append([wish])
        while len(groups) > 1 and _low(groups[-1]) < _low(groups[-2]) + len(groups[-2]) * _LABEL_HEIGHT:
            groups[-2:] = [groups[-2] + groups[-1]]
    return [_low(group) + place * _LABEL_HEIGHT for group in groups for place in range(len(group))]


def _low(group: Sequence[float]) -> float:
    return sum(group) / len(group) - (len(group) - 1) * _LABEL_HEIGHT / 2
