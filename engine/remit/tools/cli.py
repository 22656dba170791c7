"""The command line: `remit check`, `test`, `fmt`, `compile`, `decide`, `explain`."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson

from remit.checker.totality import possible_errors
from remit.compiler.bundle import pack
from remit.decider.decision import Decision, Login, plain
from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import read_set
from remit.diagnostics import Finding, as_record, has_errors, render_all
from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.spans import Source
from remit.tokens.principal import Principal, VerifiedClaims
from remit.tools import formatting, testing
from remit.tools.inputs import BadInput, read_request

try:
    import typer
except ImportError:
    print("the command line needs its extra: pip install 'remit[cli]'", file=sys.stderr)
    sys.exit(2)

ALLOWED, DENIED, BAD_INPUT, BAD_POLICY = 0, 1, 2, 3

_CODES = """
Exit codes: 0 allowed, or nothing found, or all tests passed; 1 denied, or a test failed, or a file
would be laid out otherwise; 2 the input
(a file, its JSON, an option) cannot be used; 3 the policy is refused.
"""

app = typer.Typer(
    name="remit",
    help="Check policies, run their tests, and decide and explain single requests." + _CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

PolicyPath = Annotated[Path, typer.Argument(help="A .remit file, a folder of them, or a bundle.")]
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
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ListErrors = Annotated[
    bool,
    typer.Option("--errors", help="Say of each rule what can err though all input is as declared."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token",
        help="JSON: the claims of a verified token, or {header, claims}. Left out: no token.",
    ),
]
ActionName = Annotated[str, typer.Option("--action", help="The action asked for.")]
ResourceFile = Annotated[
    Path | None,
    typer.Option("--resource", help="JSON: {type, attributes}. Left out: the API itself."),
]
ContextFile = Annotated[Path | None, typer.Option("--context", help="JSON: the members of `context`.")]
ParametersFile = Annotated[
    Path | None, typer.Option("--parameters", help="JSON: the parameters of the action.")
]
BundleFile = Annotated[
    Path, typer.Option("--output", "-o", help=f"Where to write it; the name ends with {BUNDLE}.")
]
At = Annotated[str | None, typer.Option("--at", help="Decide as of this instant (2026-11-23T12:00Z).")]


@app.command(epilog=_CODES)
def check(path: PolicyPath, *, errors: ListErrors = False, as_json: AsJson = False) -> None:
    """Report everything that is wrong with a policy."""
    if path.suffix == BUNDLE:
        _check_bundle(path, as_json=as_json)
        return
    reading = read_set(path)
    if as_json:
        _print_json({"findings": _records(reading.findings, reading.sources)})
    elif reading.findings:
        print(render_all(reading.findings, reading.sources))
    if has_errors(reading.findings):
        _stop(BAD_POLICY, _count(len(reading.findings), "finding"), quiet=as_json)
    engine = Engine.load(path)
    if as_json:
        return
    if errors:
        _show_errors(engine)
    found = _count(len(reading.findings), "warning") if reading.findings else "nothing"
    print(f"{_count(len(reading.sources), 'file')} checked, {found} found")


def _check_bundle(path: Path, *, as_json: bool) -> None:
    """Read all of a bundle: raises what is wrong with it."""
    engine = Engine.load(path)
    engine.warm()
    if as_json:
        _print_json({"findings": []})
    else:
        print(f"a bundle of {_count(len(engine.rules().blocks), 'block')}, nothing found")


def _show_errors(engine: Engine) -> None:
    """For each rule whether it can err on input that is as declared."""
    for block in engine.rules().blocks.values():
        for rule in block.rules:
            problems = possible_errors(rule.condition)
            where = f"{block.name or 'the API'}: {rule.reference.effect} {rule.reference.id}"
            print(f"{where}\n  {'; '.join(problems) or 'cannot err'}")


@app.command("test", epilog=_CODES)
def run_tests(path: PolicyPath, *, as_json: AsJson = False) -> None:
    """Run the test blocks of a policy."""
    if path.suffix == BUNDLE:
        raise BadInput(f"{path}: a bundle has no tests: run those of its source")
    engine = Engine.load(path)
    reading = read_set(path)
    results = [] if reading.checked is None else list(testing.run(engine, reading.checked))
    failed = [result for result in results if result.problem is not None]
    if as_json:
        _print_json({"passed": len(results) - len(failed), "failed": _failures(failed, reading.sources)})
    else:
        for failure in _failures(failed, reading.sources):
            print(f"FAILED {failure['test']}: {failure['text']}")
            print(f"  {failure['file']}:{failure['line']}\n  {failure['problem']}\n{failure['trace']}")
        print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(DENIED)


def _failures(failed: list[testing.Result], sources: tuple[Source, ...]) -> list[dict[str, Any]]:
    by_file = {source.file: source for source in sources}
    return [
        {
            "test": result.test,
            "text": result.text,
            "file": result.span.file,
            "line": by_file[result.span.file].position(result.span.start).line,
            "problem": result.problem,
            "trace": result.trace,
        }
        for result in failed
    ]


@app.command("fmt", epilog=_CODES)
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


@app.command("compile", epilog=_CODES)
def compile_policy(path: PolicyPath, output: BundleFile, *, as_json: AsJson = False) -> None:
    """Write a policy as a bundle: one file that services load without parsing."""
    if output.suffix != BUNDLE:
        raise BadInput(f"{output}: the name of a bundle ends with {BUNDLE}")
    engine = Engine.load(path)
    content = pack(engine.rules())
    _write(output, content)
    blocks = len(engine.rules().blocks)
    if as_json:
        _print_json({"blocks": blocks, "bytes": len(content), "digest": engine.digest})
    else:
        print(f"{output}: {_count(blocks, 'block')}, {len(content):,} bytes, digest {engine.digest}")


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole: whoever reads it meanwhile has the one before."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as made:
            made.write(content)
        Path(made.name).replace(path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


@app.command(epilog=_CODES)
def decide(  # noqa: PLR0913, PLR0917  (a request has these parts)
    path: PolicyPath,
    action: ActionName,
    token: TokenFile = None,
    resource: ResourceFile = None,
    context: ContextFile = None,
    parameters: ParametersFile = None,
    at: At = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Decide one request, and say why."""
    engine = Engine.load(path)
    request = read_request(token, resource, context, parameters, at)
    who = _principal(engine, request.claims, request.header)
    decision = engine.decide(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    if as_json:
        _print_json(decision.record())
    else:
        _show(decision)
    raise typer.Exit(ALLOWED if decision.allowed else DENIED)


@app.command(epilog=_CODES)
def explain(  # noqa: PLR0913, PLR0917  (as decide)
    path: PolicyPath,
    action: ActionName,
    token: TokenFile = None,
    resource: ResourceFile = None,
    context: ContextFile = None,
    parameters: ParametersFile = None,
    at: At = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Decide one request, and show how every rule came out."""
    engine = Engine.load(path)
    request = read_request(token, resource, context, parameters, at)
    who = _principal(engine, request.claims, request.header)
    explanation = engine.explain(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    fixes = engine.fix(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    if as_json:
        _print_json({**explanation.record(), "fix": fixes.record()})
    else:
        print(explanation)
        if not explanation.allowed:
            print(f"what would change it:\n{fixes}")
    raise typer.Exit(ALLOWED if explanation.allowed else DENIED)


def _principal(
    engine: Engine, claims: Mapping[str, object] | None, header: Mapping[str, object] | None
) -> Principal | None:
    return None if claims is None else engine.principal(VerifiedClaims(claims), header=header)


def _show(decision: Decision) -> None:
    print(f"{'allow' if decision.allowed else 'deny'}: {decision.reason}")
    for name, verdict in decision.layers._asdict().items():
        print(f"  {name:<11} {verdict}")
    for denial in decision.denials[1:]:
        print(f"  also: {denial.message}")
    for denial in decision.denials:
        if denial.login is not None:
            print(f"  the login must be: {_login(denial.login)}")
    for obligation in decision.obligations:
        print(f"  obliges to {obligation.name}: {orjson.dumps(plain(obligation.values)).decode()}")
    if decision.missing_scopes:
        print(f"  missing scopes: {', '.join(decision.missing_scopes)}")
    if decision.missing_roles:
        print(f"  any of these roles would help: {', '.join(decision.missing_roles)}")


def _login(login: Login) -> str:
    kinds = f"one of {', '.join(login.acr_values)}" if login.acr_values else ""
    age = f"no older than {login.max_age:g} s" if login.max_age is not None else ""
    return ", ".join(filter(None, (kinds, age)))


def _records(findings: tuple[Finding, ...], sources: tuple[Source, ...]) -> list[Any]:
    by_file = {source.file: source for source in sources}
    return [as_record(f, by_file.get(f.span.file) if f.span else None) for f in findings]


def _print_json(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _stop(code: int, message: str, *, quiet: bool = False) -> NoReturn:
    if not quiet:
        print(message, file=sys.stderr)
    raise typer.Exit(code)


def guarded(run: Callable[[], None]) -> int:
    """Run the command line; every failure becomes a line and an exit code, never a traceback."""
    try:
        run()
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD_POLICY
    except (BundleError, ConfigurationError) as error:
        print(f"policy refused\nerror: {error}", file=sys.stderr)
        return BAD_POLICY
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    except (KeyboardInterrupt, BrokenPipeError):
        return BAD_INPUT
    except Exception as error:  # noqa: BLE001  (a person at a terminal has no use for a traceback)
        print(f"error: internal fault ({type(error).__name__}); please report it", file=sys.stderr)
        return BAD_INPUT
    return ALLOWED


def main() -> None:
    """Entry point of the console script."""
    sys.exit(guarded(app))
