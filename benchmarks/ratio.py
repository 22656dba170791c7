"""`allows` and `decide` against the same rules written by hand: ratios, taken side by side.

    python -m benchmarks.ratio

The function by hand is what a service without an engine would call: it takes the claims as the JWT
library left them, checks what remit guarantees at each call (issuer, audience, time, scope, the types of
what it reads) and then all that the documents policy says. remit is handed a principal, as a service
makes it once for a token. Each round times a block of calls of every candidate in turn; the figure is
the median of the rounds' ratios.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from remit import Engine, VerifiedClaims

ROUNDS = 41
CALLS = 20_000
NOW = time.time()
ISSUER = "https://example.eu.auth0.com/"
AUDIENCE = "https://api.example.com/documents"
CLASSIFICATIONS = ("public", "internal", "secret")
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": [AUDIENCE, f"{ISSUER}userinfo"],
    "sub": "auth0|ann",
    "iat": int(NOW),
    "exp": int(NOW) + 3600,
    "scope": "openid read:documents write:documents",
    "roles": ["viewer"],
    "tenant": "acme",
}
DOCUMENT: dict[str, Any] = {
    "owner": "auth0|bob",
    "tenant": "acme",
    "classification": "internal",
    "shared_with": ["auth0|eve", "auth0|ann"],
}
GRANTS = {
    "viewer": frozenset({"read:documents"}),
    "editor": frozenset({"read:documents", "write:documents", "share:documents"}),
    "admin": frozenset({"read:documents", "write:documents", "share:documents", "delete:documents"}),
}
NEEDS = {action: f"{action}:documents" for action in ("read", "write", "share", "delete")}


def in_force(claims: dict[str, Any]) -> bool:
    """Issuer, audience and time: what a host that only verified the signature must still look at."""
    if claims.get("iss") != ISSUER:
        return False
    audience = claims.get("aud")
    if audience != AUDIENCE and not (type(audience) is list and AUDIENCE in audience):
        return False
    expires = claims.get("exp")
    return type(expires) is int and time.time() < expires


def by_hand(claims: dict[str, Any], action: str, document: dict[str, Any]) -> bool:
    """The documents policy, with the tests of types by which a wrong value becomes a no."""
    scope = claims.get("scope")
    if not in_force(claims) or type(scope) is not str:
        return False
    need = NEEDS[action]
    if need not in scope.split(" "):
        return False
    tenant = document.get("tenant")
    if type(tenant) is not str or tenant != claims.get("tenant"):
        return False
    classification = document.get("classification")
    if classification not in CLASSIFICATIONS:
        return False
    if classification == "secret" and claims.get("mfa") is not True:
        return False
    if any(need in GRANTS.get(role, ()) for role in claims["roles"]):
        return True
    subject = claims["sub"]
    if document.get("owner") == subject:
        return True
    return action == "read" and subject in document["shared_with"]


def seconds(call: Callable[[], object]) -> float:
    """How long a block of calls takes, the loop around them included for every candidate alike."""
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - start


def ratios(action: str, claims: dict[str, Any]) -> tuple[float, float, float]:
    """Nanoseconds of a call by hand, and the ratios of `allows` and `decide` to it."""
    engine = Engine.load("policies/documents")
    who = engine.principal(VerifiedClaims(claims))
    pair = ("Document", DOCUMENT)
    answers = {
        by_hand(claims, action, DOCUMENT),
        engine.allows(who, action, pair),
        engine.decide(who, action, pair).allowed,
    }
    if len(answers) != 1:
        sys.exit("the candidates do not agree")
    hand, allows, decide = [], [], []
    for _ in range(ROUNDS):
        hand.append(seconds(lambda: by_hand(claims, action, DOCUMENT)))
        allows.append(seconds(lambda: engine.allows(who, action, pair)) / hand[-1])
        decide.append(seconds(lambda: engine.decide(who, action, pair)) / hand[-1])
    nanoseconds = statistics.median(hand) / CALLS * 1e9
    return nanoseconds, statistics.median(allows), statistics.median(decide)


def main() -> None:
    """Print the table."""
    print(f"{'question':<28}{'by hand':>10}{'allows':>9}{'decide':>9}")
    questions = {
        "allowed by role": ("read", CLAIMS),
        "allowed by sharing": ("read", CLAIMS | {"roles": ["stranger"]}),
        "denied, no permission": ("write", CLAIMS),
        "denied, no scope": ("delete", CLAIMS),
        "denied, other tenant": ("read", CLAIMS | {"tenant": "other"}),
    }
    rows = {name: ratios(action, claims) for name, (action, claims) in questions.items()}
    for name, (hand, allows, decide) in rows.items():
        print(f"{name:<28}{hand:>7.0f} ns{allows:>8.2f}x{decide:>8.2f}x")
    whole = sum(hand for hand, _, _ in rows.values())
    allows = sum(hand * ratio for hand, ratio, _ in rows.values()) / whole
    decide = sum(hand * ratio for hand, _, ratio in rows.values()) / whole
    print(
        f"{'all of them, equally often':<28}{whole / len(rows):>7.0f} ns{allows:>8.2f}x{decide:>8.2f}x"
    )


if __name__ == "__main__":
    main()
