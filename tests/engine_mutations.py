"""Source of one module -> its mutants: the same source with one thing changed, each thing once.

Left alone: what says nothing (docstrings, annotations, `assert`s, type aliases, decorators), texts (of
messages, names and keys) and what no input reaches (`assert_never`). What every mutant of a kind does
alike is told by its `operator`:

    negate    a condition is turned round          compare    `<` is `<=`, `==` is `!=`, `in` is `not in`
    not       a `not` is dropped                   join       `and` is `or`
    operand   a part of an `and` or `or` goes      arithmetic `|` is `&`, `+` is `-`, `<<` is `>>`
    constant  True is False, 0 is 1, n is n + 1    element    an element of a display or union goes
    statement an assignment to a part of a thing, a call, a raise, a way out goes
    result    a bool is answered turned round      case       a case of a `match` goes, a pattern of many
    handler   an error that was caught is raised
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, TypeVar, assert_never

T = TypeVar("T")

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
ORDERS = ast.Lt | ast.LtE | ast.Gt | ast.GtE
SHOWN = 120  # characters of what was and what is

Put = Callable[[ast.AST], None]
"""Puts another node where one stands."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's source with one thing changed."""

    module: str
    number: int
    operator: str
    line: int
    was: str
    is_now: str
    source: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.module}:{self.line} #{self.number} {self.operator}: {self.was} -> {self.is_now}"


@dataclass(frozen=True, slots=True)
class Change:
    """One node for another, not made yet."""

    operator: str
    old: ast.AST
    new: ast.AST
    put: Put


def mutants(module: str, source: str, numbers: set[int] | None = None) -> Iterator[Mutant]:
    """All of them, or those of these numbers, in the order of the source, as far as they compile."""
    tree = ast.parse(source)
    for number, change in enumerate(list(changes(tree))):
        if numbers is not None and number not in numbers:
            continue
        change.put(change.new)
        mutated = ast.unparse(ast.fix_missing_locations(tree))
        change.put(change.old)
        try:
            compile(mutated, module, "exec")
        except SyntaxError:
            continue
        yield Mutant(
            module, number, change.operator, line_of(change.old), *difference(change), source=mutated
        )


def count(source: str) -> int:
    return sum(1 for _ in changes(ast.parse(source)))


def line_of(node: ast.AST) -> int:
    return next(
        each.lineno for each in ast.walk(node) if isinstance(each, ast.expr | ast.stmt | ast.pattern)
    )


def difference(change: Change) -> tuple[str, str]:
    """The first line that differs, as it was and as it is."""
    old, new = (written(each).splitlines() for each in (change.old, change.new))
    pairs = zip_longest(old, new, fillvalue="")
    was, is_now = next(((a, b) for a, b in pairs if a != b), ("", ""))
    return was.strip()[:SHOWN], is_now.strip()[:SHOWN]


def written(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))


def changes(tree: ast.Module) -> Iterator[Change]:
    for statement in tree.body:
        if not is_alias(statement):
            yield from _of_node(statement, _setter(tree.body, tree.body.index(statement)), None)


def is_alias(statement: ast.stmt) -> bool:
    """Whether it names a type: `Row = tuple[Constants, Bits]`."""
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Subscript | ast.BinOp)
        and statement.targets[0].id.lstrip("_")[1:2].islower()
    )


def _of_node(node: ast.AST, put: Put, function: ast.FunctionDef | None) -> Iterator[Change]:
    if is_silent(node):
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = node if isinstance(node, ast.FunctionDef) else None
    for operator, new in _instead(node, function):
        yield Change(operator, node, new, put)
    for name, value in ast.iter_fields(node):
        if is_skipped(node, name):
            continue
        if isinstance(value, ast.AST):
            yield from _of_node(value, _field_setter(node, name), function)
        elif isinstance(value, list):
            for place, each in enumerate(value):
                if isinstance(each, ast.AST):
                    yield from _of_node(each, _setter(value, place), function)


def _setter(among: list[Any], place: int) -> Put:
    def put(new: ast.AST) -> None:
        among[place] = new

    return put


def _field_setter(owner: ast.AST, name: str) -> Put:
    return lambda new: setattr(owner, name, new)


def is_silent(node: ast.AST) -> bool:
    """Whether nothing in a node is changed."""
    match node:
        case ast.Assert() | ast.JoinedStr() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__slots__" | "__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call(func=ast.Name(id="TypeVar" | "assert_never" | "field" | "cast")):
            return True
        case ast.match_case(body=[ast.Expr(value=ast.Call(func=ast.Name(id="assert_never")))]):
            return True
        case _:
            return False


