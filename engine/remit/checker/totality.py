"""Conditions -> what in them can err, though every value is of its declared type."""

from collections.abc import Iterator

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Applied,
    Calculated,
    Caller,
    Condition,
    Element,
    Fallback,
    InRole,
    IsClient,
    IsEntitled,
    Lookup,
    Matches,
    Negated,
    Part,
    Quantified,
    Read,
    Scopes,
    SetOf,
    Value,
)
from remit.checker.patterns import SUSPECT
from remit.checker.reads import parts_of, values_of


def possible_errors(condition: Condition) -> tuple[str, ...]:
    """What can make the condition an error on input that is as declared; empty where nothing can."""
    return tuple(dict.fromkeys(_errors(condition)))


def _errors(condition: Condition) -> Iterator[str]:
    match condition:
        case Negated(operand=operand):
            yield from _errors(operand)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from _errors(operand)
        case Quantified(condition=inner):
            yield from _of_values(condition)
            yield from _errors(inner)
        case InRole():
            yield "the caller's roles are unknown"
        case IsEntitled() | Scopes(of="holds"):
            yield "the caller's permissions are unknown"
        case IsClient():
            yield "it is unknown whether the caller is a user or a client"
        case Matches(value=value):
            yield f"{spelled(value)} holds {SUSPECT}"
            yield from _of_values(condition)
        case _:
            yield from _of_values(condition)


def _of_values(condition: Condition) -> Iterator[str]:
    for value in values_of(condition):
        yield from _of_value(value)


def _of_value(value: Value, *, settled: bool = False) -> Iterator[str]:
    """`settled`: `??` looks after an absence."""
    match value:
        case Fallback(value=first, other=other):
            yield from _of_value(first, settled=True)
            yield from _of_value(other, settled=settled)
            return
        case Lookup() if not settled:
            yield f"{spelled(value)} has no such key"
        case Calculated(type=type_) if not isinstance(type_, SetOf):
            yield f"{spelled(value)} is out of range"
        case Applied(function="clock" | "date" | "weekday"):
            yield f"{spelled(value)} is out of range"
        case Caller(what="user" | "self" | "kind"):
            yield "it is unknown whether the caller is a user or a client"
        case Caller():
            yield f"the token does not say its {value.what}"
        case _:
            pass
    for part in parts_of(value):
        yield from _of_value(part)


def spelled(value: Value) -> str:
    """The value about as the policy writes it."""
    match value:
        case Read(member=member):
            return f"`{member}`"
        case Element(name=name):
            return f"`{name}`"
        case Part(of=of, member=member):
            return f"`{spelled(of).strip('`')}.{member.name}`"
        case Lookup(of=of):
            return f"`{spelled(of).strip('`')}[...]`"
        case Calculated(operator=operator, left=left, right=right):
            sides = [spelled(side).strip("`") for side in (left, right)]
            return f"`{f' {operator} '.join(sides)}`"
        case Applied(function=function):
            return f"`{function}(...)`"
        case Fallback(value=first, other=other):
            return f"`{spelled(first).strip('`')} ?? {spelled(other).strip('`')}`"
        case _:
            return "`...`"
