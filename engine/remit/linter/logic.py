"""Conditions -> which of them cannot be true, are always true, or follow from others.

An answer is a proof: what cannot be shown is taken for possible. It holds under the three-valued logic
of the language: what follows is true where the other is true, and the other false where it is false.
"""

from collections.abc import Iterable, Iterator

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Negated,
    Value,
)
from remit.linter.domains import Domain, tested, universe

_CASES = 24
"""How many operands of an `or` are gone through one by one."""

Literal = tuple[Condition, bool]
"""A test, and how it is to come out; an `or` that is to be true is one of them."""


def conjuncts(condition: Condition, *, truth: bool = True) -> Iterator[Literal]:
    """What all has to come out how, so that the condition comes out as `truth`."""
    match condition:
        case Negated(operand=operand):
            yield from conjuncts(operand, truth=not truth)
        case AllOf(operands=operands) if truth:
            for operand in operands:
                yield from conjuncts(operand, truth=True)
        case AnyOf(operands=operands) if not truth:
            for operand in operands:
                yield from conjuncts(operand, truth=False)
        case _:
            yield condition, truth


def cannot_be(condition: Condition, *, truth: bool = True) -> bool:
    """Whether the condition surely never comes out as `truth`."""
    return contradict([(condition, truth)])


def contradict(wanted: Iterable[Literal]) -> bool:
    """Whether the tests surely never come out like this together."""
    return _contradict([each for test, truth in wanted for each in conjuncts(test, truth=truth)], 2)


def _contradict(literals: list[Literal], depth: int) -> bool:
    seen: set[Literal] = set()
    domains: dict[Value, Domain] = {}
    for test, truth in literals:
        if isinstance(test, Always) and test.truth is not truth:
            return True
        about = tested(test, truth=truth)
        if about is None:
            if (test, not truth) in seen:
                return True
            seen.add((test, truth))
            continue
        value, domain = about
        left = domains.get(value, universe(value)).with_(domain)
        if left.is_empty:
            return True
        domains[value] = left
    if depth == 0:
        return False
    return any(
        all(
            _contradict(
                [*conjuncts(case, truth=truth), *(each for each in literals if each[0] is not test)],
                depth - 1,
            )
            for case in test.operands
        )
        for test, truth in literals
        if isinstance(test, AllOf | AnyOf) and len(test.operands) <= _CASES
    )


def implies(one: Condition, other: Condition) -> bool:
    """Whether the other surely is true where the one is, and the one false where the other is."""
    if one is other or one == other:
        return True
    match one, other:
        case (_, Always(truth=True)) | (Always(truth=False), _):
            return True
        case _, AllOf(operands=operands):
            return all(implies(one, operand) for operand in operands)
        case AnyOf(operands=operands), _:
            return all(implies(operand, other) for operand in operands)
        case AllOf(operands=operands), AnyOf(operands=others):
            return any(implies(operand, other) for operand in operands) or any(
                implies(one, each) for each in others
            )
        case AllOf(operands=operands), _:
            return any(implies(operand, other) for operand in operands)
        case _, AnyOf(operands=operands):
            return any(implies(one, operand) for operand in operands)
        case _:
            return _narrower(one, other)


def _narrower(one: Condition, other: Condition) -> bool:
    """Whether two tests are about one value, and the one leaves no more of it than the other."""
    first, second = _tested(one), _tested(other)
    if first is None or second is None or first[0] != second[0]:
        return False
    return universe(first[0]).with_(first[1]).within(second[1])


def _tested(condition: Condition) -> tuple[Value, Domain] | None:
    if isinstance(condition, Negated):
        return tested(condition.operand, truth=False)
    return tested(condition, truth=True)
