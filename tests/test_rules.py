"""Rules and what stands around them: needs, subjects, blocks, obligations, data, assumptions."""

import json
import math
import os
import random
import subprocess
import sys
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import metadata
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit import Decision, Denied, Engine, PolicyError, Principal, Request, VerifiedClaims
from remit.checker.totality import possible_errors
from remit.compiler import ruletree
from remit.compiler.ruletree import zones_version
from remit.decider.reading import read_set
from remit.diagnostics import Code, Severity
from tests.truths import CLAIMS, CLIENT, ISSUER, NOW, UNKNOWN

API = f"""
api things {{
  audience "https://api.example.com/things"
  issuer "{ISSUER}" profile auth0
  scope read, write
  role reader grants read
  API
}}
"""


def policy(rest: str, api: str = "") -> str:
    return API.replace("API", api) + rest


def load(rest: str, api: str = "", **files: str) -> Engine:
    texts = {"p.remit": policy(rest, api), **{f"{name}.json": text for name, text in files.items()}}
    return Engine.from_text(texts, clock=lambda: NOW)


def ask(
    engine: Engine,
    claims: Mapping[str, object] | None,
    action: str,
    resource: object = None,
    **more: Any,  # noqa: ANN401  (what the doors take)
) -> Decision:
    """The decision that all doors agree on."""
    who = None if claims is None else engine.principal(VerifiedClaims(claims))
    assert who is None or who.problem is None
    decision = engine.decide(who, action, resource, **more)
    assert engine.allows(who, action, resource, **more) is decision.allowed
    assert engine.explain(who, action, resource, **more).decision == decision
    return decision


def codes(rest: str, api: str = "", **files: str) -> list[Code]:
    texts = {"p.remit": policy(rest, api), **{f"{name}.json": text for name, text in files.items()}}
    return [finding.code for finding in read_set(None, texts).findings]


# ---- what an action needs


NEEDS = """
resource R {
  public: bool  internal: bool
  action read needs nothing when public  needs read when internal  needs read and write
  permit "entitled" read to entitled
  permit "public" read to anyone when public
}
"""
T, F, E = True, False, "an error"


@pytest.mark.parametrize(
    ("public", "internal", "scope", "permissions", "layers", "allowed"),
    [
        (T, F, "", [], "passed, not needed, not needed", True),
        (T, E, "", [], "passed, not needed, not needed", True),
        (F, T, "read", ["read"], "passed, passed, passed", True),
        (F, T, "", ["read"], "passed, failed, passed", False),
        (F, T, "read", [], "passed, passed, failed", False),
        (F, T, "write", ["read"], "passed, failed, passed", False),
        (F, F, "read", ["read"], "passed, failed, failed", False),
        (F, F, "read write", ["read"], "passed, passed, failed", False),
        (F, F, "read write", ["read", "write"], "passed, passed, passed", True),
        (F, E, "read", ["read"], "passed, failed, error", False),
        (F, E, "read", [], "passed, failed, failed", False),
        (F, E, "read write", ["read", "write"], "passed, passed, passed", True),
        (E, F, "read write", ["read", "write"], "passed, passed, passed", True),
        (E, F, "read", ["read"], "passed, failed, error", False),
        (E, F, "", [], "passed, failed, error", False),
        (E, T, "read", ["read"], "passed, passed, passed", True),
    ],
)
def test_clauses_of_needs_are_alternatives(
    public: object, internal: object, scope: str, permissions: list[str], layers: str, allowed: bool
) -> None:
    engine = load(NEEDS)
    claims = CLAIMS | {"scope": scope, "permissions": permissions}
    decision = ask(engine, claims, "read", ("R", {"public": public, "internal": internal}))
    assert ", ".join(decision.layers[:3]) == layers
    assert decision.allowed is allowed


def test_what_nothing_is_needed_for_is_open_to_a_request_without_a_token() -> None:
    engine = load(NEEDS)
    for public, layers in ((T, "not needed, not needed"), (F, "failed, failed"), (E, "failed, failed")):
        decision = ask(engine, None, "read", ("R", {"public": public, "internal": F}))
        assert ", ".join(decision.layers[:2]) == layers
        assert decision.allowed is (public is T)


def test_a_denial_names_the_clause_that_counts() -> None:
    engine = load(NEEDS)
    claims = CLAIMS | {"scope": "", "permissions": []}
    one = ask(engine, claims, "read", ("R", {"public": F, "internal": T}))
    assert one.missing_scopes == ("read",)
    assert one.missing_roles == ("reader",)
    assert one.denials[0].message == "the token was not granted (read and write) or read"
    both = ask(engine, claims, "read", ("R", {"public": F, "internal": F}))
    assert both.missing_scopes == ("read", "write")
    assert both.missing_roles == ()
    assert both.denials[0].message == "the token was not granted read and write"
    assert (one.lacks("read"), one.lacks("write")) == (True, True)
    half = ask(engine, claims | {"scope": "read"}, "read", ("R", {"public": F, "internal": F}))
    assert (half.lacks("read"), half.lacks("write")) == (False, True)
    assert not one.lacks("another")
    open_ = ask(engine, claims, "read", ("R", {"public": T, "internal": F}))
    assert not open_.lacks("read")
    conditional = load("resource R { x: bool  action a needs read when x  permit a to entitled }")
    none = ask(conditional, claims, "a", ("R", {"x": F}))
    assert none.missing_scopes == ()
    assert none.denials[0].message == "the token was not granted what this needs"
    assert none.layers.permission == "failed"


@pytest.mark.parametrize(
    ("public", "permissions", "said"),
    [
        (F, [], ("permission", "no permit applies, and the caller lacks the permission", False)),
        (F, None, ("permission", "no permit applies, and the caller's permissions are unknown", True)),
        (E, ["read"], ("rules", "a permit could not be worked out, and no other applies", True)),
        (F, ["read"], ("rules", "no permit applies", False)),
    ],
)
def test_where_no_permit_applies_it_is_told_whether_one_could_not_be_worked_out(
    public: object, permissions: list[str] | None, said: tuple[str, str, bool]
) -> None:
    granted = {"permissions": permissions} if permissions is not None else {}
    told = "to entitled" if permissions != ["read"] else "to owner"
    engine = load(
        "resource R { public: bool  owner: user  action a needs read"
        f"  permit a {told}  permit a to anyone when public }}"
    )
    bare = {name: value for name, value in CLAIMS.items() if name not in ("permissions", "roles")}
    thing = ("R", {"public": public, "owner": "somebody"})
    decision = ask(engine, bare | {"scope": "read"} | granted, "a", thing)
    (denial,) = decision.denials
    assert (denial.layer, denial.message, denial.erred) == said


# ---- an action that makes its resource


NEW = """
resource R {
  owner: user  app: client  team: set<user>
  relation member when token.sub in team
  action new create needs nothing
  action read needs nothing
  permit "by" create, read to SUBJECTS
  EXTRA
}
"""
MINE = ("R", {"owner": "auth0|ann", "app": "web@clients", "team": ["auth0|ann"]})


