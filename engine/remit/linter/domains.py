"""Tests of one value against constants -> the set of values that each leaves.

A test that this module says nothing about is taken for any other.
"""

from dataclasses import dataclass
from typing import Any

from remit.checker.checked import (
    BOOL,
    Applied,
    Condition,
    Contains,
    Enumeration,
    Equal,
    Given,
    IsTrue,
    Less,
    SetOf,
    Value,
)

Bound = tuple[Any, bool]
"""A value, and whether it is inside."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The values among `only` (None: any of the type), none of `never`, from `low` up to `high`."""

    only: frozenset[Any] | None = None
    never: frozenset[Any] = frozenset()
    low: Bound | None = None
    high: Bound | None = None

    def has(self, value: Any) -> bool:  # noqa: ANN401  (a constant of any type)
        """Whether a value is left."""
        if value in self.never or (self.only is not None and value not in self.only):
            return False
        if self.low is not None and not (value >= self.low[0] if self.low[1] else value > self.low[0]):
            return False
        return self.high is None or bool(value <= self.high[0] if self.high[1] else value < self.high[0])

    def with_(self, other: "Domain") -> "Domain":
        """The values that are in both."""
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = self.only & other.only
        low = max((b for b in (self.low, other.low) if b), key=_lowest, default=None)
        high = min((b for b in (self.high, other.high) if b), default=None)
        return Domain(only, self.never | other.never, low, high)

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.only is not None:
            return not any(self.has(value) for value in self.only)
        if self.low is None or self.high is None:
            return False
        if self.low[0] == self.high[0]:
            return not self.has(self.low[0])
        return bool(self.low[0] > self.high[0])

    def within(self, other: "Domain") -> bool:
        """Whether each value that is here is surely in the other."""
        if self.only is not None:
            return all(other.has(value) for value in self.only if self.has(value))
        if other.only is not None or any(self.has(value) for value in other.never):
            return False
        low = other.low is None or (self.low is not None and _lowest(self.low) >= _lowest(other.low))
        return low and (other.high is None or (self.high is not None and self.high <= other.high))


def _lowest(bound: Bound) -> tuple[Any, bool]:
    """What orders lower bounds: of two at one value the one that leaves it out is higher."""
    return bound[0], not bound[1]


def universe(value: Value) -> Domain:
    """All that a value can be, as far as its type says so."""
    match value:
        case Applied(function="count" | "length"):
            return Domain(low=(0, True))
        case _ if isinstance(value.type, Enumeration):
            return Domain(frozenset(value.type.values))
        case _ if value.type == BOOL:
            return Domain(frozenset((True, False)))
        case _:
            return Domain()


def tested(condition: Condition, *, truth: bool) -> tuple[Value, Domain] | None:
    """What a test is about, and what it may be where the test comes out as `truth`."""
    match condition:
        case IsTrue(value=value):
            return value, Domain(frozenset((truth,)))
        case Equal(left=Given(), right=Given()) | Less(left=Given(), right=Given()):
            return None
        case (
            Equal(left=Given(value=constant), right=value)
            | Equal(left=value, right=Given(value=constant))
        ):
            return value, _points(value, frozenset((constant,)), truth=truth)
        case Contains(collection=Given(type=SetOf(), value=constants), item=item) if not isinstance(
            item, Given
        ):
            return item, _points(item, frozenset(constants), truth=truth)
        case Less(left=value, right=Given(value=high), or_equal=or_equal):
            return value, _ordered(value, high, or_equal=or_equal, below=True, truth=truth)
        case Less(left=Given(value=low), right=value, or_equal=or_equal):
            return value, _ordered(value, low, or_equal=or_equal, below=False, truth=truth)
        case _:
            return None


def _points(value: Value, points: frozenset[Any], *, truth: bool) -> Domain:
    everything = universe(value).only
    if truth:
        return Domain(points)
    return Domain(never=points) if everything is None else Domain(everything - points)


def _ordered(value: Value, bound: Any, *, or_equal: bool, below: bool, truth: bool) -> Domain:  # noqa: ANN401  (a constant of any type)
    if isinstance(value.type, Enumeration):
        place = value.type.values.index(str(bound))
        values = value.type.values
        if below:
            inside = frozenset(values[: place + or_equal])
        else:
            inside = frozenset(values[place + (not or_equal) :])
        return Domain(inside if truth else frozenset(values) - inside)
    if below is truth:
        return Domain(high=(bound, or_equal is truth))
    return Domain(low=(bound, or_equal is truth))
