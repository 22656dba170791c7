"""The documents policy against a function written by hand: scenario S2."""

import random
from pathlib import Path
from typing import Any

from remit import Engine, VerifiedClaims

POLICY = Path("policies/documents")
NOW = 1_800_000_000.0
ISSUER = "https://example.eu.auth0.com/"
AUDIENCE = "https://api.example.com/documents"
ACTIONS = ("read", "write", "share", "delete")
GRANTS = {
    "viewer": {"read"},
    "editor": {"read", "write", "share"},
    "admin": {"read", "write", "share", "delete"},
}


def by_hand(claims: dict[str, Any], action: str, document: dict[str, Any]) -> bool:
    """What S2 asks for, as a service would write it."""
    if f"{action}:documents" not in claims.get("scope", "").split(" "):
        return False
    if claims["tenant"] != document["tenant"]:
        return False
    if document["classification"] == "secret" and claims.get("mfa") is not True:
        return False
    if any(action in GRANTS.get(role, ()) for role in claims["roles"]):
        return True
    if document["owner"] == claims["sub"]:
        return True
    return action == "read" and claims["sub"] in document["shared_with"]


def claims_of(rng: random.Random) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": rng.choice([AUDIENCE, [AUDIENCE, f"{ISSUER}userinfo"]]),
        "exp": NOW + 60,
        "sub": f"auth0|user{rng.randrange(8)}",
        "tenant": rng.choice(["t1", "t1", "t2"]),
        "roles": rng.sample(["viewer", "editor", "admin", "stranger"], rng.randrange(3)),
    }
    scopes = [f"{action}:documents" for action in ACTIONS if rng.random() < 0.7]
    claims["scope"] = " ".join(["openid", *scopes])
    mfa = rng.choice(["absent", True, False])
    if mfa != "absent":
        claims["mfa"] = mfa
    return claims


def document_of(rng: random.Random) -> dict[str, Any]:
    users = [f"auth0|user{number}" for number in range(8)]
    return {
        "owner": rng.choice(users),
        "tenant": rng.choice(["t1", "t1", "t2"]),
        "classification": rng.choice(["public", "internal", "secret"]),
        "shared_with": rng.sample(users, rng.randrange(4)),
    }


def test_ten_thousand_requests_come_out_as_by_hand() -> None:
    engine = Engine.load(POLICY)
    rng = random.Random(2)
    allowed = 0
    for _ in range(10_000):
        claims, action, document = claims_of(rng), rng.choice(ACTIONS), document_of(rng)
        who = engine.principal(VerifiedClaims(claims))
        expected = by_hand(claims, action, document)
        assert engine.allows(who, action, ("Document", document), now=NOW) is expected
        assert engine.decide(who, action, ("Document", document), now=NOW).allowed is expected
        allowed += expected
    assert 1_500 < allowed < 8_500
