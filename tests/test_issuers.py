"""How far an issuer, a client and an actor are trusted: assertions, ceilings, several issuers."""

from typing import Any

import pytest

from remit import ConfigurationError, Engine, Principal, VerifiedClaims
from remit.checker.scalars import ERROR, NOBODY
from remit.compiler.values import user_key
from remit.tokens import findings

ONE, TWO = "https://one.example.com/", "https://two.example.com/"
API, OTHER_API = "https://api.example.com/notes", "https://api.example.com/other"
NOW = 1_900_000_000
POLICY = """
api notes {
  audience "https://api.example.com/notes"
  ISSUERS
  scope read:notes, write:notes, delete:notes
  scope all:notes implies read:notes, write:notes
  role reader grants read:notes
  role writer extends reader grants write:notes
  role admin grants delete:notes, all:notes
  API
  action read needs read:notes
  action write needs write:notes
  action delete needs delete:notes
  permit any to entitled
}
token { tenant?: string from org.tenant  tags?: set<string>  plan?: "free" | "paid" }
resource Note {
  owner: user
  action own, disown, act needs nothing
  permit own to owner
  permit disown to anyone when owner != token.sub
  RULE
}
"""
USER: dict[str, Any] = {
    "aud": API,
    "sub": "auth0|ann",
    "azp": "web",
    "exp": NOW + 60,
    "scope": "all:notes delete:notes",
}


def engine_for(
    *,
    issuer: str = "",
    api: str = "",
    rule: str = "",
    issuers: str | None = None,
    audience: str | None = None,
    replaced: dict[str, str] | None = None,
) -> Engine:
    text = POLICY.replace("API\n", f"{api}\n").replace("RULE", rule)
    one = f'issuer "{ONE}" profile auth0 {{ {issuer} }}'
    text = text.replace("ISSUERS", one if issuers is None else issuers)
    return Engine.from_text(text, audience=audience, issuers=replaced, clock=lambda: float(NOW))


def principal(engine: Engine, **changes: object) -> Principal:
    return engine.principal(VerifiedClaims({"iss": ONE, **USER, **changes}))


def may(engine: Engine, **changes: object) -> str:
    who = principal(engine, **changes)
    return " ".join(a for a in ("read", "write", "delete") if engine.allows(who, a))


# ---- what an issuer may assert


def test_roles_that_an_issuer_may_not_assert_are_none() -> None:
    engine = engine_for(issuer="asserts role reader asserts role writer")
    assert may(engine, roles=["reader", "admin"]) == "read"
    assert may(engine, roles=["writer"]) == "read write"
    assert may(engine, roles=["admin"]) == ""
    assert engine.decide(principal(engine, roles=["admin"]), "read").layers.permission == "failed"


def test_permissions_go_no_further_than_the_roles_that_an_issuer_may_assert() -> None:
    engine = engine_for(issuer="asserts role reader")
    assert may(engine, permissions=["all:notes", "delete:notes"]) == "read"
    assert may(engine_for(), permissions=["all:notes", "delete:notes"]) == "read write delete"


@pytest.mark.parametrize(
    ("claims", "valid"),
    [
        ({"org": {"tenant": "acme"}}, True),
        ({"org": {"tenant": "beta"}}, True),
        ({"org": {"tenant": "other"}}, False),
        ({"org": {"tenant": ["acme"]}}, False),
        ({"org": {"tenant": None}}, False),
        ({"org": {}}, False),
        ({"org": "acme"}, False),
        ({"tenant": "acme"}, False),
        ({}, False),
    ],
)
def test_a_claim_has_a_value_that_its_issuer_may_assert(claims: dict[str, Any], valid: bool) -> None:
    # failure mode 64
    engine = engine_for(issuer='asserts tenant "acme", "beta"')
    expected = None if valid else findings.not_asserted("tenant")
    assert principal(engine, **claims).problem == expected


@pytest.mark.parametrize(
    ("tags", "valid"),
    [
        (["a", "b"], True),
        (("a",), True),
        ([], True),
        (["a", "c"], False),
        (["a", 1], False),
        ("a", False),
        ({"a": 1}, False),
        (None, False),
    ],
)
def test_each_element_of_a_set_is_one_that_the_issuer_may_assert(tags: object, valid: bool) -> None:
    engine = engine_for(issuer='asserts tags "a", "b" asserts plan "paid"')
    assert (principal(engine, tags=tags, plan="paid").problem is None) is valid
    assert principal(engine, tags=["a"], plan="free").problem == findings.not_asserted("plan")


def test_a_set_too_large_to_look_at_is_not_looked_at() -> None:
    # failure mode 60
    engine = engine_for(issuer='asserts tags "a"')
    assert principal(engine, tags=["a"] * 10_000).problem is None
    assert principal(engine, tags=["a"] * 10_001).problem == findings.too_large("tags")


# ---- ceilings of clients


CLIENTS = """
client web class people grants read:notes, write:notes
client batch grants {*} except delete:notes
client trusted
"""


