"""One table of requests, sent to every host over a real server: the answers are the same, byte by byte."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from tests import hosting, hosting_wsgi
from tests.hosting import FLAVOURS, METADATA, Desk
from tests.hosting_asgi import by_asgi, by_fastapi, by_starlette
from tests.hosting_servers import by_asgi as served_by_asgi
from tests.hosting_servers import by_wsgi as served_by_wsgi


class Host(NamedTuple):
    url: str
    desk: Desk


@contextlib.contextmanager
def running(name: str) -> Iterator[Host]:
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
            desk, server = hosting_wsgi.DJANGO, served_by_wsgi(WSGIHandler())
        case "django by asgi":
            desk, server = hosting_wsgi.DJANGO, served_by_asgi(ASGIHandler())
        case _:
            desk, server = hosting_wsgi.DRF, served_by_wsgi(WSGIHandler())
    path = {"django": "/django", "django by asgi": "/django", "drf": "/drf"}.get(name, "")
    with server as url:
        yield Host(url + path, desk)


HOSTS = ("asgi", "starlette", "fastapi", "flask", "django", "django by asgi", "drf")


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with running(request.param) as found:
        yield found
