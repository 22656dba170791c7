"""Mutants of the engine's own decision path -> how many the suite kills, and which live.

    python -m tests.engine_mutants_long --sample 400 --seed 1 --jobs 2
    python -m tests.engine_mutants_long --only compiler.residual,tokens.profiles --near --json ends.jsonl

`--only` names modules, all of whose mutants are then tried unless `--sample` says how many. Each is put
first to decisions that the interpreter has taken, then to the quick tests of what a decision goes
through, then to more such decisions; with `--near` to the first and to the tests nearest to its module,
a quarter of the work: what then lives can be put to all with `--these`. Exits with 1 where a mutant
lives; whether it may is for a reader to say: it may mean the same, or be slower only.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

import tests.bundled
import tests.caches
import tests.worked  # noqa: F401  (with what tests import: once, before the forks)
from tests.agreement import Tally, drawn, put
from tests.engine_killing import PACKAGE, End, Trial, end_of, folder_for_copy
from tests.engine_mutations import Mutant, count, mutants

# All that runs between the text of a checked policy, claims and a request, and an answer: what brings
# rules into form and writes functions of them, what they call, what reads tokens, the doors. Not what
# tells why (explanations, fixes, challenges), not the parser and the checker's judgement, whose own
# mistakes are findings; but what the checker lends a decision: readers of scalars, and what a condition
# reads.
ROOMS = {
    "compiler": (
        *("residual", "conditions", "codes", "emit", "selection", "lowering", "operations", "values"),
        *("shapes", "expressions", "program", "remembered", "reading", "ruletree", "pythonast"),
        "bundle",
    ),
    "tokens": ("principal", "binding", "claims", "facts", "profiles", "directory"),
    "decider": (
        *("engine", "doors", "decision", "outcomes", "horizon", "inforce", "requests", "answers"),
        *("values", "loading", "reading"),
    ),
    "checker": ("scalars", "reads", "patterns"),
}
MODULES = (*(f"{room}.{name}" for room, names in ROOMS.items() for name in names), "bounded")
POLICIES, QUESTIONS = 60, 25
FURTHER_POLICIES, FURTHER_QUESTIONS = 20, 260
SECONDS, NEAR_SECONDS, LONGEST = 240, 60, 900  # of processor time, and by the clock

KEPT = "a line for each mutant is added to this file; those that are there are not tried again"
OUT_OF_TIME = "time: out of it, or broken off"

Running = tuple[Mutant, BaseProcess, "Connection[object, tuple[str | None, bool]]", float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--these", default="", help="these alone: compiler.codes:12,bounded:3")
    parser.add_argument("--near", action="store_true", help="leave out what seldom kills: a first look")
    parser.add_argument("--json", type=Path, help=KEPT)
    options = parser.parse_args(arguments)
    only = options.only.split(",") if options.only else MODULES
    before = known(options.json)
    every = sampled(only, options.sample, options.seed, options.these)
    chosen = [each for each in every if (each.module, each.number) not in before]
    random.Random(options.seed).shuffle(chosen)  # a run that is broken off has tried a sample, too
    trial = prepared(near=options.near)
    control = ended(Mutant("remit.bounded", -1, "control", 0, "", "", source_of("bounded")), trial)
    if control.by is not None:
        sys.stderr.write(f"what is not mutated is killed by {control.by}\n")
        return 2
    sys.stderr.write(f"{len(chosen)} mutants; what is not mutated lives for {control.seconds:.0f} s\n")
    ends: list[tuple[Mutant, End]] = []
    for mutant, end in run(chosen, trial, options.jobs):
        ends.append((mutant, end))
        tell(mutant, end, len(ends), options.json)
    sys.stdout.write(summary(ends))
    return 1 if any(end.by is None for _, end in ends) else 0


def known(file: Path | None) -> set[tuple[str, int]]:
    """The mutants that a file has the ends of."""
    if file is None or not file.exists():
        return set()
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {(each["module"], each["number"]) for each in lines}


def source_of(module: str) -> str:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")


def sampled(only: Sequence[str], size: int | None, seed: str, these: str) -> Iterator[Mutant]:
    """Mutants of these modules: of all alike, as many as are asked for."""
    sources = {module: source_of(module) for module in only}
    every = [(module, number) for module in only for number in range(count(sources[module]))]
    if these:
        named = [each.split(":") for each in these.split(",")]
        every = [(module, int(number)) for module, number in named]
    if size is not None:
        every = random.Random(seed).sample(every, min(size, len(every)))
    for module in only:
        wanted = {number for of, number in every if of == module}
        yield from mutants(f"remit.{module}", sources[module], wanted)


def prepared(*, near: bool) -> Trial:
    """Draw, and ask the interpreter, before anything is forked; ask the engine, so all is parsed."""
    laws = [drawn(f"law 0.{number}", QUESTIONS) for number in range(POLICIES)]
    several = 0 if near else FURTHER_POLICIES
    further = [drawn(f"law 1.{number}", FURTHER_QUESTIONS) for number in range(several)]
    tally = Tally()
    for one in (*laws, *further):
        put(one, tally)
    assert tally.found == []
    return Trial(laws, near, further, NEAR_SECONDS if near else SECONDS)


def run(chosen: Sequence[Mutant], trial: Trial, jobs: int) -> Iterator[tuple[Mutant, End]]:
    """Each mutant's end, as they come."""
    waiting, running = list(reversed(chosen)), list[Running]()
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(started(waiting.pop(), trial))
        wait([process.sentinel for _, process, _, _ in running], timeout=1)
        for one in list(running):
            end = over(one)
            if end is not None:
                running.remove(one)
                yield one[0], end


