"""A policy and its mutants -> which of them its tests tell apart from it, and what would tell the rest.

A mutant is *killed* where some expectation of the tests no longer holds. One that the checker refuses
could never be in force, and counts for nothing. For one that survives a *witness* is looked for: a
request that the policy and the mutant answer differently, among at most `SEARCHED` near those of the
tests (see `witnesses`), shared evenly among the actions that the change concerns and the tests ask for.
One without a witness may mean the same as the policy; it is listed apart, and counts for nothing either.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from remit.checker import check
from remit.checker.checked import Checked
from remit.compiler import lowering
from remit.compiler.program import Head, Heads, compile_program
from remit.compiler.ruletree import RuleTree
from remit.compiler.values import Readers
from remit.decider.decision import Decision
from remit.decider.engine import Engine
from remit.decider.loading import Loaded, Origin
from remit.syntax import tree
from remit.syntax.render import render
from remit.syntax.source import read_beside
from remit.tools.mutating.mutants import OPERATORS, Mutant
from remit.tools.mutating.witnesses import Near, Search
from remit.tools.testing.results import Places
from remit.tools.testing.running import Asked, chosen, problem_of

SEARCHED: Final = 20_000
"""How many requests are tried for a witness."""

KILLED, SURVIVED, NO_WITNESS, REFUSED = "killed", "survived", "no witness", "refused"


_Key = tuple[str | None, str]


def _key(request: Asked) -> _Key:
    """The block and the action of a request."""
    return (None if request.resource is None else request.resource[0]), request.action


class _Given(Origin):
    """A set that is at hand, in the place of one that is read."""

    def __init__(self, rules: RuleTree) -> None:
        super().__init__(None, None, None, None)
        self.rules = rules

    def load(self) -> Loaded:
        """Compile it."""
        api = self.rules.api
        readers = Readers(one_issuer=len(api.issuers) == 1)
        return Loaded(compile_program(self.rules, readers), api.issuers, api.audiences)


@dataclass(frozen=True, slots=True)
class Witness:
    """A request that tells a mutant, in a test, as an expectation that could be added to it."""

    test: str
    expectation: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    fate: str
    witness: Witness | None = None


class Mutating:
    """A policy whose tests are tried out. Only sets whose tests all pass may be."""

    def __init__(self, checked: Checked, document: tree.Document) -> None:
        """Of a set without an error."""
        self._checked = checked
        self._requests = chosen(checked)
        rules, _ = lowering.build(checked)
        assert rules is not None, "a set that was read has been built before"
        self._rules = rules
        self._engine = Engine(_Given(rules), time.time)
        self._heads = compile_program(rules, Readers(one_issuer=True)).heads
        self._memories = (check.Memory(), lowering.Memory())
        self._search = Search(checked, document)
        self._asked = {_key(request) for request in self._requests}
        self._known: dict[_Key, tuple[list[tuple[Near, Decision]], Iterator[Near]]] = {}

    def fate(self, mutant: Mutant) -> Fate:
        """What becomes of one mutant."""
        checked, _ = check.check(mutant.document, read_beside, self._memories[0])
        rules = None if checked is None else lowering.build(checked, self._memories[1])[0]
        if rules is None:
            return Fate(mutant, REFUSED)
        if rules.digest == self._rules.digest:
            return Fate(mutant, NO_WITNESS)
        engine = Engine(_Given(rules), time.time)
        told = _Difference(self._rules, rules, self._heads)
        for request in self._requests:
            if told.concerns(request) and problem_of(request.expectation, request.decided_by(engine)):
                return Fate(mutant, KILLED)
        witness = self._witness(engine, told)
        return Fate(mutant, NO_WITNESS if witness is None else SURVIVED, witness)

    def _witness(self, engine: Engine, told: "_Difference") -> Witness | None:
        concerned = [key for key in self._heads if told.is_about(key)]
        keys = [key for key in concerned if key in self._asked] or concerned
        for key in keys:
            for one, decision in self._decided(key, SEARCHED // len(keys)):
                if one.request.decided_by(engine).allowed is not decision.allowed:
                    expectation = replace(one.expectation, allowed=decision.allowed)
                    return Witness(one.request.test, _line(expectation), decision.allowed)
        return None

    def _decided(self, key: _Key, most: int) -> Iterator[tuple[Near, Decision]]:
        """Requests near those of the tests with the policy's answers, worked out once for all."""
        known, more = self._known.setdefault(key, ([], self._search.near(*key)))
        for one in islice(more, max(0, most - len(known))):
            known.append((one, one.request.decided_by(self._engine)))
        return (each for each in known[:most] if not _by_accident(each[1]))


