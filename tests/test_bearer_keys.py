"""Where keys come from, how long they serve, and what a storm of unknown ones costs."""

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from remit.bearer import Issuer, Settings, Unavailable, Verified, Verifier
from remit.bearer.keys import MAX_KEYS, Ring, keys_in
from tests.issuing import (
    ISSUER,
    JWKS,
    NOW,
    Answer,
    Clock,
    Server,
    Signer,
    Way,
    bearer,
    both_ways,
    claims,
    fetching,
    in_threads,
    json_answer,
    outcome,
    publish,
    serving,
    signer,
    text_of,
    until,
    until_asked,
)

ONE = signer("ES256", "one", 1)
TWO = signer("ES256", "two", 2)
FRESH, PAUSE, KEPT = 600, 10, 3_600
SETTINGS = Settings(keys_fresh=FRESH, keys_pause=PAUSE, keys_kept=KEPT, timeout=5, remember_for=0)
LONG = claims(exp=NOW + 100_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as each:
        publish(each, ONE)
        yield each


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(server: Server, clock: Clock) -> Verifier:
    return Verifier([fetching(server, "ES256")], settings=SETTINGS, clock=clock)


@both_ways
def test_keys_are_fetched_once_and_used_while_they_are_fresh(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    for seconds in (0, 1, FRESH - 1):
        clock.now = NOW + seconds
        assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    assert server.paths == [JWKS]
    clock.now = NOW + FRESH
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    assert server.paths == [JWKS, JWKS]


@both_ways
def test_what_is_asked_for_is_json_that_is_not_packed(
    verify: Way, verifier: Verifier, server: Server
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    (asked,) = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert (asked.method, headers["accept-encoding"]) == ("GET", "identity")
    assert "authorization" not in headers


@both_ways
def test_a_new_key_is_found_when_a_token_names_it(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    publish(server, ONE, TWO)
    clock.now += PAUSE
    assert outcome(verify, verifier, TWO.token(LONG)) == "verified"
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    assert len(server.asked) == 2


@both_ways
def test_a_key_that_was_taken_away_is_good_no_longer(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    publish(server, TWO)
    clock.now = NOW + FRESH - 1
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    clock.now = NOW + FRESH
    assert outcome(verify, verifier, ONE.token(LONG)) == "invalid_token"
    assert outcome(verify, verifier, TWO.token(LONG)) == "verified"


@both_ways
def test_a_storm_of_unknown_key_ids_costs_one_fetch(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    clock.now += PAUSE
    for number in range(50):
        token = ONE.token(LONG, ONE.header(kid=f"unknown-{number}"))
        assert outcome(verify, verifier, token) == "invalid_token"
    assert len(server.asked) == 2
    clock.now += PAUSE
    assert outcome(verify, verifier, ONE.token(LONG, ONE.header(kid="unknown"))) == "invalid_token"
    assert len(server.asked) == 3


@both_ways
def test_the_last_good_keys_serve_for_a_while_when_fetches_fail(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    server.answers.clear()
    clock.now = NOW + KEPT - 1
    for _ in range(3):
        assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    assert len(server.asked) == 2
    assert outcome(verify, verifier, TWO.token(LONG)) == "unavailable"
    clock.now = NOW + KEPT
    assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"
    publish(server, ONE)
    clock.now += PAUSE
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"


@both_ways
def test_an_issuer_that_is_down_is_asked_now_and_then(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    server.answers.clear()
    for _ in range(10):
        assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"
    assert len(server.asked) == 1
    publish(server, ONE)
    clock.now += PAUSE
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"


@both_ways
def test_a_clock_that_was_put_back_makes_keys_unknown(
    verify: Way, verifier: Verifier, server: Server, clock: Clock
) -> None:
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    clock.now = NOW - 100
    assert outcome(verify, verifier, ONE.token(LONG)) == "verified"
    assert len(server.asked) == 2


GOOD = text_of({"keys": [ONE.jwk()]}).encode()

WRONG: dict[str, Answer] = {
    "not found": Answer(GOOD, status=404),
    "a server's error": Answer(GOOD, status=500),
    "nothing": Answer(b"", status=204),
    "a redirection to the keys": Answer(b"", status=302, headers={"Location": "/elsewhere"}),
    "a redirection with the keys in it": Answer(GOOD, status=307, headers={"Location": "/elsewhere"}),
    "HTML": Answer(b"<html></html>"),
    "a list": Answer(b"[]"),
    "no keys": Answer(b"{}"),
    "keys that are an object": Answer(b'{"keys":{}}'),
    "keys twice": Answer(GOOD[:-1] + b',"keys":[]}'),
    "too much": Answer(GOOD + b" " * 300_000),
    "too many keys": json_answer({"keys": [ONE.jwk()] * (MAX_KEYS + 1)}),
    "packed": Answer(GOOD, headers={"Content-Encoding": "gzip"}),
    "cut off": Answer(GOOD[:-10]),
}


@both_ways
@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_is_no_key_set_is_none(
    name: str, verify: Way, verifier: Verifier, server: Server
) -> None:
    server.answers |= {JWKS: WRONG[name], "/elsewhere": Answer(GOOD)}
    assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"
    assert server.paths == [JWKS]


@both_ways
def test_an_answer_that_takes_too_long_is_none(verify: Way, server: Server, clock: Clock) -> None:
    go_on = threading.Event()
    server.answers[JWKS] = Answer(GOOD, before=lambda: go_on.wait(30))
    settings = Settings(timeout=0.2)
    verifier = Verifier([fetching(server, "ES256")], settings=settings, clock=clock)
    assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"
    go_on.set()


@both_ways
def test_an_issuer_that_nobody_answers_for_is_unavailable(verify: Way, clock: Clock) -> None:
    with serving() as gone:
        issuer = fetching(gone, "ES256")
    verifier = Verifier([issuer], settings=SETTINGS, clock=clock)
    assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"


@both_ways
def test_a_set_without_keys_is_a_set(verify: Way, verifier: Verifier, server: Server) -> None:
    publish(server)
    assert outcome(verify, verifier, ONE.token(LONG)) == "invalid_token"


@both_ways
def test_a_token_without_key_id_is_tried_with_all_keys_that_fit(
    verify: Way, verifier: Verifier, server: Server
) -> None:
    publish(server, signer("RS256"), ONE, TWO)
    assert outcome(verify, verifier, TWO.token(LONG, TWO.header(kid=...))) == "verified"
    stranger = signer("ES256", "one", 3)
    assert outcome(verify, verifier, stranger.token(LONG, TWO.header(kid=...))) == "invalid_token"


# ---- discovery

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


def discovering(server: Server, path: str = "") -> Issuer:
    return Issuer(server.url + path, algorithms=("ES256",), allow_http=True)


def metadata(of: Issuer, server: Server, **changed: object) -> Answer:
    members: dict[str, object] = {"issuer": of.identifier, "jwks_uri": server.url + JWKS}
    return json_answer(members | changed)


@both_ways
@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("", OAUTH),
        ("/", OAUTH),
        ("/tenant/7", f"{OAUTH}/tenant/7"),
        ("/tenant/7/", f"{OAUTH}/tenant/7"),
        ("", OPENID),
        ("/", OPENID),
        ("/tenant/7", f"/tenant/7{OPENID}"),
        ("/tenant/7/", f"/tenant/7{OPENID}"),
    ],
)
def test_keys_are_found_by_the_metadata_of_the_issuer(
    path: str, place: str, verify: Way, server: Server, clock: Clock
) -> None:
    issuer = discovering(server, path)
    server.answers[place] = metadata(issuer, server)
    verifier = Verifier([issuer], settings=SETTINGS, clock=clock)
    token = ONE.token(LONG | {"iss": issuer.identifier})
    assert outcome(verify, verifier, token) == "verified"
    assert server.paths[-2:] == [place, JWKS]


@both_ways
@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://issuer.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://[::1/keys"},
        {"jwks_uri": "https://user:word@issuer.example/keys"},
        {"jwks_uri": "https:///keys"},
    ],
)
def test_metadata_of_another_issuer_or_without_a_safe_address_is_not_used(
    changed: dict[str, object], verify: Way, server: Server, clock: Clock
) -> None:
    issuer = discovering(server)
    server.answers |= dict.fromkeys((OAUTH, OPENID), metadata(issuer, server, **changed))
    verifier = Verifier([issuer], settings=SETTINGS, clock=clock)
    token = ONE.token(LONG | {"iss": issuer.identifier})
    assert outcome(verify, verifier, token) == "unavailable"
    assert server.paths == [OAUTH, OPENID]


def test_metadata_with_a_slash_more_is_that_of_another(server: Server, clock: Clock) -> None:
    issuer = discovering(server)
    server.answers[OAUTH] = metadata(issuer, server, issuer=issuer.identifier + "/")
    verifier = Verifier([issuer], settings=SETTINGS, clock=clock)
    assert outcome(in_threads, verifier, ONE.token(LONG | {"iss": issuer.identifier})) == "unavailable"


# ---- many at once


def test_many_threads_make_one_fetch(verifier: Verifier, server: Server) -> None:
    everybody = threading.Barrier(8)

    def ask(_: int) -> str:
        everybody.wait(30)
        return outcome(in_threads, verifier, ONE.token(LONG))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"verified"}
    assert server.paths == [JWKS]


def test_a_storm_from_many_threads_costs_one_fetch(
    verifier: Verifier, server: Server, clock: Clock
) -> None:
    # failure mode 37
    assert outcome(in_threads, verifier, ONE.token(LONG)) == "verified"
    clock.now += PAUSE
    everybody = threading.Barrier(8)

    def ask(number: int) -> set[str]:
        everybody.wait(30)
        names = (f"unknown-{number}-{each}" for each in range(25))
        return {outcome(in_threads, verifier, ONE.token(LONG, ONE.header(kid=name))) for name in names}

    with ThreadPoolExecutor(8) as pool:
        assert set.union(*pool.map(ask, range(8))) == {"invalid_token"}
    assert len(server.asked) == 2


def test_threads_that_verify_while_keys_rotate_see_one_set_or_the_other(
    server: Server, clock: Clock
) -> None:
    # failure mode 33
    settings = Settings(keys_fresh=1, keys_pause=1)
    verifier = Verifier([fetching(server, "ES256")], settings=settings, clock=clock)
    stop = threading.Event()

    def ask(signing: Signer) -> set[str]:
        seen: set[str] = set()
        while not stop.is_set():
            seen.add(outcome(in_threads, verifier, signing.token(LONG)))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, each) for each in (ONE, TWO, ONE, TWO)]
        for number in range(20):
            publish(server, TWO if number % 2 else ONE)
            clock.now += 1
            assert outcome(in_threads, verifier, ONE.token(LONG)) in {"verified", "invalid_token"}
        stop.set()
        for each in asking:
            # Who only ever waits for others, while the clock runs ahead of each fetch, gets no answer.
            assert each.result() <= {"verified", "invalid_token", "unavailable"}
    publish(server, TWO)
    clock.now += 1
    assert outcome(in_threads, verifier, ONE.token(LONG)) == "invalid_token"
    assert outcome(in_threads, verifier, TWO.token(LONG)) == "verified"


def test_many_tasks_make_one_fetch_and_none_blocks_the_loop(verifier: Verifier, server: Server) -> None:
    go_on = threading.Event()
    server.answers[JWKS].before = lambda: go_on.wait(30)

    async def ask() -> object:
        return (await verifier.verify_async(bearer(ONE.token(LONG)))).scheme

    async def together() -> list[object]:
        tasks = [asyncio.create_task(ask()) for _ in range(20)]
        await until_asked(server)
        go_on.set()
        return await asyncio.gather(*tasks)

    assert asyncio.run(together()) == ["Bearer"] * 20
    assert server.paths == [JWKS]


def test_a_task_that_is_cancelled_leaves_the_fetch_to_the_next(
    verifier: Verifier, server: Server
) -> None:
    go_on = threading.Event()
    server.answers[JWKS].before = lambda: go_on.wait(30)

    async def cancelled() -> str:
        first = asyncio.create_task(verifier.verify_async(bearer(ONE.token(LONG))))
        await until_asked(server)
        second = asyncio.create_task(verifier.verify_async(bearer(ONE.token(LONG))))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        return (await second).scheme

    assert asyncio.run(cancelled()) == "Bearer"
    assert server.paths == [JWKS, JWKS]


def test_old_keys_serve_those_who_come_while_new_ones_are_fetched(
    verifier: Verifier, server: Server, clock: Clock
) -> None:
    go_on = threading.Event()
    assert outcome(in_threads, verifier, ONE.token(LONG)) == "verified"
    clock.now = NOW + FRESH
    server.answers[JWKS].before = lambda: go_on.wait(30)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outcome, in_threads, verifier, ONE.token(LONG))
        until(lambda: len(server.asked) == 2)
        assert outcome(in_threads, verifier, ONE.token(LONG)) == "verified"
        assert not first.done()
        go_on.set()
        assert first.result() == "verified"


