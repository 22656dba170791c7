"""A view of Flask -> the same, guarded.

    @app.put("/documents/<id>")
    @allowed(guard, "write", Document, load_document)
    def write(id, access):
        document = access.resource

Async views and async loaders need what Flask needs for them, `flask[async]`.

`publish(app, Metadata(guard))` publishes what clients may know (RFC 9728).
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import NotFound

from remit.hosts.answers import Answer, Refusal
from remit.hosts.endpoints import PUBLISHED, Access, Endpoint, Given, Kind, Loader
from remit.hosts.guard import Asked, Guard
from remit.hosts.metadata import Metadata
from remit.hosts.requests import from_environ, raw_path

View = Callable[..., Any]


def allowed(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Callable[[View], View]:
    """Let through who may do `action` to what `loader` gives.

    The view gets the `Access` as its keyword argument `access`; it stands in `g.access` as well.
    `parameters` makes the action's parameters of the request. A loader may `abort(404)` for what is not
    there.

    Raises ConfigurationError for an action that the policy does not know.
    """
    about = guard.endpoint(action, kind, loader, parameters=parameters)

    def guarded(view: View) -> View:
        handle = (
            _async(guard, about, view)
            if inspect.iscoroutinefunction(view)
            else _sync(guard, about, view)
        )
        about.mark(handle)
        return handle

    return guarded


def publish(app: Flask, metadata: Metadata) -> None:
    """Serve the metadata at its path."""

    def read() -> Response:
        return _response(metadata.answer(request.method))

    setattr(read, PUBLISHED, True)
    app.add_url_rule(metadata.path, metadata.path, read, methods=["GET"])


def _sync(guard: Guard, about: Endpoint, view: View) -> View:
    @functools.wraps(view)
    def handle(*received: Any, **route: Any) -> Any:
        def load() -> object:
            assert about.loader is not None, "what is of a kind has a loader"
            own: Any = about.loader
            loader = current_app.async_to_sync(own) if about.is_async else own
            try:
                return loader(**about.arguments(route, request))
            except NotFound:
                return None

        try:
            access = guard.admit(about, _asked(guard), load)
        except Refusal as refusal:
            return _response(refusal.answer)
        return view(*received, **route, access=_kept(access))

    return handle


def _async(guard: Guard, about: Endpoint, view: View) -> View:
    @functools.wraps(view)
    async def handle(*received: Any, **route: Any) -> Any:
        async def load() -> object:
            assert about.loader is not None, "what is of a kind has a loader"
            try:
                # the loop is this request's own: a sync loader keeps nobody else waiting
                found = about.loader(**about.arguments(route, request))
                return await found if inspect.isawaitable(found) else found
            except NotFound:
                return None

        try:
            access = await guard.admit_async(about, _asked(guard), load)
        except Refusal as refusal:
            return _response(refusal.answer)
        return await view(*received, **route, access=_kept(access))

    return handle


def _asked(guard: Guard) -> Asked:
    decoded = request.root_path.rstrip("/") + request.path
    return from_environ(guard, request.environ, request, raw_path(request.environ, decoded))


def _kept(access: Access[Any]) -> Access[Any]:
    g.access = access
    return access


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))
