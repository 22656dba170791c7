"""What each framework has of its own, in front of the same guard."""

import asyncio
import functools
from collections.abc import Awaitable, Iterator
from typing import Annotated, Any

import flask as flask_framework
import httpx
import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from fastapi import Depends, FastAPI
from flask.views import MethodView
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from remit import ConfigurationError
from remit.hosts import asgi, django, fastapi, flask, starlette
from remit.hosts.answers import Answer, Refusal
from remit.hosts.endpoints import ATTRIBUTE, Access, Guarded
from remit.hosts.guard import Guard
from tests import hosting
from tests.hosting import Desk, Document, Row, Table

ANN = {"Authorization": "Bearer ann"}
STRANGER = {"Authorization": "Bearer stranger"}
READS = (Guarded("read", "Document"),)


@pytest.fixture
def verifier() -> Table:
    return Table()


@pytest.fixture
def guard(verifier: Table) -> Guard:
    return Guard(hosting.engine(), verifier)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def get(
    application: Any, path: str, headers: dict[str, str] | None = None, body: object = None
) -> httpx.Response:
    """The answer to a GET, or to a POST where there is a body."""

    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example.com") as client:
            method = "GET" if body is None else "POST"
            return await client.request(method, path, headers=headers, json=body)

    return asyncio.run(asking())


def absent(id: str) -> Document | None:  # noqa: A002  (the route's own name)
    raise HTTPException(404 if id == "none" else 418)


# ---- ASGI


def ran(application: asgi.Application, scope: dict[str, Any]) -> list[asgi.Message]:
    """What an application sends."""
    sent: list[asgi.Message] = []

    async def receive() -> asgi.Message:
        return {"type": "http.request"}

    async def send(message: asgi.Message) -> None:
        sent.append(message)

    whole = {"headers": [], "path": "/", "method": "GET", **scope}
    asyncio.run(asgi.TokenMiddleware(application, whole.pop("guard"))(whole, receive, send))
    return sent