@pytest.mark.parametrize(
    ("subjects", "create"),
    [
        ("owner", False),
        ("team", False),
        ("member", False),
        ("member and anyone", False),
        ("owner, anyone", True),
        ("anyone", True),
    ],
)
def test_nobody_owns_what_is_only_being_made(subjects: str, create: bool) -> None:
    engine = load(NEW.replace("SUBJECTS", subjects).replace("EXTRA", ""))
    assert ask(engine, CLAIMS, "read", MINE).allowed
    assert ask(engine, CLAIMS, "create", MINE).allowed is create
    assert not ask(engine, None, "create", MINE).allowed or create
    explained = str(engine.explain(engine.principal(VerifiedClaims(CLAIMS)), "create", MINE))
    assert ("false the resource exists already" in explained) is (
        "anyone" not in subjects or " and " in subjects
    )


def test_a_forbid_looks_at_what_is_being_made() -> None:
    engine = load(NEW.replace("SUBJECTS", "anyone").replace("EXTRA", "forbid any to owner"))
    assert not ask(engine, CLAIMS, "create", MINE).allowed
    assert ask(engine, CLAIMS | {"sub": "auth0|bob"}, "create", MINE).allowed
    relation = NEW.replace("SUBJECTS", "anyone when member")
    assert ask(load(relation.replace("EXTRA", "")), CLAIMS, "create", MINE).allowed


# ---- clients


CLIENTS = """
resource R {
  app: client  apps: set<client>
  action a, b, c, d, e, f needs nothing
  permit a to client web
  permit b to client batch
  permit c to app
  permit d to apps
  permit e to anyone
  forbid e to client web
  permit f to client batch and app, client web and apps
}
"""


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        (CLIENT, "abcdf"),
        (CLIENT | {"azp": "other", "sub": "other@clients"}, "e"),
        (CLIENT | {"azp": "nightly", "sub": "nightly@clients"}, "be"),
        (CLAIMS, "e"),  # a user, who only comes by way of that client
        (UNKNOWN, ""),
        (None, "e"),
    ],
)
def test_a_client_is_a_subject_where_it_asks_for_itself(
    claims: Mapping[str, object] | None, allowed: str
) -> None:
    engine = load(CLIENTS, api="client web, nightly class batch")
    thing = ("R", {"app": "web", "apps": ["web", "x"]})
    assert "".join(a for a in "abcdef" if ask(engine, claims, a, thing).allowed) == allowed


@pytest.mark.parametrize(
    ("claims", "permitted", "forbidden"),
    [
        (CLAIMS | {"roles": ["reader"]}, True, True),
        (CLAIMS | {"roles": ["other"]}, False, False),
        (CLAIMS | {"roles": []}, False, False),
        (CLAIMS, False, True),  # no claim of roles: unknown, so a forbid by role fires
        (CLIENT, False, False),
        (None, False, False),
    ],
)
def test_a_role_is_held_not_held_or_unknown(
    claims: Mapping[str, object] | None, permitted: bool, forbidden: bool
) -> None:
    engine = load(
        """resource R { action a, b needs nothing
          permit a to role reader  permit b to anyone  forbid b to role reader }"""
    )
    assert ask(engine, claims, "a", ("R", {})).allowed is permitted
    assert ask(engine, claims, "b", ("R", {})).allowed is not forbidden


def test_which_scopes_an_application_has_stands_in_conditions() -> None:
    engine = load(
        """resource R {
          action a needs nothing
          permit a to anyone when granted(read or write) and holds(read and (write or read))
        }"""
    )
    assert ask(engine, CLAIMS, "a", ("R", {})).allowed
    assert not ask(engine, CLAIMS | {"scope": ""}, "a", ("R", {})).allowed
    assert not ask(engine, CLAIMS | {"permissions": ["write"]}, "a", ("R", {})).allowed


# ---- where rules stand


PLACES = """
resource A { x: int  action read, write needs nothing }
resource B { x: int  action read needs nothing }
resource C { x: int }
"""


def granted(rules: str, api: str = "action read, list needs nothing") -> set[str]:
    engine = load(PLACES + rules, api=api)
    asked = {"A.read", "A.write", "B.read", "read", "list"}
    thing = {"x": 1}
    return {
        name
        for name in asked
        if ask(engine, CLAIMS, name.split(".")[-1], (name[0], thing) if "." in name else None).allowed
    }


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ("permit read to anyone", {"A.read", "B.read", "read"}),
        ("permit read, write to anyone", {"A.read", "A.write", "B.read", "read"}),
        ("permit any to anyone", {"A.read", "A.write", "B.read", "read", "list"}),
        ("permit list to anyone", {"list"}),
        ("permit write to anyone", {"A.write"}),
        ("permit read on A to anyone", {"A.read"}),
        ("permit read on B, A to anyone", {"A.read", "B.read"}),
        ("permit any on A to anyone when x == 1", {"A.read", "A.write"}),
        ("permit any to anyone\nforbid read", {"A.write", "list"}),
        ("permit any to anyone\nforbid any on A", {"B.read", "read", "list"}),
        ('permit any to anyone\nrequire write acr "x"', {"A.read", "B.read", "read", "list"}),
    ],
)
def test_a_rule_of_the_file_stands_in_every_block_that_it_can(rules: str, allowed: set[str]) -> None:
    # failure mode 6
    assert granted(rules) == allowed


def test_a_rule_of_the_api_may_be_about_a_resource() -> None:
    api = (
        "action read, list needs nothing  permit read to anyone  permit read on B to anyone when x == 1"
    )
    assert granted("", api=api) == {"read", "B.read"}


def test_a_rule_about_types_names_actions_that_each_of_them_has() -> None:
    assert codes(f"{PLACES}forbid write on A, B") == [Code.UNKNOWN_ACTION]
    assert codes(f"{PLACES}forbid any on C") == [Code.RULE_WITHOUT_ACTIONS]
    assert codes(f"{PLACES}forbid fly") == [Code.UNKNOWN_ACTION]
    assert codes(f"{PLACES}forbid read when x == 1", api="action read needs nothing") == [
        Code.UNKNOWN_NAME  # in the API
    ]


def test_a_named_rule_of_the_file_is_one_rule_in_each_block() -> None:
    engine = load(f'{PLACES}permit any to anyone\nforbid "stop" read because "no reading"')
    for kind in "AB":
        decision = ask(engine, CLAIMS, "read", (kind, {"x": 1}))
        assert decision.rule is not None
        assert (decision.rule.id, decision.reason) == ("stop", "no reading")


# ---- require (RFC 9470)


REQUIRE = """
resource R {
  big: bool  waived: bool
  action pay, look, log needs nothing
  permit any to anyone
  require "strong" pay acr "phr", "phrh" max_age 5m when big unless waived because "log in again"
  require look acr "phr"
  require log max_age 5m
}
"""
SUSPECT = "`..`, `//`, `%`, a segment `.`, a `/` at its end, a backslash or a control character"
STRONG = CLAIMS | {"acr": "phr", "auth_time": int(NOW) - 300}


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, "pay look log"),
        ({"acr": "phrh"}, "pay log"),
        ({"acr": "PHR"}, "log"),
        ({"acr": ""}, "log"),
        ({"acr": ["phr"]}, "log"),
        ({"acr": None}, "log"),
        ({"auth_time": int(NOW) - 301}, "look"),
        ({"auth_time": NOW - 300.0}, "pay look log"),
        ({"auth_time": NOW - 300.000001}, "look"),
        ({"auth_time": int(NOW) + 60}, "pay look log"),
        ({"auth_time": int(NOW) * 1000}, "look"),
        ({"auth_time": CLAIMS["exp"]}, "pay look log"),
        ({"auth_time": CLAIMS["exp"] + 1}, "look"),
        ({"auth_time": str(int(NOW))}, "look"),
        ({"auth_time": True}, "look"),
        ({"auth_time": float("nan")}, "look"),
        ({"auth_time": float("inf")}, "look"),
        ({"auth_time": 2**70}, "look"),
        ({"auth_time": None}, "look"),
        ({"acr": None, "auth_time": None}, ""),
    ],
)
def test_a_login_is_strong_where_every_part_of_the_challenge_is_met(
    changes: dict[str, object], met: str
) -> None:
    engine = load(REQUIRE)
    claims = {name: value for name, value in (STRONG | changes).items() if value is not None}
    thing = ("R", {"big": True, "waived": False})
    allowed = [action for action in ("pay", "look", "log") if ask(engine, claims, action, thing).allowed]
    assert allowed == met.split()


