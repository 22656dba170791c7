"""Expressions -> Values: paths resolved, types agreed, optional members guarded.

An optional member without a default may be read only where something before it has made sure that
it is there: `guarded` holds the paths that are known to be present at a place. A lookup in a map needs
no guard: where there is no such key, it is an error.
"""

from dataclasses import dataclass

from remit.checker import findings
from remit.checker.checked import (
    ACTOR,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    STRING,
    WEEKDAY,
    ZONE,
    Applied,
    Calculated,
    Caller,
    Enumeration,
    Fallback,
    Given,
    Kind,
    ListOf,
    Lookup,
    MapOf,
    Member,
    Now,
    Part,
    Read,
    RecordOf,
    Scalar,
    SetOf,
    Several,
    Type,
    Value,
)
from remit.checker.members import BUILT_IN, literal_type
from remit.checker.names import Names
from remit.checker.scalars import INT_HIGH
from remit.syntax import tree

Guarded = frozenset[Value]
UNGUARDED: Guarded = frozenset()

FOREVER = Given(INT_HIGH, DATETIME, "forever")
_CALLER: dict[str, Caller] = {
    "sub": Caller("user"),
    "client": Caller("client"),
    "kind": Caller("kind"),
    "issuer": Caller("issuer"),
}
_RESULTS: dict[tuple[str, Kind, Kind], Scalar] = {
    **{(sign, Kind.INT, Kind.INT): INT for sign in "+-*"},
    **{(sign, Kind.DECIMAL, Kind.DECIMAL): DECIMAL for sign in "+-*"},
    **{(sign, Kind.DURATION, Kind.DURATION): DURATION for sign in "+-"},
    **{(sign, Kind.DATETIME, Kind.DURATION): DATETIME for sign in "+-"},
    ("+", Kind.DURATION, Kind.DATETIME): DATETIME,
    ("-", Kind.DATETIME, Kind.DATETIME): DURATION,
    ("*", Kind.DURATION, Kind.INT): DURATION,
    ("*", Kind.INT, Kind.DURATION): DURATION,
}
_FUNCTIONS: dict[str, int] = {"count": 1, "length": 1, "clock": 2, "date": 2, "weekday": 2}


def may_be_absent(value: Value) -> bool:
    """Whether there may be nothing where the value is read."""
    match value:
        case Read(member=member) | Part(member=member):
            return member.may_be_absent
        case Lookup():
            return True
        case Fallback(other=other):
            return may_be_absent(other)
        case _:
            return False


