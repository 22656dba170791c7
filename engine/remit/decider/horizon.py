"""Conditions -> the next instant at which the passing of time alone may change one.

For a comparison with `now` that is when the sides meet; for one that reads the clock of some place, at
the latest the next quarter of an hour, for no time zone changes its offset in between.
"""

import math
from dataclasses import dataclass

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Calculated,
    Condition,
    Equal,
    Less,
    Negated,
    Now,
    Quantified,
    StrongLogin,
    Value,
)
from remit.checker.reads import values_of, with_parts
from remit.checker.scalars import microseconds
from remit.decider.values import Values

_QUARTER = 900_000_000


@dataclass
class Horizon:
    """Until when the conditions that have been noted stay as they are."""

    values: Values
    until: float = math.inf
    """Seconds since the epoch."""

    def note(self, condition: Condition) -> None:
        """Take a condition into account."""
        match condition:
            case Negated(operand=operand):
                self.note(operand)
            case AllOf(operands=operands) | AnyOf(operands=operands):
                for operand in operands:
                    self.note(operand)
            case Quantified(depth=depth, collection=collection, condition=inner):
                self._note_clocks(collection)
                around = self.values.bound  # a relation counts its quantifiers from nought again
                for element in self.values.elements(collection) or ():
                    self.values.bound = {**around, depth: element}
                    self.note(inner)
                self.values.bound = around
            case Equal(left=left, right=right) | Less(left=left, right=right):
                self._note_meeting(left, right)
            case StrongLogin(max_age=age):
                since = self.values.binding.auth_time
                if age is not None and type(since) is int:
                    self._note_instant((since + age + 1) / 1_000_000)
            case _:
                self._note_clocks(*values_of(condition))

    def _note_instant(self, instant: float) -> None:
        if self.values.now < instant < self.until:
            self.until = instant

    def _note_meeting(self, left: Value, right: Value) -> None:
        """When two values that depend on `now` come to be equal, or cease to be."""
        slopes = [_slope(value) for value in (left, right)]
        if None in slopes:
            self._note_quarter()
        one, other = self.values.value(left), self.values.value(right)
        if type(one) is not int or type(other) is not int:
            if slopes != [0, 0]:
                self._note_quarter()
            return
        slope = (slopes[0] or 0) - (slopes[1] or 0) if None not in slopes else 1
        now = microseconds(self.values.now)
        assert type(now) is int, "instants beyond 64 bits make every such value an error"
        for microsecond in (0, 1) if slope else ():
            meets, rest = divmod(other - one, slope)
            self._note_instant((now + meets + (rest != 0) + microsecond) / 1_000_000)
        if None in slopes:
            for distance in (other - one, one - other):
                self._note_instant((now + distance) / 1_000_000)
                self._note_instant((now + distance + 1) / 1_000_000)

    def _note_clocks(self, *values: Value) -> None:
        if any(_slope(value) != 0 for value in values):
            self._note_quarter()

    def _note_quarter(self) -> None:
        now = microseconds(self.values.now)
        if type(now) is int:
            self._note_instant((now // _QUARTER + 1) * _QUARTER / 1_000_000)


def _slope(value: Value) -> int | None:
    """How many microseconds a value grows by in each of the clock's; None where it is not so simple."""
    match value:
        case Now():
            return 1
        case Calculated(operator="+", left=left, right=right):
            one, other = _slope(left), _slope(right)
            return None if one is None or other is None else one + other
        case Calculated(operator="-", left=left, right=right):
            one, other = _slope(left), _slope(right)
            return None if one is None or other is None else one - other
        case _:
            return None if any(isinstance(part, Now) for part in with_parts(value)) else 0
