"""Typed equality (failure modes 15 and 32): all pairs of 60 values, under each of 9 types.

What a value is under a type stands beside it, worked out by hand; under a type that is not named there
it is no value at all. Then equality is plain: an ill-typed side is an error, and two values are equal
where what they are is.
"""

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

import pytest

from tests.truths import Question, Truth, decided, emitted, interpreted, text, traced, truth


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    ONE = 1


NOON = 1_795_435_200_000_000  # 2026-11-23, 12:00 UTC, in microseconds
HOUR = 3_600_000_000
NAME = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
TYPES = {
    "string": "string",
    "bool": "bool",
    "int": "int",
    "decimal": "decimal",
    "datetime": "datetime",
    "duration": "duration",
    "ip": "ip",
    "uuid": "uuid",
    "enum": '"blue" < "red"',
}
ORDERED = ("int", "decimal", "datetime", "duration", "enum")
# (what a service hands in, what it is under the types that take it); of an enum its place in the order
VALUES: tuple[tuple[object, dict[str, Any]], ...] = (
    ("", {"string": ""}),
    ("a", {"string": "a"}),
    ("A", {"string": "A"}),
    ("True", {"string": "True"}),
    ("true", {"string": "true"}),
    ("1", {"string": "1", "decimal": 1}),
    ("1.0", {"string": "1.0", "decimal": 1}),
    ("01", {"string": "01"}),
    ("0.5", {"string": "0.5", "decimal": Fraction(1, 2)}),
    ("é", {"string": "é"}),
    ("e\u0301", {"string": "e\u0301"}),
    ("\u212a", {"string": "\u212a"}),  # the sign for kelvin
    ("k", {"string": "k"}),
    ("red", {"string": "red", "enum": 1}),
    ("blue", {"string": "blue", "enum": 0}),
    ("Red", {"string": "Red"}),
    (Colour.RED, {"string": "red", "enum": 1}),
    (True, {"bool": True}),
    (False, {"bool": False}),
    (0, {"int": 0, "decimal": 0}),
    (1, {"int": 1, "decimal": 1}),
    (-1, {"int": -1, "decimal": -1}),
    (Level.ONE, {"int": 1}),
    (2**53, {"int": 2**53, "decimal": 2**53}),
    (2**53 + 1, {"int": 2**53 + 1, "decimal": 2**53 + 1}),
    (2**63 - 1, {"int": 2**63 - 1, "decimal": 2**63 - 1}),
    (2**63, {"decimal": 2**63}),
    (10**34, {}),
    (0.0, {}),
    (1.0, {}),
    (float("nan"), {}),
    (Decimal(1), {"decimal": 1}),
    (Decimal("1.00"), {"decimal": 1}),
    (Decimal("-0"), {"decimal": 0}),
    (Decimal("5E-1"), {"decimal": Fraction(1, 2)}),
    (Decimal("NaN"), {}),
    (Decimal("Infinity"), {}),
    ("2026-11-23T12:00Z", {"string": "2026-11-23T12:00Z", "datetime": NOON}),
    ("2026-11-23 13:00+01:00", {"string": "2026-11-23 13:00+01:00", "datetime": NOON}),
    ("2026-11-23T12:00:00", {"string": "2026-11-23T12:00:00"}),
    (datetime(2026, 11, 23, 12, tzinfo=UTC), {"datetime": NOON}),
    (datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=1))), {"datetime": NOON - HOUR}),
    (datetime(2026, 11, 23, 12), {}),  # noqa: DTZ001  (what is refused)
    (date(2026, 11, 23), {}),
    ("1h", {"string": "1h", "duration": HOUR}),
    ("60m", {"string": "60m", "duration": HOUR}),
    ("1.5h", {"string": "1.5h"}),
    (timedelta(minutes=60), {"duration": HOUR}),
    (timedelta(0), {"duration": 0}),
    ("10.0.0.1", {"string": "10.0.0.1", "ip": "10.0.0.1"}),
    ("010.0.0.1", {"string": "010.0.0.1"}),
    ("::ffff:10.0.0.1", {"string": "::ffff:10.0.0.1", "ip": "10.0.0.1"}),
    (IPv4Address("10.0.0.1"), {"ip": "10.0.0.1"}),
    (IPv6Address("::a00:1"), {"ip": "::a00:1"}),
    (NAME, {"string": NAME, "uuid": NAME}),
    (NAME.upper(), {"string": NAME.upper(), "uuid": NAME}),
    (UUID(NAME), {"uuid": NAME}),
    (None, {}),
    (b"a", {}),
    (["a"], {}),
)
FIELDS = """left: {0}  right: {0}  ones: set<{0}>  others: set<{0}>  list: list<{0}>"""
CONDITIONS = {
    "==": "left == right",
    "in a set": "left in others",
    "in a list": "left in list",
    "sets": "count(ones - others) == 0",
}


