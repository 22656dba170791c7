"""A policy and one of its mutants -> what becomes of the mutant, and a request that would tell it.

A mutant is *killed* where some expectation of the tests no longer holds; what last killed one is tried
first. One that the checker refuses could never be in force. One that surely allows the same requests
*means the same*, and no test can tell it (see `meaning`). For any other that survives a *witness* is
looked for, a request that the policy and the mutant answer differently: first among those of the tests,
with the scopes that would be enough; then among half of `SEARCHED` near to them in what the mutant asks
for otherwise, and in one thing more that the action depends on; then among `SEARCHED` that are near in
anything (see `witnesses`). They are shared evenly among the actions that the change concerns and the
tests ask for. A rule that is left out, that no test saw apply, and for which no witness is found, is
*untested*: what it does, nobody has looked at.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Final

from cachetools import LRUCache

from remit.checker import check
from remit.compiler import lowering
from remit.compiler.program import compile_program
from remit.compiler.ruletree import RuleTree
from remit.compiler.values import Readers
from remit.decider.decision import Decision
from remit.decider.engine import Engine
from remit.decider.loading import Loaded, Origin
from remit.decider.needs import sets_needed
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.render import render
from remit.syntax.source import read_beside
from remit.tools.mutating.meaning import Key, Meaning
from remit.tools.mutating.mutants import Mutant
from remit.tools.mutating.values import NOWHERE, text
from remit.tools.mutating.witnesses import Near, Search, Twice, in_turn, places_of
from remit.tools.naming import roles_named
from remit.tools.testing.running import Asked, chosen, problem_of

SEARCHED: Final = 4_000
"""How many requests are tried for a witness."""

_SEARCHES_KEPT: Final = 8

KILLED, SURVIVED, UNTESTED, NO_WITNESS = "killed", "survived", "untested", "no witness"
SAME, REPEATED, REFUSED = "same meaning", "repeated", "refused"


_Known = tuple[list[tuple[Near, Decision]], Iterator[Near]]


def _key(request: Asked) -> Key:
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
class End:
    """What became of a mutant; `digest` is that of its rules, empty where it is refused."""

    fate: str
    witness: Witness | None = None
    digest: str = ""


class Mutating:
    """A policy whose tests are tried out. Only sets whose tests all pass may be."""

    def __init__(self, document: tree.Document, searched: int = SEARCHED) -> None:
        """Of a set without an error, for which at most so many requests are tried for a witness."""
        self._searched = searched
        checked, _ = check.check(document, read_beside)
        assert checked is not None, "a set that was read has been checked before"
        rules, _ = lowering.build(checked)
        assert rules is not None, "and built"
        self._rules = rules
        self._requests = chosen(checked)
        self._engine = Engine(_Given(rules), time.time)
        self._meaning = Meaning(rules)
        self._memories = (check.Memory(), lowering.Memory())
        self._search = Search(checked)
        self._asked = {_key(request) for request in self._requests}
        self._known: LRUCache[tuple[Key, Twice | None], _Known] = LRUCache(_SEARCHES_KEPT)

    def end(self, mutant: Mutant) -> End:
        """What becomes of one mutant."""
        checked, _ = check.check(mutant.document, read_beside, self._memories[0])
        rules = None if checked is None else lowering.build(checked, self._memories[1])[0]
        if rules is None:
            return End(REFUSED)
        if rules.digest == self._rules.digest:
            return End(SAME, None, rules.digest)
        engine = Engine(_Given(rules), time.time)
        concerned = dict.fromkeys(self._meaning.concerned(rules))
        for place, request in enumerate(self._requests):
            if _key(request) not in concerned:
                continue
            if problem_of(request.expectation, request.decided_by(engine)):
                self._requests.insert(0, self._requests.pop(place))
                return End(KILLED, None, rules.digest)
        if self._meaning.is_shared_by(rules, concerned):
            return End(SAME, None, rules.digest)
        witness = self._witness(engine, rules, concerned)
        if witness is not None:
            return End(SURVIVED, witness, rules.digest)
        left_out = isinstance(mutant.before, tree.Rule) and mutant.after is None
        unseen = left_out and mutant.span not in self._applied
        return End(UNTESTED if unseen else NO_WITNESS, None, rules.digest)

    @cached_property
    def _applied(self) -> frozenset[Span]:
        """The rules that came out true in some test, by where they stand."""
        traces = (
            trace
            for request in self._requests
            for trace in request.explained_by(self._engine).rules
            if trace.step.truth is True
        )
        return frozenset(span for trace in traces for span in trace.rule.spans)

    def _witness(self, engine: Engine, rules: RuleTree, concerned: Collection[Key]) -> Witness | None:
        keys = [key for key in concerned if key in self._asked] or list(concerned)
        most = self._searched // len(keys)
        if not most:
            return None
        for one, decision in in_turn(self._decided(key, rules, most) for key in keys):
            if _tells(one, decision, engine):
                return self._simplest(one, decision, engine)
        return None

    def _simplest(self, one: Near, decision: Decision, engine: Engine) -> Witness:
        """Without what may be left out of a request that tells."""
        for other in self._search.simpler(one):
            simpler = other.request.decided_by(self._engine)
            if _tells(other, simpler, engine):
                return self._simplest(other, simpler, engine)
        return Witness(one.request.test, self._line(one, decision), decision.allowed)

    def _line(self, near: Near, decision: Decision) -> str:
        """The expectation of a request that is answered so, with a reason where a test could say one."""
        bare = replace(near.expectation, allowed=decision.allowed)
        claims = near.request.claims
        held = () if claims is None else roles_named(self._rules.api, claims)
        likely = (each for each in _told(bare, decision, held) if not problem_of(each, decision))
        test = tree.PolicyTest(text("t"), (), (next(likely, bare),), NOWHERE)
        lines = render(tree.Document((test,))).splitlines()[1:-1]
        return " ".join(line.strip() for line in lines)

    def _decided(self, key: Key, rules: RuleTree, most: int) -> Iterator[tuple[Near, Decision]]:
        """Requests near those of the tests with the policy's answers, the likeliest first."""
        block, action = key
        needs = (sets_needed(each.blocks[block].actions[action]) for each in (rules, self._rules))
        granting = self._search.granting(block, action, [*dict.fromkeys(chain(*needs))])
        yield from ((one, one.request.decided_by(self._engine)) for one in granting)
        apart, all_ = (
            frozenset(place for test in tests for place in places_of(test, self._rules.api))
            for tests in self._meaning.apart(rules, key)
        )
        yield from self._near(key, (apart, all_), most // 2)
        yield from self._near(key, None, most)

    def _near(self, key: Key, places: Twice | None, most: int) -> Iterator[tuple[Near, Decision]]:
        """The same for all mutants that differ in these places."""
        begun = self._known.get((key, places))
        if begun is None:
            begun = self._known[key, places] = ([], self._search.near(*key, places))
        known, more = begun
        yield from known[:most]
        for one in islice(more, max(0, most - len(known))):
            known.append((one, one.request.decided_by(self._engine)))
            yield known[-1]


def _tells(one: Near, decision: Decision, engine: Engine) -> bool:
    """Whether an engine answers a request otherwise than was decided, and not by an error alone."""
    differs = one.request.decided_by(engine).allowed is not decision.allowed
    return differs and not _by_accident(decision)


def _by_accident(decision: Decision) -> bool:
    """Whether only errors deny, which no expectation should be made of."""
    return not decision.allowed and all(denial.erred for denial in decision.denials)


def _told(
    bare: tree.Expectation, decision: Decision, held: Collection[object]
) -> Iterator[tree.Expectation]:
    """A denial with what is missing, or why; no role is, where the token names one that would help."""
    for scope in decision.missing_scopes:
        yield replace(bare, missing=tree.MissingScope(tree.Name(scope, NOWHERE), NOWHERE))
    for role in () if any(role in held for role in decision.missing_roles) else decision.missing_roles:
        yield replace(bare, missing=tree.MissingRole(tree.Name(role, NOWHERE), NOWHERE))
    for denial in decision.denials:
        because = denial.rule.because if denial.rule else denial.message.partition(", ")[0]
        if because is not None:
            yield replace(bare, because=text(because))
