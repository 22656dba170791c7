"""Conditions -> the next instant at which the passing of time alone may change one.

Every value is a straight line in time, up to some instant: `now` rises, what does not depend on it is
level, sums and differences follow their parts. The reading of a clock is a line up to the next quarter
of an hour of the instant that is read, for no time zone changes its offset in between, and no day ends.
Two lines meet when they meet. What is no line is taken to change with the next microsecond.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Applied,
    Calculated,
    Condition,
    Equal,
    Fallback,
    Less,
    Lookup,
    Negated,
    Now,
    Part,
    Quantified,
    Several,
    StrongLogin,
    Value,
)
from remit.checker.reads import values_of
from remit.checker.scalars import ABSENT, microseconds
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
            case Quantified():
                self._note_values((condition.collection,))
                self._note_elements(condition)
            case Equal(left=left, right=right) | Less(left=left, right=right):
                self._note_meeting(left, right)
            case StrongLogin(max_age=age):
                since = self.values.binding.auth_time
                if age is not None and type(since) is int:
                    self._note_instant(since + age + 1)
            case _:
                self._note_values(values_of(condition))

    def _note_elements(self, node: Quantified) -> None:
        around = self.values.bound  # a relation counts its quantifiers from nought again
        for element in self.values.elements(node.collection) or ():
            self.values.bound = {**around, node.depth: element}
            self.note(node.condition)
        self.values.bound = around

    def _note_instant(self, microsecond: int) -> None:
        """Something changes with this microsecond since the epoch."""
        instant = microsecond / 1_000_000
        # The first instant that is read as this microsecond, or as one before it.
        while microseconds(earlier := math.nextafter(instant, -math.inf)) == microsecond:
            instant = earlier
        if self.values.now < instant < self.until:
            self.until = instant

    def _note_values(self, values: Iterable[Value]) -> None:
        """A test of these values that is no comparison in order."""
        for value in values:
            if self._slope(value) != 0:
                self._note_next()

    def _note_meeting(self, left: Value, right: Value) -> None:
        """A comparison: it changes where two values come to be equal, and where they cease to be."""
        slopes = (self._slope(left), self._slope(right))
        if slopes[0] is None or slopes[1] is None:
            self._note_next()
            return
        one, other, now = self.values.value(left), self.values.value(right), self._now()
        if slopes[0] == slopes[1] or type(one) is not int or type(other) is not int or now is None:
            return
        gap, closing = other - one, slopes[0] - slopes[1]
        if gap == 0:
            self._note_instant(now + 1)
        elif (gap > 0) == (closing > 0):
            self._note_instant(now - -abs(gap) // abs(closing))

    def _now(self) -> int | None:
        now = microseconds(self.values.now)
        return now if type(now) is int else None

    def _note_next(self) -> None:
        now = self._now()
        if now is not None:
            self._note_instant(now + 1)

    def _slope(self, value: Value) -> int | None:
        """How much a value grows with each microsecond, up to what is noted here; None for no line."""
        match value:
            case Now():
                return 1
            case Calculated(left=left, right=right):
                return self._calculated(value, self._slope(left), self._slope(right))
            case Applied(function="clock" | "date" | "weekday" as function, arguments=(at, _)):
                slope = self._read_clock(at)
                return slope if function == "clock" else slope and 0
            case Fallback(value=first, other=other):
                slope = self._slope(first)
                return self._slope(other) if self.values.value(first) is ABSENT else slope
            case Applied(arguments=parts) | Several(items=parts):
                return self._level(parts)
            case Lookup(of=of, key=key):
                return self._level((of, key))
            case Part(of=of):
                return self._level((of,))
            case _:
                return 0

    def _level(self, parts: Iterable[Value]) -> int | None:
        """0 for what stays as it is while its parts do."""
        slopes = [self._slope(part) for part in parts]
        return 0 if slopes == [0] * len(slopes) else None

    def _calculated(self, value: Calculated, one: int | None, other: int | None) -> int | None:
        if one is None or other is None:
            return None
        if one == other == 0:
            return 0
        match value.operator:
            case "+":
                return one + other
            case "-":
                return one - other
            case _:
                slope, factor = (one, value.right) if other == 0 else (other, value.left)
                times = self.values.value(factor)
                return slope * times if type(times) is int else 0

    def _read_clock(self, at: Value) -> int | None:
        """The slope of what a clock shows, up to the next quarter of an hour at either side."""
        slope, instant, now = self._slope(at), self.values.value(at), self._now()
        if not slope or type(instant) is not int or now is None:
            return slope
        left = _QUARTER - instant % _QUARTER if slope > 0 else instant % _QUARTER + 1
        self._note_instant(now - -left // abs(slope))
        return slope