def equality(one: object, other: object, type_: str) -> Truth:
    """What the table says: an error beside an ill-typed side, else whether they are the same."""
    left, right = (known.get(type_) for known in (one, other) if isinstance(known, dict))
    return None if left is None or right is None else left == right


def test_the_table_has_sixty_values_of_nine_types() -> None:
    assert len(VALUES) == 60
    assert {type_ for _, known in VALUES for type_ in known} == set(TYPES)


def question(one: object, other: object) -> Question:
    return Question({"left": one, "right": other, "ones": [one], "others": [other], "list": (other,)})


@pytest.mark.parametrize("form", CONDITIONS)
@pytest.mark.parametrize("type_", TYPES)
def test_every_pair_is_equal_as_the_table_says(type_: str, form: str) -> None:
    # all judges on the pairs of which one side is a value of the type, the emitted one on the others
    policy = text(FIELDS.format(TYPES[type_]), CONDITIONS[form])
    cases = 0
    for one, left in VALUES:
        for other, right in VALUES:
            asked = question(one, other)
            both = type_ in left or type_ in right
            answer = truth(policy, asked, (emitted, traced)) if both else emitted(policy, asked)
            assert answer is equality(left, right, type_), (one, other)
            cases += 1
    assert cases == 3_600


@pytest.mark.parametrize("type_", TYPES)
def test_the_interpreter_agrees_about_equality(type_: str) -> None:
    policy = text(FIELDS.format(TYPES[type_]), CONDITIONS["=="])
    for one, left in VALUES:
        for other, right in VALUES:
            if type_ in left and type_ in right:
                answer = truth(policy, question(one, other), (decided, interpreted))
                assert answer is equality(left, right, type_), (one, other)


ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.mark.parametrize("sign", ORDERS)
@pytest.mark.parametrize("type_", ORDERED)
def test_every_pair_is_in_order_as_the_table_says(type_: str, sign: str) -> None:
    # failure mode 22: whole numbers are exact beyond 2**53
    policy = text(FIELDS.format(TYPES[type_]), f"left {sign} right")
    for one, left in VALUES:
        for other, right in VALUES:
            if type_ in left or type_ in right:
                known = type_ in left and type_ in right
                wanted = ORDERS[sign](left[type_], right[type_]) if known else None
                answer = truth(policy, question(one, other), (emitted, traced))
                assert answer is wanted, (one, other)


def test_an_ill_typed_element_beside_the_one_that_is_sought_does_no_harm() -> None:
    # found is true; not found beside an ill-typed element is an error
    policy = text("x: string  set: set<string>", "x in set")
    for ill in (None, 1, b"a", ["a"], 1.0):
        assert truth(policy, Question({"x": "a", "set": [ill, "a"]})) is True
        assert truth(policy, Question({"x": "a", "set": ["a", ill]})) is True
        assert truth(policy, Question({"x": "a", "set": [ill, "b"]})) is None
