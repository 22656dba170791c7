"""An engine -> decisions per second on S2 by one and two processes, and by one and two threads.

    python -m benchmarks.throughput "remit allows"

Here time is the clock's, for how workers get into each other's way is the question.
"""

import argparse
import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from benchmarks import drift
from benchmarks.engines import CANDIDATES, Ready, Skipped
from benchmarks.scenarios import SCENARIOS

_REQUESTS = 1_000
_SECONDS = 0.5
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Throughput:
    """Decisions per second; None where the engine cannot be asked."""

    engine: str
    one: float | None = None
    two_processes: float | None = None
    two_threads: float | None = None


def answered(ready: Ready, requests: list[drift.Arguments], until: float) -> int:
    """How many decisions were made when the clock says so."""
    decide, made = ready.decide, 0
    while time.perf_counter() < until:
        for arguments in requests:
            decide(*arguments)
        made += len(requests)
    return made


def by_threads(work: Callable[[float], int], workers: int) -> float:
    """Decisions per second of so many threads."""
    made: list[int] = []
    start = time.perf_counter()
    until = start + _SECONDS
    threads = [threading.Thread(target=lambda: made.append(work(until))) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(made) / (time.perf_counter() - start)


def by_processes(work: Callable[[float], int], workers: int) -> float:
    """Decisions per second of so many children, forked from a process that is ready."""
    fork = multiprocessing.get_context("fork")
    start = time.perf_counter()
    until = start + _SECONDS
    ends: list[Connection] = []
    children = []
    for _ in range(workers):
        here, there = fork.Pipe(duplex=False)
        child = fork.Process(target=_child, args=(work, until, there))
        child.start()
        children.append(child)
        ends.append(here)
    made = sum(end.recv() for end in ends)
    seconds = time.perf_counter() - start
    for child in children:
        child.join()
    return float(made) / seconds


def _child(work: Callable[[float], int], until: float, end: Connection) -> None:
    end.send(work(until))


def measure(engine: str) -> Throughput:
    """Best of several rounds each: others on the machine can only take away."""
    candidate, scenario = CANDIDATES[engine], SCENARIOS["s2"]
    try:
        module = candidate.engine()
        ready = module.load(module.source(scenario, candidate.way), candidate.way)
    except Skipped:
        return Throughput(engine)
    requests = [ready.arguments(request) for request in scenario.requests(_REQUESTS)]

    def work(until: float) -> int:
        return answered(ready, requests, until)

    work(time.perf_counter() + _SECONDS / 5)
    rounds = range(_ROUNDS)
    return Throughput(
        engine,
        one=max(by_threads(work, 1) for _ in rounds),
        two_threads=max(by_threads(work, 2) for _ in rounds),
        two_processes=max(by_processes(work, 2) for _ in rounds),
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
