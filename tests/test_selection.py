"""Many rules of one form: the few that a request may meet are found, and nothing else changes."""

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import pytest

from remit import Decision, Engine, VerifiedClaims
from remit.compiler import selection
from remit.compiler.selection import FEW, Row, Rows
from tests.agreement import read
from tests.interpreter import interpret

NOW = 1_800_000_000.0
API = f"""
api things {{
  audience "https://api.example.com/things"
  issuer "https://example.eu.auth0.com/" profile auth0
  role reader
  {" ".join(f"role r{n}" for n in range(FEW + 8))}
}}
token {{ plan?: string  level: int  assume plan }}
"""
CLAIMS: dict[str, Any] = {
    "iss": "https://example.eu.auth0.com/",
    "aud": "https://api.example.com/things",
    "sub": "auth0|ann",
    "exp": NOW + 60,
    "level": 3,
}
MANY = FEW + 8


def rules(effect: str, *, oblige: bool = False) -> Iterator[str]:
    """Rules of ten forms, some twice; no value selects among those of one; and a rule that is alone."""
    for n in range(MANY):
        owed = f" oblige log {{ what: {n % 5} }}" if oblige else ""
        yield f'{effect} act to anyone when tenant == "t{n % (MANY // 2)}" and size < {n}{owed}'
        yield f'{effect} act to role reader when token.level == {n} and kind == "k{n % 3}"{owed}'
        either = f'(kind == "k{n % 2}" or "x{n % 4}" in tags)'
        yield f'{effect} act to anyone when tenant == "t{n}" and {either}{owed}'
        yield f'{effect} act to anyone when size > {100 + n} and text like "a{n}*"{owed}'
        yield f'{effect} act to anyone when tenant == "t{n}" and place.row == {n % 4}{owed}'
        yield f'{effect} act to anyone when tenant == "t{n}" and text like "a1*"{owed}'
        yield f"{effect} act to anyone when price == {n % 9}.5{owed}"
        yield f'{effect} act to anyone when tenant in ["t{n}", "t{n + 1}"] and size == {n}{owed}'
        yield f"{effect} act to anyone when token.level in [{n}, {n + 2}] and size == {n}{owed}"
        yield f"{effect} act to role r{n} when size == {n}{owed}"
    yield f'{effect} act to anyone when kind == "alone"'


def policy(permits: Iterator[str], forbids: Iterator[str]) -> str:
    return f"""{API}
    resource R {{
      tenant: string  size: int  kind: string  tags: set<string>  text: string
      place: {{ row: int }}  price: decimal
      action act needs nothing
      {chr(10).join(permits)}
      {chr(10).join(forbids)}
    }}
    """


POLICIES = {
    "permits": policy(rules("permit"), iter(())),
    "forbids": policy(iter(("permit act to anyone",)), rules("forbid")),
    "obliging permits": policy(rules("permit", oblige=True), iter(())),
    "obliging forbids": policy(iter(("permit act to anyone",)), rules("forbid", oblige=True)),
    "both": policy(rules("permit"), (rule for n, rule in enumerate(rules("forbid")) if n % 7)),
}


