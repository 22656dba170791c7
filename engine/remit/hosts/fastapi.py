"""Action, kind, loader -> a dependency of FastAPI that gives the resource.

    install(app)

    @app.put("/documents/{id}")
    async def write(document: Annotated[Document, allowed(guard, "write", Document, load_document)]): ...

The loader may have whatever a dependency may have, other dependencies among it. Who is refused before it
is called opens none of them, and is not told which of its parameters were wrong. In place of `allowed`,
`access` gives the `Access`, with the decision and its obligations. They guard WebSockets as well. For a
list it is `listing`, and the `Listing`, that decides about each row:

    @app.get("/documents")
    async def show_all(readable: Annotated[Listing[Document], listing(guard, "read", Document)]): ...

`install` makes OpenAPI say which scopes each operation needs; `publish(app, Metadata(guard))` publishes
what clients may know (RFC 9728).
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Annotated, Any, Final, NamedTuple, get_type_hints

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts.answers import Refusal
from remit.hosts.endpoints import Access, Endpoint, Given, Guarded, Kind, Loader, Route
from remit.hosts.guard import Caller, Guard, Said
from remit.hosts.listing import flattened
from remit.hosts.lists import Listing
from remit.hosts.openapi import described
from remit.hosts.requests import from_scope
from remit.hosts.starlette import found, publish, response

__all__ = ["Refused", "access", "allowed", "install", "listing", "publish"]

_APPROACH: Final = "remit_approach"  # no parameter of a loader
_ANSWERS: Final = (HTTPException, WebSocketException, RequestValidationError)
Gives = Callable[[Access[Any]], Any]


class Refused(HTTPException):
    """A refusal as FastAPI takes it: right in status and headers even where `install` was forgotten."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the answer."""
        self.answer = answer = refusal.answer
        self.decision = refusal.decision
        headers = {name: value for name, value in answer.headers if name != "Content-Type"}
        super().__init__(answer.status, headers=headers)


class _Approach(NamedTuple):
    """A request, or a WebSocket's, that may have its resource looked at."""

    connection: HTTPConnection
    caller: Caller
    said: Said


class _Door(SecurityBase):
    """What stands before the loader; in OpenAPI, the security scheme of what is behind."""

    def __init__(self, guard: Guard, about: Endpoint[Any]) -> None:
        self.model = HTTPBearer()
        self.scheme_name = "bearer"
        self.guard = guard
        self.guarded = Guarded(about.action, about.name)
        self._about = about

    async def __call__(self, connection: HTTPConnection) -> _Approach:
        asked = from_scope(self.guard, connection.scope, connection, _ANSWERS)
        try:
            return _Approach(connection, *await self.guard.approach(self._about, asked))
        except Refusal as refusal:
            raise Refused(refusal) from refusal

    async def through(self, approach: _Approach, values: dict[str, Any]) -> Access[Any]:
        """The access of whom the door has let come this far."""
        connection, caller, said = approach
        about, resource = self._about, None
        if about.loader is not None:
            rest = connection.path_params if about.takes is None else {}
            resource = await found(about, {**rest, **values})
        try:
            return self.guard.decide(about, caller, said, resource)
        except Refusal as refusal:
            raise Refused(refusal) from refusal


class _Whole(SecurityBase):
    """A door and all that is behind it in one dependency, of which each costs FastAPI its time.

    For a loader that asks for text and nothing else: its parameters cannot be wrong, and open nothing.
    """

    def __init__(self, door: _Door, loader: Loader | None, gives: Gives) -> None:
        self.model = door.model
        self.scheme_name = door.scheme_name
        self.door = door
        self._gives = gives
        connection = inspect.Parameter(
            _APPROACH, inspect.Parameter.KEYWORD_ONLY, annotation=HTTPConnection
        )
        self.__signature__ = inspect.Signature([connection, *_named(loader)])

    async def __call__(self, **values: Any) -> Any:
        approach = await self.door(values.pop(_APPROACH))
        return self._gives(await self.door.through(approach, values))


def install(app: FastAPI) -> None:
    """Let an application answer refusals with their own bodies, and say in OpenAPI what it needs.

    OpenAPI follows the policy after a reload.
    """
    app.add_exception_handler(Refused, _answer)
    plain: Callable[[], dict[str, Any]] = app.openapi
    kept: list[tuple[dict[str, Any], list[int], dict[str, Any]]] = []

    def openapi() -> dict[str, Any]:
        document, guarded = plain(), _by_engine(app)
        generations = [engine.generation for engine in guarded]
        if not kept or kept[0][0] is not document or kept[0][1] != generations:
            made = document
            for engine, routes in guarded.items():
                made = described(made, routes, engine)
            kept[:] = [(document, generations, made)]
        return kept[0][2]

    setattr(app, "openapi", openapi)  # noqa: B010  (a method, as type checkers see it)


