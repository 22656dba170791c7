"""A value of a condition -> the place that it is read from, and the request changed there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.checker.checked import ACTOR, Fallback, Lookup, Part, Read, Root, Value
from remit.decider.values import Values


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: from a root, name by name."""

    root: Root
    path: tuple[str, ...]

    def at(self, key: object) -> "Place | None":
        """The place of a member, or under a key; None for what is no name."""
        return Place(self.root, (*self.path, key)) if type(key) is str else None

    def __str__(self) -> str:
        bare = self.root is Root.RESOURCE
        return ".".join(self.path if bare else (str(self.root), *self.path))


def place_of(value: Value, values: Values) -> Place | None:
    """The place that holds a value by itself; None for one that is worked out, or known otherwise."""
    match value:
        case Read(member=member):
            return None if member == ACTOR else Place(member.root, (member.name,))
        case Part(of=of, member=member):
            inside = place_of(of, values)
            return None if inside is None or inside.root is Root.TOKEN else inside.at(member.name)
        case Lookup(of=of, key=key):
            inside = place_of(of, values)
            return None if inside is None or inside.root is Root.TOKEN else inside.at(values.value(key))
        case Fallback(value=first):
            return place_of(first, values)
        case _:
            return None


def written(held: Mapping[str, object], path: tuple[str, ...], new: object) -> dict[str, object] | None:
    """A copy with another value at the path; None where something without members is in its way."""
    first, *rest = path
    if not rest:
        return {**held, first: new}
    inside: Any = held.get(first)
    if inside is None:
        inside = {}
    if not isinstance(inside, Mapping):
        return None
    made = written(inside, tuple(rest), new)
    return None if made is None else {**held, first: made}


def without(held: Mapping[str, object], path: tuple[str, ...]) -> dict[str, object] | None:
    """A copy with nothing at the path; None where something without members is in its way."""
    first, *rest = path
    if not rest:
        return {name: value for name, value in held.items() if name != first}
    inside: Any = held.get(first)
    if not isinstance(inside, Mapping):
        return None
    made = without(inside, tuple(rest))
    return None if made is None else {**held, first: made}
