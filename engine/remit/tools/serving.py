"""`remit routes`: MODULE:APP -> its routes, as a table or as plain data."""

import contextlib
import importlib
import inspect
import operator
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts.endpoints import Guarded, Route
from remit.hosts.routes import Gap, gaps, needs_of
from remit.tools.inputs import BadInput, loaded
from remit.tools.options import AsJson
from remit.tools.suggesting import policies
from remit.tools.terminal import ALLOWED, DENIED, counted, print_json

ServedApp = Annotated[
    str,
    typer.Argument(metavar="MODULE:APP", help="The application, as a server is told: service.main:app."),
]
PolicyOption = Annotated[
    Path,
    typer.Option(
        "--policy",
        metavar="PATH",
        help="A .remit file, a folder of them, or a bundle.",
        autocompletion=policies,
    ),
]
OpenPaths = Annotated[
    list[str] | None,
    typer.Option("--open", metavar="PATH_GLOB", help="Paths that need no guard; may be repeated."),
]

_WIDTH = 160
"""Columns of a table that goes to no terminal."""


def routes_at(place: str) -> list[Route]:
    """The routes of the application at MODULE:APP, loaded as a server of it would.

    What loading it prints goes to the errors' stream. Raises BadInput.
    """
    from remit.hosts.listing import routes_of  # noqa: PLC0415  (dear to import, for one command)

    module, colon, attribute = place.partition(":")
    if not (module and colon and attribute):
        raise BadInput(f"`{place}` is not MODULE:APP, as in `service.main:app`")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    with contextlib.redirect_stdout(sys.stderr):
        try:
            application = operator.attrgetter(attribute)(importlib.import_module(module))
            return routes_of(application() if _is_factory(application) else application)
        except ConfigurationError as error:
            raise BadInput(f"{place}: {error}") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever a service does when loaded)
            raise BadInput(f"{place} cannot be loaded: {type(error).__name__}: {error}") from None


def _is_factory(application: Any) -> bool:  # noqa: ANN401  (whatever a module holds)
    """Whether it is a function, or a class, that needs nothing to be called with."""
    is_routine = inspect.isroutine(application) and not inspect.iscoroutinefunction(application)
    if not is_routine and not isinstance(application, type):
        return False
    try:
        taken = inspect.signature(application).parameters.values()
    except (TypeError, ValueError):  # it does not say
        return False
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(each.default is not each.empty or each.kind in variadic for each in taken)


def record(routes: Sequence[Route], found: Sequence[Gap], engine: Engine) -> Mapping[str, Any]:
    """Routes and gaps as plain data, for JSON."""
    return {
        "routes": [
            {
                "method": route.method,
                "path": route.path,
                "open_as": route.open_as,
                "guards": [
                    {"action": each.action, "kind": each.kind, "needs": needs_of(each, engine)}
                    for each in route.guards
                ],
            }
            for route in routes
        ],
        "findings": [gap._asdict() for gap in found],
    }


def show(routes: Sequence[Route], found: Sequence[Gap], engine: Engine) -> None:
    """Print the routes as a table, and the gaps below it."""
    from rich.console import Console  # noqa: PLC0415  (dear to import, for one command)
    from rich.table import Table  # noqa: PLC0415  (as above)

    table = Table("method", "path", "action", "kind", "needs", box=None, pad_edge=False)
    for route in routes:
        guards = route.guards or (None,)
        for guard in guards:
            table.add_row(route.method, route.path, *_cells(guard, route, engine))
    console = Console(
        width=None if sys.stdout.isatty() else _WIDTH, markup=False, highlight=False, emoji=False
    )
    console.print(table)
    for gap in found:
        print(f"{gap.code}: {gap.subject}: {gap.message}")


def _cells(guard: Guarded | None, route: Route, engine: Engine) -> tuple[str, str, str]:
    if guard is None:
        return f"({route.open_as})" if route.open_as else "-", "", ""
    needs = needs_of(guard, engine)
    return guard.action, guard.kind or "the API", "unknown" if needs is None else _told(needs)


def _told(needs: tuple[tuple[str, ...], ...]) -> str:
    """As a policy writes it."""
    sets = [" and ".join(each) or "nothing" for each in needs]
    if len(sets) > 1:
        sets = [f"({text})" if " and " in text else text for text in sets]
    return " or ".join(sets)


def show_routes(
    place: ServedApp, policy: PolicyOption, opened: OpenPaths = None, *, as_json: AsJson = False
) -> None:
    """List the endpoints of an application, and where it and the policy do not fit each other.

    The application is loaded, not run: one of FastAPI, Starlette or Flask, for Django what its server
    runs (`mysite.wsgi:application`) or a list of patterns. A function that makes one, of no parameters
    that it needs, is called, as servers call a factory.

    Findings, each of which makes the exit code 1: an endpoint without a guard (metadata, documentation
    and static files need none, nor what --open names); a pattern of --open that nothing needs; a guard
    whose action the policy does not have; an action that guards no endpoint; a scope that no action
    needs; a scope that some action needs, and that no client may be granted, or no role grants where
    roles are all that could.

    Only guards that stand on the endpoint are seen, not those inside a handler.

    Example: remit routes service.main:app --policy policies/documents --open '/health*'
    """
    engine = loaded(policy)
    routes = routes_at(place)
    found = gaps(routes, engine, opened or [])
    if as_json:
        print_json(record(routes, found, engine))
    else:
        show(routes, found, engine)
        said = counted(len(found), "finding") if found else "nothing found"
        print(f"{counted(len(routes), 'endpoint')}, {said}")
    raise typer.Exit(DENIED if found else ALLOWED)
