"""The service of `tests.hosting` by ASGI: without a framework, by Starlette, by FastAPI."""

import inspect
import re
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

from remit.hosts import asgi, fastapi, starlette
from remit.hosts.endpoints import Access
from remit.hosts.guard import Guard
from tests.hosting import FLAVOURS, ROUTES, Desk, Route


def loader(desk: Desk, route: Route, flavour: str) -> Any:
    """The loader of a route, sync or async."""
    suffix = "_async" if flavour == "async" else ""
    return None if route.loader is None else getattr(desk, route.loader + suffix)


def by_asgi(desk: Desk, guards: dict[str, Guard]) -> asgi.Application:
    """Without a framework: it finds its routes by itself, and has no sync handlers."""
    found = [
        (
            route.method,
            re.compile(f"/{name}/{flavour}/" + route.path.replace("{id}", "(?P<id>[^/]+)")),
            guard,
            about,
        )
        for name, guard in guards.items()
        for flavour in FLAVOURS
        for route in ROUTES
        for about in [
            guard.endpoint(
                route.action, route.kind, loader(desk, route, flavour), parameters=route.parameters
            )
        ]
    ]

    async def application(scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        for verb, path, guard, about in found:
            match = path.fullmatch(scope["path"])
            if match is not None and method == verb:
                access = await asgi.access(guard, about, scope, match.groupdict())
                await Response(desk.handle(access))(scope, _receive, send)

    by_name = {name: asgi.TokenMiddleware(application, guard) for name, guard in guards.items()}

    async def parted(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        await by_name[scope["path"].split("/")[1]](scope, receive, send)

    return parted


def by_starlette(desk: Desk, guards: dict[str, Guard]) -> Starlette:
    def handle(request: Request) -> Response:
        return Response(desk.handle(request.state.access))

    async def handle_async(request: Request) -> Response:
        return handle(request)

    return Starlette(
        routes=[
            Path(
                f"/{name}/{flavour}/{route.path}",
                starlette.allowed(
                    guard,
                    route.action,
                    route.kind,
                    loader(desk, route, flavour),
                    parameters=route.parameters,
                )(handle if flavour == "sync" else handle_async),
                methods=[route.method],
            )
            for name, guard in guards.items()
            for flavour in FLAVOURS
            for route in ROUTES
        ]
    )


def by_fastapi(desk: Desk, guards: dict[str, Guard]) -> FastAPI:
    application = FastAPI(default_response_class=PlainTextResponse)
    fastapi.install(application)
    for name, guard in guards.items():
        for flavour in FLAVOURS:
            for route in ROUTES:
                through = fastapi.access(
                    guard,
                    route.action,
                    route.kind,
                    loader(desk, route, flavour),
                    parameters=route.parameters,
                )
                methods = ["GET", "HEAD"] if route.method == "GET" else [route.method]
                path = f"/{name}/{flavour}/{route.path}"
                application.add_api_route(path, _handler(desk, flavour, through), methods=methods)
    return application


def _handler(desk: Desk, flavour: str, through: Any) -> Any:
    def handle(access: Annotated[Access[Any], through]) -> str:
        return desk.handle(access)

    async def handle_async(access: Annotated[Access[Any], through]) -> str:
        return desk.handle(access)

    chosen = handle if flavour == "sync" else handle_async
    assert inspect.iscoroutinefunction(chosen) == (flavour == "async")
    return chosen
