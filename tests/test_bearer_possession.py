"""Tokens that are bound: to a key, proved by DPoP (RFC 9449), or to a certificate (RFC 8705)."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping

import pytest

from remit.bearer import Credentials, Refused, Settings, Unavailable, Verified, Verifier
from remit.bearer.possession import Proofs, normal_url
from remit.tokens.facts import Presented
from tests.issuing import (
    NOW,
    URL,
    Clock,
    answered,
    b64,
    bearer,
    claims,
    proof,
    proof_header,
    signer,
    text_of,
    trusting,
    verifying,
)

ISSUING = signer("ES256", "one", 1)
KEY = signer("ES256", None, 9)
OTHER = signer("ES256", None, 8)
BOUND = ISSUING.token(claims(cnf={"jkt": KEY.thumbprint}))
CERTIFICATE = b"\x30\x03\x02\x01\x05"  # DER of something; nothing in it is looked at
PINNED = base64.urlsafe_b64encode(hashlib.sha256(CERTIFICATE).digest()).rstrip(b"=").decode()
BAD_PROOF = (401, "invalid_dpop_proof")
INVALID = (401, "invalid_token")


def sent(*proofs: str, token: str = BOUND, **changed: object) -> Credentials:
    members = {"method": "GET", "url": URL} | changed
    return Credentials([f"DPoP {token}"], proofs)._replace(**members)  # type: ignore[arg-type]


def made(said: Mapping[str, object] | str | None = None, **header: object) -> str:
    """A proof with another header, or other claims as a whole."""
    good = {"jti": "1", "htm": "GET", "htu": URL, "iat": NOW}
    ath = {"ath": b64(hashlib.sha256(BOUND.encode()).digest())}
    return KEY.token(good | ath if said is None else said, proof_header(KEY, **header))


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"])
def test_a_bound_token_with_its_proof_is_let_in(algorithm: str) -> None:
    key = signer(algorithm, None, 9)
    token = ISSUING.token(claims(cnf={"jkt": key.thumbprint}))
    verified = answered(verifying(ISSUING), sent(proof(key, token), token=token))
    assert isinstance(verified, Verified)
    assert verified.scheme == "DPoP"
    assert verified.presented == Presented(jkt=key.thumbprint)


def test_a_bound_token_with_its_proof_is_let_in_by_asyncio_too() -> None:
    verifier = verifying(ISSUING)
    verified = asyncio.run(verifier.verify_async(sent(proof(KEY, BOUND))))
    assert verified.presented == Presented(jkt=KEY.thumbprint)
    with pytest.raises(Refused) as caught:
        asyncio.run(verifier.verify_async(sent(proof(KEY, BOUND))))
    assert (caught.value.scheme, caught.value.challenge.error) == ("DPoP", "invalid_dpop_proof")


PRIVATE = KEY.native.as_dict(private=True)

BAD: dict[str, Credentials] = {
    "none": sent(),
    "two": sent(proof(KEY, BOUND), proof(KEY, BOUND, jti="2")),
    "empty": sent(""),
    "not a JWT": sent("a.b.c"),
    "a megabyte": sent("A" * 1_000_000),
    "longer than a proof is": sent(made({"x": "x" * 9_000})),
    "typ of a token": sent(made(typ="at+jwt")),
    "without typ": sent(made(typ=...)),
    "crit": sent(made(crit=["jwk"])),
    "kid that is none": sent(made(kid=7)),
    "alg none": sent(made(alg="none")),
    "alg HS256": sent(made(alg="HS256")),
    "alg that is not allowed": sent(made(alg="ES384")),
    "alg of another kind of key": sent(made(alg="RS256")),
    "alg is a list": sent(made(alg=["ES256"])),
    "without jwk": sent(made(jwk=...)),
    "jwk is a string": sent(made(jwk="x")),
    "jwk is empty": sent(made(jwk={})),
    "jwk is private": sent(made(jwk=PRIVATE)),
    "jwk is symmetric": sent(made(jwk={"kty": "oct", "k": "AAAA"})),
    "jwk on no curve": sent(made(jwk=KEY.native.as_dict(private=False) | {"x": "A" * 43})),
    "jwk of another": sent(made(jwk=OTHER.native.as_dict(private=False))),
    "signature gone": sent(proof(KEY, BOUND).rpartition(".")[0] + "."),
    "another's proof": sent(proof(OTHER, BOUND)),
    "without jti": sent(proof(KEY, BOUND, jti=...)),
    "jti is a number": sent(proof(KEY, BOUND, jti=1)),
    "jti is empty": sent(proof(KEY, BOUND, jti="")),
    "jti is long": sent(proof(KEY, BOUND, jti="x" * 513)),
    "without htm": sent(proof(KEY, BOUND, htm=...)),
    "htm of another method": sent(proof(KEY, BOUND, htm="POST")),
    "htm in small letters": sent(proof(KEY, BOUND, htm="get")),
    "without htu": sent(proof(KEY, BOUND, htu=...)),
    "htu is a list": sent(proof(KEY, BOUND, htu=[URL])),
    "htu of another path": sent(proof(KEY, BOUND, htu=URL + "0")),
    "htu of another host": sent(proof(KEY, BOUND, htu=URL.replace("api", "apo"))),
    "htu of another scheme": sent(proof(KEY, BOUND, htu=URL.replace("https", "http"))),
    "htu is none": sent(proof(KEY, BOUND, htu="documents")),
    "htu is no URL, nor is the request's": sent(proof(KEY, BOUND, htu="x"), url=""),
    "without iat": sent(proof(KEY, BOUND, iat=...)),
    "iat is a string": sent(proof(KEY, BOUND, iat=str(NOW))),
    "iat is true": sent(proof(KEY, BOUND, iat=True)),
    "too old": sent(proof(KEY, BOUND, iat=NOW - 301)),
    "from the future": sent(proof(KEY, BOUND, iat=NOW + 31)),
    "without ath": sent(proof(KEY, BOUND, ath=...)),
    "ath of another token": sent(proof(KEY, BOUND, ath="fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")),
    "ath is null": sent(proof(KEY, BOUND, ath=None)),
    "claims twice": sent(made(text_of({"jti": "1"})[:-1] + ',"jti":"2"}')),
}


@pytest.mark.parametrize("name", BAD)
def test_a_proof_that_is_not_good_is_refused(name: str) -> None:
    verifier = verifying(ISSUING)
    assert answered(verifier, BAD[name]) == BAD_PROOF
    assert isinstance(answered(verifier, sent(proof(KEY, BOUND))), Verified)


@pytest.mark.parametrize("seconds", [-300, 0, 30])
def test_a_proof_may_be_a_little_old_or_ahead(seconds: int) -> None:
    assert isinstance(answered(verifying(ISSUING), sent(proof(KEY, BOUND, iat=NOW + seconds))), Verified)


def test_a_bound_token_is_no_bearer_token() -> None:
    with pytest.raises(Refused, match="needs the DPoP scheme") as caught:
        verifying(ISSUING).verify(bearer(BOUND)._replace(dpop=[proof(KEY, BOUND)], url=URL))
    assert (caught.value.scheme, caught.value.challenge.error) == ("Bearer", "invalid_token")


def test_a_bearer_token_is_no_bound_token() -> None:
    token = ISSUING.token(claims())
    with pytest.raises(Refused, match="not bound") as caught:
        verifying(ISSUING).verify(sent(proof(KEY, token), token=token))
    assert (caught.value.scheme, caught.value.challenge.error) == ("DPoP", "invalid_token")


def test_a_bearer_token_may_come_with_a_proof_that_nobody_asked_for() -> None:
    token = ISSUING.token(claims())
    verified = answered(verifying(ISSUING), bearer(token)._replace(dpop=["x"], certificate=b"x"))
    assert isinstance(verified, Verified)
    assert verified.presented == Presented()


# ---- the URL


@pytest.mark.parametrize(
    "same",
    [
        URL,
        URL + "?page=2",
        URL + "#part",
        "HTTPS://API.example/documents/7",
        "https://api.example:443/documents/7",
        "https://api.example:/documents/7",
        "https://api.example/%64ocuments/%37",
    ],
)
def test_urls_that_differ_in_spelling_are_the_same(same: str) -> None:
    assert isinstance(answered(verifying(ISSUING), sent(proof(KEY, BOUND, htu=same))), Verified)
    assert isinstance(answered(verifying(ISSUING), sent(proof(KEY, BOUND), url=same)), Verified)


def test_urls_that_are_others_differ() -> None:
    assert normal_url("https://a.example") == normal_url("https://a.example/")
    assert normal_url("http://a.example:80/x") == normal_url("http://a.example/x")
    assert normal_url("https://a.example/%2f") == normal_url("https://a.example/%2F")
    different = [
        "https://a.example/",
        "https://a.example/x",
        "https://a.example/x/",
        "https://a.example/X",
        "https://a.example/x%2F",
        "https://a.example/x;y",
        "https://a.example/y/../x",
        "https://a.example:8443/x",
        "https://a.example:0/x",
        "http://a.example/x",
        "http://a.example:443/x",
        "https://b.example/x",
    ]
    assert len({normal_url(url) for url in different}) == len(different)
    for url in [
        "",
        "x",
        "/x",
        "ftp://a.example/",
        "https:///x",
        "https://u@a.example/",
        "https://a:x/",
        "https://[x/",
        "https://a.exam\tple/x",
        "https://a.example/x\n",
        " https://a.example/x",
    ]:
        assert normal_url(url) is None


# ---- replays


def test_a_proof_is_good_once() -> None:
    clock = Clock()
    verifier = verifying(ISSUING, clock=clock)
    again = sent(proof(KEY, BOUND, iat=NOW + 30))
    assert isinstance(answered(verifier, again), Verified)
    for later in (0, 100, 329, 330):
        clock.now = NOW + later
        assert answered(verifier, again) == BAD_PROOF
    clock.now = NOW
    assert answered(verifier, again) == BAD_PROOF
    assert isinstance(answered(verifier, sent(proof(KEY, BOUND, jti="another"))), Verified)


def test_a_proof_that_was_refused_may_come_again_when_it_is_good() -> None:
    verifier = verifying(ISSUING)
    early = sent(proof(KEY, BOUND), method="POST")
    assert answered(verifier, early) == BAD_PROOF
    assert isinstance(answered(verifier, sent(proof(KEY, BOUND))), Verified)


def test_the_same_name_of_another_keys_proof_is_another_proof() -> None:
    verifier = verifying(ISSUING)
    token = ISSUING.token(claims(cnf={"jkt": OTHER.thumbprint}))
    assert isinstance(answered(verifier, sent(proof(KEY, BOUND))), Verified)
    assert isinstance(answered(verifier, sent(proof(OTHER, token), token=token)), Verified)


def test_proofs_are_remembered_as_long_as_they_could_be_good() -> None:
    seen = Proofs(1000, 330)
    seen.take("key", "name", NOW)
    for later in (1, 329, 330, 331):
        with pytest.raises(Refused, match="before"):
            seen.take("key", "name", NOW + later)
    seen.take("key", "name", NOW + 661)  # another span began at 330: this one is the second after it
    seen.take("key", "name", NOW + 10_000)


def test_a_key_that_makes_too_many_proofs_keeps_nobody_else_out() -> None:
    seen = Proofs(128, 330)
    for number in range(4):
        seen.take("key", str(number), NOW)
    with pytest.raises(Refused, match="too many"):
        seen.take("key", "4", NOW)
    seen.take("other", "4", NOW)
    seen.take("key", "4", NOW + 330)


def test_a_full_memory_lets_no_proof_in_that_it_could_not_know_again() -> None:
    seen = Proofs(8, 330)
    for number in range(4):
        seen.take(f"key-{number}", "1", NOW)
    with pytest.raises(Unavailable):
        seen.take("key-4", "1", NOW)
    with pytest.raises(Refused):
        seen.take("key-0", "1", NOW)
    seen.take("key-4", "1", NOW + 330)


def test_which_algorithms_a_proof_may_have_is_configured() -> None:
    settings = Settings(proof_algorithms=["Ed25519"])
    verifier = Verifier([trusting(ISSUING)], settings=settings, clock=Clock())
    assert verifier.proof_algorithms == ("Ed25519",)
    assert answered(verifier, sent(proof(KEY, BOUND))) == BAD_PROOF


# ---- certificates

PINNING = ISSUING.token(claims(cnf={"x5t#S256": PINNED}))


def test_a_token_is_let_in_with_the_certificate_that_it_is_bound_to() -> None:
    verifier = verifying(ISSUING)
    for _ in range(2):
        verified = answered(verifier, bearer(PINNING)._replace(certificate=CERTIFICATE))
        assert isinstance(verified, Verified)
        assert verified.presented == Presented(x5t_s256=PINNED)
    for other in (None, b"", CERTIFICATE + b"\0"):
        assert answered(verifier, bearer(PINNING)._replace(certificate=other)) == INVALID


def test_a_token_that_is_bound_twice_needs_both() -> None:
    token = ISSUING.token(claims(cnf={"jkt": KEY.thumbprint, "x5t#S256": PINNED}))
    verifier = verifying(ISSUING)
    good = sent(proof(KEY, token), token=token, certificate=CERTIFICATE)
    assert answered(verifier, good._replace(certificate=None)) == INVALID
    assert answered(verifier, bearer(token)._replace(certificate=CERTIFICATE)) == INVALID
    assert answered(verifier, good._replace(dpop=())) == BAD_PROOF
    verified = answered(verifier, good)
    assert isinstance(verified, Verified)
    assert verified.presented == Presented(KEY.thumbprint, PINNED)


def test_a_token_bound_to_a_certificate_is_not_sent_by_dpop() -> None:
    verifier = verifying(ISSUING)
    request = sent(proof(KEY, PINNING), token=PINNING, certificate=CERTIFICATE)
    assert answered(verifier, request) == INVALID


def test_nothing_that_was_sent_is_repeated() -> None:
    # failure mode 56
    secret = "canary"
    requests = [
        Credentials([f"Bearer {secret}"]),
        Credentials([f"Bearer {secret} {secret}"]),
        bearer(ISSUING.token(claims(iss=secret))),
        bearer(ISSUING.token(claims(exp=secret))),
        bearer(ISSUING.token(claims(), ISSUING.header(kid=secret))),
        bearer(ISSUING.token(claims(), ISSUING.header(alg=secret))),
        bearer(ISSUING.token(claims(), ISSUING.header(typ=secret))),
        bearer(ISSUING.token(claims(cnf={secret: secret}))),
        sent(proof(KEY, BOUND, htm=secret)),
        sent(proof(KEY, BOUND, jti=[secret])),
        sent(made(alg=secret)),
    ]
    for request in requests:
        with pytest.raises(Refused) as caught:
            verifying(ISSUING).verify(request)
        said = f"{caught.value}{caught.value!r}{caught.value.challenge}"
        assert secret not in said
        assert not set('"\\') & set(caught.value.challenge.description or "")
