"""Action, kind, loader -> a dependency of FastAPI that gives the resource.

    install(app)

    @app.put("/documents/{id}")
    async def write(document: Annotated[Document, allowed(guard, "write", Document, load_document)]): ...

The loader may have whatever a dependency may have, other dependencies among it. Who is refused before it
is called opens none of them, and is not told which of its parameters were wrong. In place of `allowed`,
`access` gives the `Access`, with the decision and its obligations; `caller` is for lists. They guard
WebSockets as well.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from remit.hosts.answers import Refusal
from remit.hosts.endpoints import Access, Endpoint, Given, Kind, Loader
from remit.hosts.guard import Caller, Guard, Said
from remit.hosts.requests import from_scope
from remit.hosts.starlette import found, response
from remit.tokens.principal import Principal

_APPROACH: Final = "remit_approach"  # no parameter of a loader
Gives = Callable[[Access[Any]], Any]


class Refused(HTTPException):
    """A refusal as FastAPI takes it: right in status and headers even where `install` was forgotten."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the answer."""
        self.answer = answer = refusal.answer
        headers = {name: value for name, value in answer.headers if name != "Content-Type"}
        super().__init__(answer.status, headers=headers)


class _Approach(NamedTuple):
    """A request, or a WebSocket's, that may have its resource looked at."""

    connection: HTTPConnection
    caller: Caller
    said: Said


class _Door(SecurityBase):
    """What stands before the loader; in OpenAPI, the security scheme of what is behind."""

    def __init__(self, guard: Guard, about: Endpoint) -> None:
        self.model = HTTPBearer()
        self.scheme_name = "bearer"
        self._guard = guard
        self._about = about

    async def __call__(self, connection: HTTPConnection) -> _Approach:
        asked = from_scope(self._guard, connection.scope, connection)
        try:
            return _Approach(connection, *await self._guard.approach(self._about, asked))
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
            return self._guard.decide(about, caller, said, resource)
        except Refusal as refusal:
            raise Refused(refusal) from refusal


class _Whole(SecurityBase):
    """A door and all that is behind it in one dependency, of which each costs FastAPI its time.

    For a loader that asks for text and nothing else: its parameters cannot be wrong, and open nothing.
    """

    def __init__(self, door: _Door, loader: Loader | None, gives: Gives) -> None:
        self.model = door.model
        self.scheme_name = door.scheme_name
        self._door = door
        self._gives = gives
        connection = inspect.Parameter(
            _APPROACH, inspect.Parameter.KEYWORD_ONLY, annotation=HTTPConnection
        )
        self.__signature__ = inspect.Signature([connection, *_named(loader)])

    async def __call__(self, **values: Any) -> Any:
        approach = await self._door(values.pop(_APPROACH))
        return self._gives(await self._door.through(approach, values))


def install(app: FastAPI) -> None:
    """Let an application answer refusals with their own bodies."""
    app.add_exception_handler(Refused, _answer)


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
    status 404 for what is not there.

    Raises ConfigurationError for an action that the policy does not know.
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


def caller(guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None) -> Any:
    """The dependency of a list: it gives the Principal, None for a request without a token.

    Who could do `action` to no resource of that kind, whatever it holds, is refused. Each resource of
    the list is for the endpoint to decide about, by `guard.engine`.

    Raises ConfigurationError for an action that the policy does not know.
    """
    about = guard.listing(action, kind, parameters=parameters)
    door = _Door(guard, about)

    async def who(approach: Annotated[_Approach, Depends(door)]) -> Principal | None:
        return approach.caller.who

    about.mark(who)
    return Depends(who)


def _dependency(guard: Guard, about: Endpoint, gives: Gives) -> Any:
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
    own = () if loader is None else inspect.signature(loader, eval_str=True).parameters.values()
    return [
        each.replace(kind=each.KEYWORD_ONLY)
        for each in own
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]


async def _answer(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused), "the handler of that class"
    return response(refused.answer)
