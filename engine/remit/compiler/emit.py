"""Residual -> two Python functions, built as an `ast` tree, never as text.

Nothing of the policy becomes an identifier or a part of code: literals and names are constants that a
function carries, locals and parameters are numbered, and the namespace holds the few functions named in
`_NAMESPACE`, without builtins.

`allows(binding, resource, context, now, parameters) -> bool` stops at the first answer; `decides(...)
-> int` works everything out and answers with a code, whose bits `codes` explains. `now` is in seconds,
context and parameters are dicts. `conditions` has the expressions. What is written of a plan, and how
functions are made of that and kept, are one module: the order of their parameters is known here only.
"""

import ast
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final
from weakref import WeakValueDictionary

from remit.checker.checked import FALSE, TRUE, AnyOf, Condition, Scopes
from remit.checker.scalars import ABSENT, ERROR, NOBODY, microseconds
from remit.compiler import codes, operations
from remit.compiler.conditions import ERROR_BITS, TRUE_BITS, Writer
from remit.compiler.program import Head, Program, cost
from remit.compiler.pythonast import any_, assign, constant, load, not_
from remit.compiler.reading import BINDING, CONTEXT, INSTANT, PARAMETERS, RESOURCE
from remit.compiler.residual import Residual, of_caller, residual
from remit.compiler.selection import Roles, Ruling, Selected, folded
from remit.compiler.shapes import Row
from remit.compiler.values import missing, unread

_CODE: Final = "k"
_MAX_TESTS, _MAX_RULES = 64, 256  # with more, a class of callers would take long to work out


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
    "missing": missing,
    "unread": unread,
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

    def constants(self, row: Row) -> tuple[object, ...]:
        """What the functions take from a row."""
        assert self.parameters == tuple(row.constants), "equal shapes have their constants in one order"
        return tuple(row.constants.values())

    def made_with(self, constants: tuple[object, ...]) -> list[Callable[..., Any]]:
        """The functions with these constants."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """All that there is to decide of a head."""

    left: Residual
    layout: codes.Layout


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """Tells callers of a head apart: `classify` answers two bits for each of the tests.

    The lower one: it is true; the upper one: it is false; neither: it is an error.
    """

    tests: tuple[Condition, ...]
    classify: Classify


@dataclass(frozen=True, slots=True)
class Plan:
    """What functions are written from: a residual as a shape, with the bits of its parts.

    Many rules of one form are one ruling. `matched`: the bits of all permits.
    """

    free: Condition
    counts: tuple[tuple[Condition, int], ...]
    scope: Condition
    permission: Condition
    gates: tuple[Ruling, ...]
    permits: tuple[Ruling, ...]
    obliges: bool
    matched: int


def planned(program: Program, left: Residual, layout: codes.Layout, row: Row) -> Plan:
    """The plan for what is left to decide; its constants are added to the row."""
    gates = folded(left.gates, layout.of_gates(), program)
    bits_of_permits = layout.of_permits()
    permits = folded(left.permits, bits_of_permits, program)
    bits = (bit for bit in layout.needs if bit)
    return Plan(
        row.shape(left.free),
        tuple((row.shape(count), bit) for count, bit in zip(left.counts, bits, strict=True)),
        row.shape(left.scope),
        row.shape(left.permission),
        tuple(Ruling(row.shape(each.condition), each.bits) for each in gates),
        tuple(Ruling(row.shape(each.condition), each.bits) for each in permits),
        left.obliges,
        sum(matched for matched, _ in bits_of_permits) if left.obliges else 0,
    )


class Functions:
    """The functions of a program's residuals, emitted on first use, kept while somebody has them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._emitted: WeakValueDictionary[tuple[Residual, codes.Layout, bool], Emitted]
        self._emitted = WeakValueDictionary()
        self._classifiers: dict[tuple[Condition, ...], Written] = {}
        self._written: WeakValueDictionary[tuple[Plan, bool], Written] = WeakValueDictionary()
        self._wholes: dict[Head, Whole] = {}
        self._lock = threading.Lock()

    def whole(self, head: Head) -> Whole:
        """What is to be decided of a head."""
        whole = self._wholes.get(head)
        if whole is None:
            whole = self._wholes[head] = Whole(residual(head), codes.layout(head))
        return whole

    def classifier(self, left: Residual) -> Classifier | None:
        """How callers for whom this is to be decided are told apart; None where it takes too long."""
        if len(left.gates) + len(left.permits) > _MAX_RULES:
            return None
        tests = of_caller(left)
        return Classifier(tests, self._classify(tests)) if 0 < len(tests) <= _MAX_TESTS else None

    def of(self, left: Residual, layout: codes.Layout, *, mapping: bool) -> Emitted:
        """The functions for what is left to decide, for resources that are mappings or objects."""
        key = (left, layout, mapping)
        with self._lock:
            emitted = self._emitted.get(key)
            if emitted is None:
                row = Row(self._program)
                plan = planned(self._program, left, layout, row)
                written = self._written.get((plan, mapping))
                if written is None:
                    written = write(self._program, plan, tuple(row.constants), mapping=mapping)
                    self._written[plan, mapping] = written
                allows, decides = written.made_with(written.constants(row))
                emitted = Emitted(allows, decides, written)
                self._emitted[key] = emitted
            return emitted

    def _classify(self, tests: Iterable[Condition]) -> Classify:
        row = Row(self._program)
        shapes = tuple(map(row.shape, tests))
        with self._lock:
            written = self._classifiers.get(shapes)
            if written is None:
                written = _write_classifier(self._program, shapes, tuple(row.constants))
                self._classifiers[shapes] = written
        [classify] = written.made_with(written.constants(row))
        return classify

    def renew_lock(self) -> None:
        """After a fork: a thread that the child does not have may have held the lock."""
        self._lock = threading.Lock()


