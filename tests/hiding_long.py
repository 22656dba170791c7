"""The worked policies and a number of mutations -> each that shows how hiding something helps a caller.

    python -m tests.hiding_long --mutations 1000000 --seed 1

Requests are mixed from those of the policies' own tests; each is put once whole, and once with one thing
left out. A denial that becomes an allow is a hole, unless the policy says `assume` and the name.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.worked import FOLDERS, allowed, mixed, parts, without, worked

# Which claim says what a user holds is the issuer's dialect, and no caller's choice: without the one,
# the other counts (Auth0, "RBAC"). What a token leaves out of these is for its issuer to answer for.
DIALECT = ("token", "permissions")


def holes(folder: Path, mutations: int, rng: random.Random) -> Iterator[str]:
    """What went wrong, in words."""
    policy = worked(folder)
    left = mutations
    while left > 0:
        request = mixed(rng, policy.requests)
        if allowed(policy.engine, request):
            continue
        for part in parts(request):
            left -= 1
            if part not in policy.assumed and part != DIALECT:
                hidden = without(request, part)
                if allowed(policy.engine, hidden):
                    yield f"{folder}: without {part}: {hidden}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    each = -(-options.mutations // len(FOLDERS))
    found = 0
    for folder in FOLDERS:
        rng = random.Random(f"{options.seed} {folder.name}")
        for hole in holes(folder, each, rng):
            found += 1
            sys.stdout.write(f"{hole}\n")
    total = each * len(FOLDERS)
    sys.stdout.write(f"{total:,} mutations of {len(FOLDERS)} policies, {found:,} holes\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