@pytest.mark.parametrize(
    ("big", "waived", "weak"),
    [(F, F, "allowed"), (T, T, "allowed"), (F, E, "allowed"), (E, T, "allowed"), (T, F, "fired")]
    + [(T, E, "erred"), (E, F, "erred"), (E, E, "erred")],
)
def test_a_require_holds_unless_its_condition_is_surely_false(
    big: object, waived: object, weak: str
) -> None:
    engine = load(REQUIRE)
    thing = ("R", {"big": big, "waived": waived})
    assert ask(engine, STRONG, "pay", thing).allowed  # a strong login passes, whatever the condition
    for claims in (CLAIMS, None):
        decision = ask(engine, claims, "pay", thing)
        assert decision.allowed is (weak == "allowed")
        erred = [denial.erred for denial in decision.denials]
        assert erred == {"allowed": [], "fired": [False], "erred": [True]}[weak]


def test_a_denial_says_which_login_would_do() -> None:
    engine = load(REQUIRE)
    decision = ask(engine, CLAIMS, "pay", ("R", {"big": True, "waived": False}))
    (denial,) = decision.denials
    assert (denial.message, denial.rule and denial.rule.effect) == ("log in again", "require")
    assert denial.login is not None
    assert denial.login.acr_values == ("phr", "phrh")
    assert denial.login.max_age == 300
    (look,) = ask(engine, CLAIMS, "look", ("R", {})).denials
    assert look.login is not None
    assert (look.login.acr_values, look.login.max_age) == (("phr",), None)
    assert look.message.startswith("not met: require-")
    record = orjson.loads(orjson.dumps(decision.record()))
    assert record["denials"][0]["login"] == {"acr_values": ["phr", "phrh"], "max_age": 300}


def test_no_login_is_fresh_at_an_instant_that_no_rule_can_read() -> None:
    engine = load(REQUIRE)
    decision = ask(engine, STRONG | {"exp": 2e20}, "log", ("R", {}), now=1e20)
    (denial,) = decision.denials
    assert (denial.rule and denial.rule.effect, denial.erred) == ("require", False)


def test_a_strong_login_grows_old() -> None:
    # failure mode 34
    engine = load(REQUIRE)
    thing = ("R", {"big": True, "waived": False})
    claims = CLAIMS | {"acr": "phr", "auth_time": int(NOW) - 100}
    decision = ask(engine, claims, "pay", thing)
    assert decision.valid_until == pytest.approx(NOW + 200.000001, abs=1e-6)
    assert ask(engine, claims, "pay", thing, now=NOW + 200).allowed
    assert not ask(engine, claims, "pay", thing, now=NOW + 200.000001).allowed
    late = ask(engine, claims, "pay", thing, now=decision.valid_until)
    assert (late.allowed, late.valid_until) == (False, CLAIMS["exp"])  # older it gets, and nothing else
    assert "a login of acr phr or phrh, within 5m" in str(
        engine.explain(engine.principal(VerifiedClaims(claims)), "pay", thing)
    )


# ---- obligations


OBLIGE = """
token { plan?: string = "free"  assume plan }
resource R {
  owner: user  level: int  tags: set<string>  price: decimal  at: datetime  wait: duration  ip: ip
  watched: bool  spare?: string
  assume spare
  action read needs nothing
  permit "one" read to anyone when level > 0
    oblige log { level: level, who: token.sub, tags: tags } oblige mark
  permit "two" read to anyone when level > 1
    oblige log { level: level, who: token.sub, tags: tags }
    oblige bill { price: price * 2, plan: token.plan }
  permit "three" read to anyone when level > 2
    oblige keep { at: at + 1h, wait: wait, ip: ip, fixed: "x", some: ["b", "a"], yes: true }
  permit "four" read to anyone when level > 3 and has spare oblige note { spare: spare }
  forbid "stop" read when watched oblige report { owner: owner, spare: spare ?? "none" }
  forbid "halt" read when level > 8 oblige report { owner: owner, spare: spare ?? "none" } oblige alarm
}
"""
GIVEN: dict[str, object] = {
    "owner": "auth0|bob",
    "level": 1,
    "tags": ["b", "a", "b"],
    "price": "2.50",
    "at": "2026-11-23T12:00Z",
    "wait": "90s",
    "ip": "10.0.0.1",
    "watched": False,
}
LOG = ("log", {"level": 1, "who": "auth0|ann", "tags": ("a", "b")})


def obliged(**changes: object) -> tuple[bool, list[tuple[str, dict[str, Any]]]]:
    decision = ask(load(OBLIGE), CLAIMS, "read", ("R", GIVEN | changes))
    return decision.allowed, [(each.name, dict(each.values)) for each in decision.obligations]


def test_what_all_matching_permits_oblige_to_is_owed_each_once() -> None:
    assert obliged() == (True, [LOG, ("mark", {})])
    two = LOG[1] | {"level": 2}
    bill = ("bill", {"price": Decimal("5.00"), "plan": "free"})
    assert obliged(level=2) == (True, [bill, ("log", two), ("mark", {})])
    allowed, all_ = obliged(level=3)
    assert allowed
    assert [name for name, _ in all_] == ["bill", "keep", "log", "mark"]
    assert all_[1][1] == {
        "at": datetime(2026, 11, 23, 13, tzinfo=UTC),
        "wait": timedelta(seconds=90),
        "ip": IPv4Address("10.0.0.1"),
        "fixed": "x",
        "some": ("a", "b"),
        "yes": True,
    }


def test_what_two_permits_oblige_to_alike_is_owed_once_wherever_the_values_come_from() -> None:
    policy = """
    resource R {
      a: int  b: int  c: decimal  d: decimal  e: bool  f: set<int>  g: set<int>  h: set<bool>
      action read needs nothing
      permit "one" read to anyone oblige log { x: a } oblige log { x: c } oblige log { x: f }
      permit "two" read to anyone oblige log { x: b } oblige log { x: d } oblige log { x: g }
      permit "three" read to anyone oblige log { x: e } oblige log { x: h }
    }
    """
    same = {"a": 1, "b": 1, "c": "1.0", "d": "1.00", "e": True, "f": [1, 1], "g": [1], "h": [True]}
    decision = ask(load(policy), CLAIMS, "read", ("R", same))
    owed = sorted(repr(each.values["x"]) for each in decision.obligations)
    assert owed == ["(1,)", "(True,)", "1", "Decimal('1.0')", "True"]
    decision = ask(load(policy), CLAIMS, "read", ("R", same | {"b": 2, "g": [1, 2]}))
    assert len(decision.obligations) == 7


