"""`remit test`: run a policy's tests, and say what of the policy they show."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.decider.engine import Engine
from remit.decider.reading import Reading
from remit.tools import colours
from remit.tools.colours import say
from remit.tools.inputs import BadInput, written_policy
from remit.tools.options import AsJson, WrittenPolicy
from remit.tools.pages import write_file
from remit.tools.terminal import DENIED, print_json, stop, waiting, watched
from remit.tools.testing import coverage_report, results, running
from remit.tools.testing.coverage import Coverage, measure
from remit.tools.testing.written import document_of, rules_of

Wanted = Annotated[
    str, typer.Option("--filter", metavar="TEXT", help="Only what has this in its name or its text.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failure.")]
JUnitFile = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit's XML.")
]
Measured = Annotated[
    bool, typer.Option("--coverage", help="Say which rules and conditions the tests do not show.")
]
FailUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0, max=100, help="Fail where less is shown; implies --coverage."),
]
PageFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the coverage as a page; implies --coverage."),
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Run again whenever a file of the policy changes; Ctrl-C ends with 0."),
]


def run_tests(  # noqa: PLR0913  (the options of one command)
    path: WrittenPolicy,
    *,
    wanted: Wanted = "",
    fail_fast: FailFast = False,
    junit: JUnitFile = None,
    coverage: Measured = False,
    fail_under: FailUnder = None,
    html: PageFile = None,
    watch: Watch = False,
    as_json: AsJson = False,
) -> None:
    """Run the test blocks of a policy: every expectation, and every cell of a matrix that asks.

    What failed is shown with its place, and with every rule and what decided it.

    Example: remit test policies/documents --coverage --watch
    """
    once = partial(
        _run,
        path,
        wanted=wanted,
        fail_fast=fail_fast,
        junit=junit,
        coverage=coverage or fail_under is not None or html is not None,
        fail_under=fail_under,
        html=html,
        as_json=as_json,
    )
    if not watch:
        once()
        return
    from remit.tools.testing.watching import again, changes  # noqa: PLC0415  (only who watches waits for it)

    again(once, changes(path))


def _run(  # noqa: PLR0913  (the options of one command)
    path: Path,
    *,
    wanted: str,
    fail_fast: bool,
    junit: Path | None,
    coverage: bool,
    fail_under: float | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Run the tests once, and report. Raises typer.Exit where one fails, or too little is covered."""
    engine, reading = written_policy(path)
    done = run_chosen(engine, reading, wanted, fail_fast=fail_fast)
    places = results.Places(reading.sources)
    failed = [result for result in done if result.problem is not None]
    measured = None
    if coverage:
        with waiting("coverage"):
            measured = measure(engine.rules(), done, rules_of(document_of(reading.sources)))
    if junit is not None:
        write_file(junit, results.junit(done, places))
    if html is not None and measured is not None:
        write_file(html, coverage_report.page(measured, reading.sources, places).encode())
    _report(done, measured, places, as_json=as_json)
    if failed:
        raise typer.Exit(DENIED)
    if measured is not None and fail_under is not None and measured.lowest < fail_under:
        said = f"coverage of {measured.lowest:.1f} % is less than {fail_under:g} %"
        stop(DENIED, said, quiet=as_json)


def run_chosen(
    engine: Engine, reading: Reading, wanted: str = "", *, fail_fast: bool = False
) -> list[running.Result]:
    """The results of the expectations that have a text. Raises BadInput where none has."""
    chosen = [] if reading.checked is None else running.chosen(reading.checked, wanted)
    if wanted and not chosen:
        raise BadInput(f"no expectation has `{wanted}` in its name or its text")
    done: list[running.Result] = []
    for request in watched(chosen, "tests"):
        done.append(running.result_of(engine, request))
        if fail_fast and done[-1].problem is not None:
            break
    return done


def _report(
    done: Sequence[running.Result],
    measured: Coverage | None,
    places: results.Places,
    *,
    as_json: bool,
) -> None:
    failed = [result for result in done if result.problem is not None]
    passed = len(done) - len(failed)
    if as_json:
        told: dict[str, Any] = {
            "passed": passed,
            "failed": [results.record(failure, places) for failure in failed],
        }
        if measured is not None:
            told["coverage"] = coverage_report.record(measured, places)
        print_json(told)
        return
    for failure in failed:
        results.show(failure, places)
    shown = () if measured is None else coverage_report.lines(measured, places)
    say("\n".join([f"{passed} passed, {len(failed)} failed", *shown]), colours.results)
