"""Obligations -> their names and values, each told in full.

A set is a frozenset, a list a tuple, a record or a map a tuple of pairs in the order of their keys,
and a value of an enum its text; every other value is as it is everywhere.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from remit.syntax.tree import Expression, ListOf, Obligation, RecordOf
from tests.meaning_admission import entry_of, keys_of, part_of
from tests.meaning_conditions import value_of
from tests.meaning_operators import ROOM
from tests.meaning_scene import Scene
from tests.meaning_values import Grade, Lack, Members, Record, Table, Value

Obliged = tuple[str, tuple[tuple[str, object], ...]]
"""The name of an obligation, and its values by key, in the order of keys."""


def obliged(obligation: Obligation, scene: Scene) -> Obliged:
    """The obligation with its values; None for one that is not known."""
    values = values_of(obligation, scene)
    known = {name: None if value is Lack.ERROR else value for name, value in values.items()}
    return obligation.name.text, tuple(sorted(known.items(), key=lambda pair: pair[0]))


def is_known(obligation: Obligation, scene: Scene) -> bool:
    return all(value is not Lack.ERROR for value in values_of(obligation, scene).values())


def values_of(obligation: Obligation, scene: Scene) -> dict[str, object]:
    pairs = obligation.values.pairs if obligation.values is not None else ()
    return {name.text: told(node, scene) for name, node in pairs}


def told(node: Expression, scene: Scene) -> object:
    """The value of an obligation, in full; an error where any part of it is not known."""
    match node:
        case RecordOf(pairs=pairs):
            return together({name.text: told(value, scene) for name, value in pairs})
        case ListOf(items=items):
            values = [told(item, scene) for item in items]
            # Nobody is no member of a set.
            return Lack.ERROR if Lack.ERROR in values else tuple(v for v in values if v is not None)
        case _:
            return in_full(value_of(node, scene))


def in_full(value: Value) -> object:
    match value:
        case Lack.NOBODY:
            return None
        case Lack():
            return Lack.ERROR
        case Grade(value=text):
            return text
        case Members(elements=elements, distinct=distinct):
            values = [in_full(element) for element in elements]
            if Lack.ERROR in values:
                return Lack.ERROR
            return frozenset(values) if distinct else tuple(values)
        case Table(entries=entries):
            keys = keys_of(value)
            if keys.flawed:
                return Lack.ERROR
            return together(
                {
                    raw: in_full(entry_of(value, key))
                    for raw, key in zip(entries, keys.elements, strict=True)
                }
            )
        case Record(type=type_):
            values_by_name = {part.name: part_of(value, part.name) for part in type_.parts}
            return together(
                {name: in_full(v) for name, v in values_by_name.items() if v is not Lack.ABSENT}
            )
        case _:
            return value


def together(pairs: Mapping[object, object]) -> object:
    """Pairs in the order of their keys; an error where a value is one."""
    if any(value is Lack.ERROR for value in pairs.values()):
        return Lack.ERROR
    return tuple(sorted(pairs.items(), key=lambda pair: repr(pair[0])))


def united(obligations: Iterable[Obliged]) -> tuple[Obliged, ...]:
    """Each obligation once, by name and then by its values."""
    by_spelling = {spelling(one): one for one in obligations}
    return tuple(by_spelling[key] for key in sorted(by_spelling))


def spelling(value: object) -> str:
    """The same for equal values, and for no others: neither for `1` and `true`, nor `1` and `1.0`."""
    match value:
        case frozenset():
            return "{" + ", ".join(sorted(spelling(one) for one in value)) + "}"
        case tuple():
            return "(" + ", ".join(spelling(one) for one in value) + ")"
        case Decimal():
            return repr(value.normalize(ROOM))
        case _:
            return repr(value)
