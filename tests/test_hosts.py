"""One table of requests, sent to every host over a real server: all answer the same, byte by byte."""

import contextlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from tests import hosting, hosting_wsgi
from tests.hosting import FLAVOURS, Desk
from tests.hosting_asgi import by_asgi, by_fastapi, by_starlette
from tests.hosting_cases import CASES, NOT_FOUND, Case
from tests.hosting_servers import by_asgi as served_by_asgi
from tests.hosting_servers import by_wsgi as served_by_wsgi


class Host(NamedTuple):
    url: str
    desk: Desk
    client: httpx.Client


@contextlib.contextmanager
def running(name: str) -> Generator[Host]:
    desk, guards = Desk(), hosting.guards()
    match name:
        case "asgi":
            server = served_by_asgi(by_asgi(desk, guards))
        case "starlette":
            server = served_by_asgi(by_starlette(desk, guards))
        case "fastapi":
            server = served_by_asgi(by_fastapi(desk, guards))
        case "flask":
            server = served_by_wsgi(hosting_wsgi.by_flask(desk, guards))
        case "django":
            desk, server = hosting_wsgi.DJANGO, served_by_wsgi(get_wsgi_application())
        case "django by asgi":
            desk, server = hosting_wsgi.DJANGO, served_by_asgi(get_asgi_application())
        case _:
            desk, server = hosting_wsgi.DRF, served_by_wsgi(get_wsgi_application())
    path = {"django": "/django", "django by asgi": "/django", "drf": "/drf"}.get(name, "")
    with server as url, httpx.Client(trust_env=False) as client:
        yield Host(url + path, desk, client)


HOSTS = ("asgi", "starlette", "fastapi", "flask", "django", "django by asgi", "drf")


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Generator[Host]:
    with running(request.param) as found:
        yield found


def ask(host: Host, case: Case, flavour: str) -> httpx.Response:
    guard, _, rest = case.path.partition("/")
    headers = list(case.headers)
    if case.token is not None:
        headers.insert(0, ("Authorization", case.token if " " in case.token else f"Bearer {case.token}"))
    return host.client.request(case.method, f"{host.url}/{guard}/{flavour}/{rest}", headers=headers)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_host_answers_as_the_table_says(host: Host, case: Case, flavour: str) -> None:
    host.desk.loads.clear()
    host.desk.handled.clear()
    answer = ask(host, case, flavour)
    assert answer.status_code == case.status
    assert len(host.desk.loads) == case.loads
    assert len(host.desk.handled) == (1 if case.is_allowed else 0)
    if case.body is not None:
        assert answer.content == case.body.encode()
        assert answer.headers.get_list("WWW-Authenticate") == (
            [case.challenge] if case.challenge else []
        )
        assert answer.headers.get("Retry-After") == ("5" if case.status == 503 else None)
        if not case.is_allowed:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_is_concealed_is_answered_like_what_is_not_there(host: Host, flavour: str) -> None:
    def whole(id_: str) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        case = Case(id_, "PUT", f"hidden/documents/{id_}", "stranger", 404, NOT_FOUND)
        answer = ask(host, case, flavour)
        return (
            answer.status_code,
            answer.content,
            [each for each in answer.headers.raw if each[0].lower() != b"date"],
        )

    assert whole("plan") == whole("none")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_requests_at_the_same_time_are_each_answered_for_their_own_caller(
    host: Host, flavour: str
) -> None:
    tokens = ("ann", "stranger", "owner", "expired", "editor")
    cases = [
        Case(f"{place}", "PUT", f"plain/documents/plan{place}", tokens[place % len(tokens)], 0, None)
        for place in range(50)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda case: ask(host, case, flavour), cases))
    expected = {"ann": 403, "stranger": 403, "owner": 200, "expired": 401, "editor": 200}
    for case, answer in zip(cases, answers, strict=True):
        assert answer.status_code == expected[str(case.token)]
        if answer.status_code == 200:
            assert answer.text == f"plan{case.name}"
