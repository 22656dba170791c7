"""Mutants of a policy -> what becomes of each, tried by several processes at once.

A process makes the mutants again from the policy's tree, and is told their numbers: what one of them
becomes depends on nothing but the policy, so the answers are the same however many processes there are.
"""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from remit.syntax import tree
from remit.tools.mutating.mutants import Mutant, mutants
from remit.tools.mutating.trying import End, Mutating
from remit.tools.terminal import watched

WORTH_A_PROCESS: Final = 60
"""From so many mutants for each on, several processes are sooner done than one."""

_MINE: "list[tuple[Mutating, Sequence[Mutant]]]" = []
"""What a process was begun with."""


def processes(mutants: int) -> int:
    """How many processes are worth their start."""
    return max(1, min(os.cpu_count() or 1, mutants // WORTH_A_PROCESS))


def ends(document: tree.Document, numbers: Sequence[int], jobs: int) -> list[End]:
    """What becomes of the mutants of these numbers, in their order."""
    if jobs == 1:
        begin(document)
        return [end(number) for number in watched(numbers, "mutants")]
    # No process is forked: threads of this one may hold locks that a child would wait for.
    around = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, around, begin, (document,))
    try:
        tasks = [pool.submit(end, number) for number in numbers]
        return [task.result() for task in watched(tasks, "mutants")]
    finally:
        pool.shutdown(cancel_futures=True)


def begin(document: tree.Document) -> None:
    """Get ready to try mutants of a policy in this process."""
    if multiprocessing.parent_process() is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears of it, and ends this one
    _MINE[:] = [(Mutating(document), [*mutants(document)])]


def end(number: int) -> End:
    """What becomes of one mutant."""
    [(mutating, made)] = _MINE
    return mutating.end(made[number])
