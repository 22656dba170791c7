"""Explanations of a policy's tests -> what of its rules they have shown.

Three things are asked for. Of each *rule*, that it came out true and that it came out false. Of each
*condition* (a test that is no `and`, `or` or `not`), the same. And of each condition its *independent
effect*: masking MC/DC, as RTCA DO-178C allows it beside unique-cause MC/DC, in the sense of J. J.
Chilenski, "An Investigation of Three Forms of the Modified Condition Decision Coverage (MCDC)
Criterion", DOT/FAA/AR-01/18, 2001: there are two requests in which the condition differs and the rule's
outcome differs, and in neither do the other conditions mask it, which is to say that the outcome would
change with this condition alone, the others as they were. Others may differ between the two.

Conditions are those of the normal form, where a test that a rule names twice is one. What a quantifier
asks of each element is a decision of its own, shown by elements in the place of requests. What nobody
wrote is not asked for: that a token is presented, that the resource exists already, that a value is
known. A rule that is written once and stands in several blocks is one rule, as long as its condition is
the same. An error is neither true nor false, and so shows nothing of the condition that erred. In a
request whose outcome stands all the same, a condition that erred is one that a short circuit does not
reach, and may be taken either way where the effect of another is looked for: so `has x` has an effect,
though nothing after it can be worked out where there is no x.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    IsAuthenticated,
    IsStored,
    Known,
    Less,
    Negated,
    Quantified,
)
from remit.compiler.operations import Truth
from remit.compiler.ruletree import RuleReference, RuleTree
from remit.decider.tracing import Step, kleene_all, kleene_any
from remit.spans import Span
from remit.tools.testing.running import Result
from remit.tools.testing.wording import spellings
from remit.tools.testing.written import RuleInPlace

_MOST_OPEN = 8
"""How many conditions that erred are taken either way; the rest of them stay errors."""

_NOBODYS = Always | IsAuthenticated | IsStored | Known


@dataclass(frozen=True, slots=True)
class Shown:
    """One rule or condition, where it is, and what of it was to be shown and was not.

    `rule` is where the rule is that it is of; a condition may stand in a relation.
    `asked` counts the goals of each kind: outcomes of rules, outcomes of conditions, effects.
    """

    text: str
    span: Span
    rule: Span
    asked: Mapping[str, int]
    missing: tuple[str, ...]

    @property
    def is_rule(self) -> bool:
        """Whether this is a rule, and not one of its conditions."""
        return RULES in self.asked


RULES, CONDITIONS, EFFECTS = "rules", "conditions", "independent effects"
NEVER_TRUE, NEVER_FALSE, NO_EFFECT = "never true", "never false", "no independent effect"
_KINDS: Mapping[str, tuple[str, ...]] = {
    RULES: (NEVER_TRUE, NEVER_FALSE),
    CONDITIONS: (NEVER_TRUE, NEVER_FALSE),
    EFFECTS: (NO_EFFECT,),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of a policy have shown, in the order in which it is written."""

    shown: tuple[Shown, ...]

    def counts(self, kind: str) -> tuple[int, int]:
        """How many goals of a kind were reached, and how many there are."""
        asking = [each for each in self.shown if kind in each.asked]
        asked = sum(each.asked[kind] for each in asking)
        missing = sum(1 for each in asking for said in each.missing if said in _KINDS[kind])
        return asked - missing, asked

    def percent(self, kind: str) -> float:
        """The share that was reached, of a hundred; all of nothing."""
        reached, asked = self.counts(kind)
        return 100 * reached / asked if asked else 100.0

    @property
    def lowest(self) -> float:
        """The lowest of the three shares."""
        return min(self.percent(kind) for kind in _KINDS)


@dataclass
class _Seen:
    """A decision: its tests, and the truths that they had together."""

    root: Condition
    tests: tuple[Condition, ...]
    vectors: dict[tuple[Truth, ...], None] = field(default_factory=dict[tuple[Truth, ...], None])

    def truths(self, number: int) -> set[Truth]:
        return {vector[number] for vector in self.vectors}

    def has_effect(self, number: int) -> bool:
        """Whether two vectors show the independent effect of a test."""
        outcomes: dict[Truth, set[Truth]] = {True: set(), False: set()}
        for vector in self.vectors:
            came_to = self._outcome(vector)
            if vector[number] is not None and came_to is not None and self._decides(vector, number):
                outcomes[vector[number]].add(came_to)
        return any(one is not other for one in outcomes[True] for other in outcomes[False])

    def _decides(self, vector: tuple[Truth, ...], number: int) -> bool:
        """Whether the outcome would be the other one if this test alone were."""
        open_ = [place for place, truth in enumerate(vector) if truth is None][:_MOST_OPEN]
        for taken in product((True, False), repeat=len(open_)):
            as_taken: list[Truth] = list(vector)
            for place, truth in zip(open_, taken, strict=True):
                as_taken[place] = truth
            ends: set[Truth] = set()
            for truth in (True, False):
                as_taken[number] = truth
                ends.add(self._outcome(as_taken))
            if ends == {True, False}:
                return True
        return False

    def _outcome(self, vector: Sequence[Truth]) -> Truth:
        return outcome(self.root, dict(zip(self.tests, vector, strict=True)))