def test_a_permit_whose_obligation_is_unknown_permits_nothing() -> None:
    # failure mode 1
    for changes in ({"tags": "ab"}, {"tags": ["a", 1]}, {"tags": None}):
        assert obliged(**changes) == (False, [])
    assert obliged(level=2, price="2,50") == (True, [("log", LOG[1] | {"level": 2}), ("mark", {})])
    assert obliged(level=2, price="9" * 34) == (True, [("log", LOG[1] | {"level": 2}), ("mark", {})])
    decision = ask(load(OBLIGE), CLAIMS, "read", ("R", GIVEN | {"tags": "ab"}))
    assert [rule.id for rule in decision.errors] == ["one"]


def test_a_denial_brings_what_its_forbids_oblige_to() -> None:
    report = ("report", {"owner": "auth0|bob", "spare": "none"})
    assert obliged(watched=True) == (False, [report])
    assert obliged(watched=True, level=9) == (False, [("alarm", {}), report])
    assert obliged(watched=True, owner=1) == (False, [("report", {"owner": None, "spare": "none"})])
    assert obliged(watched="?") == (False, [])  # erring, it is not sure to apply


def test_nobody_is_null_in_an_obligation() -> None:
    decision = ask(load(OBLIGE), None, "read", ("R", GIVEN))
    assert decision.allowed
    assert decision.obligations[0].values["who"] is None


def test_a_user_of_one_of_several_issuers_is_owed_as_a_pair() -> None:
    text = """
    resource R { owner: user  team: set<user>
      action a needs nothing
      permit a to anyone oblige tell { owner: owner, team: team, who: token.sub }
      forbid a when owner == token.sub oblige warn { owner: owner, team: team }
    }
    """
    engine = load(text, api='issuer "https://two.example.com/" profile auth0')
    bob = {"iss": ISSUER, "sub": "12:b"}
    thing = {"owner": (ISSUER, "12:b"), "team": [bob, (ISSUER, "12:b")]}
    (tell,) = ask(engine, CLAIMS, "a", ("R", thing)).obligations
    me = {"iss": ISSUER, "sub": "auth0|ann"}
    assert tell.values == {"owner": bob, "team": (bob,), "who": me}
    mine = {"owner": (ISSUER, "auth0|ann"), "team": "nobody"}
    (warn,) = (decision := ask(engine, CLAIMS, "a", ("R", mine))).obligations
    assert not decision.allowed
    assert warn.values == {"owner": me, "team": None}
    record = orjson.loads(orjson.dumps(decision.record()))
    assert record["obligations"] == [{"name": "warn", "values": {"owner": me, "team": None}}]


def test_obligations_are_plain_data_for_logs() -> None:
    decision = ask(load(OBLIGE), CLAIMS, "read", ("R", GIVEN | {"level": 4, "spare": "s"}))
    record = orjson.loads(orjson.dumps(decision.record()))
    assert [each["name"] for each in record["obligations"]] == ["bill", "keep", "log", "mark", "note"]
    assert record["obligations"][1]["values"] == {
        "at": "2026-11-23T13:00:00+00:00",
        "wait": 90.0,
        "ip": "10.0.0.1",
        "fixed": "x",
        "some": ["a", "b"],
        "yes": True,
    }
    assert record["obligations"][0]["values"]["price"] == "5.00"


def test_an_instant_beyond_the_years_stays_a_number() -> None:
    engine = load("resource R { action a needs nothing permit a to anyone oblige keep { at: forever } }")
    (keep,) = ask(engine, CLAIMS, "a", ("R", {})).obligations
    assert keep.values == {"at": 2**63 - 1}


def test_decisions_that_differ_in_what_is_owed_are_two() -> None:
    engine = load(OBLIGE)
    one, same, other = (
        ask(engine, CLAIMS, "read", ("R", GIVEN | {"tags": tags})) for tags in (["a"], ["a", "a"], ["b"])
    )
    assert one == same
    assert one != other


# ---- parameters


PARAMETERS = """
resource R {
  limit: int
  action pay, refund(amount: int, memo?: string) needs nothing
  action close(reason: "done" | "void" ) needs nothing
  assume memo
  permit pay, refund to anyone when action.amount <= limit and (action.memo ?? "") != "no"
  permit close to anyone when action.reason == "done"
}
"""


@pytest.mark.parametrize(
    ("action", "parameters", "allowed"),
    [
        ("pay", {"amount": 5}, True),
        ("refund", {"amount": 6}, False),
        ("pay", {"amount": 5, "memo": "yes", "other": object()}, True),
        ("pay", {"amount": 5, "memo": "no"}, False),
        ("pay", {"amount": 5, "memo": 1}, False),
        ("pay", {"amount": "5"}, False),
        ("pay", {"amount": None}, False),
        ("pay", {}, False),
        ("pay", None, False),
        ("close", {"reason": "done"}, True),
        ("close", {"reason": "void"}, False),
        ("close", {"reason": "?"}, False),
    ],
)
def test_an_action_has_parameters(
    action: str, parameters: Mapping[str, object] | None, allowed: bool
) -> None:
    engine = load(PARAMETERS)
    thing = ("R", {"limit": 5})
    assert ask(engine, CLAIMS, action, thing, parameters=parameters).allowed is allowed
    who = engine.principal(VerifiedClaims(CLAIMS))
    (many,) = engine.decide_many([Request(who, action, thing, None, parameters)])
    assert many.allowed is allowed
    if not allowed:
        with pytest.raises(Denied):
            engine.authorize(who, action, thing, parameters=parameters)


def test_parameters_that_are_no_mapping_are_a_denial() -> None:
    engine = load(PARAMETERS)
    decision = ask(engine, CLAIMS, "pay", ("R", {"limit": 5}), parameters=[("amount", 1)])
    assert decision.allowed  # pairs make a dict
    assert not ask(engine, CLAIMS, "pay", ("R", {"limit": 5}), parameters=1).allowed


# ---- let, data and types of the set's own


SET = """
type Level = "low" < "mid" < "high"
type Room = { level: Level, from?: datetime }
let start = 9h
let office: set<cidr> = ["10.0.0.0/8"]
let opening = start + margin
let margin = 30m
let zone: zone = "Europe/Berlin"
data holidays: set<string> from "holidays.json"
data rooms: map<string, Room> from "rooms.json"
data prices: list<decimal> from "prices.json"
data most: Level from "most.json"
data rules: { closed: bool, note?: string } from "rules.json"
context { ip: ip  day: string }
resource R {
  room: string  level: Level
  action enter needs nothing
  permit enter to anyone when context.ip in office and clock(now, zone) >= opening and level <= most
  forbid enter when context.day in holidays
  forbid enter unless rooms[room].level >= level and (rooms[room].from ?? now) <= now
  forbid enter when rules.closed or (any price in prices where price > 9.99)
}
"""
FILES = {
    "holidays": '["2026-12-25", "2026-12-25"]',
    "rooms": '{"lab": {"level": "mid", "from": "2026-01-01T00:00Z"}, "hall": {"level": "high"}}',
    "prices": "[1, 9.99]",
    "most": '"mid"',
    "rules": '{"note": null, "closed": false}',
}


