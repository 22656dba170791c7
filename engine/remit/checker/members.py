"""Fields -> Members: the types of attributes, claims, context and parameters, and their constants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, assert_never

from remit.checker import findings
from remit.checker.checked import (
    BOOL,
    DECIMAL,
    DURATION,
    INT,
    STRING,
    USER,
    Enumeration,
    Given,
    Kind,
    ListOf,
    MapOf,
    Member,
    RecordOf,
    Root,
    Scalar,
    SetOf,
    Type,
)
from remit.checker.scalars import ERROR, MICROSECOND, reader
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

RESERVED = frozenset(
    ("entitled", "anyone", "nothing", "any", "token", "context", "action", "now", "forever")
)
"""Names that no attribute, relation, action, `let` or `data` may bear."""

OWN_CLAIMS = frozenset(
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "roles", "permissions", "act", "cnf"]
    + ["client_id", "azp", "gty", "sub_profile"]
)
"""Claims that remit reads itself; a policy may not give them another meaning, a test may say them."""

BUILT_IN = frozenset(("sub", "client", "kind", "issuer", "actor"))
"""Members of `token` that need no declaration."""

_KEYS = (Kind.STRING, Kind.USER, Kind.CLIENT)


@dataclass
class Types:
    """Types by their names, those of the policy's own among them."""

    found: list[Finding]
    one_issuer: bool = True
    _aliases: dict[str, tree.TypeAlias] = field(default_factory=dict)
    _known: dict[str, Type | None] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def declare(self, aliases: Iterable[tree.TypeAlias]) -> None:
        """Take the policy's own names of types, and check each."""
        kinds = {kind.value for kind in Kind}
        for alias in aliases:
            name = alias.name
            if name.text in self._aliases or name.text in kinds:
                first = self._aliases.get(name.text)
                before = None if first is None else first.name.span
                self.found.append(findings.duplicate("type", name.text, name.span, before))
            self._aliases.setdefault(name.text, alias)
        for first in self._aliases.values():
            self._named(first.name)

    @property
    def named(self) -> dict[str, Type | None]:
        """The types that have names of the policy's own."""
        return dict(self._known)

    def of(self, expression: tree.TypeExpression) -> Type | None:
        """The type that is written; None after a report."""
        match expression:
            case tree.NamedType(name=name):
                return self._named(name)
            case tree.EnumType(values=values, ordered=ordered):
                return self._enumeration(values, ordered=ordered)
            case tree.SetType(element=element):
                inner = self._single(element)
                return None if inner is None else SetOf(inner)
            case tree.ListType(element=element):
                of = self.of(element)
                return None if of is None else ListOf(of)
            case tree.MapType(key=key, value=value):
                return self._map(key, value)
            case tree.RecordType(fields=fields):
                return RecordOf(tuple(self.members(Root.RECORD, fields).values()))
            case _:
                assert_never(expression)

    def _named(self, name: tree.Name) -> Type | None:
        if name.text in self._known:
            return self._known[name.text]
        alias = self._aliases.get(name.text)
        if alias is None:
            known = {kind.value: Scalar(kind) for kind in Kind}
            if name.text not in known:
                names = [*known, *self._aliases]
                self.found.append(findings.unknown_type(name.text, name.span, names))
            return known.get(name.text)
        if name.text in self._open:
            self.found.append(findings.cycle("type", name.text, name.span))
            return None
        if len(self._open) >= findings.MAX_DEPTH:
            self.found.append(findings.too_deep(name.span))
            return None
        self._open.append(name.text)
        self._known[name.text] = self.of(alias.type)
        self._open.pop()
        return self._known[name.text]

    def _single(self, expression: tree.TypeExpression) -> Scalar | Enumeration | None:
        type_ = self.of(expression)
        if type_ is None or isinstance(type_, Scalar | Enumeration):
            return type_
        wanted = "a type of single values"
        self.found.append(findings.type_mismatch(str(type_), wanted, expression.span))
        return None

    def _map(self, key: tree.TypeExpression, value: tree.TypeExpression) -> Type | None:
        keys, values = self._single(key), self.of(value)
        if isinstance(keys, Scalar) and keys.kind not in _KEYS:
            wanted = "string, user, client or an enum as a key"
            self.found.append(findings.type_mismatch(str(keys), wanted, key.span))
            return None
        return None if keys is None or values is None else MapOf(keys, values)

    def _enumeration(self, values: Iterable[tree.Literal], *, ordered: bool) -> Enumeration:
        seen: dict[str, None] = {}
        for literal in values:
            text = str(literal.value)
            if text in seen:
                self.found.append(findings.duplicate("value", text, literal.span))
            seen[text] = None
        return Enumeration(tuple(seen) if ordered else tuple(sorted(seen)), ordered)

    def members(self, root: Root, fields: Iterable[tree.Field]) -> dict[str, Member]:
        """The members by name, in order of their names."""
        members: dict[str, Member] = {}
        first: dict[str, Span] = {}
        for each in fields:
            name = each.name
            if first.setdefault(name.text, name.span) is not name.span:
                before = first[name.text]
                self.found.append(findings.duplicate("member", name.text, name.span, before))
            own = OWN_CLAIMS | BUILT_IN
            taken = root is not Root.RECORD and name.text in RESERVED
            if taken or (root is Root.TOKEN and name.text in own):
                self.found.append(findings.reserved(name.text, name.span))
            type_ = self.of(each.type)
            if type_ is not None:
                default = self.constant(each.default, type_) if each.default else None
                source = tuple(step.text for step in each.source or (name,))
                members[name.text] = Member(
                    root, name.text, type_, each.optional, default, source if root is Root.TOKEN else ()
                )
        return dict(sorted(members.items()))

    # -- constants

    def constant(self, expression: tree.Expression, wanted: Type) -> Given | None:
        """The constant that `expression` writes, as a value of the type `wanted`; None if it is none."""
        if isinstance(wanted, Scalar | Enumeration):
            value = self._scalar(expression, wanted)
            return None if value is ERROR else Given(value, wanted, repr(value))
        if isinstance(wanted, SetOf):
            if not isinstance(expression, tree.ListOf):
                self.found.append(
                    findings.type_mismatch(_written(expression), str(wanted), expression.span)
                )
                return None
            values = [self._scalar(item, wanted.element) for item in expression.items]
            return None if ERROR in values else given_set(values, wanted)
        raw = self._raw(expression, wanted)
        return None if raw is ERROR else Given(raw, wanted, repr(raw))

    def _raw(self, expression: tree.Expression, wanted: Type) -> Any:  # noqa: ANN401  (a value of the type)
        """The constant as a service would hand it in; ERROR after a report."""
        match expression, wanted:
            case tree.ListOf(items=items), ListOf(element=element):
                return self._raws([(item, element) for item in items])
            case tree.ListOf(items=items), SetOf(element=single):
                return self._raws([(item, single) for item in items])
            case tree.RecordOf(pairs=pairs), MapOf(value=value_type, key=key):
                for name, _ in pairs:
                    self._key(name, key)
                values = self._raws([(value, value_type) for _, value in pairs])
                return ERROR if values is ERROR else self._named_once(pairs, values)
            case tree.RecordOf(), RecordOf():
                return self._record(expression, wanted)
            case _, Scalar() | Enumeration():
                return ERROR if self._scalar(expression, wanted) is ERROR else _spelled(expression)
            case _:
                found = _written(expression)
                self.found.append(findings.type_mismatch(found, str(wanted), expression.span))
                return ERROR

    def _raws(self, parts: Iterable[tuple[tree.Expression, Type]]) -> Any:  # noqa: ANN401  (as above)
        values = [self._raw(expression, type_) for expression, type_ in parts]
        return ERROR if ERROR in values else values

    def _key(self, name: tree.Name, key: Scalar | Enumeration) -> None:
        if isinstance(key, Enumeration) and name.text not in key.values:
            self.found.append(findings.outside_enum(name.text, name.span, key.values))
        if key == USER and not self.one_issuer:
            self.found.append(findings.user_of_whom(name.span))

    def _named_once(self, pairs: Iterable[tuple[tree.Name, Any]], values: list[Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for (name, _), value in zip(pairs, values, strict=True):
            if name.text in made:
                self.found.append(findings.duplicate("member", name.text, name.span))
            made[name.text] = value
        return dict(sorted(made.items()))

    def _record(self, record: tree.RecordOf, wanted: RecordOf) -> Any:  # noqa: ANN401  (as above)
        parts: list[tuple[tree.Expression, Type]] = []
        for name, value in record.pairs:
            member = wanted.member(name.text)
            if member is None:
                known = [each.name for each in wanted.members]
                self.found.append(findings.unknown_part(name.text, name.span, known))
                return ERROR
            parts.append((value, member.type))
        said = {name.text for name, _ in record.pairs}
        for member in wanted.members:
            if member.name not in said and not member.optional:
                self.found.append(findings.lacks_member(member.name, record.span))
                return ERROR
        values = self._raws(parts)
        return ERROR if values is ERROR else self._named_once(record.pairs, values)

    def _scalar(self, expression: tree.Expression, wanted: Scalar | Enumeration) -> Any:  # noqa: ANN401  (as above)
        if not isinstance(expression, tree.Literal):
            literal = isinstance(expression, tree.ListOf | tree.RecordOf)
            problem = (
                findings.type_mismatch(_written(expression), str(wanted), expression.span)
                if literal
                else findings.not_constant(expression.span)
            )
            self.found.append(problem)
            return ERROR
        return self.literal(expression, wanted)

    def literal(self, literal: tree.Literal, wanted: Scalar | Enumeration) -> Any:  # noqa: ANN401  (as above)
        """The value that a literal has as one of the type `wanted`; ERROR after a report."""
        natural, span = literal_type(literal.value), literal.span
        if isinstance(wanted, Enumeration):
            if natural == STRING and literal.value not in wanted.values:
                self.found.append(findings.outside_enum(str(literal.value), span, wanted.values))
                return ERROR
            fits = natural == STRING
        else:
            fits = natural == wanted or _stands_for(natural, wanted)
        if not fits:
            self.found.append(findings.type_mismatch(str(natural), str(wanted), span))
            return ERROR
        if wanted == USER and not self.one_issuer:
            self.found.append(findings.user_of_whom(span))
            return ERROR
        value = reader(wanted)(literal.value)
        if value is ERROR:
            self.found.append(findings.bad_literal(str(literal.value), str(wanted), span))
        return value


def given_set(values: Iterable[Any], type_: SetOf) -> Given:
    """A set of constants."""
    members = frozenset(values)
    return Given(members, type_, repr(sorted(repr(value) for value in members)))


def literal_type(value: str | int | bool | Decimal | timedelta) -> Scalar:
    """The type that a literal has by itself."""
    match value:
        case bool():
            return BOOL
        case int():
            return INT
        case str():
            return STRING
        case Decimal():
            return DECIMAL
        case timedelta():
            return DURATION
        case _:
            assert_never(value)


def _stands_for(natural: Scalar, wanted: Scalar) -> bool:
    """Whether a literal of one type may write a value of another: text of most, an int a decimal."""
    if natural == STRING:
        return wanted.kind not in (Kind.BOOL, Kind.INT, Kind.DECIMAL, Kind.DURATION)
    return natural == INT and wanted == DECIMAL


def _spelled(expression: tree.Expression) -> object:
    """A literal as a service would hand in its value."""
    assert isinstance(expression, tree.Literal)
    value = expression.value
    return f"{value // MICROSECOND // 1000}ms" if isinstance(value, timedelta) else value


def _written(expression: tree.Expression) -> str:
    match expression:
        case tree.Literal():
            return "a literal"
        case tree.ListOf():
            return "a list"
        case tree.RecordOf():
            return "a record"
        case _:
            return "an expression"


def check_assumed(
    names: Iterable[tree.Name], known: Mapping[str, Member], found: list[Finding]
) -> frozenset[str]:
    """The names after `assume`, each of them a member of the block."""
    assumed: set[str] = set()
    for name in names:
        if name.text not in known:
            found.append(findings.unknown_name(name.text, name.span, known))
        if name.text in assumed:
            found.append(findings.duplicate("assumption", name.text, name.span))
        assumed.add(name.text)
    return frozenset(assumed)
