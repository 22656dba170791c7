"""The nodes of a parsed policy: what was written, nothing resolved yet.

Every node keeps the span it came from; spans take no part in equality, so two documents are equal
when they say the same thing. Names keep their text only; `checker` finds out what they mean.
"""

from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from remit.spans import Span


def _span() -> Any:  # noqa: ANN401  (what `field` returns stands in for any type)
    return field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier, with or without the backquotes it was written in."""

    text: str
    span: Span = _span()


# ---- expressions: three-valued conditions and the values under them


@dataclass(frozen=True, slots=True)
class Literal:
    """`"text"`, `42`, `true`."""

    value: str | int | bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ListOf:
    """`["a", "b"]`."""

    items: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RecordOf:
    """`{ owner: "bob", tags: ["x"] }`; only in tests so far."""

    pairs: "tuple[tuple[Name, Expression], ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Path:
    """`owner`, `token.tenant`: a root and the members read from it."""

    root: Name
    members: tuple[Name, ...]
    span: Span = _span()

    def __str__(self) -> str:
        """The path with its dots."""
        return ".".join(name.text for name in (self.root, *self.members))


@dataclass(frozen=True, slots=True)
class Coalesce:
    """`value ?? fallback`: the fallback where the optional value is absent."""

    value: "Expression"
    fallback: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Compare:
    """`left == right` and the other comparisons."""

    operator: OneOf["==", "!=", "<", "<=", ">", ">="]
    left: "Expression"
    right: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Membership:
    """`item in collection`, `item not in collection`."""

    item: "Expression"
    collection: "Expression"
    negated: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Has:
    """`has path`: the optional member is there."""

    path: Path
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """`a and b and c`."""

    operands: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b or c`."""

    operands: "tuple[Expression, ...]"
    span: Span = _span()


Expression = Literal | ListOf | RecordOf | Path | Coalesce | Compare | Membership | Has | Not | And | Or


# ---- types


@dataclass(frozen=True, slots=True)
class NamedType:
    """`string`, `bool`, `int`, `user`."""

    name: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EnumType:
    """`"public" | "secret"`."""

    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetType:
    """`set<element>`."""

    element: "TypeExpression"
    span: Span = _span()


TypeExpression = NamedType | EnumType | SetType


@dataclass(frozen=True, slots=True)
class Field:
    """`name?: type = default`, a member of `token`, `context` or a resource."""

    name: Name
    optional: bool
    type: TypeExpression
    default: Expression | None
    span: Span = _span()


# ---- what an action needs


@dataclass(frozen=True, slots=True)
class NeedNothing:
    """`needs nothing`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NeedScope:
    """`needs read:documents`."""

    scope: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NeedAll:
    """`needs a and b`."""

    needs: "tuple[Need, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NeedAny:
    """`needs a or b`."""

    needs: "tuple[Need, ...]"
    span: Span = _span()


Need = NeedNothing | NeedScope | NeedAll | NeedAny


@dataclass(frozen=True, slots=True)
class Action:
    """`action read, list needs read:documents`."""

    names: tuple[Name, ...]
    needs: Need | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Relation:
    """`relation name when condition`."""

    name: Name
    condition: Expression
    span: Span = _span()


# ---- rules


@dataclass(frozen=True, slots=True)
class Entitled:
    """The subject `entitled`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Anyone:
    """The subject `anyone`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RoleSubject:
    """The subject `role editor`."""

    role: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NamedSubject:
    """The subject `owner`: a relation, or an attribute that holds users."""

    name: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AllSubjects:
    """The subject `owner and role editor`."""

    subjects: "tuple[Subject, ...]"
    span: Span = _span()


Subject = Entitled | Anyone | RoleSubject | NamedSubject | AllSubjects


@dataclass(frozen=True, slots=True)
class Rule:
    """`permit` or `forbid`. `actions` is None for `any`; `subjects` is None where no `to` stands."""

    effect: OneOf["permit", "forbid"]
    name: Literal | None
    actions: tuple[Name, ...] | None
    subjects: tuple[Subject, ...] | None
    when: Expression | None
    unless: Expression | None
    because: Literal | None
    span: Span = _span()


# ---- declarations


@dataclass(frozen=True, slots=True)
class Audience:
    """`audience "https://api.example.com"`."""

    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Issuer:
    """`issuer "https://example.eu.auth0.com/" profile auth0`."""

    value: Literal
    profile: Name | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Scopes:
    """`scope admin:org "description" implies write:org`."""

    names: tuple[Name, ...]
    description: Literal | None
    implies: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Role:
    """`role editor extends viewer grants write:documents`."""

    names: tuple[Name, ...]
    extends: tuple[Name, ...]
    grants: tuple[Name, ...]
    span: Span = _span()


ApiItem = Audience | Issuer | Scopes | Role | Action | Relation | Rule
ResourceItem = Action | Relation | Rule


@dataclass(frozen=True, slots=True)
class Api:
    """`api documents { ... }`: the resource server that the policy speaks for."""

    name: Name
    items: tuple[ApiItem, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """`token { tenant: string }`: claims that the rules may read."""

    fields: tuple[Field, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Context:
    """`context { ip_known: bool }`: what the service says about the request."""

    fields: tuple[Field, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Resource:
    """`resource Document { fields, then actions, relations and rules }`."""

    name: Name
    fields: tuple[Field, ...]
    items: tuple[ResourceItem, ...]
    span: Span = _span()


# ---- tests


@dataclass(frozen=True, slots=True)
class TokenFixture:
    """`token ann { sub: "ann" }`."""

    name: Name
    claims: RecordOf
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ResourceFixture:
    """`resource d1: Document { owner: "bob" }`."""

    name: Name
    type: Name
    attributes: RecordOf
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ContextFixture:
    """`context { ip_known: true }`."""

    values: RecordOf
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class With:
    """`with d1 { tenant: "t2" }`: members laid over a token's, a resource's or (None) the context's."""

    name: Name | None
    changes: RecordOf
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MissingScope:
    """`missing share:documents`."""

    scope: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MissingRole:
    """`missing role editor`."""

    role: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expectation:
    """`ann may not read, write d1 with d1 { ... } at "..." missing role editor because "..."`.

    `resource` is None for actions of the API itself.
    """

    who: Name
    allowed: bool
    actions: tuple[Name, ...]
    resource: Name | None
    changes: tuple[With, ...]
    at: Literal | None
    missing: MissingScope | MissingRole | None
    because: Literal | None
    span: Span = _span()


PolicyTestItem = TokenFixture | ResourceFixture | ContextFixture | Expectation


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """`test "documents" { ... }`."""

    name: Literal
    items: tuple[PolicyTestItem, ...]
    span: Span = _span()


Item = Api | TokenClaims | Context | Resource | PolicyTest


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed policy file, or several read as one set."""

    items: tuple[Item, ...]
