"""The bits of the code that an emitted `decides` function answers with."""

from dataclasses import dataclass

from remit.checker.checked import TRUE
from remit.compiler.program import Head

NO_SCOPE, NO_PERMISSION, PERMISSION_UNKNOWN, NOTHING_NEEDED = 1, 2, 4, 8
_FIRST = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the bits are: of a need that it counts, of a gate or a permit that it is true, or erred.

    A need that counts whatever the request has no bit: 0.
    """

    needs: tuple[int, ...]
    gates: tuple[tuple[int, int], ...]
    permits: tuple[tuple[int, int], ...]


def layout(head: Head) -> Layout:
    """Where the bits of a head's needs and rules are."""
    bit = _FIRST
    needs: list[int] = []
    for alternative in head.needs:
        needs.append(0 if alternative.when == TRUE else 1 << bit)
        bit += alternative.when != TRUE
    last = bit + 2 * (len(head.gates) + len(head.permits))
    pairs = [(1 << place, 2 << place) for place in range(bit, last, 2)]
    return Layout(tuple(needs), tuple(pairs[: len(head.gates)]), tuple(pairs[len(head.gates) :]))
