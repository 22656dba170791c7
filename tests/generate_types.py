"""Choices -> types as a policy writes them, and constants of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from remit.syntax import tree
from remit.syntax.tree import (
    EnumType,
    ListType,
    MapType,
    Name,
    NamedType,
    RecordType,
    SetType,
    TypeExpression,
)
from tests.choices import Choices, chance, some
from tests.pieces import S, enum, literal, member, name, named
from tests.pools import ENUMS, KEYS, WRITTEN

COMMON = ("string", "bool", "int", "user")
RARE = ("decimal", "datetime", "duration", "ip", "cidr", "zone", "uuid", "client")
SCALARS = (*COMMON, *COMMON, *RARE)
SHAPES = ("scalar",) * 8 + ("set",) * 3 + ("list", "list", "map", "record")
MEMBERS = ("id", "until", "who", "set", "a b")
KEY_TYPES = ("string", "string", "user", "client", "enum")
Aliases = Mapping[str, TypeExpression]


@dataclass(frozen=True)
class Types:
    """What types a policy may write: its aliases (written out), and whether it can name users.

    It cannot where several issuers are trusted: a user's name alone is then nobody's.
    """

    aliases: Aliases = field(default_factory=dict)
    users: bool = True


def expand(type_: TypeExpression, aliases: Aliases) -> TypeExpression:
    """The type without the names that the policy has given to types."""
    match type_:
        case NamedType(name=Name(text=text)) if text in aliases:
            return expand(aliases[text], aliases)
        case SetType(element=element):
            return replace(type_, element=expand(element, aliases))
        case ListType(element=element):
            return replace(type_, element=expand(element, aliases))
        case MapType(key=key, value=value):
            return replace(type_, key=expand(key, aliases), value=expand(value, aliases))
        case RecordType(fields=fields):
            members = (replace(each, type=expand(each.type, aliases)) for each in fields)
            return replace(type_, fields=tuple(members))
        case _:
            return type_


def type_expression(choices: Choices, types: Types, depth: int = 2) -> TypeExpression:
    """A type that nests no deeper than `depth`."""
    if types.aliases and chance(choices, 15):
        return named(choices.choice(tuple(types.aliases)))
    match choices.choice(SHAPES) if depth else "scalar":
        case "set":
            return SetType(scalar(choices, types), S)
        case "list" if chance(choices, 50):
            return ListType(record(choices, types, depth - 1), S)
        case "list":
            return ListType(type_expression(choices, types, depth - 1), S)
        case "map":
            value = type_expression(choices, types, depth - 1)
            return MapType(key(choices), value, S)
        case "record":
            return record(choices, types, depth - 1)
        case _:
            return scalar(choices, types)


def scalar(choices: Choices, types: Types) -> TypeExpression:
    if chance(choices, 20):
        return enumeration(choices)
    short = [text for text, type_ in types.aliases.items() if isinstance(type_, NamedType | EnumType)]
    if short and chance(choices, 15):
        return named(choices.choice(short))
    return named(choices.choice(SCALARS))


def enumeration(choices: Choices) -> EnumType:
    return enum(*choices.choice(ENUMS), ordered=chance(choices, 40))


def key(choices: Choices) -> TypeExpression:
    kind = choices.choice(KEY_TYPES)
    return enumeration(choices) if kind == "enum" else named(kind)


def record(choices: Choices, types: Types, depth: int) -> RecordType:
    fields = (
        member(text, type_expression(choices, types, depth), optional=chance(choices, 30))
        for text in some(choices, MEMBERS, 1, 3)
    )
    return RecordType(tuple(fields), S)


def aliases(choices: Choices, pool: tuple[str, ...]) -> tuple[tree.TypeAlias, ...]:
    """A few `type` declarations; later ones may use earlier ones."""
    items: list[tree.TypeAlias] = []
    for text in some(choices, pool, 0, 2):
        known = Types({item.name.text: item.type for item in items})
        items.append(tree.TypeAlias(name(text), type_expression(choices, known, 1), S))
    return tuple(items)


def aliases_of(items: tuple[tree.Item, ...]) -> Aliases:
    """What the names of types stand for, all written out."""
    written = {item.name.text: item.type for item in items if isinstance(item, tree.TypeAlias)}
    return {text: expand(type_, written) for text, type_ in written.items()}


# ---- what types are like


def alike(one: TypeExpression | None, other: TypeExpression) -> bool:
    """Are they one type? The order of an enum's values says nothing, unless it is an ordered one."""
    match one, other:
        case EnumType(ordered=False) as left, EnumType(ordered=False) as right:
            return {value.value for value in left.values} == {value.value for value in right.values}
        case SetType() as left, SetType() as right:
            return alike(left.element, right.element)
        case ListType() as left, ListType() as right:
            return alike(left.element, right.element)
        case _:
            return one == other


