"""`remit mutate`: which changes of a policy its tests would not notice."""

from typing import Annotated

import typer

from remit.tools.inputs import written_policy
from remit.tools.mutating.mutants import OPERATORS, mutants
from remit.tools.mutating.scoring import Tried, lines, once, record, score
from remit.tools.mutating.spreading import ends, processes
from remit.tools.options import AsJson, WrittenPolicy
from remit.tools.terminal import DENIED, print_json, stop, waiting
from remit.tools.testing.command import run_chosen
from remit.tools.testing.results import Places
from remit.tools.testing.written import document_of


def _list_operators(asked: bool) -> None:
    """Print the operators, and be done."""
    if asked:
        width = max(map(len, OPERATORS))
        for name, what in OPERATORS.items():
            print(f"{name:<{width}}  {what}")
        raise typer.Exit


Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="At most so many mutants, spread over the policy."),
]
KillUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0, max=100, help="Fail where a smaller share is killed."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, metavar="N", help="So many processes; of itself as many as are worth it."
    ),
]
ListOperators = Annotated[
    bool,
    typer.Option(
        "--list", is_eager=True, callback=_list_operators, help="Say which changes are made, and exit."
    ),
]


def mutate(
    path: WrittenPolicy,
    *,
    limit: Limit = None,
    fail_under: KillUnder = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
    list_operators: ListOperators = False,  # noqa: ARG001  (its callback has done it)
) -> None:
    """Change a policy in one place after the other, and see whether its tests notice.

    Each change is a mistake that people make: a condition negated, a rule left out, a scope too many.
    One that no test notices is shown with a request that would tell it, as an expectation to be pasted
    into a test once it says what was meant.

    Example: remit mutate policies/documents --limit 100
    """
    engine, reading = written_policy(path)
    done = run_chosen(engine, reading, fail_fast=True)
    if any(result.problem is not None for result in done):
        stop(DENIED, "a test fails: mutants can be told from a policy that passes its tests")
    document = document_of(reading.sources)
    with waiting("looking for places to change"):
        made = list(mutants(document))
    numbers = spread(len(made), limit)
    come_to = ends(document, numbers, jobs or processes(len(numbers)))
    tried = once([Tried(made[n], each) for n, each in zip(numbers, come_to, strict=True)])
    places = Places(reading.sources)
    if as_json:
        print_json(record(tried, len(made), places))
    else:
        for line in lines(tried, len(made), places):
            print(line)
    reached = score(tried)
    if fail_under is not None and reached < fail_under:
        stop(DENIED, f"a score of {reached:.1f} % is less than {fail_under:g} %", quiet=as_json)


def spread(mutants: int, limit: int | None) -> list[int]:
    """The numbers of at most so many mutants, as far from each other as they can be."""
    kept = mutants if limit is None else min(limit, mutants)
    return [place * mutants // kept for place in range(kept)]
