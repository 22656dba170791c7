"""What is left to decide for a caller -> whether some request may be allowed, and whether all are.

A request may hold anything, so what it brings may be an error as well, and an error never allows more
than what can be worked out. So all are allowed where one is of which nothing can be worked out. Some
may be where tests that are alike come out alike: those that speak both for an answer and against it are
tried both ways, one after the other.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from remit.checker.checked import (
    FALSE,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Negated,
    Now,
    Quantified,
    Read,
    StrongLogin,
)
from remit.checker.reads import leaves, read_by
from remit.compiler.residual import Residual
from remit.tools.overview.callers import Settled

_MOST = 500
"""Cases that are looked at for one answer."""


class Answer(StrEnum):
    """What a caller may do: whatever it asks of, depending on that, or never."""

    ALWAYS = "always"
    DEPENDS = "depends"
    NEVER = "never"


class Cell(NamedTuple):
    """An answer. `on`: what it depends on; `permitted`: a permit applies whatever that is."""

    answer: Answer
    permitted: bool = False
    on: tuple[str, ...] = ()


def answer(settled: Settled) -> Cell:
    """What a caller may do."""
    if _is_sure(settled.surely):
        return Cell(Answer.ALWAYS, permitted=True)
    if not _may_be(settled.possibly):
        return Cell(Answer.NEVER)
    left = settled.possibly
    return Cell(Answer.DEPENDS, TRUE in left.permits, tuple(sorted(set(_depends_on(left)))))


def _depends_on(left: Residual) -> Iterator[str]:
    """The members and facts that are read by what is left."""
    permits = () if TRUE in left.permits else left.permits
    needs = () if TRUE in (left.free, left.scope) else (left.free, left.scope)
    for condition in (*needs, *left.gates, *permits):
        for value in read_by(condition):
            match value:
                case Read(member=member):
                    yield str(member)
                case Caller(what=what):
                    yield f"token.{'sub' if what in ('user', 'self') else what}"
                case Now():
                    yield "now"
                case _:
                    pass
        if any(isinstance(leaf, StrongLogin) for leaf in leaves(condition)):
            yield "the login"


# ---- is it allowed


class _Chances(NamedTuple):
    """Whether a condition can be true, and whether it can be false."""

    true: bool
    false: bool


def _is_sure(left: Residual) -> bool:
    """Whether it is allowed though no test can be worked out."""
    needed = _surely(left.free) is True or _surely(left.scope) is True
    passed = all(_surely(gate) is False for gate in left.gates)
    return needed and passed and any(_surely(permit) is True for permit in left.permits)


def _surely(condition: Condition) -> bool | None:
    """What a condition comes to where every test in it is an error."""
    can = _chances(condition, open_=False)
    return True if can.true else False if can.false else None


def _can_be(left: Residual) -> bool:
    """Whether it could be allowed if equal tests had nothing to do with each other."""
    needed = _chances(left.free).true or _chances(left.scope).true
    passed = all(_chances(gate).false for gate in left.gates)
    return needed and passed and any(_chances(permit).true for permit in left.permits)


def _chances(condition: Condition, *, open_: bool = True) -> _Chances:
    """`open_`: each test can be either; otherwise it is an error."""
    match condition:
        case Always(truth=truth):
            return _Chances(truth is True, truth is False)
        case Negated(operand=operand):
            true, false = _chances(operand, open_=open_)
            return _Chances(false, true)
        case AllOf(operands=operands):
            inner = [_chances(each, open_=open_) for each in operands]
            return _Chances(all(each.true for each in inner), any(each.false for each in inner))
        case AnyOf(operands=operands):
            inner = [_chances(each, open_=open_) for each in operands]
            return _Chances(any(each.true for each in inner), all(each.false for each in inner))
        case Quantified(every=every, condition=asked):
            true, false = _chances(asked, open_=open_)
            return _Chances(open_ and (every or true), open_ and (not every or false))
        case _:
            return _Chances(open_, open_)


def _may_be(left: Residual) -> bool:
    """Whether some request is allowed; where very many would have to be tried, one may be."""
    waiting = [left]
    for _ in range(_MOST):
        if not waiting:
            return False
        least = _favoured(waiting.pop())
        if not _can_be(least):
            continue
        test = next(_open_tests(least), None)
        if test is None or _is_sure(least):
            return True
        waiting += [least.knowing({test: truth}) for truth in (FALSE, TRUE)]
    return True


def _favoured(left: Residual) -> Residual:
    """With each test that speaks only for an answer, or only against it, as is best for the request."""
    while True:
        signs: dict[Condition, set[bool]] = {}
        for test, speaks_for in _signs(left):
            signs.setdefault(test, set()).add(speaks_for)
        known = {
            test: TRUE if True in signs[test] else FALSE
            for test in _open_tests(left)
            if len(signs[test]) == 1
        }
        if not known:
            return left
        left = left.knowing(known)


def _signs(left: Residual) -> Iterator[tuple[Condition, bool]]:
    """Every test, and whether it is better for the request that it is true."""
    for condition in (left.free, left.scope, *left.permits):
        yield from _signed(condition, for_it=True)
    for gate in left.gates:
        yield from _signed(gate, for_it=False)


def _signed(condition: Condition, *, for_it: bool) -> Iterator[tuple[Condition, bool]]:
    match condition:
        case Negated(operand=operand):
            yield from _signed(operand, for_it=not for_it)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from _signed(operand, for_it=for_it)
        case Quantified(condition=inner):
            yield from _signed(inner, for_it=for_it)
        case _:
            yield condition, for_it


def _open_tests(left: Residual) -> Iterator[Condition]:
    """The tests that are not settled, but for those inside of quantifiers."""
    for condition in (left.free, left.scope, *left.gates, *left.permits):
        yield from _tests(condition)


def _tests(condition: Condition) -> Iterator[Condition]:
    match condition:
        case Negated(operand=operand):
            yield from _tests(operand)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from _tests(operand)
        case Always() | Quantified():
            pass
        case _:
            yield condition
