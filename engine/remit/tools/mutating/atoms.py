"""A policy and its tests -> the scalars that stand in them, by type, as rules compare them.

From rules come the constants that they compare with, whether these are written in them, in a `let` or in
a file of data; from tests the values of declared members, and what stands inside of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from remit.checker.checked import (
    DURATION,
    STRING,
    Checked,
    CheckedTest,
    Condition,
    Enumeration,
    Given,
    ListOf,
    MapOf,
    Matches,
    Member,
    RecordOf,
    Scalar,
    SetOf,
    StrongLogin,
    Type,
)
from remit.checker.reads import leaves, read_by
from remit.checker.scalars import ERROR, reader
from remit.syntax import tree
from remit.tools.testing.running import value

Simple = Scalar | Enumeration
Atom = tuple[Simple, object]


def atoms(checked: Checked) -> dict[Simple, list[object]]:
    """Those of the rules before those of the tests, each once."""
    found: dict[Simple, dict[object, None]] = {}
    for type_, each in (*_of_rules(checked), *_of_tests(checked)):
        if each is not ERROR:
            found.setdefault(type_, {})[each] = None
    return {type_: list(values) for type_, values in found.items()}


def conditions(checked: Checked) -> Iterator[Condition]:
    """Every condition of a set, and what its rules challenge for."""
    for block in checked.blocks:
        for rule in block.rules:
            yield rule.condition
            if rule.challenge is not None:
                yield rule.challenge
        for action in block.actions.values():
            yield from (each.when for each in action.needs)


def _of_rules(checked: Checked) -> Iterator[Atom]:
    for condition in conditions(checked):
        for each in read_by(condition):
            if isinstance(each, Given):
                yield from _inside(each.value, each.type, read=_as_it_is)
        for leaf in leaves(condition):
            match leaf:
                case StrongLogin(max_age=int(age)):
                    yield DURATION, age
                case Matches(pattern=pattern):
                    yield from ((STRING, pattern.replace("*", each)) for each in ("", "x"))
                case _:
                    pass


def _as_it_is(_: Simple, constant: object) -> object:
    return constant


def _read(type_: Simple, handed_in: object) -> object:
    return reader(type_)(handed_in)


def _inside(constant: Any, type_: Type, read: Any = _read) -> Iterator[Atom]:  # noqa: ANN401  (of any type)
    """The scalars of a value: those of a constant scalar or set are read already."""
    match type_, constant:
        case ((Scalar() | Enumeration()), _):
            yield type_, read(type_, constant)
        case SetOf(element=element), list() | frozenset():
            for each in constant:
                yield from _inside(each, element, read)
        case ListOf(element=element), list() | tuple():
            for each in constant:
                yield from _inside(each, element)
        case MapOf(key=key, value=of_value), dict():
            for name, each in constant.items():
                yield from _inside(name, key)
                yield from _inside(each, of_value)
        case RecordOf(members=members), dict():
            for member in members:
                if member.name in constant:
                    yield from _inside(constant[member.name], member.type)
        case _:
            pass


def _of_tests(checked: Checked) -> Iterator[Atom]:
    for test in checked.tests:
        for members, record in written(checked, test):
            for name, item in record.pairs:
                if name.text in members:
                    yield from _inside(value(item), members[name.text].type)


def written(checked: Checked, test: CheckedTest) -> Iterator[tuple[Mapping[str, Member], tree.RecordOf]]:
    """The records that a test writes, each with the members that are declared for it."""
    blocks = {block.name: block for block in checked.blocks}
    types: dict[str, str] = {}
    for fixture in test.fixtures:
        match fixture:
            case tree.TokenFixture(claims=record):
                yield checked.claims, record
            case tree.ResourceFixture(name=name, type=type_, attributes=record):
                types[name.text] = type_.text
                yield blocks[type_.text].members, record
            case _:
                yield checked.context, fixture.values
    for item in test.expectations:
        kind = None if item.resource is None else types[item.resource.text]
        for change in item.changes:
            yield _changed(checked, change, types), change.changes
        if item.arguments is not None:
            actions = (blocks[kind].actions[action.text] for action in item.actions)
            yield from ((action.parameters, item.arguments) for action in actions)


def _changed(checked: Checked, change: tree.With, types: Mapping[str, str]) -> Mapping[str, Member]:
    if change.name is None:
        return checked.context
    kinds = (block for block in checked.blocks if block.name == types.get(change.name.text, ""))
    return next((block.members for block in kinds), checked.claims)
