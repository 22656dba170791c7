"""A request, decided again with every step shown.

Never from a cache, and by a walk of the rule tree rather than by the emitted functions. The resource is
read anew: if it has changed since the decision, the explanation is of what it is now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.checker.checked import Member, Root
from remit.checker.scalars import ABSENT, ERROR
from remit.compiler.ruletree import RuleReference
from remit.decider.decision import Decision
from remit.decider.tracing import Step, Tracer
from remit.decider.values import Fetch


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


def trace(tracer: Tracer) -> tuple[RuleTrace, ...]:
    """Every rule of the head, gates first."""
    rules = (*tracer.head.gates, *tracer.head.permits)
    return tuple(RuleTrace(rule.reference, tracer.step(rule.condition)) for rule in rules)


def fetcher(
    resource: object,
    context: Mapping[str, object],
    parameters: Mapping[str, object],
    *,
    mapping: bool,
) -> Fetch:
    """A function that finds what a member's value is to be made from."""
    sources: dict[Root, Any] = {Root.CONTEXT: context, Root.ACTION: parameters}

    def fetch(member: Member) -> object:
        source = sources.get(member.root, resource)
        as_mapping = mapping or member.root in sources
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
