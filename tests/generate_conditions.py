"""Surroundings -> a well-typed condition over what stands there.

An optional value is read only where the static rules allow it: after `has`, or left of `??`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from remit.spans import Span
from remit.syntax import tree
from remit.syntax.tree import Name, Path
from tests.choices import Choices, chance

S = Span("generated.remit", 0, 0)
USERS = ("auth0|ann", "auth0|bob", "cy")
STRINGS = ("t1", "t2", "", "1", "true", 'q"\\\n', "\u00e9\u202e", "public")
NUMBERS = (1, 0, 2, -1, 5, 2**63 - 1, -(2**63))


# ---- small pieces of tree


def name(text: str) -> Name:
    return Name(text, S)


def names(texts: Sequence[str]) -> tuple[Name, ...]:
    return tuple(name(text) for text in texts)


def literal(value: str | int | bool) -> tree.Literal:
    return tree.Literal(value, S)


def path(root: str, *members: str) -> Path:
    return Path(name(root), names(members), S)


@dataclass(frozen=True)
class Readable:
    """What a condition may read: where it stands, of what type, and whether it may be absent."""

    path: Path
    type: tree.TypeExpression
    optional: bool = False

    @property
    def element(self) -> tree.TypeExpression | None:
        return self.type.element if isinstance(self.type, tree.SetType) else None

    def is_scalar(self, text: str) -> bool:
        return isinstance(self.type, tree.NamedType) and self.type.name.text == text


@dataclass(frozen=True)
class Surroundings:
    """What the rules of one block may speak of."""

    block: str
    readables: tuple[Readable, ...]
    relations: tuple[str, ...]
    roles: tuple[str, ...]
    actions: tuple[str, ...]


USER = tree.NamedType(name("user"), S)
SUBJECT = Readable(path("token", "sub"), USER)


# ---- literals


def constant(choices: Choices, type_: tree.TypeExpression) -> tree.Expression:
    """A literal of the type, or a list of them."""
    match type_:
        case tree.SetType(element=element):
            return constants(choices, element, 0)
        case tree.EnumType(values=values):
            return choices.choice(values)
        case tree.NamedType(name=Name(text="string")):
            return literal(choices.choice(STRINGS))
        case tree.NamedType(name=Name(text="int")):
            return literal(choices.choice(NUMBERS))
        case tree.NamedType(name=Name(text="bool")):
            return literal(choices.choice((False, True)))
        case _:
            return literal(choices.choice(USERS))


def constants(choices: Choices, element: tree.TypeExpression, low: int) -> tree.ListOf:
    count = choices.integer(low, 3)
    return tree.ListOf(tuple(constant(choices, element) for _ in range(count)), S)


# ---- conditions


def condition(choices: Choices, around: Surroundings, depth: int) -> tree.Expression:
    """A condition in which each optional value is read under a guard."""
    if depth == 0 or chance(choices, 45):
        return leaf(choices, around)
    match choices.choice(("not", "and", "or", "or")):
        case "not":
            return tree.Not(condition(choices, around, depth - 1), S)
        case "and":
            return tree.And(operands(choices, around, depth), S)
        case _:
            return tree.Or(operands(choices, around, depth), S)


def operands(choices: Choices, around: Surroundings, depth: int) -> tuple[tree.Expression, ...]:
    count = choices.integer(2, 3)
    return tuple(condition(choices, around, depth - 1) for _ in range(count))


def leaf(choices: Choices, around: Surroundings) -> tree.Expression:
    if chance(choices, 4):
        return literal(choices.choice((True, False)))
    if around.relations and chance(choices, 15):
        return path(choices.choice(around.relations))
    if chance(choices, 2):
        type_ = choices.choice(around.readables).type
        if not isinstance(type_, tree.SetType):
            return tree.Compare("==", constant(choices, type_), constant(choices, type_), S)
    readable = choices.choice(around.readables)
    if readable.optional:
        return careful(choices, around, readable)
    return leaf_about(choices, around, readable, readable.path)


def careful(choices: Choices, around: Surroundings, readable: Readable) -> tree.Expression:
    """A condition about a value that may be absent, in each way that the checker knows."""
    has = tree.Has(readable.path, S)
    match choices.choice(("guarded", "guarded", "has", "coalesced", "coalesced", "or else")):
        case "has":
            return has
        case "or else":
            return tree.Or((tree.Not(has, S), *guarded(choices, around, readable)), S)
        case "coalesced":
            fallback = other_value(choices, around, readable.type, readable)
            value = tree.Coalesce(readable.path, fallback, S)
            return leaf_about(choices, around, readable, value)
        case _:
            return tree.And((has, *guarded(choices, around, readable)), S)


def guarded(choices: Choices, around: Surroundings, readable: Readable) -> Iterator[tree.Expression]:
    """What may follow `has x and` or `not has x or`: in all of it, x is there."""
    there = replace(readable, optional=False)
    within = replace(around, readables=tuple(there if r == readable else r for r in around.readables))
    if chance(choices, 30):
        yield condition(choices, within, 1)
    about = leaf_about(choices, within, there, there.path)
    yield tree.Not(about, S) if chance(choices, 20) else about


def leaf_about(
    choices: Choices, around: Surroundings, readable: Readable, value: tree.Expression
) -> tree.Expression:
    """A comparison, a membership or a plain use of `value`, which stands for `readable`."""
    if readable.element is not None:
        item = other_value(choices, around, readable.element, readable)
        return tree.Membership(item, value, chance(choices, 30), S)
    if readable.is_scalar("bool") and chance(choices, 60):
        return value
    if chance(choices, 30):
        collection = collection_of(choices, around, readable.type)
        return tree.Membership(value, collection, chance(choices, 30), S)
    other = other_value(choices, around, readable.type, readable)
    left, right = (other, value) if chance(choices, 30) else (value, other)
    return tree.Compare(operator(choices, readable), left, right, S)


def operator(choices: Choices, readable: Readable) -> OneOf["==", "!=", "<", "<=", ">", ">="]:
    if readable.is_scalar("int") and chance(choices, 70):
        return choices.choice(("<", "<=", ">", ">="))
    return choices.choice(("==", "!="))


def other_value(
    choices: Choices, around: Surroundings, type_: tree.TypeExpression, but: Readable
) -> tree.Expression:
    """A literal of the type, or another reading of it, and in rare cases the same one again."""
    others = [r for r in around.readables if not r.optional and alike(r.type, type_)]
    if not chance(choices, 5):
        others = [r for r in others if r.path != but.path]
    if others and chance(choices, 50):
        return choices.choice(others).path
    return constant(choices, type_)


def alike(one: tree.TypeExpression | None, other: tree.TypeExpression) -> bool:
    """Are they one type? The order of an enum's values says nothing."""
    match one, other:
        case tree.EnumType(values=values), tree.EnumType(values=others):
            return {value.value for value in values} == {value.value for value in others}
        case tree.SetType(element=element), tree.SetType(element=other_element):
            return alike(element, other_element)
        case _:
            return one == other


def collection_of(choices: Choices, around: Surroundings, type_: tree.TypeExpression) -> tree.Expression:
    sets = [r for r in around.readables if not r.optional and alike(r.element, type_)]
    if sets and chance(choices, 60):
        return choices.choice(sets).path
    return constants(choices, type_, 0 if chance(choices, 3) else 1)
