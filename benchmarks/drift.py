"""Times of blocks of calls -> cost of a call in laps, which the machine's drift does not touch.

A shared machine changes its speed by a factor within seconds, and lends the processor to others in
between. Those do not count, for what is read is the time that this process ran. Against the former a
fixed loop, the lap, is timed every few milliseconds between the calls, and each block of calls is
divided by the laps around it: what is left is how many laps a call costs. The same block of requests is
timed once in each pass; the median over passes is what that block costs, and a pass costs the sum of its
blocks, so that one hiccup moves nothing, while a request that is slow every time counts in full.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Arguments = tuple[Any, ...]
Call = Callable[..., object]
Clock = Callable[[], float]

_LAP = 1_500
BLOCK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Block:
    """Calls timed as one: how many, how long they took, and the laps around them."""

    calls: int
    seconds: float
    lap: float

    @property
    def laps(self) -> float:
        """What the block took, in laps."""
        return self.seconds / self.lap


Pass = Sequence[Block]


def lap(clock: Clock = time.process_time) -> float:
    """Run the fixed loop once; the seconds it took."""
    start = clock()
    x = 0
    for i in range(_LAP):
        x ^= i * 3
    return clock() - start


def timed_pass(call: Call, requests: Sequence[Arguments], size: int) -> list[Block]:
    """Time every request once, in blocks of `size`, with a lap between each two."""
    blocks: list[Block] = []
    before = lap()
    for first in range(0, len(requests), size):
        block = requests[first : first + size]
        start = time.process_time()
        for arguments in block:
            call(*arguments)
        seconds = time.process_time() - start
        after = lap()
        blocks.append(Block(len(block), seconds, (before + after) / 2))
        before = after
    return blocks


def block_size(call: Call, requests: Sequence[Arguments]) -> int:
    """How many calls make a block of a few milliseconds, when what happens once has happened."""
    for arguments in requests:
        call(*arguments)
    start = time.process_time()
    for arguments in requests:
        call(*arguments)
    each = (time.process_time() - start) / len(requests)
    return max(1, round(BLOCK_SECONDS / max(each, 1e-9)))


def cost(passes: Sequence[Pass]) -> float:
    """Laps per call: the sum over blocks of each block's median over the passes."""
    calls = sum(block.calls for block in passes[0])
    medians = [statistics.median([block.laps for block in same]) for same in zip(*passes, strict=True)]
    return math.fsum(medians) / calls


def quiet_lap(laps: Iterable[float]) -> float:
    """The lap of a machine that is left alone: the tenth part of laps that is shortest ends there."""
    ordered = sorted(laps)
    return ordered[len(ordered) // 10]


def single_calls(call: Call, requests: Sequence[Arguments], every: int = 20) -> list[float]:
    """Each call's own time in laps, less what reading the clock takes; here others' time counts."""
    clock = time.perf_counter
    idle = statistics.median(_readings())
    costs: list[float] = []
    for first in range(0, len(requests), every):
        pace = lap(clock)
        for arguments in requests[first : first + every]:
            start = clock()
            call(*arguments)
            costs.append(max(clock() - start - idle, 0.0) / pace)
    return costs


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that is not exceeded by `percent` per cent of them."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _readings() -> list[float]:
    clock = time.perf_counter
    idle: list[float] = []
    for _ in range(1_000):
        start = clock()
        idle.append(clock() - start)
    return idle
