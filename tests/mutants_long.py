"""The worked policies -> every mutant of each, and whether those that live are those of the README.

    python -m tests.mutants_long --jobs 2

It exits with 1 where a README lists others. github takes half a minute, all of them some minutes.
"""

import argparse
import sys
from pathlib import Path

from remit.tools.mutating.scoring import Tried, once, score
from remit.tools.mutating.spreading import ends, processes
from remit.tools.mutating.trying import NO_WITNESS, SURVIVED, UNTESTED
from tests.mutated import FOLDERS, mutated, untold


def living(folder: Path, jobs: int | None) -> list[Tried]:
    """What became of every mutant of a policy."""
    made = mutated(folder)
    numbers = range(len(made.mutants))
    come_to = ends(made.document, numbers, jobs or processes(len(numbers)))
    return once([Tried(each, end) for each, end in zip(made.mutants, come_to, strict=True)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    differ = 0
    for folder in FOLDERS:
        tried = living(folder, options.jobs)
        alive = [each.mutant for each in tried if each.end.fate in (SURVIVED, UNTESTED, NO_WITNESS)]
        changes = sorted(map(mutated(folder).change, alive))
        differ += changes != untold(folder)
        sys.stdout.write(
            f"{folder}: {len(tried)} mutants, score {score(tried):.1f} %, alive {changes}\n"
        )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