def allowed(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Any:
    """The dependency that gives the resource to who may do `action` to it, None for the API itself.

    `parameters` makes the action's parameters of the request. A loader may raise HTTPException with the
    status 404 for what is not there; any other, and all that makes context or parameters raises, is the
    answer.

    Raises ConfigurationError for an action that the policy does not know, and for a loader with a
    parameter whose annotation cannot be worked out.
    """
    about = guard.endpoint(action, kind, loader, parameters=parameters)
    return _dependency(guard, about, lambda access: access.resource)


def access(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Any:
    """As `allowed`, but it gives the `Access`."""
    about = guard.endpoint(action, kind, loader, parameters=parameters)
    return _dependency(guard, about, lambda access: access)


def listing(guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None) -> Any:
    """The dependency of a list: it gives the `Listing`, which decides about each of its rows.

    Who could do `action` to no resource of that kind, whatever it holds, is refused.

    Raises ConfigurationError for an action that the policy does not know.
    """
    about = guard.listing(action, kind, parameters=parameters)
    door = _Door(guard, about)

    async def listed(approach: Annotated[_Approach, Depends(door)]) -> Listing[Any]:
        return guard.listed(about, approach.caller, approach.said)

    about.mark(listed)
    return Depends(listed)


def _dependency(guard: Guard, about: Endpoint[Any], gives: Gives) -> Any:
    door = _Door(guard, about)
    if all(each.annotation is str and each.default is each.empty for each in _named(about.loader)):
        whole = _Whole(door, about.loader, gives)
        about.mark(whole)
        return Depends(whole)

    async def through(**values: Any) -> Any:
        return gives(await door.through(values.pop(_APPROACH), values))

    first = inspect.Parameter(_APPROACH, inspect.Parameter.KEYWORD_ONLY, default=Depends(door))
    signed: Any = through
    signed.__signature__ = inspect.Signature([first, *_named(about.loader)])
    about.mark(through)
    return Depends(through)


def _named(loader: Loader | None) -> list[inspect.Parameter]:
    """The loader's parameters, by keyword; FastAPI gives dependencies in the order of a signature."""
    own = () if loader is None else _signature(loader).parameters.values()
    return [
        each.replace(kind=each.KEYWORD_ONLY)
        for each in own
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]


def _signature(loader: Loader) -> inspect.Signature:
    """A signature with its parameters' annotations worked out, that of the result may stay text.

    Raises ConfigurationError: FastAPI takes a NameError for a parameter of the query.
    """
    try:
        return inspect.signature(loader, eval_str=True)
    except NameError:  # of the result alone, where only a type checker imports what it names
        found = inspect.signature(loader)
    texts = {each.name: each.annotation for each in found.parameters.values()}
    written = SimpleNamespace(__annotations__={n: t for n, t in texts.items() if isinstance(t, str)})
    try:
        meant = get_type_hints(written, _scope(loader), include_extras=True)
    except NameError as error:
        raise ConfigurationError(f"a parameter of the loader: {error}") from None
    own = found.parameters.values()
    return found.replace(
        parameters=[each.replace(annotation=meant.get(each.name, each.annotation)) for each in own]
    )


def _scope(loader: Any) -> dict[str, Any]:
    """What the names in a loader's annotations mean."""
    inner = inspect.unwrap(loader)
    while isinstance(inner, functools.partial):
        inner = inner.func
    if isinstance(inner, type):
        inner = inner.__init__  # type: ignore[misc]  # of that class, none below it
    elif not hasattr(inner, "__globals__"):
        inner = type(inner).__call__
    return getattr(inner, "__globals__", {})


def _by_engine(app: FastAPI) -> dict[Engine, list[Route]]:
    """The guarded routes, by whose policy guards them."""
    found: dict[Engine, list[Route]] = {}
    for route in flattened(app.routes):
        by_engine: dict[Engine, list[Guarded]] = {}
        for door in _doors(getattr(route, "dependant", None)):
            by_engine.setdefault(door.guard.engine, []).append(door.guarded)
        for engine, guards in by_engine.items():
            for method in getattr(route, "methods", ()):
                made = Route(method, route.path_format, tuple(guards))
                found.setdefault(engine, []).append(made)
    return found


def _doors(dependant: Any) -> Iterator[_Door]:
    if dependant is not None:
        match dependant.call:
            case _Door() as door:
                yield door
            case _Whole(door=door):
                yield door
            case _:
                pass
        for each in dependant.dependencies:
            yield from _doors(each)


async def _answer(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused), "the handler of that class"
    return response(refused.answer)