def started(mutant: Mutant, trial: Trial) -> Running:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=tried, args=(mutant, trial, there))
    process.start()
    there.close()
    return mutant, process, here, monotonic()


def ended(mutant: Mutant, trial: Trial) -> End:
    return next(end for _, end in run([mutant], trial, 1))


def tried(mutant: Mutant, trial: Trial, there: "Connection[tuple[str | None, bool], object]") -> None:
    """In the forked process."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with folder_for_copy() as folder:
        try:
            end = end_of(mutant, trial, Path(folder))
        except BaseException as error:  # noqa: BLE001  (the mutant may have done anything to us)
            end = End(f"broken: {error!r}"[:200])
        there.send((end.by, end.opened))  # the class is another's, once modules are imported anew


def over(one: Running) -> End | None:
    """How it ended, None while it runs; what runs too long or breaks off is killed."""
    _, process, here, start = one
    seconds = monotonic() - start
    if process.is_alive() and seconds < LONGEST:
        return None
    try:
        by, opened = here.recv() if here.poll() else (OUT_OF_TIME, False)
    except EOFError:
        by, opened = OUT_OF_TIME, False
    if process.is_alive():
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    return End(by, opened, seconds)


# ---- what is told


def tell(mutant: Mutant, end: End, number: int, file: Path | None) -> None:
    sys.stderr.write(f"{number:5} {end.seconds:5.1f} s  {end.by or 'LIVES'}\n")
    if end.by is None:
        sys.stdout.write(f"lives: {mutant}\n")
        sys.stdout.flush()
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            said = {name: value for name, value in asdict(mutant).items() if name != "source"}
            lines.write(json.dumps(said | asdict(end)) + "\n")


def summary(ends: Sequence[tuple[Mutant, End]]) -> str:
    killed = sum(end.by is not None for _, end in ends)
    opened = sum(end.opened for _, end in ends)
    by = Counter((end.by or "lives").split(":", 1)[0] for _, end in ends)
    stages = ", ".join(f"{name} {number}" for name, number in by.most_common())
    share = killed / max(len(ends), 1)
    return (
        f"{len(ends)} mutants, {killed} killed ({share:.1%}), {len(ends) - killed} live, "
        f"{opened} seen to open something\n{stages}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
