"""Signed tokens on the wire: a rotating issuer, the verifier, every host, a client; header by header."""

import contextlib
import types
from collections.abc import Generator, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from remit.bearer import Issuer, Verifier
from remit.hosts.guard import Guard
from tests import hosting, hosting_wsgi
from tests.hosting import ANN, METADATA, Desk
from tests.hosting_asgi import by_asgi, by_fastapi, by_starlette
from tests.hosting_servers import by_asgi as served_by_asgi
from tests.hosting_servers import by_wsgi as served_by_wsgi
from tests.issuing import (
    JWKS,
    Answer,
    Clock,
    Server,
    Signer,
    b64,
    proof,
    publish,
    serving,
    signer,
    text_of,
)

ORIGIN = "https://api.example.com"
FOUND = f'resource_metadata="{METADATA}"'
BARE = f'Bearer realm="documents", {FOUND}'
DPOP = f'DPoP realm="documents", {FOUND}, algs="ES256"'
RSA, EC, EDWARDS = (
    signer("RS256", kid="rsa", number=70),
    signer("ES256", kid="ec", number=70),
    signer("EdDSA", kid="ed", number=70),
)
CLIENT = signer("ES256", kid=None, number=71)
READER = {**ANN, "scope": "read:documents"}
OWNER = {**ANN, "sub": "auth0|bob"}
BOUND = {**ANN, "cnf": {"jkt": CLIENT.thumbprint}}


class Wire(NamedTuple):
    """A host that serves, the issuer's keys, and the clock of the verifier."""

    url: str
    desk: Desk
    client: httpx.Client
    issuer: Server
    clock: Clock

    def ask(self, method: str, path: str, *headers: tuple[str, str]) -> httpx.Response:
        self.desk.loads.clear()
        self.desk.handled.clear()
        return self.client.request(method, f"{self.url}/signed/sync/{path}", headers=list(headers))

    def proven(self, token: str, path: str, **changed: object) -> tuple[tuple[str, str], ...]:
        """The headers of a request with a DPoP proof for this host's URL."""
        given = {
            "htu": f"{ORIGIN}/signed/sync/{path}",
            "iat": int(self.clock.now),
        } | changed
        return ("Authorization", f"DPoP {token}"), ("DPoP", proof(CLIENT, token, **given))


def guards(verifier: Verifier) -> dict[str, Guard]:
    guard = Guard(
        hosting.engine(),
        verifier,
        realm="documents",
        resource_metadata=METADATA,
        schemes=("Bearer", "DPoP"),
        algs=("ES256",),
        origin=ORIGIN,
        context=hosting.channel,
    )
    return {"signed": guard}


@contextlib.contextmanager
def routed(patterns: list[Any]) -> Iterator[None]:
    """Django with these URLs."""
    routes: Any = types.ModuleType("routes")
    routes.urlpatterns = patterns
    with override_settings(ROOT_URLCONF=routes):
        yield


@contextlib.contextmanager
def running(name: str) -> Generator[Wire]:
    clock, desk = Clock(hosting.NOW), Desk()
    with contextlib.ExitStack() as stack:
        issuer = stack.enter_context(serving())
        publish(issuer, RSA, EC)
        trusted = Issuer(
            str(ANN["iss"]), issuer.url + JWKS, algorithms=("RS256", "ES256", "EdDSA"), allow_http=True
        )
        verifier = Verifier([trusted], clock=clock)
        made = guards(verifier)
        match name:
            case "asgi":
                url = stack.enter_context(served_by_asgi(by_asgi(desk, made)))
            case "starlette":
                url = stack.enter_context(served_by_asgi(by_starlette(desk, made)))
            case "fastapi":
                url = stack.enter_context(served_by_asgi(by_fastapi(desk, made)))
            case "flask":
                url = stack.enter_context(served_by_wsgi(hosting_wsgi.by_flask(desk, made)))
            case "drf":
                stack.enter_context(routed(hosting_wsgi.by_drf(desk, made)))
                url = stack.enter_context(served_by_wsgi(get_wsgi_application()))
            case "django":
                stack.enter_context(routed(hosting_wsgi.by_django(desk, made)))
                url = stack.enter_context(served_by_wsgi(get_wsgi_application()))
            case _:
                stack.enter_context(routed(hosting_wsgi.by_django(desk, made)))
                url = stack.enter_context(served_by_asgi(get_asgi_application()))
        client = stack.enter_context(httpx.Client(trust_env=False))
        yield Wire(url, desk, client, issuer, clock)


HOSTS = ("asgi", "starlette", "fastapi", "flask", "django", "django by asgi", "drf")


@pytest.fixture(params=HOSTS)
def wire(request: pytest.FixtureRequest) -> Generator[Wire]:
    with running(request.param) as found:
        yield found


