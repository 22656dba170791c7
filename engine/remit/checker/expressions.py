"""Expressions -> Conditions, and what each makes sure of.

The operands of an `and` see what the operands to their left establish when true, those of an `or`
what the operands to their left establish when false. One class walks all conditions, and is one module.
"""

from dataclasses import dataclass, field
from typing import assert_never

from remit.checker import findings, patterns
from remit.checker.checked import (
    BOOL,
    CIDR,
    CLIENT,
    FALSE,
    IP,
    STRING,
    TRUE,
    USER,
    AllOf,
    AnyOf,
    Caller,
    Condition,
    Contains,
    EachOf,
    Element,
    Enumeration,
    Equal,
    Given,
    HasKey,
    InRole,
    IsAuthenticated,
    IsClient,
    IsEntitled,
    IsStored,
    IsTrue,
    Kind,
    Less,
    ListOf,
    MapOf,
    Matches,
    NeedOfScopes,
    Negated,
    OneScope,
    Present,
    Quantified,
    Read,
    Scalar,
    Scopes,
    SetOf,
    SomeOf,
    Type,
    Value,
    Within,
)
from remit.checker.issuers import clients_named
from remit.checker.names import Names
from remit.checker.reads import root_of
from remit.checker.values import UNGUARDED, Guarded, Values, may_be_absent
from remit.diagnostics import Finding
from remit.syntax import tree

_IN_ORDER = (Kind.INT, Kind.DECIMAL, Kind.DATETIME, Kind.DURATION)


