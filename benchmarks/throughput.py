"""An engine -> decisions per second on S2 by one and two processes, and by one and two threads.

    python -m benchmarks.throughput "remit allows"

Here time is the clock's, for how workers get into each other's way is the question.
"""

import argparse
import json
import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks.engines import CANDIDATES, Skipped
from benchmarks.scenarios import SCENARIOS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_REQUESTS = 1_000
_SECONDS = 0.5
_ROUNDS = 3

Work = Callable[[float], int]


@dataclass(frozen=True, slots=True)
class Throughput:
    """Decisions per second; None where the engine cannot be asked."""

    engine: str
    one: float | None = None
    two_processes: float | None = None
    two_threads: float | None = None


def prepared(engine: str) -> Work:
    """A function that decides until the clock says so, and says how often; what is made once is made."""
    candidate, scenario = CANDIDATES[engine], SCENARIOS["s2"]
    module = candidate.engine()
    ready = module.load(module.source(scenario, candidate.way), candidate.way)
    requests = [ready.arguments(request) for request in scenario.requests(_REQUESTS)]
    decide = ready.decide

    def work(until: float) -> int:
        made = 0
        while time.monotonic() < until:
            for arguments in requests:
                decide(*arguments)
            made += len(requests)
        return made

    work(time.monotonic() + _SECONDS / 5)
    return work


def by_one(work: Work) -> float:
    """Decisions per second of the thread that made what it works with."""
    start = time.monotonic()
    return work(start + _SECONDS) / (time.monotonic() - start)


def by_threads(work: Work, workers: int) -> float | None:
    """Decisions per second of so many other threads; None where the engine refuses to work in them."""
    start = time.monotonic()
    with ThreadPoolExecutor(workers) as threads:
        working = [threads.submit(work, start + _SECONDS) for _ in range(workers)]
    if any(each.exception() is not None for each in working):
        return None
    return sum(each.result() for each in working) / (time.monotonic() - start)


def by_processes(engine: str, workers: int) -> float:
    """Decisions per second of so many processes, each of which loads for itself; best of the rounds.

    They are not forked from one that is ready: not every engine's own threads survive that.
    """
    spawn = multiprocessing.get_context("spawn")
    ends: list[Connection[float | None, int]] = []
    children = []
    for _ in range(workers):
        here, there = spawn.Pipe()
        child = spawn.Process(target=_child, args=(engine, there))
        child.start()
        children.append(child)
        ends.append(here)
    for end in ends:
        end.recv()
    rates = []
    for _ in range(_ROUNDS):
        start = time.monotonic()
        for end in ends:
            end.send(start + _SECONDS)
        made = sum(end.recv() for end in ends)
        rates.append(made / (time.monotonic() - start))
    for end in ends:
        end.send(None)
    for child in children:
        child.join()
    return max(rates)


def _child(engine: str, end: "Connection[int, float | None]") -> None:
    logging.disable(logging.CRITICAL)
    work = prepared(engine)
    end.send(0)
    while (until := end.recv()) is not None:
        end.send(work(until))


def measure(engine: str) -> Throughput:
    """Best of several rounds each: others on the machine can only take away."""
    try:
        work = prepared(engine)
    except Skipped:
        return Throughput(engine)
    threaded = [by_threads(work, 2) for _ in range(_ROUNDS)]
    return Throughput(
        engine,
        one=max(by_one(work) for _ in range(_ROUNDS)),
        two_threads=max((rate for rate in threaded if rate is not None), default=None),
        two_processes=by_processes(engine, 2),
    )


def main() -> None:
    """Measure one engine, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=CANDIDATES)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asdict(measure(given.engine))))


if __name__ == "__main__":
    main()
