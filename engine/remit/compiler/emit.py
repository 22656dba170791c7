"""Head -> two Python functions, built as an `ast` tree, never as text.

Nothing of the policy becomes an identifier: literals and member names are constants, locals are
numbered, and the namespace holds the few functions named in `_NAMESPACE`, without builtins.

`allows(binding, resource, context, now, parameters) -> bool` stops at the first answer; `decides(...)
-> int` works everything out and answers with a code, whose bits `codes` explains. `now` is in seconds,
context and parameters are dicts. `conditions` has the expressions.
"""

import ast
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

from remit.checker.checked import TRUE
from remit.checker.scalars import ABSENT, ERROR, NOBODY, microseconds
from remit.compiler import codes, operations
from remit.compiler.conditions import Writer
from remit.compiler.program import Head, Program
from remit.compiler.pythonast import all_, any_, assign, constant, load, not_
from remit.compiler.reading import BINDING, CONTEXT, INSTANT, PARAMETERS, RESOURCE

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
    allows, decides = (Writer(program, head, mapping=mapping) for _ in range(2))
    _write_allows(allows)
    _write_decides(decides)
    return _function(allows), _function(decides)


def _function(written: Writer) -> Callable[[Any, Any, Any, Any, Any], Any]:
    names = (BINDING, RESOURCE, CONTEXT, INSTANT, PARAMETERS)
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


def _read_needs(writer: Writer) -> None:
    for condition in (*writer.head.free, *(each.when for each in writer.head.needs)):
        writer.read(condition)


def _granted(writer: Writer) -> ast.expr:
    """Whether some alternative of what the action needs is met by the application's scopes."""
    free = [writer.truth(when) for when in writer.head.free]
    return any_((*free, _met(writer, "scopes")))


def _met(writer: Writer, mask: str) -> ast.expr:
    """Whether some alternative that asks for scopes is met by a mask of the binding."""
    return any_(
        writer.need(mask, each.need)
        if each.when == TRUE
        else all_((writer.truth(each.when), writer.need(mask, each.need)))
        for each in writer.head.needs
    )


def _write_allows(writer: Writer) -> None:
    """Gates first, then the permits; the first answer is returned."""
    head, body = writer.head, writer.body
    refuse = ast.Return(constant(value=False))
    _read_needs(writer)
    if TRUE not in head.free:
        body.append(ast.If(not_(_granted(writer)), [refuse], []))
    for rule in head.gates:
        writer.read(rule.condition)
        body.append(ast.If(not_(writer.falsity(rule.condition)), [refuse], []))
    for rule in head.permits:
        writer.read(rule.condition)
        allow = ast.Return(constant(value=True))
        body.append(ast.If(writer.truth(rule.condition), [allow], []))
    body.append(refuse)


def _write_decides(writer: Writer) -> None:
    """Every layer and every rule; the answer is their bits."""
    head, body, layout = writer.head, writer.body, codes.layout(writer.head)
    body.append(assign(_CODE, constant(0)))
    _read_needs(writer)
    if TRUE not in head.free:
        layers = _layers(writer, layout)
        free = [writer.truth(when) for when in head.free]
        body += [ast.If(any_(free), [_add(codes.NOTHING_NEEDED)], layers)] if free else layers
    for rule, (fired, erred) in zip(head.gates, layout.gates, strict=True):
        writer.read(rule.condition)
        sure = ast.If(writer.truth(rule.condition), [_add(fired)], [_add(erred)])
        body.append(ast.If(not_(writer.falsity(rule.condition)), [sure], []))
    for rule in head.permits:
        writer.read(rule.condition)
    body += _permits(writer, layout)
    body.append(ast.Return(load(_CODE)))


def _layers(writer: Writer, layout: codes.Layout) -> list[ast.stmt]:
    """What was granted to the application, what its user holds, and which alternatives count."""
    head = writer.head
    counts: list[ast.stmt] = [
        ast.If(writer.truth(each.when), [_add(bit)], [])
        for each, bit in zip(head.needs, layout.needs, strict=True)
        if bit
    ]
    lacking = all_(
        (
            *(writer.falsity(when) for when in head.free),
            *(
                any_((writer.falsity(each.when), not_(writer.need("held_max", each.need))))
                for each in head.needs
            ),
        )
    )
    verdict = ast.If(lacking, [_add(codes.NO_PERMISSION)], [_add(codes.PERMISSION_UNKNOWN)])
    return [
        *counts,
        ast.If(not_(_met(writer, "scopes")), [_add(codes.NO_SCOPE)], []),
        ast.If(not_(_met(writer, "held")), [verdict], []),
    ]


def _permits(writer: Writer, layout: codes.Layout) -> list[ast.stmt]:
    """The first permit that is true ends it; where there are obligations, each one counts.

    Where none is true, those that erred are marked.
    """
    head = writer.head
    if not head.permits:
        return []
    done = ast.Return(load(_CODE))
    pairs = list(zip(head.permits, layout.permits, strict=True))
    erred: list[ast.stmt] = [
        ast.If(not_(writer.falsity(rule.condition)), [_add(error)], []) for rule, (_, error) in pairs
    ]
    if not head.obliges:
        return [
            *(
                ast.If(writer.truth(rule.condition), [_add(matched), done], [])
                for rule, (matched, _) in pairs
            ),
            *erred,
        ]
    every = sum(matched for _, (matched, _) in pairs)
    some_matched = ast.BinOp(load(_CODE), ast.BitAnd(), constant(every))
    return [
        *(ast.If(writer.truth(rule.condition), [_add(matched)], []) for rule, (matched, _) in pairs),
        ast.If(some_matched, [done], []),
        *erred,
    ]
