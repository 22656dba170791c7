"""Expressions -> Conditions: names resolved, types agreed, optional members guarded.

An optional member without a default may be read only where something before it has made sure that
it is there. `guarded` is the set of members known to be present at a place: the operands of an
`and` see what the operands to their left establish when true, those of an `or` what the operands
to their left establish when false.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from remit.checker import findings
from remit.checker.checked import (
    BOOL,
    FALSE,
    INT,
    TRUE,
    USER,
    AllOf,
    AnyOf,
    Caller,
    Condition,
    Contains,
    Equal,
    Fallback,
    Given,
    InRole,
    IsAuthenticated,
    IsEntitled,
    IsTrue,
    Less,
    Member,
    Negated,
    Present,
    Read,
    Root,
    SetOf,
    Type,
    Value,
)
from remit.checker.members import constant, literal_type
from remit.diagnostics import Finding
from remit.syntax import tree

Guarded = frozenset[Member]
_NONE: Guarded = frozenset()
_ROOTS = {"token": Root.TOKEN, "context": Root.CONTEXT}


@dataclass
class Expressions:
    """Checks the expressions of one block."""

    members: Mapping[str, Member]
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    relations: Mapping[str, tree.Relation]
    roles: Mapping[str, frozenset[str]]
    found: list[Finding]
    _done: dict[str, Condition] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _depth: int = 0

    # -- conditions

    def condition(self, node: tree.Expression, guarded: Guarded = _NONE) -> Condition:
        """The condition that `node` is; FALSE where it is none, which has been reported."""
        if self._depth >= findings.MAX_DEPTH:
            self.found.append(findings.too_deep(node.span))
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
            case tree.Has(path=path):
                return self._has(path)
            case tree.Compare():
                return self._compare(node, guarded)
            case tree.Membership():
                return self._membership(node, guarded)
            case tree.Path() if self._is_relation(node):
                return self.relation(node.root)
            case tree.Literal() | tree.Path() | tree.Coalesce():
                return self._truth(node, guarded)
            case tree.ListOf(span=span) | tree.RecordOf(span=span):
                self.found.append(findings.not_a_condition(span, "a list"))
                return FALSE
            case _:
                assert_never(node)

    def _each(
        self, operands: tuple[tree.Expression, ...], guarded: Guarded, *, when: bool
    ) -> tuple[Condition, ...]:
        conditions: list[Condition] = []
        for operand in operands:
            conditions.append(self.condition(operand, guarded))
            guarded |= self.established(operand, when=when)
        return tuple(conditions)

    def established(self, node: tree.Expression, *, when: bool) -> Guarded:
        """The members that are present wherever `node` is true (or false)."""
        match node:
            case tree.Has(path=path) if when:
                member = self._member(path)
                return frozenset((member,)) if member else _NONE
            case tree.Not(operand=operand):
                return self.established(operand, when=not when)
            case tree.And(operands=operands) | tree.Or(operands=operands):
                each = [self.established(operand, when=when) for operand in operands]
                together = isinstance(node, tree.And) == when
                return _NONE.union(*each) if together else each[0].intersection(*each[1:])
            case _:
                return _NONE

    def _is_relation(self, path: tree.Path) -> bool:
        return not path.members and path.root.text in self.relations

    def relation(self, name: tree.Name) -> Condition:
        """The condition of a relation, checked once."""
        if name.text in self._open:
            self.found.append(findings.cycle("relation", name.text, name.span))
            return FALSE
        if name.text not in self._done:
            self._open.append(name.text)
            self._done[name.text] = self.condition(self.relations[name.text].condition)
            self._open.pop()
        return self._done[name.text]

    def _truth(self, node: tree.Literal | tree.Path | tree.Coalesce, guarded: Guarded) -> Condition:
        value = self.value(node, None, guarded)
        if value is None:
            return FALSE
        if value.type != BOOL:
            self.found.append(findings.not_a_condition(node.span, str(value.type)))
            return FALSE
        if isinstance(value, Given):
            return TRUE if value.value else FALSE
        return IsTrue(value)

    def _has(self, path: tree.Path) -> Condition:
        member = self._member(path)
        if member is None:
            self._report_unknown(path)
            return FALSE
        if not member.may_be_absent:
            self.found.append(findings.never_absent(str(path), path.span))
        return Present(member)

    def _compare(self, node: tree.Compare, guarded: Guarded) -> Condition:
        left, right = self._pair(node.left, node.right, guarded)
        if left is None or right is None:
            return FALSE
        if node.operator in ("==", "!="):
            if isinstance(left.type, SetOf):
                self.found.append(findings.not_comparable("a set", node.operator, node.span))
            equal = Equal(left, right)
            return equal if node.operator == "==" else Negated(equal)
        if left.type != INT:
            self.found.append(findings.not_comparable(str(left.type), node.operator, node.span))
        if node.operator in (">", ">="):
            left, right = right, left
        return Less(left, right, node.operator in ("<=", ">="))

    def _pair(
        self, left: tree.Expression, right: tree.Expression, guarded: Guarded
    ) -> tuple[Value | None, Value | None]:
        """Both sides with one type: a literal takes the other side's."""
        if isinstance(left, tree.Literal):
            second = self.value(right, None, guarded)
            return self.value(left, second.type if second else None, guarded), second
        first = self.value(left, None, guarded)
        return first, self.value(right, first.type if first else None, guarded)

    def _membership(self, node: tree.Membership, guarded: Guarded) -> Condition:
        contains = self._contains(node, guarded)
        return Negated(contains) if node.negated else contains

    def _contains(self, node: tree.Membership, guarded: Guarded) -> Condition:
        if isinstance(node.collection, tree.ListOf):
            item = self.value(node.item, None, guarded)
            if item is None or isinstance(item.type, SetOf):
                if item is not None:
                    self.found.append(findings.not_comparable("a set", "in", node.span))
                return FALSE
            wanted: Type = SetOf(item.type)
            value = constant(node.collection, wanted, self.found)
            return FALSE if value is None else Contains(Given(value, wanted), item)
        collection = self.value(node.collection, None, guarded)
        if collection is None:
            return FALSE
        if not isinstance(collection.type, SetOf):
            span = node.collection.span
            self.found.append(findings.type_mismatch(str(collection.type), "a set", span))
            return FALSE
        element = self.value(node.item, collection.type.element, guarded)
        return FALSE if element is None else Contains(collection, element)

    # -- values

    def value(self, node: tree.Expression, wanted: Type | None, guarded: Guarded) -> Value | None:
        """The value that `node` is, of the type `wanted` where one is; None after a report."""
        value = self._untyped(node, wanted, guarded)
        if value is not None and wanted is not None and value.type != wanted:
            self.found.append(findings.type_mismatch(str(value.type), str(wanted), node.span))
            return None
        return value

    def _untyped(self, node: tree.Expression, wanted: Type | None, guarded: Guarded) -> Value | None:
        match node:
            case tree.Literal(value=value):
                type_ = wanted or literal_type(value)
                given = constant(node, type_, self.found)
                return None if given is None else Given(given, type_)
            case tree.ListOf():
                if wanted is None:
                    self.found.append(findings.type_mismatch("a list", "a single value", node.span))
                    return None
                given = constant(node, wanted, self.found)
                return None if given is None else Given(given, wanted)
            case tree.Path():
                return self._path(node, guarded)
            case tree.Coalesce():
                return self._coalesce(node, guarded)
            case _:
                self.found.append(findings.type_mismatch("a condition", "a value", node.span))
                return None

    def _path(self, path: tree.Path, guarded: Guarded) -> Value | None:
        if _is_caller(path):
            return Caller()
        member = self._member(path)
        if member is None:
            self._report_unknown(path)
            return None
        if member.may_be_absent and member not in guarded:
            self.found.append(findings.unguarded(str(path), path.span))
        return Read(member)

    def _coalesce(self, node: tree.Coalesce, guarded: Guarded) -> Value | None:
        member = self._member(node.value) if isinstance(node.value, tree.Path) else None
        if member is None or not member.may_be_absent:
            if isinstance(node.value, tree.Path) and member is None:
                self._report_unknown(node.value)
            else:
                text = str(node.value) if isinstance(node.value, tree.Path) else "this value"
                self.found.append(findings.never_absent(text, node.value.span))
            return None
        other = self.value(node.fallback, member.type, guarded)
        return None if other is None else Fallback(Read(member), other)

    def _member(self, path: tree.Path) -> Member | None:
        root = _ROOTS.get(path.root.text)
        if root is None:
            return None if path.members else self.members.get(path.root.text)
        if len(path.members) != 1:
            return None
        known = self.claims if root is Root.TOKEN else self.context
        return known.get(path.members[0].text)

    def _report_unknown(self, path: tree.Path) -> None:
        root = _ROOTS.get(path.root.text)
        if _is_caller(path):
            self.found.append(findings.never_absent(str(path), path.span))
        elif root is not None:
            known = ["sub", *self.claims] if root is Root.TOKEN else list(self.context)
            self.found.append(findings.unknown_member(str(path), path.span, known))
        elif path.root.text in self.relations and not path.members:
            hint = findings.type_mismatch("a relation", "a value", path.span)
            self.found.append(hint)
        else:
            known = [*self.members, *self.relations]
            self.found.append(findings.unknown_name(str(path), path.span, known))

    # -- subjects

    def subjects(self, nodes: tuple[tree.Subject, ...]) -> Condition:
        """Who a rule is for: an `or` over the list."""
        return AnyOf(tuple(self._subject(node) for node in nodes))

    def _subject(self, node: tree.Subject) -> Condition:
        match node:
            case tree.Anyone():
                return TRUE
            case tree.Entitled():
                return IsEntitled()
            case tree.RoleSubject(role=role):
                if role.text not in self.roles:
                    self.found.append(findings.unknown_role(role.text, role.span, self.roles))
                return InRole(role.text)
            case tree.NamedSubject(name=name):
                return AllOf((IsAuthenticated(), self._named(name)))
            case tree.AllSubjects(subjects=subjects):
                return AllOf(tuple(self._subject(each) for each in subjects))
            case _:
                assert_never(node)

    def _named(self, name: tree.Name) -> Condition:
        if name.text in self.relations:
            return self.relation(name)
        member = self.members.get(name.text)
        if member is None:
            known = [*self.members, *self.relations]
            self.found.append(findings.unknown_name(name.text, name.span, known))
            return FALSE
        if member.may_be_absent:
            self.found.append(findings.unguarded(name.text, name.span))
        if member.type == USER:
            return Equal(Read(member), Caller())
        if member.type == SetOf(USER):
            return Contains(Read(member), Caller())
        self.found.append(findings.not_a_subject(name.text, name.span, str(member.type)))
        return FALSE


def _is_caller(path: tree.Path) -> bool:
    return path.root.text == "token" and [name.text for name in path.members] == ["sub"]
