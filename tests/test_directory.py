"""The service's directory: roles and permissions that are its own, and how long they hold."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from remit import Assignment, ConfigurationError, Engine, Principal, VerifiedClaims
from remit.tokens import findings
from remit.tokens.directory import MAX_ASSIGNED, Key, Source

ISSUER, API = "https://example.eu.auth0.com/", "https://api.example.com/notes"
ANN: Key = (ISSUER, "auth0|ann", None)
POLICY = f"""
api notes {{
  audience "{API}"
  issuer "{ISSUER}" profile auth0
  scope read:notes, write:notes
  role reader grants read:notes
  role admin extends reader grants write:notes
  role banned
  action read needs read:notes
  action write needs write:notes
  permit any to entitled
  forbid write to role banned because "banned"
}}
"""
USER: dict[str, Any] = {
    "iss": ISSUER,
    "aud": API,
    "sub": "auth0|ann",
    "exp": 10_000,
    "scope": "read:notes write:notes",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A directory that remembers what it was asked, and can be changed."""

    def __init__(self, says: object) -> None:
        self.says: Any = says
        self.keys: list[Key] = []

    def __call__(self, key: Key) -> Assignment | None:
        self.keys.append(key)
        if isinstance(self.says, Exception):
            raise self.says
        said: Assignment | None = self.says
        return said


class AskedAsync:
    def __init__(self, says: object) -> None:
        self.behind = Asked(says)

    async def __call__(self, key: Key) -> Assignment | None:
        await asyncio.sleep(0)
        return self.behind(key)


def engine_for(
    directory: Source | None,
    clock: Callable[[], float] | None = None,
    *,
    freshness: float = 300,
    organisation: str = "org_id",
) -> Engine:
    return Engine.from_text(
        POLICY,
        directory=directory,
        clock=clock or Clock(),
        directory_freshness=freshness,
        organisation=organisation,
    )


def principal(engine: Engine, **changes: object) -> Principal:
    return engine.principal(VerifiedClaims({**USER, **changes}))


def may(engine: Engine, who: Principal) -> str:
    return " ".join(action for action in ("read", "write") if engine.allows(who, action))


# ---- what it says


def test_roles_are_those_of_the_directory_and_never_the_tokens() -> None:
    engine = engine_for({ANN: Assignment(["reader"])})
    assert may(engine, principal(engine)) == "read"
    claims = {"roles": ["admin"], "permissions": ["write:notes"]}
    assert may(engine, principal(engine, **claims)) == "read"


def test_permissions_of_the_directory_count_even_where_there_are_none() -> None:
    said = {ANN: Assignment(["admin"], permissions=["read:notes"])}
    engine = engine_for(said)
    assert may(engine, principal(engine)) == "read"
    engine = engine_for({ANN: Assignment(["admin"], permissions=[])})
    assert may(engine, principal(engine)) == ""


def test_the_key_is_issuer_subject_and_organisation() -> None:
    asked = Asked(Assignment(["admin"]))
    engine = engine_for(asked)
    principal(engine)
    principal(engine, org_id="org_1")
    principal(engine_for(asked, organisation="tenant"), org_id="org_1", tenant="t")
    assert asked.keys == [ANN, (*ANN[:2], "org_1"), (*ANN[:2], "t")]


def test_roles_in_one_organisation_are_none_in_another() -> None:
    engine = engine_for({(ISSUER, "auth0|ann", "one"): Assignment(["admin"])})
    assert may(engine, principal(engine, org_id="one")) == "read write"
    assert may(engine, principal(engine, org_id="two")) == ""
    assert may(engine, principal(engine)) == ""


@pytest.mark.parametrize("organisation", [7, ["one"], {"id": "one"}])
def test_an_organisation_of_another_form_makes_the_token_invalid(organisation: object) -> None:
    engine = engine_for({ANN: Assignment(["admin"])})
    assert principal(engine, org_id=organisation).problem == findings.wrong_type("org_id")
    assert principal(engine, org_id=None).problem is None


