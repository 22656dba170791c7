"""Examples that the RFCs print: what they say is good is let in, and comes out as they say."""

from dataclasses import replace

import pytest

from remit.bearer import Credentials, Introspection, Issuer, Refused, Verified, Verifier
from remit.bearer.compact import parse
from remit.bearer.decoding import Unreadable, base64url
from remit.bearer.possession import token_hash
from remit.bearer.signatures import Key, public_key, secret_key
from tests.issuing import Clock, answered, json_answer, serving

# RFC 7515, appendices A.1 to A.3: one payload, {"iss":"joe","exp":1300819380,...}
EXPIRES = 1_300_819_380
PAYLOAD = (
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
HS256 = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
HS256_KEY = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
RS256 = (
    f"eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
    "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
    "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
    "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
RS256_KEY = {
    "kty": "RSA",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHm"
    "fHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
    "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KX"
    "BdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
    "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e": "AQAB",
}
ES256 = (
    f"eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
ES256_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}

# RFC 8037, appendix A.4: its payload is a sentence, so it is verified below the level of tokens.
ED25519_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
ED25519_SIGNED = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
ED25519_SIGNATURE = (
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

# RFC 7638, section 3.1
THUMBPRINT_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtV"
    "T86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX"
    "jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs"
    "8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

# RFC 9449, section 7.1 (the request to a protected resource) and section 6.1 (`cnf`)
DPOP_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
DPOP_PROOF = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZ"
    "OXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIs"
    "ImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJ"
    "jZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05"
    "yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmc"
    "w6Fy1dqd-jfxSYoMxhAJpLjA"
)
DPOP_MADE = 1_562_262_618
DPOP_JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def key_of(jwk: dict[str, str]) -> Key:
    key = public_key(jwk)
    assert key is not None
    return key


@pytest.mark.parametrize(
    ("token", "algorithm", "jwk"), [(RS256, "RS256", RS256_KEY), (ES256, "ES256", ES256_KEY)]
)
def test_the_examples_of_rfc_7515_are_let_in_until_they_expire(
    token: str, algorithm: str, jwk: dict[str, str]
) -> None:
    clock = Clock(EXPIRES - 1)
    verifier = Verifier([Issuer("joe", jwks={"keys": [jwk]}, algorithms=(algorithm,))], clock=clock)
    verified = answered(verifier, Credentials([f"Bearer {token}"]))
    assert isinstance(verified, Verified)
    assert dict(verified.claims) == {"iss": "joe", "exp": EXPIRES, "http://example.com/is_root": True}
    clock.now = EXPIRES
    assert answered(verifier, Credentials([f"Bearer {token}"])) == (401, "invalid_token")


def test_the_example_of_rfc_7515_with_a_secret_verifies() -> None:
    parts = parse(HS256, 1000)
    key = secret_key(base64url(HS256_KEY))
    assert key.fits("HS256")
    assert key.verifies("HS256", parts.signed, parts.signature)
    assert not key.verifies("HS256", parts.signed + b" ", parts.signature)


def test_the_example_of_rfc_8037_verifies() -> None:
    key = key_of(ED25519_KEY)
    assert key.fits("EdDSA")
    assert key.verifies("EdDSA", ED25519_SIGNED.encode(), base64url(ED25519_SIGNATURE))
    with pytest.raises(Unreadable):
        parse(f"{ED25519_SIGNED}.{ED25519_SIGNATURE}", 1000)


def test_thumbprints_are_those_of_the_rfcs() -> None:
    assert key_of(THUMBPRINT_KEY).thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert key_of(ED25519_KEY).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_hash_of_a_token_is_that_of_rfc_9449() -> None:
    assert token_hash(DPOP_TOKEN) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def test_the_request_of_rfc_9449_is_let_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_API", "s")
    answer = {"active": True, "exp": DPOP_MADE + 600, "cnf": {"jkt": DPOP_JKT}}
    request = Credentials(
        [f"DPoP {DPOP_TOKEN}"], [DPOP_PROOF], "GET", "https://resource.example.org/protectedresource"
    )
    with serving() as server:
        server.answers["/introspect"] = json_answer(answer)
        asking = Introspection(
            server.url + "/introspect",
            "api",
            "SECRET_OF_THE_API",
            "https://as.example.org",
            allow_http=True,
        )
        verifier = Verifier([], introspection=asking, clock=Clock(DPOP_MADE + 1))
        verified = verifier.verify(request)
        assert (verified.scheme, verified.presented.jkt, verified.header) == ("DPoP", DPOP_JKT, None)
        assert verified.claims["iss"] == "https://as.example.org"
        with pytest.raises(Refused, match="used before") as caught:
            verifier.verify(request)
        assert caught.value.scheme == "DPoP"
        assert caught.value.challenge.error == "invalid_dpop_proof"
        other = replace_method(request, "POST")
        with pytest.raises(Refused, match="another method"):
            verifier.verify(other)


def replace_method(request: Credentials, method: str) -> Credentials:
    return request._replace(method=method)


def test_a_published_signature_is_no_other_keys() -> None:
    parts = parse(ES256, 1000)
    key = key_of(ES256_KEY)
    assert key.verifies("ES256", parts.signed, parts.signature)
    other = replace(key_of(ES256_KEY | {"x": ES256_KEY["x"]}), native=key_of(DPOP_KEY).native)
    assert not other.verifies("ES256", parts.signed, parts.signature)


DPOP_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
}


def test_the_key_of_rfc_9449_has_the_thumbprint_that_its_token_is_bound_to() -> None:
    assert key_of(DPOP_KEY).thumbprint == DPOP_JKT
