"""What is changed in the engine, one thing at a time, by `tests.engine_mutants_long`."""

import pytest

from tests.engine_mutations import count, mutants


def changed(body: str, returns: str = "object") -> list[tuple[str, str]]:
    """The operators, and what they leave of a function's body that is one line."""
    source = f"def f(a, b) -> {returns}:\n    {body}"
    made = list(mutants("m", source))
    assert len(made) == count(source)
    return [(each.operator, each.source.split("\n", 1)[1].strip()) for each in made]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a < b", [("compare", "return a <= b")]),
        ("return a is not b", [("compare", "return a is b")]),
        ("return a not in b", [("compare", "return a in b")]),
        ("return not a", [("not", "return a")]),
        ("return a | b", [("arithmetic", "return a & b")]),
        (
            "return a or b",
            [("join", "return a and b"), ("operand", "return b"), ("operand", "return a")],
        ),
        ("return True", [("constant", "return False")]),
        ("return (0, 7)", [("element", "return (7,)"), ("element", "return (0,)")]),
        ("return a if b else a", [("negate", "return a if not b else a")]),
        ("a.b = b", [("statement", "pass")]),
        ("raise a", [("statement", "pass")]),
        ("a |= b", [("statement", "pass"), ("arithmetic", "a &= b")]),
        ("return isinstance(a, One | Two)", [("element", "return isinstance(a, One)")]),
        ("return {'x': a}", [("element", "return {}")]),
        ("return [c for c in a if c]", [("negate", "return [c for c in a if not c]")]),
    ],
)
def test_one_thing_is_changed(body: str, expected: list[tuple[str, str]]) -> None:
    made = changed(body)
    assert [each for each in expected if each not in made] == []


def test_what_a_test_answers_is_turned_round() -> None:
    assert changed("return a(b)", "bool") == [("result", "return not a(b)")]
    assert changed("return a(b)") == []


@pytest.mark.parametrize(
    "body",
    [
        "'says what it does'",
        "assert a == 1",
        "return f'{a} == 1'",
        "x: dict[str, int] | None = a",
        "a = b",
    ],
)
def test_what_decides_nothing_is_left_alone(body: str) -> None:
    assert changed(body) == []


def test_a_case_goes_and_a_part_of_its_pattern() -> None:
    body = "match a:\n        case 1 | 2:\n            return b\n        case _:\n            pass"
    made = [kept for operator, kept in changed(body) if operator == "case"]
    assert [kept.count("case") for kept in made] == [1, 2, 2]
    assert ["case 1:" in kept for kept in made] == [False, False, True]


def test_an_error_that_was_caught_is_raised() -> None:
    body = "try:\n        return a()\n    except KeyError:\n        return b"
    assert any(operator == "handler" and kept.endswith("raise") for operator, kept in changed(body))
