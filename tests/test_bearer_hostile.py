"""What a client may send instead of a good token: none of it is let in, and none of it raises."""

import base64
import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import OctKey

from remit.bearer import Credentials, Issuer, Verified, Verifier
from tests.issuing import (
    ISSUER,
    NOW,
    Clock,
    Signer,
    answered,
    b64,
    bearer,
    claims,
    serving,
    signer,
    text_of,
    trusting,
    verifying,
)

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
INVALID = (401, "invalid_token")
MALFORMED = (400, "invalid_request")

RSA = signer("RS256")
EC = signer("ES256")
OKP = signer("Ed25519")
L = (
    2**252 + 27742317777372353535851937790883648493
)  # the order of Ed25519's group (RFC 8032, section 5.1)
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256's


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_token_is_let_in(algorithm: str) -> None:
    signing = signer(algorithm)
    verified = answered(verifying(signing), bearer(signing.token(claims())))
    assert isinstance(verified, Verified)
    assert dict(verified.claims) == claims()
    assert verified.header == signing.header()
    assert verified.scheme == "Bearer"


def resigned(head: str | dict[str, object], body: str | dict[str, object] | None = None) -> str:
    """Signed with the issuer's own key, whatever it says."""
    return RSA.token(claims() if body is None else body, head)


def with_header(**changed: object) -> str:
    return resigned(RSA.header(**changed))


def with_claims(**changed: object) -> str:
    return RSA.token(claims(**changed))


def with_signature(change: Callable[[str], str], signing: Signer = RSA) -> str:
    head, body, signature = signing.token(claims()).split(".")
    return f"{head}.{body}.{change(signature)}"


def confused(secret: bytes, **changed: object) -> str:
    """HS256 with what is public as the secret."""
    header = RSA.header(**({"alg": "HS256"} | changed))
    signed = ".".join(b64(text_of(each).encode()) for each in (header, claims()))
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def unsigned(name: str) -> str:
    return ".".join(
        [b64(text_of({"alg": name, "typ": "at+jwt"}).encode()), b64(text_of(claims()).encode()), ""]
    )


