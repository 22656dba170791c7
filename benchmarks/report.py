"""Results -> what `results.md` says.

Costs are ratios to the same rules by hand over raw claims with the same checks; beside those of the
functions by hand stand microseconds, scaled to the shortest lap that any process saw, and good for
nothing but an idea of the size.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import pairwise

from benchmarks.engines import CANDIDATES
from benchmarks.forms import Form
from benchmarks.one import Measured
from benchmarks.scenarios import GROWTH
from benchmarks.serving import Served
from benchmarks.spray import Sprayed
from benchmarks.throughput import Throughput

YARDSTICK = "by hand, checked"
Cell = Callable[[Measured, Measured | None], str]


@dataclass(frozen=True, slots=True)
class Results:
    """All that a campaign found."""

    machine: str
    day: str
    versions: dict[str, str]
    rows: list[Measured]
    throughput: list[Throughput]
    forms: list[Form] = field(default_factory=list[Form])
    sprayed: Sprayed | None = None
    served: Served | None = None

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


def read(text: str) -> Results:
    """Results as `results.json` keeps them."""
    data = json.loads(text)
    rows = [Measured(**row) for row in data.pop("rows")]
    several = [Throughput(**row) for row in data.pop("throughput")]
    forms = [Form(**row) for row in data.pop("forms")]
    sprayed, served = data.pop("sprayed"), data.pop("served", None)
    return Results(
        **data,
        rows=rows,
        throughput=several,
        forms=forms,
        sprayed=None if sprayed is None else Sprayed(**sprayed),
        served=None if served is None else Served(**served),
    )


def write(results: Results) -> str:
    """Results as `results.json` keeps them."""
    return json.dumps(asdict(results), indent=1) + "\n"


def render(results: Results) -> str:
    """The whole page."""
    parts = [
        "# What a decision costs",
        f"{results.machine}; {results.day}; written by `make bench`.",
        _INTRODUCTION,
        "## What we aim at",
        _aims(results),
        "## A request never seen, by a user never seen",
        _table(results, _cost("cold")),
        "## The same request asked again",
        _table(results, _cost("hot")),
        "## From the start, all tables empty: the first requests, as many as there are",
        _fresh(results),
        "## Growth: times what it costs with 10 rules",
        _growth(results),
        "## S2, call by call",
        _latencies(results),
        "## S2, two at a time",
        _several(results),
        "## Resources as services have them: `allows`, S2",
        _forms(results),
        "## A client with ever new scopes, and the others",
        _sprayed(results),
        "## A request to a FastAPI application",
        _served(results),
        "## Loading and memory, 10,000 rules",
        _loading(results),
        "## Who did not take part, or not with all requests",
        _absent(results),
    ]
    kept = [part for part, below in pairwise((*parts, "## ")) if part and not _bare(part, below)]
    return "\n\n".join(kept) + "\n"


def _bare(part: str, below: str) -> bool:
    """Whether it is a heading with nothing below."""
    return part.startswith("## ") and not below


_INTRODUCTION = f"""\
Every engine answered every request as it should before it was timed. Ratios are to `{YARDSTICK}` in the
same column; only ratios mean anything, for the machine is shared. S1 is the scope test alone, S2 the
documents policy, S3-N the same shape in N rules over N/10 kinds of documents, tenants-N one action with
a rule for each of N tenants, roles-N an API of N roles, N scopes and N actions. `zipf`: kinds are asked
about after Zipf's law with exponent 1.1, otherwise uniformly. `unseen`: no two tokens have the same
scope string."""


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


def _aims(results: Results) -> str:
    """The figures that count, each with what it should be."""
    ours = "remit allows"
    ratio = partial(_ratio, results)
    rows = [
        (
            "`allows`, S2, to the rules by hand, checked",
            "at most 0.5x",
            ratio((ours, "s2"), (YARDSTICK, "s2")),
        ),
        ("`decide`, likewise", "at most 0.75x", ratio(("remit decide", "s2"), (YARDSTICK, "s2"))),
        ("`allows`, a thousand requests over and over", "at most 0.5x", _slower(results, ours)),
        ("`decide`, likewise", "at most 0.75x", _slower(results, "remit decide")),
        (
            "from claims, to the rules by hand without checks",
            "at most 2x",
            ratio(("remit from claims", "s2"), ("by hand", "s2")),
        ),
        (
            "from claims whose scope string was never seen, likewise",
            "at most 3x",
            ratio(("remit from claims", "s2-unseen"), ("by hand", "s2-unseen")),
        ),
        (
            "10,000 rules to 10, Zipf",
            "at most 1.2x",
            ratio((ours, "s3-10000-zipf"), (ours, "s3-10")),
        ),
        (
            "10,000 rules to 10, uniform",
            _no_more_than(results, "s3-10", "s3-10000"),
            ratio((ours, "s3-10000"), (ours, "s3-10")),
        ),
        (
            "1,000 roles, scopes and actions to 10",
            _no_more_than(results, "roles-10", "roles-1000"),
            ratio((ours, "roles-1000"), (ours, "roles-10")),
        ),
        *(
            (f"{peer}, S2, to `allows`", f"at least {aim}x", ratio((peer, "s2"), (ours, "s2")))
            for peer, aim in (("vakt", 25), ("regorus VM", 25), ("cedarpy", 150))
        ),
        (
            "cedarpy, 10,000 rules, to `allows`",
            "at least 10,000x",
            ratio(("cedarpy", "s3-10000"), (ours, "s3-10000")),
        ),
        (
            "10,000 rules loaded from source, to cedarpy",
            "at most 10x",
            ratio((ours, "s3-10000"), ("cedarpy", "s3-10000"), "first"),
        ),
        *(
            (
                f"bundle of 10,000 rules, {until}, to cedarpy parsing them",
                aim,
                _ratio(results, ("remit bundle", "s3-10000"), ("cedarpy", "s3-10000"), number, "first"),
            )
            for until, number, aim in (
                ("start to first decision", "first", "less than 1x"),
                ("start to all ready", "every", "at most 2x"),
            )
        ),
        (
            "memory of 10,000 rules, all ready, to cedarpy",
            "at most a third",
            ratio((ours, "s3-10000"), ("cedarpy", "s3-10000"), "memory"),
        ),
    ]
    known = [_line(what, aim, times(is_now)) for what, aim, is_now in rows if is_now is not None]
    return "\n".join([_line("what", "aim", "now"), _line("---", "---", "---:"), *known])


def _no_more_than(results: Results, few: str, many: str) -> str:
    """What the rules by hand grow by, and a half."""
    grown = _ratio(results, (YARDSTICK, many), (YARDSTICK, few))
    return "" if grown is None else f"at most {times(grown + 0.5)}: by hand {times(grown)}, and 0.5x"


def _ratio(
    results: Results,
    one: tuple[str, str],
    other: tuple[str, str],
    number: str = "cold",
    other_number: str | None = None,
) -> float | None:
    """A number of one (engine, scenario) to that of another."""
    above, below = (results.row(*each) for each in (one, other))
    if above is None or below is None:
        return None
    over, under = getattr(above, number), getattr(below, other_number or number)
    return None if over is None or not under else over / under


def _slower(results: Results, engine: str) -> float | None:
    """The yardstick's decisions per second to an engine's."""
    rates = {each.engine: each.one for each in results.throughput}
    of, to = rates.get(YARDSTICK), rates.get(engine)
    return None if of is None or not to else of / to


def _fresh(results: Results) -> str:
    """Of the engines that keep tables, against the yardstick's usual cost: it keeps none."""
    rows = [row for row in results.rows if row.fresh is not None]
    scenarios = list(dict.fromkeys(row.scenario for row in rows))
    lines = [_line("engine", *scenarios), _line("---", *("---:" for _ in scenarios))]
    for engine in dict.fromkeys(row.engine for row in rows):
        ratios = [
            _ratio(results, (engine, name), (YARDSTICK, name), "fresh", "cold") for name in scenarios
        ]
        lines.append(_line(engine, *("" if ratio is None else times(ratio) for ratio in ratios)))
    return "\n".join(lines) if rows else ""


