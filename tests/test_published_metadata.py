"""Protected resource metadata (RFC 9728), from the policy to the wire."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import flask as flask_framework
import httpx
import pytest
from django.test import RequestFactory
from django.urls import URLPattern, resolve
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from remit import ConfigurationError, Engine
from remit.hosts import asgi, django, fastapi, flask, starlette
from remit.hosts.guard import Guard
from remit.hosts.metadata import Metadata, location
from tests import hosting
from tests.hosting import Table

POLICY = """
api a {
  audience "https://api.example.com/a"
  issuer "https://login.example.com/" profile auth0
  issuer "robots" profile custom
  scope read:a, write:a, publish:a, audit:a
  role viewer grants audit:a
  action list needs write:a or (read:a and publish:a)
  action look needs nothing
  permit list to entitled
  permit look to anyone
}
"""
PATH = "/.well-known/oauth-protected-resource/a"


def metadata(policy: str = POLICY) -> Metadata:
    return Metadata(Guard(Engine.from_text(policy), Table()))


# ---- where it stands


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("https://resource.example.com", "https://resource.example.com/.well-known/{}"),
        ("https://resource.example.com/", "https://resource.example.com/.well-known/{}"),
        (
            "https://resource.example.com/resource1",
            "https://resource.example.com/.well-known/{}/resource1",
        ),
        ("https://a.example:8443/api/v2/", "https://a.example:8443/.well-known/{}/api/v2/"),
        ("https://a.example/?tenant=t", "https://a.example/.well-known/{}?tenant=t"),
        ("https://a.example/p?tenant=t", "https://a.example/.well-known/{}/p?tenant=t"),
    ],
)
def test_the_well_known_part_goes_between_the_host_and_the_rest(resource: str, url: str) -> None:
    # RFC 9728, section 3.1, the first three as it has them
    expected = url.format("oauth-protected-resource")
    assert location(hosting.engine(), resource) == expected
    assert Metadata(Guard(hosting.engine(), Table()), resource=resource).url == expected


@pytest.mark.parametrize(
    "resource",
    [
        "http://api.example.com",
        "https://api.example.com/#",
        "https://api.example.com/#part",
        "https:///documents",
        "https://",
        "https://api.example.com:port/",
        "https://api.example.com:0/",
        "https://[::1/",
        "https://api.example.com/a b",
        "https://api.example.com/é",
        "urn:example:api",
        "documents",
        "",
    ],
)
def test_a_resource_is_an_https_url_without_a_fragment(resource: str) -> None:
    # RFC 9728, section 1.2
    with pytest.raises(ConfigurationError, match="an https URL without a fragment"):
        location(hosting.engine(), resource)
    with pytest.raises(ConfigurationError, match="an https URL without a fragment"):
        Metadata(Guard(hosting.engine(), Table()), resource=resource)


def test_a_path_that_would_have_to_be_decoded_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="encoded"):
        Metadata(Guard(hosting.engine(), Table()), resource="https://api.example.com/a%20b")


@pytest.mark.parametrize(
    "audiences",
    [("documents",), ("https://one.example/", "https://two.example/"), ("http://one.example/",)],
)
def test_the_resource_has_to_be_given_where_no_single_audience_is_one(
    audiences: tuple[str, ...],
) -> None:
    engine = Engine.from_text(POLICY, audience=audiences)
    with pytest.raises(ConfigurationError, match="`resource` has to be given"):
        location(engine)
    with pytest.raises(ConfigurationError, match="`resource` has to be given"):
        Metadata(Guard(engine, Table()))


def test_the_one_audience_that_is_a_url_is_the_resource() -> None:
    engine = Engine.from_text(POLICY, audience=("documents", "https://one.example/x"))
    assert Metadata(Guard(engine, Table())).resource == "https://one.example/x"


# ---- what it says


def test_all_that_the_policy_says_is_in_it() -> None:
    assert metadata().document() == {
        "resource": "https://api.example.com/a",
        "authorization_servers": ["https://login.example.com/"],
        "scopes_supported": ["publish:a", "read:a", "write:a"],
        "bearer_methods_supported": ["header"],
    }


def test_members_without_a_value_are_left_out() -> None:
    # RFC 9728, section 3.2
    engine = Engine.from_text(
        'api a { audience "https://a.example/" issuer "robots" action look needs nothing }'
    )
    assert Metadata(Guard(engine, Table())).document() == {
        "resource": "https://a.example/",
        "bearer_methods_supported": ["header"],
    }


def test_what_the_policy_does_not_say_is_given() -> None:
    made = Metadata(
        Guard(Engine.from_text(POLICY), Table()),
        resource="https://b.example",
        authorization_servers=["https://other.example"],
        dpop_bound_access_tokens_required=False,
        authorization_details_types_supported=["payment"],
        resource_name="Documents",
        resource_documentation="https://docs.example/",
    )
    assert made.document() == {
        "resource": "https://b.example",
        "authorization_servers": ["https://other.example"],
        "scopes_supported": ["publish:a", "read:a", "write:a"],
        "bearer_methods_supported": ["header"],
        "dpop_bound_access_tokens_required": False,
        "authorization_details_types_supported": ["payment"],
        "resource_name": "Documents",
        "resource_documentation": "https://docs.example/",
    }


@pytest.mark.parametrize(
    "given", [{"authorization_servers": ["login"]}, {"resource_documentation": "docs.example"}]
)
def test_what_has_to_be_a_url_is_one(given: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigurationError, match="an https URL"):
        Metadata(Guard(Engine.from_text(POLICY), Table()), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schemes", "algs", "expected"),
    [
        (("Bearer",), ("ES256",), {"bearer_methods_supported": ["header"]}),
        (("DPoP",), ("ES256",), {"dpop_signing_alg_values_supported": ["ES256"]}),
        (
            ("Bearer", "DPoP"),
            ("ES256", "EdDSA"),
            {
                "bearer_methods_supported": ["header"],
                "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
            },
        ),
    ],
)
def test_proofs_are_spoken_of_where_the_guard_takes_them(
    schemes: tuple[str, ...], algs: tuple[str, ...], expected: dict[str, object]
) -> None:
    guard = Guard(
        Engine.from_text(POLICY), Table(), schemes=schemes, algs=algs, origin="https://api.example.com"
    )
    found = Metadata(guard).document()
    assert {name: value for name, value in found.items() if "supported" in name} == {
        "scopes_supported": ["publish:a", "read:a", "write:a"],
        **expected,
    }


@pytest.mark.parametrize(
    ("claim", "types"),
    [
        ('list<{ type: "pay" | "look", amount?: int }> from authorization_details', ["look", "pay"]),
        ("list<{ type: string }> from authorization_details", None),
        ("list<{ amount: int }> from authorization_details", None),
        ("list<string> from authorization_details", None),
        ("string from authorization_details", None),
        ('list<{ type: "pay" | "look" }> from something_else', None),
    ],
)
def test_types_of_details_are_known_where_they_are_one_of_several(
    claim: str, types: list[str] | None
) -> None:
    reads = {"list": "any d in token.details where true", "stri": 'token.details == "x"'}[claim[:4]]
    claims = f"token {{ details: {claim} }}"
    rules = f"resource R {{ action use needs read:a permit use to anyone when {reads} }}"
    found = metadata(f"{POLICY}\n{claims}\n{rules}").document()
    assert found.get("authorization_details_types_supported") == types


def test_a_need_that_never_counts_is_not_published() -> None:
    policy = POLICY.replace("needs nothing", "needs audit:a when false needs nothing")
    assert "audit:a" not in metadata(policy).document()["scopes_supported"]


# ---- served


def application(_name: str) -> asgi.Application:
    """One that answers everything, by any path."""
    return PlainTextResponse("the application")


def by_asgi(made: Metadata) -> asgi.Application:
    return asgi.MetadataMiddleware(application(""), made)


def by_starlette(made: Metadata) -> asgi.Application:
    app = Starlette(routes=[Mount("/", application(""))])
    starlette.publish(app, made)
    return app


def by_fastapi(made: Metadata) -> asgi.Application:
    app = FastAPI()
    app.mount("/", application(""))
    fastapi.publish(app, made)
    assert app.openapi()["paths"] == {}
    return app


Asks = Callable[[str, str], tuple[int, dict[str, str], bytes]]


def asks_asgi(app: asgi.Application) -> Asks:
    async def asking(method: str, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example.com") as client:
            return await client.request(method, path)

    def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        answer = asyncio.run(asking(method, path))
        return answer.status_code, dict(answer.headers), answer.content

    return ask


def asks_flask(made: Metadata) -> Asks:
    app = flask_framework.Flask(__name__)
    flask.publish(app, made)

    def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        with app.test_client() as client, client.open(path, method=method) as answer:
            return (
                answer.status_code,
                {name.lower(): value for name, value in answer.headers},
                answer.data,
            )

    return ask


def asks_django(made: Metadata) -> Asks:
    patterns: list[URLPattern] = []
    django.publish(patterns, made)

    def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        answer = resolve(path, tuple(patterns)).func(RequestFactory().generic(method, path))
        return (
            answer.status_code,
            {name.lower(): value for name, value in answer.items()},
            answer.content,
        )

    return ask


HOSTS: dict[str, Callable[[Metadata], Asks]] = {
    "asgi": lambda made: asks_asgi(by_asgi(made)),
    "starlette": lambda made: asks_asgi(by_starlette(made)),
    "fastapi": lambda made: asks_asgi(by_fastapi(made)),
    "flask": asks_flask,
    "django": asks_django,
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("host", HOSTS)
def test_every_host_serves_it_at_its_path_to_anybody_who_reads(host: str, method: str) -> None:
    made = metadata()
    status, headers, body = HOSTS[host](made)(method, PATH)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert headers["cache-control"] == "public, max-age=300"
    assert headers["access-control-allow-origin"] == "*"
    if method == "GET":
        assert json.loads(body) == made.document()


@pytest.mark.parametrize("host", ["asgi", "flask", "django", "alone"])
def test_nobody_writes_to_it(host: str) -> None:
    alone = Starlette()
    starlette.publish(alone, metadata())
    ask = asks_asgi(alone) if host == "alone" else HOSTS[host](metadata())
    status, headers, _ = ask("POST", PATH)
    assert status == 405
    assert {"GET", "HEAD"} <= set(headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("by", [by_asgi, by_starlette, by_fastapi])
def test_all_other_paths_are_the_application_s(by: Callable[[Metadata], asgi.Application]) -> None:
    assert asks_asgi(by(metadata()))("GET", PATH + "/more")[2] == b"the application"


def test_it_follows_the_policy(tmp_path: Path) -> None:
    policy = tmp_path / "a.remit"
    policy.write_text(POLICY, encoding="utf-8")
    engine = Engine.load(policy)
    made = Metadata(Guard(engine, Table()))
    first = made.answer()
    assert made.answer() is not first
    assert made.answer().body is first.body
    policy.write_text(POLICY.replace("needs nothing", "needs audit:a"), encoding="utf-8")
    engine.reload()
    assert json.loads(made.answer().body)["scopes_supported"] == [
        "audit:a",
        "publish:a",
        "read:a",
        "write:a",
    ]


def test_who_is_refused_finds_it() -> None:
    # RFC 9728, sections 5 and 3.3: the challenge names the URL, and what stands there names the resource
    engine = Engine.from_text(POLICY)
    guard = Guard(engine, Table(), resource_metadata=location(engine))
    app = Starlette()
    starlette.publish(app, Metadata(guard))

    @starlette.allowed(guard, "list")
    async def list_(_request: Request) -> Response:
        raise AssertionError

    app.router.routes.append(Route("/a", list_))
    ask = asks_asgi(app)
    status, headers, _ = ask("GET", "/a")
    assert status == 401
    [url] = re.findall(r'resource_metadata="([^"]*)"', headers["www-authenticate"])
    assert url == "https://api.example.com" + PATH
    assert json.loads(ask("GET", urlsplit(url).path)[2])["resource"] == "https://api.example.com/a"
