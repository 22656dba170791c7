"""What a checked policy set is: every name resolved, every value typed, relations put in their place.

Conditions are three-valued: true, false or error. Nodes are frozen and compare by structure. They are
one module, however long, for types, values and conditions speak of one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from remit.spans import Span

if TYPE_CHECKING:  # a process that only decides reads no policy text
    from remit.syntax.tree import Expectation, Fixture

# ---- types


class Kind(StrEnum):
    """The scalar types that have no parameters."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    DATETIME = "datetime"
    DURATION = "duration"
    IP = "ip"
    CIDR = "cidr"
    ZONE = "zone"
    UUID = "uuid"
    USER = "user"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Scalar:
    """`string`, `decimal`, `user` and the others."""

    kind: Kind

    def __str__(self) -> str:
        return self.kind.value


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enum. Unordered values are sorted, so two with the same values are the same type."""

    values: tuple[str, ...]
    ordered: bool = False

    def __str__(self) -> str:
        return (" < " if self.ordered else " | ").join(f'"{value}"' for value in self.values)


@dataclass(frozen=True, slots=True)
class SetOf:
    """`set<element>`."""

    element: Scalar | Enumeration

    def __str__(self) -> str:
        return f"set<{self.element}>"


@dataclass(frozen=True, slots=True)
class ListOf:
    """`list<element>`."""

    element: "Type"

    def __str__(self) -> str:
        return f"list<{self.element}>"


@dataclass(frozen=True, slots=True)
class MapOf:
    """`map<key, value>`; keys are strings, an enum's values, users or clients."""

    key: Scalar | Enumeration
    value: "Type"

    def __str__(self) -> str:
        return f"map<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class RecordOf:
    """`{ name: type, name?: type }`; members sorted by name."""

    members: "tuple[Member, ...]"

    def member(self, name: str) -> "Member | None":
        """The member of that name."""
        return next((member for member in self.members if member.name == name), None)

    def __str__(self) -> str:
        members = (f"{m.name}{'?' * m.optional}: {m.type}" for m in self.members)
        return f"{{ {', '.join(members)} }}"


Type = Scalar | Enumeration | SetOf | ListOf | MapOf | RecordOf

STRING, BOOL, INT, DECIMAL, DATETIME, DURATION, IP, CIDR, ZONE, UUID, USER, CLIENT = (
    Scalar(kind) for kind in Kind
)
PRINCIPAL_KIND = Enumeration(("anonymous", "client", "user"))
WEEKDAY = Enumeration(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ordered=True)


class Root(StrEnum):
    """Where a member is read from."""

    RESOURCE = "resource"
    TOKEN = "token"  # noqa: S105  (the word of the language)
    CONTEXT = "context"
    ACTION = "action"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Member:
    """A declared attribute, claim, member of the context or a record, or parameter of an action.

    `source` is where a claim stands in the token, step by step; others have none.
    """

    root: Root
    name: str
    type: Type
    optional: bool
    default: "Given | None"
    source: tuple[str, ...] = ()

    @property
    def may_be_absent(self) -> bool:
        """Whether a read finds nothing where the member is missing, rather than an error."""
        return self.optional and self.default is None

    def __str__(self) -> str:
        bare = self.root in (Root.RESOURCE, Root.RECORD)
        return self.name if bare else f"{self.root}.{self.name}"


ACTOR = Member(
    Root.TOKEN,
    "actor",
    RecordOf(
        (
            Member(Root.RECORD, "client_id", STRING, optional=True, default=None),
            Member(Root.RECORD, "sub", STRING, optional=False, default=None),
        )
    ),
    optional=True,
    default=None,
    source=("act",),
)
"""`token.actor`: the outermost `act` (RFC 8693, section 4.1); nested ones are no part of it."""


# ---- values