def write(program: Program, plan: Plan, parameters: tuple[str, ...], *, mapping: bool) -> Written:
    """The `allows` and `decides` functions of a plan."""
    allows, decides = (Writer(program, mapping=mapping) for _ in range(2))
    _write_allows(allows, plan)
    _write_decides(decides, plan)
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


def _add(bits: ast.expr | int) -> ast.stmt:
    added = constant(bits) if isinstance(bits, int) else bits
    return ast.AugAssign(ast.Name(_CODE, ast.Store()), ast.BitOr(), added)


def _when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt]) -> list[ast.stmt]:
    """`if test: then else: otherwise`, as far as the test is not settled."""
    if isinstance(test, ast.Constant):
        return then if test.value else otherwise
    return [ast.If(test, then, otherwise)] if then else [ast.If(not_(test), otherwise, [])]


def _write_allows(writer: Writer, plan: Plan) -> None:
    """Needs and gates first, then the permits; the first answer is returned."""
    body = writer.body
    refuse, allow = ast.Return(constant(value=False)), ast.Return(constant(value=True))
    writer.read(plan.free)
    writer.read(plan.scope)
    body += _when(any_((writer.truth(plan.free), writer.truth(plan.scope))), [], [refuse])
    for gate in _cheapest_first(each.condition for each in plan.gates):
        writer.read(gate)
        body += _each(writer, gate, lambda form: _when(writer.falsity(form), [], [refuse]), sure=False)
    permits = [each.condition for each in plan.permits]
    if TRUE in permits:
        body.append(allow)
        return
    for permit in _cheapest_first(permits):
        writer.read(permit)
        if isinstance(permit, Selected) and not isinstance(permit.selector, Roles):
            found = _when(writer.truth(permit.rest), [allow], [])
            body.append(writer.each_that_is_picked(permit, found or [ast.Pass()]))
        else:
            body += _each(writer, permit, lambda form: _when(writer.truth(form), [allow], []), sure=True)
    body.append(refuse)


def _cheapest_first(conditions: Iterable[Condition]) -> list[Condition]:
    """The conditions, each alternative for itself: what costs little may spare what costs more."""
    return sorted((each for condition in conditions for each in _alternatives(condition)), key=cost)


def _alternatives(condition: Condition) -> tuple[Condition, ...]:
    """The conditions any of which is enough."""
    if isinstance(condition, AnyOf) and not isinstance(condition, Selected):
        return condition.operands
    return (condition,)


def _each(
    writer: Writer,
    condition: Condition,
    write: Callable[[Condition], list[ast.stmt]],
    *,
    sure: bool,
) -> list[ast.stmt]:
    """What is written for a condition; of many rules, for the form of those that may apply."""
    if not isinstance(condition, Selected):
        return write(condition)
    [form] = condition.operands
    return [writer.each_row(condition, write(form) or [ast.Pass()], sure=sure)]


