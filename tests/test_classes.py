"""Entitlement classes: what is shared, what is bounded, and that nothing of it changes an answer."""

import random
import threading
from collections.abc import Iterator
from itertools import product
from typing import Any, get_args

import pytest

from remit import Engine, Principal, VerifiedClaims
from remit.bounded import Generations, Shares
from remit.checker.checked import (
    FALSE,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Element,
    Given,
    InRole,
    IsAuthenticated,
    IsClient,
    IsEntitled,
    IsStored,
    Matches,
    NeedOfScopes,
    Negated,
    Now,
    OneScope,
    Part,
    Read,
    StrongLogin,
    Value,
)
from remit.checker.reads import PARTS
from remit.compiler import emit
from remit.compiler.residual import ERRING, simplified
from remit.decider import doors
from remit.decider.doors import TELL_APART_FROM, Door, Telling, Way
from remit.tokens.binding import Ways

NOW = 1_800_000_000.0
PATIENCE = 8
POLICY = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, read:notes, write:notes
  role reader grants read:notes
  role writer extends reader grants write:notes
}
token { tenant: string  mfa: bool = false }
resource Note {
  owner: user  tenant: string  secret: bool
  action read needs read:notes
  action look needs read:notes
  action write needs write:notes
  permit any to entitled, owner
  forbid any unless tenant == token.tenant
  forbid any when secret and not token.mfa
}
"""
CLAIMS: dict[str, Any] = {
    "iss": "https://example.eu.auth0.com/",
    "aud": "https://api.example.com/notes",
    "sub": "auth0|ann",
    "exp": NOW + 60,
    "azp": "spa",
    "scope": "read:notes write:notes",
    "roles": ["reader"],
    "tenant": "t1",
}
NOTE = ("Note", {"owner": "auth0|bob", "tenant": "t1", "secret": False})


def engine_of(text: str = POLICY) -> Engine:
    engine = Engine.from_text(text, clock=lambda: NOW)
    engine._telling = Telling(0, PATIENCE)  # noqa: SLF001  (a thousand decisions take their time)
    return engine


def who(engine: Engine, **changes: object) -> Principal:
    return engine.principal(VerifiedClaims(CLAIMS | changes))


def door_of(engine: Engine, kind: str = "Note", action: str = "read") -> Door:
    return engine._epoch.doors[kind][action]  # noqa: SLF001  (what is shared is not to be seen)


def ways_of(principal: Principal) -> Ways:
    return principal.binding.entitlement.ways


def way_of(engine: Engine, principal: Principal, action: str = "read") -> Way | None:
    """The way that a principal's class has for an action, once it is no more on trial."""
    way: Way | None = ways_of(principal).get(door_of(engine, action=action).told_apart)
    return None if way is None or way.allows is not way.emitted.allows else way


def decide_often(engine: Engine, principal: Principal, action: str = "read") -> None:
    for _ in range(PATIENCE):
        engine.allows(principal, action, NOTE)


def settle(engine: Engine, principal: Principal, action: str = "read") -> Way:
    """Decide until the principal's class has functions of its own."""
    decide_often(engine, principal, action)
    way = way_of(engine, principal, action)
    assert way is not None
    return way


# ---- what is shared


def test_tokens_that_the_policy_cannot_tell_apart_share_their_ways() -> None:
    engine = engine_of()
    ann, bob = who(engine), who(engine, sub="auth0|bob", tenant="t2", jti="other")
    settle(engine, ann)
    assert engine.allows(bob, "read", NOTE) is False
    assert way_of(engine, bob) is way_of(engine, ann)
    strong = who(engine, mfa=True)
    assert settle(engine, strong) is not way_of(engine, ann)


def test_a_class_is_made_functions_for_after_some_decisions() -> None:
    engine = engine_of()
    ann = who(engine)
    for turn in range(PATIENCE):
        assert (engine.decide if turn % 2 else engine.allows)(ann, "read", NOTE)
        assert (way_of(engine, ann) is None) is (turn < PATIENCE - 1)