def outcome(node: Condition, truths: Mapping[Condition, Truth]) -> Truth:
    """What a condition comes to where its tests come to these."""
    match node:
        case Negated(operand=operand):
            inner = outcome(operand, truths)
            return None if inner is None else not inner
        case AllOf(operands=operands):
            return kleene_all(outcome(each, truths) for each in operands)
        case AnyOf(operands=operands):
            return kleene_any(outcome(each, truths) for each in operands)
        case _:  # true and false stand alone in a normal form, where nothing depends on them
            return truths[node]


class _Rule:
    """One rule, and what has been seen of it."""

    def __init__(self, reference: RuleReference, condition: Condition) -> None:
        self.reference = reference
        self.outcomes: set[Truth] = set()
        self.decisions: dict[Quantified | None, _Seen] = {}
        self._add(None, condition)
        self.condition = condition

    def _add(self, of: Quantified | None, root: Condition) -> None:
        tests = tuple(dict.fromkeys(_tests(root)))
        self.decisions[of] = _Seen(root, tests)
        for test in tests:
            if isinstance(test, Quantified):
                self._add(test, test.condition)

    def see(self, step: Step) -> None:
        self.outcomes.add(step.truth)
        self._see(None, self.condition, step)

    def _see(self, key: Quantified | None, root: Condition, step: Step) -> None:
        truths: dict[Condition, Truth] = {}
        self._walk(root, step, truths)
        seen = self.decisions[key]
        seen.vectors[tuple(truths[test] for test in seen.tests)] = None

    def _walk(self, node: Condition, step: Step, truths: dict[Condition, Truth]) -> None:
        match node:
            case Negated(operand=operand):
                self._walk(operand, step.steps[0], truths)
            case AllOf(operands=operands) | AnyOf(operands=operands):
                told = operands
                if len(step.steps) != len(operands):  # of what is not new it goes without saying
                    told = tuple(each for each in operands if each != IsStored())
                    truths[IsStored()] = True
                for each, inner in zip(told, step.steps, strict=True):
                    self._walk(each, inner, truths)
            case Quantified(condition=condition):
                truths[node] = step.truth
                for inner in step.steps:
                    self._see(node, condition, inner)
            case _:
                truths[node] = step.truth

    def shown(self, place: RuleInPlace | None) -> Iterator[Shown]:
        """The rule, and each of its conditions."""
        span = self.reference.spans[0]
        fixed = isinstance(self.condition, Always)
        missing = _unseen(self.outcomes)
        if fixed:  # `to anyone`, and nothing else, cannot be false
            missing = tuple(each for each in missing if each == NEVER_TRUE)
        text = f"{self.reference.effect} {self.reference.id}"
        yield Shown(text, span, span, {RULES: 1 if fixed else 2}, missing)
        written: dict[str, Span] = {}
        for words, where in place.tests() if place else ():
            written.setdefault(_bare(words), where)
        for seen in self.decisions.values():
            for number, test in enumerate(seen.tests):
                if isinstance(test, _NOBODYS):
                    continue
                effect = () if seen.has_effect(number) else (NO_EFFECT,)
                spelled = spellings(test)
                found = next((each for each in spelled if _bare(each) in written), None)
                where = span if found is None else written[_bare(found)]
                told = found if found and isinstance(test, Less) else spelled[0]
                asked = {CONDITIONS: 2, EFFECTS: 1}
                missing = (*_unseen(seen.truths(number)), *effect)
                yield Shown(told, where, span, asked, missing)


def _bare(text: str) -> str:
    """A text without its parentheses, which may be written or left out around `??`."""
    return text.replace("(", "").replace(")", "")


def _tests(node: Condition) -> Iterator[Condition]:
    match node:
        case Negated(operand=operand):
            yield from _tests(operand)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from _tests(operand)
        case Always():
            pass
        case _:
            yield node


def _unseen(truths: set[Truth]) -> tuple[str, ...]:
    wanted = {True: NEVER_TRUE, False: NEVER_FALSE}
    return tuple(words for truth, words in wanted.items() if truth not in truths)


def measure(tree: RuleTree, results: Iterable[Result], places: Mapping[Span, RuleInPlace]) -> Coverage:
    """What these results show of the rules of a set; `places` are its rules as written."""
    rules: dict[tuple[tuple[Span, ...], Condition], _Rule] = {}
    by_id: dict[tuple[str | None, str], _Rule] = {}
    for block in tree.blocks.values():
        for node in block.rules:
            key = (node.reference.spans, node.condition)
            rule = rules.setdefault(key, _Rule(node.reference, node.condition))
            by_id[block.name, node.reference.id] = rule
    for result in results:
        resource = result.request.resource
        block_name = None if resource is None else resource[0]
        for trace in result.explanation.rules:
            by_id[block_name, trace.rule.id].see(trace.step)
    in_order = sorted(rules.values(), key=lambda rule: _place(rule.reference.spans[0]))
    return Coverage(
        tuple(s for rule in in_order for s in rule.shown(places.get(rule.reference.spans[0])))
    )


def _place(span: Span) -> tuple[str, int]:
    return span.file, span.start
