"""A view of Flask -> the same, guarded.

    @app.put("/documents/<id>")
    @allowed(guard, "write", Document, load_document)
    def write(id, access):
        document = access.resource

    @app.get("/documents")
    @listing(guard, "read", Document)
    def show_all(listing):
        documents = list(listing.allowed(rows))

Async views, async loaders and an async directory need what Flask needs for them, `flask[async]`.

`publish(app, Metadata(guard))` publishes what clients may know (RFC 9728).
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, NotFound

from remit.hosts.answers import Answer, Refusal
from remit.hosts.endpoints import PUBLISHED, Endpoint, Given, Kind, Loader, View
from remit.hosts.guard import Asked, Guard
from remit.hosts.metadata import Metadata
from remit.hosts.requests import from_environ, raw_path
from remit.hosts.views import guarding


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
    there; any other HTTPException, and all that makes context or parameters raises, is the answer.

    Raises ConfigurationError for an action that the policy does not know, and for a view without
    `access`.
    """
    about = guard.endpoint(action, kind, loader, parameters=parameters)
    return guarding(guard, about, _sync, _async)


def listing(
    guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None
) -> Callable[[View], View]:
    """Let in who may do `action` to some resource of a kind.

    The view gets the `Listing` as its keyword argument `listing`; it stands in `g.listing` as well.
    Raises ConfigurationError as `allowed` does.
    """
    about = guard.listing(action, kind, parameters=parameters)
    return guarding(guard, about, _sync, _async)


def publish(app: Flask, metadata: Metadata) -> None:
    """Serve the metadata at its path."""

    def read() -> Response:
        return _response(metadata.answer(request.method))

    setattr(read, PUBLISHED, True)
    app.add_url_rule(metadata.path, metadata.path, read, methods=["GET"])


def _sync(guard: Guard, about: Endpoint[Any], view: Callable[..., Any]) -> Any:
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

        asked = _asked(guard)
        try:
            if guard.waits:
                current_app.async_to_sync(guard.caller_async)(asked)
            admitted: object = (
                guard.admit_list(about, asked) if about.is_list else guard.admit(about, asked, load)
            )
        except Refusal as refusal:
            return _response(refusal.answer)
        return view(*received, **route, **_kept(about, admitted))

    return handle


def _async(guard: Guard, about: Endpoint[Any], view: Callable[..., Any]) -> Any:
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

        asked = _asked(guard)
        try:
            admitted: object = (
                await guard.admit_list_async(about, asked)
                if about.is_list
                else await guard.admit_async(about, asked, load)
            )
        except Refusal as refusal:
            return _response(refusal.answer)
        return await view(*received, **route, **_kept(about, admitted))

    return handle


def _asked(guard: Guard) -> Asked:
    decoded = request.root_path.rstrip("/") + request.path
    at = raw_path(request.environ, decoded)
    return from_environ(guard, request.environ, request, at, (HTTPException,))


def _kept(about: Endpoint[Any], admitted: object) -> dict[str, object]:
    """What a view is called with beside its route."""
    setattr(g, about.keyword, admitted)
    return {about.keyword: admitted}


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))
