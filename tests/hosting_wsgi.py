"""The service of `tests.hosting` by Flask, by Django and by Django REST framework."""

import inspect
import itertools
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from flask import Flask
from rest_framework.views import APIView

from remit.hosts import django, drf, flask
from remit.hosts.endpoints import Access
from remit.hosts.guard import Guard
from tests import hosting
from tests.hosting import FLAVOURS, ROUTES, Desk, Route
from tests.hosting_asgi import loader


def by_flask(desk: Desk, guards: dict[str, Guard]) -> Flask:
    application = Flask(__name__)

    def handle(access: Access[Any], **_route: str) -> str:
        return desk.handle(access)

    async def handle_async(access: Access[Any], **_route: str) -> str:
        return desk.handle(access)

    for (name, guard), flavour, route in itertools.product(guards.items(), FLAVOURS, ROUTES):
        guarded = flask.allowed(
            guard, route.action, route.kind, loader(desk, route, flavour), parameters=route.parameters
        )
        application.add_url_rule(
            f"/{name}/{flavour}/" + route.path.replace("{", "<").replace("}", ">"),
            f"{name} {flavour} {route.method} {route.path}",
            guarded(handle if flavour == "sync" else handle_async),
            methods=[route.method],
        )
    return application


def by_django(desk: Desk, guards: dict[str, Guard]) -> list[Any]:
    """URL patterns of views that part their requests by method."""

    def handle(_request: HttpRequest, access: Access[Any], **_route: str) -> HttpResponse:
        return HttpResponse(desk.handle(access))

    async def handle_async(_request: HttpRequest, access: Access[Any], **_route: str) -> HttpResponse:
        return HttpResponse(desk.handle(access))

    def view(guard: Guard, route: Route, flavour: str) -> Any:
        guarded = django.allowed(
            guard, route.action, route.kind, loader(desk, route, flavour), parameters=route.parameters
        )
        return guarded(handle if flavour == "sync" else handle_async)

    return _patterns(guards, view)


def by_drf(desk: Desk, guards: dict[str, Guard]) -> list[Any]:
    """URL patterns of API views; `async` has async loaders, as the framework has no async views."""

    class View(APIView):
        def get(self, request: Any, **_route: str) -> HttpResponse:
            return HttpResponse(desk.handle(request.access))

        put = post = get

    def view(guard: Guard, route: Route, flavour: str) -> Any:
        permission = drf.allowed(
            guard,
            {route.method: route.action},
            route.kind,
            loader(desk, route, flavour),
            parameters=route.parameters,
        )
        return View.as_view(permission_classes=[permission])

    return _patterns(guards, view)


def _patterns(guards: dict[str, Guard], view: Any) -> list[Any]:
    """Django finds a view by path alone: here each parts its requests by method."""
    patterns: list[Any] = []
    for (name, guard), flavour in itertools.product(guards.items(), FLAVOURS):
        by_path: dict[str, dict[str, Any]] = {}
        for route in ROUTES:
            at = f"{name}/{flavour}/" + route.path.replace("{id}", "<str:id>")
            by_path.setdefault(at, {})[route.method] = view(guard, route, flavour)
        patterns += [path(at, _parted(views)) for at, views in by_path.items()]
    return patterns


def _parted(views: dict[str, Any]) -> Any:
    def part(request: HttpRequest, **route: str) -> Any:
        return views["GET" if request.method == "HEAD" else str(request.method)](request, **route)

    async def part_async(request: HttpRequest, **route: str) -> Any:
        return await part(request, **route)

    return part_async if any(map(inspect.iscoroutinefunction, views.values())) else part


DJANGO, DRF = Desk(), Desk()
urlpatterns = [
    path("django/", include(by_django(DJANGO, hosting.guards()))),
    path("drf/", include(by_drf(DRF, hosting.guards()))),
]
