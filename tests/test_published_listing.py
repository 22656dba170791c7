"""The routes of applications, found with what guards them."""

import subprocess
import sys
from collections.abc import Callable
from typing import Annotated

import flask as flask_framework
import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.static import serve
from fastapi import APIRouter, Depends, FastAPI
from flask.views import MethodView
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response as RestResponse
from rest_framework.routers import DefaultRouter
from rest_framework.schemas import get_schema_view
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from remit import ConfigurationError
from remit.hosts import asgi, django, drf, fastapi, flask, starlette
from remit.hosts.endpoints import Access, Guarded
from remit.hosts.guard import Guard
from remit.hosts.listing import routes_of
from remit.hosts.metadata import Metadata
from tests import hosting
from tests.hosting import Desk, Document, Table

GUARD = Guard(hosting.engine(), Table())
METADATA = Metadata(GUARD)
LOAD = Desk().document
READ, WRITE, LIST = Guarded("read", "Document"), Guarded("write", "Document"), Guarded("list", None)
PUBLISHED = ("GET", METADATA.path, (), "metadata")

Found = list[tuple[str, str, tuple[Guarded, ...], str | None]]


def found(application: object) -> Found:
    return [tuple(route) for route in routes_of(application)]  # type: ignore[misc]


# ---- Starlette


@starlette.allowed(GUARD, "read", Document, LOAD)
def read_starlette(_request: Request) -> Response:
    raise AssertionError


@starlette.allowed(GUARD, "read", Document, LOAD)
async def follow(_websocket: WebSocket) -> None:
    raise AssertionError


def plain(_request: Request) -> Response:
    raise AssertionError


class Documents(HTTPEndpoint):
    @starlette.allowed(GUARD, "read", Document, LOAD)
    async def get(self, _request: Request) -> Response:
        raise AssertionError

    @starlette.allowed(GUARD, "write", Document, LOAD)
    async def put(self, _request: Request) -> Response:
        raise AssertionError

    async def delete(self, _request: Request) -> Response:
        raise AssertionError


def by_starlette() -> Starlette:
    inner = Starlette(routes=[Route("/{id:int}", read_starlette, methods=["GET", "POST"])])
    application = Starlette(
        routes=[
            Route("/plain", plain, methods=["PUT", "OPTIONS"]),
            Route("/documents/{id}", Documents),
            Route("/raw", PlainTextResponse("raw")),
            WebSocketRoute("/follow/{id}", follow),
            Mount("/v{major:int}", routes=[Mount("/inner", inner), Route("/x", read_starlette)]),
            Mount("/files", StaticFiles(directory=".")),
            Mount("/other", PlainTextResponse("other")),
            Mount("/wrapped", CORSMiddleware(inner)),
            Host("admin.example.com", Starlette(routes=[Route("/admin", plain)])),
        ]
    )
    starlette.publish(application, METADATA)
    return application


OF_STARLETTE: Found = [
    PUBLISHED,
    ("GET", "/admin", (), None),
    ("DELETE", "/documents/{id}", (), None),
    ("GET", "/documents/{id}", (READ,), None),
    ("PUT", "/documents/{id}", (WRITE,), None),
    ("GET", "/files/{path}", (), "static"),
    ("WEBSOCKET", "/follow/{id}", (READ,), None),
    ("ANY", "/other/{path}", (), None),
    ("OPTIONS", "/plain", (), None),
    ("PUT", "/plain", (), None),
    ("ANY", "/raw", (), None),
    ("GET", "/v{major}/inner/{id}", (READ,), None),
    ("POST", "/v{major}/inner/{id}", (READ,), None),
    ("GET", "/v{major}/x", (READ,), None),
    ("GET", "/wrapped/{id}", (READ,), None),
    ("POST", "/wrapped/{id}", (READ,), None),
]


def test_routes_of_starlette() -> None:
    assert found(by_starlette()) == OF_STARLETTE


def test_middleware_is_looked_behind() -> None:
    application = asgi.TokenMiddleware(CORSMiddleware(by_starlette()), GUARD)
    assert found(application) == OF_STARLETTE
    assert found(asgi.MetadataMiddleware(application, METADATA)) == [PUBLISHED, *OF_STARLETTE]


# ---- FastAPI


