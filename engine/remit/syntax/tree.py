"""The nodes of a parsed policy: what was written, nothing resolved yet.

Every node keeps the span it came from; spans take no part in equality, so two documents are equal
when they say the same thing. Names keep their text only; `checker` finds out what they mean.
The module is long because it declares every node, each in a few lines.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
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
    """`"text"`, `42`, `true`, `9.50`, `15m`."""

    value: str | int | bool | Decimal | timedelta
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ListOf:
    """`["a", "b"]`."""

    items: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RecordOf:
    """`{ owner: "bob", tags: ["x"] }`: in tests, defaults and obligations."""

    pairs: "tuple[tuple[Name, Expression], ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Index:
    """`[key]` after a map."""

    key: "Expression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Path:
    """`owner`, `token.tenant`, `plans[tenant].limit`: a root, and the steps read from it."""

    root: Name
    steps: tuple[Name | Index, ...]
    span: Span = _span()

    def __str__(self) -> str:
        """The path with its dots; what stands in brackets is left out."""
        steps = ("[...]" if isinstance(step, Index) else f".{step.text}" for step in self.steps)
        return self.root.text + "".join(steps)


@dataclass(frozen=True, slots=True)
class Call:
    """`count(approvals)`, `clock(now, "Europe/Berlin")`."""

    function: Name
    arguments: "tuple[Expression, ...]"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`now - 1h`, `price * 2`, `approvals - [author]`."""

    operator: OneOf["+", "-", "*"]
    left: "Expression"
    right: "Expression"
    span: Span = _span()


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


@dataclass(frozen=True, slots=True)
class Like:
    """`path like "/public/**"`."""

    value: "Expression"
    pattern: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ScopeTest:
    """`granted(read:documents)` of the application, `holds(read:documents)` of the user."""

    of: OneOf["granted", "holds"]
    need: "Need"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Quantified:
    """`any m in care_team where m.member == token.sub`; `every` for `all`."""

    every: bool
    name: Name
    collection: "Expression"
    condition: "Expression"
    span: Span = _span()


Expression = (
    Literal
    | ListOf
    | RecordOf
    | Path
    | Call
    | Arithmetic
    | Coalesce
    | Compare
    | Membership
    | Like
    | Has
    | ScopeTest
    | Quantified
    | Not
    | And
    | Or
)


# ---- types


