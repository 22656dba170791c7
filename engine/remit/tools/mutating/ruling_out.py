"""Two tests -> whether they may come out so in one request.

Tests are not independent of each other: a value that is at least `"write"` is at least `"triage"`, and
who was granted a scope was granted what it implies. Whatever is not known to be ruled out may be.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from remit.checker.checked import (
    DECIMAL,
    Condition,
    Enumeration,
    Equal,
    Given,
    IsAuthenticated,
    Known,
    Less,
    Quantified,
    StrongLogin,
    Value,
)
from remit.compiler import operations
from remit.compiler.operations import Truth
from remit.tools.mutating.formulas import Scope, Test

Entails = Callable[[Condition, Condition], bool]


def outcomes(test: Test) -> tuple[Truth, ...]:
    """What a test may come to."""
    match test:
        case Scope(of="granted") | StrongLogin() | IsAuthenticated():
            return (True, False)
        case Known():
            return (True, None)
        case _:
            return (True, False, None)


class RuledOut:
    """What is known of pairs of tests, worked out once."""

    def __init__(self, scopes: Mapping[str, frozenset[str]], entails: Entails) -> None:
        """`scopes` to all that each implies; `entails`: of the conditions of two quantifiers."""
        self._scopes = scopes
        self._entails = entails
        self._known: dict[tuple[Test, Test], frozenset[tuple[Truth, Truth]] | None] = {}

    def may_be(self, one: Test, first: Truth, other: Test, second: Truth) -> bool:
        """Whether the one may be `first` where the other is `second`."""
        key = (one, other)
        if key not in self._known:
            self._known[key] = self._together(one, other)
        pairs = self._known[key]
        return pairs is None or (first, second) in pairs

    def _together(self, one: Test, other: Test) -> frozenset[tuple[Truth, Truth]] | None:
        """The pairs that are possible; None for all."""
        match one, other:
            case Scope(), Scope():
                below, above = self._implies(one, other), self._implies(other, one)
            case Quantified(), Quantified() if _alike(one, other):
                below = self._entails(one.condition, other.condition)
                above = self._entails(other.condition, one.condition)
            case Less() | Equal(), Less() | Equal():
                return _of_one_value(one, other)
            case _:
                return None
        every = ((a, b) for a in outcomes(one) for b in outcomes(other))
        return frozenset(
            (a, b) for a, b in every if not (below and _breaks(a, b)) and not (above and _breaks(b, a))
        )

    def _implies(self, one: Scope, other: Scope) -> bool:
        alike = one.of == other.of and one.anew == other.anew
        both = one.of == "effective" and (other.of == "granted" or one.anew == other.anew)
        return (alike or both) and other.scope in self._scopes[one.scope]


def _breaks(lower: Truth, upper: Truth) -> bool:
    """Whether that cannot be where the upper is true whenever the lower is, and false only with it."""
    return (lower is True and upper is not True) or (upper is False and lower is not False)


def _alike(one: Quantified, other: Quantified) -> bool:
    return (one.every, one.depth, one.collection) == (other.every, other.depth, other.collection)


def _of_one_value(one: Less | Equal, other: Less | Equal) -> frozenset[tuple[Truth, Truth]] | None:
    """The pairs for two comparisons of a value with constants."""
    compared, another = _compared(one), _compared(other)
    if compared is None or another is None or compared[0] != another[0]:
        return None
    points = _points(compared[1], another[1])
    return frozenset({(None, None), *((_came_to(one, each), _came_to(other, each)) for each in points)})


def _compared(test: Less | Equal) -> tuple[Value, Given] | None:
    """The value that is compared with a constant, and the constant."""
    match test.left, test.right:
        case (Given() as constant, value) | (value, Given() as constant):
            return value, constant
        case _:
            return None


def _points(one: Given, other: Given) -> Iterator[object]:
    """Values among which is one of each kind that the constants tell apart."""
    if isinstance(one.type, Enumeration):
        yield from one.type.values
        return
    constants = (one.value, other.value)
    yield from constants
    if any(type(each) not in (int, Decimal) for each in constants):
        yield _OTHER
        return
    yield from (each + step for each in constants for step in (-1, 1))
    if one.type == DECIMAL:
        yield sum(constants) / 2


_OTHER = object()
"""A value that is none of the constants: it equals none, and has no place in an order."""


def _came_to(test: Less | Equal, point: object) -> Truth:
    """What a comparison comes to where the value is `point`."""
    left, right = (side.value if isinstance(side, Given) else point for side in (test.left, test.right))
    if isinstance(test, Equal):
        return bool(left == right)
    assert point is not _OTHER, "what has an order is a number, or an enumeration"
    if isinstance(test.left.type, Enumeration):
        rank = operations.ranks(test.left.type)
        left, right = rank(left), rank(right)
    return operations.less(left, right, test.or_equal)
