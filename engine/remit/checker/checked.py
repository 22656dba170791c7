"""What a checked policy set is: every name resolved, every value typed, relations put in their place.

Conditions are three-valued: true, false or error. Nodes are frozen and compare by structure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal as OneOf

from remit.spans import Span
from remit.syntax.tree import PolicyTest


class Kind(StrEnum):
    """The scalar types that have no parameters."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Scalar:
    """`string`, `bool`, `int`, `user`."""

    kind: Kind

    def __str__(self) -> str:
        return self.kind.value


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enum; values are sorted, so two with the same values are the same type."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return " | ".join(f'"{value}"' for value in self.values)


@dataclass(frozen=True, slots=True)
class SetOf:
    """`set<element>`."""

    element: Scalar | Enumeration

    def __str__(self) -> str:
        return f"set<{self.element}>"


Type = Scalar | Enumeration | SetOf
Constant = str | int | bool | frozenset[str] | frozenset[int] | frozenset[bool]

STRING, BOOL, INT, USER = (Scalar(kind) for kind in Kind)


class Root(StrEnum):
    """Where a member is read from."""

    RESOURCE = "resource"
    TOKEN = "token"  # noqa: S105  (the word of the language)
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Member:
    """A declared attribute, claim or context member."""

    root: Root
    name: str
    type: Type
    optional: bool
    default: Constant | None

    @property
    def may_be_absent(self) -> bool:
        """Whether a read finds nothing where the member is missing, rather than an error."""
        return self.optional and self.default is None

    def __str__(self) -> str:
        return self.name if self.root is Root.RESOURCE else f"{self.root}.{self.name}"


# ---- values


@dataclass(frozen=True, slots=True)
class Given:
    """A constant of the policy."""

    value: Constant
    type: Type


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a member."""

    member: Member

    @property
    def type(self) -> Type:
        """The declared type."""
        return self.member.type


@dataclass(frozen=True, slots=True)
class Caller:
    """`token.sub` as a user; equal to no user where the caller is none."""

    type: Type = USER


@dataclass(frozen=True, slots=True)
class Fallback:
    """`read ?? other`."""

    read: Read
    other: "Value"

    @property
    def type(self) -> Type:
        """The type that both sides have."""
        return self.read.type


Value = Given | Read | Caller | Fallback


# ---- conditions


@dataclass(frozen=True, slots=True)
class Always:
    """True or false, whatever the request."""

    truth: bool


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A bool value is true."""

    value: Value


@dataclass(frozen=True, slots=True)
class Equal:
    """Two values of one type are equal."""

    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Less:
    """`left < right`, or `<=`."""

    left: Value
    right: Value
    or_equal: bool


@dataclass(frozen=True, slots=True)
class Contains:
    """`item in collection`."""

    collection: Value
    item: Value


@dataclass(frozen=True, slots=True)
class Present:
    """`has member`."""

    member: Member


@dataclass(frozen=True, slots=True)
class InRole:
    """The caller has the role."""

    role: str


@dataclass(frozen=True, slots=True)
class IsEntitled:
    """The caller effectively holds what the action needs."""


@dataclass(frozen=True, slots=True)
class IsAuthenticated:
    """The request carries a token."""


@dataclass(frozen=True, slots=True)
class Negated:
    """`not operand`."""

    operand: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Strong Kleene conjunction."""

    operands: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Strong Kleene disjunction."""

    operands: "tuple[Condition, ...]"


Leaf = Always | IsTrue | Equal | Less | Contains | Present | InRole | IsEntitled | IsAuthenticated
Condition = Leaf | Negated | AllOf | AnyOf

TRUE = Always(truth=True)
FALSE = Always(truth=False)


# ---- needs, rules, blocks


@dataclass(frozen=True, slots=True)
class Nothing:
    """`needs nothing`."""


@dataclass(frozen=True, slots=True)
class OneScope:
    """`needs read:documents`."""

    scope: str


@dataclass(frozen=True, slots=True)
class EachOf:
    """`needs a and b`."""

    needs: "tuple[NeedOfScopes, ...]"


@dataclass(frozen=True, slots=True)
class SomeOf:
    """`needs a or b`."""

    needs: "tuple[NeedOfScopes, ...]"


NeedOfScopes = OneScope | EachOf | SomeOf
Need = Nothing | NeedOfScopes


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule; `actions` is None for `any`."""

    effect: OneOf["permit", "forbid"]
    name: str | None
    actions: tuple[str, ...] | None
    condition: Condition
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """A resource type, or (named None) the API itself."""

    name: str | None
    members: Mapping[str, Member]
    needs: Mapping[str, Need]
    rules: tuple[CheckedRule, ...]


@dataclass(frozen=True, slots=True)
class CheckedApi:
    """The resource server. Closures include the scope or role itself."""

    name: str
    audiences: tuple[str, ...]
    issuers: Mapping[str, str]
    scopes: Mapping[str, frozenset[str]]
    roles: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A policy set that may be compiled."""

    api: CheckedApi
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    blocks: tuple[Block, ...]
    tests: tuple[PolicyTest, ...]

    def block(self, name: str | None) -> Block | None:
        """The block of a resource type, or of the API itself."""
        return next((block for block in self.blocks if block.name == name), None)
