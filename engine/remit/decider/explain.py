"""A request, decided again with every step shown.

Never from a cache, and by a walk of the rule tree rather than by the emitted functions. The resource is
read anew: if it has changed since the decision, the explanation is of what it is now.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Contains,
    Equal,
    Fallback,
    Given,
    InRole,
    IsAuthenticated,
    IsEntitled,
    IsTrue,
    Leaf,
    Less,
    Member,
    Negated,
    Nothing,
    Present,
    Read,
    Root,
    SetOf,
    Value,
)
from remit.compiler.program import Head, Program
from remit.compiler.ruletree import RuleReference
from remit.compiler.values import (
    ABSENT,
    ERROR,
    NOBODY,
    contains,
    domain_of,
    exact_type,
    normaliser,
    shown,
)
from remit.decider.decision import Decision
from remit.tokens.principal import Binding

Truth = bool | None
Fetch = Callable[[Member], object]
_WORDS: dict[Truth, str] = {True: "true", False: "false", None: "error"}


@dataclass(frozen=True, slots=True)
class Step:
    """A condition, what it came to, and the conditions under it."""

    text: str
    truth: Truth
    steps: "tuple[Step, ...]" = ()

    def lines(self, indent: int = 0) -> list[str]:
        """The tree as text, a condition a line."""
        own = f"{'  ' * indent}{_WORDS[self.truth]:<6}{self.text}"
        return [own, *(line for step in self.steps for line in step.lines(indent + 1))]

    def record(self) -> Mapping[str, Any]:
        """The tree as plain data, for JSON."""
        return {
            "text": self.text,
            "truth": _WORDS[self.truth],
            "steps": [step.record() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """A rule and how its condition came out."""

    rule: RuleReference
    step: Step


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with the trace of every rule of its head."""

    decision: Decision
    rules: tuple[RuleTrace, ...]

    @property
    def allowed(self) -> bool:
        """The answer, as the trace has it."""
        return self.decision.allowed

    def record(self) -> Mapping[str, Any]:
        """Decision and trace as plain data, for JSON."""
        rules = [
            {"rule": t.rule.id, "effect": t.rule.effect, "condition": t.step.record()}
            for t in self.rules
        ]
        return {**self.decision.record(), "rules": rules}

    def __str__(self) -> str:
        decision = self.decision
        lines = [f"{'allow' if decision.allowed else 'deny'}: {decision.reason}"]
        lines += [f"  {name:<11} {value}" for name, value in decision.layers._asdict().items()]
        lines += [f"  - {denial.message}" for denial in decision.denials[1:]]
        for trace in self.rules:
            because = f' because "{trace.rule.because}"' if trace.rule.because else ""
            lines.append(f"{trace.rule.effect} {trace.rule.id}{because}")
            lines += trace.step.lines(1)
        return "\n".join(lines)


