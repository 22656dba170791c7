"""Type expressions -> types, with the names of `type` declarations put in full.

Two types are one type where they are equal here; the order of an unordered enum's values says
nothing, so they are sorted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from remit.syntax.tree import (
    EnumType,
    ListType,
    MapType,
    NamedType,
    RecordType,
    SetType,
    TypeExpression,
)


@dataclass(frozen=True)
class Scalar:
    """`string`, `bool`, `int`, `decimal` and the others that have a name."""

    name: str


@dataclass(frozen=True)
class Choice:
    """`"a" | "b"`, or from the least to the greatest `"a" < "b"`."""

    values: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True)
class Many:
    """`set<element>` where `distinct`, `list<element>` otherwise."""

    element: "Type"
    distinct: bool


@dataclass(frozen=True)
class Keyed:
    """`map<key, value>`."""

    key: "Type"
    value: "Type"


@dataclass(frozen=True)
class Part:
    """A member of a record."""

    name: str
    type: "Type"
    optional: bool


@dataclass(frozen=True)
class Shape:
    """`{ name: type, name?: type }`."""

    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


Type = Scalar | Choice | Many | Keyed | Shape

STRING, BOOL, INT, DECIMAL = Scalar("string"), Scalar("bool"), Scalar("int"), Scalar("decimal")
DATETIME, DURATION, ZONE = Scalar("datetime"), Scalar("duration"), Scalar("zone")
IP, CIDR, USER, CLIENT = Scalar("ip"), Scalar("cidr"), Scalar("user"), Scalar("client")
WEEKDAY = Choice(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ordered=True)
KIND = Choice(("anonymous", "client", "user"), ordered=False)
ACTOR = Shape((Part("sub", STRING, optional=False), Part("client_id", STRING, optional=True)))


def meant(written: TypeExpression, aliases: Mapping[str, TypeExpression]) -> Type:
    """The type that is written; `aliases` are the policy's own names."""
    match written:
        case NamedType(name=name) if name.text in aliases:
            return meant(aliases[name.text], aliases)
        case NamedType(name=name):
            return Scalar(name.text)
        case EnumType(values=values, ordered=ordered):
            texts = [str(value.value) for value in values]
            return Choice(tuple(texts if ordered else sorted(set(texts))), ordered)
        case SetType(element=element):
            return Many(meant(element, aliases), distinct=True)
        case ListType(element=element):
            return Many(meant(element, aliases), distinct=False)
        case MapType(key=key, value=value):
            return Keyed(meant(key, aliases), meant(value, aliases))
        case RecordType(fields=fields):
            return Shape(
                tuple(
                    Part(field.name.text, meant(field.type, aliases), field.optional) for field in fields
                )
            )
        case _:
            assert_never(written)