@pytest.mark.parametrize("says", [None, RuntimeError("down"), ["admin"], {"roles": ["admin"]}, "admin"])
def test_what_the_directory_does_not_say_is_unknown(
    says: object, caplog: pytest.LogCaptureFixture
) -> None:
    # failure mode 1: a forbid by role fires where the roles are unknown
    caplog.set_level(logging.CRITICAL)
    engine = engine_for(Asked(says))
    who = principal(engine, permissions=["read:notes"], roles=["admin"])
    assert who.problem is None
    assert may(engine, who) == ""
    decision = engine.decide(who, "write")
    assert decision.layers.permission == "error"
    assert [(d.message, d.erred) for d in decision.denials if d.rule] == [("banned", True)]


def test_a_failure_is_logged_by_its_kind_only(caplog: pytest.LogCaptureFixture) -> None:
    # failure mode 56
    principal(engine_for(Asked(RuntimeError("secret of ann"))))
    assert caplog.messages == ["the directory failed: RuntimeError"]


def test_clients_and_subjects_of_unknown_kind_are_not_asked_about() -> None:
    asked = Asked(Assignment(["admin"]))
    engine = engine_for(asked)
    client = principal(engine, sub="job@clients", azp="job", roles=["banned"])
    assert may(engine, client) == "read write"
    assert may(engine, principal(engine, sub="who")) == ""
    assert principal(engine, aud="other").problem == findings.NO_AUDIENCE
    assert asked.keys == []


# ---- how long it holds


def test_what_it_says_holds_for_as_long_as_the_engine_trusts_it() -> None:
    clock = Clock()
    engine = engine_for({ANN: Assignment(["reader"])}, clock, freshness=60)
    who = principal(engine)
    assert engine.decide(who, "read").valid_until == 1060
    clock.now = 1059.9
    assert engine.allows(who, "read")
    clock.now = 1060
    assert not engine.allows(who, "read")
    assert engine.decide(who, "read").reason == findings.STALE
    assert may(engine, principal(engine)) == "read"


def test_an_assignment_may_say_itself_until_when_it_holds() -> None:
    clock = Clock()
    engine = engine_for({ANN: Assignment(["reader"], fresh_until=9000)}, clock)
    assert engine.decide(principal(engine), "read").valid_until == 9000
    short = principal(engine, exp=2000)
    assert engine.decide(short, "read").valid_until == 2000
    clock.now = 2000
    assert engine.decide(short, "read").reason == findings.EXPIRED


def test_a_reload_keeps_what_was_said_until_it_is_stale() -> None:
    clock, asked = Clock(), Asked(Assignment(["reader"]))
    engine = engine_for(asked, clock)
    who = principal(engine)
    asked.says = Assignment(["admin"])
    engine.reload()
    assert may(engine, who) == "read"
    assert asked.keys == [ANN]
    clock.now = 1300
    engine.reload()
    assert engine.decide(who, "read").reason == findings.STALE


def test_a_revocation_counts_at_once_for_principals_at_hand() -> None:
    # failure mode 33, and a role revoked while its principal is at hand
    asked = Asked(Assignment(["admin"]))
    engine = engine_for(asked)
    who = principal(engine)
    assert may(engine, who) == "read write"
    asked.says = Assignment(["reader"])
    assert may(engine, who) == "read write"
    generation = engine.generation
    engine.invalidate_principals()
    assert may(engine, who) == "read"
    assert engine.generation == generation
    assert asked.keys == [ANN, ANN]
    engine.reload()
    assert may(engine, who) == "read"
    asked.says = RuntimeError("down")
    engine.invalidate_principals()
    assert may(engine, who) == ""


def test_another_engines_directory_has_no_say() -> None:
    """A principal may be handed to an engine that did not make it: that one asks its own."""
    theirs = engine_for(lambda _: Assignment(["admin"]))
    ours = engine_for(lambda _: Assignment(["reader"]))
    without = engine_for(None)
    admin = principal(theirs, roles=["reader"])
    assert theirs.allows(admin, "write")
    assert ours.allows(admin, "read")
    assert not ours.allows(admin, "write")
    assert without.allows(admin, "read")
    assert not without.allows(admin, "write")


def test_another_engines_directory_cannot_lend_an_async_one_its_answer() -> None:
    admin = principal(engine_for(lambda _: Assignment(["admin"])))
    waiting = engine_for(AskedAsync(Assignment(["admin"])))
    assert not waiting.allows(admin, "read")
    assert waiting.decide(admin, "read").denials[0].layer == "token"


