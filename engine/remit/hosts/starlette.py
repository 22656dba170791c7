"""A Starlette endpoint -> the same, guarded.

    @allowed(guard, "write", Document, load_document)
    async def write(request: Request) -> Response:
        document = request.state.access.resource

    @listing(guard, "read", Document)
    async def show_all(request: Request) -> Response:
        documents = list(request.state.listing.allowed(rows))

What comes of it is an async function; a sync endpoint goes on running in a thread. On the methods of an
HTTPEndpoint and on a WebSocket's endpoint it works alike; a WebSocket that is refused is closed.

`publish(app, Metadata(guard))` publishes what clients may know (RFC 9728).
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket

from remit.hosts.answers import Answer, Refusal
from remit.hosts.asgi import POLICY_VIOLATION, loaded
from remit.hosts.endpoints import PUBLISHED, Endpoint, Given, Kind, Loader, View
from remit.hosts.guard import Guard
from remit.hosts.metadata import Metadata
from remit.hosts.requests import from_scope

_NOT_FOUND = 404
_ANSWERS: Final = (HTTPException, WebSocketException)


def allowed(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Callable[[View], View]:
    """Let through who may do `action` to what `loader` gives; `request.state.access` is the Access.

    `parameters` makes the action's parameters of the request. A loader may raise HTTPException with the
    status 404 for what is not there; any other, and all that makes context or parameters raises, is the
    answer.

    Raises ConfigurationError for an action that the policy does not know.
    """
    return _guarding(guard, guard.endpoint(action, kind, loader, parameters=parameters))


def listing(
    guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None
) -> Callable[[View], View]:
    """Let in who may do `action` to some resource of a kind; `request.state.listing` is the Listing.

    Raises ConfigurationError for an action that the policy does not know.
    """
    return _guarding(guard, guard.listing(action, kind, parameters=parameters))


def _guarding(guard: Guard, about: Endpoint[Any]) -> Callable[[View], View]:
    def guarded(handler: View) -> View:
        handle: View = _handling(guard, about, handler)
        about.mark(handle)
        return handle

    return guarded


def _handling(guard: Guard, about: Endpoint[Any], handler: Callable[..., Any]) -> Any:
    @functools.wraps(handler)
    async def handle(*received: Any) -> Any:
        connection: HTTPConnection = received[-1]
        asked = from_scope(guard, connection.scope, connection, _ANSWERS)
        arguments = about.arguments(connection.path_params, connection)
        try:
            admitted: object = (
                await guard.admit_list_async(about, asked)
                if about.is_list
                else await guard.admit_async(about, asked, lambda: found(about, arguments))
            )
        except Refusal as refusal:
            if isinstance(connection, WebSocket):
                return await connection.close(POLICY_VIOLATION)
            return response(refusal.answer)
        setattr(connection.state, about.keyword, admitted)
        if inspect.iscoroutinefunction(handler):
            return await handler(*received)
        return await run_in_threadpool(handler, *received)

    return handle


def response(answer: Answer) -> Response:
    """An answer as Starlette sends it."""
    return Response(answer.body, answer.status, dict(answer.headers))


def publish(app: Starlette, metadata: Metadata) -> None:
    """Serve the metadata at its path, before all other routes."""

    async def read(request: Request) -> Response:
        return response(metadata.answer(request.method))

    setattr(read, PUBLISHED, True)
    app.router.routes.insert(0, Route(metadata.path, read, include_in_schema=False))


async def found(about: Endpoint[Any], arguments: Mapping[str, object]) -> object:
    """What the loader gives; None where it raises HTTPException with the status 404."""
    try:
        return await loaded(about, arguments, run_in_threadpool)
    except HTTPException as error:
        if error.status_code != _NOT_FOUND:
            raise
        return None
