"""Surroundings -> a well-typed condition over what stands there.

What may be absent is read only where the static rules allow it: after `has`, or left of `??`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal as OneOf

from remit.syntax import tree
from remit.syntax.tree import ListType, MapType, Path, RecordType, SetType, TypeExpression
from tests.choices import Choices, chance
from tests.generate_types import constant, constants, is_ordered, is_scalar, kind
from tests.generate_values import (
    CIDR,
    DATETIME,
    DURATION,
    INT,
    IP,
    NOW,
    STRING,
    WEEKDAY,
    ZONE,
    Readable,
    Surroundings,
    calculated,
    call,
    can_fall_back,
    clock,
    difference,
    lookup,
    opened,
    other_value,
    plain_value,
    stepped,
)
from tests.pieces import S, literal, name, path
from tests.pools import PATTERNS

ELEMENTS = ("x", "each one", "m")
"""Names for what a quantifier binds; nothing else in a policy is called so."""
DEEPEST = 2
Operator = OneOf["==", "!=", "<", "<=", ">", ">="]
ORDERINGS: tuple[Operator, ...] = ("<", "<=", ">", ">=")


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
    if chance(choices, 6):
        of: OneOf["granted", "holds"] = choices.choice(("granted", "holds"))
        return tree.ScopeTest(of, need_of_scopes(choices, around.scopes, 1), S)
    return about(choices, around, choices.choice(around.readables))


def need_of_scopes(
    choices: Choices, scopes: tuple[str, ...], depth: int
) -> tree.NeedScope | tree.NeedAll | tree.NeedAny:
    if depth == 0 or chance(choices, 70):
        return tree.NeedScope(name(choices.choice(scopes)), S)
    parts = tuple(need_of_scopes(choices, scopes, depth - 1) for _ in range(choices.integer(2, 3)))
    return tree.NeedAny(parts, S) if chance(choices, 50) else tree.NeedAll(parts, S)


# ---- what may be absent


def about(choices: Choices, around: Surroundings, readable: Readable) -> tree.Expression:
    """A condition about a value, in each way that the checker knows where it may be absent."""
    if not readable.guards:
        return leaf_about(choices, around, readable.type, readable.path)
    has = tuple(tree.Has(each, S) for each in readable.guards)
    match choices.choice(("guarded", "guarded", "has", "coalesced", "coalesced", "or else")):
        case "has":
            return together(has)
        case "or else":
            absent = tuple(tree.Not(each, S) for each in has)
            return tree.Or((*absent, *guarded(choices, around, readable)), S)
        case "coalesced" if readable.guards[-1] == readable.path and can_fall_back(readable.type):
            outer = around.there(readable.guards[:-1])
            fallback = plain_value(choices, outer, readable.type, readable.path)
            value = tree.Coalesce(readable.path, fallback, S)
            return together((*has[:-1], leaf_about(choices, outer, readable.type, value)))
        case _:
            return tree.And((*has, *guarded(choices, around, readable)), S)


def together(parts: tuple[tree.Expression, ...]) -> tree.Expression:
    return tree.And(parts, S) if len(parts) > 1 else parts[0]


def guarded(choices: Choices, around: Surroundings, readable: Readable) -> Iterator[tree.Expression]:
    """What may follow `has x and` or `not has x or`: in all of it, x is there."""
    within = around.there(readable.guards)
    if chance(choices, 30):
        yield condition(choices, within, 1)
    asked = leaf_about(choices, within, readable.type, readable.path)
    yield tree.Not(asked, S) if chance(choices, 20) else asked


# ---- what is there


def leaf_about(
    choices: Choices, around: Surroundings, type_: TypeExpression, value: tree.Expression
) -> tree.Expression:
    """A condition about `value`, which is of the type and is there."""
    match type_:
        case SetType() | ListType():
            return about_many(choices, around, type_, value)
        case MapType():
            return about_map(choices, around, type_, value)
        case RecordType():
            assert isinstance(value, Path)
            return about_record(choices, around, type_, value)
        case _:
            return about_scalar(choices, around, type_, value)


def about_record(
    choices: Choices, around: Surroundings, type_: RecordType, value: Path
) -> tree.Expression:
    """A condition about one of its members."""
    each = choices.choice(type_.fields)
    at = stepped(value, each.name)
    return about(choices, around, Readable(at, each.type, (at,) if each.optional else ()))


def about_many(
    choices: Choices, around: Surroundings, type_: SetType | ListType, value: tree.Expression
) -> tree.Expression:
    """A membership, a count or a quantifier over a set or a list."""
    element = type_.element
    if isinstance(type_, SetType) and isinstance(value, Path) and chance(choices, 15):
        value = difference(choices, around, value, type_)
    if chance(choices, 15):
        return compared(choices, around, INT, call("count", value))
    if not is_scalar(element) or chance(choices, 25):
        return quantified(choices, around, element, value)
    item = other_value(choices, around, element)
    addresses = around.of_type(IP)
    if element == CIDR and addresses and chance(choices, 60):
        item = choices.choice(addresses).path
    return tree.Membership(item, value, chance(choices, 30), S)


def about_map(
    choices: Choices, around: Surroundings, type_: MapType, value: tree.Expression
) -> tree.Expression:
    """A key, a count, a quantifier over the keys, or what is found under a key."""
    kind_ = choices.choice(("key", "count", "keys", "found", "found", "found"))
    if kind_ == "count":
        return compared(choices, around, INT, call("count", value))
    if kind_ == "keys":
        return quantified(choices, around, type_.key, value)
    if kind_ == "key" or not isinstance(value, Path):
        item = other_value(choices, around, type_.key)
        return tree.Membership(item, value, chance(choices, 30), S)
    at = lookup(choices, around, value, type_)
    # A lookup may be read without a guard: then it is an error where there is no such key.
    return about(choices, around, Readable(at, type_.value, (at,) if chance(choices, 65) else ()))


def quantified(
    choices: Choices, around: Surroundings, element: TypeExpression, value: tree.Expression
) -> tree.Expression:
    """`any` or `all` over the elements."""
    free = [text for text in ELEMENTS if text not in around.bound]
    if len(around.bound) >= DEEPEST:
        return compared(choices, around, INT, call("count", value))
    text = choices.choice(free)
    each = Readable(path(text), element)
    inside = replace(around, bound=(*around.bound, text)).with_(opened(each))
    asked = about(choices, inside, each)
    match choices.choice(("alone", "alone", "alone", "and", "or")):
        case "and":
            asked = tree.And((leaf(choices, inside), asked), S)
        case "or":
            asked = tree.Or((asked, leaf(choices, inside)), S)
        case _:
            pass
    return tree.Quantified(chance(choices, 35), name(text), value, asked, S)


# ---- scalars


def about_scalar(
    choices: Choices, around: Surroundings, type_: TypeExpression, value: tree.Expression
) -> tree.Expression:
    """A comparison, a membership, or what the type has besides."""
    kind_ = kind(type_)
    if kind_ == "bool" and chance(choices, 60):
        return value
    if kind_ in BESIDES and chance(choices, 30):
        return besides(choices, around, kind_, value)
    if chance(choices, 25):
        collection = collection_of(choices, around, type_)
        return tree.Membership(value, collection, chance(choices, 30), S)
    return compared(choices, around, type_, value)


BESIDES = ("string", "datetime", "zone", "ip", "cidr")


def besides(
    choices: Choices, around: Surroundings, kind_: str, value: tree.Expression
) -> tree.Expression:
    """What only this type has."""
    match kind_:
        case "string" if chance(choices, 70):
            return tree.Like(value, literal(choices.choice(PATTERNS)), S)
        case "string":
            return compared(choices, around, INT, call("length", value))
        case "ip":
            return tree.Membership(value, networks(choices, around), chance(choices, 30), S)
        case "cidr":
            addresses = around.of_type(IP)
            if not addresses:
                return compared(choices, around, CIDR, value)
            address = choices.choice(addresses).path
            return tree.Membership(address, value, chance(choices, 30), S)
        case _:
            return about_time(choices, around, kind_, value)


def about_time(
    choices: Choices, around: Surroundings, kind_: str, value: tree.Expression
) -> tree.Expression:
    """The time of day, or the day of the week, of an instant in a zone."""
    instant, zone = value, plain_value(choices, around, ZONE)
    if kind_ == "zone":
        instant, zone = choices.choice(around.of_type(DATETIME) or [NOW]).path, value
    if chance(choices, 50):
        return compared(choices, around, DURATION, call("clock", instant, zone))
    if chance(choices, 25):
        return compared(choices, around, STRING, call("date", instant, zone))
    day = call("weekday", instant, zone)
    if chance(choices, 40):
        return tree.Membership(day, constants(choices, WEEKDAY, 1), chance(choices, 30), S)
    return compared(choices, around, WEEKDAY, day)


def networks(choices: Choices, around: Surroundings) -> tree.Expression:
    """A network, or several."""
    many = [r.path for r in around.readables if not r.guards and r.element == CIDR]
    if many and chance(choices, 50):
        return choices.choice(many)
    return plain_value(choices, around, CIDR)


def compared(
    choices: Choices, around: Surroundings, type_: TypeExpression, value: tree.Expression
) -> tree.Compare:
    but = value if isinstance(value, Path) else None
    other = other_value(choices, around, type_, but)
    if kind(type_) in ("int", "decimal") and chance(choices, 12):
        by = constant(choices, type_)
        value = tree.Arithmetic(choices.choice(("+", "-", "*")), value, by, S)
    elif type_ == DATETIME and chance(choices, 30):
        other = calculated(choices, around, type_) or other
    elif type_ == DURATION and chance(choices, 20):
        other = clock(choices, around)
    left, right = (other, value) if chance(choices, 30) else (value, other)
    return tree.Compare(operator(choices, type_), left, right, S)


def operator(choices: Choices, type_: TypeExpression) -> Operator:
    if is_ordered(type_) and chance(choices, 70):
        return choices.choice(ORDERINGS)
    return choices.choice(("==", "!="))


def collection_of(choices: Choices, around: Surroundings, type_: TypeExpression) -> tree.Expression:
    """A set or a list that values of the type may be in."""
    many = [r.path for each in (SetType, ListType) for r in around.of_type(each(type_, S))]
    can_be_written = around.types.users or kind(type_) != "user"
    if many and (not can_be_written or chance(choices, 60)):
        return choices.choice(many)
    if not can_be_written:
        return tree.ListOf((), S)
    if type_ == IP:  # a list that an address is in is one of networks
        return constants(choices, CIDR, 1)
    return constants(choices, type_, 0 if chance(choices, 3) else 1)