def _growth(results: Results) -> str:
    many = [f"s3-{rules}{law}" for law in ("", "-zipf") for rules in GROWTH[1:]]
    scenarios = [name for name in many if results.row(YARDSTICK, name) is not None]
    lines = [_line("engine", *scenarios), _line("---", *("---:" for _ in scenarios))]
    for engine in _engines(results):
        ratios = [_ratio(results, (engine, name), (engine, "s3-10")) for name in scenarios]
        if any(ratios):
            lines.append(_line(engine, *("" if ratio is None else times(ratio) for ratio in ratios)))
    return "\n".join(lines) if len(lines) > 2 else ""


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


def _several(results: Results) -> str:
    yardstick = next((each.one for each in results.throughput if each.engine == YARDSTICK), None)
    if yardstick is None:
        return ""
    lines = [
        _line("engine", "one", "two processes", "two threads"),
        _line("---", *("---:" for _ in "123")),
    ]
    for each in results.throughput:
        rates = (each.one, each.two_processes, each.two_threads)
        lines.append(
            _line(each.engine, *("-" if rate is None else times(rate / yardstick) for rate in rates))
        )
    legend = f"Decisions per second, as a multiple of those of one `{YARDSTICK}`; -: fails there."
    return "\n".join([*lines, "", legend])


def _forms(results: Results) -> str:
    if not results.forms:
        return ""
    first = results.forms[0]
    lines = [_line("form", f"to a {first.name}"), _line("---", "---:")]
    return "\n".join(
        [*lines, *(_line(each.name, times(each.cost / first.cost)) for each in results.forms)]
    )


def _sprayed(results: Results) -> str:
    found = results.sprayed
    if found is None:
        return ""
    return (
        f"{found.combinations:,} tokens of one client, each with a set of scopes that no other had. "
        f"Beside it the others' decisions cost {times(found.same_tokens)} with principals at hand, "
        f"{times(found.new_tokens)} with new ones, of what they cost in an engine that nobody sprays "
        "(and divided by how the two compared before). "
        f"The process grew from {found.start:,.0f} MB to {found.end:,.0f} MB."
    )


def _served(results: Results) -> str:
    found = results.served
    if found is None:
        return ""
    let_in, refused = found.remit / found.by_hand, found.refused_by_remit / found.refused_by_hand
    added = (found.remit - found.open) / found.open
    by_hand = (found.by_hand - found.open) / found.open
    return (
        "Tokens at hand, the whole request from ASGI to the answer. Both applications answered "
        f"{found.agreed:,} requests alike. With remit in front of the endpoint, one that is let through "
        f"costs {times(let_in)} of one behind a dependency by hand that checks the same; one that is "
        f"refused, {times(refused)}. Authorization adds {added:.0%} to an endpoint that lets all in, by "
        f"hand {by_hand:.0%}."
    )


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
        [
            *lines,
            "",
            "From text in memory; the first decision includes importing the engine.",
        ]
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
