"""Conditions and values -> the values that they read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Applied,
    Calculated,
    Condition,
    Contains,
    EachOf,
    Element,
    Equal,
    Fallback,
    HasKey,
    IsTrue,
    Known,
    Less,
    Lookup,
    Matches,
    Member,
    Negated,
    Part,
    Present,
    Quantified,
    Read,
    Root,
    Scopes,
    Several,
    SomeOf,
    Value,
    Within,
)


def values_of(condition: Condition) -> tuple[Value, ...]:
    """The values that one condition is about; none for one that only joins others."""
    match condition:
        case IsTrue(value=value) | Present(value=value) | Known(value=value) | Matches(value=value):
            return (value,)
        case Equal(left=left, right=right) | Less(left=left, right=right):
            return (left, right)
        case Contains(collection=collection, item=item):
            return (collection, item)
        case HasKey(map=map_, key=key):
            return (map_, key)
        case Within(networks=networks, address=address):
            return (networks, address)
        case Quantified(collection=collection):
            return (collection,)
        case _:
            return ()


def parts_of(value: Value) -> tuple[Value, ...]:
    """The values that a value is directly made of."""
    match value:
        case Part(of=of):
            return (of,)
        case Lookup(of=of, key=key):
            return (of, key)
        case Fallback(value=first, other=other):
            return (first, other)
        case Calculated(left=left, right=right):
            return (left, right)
        case Applied(arguments=arguments):
            return arguments
        case Several(items=items):
            return items
        case _:
            return ()


def with_parts(value: Value) -> Iterator[Value]:
    """The value, and all that it is made of."""
    yield value
    for part in parts_of(value):
        yield from with_parts(part)


def leaves(condition: Condition) -> Iterator[Condition]:
    """The tests of a condition, its quantifiers among them."""
    match condition:
        case Negated(operand=operand):
            yield from leaves(operand)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from leaves(operand)
        case Quantified(condition=inner):
            yield condition
            yield from leaves(inner)
        case _:
            yield condition


def read_by(condition: Condition) -> Iterator[Value]:
    """Every value that a condition reads, with the values that it is made of."""
    for leaf in leaves(condition):
        for value in values_of(leaf):
            yield from with_parts(value)


def root_of(value: Value) -> Member | None:
    """The declared member that a path begins with, through the quantifiers around it.

    Of the two sides of a `??` it is the one that is no claim, where one of them is none.
    """
    match value:
        case Read(member=member):
            return member
        case Part(of=of) | Lookup(of=of):
            return root_of(of)
        case Fallback(value=first, other=other):
            roots = [root for root in (root_of(first), root_of(other)) if root is not None]
            others = (root for root in roots if root.root is not Root.TOKEN)
            return next(others, roots[0] if roots else None)
        case Element(root=root):
            return root
        case _:
            return None


PARTS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (
        *(AllOf, AnyOf, Applied, Calculated, Contains, EachOf, Equal, Fallback, HasKey, IsTrue, Known),
        *(Less, Lookup, Negated, Present, Quantified, Scopes, Several, SomeOf, Within),
    )
}
"""The kinds of nodes that have parts, and no constant of their own."""


def rebuilt(node: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401  (the same type comes back)
    """The node with each of its parts changed; what has none, a type, a word or a number, stays."""
    kind = type(node)
    parts = PARTS.get(kind)
    return node if parts is None else kind(*(change(getattr(node, part)) for part in parts))
