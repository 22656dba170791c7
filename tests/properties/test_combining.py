"""The combining table, exhaustively: every list of up to six rules, each true, false or erring.

A list of effects is a policy; rule number n reads an attribute of its own, which is given as true,
false or something that is no bool. 127 policies so carry all of the 6^0 + ... + 6^6 = 55,987 cases.
With `require` as a third effect the lists have up to four rules: 7,381 cases.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from remit import Decision, Engine, VerifiedClaims

NOW = 1_800_000_000.0
CLAIMS = {"iss": "https://issuer/", "aud": "a", "exp": NOW + 1, "sub": "auth0|ann"}
OUTCOMES = {"true": True, "false": False, "error": 1}
Cell = tuple[str, str]


def combined(rules: Sequence[Cell]) -> bool:
    forbidden = any(effect != "permit" and outcome != "false" for effect, outcome in rules)
    return ("permit", "true") in rules and not forbidden


def policy(effects: Sequence[str]) -> str:
    fields = "\n".join(f"a{number}: bool" for number in range(len(effects)))
    what = {"permit": "to anyone", "forbid": "to anyone", "require": 'acr "strong"'}
    rules = "\n".join(
        f'{effect} any {what[effect]} when a{number} because "{number}"'
        for number, effect in enumerate(effects)
    )
    return f"""
        api table {{ audience "a" issuer "https://issuer/" profile auth0 }}
        resource Cell {{ {fields} action read needs nothing {rules} }}
    """


def decisions(length: int, *known: str) -> Iterator[tuple[tuple[Cell, ...], Decision]]:
    for effects in product(known, repeat=length):
        engine = Engine.from_text(policy(effects))
        ann = engine.principal(VerifiedClaims(CLAIMS))
        for outcomes in product(OUTCOMES, repeat=length):
            attributes = {f"a{number}": OUTCOMES[out] for number, out in enumerate(outcomes)}
            decision = engine.decide(ann, "read", ("Cell", attributes), now=NOW)
            yield tuple(zip(effects, outcomes, strict=True)), decision


@pytest.mark.parametrize("length", [*range(6), pytest.param(6, marks=pytest.mark.volume)])
def test_every_list_of_rules_combines_as_the_table_says(length: int) -> None:
    # failure modes 1, 4, 6 and 7
    cases = list(decisions(length, "permit", "forbid"))
    assert len(cases) == 6**length
    check(cases)


@pytest.mark.parametrize("length", range(5))
def test_a_require_that_is_not_met_combines_as_a_forbid(length: int) -> None:
    cases = list(decisions(length, "permit", "forbid", "require"))
    assert len(cases) == 9**length
    check(cases)


def check(cases: Sequence[tuple[Sequence[Cell], Decision]]) -> None:
    assert [rules for rules, decision in cases if decision.allowed is not combined(rules)] == []
    assert [rules for rules, decision in cases if not names_the_deciding_rule(rules, decision)] == []
    assert [rules for rules, decision in cases if not names_every_forbid(rules, decision)] == []


def names_the_deciding_rule(rules: Sequence[Cell], decision: Decision) -> bool:
    if decision.rule is None:
        return not decision.allowed and all(
            effect == "permit" or outcome == "false" for effect, outcome in rules
        )
    effect, outcome = rules[int(str(decision.rule.because))]
    if decision.allowed:
        return (effect, outcome) == ("permit", "true")
    return effect != "permit" and outcome != "false"


def names_every_forbid(rules: Sequence[Cell], decision: Decision) -> bool:
    named = {
        int(str(denial.rule.because)): denial.erred
        for denial in decision.denials
        if denial.rule is not None and denial.rule.effect != "permit"
    }
    return named == {
        number: outcome == "error"
        for number, (effect, outcome) in enumerate(rules)
        if effect != "permit" and outcome != "false"
    }