@pytest.mark.parametrize(
    ("azp", "actions"),
    [("web", "read write"), ("batch", "read write"), ("trusted", "read write delete"), ("new", "")],
)
def test_a_declared_client_has_no_scopes_above_its_ceiling(azp: str, actions: str) -> None:
    engine = engine_for(api=CLIENTS)
    assert may(engine, azp=azp, permissions=["all:notes", "delete:notes"]) == actions
    assert may(engine, sub=f"{azp}@clients", azp=azp) == actions


def test_a_token_that_names_no_client_has_no_scopes_where_clients_are_declared() -> None:
    who = engine_for(api=CLIENTS).principal(
        VerifiedClaims({"iss": ONE, **{k: v for k, v in USER.items() if k != "azp"}})
    )
    assert who.problem is None
    assert who.binding.entitlement.scopes == 0
    assert who.binding.entitlement.application is ERROR


def test_scopes_are_closed_before_the_ceiling_is_laid_on() -> None:
    engine = engine_for(api="client web grants read:notes")
    assert may(engine, scope="all:notes", permissions=["all:notes"]) == "read"


# ---- who it is


def test_a_binding_says_who_asks() -> None:
    engine = engine_for()
    user = principal(engine, acr="phr", auth_time=NOW - 1).binding
    has = user.entitlement
    assert (has.kind, user.user, has.client) == ("user", "auth0|ann", NOBODY)
    assert (has.application, has.issuer) == ("web", ONE)
    assert (has.acr, user.auth_time) == ("phr", (NOW - 1) * 1_000_000)
    client = principal(engine, sub="job@clients", azp="job").binding
    has = client.entitlement
    assert (has.kind, client.user, has.client) == ("client", NOBODY, "job")
    unknown = principal(engine, sub="who").binding
    has = unknown.entitlement
    assert (has.kind, unknown.user, has.client) == (ERROR, ERROR, ERROR)
    assert has.application == "web"
    nobody = engine._epoch.anonymous  # noqa: SLF001  (what rules see of a request without a token)
    has = nobody.entitlement
    assert (has.kind, nobody.user, has.client) == ("anonymous", NOBODY, NOBODY)
    assert (has.application, has.issuer) == (NOBODY, ERROR)


def test_a_service_learns_who_asks() -> None:
    two = f'issuer "{ONE}" profile auth0 issuer "{TWO}" profile entra'
    engine = engine_for(issuers=two)
    ann = principal(engine, tenant="acme")
    assert (ann.kind, ann.subject, ann.issuer, ann.client) == ("user", "auth0|ann", ONE, "web")
    assert ann.claims["tenant"] == "acme"
    by_oid = principal(engine, iss=TWO, sub="pairwise", oid="ann", scp="all:notes")
    assert (by_oid.kind, by_oid.subject, by_oid.issuer) == ("user", "ann", TWO)
    job = principal(engine, sub="job@clients", azp="job")
    assert (job.kind, job.subject, job.client) == ("client", "job@clients", "job")
    unknown = principal(engine, sub="nobody")
    assert (unknown.kind, unknown.subject, unknown.client) == (None, "nobody", "web")


@pytest.mark.parametrize("claims", [{"aud": OTHER_API}, {"iss": TWO}, {"exp": "soon"}])
def test_of_a_token_for_somebody_else_a_service_learns_nothing(claims: dict[str, Any]) -> None:
    who = principal(engine_for(), **claims)
    assert who.problem is not None
    assert (who.kind, who.subject, who.issuer, who.client) == (None, None, None, None)
    assert not who.claims


def test_what_a_service_reads_of_a_token_is_a_copy() -> None:
    engine = engine_for()
    who = principal(engine, roles=["reader"])
    read: Any = who.claims
    read["roles"].append("admin")
    read["sub"] = "auth0|eve"
    engine.invalidate_principals()
    assert not engine.allows(who, "delete")
    assert (who.claims["sub"], who.claims["roles"]) == ("auth0|ann", ["reader"])


# ---- actors


ACT = {"sub": "agent", "client_id": "web", "act": {"sub": "inner"}}


@pytest.mark.parametrize(
    ("api", "rule", "problem"),
    [
        ("", "", findings.DELEGATED),
        ("actors allowed", "", None),
        ("", 'permit act to owner when has token.actor and token.actor.sub == "agent"', None),
    ],
)
def test_a_delegated_token_is_taken_where_the_policy_speaks_of_actors(
    api: str, rule: str, problem: str | None
) -> None:
    engine = engine_for(api=api, rule=rule)
    assert principal(engine, act=ACT).problem == problem
    assert principal(engine).problem is None


@pytest.mark.parametrize("act", [None, "agent", [], {}, {"sub": 7}, {"sub": None}])
def test_an_actor_without_a_name_makes_the_token_invalid(act: object) -> None:
    # RFC 8693, section 4.1
    engine = engine_for(api="actors allowed")
    assert principal(engine, act=act).problem == findings.wrong_type("act")


def test_rules_see_the_outermost_actor() -> None:
    rule = 'permit act to owner when has token.actor and token.actor.sub == "agent"'
    engine = engine_for(rule=rule)
    note = ("Note", {"owner": "auth0|ann"})
    assert engine.allows(principal(engine, act=ACT), "act", note)
    assert not engine.allows(principal(engine, act={"sub": "other", "act": ACT}), "act", note)
    assert not engine.allows(principal(engine), "act", note)