def by_fastapi() -> FastAPI:
    application = FastAPI(docs_url="/manual")
    router = APIRouter(prefix="/documents", dependencies=[fastapi.access(GUARD, "list")])
    may_read = fastapi.allowed(GUARD, "read", Document, LOAD)

    def current(document: Annotated[Document, may_read]) -> Document:
        return document

    @router.get("/{id}")  # noqa: FAST003  (the loader takes it)
    async def read(document: Annotated[Document, Depends(current)]) -> None: ...

    @router.websocket("/{id}/follow")
    async def follow(document: Annotated[Document, may_read]) -> None: ...

    @application.put("/direct/{id:path}", dependencies=[may_read])  # noqa: FAST003  (as above)
    async def direct() -> None: ...

    @application.get("/all")
    async def show_all(rows: Annotated[object, fastapi.listing(GUARD, "read", Document)]) -> None: ...

    @application.get("/health")
    async def health() -> None: ...

    outer = APIRouter()
    outer.include_router(router)
    application.include_router(outer, prefix="/v1")
    application.mount("/sub", FastAPI(openapi_url=None))
    application.mount("/more", FastAPI(redoc_url=None, swagger_ui_oauth2_redirect_url=None))
    fastapi.publish(application, METADATA)
    return application


def test_routes_of_fastapi() -> None:
    assert found(by_fastapi()) == [
        PUBLISHED,
        ("GET", "/all", (READ,), None),
        ("PUT", "/direct/{id}", (READ,), None),
        ("GET", "/docs/oauth2-redirect", (), "documentation"),
        ("GET", "/health", (), None),
        ("GET", "/manual", (), "documentation"),
        ("GET", "/more/docs", (), "documentation"),
        ("GET", "/more/openapi.json", (), "documentation"),
        ("GET", "/openapi.json", (), "documentation"),
        ("GET", "/redoc", (), "documentation"),
        ("GET", "/v1/documents/{id}", (LIST, READ), None),
        ("WEBSOCKET", "/v1/documents/{id}/follow", (LIST, READ), None),
    ]


# ---- Flask


def by_flask() -> flask_framework.Flask:
    application = flask_framework.Flask(__name__)
    part = flask_framework.Blueprint("part", __name__, static_folder="files", url_prefix="/part")

    @application.get("/documents/<int:id>")
    @flask.allowed(GUARD, "read", Document, LOAD)
    def read(id: int, access: Access[Document]) -> str:  # noqa: A002
        raise AssertionError((id, access))

    @part.route(
        "/<string(length=2):language>", methods=["POST", "OPTIONS"], provide_automatic_options=False
    )
    def own(language: str) -> str:
        raise AssertionError(language)

    @application.get("/static-looking", endpoint="looks.static")
    def looks() -> str:
        raise AssertionError

    class Both(MethodView):
        def get(self) -> str:
            raise AssertionError

        @flask.allowed(GUARD, "list")
        def put(self, access: Access[None]) -> str:
            raise AssertionError(access)

    # a rule of the library below Flask, which knows nothing of methods, and has no view
    application.url_map.add(Rule("/raw", endpoint="raw"))
    application.add_url_rule("/both", view_func=Both.as_view("both"))
    application.register_blueprint(part)
    flask.publish(application, METADATA)
    return application


OF_FLASK: Found = [
    PUBLISHED,
    ("GET", "/both", (), None),
    ("PUT", "/both", (LIST,), None),
    ("GET", "/documents/{id}", (READ,), None),
    ("GET", "/part/files/{filename}", (), "static"),
    ("OPTIONS", "/part/{language}", (), None),
    ("POST", "/part/{language}", (), None),
    ("ANY", "/raw", (), None),
    ("GET", "/static-looking", (), None),
    ("GET", "/static/{filename}", (), "static"),
]


def test_routes_of_flask() -> None:
    application = by_flask()
    assert found(application) == OF_FLASK
    application.wsgi_app = ProxyFix(application.wsgi_app)  # type: ignore[method-assign]
    assert found(ProxyFix(application)) == OF_FLASK


# ---- Django


@django.allowed(GUARD, "read", Document, LOAD)
def read_django(_request: HttpRequest, access: Access[Document]) -> HttpResponse:
    raise AssertionError(access)


def open_django(_request: HttpRequest) -> HttpResponse:
    raise AssertionError


class ByMethod(View):  # type: ignore[misc]  # Django brings no types
    @django.allowed(GUARD, "read", Document, LOAD)
    def get(self, _request: HttpRequest, access: Access[Document]) -> HttpResponse:
        raise AssertionError(access)

    def post(self, _request: HttpRequest) -> HttpResponse:
        raise AssertionError


@method_decorator(django.allowed(GUARD, "write", Document, LOAD), name="dispatch")
class ByDispatch(ByMethod):
    pass


