"""From an Authorization header to a decision: what the verifier hands over is what the engine takes."""

from pathlib import Path

import pytest

from remit import Engine
from remit.bearer import Credentials, Verifier
from remit.tokens.facts import Presented
from tests.issuing import ISSUER, NOW, URL, Clock, bearer, claims, proof, signer, trusting

POLICY = """
api documents {
  audience "https://api.example/"
  issuer   "https://issuer.example/" profile auth0
  scope read, write
}

resource Document {
  action read  needs read
  action write needs write
  permit any to entitled
}
"""

ISSUING = signer("ES256", "one", 1)
KEY = signer("ES256", None, 9)
SAID = {"permissions": ["read", "write"]}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    path = tmp_path / "documents.remit"
    path.write_text(POLICY, encoding="utf-8")
    return Engine.load(path)


@pytest.fixture
def verifier() -> Verifier:
    return Verifier([trusting(ISSUING)], clock=Clock())


def test_a_verified_token_decides(engine: Engine, verifier: Verifier) -> None:
    assert trusting(ISSUING).identifier == ISSUER
    for _ in range(2):  # the second time, what is remembered
        verified = verifier.verify(bearer(ISSUING.token(claims(**SAID))))
        who = engine.principal(verified.claims, header=verified.header, presented=verified.presented)
        assert engine.allows(who, "read", ("Document", {}), now=NOW)
        assert not engine.allows(who, "write", ("Document", {}), now=NOW)


def test_a_bound_token_decides_with_the_proof_that_was_checked(
    engine: Engine, verifier: Verifier
) -> None:
    token = ISSUING.token(claims(cnf={"jkt": KEY.thumbprint}, **SAID))
    verified = verifier.verify(Credentials([f"DPoP {token}"], [proof(KEY, token)], "GET", URL))
    who = engine.principal(verified.claims, header=verified.header, presented=verified.presented)
    assert engine.allows(who, "read", ("Document", {}), now=NOW)
    for presented in (Presented(), Presented(jkt=ISSUING.thumbprint)):
        stranger = engine.principal(verified.claims, header=verified.header, presented=presented)
        assert not engine.allows(stranger, "read", ("Document", {}), now=NOW)