@dataclass(frozen=True, slots=True)
class Given:
    """A constant of the policy; `written` is its one spelling, by which constants compare.

    A scalar's `value` is as rules compare it, a set's a frozenset of those; lists, maps and records
    are kept as a service would hand them in, and read as such.
    """

    value: Any = field(compare=False, repr=False)
    type: Type
    written: str


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a member of the resource, the token, the context or the action."""

    member: Member

    @property
    def type(self) -> Type:
        """The declared type."""
        return self.member.type


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of who asks: `token.sub`, `token.client`, `token.kind`, `token.issuer`.

    A user equals no user where the caller is none; `self` is the caller as a client, which equals no
    client where it is a user; `client` is the application, whoever asks through it.
    """

    what: OneOf["user", "self", "client", "kind", "issuer"]

    @property
    def type(self) -> Type:
        """The type of that fact."""
        return _FACTS[self.what]


_FACTS: Mapping[str, Type] = {
    "user": USER,
    "self": CLIENT,
    "client": CLIENT,
    "kind": PRINCIPAL_KIND,
    "issuer": STRING,
}


@dataclass(frozen=True, slots=True)
class Now:
    """The instant of the decision."""

    type: Type = DATETIME


@dataclass(frozen=True, slots=True)
class Element:
    """The value that a quantifier binds; `depth` counts the quantifiers around it.

    `root` is the member that the collection is part of, where it is part of one.
    """

    depth: int
    name: str = field(compare=False, repr=False)
    type: Type
    root: "Member | None"


@dataclass(frozen=True, slots=True)
class Part:
    """`record.member`."""

    of: "Value"
    member: Member

    @property
    def type(self) -> Type:
        """The declared type of the member."""
        return self.member.type


@dataclass(frozen=True, slots=True)
class Lookup:
    """`map[key]`: absent where the map has no such key."""

    of: "Value"
    key: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Fallback:
    """`value ?? other`: the other where the value is absent."""

    value: "Value"
    other: "Value"

    @property
    def type(self) -> Type:
        """The type that both sides have."""
        return self.value.type


@dataclass(frozen=True, slots=True)
class Calculated:
    """`left + right`, `left - right`, `left * right`."""

    operator: OneOf["+", "-", "*"]
    left: "Value"
    right: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Applied:
    """`count(...)`, `length(...)`, `clock(...)`, `date(...)`, `weekday(...)`."""

    function: OneOf["count", "length", "clock", "date", "weekday"]
    arguments: "tuple[Value, ...]"
    type: Type


@dataclass(frozen=True, slots=True)
class Several:
    """`[a, b]` of values that are not all constants: a set."""

    items: "tuple[Value, ...]"
    type: Type


Value = Given | Read | Caller | Now | Element | Part | Lookup | Fallback | Calculated | Applied | Several


# ---- what an action needs


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


# ---- conditions


@dataclass(frozen=True, slots=True)
class Always:
    """True, false or (None) an error, whatever the request."""

    truth: bool | None


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
    """`item in collection`, a set or a list."""

    collection: Value
    item: Value


@dataclass(frozen=True, slots=True)
class HasKey:
    """`key in map`."""

    map: Value
    key: Value


@dataclass(frozen=True, slots=True)
class Within:
    """`address in network`, or in one of several."""

    networks: Value
    address: Value


@dataclass(frozen=True, slots=True)
class Matches:
    """`value like pattern`."""

    value: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class Present:
    """`has path`: a value that may be absent is there."""

    value: Value


@dataclass(frozen=True, slots=True)
class Known:
    """True where the value can be worked out, an error otherwise; never false."""

    value: Value


@dataclass(frozen=True, slots=True)
class InRole:
    """The caller has the role."""

    role: str


@dataclass(frozen=True, slots=True)
class IsClient:
    """The caller is itself one of these clients, not a user; sorted."""

    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scopes:
    """The application was granted the need, the caller holds it, or (effective) both."""

    of: OneOf["granted", "holds", "effective"]
    need: NeedOfScopes


