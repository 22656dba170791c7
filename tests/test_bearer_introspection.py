"""Opaque tokens, which the authorization server is asked about (RFC 7662)."""

import base64
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from remit.bearer import Introspection, Settings, Verified, Verifier
from remit.errors import ConfigurationError
from tests.issuing import (
    ISSUER,
    NOW,
    Answer,
    Clock,
    Server,
    Way,
    answered,
    bearer,
    both_ways,
    claims,
    in_threads,
    json_answer,
    outcome,
    serving,
    signer,
    trusting,
)

VARIABLE = "SECRET_OF_THE_API"
PLACE = "/introspect"
OPAQUE = "2YotnFZFEjr1zCsicMWpAA"
GOOD: dict[str, object] = {"active": True, "sub": "ann", "scope": "read", "exp": NOW + 600}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(VARIABLE, "p:\u00e9%/ +")
    with serving() as each:
        each.answers[PLACE] = json_answer(GOOD)
        yield each


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(server: Server, clock: Clock) -> Verifier:
    asking = Introspection(server.url + PLACE, "an api:1", VARIABLE, ISSUER, allow_http=True)
    return Verifier(
        [trusting(signer("ES256"))],
        introspection=asking,
        settings=Settings(introspected_for=30, timeout=5),
        clock=clock,
    )


@both_ways
def test_an_active_token_is_let_in_with_what_the_server_says(
    verify: Way, verifier: Verifier, server: Server
) -> None:
    verified = verify(verifier, bearer(OPAQUE))
    assert dict(verified.claims) == GOOD | {"iss": ISSUER}
    assert verified.header is None
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", PLACE)
    assert parse_qs(asked.body) == {"token": [OPAQUE], "token_type_hint": ["access_token"]}


@both_ways
def test_the_client_authenticates_with_its_words_form_encoded(
    verify: Way, verifier: Verifier, server: Server
) -> None:
    verify(verifier, bearer(OPAQUE))
    headers = {name.lower(): value for name, value in server.asked[0].headers.items()}
    scheme, _, word = headers["authorization"].partition(" ")
    # RFC 6749, section 2.3.1 and appendix B
    assert (scheme, base64.b64decode(word)) == ("Basic", b"an+api%3A1:p%3A%C3%A9%25%2F+%2B")
    assert headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "token", [OPAQUE, "a.b", "a.b.c", "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", "a.b.c.d.e", "x=="]
)
def test_what_has_not_the_shape_of_a_jwt_is_introspected(token: str, verifier: Verifier) -> None:
    assert outcome(in_threads, verifier, token) == "verified"


def test_a_jwt_is_not_introspected(verifier: Verifier, server: Server) -> None:
    signing = signer("ES256")
    assert outcome(in_threads, verifier, signing.token(claims())) == "verified"
    for bad in [claims(iss="https://other.example/"), claims(exp=NOW)]:
        assert outcome(in_threads, verifier, signing.token(bad)) == "invalid_token"
    assert outcome(in_threads, verifier, "e30.e30.") == "invalid_token"
    assert server.asked == []


@both_ways
@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"active": None},
        {"active": "true"},
        {"active": 1},
        {"active": ["true"]},
        {"iss": "https://other.example/"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"exp": NOW},
        {"exp": None},
        {"exp": str(NOW + 600)},
        {"exp": True},
        {"nbf": NOW + 1},
        {"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}},
        {"cnf": {"other": "x"}},
        {"token_type": "DPoP"},
        {"token_type": "dpop", "cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}},
    ],
)
def test_a_token_that_is_not_active_here_and_now_is_refused(
    changed: dict[str, object], verify: Way, verifier: Verifier, server: Server
) -> None:
    server.answers[PLACE] = json_answer(GOOD | changed)
    assert outcome(verify, verifier, OPAQUE) == "invalid_token"


@both_ways
@pytest.mark.parametrize("missing", ["active", "exp"])
def test_a_token_of_which_too_little_is_said_is_refused(
    missing: str, verify: Way, verifier: Verifier, server: Server
) -> None:
    server.answers[PLACE] = json_answer({name: GOOD[name] for name in GOOD if name != missing})
    assert outcome(verify, verifier, OPAQUE) == "invalid_token"


