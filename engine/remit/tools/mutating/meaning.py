"""Two rule trees -> whether they surely allow the same requests, with the same obligations."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from remit.checker.checked import Quantified, Scopes
from remit.checker.reads import leaves
from remit.compiler.program import Head, Heads
from remit.compiler.ruletree import BlockTree, RuleTree
from remit.tools.mutating.formulas import (
    Formula,
    Formulas,
    Joined,
    Said,
    Scope,
    Test,
    joined,
    said_in,
    tests_of,
)
from remit.tools.mutating.proofs import Proofs

Key = tuple[str | None, str]
"""A block and one of its actions."""


class Meaning:
    """What a set allows, to compare others with."""

    def __init__(self, rules: RuleTree) -> None:
        """Of a set whose actions all others have as well."""
        self._rules = rules
        self._heads = Heads(rules)
        self._formulas = Formulas()
        self._proofs = Proofs(self._formulas, rules.api.scopes)
        self._known: dict[Key, Formula] = {}

    def concerned(self, other: RuleTree) -> Iterator[Key]:
        """The actions that another set may answer differently."""
        mine = self._rules
        doubtful = self._grants_changed(other)
        for name, block in mine.blocks.items():
            apart = block.actions if doubtful is None else _apart(block, other.blocks[name])
            for action in block.actions:
                key = (name, action)
                if action in apart or (doubtful and self._asks_for(key, doubtful)):
                    yield key

    def is_shared_by(self, other: RuleTree, keys: Iterable[Key]) -> bool:
        """Whether another set surely allows the same; `keys` are the actions that may differ."""
        doubtful = self._grants_changed(other)
        if doubtful is None:
            return False
        heads = Heads(other)
        return all(
            self._same(self._allowed(key), self._heads[key], heads[key], doubtful) for key in keys
        )

    def apart(self, other: RuleTree, key: Key) -> tuple[frozenset[Test], frozenset[Test]]:
        """The tests on which an action depends in another way in another set; and all of its tests."""
        doubtful = self._grants_changed(other) or frozenset()
        mine = said_in(self._allowed(key))
        theirs = said_in(self._anew(self._formulas.allowed(Heads(other)[key]), doubtful))
        return self._tests(mine ^ theirs), self._tests(mine | theirs)

    def _tests(self, said: Iterable[Said]) -> frozenset[Test]:
        return frozenset(self._formulas.tests[each.test] for each in said)

    def _allowed(self, key: Key) -> Formula:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._formulas.allowed(self._heads[key])
        return known

    def _grants_changed(self, other: RuleTree) -> frozenset[str] | None:
        """The scopes that some role grants in one of the sets alone; None where more is different."""
        mine, theirs = self._rules.api, other.api
        apart = (
            (mine, replace(theirs, roles=mine.roles)),
            (mine.roles.keys(), theirs.roles.keys()),
            (self._rules.reads_actor, other.reads_actor),
        )
        if any(one != another for one, another in apart):
            return None
        pairs = ((mine.roles[role], theirs.roles[role]) for role in mine.roles)
        return frozenset[str]().union(*(one ^ another for one, another in pairs))

    def _asks_for(self, key: Key, scopes: frozenset[str]) -> bool:
        """Whether an action may depend on who holds one of some scopes."""
        formula = self._allowed(key)
        return self._asks_inside(formula) or self._anew(formula, scopes) != formula

    def _same(self, mine: Formula, one: Head, other: Head, doubtful: frozenset[str]) -> bool:
        theirs = self._formulas.allowed(other)
        if doubtful and any(map(self._asks_inside, (mine, theirs))):
            return False
        obliging, likewise = self._obliging(one), self._obliging(other)
        return (
            self._proofs.same(mine, self._anew(theirs, doubtful))
            and obliging.keys() == likewise.keys()
            and all(self._proofs.same(each, likewise[key]) for key, each in obliging.items())
        )

    def _asks_inside(self, formula: Formula) -> bool:
        """Whether a quantifier asks for scopes of each element."""
        tests = (self._formulas.tests[number] for number in tests_of(formula))
        many = (test for test in tests if isinstance(test, Quantified))
        return any(isinstance(leaf, Scopes) for test in many for leaf in leaves(test.condition))

    def _anew(self, formula: Formula, doubtful: frozenset[str]) -> Formula:
        """With other tests in the place of those whether the caller holds a doubtful scope."""
        if isinstance(formula, Joined):
            parts = (self._anew(part, doubtful) for part in formula.parts)
            return joined(parts, every=formula.every)
        test = self._formulas.tests[formula.test]
        if isinstance(test, Scope) and test.of != "granted" and test.scope in doubtful:
            return self._formulas.test(replace(test, anew=True), truth=formula.truth)
        return formula

    def _obliging(self, head: Head) -> dict[object, Formula]:
        """When each obligation is owed."""
        owed: dict[object, list[Formula]] = {}
        for rule in (*head.gates, *head.permits):
            for each in rule.obligations:
                key = (rule.reference.effect, each)
                owed.setdefault(key, []).append(self._formulas.said(rule.condition, truth=True))
        return {key: joined(formulas, every=False) for key, formulas in owed.items()}


def _apart(one: BlockTree, other: BlockTree) -> frozenset[str]:
    """The actions of a block that are not the same in another one of its name."""
    rules, others = ({rule.reference.id: rule for rule in block.rules} for block in (one, other))
    changed = [
        rule
        for name in rules.keys() | others.keys()
        for rule in (rules.get(name), others.get(name))
        if rule is not None and rules.get(name) != others.get(name)
    ]
    if any(rule.actions is None for rule in changed):
        return frozenset(one.actions)
    spoken_of = (action for rule in changed for action in rule.actions or ())
    needing = (name for name, action in one.actions.items() if action != other.actions[name])
    return frozenset((*spoken_of, *needing))
