"""A view of Django -> the same, guarded.

    @allowed(guard, "write", Document, load_document)
    def write(request, id, access):
        document = access.resource

    @listing(guard, "read", Document)
    def show_all(request, listing):
        documents = list(listing.allowed(Document.objects.all()))

Views and loaders may be sync or async, in any pairing. On the methods of a class-based view, `dispatch`
among them, it works alike.

`publish(urlpatterns, Metadata(guard))`, in the URLconf of the root, publishes what clients may know (RFC
9728).
"""

import functools
from collections.abc import Callable
from typing import Any, Final

from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver, path

from remit.hosts.answers import Answer, Refusal
from remit.hosts.endpoints import PUBLISHED, Endpoint, Given, Kind, Loader, View
from remit.hosts.guard import Asked, Guard
from remit.hosts.metadata import Metadata
from remit.hosts.requests import from_environ, raw_path
from remit.hosts.views import guarding

_ANSWERS: Final = (Http404, PermissionDenied, SuspiciousOperation, BadRequest)


def allowed(
    guard: Guard,
    action: str,
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
) -> Callable[[View], View]:
    """Let through who may do `action` to what `loader` gives.

    The view gets the `Access` as its keyword argument `access`. `parameters` makes the action's
    parameters of the request. A loader may raise Http404 for what is not there; what else Django has an
    answer for, raised by it or by what makes context or parameters, gets that answer.

    Raises ConfigurationError for an action that the policy does not know, and for a view without
    `access`.
    """
    about = guard.endpoint(action, kind, loader, parameters=parameters)
    return guarding(guard, about, _sync, _async)


def listing(
    guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None
) -> Callable[[View], View]:
    """Let in who may do `action` to some resource of a kind.

    The view gets the `Listing` as its keyword argument `listing`. Raises ConfigurationError as `allowed`
    does.
    """
    about = guard.listing(action, kind, parameters=parameters)
    return guarding(guard, about, _sync, _async)


def publish(urlpatterns: list[Any], metadata: Metadata) -> None:
    """Serve the metadata at its path, before all other patterns."""

    def read(request: HttpRequest) -> HttpResponse:
        return response(metadata.answer(str(request.method)))

    setattr(read, PUBLISHED, True)
    urlpatterns.insert(0, path(metadata.path.removeprefix("/"), read))


def patterns() -> list[Any]:
    """Those of the project that is set up."""
    resolver: Any = get_resolver()
    return list(resolver.url_patterns)


def _sync(guard: Guard, about: Endpoint[Any], view: Callable[..., Any]) -> Any:
    @functools.wraps(view)
    def handle(*received: Any, **route: Any) -> Any:
        request = _request(received)
        try:
            admitted = admit(
                guard, about, asked(guard, request, request), lambda: load(about, route, request)
            )
        except Refusal as refusal:
            return response(refusal.answer)
        return view(*received, **route, **{about.keyword: admitted})

    return handle


def _async(guard: Guard, about: Endpoint[Any], view: Callable[..., Any]) -> Any:
    @functools.wraps(view)
    async def handle(*received: Any, **route: Any) -> Any:
        request = _request(received)
        one = asked(guard, request, request)
        try:
            admitted: object = (
                await guard.admit_list_async(about, one)
                if about.is_list
                else await guard.admit_async(about, one, lambda: _load_async(about, route, request))
            )
        except Refusal as refusal:
            return response(refusal.answer)
        return await view(*received, **route, **{about.keyword: admitted})

    return handle


def admit(guard: Guard, about: Endpoint[Any], one: Asked, load: Callable[[], object]) -> object:
    """The Access or the Listing of a request, in a thread that may wait. Raises Refusal."""
    if guard.waits:
        async_to_sync(guard.caller_async)(one)
    return guard.admit_list(about, one) if about.is_list else guard.admit(about, one, load)


def load(about: Endpoint[Any], route: dict[str, Any], request: object) -> object:
    """What the loader gives; None where it raises Http404."""
    assert about.loader is not None, "what is of a kind has a loader"
    own: Any = about.loader
    loader = async_to_sync(own) if about.is_async else own
    try:
        return loader(**about.arguments(route, request))
    except Http404:
        return None


async def _load_async(about: Endpoint[Any], route: dict[str, Any], request: object) -> object:
    assert about.loader is not None, "what is of a kind has a loader"
    # database connections belong to a thread: Django's own for sync code is the one
    own: Any = about.loader
    loader = own if about.is_async else sync_to_async(own)
    try:
        return await loader(**about.arguments(route, request))
    except Http404:
        return None


def asked(
    guard: Guard, http: HttpRequest, request: object, answers: tuple[type[Exception], ...] = ()
) -> Asked:
    """A request as Django has it, `request` as the service is to see it; `answers` beside Django's."""
    scope = getattr(http, "scope", None)  # of a server that speaks ASGI
    raw = None if scope is None else scope.get("raw_path")
    at = raw_path(http.META, http.path) if raw is None else raw.decode("latin-1").partition("?")[0]
    return from_environ(guard, http.META, request, at, (*_ANSWERS, *answers))


def response(answer: Answer) -> HttpResponse:
    """An answer as Django sends it."""
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def _request(received: tuple[Any, ...]) -> HttpRequest:
    """The first argument of a view, the second of a method."""
    return received[0] if isinstance(received[0], HttpRequest) else received[1]