def test_what_is_left_alike_has_one_function() -> None:
    engine = engine_of()
    ann = who(engine)
    read, look = settle(engine, ann, "read"), settle(engine, ann, "look")
    assert read is not look
    assert read.emitted is look.emitted
    lacking = who(engine, scope="", roles=[])
    assert settle(engine, lacking, "read").emitted is settle(engine, lacking, "write").emitted


def test_a_caller_with_a_token_and_one_without_keep_their_reasons_apart() -> None:
    engine = engine_of()
    for _ in range(PATIENCE + 2):
        known = engine.decide(who(engine, scope="", roles=[]), "read", NOTE)
        unknown = engine.decide(None, "read", NOTE)
        assert (known.layers.token, unknown.layers.token) == ("passed", "failed")
        assert known.reason != unknown.reason


def test_after_a_reload_or_an_invalidation_no_way_is_kept() -> None:
    # failure mode 33
    engine = engine_of()
    ann = who(engine)
    before = settle(engine, ann)
    engine.reload()
    assert engine.allows(ann, "read", NOTE)
    assert way_of(engine, ann) is None
    after = settle(engine, ann)
    assert after is not before
    engine.invalidate_principals()
    assert engine.allows(ann, "read", NOTE)


SETTLED = """
api notes {{
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:notes, s0
  role reader grants read:notes
  client spa
}}
token {{ mfa: bool  grade: "low" < "high" }}
resource Note {{
  owner: user  tenant: string  secret: bool
  action read needs read:notes
  action look needs read:notes
  permit read {condition}
  permit look {settled}
}}
"""
STRONG: dict[str, object] = {"mfa": True, "grade": "high"}
ITSELF: dict[str, object] = {"sub": "spa@clients"}
YES, NO = "to anyone", 'to anyone when "a" == "b"'


@pytest.mark.parametrize(
    ("condition", "claims", "settled"),
    [
        ("to role reader", {}, YES),
        ("to role reader", {"roles": [], "permissions": ["read:notes"]}, NO),
        ("to client spa", ITSELF, YES),
        ("to client spa", {}, NO),
        ("to entitled", {}, YES),
        ("to entitled", {"roles": []}, NO),
        ("to anyone when token.mfa", {}, YES),
        ("to anyone when token.mfa", {"mfa": False}, NO),
        ('to anyone when token.grade == "high"', {}, YES),
        ('to anyone when token.grade >= "high"', {"grade": "low"}, NO),
        ('to anyone when token.kind == "user"', {}, YES),
        ('to anyone when token.kind == "user"', ITSELF, NO),
        ('to anyone when token.client == "spa"', {}, YES),
        ('to anyone when token.issuer == "https://example.eu.auth0.com/"', {}, YES),
        ("to anyone when granted(s0)", {"scope": "read:notes s0"}, YES),
        ("to anyone when granted(s0)", {}, NO),
        ("to anyone when holds(read:notes)", {"roles": []}, NO),
        ('to anyone\n require read acr "strong"', {"acr": "strong"}, f"{YES}\n forbid look {NO}"),
    ],
)
def test_what_is_known_of_a_caller_is_settled_for_the_class(
    condition: str, claims: dict[str, object], settled: str
) -> None:
    engine = engine_of(SETTLED.format(condition=condition, settled=settled))
    ann = who(engine, **{"scope": "read:notes", **STRONG, **claims})
    assert settle(engine, ann).emitted is settle(engine, ann, "look").emitted
    assert engine.allows(ann, "read", NOTE) is engine.allows(ann, "look", NOTE) is (settled != NO)


@pytest.mark.parametrize(
    "condition",
    [
        'token.sub == "auth0|ann"',
        'token.sub in ["auth0|ann", "auth0|eve"]',
        "any one in chosen where one == token.sub",
        "not (all one in chosen where one != token.sub)",
    ],
)
def test_users_of_one_class_are_told_apart_where_a_rule_names_one(condition: str) -> None:
    # failure mode 31
    text = SETTLED.format(condition=f"to anyone when {condition}", settled="to anyone")
    for chosen in ('["auth0|ann"]', '["auth0|ann", "auth0|eve"]'):
        engine = engine_of(f"let chosen: set<user> = {chosen}\n{text}")
        ann, bob = (who(engine, sub=sub, **STRONG) for sub in ("auth0|ann", "auth0|bob"))
        settle(engine, ann)
        settle(engine, bob)
        assert ways_of(ann) is ways_of(bob)
        assert engine.allows(ann, "read", NOTE)
        assert not engine.allows(bob, "read", NOTE)
        assert not engine.decide(bob, "read", NOTE).allowed