def enters(
    room: str = "lab",
    level: str = "mid",
    day: str = "2026-06-21",
    ip: str = "10.0.0.1",
    at: str = "2026-06-21T09:00Z",
    files: Mapping[str, str] = FILES,
) -> bool:
    engine = load(SET, **files)
    now = datetime.fromisoformat(at)
    context = {"ip": ip, "day": day}
    return ask(
        engine, CLAIMS, "enter", ("R", {"room": room, "level": level}), context=context, now=now
    ).allowed


def test_a_set_has_values_and_types_of_its_own() -> None:
    assert enters()
    assert not enters(day="2026-12-25")
    assert not enters(ip="192.0.2.1")
    assert not enters(at="2026-06-21T07:00Z")  # 09:00 in Berlin, and 09:30 is the end of the morning
    assert enters(at="2026-06-21T07:30Z")
    assert not enters(level="high")  # above what the set allows at most
    assert enters(room="hall")
    assert not enters(room="cellar")  # a lookup that misses is an error
    assert not enters(at="2025-12-31T12:00Z")
    assert not enters(files=FILES | {"prices": "[10.00]"})
    assert not enters(files=FILES | {"rules": '{"closed": true}'})
    assert enters(level="high", files=FILES | {"most": '"high"'}, room="hall")


def test_files_beside_the_policy_are_part_of_it(tmp_path: Path) -> None:
    # failure modes 30 and 51
    for name, content in FILES.items():
        (tmp_path / f"{name}.json").write_text(content)
    (tmp_path / "p.remit").write_text(policy(SET))
    engine = Engine.load(tmp_path, clock=lambda: NOW)
    before = engine.digest
    assert before == load(SET, **FILES).digest
    (tmp_path / "most.json").write_text(' "high" ')
    assert engine.reload() == 2
    assert engine.digest != before
    (tmp_path / "most.json").write_text("1")
    with pytest.raises(PolicyError, match="R410"):
        engine.reload()
    (tmp_path / "most.json").unlink()
    with pytest.raises(PolicyError, match="no file"):
        engine.reload()
    assert engine.generation == 2


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("holidays", '["2026-12-25"]', '["2026-12-26"]'),
        (
            "rooms",
            '{"hall": {"level": "high"}, "lab": {"from": "2026-01-01T00:00Z", "level": "mid"}}',
            "{}",
        ),
        ("prices", "[1,9.99]", "[9.99, 1]"),
        ("most", '  "mid"\n', '"low"'),
        ("rules", '{"closed": false, "note": null}', '{"closed": true}'),
    ],
)
def test_the_digest_covers_what_files_say_and_not_how(name: str, same: str, other: str) -> None:
    # failure mode 30
    digest = load(SET, **FILES).digest
    assert load(SET, **FILES | {name: same}).digest == digest
    assert load(SET, **FILES | {name: other}).digest != digest


def test_a_name_for_a_type_is_that_type() -> None:
    plain = 'resource R { x: list<"a" | "b">  action a needs nothing permit a to anyone when "a" in x }'
    named = 'type L = list<W>\ntype W = "b" | "a"\n' + plain.replace('list<"a" | "b">', "L")
    assert load(plain).digest == load(named).digest


def test_a_let_is_the_value_that_it_stands_for() -> None:
    plain = "resource R { x: int  action a needs nothing permit a to anyone when x < 2 + 3 }"
    named = "let b = c + 3\nlet c = 2\n" + plain.replace("2 + 3", "b")
    assert load(plain).digest == load(named).digest


def test_lets_reach_into_one_another_in_every_form() -> None:
    text = """
    token { plan?: string  assume plan }
    let names = [first]
    let first = "a"
    let plan = token.plan ?? fallback
    let fallback = "free"
    data sizes: map<string, int> from "sizes.json"
    let size = sizes[plan] + sizes[first]
    let many = count(names)
    let sum = size - many * 1
    resource R { action a needs nothing permit a to anyone when sum == 2 and first in names }
    """
    engine = load(text, sizes='{"a": 1, "free": 2}')
    assert ask(engine, CLAIMS, "a", ("R", {})).allowed
    assert not ask(engine, CLAIMS | {"plan": "a"}, "a", ("R", {})).allowed


def test_actions_may_stand_in_a_file() -> None:
    text = 'resource R { action from "actions.json"  permit any to entitled  permit open to anyone }'
    content = (
        '{"see": ["read", "write"], "edit": ["write"], "open": "nothing", "twice": ["read", "read"]}'
    )
    engine = load(text, actions=content)
    claims = CLAIMS | {"scope": "read", "permissions": ["read"]}
    allowed = [a for a in ("see", "edit", "open", "twice") if ask(engine, claims, a, ("R", {})).allowed]
    assert allowed == ["see", "open", "twice"]
    assert load(text, actions=content.replace('"write"]', '"read"]')).digest != engine.digest


# ---- what hiding an attribute would help (failure modes 2 and 3)


HIDING: list[tuple[str, str, str]] = [
    # fields, the rest of a rule, what is reported
    ("x: bool", "when x", ""),
    ("x: bool", "unless x", ""),
    ("x: bool = false", "when x", "forbid"),
    ("x: bool = true", "when x", "permit"),
    ("x: bool = false", "unless x", "permit"),
    ("x: bool = true", "unless x", "forbid"),
    ("x: bool = false", "when not (not x)", "forbid"),
    ("x?: bool", "when has x and x", "forbid"),
    ("x?: bool", "when not has x or x", "permit"),
    ("x?: bool", "unless has x and x", "permit"),
    ("x?: bool", "when x ?? true", "permit"),
    ("x?: bool", "when x ?? false", "forbid"),
    ("x?: int", "when has x", "forbid"),
    ("x?: int", "when not has x", "permit"),
    ("x: int = 3", "when x == 3", "permit"),
    ("x: int = 3", "when x == 4", "forbid"),
    ("x: int = 3", "when x != 4", "permit"),
    ("x: int = 3", "when x < 4", "permit"),
    ("x: int = 3", "when x <= 3", "permit"),
    ("x: int = 3", "when x > 3", "forbid"),
    ("x: int = 3  y: int", "when x < y", "permit forbid"),
    ("x: int = 3", "when x + 1 == 4", "permit forbid"),
    ("x?: int", "when (x ?? 3) == 3", "permit"),
    ("x?: int  y?: int", "when (x ?? y ?? 3) == 3", "permit forbid permit"),
    ('x: "a" < "b" < "c" = "b"', 'when x < "c"', "permit"),
    ('x: "a" < "b" < "c" = "b"', 'when x > "b"', "forbid"),
    ('x: "a" | "b" = "b"', 'when x in ["a"]', "permit forbid"),
    ("x: set<int> = []", "when 1 in x", "forbid"),
    ("x: set<int> = [1]", "when 1 in x", "permit forbid"),
    ("x: set<int> = []", "when any y in x where y == 1", "forbid"),
    ("x: set<int> = []", "when all y in x where y == 1", "permit"),
    ("x: set<int> = [1]", "when all y in x where y == 1", "permit forbid"),
    ("x?: set<int>", "when has x and (any y in x where y == 1)", "forbid"),
    ("x: list<int> = []", "when count(x) > 0", "forbid"),
    ("x: list<int> = []", "when count(x) == 0", "permit"),
    ("x: list<int> = [1]", "when count(x) > 0", "permit forbid"),
    ('x: string = ""', "when length(x) == 0", "permit"),
    ('x: string = "a"', 'when x like "a/**"', "permit forbid"),
    ("x: map<string, int> = {}", 'when "a" in x', "forbid"),
    ("x: map<string, bool> = {}", 'when x["a"]', ""),
    ("x: map<string, bool>", 'when x["a"] ?? true', "permit"),
    ("x: map<string, bool>", 'when x["a"] ?? false', "forbid"),
    ("x: map<string, bool>", 'when has x["a"]', "forbid"),
    ("x: map<string, bool>", 'when not has x["a"]', "permit"),
    ("x?: map<string, bool>", 'when has x and (x["a"] ?? true)', "permit forbid"),
    ("x: ip  y: set<cidr> = []", "when x in y", "forbid"),
    ('x: zone = "UTC"', "when clock(now, x) < 9h", "permit forbid"),
    ("x: set<int> = []  y: set<int>", "when 1 in y - x", "permit forbid"),
    ('x: user = "a"  y: set<user>', "when count(y - [x]) == 0", "permit forbid"),
    ("x: { y?: int }", "when has x.y and x.y == 1", "forbid"),
    ("x: { y?: int }", "when (x.y ?? 1) == 1", "permit"),
    ("x?: { y: int }", "when has x and x.y == 1", "forbid"),
    ("x: list<{ y?: bool }>", "when any z in x where z.y ?? true", "permit"),
    ("x: list<{ y?: bool }>", "when all z in x where z.y ?? false", "forbid"),
    ("x: map<string, { y?: bool }>", 'when x["a"].y ?? true', "permit"),
]


