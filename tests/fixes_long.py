"""A seed and a number of policies -> every fix and every challenge that is none.

    python -m tests.fixes_long --policies 1000 --seed 1

Says what was seen, and exits with 1 where a fix does not turn the decision, a part of one does, or a
challenge is in vain.
"""

import argparse
import sys
from collections.abc import Sequence
from time import monotonic

from tests.fixes import Count, attack

REQUESTS = 40  # about each policy
SAY_EVERY = 10  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args(arguments)
    count, said = Count(), monotonic()
    for number in range(options.policies):
        attack(f"{options.seed}.{number}", REQUESTS, count)
        if monotonic() - said > SAY_EVERY:
            said = monotonic()
            sys.stderr.write(f"{number + 1} policies, {count.fixes} fixes, {len(count.wrong)} wrong\n")
    sys.stdout.writelines(f"{each}\n" for each in count.wrong)
    sys.stdout.write(
        f"{count.denied:,} denials, {count.fixed:,} of them with fixes; {count.fixes:,} fixes tried "
        f"({count.skipped:,} not translated), of sizes {dict(sorted(count.sizes.items()))}, by "
        f"{dict(sorted(count.by.items()))}; {len(count.wrong)} wrong\n"
    )
    return 1 if count.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