ONE_RULE = """
api notes {{
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  issuer "https://other.eu.auth0.com/" profile auth0
  scope read:notes, s0
  role reader grants read:notes
}}
token {{ mfa: bool  grade: "low" < "high"  tenant: string  level: int  groups: set<string> }}
resource Note {{
  tenant: string
  action read needs nothing
  {rule}
}}
"""
KNOWN: dict[str, object] = {
    **STRONG,
    "level": 3,
    "groups": ["a"],
    "scope": "s0",
    "roles": [],
    "permissions": ["s0"],
    "acr": "weak",
}
OTHER: dict[str, object] = {"iss": "https://other.eu.auth0.com/"}
PERMIT = "permit read to anyone\n  "
UNSAID: dict[str, object] = {"roles": None, "permissions": None}


@pytest.mark.parametrize(
    ("rule", "may", "may_not"),
    [
        (PERMIT + "forbid read unless granted(s0)", {}, {"scope": "read:notes"}),
        (PERMIT + "forbid read unless holds(s0)", {}, {"permissions": []}),
        (PERMIT + "forbid read when holds(read:notes)", UNSAID | {"permissions": []}, UNSAID),
        (PERMIT + "forbid read unless token.mfa", {}, {"mfa": False}),
        (PERMIT + 'forbid read unless token.grade == "high"', {}, {"grade": "low"}),
        (PERMIT + 'forbid read unless token.tenant == "t1"', {}, {"tenant": "t2"}),
        (PERMIT + "forbid read unless token.level > 2", {}, {"level": 2}),
        (PERMIT + "forbid read unless token.level in [3, 4]", {}, {"level": 2}),
        (PERMIT + 'forbid read unless "a" in token.groups', {}, {"groups": ["b"]}),
        (PERMIT + 'forbid read unless token.tenant like "t1*"', {}, {"tenant": "t2"}),
        (PERMIT + 'forbid read unless token.kind == "user"', {}, {"sub": "spa@clients"}),
        (PERMIT + 'forbid read unless token.client == "spa"', {}, {"azp": "app"}),
        (PERMIT + 'forbid read when token.issuer == "https://other.eu.auth0.com/"', {}, OTHER),
        (PERMIT + 'require read acr "strong"', {"acr": "strong"}, {}),
        (PERMIT + "forbid read to role reader", {}, {"roles": ["reader"]}),
        (PERMIT + "forbid read to role reader", {}, {"roles": None}),
        ("permit read to role reader", {"roles": ["reader"]}, {"roles": None}),
    ],
)
def test_callers_that_differ_in_one_thing_are_told_apart(
    rule: str, may: dict[str, object], may_not: dict[str, object]
) -> None:
    # failure mode 31
    for first, second in ((may, may_not), (may_not, may)):
        engine = engine_of(ONE_RULE.format(rule=rule))
        for claims in (first, second, first):
            brought = {
                name: value for name, value in {**CLAIMS, **KNOWN, **claims}.items() if value is not None
            }
            caller = engine.principal(VerifiedClaims(brought))
            decide_often(engine, caller)
            assert engine.allows(caller, "read", NOTE) is (claims is may)
            assert engine.decide(caller, "read", NOTE).allowed is (claims is may)


MANY_ROLES = """
api notes {{
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:notes, write:notes
  {roles}
}}
resource Note {{
  owner: user  tenant: string  secret: bool
  action read needs read:notes
  {permits}
}}
"""