class Tracer:
    """Works out conditions one by one, with the values they read."""

    def __init__(self, program: Program, head: Head, binding: Binding, fetch: Fetch) -> None:
        self._program = program
        self._head = head
        self._binding = binding
        self._fetch = fetch
        self._seen: dict[Member, object] = {}

    def trace(self) -> tuple[RuleTrace, ...]:
        """Every rule of the head, forbids first."""
        rules = (*self._head.forbids, *self._head.permits)
        return tuple(RuleTrace(rule.reference, self.step(rule.condition)) for rule in rules)

    def step(self, node: Condition) -> Step:
        """What a condition comes to."""
        match node:
            case Negated(operand=operand):
                inner = self.step(operand)
                return Step("not", None if inner.truth is None else not inner.truth, (inner,))
            case AllOf(operands=operands):
                steps = tuple(self.step(operand) for operand in operands)
                return Step("all of", kleene_all(step.truth for step in steps), steps)
            case AnyOf(operands=operands):
                steps = tuple(self.step(operand) for operand in operands)
                return Step("any of", kleene_any(step.truth for step in steps), steps)
            case _:
                return self._leaf(node)

    def _leaf(self, node: Leaf) -> Step:
        match node:
            case Always(truth=truth):
                return Step("anyone" if truth else "nobody", truth)
            case IsTrue(value=value):
                state = self._value(value)
                return Step(self._text(value), state if type(state) is bool else None)
            case Equal(left=left, right=right):
                text = f"{self._text(left)} == {self._text(right)}"
                return Step(text, self._equal(self._value(left), self._value(right)))
            case Less(left=left, right=right, or_equal=or_equal):
                sign = "<=" if or_equal else "<"
                text = f"{self._text(left)} {sign} {self._text(right)}"
                return Step(text, _less(self._value(left), self._value(right), or_equal=or_equal))
            case Contains(collection=collection, item=item):
                text = f"{self._text(item)} in {self._text(collection)}"
                assert not isinstance(item.type, SetOf)
                exact, domain = exact_type(item.type), domain_of(item.type)
                found = contains(self._value(collection), self._value(item), exact, domain)
                return Step(text, found)
            case Present(member=member):
                held = self._member(member)
                return Step(f"has {member}", None if held is ERROR else held is not ABSENT)
            case InRole() | IsEntitled() | IsAuthenticated():
                return self._caller_step(node)
            case _:
                assert_never(node)

    def _caller_step(self, node: InRole | IsEntitled | IsAuthenticated) -> Step:
        binding = self._binding
        match node:
            case InRole(role=role):
                bit = self._program.bits.role[role]
                return Step(f"role {role}", _between(binding.roles & bit, binding.roles_max & bit))
            case IsEntitled():
                if isinstance(self._head.need, Nothing):
                    return Step("entitled (the action needs nothing)", truth=False)
                sure = self._program.bits.satisfies(binding.effective, self._head.need)
                maybe = self._program.bits.satisfies(binding.effective_max, self._head.need)
                return Step("entitled", _between(sure, maybe))
            case IsAuthenticated():
                return Step("a token is presented", binding.authenticated)
            case _:
                assert_never(node)

    def _equal(self, left: object, right: object) -> Truth:
        if left in (ERROR, ABSENT) or right in (ERROR, ABSENT):
            return None
        return left is not NOBODY and left == right

    def _value(self, value: Value) -> object:
        match value:
            case Given(value=constant):
                return constant
            case Read(member=member):
                return self._member(member)
            case Caller():
                return self._binding.user
            case Fallback(read=read, other=other):
                found = self._member(read.member)
                return self._value(other) if found is ABSENT else found
            case _:
                assert_never(value)

    def _member(self, member: Member) -> object:
        if member not in self._seen:
            if member.root is Root.TOKEN:
                found = self._binding.claims[self._program.claim_slots[member.name]]
            else:
                found = normaliser(member)(self._fetch(member))
            self._seen[member] = found
        return self._seen[member]

    def _text(self, value: Value) -> str:
        match value:
            case Given(value=constant):
                return shown(constant)
            case Read(member=member):
                return f"{member} ({shown(self._member(member))})"
            case Caller():
                return f"token.sub ({shown(self._binding.user)})"
            case Fallback(read=read, other=other):
                return f"{self._text(read)} ?? {self._text(other)}"
            case _:
                assert_never(value)


def _less(left: object, right: object, *, or_equal: bool) -> Truth:
    if type(left) is not int or type(right) is not int:
        return None
    return left <= right if or_equal else left < right


def _between(sure: object, maybe: object) -> Truth:
    if sure:
        return True
    return None if maybe else False


def kleene_all(truths: Iterable[Truth]) -> Truth:
    """Strong Kleene conjunction."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def kleene_any(truths: Iterable[Truth]) -> Truth:
    """Strong Kleene disjunction."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def fetcher(resource: object, context: Mapping[str, object] | None, *, mapping: bool) -> Fetch:
    """A function that finds what a member's value is to be made from."""

    def fetch(member: Member) -> object:
        as_mapping = mapping or member.root is Root.CONTEXT
        source: Any = (context or {}) if member.root is Root.CONTEXT else resource
        try:
            return source[member.name] if as_mapping else getattr(source, member.name)
        except KeyError:
            return ABSENT if as_mapping else ERROR
        except AttributeError:
            broken = as_mapping or hasattr(type(source), member.name)
            return ERROR if broken else ABSENT
        except Exception:  # noqa: BLE001  (an accessor of the service's own may raise anything)
            return ERROR

    return fetch
