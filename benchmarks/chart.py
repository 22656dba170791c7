"""Results -> the picture of the README: latency against number of rules, both on logarithmic scales."""

import math

from benchmarks.picture import Axis, Line, Picture
from benchmarks.report import YARDSTICK, Results
from benchmarks.scenarios import GROWTH

_LOOKS = {"remit allows": "ours", "remit decide": "ours", YARDSTICK: "hand"}
_LEFT_OUT = ("by hand", "by hand, prepared", "remit from claims", "remit bundle")


def lines(results: Results) -> tuple[Line, ...]:
    """A line for each engine that was timed at two numbers of rules at least, in microseconds."""
    found: list[Line] = []
    for engine in dict.fromkeys(row.engine for row in results.rows):
        rows = [(rules, results.row(engine, f"s3-{rules}")) for rules in GROWTH]
        points = tuple(
            (rules, results.microseconds(row.cold))
            for rules, row in rows
            if row is not None and row.cold
        )
        if engine not in _LEFT_OUT and len(points) > 1:
            found.append(Line(engine, points, _LOOKS.get(engine, "peer")))
    return tuple(found)


def draw(results: Results) -> str:
    """The SVG."""
    drawn = lines(results)
    costs = [cost for line in drawn for _, cost in line.points]
    powers = range(math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs))) + 1)
    return Picture(
        "Time of a decision, by number of rules",
        f"requests and users never seen before; {results.machine}",
        Axis(tuple((rules, f"{rules:,}") for rules in GROWTH)),
        "rules",
        Axis(tuple((10.0**power, _duration(power)) for power in powers)),
        drawn,
    ).svg()


def _duration(power: int) -> str:
    """A power of ten of a microsecond, as people write it."""
    if power < 0:
        return f"{10 ** (power + 3)} ns"
    return f"{10**power} us" if power < 3 else f"{10 ** (power - 3)} ms"
