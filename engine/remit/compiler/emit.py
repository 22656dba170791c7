"""Residual -> two Python functions, built as an `ast` tree, never as text.

Nothing of the policy becomes an identifier or a part of code: literals and names are constants that a
function carries, locals and parameters are numbered, and the namespace holds the few functions named in
`_NAMESPACE`, without builtins.

`allows(binding, resource, context, now, parameters) -> bool` stops at the first answer; `decides(...)
-> int` works everything out and answers with a code, whose bits `codes` explains. `now` is in seconds,
context and parameters are dicts. `conditions` has the expressions.
"""

import ast
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any
from weakref import WeakValueDictionary

from remit.checker.checked import TRUE, AnyOf, Condition
from remit.checker.scalars import ABSENT, ERROR, NOBODY, microseconds
from remit.compiler import codes, operations
from remit.compiler.conditions import Writer
from remit.compiler.program import Program, cost
from remit.compiler.pythonast import any_, assign, constant, load, not_
from remit.compiler.reading import BINDING, CONTEXT, INSTANT, PARAMETERS, RESOURCE
from remit.compiler.residual import Residual
from remit.compiler.shapes import Row

_CODE = "k"


def _missing_attribute(thing: object, name: str) -> object:
    """What an AttributeError meant: no such attribute, or one that failed to be worked out."""
    return ERROR if hasattr(type(thing), name) else ABSENT


_NAMESPACE: dict[str, object] = {
    "ABSENT": ABSENT,
    "ERROR": ERROR,
    "NOBODY": NOBODY,
    "KeyError": KeyError,
    "AttributeError": AttributeError,
    "Exception": Exception,
    "type": type,
    "len": len,
    "list": list,
    "tuple": tuple,
    "str": str,
    "int": int,
    "bool": bool,
    "get": getattr,
    "missing": _missing_attribute,
    "microseconds": microseconds,
    **{
        function.__name__: function
        for function in (
            operations.clock,
            operations.count_list,
            operations.count_map,
            operations.count_set,
            operations.date,
            operations.difference,
            operations.equal,
            operations.every,
            operations.fallback,
            operations.has_key,
            operations.known,
            operations.length,
            operations.less,
            operations.like,
            operations.present,
            operations.several,
            operations.some,
            operations.strong_login,
            operations.weekday,
            operations.within,
            operations.within_some,
        )
    },
}

Allows = Callable[[Any, Any, Any, Any, Any], bool]
Decides = Callable[[Any, Any, Any, Any, Any], int]
Classify = Callable[[Any], int]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Written:
    """The functions of one shape, without a row; `parameters` are the names of its constants."""

    functions: tuple[FunctionType, ...]
    parameters: tuple[str, ...]

    def made_for(self, row: Row) -> list[Callable[..., Any]]:
        """The functions with these constants."""
        assert self.parameters == tuple(row.constants), "equal shapes have their constants in one order"
        constants = tuple(row.constants.values())
        return [
            FunctionType(each.__code__, each.__globals__, each.__name__, constants)
            for each in self.functions
        ]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Emitted:
    """The functions of one residual, and what they were made from."""

    allows: Allows
    decides: Decides
    written: Written


