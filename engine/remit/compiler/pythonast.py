"""Small pieces of Python's `ast`, by short names. No text is ever parsed but the one fixed frame."""

import ast
from collections.abc import Iterable
from typing import Any


def load(name: str) -> ast.expr:
    """The value of a local or of a name in the namespace."""
    return ast.Name(name, ast.Load())


def attribute(of: str, *names: str) -> ast.expr:
    """`of.name.name`, of our own objects only."""
    found = load(of)
    for name in names:
        found = ast.Attribute(found, name, ast.Load())
    return found


def item(of: ast.expr, key: ast.expr) -> ast.expr:
    """`of[key]`."""
    return ast.Subscript(of, key, ast.Load())


def constant(value: object) -> ast.expr:
    """A constant that Python's compiler knows."""
    any_value: Any = value
    return ast.Constant(any_value)  # a frozenset compiles as well


def call(name: str, *arguments: ast.expr) -> ast.expr:
    """A call of a function in the namespace."""
    return ast.Call(load(name), list(arguments), [])


def function_of(parameters: Iterable[str], body: ast.expr) -> ast.expr:
    """`lambda parameters: body`."""
    arguments = ast.arguments([], [ast.arg(each) for each in parameters], None, [], [], None, [])
    return ast.Lambda(arguments, body)


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    """`left operator right`."""
    return ast.Compare(left, [operator], [right])


def is_(left: ast.expr, name: str) -> ast.expr:
    """`left is name`."""
    return compare(left, ast.Is(), load(name))


def is_not(left: ast.expr, name: str) -> ast.expr:
    """`left is not name`."""
    return compare(left, ast.IsNot(), load(name))


def not_(operand: ast.expr) -> ast.expr:
    """`not operand`."""
    return ast.UnaryOp(ast.Not(), operand)


def all_(parts: Iterable[ast.expr]) -> ast.expr:
    """The parts, joined by `and`; True where there are none."""
    return _joined(ast.And(), parts, neutral=True)


def any_(parts: Iterable[ast.expr]) -> ast.expr:
    """The parts, joined by `or`; False where there are none."""
    return _joined(ast.Or(), parts, neutral=False)


def _joined(operator: ast.boolop, parts: Iterable[ast.expr], *, neutral: bool) -> ast.expr:
    operands: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Constant):
            if part.value is not neutral:
                return part
        else:
            operands.append(part)
    if not operands:
        return constant(neutral)
    return operands[0] if len(operands) == 1 else ast.BoolOp(operator, operands)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`."""
    return ast.Assign([ast.Name(name, ast.Store())], value)
