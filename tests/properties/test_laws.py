"""Laws between the two implementations, and between an engine and itself.

The volume comes from seeds, the corners from hypothesis: 2,000 examples over the tests below.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit import Engine, Request, Verdict
from remit.syntax import tree
from remit.syntax.render import render
from tests.agreement import (
    Tally,
    compare,
    decide,
    differences,
    interpreted,
    meaning,
    principal,
    read,
    resource,
)
from tests.choices import Drawn, Seeded
from tests.generate import Policy, draw
from tests.generate_requests import NOW, Question, question, subjects_of
from tests.generate_trees import documents
from tests.hostile import CALLS
from tests.rearranging import rearranged

DAY = 86_400
SLICES = 20
FEW = 1  # of them runs where branches are counted; other tests take every branch too
POLICIES, QUESTIONS = 20, 260  # in each slice: 104,000 decisions in all


def examples(count: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=slow)


@st.composite
def asked(drawn: st.DrawFn, least: int = 1) -> tuple[Policy, list[Question]]:
    """A policy, and some requests about it."""
    choices = Drawn(drawn)
    policy = draw(choices)
    subjects = subjects_of(policy.document, "drawn")
    count = choices.integer(least, 6) if subjects.doors else 0
    return policy, [question(choices, subjects) for _ in range(count)]


def engine_of(policy: Policy) -> Engine:
    return Engine.from_text({"policy.remit": render(policy.document), **policy.files})


# ---- the engine and the interpreter


@pytest.mark.parametrize(
    "slice_", [*range(FEW), *(pytest.param(n, marks=pytest.mark.volume) for n in range(FEW, SLICES))]
)
def test_emitted_is_interpreted(slice_: int) -> None:
    # failure modes 1, 2, 3, 7, 13, 15, 16, 22, 27 and 63
    tally = Tally()
    CALLS.clear()
    for number in range(POLICIES):
        compare(f"law {slice_}.{number}", QUESTIONS, tally)
    assert tally.found == []
    assert tally.decisions == POLICIES * QUESTIONS
    assert 0.25 < tally.allowed / tally.decisions < 0.75
    assert CALLS == []


@pytest.mark.volume
@examples(300)
@given(asked())
def test_emitted_is_interpreted_in_the_corners(
    drawn: tuple[Policy, list[Question]],
) -> None:
    policy, questions = drawn
    meant = meaning(read({"policy.remit": render(policy.document)}), policy.files)
    engine = engine_of(policy)
    for one in questions:
        assert differences(engine, one, interpreted(meant, one)) == []


def test_hiding_a_required_member_never_allows() -> None:
    # failure modes 2 and 3: what is missing is an error, and no error is as good as an answer
    for number in range(40):
        seed = f"hiding {number}"
        choices = Seeded(seed)
        policy = draw(choices)
        engine, subjects = engine_of(policy), subjects_of(policy.document, seed)
        for _ in range(40 if subjects.doors else 0):
            one = question(choices, subjects)
            allowed = is_allowed(engine, one)
            for hidden in hidings(policy.document, one):
                assert allowed or not is_allowed(engine, hidden)


def is_allowed(engine: Engine, one: Question) -> bool:
    return decide(engine, one, principal(engine, one)).allowed


def hidings(document: tree.Document, one: Question) -> Iterator[Question]:
    """The question without one of its required members, for each of them."""
    for item in document.items:
        match item:
            case tree.TokenClaims(fields=fields) if one.claims is not None:
                yield from (replace(one, claims=rest) for rest in without(one.claims, fields))
            case tree.Context(fields=fields) if one.context is not None:
                yield from (replace(one, context=rest) for rest in without(one.context, fields))
            case tree.Resource(name=name, fields=fields) if name.text == one.resource_type:
                rests = without(one.resource or {}, fields)
                yield from (replace(one, resource=rest) for rest in rests)
            case _:
                pass


def without(members: dict[str, object], fields: Sequence[tree.Field]) -> Iterator[dict[str, object]]:
    for field in fields:
        if field.name.text in members and not field.optional and field.default is None:
            yield {name: value for name, value in members.items() if name != field.name.text}


# ---- what must change nothing


@pytest.mark.volume
@examples(150)
@given(asked(), st.integers(0, 2**32))
def test_order_files_and_duplicates_change_nothing(
    drawn: tuple[Policy, list[Question]], seed: int
) -> None:
    # failure mode 5
    policy, questions = drawn
    plain = engine_of(policy)
    files = rearranged(random.Random(seed), policy.document)
    written = {name: render(tree.Document(items)) for name, items in files.items()}
    other = Engine.from_text({**written, **policy.files})
    assert other.digest == plain.digest
    assert [answer(other, one) for one in questions] == [answer(plain, one) for one in questions]


def answer(engine: Engine, one: Question) -> tuple[object, ...]:
    """What a decision says, without the places that its rules stand at."""
    decision = decide(engine, one, principal(engine, one))
    return (
        decision.allowed,
        decision.layers,
        decision.rule and decision.rule.id,
        [(denial.layer, denial.rule and denial.rule.id, denial.erred) for denial in decision.denials],
    )


@pytest.mark.volume
@examples(100)
@given(asked(least=2))
def test_deciding_many_is_deciding_each(drawn: tuple[Policy, list[Question]]) -> None:
    # failure mode 57
    policy, questions = drawn
    engine = engine_of(policy)
    people = [principal(engine, one) for one in questions]
    together = engine.decide_many(
        [
            Request(who, one.action, resource(one), one.context, one.parameters)
            for one, who in zip(questions, people, strict=True)
        ],
        now=NOW,
    )
    apart = [
        decide(engine, replace(one, now=NOW), who) for one, who in zip(questions, people, strict=True)
    ]
    assert list(together) == apart


@pytest.mark.volume
@examples(75)
@given(asked())
def test_reloading_the_same_text_changes_nothing(
    drawn: tuple[Policy, list[Question]],
) -> None:
    policy, questions = drawn
    engine = engine_of(policy)
    people = [principal(engine, one) for one in questions]
    before = [decide(engine, one, who) for one, who in zip(questions, people, strict=True)]
    engine.reload()
    after = [decide(engine, one, who) for one, who in zip(questions, people, strict=True)]
    assert after == before


def test_until_it_ends_a_decision_stays_what_it_is() -> None:
    # failure mode 34
    timed = 0
    for number in range(40):
        seed = f"until {number}"
        choices = Seeded(seed)
        policy = draw(choices)
        engine, subjects = engine_of(policy), subjects_of(policy.document, seed)
        for _ in range(25 if subjects.doors else 0):
            one = question(choices, subjects)
            decision = decide(engine, one, principal(engine, one))
            end = min(decision.valid_until or one.now + DAY, one.now + DAY)
            timed += decision.valid_until not in (None, (one.claims or {}).get("exp"))
            for part in (0.3, 0.999_999):
                later = one.now + part * (end - one.now)
                if one.now < later < end and decision.layers.token is not Verdict.NOT_ASKED:
                    assert answer(engine, replace(one, now=later)) == answer(engine, one)
    assert timed > 100


@pytest.mark.volume
@examples(75)
@given(asked())
def test_an_object_is_what_a_mapping_of_its_attributes_is(
    drawn: tuple[Policy, list[Question]],
) -> None:
    policy, questions = drawn
    engine = engine_of(policy)
    for one in questions:
        if one.resource_type is not None:
            who = principal(engine, one)
            thing = one.resource_type, SimpleNamespace(**(one.resource or {}))
            decision = engine.decide(
                who,
                one.action,
                thing,
                context=one.context,
                parameters=one.parameters,
                now=one.now,
            )
            assert decision == decide(engine, one, who)


# ---- text


@pytest.mark.volume
@examples(1300)
@given(documents)
def test_what_is_rendered_is_parsed_as_it_was(document: tree.Document) -> None:
    # failure modes 9 and 46
    again = read({"policy.remit": render(document)})
    assert again == document
    assert repr(again) == repr(document)  # 1, 1.0 and true are equal, and three values


def test_an_expectation_without_a_resource_may_stand_before_another() -> None:
    # failure mode 9
    text = 'test "of the api" {\n  ann may read\n  bob may write\n}\n'
    assert render(read({"policy.remit": text})) == text