@both_ways
def test_who_waits_in_vain_for_anothers_fetch_gets_no_answer(
    verify: Way, server: Server, clock: Clock
) -> None:
    settings = Settings(timeout=0.01)
    verifier = Verifier([fetching(server, "ES256")], settings=settings, clock=clock)

    async def started() -> None:
        waiting.append(asyncio.create_task(verifier.verify_async(bearer(ONE.token(LONG)))))
        await asyncio.sleep(0)  # the fetch is under way, and its loop stands still from now on

    waiting: list[asyncio.Task[Verified]] = []
    with asyncio.Runner() as runner:
        runner.run(started())
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(outcome, verify, verifier, ONE.token(LONG)).result() == "unavailable"
    assert waiting[0].cancelled()
    assert server.asked == []


def test_keys_that_another_fetched_at_the_same_moment_are_not_fetched_again(server: Server) -> None:
    class Held(Clock):
        """Its first reader is held up, and somebody else gets the keys a second later."""

        held = False

        def __call__(self) -> float:
            read = self.now
            if not self.held:
                self.held, self.now = True, read + 1
                assert outcome(in_threads, held_up, ONE.token(LONG)) == "verified"
            return read

    held_up = Verifier([fetching(server, "ES256")], settings=SETTINGS, clock=Held())
    assert outcome(in_threads, held_up, ONE.token(LONG)) == "verified"
    assert server.paths == [JWKS]