@dataclass(frozen=True, slots=True)
class NamedType:
    """`string`, `decimal`, `user` and the others; or the name of a `type`."""

    name: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EnumType:
    """`"public" | "secret"`; `ordered`: `"read" < "write"`, from the least to the greatest."""

    values: tuple[Literal, ...]
    ordered: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SetType:
    """`set<element>`."""

    element: "TypeExpression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ListType:
    """`list<element>`."""

    element: "TypeExpression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MapType:
    """`map<key, value>`."""

    key: "TypeExpression"
    value: "TypeExpression"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{ name: type, name?: type }`."""

    fields: "tuple[Field, ...]"
    span: Span = _span()


TypeExpression = NamedType | EnumType | SetType | ListType | MapType | RecordType


@dataclass(frozen=True, slots=True)
class Field:
    """`name?: type = default from path`: a member of a block or a record, a parameter of an action.

    `source` is where in the token's claims it stands, where that is said.
    """

    name: Name
    optional: bool
    type: TypeExpression
    default: Expression | None
    source: tuple[Name, ...] | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Assume:
    """`assume archived`: that hiding these members may help a caller is known, and accepted."""

    names: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TypeAlias:
    """`type Access = "read" < "write"`."""

    name: Name
    type: TypeExpression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Let:
    """`let hospital: set<cidr> = ["10.20.0.0/16"]`."""

    name: Name
    type: TypeExpression | None
    value: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Data:
    """`data holidays: set<string> from "holidays.json"`."""

    name: Name
    type: TypeExpression
    file: Literal
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
class NeedClause:
    """`needs read:documents when condition`; the clauses of an action are alternatives."""

    need: Need
    when: Expression | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Action:
    """`action new create, import(kind: string) needs write:documents`."""

    names: tuple[Name, ...]
    new: bool
    parameters: tuple[Field, ...]
    needs: tuple[NeedClause, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ActionsFrom:
    """`action from "operations.json"`: actions, each with the scopes any of which is enough."""

    file: Literal
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
class ClientSubject:
    """The subject `client nightly`: a client, or every client of a class."""

    client: Name
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


Subject = Entitled | Anyone | RoleSubject | ClientSubject | NamedSubject | AllSubjects


@dataclass(frozen=True, slots=True)
class Obligation:
    """`oblige audit { kind: "break-glass" }`."""

    name: Name
    values: RecordOf | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NeedAcr:
    """`acr "phr", "phrh"`: one of these authentication contexts."""

    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NeedMaxAge:
    """`max_age 15m`: a login no older than this."""

    age: Literal
    span: Span = _span()


Challenge = NeedAcr | NeedMaxAge


@dataclass(frozen=True, slots=True)
class Rule:
    """`permit`, `forbid` or `require`.

    `actions` is None for `any`, `types` where no `on` stands, `subjects` where no `to` stands. Only a
    `require` has challenges; it has neither subjects nor obligations.
    """

    effect: OneOf["permit", "forbid", "require"]
    name: Literal | None
    actions: tuple[Name, ...] | None
    types: tuple[Name, ...] | None
    subjects: tuple[Subject, ...] | None
    when: Expression | None
    unless: Expression | None
    challenges: tuple[Challenge, ...]
    obligations: tuple[Obligation, ...]
    because: Literal | None
    span: Span = _span()


# ---- declarations


@dataclass(frozen=True, slots=True)
class Audience:
    """`audience "https://api.example.com"`."""

    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AssertsRoles:
    """`asserts role viewer, editor`: the roles that an issuer's tokens may bring."""

    roles: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AssertsClients:
    """`asserts client web, nightly`: the clients that an issuer's tokens may be for."""

    clients: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AssertsClaim:
    """`asserts tenant "acme", "beta"`: the values that a declared claim of its tokens may have."""

    claim: Name
    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ClaimSource:
    """`roles from realm_access.roles`: where this issuer puts what every token says."""

    what: Name
    path: tuple[Name, ...]
    span: Span = _span()


IssuerItem = Audience | AssertsRoles | AssertsClients | AssertsClaim | ClaimSource


@dataclass(frozen=True, slots=True)
class Issuer:
    """`issuer "https://example.eu.auth0.com/" profile auth0 { ... }`."""

    value: Literal
    profile: Name | None
    items: tuple[IssuerItem, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Scopes:
    """`scope admin:org "description" implies write:org`."""

    names: tuple[Name, ...]
    description: Literal | None
    implies: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ScopesFrom:
    """`scope from "scopes.json"`."""

    file: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Role:
    """`role editor extends viewer grants {read,write}:documents except write:documents`."""

    names: tuple[Name, ...]
    extends: tuple[Name, ...]
    grants: tuple[Name, ...]
    exclusions: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Client:
    """`client nightly class batch grants read:documents`; `grants` is None where it is not said."""

    names: tuple[Name, ...]
    group: Name | None
    grants: tuple[Name, ...] | None
    exclusions: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ActorsAllowed:
    """`actors allowed`: delegated tokens are taken, though no rule asks who acts."""

    span: Span = _span()


ApiItem = (
    Audience
    | Issuer
    | Scopes
    | ScopesFrom
    | Role
    | Client
    | ActorsAllowed
    | Action
    | ActionsFrom
    | Assume
    | Relation
    | Rule
)
ResourceItem = Action | ActionsFrom | Assume | Relation | Rule


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
    assumed: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Context:
    """`context { ip_known: bool }`: what the service says about the request."""

    fields: tuple[Field, ...]
    assumed: tuple[Name, ...]
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
class MissingAcr:
    """`missing acr "phr"`."""

    acr: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expectation:
    """`ann may pay w (amount: 5) with w { ... } at "..." missing role editor because "..." oblige log`.

    `resource` is None for actions of the API itself.
    """

    who: Name
    allowed: bool
    actions: tuple[Name, ...]
    resource: Name | None
    arguments: RecordOf | None
    changes: tuple[With, ...]
    at: Literal | None
    missing: MissingScope | MissingRole | MissingAcr | None
    because: Literal | None
    obligations: tuple[Obligation, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Cell:
    """`yes`, `no`, or `-`, which asks nothing: `allowed` is None."""

    allowed: bool | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MatrixHead:
    """`who, resource | read | write`; without `resource` the actions are those of the API itself."""

    of_resources: bool
    actions: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """`ann, plan | yes | no`: who asks, about what, and what is answered for each action."""

    who: Name
    resource: Name | None
    cells: tuple[Cell, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Matrix:
    """`matrix at "..." { who, resource | read  ann, plan | yes }`: one expectation in each cell.

    Without a head there is no row either.
    """

    at: Literal | None
    head: MatrixHead | None
    rows: tuple[MatrixRow, ...]
    span: Span = _span()


Fixture = TokenFixture | ResourceFixture | ContextFixture
PolicyTestItem = Fixture | Expectation | Matrix


@dataclass(frozen=True, slots=True)
class Fixtures:
    """`fixtures staff { ... }`: what tests in any file may use by this name."""

    name: Name
    items: tuple[Fixture, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """`test "documents" using staff { ... }`."""

    name: Literal
    using: tuple[Name, ...]
    items: tuple[PolicyTestItem, ...]
    span: Span = _span()


Item = Api | TokenClaims | Context | Resource | TypeAlias | Let | Data | Rule | Fixtures | PolicyTest


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed policy file, or several read as one set."""

    items: tuple[Item, ...]
