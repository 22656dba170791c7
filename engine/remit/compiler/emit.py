"""Head -> two Python functions, built as an `ast` tree, never as text.

A condition is true, false or error, but no rule needs all three: a permit asks "is it true?", a
forbid "is it anything but false?". So each condition is emitted as one of two plain boolean
expressions, `truth(c)` and `falsity(c)`; neither raises, and `not` swaps them. An error is a
condition for which both are False, and strong Kleene logic falls out, whatever the order:

    truth(a and b)   = truth(a) and truth(b)        falsity(a and b) = falsity(a) or falsity(b)
    truth(not a)     = falsity(a)                   falsity(not a)   = truth(a)

That holds because every value is normalised where it is read, once: it has exactly its declared type
or is one of the sentinels ABSENT and ERROR, which no test takes for a value.

Nothing of the policy becomes an identifier: literals and member names are constants, locals are
numbered, and the namespace holds the few functions named in `_NAMESPACE`, without builtins.

`allows(binding, resource, context) -> bool` stops at the first answer. `decides(...) -> int` works
everything out and answers with a code, whose bits `codes` explains.
"""

import ast
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, assert_never

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Contains,
    EachOf,
    Enumeration,
    Equal,
    Fallback,
    Given,
    InRole,
    IsAuthenticated,
    IsEntitled,
    IsTrue,
    Kind,
    Leaf,
    Less,
    Member,
    NeedOfScopes,
    Negated,
    Nothing,
    OneScope,
    Present,
    Read,
    Root,
    SetOf,
    SomeOf,
    Type,
    Value,
)
from remit.compiler import codes
from remit.compiler.program import Head, Program
from remit.compiler.values import ABSENT, ERROR, NOBODY, contains, domain_of, exact_type, normaliser

_BINDING, _RESOURCE, _CONTEXT, _CODE, _CALLER = "b", "r", "x", "k", "me"
_NAMESPACE: dict[str, object] = {
    "ABSENT": ABSENT,
    "ERROR": ERROR,
    "NOBODY": NOBODY,
    "KeyError": KeyError,
    "AttributeError": AttributeError,
    "Exception": Exception,
    "type": type,
    "str": str,
    "int": int,
    "bool": bool,
    "get": getattr,
    "contains": contains,
}


def _missing_attribute(thing: object, name: str) -> object:
    """What an AttributeError meant: no such attribute, or one that failed to be worked out."""
    return ERROR if hasattr(type(thing), name) else ABSENT


_NAMESPACE["missing"] = _missing_attribute


Allows = Callable[[Any, Any, Any], bool]
Decides = Callable[[Any, Any, Any], int]


