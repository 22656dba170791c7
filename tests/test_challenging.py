"""Each denial -> how an HTTP service answers it, over the documents policy and policies made for it."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from remit import Assignment, Challenge, Engine, Principal, VerifiedClaims
from remit.tokens import findings

ISSUER, API = "https://example.eu.auth0.com/", "https://api.example.com/documents"
NOW = 1_795_000_000.0
ANN: dict[str, object] = {
    "iss": ISSUER,
    "aud": API,
    "sub": "auth0|ann",
    "azp": "web",
    "exp": NOW + 60,
    "scope": "read:documents",
    "roles": ["viewer"],
    "tenant": "t1",
}
PLAN: dict[str, object] = {
    "owner": "auth0|bob",
    "tenant": "t1",
    "classification": "internal",
    "shared_with": [],
}
DOCUMENTS = Engine.load("policies/documents", clock=lambda: NOW)


def token(of: Engine, **changes: object) -> Principal:
    return of.principal(VerifiedClaims({**ANN, **changes}))


def answer(who: Principal | None, action: str, **changes: object) -> Challenge | None:
    return DOCUMENTS.challenge(who, action, ("Document", {**PLAN, **changes}))


INVALID, SCOPE = "invalid_token", "insufficient_scope"


@pytest.mark.parametrize(
    ("claims", "action", "resource", "expected"),
    [
        ({}, "read", {}, None),
        ({}, "write", {"owner": "auth0|ann"}, Challenge(403, SCOPE, scopes=("write:documents",))),
        # the role is missing as well: no scope would do
        ({}, "write", {}, Challenge(403)),
        ({}, "read", {"tenant": "t2"}, Challenge(403)),
        ({"scope": ""}, "read", {}, Challenge(403, SCOPE, scopes=("read:documents",))),
        ({"scope": ""}, "read", {"tenant": "t2"}, Challenge(403)),
        ({"exp": NOW}, "read", {}, Challenge(401, INVALID, findings.EXPIRED)),
        ({"nbf": NOW + 1}, "read", {}, Challenge(401, INVALID, findings.NOT_YET)),
        ({"aud": "else"}, "read", {}, Challenge(401, INVALID, findings.NO_AUDIENCE)),
        ({"aud": "else"}, "fly", {}, Challenge(401, INVALID, findings.NO_AUDIENCE)),
        ({}, "fly", {}, Challenge(403)),
    ],
)
def test_a_denial_is_answered_by_what_would_change_it(
    claims: dict[str, object], action: str, resource: dict[str, object], expected: Challenge | None
) -> None:
    assert answer(token(DOCUMENTS, **claims), action, **resource) == expected


def test_who_brings_no_token_is_asked_for_one() -> None:
    assert answer(None, "read") == Challenge(401)
    assert DOCUMENTS.foresee(None, "read", "Document") == Challenge(401)


def test_what_is_no_principal_is_not_let_through() -> None:
    stranger: Any = "ann"
    assert answer(stranger, "read") == Challenge(403)
    broken: Any = float("nan")
    assert DOCUMENTS.challenge(token(DOCUMENTS), "read", ("Document", PLAN), now=broken) is not None
    unreadable: Any = 7
    asked = DOCUMENTS.challenge(token(DOCUMENTS), "read", ("Document", PLAN), context=unreadable)
    assert asked == Challenge(403)
    foreseen = DOCUMENTS.foresee(token(DOCUMENTS), "read", "Document", context=unreadable)
    assert foreseen == Challenge(403)


POLICY = """
api a {
  audience "a"
  issuer "i" profile custom
  scope r, w, x, y
  role clerk grants r, w, x, y
  client job grants r
  client web
  action ping needs (r and w) or (x and y)
  permit ping to entitled
}

