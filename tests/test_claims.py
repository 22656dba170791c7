"""Claims of access tokens: which make a principal, and what it may do by them."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from remit import Engine, Presented, Principal, VerifiedClaims
from remit.tokens import findings

AUTH0, OTHER = "https://example.eu.auth0.com/", "https://idp.example.com/"
API = "https://api.example.com/notes"
POLICY = """
api notes {
  scope read:notes, write:notes
  scope all:notes implies read:notes, write:notes
  role reader grants read:notes
  role admin extends reader grants all:notes
  action read needs read:notes
  action write needs write:notes
  permit any to entitled
}
resource Note {
  owner: user
  action own needs read:notes
  permit own to owner
  forbid own when owner != token.sub
}
"""
NOW = 1_900_000_000
CLAIMS: dict[str, Any] = {
    "iss": AUTH0,
    "aud": [API, f"{AUTH0}userinfo"],
    "sub": "auth0|ann",
    "azp": "web-app",
    "iat": NOW - 60,
    "exp": NOW + 60,
    "scope": "openid read:notes write:notes",
    "permissions": ["read:notes"],
}
RFC9068: dict[str, Any] = {
    "iss": OTHER,
    "aud": API,
    "sub": "5ba552d67",
    "client_id": "s6BhdRkqt3",
    "jti": "dbe39bf3a3ba4238",
    "iat": NOW - 60,
    "exp": NOW + 60,
    "scope": "read:notes",
    "roles": ["reader"],
}
HEADER = {"typ": "at+jwt", "alg": "RS256"}


def engine_for(issuer: str, profile: str) -> Engine:
    return Engine.from_text(POLICY, audience=API, issuers={issuer: profile}, clock=lambda: float(NOW))


BY_AUTH0 = engine_for(AUTH0, "auth0")
BY_RFC = engine_for(OTHER, "rfc9068")


def auth0(**changes: object) -> Principal:
    return BY_AUTH0.principal(VerifiedClaims(without_none(CLAIMS | changes)))


def rfc9068(header: Mapping[str, object] | None = HEADER, **changes: object) -> Principal:
    return BY_RFC.principal(VerifiedClaims(without_none(RFC9068 | changes)), header=header)


def without_none(claims: dict[str, Any]) -> dict[str, Any]:
    """None takes a claim out."""
    return {name: value for name, value in claims.items() if value is not None}


def may(who: Principal, engine: Engine = BY_AUTH0) -> str:
    return " ".join(action for action in ("read", "write") if engine.allows(who, action))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"iss": None}, findings.NO_ISSUER),
        ({"iss": AUTH0.rstrip("/")}, findings.NO_ISSUER),
        ({"iss": AUTH0.upper()}, findings.NO_ISSUER),
        ({"iss": [AUTH0]}, findings.NO_ISSUER),
        ({"aud": None}, findings.NO_AUDIENCE),
        ({"aud": f"{API}/"}, findings.NO_AUDIENCE),
        ({"aud": f"{API} {AUTH0}"}, findings.NO_AUDIENCE),
        ({"aud": []}, findings.NO_AUDIENCE),
        ({"aud": {API: 1}}, findings.NO_AUDIENCE),
        ({"aud": [API, 1]}, findings.wrong_type("aud")),
        ({"sub": None}, findings.NO_SUBJECT),
        ({"sub": ""}, findings.NO_SUBJECT),
        ({"sub": 7}, findings.NO_SUBJECT),
        ({"exp": None}, findings.missing("exp")),
        ({"exp": str(NOW + 60)}, findings.wrong_type("exp")),
        ({"exp": True}, findings.wrong_type("exp")),
        ({"exp": -1}, findings.wrong_type("exp")),
        ({"exp": float("inf")}, findings.wrong_type("exp")),
        ({"exp": float("nan")}, findings.wrong_type("exp")),
        ({"nbf": "0"}, findings.wrong_type("nbf")),
        ({"iat": "0"}, findings.wrong_type("iat")),
        ({"scope": ["read:notes"]}, findings.wrong_type("scope")),
        ({"permissions": "read:notes"}, findings.wrong_type("permissions")),
        ({"permissions": [1]}, findings.wrong_type("permissions")),
        ({"permissions": [{"value": "read:notes"}]}, findings.wrong_type("permissions")),
        ({"roles": "admin"}, findings.wrong_type("roles")),
        ({"cnf": {"jkt": "x"}}, findings.BOUND),
        ({"act": {"sub": "x"}}, findings.DELEGATED),
    ],
)
def test_an_auth0_token_is_refused_by_what_is_wrong_with_it(
    changes: dict[str, object], problem: str
) -> None:
    who = auth0(**changes)
    assert who.problem == problem
    assert may(who) == ""
    assert BY_AUTH0.decide(who, "read").reason == problem


JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
X5T = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"


@pytest.mark.parametrize(
    ("confirmation", "presented", "problem"),
    [
        ({"jkt": JKT}, Presented(jkt=JKT), None),
        ({"x5t#S256": X5T}, Presented(x5t_s256=X5T), None),
        ({"jkt": JKT, "x5t#S256": X5T}, Presented(JKT, X5T), None),
        ({"jkt": JKT}, Presented(), findings.BOUND),
        ({"jkt": JKT}, Presented(jkt=JKT.lower()), findings.BOUND),
        ({"jkt": JKT}, Presented(x5t_s256=JKT), findings.BOUND),
        ({"jkt": JKT, "x5t#S256": X5T}, Presented(jkt=JKT), findings.BOUND),
        ({"jkt": JKT, "kid": "a"}, Presented(jkt=JKT), findings.BOUND),
        ({"jkt": None}, Presented(), findings.BOUND),
        ({"jkt": [JKT]}, Presented(jkt=JKT), findings.BOUND),
        ({}, Presented(JKT, X5T), findings.wrong_type("cnf")),
        (None, Presented(JKT, X5T), findings.wrong_type("cnf")),
        ([JKT], Presented(JKT, X5T), findings.wrong_type("cnf")),
    ],
)
def test_a_bound_token_is_valid_with_its_proofs_alone(
    confirmation: object, presented: Presented, problem: str | None
) -> None:
    # RFC 7800, section 3.1; RFC 8705, section 3; RFC 9449, section 6
    claims = VerifiedClaims(CLAIMS | {"cnf": confirmation})
    who = BY_AUTH0.principal(claims, presented=presented)
    assert who.problem == problem
    assert BY_AUTH0.allows(who, "read", now=NOW) is (problem is None)
    BY_AUTH0.invalidate_principals()
    assert BY_AUTH0.allows(who, "read", now=NOW) is (problem is None)


@pytest.mark.parametrize(
    ("header", "changes", "problem"),
    [
        (None, {}, findings.BAD_HEADER),
        ({"typ": "JWT"}, {}, findings.BAD_HEADER),
        ({"typ": ["at+jwt"]}, {}, findings.BAD_HEADER),
        (HEADER, {"client_id": None}, findings.missing("client_id")),
        (HEADER, {"jti": None}, findings.missing("jti")),
        (HEADER, {"iat": None}, findings.missing("iat")),
        (HEADER, {"roles": [{"display": "admin"}]}, findings.wrong_type("roles")),
    ],
)
def test_an_rfc9068_token_is_refused_by_what_is_wrong_with_it(
    header: dict[str, object] | None, changes: dict[str, object], problem: str
) -> None:
    who = rfc9068(header, **changes)
    assert who.problem == problem
    assert may(who, BY_RFC) == ""


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_type_in_the_header_is_a_media_type(typ: str) -> None:
    # RFC 9068, section 4; RFC 2045, section 5.1: media types have no case
    assert may(rfc9068({"typ": typ}), BY_RFC) == "read"


def test_roles_may_be_objects_as_scim_has_them() -> None:
    # RFC 9068, section 2.2.3.1; RFC 7643, section 4.1.2
    who = rfc9068(roles=[{"value": "admin", "primary": True}], scope="write:notes")
    assert may(who, BY_RFC) == "write"


@pytest.mark.parametrize(
    ("scope", "actions"),
    [
        ("read:notes", "read"),
        ("read:notes write:notes", "read write"),
        ("all:notes", "read write"),
        ("  read:notes  ", "read"),
        ("read:notes\twrite:notes", ""),
        ("read:notes\u00a0write:notes", ""),
        ("READ:NOTES", ""),
        ("read:notes,write:notes", ""),
        ("", ""),
    ],
)
def test_scopes_are_split_at_blanks_only(scope: str, actions: str) -> None:
    # RFC 6749, section 3.3
    assert may(auth0(scope=scope, permissions=["all:notes"])) == actions


def test_a_token_without_scope_was_granted_nothing() -> None:
    assert may(auth0(scope=None, permissions=["all:notes"])) == ""


def test_the_permissions_claim_is_the_only_source_where_it_is_there() -> None:
    assert may(auth0(permissions=["read:notes"], roles=["admin"])) == "read"
    assert may(auth0(permissions=[], roles=["admin"])) == ""
    assert may(auth0(permissions=["other:thing"])) == ""
    assert may(auth0(permissions=None, roles=["admin"])) == "read write"
    assert may(auth0(permissions=None, roles=["reader", "unheard-of"])) == "read"


def test_permissions_that_nobody_knows_are_an_error() -> None:
    decision = BY_AUTH0.decide(auth0(permissions=None), "read")
    assert not decision
    assert decision.reason == "no permit applies, and the caller's permissions are unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "app@clients"},
        {"sub": "app@clients", "gty": "client-credentials"},
        {"sub": "app", "gty": "client-credentials"},
    ],
)
def test_a_client_holds_what_it_was_granted(changes: dict[str, object]) -> None:
    who = auth0(**changes, permissions=None)
    assert may(who) == "read write"
    assert not BY_AUTH0.allows(who, "own", ("Note", {"owner": changes["sub"]}))


def test_a_client_of_rfc9068_is_its_own_subject() -> None:
    who = rfc9068(sub="s6BhdRkqt3", roles=None)
    assert may(who, BY_RFC) == "read"
    assert not BY_RFC.allows(who, "own", ("Note", {"owner": "s6BhdRkqt3"}))


@pytest.mark.parametrize(
    "changes", [{"sub": "opaque"}, {"sub": "auth0|ann", "gty": "client-credentials"}]
)
def test_a_subject_of_unknown_kind_is_nobody_in_particular(changes: dict[str, object]) -> None:
    who = auth0(**changes)
    assert who.problem is None
    assert may(who) == ""
    assert not BY_AUTH0.allows(who, "own", ("Note", {"owner": changes["sub"]}))


def test_a_user_owns_what_bears_the_subject() -> None:
    assert BY_AUTH0.allows(auth0(), "own", ("Note", {"owner": "auth0|ann"}))
    assert BY_AUTH0.allows(auth0(sub="ann", sub_profile="user"), "own", ("Note", {"owner": "ann"}))
    assert not BY_AUTH0.allows(auth0(), "own", ("Note", {"owner": "auth0|bob"}))


def test_what_happens_to_the_claims_later_changes_nothing() -> None:
    claims = dict(CLAIMS)
    who = BY_AUTH0.principal(VerifiedClaims(claims))
    claims["permissions"] = ["all:notes"]
    assert may(who) == "read"


class Unreadable(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        yield "iss"

    def __len__(self) -> int:
        return 1


class View(dict[str, object]):
    """A mapping that is not exactly a dict."""


def test_claims_are_a_mapping_that_can_be_read() -> None:
    for claims in (Unreadable(), None, "claims", [("iss", AUTH0)]):
        anything: Any = claims
        who = BY_AUTH0.principal(VerifiedClaims(anything))
        assert who.problem == findings.NOT_A_MAPPING
        assert may(who) == ""
    assert may(BY_AUTH0.principal(VerifiedClaims(View(CLAIMS)))) == "read"


def test_a_header_that_cannot_be_read_refuses_the_token() -> None:
    header: Any = Unreadable()
    assert rfc9068(header).problem == findings.BAD_HEADER


def test_proofs_that_are_none_refuse_the_token_that_is_bound_to_a_key() -> None:
    nothing: Any = None
    claims = VerifiedClaims({**CLAIMS, "cnf": {"jkt": "thumbprint"}})
    who = BY_AUTH0.principal(claims, presented=nothing)
    assert who.problem == findings.UNREADABLE
    assert not BY_AUTH0.allows(who, "read")


def test_a_principal_in_a_log_shows_no_claims() -> None:
    assert repr(auth0()) == "<Principal valid>"
    assert "ann" not in repr(auth0(aud="x"))


# ---- a principal is what the claims were


NESTED = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:notes
  role admin
  action by_list, by_map, by_record, by_role needs read:notes
  permit by_list to anyone when any org in token.orgs where org.tier == "gold"
  permit by_map to anyone when "write" in token.rights["acme"]
  permit by_record to anyone when token.deep.within.tier == "gold"
  permit by_role to role admin
}
token {
  orgs: list<{ tier: string }>
  rights: map<string, set<string>>
  deep: { within: { tier: string } }
}
"""
ACTIONS = ("by_list", "by_map", "by_record", "by_role")


