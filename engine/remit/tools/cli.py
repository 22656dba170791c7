"""The command line: `remit check`, `test`, `mutate`, `fmt`, `compile`, `decide`, `explain`, `routes`."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson

from remit.checker.totality import possible_errors
from remit.compiler.bundle import pack
from remit.decider.decision import Decision, Login, plain
from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import read_set
from remit.diagnostics import Finding, as_record, has_errors, render_all
from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.hosts.routes import gaps
from remit.spans import Source
from remit.tokens.principal import Principal, VerifiedClaims
from remit.tools import serving
from remit.tools.inputs import BadInput, read_request

try:
    import typer

    from remit.tools.authoring import AsJson, PolicyPath, format_files, mutate, run_tests
    from remit.tools.terminal import (
        ALLOWED,
        BAD_INPUT,
        BAD_POLICY,
        CODES,
        DENIED,
        counted,
        print_json,
        stop,
    )
except ImportError:
    print("the command line needs its extra: pip install 'remit[cli]'", file=sys.stderr)
    sys.exit(2)

app = typer.Typer(
    name="remit",
    help="Check policies and the applications that they guard, run tests, explain single requests."
    + CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

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
ServedApp = Annotated[
    str,
    typer.Argument(metavar="MODULE:APP", help="The application, as a server is told: service.main:app."),
]
PolicyOption = Annotated[
    Path, typer.Option("--policy", help="A .remit file, a folder of them, or a bundle.")
]
OpenPaths = Annotated[
    list[str] | None,
    typer.Option("--open", metavar="PATH_GLOB", help="Paths that need no guard; may be repeated."),
]
At = Annotated[str | None, typer.Option("--at", help="Decide as of this instant (2026-11-23T12:00Z).")]


@app.command(epilog=CODES)
def check(path: PolicyPath, *, errors: ListErrors = False, as_json: AsJson = False) -> None:
    """Report everything that is wrong with a policy."""
    if path.suffix == BUNDLE:
        _check_bundle(path, as_json=as_json)
        return
    reading = read_set(path)
    if as_json:
        print_json({"findings": _records(reading.findings, reading.sources)})
    elif reading.findings:
        print(render_all(reading.findings, reading.sources))
    if has_errors(reading.findings):
        stop(BAD_POLICY, counted(len(reading.findings), "finding"), quiet=as_json)
    engine = Engine.load(path)
    if as_json:
        return
    if errors:
        _show_errors(engine)
    found = counted(len(reading.findings), "warning") if reading.findings else "nothing"
    print(f"{counted(len(reading.sources), 'file')} checked, {found} found")


def _check_bundle(path: Path, *, as_json: bool) -> None:
    """Read all of a bundle: raises what is wrong with it."""
    engine = Engine.load(path)
    engine.warm()
    if as_json:
        print_json({"findings": []})
    else:
        print(f"a bundle of {counted(len(engine.rules().blocks), 'block')}, nothing found")


def _show_errors(engine: Engine) -> None:
    """For each rule whether it can err on input that is as declared."""
    for block in engine.rules().blocks.values():
        for rule in block.rules:
            problems = possible_errors(rule.condition)
            where = f"{block.name or 'the API'}: {rule.reference.effect} {rule.reference.id}"
            print(f"{where}\n  {'; '.join(problems) or 'cannot err'}")


app.command("test", epilog=CODES)(run_tests)
app.command(epilog=CODES)(mutate)
app.command("fmt", epilog=CODES)(format_files)


@app.command("compile", epilog=CODES)
def compile_policy(path: PolicyPath, output: BundleFile, *, as_json: AsJson = False) -> None:
    """Write a policy as a bundle: one file that services load without parsing."""
    if output.suffix != BUNDLE:
        raise BadInput(f"{output}: the name of a bundle ends with {BUNDLE}")
    engine = Engine.load(path)
    content = pack(engine.rules())
    _write(output, content)
    blocks = len(engine.rules().blocks)
    if as_json:
        print_json({"blocks": blocks, "bytes": len(content), "digest": engine.digest})
    else:
        print(f"{output}: {counted(blocks, 'block')}, {len(content):,} bytes, digest {engine.digest}")


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole: whoever reads it meanwhile has the one before."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as made:
            made.write(content)
        Path(made.name).replace(path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


@app.command(epilog=CODES)
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
        print_json(decision.record())
    else:
        _show(decision)
    raise typer.Exit(ALLOWED if decision.allowed else DENIED)


@app.command(epilog=CODES)
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
        print_json({**explanation.record(), "fix": fixes.record()})
    else:
        print(explanation)
        if not explanation.allowed:
            print(f"what would change it:\n{fixes}")
    raise typer.Exit(ALLOWED if explanation.allowed else DENIED)


@app.command("routes", epilog=CODES)
def show_routes(
    place: ServedApp, policy: PolicyOption, opened: OpenPaths = None, *, as_json: AsJson = False
) -> None:
    """List the endpoints of an application, and where it and the policy do not fit each other.

    The application is loaded, not run: one of FastAPI, Starlette or Flask, for Django what its server
    runs (`mysite.wsgi:application`) or a list of patterns.

    Findings, each of which makes the exit code 1: an endpoint without a guard (metadata, documentation
    and static files need none, nor what --open names); a pattern of --open that nothing needs; a guard
    whose action the policy does not have; an action that guards no endpoint; a scope that no action
    needs; a scope that some action needs, and that no client may be granted, or no role grants where
    roles are all that could.

    Only guards that stand on the endpoint are seen, not those inside a handler.

    Example: remit routes service.main:app --policy policies/documents --open '/health*'
    """
    engine = Engine.load(policy)
    routes = serving.routes_at(place)
    found = gaps(routes, engine, opened or [])
    if as_json:
        print_json(serving.record(routes, found, engine))
    else:
        serving.show(routes, found, engine)
        said = counted(len(found), "finding") if found else "nothing found"
        print(f"{counted(len(routes), 'endpoint')}, {said}")
    raise typer.Exit(DENIED if found else ALLOWED)


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
