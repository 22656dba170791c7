"""`remit mutate`: which changes of a policy its tests would not notice."""

from typing import Annotated

import typer

from remit.tools.inputs import written_policy
from remit.tools.mutating.mutants import mutants
from remit.tools.mutating.scoring import Mutating, lines, record, score
from remit.tools.options import AsJson, PolicyPath
from remit.tools.terminal import DENIED, print_json, stop, waiting, watched
from remit.tools.testing.command import run_chosen
from remit.tools.testing.results import Places
from remit.tools.testing.written import document_of

Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="At most so many mutants, spread over the policy."),
]
KillUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0, max=100, help="Fail where a smaller share is killed."),
]


def mutate(
    path: PolicyPath,
    *,
    limit: Limit = None,
    fail_under: KillUnder = None,
    as_json: AsJson = False,
) -> None:
    """Change a policy in one place after the other, and see whether its tests notice.

    Example: remit mutate policies/documents --limit 100
    """
    engine, reading = written_policy(path)
    done = run_chosen(engine, reading, fail_fast=True)
    if any(result.problem is not None for result in done):
        stop(DENIED, "a test fails: mutants can be told from a policy that passes its tests")
    assert reading.checked is not None, "it was loaded"
    document = document_of(reading.sources)
    with waiting("looking for places to change"):
        found = list(mutants(document))
        mutating = Mutating(reading.checked, document)
    kept = found if limit is None else found[:: max(1, -(-len(found) // limit))]
    fates = [mutating.fate(mutant) for mutant in watched(kept, "mutants")]
    places = Places(reading.sources)
    if as_json:
        print_json(record(fates, places))
    else:
        for line in lines(fates, places):
            print(line)
    reached = score(fates)
    if fail_under is not None and reached < fail_under:
        stop(DENIED, f"a score of {reached:.1f} % is less than {fail_under:g} %", quiet=as_json)