class Rest(APIView):  # type: ignore[misc]  # nor does its REST framework
    permission_classes = (
        IsAuthenticated,
        drf.allowed(GUARD, {"GET": "read", "PUT": "write"}, Document, LOAD),
    )

    def get(self, _request: object) -> RestResponse:
        raise AssertionError

    put = delete = get


class Viewing(ViewSet):  # type: ignore[misc]  # as above
    permission_classes = (
        drf.allowed(GUARD, {"retrieve": "read", "update": "write", "GET": "share"}, Document, LOAD),
    )

    def retrieve(self, _request: object, **_route: str) -> RestResponse:
        raise AssertionError

    update = list = destroy = retrieve


def nothing(_request: object) -> RestResponse:
    raise AssertionError


def permitted(permission: object) -> object:
    return api_view(["POST"])(permission_classes([permission])(nothing))


MAY_READ, MAY_LIST = drf.allowed(GUARD, "read", Document, LOAD), drf.allowed(GUARD, "list")


def by_django() -> list[object]:
    router = DefaultRouter()
    router.include_format_suffixes = False
    router.register("viewing", Viewing, basename="viewing")
    patterns: list[object] = [
        path("documents/<int:id>/", csrf_exempt(read_django)),
        path("open", open_django),
        re_path(r"^by/(?P<id>(?:a|b)[0-9]+)/([a-z]+)\.json/?$", ByMethod.as_view()),
        path("dispatch/", ByDispatch.as_view()),
        path("part/", include([path("rest/", Rest.as_view()), path("", include(router.urls))])),
        path("both/", permitted(MAY_LIST & IsAuthenticated & MAY_READ)),
        path("either/", permitted(MAY_LIST | IsAuthenticated)),
        path("given/", Viewing.as_view({"get": "list"}, permission_classes=[MAY_LIST])),
        path("schema/", get_schema_view()),
        re_path(r"^files/(?P<path>.*)$", serve, {"document_root": "."}),
    ]
    django.publish(patterns, METADATA)
    return patterns


def asking(mark: Guarded, asks: str) -> Guarded:
    return mark._replace(asks=asks)


def test_routes_of_django_and_its_rest_framework() -> None:
    share = Guarded("share", "Document", "GET")
    expected: Found = [
        ("ANY", METADATA.path, (), "metadata"),
        ("POST", "/both/", (LIST, READ), None),
        ("GET", "/by/{id}/{part}.json/", (READ,), None),
        ("POST", "/by/{id}/{part}.json/", (), None),
        ("GET", "/dispatch/", (WRITE, READ), None),
        ("POST", "/dispatch/", (WRITE,), None),
        ("ANY", "/documents/{id}/", (READ,), None),
        ("POST", "/either/", (), None),
        ("ANY", "/files/{path}", (), "static"),
        ("GET", "/given/", (LIST,), None),
        ("ANY", "/open", (), None),
        ("GET", "/part/", (), None),
        ("GET", "/part/rest/", (asking(READ, "GET"),), None),
        ("PUT", "/part/rest/", (asking(WRITE, "PUT"),), None),
        ("GET", "/part/viewing/", (share,), None),
        ("GET", "/part/viewing/{pk}/", (asking(READ, "retrieve"),), None),
        ("PUT", "/part/viewing/{pk}/", (asking(WRITE, "update"),), None),
        ("GET", "/schema/", (), "documentation"),
    ]
    assert found(by_django()) == expected
    assert found(tuple(by_django())) == expected


@pytest.mark.parametrize("server", [get_wsgi_application, get_asgi_application])
def test_what_django_s_server_runs_has_the_routes_of_its_settings(server: Callable[[], object]) -> None:
    listed = {path for _, path, _, _ in found(server())}
    assert "/django/plain/sync/documents/{id}" in listed
    assert "/drf/full/async/notices/{id}" in listed


# ---- whatever else


@pytest.mark.parametrize("application", [None, "app", plain, CORSMiddleware(PlainTextResponse("x")), 7])
def test_what_is_no_application_of_these_frameworks_is_refused(application: object) -> None:
    with pytest.raises(ConfigurationError, match="no application of"):
        routes_of(application)


def test_applications_that_stand_behind_each_other_in_a_ring_are_refused() -> None:
    first = CORSMiddleware(PlainTextResponse("x"))
    first.app = CORSMiddleware(first)
    with pytest.raises(ConfigurationError, match="no application of"):
        routes_of(first)


def test_no_framework_is_loaded_for_the_application_of_another() -> None:
    code = """
import sys
from flask import Flask
import remit.tools.cli
from remit.hosts.listing import routes_of
assert len(routes_of(Flask("x"))) == 1
assert not {"django", "fastapi", "rest_framework", "starlette"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