class Functions:
    """The functions of a program's heads, emitted on first use and kept."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._emitted: dict[tuple[Head, bool], tuple[Allows, Decides]] = {}
        self._lock = threading.Lock()

    def of(self, head: Head, *, mapping: bool) -> tuple[Allows, Decides]:
        """`allows` and `decides` of a head, for resources that are mappings or objects."""
        key = (head, mapping)
        functions = self._emitted.get(key)
        if functions is None:
            with self._lock:
                functions = self._emitted.get(key) or emit(self._program, head, mapping=mapping)
                self._emitted[key] = functions
        return functions

    def renew_lock(self) -> None:
        """After a fork: a thread that the child does not have may have held the lock."""
        self._lock = threading.Lock()


def emit(program: Program, head: Head, *, mapping: bool) -> tuple[Allows, Decides]:
    """The `allows` and `decides` functions of `head`."""
    return (
        _function(_Emitter(program, head, mapping=mapping).allows()),
        _function(_Emitter(program, head, mapping=mapping).decides()),
    )


def _function(made: "tuple[list[ast.stmt], dict[str, object]]") -> Callable[[Any, Any, Any], Any]:
    body, constants = made
    module = ast.parse(f"def head({_BINDING}, {_RESOURCE}, {_CONTEXT}): pass")
    [function] = module.body
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    ast.fix_missing_locations(module)
    namespace = {"__builtins__": {}, **_NAMESPACE, **constants}
    exec(compile(module, "<policy>", "exec"), namespace)  # noqa: S102  (a tree of our own nodes)
    made_function = namespace["head"]
    assert isinstance(made_function, FunctionType)
    return made_function


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _field(name: str) -> ast.expr:
    return ast.Attribute(_load(_BINDING), name, ast.Load())


def _constant(value: object) -> ast.expr:
    any_value: Any = value
    return ast.Constant(any_value)  # a frozenset compiles as well


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_load(name), list(arguments), [])


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def _is(left: ast.expr, name: str) -> ast.expr:
    return _compare(left, ast.Is(), _load(name))


def _is_not(left: ast.expr, name: str) -> ast.expr:
    return _compare(left, ast.IsNot(), _load(name))


def _not(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), operand)


def _all(parts: Iterable[ast.expr]) -> ast.expr:
    operands = list(parts)
    return operands[0] if len(operands) == 1 else ast.BoolOp(ast.And(), operands)


def _any(parts: Iterable[ast.expr]) -> ast.expr:
    operands = list(parts)
    return operands[0] if len(operands) == 1 else ast.BoolOp(ast.Or(), operands)


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _add(bit: int) -> ast.stmt:
    return ast.AugAssign(ast.Name(_CODE, ast.Store()), ast.BitOr(), _constant(bit))


def _exact_name(type_: Type) -> str:
    assert not isinstance(type_, SetOf)
    return exact_type(type_).__name__


@dataclass
class _Used:
    """What a condition reads."""

    members: dict[Member, None]
    caller: bool = False


def _reads(condition: Condition, used: _Used) -> _Used:
    match condition:
        case IsTrue(value=value):
            _value_reads(value, used)
        case Equal(left=left, right=right) | Less(left=left, right=right):
            _value_reads(left, used)
            _value_reads(right, used)
        case Contains(collection=collection, item=item):
            _value_reads(collection, used)
            _value_reads(item, used)
        case Present(member=member):
            used.members[member] = None
        case Negated(operand=operand):
            _reads(operand, used)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                _reads(operand, used)
        case Always() | InRole() | IsEntitled() | IsAuthenticated():
            pass
        case _:
            assert_never(condition)
    return used


def _value_reads(value: Value, used: _Used) -> None:
    match value:
        case Read(member=member):
            used.members[member] = None
        case Caller():
            used.caller = True
        case Fallback(read=read, other=other):
            _value_reads(read, used)
            _value_reads(other, used)
        case Given():
            pass
        case _:
            assert_never(value)


class _Emitter:
    """Writes one function; members are read where the first rule needs them."""

    def __init__(self, program: Program, head: Head, *, mapping: bool) -> None:
        self.program = program
        self.head = head
        self.mapping = mapping
        self.constants: dict[str, object] = {}
        self.body: list[ast.stmt] = []
        self.local: dict[Member, str] = {}
        self.has_caller = False

    # -- the two functions

    def allows(self) -> tuple[list[ast.stmt], dict[str, object]]:
        """Gates first, then the permits; the first answer is returned."""
        refuse = ast.Return(_constant(value=False))
        if not isinstance(self.head.need, Nothing):
            granted = self._need(_field("scopes"), self.head.need)
            self.body.append(ast.If(_not(granted), [refuse], []))
        for rule in self.head.forbids:
            self._read(rule.condition)
            self.body.append(ast.If(_not(self.falsity(rule.condition)), [refuse], []))
        for rule in self.head.permits:
            self._read(rule.condition)
            allow = ast.Return(_constant(value=True))
            self.body.append(ast.If(self.truth(rule.condition), [allow], []))
        self.body.append(refuse)
        return self.body, self.constants

    def decides(self) -> tuple[list[ast.stmt], dict[str, object]]:
        """Every layer and every rule; the answer is their bits."""
        layout = codes.layout(self.head)
        self.body.append(_assign(_CODE, _constant(0)))
        if not isinstance(self.head.need, Nothing):
            self._layers(self.head.need)
        for rule, (fired, erred) in zip(self.head.forbids, layout.forbids, strict=True):
            self._read(rule.condition)
            sure = ast.If(self.truth(rule.condition), [_add(fired)], [_add(erred)])
            self.body.append(ast.If(_not(self.falsity(rule.condition)), [sure], []))
        for rule in self.head.permits:
            self._read(rule.condition)
        self.body += self._permits(layout)
        self.body.append(ast.Return(_load(_CODE)))
        return self.body, self.constants

    def _layers(self, need: NeedOfScopes) -> None:
        granted = self._need(_field("scopes"), need)
        self.body.append(ast.If(_not(granted), [_add(codes.NO_SCOPE)], []))
        possible = ast.If(
            self._need(_field("held_max"), need),
            [_add(codes.PERMISSION_UNKNOWN)],
            [_add(codes.NO_PERMISSION)],
        )
        held = self._need(_field("held"), need)
        self.body.append(ast.If(_not(held), [possible], []))

    def _permits(self, layout: codes.Layout) -> list[ast.stmt]:
        """`if` the first permits, `elif` the next ..., else which of them erred."""
        errors: list[ast.stmt] = [
            ast.If(_not(self.falsity(rule.condition)), [_add(erred)], [])
            for rule, (_, erred) in zip(self.head.permits, layout.permits, strict=True)
        ]
        if not errors:
            return []
        done = ast.Return(_load(_CODE))
        return [
            *(
                ast.If(self.truth(rule.condition), [_add(matched), done], [])
                for rule, (matched, _) in zip(self.head.permits, layout.permits, strict=True)
            ),
            *errors,
        ]

    # -- reading

    def _read(self, condition: Condition) -> None:
        used = _reads(condition, _Used({}))
        if used.caller and not self.has_caller:
            self.has_caller = True
            self.body.append(_assign(_CALLER, _field("user")))
        for member in used.members:
            if member not in self.local:
                self.local[member] = f"v{len(self.local)}"
                self.body += self._read_member(member, self.local[member])

    def _read_member(self, member: Member, local: str) -> list[ast.stmt]:
        if member.root is Root.TOKEN:
            slot = _constant(self.program.claim_slots[member.name])
            claim = ast.Subscript(_field("claims"), slot, ast.Load())
            return [_assign(local, claim)]
        name = f"n{len(self.constants)}"
        self.constants[name] = normaliser(member)
        tidy = _assign(local, _call(name, _load(local)))
        as_mapping = self.mapping or member.root is Root.CONTEXT
        root = _CONTEXT if member.root is Root.CONTEXT else _RESOURCE
        return [
            self._fetch(_load(root), member.name, local, mapping=as_mapping),
            ast.If(self._untidy(member.type, local), [tidy], []),
        ]

    def _fetch(self, root: ast.expr, name: str, local: str, *, mapping: bool) -> ast.stmt:
        key = _constant(name)
        if mapping:
            value: ast.expr = ast.Subscript(root, key, ast.Load())
            missing: ast.expr = _load("ABSENT")
            error = "KeyError"
        else:
            value = _call("get", root, key)
            missing = _call("missing", root, key)
            error = "AttributeError"
        return ast.Try(
            body=[_assign(local, value)],
            handlers=[
                ast.ExceptHandler(_load(error), None, [_assign(local, missing)]),
                ast.ExceptHandler(_load("Exception"), None, [_assign(local, _load("ERROR"))]),
            ],
            orelse=[],
            finalbody=[],
        )

    def _untidy(self, type_: Type, local: str) -> ast.expr:
        """Whether the value needs more than the quick test of its type."""
        value = _load(local)
        kind = ast.Call(_load("type"), [value], [])
        if isinstance(type_, SetOf):
            return _constant(value=True)
        other = _compare(kind, ast.IsNot(), _load(_exact_name(type_)))
        if isinstance(type_, Enumeration):
            domain = _constant(frozenset(type_.values))
            return _any((other, _compare(value, ast.NotIn(), domain)))
        if type_.kind is Kind.INT:
            limits = ast.Compare(
                _constant(-(2**63)), [ast.LtE(), ast.LtE()], [value, _constant(2**63 - 1)]
            )
            return _any((other, _not(limits)))
        return other

    # -- conditions

    def truth(self, node: Condition) -> ast.expr:
        """An expression that is true exactly where `node` is true."""
        match node:
            case Negated(operand=operand):
                return self.falsity(operand)
            case AllOf(operands=operands):
                return _all(self.truth(operand) for operand in operands)
            case AnyOf(operands=operands):
                return _any(self.truth(operand) for operand in operands)
            case _:
                return self._leaf(node, truth=True)

    def falsity(self, node: Condition) -> ast.expr:
        """An expression that is true exactly where `node` is false."""
        match node:
            case Negated(operand=operand):
                return self.truth(operand)
            case AllOf(operands=operands):
                return _any(self.falsity(operand) for operand in operands)
            case AnyOf(operands=operands):
                return _all(self.falsity(operand) for operand in operands)
            case _:
                return self._leaf(node, truth=False)

    def _leaf(self, node: Leaf, *, truth: bool) -> ast.expr:
        match node:
            case Always(truth=constant):
                return _constant(constant is truth)
            case IsTrue(value=value):
                return _compare(self._value(value), ast.Is(), _constant(truth))
            case Equal(left=left, right=right):
                return self._equal(left, right, truth=truth)
            case Less():
                return self._less(node, truth=truth)
            case Contains(collection=collection, item=item):
                return self._contains(collection, item, truth=truth)
            case Present(member=member):
                return self._present(member, truth=truth)
            case InRole(role=role):
                bit = _constant(self.program.bits.role[role])
                return self._mask("roles", bit, truth=truth)
            case IsEntitled():
                return self._entitled(truth=truth)
            case IsAuthenticated():
                return _field("authenticated") if truth else _not(_field("authenticated"))
            case _:
                assert_never(node)

    def _mask(self, name: str, bit: ast.expr, *, truth: bool) -> ast.expr:
        """`name` is what is surely there, `name_max` what may be: between them lies the unknown."""
        mask = _field(name if truth else f"{name}_max")
        test = ast.BinOp(mask, ast.BitAnd(), bit)
        return test if truth else _not(test)

    def _entitled(self, *, truth: bool) -> ast.expr:
        if isinstance(self.head.need, Nothing):
            return _constant(not truth)
        if truth:
            return self._need(_field("effective"), self.head.need)
        return _not(self._need(_field("effective_max"), self.head.need))

    def _need(self, mask: ast.expr, need: NeedOfScopes) -> ast.expr:
        match need:
            case OneScope(scope=scope):
                bit = _constant(self.program.bits.scope[scope])
                return ast.BinOp(mask, ast.BitAnd(), bit)
            case EachOf(needs=needs):
                return _all(self._need(mask, each) for each in needs)
            case SomeOf(needs=needs):
                return _any(self._need(mask, each) for each in needs)
            case _:
                assert_never(need)

    def _equal(self, left: Value, right: Value, *, truth: bool) -> ast.expr:
        one, other = self._value(left), self._value(right)
        if truth:
            checks = [] if _is_sure(left) or _is_sure(right) else [self._exact(left)]
            return _all((*checks, _compare(one, ast.Eq(), other)))
        differ = _compare(one, ast.NotEq(), other)
        if _may_be_nobody(left) and _may_be_nobody(right):
            differ = _any((differ, _is(one, "NOBODY")))
        return _all((*self._sound(left), *self._sound(right), differ))

    def _less(self, node: Less, *, truth: bool) -> ast.expr:
        checks = [self._exact(v) for v in (node.left, node.right) if not _is_sure(v)]
        less = ast.LtE() if node.or_equal else ast.Lt()
        not_less = ast.Gt() if node.or_equal else ast.GtE()
        operator: ast.cmpop = less if truth else not_less
        return _all((*checks, _compare(self._value(node.left), operator, self._value(node.right))))

    def _contains(self, collection: Value, item: Value, *, truth: bool) -> ast.expr:
        if isinstance(collection, Given):
            operator: ast.cmpop = ast.In() if truth else ast.NotIn()
            test = _compare(self._value(item), operator, self._value(collection))
            return test if truth else _all((*self._sound(item), test))
        exact, domain = _load(_exact_name(item.type)), _constant(domain_of(item.type))
        found = _call("contains", self._value(collection), self._value(item), exact, domain)
        return _compare(found, ast.Is(), _constant(truth))

    def _present(self, member: Member, *, truth: bool) -> ast.expr:
        value = _load(self.local[member])
        if not truth:
            return _is(value, "ABSENT")
        return _all((_is_not(value, "ABSENT"), _is_not(value, "ERROR")))

    # -- values

    def _value(self, value: Value) -> ast.expr:
        match value:
            case Given(value=constant):
                return _constant(constant)
            case Read(member=member):
                return _load(self.local[member])
            case Caller():
                return _load(_CALLER)
            case Fallback(read=read, other=other):
                first = self._value(read)
                return ast.IfExp(_is(first, "ABSENT"), self._value(other), first)
            case _:
                assert_never(value)

    def _exact(self, value: Value) -> ast.expr:
        kind = ast.Call(_load("type"), [self._value(value)], [])
        return _compare(kind, ast.Is(), _load(_exact_name(value.type)))

    def _sound(self, value: Value) -> list[ast.expr]:
        """Tests that the value is no error; none where it cannot be."""
        match value:
            case Given():
                return []
            case Caller():
                return [_is_not(self._value(value), "ERROR")]
            case Read(member=member):
                absent = [_is_not(self._value(value), "ABSENT")] if member.may_be_absent else []
                return [_is_not(self._value(value), "ERROR"), *absent]
            case Fallback():
                text = self._value(value)
                return [_is_not(text, "ERROR"), _is_not(text, "ABSENT")]
            case _:
                assert_never(value)


def _is_sure(value: Value) -> bool:
    return isinstance(value, Given)


def _may_be_nobody(value: Value) -> bool:
    match value:
        case Caller():
            return True
        case Fallback(other=other):
            return _may_be_nobody(other)
        case _:
            return False