@dataclass
class Values:
    """Checks the values of one block."""

    names: Names

    def value(
        self, node: tree.Expression, wanted: Type | None = None, guarded: Guarded = UNGUARDED
    ) -> Value | None:
        """The value that `node` is, of the type `wanted` where one is; None after a report."""
        value = self._untyped(node, wanted, guarded)
        if value is not None and wanted is not None and value.type != wanted:
            self._mismatch(str(value.type), str(wanted), node)
            return None
        return value

    def _mismatch(self, found: str, wanted: str, node: tree.Expression) -> None:
        self.names.around.found.append(findings.type_mismatch(found, wanted, node.span))

    def _untyped(self, node: tree.Expression, wanted: Type | None, guarded: Guarded) -> Value | None:
        match node:
            case tree.Literal(value=value):
                return self.names.around.types.constant(node, wanted or literal_type(value))
            case tree.ListOf():
                return self._list(node, wanted, guarded)
            case tree.RecordOf():
                if wanted is None:
                    self._mismatch("a record", "a single value", node)
                    return None
                return self.names.around.types.constant(node, wanted)
            case tree.Path():
                return self.path(node, guarded)
            case tree.Coalesce():
                return self._coalesce(node, guarded)
            case tree.Arithmetic():
                return self._arithmetic(node, guarded)
            case tree.Call():
                return self._call(node, guarded)
            case _:
                self._mismatch("a condition", "a value", node)
                return None

    # -- paths

    def path(
        self, path: tree.Path, guarded: Guarded = UNGUARDED, *, to_be_settled: bool = False
    ) -> Value | None:
        """The value of a path; `to_be_settled`: it stands where absence is asked about."""
        start = self._root(path)
        if start is None:
            return None
        value, steps, text = start
        for step in steps:
            self._guard(value, text, path, guarded)
            following = self._step(value, step, path, guarded)
            if following is None:
                return None
            value = following
            text += "[...]" if isinstance(step, tree.Index) else f".{step.text}"
        if not to_be_settled:
            self._guard(value, text, path, guarded)
        return value

    def _guard(self, value: Value, text: str, path: tree.Path, guarded: Guarded) -> None:
        optional = isinstance(value, Read | Part) and value.member.may_be_absent
        if optional and value not in guarded:
            self.names.around.found.append(findings.unguarded(text, path.span))

    def _root(self, path: tree.Path) -> tuple[Value, tuple[tree.Name | tree.Index, ...], str] | None:
        """What the path begins with, the steps that are left, and the text so far."""
        name, names = path.root.text, self.names
        if name in ("token", "context", "action") and path.steps:
            first, *steps = path.steps
            if isinstance(first, tree.Name):
                value = self._of_root(name, first.text)
                if value is not None:
                    return value, tuple(steps), f"{name}.{first.text}"
            self._unknown_member(name, path)
            return None
        bare: Value | None = None
        if name in names.quantified:
            bare = names.quantified[name]
        elif name in names.members:
            bare = Read(names.members[name])
        elif name in names.around.globals:
            bare = names.around.globals[name]
        elif name in ("now", "forever"):
            bare = Now() if name == "now" else FOREVER
        if bare is not None:
            return bare, path.steps, name
        if name in names.relations:
            self._mismatch("a relation", "a value", path)
        else:
            known = {"": names.known(), "token": names.around.claims, "context": names.around.context}
            meant = findings.elsewhere(str(path), known)
            span = path.root.span if meant is None else path.span
            names.around.found.append(findings.unknown_name(name, span, names.known(), meant))
        return None

    def _of_root(self, root: str, name: str) -> Value | None:
        if root == "token" and name in _CALLER:
            return _CALLER[name]
        known = self._known_of(root)
        if (root, name) == ("token", "actor"):
            self.names.around.reads_actor = True
            return Read(ACTOR)
        member = known.get(name)
        return None if member is None else Read(member)

    def _known_of(self, root: str) -> dict[str, Member]:
        names = self.names
        known = {
            "token": names.around.claims,
            "context": names.around.context,
            "action": names.parameters,
        }
        return dict(known[root])

    def _unknown_member(self, root: str, path: tree.Path) -> None:
        known = [*self._known_of(root), *(sorted(BUILT_IN) if root == "token" else ())]
        self.names.around.found.append(findings.unknown_member(str(path), path.span, known))

    def _step(
        self, value: Value, step: tree.Name | tree.Index, path: tree.Path, guarded: Guarded
    ) -> Value | None:
        if isinstance(step, tree.Index):
            if not isinstance(value.type, MapOf):
                self._mismatch(str(value.type), "a map", path)
                return None
            key = self.value(step.key, value.type.key, guarded)
            return None if key is None else Lookup(value, key, value.type.value)
        if not isinstance(value.type, RecordOf):
            self._mismatch(str(value.type), "a record", path)
            return None
        member = value.type.member(step.text)
        if member is None:
            known = [each.name for each in value.type.members]
            self.names.around.found.append(findings.unknown_part(step.text, step.span, known))
            return None
        return Part(value, member)

    # -- `??`

    def _coalesce(self, node: tree.Coalesce, guarded: Guarded) -> Value | None:
        value = self._absent(node.value, guarded)
        if value is None:
            return None
        other = self.value(node.fallback, value.type, guarded)
        return None if other is None else Fallback(value, other)

    def _absent(self, node: tree.Expression, guarded: Guarded) -> Value | None:
        """What stands to the left of `??`, and may be absent."""
        value = self._maybe(node, guarded)
        if value is not None and not may_be_absent(value):
            text = str(node) if isinstance(node, tree.Path) else "this value"
            self.names.around.found.append(findings.never_absent(text, node.span))
            return None
        return value

    def _maybe(self, node: tree.Expression, guarded: Guarded) -> Value | None:
        """What a `??` looks after, so that it may be absent."""
        if isinstance(node, tree.Path):
            return self.path(node, guarded, to_be_settled=True)
        if not isinstance(node, tree.Coalesce):
            return self.value(node, None, guarded)
        value = self._absent(node.value, guarded)
        other = self._maybe(node.fallback, guarded)
        if value is None or other is None:
            return None
        if value.type != other.type:
            self._mismatch(str(other.type), str(value.type), node.fallback)
            return None
        return Fallback(value, other)

    # -- lists, sums, functions

    def _list(self, node: tree.ListOf, wanted: Type | None, guarded: Guarded) -> Value | None:
        constant = all(isinstance(item, tree.Literal) for item in node.items)
        if isinstance(wanted, SetOf) and not constant:
            items = [self.value(item, wanted.element, guarded) for item in node.items]
            known = tuple(item for item in items if item is not None)
            return Several(known, wanted) if len(known) == len(items) else None
        if wanted is not None:
            return self.names.around.types.constant(node, wanted)
        first = node.items[0] if node.items else None
        if first is None:
            self._mismatch("an empty list", "a value whose type can be seen", node)
            return None
        element = self.value(first, None, guarded)
        if element is None:
            return None
        if not isinstance(element.type, Scalar | Enumeration):
            self._mismatch(str(element.type), "a single value", first)
            return None
        return self._list(node, SetOf(element.type), guarded)

    def _arithmetic(self, node: tree.Arithmetic, guarded: Guarded) -> Value | None:
        left, right = self._operands(node, guarded)
        if left is None or right is None:
            return None
        result: Type | None = None
        if isinstance(left.type, Scalar) and isinstance(right.type, Scalar):
            result = _RESULTS.get((node.operator, left.type.kind, right.type.kind))
        elif isinstance(left.type, SetOf) and node.operator == "-" and left.type == right.type:
            result = left.type
        if result is None:
            said = f"{left.type} {node.operator} {right.type}"
            self.names.around.found.append(findings.no_result(said, node.span))
            return None
        return Calculated(node.operator, left, right, result)

    def _operands(self, node: tree.Arithmetic, guarded: Guarded) -> tuple[Value | None, Value | None]:
        """Both sides; a literal or a list takes a type that fits the other side."""
        if isinstance(node.left, tree.Literal | tree.ListOf):
            right = self.value(node.right, None, guarded)
            wanted = _beside(node.operator, node.left, right)
            return self.value(node.left, wanted, guarded), right
        left = self.value(node.left, None, guarded)
        return left, self.value(node.right, _beside(node.operator, node.right, left), guarded)

    def _call(self, node: tree.Call, guarded: Guarded) -> Value | None:
        name = node.function.text
        if name not in _FUNCTIONS:
            unknown = findings.unknown_function(name, node.function.span, _FUNCTIONS)
            self.names.around.found.append(unknown)
            return None
        if len(node.arguments) != _FUNCTIONS[name]:
            wrong = findings.wrong_count(name, _FUNCTIONS[name], node.span)
            self.names.around.found.append(wrong)
            return None
        match name:
            case "length":
                text = self.value(node.arguments[0], STRING, guarded)
                return None if text is None else Applied("length", (text,), INT)
            case "count":
                return self._count(node.arguments[0], guarded)
            case _:
                at = self.value(node.arguments[0], DATETIME, guarded)
                zone = self.value(node.arguments[1], ZONE, guarded)
                if at is None or zone is None:
                    return None
                if name == "clock":
                    return Applied("clock", (at, zone), DURATION)
                if name == "date":
                    return Applied("date", (at, zone), STRING)
                return Applied("weekday", (at, zone), WEEKDAY)

    def _count(self, node: tree.Expression, guarded: Guarded) -> Value | None:
        counted = self.value(node, None, guarded)
        if counted is None:
            return None
        if not isinstance(counted.type, SetOf | ListOf | MapOf):
            self._mismatch(str(counted.type), "a set, a list or a map", node)
            return None
        return Applied("count", (counted,), INT)


def _beside(operator: str, node: tree.Expression, other: Value | None) -> Type | None:
    """The type that a literal takes beside `other`; None for its own."""
    if other is None or (isinstance(node, tree.ListOf) and not isinstance(other.type, SetOf)):
        return None
    if isinstance(node, tree.ListOf):
        return other.type
    if not isinstance(node, tree.Literal):
        return None
    natural = literal_type(node.value)
    if (natural, other.type) == (INT, DECIMAL):
        return DECIMAL
    return DATETIME if natural == STRING and other.type == DATETIME and operator == "-" else None
