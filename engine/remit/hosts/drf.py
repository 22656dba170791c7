"""Action, kind, loader -> a permission of Django REST framework.

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "remit.hosts.drf.exception_handler"}

    class Documents(RetrieveUpdateAPIView):
        permission_classes = [allowed(guard, {"GET": "read", "PUT": "write"}, Document)]

    class Documents(ModelViewSet):
        permission_classes = [allowed(guard, {"retrieve": "read"}, Document, lists={"list": "read"})]

Without a loader the resource is what the view's own `get_object` gives. It is loaded and decided about
before the handler runs, so that no handler goes ahead for having never asked; when it does ask, it gets
what was loaded.
"""

import contextlib
from collections.abc import Generator, Mapping
from http import HTTPStatus
from typing import Any, Literal

from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.views import exception_handler as default_handler

from remit.errors import ConfigurationError
from remit.hosts import django
from remit.hosts.answers import Refusal, problem
from remit.hosts.endpoints import Endpoint, Given, Kind, Loader
from remit.hosts.guard import Guard

_LOADING = "remit_loading"


class Refused(APIException):
    """A refusal as the framework takes it: right in status and challenge with any exception handler."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the answer."""
        self.answer = refusal.answer
        self.decision = refusal.decision
        self.status_code = refusal.answer.status
        self.auth_header = dict(refusal.answer.headers).get("WWW-Authenticate")
        super().__init__(HTTPStatus(refusal.answer.status).phrase)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Any:
    """Answer refusals with their own bodies; the rest is the framework's."""
    return django.response(exc.answer) if isinstance(exc, Refused) else default_handler(exc, context)


def allowed(
    guard: Guard,
    action: str | Mapping[str, str],
    kind: Kind = None,
    loader: Loader | None = None,
    *,
    parameters: Given | None = None,
    lists: Mapping[str, str] | None = None,
) -> type[BasePermission]:
    """The permission of who may do `action` to what `loader` gives; `request.access` is the Access.

    `action` may be a mapping from the actions of a viewset, or from HTTP methods; what is not in it is
    denied. `lists` is another, of those that are about all there are: nothing is loaded for them, and
    `request.listing` is the Listing. `parameters` makes the action's parameters of the request. A
    loader, or `get_object`, may raise Http404 or NotFound for what is not there; what else the
    frameworks have an answer for, raised by it or by what makes context or parameters, gets that answer.

    Raises ConfigurationError for an action that the policy does not know.
    """
    actions = {None: action} if isinstance(action, str) else dict(action)
    own = None if kind is None else _get_object
    abouts = {
        asks: guard.endpoint(each, kind, loader or own, parameters=parameters)
        for asks, each in actions.items()
    }
    if lists:
        if kind is None:
            raise ConfigurationError("a list is of a kind of resource")
        for asks, each in lists.items():
            abouts[asks] = guard.listing(each, kind, parameters=parameters)
    return _permission(guard, abouts)


def listing(
    guard: Guard, action: str, kind: str | type, *, parameters: Given | None = None
) -> type[BasePermission]:
    """The permission of a list: of who may do `action` to some resource of a kind.

    `request.listing` is the Listing. Raises ConfigurationError for an action that the policy does not
    know.
    """
    return _permission(guard, {None: guard.listing(action, kind, parameters=parameters)})


def _permission(guard: Guard, abouts: Mapping[str | None, Endpoint[Any]]) -> type[BasePermission]:
    class Allowed(BasePermission):
        def has_permission(self, request: Any, view: Any) -> Literal[True]:
            about = _about(abouts, request, view)
            with _refused():
                asked = django.asked(guard, request, request, (APIException,))
                admitted = django.admit(guard, about, asked, lambda: _found(about, request, view))
            setattr(request, about.keyword, admitted)
            return True

        def has_object_permission(self, request: Any, view: Any, obj: object) -> Literal[True]:
            if not getattr(view, _LOADING, False):
                about = _about(abouts, request, view)
                with _refused():
                    asked = django.asked(guard, request, request, (APIException,))
                    guard.admit(about, asked, lambda: obj)  # who asks is known by now
            return True

    for asks, about in abouts.items():
        about.mark(Allowed, asks)
    return Allowed


def _about(abouts: Mapping[str | None, Endpoint[Any]], request: Any, view: Any) -> Endpoint[Any]:
    """What a request asks for: by the viewset's action, or by the method, HEAD as GET."""
    method = "GET" if request.method == "HEAD" else request.method
    for asks in (None, getattr(view, "action", None), method):
        if asks in abouts:
            return abouts[asks]
    raise Refused(Refusal(problem(403, {})))


def _found(about: Endpoint[Any], request: Any, view: Any) -> object:
    """What the loader gives; None where it raises what either framework has for that."""
    try:
        return django.load(about, view.kwargs, request)
    except NotFound:
        return None


def _get_object(request: Any) -> object:
    """A loader: what the view finds by itself, for this and for all that asks the view later."""
    view = request.parser_context["view"]
    setattr(view, _LOADING, True)  # `get_object` asks for permissions, which are being decided
    try:
        resource = view.get_object()
    finally:
        setattr(view, _LOADING, False)
    view.get_object = lambda: resource  # a view lives for one request
    return resource


@contextlib.contextmanager
def _refused() -> Generator[None]:
    try:
        yield
    except Refusal as refusal:
        raise Refused(refusal) from refusal
