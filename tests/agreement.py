"""Engine and interpreter, one request -> where they differ, in words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from remit import Decision, Engine, Explanation, Principal, RuleReference, VerifiedClaims
from remit.decider.doors import TELL_APART_FROM, Telling
from remit.syntax.parser import parse
from remit.syntax.render import render
from remit.syntax.source import inspect
from remit.syntax.tree import Document, Item, Rule
from tests.bundled import bundled
from tests.choices import Seeded, chance
from tests.generate import draw
from tests.generate_requests import Question, question, subjects_of
from tests.interpreter import Verdict, judged
from tests.meaning_policy import Policy
from tests.meaning_values import EPOCH, Client, Duration, Grade, Instant, User, Uuid, Zone

Place = tuple[str, int]
GATES = ("forbid", "require")
EXPLAINED = 4  # of so many decisions of a run one is explained, too
MICROSECOND = timedelta(microseconds=1)
FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND


def principal(engine: Engine, question: Question) -> Principal | None:
    """Who asks the question, as `engine` sees it."""
    if question.claims is None:
        return None
    return engine.principal(VerifiedClaims(question.claims), header=question.header)


def resource(question: Question) -> tuple[str, Mapping[str, object]] | None:
    """What the question is about, as `engine` takes it."""
    if question.resource_type is None:
        return None
    return question.resource_type, question.resource or {}


def decide(engine: Engine, question: Question, who: Principal | None) -> Decision:
    """Let `engine` decide the question."""
    return engine.decide(
        who,
        question.action,
        resource(question),
        context=question.context,
        parameters=question.parameters,
        now=question.now,
    )


def meaning(document: Document, files: Mapping[str, str]) -> Policy:
    """The document as the interpreter takes it; `files` are the data files by name."""
    return Policy(document, {name: json.loads(text, parse_float=str) for name, text in files.items()})


def interpreted(policy: Policy, question: Question) -> Verdict:
    """Let the interpreter decide it."""
    return judged(
        policy,
        question.claims,
        question.action,
        question.resource_type,
        question.resource,
        context=question.context,
        parameters=question.parameters,
        now=question.now,
        header=question.header,
    )


def differences(
    engine: Engine, question: Question, verdict: Verdict, *, explained: bool = True
) -> list[str]:
    """Ask the doors, and say where they answer otherwise than the interpreter did.

    `explained`: the third of them as well, which costs as much as the other two together.
    """
    who = principal(engine, question)
    what = resource(question)
    context, parameters, now = question.context, question.parameters, question.now
    allows = engine.allows(who, question.action, what, context=context, parameters=parameters, now=now)
    decision = decide(engine, question, who)
    found: dict[str, tuple[object, object]] = {
        "allows": (allows, verdict.allowed),
        "decide": (decision.allowed, verdict.allowed),
        "denials": (bool(decision.denials), not verdict.allowed),
    }
    if verdict.declared:
        layers = decision.layers
        found |= {
            "token": (str(layers.token), verdict.token),
            "scope": (str(layers.scope), verdict.scope),
            "permission": (str(layers.permission), verdict.permission),
            "rules": (str(layers.rules), verdict.rules),
            "gates": (fired(decision), expected_gates(verdict)),
            "rule": (is_deciding(decision, verdict), True),
            "obligations": (obliged(decision), expected_obligations(verdict)),
        }
    if explained:
        explanation = engine.explain(
            who, question.action, what, context=context, parameters=parameters, now=now
        )
        found["explain"] = (explanation.allowed, verdict.allowed)
        actions = engine.allowed_actions(
            who, [question.action], what, context=context, parameters=parameters, now=now
        )
        found["actions"] = (actions, [question.action] * verdict.allowed)
        if verdict.allowed:  # so some resource of that type is
            foreseen = engine.foresee(
                who,
                question.action,
                question.resource_type,
                context=context,
                parameters=parameters,
                now=now,
            )
            found["foresee"] = (foreseen, None)
        found["trace"] = (traced(explanation), {place_of(r): truth for r, truth in verdict.outcomes})
    return [f"{door}: {got!r}, not {want!r}" for door, (got, want) in found.items() if got != want]


def traced(explanation: Explanation) -> dict[Place, bool | None]:
    """What each rule came to in the trace, by where it stands."""
    return {place: each.step.truth for each in explanation.rules for place in places(each.rule)}


def obliged(decision: Decision) -> list[str]:
    return sorted(repr((each.name, told(each.values))) for each in decision.obligations)


def expected_obligations(verdict: Verdict) -> list[str]:
    return sorted({repr((name, told(dict(pairs)))) for name, pairs in verdict.obligations})


def told(value: object) -> str:
    """A value of an obligation, in words that both sides share."""
    match value:
        case {"iss": _, "sub": str(subject)}:
            return repr(subject)
        case dict():
            return repr([(name, told(each)) for name, each in sorted(value.items())])
        case tuple() | frozenset():
            return repr(sorted({told(each) for each in value}))
        case datetime():
            return f"{(value - EPOCH) // MICROSECOND} us"
        case timedelta():
            return f"{value // MICROSECOND} us"
        case Instant(microseconds=size) if not FIRST <= size <= LAST:
            return repr(size)  # Python has no such datetime
        case Instant(microseconds=size) | Duration(microseconds=size):
            return f"{size} us"
        case User(subject=name) | Client(id=name) | Grade(value=name) | Zone(key=name) | Uuid(text=name):
            return repr(name)
        case Decimal():
            return str((value + 0).normalize())  # minus nought is nought
        case _:
            return repr(value)


def fired(decision: Decision) -> dict[Place, bool]:
    """Where the forbids and requires stand that said no, and whether by error."""
    return {
        place: denial.erred
        for denial in decision.denials
        if denial.rule is not None and denial.rule.effect in GATES
        for place in places(denial.rule)
    }


def expected_gates(verdict: Verdict) -> dict[Place, bool]:
    return {
        place_of(rule): truth is None
        for effect in GATES
        for rule, truth in verdict.of(effect)
        if truth is not False
    }


def is_deciding(decision: Decision, verdict: Verdict) -> bool:
    """Does the decision name a rule that can have decided it?"""
    if decision.allowed:
        permits = {place_of(rule) for rule, truth in verdict.of("permit") if truth is True}
        return decision.rule is not None and places(decision.rule) <= permits
    return decision.rule is None or places(decision.rule) <= expected_gates(verdict).keys()


def places(rule: RuleReference) -> set[Place]:
    return {(span.file, span.start) for span in rule.spans}


def place_of(rule: Rule) -> Place:
    return rule.span.file, rule.span.start


@dataclass
class Tally:
    """What a run came to; `found` holds the differences, with what it takes to see them again."""

    policies: int = 0
    decisions: int = 0
    allowed: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.policies += other.policies
        self.decisions += other.decisions
        self.allowed += other.allowed
        self.found += other.found

    def __str__(self) -> str:
        return (
            f"{self.policies:,} policies, {self.decisions:,} decisions, "
            f"{self.allowed / max(self.decisions, 1):.1%} allowed, {len(self.found):,} differences"
        )


@dataclass(frozen=True, slots=True)
class Put:
    """A policy that was drawn, how an engine is to have it, and what is asked, with what it means."""

    seed: str
    files: Mapping[str, str]
    telling: Telling
    reloaded: int
    in_bundle: bool
    asked: Sequence[tuple[Question, Verdict]]


def drawn(seed: str, questions: int) -> Put:
    """Draw one policy from `seed` and so many requests; the interpreter says what they come to."""
    choices = Seeded(seed)
    policy = draw(choices)
    text = render(policy.document)
    document = read({"policy.remit": text})
    telling = Telling(choices.choice((0, TELL_APART_FROM)), choices.integer(0, 3))
    reloaded = choices.integer(0, 4 * questions)
    in_bundle = chance(choices, 30)
    meant = meaning(document, policy.files)
    subjects = subjects_of(document, seed)
    asked = [question(choices, subjects) for _ in range(questions)]
    verdicts = [(each, interpreted(meant, each)) for each in asked]
    return Put(seed, {"policy.remit": text, **policy.files}, telling, reloaded, in_bundle, verdicts)


def compare(seed: str, questions: int, tally: Tally) -> None:
    """Draw one policy from `seed`, put `questions` requests to both, and add up in `tally`."""
    put(drawn(seed, questions), tally)


def put(one: Put, tally: Tally) -> None:
    """Put the requests to an engine, and add up in `tally` where it differs from what they mean."""
    engine = Engine.from_text(one.files)
    if one.in_bundle:
        engine = bundled(engine)
    engine._telling = one.telling  # noqa: SLF001  (functions for a class: for all heads, now or later)
    tally.policies += 1
    for number, (asked, verdict) in enumerate(one.asked):
        if number == one.reloaded and not one.in_bundle:
            engine.reload()
        differ = differences(engine, asked, verdict, explained=number % EXPLAINED == 0)
        tally.decisions += 1
        tally.allowed += verdict.allowed
        if differ:
            tally.found.append(
                f"seed {one.seed}, request {number}: {'; '.join(differ)}\n{asked}\n{one.files}"
            )


def read(files: Mapping[str, str]) -> Document:
    """Parse files as one policy set."""
    items: list[Item] = []
    for file, text in files.items():
        source, problems = inspect(file, text)
        document, more = parse(source)
        assert (*problems, *more) == ()
        items.extend(document.items)
    return Document(tuple(items))