def requests(numbers: random.Random, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Claims and attributes; one in eight of these is no value of its type, or is not there."""
    for _ in range(count):
        good = {
            "tenant": f"t{numbers.randrange(MANY + 3)}",
            "size": numbers.choice((0, 5, 20, 40, 99, 130)),
            "kind": numbers.choice(("k0", "k1", "k2", "alone")),
            "tags": [f"x{numbers.randrange(6)}"],
            "text": f"a{numbers.randrange(9)}b",
            "place": {"row": numbers.randrange(6)},
            "price": numbers.choice(("1.5", "20.5", "99")),
        }
        odd: tuple[Any, ...] = (None, 1.5, True, [1], {})
        bad: dict[str, Any] = {name: numbers.choice(odd) for name in good if not numbers.randrange(8)}
        claims: dict[str, Any] = {"level": numbers.randrange(5)}
        if numbers.randrange(6):
            claims["roles"] = numbers.sample(["reader", *(f"r{n}" for n in range(MANY))], 3)
        yield CLAIMS | claims, good | bad


def said(decision: Decision) -> tuple[object, ...]:
    """All that a decision says; which of several true permits is named depends on their order."""
    places = [(denial.rule, denial.erred) for denial in decision.denials]
    named = decision.rule if not decision.allowed else None
    return decision.allowed, named, places, sorted(map(repr, decision.errors)), decision.obligations


@pytest.mark.parametrize("name", POLICIES)
def test_many_rules_of_a_form_decide_as_one_by_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = POLICIES[name]
    folding = Engine.from_text(text, clock=lambda: NOW)
    folding.warm()
    monkeypatch.setattr(selection, "FEW", 10_000)
    plain = Engine.from_text(text, clock=lambda: NOW)
    plain.warm()
    document = read({"policy.remit": text})
    answers = set()
    for number, (claims, thing) in enumerate(requests(random.Random(name), 100)):
        asked = ("R", thing)
        decisions = []
        for engine in (folding, plain):
            who = engine.principal(VerifiedClaims(claims))
            decisions.append(engine.decide(who, "act", asked))
            assert engine.allows(who, "act", asked) is decisions[-1].allowed
            assert engine.allows(who, "act", asked) is decisions[-1].allowed
        assert said(decisions[0]) == said(decisions[1])
        if number % 10 == 0:
            verdict = interpret(document, claims, "act", "R", thing, now=NOW)
            assert verdict.allowed is decisions[0].allowed
        answers.add((decisions[0].allowed, bool(decisions[0].errors)))
    assert len(answers) >= 3


def test_rules_that_one_value_selects_are_the_only_ones_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def counting(find: Callable[[Rows, Any], Iterable[Row]]) -> Callable[[Rows, Any], list[Row]]:
        def counted(self: Rows, value: object) -> list[Row]:
            found = list(find(self, value))
            looked.append(len(found))
            return found

        return counted

    class Counting(dict[object, Any]):
        def get(self, key: object, default: Any = None) -> Any:  # noqa: ANN401  (as a dict has it)
            found = super().get(key, default)
            looked.append(len(found))
            return found

    for way in ("sure", "possible", "with_roles"):
        monkeypatch.setattr(Rows, way, counting(getattr(Rows, way)))
    others = selection._others  # noqa: SLF001  (what is looked at is not to be seen)
    monkeypatch.setattr(selection, "_others", lambda *given: Counting(others(*given)))
    tests = {
        "equal": 'to anyone when tenant == "t{n}" and kind == "k"',
        "among": 'to anyone when tenant in ["t{n}", "u{n}"] and kind == "k"',
        "role": 'to role r{n} when kind == "k"',
    }
    for effect, test, value in product(("permit", "forbid"), tests, ("t7", "elsewhere", None)):
        looked.clear()
        many = (f"{effect} act {tests[test].replace('{n}', str(n))}" for n in range(MANY))
        also = iter(("permit act to anyone",)) if effect == "forbid" else iter(())
        engine = Engine.from_text(policy(many, also), clock=lambda: NOW)
        roles = {"t7": ["r7", "reader"], "elsewhere": ["reader"], None: None}[value]
        who = engine.principal(VerifiedClaims(CLAIMS | ({} if roles is None else {"roles": roles})))
        thing: dict[str, Any] = {"tenant": value, "size": 1, "kind": "k", "tags": [], "text": ""}
        assert engine.allows(who, "act", ("R", thing)) is (
            (effect, value) in {("permit", "t7"), ("forbid", "elsewhere")}
        )
        unknown = MANY if effect == "forbid" else 0
        assert set(looked) == {{"t7": 1, "elsewhere": 0, None: unknown}[value]}
        engine.decide(who, "act", ("R", thing))
        assert max(looked) == {"t7": 1, "elsewhere": 0, None: MANY}[value]


def test_rules_that_no_value_can_pick_apply_to_nobody() -> None:
    text = f"{API} resource R {{ tenant: string size: int action act needs nothing\n" + "\n".join(
        f"permit act to anyone when tenant in [] and size == {n}" for n in range(MANY)
    )
    engine = Engine.from_text(f"{text}\n permit act to anyone when size == 99 }}", clock=lambda: NOW)
    ann = engine.principal(VerifiedClaims(CLAIMS))
    for size in (3, 99):
        thing = ("R", {"tenant": "t", "size": size})
        decision = engine.decide(ann, "act", thing)
        assert decision.allowed is engine.allows(ann, "act", thing) is (size == 99)
        assert decision.layers.rules == ("passed" if size == 99 else "failed")


def test_rules_may_have_a_map_among_their_constants() -> None:
    test = 'tenant == "t{n}" and size == (sizes["s{n}"] ?? 0)'
    rules = "\n".join(f"permit act to anyone when {test.replace('{n}', str(n))}" for n in range(MANY))
    text = f"""{API} data sizes: map<string, int> from "sizes.json"
    resource R {{ tenant: string  size: int  action act needs nothing
    {rules} }}"""
    sizes = ", ".join(f'"s{n}": {n + 1}' for n in range(MANY))
    engine = Engine.from_text({"policy.remit": text, "sizes.json": f"{{{sizes}}}"}, clock=lambda: NOW)
    ann = engine.principal(VerifiedClaims(CLAIMS))
    for n, size in product(range(MANY), (3, 8)):
        thing = ("R", {"tenant": f"t{n}", "size": size})
        decision = engine.decide(ann, "act", thing)
        assert engine.allows(ann, "act", thing) is decision.allowed is (n == size - 1)
