"""What is proved to mean the same: it comes to the same in every state that there is."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from remit.checker.checked import (
    BOOL,
    INT,
    AllOf,
    AnyOf,
    Condition,
    EachOf,
    Enumeration,
    Equal,
    Given,
    IsTrue,
    Less,
    Member,
    Negated,
    OneScope,
    Read,
    Root,
    Scopes,
    SomeOf,
    Type,
)
from remit.compiler.operations import Truth
from remit.tools.mutating.formulas import Formulas
from remit.tools.mutating.proofs import Proofs
from remit.tools.testing.coverage import outcome

RANKS = ("low", "mid", "high")
RANK = Enumeration(RANKS, ordered=True)
SCOPES = {"w": frozenset("wv"), "v": frozenset("v"), "u": frozenset("u")}
HELD = tuple(map(frozenset, ("", "v", "vw", "u", "uv", "uvw")))


@dataclass(frozen=True)
class State:
    """A number, a rank and a bool, None where it is an error; scopes granted, held and perhaps held."""

    n: int | None
    rank: int | None
    a: Truth
    granted: frozenset[str]
    held: frozenset[str]
    perhaps: frozenset[str]


FEW = 5
Meaning = Callable[[State], Truth]
STATES = [
    State(n, rank, a, granted, held, perhaps)
    for n, rank, a in product((None, 0, 1, 2, 3, 4), (None, 0, 1, 2), (True, False, None))
    for granted, held in product(HELD, HELD)
    for perhaps in {held, HELD[-1]}
]


def member(name: str, type_: Type) -> Read:
    return Read(Member(Root.RESOURCE, name, type_, optional=False, default=None))


def compared(rng: random.Random) -> tuple[Condition, Meaning]:
    """A number or a rank, compared with a constant."""
    place = rng.randint(0, 2)
    if rng.random() < 0.5:
        read, given, of = member("n", INT), Given(place + 1, INT, str(place + 1)), number
        bound = place + 1
    else:
        read, given, of = member("rank", RANK), Given(RANKS[place], RANK, RANKS[place]), rank
        bound = place

    def means(holds: Callable[[int], bool]) -> Meaning:
        def came_to(state: State) -> Truth:
            found = of(state)
            return None if found is None else holds(found)

        return came_to

    match rng.randrange(4):
        case 0:
            return Equal(read, given), means(lambda found: found == bound)
        case 1:
            return Less(read, given, or_equal=False), means(lambda found: found < bound)
        case 2:
            return Less(read, given, or_equal=True), means(lambda found: found <= bound)
        case _:
            return Less(given, read, or_equal=False), means(lambda found: bound < found)


def number(state: State) -> int | None:
    return state.n


def rank(state: State) -> int | None:
    return state.rank


def asked(rng: random.Random) -> tuple[Condition, Meaning]:
    """One or two scopes, of one sort."""
    names = rng.sample("uvw", rng.randint(1, 2))
    several = rng.choice((EachOf, SomeOf))
    need = OneScope(names[0]) if len(names) == 1 else several(tuple(map(OneScope, names)))
    joined = all if several is EachOf else any

    def granted(state: State) -> Truth:
        return joined(name in state.granted for name in names)

    def holds(state: State) -> Truth:
        sure = joined(name in state.held for name in names)
        return sure or (None if joined(name in state.perhaps for name in names) else False)

    def effective(state: State) -> Truth:
        both = joined(name in state.held & state.granted for name in names)
        return both or (
            None if joined(name in state.perhaps & state.granted for name in names) else False
        )

    match rng.randrange(3):
        case 0:
            return Scopes("granted", need), granted
        case 1:
            return Scopes("holds", need), holds
        case _:
            return Scopes("effective", need), effective


class Conditions:
    """Conditions at random, and what each of their tests means."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.meanings: dict[Condition, Meaning] = {}

    def leaf(self) -> Condition:
        kind = self.rng.randrange(3)
        if kind == 0:
            test: Condition = IsTrue(member("a", BOOL))
            self.meanings[test] = lambda state: state.a
            return test
        test, meaning = (compared if kind == 1 else asked)(self.rng)
        self.meanings[test] = meaning
        return test

    def condition(self, depth: int) -> Condition:
        if depth == 0:
            made = self.leaf()
            return Negated(made) if self.rng.random() < 0.3 else made
        parts = tuple(self.condition(depth - 1) for _ in range(self.rng.randint(2, 3)))
        return self.rng.choice((AllOf, AnyOf))(parts)

    def altered(self, node: Condition) -> Condition:
        """A condition with an operand left out, or joined with another test."""
        if isinstance(node, AllOf | AnyOf):
            place = self.rng.randrange(len(node.operands))
            before, after = node.operands[:place], node.operands[place + 1 :]
            if self.rng.random() < 0.4:
                return type(node)((*before, *after))
            return type(node)((*before, self.altered(node.operands[place]), *after))
        return self.rng.choice((AllOf, AnyOf))((node, self.leaf()))

    def came_to(self, node: Condition, states: list[State]) -> Iterator[Truth]:
        for state in states:
            truths = {test: meaning(state) for test, meaning in self.meanings.items()}
            yield outcome(node, truths)


def check_proofs(seeds: range, states: int) -> int:
    """How many of these pairs are the same, of which each is."""
    same = 0
    for seed in seeds:
        made = Conditions(seed)
        one = made.condition(2)
        other = made.altered(one)
        formulas = Formulas()
        pair = [formulas.said(each, truth=True) for each in (one, other)]
        if Proofs(formulas, SCOPES).same(*pair):
            same += 1
            kept = made.rng.sample(STATES, states)
            truths = zip(made.came_to(one, kept), made.came_to(other, kept), strict=True)
            assert all((first is True) is (second is True) for first, second in truths), (one, other)
    return same


def test_what_is_proved_the_same_is_true_of_the_same_states() -> None:
    assert check_proofs(range(200), 60) > 15


@pytest.mark.volume
def test_what_is_proved_the_same_is_true_of_all_the_same_states() -> None:
    assert check_proofs(range(1000, 2000), 200) > 100


def test_what_is_never_told_apart_is_proved_the_same() -> None:
    """But for a test that no value passes by itself: nothing is below the lowest rank."""
    missed = 0
    for seed in range(5000, 5040):
        made = Conditions(seed)
        one = made.condition(1)
        other = made.altered(one)
        formulas = Formulas()
        pair = [formulas.said(each, truth=True) for each in (one, other)]
        if not Proofs(formulas, SCOPES).same(*pair):
            truths = zip(made.came_to(one, STATES), made.came_to(other, STATES), strict=True)
            missed += all((first is True) is (second is True) for first, second in truths)
    assert missed <= FEW


def test_a_proof_that_is_too_long_is_none() -> None:
    made = Conditions(1)
    one, other = made.condition(2), made.leaf()
    formulas = Formulas()
    pair = [
        formulas.said(each, truth=True)
        for each in (AllOf((one, AnyOf((one, other)))), AllOf((AnyOf((other, one)), one)))
    ]
    assert Proofs(formulas, SCOPES).same(*pair)
    longer = [formulas.said(each, truth=True) for each in (one, AnyOf((one, AllOf((one, other)))))]
    assert Proofs(formulas, SCOPES).same(*longer)
    assert not Proofs(formulas, SCOPES, steps=1).same(*longer)