# ---- several issuers


BOTH = f"""
issuer "{ONE}" profile auth0
issuer "{TWO}" profile auth0 {{ audience "{OTHER_API}" asserts role reader }}
"""


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    engine = engine_for(issuers=BOTH)
    one, two = principal(engine), principal(engine, iss=TWO, aud=OTHER_API)
    of_one = ("Note", {"owner": {"iss": ONE, "sub": "auth0|ann"}})
    assert engine.allows(one, "own", of_one)
    assert not engine.allows(two, "own", of_one)
    assert engine.allows(one, "own", ("Note", {"owner": (ONE, "auth0|ann")}))
    assert not engine.allows(one, "own", ("Note", {"owner": "auth0|ann"}))
    assert not engine.allows(one, "disown", ("Note", {"owner": "auth0|ann"}))


def test_no_two_users_of_several_issuers_have_one_key() -> None:
    # failure mode 12
    parts = ["", "a", ":", "1", "1:", "a:", ":a", "1:a", "a1:"]
    keys = {user_key(issuer, subject) for issuer in parts for subject in parts}
    assert len(keys) == len(parts) ** 2


def test_an_issuer_with_its_own_audience_answers_to_no_other() -> None:
    engine = engine_for(issuers=BOTH)
    assert principal(engine, iss=TWO, aud=OTHER_API).problem is None
    assert principal(engine, iss=TWO, aud=API).problem == findings.NO_AUDIENCE
    assert principal(engine, iss=ONE, aud=OTHER_API).problem == findings.NO_AUDIENCE


def test_each_issuer_asserts_its_own_roles() -> None:
    engine = engine_for(issuers=BOTH)
    assert may(engine, roles=["admin"]) == "read write delete"
    assert may(engine, roles=["admin"], iss=TWO, aud=OTHER_API) == ""


PARTNER = f"""
issuer "{ONE}" profile auth0
issuer "{TWO}" profile custom {{ asserts client portal, batches }}
"""
DECLARED = "client nightly  client portal  client p1, p2 class batches  client web"


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"client_id": "portal"}, None),
        ({"client_id": "p2"}, None),
        ({"client_id": "nightly"}, findings.CLIENT_NOT_ASSERTED),
        ({"client_id": "nightly", "sub": "nightly"}, findings.CLIENT_NOT_ASSERTED),
        ({"client_id": "batches"}, findings.CLIENT_NOT_ASSERTED),
        ({"client_id": "Portal"}, findings.CLIENT_NOT_ASSERTED),
        ({"azp": "web"}, findings.CLIENT_NOT_ASSERTED),
        ({"azp": "portal"}, None),
        ({}, findings.CLIENT_NOT_ASSERTED),
    ],
)
def test_an_issuer_speaks_only_for_the_clients_that_it_may_assert(
    claims: dict[str, Any], problem: str | None
) -> None:
    """RFC 6749, section 2.2: a client's identifier is unique to its authorization server alone."""
    engine = engine_for(issuers=PARTNER, api=DECLARED)
    theirs = {"iss": TWO, **{name: value for name, value in USER.items() if name != "azp"}, **claims}
    assert engine.principal(VerifiedClaims(theirs)).problem == problem
    assert principal(engine, sub="nightly@clients", azp="nightly").problem is None


# ---- what a deployment says


def test_a_deployment_changes_whom_tokens_are_for_but_not_what_may_be_asserted() -> None:
    engine = engine_for(
        issuers=BOTH, audience="https://staging.example.com", replaced={ONE: "auth0", TWO: "auth0"}
    )
    staging = {"aud": "https://staging.example.com", "iss": TWO}
    assert may(engine, **staging, roles=["reader", "admin"]) == "read"
    assert principal(engine, iss=TWO, aud=OTHER_API).problem == findings.NO_AUDIENCE


@pytest.mark.parametrize(
    ("replaced", "audience", "message"),
    [
        ({}, None, "no issuer"),
        ({"": "auth0"}, None, "no issuer"),
        ({ONE: "auth1"}, None, "no profile 'auth1'"),
        ({ONE: "auth0", TWO: "okta"}, None, "more than one issuer at `load`"),
        ({ONE: "auth0"}, "", "no audience"),
    ],
)
def test_a_deployment_that_would_not_be_safe_does_not_start(
    replaced: dict[str, str], audience: str | None, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        engine_for(replaced=replaced, audience=audience)


def test_an_api_without_an_audience_needs_one_for_each_issuer() -> None:
    text = POLICY.replace(f'audience "{API}"', "").replace("API\n", "\n").replace("RULE", "")
    own = f'issuer "{ONE}" profile auth0 {{ audience "{API}" }}'
    engine = Engine.from_text(text.replace("ISSUERS", own), clock=lambda: float(NOW))
    assert principal(engine).problem is None
    with pytest.raises(ConfigurationError, match="no audience"):
        Engine.from_text(text.replace("ISSUERS", f'{own} issuer "{TWO}"'))
