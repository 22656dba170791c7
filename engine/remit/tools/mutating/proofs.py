"""Two formulas -> whether the one surely follows from the other.

As in a sequent calculus: what is assumed is taken apart on the left, what is to be shown on the right,
until both sides have a formula in common, or the tests cannot come out so that all that is assumed holds
and nothing of what is to be shown (see `ruling_out`). What is shown so holds. What is not shown within
`STEPS` may hold all the same, and is not said to.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from remit.checker.checked import Condition
from remit.compiler.operations import Truth
from remit.tools.mutating.formulas import NO, YES, Formula, Formulas, Joined, Said, tests_of
from remit.tools.mutating.ruling_out import RuledOut, outcomes

STEPS: Final = 20_000
"""How far a proof is looked for."""

_Side = frozenset[Formula]


class _TooFar(Exception):
    """No proof was found soon enough."""


class Proofs:
    """What follows from what, among formulas over the same tests."""

    def __init__(
        self, formulas: Formulas, scopes: Mapping[str, frozenset[str]], steps: int = STEPS
    ) -> None:
        """`scopes` to all that each implies; a proof takes at most so many `steps`."""
        self._steps = steps
        self._formulas = formulas
        self._ruled_out = RuledOut(scopes, self._entails)
        self._left = 0

    def same(self, one: Formula, other: Formula) -> bool:
        """Whether each of two formulas surely follows from the other."""
        self._left = self._steps
        try:
            return self._follows(frozenset((one,)), frozenset((other,))) and self._follows(
                frozenset((other,)), frozenset((one,))
            )
        except _TooFar:
            return False

    def _entails(self, one: Condition, other: Condition) -> bool:
        """Whether the other is surely true where the one is, and false only where the one is."""
        left, right = (
            [self._formulas.said(each, truth=truth) for truth in (True, False)] for each in (one, other)
        )
        return self._follows(frozenset((left[0],)), frozenset((right[0],))) and self._follows(
            frozenset((right[1],)), frozenset((left[1],))
        )

    def _follows(self, assumed: _Side, shown: _Side) -> bool:
        """Whether something of `shown` holds wherever all of `assumed` does."""
        self._left -= 1
        if self._left < 0:
            raise _TooFar
        assumed, shown = _opened(assumed, every=True), _opened(shown, every=False)
        if not assumed.isdisjoint(shown) or NO in assumed or YES in shown:
            return True
        # Of what all must be shown, what is assumed is; of what one is assumed, what is to be shown is.
        left = {each: each.parts - shown for each in assumed if isinstance(each, Joined)}
        right = {each: each.parts - assumed for each in shown if isinstance(each, Joined)}
        if not all(left.values()) or not all(right.values()) or self._cannot_be(assumed, shown):
            return True
        if not left and not right:
            return False
        if right and (not left or min(map(len, left.values())) > 1):
            goal = min(right, key=lambda each: len(right[each]))
            rest = shown - {goal}
            return all(self._follows(assumed, rest | {part}) for part in right[goal])
        spoken_of = frozenset(number for each in shown for number in tests_of(each))
        split = min(left, key=lambda each: (spoken_of.isdisjoint(tests_of(each)), len(left[each])))
        rest = assumed - {split}
        return all(self._follows(rest | {part}, shown) for part in left[split])

    def _cannot_be(self, assumed: _Side, shown: _Side) -> bool:
        """Whether no outcome of the tests goes with all that is assumed, and nothing that is shown."""
        may_be: dict[int, list[Truth]] = {}
        for side, holds in ((assumed, True), (shown, False)):
            for each in side:
                if isinstance(each, Said):
                    before = may_be.get(each.test, outcomes(self._formulas.tests[each.test]))
                    may_be[each.test] = [truth for truth in before if (truth is each.truth) is holds]
        return not self._can_be([*may_be.items()], [])

    def _can_be(self, tests: list[tuple[int, list[Truth]]], so: list[tuple[int, Truth]]) -> bool:
        """Whether the tests that are left can come out in some way that goes with those before them."""
        if len(so) == len(tests):
            return True
        number, may_be = tests[len(so)]
        named = self._formulas.tests
        return any(
            all(self._ruled_out.may_be(named[number], truth, named[n], other) for n, other in so)
            and self._can_be(tests, [*so, (number, truth)])
            for truth in may_be
        )


def _opened(side: _Side, *, every: bool) -> _Side:
    """A side without what is joined in the way that the side itself is."""
    opened: Iterator[AbstractSet[Formula]] = (
        each.parts if isinstance(each, Joined) and each.every is every else frozenset((each,))
        for each in side
    )
    return frozenset().union(*opened)
