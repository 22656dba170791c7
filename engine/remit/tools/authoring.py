"""`remit test`, `mutate` and `fmt`: a policy's own tests, how much of it they show, and its layout."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import Reading, read_set
from remit.tools import coverage_report, formatting, results, testing
from remit.tools.coverage import Coverage, measure
from remit.tools.inputs import BadInput
from remit.tools.mutants import mutants
from remit.tools.mutating import Mutating, lines, record, score
from remit.tools.terminal import BAD_POLICY, DENIED, print_json, stop, watched
from remit.tools.written import document_of, rules_of

PolicyPath = Annotated[Path, typer.Argument(help="A .remit file, a folder of them, or a bundle.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
PolicyFiles = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Files, folders of them; `-` for standard input.")
]
OnlyCheck = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; name the files that would change, and exit with 1."),
]
ShowDiff = Annotated[
    bool, typer.Option("--diff", help="Write nothing; show what would change, and exit with 1 if any.")
]
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

Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="At most so many mutants, spread over the policy."),
]
KillUnder = Annotated[
    float | None,
    typer.Option("--fail-under", min=0, max=100, help="Fail where a smaller share is killed."),
]


def run_tests(  # noqa: PLR0913  (the options of one command)
    path: PolicyPath,
    *,
    wanted: Wanted = "",
    fail_fast: FailFast = False,
    junit: JUnitFile = None,
    coverage: Measured = False,
    fail_under: FailUnder = None,
    html: PageFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the test blocks of a policy."""
    engine, reading = loaded(path)
    done = _run(engine, reading, wanted, fail_fast=fail_fast)
    places = results.Places(reading.sources)
    failed = [result for result in done if result.problem is not None]
    measured = None
    if coverage or fail_under is not None or html is not None:
        measured = measure(engine.rules(), done, rules_of(document_of(reading.sources)))
    if junit is not None:
        write(junit, results.junit(done, places))
    if html is not None and measured is not None:
        write(html, coverage_report.page(measured, reading.sources, places).encode())
    _report(done, measured, places, as_json=as_json)
    if failed:
        raise typer.Exit(DENIED)
    if measured is not None and fail_under is not None and measured.lowest < fail_under:
        said = f"coverage of {measured.lowest:.1f} % is less than {fail_under:g} %"
        stop(DENIED, said, quiet=as_json)


def mutate(
    path: PolicyPath,
    *,
    limit: Limit = None,
    fail_under: KillUnder = None,
    as_json: AsJson = False,
) -> None:
    """Change a policy in one place after the other, and see whether its tests notice."""
    engine, reading = loaded(path)
    done = _run(engine, reading, "", fail_fast=True)
    if any(result.problem is not None for result in done):
        stop(DENIED, "a test fails: mutants can be told from a policy that passes its tests")
    assert reading.checked is not None, "it was loaded"
    document = document_of(reading.sources)
    found = list(mutants(document))
    kept = found if limit is None else found[:: max(1, -(-len(found) // limit))]
    mutating = Mutating(reading.checked, document)
    fates = [mutating.fate(mutant) for mutant in watched(kept, "mutants")]
    places = results.Places(reading.sources)
    if as_json:
        print_json(record(fates, places))
    else:
        for line in lines(fates, places):
            print(line)
    reached = score(fates)
    if fail_under is not None and reached < fail_under:
        stop(DENIED, f"a score of {reached:.1f} % is less than {fail_under:g} %", quiet=as_json)


def loaded(path: Path) -> tuple[Engine, Reading]:
    """The policy at `path`, in force and as it is written. Raises BadInput for a bundle."""
    if path.suffix == BUNDLE:
        raise BadInput(f"{path}: a bundle has no tests: run those of its source")
    return Engine.load(path), read_set(path)


def write(path: Path, content: bytes) -> None:
    """Write a report. Raises BadInput where that cannot be done."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _run(engine: Engine, reading: Reading, wanted: str, *, fail_fast: bool) -> list[testing.Result]:
    chosen = [] if reading.checked is None else testing.chosen(reading.checked, wanted)
    if wanted and not chosen:
        raise BadInput(f"no expectation has `{wanted}` in its name or its text")
    done: list[testing.Result] = []
    for request in watched(chosen, "tests"):
        done.append(testing.result_of(engine, request))
        if fail_fast and done[-1].problem is not None:
            break
    return done


def _report(
    done: Sequence[testing.Result],
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
    print(f"{passed} passed, {len(failed)} failed")
    for line in () if measured is None else coverage_report.lines(measured, places):
        print(line)


def format_files(paths: PolicyFiles, *, check_only: OnlyCheck = False, diff: ShowDiff = False) -> None:
    """Lay policy files out in one way; comments and what is said stay as they are."""
    refused = changed = False
    for file in formatting.format_all(paths):
        if file.findings:
            refused = True
            print(formatting.report(file), file=sys.stderr)
        elif file.source.file == formatting.STANDARD_INPUT_NAME and not (check_only or diff):
            print(file.text, end="")
        elif file.changed:
            changed = True
            _show_change(file, check_only=check_only, diff=diff)
    if refused:
        raise typer.Exit(BAD_POLICY)
    if changed and (check_only or diff):
        raise typer.Exit(DENIED)


def _show_change(file: formatting.Formatted, *, check_only: bool, diff: bool) -> None:
    if diff:
        print(formatting.difference(file), end="")
    if check_only and not diff:
        print(f"would be laid out otherwise: {file.source.file}")
    if not (check_only or diff):
        formatting.rewrite(file)
        print(f"laid out: {file.source.file}")
