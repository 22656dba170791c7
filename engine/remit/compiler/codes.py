"""The code that an emitted `decides` function answers with: flags, and bits of needs and rules.

Where no rule obliges to anything, one permit that is true decides, and its number stands in the code;
else each has a bit, for what it obliges to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from remit.checker.checked import TRUE
from remit.compiler.program import Head

NO_SCOPE, NO_PERMISSION, PERMISSION_UNKNOWN, NOTHING_NEEDED = 1, 2, 4, 8
_FIRST = 4

Bits = tuple[int, int]
"""What a code has where a rule is true, and where it is an error."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in a code: how many gates and permits there are, and how these are told.

    `needs` are the bits of the alternatives, 0 of one that counts whatever the request.
    """

    needs: tuple[int, ...]
    gates: int
    permits: int
    obliges: bool

    @property
    def _first_gate(self) -> int:
        return _FIRST + sum(map(bool, self.needs))

    @property
    def _first_permit(self) -> int:
        return self._first_gate + 2 * self.gates

    @property
    def _errors(self) -> int:
        """Where the errors of permits begin, where permits are told by number."""
        return self._first_permit + self.permits.bit_length()

    def of_gates(self) -> list[Bits]:
        """The bits of each gate."""
        return _pairs(self._first_gate, self.gates)

    def of_permits(self) -> list[Bits]:
        """The bits of each permit."""
        if self.obliges:
            return _pairs(self._first_permit, self.permits)
        errors = self._errors
        return [((n + 1) << self._first_permit, 1 << errors + n) for n in range(self.permits)]

    def closed(self, code: int) -> Iterator[tuple[int, bool]]:
        """The gates that a code says are closed, and whether by an error, in order."""
        bits = code >> self._first_gate & (1 << 2 * self.gates) - 1
        return ((place >> 1, bool(place & 1)) for place in _places(bits))

    def matched(self, code: int) -> list[int]:
        """The permits that a code says are true, in order; of those that do not oblige, one."""
        bits = code >> self._first_permit
        if self.obliges:
            return [place >> 1 for place in _places(bits) if not place & 1]
        number = bits & (1 << self.permits.bit_length()) - 1
        return [number - 1] if number else []

    def erring(self, code: int) -> list[int]:
        """The permits that a code says are errors, in order."""
        if self.obliges:
            return [place >> 1 for place in _places(code >> self._first_permit) if place & 1]
        return list(_places(code >> self._errors))


def layout(head: Head) -> Layout:
    """Where things stand in the codes of a head."""
    bit = _FIRST
    needs: list[int] = []
    for alternative in head.needs:
        needs.append(0 if alternative.when == TRUE else 1 << bit)
        bit += alternative.when != TRUE
    return Layout(tuple(needs), len(head.gates), len(head.permits), head.obliges)


def _pairs(first: int, count: int) -> list[Bits]:
    return [(1 << place, 2 << place) for place in range(first, first + 2 * count, 2)]


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