def r_and_s(signature: str) -> tuple[int, int]:
    raw = _decoded(signature)
    half = len(raw) // 2
    return int.from_bytes(raw[:half]), int.from_bytes(raw[half:])


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def malleable(signature: str) -> str:
    """The same point with S + L, which RFC 8032, section 5.1.7, has a verifier refuse."""
    raw = _decoded(signature)
    return b64(raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little"))


def deep(depth: int) -> str:
    return text_of(claims())[:-1] + ',"x":' + "[" * depth + "]" * depth + "}"


def raw_claims(member: str) -> str:
    return RSA.token(text_of(claims())[:-1] + f",{member}}}")


PEM = RSA.native.as_bytes(encoding="PEM", private=False) if not isinstance(RSA.native, OctKey) else b""

HOSTILE: dict[str, str] = {
    "HS256 with the public key in PEM": confused(PEM),
    "HS256 with the public key in PEM, stripped": confused(PEM.strip()),
    "HS256 with the public key as a JWK": confused(json.dumps(RSA.jwk()).encode()),
    "HS256 with the modulus": confused(RSA.jwk()["n"].encode()),
    "HS256 that says RS256": confused(PEM, alg="RS256"),
    **{
        f"alg {name!r} without signature": unsigned(name)
        for name in ("none", "None", "nOnE", "NONE", "")
    },
    "alg none with a signature": with_header(alg="none"),
    "another algorithm of the same key": signer("PS256").token(claims()),
    "right key, wrong alg": with_header(alg="RS512"),
    "an algorithm of another kind of key": with_header(alg="ES256"),
    "alg in small letters": with_header(alg="rs256"),
    "no alg": with_header(alg=...),
    "alg is a list": with_header(alg=["RS256"]),
    "alg is null": with_header(alg=None),
    "crit": with_header(crit=["exp"], exp=NOW),
    "crit empty": with_header(crit=[]),
    "b64": with_header(b64=False),
    "kid is a path": with_header(kid="../../../../dev/null"),
    "kid is SQL": with_header(kid="one' or '1'='1"),
    "kid unknown": with_header(kid="two"),
    "kid of a million letters": with_header(kid="k" * 5000),
    "kid empty": with_header(kid=""),
    "kid with a newline": with_header(kid="one\n"),
    "kid is a number": with_header(kid=1),
    "kid is null": with_header(kid=None),
    "typ of a DPoP proof": with_header(typ="dpop+jwt"),
    "typ of a logout token": with_header(typ="logout+jwt"),
    "typ is a number": with_header(typ=5),
    "embedded key of its own": signer("RS256", "one", 1).token(
        claims(), signer("RS256").header(jwk=signer("RS256", "one", 1).jwk())
    ),
    "certificate of its own": signer("RS256", "one", 1).token(claims(), RSA.header(x5c=["MIIB"])),
    "another's key": signer("RS256", "one", 1).token(claims()),
    "header twice alg": resigned('{"alg":"none","alg":"RS256","kid":"one","typ":"at+jwt"}'),
    # failure mode 28
    "payload twice sub": raw_claims('"sub":"auth0|bob"'),
    "payload twice deep inside": raw_claims('"x":{"y":[{"z":1,"z":2}]}'),
    "payload twice by an escape": raw_claims('"\\u0073ub":"auth0|bob"'),
    "NaN": raw_claims('"x":NaN'),
    "Infinity": raw_claims('"x":-Infinity'),
    "a float that is infinite": raw_claims('"x":1e999'),
    "a float of many digits": raw_claims('"x":0.' + "1" * 100),
    # failure mode 60
    "a huge integer": raw_claims('"x":' + "9" * 5000),
    "a huge integer as exp": RSA.token(claims(exp=...) | {"exp": 10**40}),
    "lone surrogate": raw_claims('"x":"\\ud800"'),
    # failure mode 44
    "nested to 33": RSA.token(deep(32)),
    "nested to thousands": RSA.token(deep(3000)),
    "nested, then an endless string of quotes": RSA.token('{"x":' + "[]," * 40 + '"' + '\\"' * 5000),
    "nested objects in the header": resigned('{"a":' * 600 + "1" + "}" * 600),
    "payload is a list": RSA.token("[]"),
    "payload is a string": RSA.token('"x"'),
    "payload is no JSON": RSA.token("{"),
    "payload empty": RSA.token(""),
    "payload with a BOM": RSA.token("\ufeff" + text_of(claims())),
    "payload in Latin-1": ".".join(
        [
            b64(text_of(RSA.header()).encode()),
            b64(b'{"sub":"\xe9"}'),
            RSA.sign(b64(text_of(RSA.header()).encode()) + "." + b64(b'{"sub":"\xe9"}')),
        ]
    ),
    "JSON with a comment": raw_claims('"x":/**/1'),
    "control character in a string": raw_claims('"x":"\n"'),
    "header is a list": resigned("[]"),
    # failure mode 63
    "exp at this second": with_claims(exp=NOW),
    "exp in the past": with_claims(exp=NOW - 1),
    "exp in the past by a fraction": with_claims(exp=NOW - 0.5),
    "exp is true": with_claims(exp=True),
    "exp is a string": with_claims(exp=str(NOW + 600)),
    "exp is null": with_claims(exp=None),
    "exp is a list": with_claims(exp=[NOW + 600]),
    "exp is negative": with_claims(exp=-1),
    "no exp": with_claims(exp=...),
    "nbf in the future": with_claims(nbf=NOW + 1),
    "nbf is a string": with_claims(nbf="0"),
    "nbf is null": with_claims(nbf=None),
    "nbf is false": with_claims(nbf=False),
    "no iss": with_claims(iss=...),
    "iss is a list": with_claims(iss=[ISSUER]),
    "iss is null": with_claims(iss=None),
    "iss without its slash": with_claims(iss=ISSUER.rstrip("/")),
    "iss in other letters": with_claims(iss=ISSUER.upper()),
    "iss of another": with_claims(iss="https://issuer.example.evil/"),
    "cnf is a string": with_claims(cnf="x"),
    "cnf is empty": with_claims(cnf={}),
    "cnf is null": with_claims(cnf=None),
    "cnf of an unknown kind": with_claims(cnf={"kid": "one"}),
    "cnf of a known and an unknown kind": with_claims(cnf={"jkt": "x", "jwe": "y"}),
    "cnf.jkt is a number": with_claims(cnf={"jkt": 1}),
    "cnf.jkt is empty": with_claims(cnf={"jkt": ""}),
    "bound to a key, without proof": with_claims(
        cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}
    ),
    "bound to a certificate, without one": with_claims(
        cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}
    ),
    "signature gone": with_signature(lambda _: ""),
    "signature gone with its dot": with_signature(lambda _: "").rstrip("."),
    "signature cut": with_signature(lambda s: s[:-4]),
    "signature longer": with_signature(lambda s: s + "AAAA"),
    "signature twice": with_signature(lambda s: s + s),
    "signature of something else": with_signature(lambda _: RSA.sign("a.b")),
    "signature of zeros": with_signature(lambda s: "A" * len(s)),
    "signature with unused bits": with_signature(lambda s: s[:-1] + chr(ord(s[-1]) + 1)),
    "signature of a megabyte": with_signature(lambda _: "A" * 16000),
    "five parts": with_signature(lambda s: s + ".AA.AA"),
    "four parts": with_signature(lambda s: s + ".AA"),
    "two parts": "eyJhbGciOiJSUzI1NiJ9.e30",
    "JWE": ".".join(
        [b64(text_of({"alg": "RSA-OAEP", "enc": "A256GCM"}).encode()), "AA", "AA", "AA", "AA"]
    ),
    # failure mode 59
    "a header of a megabyte": b64(b" " * 1_000_000) + ".e30.AA",
    "a header of nine thousand": b64(b" " * 7_000) + ".e30.AA",
    "a token of a megabyte": "e30.e30." + "A" * 1_000_000,
    "dots alone": "..",
    "the standard alphabet": with_signature(lambda s: s.replace("-", "+").replace("_", "/") + "+/+/"),
    "a letter of base64 that never is": with_signature(lambda s: s[:-1]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_is_refused(name: str) -> None:
    assert answered(verifying(RSA), bearer(HOSTILE[name])) == INVALID


ECDSA: dict[str, Callable[[str], str]] = {
    "in DER": lambda s: b64(encode_dss_signature(*r_and_s(s))),
    "r = s = 0": lambda _: b64(bytes(64)),
    "r = 0": lambda s: b64(bytes(32) + _decoded(s)[32:]),
    "s = 0": lambda s: b64(_decoded(s)[:32] + bytes(32)),
    "r = n": lambda s: b64(N.to_bytes(32) + _decoded(s)[32:]),
    "s = n": lambda s: b64(_decoded(s)[:32] + N.to_bytes(32)),
    "r and s exchanged": lambda s: b64(_decoded(s)[32:] + _decoded(s)[:32]),
    "one octet more": lambda s: b64(_decoded(s) + b"\0"),
    "an octet before each": lambda s: b64(b"\0" + _decoded(s)[:32] + b"\0" + _decoded(s)[32:]),
}


@pytest.mark.parametrize("name", ECDSA)
def test_an_ecdsa_signature_that_is_written_otherwise_is_refused(name: str) -> None:
    assert answered(verifying(EC), bearer(with_signature(ECDSA[name], EC))) == INVALID


@pytest.mark.parametrize("change", [malleable, lambda _: b64(bytes(64)), lambda s: s[:-8]])
def test_an_ed25519_signature_that_is_written_otherwise_is_refused(change: Callable[[str], str]) -> None:
    assert answered(verifying(OKP), bearer(with_signature(change, OKP))) == INVALID


def test_the_key_of_one_issuer_does_not_speak_for_another() -> None:
    other = signer("RS256", "one", 1)
    issuers = [trusting(RSA), trusting(other, identifier="https://other.example/")]
    verifier = Verifier(issuers, clock=Clock())
    assert answered(verifier, bearer(other.token(claims()))) == INVALID
    assert isinstance(
        answered(verifier, bearer(other.token(claims(iss="https://other.example/")))), Verified
    )


def test_keys_that_a_header_points_to_are_not_fetched() -> None:
    with serving() as server:
        forging = signer("RS256", "one", 1)
        for name in ("jku", "x5u"):
            token = forging.token(claims(), RSA.header(**{name: server.url}))
            assert answered(verifying(RSA), bearer(token)) == INVALID
        assert server.asked == []


def test_the_token_of_an_unknown_issuer_is_refused_without_asking_anybody() -> None:
    with serving() as server:
        issuer = Issuer(server.url, algorithms=("RS256",), allow_http=True)
        verifier = Verifier([issuer], clock=Clock())
        assert answered(verifier, bearer(RSA.token(claims()))) == INVALID
        assert server.asked == []


def test_a_header_that_names_keys_does_no_harm_where_the_signature_is_right() -> None:
    token = with_header(
        jwk=EC.jwk(), jku="https://evil.example/", x5u="https://evil.example/", x5c=["MIIB"]
    )
    assert isinstance(answered(verifying(RSA), bearer(token)), Verified)


# ---- the Authorization header

GOOD = RSA.token(claims())

HEADERS: dict[str, tuple[list[str], tuple[int, str | None]]] = {
    "none": ([], (401, None)),
    "Basic": (["Basic YWJjOmRlZg=="], (401, None)),
    "empty": ([""], (401, None)),
    "blank": ([" "], (401, None)),
    "token alone": ([GOOD], (401, None)),
    "two": ([f"Bearer {GOOD}", f"Bearer {GOOD}"], MALFORMED),
    "Bearer and Basic": ([f"Bearer {GOOD}", "Basic YWJjOmRlZg=="], MALFORMED),
    "joined by a comma": ([f"Bearer {GOOD}, Bearer {GOOD}"], MALFORMED),
    "scheme alone": (["Bearer"], MALFORMED),
    "scheme and blank": (["Bearer "], MALFORMED),
    "two tokens": ([f"Bearer {GOOD} {GOOD}"], MALFORMED),
    "a blank after it": ([f"Bearer {GOOD} "], MALFORMED),
    "a tab between": ([f"Bearer\t{GOOD}"], (401, None)),
    "a newline after it": ([f"Bearer {GOOD}\n"], MALFORMED),
    "in quotes": ([f'Bearer "{GOOD}"'], MALFORMED),
    "a letter beyond ASCII": ([f"Bearer {GOOD}\u00e9"], MALFORMED),
    "a NUL": ([f"Bearer \0{GOOD}"], MALFORMED),
    "padding inside": ([f"Bearer a=b.{GOOD}"], MALFORMED),
    "padding at the end": ([f"Bearer {GOOD}=="], INVALID),
    "a parameter": ([f"Bearer token={GOOD}"], MALFORMED),
}


@pytest.mark.parametrize("name", HEADERS)
def test_an_authorization_header_that_is_not_as_it_should_be(name: str) -> None:
    values, answer = HEADERS[name]
    assert answered(verifying(RSA), Credentials(values)) == answer


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR   "])
def test_a_scheme_has_no_case(scheme: str) -> None:
    assert isinstance(answered(verifying(RSA), Credentials([scheme + GOOD])), Verified)


def test_times_are_compared_as_rfc_7519_says() -> None:
    clock = Clock()
    verifier = verifying(RSA, clock=clock, leeway=0)
    token = RSA.token(claims(exp=NOW + 1, nbf=NOW))
    assert isinstance(answered(verifier, bearer(token)), Verified)
    clock.now = NOW + 0.999
    assert isinstance(answered(verifier, bearer(token)), Verified)
    clock.now = NOW + 1
    assert answered(verifier, bearer(token)) == INVALID


def test_a_leeway_moves_both_ends() -> None:
    verifier = verifying(RSA, leeway=10)
    good = [claims(exp=NOW - 9), claims(nbf=NOW + 10)]
    bad = [claims(exp=NOW - 10), claims(nbf=NOW + 11)]
    assert all(isinstance(answered(verifier, bearer(RSA.token(each))), Verified) for each in good)
    assert all(answered(verifier, bearer(RSA.token(each))) == INVALID for each in bad)


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "jwt", "Application/JWT"])
def test_a_type_has_no_case_and_may_be_written_out(kind: str) -> None:
    assert isinstance(answered(verifying(RSA), bearer(with_header(typ=kind))), Verified)


def test_a_header_without_type_is_let_in_where_the_issuer_sends_none() -> None:
    token = bearer(with_header(typ=...))
    assert isinstance(answered(verifying(RSA), token), Verified)
    strict = Verifier([trusting(RSA, types=("at+jwt",))], clock=Clock())
    assert answered(strict, token) == INVALID
    assert answered(strict, bearer(with_header(typ="JWT"))) == INVALID
    loose = Verifier([trusting(RSA, types=None)], clock=Clock())
    assert isinstance(answered(loose, bearer(with_header(typ="anything"))), Verified)