@dataclass(frozen=True, slots=True)
class StrongLogin:
    """RFC 9470: the login has one of the `acr` values, and is no older than `max_age` microseconds.

    Either may be unsaid: no values, None. Never an error: what is not shown is not so.
    """

    acr: tuple[str, ...]
    max_age: int | None


@dataclass(frozen=True, slots=True)
class IsEntitled:
    """The caller effectively holds what the action needs."""


@dataclass(frozen=True, slots=True)
class IsAuthenticated:
    """The request carries a token."""


@dataclass(frozen=True, slots=True)
class IsStored:
    """The resource exists already: the action does not make it."""


@dataclass(frozen=True, slots=True)
class Quantified:
    """`any x in collection where condition`, or (`every`) `all x in ...`.

    Inside, Element(depth) is the element. The collection is a set, a list or a map, whose keys count.
    """

    every: bool
    depth: int
    collection: Value
    condition: "Condition"


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


OfCaller = InRole | IsClient | Scopes | StrongLogin | IsEntitled | IsAuthenticated | IsStored
OfValues = IsTrue | Equal | Less | Contains | HasKey | Within | Matches | Present | Known
Leaf = Always | OfCaller | OfValues
Condition = Leaf | Quantified | Negated | AllOf | AnyOf

TRUE = Always(truth=True)
FALSE = Always(truth=False)


# ---- actions, rules, blocks


@dataclass(frozen=True, slots=True)
class Alternative:
    """One `needs` clause: the need suffices where the condition is true."""

    need: Need
    when: Condition


@dataclass(frozen=True, slots=True)
class Action:
    """What an action needs (any of the alternatives), its parameters, whether it makes its resource."""

    name: str
    needs: tuple[Alternative, ...]
    parameters: Mapping[str, Member] = field(hash=False)
    new: bool


@dataclass(frozen=True, slots=True)
class Obligation:
    """`oblige name { ... }`, its values sorted by name."""

    name: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule; `actions` is None for `any`.

    A `require` is a gate, as a forbid is: its condition says where its challenge is not met.
    """

    effect: OneOf["permit", "forbid", "require"]
    name: str | None
    actions: tuple[str, ...] | None
    condition: Condition
    challenge: StrongLogin | None
    obligations: tuple[Obligation, ...]
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """A resource type, or (named None) the API itself."""

    name: str | None
    members: Mapping[str, Member]
    actions: Mapping[str, Action]
    rules: tuple[CheckedRule, ...]


@dataclass(frozen=True, slots=True)
class CheckedIssuer:
    """Whose tokens are trusted, and how far.

    `audiences` is empty where those of the API count; `roles` and `clients` are None where all may be
    asserted; `claims` maps a declared claim to the values that it may have; `sources` maps scope, roles,
    permissions, client or subject to where this issuer puts them.
    """

    profile: str
    audiences: tuple[str, ...] = ()
    roles: frozenset[str] | None = None
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clients: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class CheckedClient:
    """A declared client; `grants` is the closed ceiling of its scopes, None where there is none."""

    group: str | None
    grants: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class CheckedApi:
    """The resource server. Closures include the scope or role itself."""

    name: str
    audiences: tuple[str, ...] = ()
    issuers: Mapping[str, CheckedIssuer] = field(default_factory=dict)
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    clients: Mapping[str, CheckedClient] = field(default_factory=dict)
    actors_allowed: bool = False


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A test block: the fixtures that it uses and declares, and what it expects, cell by cell."""

    name: str
    fixtures: "tuple[Fixture, ...]"
    expectations: "tuple[Expectation, ...]"


@dataclass(frozen=True, slots=True)
class Checked:
    """A policy set that may be compiled. `reads_actor`: whether it asks who acts for the caller."""

    api: CheckedApi
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    blocks: tuple[Block, ...]
    tests: tuple[CheckedTest, ...]
    reads_actor: bool