def is_scalar(type_: TypeExpression) -> bool:
    return isinstance(type_, NamedType | EnumType)


def kind(type_: TypeExpression) -> str:
    """The name of a scalar type, or which other it is."""
    match type_:
        case NamedType(name=Name(text=text)):
            return text
        case EnumType(ordered=ordered):
            return "ordered" if ordered else "enum"
        case SetType():
            return "set"
        case ListType():
            return "list"
        case MapType():
            return "map"
        case RecordType():
            return "record"


def is_ordered(type_: TypeExpression) -> bool:
    return kind(type_) in ("int", "decimal", "datetime", "duration", "ordered")


def names_users(type_: TypeExpression) -> bool:
    """Does a constant of this type name users?"""
    match type_:
        case SetType(element=element) | ListType(element=element):
            return names_users(element)
        case MapType(key=key_, value=value):
            return names_users(key_) or names_users(value)
        case RecordType(fields=fields):
            return any(names_users(each.type) for each in fields)
        case _:
            return kind(type_) == "user"


def can_be_hidden(type_: TypeExpression) -> bool:
    """Is there an optional member, or the entry of a map, somewhere in such a value?"""
    match type_:
        case MapType():
            return True
        case SetType(element=element) | ListType(element=element):
            return can_be_hidden(element)
        case RecordType(fields=fields):
            return any(each.optional or can_be_hidden(each.type) for each in fields)
        case _:
            return False


# ---- constants


def constant(choices: Choices, type_: TypeExpression) -> tree.Expression:
    """A constant of a type that is written out."""
    match type_:
        case SetType(element=element) | ListType(element=element):
            return constants(choices, element, 0)
        case MapType(key=key_, value=value):
            keys = some(choices, keys_of(key_), 0, 3)
            pairs = tuple((name(text), constant(choices, value)) for text in keys)
            return tree.RecordOf(pairs, S)
        case RecordType(fields=fields):
            there = [each for each in fields if not each.optional or chance(choices, 50)]
            pairs = tuple((each.name, constant(choices, each.type)) for each in there)
            return tree.RecordOf(pairs, S)
        case EnumType(values=values):
            return choices.choice(values)
        case NamedType(name=Name(text=text)):
            return literal(choices.choice(WRITTEN[text]))


def constants(choices: Choices, element: TypeExpression, low: int) -> tree.ListOf:
    count = choices.integer(low, 3)
    return tree.ListOf(tuple(constant(choices, element) for _ in range(count)), S)


def keys_of(key_: TypeExpression) -> tuple[str, ...]:
    """What keys maps of this type have."""
    if isinstance(key_, EnumType):
        return tuple(str(value.value) for value in key_.values)
    return KEYS if kind(key_) == "string" else tuple(str(value) for value in WRITTEN[kind(key_)])


def as_json(constant_: tree.Expression) -> object:
    """The constant as a data file holds it."""
    match constant_:
        case tree.ListOf(items=items):
            return [as_json(item) for item in items]
        case tree.RecordOf(pairs=pairs):
            return {key_.text: as_json(value) for key_, value in pairs}
        case tree.Literal(value=timedelta() as value):
            return f"{value // timedelta(milliseconds=1)}ms"
        case tree.Literal(value=Decimal() as value):
            return str(value)
        case tree.Literal(value=value):
            return value
        case _:
            message = f"not a constant: {constant_}"
            raise TypeError(message)
