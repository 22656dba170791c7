"""Fields -> Members: the types of attributes, claims and context, and their defaults."""

from collections.abc import Iterable
from typing import assert_never

from remit.checker import findings
from remit.checker.checked import (
    BOOL,
    INT,
    STRING,
    USER,
    Constant,
    Enumeration,
    Kind,
    Member,
    Root,
    Scalar,
    SetOf,
    Type,
)
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

RESERVED = frozenset(("entitled", "anyone", "nothing", "any", "token", "context", "action"))
"""Names that no attribute, relation or action may bear."""

OWN_CLAIMS = frozenset(
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "roles", "permissions", "act", "cnf"]
    + ["client_id", "azp", "gty", "sub_profile"]
)
"""Claims that remit reads itself; a policy may not give them another meaning, a test may say them."""


def check_members(root: Root, fields: Iterable[tree.Field], found: list[Finding]) -> dict[str, Member]:
    """The members by name."""
    members: dict[str, Member] = {}
    for field in fields:
        name = field.name
        if name.text in members:
            found.append(findings.duplicate("member", name.text, name.span))
        if name.text in RESERVED or (root is Root.TOKEN and name.text in OWN_CLAIMS):
            found.append(findings.reserved(name.text, name.span))
        type_ = check_type(field.type, found)
        if type_ is not None:
            default = constant(field.default, type_, found) if field.default else None
            members[name.text] = Member(root, name.text, type_, field.optional, default)
    return members


def check_type(expression: tree.TypeExpression, found: list[Finding]) -> Type | None:
    """The type that is written."""
    match expression:
        case tree.NamedType(name=name):
            known = {kind.value: Scalar(kind) for kind in Kind}
            if name.text not in known:
                found.append(findings.unknown_type(name.text, name.span, known))
            return known.get(name.text)
        case tree.EnumType(values=values):
            return _enumeration(values, found)
        case tree.SetType(element=element):
            inner = check_type(element, found)
            if isinstance(inner, SetOf):
                found.append(findings.type_mismatch("a set", "a type of single values", element.span))
                return None
            return None if inner is None else SetOf(inner)
        case _:
            assert_never(expression)


def _enumeration(values: Iterable[tree.Literal], found: list[Finding]) -> Enumeration:
    seen: set[str] = set()
    for literal in values:
        text = str(literal.value)
        if text in seen:
            found.append(findings.duplicate("value", text, literal.span))
        seen.add(text)
    return Enumeration(tuple(sorted(seen)))


def constant(expression: tree.Expression, wanted: Type, found: list[Finding]) -> Constant | None:
    """The constant that `expression` writes, as a value of the type `wanted`; None if it is none."""
    match expression:
        case tree.Literal(value=value, span=span) if not isinstance(wanted, SetOf):
            return _scalar(value, wanted, span, found)
        case tree.ListOf(items=items) if isinstance(wanted, SetOf):
            values = [constant(item, wanted.element, found) for item in items]
            return frozenset(v for v in values if v is not None)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # scalars of one type
        case tree.Literal(span=span):
            found.append(findings.type_mismatch("a literal", str(wanted), span))
        case tree.ListOf(span=span):
            found.append(findings.type_mismatch("a list", str(wanted), span))
        case _:
            found.append(findings.not_constant(expression.span))
    return None


def _scalar(
    value: str | int | bool,
    wanted: Scalar | Enumeration,
    span: Span,
    found: list[Finding],
) -> Constant | None:
    natural = literal_type(value)
    if isinstance(wanted, Enumeration):
        if natural == STRING and value not in wanted.values:
            found.append(findings.outside_enum(str(value), span, wanted.values))
            return None
        matches = natural == STRING
    else:
        matches = natural == (STRING if wanted == USER else wanted)
    if not matches:
        found.append(findings.type_mismatch(str(natural), str(wanted), span))
        return None
    return value


def literal_type(value: str | int | bool) -> Scalar:
    """The type that a literal has by itself."""
    if isinstance(value, bool):
        return BOOL
    return INT if isinstance(value, int) else STRING
