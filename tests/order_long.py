"""A number of processes, each with another hash seed -> whether they differ in a digest or a decision.

    python -m tests.order_long --processes 50

Each process shuffles the statements of every worked policy, writes some rules twice, spreads them over
up to three files, and decides the requests of the policy's tests.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from remit import Engine
from remit.syntax.render import render
from remit.syntax.tree import Document
from tests.rearranging import rearranged
from tests.worked import FOLDERS, document, worked


def outcome(folder: Path, seed: int) -> str:
    """The digest of a policy in another order, and of everything that it decides."""
    files = {path.name: path.read_text() for path in folder.glob("*.json")}
    shuffled = rearranged(random.Random(f"{seed} {folder.name}"), document(folder))
    written = {name: render(Document(items)) for name, items in shuffled.items()}
    engine = Engine.from_text({**written, **files})
    decided = hashlib.sha256()
    for request in worked(folder).requests:
        decision = request.explained_by(engine).decision
        decided.update(repr((decision.record(), decision.obligations)).encode())
    return f"{folder.name} {engine.digest} {decided.hexdigest()}"


def differences(processes: int) -> list[str]:
    """What the processes said that the first did not."""
    commands = [[sys.executable, "-m", "tests.order_long", "--seed", str(n)] for n in range(processes)]
    said = [
        subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": str(number)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number, command in enumerate(commands)
    ]
    return [f"process {n}: {each}" for n, each in enumerate(said) if each != said[0]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=50)
    parser.add_argument("--seed", type=int, help="what one of the processes is told")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        sys.stdout.writelines(f"{outcome(folder, options.seed)}\n" for folder in FOLDERS)
        return 0
    found = differences(options.processes)
    sys.stdout.writelines(found)
    sys.stdout.write(f"{options.processes} processes, {len(FOLDERS)} policies, {len(found)} differ\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