resource Safe {
  owner: user
  level: "low" | "high"
  vip:   bool

  action open needs r
  permit open to entitled
  require open acr "gold", "silver" when level == "high"
  require open acr "gold" when vip
  require open max_age 5m when level == "high"
  require open max_age 1h when level == "low"
  forbid open when vip and token.kind == "client"
}
"""
TWO = Engine.from_text(POLICY, clock=lambda: NOW)
CALLER: dict[str, object] = {
    "iss": "i",
    "aud": "a",
    "sub": "u",
    "client_id": "web",
    "exp": NOW + 60,
    "roles": ["clerk"],
    "auth_time": int(NOW) - 4000,
}
STEP_UP = "insufficient_user_authentication"


def asked(action: str, resource: dict[str, object] | None = None, **changes: object) -> Challenge | None:
    who = TWO.principal(VerifiedClaims({**CALLER, **changes}))
    return TWO.challenge(who, action, None if resource is None else ("Safe", {"owner": "u", **resource}))


@pytest.mark.parametrize(
    ("held", "scopes"),
    [("", ("r", "w")), ("r", ("r", "w")), ("x", ("x", "y")), ("y r", ("r", "w")), ("y", ("x", "y"))],
)
def test_of_several_alternatives_the_nearest_is_asked_for(held: str, scopes: tuple[str, ...]) -> None:
    # RFC 6750, section 3: all scopes that the operation needs, those that are there among them
    assert asked("ping", scope=held) == Challenge(403, SCOPE, scopes=scopes)


def test_a_scope_that_the_application_may_not_have_is_not_asked_for() -> None:
    job: dict[str, object] = {"sub": "job", "client_id": "job", "scope": "r"}
    assert asked("ping", None, **job) == Challenge(403)
    assert asked("ping", client_id="unknown") == Challenge(403)


@pytest.mark.parametrize(
    ("claims", "resource", "expected"),
    [
        ({"acr": "silver"}, {"level": "low", "vip": False}, Challenge(401, STEP_UP, max_age=3600)),
        (
            {},
            {"level": "high", "vip": False},
            Challenge(401, STEP_UP, acr_values=("gold", "silver"), max_age=300),
        ),
        ({"acr": "silver"}, {"level": "high", "vip": False}, Challenge(401, STEP_UP, max_age=300)),
        (
            {"acr": "silver"},
            {"level": "high", "vip": True},
            Challenge(401, STEP_UP, acr_values=("gold",), max_age=300),
        ),
        (
            {"auth_time": int(NOW)},
            {"level": "low", "vip": True},
            Challenge(401, STEP_UP, acr_values=("gold",)),
        ),
        (
            {"scope": "", "auth_time": int(NOW)},
            {"level": "low", "vip": True},
            Challenge(401, STEP_UP, scopes=("r",), acr_values=("gold",)),
        ),
        # a forbid stands behind it, or the role is missing: no login would do
        ({"roles": []}, {"level": "high", "vip": False}, Challenge(403)),
        # nobody can log in for a client
        ({"sub": "web", "acr": "gold"}, {"level": "low", "vip": False}, Challenge(403)),
    ],
)
def test_a_login_is_asked_for_that_would_do(
    claims: dict[str, object], resource: dict[str, object], expected: Challenge
) -> None:
    assert asked("open", resource, **{"scope": "r", **claims}) == expected


def test_a_directory_that_said_nothing_lately_is_no_fault_of_the_token() -> None:
    said: dict[tuple[str, str, str | None], Assignment] = {("i", "u", None): Assignment(["clerk"])}
    engine = Engine.from_text(POLICY, clock=lambda: NOW, directory=said, directory_freshness=10)
    who = engine.principal(VerifiedClaims({**CALLER, "scope": "r w"}))
    assert engine.challenge(who, "ping") is None
    assert engine.challenge(who, "ping", now=NOW + 10) == Challenge(403)
    assert engine.challenge(who, "ping", now=NOW + 60) == Challenge(403)


# ---- without the resource


@pytest.mark.parametrize(
    ("claims", "action", "expected"),
    [
        ({}, "read", None),
        ({}, "write", Challenge(403, SCOPE, scopes=("write:documents",))),
        ({"scope": "write:documents"}, "write", None),
        ({"exp": NOW}, "read", Challenge(401, INVALID, findings.EXPIRED)),
        ({}, "fly", Challenge(403)),
    ],
)
def test_a_denial_that_no_resource_changes_is_foreseen(
    claims: dict[str, object], action: str, expected: Challenge | None
) -> None:
    assert DOCUMENTS.foresee(token(DOCUMENTS, **claims), action, "Document") == expected


LOOK = """
api a {{ audience "a" issuer "i" profile custom }}
token {{ mfa: bool }}
context {{ word: string }}
resource Safe {{
  owner: user  open: bool  seal?: string  parts: set<string>
  action look needs nothing
  permit look {rule}
}}
"""


@pytest.mark.parametrize(
    ("rule", "possible"),
    [
        ("to owner", True),
        ("to owner when token.mfa", False),
        ("to anyone when open", True),
        ("to anyone when not open", True),
        ("to anyone when has seal", True),
        ("to anyone when count(parts) > 1", True),
        ("to anyone when any p in parts where p == context.word", True),
        ('to anyone when context.word == "x"', False),
        ('to anyone when context.word == "y"', True),
        ("to anyone when token.mfa", False),
        ("to anyone when not token.mfa", True),
        ("to anyone when token.mfa and open", False),
        ("to anyone when open and not token.mfa", True),
        ("to anyone when open or token.mfa", True),
        ("to anyone when not (open or not token.mfa)", False),
        ("to anyone forbid look when open", True),
        ("to anyone forbid look when not token.mfa", False),
        ("to anyone forbid look when open or not token.mfa", False),
    ],
)
def test_what_is_foreseen_depends_on_the_resource_where_it_is_read_alone(
    rule: str, possible: bool
) -> None:
    engine = Engine.from_text(LOOK.format(rule=rule), clock=lambda: NOW)
    who = engine.principal(VerifiedClaims({**CALLER, "mfa": False}))
    foreseen = engine.foresee(who, "look", "Safe", context={"word": "y"})
    assert (foreseen is None) is possible


@dataclass
class Document:
    """A class of the service's, of the same name as the type."""

    owner: str