@pytest.mark.parametrize("roles", [TELL_APART_FROM - 1, TELL_APART_FROM])
def test_callers_are_told_apart_where_rules_ask_much_about_them(roles: int) -> None:
    names = [f"role{number}" for number in range(roles)]
    text = MANY_ROLES.format(
        roles="\n".join(f"role {name} grants read:notes" for name in names),
        permits="\n".join(
            f'permit read to role {name} when tenant == "{name}{of}"'
            for name in names
            for of in ("", "x")
        ),
    )
    engine = Engine.from_text(text, clock=lambda: NOW)
    for name in names:
        asking = who(engine, roles=[name])
        for other in names:
            allowed = engine.allows(asking, "read", ("Note", {"tenant": other}))
            assert allowed is (name == other)
            assert engine.decide(asking, "read", ("Note", {"tenant": other})).allowed is allowed
        assert bool(ways_of(asking)) is (roles == TELL_APART_FROM)


# ---- what is bounded


def scopes() -> Iterator[str]:
    """Ever new combinations of scopes."""
    for chosen in product((True, False), repeat=10):
        yield " ".join(f"s{n}" for n, is_in in enumerate(chosen) if is_in)


def test_a_client_that_sprays_scopes_pushes_out_nobody_but_itself() -> None:
    # failure mode 39
    engine = engine_of()
    way = settle(engine, who(engine, azp="app"))
    for scope, mfa, roles in product(scopes(), (True, False), ([], ["reader"], ["writer"])):
        assert not engine.allows(
            who(engine, azp="sprayer", scope=scope, mfa=mfa, roles=roles), "read", NOTE
        )
    assert len(engine._epoch.classes) <= doors._MAX_CLASSES_OF_A_CLIENT + 2  # noqa: SLF001  (nothing else counts them)
    app = who(engine, azp="app")
    assert not engine.allows(app, "read", (*NOTE[:1], {}))
    assert way_of(engine, app) is way


def test_the_ways_of_all_classes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "_MAX_WAYS_OF_CLASSES", 20)
    engine = engine_of()
    made = [who(engine, scope=scope) for scope, _ in zip(scopes(), range(50), strict=False)]
    for asking, action in product(made, ("read", "look", "write")):
        assert not engine.allows(asking, action, NOTE)
        ways = {id(ways_of(each)): ways_of(each) for each in made}.values()
        assert sum(map(len, ways)) <= 20


def test_many_owners_are_bounded_as_well() -> None:
    table: Shares[int, int] = Shares(64, 16)
    for number in range(1_000):
        table.keep(number, number, number)
    assert len(table) <= 64
    for number in range(1_000):
        for key in range(16):
            table.keep(number, key, key)
    assert len(table) <= 64 + 16


def test_owners_that_were_admitted_early_are_bounded_as_they_grow() -> None:
    table: Shares[int, int] = Shares(64, 16)
    for key in range(16):
        for owner in range(16):
            table.keep(owner, key, key)
            assert len(table) <= 64 + 16


def test_an_owner_pushes_out_what_is_its_own() -> None:
    # failure mode 39
    table: Shares[int, int] = Shares(64, 16)
    table.keep("app", 0, 0)
    for number in range(1_000):
        table.keep("sprayer", number, number)
    assert table.get("app", 0) == 0
    assert table.get("sprayer", 999) == 999
    assert table.get("sprayer", 0) is table.get("nobody", 0) is None


def test_an_owner_that_comes_back_finds_what_it_had_while_many_others_came() -> None:
    table: Shares[int, int] = Shares(64, 16)
    table.keep("app", 0, 0)
    for number in range(1_000):
        table.keep(number, 0, 0)
        assert table.get("app", 0) == 0


def test_a_policy_with_more_tests_than_are_worth_it_is_decided_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(emit, "_MAX_TESTS", 1)
    engine = engine_of()
    assert engine.allows(who(engine), "read", NOTE)
    assert not engine.allows(who(engine, roles=[]), "read", NOTE)
    ann, bob = who(engine), who(engine, roles=["writer"])
    assert engine.allows(ann, "read", NOTE)
    assert engine.allows(bob, "read", NOTE)
    assert ways_of(ann) == ways_of(bob) == {}


