"""The door for lists, alike in every host; what each does with a service's faults and answers."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import flask as flask_framework
import httpx
import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from rest_framework.exceptions import ValidationError
from rest_framework.viewsets import ViewSet
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remit import Assignment, ConfigurationError, Engine
from remit.hosts import asgi, django, drf, fastapi, flask, starlette
from remit.hosts.answers import Refusal, ServiceFault, problem
from remit.hosts.endpoints import ATTRIBUTE, Access, Guarded
from remit.hosts.guard import Asked, Guard
from remit.hosts.lists import Listing
from remit.tokens.verifying import Credentials
from tests.hosting import NOW, Table, channel

POLICY = """
api pages {
  audience "https://api.example.com/documents"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:documents, write:documents
  role viewer grants read:documents, write:documents
}
context { channel?: string }
resource Page {
  draft: bool
  action read, write needs read:documents
  action burn        needs nothing
  permit read, write to role viewer when not draft
  permit read to anyone when draft and (context.channel ?? "none") == "desk"
}
"""


class Page(NamedTuple):
    name: str
    draft: bool


ROWS = [Page("home", draft=False), Page("plan", draft=True)]


def engine(**settings: Any) -> Engine:
    return Engine.from_text(POLICY, clock=lambda: NOW, **settings)


def guarding(**settings: Any) -> Guard:
    return Guard(engine(), Table(), **{"context": channel, **settings})


def told(listing: Listing[Page]) -> str:
    """Names of the rows, each with what else may be done to it."""
    names = (
        f"{row.name}:{'+'.join(listing.actions(['write', 'burn'], row))}"
        for row in listing.allowed(ROWS)
    )
    return " ".join(names)


class Sent(NamedTuple):
    status: int
    text: str


Asking = Callable[[dict[str, str]], Sent]


def by_http(application: Any) -> Asking:
    """Of an application that speaks ASGI; a fault is what the server makes of an exception."""

    def ask(headers: dict[str, str]) -> Sent:
        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(application, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as client:
                return await client.get("/", headers=headers)

        answer = asyncio.run(asking())
        return Sent(answer.status_code, answer.text)

    return ask


def by_flask(view: Any) -> Asking:
    application = flask_framework.Flask(__name__)
    application.add_url_rule("/", "view", view)

    def ask(headers: dict[str, str]) -> Sent:
        with application.test_client() as client:
            answer = client.get("/", headers=headers)
            return Sent(answer.status_code, answer.text)

    return ask


def by_django(view: Any) -> Asking:
    """A view by itself: what it raises is for the framework to answer."""

    def ask(headers: dict[str, str]) -> Sent:
        answer = view(RequestFactory(headers=headers).get("/"))
        answer = asyncio.run(_awaited(answer)) if asyncio.iscoroutine(answer) else answer
        answer = answer.render() if hasattr(answer, "render") else answer
        return Sent(answer.status_code, answer.content.decode())

    return ask


async def _awaited(answer: Any) -> Any:
    return await answer


# ---- a list, by every host


def asgi_list(guard: Guard) -> Asking:
    about = guard.listing("read", Page)

    async def application(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        listing = await asgi.listing(guard, about, scope)
        await Response(told(listing))(scope, receive, send)

    return by_http(asgi.TokenMiddleware(application, guard))


def starlette_list(guard: Guard) -> Asking:
    @starlette.listing(guard, "read", Page)
    async def show_all(request: Request) -> Response:
        return Response(told(request.state.listing))

    assert getattr(show_all, ATTRIBUTE) == (Guarded("read", "Page"),)
    return by_http(Starlette(routes=[Route("/", show_all)]))


def fastapi_list(guard: Guard) -> Asking:
    application = FastAPI(default_response_class=PlainTextResponse)
    fastapi.install(application)

    @application.get("/")
    async def show_all(
        listing: Annotated[Listing[Page], fastapi.listing(guard, "read", Page)],
    ) -> str:
        return told(listing)

    return by_http(application)


def flask_list(guard: Guard) -> Asking:
    @flask.listing(guard, "read", Page)
    def show_all(listing: Listing[Page]) -> str:
        assert flask_framework.g.listing is listing
        return told(listing)

    assert getattr(show_all, ATTRIBUTE) == (Guarded("read", "Page"),)
    return by_flask(show_all)


def flask_list_async(guard: Guard) -> Asking:
    @flask.listing(guard, "read", Page)
    async def show_all(listing: Listing[Page]) -> str:
        return told(listing)

    return by_flask(show_all)


def django_list(guard: Guard) -> Asking:
    @django.listing(guard, "read", Page)
    def show_all(_request: HttpRequest, listing: Listing[Page]) -> HttpResponse:
        return HttpResponse(told(listing))

    assert getattr(show_all, ATTRIBUTE) == (Guarded("read", "Page"),)
    return by_django(show_all)


def django_list_async(guard: Guard) -> Asking:
    @django.listing(guard, "read", Page)
    async def show_all(_request: HttpRequest, listing: Listing[Page]) -> HttpResponse:
        return HttpResponse(told(listing))

    return by_django(show_all)


class Pages(ViewSet):  # type: ignore[misc]  # it brings no types
    """What is asked of all there are, or of one."""

    def list(self, request: Any) -> HttpResponse:
        return HttpResponse(told(request.listing))

    def get_object(self) -> Page:
        return ROWS[0]

    def retrieve(self, request: Any) -> HttpResponse:
        assert not hasattr(request, "listing")
        return HttpResponse(request.access.resource.name)


def drf_view(permission: Any, action: str = "list") -> Asking:
    view: Any = Pages
    return by_django(view.as_view({"get": action}, permission_classes=[permission]))


def drf_list(guard: Guard) -> Asking:
    return drf_view(drf.listing(guard, "read", Page))


def drf_list_of_several(guard: Guard) -> Asking:
    permission = drf.allowed(guard, {"retrieve": "read"}, Page, lists={"list": "read"})
    marks = (Guarded("read", "Page", "retrieve"), Guarded("read", "Page", "list"))
    assert getattr(permission, ATTRIBUTE) == marks
    assert drf_view(permission, "retrieve")({"Authorization": "Bearer ann"}) == (200, "home")
    return drf_view(permission)


LISTS = (
    asgi_list,
    starlette_list,
    fastapi_list,
    flask_list,
    flask_list_async,
    django_list,
    django_list_async,
    drf_list,
    drf_list_of_several,
)


@pytest.mark.parametrize("made", LISTS)
def test_a_list_is_of_what_its_caller_may_have(made: Callable[[Guard], Asking]) -> None:
    ask = made(guarding())
    ann = {"Authorization": "Bearer ann"}
    assert ask(ann) == (200, "home:write")
    assert ask({**ann, "X-Channel": "desk"}) == (200, "home:write plan:")
    assert ask({}).status == 401
    assert ask({"Authorization": "Bearer eve"}).status == 401
    assert ask({**ann, "X-Channel": "fault"}).status == 403


@pytest.mark.parametrize("made", LISTS)
def test_an_async_directory_is_waited_for(made: Callable[[Guard], Asking]) -> None:
    asked: list[object] = []

    async def directory(key: object) -> Assignment:
        await asyncio.sleep(0)
        asked.append(key)
        return Assignment([])

    guard = Guard(engine(directory=directory), Table(), context=channel)
    assert asked == []
    answer = made(guard) if made is not drf_list_of_several else drf_list(guard)
    assert answer({"Authorization": "Bearer ann", "X-Channel": "desk"}) == (200, "plan:")
    assert len(asked) == 1


def test_a_list_is_of_a_kind() -> None:
    with pytest.raises(ConfigurationError, match="a list is of a kind of resource"):
        drf.allowed(guarding(), {}, lists={"list": "read"})


def test_a_view_of_a_list_may_ask_about_one_object() -> None:
    class Looking(Pages):
        def list(self, request: Any) -> HttpResponse:
            for row in ROWS:
                self.check_object_permissions(request, row)
            raise AssertionError

    view: Any = Looking
    permission = drf.listing(guarding(), "read", Page)
    ask = by_django(view.as_view({"get": "list"}, permission_classes=[permission]))
    assert ask({"Authorization": "Bearer ann"}).status == 403


# ---- one resource, by every host: faults and answers


def asgi_one(guard: Guard, load: Any, parameters: Any = None) -> Asking:
    about = guard.endpoint("read", Page, load, parameters=parameters)

    async def application(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        access = await asgi.access(guard, about, scope, {})
        await Response(access.resource.name)(scope, receive, send)

    async def serving(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asgi.TokenMiddleware(application, guard)(scope, receive, send)
        except ServiceFault:
            await Response(status_code=500)(scope, receive, send)

    return by_http(serving)


def starlette_one(guard: Guard, load: Any, parameters: Any = None) -> Asking:
    @starlette.allowed(guard, "read", Page, load, parameters=parameters)
    async def show(request: Request) -> Response:
        return Response(request.state.access.resource.name)

    return by_http(Starlette(routes=[Route("/", show)]))


def fastapi_one(guard: Guard, load: Any, parameters: Any = None) -> Asking:
    application = FastAPI(default_response_class=PlainTextResponse)
    fastapi.install(application)
    through = fastapi.allowed(guard, "read", Page, load, parameters=parameters)

    @application.get("/")
    async def show(page: Annotated[Page, through]) -> str:
        return page.name

    return by_http(application)


def flask_one(guard: Guard, load: Any, parameters: Any = None) -> Asking:
    @flask.allowed(guard, "read", Page, load, parameters=parameters)
    def show(access: Access[Page]) -> str:
        return access.resource.name

    return by_flask(show)


def flask_one_async(guard: Guard, load: Any, parameters: Any = None) -> Asking:
    @flask.allowed(guard, "read", Page, load, parameters=parameters)
    async def show(access: Access[Page]) -> str:
        return access.resource.name

    return by_flask(show)


ONES = (asgi_one, starlette_one, fastapi_one, flask_one, flask_one_async)
ANN = {"Authorization": "Bearer ann"}


def wrong() -> int:
    return 42


@pytest.mark.parametrize("made", ONES)
def test_a_loader_s_fault_is_an_error_of_the_server_s(made: Callable[..., Asking]) -> None:
    assert made(guarding(), wrong)(ANN).status == 500
    assert made(guarding(), lambda: ("Page", ROWS[0]))(ANN) == (200, "home")


def test_a_loader_s_fault_is_raised_to_django() -> None:
    def show(_request: HttpRequest, access: object) -> HttpResponse:
        raise AssertionError(access)

    with pytest.raises(ServiceFault):
        by_django(django.allowed(guarding(), "read", Page, wrong)(show))(ANN)
    with pytest.raises(ServiceFault):
        drf_view(drf.allowed(guarding(), "read", Page, wrong), "retrieve")(ANN)


def raising(error: Exception) -> Any:
    def give(_request: object) -> Any:
        raise error

    return give


def first() -> Page:
    return ROWS[0]


@pytest.mark.parametrize("made", [starlette_one, fastapi_one])
def test_starlette_s_exceptions_are_answers(made: Callable[..., Asking]) -> None:
    for error in (HTTPException(422), Refusal(problem(422, {}))):
        assert made(guarding(), first, raising(error))(ANN).status == 422
        assert made(guarding(context=raising(error)), first)(ANN).status == 422
    assert made(guarding(), first, raising(HTTPException(422)))({}).status == 401


def test_what_fastapi_could_not_validate_is_an_answer() -> None:
    error = RequestValidationError([{"loc": ("query", "amount"), "msg": "missing", "type": "missing"}])
    assert fastapi_one(guarding(), first, raising(error))(ANN).status == 422


@pytest.mark.parametrize("made", [flask_one, flask_one_async])
def test_werkzeug_s_exceptions_are_answers(made: Callable[..., Asking]) -> None:
    assert made(guarding(), first, lambda _: flask_framework.abort(400))(ANN).status == 400
    assert made(guarding(), first, lambda asked: {"a": asked.args["amount"]})(ANN).status == 400
    assert made(guarding(context=lambda _: flask_framework.abort(409)), first)(ANN).status == 409


def test_django_s_exceptions_are_answers() -> None:
    def show(_request: HttpRequest, access: object) -> HttpResponse:
        raise AssertionError(access)

    through = django.allowed(guarding(), "read", Page, first, parameters=raising(PermissionDenied()))
    with pytest.raises(PermissionDenied):
        by_django(through(show))(ANN)


def test_the_rest_framework_s_exceptions_are_answers() -> None:
    through = drf.allowed(guarding(), "read", Page, first, parameters=raising(ValidationError("amount")))
    assert drf_view(through, "retrieve")(ANN) == (400, '["amount"]')


# ---- decisions


def test_what_the_frameworks_raise_brings_the_decision() -> None:
    credentials = Credentials(("Bearer ann",))

    guard = Guard(engine(), Table())

    def refused() -> Refusal:
        about = guard.endpoint("write", Page, first)
        with pytest.raises(Refusal) as raised:
            guard.admit(about, Asked({}, credentials, {}), lambda: ROWS[1])
        return raised.value

    for made in (fastapi.Refused, drf.Refused):
        refusal = refused()
        assert refusal.decision is not None
        assert made(refusal).decision is refusal.decision
