"""A configuration that would not be safe is refused at once; what is refused and what is unsafe."""

import hmac
import subprocess
import sys
from typing import Any

import pytest
from joserfc.jwk import ECKey

import remit.bearer
from remit.bearer import Introspection, Issuer, Settings, Verified, Verifier
from remit.errors import ConfigurationError, RemitError
from tests.issuing import ISSUER, Clock, answered, b64, bearer, claims, signer, text_of, trusting

KEYS = {"keys": [signer("ES256").jwk()]}
NAME = "https://issuer.example/"
URI = "https://issuer.example/keys"
VARIABLE = "SECRET_OF_THE_ISSUER"


@pytest.mark.parametrize(
    "given",
    [
        {"identifier": ""},
        {"identifier": "joe"},
        {"identifier": "http://issuer.example/"},
        {"identifier": "http://127.0.0.1/"},
        {"identifier": "http://issuer.example/", "allow_http": True},
        {"identifier": "https://user@issuer.example/"},
        {"identifier": "https://issuer.example/#part"},
        {"identifier": "https://issuer.example/?tenant=7"},
        {"identifier": "https://issuer.example:x/"},
        {"jwks_uri": "http://issuer.example/keys"},
        {"jwks_uri": "http://localhost.example/keys", "allow_http": True},
        {"jwks_uri": "file:///keys", "allow_http": True},
        {"jwks_uri": ""},
        {"jwks_uri": URI, "jwks": KEYS},
        {"jwks_uri": URI, "secret_variable": VARIABLE, "algorithms": ("HS256",)},
        {"jwks": KEYS, "secret_variable": VARIABLE},
        {"algorithms": ()},
        {"algorithms": "RS256"},
        {"algorithms": ("none",)},
        {"algorithms": ("None",)},
        {"algorithms": ("RS256", "none")},
        {"algorithms": ("RS1",)},
        {"algorithms": ("ES256K",)},
        {"algorithms": ("HS256",)},
        {"algorithms": ("HS256",), "jwks": KEYS},
        {"algorithms": ("HS256", "RS256"), "secret_variable": VARIABLE},
        {"algorithms": ("RS256",), "secret_variable": VARIABLE},
        {"types": "at+jwt"},
    ],
)
def test_an_issuer_that_would_not_be_safe_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Issuer(**({"identifier": NAME} | given))


@pytest.mark.parametrize(
    "given",
    [
        {"leeway": -1},
        {"leeway": 301},
        {"leeway": True},
        {"leeway": "0"},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"keys_pause": 700},
        {"keys_fresh": 100_000},
        {"proof_algorithms": ("HS256",)},
        {"proof_algorithms": ("none",)},
        {"proof_algorithms": "ES256"},
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Settings(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"endpoint": "http://issuer.example/introspect"},
        {"endpoint": "issuer.example"},
        {"client_id": ""},
        {"issuer": ""},
    ],
)
def test_an_introspection_that_would_not_be_safe_is_refused(given: dict[str, Any]) -> None:
    good = {"endpoint": NAME, "client_id": "api", "secret_variable": VARIABLE, "issuer": NAME}
    with pytest.raises(ConfigurationError):
        Introspection(**(good | given))


def test_a_verifier_knows_somebody_and_nobody_twice() -> None:
    with pytest.raises(ConfigurationError):
        Verifier([])
    with pytest.raises(ConfigurationError):
        Verifier([Issuer(NAME), Issuer(NAME, jwks_uri=URI)])