async def accepting(_scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
    await send({"type": "websocket.accept"})


GOOD = [(b"authorization", b"Bearer ann")]
BAD = [(b"authorization", b"Bearer eve")]


def followed(application: Any, headers: list[tuple[bytes, bytes]]) -> list[asgi.Message]:
    """What an application sends to a WebSocket that asks for the plan."""
    sent: list[asgi.Message] = []

    async def receive() -> asgi.Message:
        return {"type": "websocket.connect"}

    async def send(message: asgi.Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/plan",
        "headers": headers,
        "query_string": b"",
        "extensions": {"websocket.http.response": {}},
    }
    asyncio.run(application(scope, receive, send))
    return sent


def test_a_websocket_whose_token_is_refused_is_never_accepted(guard: Guard) -> None:
    scope = {"type": "websocket", "headers": BAD, "guard": guard}
    assert ran(accepting, scope) == [{"type": "websocket.close", "code": 1008}]
    sent = ran(accepting, {**scope, "extensions": {"websocket.http.response": {}}})
    assert [each["type"] for each in sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert sent[0]["status"] == 401


def test_a_websocket_with_a_good_token_goes_on(guard: Guard) -> None:
    scope = {"type": "websocket", "headers": GOOD, "guard": guard}
    assert ran(accepting, scope) == [{"type": "websocket.accept"}]


def test_the_middleware_knows_who_asks(guard: Guard) -> None:
    found: list[object] = []

    async def application(scope: asgi.Scope, _receive: asgi.Receive, _send: asgi.Send) -> None:
        found.append(asgi.caller(guard, scope))

    for headers in ([], GOOD):
        ran(application, {"type": "http", "headers": headers, "guard": guard})
    assert found[0] is None
    assert guard.engine.allows(found[1], "read", Document("plan"))  # type: ignore[arg-type]


def test_what_is_no_request_goes_through_the_middleware(guard: Guard) -> None:
    found: list[str] = []

    async def application(scope: asgi.Scope, _receive: asgi.Receive, _send: asgi.Send) -> None:
        found.append(scope["type"])

    ran(application, {"type": "lifespan", "headers": BAD, "guard": guard})
    assert found == ["lifespan"]


def test_a_refusal_after_the_answer_has_begun_is_the_server_s_to_end(guard: Guard) -> None:
    async def application(_scope: asgi.Scope, _receive: asgi.Receive, send: asgi.Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise Refusal(Answer(403, (), b""))

    with pytest.raises(Refusal):
        ran(application, {"type": "http", "guard": guard})


# ---- Starlette


def test_the_methods_of_an_endpoint_class_may_be_guarded(guard: Guard, desk: Desk) -> None:
    class Documents(HTTPEndpoint):
        @starlette.allowed(guard, "read", Document, desk.document)
        async def get(self, request: Request) -> Response:
            return PlainTextResponse(request.state.access.resource.id)

    application = Starlette(routes=[Route("/{id}", Documents)])
    assert get(application, "/plan", ANN).text == "plan"
    assert get(application, "/plan", STRANGER).status_code == 403
    assert getattr(Documents.get, ATTRIBUTE) == READS


def test_an_http_exception_of_404_is_a_resource_that_is_not_there(guard: Guard) -> None:
    @starlette.allowed(guard, "read", Document, absent)
    def read(_request: Request) -> Response:
        raise AssertionError

    application = Starlette(routes=[Route("/{id}", read)])
    assert get(application, "/none", ANN).content == b'{"title":"Not Found","status":404}'
    assert get(application, "/other", ANN).status_code == 418


def test_a_caller_is_verified_once_behind_the_middleware(
    guard: Guard, verifier: Table, desk: Desk
) -> None:
    @starlette.allowed(guard, "list")
    @starlette.allowed(guard, "read", Document, desk.document)
    def read(request: Request) -> Response:
        return PlainTextResponse(request.state.access.resource.id)

    application = Starlette(routes=[Route("/{id}", read)])
    application.add_middleware(asgi.TokenMiddleware, guard=guard)
    assert get(application, "/plan", ANN).text == "plan"
    assert len(verifier.verified) == 1
    assert getattr(read, ATTRIBUTE) == (*READS, Guarded("list", None))


@pytest.mark.parametrize(("headers", "sent"), [(GOOD, "websocket.accept"), (BAD, "websocket.close")])
def test_a_websocket_s_endpoint_may_be_guarded(
    guard: Guard, desk: Desk, headers: list[tuple[bytes, bytes]], sent: str
) -> None:
    @starlette.allowed(guard, "read", Document, desk.document)
    async def follow(websocket: WebSocket) -> None:
        assert websocket.state.access.resource.id == "plan"
        await websocket.accept()

    application = Starlette(routes=[WebSocketRoute("/{id}", follow)])
    assert [each["type"] for each in followed(application, headers)] == [sent]


# ---- FastAPI


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        (GOOD, ["websocket.accept"]),
        (BAD, ["websocket.http.response.start", "websocket.http.response.body"]),
    ],
)
def test_a_websocket_may_depend_on_what_it_follows(
    guard: Guard, desk: Desk, headers: list[tuple[bytes, bytes]], sent: list[str]
) -> None:
    application = FastAPI()
    fastapi.install(application)

    @application.websocket("/{id}")
    async def follow(
        websocket: WebSocket,
        document: Annotated[Document, fastapi.allowed(guard, "read", Document, desk.document)],
    ) -> None:
        assert document.id == "plan"
        await websocket.accept()

    assert [each["type"] for each in followed(application, headers)] == sent


def test_openapi_says_that_a_token_is_asked_for(guard: Guard, desk: Desk) -> None:
    application = FastAPI()

    @application.get("/{id}", dependencies=[fastapi.allowed(guard, "read", Document, desk.document)])
    async def read() -> None: ...

    described = application.openapi()
    assert described["paths"]["/{id}"]["get"]["security"] == [{"bearer": []}]
    assert [each["name"] for each in described["paths"]["/{id}"]["get"]["parameters"]] == ["id"]
    assert described["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


class Wanted(BaseModel):
    public: bool


def test_a_loader_may_make_the_resource_of_the_body(guard: Guard) -> None:
    def made(wanted: Wanted) -> Row:
        return Row("new", wanted.public)

    application = FastAPI()
    fastapi.install(application)

    @application.post("/")
    async def look(notice: Annotated[Row, fastapi.allowed(guard, "look", "Notice", made)]) -> str:
        return notice.id

    assert get(application, "/", ANN, {"public": True}).json() == "new"
    assert get(application, "/", ANN, {"public": False}).status_code == 403
    assert get(application, "/", ANN, {"private": 1}).status_code == 422
    assert get(application, "/", {"Authorization": "Bearer eve"}, {"private": 1}).status_code == 401


def test_a_handler_gets_the_resource(guard: Guard, desk: Desk) -> None:
    application = FastAPI()
    fastapi.install(application)

    @application.get("/documents/{id}")
    async def read(
        document: Annotated[Document, fastapi.allowed(guard, "read", Document, desk.document)],
    ) -> str:
        return document.id

    @application.get("/documents", dependencies=[fastapi.allowed(guard, "list")])
    async def list_() -> list[str]:
        return []

    assert get(application, "/documents/plan", ANN).json() == "plan"
    assert get(application, "/documents", ANN).json() == []
    assert get(application, "/documents").status_code == 401
    assert get(application, "/documents/plan", STRANGER).content == b'{"title":"Forbidden","status":403}'


def test_a_loader_has_dependencies_which_nobody_opens_who_is_refused(guard: Guard) -> None:
    opened: list[str] = []

    def session() -> Iterator[str]:
        opened.append("session")
        yield "session"

    async def load(number: int, session: Annotated[str, Depends(session)]) -> Row:
        assert session == "session"
        return Row(str(number), public=True)

    application = FastAPI()
    fastapi.install(application)

    @application.get("/{number}")
    async def look(notice: Annotated[Row, fastapi.allowed(guard, "look", "Notice", load)]) -> str:
        return notice.id

    @application.put("/{number}")
    async def move(notice: Annotated[Row, fastapi.allowed(guard, "move", "Notice", load)]) -> str:
        return notice.id

    assert get(application, "/12", ANN).json() == "12"
    assert opened == ["session"]
    assert get(application, "/twelve", ANN).status_code == 422  # its parameters are FastAPI's to read
    assert get(application, "/twelve", {"Authorization": "Bearer eve"}).status_code == 401
    assert get(application, "/12", {"Authorization": "Bearer eve"}).status_code == 401
    assert opened == ["session", "session"]


def test_a_loader_of_any_keywords_gets_the_path_s(guard: Guard, desk: Desk) -> None:
    application = FastAPI()

    @application.get("/{id}")
    async def look(
        access: Annotated[Access[Row], fastapi.access(guard, "look", "Notice", desk.notice)],
    ) -> str:
        return access.resource.id

    assert get(application, "/open").json() == "open"


def noted(loader: Any, **annotations: str) -> Any:
    """A loader whose annotations are text, as `from __future__ import annotations` leaves them."""
    inner = getattr(loader, "__func__", loader)
    inner.__annotations__ = annotations
    return loader


class Shelves:
    def load(self, number: Any) -> Any:
        return Row(repr(number), public=True)

    def __call__(self, number: Any) -> Any:
        return Row(repr(number), public=True)


class Shelf:
    """A loader by itself, as FastAPI takes a class for one."""

    public = True

    def __init__(self, number: Any) -> None:
        self.id = repr(number)


@pytest.mark.parametrize("form", ["function", "method", "object", "class", "partial"])
def test_annotations_that_are_text_are_read_those_of_parameters_alone(guard: Guard, form: str) -> None:
    def load(number: Any) -> Any:
        return Row(repr(number), public=True)

    written = {"number": "int", "return": "OnlyForTypeCheckers | None"}
    shelves = Shelves()
    loader: Any = load
    match form:
        case "function" | "partial":
            noted(load, **written)
            loader = functools.partial(load) if form == "partial" else load
        case "method":
            loader = noted(shelves.load, **written)
        case "object":
            noted(Shelves.__call__, **written)
            loader = shelves
        case _:
            noted(Shelf.__init__, **written)
            loader = Shelf
    application = FastAPI()

    @application.get("/{number}")
    async def look(notice: Annotated[Any, fastapi.allowed(guard, "look", "Notice", loader)]) -> str:
        return str(notice.id)

    assert get(application, "/12", ANN).json() == "12"
    assert get(application, "/twelve", ANN).status_code == 422


def test_a_parameter_of_an_unknown_type_is_no_parameter_of_the_query(guard: Guard) -> None:
    def load(number: Any) -> Any: ...

    noted(load, number="OnlyForTypeCheckers")
    with pytest.raises(ConfigurationError, match="a parameter of the loader: name 'OnlyForTypeChecker"):
        fastapi.allowed(guard, "look", "Notice", load)


def test_without_the_handler_status_and_challenge_are_right_all_the_same(
    guard: Guard, desk: Desk
) -> None:
    application = FastAPI()

    @application.get("/{id}", dependencies=[fastapi.allowed(guard, "read", Document, desk.document)])
    async def read() -> None: ...

    answer = get(application, "/plan")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.headers["Content-Type"] == "application/json"


def test_the_routes_of_an_application_tell_what_they_ask(guard: Guard, desk: Desk) -> None:
    through = fastapi.access(guard, "read", Document, desk.document)
    assert getattr(through.dependency, ATTRIBUTE) == READS


# ---- Flask


def test_method_views_and_g_work_as_ever(guard: Guard, desk: Desk) -> None:
    class Documents(MethodView):
        @flask.allowed(guard, "read", Document, desk.document)
        def get(self, id: str, access: Access[Document]) -> str:  # noqa: A002
            assert flask_framework.g.access is access
            return f"{id} {access.resource.id}"

    application = flask_framework.Flask(__name__)
    application.add_url_rule("/<id>", view_func=Documents.as_view("documents"))
    with application.test_client() as client:
        assert client.get("/plan", headers=ANN).text == "plan plan"
        assert client.get("/plan", headers=STRANGER).status_code == 403


@pytest.mark.parametrize("of_view", ["sync", "async"])
@pytest.mark.parametrize("of_loader", ["sync", "async"])
def test_flask_pairs_views_and_loaders_of_either_kind(
    guard: Guard, of_view: str, of_loader: str
) -> None:
    def load(id: str) -> Document:  # noqa: A002
        return Document(id) if id != "none" else flask_framework.abort(404)

    async def load_async(id: str) -> Document:  # noqa: A002
        return load(id)

    def view(access: Access[Document], **_route: str) -> str:
        return access.resource.id

    async def view_async(access: Access[Document], **_route: str) -> str:
        return access.resource.id

    loader = load if of_loader == "sync" else load_async
    guarded = flask.allowed(guard, "read", Document, loader)(view if of_view == "sync" else view_async)
    application = flask_framework.Flask(__name__)
    application.add_url_rule("/<id>", "read", guarded)
    with application.test_client() as client:
        assert client.get("/plan", headers=ANN).text == "plan"
        assert client.get("/none", headers=ANN).data == b'{"title":"Not Found","status":404}'
    assert getattr(guarded, ATTRIBUTE) == READS


# ---- Django


@pytest.mark.parametrize("of_view", ["sync", "async"])
@pytest.mark.parametrize("of_loader", ["sync", "async"])
def test_django_pairs_views_and_loaders_of_either_kind(
    guard: Guard, of_view: str, of_loader: str
) -> None:
    def load(id: str) -> Document:  # noqa: A002
        if id == "none":
            raise Http404
        return Document(id)

    async def load_async(id: str) -> Document:  # noqa: A002
        return load(id)

    def view(_request: HttpRequest, access: Access[Document], **_route: str) -> HttpResponse:
        return HttpResponse(access.resource.id)

    async def view_async(_request: HttpRequest, access: Access[Document], **_route: str) -> HttpResponse:
        return HttpResponse(access.resource.id)

    loader = load if of_loader == "sync" else load_async
    through = django.allowed(guard, "read", Document, loader)
    guarded: Any = through(view if of_view == "sync" else view_async)

    def answer(id: str) -> HttpResponse:  # noqa: A002
        answered: HttpResponse | Awaitable[HttpResponse] = guarded(
            RequestFactory(headers=ANN).get("/"), id=id
        )
        return asyncio.run(_awaited(answered)) if isinstance(answered, Awaitable) else answered

    assert answer("plan").content == b"plan"
    assert answer("none").content == b'{"title":"Not Found","status":404}'
    assert getattr(guarded, ATTRIBUTE) == READS


async def _awaited(answer: Awaitable[HttpResponse]) -> HttpResponse:
    return await answer


def test_class_based_views_are_guarded_by_method_or_as_a_whole(guard: Guard, desk: Desk) -> None:
    through = django.allowed(guard, "read", Document, desk.document)

    class ByMethod(View):
        @through
        def get(self, _request: HttpRequest, id: str, access: Access[Document]) -> HttpResponse:  # noqa: A002
            return HttpResponse(f"{id} {access.resource.id}")

    @method_decorator(through, name="dispatch")
    class Whole(View):
        def get(self, _request: HttpRequest, id: str, access: Access[Document]) -> HttpResponse:  # noqa: A002
            return HttpResponse(f"{id} {access.resource.id}")

    for view in (ByMethod, Whole):
        answer = view.as_view()(RequestFactory(headers=ANN).get("/"), id="plan")
        assert answer.content == b"plan plan"
        refused = view.as_view()(RequestFactory(headers=STRANGER).get("/"), id="plan")
        assert refused.status_code == 403
