"""Two revisions -> ratios: S2, on the same machine, in the same minute.

    python -m benchmarks.changes main~3

The other revision's engine is unpacked into a folder of its own; both are asked by this tree's
benchmarks, in processes that take turns. A figure is the median of the rounds' ratios, this tree to the
other.
"""

import argparse
import io
import os
import statistics
import subprocess
import tarfile
import tempfile
from pathlib import Path

from benchmarks.campaign import HERE, Plan, run
from benchmarks.one import Measured

ROOT = HERE.parent
ASKED = ("remit allows", "remit decide", "remit from claims")
NUMBERS = ("cold", "hot", "p99", "load")
_ROUNDS = 5
_SOURCES = ("engine", "grammar")


def unpack(revision: str, folder: Path) -> None:
    """Put the sources of a revision into a folder. Raises CalledProcessError where there is none."""
    command = ["git", "archive", "--format=tar", revision, *_SOURCES]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603  (no shell)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def path_of(tree: Path) -> str:
    """PYTHONPATH, so that `remit` is the one of a tree."""
    return os.pathsep.join(str(tree / source) for source in _SOURCES)


def ratio(pairs: list[tuple[Measured, Measured]], number: str) -> float | None:
    """The median over rounds of (this tree, the other), for one of the numbers."""
    ratios = []
    for ours, other in pairs:
        new, old = getattr(ours, number), getattr(other, number)
        if new and old:
            ratios.append(new / old)
    return statistics.median(ratios) if ratios else None


def main() -> None:
    """Compare, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", help="a revision, as git names it")
    given = parser.parse_args()
    plan = Plan("s2", ASKED, rounds=_ROUNDS, seconds=0.5, requests=1_000)
    pairs: dict[str, list[tuple[Measured, Measured]]] = {engine: [] for engine in ASKED}
    with tempfile.TemporaryDirectory() as folder:
        unpack(given.base, Path(folder))
        trees = (path_of(ROOT), path_of(Path(folder)))
        for _ in range(plan.rounds):
            for engine in plan.engines:
                ours, other = (run(plan, engine, path=tree) for tree in trees)
                pairs[engine].append((ours, other))
    print(f"{'this tree / ' + given.base:<24}" + "".join(f"{number:>9}" for number in NUMBERS))
    for engine, rounds in pairs.items():
        problems = {each.skipped or each.disagrees for pair in rounds for each in pair} - {None}
        cells = [ratio(rounds, number) for number in NUMBERS]
        shown = "".join("        -" if cell is None else f"{cell:>8.2f}x" for cell in cells)
        print(f"{engine:<24}{shown}{'  ' if problems else ''}{'; '.join(sorted(map(str, problems)))}")


if __name__ == "__main__":
    main()