@pytest.mark.parametrize(
    "keys", [{}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}, {"keys": {}}]
)
def test_a_key_set_by_hand_holds_keys(keys: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        Verifier([Issuer(NAME, jwks=keys)])


def test_a_key_set_by_hand_is_no_text() -> None:
    text: Any = '{"keys": []}'
    with pytest.raises(ConfigurationError, match="`jwks` is a mapping"):
        Issuer(NAME, jwks=text)


def test_a_key_set_by_hand_fits_an_algorithm_of_its_issuer() -> None:
    keys = trusting(signer("ES256")).jwks
    with pytest.raises(ConfigurationError) as refused:
        Verifier([Issuer(NAME, jwks=keys)])
    assert str(refused.value) == (
        f"no key of `{NAME}` fits its algorithms: `jwks` has keys for ES256, `algorithms` names RS256"
    )
    Verifier([Issuer(NAME, jwks=keys, algorithms=("RS256", "ES256"))])


@pytest.mark.parametrize(
    ("issuers", "said"),
    [
        (Issuer(NAME), "issuers are several: `Verifier([Issuer(...)])`"),
        (NAME, "issuers are several: `Verifier([Issuer(...)])`"),
        ([NAME], "an issuer is an `Issuer`, not `str`"),
    ],
)
def test_a_verifier_is_given_issuers(issuers: object, said: str) -> None:
    given: Any = issuers
    with pytest.raises(ConfigurationError) as refused:
        Verifier(given)
    assert str(refused.value) == said


def test_a_verifier_says_whose_tokens_it_lets_in() -> None:
    assert Verifier([Issuer(NAME), Issuer(NAME + "/2")]).issuers == (NAME, NAME + "/2")


def test_keys_by_hand_are_not_fetched_for_an_unknown_one() -> None:
    verifier = Verifier([trusting(signer("ES256"))], clock=Clock())
    token = signer("ES256").token(claims(), signer("ES256").header(kid="other"))
    assert answered(verifier, bearer(token)) == (401, "invalid_token")


# ---- HMAC

SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize(("algorithm", "length"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_the_hash(
    algorithm: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = Issuer(ISSUER, secret_variable=VARIABLE, algorithms=(algorithm,))
    monkeypatch.setenv(VARIABLE, SECRET[: length - 1])
    with pytest.raises(ConfigurationError, match="too short"):
        Verifier([issuer])
    monkeypatch.setenv(VARIABLE, SECRET[:length])
    verifier = Verifier([issuer], clock=Clock())
    assert SECRET[:8] not in f"{issuer!r}{verifier!r}"
    signed = ".".join(b64(text_of(each).encode()) for each in ({"alg": algorithm}, claims()))
    good = bearer(f"{signed}.{mac(algorithm, SECRET[:length], signed)}")
    assert isinstance(answered(verifier, good), Verified)
    bad = bearer(f"{signed}.{mac(algorithm, SECRET, signed + '.')}")
    assert answered(verifier, bad) == (401, "invalid_token")


def mac(algorithm: str, secret: str, signed: str) -> str:
    return b64(hmac.digest(secret.encode(), signed.encode(), f"sha{algorithm[2:]}"))


def test_a_secret_is_there_and_is_no_public_key(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(NAME, secret_variable=VARIABLE, algorithms=("HS256",))
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match="holds no secret"):
        Verifier([issuer])
    native = signer("ES256").native
    assert isinstance(native, ECKey)
    monkeypatch.setenv(VARIABLE, native.as_pem(private=False).decode())
    with pytest.raises(ConfigurationError, match="public key"):
        Verifier([issuer])


# ---- the public face


def test_the_public_names_are_these() -> None:
    assert remit.bearer.__all__ == [
        "Credentials",
        "Introspection",
        "Issuer",
        "Refused",
        "Revoked",
        "Settings",
        "Unavailable",
        "Verified",
        "Verifier",
    ]
    assert all(hasattr(remit.bearer, name) for name in remit.bearer.__all__)
    assert issubclass(remit.bearer.Refused, RemitError)
    assert issubclass(remit.bearer.Unavailable, RemitError)


def test_who_imports_remit_imports_neither_signatures_nor_http() -> None:
    code = (
        "import sys, remit; print([n for n in ('joserfc', 'httpx', 'cryptography') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
