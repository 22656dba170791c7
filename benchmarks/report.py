"""Results -> what `results.md` says.

Costs are ratios to the same rules by hand over raw claims with the same checks; beside those of the
functions by hand stand microseconds, scaled to the shortest lap that any process saw, and good for
nothing but an idea of the size.
"""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.engines import CANDIDATES
from benchmarks.one import Measured

YARDSTICK = "by hand, checked"
Cell = Callable[[Measured, Measured | None], str]


@dataclass(frozen=True, slots=True)
class Results:
    """All that a campaign found."""

    machine: str
    day: str
    versions: dict[str, str]
    rows: list[Measured]

    @property
    def quiet_lap(self) -> float:
        """Seconds of a lap where nothing else ran: the shortest that a process saw often."""
        return min((row.lap for row in self.rows if row.lap is not None), default=1.0)

    def row(self, engine: str, scenario: str) -> Measured | None:
        """One row."""
        return next((row for row in self.rows if (row.engine, row.scenario) == (engine, scenario)), None)

    def microseconds(self, laps: float) -> float:
        """Laps as time on the machine when it is quiet."""
        return laps * self.quiet_lap * 1e6


def render(results: Results) -> str:
    """The whole page."""
    parts = [
        "# What a decision costs",
        f"{results.machine}; {results.day}; written by `make bench`.",
        _INTRODUCTION,
        "## A request never seen, by a user never seen",
        _table(results, _cost("cold")),
        "## The same request asked again",
        _table(results, _cost("hot")),
        "## S2, call by call",
        _latencies(results),
        "## Loading and memory, 10,000 rules",
        _loading(results),
        "## Who did not take part, or not with all requests",
        _absent(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_INTRODUCTION = f"""\
Every engine answered every request as it should before it was timed. Ratios are to `{YARDSTICK}` in the
same column; only ratios mean anything, for the machine is shared. S1 is the scope test alone, S2 the
documents policy, S3-N the same shape in N rules over N/10 kinds of documents, tenants-N one action with
a rule for each of N tenants. `zipf`: kinds are asked about after Zipf's law with exponent 1.1,
otherwise uniformly. `unseen`: no two tokens have the same scope string."""


def _scenarios(results: Results) -> list[str]:
    return list(dict.fromkeys(row.scenario for row in results.rows))


def _engines(results: Results) -> list[str]:
    met = {row.engine for row in results.rows}
    return [name for name in CANDIDATES if name in met]


def _cost(name: str) -> Cell:
    """A cell: how many times what the yardstick costs."""

    def cell(row: Measured, yardstick: Measured | None) -> str:
        if row.skipped is not None or row.disagrees is not None:
            return "-"
        laps, of = getattr(row, name), None if yardstick is None else getattr(yardstick, name)
        return "" if laps is None or not of else times(laps / of)

    return cell


def times(ratio: float) -> str:
    """A ratio to three figures."""
    digits = 2 if ratio < 10 else 1 if ratio < 100 else 0
    return f"{ratio:,.{digits}f}x"


def _table(results: Results, cell: Cell) -> str:
    scenarios = _scenarios(results)
    lines = [_line("engine", *scenarios), _line("---", *("---:" for _ in scenarios))]
    for engine in _engines(results):
        cells = []
        for scenario in scenarios:
            row = results.row(engine, scenario)
            cells.append("" if row is None else cell(row, results.row(YARDSTICK, scenario)))
        lines.append(_line(f"{engine} ({_about(results, engine)})", *cells))
    base = []
    for scenario in scenarios:
        row = results.row(YARDSTICK, scenario)
        known = row is not None and row.cold is not None
        base.append(f"{results.microseconds(row.cold):.2f} us" if known and row and row.cold else "")
    lines.append(_line(f"1x: {YARDSTICK}, cold", *base))
    return "\n".join(lines)


def _about(results: Results, engine: str) -> str:
    version = results.versions.get(engine)
    about = CANDIDATES[engine].about
    return f"{version}; {about}" if version else about


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _latencies(results: Results) -> str:
    yardstick = results.row(YARDSTICK, "s2")
    if yardstick is None or not yardstick.p50:
        return ""
    lines = [_line("engine", "p50", "p99"), _line("---", "---:", "---:")]
    for engine in _engines(results):
        row = results.row(engine, "s2")
        if row is not None and row.p50 is not None and row.p99 is not None:
            shares = (times(row.p50 / yardstick.p50), times(row.p99 / yardstick.p50))
            lines.append(_line(engine, *shares))
    return "\n".join([*lines, "", f"Ratios to the p50 of `{YARDSTICK}`."])


def _loading(results: Results) -> str:
    rows = [row for row in results.rows if row.every is not None]
    if not rows:
        return ""
    lines = [
        _line("engine", "loaded", "first decision", "everything ready", "memory"),
        _line("---", "---:", "---:", "---:", "---:"),
    ]
    for row in rows:
        moments = (row.load, row.first, row.every)
        cells = (
            "" if laps is None else f"{results.microseconds(laps) / 1e6:,.2f} s" for laps in moments
        )
        lines.append(_line(row.engine, *cells, f"{row.memory or 0:,.0f} MB"))
    return "\n".join(
        [*lines, "", "From source text in memory; starting Python and importing the engine come on top."]
    )


def _absent(results: Results) -> str:
    lines = []
    most = {
        name: max(row.asked for row in results.rows if row.scenario == name)
        for name in _scenarios(results)
    }
    for row in results.rows:
        if row.disagrees is not None:
            lines.append(f"- {row.engine}, {row.scenario}: answers differently, {row.disagrees}")
        elif row.skipped is not None:
            lines.append(f"- {row.engine}, {row.scenario}: {row.skipped}")
        elif row.asked < most[row.scenario]:
            lines.append(
                f"- {row.engine}, {row.scenario}: {row.asked} requests of {most[row.scenario]}, for time"
            )
    return "\n".join(lines)
