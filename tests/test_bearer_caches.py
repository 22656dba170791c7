"""What is remembered of a token, and what makes it be forgotten."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from remit.bearer import Refused, Settings, Unavailable, Verified, Verifier
from tests.issuing import (
    JWKS,
    NOW,
    URL,
    Clock,
    Way,
    answered,
    bearer,
    both_ways,
    claims,
    fetching,
    in_asyncio,
    in_threads,
    outcome,
    proof,
    publish,
    serving,
    signer,
    trusting,
    verifying,
)

ONE = signer("ES256", "one", 1)
TWO = signer("ES256", "two", 2)
INVALID = (401, "invalid_token")
GOOD = ONE.token(claims())


def test_a_token_is_verified_once_and_then_known() -> None:
    verifier = verifying(ONE)
    first = verifier.verify(bearer(GOOD))
    assert verifier.verify(bearer(GOOD)) is first
    assert asyncio.run(verifier.verify_async(bearer(GOOD))) is first


def test_what_is_remembered_cannot_be_changed_by_who_asked() -> None:
    # failure mode 40
    verified = verifying(ONE).verify(bearer(GOOD))
    with pytest.raises(TypeError):
        verified.claims["sub"] = "auth0|bob"  # type: ignore[index]
    with pytest.raises(TypeError):
        verified.header["alg"] = "none"  # type: ignore[index]


def test_a_token_that_differs_in_one_letter_is_not_known() -> None:
    verifier = verifying(ONE)
    verifier.verify(bearer(GOOD))
    assert (
        answered(verifier, bearer(GOOD[:-2] + ("A" if GOOD[-2] != "A" else "B") + GOOD[-1])) == INVALID
    )


def test_a_known_token_expires() -> None:
    clock = Clock()
    verifier = verifying(ONE, clock=clock)
    token = bearer(ONE.token(claims(exp=NOW + 5)))
    assert isinstance(answered(verifier, token), Verified)
    clock.now = NOW + 4.9
    assert isinstance(answered(verifier, token), Verified)
    clock.now = NOW + 5
    assert answered(verifier, token) == INVALID


def test_a_known_token_is_not_yet_valid_where_the_clock_was_put_back() -> None:
    clock = Clock()
    verifier = verifying(ONE, clock=clock)
    token = bearer(ONE.token(claims(nbf=NOW)))
    assert isinstance(answered(verifier, token), Verified)
    clock.now = NOW - 1
    assert answered(verifier, token) == INVALID


def test_a_token_is_verified_again_after_a_while() -> None:
    clock = Clock()
    verifier = verifying(ONE, clock=clock, remember_for=300)
    first = verifier.verify(bearer(GOOD))
    clock.now = NOW + 299
    assert verifier.verify(bearer(GOOD)) is first
    clock.now = NOW + 300
    assert verifier.verify(bearer(GOOD)) is not first


def test_a_long_token_is_let_in_and_not_remembered() -> None:
    verifier = verifying(ONE)
    token = bearer(ONE.token(claims(x="x" * 9_000)))
    assert verifier.verify(token) is not verifier.verify(token)


@pytest.mark.parametrize(("length", "known"), [(0, True), (1, False)])
def test_the_bound_of_a_tokens_length_is_kept(length: int, known: bool) -> None:
    verifier = verifying(ONE, token_length=len(GOOD) - length)
    assert isinstance(answered(verifier, bearer(GOOD)), Verified) is known


def test_so_many_tokens_are_remembered_and_no_more() -> None:
    verifier = verifying(ONE, remembered=4)
    first = verifier.verify(bearer(GOOD))
    for number in range(10):
        verifier.verify(bearer(ONE.token(claims(jti=str(number)))))
    assert verifier.verify(bearer(GOOD)) is not first


@both_ways
def test_a_token_whose_key_is_gone_is_forgotten(
    verify: Way,
) -> None:
    with serving() as server:
        publish(server, ONE)
        clock = Clock()
        settings = Settings(keys_pause=10, keys_fresh=600)
        verifier = Verifier([fetching(server, "ES256")], settings=settings, clock=clock)
        assert outcome(verify, verifier, GOOD) == "verified"
        publish(server, TWO)
        clock.now += 10
        assert outcome(verify, verifier, GOOD) == "verified"
        assert server.paths == [JWKS]
        assert outcome(verify, verifier, TWO.token(claims())) == "verified"
        assert outcome(verify, verifier, GOOD) == "invalid_token"


def test_a_token_is_known_no_longer_than_its_keys_are_fresh() -> None:
    with serving() as server:
        publish(server, ONE)
        clock = Clock()
        settings = Settings(keys_pause=1, keys_fresh=60, remember_for=300)
        verifier = Verifier([fetching(server, "ES256")], settings=settings, clock=clock)
        assert outcome(in_threads, verifier, GOOD) == "verified"
        publish(server, TWO)
        clock.now = NOW + 59
        assert outcome(in_threads, verifier, GOOD) == "verified"
        clock.now = NOW + 60
        assert outcome(in_threads, verifier, GOOD) == "invalid_token"


def test_keys_that_stay_the_same_let_tokens_be_known() -> None:
    with serving() as server:
        publish(server, ONE)
        clock = Clock()
        verifier = Verifier([fetching(server, "ES256")], settings=Settings(keys_pause=1), clock=clock)
        first = verifier.verify(bearer(GOOD))
        clock.now += 2
        unknown = ONE.token(claims(), ONE.header(kid="other"))
        assert outcome(in_threads, verifier, unknown) == "invalid_token"
        assert len(server.asked) == 2
        assert verifier.verify(bearer(GOOD)) is first


def test_another_verifier_knows_nothing_of_it() -> None:
    # failure mode 30
    verifying(ONE).verify(bearer(GOOD))
    assert answered(verifying(TWO), bearer(GOOD)) == INVALID
    strict = Verifier([trusting(ONE, types=("JWT",))], clock=Clock())
    assert answered(strict, bearer(GOOD)) == INVALID


def test_what_is_known_of_a_bound_token_is_not_its_proof() -> None:
    key = signer("ES256", None, 9)
    bound = ONE.token(claims(cnf={"jkt": key.thumbprint}))
    verifier = verifying(ONE)
    good = bearer(bound)._replace(authorization=[f"DPoP {bound}"], dpop=[proof(key, bound)], url=URL)
    assert isinstance(answered(verifier, good), Verified)
    assert answered(verifier, good) == (401, "invalid_dpop_proof")
    assert answered(verifier, good._replace(dpop=[])) == (401, "invalid_dpop_proof")
    assert answered(verifier, bearer(bound)) == INVALID


# ---- revocation


def asking(revoked: object) -> Verifier:
    return Verifier([trusting(ONE)], revoked=revoked, clock=Clock())  # type: ignore[arg-type]


@both_ways
def test_a_token_is_revoked_though_it_is_known(verify: Way) -> None:
    gone: set[object] = set()

    def revoked(said: Mapping[str, object]) -> bool:
        return said["sub"] in gone

    verifier = asking(revoked)
    assert outcome(verify, verifier, GOOD) == "verified"
    gone.add("auth0|ann")
    assert outcome(verify, verifier, GOOD) == "invalid_token"
    gone.clear()
    assert outcome(verify, verifier, GOOD) == "verified"


@both_ways
@pytest.mark.parametrize("answer", [None, 0, "", 1, "no"])
def test_only_false_lets_a_token_in(answer: object, verify: Way) -> None:
    assert outcome(verify, asking(lambda _: answer), GOOD) == "unavailable"


@both_ways
def test_a_hook_that_fails_lets_nobody_in(verify: Way, caplog: pytest.LogCaptureFixture) -> None:
    def revoked(said: Mapping[str, object]) -> bool:
        raise ConnectionError(said)

    verifier = asking(revoked)
    assert outcome(verify, verifier, GOOD) == "unavailable"
    assert [each.getMessage() for each in caplog.records if each.name == "remit"] == [
        "revocation cannot be asked: ConnectionError"
    ]


def test_a_hook_may_be_async() -> None:
    async def revoked(said: Mapping[str, object]) -> bool:
        await asyncio.sleep(0)
        if said["sub"] == "auth0|eve":
            raise ConnectionError
        return said["sub"] == "auth0|bob"

    verifier = asking(revoked)
    assert outcome(in_asyncio, verifier, GOOD) == "verified"
    assert outcome(in_asyncio, verifier, GOOD) == "verified"
    assert outcome(in_asyncio, verifier, ONE.token(claims(sub="auth0|bob"))) == "invalid_token"
    assert outcome(in_asyncio, verifier, ONE.token(claims(sub="auth0|eve"))) == "unavailable"


def test_an_async_hook_cannot_be_asked_in_a_thread() -> None:
    async def revoked(_: Mapping[str, object]) -> bool:
        await asyncio.sleep(0)
        return False

    waiting: Callable[[object], Awaitable[bool]] = revoked  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        asking(waiting).verify(bearer(GOOD))


def test_a_revoked_token_is_refused_with_the_challenge_of_its_scheme() -> None:
    with pytest.raises(Refused, match="revoked") as caught:
        asking(lambda _: True).verify(bearer(GOOD))
    challenge = caught.value.challenge
    assert (caught.value.scheme, challenge.status, challenge.error) == ("Bearer", 401, "invalid_token")
