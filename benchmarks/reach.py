"""10,000 rules loaded, requests about few kinds of them or many -> what a decision costs.

    python -m benchmarks.reach

The same requests by the same users each time; what differs is how many kinds of documents they are
about, and so how much of what is loaded they touch. Costs are multiples of what they cost an engine with
ten rules, all timed in turns in one process: what 10,000 rules cost where one kind is asked about is the
engine's doing, what is added from there on is the processor fetching what its caches do not hold.
"""

import argparse
import random
import time

from benchmarks import drift
from benchmarks.engines import CANDIDATES, Ready
from benchmarks.one import anew
from benchmarks.scenarios import SCENARIOS, Request

ENGINES = ("by hand, checked", "remit allows", "remit decide")
REACHES = (1, 10, 100, 1_000)
"""Numbers of kinds that are asked about, of 1,000 with ten rules each."""

_REQUESTS = 3_000
_FEW, _MANY = SCENARIOS["s3-10"], SCENARIOS["s3-10000"]


def about(requests: list[Request], kinds: int) -> list[Request]:
    """The same requests, about so many kinds in no order, each as often as the others."""
    names = random.Random(kinds).sample(_MANY.kinds, kinds)
    asked = [request._replace(kind=names[n % kinds]) for n, request in enumerate(requests)]
    random.Random(kinds).shuffle(asked)
    return asked


def measure(engine: str, seconds: float) -> dict[int, float]:
    """Kinds asked about -> what `allows` or the like costs, as a multiple of ten rules' cost."""
    candidate = CANDIDATES[engine]
    module = candidate.engine()
    few, many = (
        module.load(module.source(scenario, candidate.way), candidate.way) for scenario in (_FEW, _MANY)
    )
    requests = _FEW.requests(_REQUESTS)
    asked: dict[int, tuple[Ready, list[Request]]] = {0: (few, requests)}
    asked |= {kinds: (many, about(requests, kinds)) for kinds in REACHES}
    few.open_all()
    many.open_all()  # in the order of the policy: what requests open lies in memory in their own order
    for ready, each in asked.values():
        _pass(ready, each, -1)
    passes: dict[int, list[list[drift.Block]]] = {kinds: [] for kinds in asked}
    end, turn = time.perf_counter() + seconds, 0
    while not turn or time.perf_counter() < end:
        for kinds, (ready, each) in asked.items():
            passes[kinds].append(_pass(ready, each, turn))
        turn += 1
    costs = {kinds: drift.cost(each) for kinds, each in passes.items()}
    return {kinds: costs[kinds] / costs[0] for kinds in REACHES}


def _pass(ready: Ready, requests: list[Request], turn: int) -> list[drift.Block]:
    return drift.timed_pass(ready.decide, anew(ready, requests, turn), _REQUESTS // 10)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each engine")
    given = parser.parse_args()
    print(f"{'kinds asked about, of 1,000':30}", *(f"{kinds:>7,}" for kinds in REACHES))
    for engine in ENGINES:
        costs = measure(engine, given.seconds)
        print(f"{engine:30}", *(f"{costs[kinds]:6.2f}x" for kinds in REACHES), flush=True)


if __name__ == "__main__":
    main()
