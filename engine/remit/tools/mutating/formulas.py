"""An action of a rule tree -> the formula that says when it is allowed.

Each condition is written without `not`, of two statements about each of its tests: that it is true, and
that it is false. An error is neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    EachOf,
    NeedOfScopes,
    Negated,
    OneScope,
    Scopes,
    SomeOf,
)
from remit.compiler.program import Head
from remit.compiler.residual import residual


@dataclass(frozen=True, slots=True)
class Scope:
    """A test for one scope of one sort: `granted`, `holds`, or `effective`, which is both.

    `anew`: among what is held under other grants of the roles.
    """

    of: str
    scope: str
    anew: bool = False


Test = Condition | Scope


class Said(NamedTuple):
    """The test of this number is true, or it is false."""

    test: int
    truth: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """All of these, or (not `every`) any of them; none of them is joined in the same way."""

    every: bool
    parts: "frozenset[Formula]"


Formula = Said | Joined

YES, NO = Joined(every=True, parts=frozenset()), Joined(every=False, parts=frozenset())


def joined(parts: Iterable[Formula], *, every: bool) -> Formula:
    """All of some formulas, or any of them."""
    flat: set[Formula] = set()
    for part in parts:
        if part == (NO if every else YES):
            return part
        flat |= part.parts if isinstance(part, Joined) and part.every is every else {part}
    return next(iter(flat)) if len(flat) == 1 else Joined(every, frozenset(flat))


class Formulas:
    """Formulas over tests that are numbered as they are met."""

    def __init__(self) -> None:
        """Without a test."""
        self.tests: list[Test] = []
        self._numbers: dict[Test, int] = {}

    def allowed(self, head: Head) -> Formula:
        """That an action is allowed: its needs are met, a permit is true, and every gate is false."""
        left = residual(head)
        needs = joined((self.said(each, truth=True) for each in (left.free, left.scope)), every=False)
        permits = joined((self.said(each, truth=True) for each in left.permits), every=False)
        gates = joined((self.said(each, truth=False) for each in left.gates), every=True)
        return joined((needs, permits, gates), every=True)

    def said(self, condition: Condition, *, truth: bool) -> Formula:
        """That a condition is true, or that it is false."""
        match condition:
            case Negated(operand=operand):
                return self.said(operand, truth=not truth)
            case AllOf(operands=operands):
                return joined((self.said(each, truth=truth) for each in operands), every=truth)
            case AnyOf(operands=operands):
                return joined((self.said(each, truth=truth) for each in operands), every=not truth)
            case Always(truth=settled):
                return YES if settled is truth else NO
            case Scopes(of=of, need=need):
                return self._has(of, need, truth=truth)
            case _:
                return self.test(condition, truth=truth)

    def _has(self, of: str, need: NeedOfScopes, *, truth: bool) -> Formula:
        match need:
            case OneScope(scope=scope):
                return self.test(Scope(of, scope), truth=truth)
            case EachOf(needs=needs):
                return joined((self._has(of, each, truth=truth) for each in needs), every=truth)
            case SomeOf(needs=needs):
                return joined((self._has(of, each, truth=truth) for each in needs), every=not truth)
            case _:
                assert_never(need)

    def test(self, test: Test, *, truth: bool) -> Said:
        """That one test is true, or that it is false."""
        number = self._numbers.get(test)
        if number is None:
            number = self._numbers[test] = len(self.tests)
            self.tests.append(test)
        return Said(number, truth)


def said_in(formula: Formula) -> frozenset[Said]:
    """All that a formula says of tests."""
    if isinstance(formula, Said):
        return frozenset((formula,))
    return frozenset(each for part in formula.parts for each in said_in(part))


def tests_of(formula: Formula) -> frozenset[int]:
    """The numbers of the tests that a formula speaks of."""
    return frozenset(each.test for each in said_in(formula))