def bearer(token: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {token}"


def refused(answer: httpx.Response, status: int, *challenges: str) -> None:
    """Status and challenges are these, and nothing else is told."""
    assert answer.status_code == status
    assert answer.headers.get("WWW-Authenticate", "") == ", ".join(challenges)
    assert answer.json() == {"title": HTTPStatus(status).phrase, "status": status}
    assert answer.headers["Cache-Control"] == "no-store"


def error(code: str, description: str | None = None, *, scheme: str = "Bearer", more: str = "") -> str:
    said = f', error_description="{description}"' if description else ""
    algs = ', algs="ES256"' if scheme == "DPoP" else ""
    return f'{scheme} realm="documents", error="{code}"{said}{more}, {FOUND}{algs}'


def unsigned(claims: dict[str, Any]) -> str:
    header = text_of({"alg": "none", "typ": "at+jwt"})
    return f"{b64(header.encode())}.{b64(text_of(claims).encode())}."


def test_tokens_of_all_keys_are_let_in_and_those_of_a_key_that_is_gone_are_not(wire: Wire) -> None:
    for key in (RSA, EC):
        answer = wire.ask("GET", "documents/plan", bearer(key.token(ANN)))
        assert (answer.status_code, answer.text) == (200, "plan")
    unknown = error("invalid_token", "the issuer has no such key")
    refused(wire.ask("GET", "documents/plan", bearer(EDWARDS.token(ANN))), 401, unknown, DPOP)
    publish(wire.issuer, EDWARDS)
    wire.clock.now += 120
    hosting_time = {**ANN, "exp": int(hosting.NOW) + 3600}
    assert wire.ask("GET", "documents/plan", bearer(EDWARDS.token(hosting_time))).status_code == 200
    assert wire.issuer.paths.count(JWKS) == 2
    refused(wire.ask("GET", "documents/plan", bearer(RSA.token(hosting_time))), 401, unknown, DPOP)
    assert wire.desk.loads == []


def test_each_denial_is_answered_as_its_standard_says(wire: Wire) -> None:
    ann, reader = EC.token(ANN), EC.token(READER)
    refused(wire.ask("GET", "documents/plan"), 401, BARE, DPOP)
    refused(wire.ask("GET", "documents/plan", ("Authorization", "Basic YTpi")), 401, BARE, DPOP)
    answer = wire.ask("GET", "documents/plan", bearer(ann), bearer(reader))
    assert answer.status_code == 400
    assert answer.headers["WWW-Authenticate"].startswith(
        'Bearer realm="documents", error="invalid_request"'
    )
    cases = [
        (unsigned(ANN), "the token's algorithm is not one that its issuer signs with"),
        (f"{ann[:-8]}AAAAAAAA", "the token's signature is not that of its issuer"),
        (ann.rpartition(".")[0] + ".", "the token's signature is not that of its issuer"),
        (
            EC.token({**ANN, "iss": "https://else.example/"}),
            "the issuer is not one that this API trusts",
        ),
        (EC.token({**ANN, "exp": int(hosting.NOW)}), "the token has expired"),
        (EC.token({**ANN, "nbf": int(hosting.NOW) + 1}), "the token is not valid yet"),
        (EC.token({**ANN, "aud": "https://api.example.com/"}), _OTHER_AUDIENCE),
        ("x" * 20_000, "the token is too long"),
    ]
    for token, description in cases:
        answer = wire.ask("GET", "documents/plan", bearer(token))
        refused(answer, 401, error("invalid_token", description), DPOP)
    scope = error("insufficient_scope", more=', scope="write:documents"')
    refused(wire.ask("PUT", "documents/plan", bearer(reader)), 403, scope)
    assert wire.desk.loads == []
    login = error(
        "insufficient_user_authentication", more=', acr_values="urn:example:mfa", max_age="900"'
    )
    refused(wire.ask("PUT", "ledgers/l1", bearer(EC.token(OWNER))), 401, login, DPOP)
    refused(wire.ask("PUT", "documents/plan", bearer(ann)), 403)
    assert wire.desk.handled == []


_OTHER_AUDIENCE = "the token is not meant for this API: its audience is another"


def test_a_bound_token_is_let_in_with_its_proof_once(wire: Wire) -> None:
    token, path = EC.token(BOUND), "documents/plan"
    proven = wire.proven(token, path)
    assert wire.ask("GET", path, *proven).status_code == 200
    replayed = error("invalid_dpop_proof", "the DPoP proof was used before", scheme="DPoP")
    refused(wire.ask("GET", path, *proven), 401, BARE, replayed)
    other = wire.proven(token, path, htu=f"{ORIGIN}/else", jti="2")
    elsewhere = error("invalid_dpop_proof", "the DPoP proof is for another URL", scheme="DPoP")
    refused(wire.ask("GET", path, *other), 401, BARE, elsewhere)
    plain = error("invalid_token", "the token is bound to a key and needs the DPoP scheme")
    refused(wire.ask("GET", path, bearer(token)), 401, plain, DPOP)


def test_where_the_keys_cannot_be_had_nobody_is_let_in(wire: Wire) -> None:
    wire.issuer.answers[JWKS] = Answer(status=500)
    answer = wire.ask("GET", "documents/plan", bearer(EC.token(ANN)))
    refused(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    assert wire.desk.loads == []


def test_no_key_signs_for_the_tests_of_another(wire: Wire) -> None:
    forger: Signer = signer("ES256", kid="ec", number=99)
    answer = wire.ask("GET", "documents/plan", bearer(forger.token(ANN)))
    refused(answer, 401, error("invalid_token", "the token's signature is not that of its issuer"), DPOP)
