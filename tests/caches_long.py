"""What engines remember, at full figures -> each answer that was not the right one.

    python -m tests.caches_long pairs --pairs 10000000 --seed 1 --jobs 2
    python -m tests.caches_long reloads --reloads 10000 --threads 8
    python -m tests.caches_long strain --threads 32 --seconds 600

`pairs`: an engine that has long been asked against one that was just loaded. `reloads`: two policies
exchanged while threads decide. `strain`: threads, tables that are far too small, a client that sends
ever new scopes. Exits with 1 where something was wrong.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from functools import partial

from tests.caches import BASES, VARIANTS, Strain, added, compare_with_cold, reload_under_threads, strain

_ROUNDS = 100
_PER_POLICY = _ROUNDS * (BASES + VARIANTS)


def pair(seed: str, number: int) -> Strain:
    found = Strain()
    compare_with_cold(f"{seed}.{number}", _ROUNDS, found)
    return found


def pairs(count: int, seed: str, jobs: int) -> Strain:
    whole = Strain()
    with multiprocessing.Pool(jobs) as pool:
        policies = range(-(-count // _PER_POLICY))
        for part in pool.imap_unordered(partial(pair, seed), policies):
            added(whole, part)
            sys.stderr.write(f"\r{whole}")
    sys.stderr.write("\n")
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("pairs", "reloads", "strain"))
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--reloads", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args(arguments)
    if options.what == "pairs":
        found = pairs(options.pairs, options.seed, options.jobs)
    elif options.what == "reloads":
        found = reload_under_threads(options.reloads, options.threads)
    else:
        found, growth = strain(options.threads, options.seconds)
        sys.stdout.write(f"memory grew by {growth:.1f} %\n")
    sys.stdout.write("\n".join([str(found), *found.wrong[:10], ""]))
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
