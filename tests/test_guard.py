"""The steps of a guarded request, and what a host tells of one."""

import asyncio
import base64
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from remit import Assignment, ConfigurationError, Engine, Presented, Principal, VerifiedClaims
from remit.hosts.answers import DISCLOSURES, Answer, Disclosure, Refusal
from remit.hosts.endpoints import ATTRIBUTE, Access, Guarded, endpoint
from remit.hosts.guard import Asked, Guard
from remit.hosts.requests import from_environ, from_scope, raw_path
from remit.tokens.verifying import Credentials, Verified
from tests import hosting
from tests.hosting import NOW, Desk, Document, Table

CHANNELLED: Mapping[str, object] = {"channel": "desk"}


def asked(token: str | None, request: object = None) -> Asked:
    return Asked(request, Credentials(() if token is None else (f"Bearer {token}",)), {})


def body(refusal: Refusal) -> dict[str, object]:
    found: dict[str, object] = json.loads(refusal.answer.body)
    return found


def ticking(*instants: float) -> Engine:
    """An engine whose clock says these, and the last of them from then on."""
    clock: Iterator[float] = itertools.chain(instants, itertools.repeat(instants[-1]))
    return hosting.engine(clock=lambda: next(clock))


# ---- settings


@pytest.mark.parametrize(
    "settings",
    [
        {"schemes": ()},
        {"schemes": ("Basic",)},
        {"schemes": ("Bearer", "DPoP")},
        {"disclosure": "everything"},
    ],
)
def test_a_guard_with_settings_that_there_are_not_does_not_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Guard(hosting.engine(), Table(), **settings)


@pytest.mark.parametrize(
    ("action", "kind"), [("raed", Document), ("read", "Dokument"), ("read", None), ("look", "Document")]
)
def test_an_endpoint_that_would_always_be_denied_is_refused_at_once(action: str, kind: Any) -> None:
    guard = Guard(hosting.engine(), Table())
    with pytest.raises(ConfigurationError, match="the policy knows no"):
        guard.endpoint(action, kind, Desk().document)


def test_a_list_needs_no_loader_but_an_action_that_there_is() -> None:
    guard = Guard(hosting.engine(), Table())
    about = guard.listing("read", Document)
    assert asyncio.run(guard.approach(about, asked("ann")))[0].who is not None
    with pytest.raises(Refusal) as refused:
        asyncio.run(guard.approach(guard.listing("write", Document), asked("reader")))
    assert refused.value.answer.status == 403
    with pytest.raises(ConfigurationError, match="no action `raed`"):
        guard.listing("raed", Document)


# ---- steps


def test_a_caller_is_verified_once_for_a_request() -> None:
    verifier = Table()
    guard = Guard(hosting.engine(), verifier)
    about = guard.endpoint("read", Document, Desk().document)
    one = asked("ann")
    for _ in range(2):
        access: Access[Document] = guard.admit(about, one, lambda: Document("plan"))
        assert access.resource == Document("plan")
    assert len(verifier.verified) == 1
    asyncio.run(guard.caller_async(one))
    assert len(verifier.verified) == 1


