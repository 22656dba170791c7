"""Conditions -> their shape, and the row of constants in which others of that shape differ.

A shape is written and compiled once. Each function made of it carries its row, as the defaults of its
last parameters, so ten thousand rules that differ in names and constants share one code object. In a
shape each constant is replaced by the name of its parameter: whatever is written from a shape cannot
depend on a constant, and no constant of a policy is ever part of code.
"""

from collections.abc import Callable
from typing import Any

from remit.checker.checked import (
    Condition,
    Element,
    Given,
    InRole,
    IsClient,
    Matches,
    Member,
    OneScope,
    Part,
    Quantified,
    Read,
    Root,
    StrongLogin,
)
from remit.checker.reads import rebuilt
from remit.compiler.program import Program
from remit.compiler.remembered import Remembered, is_worth_remembering
from remit.compiler.selection import BROUGHT, BroughtRole, Selected


class Row:
    """The constants of some conditions, equal ones once, each by the name of its parameter.

    A member takes two: where it is found, and (`..r`) the function that reads it.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._names: dict[object, str] = {}
        self._members: dict[Member, Member] = {}
        self.constants: dict[str, object] = {}

    def shape(self, condition: Condition) -> Condition:
        """The condition without its constants, which are added to the row."""
        shaped: Condition = self._shape(condition)
        return shaped

    def _name(self, key: object, value: Callable[[], object]) -> str:
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"c{len(self._names)}"
            self.constants[name] = value()
        return name

    def _shape(self, node: Any) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912  (a case for each constant)
        match node:
            case tuple():
                return tuple(map(self._shape, node))
            case Given(value=value) if value is BROUGHT:
                return node
            case Selected(rows=rows):
                table = self._name(id(rows), lambda: rows)
                form, selector, rest = map(self._shape, (node.operands, node.selector, node.rest))
                return Selected(form, selector, node.place, rest, node.width, rows, table)
            case Given(type=type_):
                readers = self._program.readers
                return Given(None, type_, self._name(node, lambda: readers.constant(node)))
            case Read(member=member):
                return Read(self._member(member))
            case Part(of=of, member=member):
                return Part(self._shape(of), member)
            case Element(depth=depth, name=name, type=type_, root=root):
                return Element(depth, name, type_, None if root is None else self._member(root))
            case BroughtRole():
                return node
            case InRole(role=role):
                return InRole(self._name(node, lambda: self._program.bits.role[role]))
            case OneScope(scope=scope):
                return OneScope(self._name(node, lambda: self._program.bits.scope[scope]))
            case IsClient(clients=clients):
                return IsClient((self._name(node, lambda: frozenset(clients)),))
            case StrongLogin(acr=acr, max_age=age):
                return StrongLogin((self._name(("acr", acr), lambda: frozenset(acr)),), age)
            case Quantified(condition=condition) if is_worth_remembering(node):
                about = self._name(("about", condition), lambda: self._program.answers.about(condition))
                every, depth, collection, inner = map(
                    self._shape, (node.every, node.depth, node.collection, condition)
                )
                return Remembered(every, depth, collection, inner, about)
            case Matches(value=value, pattern=pattern):
                return Matches(self._shape(value), self._name(("like", pattern), lambda: pattern))
            case _:
                return rebuilt(node, self._shape)

    def _member(self, member: Member) -> Member:
        """A member without its name, but with all that says how it is read."""
        known = self._members.get(member)
        if known is None:
            in_token = member.root is Root.TOKEN
            place = self._program.claim_slots[member.name] if in_token else member.name
            name = self._name(member, lambda: place)
            self.constants[f"{name}r"] = self._program.readers.member(member)
            default = None if member.default is None else Given(None, member.type, "")
            known = Member(member.root, name, member.type, member.optional, default)
            self._members[member] = known
        return known
