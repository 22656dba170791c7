"""Which engines on which scenarios -> results: processes of their own, interleaved, medians of rounds.

    python -m benchmarks.campaign            # everything, in ten minutes
    python -m benchmarks.campaign --quick    # remit, by hand and vakt, in a minute; only printed
    python -m benchmarks.campaign --redraw   # page and picture anew, from results.json

What everything comes to is written to results.json, results.md and latency.svg.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.chart import draw
from benchmarks.engines import CANDIDATES, PEERS
from benchmarks.forms import Form
from benchmarks.one import Measured
from benchmarks.report import Results, read, render, write
from benchmarks.scenarios import SCENARIOS
from benchmarks.serving import Served
from benchmarks.spray import Sprayed
from benchmarks.throughput import Throughput

HERE = Path(__file__).parent
QUICK = ("by hand", "by hand, checked", "by hand, prepared", "remit allows", "remit decide", "vakt")
SEVERAL = (*QUICK[1:], "regorus VM", "CEL", "OPA in process", "cedarpy", "pycasbin, fast")
_PATIENCE = 180
_NUMBERS = ("cold", "hot", "fresh", "p50", "p99", "load", "first", "every", "memory", "lap")


@dataclass(frozen=True, slots=True)
class Plan:
    """One scenario, the engines it is for, how often, and how long each time."""

    scenario: str
    engines: tuple[str, ...]
    rounds: int
    seconds: float
    requests: int
    everything: bool = False


def quick() -> list[Plan]:
    """A minute."""
    few = Plan("s1", QUICK, rounds=2, seconds=0.4, requests=1_000)
    return [
        few,
        replace(few, scenario="s2", engines=(*QUICK[:5], "remit from claims", "vakt")),
        replace(few, scenario="s3-100", rounds=1),
        replace(few, scenario="s3-1000", rounds=1),
    ]


def whole() -> list[Plan]:
    """About ten minutes."""
    hand, ours = tuple(CANDIDATES)[:3], ("remit allows", "remit decide")
    peers = tuple(name for name, candidate in CANDIDATES.items() if candidate.peer is not None)
    together = (*hand, *ours, *(name for name in peers if "split" not in name))
    asked = (*hand, *ours, *peers)
    usual = Plan("s1", together, rounds=2, seconds=0.4, requests=2_000)
    large = replace(usual, engines=asked, rounds=1, seconds=2.0)
    return [
        usual,
        replace(usual, scenario="s2", engines=(*together, "remit from claims")),
        replace(usual, scenario="s2-unseen", engines=(*hand, "remit from claims")),
        *(replace(usual, scenario=f"s3-{rules}", engines=asked, rounds=1) for rules in (10, 100)),
        replace(large, scenario="s3-1000"),
        replace(large, scenario="s3-10000", engines=(*asked, "remit bundle"), everything=True),
        *(replace(large, scenario=f"s3-{n}-zipf", engines=(*hand, *ours)) for n in (1_000, 10_000)),
        replace(usual, scenario="tenants-100", rounds=1),
        replace(large, scenario="tenants-10000", engines=together),
        *(replace(usual, scenario=f"roles-{n}", engines=(*hand, *ours)) for n in (10, 1_000)),
    ]


def runs(plans: Sequence[Plan]) -> Iterator[tuple[Plan, str]]:
    """Every process to start, round by round, so that no engine has an hour of its own."""
    for number in range(max(plan.rounds for plan in plans)):
        for plan in plans:
            if number < plan.rounds:
                yield from ((plan, engine) for engine in plan.engines)


def run(plan: Plan, engine: str, agreed: int = 0, path: str | None = None) -> Measured:
    """One process; `agreed`: how many requests agreed in an earlier one, `path`: its PYTHONPATH."""
    command = [sys.executable, "-m", "benchmarks.one", engine, plan.scenario]
    command += ["--seconds", str(plan.seconds), "--requests", str(plan.requests)]
    command += ["--agreed", str(agreed)]
    command += ["--everything"] * plan.everything
    try:
        done = subprocess.run(  # noqa: S603  (our own module, on names of our own)
            command,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            cwd=HERE.parent,
            env=None if path is None else os.environ | {"PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        return Measured(engine, plan.scenario, skipped=f"not done after {_PATIENCE} s")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return Measured(engine, plan.scenario, skipped=f"failed: {said[-1][:120]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def throughput(engine: str) -> Throughput:
    """One process that starts others."""
    said = _said("throughput", engine)
    return Throughput(engine) if said is None else Throughput(**said)


def _said(module: str, *arguments: str) -> Any:
    """What another of our modules prints, in a process of its own; None where it does not."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    try:
        done = subprocess.run(  # noqa: S603  (as above)
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True, cwd=HERE.parent
        )
    except subprocess.SubprocessError:
        return None
    return json.loads(done.stdout)


def median(rounds: Sequence[Measured]) -> Measured:
    """One row from the rounds of an engine on a scenario; what went wrong once goes for all."""
    for each in rounds:
        if each.skipped is not None or each.disagrees is not None:
            return each
    numbers = {name: _median(getattr(each, name) for each in rounds) for name in _NUMBERS}
    asked = min(each.asked for each in rounds)
    return Measured(**{**asdict(rounds[0]), **numbers, "asked": asked})


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def machine() -> str:
    """What it ran on, in a line."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} cores, CPython {platform.python_version()}, {platform.system()}"


def campaign(plans: Sequence[Plan], several: Sequence[str]) -> Results:
    """Run everything; `several`: the engines asked by two processes and threads at once as well."""
    rows: dict[tuple[str, str], list[Measured]] = {}
    for plan, engine in runs(plans):
        known = rows.setdefault((plan.scenario, engine), [])
        if known and (known[0].skipped or known[0].disagrees):
            continue
        measured = run(plan, engine, known[0].asked if known else 0)
        known.append(measured)
        problem = measured.skipped or measured.disagrees
        note = problem or f"{measured.asked} requests agree"
        print(f"{plan.scenario:<15} {engine:<18} {note}"[:110], file=sys.stderr)
    pins = {peer.name: peer.requirement for peer in PEERS}
    versions = {c.name: pins[c.peer].replace("==", " ") for c in CANDIDATES.values() if c.peer}
    day = time.strftime("%Y-%m-%d")
    medians = [median(each) for each in rows.values()]
    both = [throughput(engine) for engine in several]
    if not several:
        return Results(machine(), day, versions, medians, both)
    forms = [Form(**each) for each in _said("forms") or ()]
    sprayed, served = _said("spray"), _said("serving")
    return Results(
        machine(),
        day,
        versions,
        medians,
        both,
        forms,
        None if sprayed is None else Sprayed(**sprayed),
        None if served is None else Served(**served),
    )


def main() -> None:
    """Measure, and write down or print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--scenario", choices=SCENARIOS, help="this one only, and print its table")
    parser.add_argument("--redraw", action="store_true", help="page and picture from results.json")
    given = parser.parse_args()
    kept = HERE / "results.json"
    plans = quick() if given.quick else whole()
    if given.scenario:
        plans = [plan for plan in plans if plan.scenario == given.scenario]
    if given.quick or given.scenario:
        print(render(campaign(plans, ())))
        return
    if not given.redraw:
        kept.write_text(write(campaign(plans, SEVERAL)))
    results = read(kept.read_text())
    (HERE / "results.md").write_text(render(results))
    (HERE / "latency.svg").write_text(draw(results))
    print(render(results))


if __name__ == "__main__":
    main()