def test_what_is_asked_for_stays_and_what_is_not_goes() -> None:
    # failure mode 36
    table: Generations[int, int] = Generations(100)
    table.keep(-1, -1)
    for number in range(10_000):
        table.keep(number, number)
        assert table.get(-1) == -1
        assert len(table) <= 100
    assert table.get(9_999) == 9_999
    assert table.get(5) is None


def test_threads_share_a_table() -> None:
    # failure mode 37
    table: Generations[int, int] = Generations(16)
    wrong: list[tuple[int, int]] = []

    def ask(seed: int) -> None:
        numbers = random.Random(seed)
        for _ in range(5_000):
            number = numbers.randrange(64)
            found = table.get(number)
            if found is None:
                table.keep(number, number)
            elif found != number:
                wrong.append((number, found))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---- what is shared by shape


def test_rules_that_differ_in_names_and_constants_share_their_code_and_not_their_answers() -> None:
    kinds = "".join(
        f"""
        resource T{n} {{
          field{n}: string
          action act{n} needs read:notes
          permit any to anyone when field{n} == "value{n}"
        }}
        """
        for n in range(5)
    )
    engine = Engine.from_text(POLICY + kinds, clock=lambda: NOW)
    ann = who(engine)
    written = set()
    for n, other in product(range(5), range(5)):
        thing = (f"T{n}", {f"field{n}": f"value{other}"})
        assert engine.allows(ann, f"act{n}", thing) is (n == other)
        assert engine.decide(ann, f"act{n}", thing).allowed is (n == other)
        written.add(door_of(engine, f"T{n}", f"act{n}").general.written)
    assert len(written) == 1


def test_every_kind_of_node_is_taken_apart_or_known_to_have_no_parts() -> None:
    """A constant that stayed in a shape would be one that another policy's rule is decided by."""
    whole = {Caller, Now, Always, IsAuthenticated}
    settled_before = {IsEntitled, IsStored}
    of_its_own = {Given, Read, Part, Element, InRole, OneScope, IsClient, StrongLogin, Matches}
    kinds = {*get_args(Value), *get_args(Condition), *get_args(NeedOfScopes)}
    assert kinds == whole | settled_before | of_its_own | set(PARTS)


# ---- what is settled


TESTS: tuple[Condition, ...] = tuple(InRole(name) for name in "abcd")
KINDS = frozenset([InRole])
TRUTHS = {True: TRUE, False: FALSE, None: ERRING}


def kleene(condition: Condition, known: dict[Condition, bool | None]) -> bool | None:
    """What a condition comes to, by the tables of strong Kleene logic."""
    match condition:
        case Negated(operand=operand):
            truth = kleene(operand, known)
            return None if truth is None else not truth
        case AllOf(operands=operands):
            truths = [kleene(each, known) for each in operands]
            return False if False in truths else None if None in truths else True
        case AnyOf(operands=operands):
            truths = [kleene(each, known) for each in operands]
            return True if True in truths else None if None in truths else False
        case _:
            return condition.truth if condition in TRUTHS.values() else known[condition]  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue]


def drawn(numbers: random.Random, depth: int) -> Condition:
    kind = numbers.randrange(5) if depth else 0
    if kind < 2:
        return numbers.choice(TESTS)
    if kind == 2:
        return Negated(drawn(numbers, depth - 1))
    operands = tuple(drawn(numbers, depth - 1) for _ in range(numbers.randint(2, 4)))
    return AllOf(operands) if kind == 3 else AnyOf(operands)


def test_what_is_left_comes_to_the_same_whatever_was_known() -> None:
    # failure mode 6
    numbers = random.Random(2026)
    for _ in range(3_000):
        condition = drawn(numbers, 4)
        values = {test: numbers.choice((True, False, None)) for test in TESTS}
        settled = {test: TRUTHS[values[test]] for test in TESTS if numbers.randrange(2)}
        assert kleene(simplified(condition, settled, KINDS), values) is kleene(condition, values)
        whole = simplified(condition, {test: TRUTHS[values[test]] for test in TESTS}, KINDS)
        assert whole == TRUTHS[kleene(condition, values)]