def nested() -> dict[str, Any]:
    return {
        **CLAIMS,
        "orgs": [{"tier": "free"}],
        "rights": {"acme": ["read"]},
        "deep": {"within": {"tier": "free"}},
        "roles": ["reader"],
    }


def change(claims: dict[str, Any]) -> None:
    claims["orgs"][0]["tier"] = "gold"
    claims["rights"]["acme"].append("write")
    claims["deep"]["within"]["tier"] = "gold"
    claims["roles"].append("admin")


@pytest.mark.parametrize("anew", [False, True])
def test_claims_that_are_changed_afterwards_change_no_principal(*, anew: bool) -> None:
    engine = Engine.from_text(NESTED, clock=lambda: float(NOW))
    claims = nested()
    before = engine.principal(VerifiedClaims(claims))
    change(claims)
    if anew:
        engine.invalidate_principals()
    assert engine.allowed_actions(before, ACTIONS) == []
    after = engine.principal(VerifiedClaims(claims))
    assert engine.allowed_actions(after, ACTIONS) == list(ACTIONS)


def test_a_header_that_is_changed_afterwards_changes_no_principal() -> None:
    header = {"typ": "JWT"}
    engine = engine_for(OTHER, "rfc9068")
    who = engine.principal(VerifiedClaims(RFC9068), header=header)
    header["typ"] = "at+jwt"
    engine.invalidate_principals()
    assert not engine.allows(who, "read")
    assert engine.allows(engine.principal(VerifiedClaims(RFC9068), header=header), "read")


def test_collections_that_are_none_of_jsons_are_copied_as_well() -> None:
    engine = Engine.from_text(NESTED, clock=lambda: float(NOW))
    tiers = {"tier": "free"}
    rights = {"read"}
    claims = {**nested(), "orgs": (tiers,), "rights": {"acme": rights}}
    who = engine.principal(VerifiedClaims(claims))
    tiers["tier"] = "gold"
    rights.add("write")
    assert engine.allowed_actions(who, ACTIONS) == []
    assert engine.allowed_actions(engine.principal(VerifiedClaims(claims)), ACTIONS[:2]) == [
        "by_list",
        "by_map",
    ]


def test_claims_that_hold_themselves_make_no_valid_token() -> None:
    claims: dict[str, Any] = dict(CLAIMS)
    claims["all"] = claims
    who = BY_AUTH0.principal(VerifiedClaims(claims))
    assert who.problem == findings.NOT_A_MAPPING
    assert not BY_AUTH0.allows(who, "read")
