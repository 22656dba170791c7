"""Seeds, or hypothesis -> choices: where the generators take their decisions from.

The first option of every choice is the plainest, so that what hypothesis shrinks becomes plain.
"""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis.strategies import DrawFn, integers

T = TypeVar("T")


class Choices(Protocol):
    """Where the generators take their decisions from."""

    def choice(self, options: Sequence[T], /) -> T: ...

    def integer(self, low: int, high: int, /) -> int: ...


class Seeded:
    """Choices that depend on a seed alone."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def choice(self, options: Sequence[T], /) -> T:
        return options[int(self._random.random() * len(options))]

    def integer(self, low: int, high: int, /) -> int:
        return low + int(self._random.random() * (high - low + 1))


class Drawn:
    """Choices that hypothesis draws, and shrinks."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def choice(self, options: Sequence[T], /) -> T:
        return options[self.integer(0, len(options) - 1)]

    def integer(self, low: int, high: int, /) -> int:
        return self._draw(integers(low, high))


def chance(choices: Choices, percent: int) -> bool:
    return choices.integer(1, 100) > 100 - percent


def some(choices: Choices, options: Sequence[T], low: int, high: int) -> list[T]:
    """Between `low` and `high` of the options, each at most once."""
    left = list(options)
    count = choices.integer(min(low, len(left)), min(high, len(left)))
    return [left.pop(choices.integer(0, len(left) - 1)) for _ in range(count)]
