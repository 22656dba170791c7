"""A request -> the values that its rules read, worked out one by one without emitted functions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from typing import assert_never

from remit.checker.checked import (
    DATETIME,
    DURATION,
    USER,
    Applied,
    Calculated,
    Caller,
    Element,
    Fallback,
    Given,
    ListOf,
    Lookup,
    Member,
    Now,
    Part,
    Read,
    Root,
    SetOf,
    Several,
    Type,
    Value,
)
from remit.checker.reads import root_of
from remit.checker.scalars import ABSENT, EPOCH, ERROR, Sentinel, microseconds
from remit.compiler import operations
from remit.compiler.program import Program
from remit.compiler.reading import CALLER
from remit.compiler.values import elements_reader, in_token, lookup_reader, mark_of, part_reader, user_of
from remit.tokens.principal import Binding

Fetch = Callable[[Member], object]


@dataclass
class Values:
    """The values of one request, each member read once."""

    program: Program
    binding: Binding
    fetch: Fetch
    now: float
    bound: dict[int, object] = field(default_factory=dict)
    """The elements that the quantifiers around are at, by their depth."""
    _seen: dict[Member, object] = field(default_factory=dict)

    def value(self, value: Value) -> object:
        """The value, or a sentinel in its place."""
        match value:
            case Given():
                return self.program.readers.constant(value)
            case Read(member=member):
                return self._member(member)
            case Caller(what=what):
                return attrgetter(".".join(CALLER[what]))(self.binding)
            case Now():
                return microseconds(self.now)
            case Element(depth=depth):
                return self.bound[depth]
            case Fallback(value=first, other=other):
                found = self._side(value, first)
                return self._side(value, other) if found is ABSENT else found
            case Several(items=items):
                return operations.several(*(self.value(item) for item in items))
            case _:
                return self._made(value)

    def _side(self, fallback: Fallback, side: Value) -> object:
        mark = mark_of(fallback, side)
        return self.value(side) if mark is None else mark(self.value(side))

    def _made(self, value: Part | Lookup | Calculated | Applied) -> object:
        readers, of_token = self.program.readers, in_token(root_of(value))
        match value:
            case Part(of=of, member=member):
                return part_reader(readers, member, in_token=of_token)(self.value(of))
            case Lookup(of=of, key=key, type=type_):
                lookup = lookup_reader(readers, type_, in_token=of_token)
                return lookup(self.value(of), self.value(key))
            case Calculated(left=left, right=right, type=SetOf()):
                return operations.difference(self.elements(left), self.elements(right))
            case Calculated(operator=operator, left=left, right=right, type=type_):
                calculate = operations.calculation(operator, type_)
                return calculate(self.value(left), self.value(right))
            case Applied(function="count", arguments=(counted,)):
                return self._count(counted)
            case Applied(function=function, arguments=arguments):
                return _FUNCTIONS[function](*(self.value(argument) for argument in arguments))
            case _:
                assert_never(value)

    def _count(self, counted: Value) -> object:
        match counted.type:
            case SetOf():
                return operations.count_set(self.elements(counted))
            case ListOf():
                return operations.count_list(self.elements(counted))
            case _:
                return operations.count_map(self.value(counted))

    def elements(self, collection: Value) -> list[object] | None:
        """The elements of a collection, each read; None for an error."""
        of_token = in_token(root_of(collection))
        elements = elements_reader(self.program.readers, collection.type, in_token=of_token)
        return elements(self.value(collection))

    def _member(self, member: Member) -> object:
        if member not in self._seen:
            if member.root is Root.TOKEN:
                found = self.binding.claims[self.program.claim_slots[member.name]]
            else:
                found = self.program.readers.member(member)(self.fetch(member))
            self._seen[member] = found
        return self._seen[member]

    def for_service(self, value: Value) -> object:
        """The value as a service knows it: instants and durations as Python has them, sets sorted."""
        found = self.value(value)
        if isinstance(value.type, SetOf):
            elements = self.elements(value)
            if elements is None or any(each is ERROR for each in elements):
                return None
            single, values = value.type.element, operations.distinct(elements)
            return tuple(sorted((self.of_service(each, single) for each in values), key=repr))
        return self.of_service(found, value.type)

    def of_service(self, value: object, type_: Type) -> object:
        """What rules read as this value, as a service may hand it in."""
        if type_ == USER and type(value) is str and not self.program.readers.one_issuer:
            return user_of(value)
        return as_python(value, type_)


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "length": operations.length,
    "clock": operations.clock,
    "date": operations.date,
    "weekday": operations.weekday,
}


def as_python(value: object, type_: Type) -> object:
    """A value of that type as Python has it."""
    if type(value) is int and type_ == DURATION:
        return timedelta(microseconds=value)
    if type(value) is int and type_ == DATETIME:
        try:
            return EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return value
    return None if type(value) is Sentinel else value