class Remembering(Table):
    """Gives the same object for the same token, as a verifier does that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Verified] = {}

    def verify(self, credentials: Credentials, /) -> Verified:
        token = credentials.authorization[0]
        if token not in self.known:
            self.known[token] = super().verify(credentials)
        return self.known[token]


def test_a_caller_is_remembered_until_anything_of_it_may_have_changed() -> None:
    time, roles = [NOW], ["viewer"]

    def directory(_key: object) -> Assignment:
        return Assignment(list(roles))

    engine = Engine.load(
        hosting.DOCUMENTS, clock=lambda: time[0], directory=directory, directory_freshness=10
    )
    guard = Guard(engine, Remembering())

    def who(token: str = "ann") -> Principal | None:
        return guard.caller(asked(token)).who

    first = who()
    assert who() is first
    assert asyncio.run(guard.caller_async(asked("ann"))).who is first
    assert who("owner") is not first
    time[0] += 10
    second = who()
    assert second is not first, "what the directory said is no longer fresh"
    engine.invalidate_principals()
    third = asyncio.run(guard.caller_async(asked("ann"))).who
    assert third is not second
    engine.reload()
    assert who() is not third


def test_a_caller_with_a_proof_is_not_remembered() -> None:
    verifier = Remembering()
    guard = Guard(hosting.engine(), verifier)
    claims = VerifiedClaims({**hosting.ANN, "cnf": {"jkt": "a"}})
    verifier.known["Bearer ann"] = Verified(claims, None, Presented(jkt="a"), "Bearer")
    first = guard.caller(asked("ann")).who
    assert first is not None
    assert first.problem is None
    assert guard.caller(asked("ann")).who is not first


def test_two_guards_verify_a_caller_each() -> None:
    first, second = Table(), Table()
    one = asked("ann")
    for verifier in (first, second):
        Guard(hosting.engine(), verifier).caller(one)
    assert len(first.verified) == len(second.verified) == 1


def test_a_token_that_runs_out_in_between_is_not_concealed() -> None:
    expires = float(str(hosting.ANN["exp"]))
    # foresee, and then the decision, and what is asked about it
    guard = Guard(ticking(NOW, expires), Table(), conceal="read")
    about = guard.endpoint("read", Document, Desk().document)
    with pytest.raises(Refusal) as refused:
        guard.admit(about, asked("ann"), lambda: Document("plan"))
    assert refused.value.answer.status == 401
    assert 'error="invalid_token"' in dict(refused.value.answer.headers)["WWW-Authenticate"]


def test_what_time_allows_after_the_decision_stays_denied() -> None:
    policy = """
    api a {
      audience "https://api.example.com/a"
      issuer "https://example.eu.auth0.com/" profile auth0
      scope read:a
    }
    resource Door {
      opens: datetime
      action pass needs nothing
      permit pass to anyone when now >= opens
    }
    """
    clock = itertools.chain((NOW, NOW, NOW), itertools.repeat(NOW + 100))
    tokens = {**hosting.ANN, "aud": "https://api.example.com/a"}
    engine = Engine.from_text(policy, clock=lambda: next(clock))
    guard = Guard(engine, Table({"ann": tokens}), disclosure="full")
    about = guard.endpoint("pass", "Door", Desk().ledger)
    with pytest.raises(Refusal) as refused:
        guard.admit(about, asked("ann"), lambda: {"opens": "2026-11-23T12:00Z"})
    assert body(refused.value)["detail"] == "no permit applies"


def test_a_resource_that_is_false_is_a_resource() -> None:
    class Ledger(dict[str, object]):
        def __bool__(self) -> bool:
            return False

    guard = Guard(hosting.engine(), Table())
    about = guard.endpoint("read", Ledger, Desk().ledger)
    access = guard.admit(about, asked("fresh"), lambda: Ledger(owner="auth0|bob", draft=True))
    assert access.decision.allowed


def test_a_directory_that_is_async_stops_a_sync_host() -> None:
    async def directory(_key: object) -> Assignment:
        return Assignment(["viewer"])

    engine = Engine.load(hosting.DOCUMENTS, clock=lambda: NOW, directory=directory)
    guard = Guard(engine, Table())
    about = guard.endpoint("read", Document, Desk().document)
    with pytest.raises(ConfigurationError):
        guard.admit(about, asked("ann"), lambda: Document("plan"))

    async def load() -> Document:
        return Document("plan")

    assert asyncio.run(guard.admit_async(about, asked("ann"), load)).decision.allowed


def test_a_sync_host_does_not_take_an_async_context() -> None:
    async def context(_request: object) -> Mapping[str, object]:
        return CHANNELLED

    guard = Guard(hosting.engine(), Table(), context=context, disclosure="full")
    about = guard.endpoint("move", "Notice", Desk().notice, parameters=lambda _: {"shelf": "open"})
    with pytest.raises(Refusal) as refused:
        guard.admit(about, asked("ann"), lambda: {"public": False})
    assert body(refused.value) == {
        "title": "Forbidden",
        "status": 403,
        "detail": "the request cannot be decided",
        "layer": "request",
    }

    async def load() -> Mapping[str, object]:
        return {"public": False}

    assert asyncio.run(guard.admit_async(about, asked("ann"), load)).decision.allowed


def test_a_context_that_is_no_mapping_is_a_denial() -> None:
    def context(_request: object) -> Any:
        return [1]

    guard = Guard(hosting.engine(), Table(), context=context)
    about = guard.endpoint("look", "Notice", Desk().notice)
    with pytest.raises(Refusal):
        guard.admit(about, asked("ann"), lambda: {"public": True})


def test_scopes_that_the_api_itself_asks_for_are_named() -> None:
    engine = Engine.from_text(
        """
        api a {
          audience "https://api.example.com/documents"
          issuer "https://example.eu.auth0.com/" profile auth0
          scope read:documents, count:documents
          action count needs read:documents and count:documents
          permit count to anyone
        }
        """,
        clock=lambda: NOW,
    )
    guard = Guard(engine, Table(), disclosure="scopes")
    with pytest.raises(Refusal) as refused:
        guard.admit(guard.endpoint("count", None), asked("ann"), lambda: None)
    assert body(refused.value)["missing_scopes"] == ["count:documents"]
    challenge = dict(refused.value.answer.headers)["WWW-Authenticate"]
    assert 'scope="count:documents read:documents"' in challenge


def test_a_login_that_no_resource_makes_up_for_is_a_matter_of_rules() -> None:
    guard = Guard(hosting.engine(), Table(), disclosure="layer")
    with pytest.raises(Refusal) as refused:
        guard.admit(guard.endpoint("close", "Ledger", Desk().ledger), asked("owner"), lambda: None)
    assert body(refused.value)["layer"] == "rules"


def test_a_refusal_says_nothing_of_its_request() -> None:
    guard = Guard(hosting.engine(), Table(), disclosure="full")
    with pytest.raises(Refusal) as refused:
        guard.caller(asked("a-secret"))
    assert "a-secret" not in str(refused.value)
    assert b"a-secret" not in refused.value.answer.body
    assert refused.value.__cause__ is None


# ---- laws: who may not know of a resource cannot tell whether it is there

THINGS = (
    *(
        Document("d", owner, tenant, classification, shared)
        for owner in ("auth0|bob", "auth0|ann")
        for tenant in ("acme", "other")
        for classification in ("public", "secret")
        for shared in ((), ("auth0|ann", "auth0|sam"))
    ),
    Document("d", tenant=7),  # type: ignore[arg-type]  # cannot be read, and is denied
)


def answered(guard: Guard, action: str, token: str | None, thing: Document | None) -> Answer | None:
    """The answer of a refusal, None where the request is let through."""
    about = guard.endpoint(action, Document, Desk().document)
    try:
        guard.admit(about, asked(token), lambda: thing)
    except Refusal as refusal:
        return refusal.answer
    return None


@pytest.mark.parametrize("disclosure", DISCLOSURES)
@pytest.mark.parametrize("action", ["read", "write", "share", "delete"])
@pytest.mark.parametrize("token", [None, *hosting.TOKENS])
def test_what_a_caller_may_not_read_is_answered_like_what_is_not_there(
    token: str | None, action: str, disclosure: Disclosure
) -> None:
    guard = Guard(hosting.engine(), Table(), conceal="read", disclosure=disclosure)
    missing = answered(guard, action, token, None)
    for thing in THINGS:
        if answered(guard, "read", token, thing) is not None:
            assert answered(guard, action, token, thing) == missing


@pytest.mark.parametrize("action", ["look", "move"])
@pytest.mark.parametrize("conceal", [None, "look"])
def test_who_is_anonymous_cannot_tell_what_is_denied_from_what_is_missing(
    action: str, conceal: str | None
) -> None:
    guard = Guard(hosting.engine(), Table(), conceal=conceal, disclosure="full")
    about = guard.endpoint(action, "Notice", Desk().notice, parameters=lambda _: {"shelf": "open"})
    answers = []
    for thing in (None, {"public": False}, {}, {"public": 1}):
        with pytest.raises(Refusal) as refused:
            guard.admit(about, asked(None), lambda thing=thing: thing)  # type: ignore[misc]
        answers.append(refused.value.answer)
    assert len(set(answers)) == 1


# ---- loaders


def test_a_loader_gets_what_it_has_names_for() -> None:
    def by_name(id: str) -> None: ...  # noqa: A002  (the route's own name)
    def by_request(request: object, id: str) -> None: ...  # noqa: A002
    def by_all(**route: object) -> None: ...

    route = {"id": "1", "shelf": "2"}
    given = {
        each: endpoint("read", "Document", each, None).arguments(route, "it")
        for each in (by_name, by_request, by_all)
    }
    assert given == {by_name: {"id": "1"}, by_request: {"id": "1", "request": "it"}, by_all: route}


def test_a_route_may_have_a_parameter_of_the_name_of_requests() -> None:
    def load(request: object) -> None: ...

    made = endpoint("read", "Document", load, None)
    assert made.arguments({"request": "r1"}, object()) == {"request": "r1"}


def test_a_loader_that_does_not_say_what_it_takes_gets_everything() -> None:
    made = endpoint("read", "Document", dict, None)
    assert made.arguments({"id": "1"}, object()) == {"id": "1"}


def test_a_loader_may_be_an_object_whose_call_is_async() -> None:
    class Loading:
        async def __call__(self, id: str) -> None: ...  # noqa: A002

    assert endpoint("read", "Document", Loading(), None).is_async


def test_a_function_that_is_guarded_twice_says_both() -> None:
    def handle() -> None: ...

    guard = Guard(hosting.engine(), Table())
    guard.endpoint("read", Document, Desk().document).mark(handle)
    guard.endpoint("list", None).mark(handle)
    assert getattr(handle, ATTRIBUTE) == (Guarded("read", "Document"), Guarded("list", None))


# ---- what a host tells of a request

CERTIFICATE = b"\x30\x03\x02\x01\x05"
DPOP: dict[str, Any] = {"schemes": ("DPoP",), "origin": "https://api.example.com"}


def from_headers(guard: Guard, *headers: tuple[bytes, bytes], **scope: Any) -> Credentials:
    whole = {"type": "http", "method": "PUT", "path": "/a b", "headers": headers, **scope}
    return from_scope(guard, whole, None).credentials


def test_all_headers_of_a_name_are_handed_on() -> None:
    found = from_headers(
        Guard(hosting.engine(), Table()),
        (b"authorization", b"Bearer a"),
        (b"Authorization", b"Bearer b"),
        (b"dpop", b"p"),
    )
    assert found == Credentials(("Bearer a", "Bearer b"), ("p",), "PUT", "")


def test_the_url_is_the_one_that_clients_see() -> None:
    guard = Guard(hosting.engine(), Table(), **DPOP)
    assert from_headers(guard).url == "https://api.example.com/a%20b"
    assert from_headers(guard, raw_path=b"/a%2Fb?q=1").url == "https://api.example.com/a%2Fb"
    environ = {"REQUEST_METHOD": "GET", "HTTP_HOST": "evil.example"}
    told = from_environ(guard, environ, None, raw_path({"RAW_URI": "/a%2Fb?q"}, "/a/b"))
    assert told.credentials.url == "https://api.example.com/a%2Fb"
    assert raw_path({"REQUEST_URI": "http://api.example.com/a"}, "/ä") == "/%C3%A4"


@pytest.mark.parametrize(
    ("values", "certificate"),
    [
        ((b":" + base64.b64encode(CERTIFICATE) + b":",), CERTIFICATE),
        ((b" :MAMCAQU=: ",), CERTIFICATE),
        ((b"MAMCAQU=",), None),
        ((b":MAMCAQ:",), None),
        ((b":MAMCAQU=:, :MAMCAQU=:",), None),
        ((b":MAMCAQU=:", b":MAMCAQU=:"), None),
        ((), None),
    ],
)
def test_a_certificate_is_one_byte_sequence(
    values: tuple[bytes, ...], certificate: bytes | None
) -> None:
    # RFC 9440, section 2.1; RFC 8941, section 3.3.5
    guard = Guard(hosting.engine(), Table(), certificate_header="Client-Cert")
    headers = [(b"client-cert", value) for value in values]
    assert from_headers(guard, *headers).certificate == certificate
    assert from_headers(Guard(hosting.engine(), Table()), *headers).certificate is None


def test_a_guard_brings_in_no_framework_and_no_verifier() -> None:
    code = (
        "import sys, remit.hosts.asgi; "
        "print({'django', 'fastapi', 'flask', 'httpx', 'joserfc', 'starlette'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
