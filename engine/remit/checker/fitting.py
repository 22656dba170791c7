"""A constant in a fixture, and the type of what it is for -> where the one is not of the other.

A value of another type is what tests are for as well: so none of this refuses a policy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from remit.checker import findings
from remit.checker.checked import (
    DATETIME,
    USER,
    Enumeration,
    ListOf,
    MapOf,
    RecordOf,
    Scalar,
    SetOf,
    Type,
)
from remit.checker.scalars import ERROR, reader
from remit.diagnostics import Finding
from remit.syntax import tree

_USER = ("iss", "sub")


@dataclass(frozen=True, slots=True)
class Fitting:
    """Whether constants fit; a user of one issuer is a string, of several a record.

    `in_token`: a number stands for an instant there. `on_purpose`: what is of another type is meant to
    be, and only what nobody can write is told.
    """

    one_issuer: bool
    in_token: bool = False
    on_purpose: bool = False

    def misfits(self, path: str, node: tree.Expression, type_: Type) -> Iterator[Finding]:
        """What in the constant at `path` no rule can read; none where it is no constant."""
        match type_, node:
            case _, tree.Literal() if isinstance(type_, Scalar | Enumeration):
                fits = self._fits(node, type_)
            case Scalar(), tree.RecordOf(pairs=pairs) if type_ == USER and not self.one_issuer:
                fits = sorted(name.text for name, _ in pairs) == [*_USER]
            case ((SetOf(element=element) | ListOf(element=element)), tree.ListOf(items=items)):
                for item in items:
                    yield from self.misfits(path, item, element)
                return
            case MapOf(), tree.RecordOf(pairs=pairs):
                if type_.key == USER and not self.one_issuer:
                    yield findings.unwritable_map(path, str(type_), node.span)
                    return
                for _, value in pairs:
                    yield from self.misfits(f"{path}[...]", value, type_.value)
                return
            case RecordOf(), tree.RecordOf(pairs=pairs):
                for name, value in pairs:
                    member = type_.member(name.text)
                    if member is not None:
                        yield from self.misfits(f"{path}.{name.text}", value, member.type)
                return
            case _:
                fits = not isinstance(node, tree.Literal | tree.ListOf | tree.RecordOf)
        if not (fits or self.on_purpose):
            hint = None if self.one_issuer or type_ != USER else findings.USER_OF_SEVERAL
            yield findings.ill_typed_value(path, str(type_), node.span, hint)

    def _fits(self, literal: tree.Literal, type_: Scalar | Enumeration) -> bool:
        if type_ == USER and not self.one_issuer:
            return False
        if type_ == DATETIME and self.in_token and type(literal.value) in (int, Decimal):
            return True
        return reader(type_)(literal.value) is not ERROR