@pytest.mark.parametrize("more", [{"iss": ISSUER}, {"token_type": "Bearer"}, {"token_type": None}])
def test_an_answer_may_say_more(more: dict[str, object], verifier: Verifier, server: Server) -> None:
    server.answers[PLACE] = json_answer(GOOD | more)
    assert outcome(in_threads, verifier, OPAQUE) == "verified"


@both_ways
@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=401),
        Answer(status=500),
        Answer(b'{"active":true}', status=201),
        Answer(b"[]"),
        Answer(b"active"),
        Answer(b'{"active":false,"active":true}'),
        Answer(b'{"active":true,"exp":1e999}'),
        Answer(b'{"active":true}' + b" " * 300_000),
        Answer(status=307, headers={"Location": "/elsewhere"}),
    ],
)
def test_an_answer_that_says_nothing_makes_the_endpoint_unavailable(
    answer: Answer, verify: Way, verifier: Verifier, server: Server
) -> None:
    server.answers |= {PLACE: answer, "/elsewhere": json_answer(GOOD)}
    assert outcome(verify, verifier, OPAQUE) == "unavailable"
    server.answers[PLACE] = json_answer(GOOD)
    assert outcome(verify, verifier, OPAQUE) == "verified"


def test_what_was_said_holds_for_a_while(verifier: Verifier, server: Server, clock: Clock) -> None:
    assert outcome(in_threads, verifier, OPAQUE) == "verified"
    server.answers[PLACE] = json_answer({"active": False})
    clock.now = NOW + 29
    assert outcome(in_threads, verifier, OPAQUE) == "verified"
    assert len(server.asked) == 1
    clock.now = NOW + 30
    assert outcome(in_threads, verifier, OPAQUE) == "invalid_token"
    server.answers[PLACE] = json_answer(GOOD)
    clock.now = NOW + 59
    assert outcome(in_threads, verifier, OPAQUE) == "invalid_token"
    assert len(server.asked) == 2
    clock.now = NOW + 60
    assert outcome(in_threads, verifier, OPAQUE) == "verified"


def test_a_token_is_not_remembered_past_its_end(
    verifier: Verifier, server: Server, clock: Clock
) -> None:
    server.answers[PLACE] = json_answer(GOOD | {"exp": NOW + 5})
    assert outcome(in_threads, verifier, OPAQUE) == "verified"
    clock.now = NOW + 5
    assert outcome(in_threads, verifier, OPAQUE) == "invalid_token"


def test_the_secret_is_nowhere_to_be_seen(
    verifier: Verifier, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers[PLACE] = Answer(status=500)
    assert outcome(in_threads, verifier, OPAQUE) == "unavailable"
    asking = Introspection(server.url + PLACE, "api", VARIABLE, ISSUER, allow_http=True)
    said = [each.getMessage() for each in caplog.records if each.name == "remit"]
    assert said == [f"cannot fetch {server.url}{PLACE}: Unreadable"]
    assert "\u00e9" not in f"{asking!r}{verifier!r}"


def test_an_opaque_token_is_refused_where_nobody_can_be_asked() -> None:
    plain = Verifier([trusting(signer("ES256"))], clock=Clock())
    assert answered(plain, bearer(OPAQUE)) == (401, "invalid_token")


def test_introspection_alone_is_enough(server: Server, clock: Clock) -> None:
    asking = Introspection(server.url + PLACE, "api", VARIABLE, ISSUER, allow_http=True)
    verifier = Verifier([], introspection=asking, clock=clock)
    assert isinstance(answered(verifier, bearer(OPAQUE)), Verified)
    assert answered(verifier, bearer(signer("ES256").token(claims()))) == (401, "invalid_token")


def test_a_secret_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Introspection("https://issuer.example/introspect", "api", VARIABLE, ISSUER)
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ConfigurationError, match="holds no secret"):
            Verifier([], introspection=asking)