@pytest.mark.parametrize(("fields", "clause", "reported"), HIDING)
def test_a_member_that_helps_when_it_is_hidden_is_a_finding(
    fields: str, clause: str, reported: str
) -> None:
    def helped(effect: str, extra: str = "") -> list[Code]:
        rule = f"permit a to anyone {clause}" if effect == "permit" else f"forbid a {clause}"
        text = f"resource R {{ {fields}  {extra}  action a needs nothing  {rule} }}"
        found = read_set(None, {"p.remit": policy(text)}).findings
        return [finding.code for finding in found if finding.severity is Severity.ERROR]

    for effect in ("permit", "forbid"):
        assert set(helped(effect)) == ({Code.HIDING_HELPS} if effect in reported.split() else set())
        names = [
            name
            for name in "xy"
            if f"{name}: " in fields.split("{", maxsplit=1)[0] or f"{name}?: " in fields
        ]
        names = [n for n in names if not (n == "y" and "{ y?" in fields)]
        assert helped(effect, f"assume {', '.join(names)}") == []


def test_hiding_is_looked_for_in_claims_contexts_parameters_and_needs() -> None:
    for before, rest, name in (
        ("token { x?: bool }", "forbid a when has token.x and token.x", "token.x"),
        ("context { x: bool = false }", "forbid a when context.x", "context.x"),
        ("", "action b(x?: bool) needs nothing forbid b when has action.x", "action.x"),
        ("", "action b needs nothing when not has token.actor", "token.actor"),
        ("context { x: bool = true }", 'require a acr "x" unless context.x', "context.x"),
    ):
        text = f"{before} resource R {{ action a needs nothing {rest} }}"
        (finding,) = read_set(None, {"p.remit": policy(text)}).findings
        assert finding.code is Code.HIDING_HELPS
        assert f"leaving `{name}` out" in finding.message


def test_a_need_that_grows_when_something_is_hidden_is_no_finding() -> None:
    text = "context { x: bool = false } resource R { action a needs nothing when context.x needs read }"
    assert codes(text) == []


def test_what_stands_in_the_policy_itself_cannot_be_hidden() -> None:
    text = """
    data limits: map<string, int> from "limits.json"
    data spot: { x?: int } from "spot.json"
    resource R { action a needs nothing
      permit a to anyone when (limits["b"] ?? 2) == 2 and (spot.x ?? 2) == 2 }
    """
    files = {"limits": '{"a": 1}', "spot": "{}"}
    assert codes(text, **files) == []
    assert ask(load(text, **files), CLAIMS, "a", ("R", {})).allowed


def test_dropping_an_attribute_allows_nothing_new() -> None:
    # failure modes 2 and 3: what is not assumed can be left out of every request without a gain
    rng = random.Random(2)
    text = """
    token { level: int = 0 }
    context { safe: bool = false }
    resource R {
      owner: user  state: "open" | "shut" = "shut"  banned?: set<user>  spots: list<{ x?: int }> = []
      limits: map<string, int>
      action a needs nothing
      permit a to owner when state == "open" and context.safe
      permit a to anyone when token.level > 3 and (any s in spots where has s.x and s.x > 1)
      permit a to anyone when has banned and token.sub not in banned and (limits["k"] ?? 0) > 1
      forbid a unless token.level > 1 or context.safe or state == "open"
    }
    """
    engine = load(text)
    asked = 0
    while asked < 400:
        thing = {
            "owner": rng.choice(["auth0|ann", "auth0|bob"]),
            "state": rng.choice(["open", "shut"]),
            "banned": rng.choice([[], ["auth0|ann"]]),
            "spots": rng.choice([[], [{"x": 2}], [{"x": 1}, {}]]),
            "limits": rng.choice([{}, {"k": 2}, {"k": 1}]),
        }
        claims, context = CLAIMS | {"level": rng.randrange(6)}, {"safe": rng.random() < 0.5}
        if ask(engine, claims, "a", ("R", thing), context=context).allowed:
            continue
        asked += 1
        for source in (thing, claims, context):
            for name in set(source) - set(CLAIMS):
                left = {key: value for key, value in source.items() if key != name}
                parts = [left if part is source else part for part in (thing, claims, context)]
                again = ask(engine, parts[1], "a", ("R", parts[0]), context=parts[2])
                assert not again.allowed, (name, thing, claims, context)


# ---- rules that nothing brings about, and `all` over nothing


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("permit a to anyone when false", Code.NEVER_TRUE),
        ("forbid a when x and not x", Code.NEVER_TRUE),
        ("forbid a when (x and not x) or (y and not y)", Code.NEVER_TRUE),
        ("forbid a when x and (y and (not x or (n == 1 and n == 2)))", None),
        ("forbid a when x and n == 1 and n == 2", Code.NEVER_TRUE),
        ("forbid a when y and (n == 1 and n == 2)", Code.NEVER_TRUE),
        ("forbid a when p == 1.0 and p == 1.00", None),
        ("forbid a when p == 1.0 and p == 1.5", Code.NEVER_TRUE),
        ("forbid a when x or not x", None),
        ("permit a to anyone when all t in ts where t == 1", Code.EMPTY_ALL),
        ("permit a to anyone when x and (all t in ts where t == 1)", Code.EMPTY_ALL),
        ("permit a to anyone when x or (all t in ts where t == 1)", Code.EMPTY_ALL),
        ("permit a to anyone when count(ts) > 0 and (all t in ts where t == 1)", None),
        ("permit a to anyone when 1 in ts and (all t in ts where t == 1)", None),
        ("permit a to anyone when n < 3 and (all t in ts where t == 1)", Code.EMPTY_ALL),
        ("permit a to anyone when (any t in ts where x) and (all t in ts where t == 1)", None),
        ("permit a to anyone when any t in ts where t == 1", None),
        ("forbid a when all t in ts where t == 1", None),
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_warned_of(rule: str, code: Code | None) -> None:
    # failure modes 4 and 14
    text = (
        f"resource R {{ x: bool y: bool n: int p: decimal ts: set<int> action a needs nothing {rule} }}"
    )
    found = read_set(None, {"p.remit": policy(text)}).findings
    assert [finding.code for finding in found] == ([] if code is None else [code])
    assert all(finding.severity is Severity.WARNING for finding in found)
    assert load(text).generation == 1