def _by_accident(decision: Decision) -> bool:
    """Whether only errors deny, which no expectation should be made of."""
    return not decision.allowed and all(denial.erred for denial in decision.denials)


class _Difference:
    """Which actions a mutant may answer differently: those whose rules and needs are not the same."""

    def __init__(self, one: RuleTree, other: RuleTree, heads: Heads) -> None:
        self._everywhere = one.api != other.api
        self._heads = heads, compile_program(other, Readers(one_issuer=True)).heads
        self._known: dict[_Key, bool] = {}

    def concerns(self, request: Asked) -> bool:
        """Whether a request is for one of them."""
        return self.is_about(_key(request))

    def is_about(self, key: _Key) -> bool:
        """Whether this action of this block is one of them."""
        if key not in self._known:
            one, other = (_meaning(heads[key]) for heads in self._heads)
            self._known[key] = self._everywhere or one != other
        return self._known[key]


def _meaning(head: Head) -> object:
    return head.gates, head.permits, head.needs, head.free


def _line(expectation: tree.Expectation) -> str:
    test = tree.PolicyTest(tree.Literal("t", expectation.span), (), (expectation,), expectation.span)
    lines = render(tree.Document((test,))).splitlines()[1:-1]
    return " ".join(line.strip() for line in lines)


def score(fates: Sequence[Fate]) -> float:
    """The share of mutants that were killed, of a hundred; refused and equivalent ones left out."""
    killed = sum(1 for each in fates if each.fate == KILLED)
    alive = sum(1 for each in fates if each.fate == SURVIVED)
    return 100 * killed / (killed + alive) if killed + alive else 100.0


def lines(fates: Sequence[Fate], places: Places) -> Iterator[str]:
    """The report: each survivor with what would kill it, those without a witness, and the score."""
    for wanted, title in ((SURVIVED, "survived"), (NO_WITNESS, "no witness found")):
        for each in (fate for fate in fates if fate.fate == wanted):
            yield f"{places.of(each.mutant.span)}: {title}: {each.mutant.operator}"
            yield from (f"  {line}" for line in each.mutant.diff())
            if each.witness is not None:
                yield f'  would be killed, in test "{each.witness.test}", by'
                yield f"    {each.witness.expectation}"
    counts = {fate: sum(1 for each in fates if each.fate == fate) for fate in _FATES}
    told = ", ".join(f"{number} {fate}" for fate, number in counts.items())
    yield f"{len(fates)} mutants: {told}; score {score(fates):.1f} %"


_FATES = (KILLED, SURVIVED, NO_WITNESS, REFUSED)


def record(fates: Sequence[Fate], places: Places) -> Mapping[str, Any]:
    """The same as plain data."""
    counts = {fate.replace(" ", "_"): sum(1 for each in fates if each.fate == fate) for fate in _FATES}
    survivors = [each for each in fates if each.fate in (SURVIVED, NO_WITNESS)]
    return {
        "mutants": len(fates),
        **counts,
        "score": score(fates),
        "survivors": [
            {
                "file": each.mutant.span.file,
                "line": places.line(each.mutant.span),
                "operator": each.mutant.operator,
                "what": OPERATORS[each.mutant.operator],
                "diff": each.mutant.diff(),
                "test": each.witness and each.witness.test,
                "expectation": each.witness and each.witness.expectation,
            }
            for each in survivors
        ],
    }
