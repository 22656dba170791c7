"""Action, kind, loader -> a dependency of FastAPI that gives the resource.

    install(app)

    @app.put("/documents/{id}")
    async def write(document: Annotated[Document, allowed(guard, "write", Document, load_document)]): ...

The loader may have whatever a dependency may have, other dependencies among it. Who is refused before it
is called opens none of them, and is not told which of its parameters were wrong. In place of `allowed`,
`access` gives the `Access`, with the decision and its obligations. Both guard WebSockets as well.
"""

import inspect
from typing import Any, Final, NamedTuple

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

_APPROACH: Final = "remit_approach"  # no parameter of a loader


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
    through = _dependency(guard, guard.endpoint(action, kind, loader, parameters=parameters))

    async def resource(access: Access[Any] = through) -> Any:
        return access.resource

    return Depends(resource)


def access(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Any:
    """As `allowed`, but it gives the `Access`."""
    return _dependency(guard, guard.endpoint(action, kind, loader, parameters=parameters))


def _dependency(guard: Guard, about: Endpoint) -> Any:
    async def through(**values: Any) -> Access[Any]:
        connection, caller, said = values.pop(_APPROACH)
        resource = None
        if about.loader is not None:
            rest = connection.path_params if about.takes is None else {}
            resource = await found(about, {**rest, **values})
        try:
            return guard.decide(about, caller, said, resource)
        except Refusal as refusal:
            raise Refused(refusal) from refusal

    signed: Any = through
    signed.__signature__ = _signature(about.loader, Depends(_Door(guard, about)))
    about.mark(through)
    return Depends(through)


def _signature(loader: Loader | None, approach: object) -> inspect.Signature:
    """The loader's own, by keyword, behind the approach: FastAPI gives dependencies in this order."""
    first = inspect.Parameter(_APPROACH, inspect.Parameter.KEYWORD_ONLY, default=approach)
    own = () if loader is None else inspect.signature(loader, eval_str=True).parameters.values()
    named = [
        each.replace(kind=each.KEYWORD_ONLY)
        for each in own
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]
    return inspect.Signature([first, *named])


async def _answer(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused), "the handler of that class"
    return response(refused.answer)
