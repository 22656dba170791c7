"""A quantifier over texts -> its answers, remembered by the texts.

Deciding is cheaper than remembering nearly everywhere: the key of a long list costs what a test of
equality for each of its elements costs. Patterns are dearer, fifteen times in a list of a thousand. So
where a quantifier matches patterns, and reads nothing but its elements and constants, its answer is
kept under the elements, each of which is a str and nothing that only equals one, or an error. Such an
answer holds for every caller and at all times; it goes with the policy set, or makes room for others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from remit.bounded import Generations
from remit.checker.checked import (
    STRING,
    Condition,
    Element,
    Given,
    ListOf,
    Matches,
    Quantified,
    SetOf,
)
from remit.checker.reads import leaves, values_of, with_parts
from remit.compiler.operations import every, some

FEW: Final = 4
"""So many elements are looked at one by one."""
MAX_CHARACTERS: Final = 16_384
"""In all elements of a list that is remembered."""
_MAX_ANSWERS = 1024

Elements = list[object] | None
Holds = Callable[[object], object]


class Answers:
    """What quantifiers of one policy set came to, for lists that were seen."""

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        self._kept: Generations[tuple[object, ...], bool] = Generations(_MAX_ANSWERS)
        self._about: dict[Condition, About] = {}

    def about(self, condition: Condition) -> "About":
        """What this condition came to, of some element or of every one."""
        return self._about.setdefault(condition, About(self._kept))

    def __len__(self) -> int:
        return len(self._kept)


class About:
    """The answers about one condition."""

    __slots__ = ("_every", "_kept", "_some")

    def __init__(self, kept: "Generations[tuple[object, ...], bool]") -> None:
        """Answers are kept where those about other conditions are."""
        self._kept = kept
        self._some = object()
        self._every = object()

    def some(self, elements: Elements, holds: Holds) -> bool:
        """As `operations.some`."""
        return self._remembered(self._some, some, elements, holds)

    def every(self, elements: Elements, holds: Holds) -> bool:
        """As `operations.every`."""
        return self._remembered(self._every, every, elements, holds)

    def _remembered(
        self,
        which: object,
        quantify: Callable[[Elements, Holds], bool],
        elements: Elements,
        holds: Holds,
    ) -> bool:
        if elements is None or len(elements) < FEW:
            return quantify(elements, holds)
        key = (which, *elements)
        answer = self._kept.get(key)
        if answer is None:
            answer = quantify(elements, holds)
            if sum(len(each) for each in elements if type(each) is str) <= MAX_CHARACTERS:
                self._kept.keep(key, answer)
        return answer


@dataclass(frozen=True, slots=True)
class Remembered(Quantified):
    """A quantifier of a shape whose answers are worth remembering; `about` is their parameter."""

    about: str


def is_worth_remembering(node: Quantified) -> bool:
    """Whether its elements alone settle it, and cost more to look at than to be told apart by."""
    collection = node.collection.type
    if not isinstance(collection, SetOf | ListOf) or collection.element != STRING:
        return False
    tests = tuple(leaves(node.condition))
    if not any(isinstance(test, Matches) for test in tests):
        return False
    return all(_is_about(test, node.depth) for test in tests)


def _is_about(test: Condition, depth: int) -> bool:
    """Whether a test reads the element of the quantifier at that depth, and constants, and no more."""
    values = [part for value in values_of(test) for part in with_parts(value)]
    if isinstance(test, Quantified) or not values:
        return False
    return all(
        isinstance(each, Given) or (isinstance(each, Element) and each.depth == depth) for each in values
    )
