"""Engine and scenario -> what one process measured: one line of JSON.

        python -m benchmarks.one "remit allows" s2 --seconds 2

Loads, asks every request and compares the answers with the right ones; only an engine that is right is
timed. A slow one is asked as many as it can answer in the time it has, and timed on those. Costs are in
laps (see `drift`); memory is what the process grew by, in MB.
"""

import argparse
import ctypes
import gc
import json
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import drift
from benchmarks.engines import CANDIDATES, Ready, Skipped
from benchmarks.scenarios import SCENARIOS, Request, Scenario

Made = TypeVar("Made")

_PATIENCE = 20
_SAMPLE = 20
_STARTS = 3
_MANY = 100


@dataclass(frozen=True, slots=True)
class Asking:
    """How many requests, and how long.

    `agreed`: how many are known to agree, from an earlier round. `everything`: open all that is opened
    on first use, and say what that takes.
    """

    seconds: float
    requests: int
    agreed: int
    everything: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one process, None where it was not measured; all that takes time is in laps."""

    engine: str
    scenario: str
    skipped: str | None = None
    disagrees: str | None = None
    asked: int = 0
    cold: float | None = None
    hot: float | None = None
    fresh: float | None = None
    p50: float | None = None
    p99: float | None = None
    load: float | None = None
    first: float | None = None
    every: float | None = None
    memory: float | None = None
    lap: float | None = None


def measure(engine: str, scenario: Scenario, asking: Asking) -> Measured:
    """Load, compare, time."""
    candidate = CANDIDATES[engine]
    try:
        module, imported = _in_laps(candidate.engine)
        source = module.source(scenario, candidate.way)
        before = resident()
        ready, load = _in_laps(lambda: module.load(source, candidate.way))
    except Skipped as reason:
        return Measured(engine, scenario.name, skipped=str(reason))
    requests = scenario.requests(asking.requests)
    one = ready.arguments(requests[0])
    _, first = _in_laps(lambda: ready.decide(*one))
    every = memory = None
    if asking.everything:
        _, more = _in_laps(ready.open_all)
        every, memory = imported + load + first + more, resident() - before
    asked, wrong = agreement(ready, scenario, requests[: asking.agreed])
    if wrong is not None:
        return Measured(engine, scenario.name, disagrees=wrong, asked=asked)
    costs = _costs(ready, requests[:asked], asking.seconds)
    fresh = None if len(scenario.kinds) > _MANY else _from_the_start(ready, requests[:asked])
    return replace(
        costs,
        engine=engine,
        scenario=scenario.name,
        asked=asked,
        fresh=fresh,
        load=load,
        first=imported + load + first,
        every=every,
        memory=memory,
    )


def agreement(ready: Ready, scenario: Scenario, requests: list[Request]) -> tuple[int, str | None]:
    """How many requests were asked, and the first that was answered wrongly."""
    end = time.perf_counter() + _PATIENCE
    for number, request in enumerate(requests, 1):
        said = ready.allowed(ready.decide(*ready.arguments(request)))
        if said is not scenario.answer(request):
            return number, f"says {said} to {request}"
        if time.perf_counter() > end:
            return number, None
    return len(requests), None


def _costs(ready: Ready, requests: list[Request], seconds: float) -> Measured:
    """What a request costs by a user never seen; the same one again; single calls.

    All in the long run: what an engine learns of requests it has learnt. `_from_the_start` has the rest.
    """
    sample = [ready.arguments(request) for request in requests[:_SAMPLE]]
    size = drift.block_size(ready.decide, sample)
    affordable = round(size * seconds / drift.BLOCK_SECONDS / 2)
    count = min(len(requests), max(_SAMPLE, affordable))
    cold: list[list[drift.Block]] = []
    hot: list[list[drift.Block]] = []
    known = anew(ready, requests[:count], -100)
    end = time.perf_counter() + seconds / 3
    while time.perf_counter() < end:
        drift.timed_pass(ready.decide, known, size)
    end = time.perf_counter() + seconds
    while not cold or time.perf_counter() < end:
        timed = anew(ready, requests[:count], len(cold))
        gc.collect()
        gc.freeze()
        cold.append(drift.timed_pass(ready.decide, timed, size))
        hot.append(drift.timed_pass(ready.decide, timed, size))
        gc.unfreeze()
    single = drift.single_calls(ready.decide, anew(ready, requests[:count], -1))
    return Measured(
        "",
        "",
        cold=drift.cost(cold),
        hot=drift.cost(hot),
        p50=drift.percentile(single, 50),
        p99=drift.percentile(single, 99),
        lap=drift.quiet_lap(block.lap for timed in (*cold, *hot) for block in timed),
    )


def _from_the_start(ready: Ready, requests: list[Request]) -> float | None:
    """What the first requests cost that an engine decides, its tables all empty, where it has some."""
    if ready.restart is None:
        return None
    passes: list[list[drift.Block]] = []
    for start in range(_STARTS):
        ready.restart()
        timed = [ready.arguments(request.by_another(-2 - start)) for request in requests]
        passes.append(drift.timed_pass(ready.decide, timed, _SAMPLE))
    return drift.cost(passes)


def anew(ready: Ready, requests: list[Request], turn: int) -> list[drift.Arguments]:
    """What is asked, by users who never asked before, of an engine that forgot those who did."""
    ready.forget()
    return [ready.arguments(request.by_another(turn)) for request in requests]


def _in_laps(call: Callable[[], Made]) -> tuple[Made, float]:
    """What a call gives, and its cost in laps: the median of several before it and after it."""
    laps = [drift.lap() for _ in range(_SAMPLE)]
    start = time.process_time()
    made = call()
    seconds = time.process_time() - start
    laps += [drift.lap() for _ in range(_SAMPLE)]
    return made, seconds / statistics.median(laps)


def resident() -> float:
    """Megabytes of memory of this process, what the allocator merely keeps not counted."""
    gc.collect()
    trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 1e6


def main() -> None:
    """Measure what the command line names, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=CANDIDATES)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--agreed", type=int, help="so many are known to agree")
    parser.add_argument("--everything", action="store_true", help="and how long until all is ready")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    asking = Asking(
        given.seconds, given.requests, given.agreed or given.requests, everything=given.everything
    )
    print(json.dumps(asdict(measure(given.engine, SCENARIOS[given.scenario], asking))))


if __name__ == "__main__":
    main()