class Functions:
    """The functions of a program's residuals, emitted on first use, kept while somebody has them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._emitted: WeakValueDictionary[tuple[Residual, codes.Layout, bool], Emitted]
        self._emitted = WeakValueDictionary()
        self._classifiers: dict[tuple[Condition, ...], Written] = {}
        self._written: WeakValueDictionary[object, Written] = WeakValueDictionary()
        self._lock = threading.Lock()

    def of(self, left: Residual, layout: codes.Layout, *, mapping: bool) -> Emitted:
        """The functions for what is left to decide, for resources that are mappings or objects."""
        key = (left, layout, mapping)
        with self._lock:
            emitted = self._emitted.get(key)
            if emitted is None:
                row = Row(self._program)
                shape = left.changed(row.shape)
                written = self._written.get((shape, layout, mapping))
                if written is None:
                    parameters = tuple(row.constants)
                    written = write(self._program, shape, layout, parameters, mapping=mapping)
                    self._written[shape, layout, mapping] = written
                allows, decides = written.made_for(row)
                emitted = Emitted(allows, decides, written)
                self._emitted[key] = emitted
            return emitted

    def classifier(self, tests: Iterable[Condition]) -> Classify:
        """The function from a binding to what each test of the caller comes to, two bits a test.

        The lower one: it is true; the upper one: it is false; neither: it is an error.
        """
        row = Row(self._program)
        shapes = tuple(map(row.shape, tests))
        with self._lock:
            written = self._classifiers.get(shapes)
            if written is None:
                written = _write_classifier(self._program, shapes, tuple(row.constants))
                self._classifiers[shapes] = written
        [classify] = written.made_for(row)
        return classify

    def renew_lock(self) -> None:
        """After a fork: a thread that the child does not have may have held the lock."""
        self._lock = threading.Lock()


def write(
    program: Program,
    shape: Residual,
    layout: codes.Layout,
    parameters: tuple[str, ...],
    *,
    mapping: bool,
) -> Written:
    """The `allows` and `decides` functions of a shape."""
    allows, decides = (Writer(program, mapping=mapping) for _ in range(2))
    _write_allows(allows, shape)
    _write_decides(decides, shape, layout)
    names = (BINDING, RESOURCE, CONTEXT, INSTANT, PARAMETERS, *parameters)
    return Written((_function(allows, names), _function(decides, names)), parameters)


def _write_classifier(
    program: Program, tests: Iterable[Condition], parameters: tuple[str, ...]
) -> Written:
    writer = Writer(program, mapping=True)
    writer.body.append(assign(_CODE, constant(0)))
    for place, test in enumerate(tests):
        writer.read(test)
        false = ast.If(writer.falsity(test), [_add(2 << 2 * place)], [])
        writer.body.append(ast.If(writer.truth(test), [_add(1 << 2 * place)], [false]))
    writer.body.append(ast.Return(load(_CODE)))
    return Written((_function(writer, (BINDING, *parameters)),), parameters)


def _function(written: Writer, names: Sequence[str]) -> FunctionType:
    module = ast.parse(f"def head({', '.join(names)}): pass")
    [function] = module.body
    assert isinstance(function, ast.FunctionDef)
    function.body = written.body
    ast.fix_missing_locations(module)
    namespace = {"__builtins__": {}, **_NAMESPACE, **written.constants}
    exec(compile(module, "<policy>", "exec"), namespace)  # noqa: S102  (a tree of our own nodes)
    made_function = namespace["head"]
    assert isinstance(made_function, FunctionType)
    return made_function


def _add(bit: int) -> ast.stmt:
    return ast.AugAssign(ast.Name(_CODE, ast.Store()), ast.BitOr(), constant(bit))


def _when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt]) -> list[ast.stmt]:
    """`if test: then else: otherwise`, as far as the test is not settled."""
    if isinstance(test, ast.Constant):
        return then if test.value else otherwise
    return [ast.If(test, then, otherwise)] if then else [ast.If(not_(test), otherwise, [])]


def _write_allows(writer: Writer, left: Residual) -> None:
    """Needs and gates first, then the permits; the first answer is returned."""
    body = writer.body
    refuse, allow = ast.Return(constant(value=False)), ast.Return(constant(value=True))
    writer.read(left.free)
    writer.read(left.scope)
    body += _when(any_((writer.truth(left.free), writer.truth(left.scope))), [], [refuse])
    for gate in sorted(left.gates, key=cost):
        writer.read(gate)
        body += _when(writer.falsity(gate), [], [refuse])
    if TRUE in left.permits:
        body.append(allow)
        return
    for permit in left.permits:
        writer.read(permit)
        body += _when(writer.truth(permit), [allow], [])
    body.append(refuse)


def _write_decides(writer: Writer, left: Residual, layout: codes.Layout) -> None:
    """Every layer and every gate, then the permits; the answer is their bits."""
    body = writer.body
    body.append(assign(_CODE, constant(0)))
    for condition in (left.free, left.scope, left.permission, *left.counts):
        writer.read(condition)
    body += _when(writer.truth(left.free), [_add(codes.NOTHING_NEEDED)], _layers(writer, left, layout))
    for gate, (fired, erred) in zip(left.gates, layout.gates, strict=True):
        writer.read(gate)
        sure = _when(writer.truth(gate), [_add(fired)], [_add(erred)])
        body += _when(writer.falsity(gate), [], sure)
    if left.obliges:
        _write_permits(writer, left, layout)
    else:
        _write_first_permit(writer, left, layout)


def _layers(writer: Writer, left: Residual, layout: codes.Layout) -> list[ast.stmt]:
    """What was granted to the application, what its user holds, and which alternatives count."""
    written: list[ast.stmt] = []
    bits = (bit for bit in layout.needs if bit)
    for condition, bit in zip(left.counts, bits, strict=True):
        written += _when(writer.truth(condition), [_add(bit)], [])
    written += _when(writer.truth(left.scope), [], [_add(codes.NO_SCOPE)])
    lacking = writer.falsity(AnyOf((left.free, left.permission)))
    verdict = _when(lacking, [_add(codes.NO_PERMISSION)], [_add(codes.PERMISSION_UNKNOWN)])
    return [*written, *_when(writer.truth(left.permission), [], verdict)]


def _write_first_permit(writer: Writer, left: Residual, layout: codes.Layout) -> None:
    """The first permit that is true ends it; where none is, those that erred are marked."""
    for permit, (matched, _) in zip(left.permits, layout.permits, strict=True):
        writer.read(permit)
        done = ast.Return(ast.BinOp(load(_CODE), ast.BitOr(), constant(matched)))
        writer.body += _when(writer.truth(permit), [done], [])
        if permit == TRUE:
            return
    _write_erring(writer, left, layout)


def _write_permits(writer: Writer, left: Residual, layout: codes.Layout) -> None:
    """Each permit that is true counts, for what it obliges to."""
    for permit, (matched, _) in zip(left.permits, layout.permits, strict=True):
        writer.read(permit)
        writer.body += _when(writer.truth(permit), [_add(matched)], [])
    every = sum(matched for matched, _ in layout.permits)
    matched_one = ast.BinOp(load(_CODE), ast.BitAnd(), constant(every))
    writer.body.append(ast.If(matched_one, [ast.Return(load(_CODE))], []))
    _write_erring(writer, left, layout)


def _write_erring(writer: Writer, left: Residual, layout: codes.Layout) -> None:
    for permit, (_, erred) in zip(left.permits, layout.permits, strict=True):
        writer.body += _when(writer.falsity(permit), [], [_add(erred)])
    writer.body.append(ast.Return(load(_CODE)))
