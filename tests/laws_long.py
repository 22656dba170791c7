"""A seed and a number of decisions -> every difference between engine and interpreter.

    python -m tests.laws_long --decisions 10000000 --seed 1

With `--after N` a run that was ended goes on: it leaves out the first N policies of that seed.
Runs as long as it takes, says how far it is, and exits with 1 where there was a difference.
"""

import argparse
import logging
import multiprocessing
import sys
from collections.abc import Sequence
from time import monotonic

from tests.agreement import Tally, compare
from tests.hostile import CALLS

PER_POLICY = 500
PER_TASK = 20  # policies that a process takes at a time
SAY_EVERY = 10  # seconds


def task(seeds: Sequence[str]) -> Tally:
    tally = Tally()
    for seed in seeds:
        compare(seed, PER_POLICY, tally)
    if CALLS:
        tally.found.append(f"seeds {seeds[0]} to {seeds[-1]}: code of a hostile value ran: {CALLS}")
        CALLS.clear()
    return tally


def tasks(seed: str, decisions: int, after: int = 0) -> list[list[str]]:
    policies = -(-decisions // PER_POLICY)
    seeds = [f"{seed}.{number}" for number in range(after, policies)]
    return [seeds[start : start + PER_TASK] for start in range(0, len(seeds), PER_TASK)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--after", type=int, default=0)
    options = parser.parse_args(arguments)
    logging.disable()  # what a policy does not know is asked about on purpose
    total, start, said = Tally(), monotonic(), 0.0
    with multiprocessing.Pool(options.jobs) as pool:
        for tally in pool.imap_unordered(task, tasks(options.seed, options.decisions, options.after)):
            total.add(tally)
            sys.stdout.writelines(f"{found}\n" for found in tally.found)
            if monotonic() - said > SAY_EVERY:
                said = monotonic()
                sys.stderr.write(f"{said - start:8.0f} s  {total}\n")
    sys.stdout.write(f"{total}\n")
    return 1 if total.found else 0


if __name__ == "__main__":
    sys.exit(main())
