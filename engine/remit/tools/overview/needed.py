"""Actions -> the least sets of scopes that are enough for all of them together.

Of sets of scopes the one is less than the other that lets do less: what its scopes imply counts with
them. A set is told without the scopes that its others imply. An alternative that counts only where its
`when` is true makes sets that are enough under that condition; where several are, under all of theirs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from remit.checker.checked import (
    TRUE,
    Action,
    AllOf,
    Alternative,
    Always,
    Condition,
    EachOf,
    Need,
    Nothing,
    OneScope,
    SomeOf,
)

Names = frozenset[str]
Where = frozenset[tuple[str, Condition]]

_MOST = 500
"""Sets that are kept at once, least first."""


@dataclass(frozen=True, slots=True)
class Enough:
    """A set of scopes, closed over what they imply, and the conditions under which it is enough."""

    granted: Names
    where: Where = frozenset()

    def is_within(self, other: "Enough") -> bool:
        """Whether it asks for no more than the other, and holds wherever the other does."""
        return self.granted <= other.granted and self.where <= other.where


@dataclass(frozen=True, slots=True)
class Needed:
    """The least sets for some actions; `cut`: there may be others, for there were too many to keep."""

    sets: tuple[Enough, ...]
    cut: bool = False


def needed(scopes: Mapping[str, Names], actions: Iterable[tuple[str, Action]]) -> Needed:
    """The least sets for actions, each with the name by which conditions are told as its own.

    `scopes` are the declared ones, each with itself and all that it implies. No sets where nothing is
    enough for some action.
    """
    search = _Search(scopes)
    sets = [Enough(frozenset())]
    for name, action in actions:
        own = search.least(
            each for alternative in action.needs for each in search.of_alternative(name, alternative)
        )
        sets = search.together((sets, own))
    ordered = sorted(sets, key=lambda each: (len(each.where), len(each.granted), sorted(each.granted)))
    return Needed(tuple(ordered), search.cut)


def named(scopes: Mapping[str, Names], granted: Names) -> tuple[str, ...]:
    """The scopes to ask for: those that no other of the set implies; sorted."""
    implied = {each for scope in granted for each in scopes[scope] - {scope}}
    return tuple(sorted(granted - implied))


@dataclass
class _Search:
    scopes: Mapping[str, Names]
    cut: bool = False

    def of_alternative(self, name: str, alternative: Alternative) -> list[Enough]:
        """The least sets of one `needs` clause; none of one that never counts."""
        when = alternative.when
        if isinstance(when, Always) and when != TRUE:
            return []
        parts = when.operands if isinstance(when, AllOf) else () if when == TRUE else (when,)
        where = frozenset((name, part) for part in parts)
        return [Enough(each.granted, where) for each in self.of_need(alternative.need)]

    def of_need(self, need: Need) -> list[Enough]:
        """The least sets that a need asks for."""
        match need:
            case Nothing():
                return [Enough(frozenset())]
            case OneScope(scope=scope):
                return [Enough(self.scopes[scope])]
            case SomeOf(needs=needs):
                return self.least(each for inner in needs for each in self.of_need(inner))
            case EachOf(needs=needs):
                return self.together(self.of_need(inner) for inner in needs)
            case _:
                assert_never(need)

    def together(self, several: Iterable[list[Enough]]) -> list[Enough]:
        """The least sets that are enough for one of each."""
        sets = [Enough(frozenset())]
        for own in several:
            sets = self.least(_joined(sets, own))
        return sets

    def least(self, sets: Iterable[Enough]) -> list[Enough]:
        """Without those that hold another."""
        found: list[Enough] = []
        for each in sorted(set(sets), key=lambda one: (len(one.granted) + len(one.where), _order(one))):
            if not any(other.is_within(each) for other in found):
                found.append(each)
        self.cut = self.cut or len(found) > _MOST
        return found[:_MOST]


def _joined(sets: Iterable[Enough], own: list[Enough]) -> Iterator[Enough]:
    for one in sets:
        for other in own:
            yield Enough(one.granted | other.granted, one.where | other.where)


def _order(each: Enough) -> tuple[list[str], list[str]]:
    """So that the same sets come in the same order in every process."""
    return sorted(each.granted), sorted(f"{name} {condition}" for name, condition in each.where)