def test_without_a_directory_what_a_principal_heard_elsewhere_does_not_end_it() -> None:
    clock = Clock()
    heard = principal(
        engine_for(lambda _: Assignment(["reader"]), clock, freshness=10), roles=["reader"]
    )
    without = engine_for(None, clock)
    clock.now += 60
    assert without.allows(heard, "read")
    clock.now = 20_000
    assert without.decide(heard, "read").reason == findings.EXPIRED


def test_without_a_directory_principals_are_bound_anew_to_the_same() -> None:
    engine = Engine.from_text(POLICY, clock=Clock())
    who = principal(engine, roles=["reader"])
    binding = who.binding
    engine.invalidate_principals()
    assert may(engine, who) == "read"
    assert who.binding is not binding


# ---- an async one


def test_an_async_directory_is_waited_for() -> None:
    asked = AskedAsync(Assignment(["reader"]))
    engine = engine_for(asked)
    who = asyncio.run(engine.principal_async(VerifiedClaims(USER)))
    assert may(engine, who) == "read"
    asked.behind.says = RuntimeError("down")
    assert may(engine, asyncio.run(engine.principal_async(VerifiedClaims(USER)))) == ""


def test_an_async_directory_is_never_asked_where_nobody_can_wait() -> None:
    async def directory(_key: Key) -> Assignment:
        await asyncio.sleep(0)
        return Assignment(["admin"])

    engine = engine_for(directory)
    with pytest.raises(ConfigurationError, match="principal_async"):
        principal(engine)
    who = asyncio.run(engine.principal_async(VerifiedClaims(USER)))
    engine.reload()
    assert may(engine, who) == "read write"
    engine.invalidate_principals()
    assert may(engine, who) == ""
    assert engine.decide(who, "read").reason == findings.STALE
    assert may(engine, asyncio.run(engine.principal_async(VerifiedClaims(USER)))) == "read write"


def test_a_directory_that_answers_with_a_coroutine_unawares_says_nothing() -> None:
    async def later() -> Assignment:
        await asyncio.sleep(0)
        return Assignment(["admin"])

    anything: Any = lambda _key: later()  # noqa: E731  (it hides that it is async)
    engine = engine_for(anything)
    assert may(engine, principal(engine)) == ""


@pytest.mark.parametrize("directory", [None, {ANN: Assignment(["reader"])}])
def test_engines_that_need_not_wait_answer_in_async_code_as_well(directory: Source | None) -> None:
    engine = engine_for(directory)
    claims = VerifiedClaims({**USER, "roles": ["reader"]})
    assert may(engine, asyncio.run(engine.principal_async(claims))) == "read"
    assert may(engine, asyncio.run(engine.principal_async(VerifiedClaims({})))) == ""


def test_a_revocation_while_an_answer_is_waited_for_counts() -> None:
    async def directory(_key: Key) -> Assignment:
        engine.invalidate_principals()
        return Assignment(["admin"])

    engine = engine_for(directory)
    who = asyncio.run(engine.principal_async(VerifiedClaims(USER)))
    assert engine.decide(who, "read").reason == findings.STALE


# ---- what cannot be one


@pytest.mark.parametrize(
    ("directory", "freshness"), [(7, 300), ({}, 0), ({}, -1), ({}, float("nan")), ({}, float("inf"))]
)
def test_what_cannot_be_a_directory_is_refused_at_load(directory: object, freshness: float) -> None:
    anything: Any = directory
    with pytest.raises(ConfigurationError, match="directory"):
        engine_for(anything, freshness=freshness)


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"roles": "admin"}, TypeError),
        ({"roles": [1]}, TypeError),
        ({"roles": {"admin": True}}, TypeError),
        ({"roles": [], "permissions": "read:notes"}, TypeError),
        ({"roles": ["r"] * (MAX_ASSIGNED + 1)}, ValueError),
        ({"roles": [], "fresh_until": "tomorrow"}, TypeError),
        ({"roles": [], "fresh_until": True}, TypeError),
        ({"roles": [], "fresh_until": float("nan")}, TypeError),
    ],
)
def test_an_assignment_of_another_form_is_refused_where_it_is_made(
    members: dict[str, Any], error: type[Exception]
) -> None:
    # failure mode 16
    with pytest.raises(error):
        Assignment(**members)


def test_an_assignment_keeps_what_it_was_made_of() -> None:
    roles = ["reader"]
    said = Assignment(roles)
    roles.append("admin")
    assert said == Assignment(("reader",))