@pytest.mark.parametrize(
    ("condition", "errors"),
    [
        ("flag and n == 1", []),
        ("not (flag or has tag)", []),
        ("n + 1 == 2", ["`n + ...` is out of range"]),
        ("m[s] == 1", ["`m[...]` has no such key"]),
        ("(m[s] ?? 1) == 1", []),
        ("(m[s] ?? m[s2]) == 1", ["`m[...]` has no such key"]),
        ("(m[s] ?? 1) + n == 2", ["`m[...] ?? ... + n` is out of range"]),
        ("has m[s]", ["`m[...]` has no such key"]),
        ('s like "a/*"', [f"`s` holds {SUSPECT}"]),
        ("any r in rows where r.x * 2 == 2", ["`r.x * ...` is out of range"]),
        ('clock(now, "UTC") < 9h', ["`clock(...)` is out of range"]),
        ("1 in a - b", []),
        ("count(a - [n]) == 0", []),
        ("token.sub == owner", ["it is unknown whether the caller is a user or a client"]),
        ('token.client == "web"', ["the token does not say its client"]),
        (f'token.issuer == "{ISSUER}"', ["the token does not say its issuer"]),
        ("granted(read)", []),
        ("holds(read)", ["the caller's permissions are unknown"]),
    ],
)
def test_what_can_err_of_a_rule_is_known(condition: str, errors: list[str]) -> None:
    fields = """flag: bool n: int s: string s2: string tag?: string m: map<string, int>
      rows: list<{ x: int }> a: set<int> b: set<int> owner: user"""
    text = f"resource R {{ {fields} assume tag, m action a needs nothing forbid a when {condition} }}"
    assert list(possible_errors(load(text).rules().blocks["R"].rules[0].condition)) == errors


@pytest.mark.parametrize(
    ("subject", "errors"),
    [
        ("role reader", ["the caller's roles are unknown"]),
        ("entitled", ["the caller's permissions are unknown"]),
        ("client web", ["it is unknown whether the caller is a user or a client"]),
        ("app", ["it is unknown whether the caller is a user or a client"]),
        ("anyone", []),
    ],
)
def test_what_can_err_of_a_subject_is_known(subject: str, errors: list[str]) -> None:
    text = f"resource R {{ app: client action a needs read permit a to {subject} }}"
    engine = load(text, api="client web")
    assert list(possible_errors(engine.rules().blocks["R"].rules[0].condition)) == errors


# ---- until when a decision holds (failure mode 34)


TIMED = """
token { since: datetime  assume since }
context { at: datetime }
resource R {
  at: datetime  zone: zone  wait: duration  times: set<datetime>  n: int
  open: map<"mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun", bool>
  hours: map<string, duration>  spots: list<{ from: datetime, until?: datetime }>  later?: datetime
  assume spots, open, hours, later
  action a needs nothing
  permit a to anyone when CONDITION
}
"""
TIMES = (
    "now < at",
    "now <= at",
    "at < now",
    "now == at",
    "now != at",
    "at < now and now < context.at",
    "now - at > wait",
    "at - now > wait",
    "now + wait > context.at",
    "now - wait < at - wait * 2",
    "(now - at) * 2 > wait",
    "(now - at) * n > wait",
    "n * (at - now) < wait",
    "(now - at) + (now - context.at) > wait",
    "now - at > now - context.at",
    "now - token.since < 1h",
    "clock(now, zone) < 9h",
    "clock(now, zone) >= 9h and clock(now, zone) < 17h",
    "clock(now + wait, zone) < 9h",
    "clock(now - 1m, zone) > clock(at, zone)",
    "clock(at - (now - at), zone) < 12h",
    'clock(now, zone) - clock(now, "UTC") > 0s',
    "clock(at, zone) < 9h",
    "clock(now, zone) * 2 > clock(now, zone) + wait",
    'weekday(now, zone) < "sat"',
    'weekday(now + wait, zone) == "mon"',
    'weekday(now, zone) in ["sat", "sun"]',
    'weekday(at, zone) == "mon"',
    "open[WEEKDAY] ?? false",
    "has open[WEEKDAY]",
    "WEEKDAY in open",
    "any t in times where t < now",
    "all t in times where t - now < wait",
    "any s in spots where s.from <= now and now < (s.until ?? forever)",
    "now in times",
    "now not in times",
    "count(times - [now]) > 1",
    "count(times - [now]) < 1",
    "any t in times - [now - wait] where t < at",
    "count([now, at]) == 1".replace("count([now, at])", "count([now] - times)"),
    "(later ?? now) <= now",
    "(later ?? now + wait) < at",
    '(hours["x"] ?? 1h) < now - at',
    "at < forever",
    "n < 3",
    "not (now < at and now + 1h > at)",
)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")


def around(rng: random.Random, now: float) -> datetime:
    """An instant near `now`: seconds, hours or days away."""
    span = rng.choice([1, 60, 3600, 86_400])
    return datetime.fromtimestamp(now, UTC) + timedelta(
        microseconds=rng.randrange(-span, span) * 1_000_000 + rng.choice([0, 0, 1, 500_000])
    )


def timed_thing(rng: random.Random, now: float) -> dict[str, object]:
    return {
        "at": around(rng, now),
        "zone": rng.choice(ZONES),
        "wait": timedelta(seconds=rng.choice([0, 1, 59, 60, 600, 3600, 90_000])),
        "times": [around(rng, now) for _ in range(rng.randrange(4))],
        "n": rng.choice([-2, 0, 1, 3]),
        "open": {day: rng.random() < 0.5 for day in ("mon", "tue", "wed", "sat", "sun")},
        "hours": rng.choice([{}, {"x": "30m"}]),
        "spots": [
            {"from": around(rng, now), "until": rng.choice([None, around(rng, now)])} for _ in range(2)
        ],
        "later": rng.choice([None, around(rng, now)]),
    }


def timed(condition: str) -> Engine:
    days = "weekday(now, zone)"
    if "open" in condition:
        # the days of the week are an ordered enum, and so are the keys
        keys = '"mon" < "tue" < "wed" < "thu" < "fri" < "sat" < "sun"'
        return load(
            TIMED.replace('"mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"', keys).replace(
                "CONDITION", condition.replace("WEEKDAY", days)
            )
        )
    return load(TIMED.replace("CONDITION", condition))


