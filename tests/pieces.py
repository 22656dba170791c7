"""Small pieces of tree, which every generator is made of."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from remit.spans import Span
from remit.syntax import tree
from remit.syntax.tree import Name, Path

S = Span("generated.remit", 0, 0)
Written = str | int | bool | Decimal | timedelta
"""What a literal may say."""


def name(text: str) -> Name:
    return Name(text, S)


def names(texts: Sequence[str]) -> tuple[Name, ...]:
    return tuple(name(text) for text in texts)


def literal(value: Written) -> tree.Literal:
    return tree.Literal(value, S)


def path(root: str, *members: str) -> Path:
    return Path(name(root), names(members), S)


def named(text: str) -> tree.NamedType:
    return tree.NamedType(name(text), S)


def enum(*values: str, ordered: bool = False) -> tree.EnumType:
    return tree.EnumType(tuple(literal(value) for value in values), ordered, S)


def member(text: str, type_: tree.TypeExpression, *, optional: bool = False) -> tree.Field:
    """A member of a record, or a parameter of an action."""
    return tree.Field(name(text), optional, type_, None, None, S)