def _write_decides(writer: Writer, plan: Plan) -> None:
    """Every layer and every gate, then the permits; the answer is their bits."""
    body = writer.body
    body.append(assign(_CODE, constant(0)))
    for condition in (plan.free, plan.scope, plan.permission, *(count for count, _ in plan.counts)):
        writer.read(condition)
    layers = _when(writer.truth(plan.free), [_add(codes.NOTHING_NEEDED)], _layers(writer, plan))
    body += _when(writer.truth(_passes_all_layers(plan)), [], layers)
    for gate in plan.gates:
        writer.read(gate.condition)
        body += _each_ruling(writer, gate, _gate, sure=False)
    if plan.obliges:
        _write_permits(writer, plan)
    else:
        _write_first_permit(writer, plan)


def _passes_all_layers(plan: Plan) -> Condition:
    """Where it is true, nothing is to be said of the layers; only a single need has such a test."""
    match plan:
        case Plan(scope=Scopes(need=granted), permission=Scopes(need=held)) if granted == held:
            return Scopes("effective", granted) if plan.free == FALSE else FALSE
        case _:
            return FALSE


def _layers(writer: Writer, plan: Plan) -> list[ast.stmt]:
    """What was granted to the application, what its user holds, and which alternatives count."""
    written: list[ast.stmt] = []
    for condition, bit in plan.counts:
        written += _when(writer.truth(condition), [_add(bit)], [])
    written += _when(writer.truth(plan.scope), [], [_add(codes.NO_SCOPE)])
    lacking = writer.falsity(AnyOf((plan.free, plan.permission)))
    verdict = _when(lacking, [_add(codes.NO_PERMISSION)], [_add(codes.PERMISSION_UNKNOWN)])
    return [*written, *_when(writer.truth(plan.permission), [], verdict)]


def _each_ruling(
    writer: Writer,
    ruling: Ruling,
    write: Callable[[Writer, Condition, ast.expr, ast.expr], list[ast.stmt]],
    *,
    sure: bool,
) -> list[ast.stmt]:
    """As `_each`, with what to add to the code where the rule is true, and where it is an error."""
    if isinstance(ruling.condition, Selected):
        bits = load(TRUE_BITS), load(ERROR_BITS)
    else:
        true, erring = ruling.bits
        bits = constant(true), constant(erring)
    return _each(writer, ruling.condition, lambda form: write(writer, form, *bits), sure=sure)


def _gate(writer: Writer, form: Condition, true: ast.expr, erring: ast.expr) -> list[ast.stmt]:
    sure = _when(writer.truth(form), [_add(true)], [_add(erring)])
    return _when(writer.falsity(form), [], sure)


def _first(writer: Writer, form: Condition, true: ast.expr, _: ast.expr) -> list[ast.stmt]:
    done = ast.Return(ast.BinOp(load(_CODE), ast.BitOr(), true))
    return _when(writer.truth(form), [done], [])


def _matched(writer: Writer, form: Condition, true: ast.expr, _: ast.expr) -> list[ast.stmt]:
    return _when(writer.truth(form), [_add(true)], [])


def _erring(writer: Writer, form: Condition, _: ast.expr, erring: ast.expr) -> list[ast.stmt]:
    return _when(writer.falsity(form), [], [_add(erring)])


def _write_first_permit(writer: Writer, plan: Plan) -> None:
    """The first permit that is true ends it; where none is, those that erred are marked."""
    for permit in plan.permits:
        for alternative in _cheapest_first([permit.condition]):
            writer.read(alternative)
            writer.body += _each_ruling(writer, Ruling(alternative, permit.bits), _first, sure=True)
        if permit.condition == TRUE:
            return
    _write_erring(writer, plan)


def _write_permits(writer: Writer, plan: Plan) -> None:
    """Each permit that is true counts, for what it obliges to."""
    for permit in plan.permits:
        writer.read(permit.condition)
        writer.body += _each_ruling(writer, permit, _matched, sure=True)
    matched_one = ast.BinOp(load(_CODE), ast.BitAnd(), constant(plan.matched))
    writer.body.append(ast.If(matched_one, [ast.Return(load(_CODE))], []))
    _write_erring(writer, plan)


def _write_erring(writer: Writer, plan: Plan) -> None:
    """Where no permit is true, one that is not false either is an error."""
    for permit in plan.permits:
        writer.body += _each_ruling(writer, permit, _erring, sure=False)
    writer.body.append(ast.Return(load(_CODE)))
