"""Answers of quantifiers that are remembered by their elements are those of looking at each again."""

import random

import pytest

from remit import Engine, VerifiedClaims
from remit.compiler.remembered import FEW, MAX_CHARACTERS

POLICY = """
api a { audience "a" issuer "i" profile custom scope r }

resource Paper {
  tags:   list<string>
  groups: list<{ names: list<string>, key: string }>
  labels: set<string>

  action some, every, other, sealed, nested, label needs r
  permit some   to anyone when any t in tags where t like "x*"
  permit other  to anyone when any t in tags where t like "y*"
  permit every  to anyone when all t in tags where t like "x*" or t == "z"
  permit sealed to anyone
  forbid sealed when any t in tags where not t like "x*"
  permit nested to anyone when any g in groups where any n in g.names where n like "x*" and n != g.key
  permit label  to anyone when any l in labels where l like "x*"
}
"""
CLAIMS = {"iss": "i", "aud": "a", "sub": "s", "client_id": "c", "scope": "r", "exp": 2_000_000_000}
NOW = 1_900_000_000.0
ACTIONS = ("some", "every", "other", "sealed", "label")


class Text(str):
    """A str to `isinstance`, and none to remit."""

    __slots__ = ()


def engine(text: str = POLICY) -> Engine:
    return Engine.from_text(text, clock=lambda: NOW)


def paper(tags: object, groups: object = ()) -> tuple[str, dict[str, object]]:
    return "Paper", {"tags": tags, "groups": groups, "labels": tags}


def answers(of: Engine, tags: object) -> list[bool]:
    who = of.principal(VerifiedClaims(CLAIMS))
    by_code = [of.decide(who, action, paper(tags)).allowed for action in ACTIONS]
    assert [of.allows(who, action, paper(tags)) for action in ACTIONS] == by_code
    return by_code


def kept(of: Engine) -> int:
    return len(of._epoch.program.answers)  # noqa: SLF001  (a bound is kept inside)


@pytest.mark.volume
def test_a_list_that_was_seen_is_answered_as_by_an_engine_that_never_saw_it() -> None:
    order = random.Random(11)
    elements = ("xa", "xb", "ya", "z", "x%", "x/../y", 1, True, None, Text("xa"), b"xa")
    weights = (9, 9, 9, 9, 1, 1, 1, 1, 1, 1, 1)
    lists = [order.choices(elements, weights, k=order.randrange(3, 7)) for _ in range(300)]
    cold = {place: answers(engine(), tags) for place, tags in enumerate(lists)}
    assert {True, False} == {answer for each in cold.values() for answer in each}
    warm = engine()
    for place in order.choices(range(len(lists)), k=2000):
        assert answers(warm, lists[place]) == cold[place], lists[place]
    assert kept(warm)


@pytest.mark.parametrize("stranger", [1, True, None, Text("xa"), b"xa", ["xa"]])
def test_what_only_equals_a_text_is_not_taken_for_it(stranger: object) -> None:
    warm, tags = engine(), ["ya", "ya", "ya", "xa"]
    assert answers(warm, tags) == [True, False, True, False, True]
    assert answers(warm, [*tags[:3], stranger]) == answers(engine(), [*tags[:3], stranger])
    assert not answers(warm, [*tags[:3], stranger])[0]


def test_few_elements_are_not_worth_it() -> None:
    warm = engine()
    answers(warm, ["xa"] * (FEW - 1))
    assert not kept(warm)
    answers(warm, ["xa"] * FEW)
    assert kept(warm)


def test_a_list_of_much_text_is_looked_at_each_time() -> None:
    warm, long = engine(), ["x" * (MAX_CHARACTERS // 4)] * 4
    answers(warm, long)
    held = kept(warm)
    assert held
    assert answers(warm, [*long, "x"]) == [True, True, False, True, True]
    assert kept(warm) == held


def test_there_is_a_bound_to_what_is_remembered() -> None:
    warm = engine()
    for number in range(3000):
        answers(warm, [f"x{number}"] * FEW)
    assert 500 <= kept(warm) <= 1024


def test_an_element_of_a_list_around_is_read_anew() -> None:
    warm = engine()
    who, names = warm.principal(VerifiedClaims(CLAIMS)), ["xa"] * FEW
    for key, expected in (("xb", True), ("xa", False), ("xb", True)):
        groups = [{"names": names, "key": key}]
        assert warm.allows(who, "nested", paper([], groups)) is expected


def test_a_reload_forgets(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("set") / "policy.remit"
    path.write_text(POLICY, encoding="utf-8")
    warm = Engine.load(path, clock=lambda: NOW)
    assert answers(warm, ["xa"] * FEW)[0]
    path.write_text(POLICY.replace('"x*"', '"q*"'), encoding="utf-8")
    warm.reload()
    assert not kept(warm)
    assert not answers(warm, ["xa"] * FEW)[0]
