"""The bits of the code that an emitted `decides` function answers with."""

from dataclasses import dataclass

from remit.compiler.program import Head

NO_SCOPE, NO_PERMISSION, PERMISSION_UNKNOWN = 1, 2, 4
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """For each forbid the bits (true, error), for each permit the bits (true, error)."""

    forbids: tuple[tuple[int, int], ...]
    permits: tuple[tuple[int, int], ...]


def layout(head: Head) -> Layout:
    """Where the bits of a head's rules are."""
    pairs = [
        (1 << bit, 2 << bit)
        for bit in range(_FIRST, _FIRST + 2 * (len(head.forbids) + len(head.permits)), 2)
    ]
    return Layout(tuple(pairs[: len(head.forbids)]), tuple(pairs[len(head.forbids) :]))