def test_a_class_stands_for_the_type_of_its_name() -> None:
    assert DOCUMENTS.foresee(token(DOCUMENTS), "read", Document) is None
    assert DOCUMENTS.foresee(token(DOCUMENTS), "write", Document) is not None
    assert TWO.foresee(None, "ping") == Challenge(401)


@pytest.mark.volume
def test_what_is_foreseen_no_resource_changes_and_no_challenge_is_in_vain() -> None:
    order = random.Random(5)
    scopes = ["read:documents", "write:documents", "share:documents", "delete:documents"]
    seen: set[tuple[bool, bool, int | None]] = set()
    for _ in range(4000):
        claims: dict[str, object] = {
            "scope": " ".join(order.sample(scopes, order.randrange(5))),
            "roles": order.sample(["viewer", "editor", "admin"], order.randrange(2)),
            "tenant": order.choice(["t1", "t2"]),
            "mfa": order.random() < 0.5,
        }
        who = token(DOCUMENTS, **claims)
        action = order.choice(["read", "write", "share", "delete"])
        document = (
            "Document",
            PLAN
            | {
                "owner": order.choice(["auth0|ann", "auth0|bob"]),
                "tenant": order.choice(["t1", "t2", 7]),
                "classification": order.choice(["public", "internal", "secret"]),
                "shared_with": order.sample(["auth0|ann", "auth0|eve"], order.randrange(3)),
            },
        )
        allowed = DOCUMENTS.allows(who, action, document)
        challenge = DOCUMENTS.challenge(who, action, document)
        foreseen = DOCUMENTS.foresee(who, action, "Document")
        assert allowed is (challenge is None)
        if allowed:
            assert foreseen is None
        if challenge is not None and challenge.scopes:
            granted = " ".join((str(claims["scope"]), *challenge.scopes))
            assert DOCUMENTS.allows(token(DOCUMENTS, **{**claims, "scope": granted}), action, document)
        seen.add((allowed, foreseen is None, None if challenge is None else len(challenge.scopes)))
    assert len(seen) == 4, seen


def test_many_rules_under_one_head_are_foreseen_as_few_are() -> None:
    rules = "\n".join(f'permit open to anyone when tenant == "t{n}"' for n in range(2000))
    engine = Engine.from_text(
        'api a { audience "a" issuer "i" profile custom scope r, w }\n'
        f"resource Room {{ tenant: string\n action open needs r\n {rules}\n"
        ' forbid open when tenant == "x" }'
    )
    claims = {"iss": "i", "aud": "a", "sub": "u", "client_id": "c", "exp": 4_000_000_000}
    without = engine.principal(VerifiedClaims(claims))
    assert engine.foresee(without, "open", "Room") == Challenge(403, SCOPE, scopes=("r",))
    with_it = engine.principal(VerifiedClaims({**claims, "scope": "r"}))
    assert engine.foresee(with_it, "open", "Room") is None
    assert engine.challenge(with_it, "open", ("Room", {"tenant": "t1999"})) is None
    assert engine.challenge(with_it, "open", ("Room", {"tenant": "x"})) == Challenge(403)
