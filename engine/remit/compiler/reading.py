"""Members, claims, the caller and the instant -> locals of an emitted function, each read once.

What is written is a shape: each constant has the name of the parameter that brings it.

A value is normalised as it is read: afterwards it has exactly its declared type or is one of the
sentinels ABSENT and ERROR. One of a plain type is looked at with `type(x) is` where it stands, and
handed to its reader only where that does not suffice.
"""

import ast
from collections.abc import Callable

from remit.checker.checked import (
    Caller,
    Condition,
    Enumeration,
    ListOf,
    Member,
    Now,
    Read,
    Root,
    Scalar,
    SetOf,
    StrongLogin,
    Type,
)
from remit.checker.reads import leaves, read_by
from remit.checker.scalars import INT_HIGH, INT_LOW
from remit.compiler.program import Program
from remit.compiler.pythonast import (
    all_,
    any_,
    assign,
    attribute,
    call,
    compare,
    constant,
    item,
    load,
    not_,
)
from remit.compiler.values import MAX_ELEMENTS

BINDING, RESOURCE, CONTEXT, INSTANT, PARAMETERS = "b", "r", "x", "t", "p"
NOW = "now"
ENTITLEMENT = "entitlement"
CALLER = {
    "user": ("user",),
    "self": (ENTITLEMENT, "client"),
    "client": (ENTITLEMENT, "application"),
    "kind": (ENTITLEMENT, "kind"),
    "issuer": (ENTITLEMENT, "issuer"),
}
"""Where a binding has what is asked of a caller."""


class Reading:
    """What one function reads; members are read where the first rule needs them."""

    def __init__(self, program: Program, *, mapping: bool) -> None:
        self.program = program
        self.mapping = mapping
        self.constants: dict[str, object] = {}
        self.body: list[ast.stmt] = []
        self.local: dict[object, str] = {}
        self._kept: dict[object, str] = {}

    def keep(self, key: object, make: Callable[[], object]) -> str:
        """A name in the namespace for something made for this function; one for each key."""
        if key not in self._kept:
            self._kept[key] = f"n{len(self._kept)}"
            self.constants[self._kept[key]] = make()
        return self._kept[key]

    def read(self, condition: Condition) -> None:
        """Write statements that read what the condition needs, as far as nothing has read it yet."""
        for value in read_by(condition):
            match value:
                case Read(member=member) if member not in self.local:
                    self.local[member] = f"v{len(self.local)}"
                    self.body += self._read_member(member, self.local[member])
                case Caller(what=what) if value not in self.local:
                    self.local[value] = f"v{len(self.local)}"
                    self.body.append(assign(self.local[value], attribute(BINDING, *CALLER[what])))
                case Now():
                    self._read_now()
                case _:
                    pass
        if any(isinstance(leaf, StrongLogin) and leaf.max_age is not None for leaf in leaves(condition)):
            self._read_now()

    def _read_now(self) -> None:
        if Now() not in self.local:
            self.local[Now()] = NOW
            self.body.append(assign(NOW, call("microseconds", load(INSTANT))))

    def _read_member(self, member: Member, local: str) -> list[ast.stmt]:
        if member.root is Root.TOKEN:
            return [assign(local, item(attribute(BINDING, "claims"), load(member.name)))]
        tidy = assign(local, call(f"{member.name}r", load(local)))
        as_mapping = self.mapping or member.root is not Root.RESOURCE
        root = {Root.CONTEXT: CONTEXT, Root.ACTION: PARAMETERS}.get(member.root, RESOURCE)
        fetch = _fetch(load(root), member.name, local, mapping=as_mapping)
        if isinstance(member.type, SetOf | ListOf):
            return [
                fetch,
                ast.If(_is_short_list(local), [assign(local, call("tuple", load(local)))], [tidy]),
            ]
        untidy = self._untidy(member.type, local)
        return [fetch, tidy] if untidy is None else [fetch, ast.If(untidy, [tidy], [])]

    def _untidy(self, type_: Type, local: str) -> ast.expr | None:
        """Whether the value needs more than the quick test of its type; None where it always does."""
        exact = self.plain(type_)
        if exact is None:
            return None
        value = load(local)
        other = compare(call("type", value), ast.IsNot(), load(exact.__name__))
        if isinstance(type_, Enumeration):
            outside = compare(value, ast.NotIn(), constant(frozenset(type_.values)))
            return any_((other, outside))
        if exact is int:
            limits = ast.Compare(constant(INT_LOW), [ast.LtE(), ast.LtE()], [value, constant(INT_HIGH)])
            return any_((other, not_(limits)))
        return other

    def plain(self, type_: Type) -> type | None:
        """The Python type whose exact values need no reading, apart from their range."""
        if not isinstance(type_, Scalar | Enumeration):
            return None
        return self.program.readers.plain(type_)


def _is_short_list(local: str) -> ast.expr:
    """Whether a value is what sets and lists mostly come as."""
    is_list = compare(call("type", load(local)), ast.Is(), load("list"))
    return all_((is_list, compare(call("len", load(local)), ast.LtE(), constant(MAX_ELEMENTS))))


def _fetch(root: ast.expr, name: str, local: str, *, mapping: bool) -> ast.stmt:
    key = load(name)
    if mapping:
        value, missing, error = item(root, key), load("ABSENT"), "KeyError"
    else:
        value, missing, error = call("get", root, key), call("missing", root, key), "AttributeError"
    return ast.Try(
        body=[assign(local, value)],
        handlers=[
            ast.ExceptHandler(load(error), None, [assign(local, missing)]),
            ast.ExceptHandler(load("Exception"), None, [assign(local, call("unread", root, key))]),
        ],
        orelse=[],
        finalbody=[],
    )