def test_a_fetch_that_the_parent_had_under_way_does_not_hold_up_a_fork(
    verifier: Verifier, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    server.answers[JWKS].before = lambda: go_on.wait(30) if len(server.asked) == 1 else None
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outcome, in_threads, verifier, ONE.token(LONG))
        until(lambda: server.asked)
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            assert outcome(in_threads, verifier, ONE.token(LONG)) == "verified"
        go_on.set()
        assert first.result() == "verified"


@both_ways
def test_an_issuer_whose_certificate_nobody_vouches_for_is_unavailable(
    verify: Way, clock: Clock, tmp_path: Path
) -> None:
    with serving(self_signed(tmp_path)) as server:
        publish(server, ONE)
        secure = server.url.replace("http:", "https:")
        issuer = Issuer(ISSUER, secure + JWKS, algorithms=("ES256",))
        verifier = Verifier([issuer], settings=SETTINGS, clock=clock)
        assert outcome(verify, verifier, ONE.token(LONG)) == "unavailable"
        assert server.asked == []


def self_signed(folder: Path) -> Path:
    """A key, and a certificate for it that says what it likes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    form = serialization.PrivateFormat.PKCS8
    written = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path.write_bytes(written + certificate.public_bytes(serialization.Encoding.PEM))
    return path


# ---- what a key may be


def test_keys_with_one_id_are_told_apart_by_what_they_are_for() -> None:
    keys = keys_in({"keys": [signer("RS256").jwk(), signer("ES256").jwk(), signer("Ed25519").jwk()]})
    assert keys is not None
    ring = Ring(keys, NOW, NOW + 1, NOW + 1)
    for number, algorithm in enumerate(("RS256", "ES256", "Ed25519")):
        assert ring.fitting("one", algorithm, NOW) == (keys[number],)
    assert ring.fitting("one", "PS256", NOW) == ()


@pytest.mark.parametrize("algorithm", ["RS256", "PS512", "ES256", "ES384", "ES512", "Ed25519"])
def test_a_key_says_nothing_or_the_right_thing_of_itself(algorithm: str) -> None:
    jwk = signer(algorithm).jwk()
    right: list[dict[str, object]] = [
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"alg": None},
        {"x5c": ["MIIB"]},
    ]
    for changed in right:
        keys = keys_in({"keys": [jwk | changed]})
        assert keys is not None
        assert [key.fits(algorithm) for key in keys] == [True]
    other = keys_in({"keys": [jwk | {"alg": "RS384"}]})
    assert other is not None
    assert [key.fits(algorithm) for key in other] == [False]
    wrong: list[dict[str, object]] = [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kid": 7},
        {"alg": 7},
        {"kty": "oct"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "/+", "e": "AQAB"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"d": "AQAB"},
        {"k": "AQAB"},
    ]
    for change in wrong:
        assert keys_in({"keys": [jwk | change]}) == ()


def test_points_that_are_on_no_curve_are_no_keys() -> None:
    jwk = ONE.jwk()
    for changed in [
        {"x": jwk["y"], "y": jwk["x"]},
        {"x": jwk["x"][:-2]},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": "Ed25519"},
        {"kty": "OKP"},
    ]:
        assert keys_in({"keys": [jwk | changed]}) == ()
    edwards = signer("Ed25519").jwk()
    for changed in [{"x": edwards["x"] + "AA"}, {"crv": "X25519"}, {"crv": "Ed448"}]:
        assert keys_in({"keys": [edwards | changed]}) == ()


def test_rsa_keys_have_a_size_that_is_safe_and_can_be_computed_with() -> None:
    jwk = signer("RS256").jwk()
    for changed in [
        {"n": "_" * 340},  # 2040 bits
        {"n": "_" * 1367},  # more than 8192
        {"e": "AQ"},
        {"e": "Ag"},
        {"e": "_" * 20},
        {"e": ""},
    ]:
        assert keys_in({"keys": [jwk | changed]}) == ()


def test_keys_that_cannot_be_used_do_not_spoil_the_others() -> None:
    listed = [
        5,
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "new"},
        ONE.jwk(),
        signer("RS256").jwk(use="enc"),
    ]
    keys = keys_in({"keys": listed})
    assert keys is not None
    assert [key.kid for key in keys] == ["one"]
    assert repr(keys[0]) == "<Key P-256>"


# ---- clients of the host's own


def test_a_host_may_hand_in_its_own_clients(server: Server, clock: Clock) -> None:
    with httpx.Client(headers={"X-Who": "host"}, trust_env=False) as client:
        verifier = Verifier([fetching(server, "ES256")], clients=(client, None), clock=clock)
        assert verifier.verify(bearer(ONE.token(LONG))).scheme == "Bearer"
        assert not client.is_closed
    assert server.asked[0].headers["X-Who"] == "host"


def test_a_host_may_hand_in_its_own_async_client(server: Server, clock: Clock) -> None:
    async def verified() -> str:
        async with httpx.AsyncClient(headers={"X-Who": "host"}, trust_env=False) as client:
            verifier = Verifier([fetching(server, "ES256")], clients=(None, client), clock=clock)
            return (await verifier.verify_async(bearer(ONE.token(LONG)))).scheme

    assert asyncio.run(verified()) == "Bearer"
    assert server.asked[0].headers["X-Who"] == "host"


def test_a_client_that_follows_redirections_does_not_here(server: Server, clock: Clock) -> None:
    server.answers |= {
        JWKS: Answer(status=302, headers={"Location": "/elsewhere"}),
        "/elsewhere": Answer(GOOD),
    }
    with httpx.Client(follow_redirects=True, trust_env=False) as client:
        verifier = Verifier([fetching(server, "ES256")], clients=(client, None), clock=clock)
        with pytest.raises(Unavailable):
            verifier.verify(bearer(ONE.token(LONG)))
    assert server.paths == [JWKS]


def test_the_log_says_what_could_not_be_fetched_and_nothing_else(
    verifier: Verifier, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers[JWKS] = Answer(b"secret-of-the-issuer")
    assert outcome(in_threads, verifier, ONE.token(LONG)) == "unavailable"
    (record,) = (each for each in caplog.records if each.name == "remit")
    assert record.getMessage() == f"cannot fetch {server.url}{JWKS}: Unreadable"
