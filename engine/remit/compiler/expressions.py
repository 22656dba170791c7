"""Values -> Python expressions, each of which has its declared type or is a sentinel.

What is more than a local or a constant is a call: of an operation, or of a reader made for its type.
"""

import ast
from typing import assert_never

from remit.checker.checked import (
    Applied,
    Calculated,
    Caller,
    Element,
    Fallback,
    Given,
    ListOf,
    Lookup,
    Now,
    Part,
    Read,
    SetOf,
    Several,
    Value,
)
from remit.checker.reads import root_of
from remit.compiler import operations
from remit.compiler.pythonast import call, load
from remit.compiler.reading import Reading
from remit.compiler.values import elements_reader, in_token, lookup_reader, mark_of, part_reader


class Expressions(Reading):
    """Writes the values of one function."""

    def value(self, value: Value) -> ast.expr:
        """An expression for the value, which has its type or is a sentinel."""
        match value:
            case Given(written=name):
                return load(name)
            case Read(member=member):
                return load(self.local[member])
            case Caller() | Now():
                return load(self.local[value])
            case Element(depth=depth):
                return load(f"e{depth}")
            case Fallback(value=first, other=other):
                return call("fallback", self._side(value, first), self._side(value, other))
            case Part() | Lookup():
                return self._within_value(value)
            case Calculated() | Applied() | Several():
                return self._worked_out(value)
            case _:
                assert_never(value)

    def _side(self, fallback: Fallback, side: Value) -> ast.expr:
        mark = mark_of(fallback, side)
        if mark is None:
            return self.value(side)
        return call(self.keep(("mark", side.type), lambda: mark), self.value(side))

    def _within_value(self, value: Part | Lookup) -> ast.expr:
        readers, of_token = self.program.readers, is_of_token(value)
        match value:
            case Part(of=of, member=member):
                part = self.keep(
                    ("part", member, of_token),
                    lambda: part_reader(readers, member, in_token=of_token),
                )
                return call(part, self.value(of))
            case Lookup(of=of, key=key, type=type_):
                lookup = self.keep(
                    ("lookup", type_, of_token),
                    lambda: lookup_reader(readers, type_, in_token=of_token),
                )
                return call(lookup, self.value(of), self.value(key))
            case _:
                assert_never(value)

    def _worked_out(self, value: Calculated | Applied | Several) -> ast.expr:
        match value:
            case Calculated(left=left, right=right, type=SetOf()):
                return call("difference", self.elements(left), self.elements(right))
            case Calculated(operator=operator, left=left, right=right, type=type_):
                made = self.keep(
                    ("calculation", operator, type_), lambda: operations.calculation(operator, type_)
                )
                return call(made, self.value(left), self.value(right))
            case Applied(function="count", arguments=(counted,)):
                match counted.type:
                    case SetOf():
                        return call("count_set", self.elements(counted))
                    case ListOf():
                        return call("count_list", self.elements(counted))
                    case _:
                        return call("count_map", self.value(counted))
            case Applied(function=function, arguments=arguments):
                return call(function, *(self.value(argument) for argument in arguments))
            case Several(items=items):
                return call("several", *(self.value(each) for each in items))
            case _:
                assert_never(value)

    def elements(self, value: Value) -> ast.expr:
        """The elements of a collection, each read; None for an error."""
        of_token = is_of_token(value)
        made = self.keep(
            ("elements", value.type, of_token),
            lambda: elements_reader(self.program.readers, value.type, in_token=of_token),
        )
        return call(made, self.value(value))


def is_of_token(value: Value) -> bool:
    """Whether a path begins with a claim."""
    return in_token(root_of(value))