@dataclass
class Expressions:
    """Checks the conditions of one block."""

    names: Names
    _established: dict[tuple[int, bool], tuple[Condition, Guarded]] = field(default_factory=dict)
    _sizes: dict[int, tuple[Condition, int]] = field(default_factory=dict)
    _done: dict[str, Condition] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _depth: int = 0

    @property
    def values(self) -> Values:
        """The checker of values."""
        return Values(self.names)

    @property
    def _found(self) -> list[Finding]:
        return self.names.around.found

    # -- conditions

    def condition(self, node: tree.Expression, guarded: Guarded = UNGUARDED) -> Condition:
        """The condition that `node` is; FALSE where it is none, which has been reported."""
        if self._depth >= findings.MAX_DEPTH:
            self._found.append(findings.too_deep(node.span))
            return FALSE
        self._depth += 1
        condition = self._condition(node, guarded)
        self._depth -= 1
        return condition

    def _condition(self, node: tree.Expression, guarded: Guarded) -> Condition:
        match node:
            case tree.Not(operand=operand):
                return Negated(self.condition(operand, guarded))
            case tree.And(operands=operands):
                return AllOf(self._each(operands, guarded, when=True))
            case tree.Or(operands=operands):
                return AnyOf(self._each(operands, guarded, when=False))
            case tree.Quantified():
                return self._quantified(node, guarded)
            case tree.Path() if self._is_relation(node):
                return self.relation(node.root)
            case _:
                return self._leaf(node, guarded)

    def _leaf(self, node: tree.Expression, guarded: Guarded) -> Condition:
        match node:
            case tree.Has(path=path):
                return self._has(path, guarded)
            case tree.Compare():
                return self._compare(node, guarded)
            case tree.Membership(negated=negated):
                contains = self._contains(node, guarded)
                return Negated(contains) if negated else contains
            case tree.Like():
                return self._like(node, guarded)
            case tree.ScopeTest(of=of, need=need):
                return Scopes(of, self.scopes(need))
            case _:
                return self._truth(node, guarded)

    def _each(
        self, operands: tuple[tree.Expression, ...], guarded: Guarded, *, when: bool
    ) -> tuple[Condition, ...]:
        conditions: list[Condition] = []
        for operand in operands:
            conditions.append(self.condition(operand, guarded))
            guarded |= self.established(conditions[-1], when=when)
        return tuple(conditions)

    # A relation is one condition wherever it is named, so what it comes to is worked out once: written
    # out, relations of relations can be larger than anything. The condition is kept, and so is its id.

    def established(self, node: Condition, *, when: bool) -> Guarded:
        """The paths that are present wherever `node` is true (or false)."""
        key = (id(node), when)
        if key not in self._established:
            self._established[key] = (node, self._work_out_established(node, when=when))
        return self._established[key][1]

    def _work_out_established(self, node: Condition, *, when: bool) -> Guarded:
        match node:
            case Present(value=value) if when:
                return frozenset((value,))
            case Negated(operand=operand):
                return self.established(operand, when=not when)
            case AllOf(operands=operands) | AnyOf(operands=operands) if operands:
                each = [self.established(operand, when=when) for operand in operands]
                together = isinstance(node, AllOf) == when
                return UNGUARDED.union(*each) if together else each[0].intersection(*each[1:])
            case _:
                return UNGUARDED

    def size(self, node: Condition) -> int:
        """How many parts a condition has when its relations are written out."""
        if id(node) not in self._sizes:
            match node:
                case Negated(operand=operand) | Quantified(condition=operand):
                    parts: tuple[Condition, ...] = (operand,)
                case AllOf(operands=operands) | AnyOf(operands=operands):
                    parts = operands
                case _:
                    parts = ()
            self._sizes[id(node)] = (node, 1 + sum(self.size(part) for part in parts))
        return self._sizes[id(node)][1]

    def _is_relation(self, path: tree.Path) -> bool:
        return not path.steps and path.root.text in self.names.relations

    def relation(self, name: tree.Name) -> Condition:
        """The condition of a relation, checked once, as it is seen from no rule in particular."""
        if name.text in self._open:
            self._found.append(findings.cycle("relation", name.text, name.span))
            return FALSE
        if name.text not in self._done:
            self._open.append(name.text)
            seen = self.names
            self.names = Names(seen.around, seen.members, seen.relations)
            self._done[name.text] = self.condition(seen.relations[name.text].condition)
            self.names = seen
            self._open.pop()
        return self._done[name.text]

    def _quantified(self, node: tree.Quantified, guarded: Guarded) -> Condition:
        names, name = self.names, node.name.text
        if names.means_something(name):
            self._found.append(findings.hides_nothing(name, node.name.span))
        collection = self.values.value(node.collection, None, guarded)
        if collection is None:
            return FALSE
        element: Type
        match collection.type:
            case SetOf(element=single):
                element = single
            case ListOf(element=of):
                element = of
            case MapOf(key=key):
                element = key
            case _:
                wanted = "a set, a list or a map"
                problem = findings.type_mismatch(str(collection.type), wanted, node.collection.span)
                self._found.append(problem)
                return FALSE
        depth = len(names.quantified)
        inner = {**names.quantified, name: Element(depth, name, element, root_of(collection))}
        self.names = Names(names.around, names.members, names.relations, names.parameters, inner)
        condition = self.condition(node.condition, guarded)
        self.names = names
        return Quantified(node.every, depth, collection, condition)

    def _truth(self, node: tree.Expression, guarded: Guarded) -> Condition:
        value = self.values.value(node, None, guarded)
        if value is None:
            return FALSE
        if value.type != BOOL:
            self._found.append(findings.not_a_condition(node.span, str(value.type)))
            return FALSE
        if isinstance(value, Given):
            return TRUE if value.value else FALSE
        return IsTrue(value)

    def _has(self, path: tree.Path, guarded: Guarded) -> Condition:
        value = self.values.path(path, guarded, to_be_settled=True)
        if value is None:
            return FALSE
        if not may_be_absent(value):
            self._found.append(findings.never_absent(str(path), path.span))
        return Present(value)

    def _compare(self, node: tree.Compare, guarded: Guarded) -> Condition:
        left, right = self._pair(node.left, node.right, guarded)
        if left is None or right is None:
            return FALSE
        type_ = left.type
        if not isinstance(type_, Scalar | Enumeration):
            self._found.append(findings.not_comparable(str(type_), node.operator, node.span))
            return FALSE
        if node.operator in ("==", "!="):
            equal = Equal(left, right)
            return equal if node.operator == "==" else Negated(equal)
        ordered = type_.ordered if isinstance(type_, Enumeration) else type_.kind in _IN_ORDER
        if not ordered:
            self._found.append(findings.not_comparable(str(type_), node.operator, node.span))
        if node.operator in (">", ">="):
            left, right = right, left
        return Less(left, right, node.operator in ("<=", ">="))

    def _pair(
        self, left: tree.Expression, right: tree.Expression, guarded: Guarded
    ) -> tuple[Value | None, Value | None]:
        """Both sides with one type: a literal takes the other side's."""
        values = self.values
        if isinstance(left, tree.Literal):
            second = values.value(right, None, guarded)
            return values.value(left, second.type if second else None, guarded), second
        first = values.value(left, None, guarded)
        return first, values.value(right, first.type if first else None, guarded)

    def _contains(self, node: tree.Membership, guarded: Guarded) -> Condition:
        values = self.values
        if isinstance(node.collection, tree.ListOf | tree.Literal):
            item = values.value(node.item, None, guarded)
            return FALSE if item is None else self._among(item, node)
        collection = values.value(node.collection, None, guarded)
        if collection is None:
            return FALSE
        match collection.type:
            case MapOf(key=key):
                item = values.value(node.item, key, guarded)
                return FALSE if item is None else HasKey(collection, item)
            case Scalar(kind=Kind.CIDR):
                item = values.value(node.item, IP, guarded)
                return FALSE if item is None else Within(collection, item)
            case SetOf(element=element) | ListOf(element=element):
                return self._in_collection(collection, element, node, guarded)
            case _:
                self._found.append(_no_collection(node, collection.type))
                return FALSE

    def _in_collection(
        self, collection: Value, element: Type, node: tree.Membership, guarded: Guarded
    ) -> Condition:
        if not isinstance(element, Scalar | Enumeration):
            self._found.append(findings.not_comparable(str(element), "in", node.span))
            return FALSE
        if element == CIDR:
            item = self.values.value(node.item, None, guarded)
            if item is not None and item.type == IP:
                return Within(collection, item)
        item = self.values.value(node.item, element, guarded)
        return FALSE if item is None else Contains(collection, item)

    def _among(self, item: Value, node: tree.Membership) -> Condition:
        """`in` before constants."""
        if not isinstance(item.type, Scalar | Enumeration):
            self._found.append(findings.not_comparable(str(item.type), "in", node.span))
            return FALSE
        types = self.names.around.types
        if isinstance(node.collection, tree.Literal):
            if item.type != IP:
                text = "a literal"
                span = node.collection.span
                self._found.append(findings.type_mismatch(text, "a list, a set or a map", span))
                return FALSE
            network = types.constant(node.collection, CIDR)
            return FALSE if network is None else Within(network, item)
        wanted = SetOf(CIDR if item.type == IP else item.type)
        given = types.constant(node.collection, wanted)
        if given is None:
            return FALSE
        return Within(given, item) if item.type == IP else Contains(given, item)

    def _like(self, node: tree.Like, guarded: Guarded) -> Condition:
        pattern = str(node.pattern.value)
        problem = patterns.problem_of(pattern)
        if problem is not None:
            self._found.append(findings.bad_pattern(problem, node.pattern.span))
        value = self.values.value(node.value, STRING, guarded)
        return FALSE if value is None or problem is not None else Matches(value, pattern)

    # -- scopes

    def scopes(self, node: tree.Need) -> NeedOfScopes:
        """The scopes that a need is made of."""
        known = self.names.around.api.scopes
        match node:
            case tree.NeedScope(scope=scope):
                if scope.text not in known:
                    self._found.append(findings.unknown_scope(scope.text, scope.span, known))
                return OneScope(scope.text)
            case tree.NeedAll(needs=needs):
                return EachOf(tuple(self.scopes(need) for need in needs))
            case tree.NeedAny(needs=needs):
                return SomeOf(tuple(self.scopes(need) for need in needs))
            case tree.NeedNothing(span=span):
                self._found.append(findings.type_mismatch("`nothing`", "a scope", span))
                return EachOf(())
            case _:
                assert_never(node)

    # -- subjects

    def subjects(self, nodes: tuple[tree.Subject, ...], effect: str) -> Condition:
        """Who a rule is for: an `or` over the list."""
        return AnyOf(tuple(self._subject(node, effect) for node in nodes))

    def _subject(self, node: tree.Subject, effect: str) -> Condition:
        match node:
            case tree.Anyone():
                return TRUE
            case tree.Entitled():
                return IsEntitled()
            case tree.RoleSubject(role=role):
                known = self.names.around.api.roles
                if role.text not in known:
                    self._found.append(findings.unknown_role(role.text, role.span, known))
                return InRole(role.text)
            case tree.ClientSubject(client=client):
                declared = self.names.around.api.clients
                return IsClient(clients_named(client, declared, self._found))
            case tree.NamedSubject(name=name):
                # What an action only makes has no owner yet, and is related to nobody.
                stored = (IsStored(),) if effect == "permit" else ()
                return AllOf((IsAuthenticated(), *stored, self._named(name)))
            case tree.AllSubjects(subjects=subjects):
                return AllOf(tuple(self._subject(each, effect) for each in subjects))
            case _:
                assert_never(node)

    def _named(self, name: tree.Name) -> Condition:
        if name.text in self.names.relations:
            return self.relation(name)
        member = self.names.members.get(name.text)
        if member is None:
            known = [*self.names.members, *self.names.relations]
            api = self.names.around.api
            groups = {client.group for client in api.clients.values() if client.group}
            clients = api.clients.keys() | groups
            self._found.append(findings.unknown_subject(name.text, name.span, known, api.roles, clients))
            return FALSE
        if member.may_be_absent:
            self._found.append(findings.unguarded(name.text, name.span))
        match member.type:
            case t if t == USER:
                return Equal(Read(member), Caller("user"))
            case t if t == SetOf(USER):
                return Contains(Read(member), Caller("user"))
            case t if t == CLIENT:
                return Equal(Read(member), Caller("self"))
            case t if t == SetOf(CLIENT):
                return Contains(Read(member), Caller("self"))
            case _:
                self._found.append(findings.not_a_subject(name.text, name.span, str(member.type)))
                return FALSE


def _no_collection(node: tree.Membership, type_: Type) -> Finding:
    """`in` before what holds no elements."""
    span = node.collection.span
    if type_ != STRING:
        return findings.type_mismatch(str(type_), "a set", span)
    path = str(node.collection) if isinstance(node.collection, tree.Path) else "..."
    item = node.item.value if isinstance(node.item, tree.Literal) else None
    return findings.inside_text(path, item if isinstance(item, str) else None, span)