def is_skipped(node: ast.AST, name: str) -> bool:
    """Whether a field says nothing that runs, or is what a thing is named by."""
    match node:
        case ast.Subscript():
            return name == "slice" and isinstance(node.value, ast.Name) and node.value.id[:1].isupper()
        case ast.ClassDef():
            return name in {"bases", "keywords", "decorator_list"}
        case ast.Call(func=ast.Name(id="dict" | "list" | "set")):
            return False
        case _:
            return name in {"annotation", "returns", "decorator_list", "ctx", "type_params"}


def _instead(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[str, ast.AST]]:
    """What may stand in a node's place, with the operator that puts it there."""
    match node:
        case ast.stmt():
            yield from _for_statement(node, function)
        case ast.expr():
            yield from _for_expression(node)
        case ast.comprehension(ifs=ifs):
            for place, test in enumerate(ifs):
                yield from _negated(node, "ifs", test, place)
        case ast.match_case(guard=ast.expr() as guard):
            yield from _negated(node, "guard", guard)
        case ast.MatchOr(patterns=patterns):
            for place in range(len(patterns)):
                left = without(patterns, place)
                yield "case", left[0] if len(left) == 1 else ast.MatchOr(left)
        case ast.ExceptHandler(body=body) if not (len(body) == 1 and isinstance(body[0], ast.Raise)):
            yield "handler", _with(node, body=[ast.Raise()])
        case _:
            pass


def _for_statement(node: ast.stmt, function: ast.FunctionDef | None) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.If(test=test) | ast.While(test=test):
            yield from _negated(node, "test", test)
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue() | ast.Break():
            yield "statement", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple(), *_]):
            yield "statement", ast.Pass()
        case ast.AugAssign(op=operator):
            yield "statement", ast.Pass()
            if type(operator) in ARITHMETIC:
                yield "arithmetic", _with(node, op=ARITHMETIC[type(operator)]())
        case ast.Return(value=value) if function is not None:
            if function.body[-1] is not node:
                yield "statement", ast.Pass()
            if _answers_a_bool(function) and not isinstance(value, ast.Constant | ast.Compare | None):
                yield "result", _with(node, value=_not(value))
        case ast.Match(cases=cases):
            for place, each in enumerate(cases):
                if len(cases) > 1 and not is_silent(each) and not _does_nothing(each):
                    yield "case", _with(node, cases=without(cases, place))
        case _:
            pass


def _for_expression(node: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() | float() as number):
            yield "constant", ast.Constant(1 - number if number in {0, 1} else number + 1)
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            yield from _for_condition(node)
        case ast.BinOp():
            yield from _for_operation(node)
        case ast.IfExp(test=test):
            yield from _negated(node, "test", test)
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set(elts=[_, _, *_]):
            for place in range(len(node.elts)):
                yield "element", _with(node, elts=without(node.elts, place))
        case ast.Dict(keys=keys, values=values):
            for place in range(len(keys)):
                yield "element", _with(node, keys=without(keys, place), values=without(values, place))
        case _:
            pass


def _for_operation(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.BitOr) and _is_type(node.right):
        yield "element", node.left
        yield "element", node.right
    elif type(node.op) in ARITHMETIC:
        yield "arithmetic", _with(node, op=ARITHMETIC[type(node.op)]())


def _for_condition(node: ast.Compare | ast.BoolOp | ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=operators):
            for place, operator in enumerate(operators):
                other = COMPARISONS[type(operator)]()
                yield "compare", _with(node, ops=[*operators[:place], other, *operators[place + 1 :]])
        case ast.BoolOp(op=operator, values=values):
            yield "join", _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
            for place in range(len(values)):
                left = without(values, place)
                yield "operand", left[0] if len(left) == 1 else _with(node, values=left)
        case ast.UnaryOp(operand=operand):
            yield "not", operand
        case _:
            assert_never(node)


def without(among: Sequence[T], place: int) -> list[T]:
    return [*among[:place], *among[place + 1 :]]


def _negated(
    node: ast.AST, name: str, test: ast.expr, place: int | None = None
) -> Iterator[tuple[str, ast.AST]]:
    """The node with a condition turned round, where no other operator does just that."""
    turned = isinstance(test, ast.Compare) and len(test.ops) == 1 and not isinstance(test.ops[0], ORDERS)
    if turned or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
        return
    new: object = _not(test)
    if place is not None:
        tests = list(getattr(node, name))
        tests[place] = new
        new = tests
    yield "negate", _with(node, **{name: new})


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A node like another but for these fields; the rest is shared."""
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _not(test: ast.expr | None) -> ast.expr:
    assert test is not None
    return ast.UnaryOp(ast.Not(), test)


def _is_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id[:1].isupper() and not node.id.isupper()


def _answers_a_bool(function: ast.FunctionDef) -> bool:
    return isinstance(function.returns, ast.Name) and function.returns.id == "bool"


def _does_nothing(case: ast.match_case) -> bool:
    return len(case.body) == 1 and isinstance(case.body[0], ast.Pass)