@pytest.mark.parametrize("condition", TIMES)
def test_a_decision_is_the_same_until_it_says_so(condition: str) -> None:
    engine = timed(condition)
    rng = random.Random(condition)
    for _ in range(40):
        now = (
            rng.choice([NOW, 1_774_742_400.0, 1_793_232_000.0])
            + rng.randrange(-7200, 7200)
            + rng.choice([0.0, 0.25])
        )
        thing, context = ("R", timed_thing(rng, now)), {"at": around(rng, now)}
        claims = CLAIMS | {"since": int(now) - rng.randrange(4000)}
        who = engine.principal(VerifiedClaims(claims))

        def answer(
            at: float,
            who: Principal = who,
            thing: object = thing,
            context: Mapping[str, object] = context,
        ) -> bool:
            return engine.allows(who, "a", thing, context=context, now=at)

        decision = engine.decide(who, "a", thing, context=context, now=now)
        until = decision.valid_until
        assert until is not None
        assert until > now
        samples = [until - 1e-6, math.nextafter(until, 0), now, math.nextafter(now, math.inf)]
        samples += [now + (until - now) * rng.random() ** 3 for _ in range(12)]
        for at in samples:
            if now <= at < until:
                assert answer(at) is decision.allowed, (thing, context, claims, now, at, until)


INSTANT = datetime.fromtimestamp(NOW, UTC)


@pytest.mark.parametrize(
    ("condition", "thing", "until"),
    [
        ("now < at", {"at": datetime.fromtimestamp(NOW + 90, UTC)}, NOW + 90),
        ("now <= at", {"at": datetime.fromtimestamp(NOW + 90, UTC)}, NOW + 90),
        ("now > at", {"at": INSTANT}, NOW + 0.000001),
        ("now - at > wait", {"at": datetime.fromtimestamp(NOW - 60, UTC), "wait": "90s"}, NOW + 30),
        ("(now - at) * 3 >= wait", {"at": INSTANT, "wait": "90s"}, NOW + 30),
        ("clock(now, zone) < 9h", {"zone": "UTC"}, NOW + 900),
        ("clock(now + 10m, zone) < 9h", {"zone": "UTC"}, NOW + 300),
        (
            "clock(at - (now - at), zone) < 9h",
            {"at": datetime.fromtimestamp(NOW + 60, UTC), "zone": "UTC"},
            NOW + 120.000001,
        ),
        ("now < at", {"at": datetime.fromtimestamp(NOW - 90, UTC)}, None),
        ("now < at", {"at": "never"}, None),
        ("now in times", {"times": []}, NOW + 0.000001),
        ("any t in [now - wait] where t < at", {"at": INSTANT, "wait": "90s"}, NOW + 0.000001),
        ("any t in [at] where t <= at", {"at": INSTANT}, None),
        ('weekday(now, zone) in ["mon", "tue"]', {"zone": "UTC"}, NOW + 900),
        ("at < forever", {"at": INSTANT}, None),
    ],
)
def test_a_decision_holds_as_long_as_it_can(
    condition: str, thing: dict[str, object], until: float | None
) -> None:
    decision = ask(timed(condition), CLAIMS, "a", ("R", thing))
    assert decision.valid_until == pytest.approx(CLAIMS["exp"] if until is None else until, abs=3e-7)


def test_the_first_moment_of_a_change_is_found_among_those_that_read_alike() -> None:
    # two neighbouring floats are read as this microsecond; the earlier of them counts
    engine = load(
        "resource R { at: datetime  action a needs nothing  permit a to anyone when now < at }"
    )
    at = datetime(1970, 1, 1, 0, 0, 1, 661_412, tzinfo=UTC)
    until = ask(engine, None, "a", ("R", {"at": at}), now=1.0).valid_until
    assert until is not None
    assert until < 1.661412
    assert not ask(engine, None, "a", ("R", {"at": at}), now=until).allowed
    assert ask(engine, None, "a", ("R", {"at": at}), now=math.nextafter(until, 0)).allowed


def test_a_time_that_does_not_count_does_not_end_a_decision() -> None:
    # without a token, and where no rule reads the clock, nothing ends it
    engine = load("resource R { x: bool action a needs nothing permit a to anyone when x }")
    assert ask(engine, None, "a", ("R", {"x": True})).valid_until is None
    assert ask(engine, CLAIMS, "a", ("R", {"x": True})).valid_until == CLAIMS["exp"]
    beyond = ask(
        timed("now < at or clock(now, zone) < 9h or now in times"),
        None,
        "a",
        ("R", {"zone": "UTC", "times": []}),
        now=1e14,
    )
    assert not beyond.allowed
    assert beyond.valid_until is None


@pytest.mark.parametrize(
    ("folders", "package", "version"),
    [(["found"], None, "# version 2026a"), (["none"], "2026.1", "2026.1"), (["none"], None, "")],
)
def test_the_rules_of_time_zones_have_a_version(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folders: list[str],
    package: str | None,
    version: str,
) -> None:
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "tzdata.zi").write_text("# version 2026a\nR a 1970 o - Ja 1 0 0 -\n")

    def version_of(_name: str) -> str:
        if package is None:
            raise metadata.PackageNotFoundError
        return package

    monkeypatch.setattr(zoneinfo, "TZPATH", tuple(str(tmp_path / folder) for folder in folders))
    monkeypatch.setattr(metadata, "version", version_of)
    assert zones_version() == version


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        ("permit a to anyone when clock(now, z) < 9h", True),
        ('permit a to anyone when weekday(at, "UTC") == "mon"', True),
        ('action b needs nothing when clock(at, "UTC") < 9h  permit b to anyone', True),
        ("permit a to anyone when at < now", False),
    ],
)
def test_the_digest_covers_the_time_zones_where_a_rule_reads_a_clock(
    monkeypatch: pytest.MonkeyPatch, rule: str, reads: bool
) -> None:
    fields = "at: datetime  z: zone" if "z)" in rule else "at: datetime"
    text = f"resource R {{ {fields}  action a needs nothing  {rule} }}"
    before = load(text).digest
    monkeypatch.setattr(ruletree, "zones_version", lambda: "another")
    assert (load(text).digest != before) is reads


# ---- one digest in every process (failure mode 5)


ASSERTED = """
api a {
  audience "a"
  issuer "i" profile custom {
    asserts role one, two, three
    asserts client web, app, site
    asserts tenant "red", "green", "blue"
  }
  scope read
  role one, two, three grants read
  client web, app, site
}
token { tenant: string }
"""


def test_a_digest_is_the_same_in_processes_with_other_hashes() -> None:
    script = (
        "import json, sys; from remit import Engine; texts = json.load(sys.stdin); "
        "print(*(Engine.from_text(text).digest for text in texts))"
    )
    texts = [
        {"p.remit": policy(SET), **{f"{name}.json": content for name, content in FILES.items()}},
        {"p.remit": policy(OBLIGE)},
        {"p.remit": policy(CLIENTS, api="client web, nightly class batch grants read")},
        {"p.remit": policy(REQUIRE)},
        {"p.remit": policy(NEEDS)},
        {"p.remit": ASSERTED},
    ]
    seen: set[str] = set()
    for seed in range(5):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": str(seed),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        seen.add(done.stdout)
    assert len(seen) == 1
    assert seen == {" ".join(Engine.from_text(text).digest for text in texts) + "\n"}


def test_two_requires_that_never_apply_are_two() -> None:
    # both come to the same condition, and ask for different logins
    engine = Engine.from_text(
        'api a { audience "a" issuer "i" scope r }\n'
        "resource T {\n action read needs r\n permit read to anyone\n"
        " require read max_age 15m when false\n require read max_age 8h when false\n}"
    )
    ids = [rule.reference.id for rule in engine.rules().blocks["T"].rules]
    assert len(set(ids)) == len(ids) == 3
