"""What is told of a request -> text for a terminal, and a record for JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from remit.compiler.ruletree import RuleReference
from remit.decider.decision import Verdict
from remit.diagnostics import printable
from remit.tools.explaining.explained import Explained, Policy
from remit.tools.inputs import UNVERIFIED

NO_FIX = "no change of at most three things is known that would change it"


def lines(told: Explained) -> Iterator[str]:
    """The answer, each layer, and each rule with its place and how its conditions came out."""
    decision = told.explanation.decision
    yield f"{'allow' if decision.allowed else 'deny'}: {printable(decision.reason)}"
    for name, verdict in decision.layers._asdict().items():
        yield f"  {name:<11} {verdict}"
    for denial in decision.denials[1:]:
        yield f"  - {printable(denial.message)}"
    if told.ceiling is not None:
        yield f"  {printable(told.ceiling)}"
    for trace in told.explanation.rules:
        yield f"{headline(told.policy, trace.rule)}{_because(trace.rule)}"
        yield from trace.step.lines(1)
    if not decision.allowed:
        yield f"what would change it:\n{told.fixes}" if str(told.fixes) else NO_FIX
    hint = in_force(told)
    if hint is not None:
        yield hint
    if told.request.unverified:
        yield UNVERIFIED


def show(told: Sequence[str]) -> None:
    """Print the lines of a report; on a terminal, what came out is in colour as well as in words."""
    text = Text("\n".join(told))
    for pattern, style in _COLOURS.items():
        text.highlight_regex(pattern, style)
    Console(highlight=False).print(text, soft_wrap=True)


_COLOURS = {
    r"(?m)^\s*true\b|^allow:|^  \w+ +passed$": "green",
    r"(?m)^\s*false\b|^deny:|^  \w+ +failed$": "red",
    r"(?m)^\s*error\b|^  \w+ +error$": "yellow",
    r"(?m)^(permit|forbid|require)\b|^what would change it:$": "bold",
}


def headline(policy: Policy, rule: RuleReference) -> str:
    """`permit permit-4ca7af1f5489 (documents.remit:24)`."""
    stands = policy.stands(rule)
    where = f" ({printable(', '.join(stands))})" if stands else ""
    return f"{rule.effect} {printable(rule.id)}{where}"


def _because(rule: RuleReference) -> str:
    return f' because "{printable(rule.because)}"' if rule.because else ""


def in_force(told: Explained) -> str | None:
    """For a token that is good but for the time: the instant as of which its rules can be looked at."""
    failed = told.explanation.decision.layers.token is Verdict.FAILED
    if told.who is None or not failed or told.request.now is not None:
        return None
    binding = told.who.binding
    if binding.problem is not None or not 0 < binding.expires < _LAST:
        return None
    before = instant(max(binding.expires - 1, binding.not_before))
    return f"to see what the rules said while the token was in force: --at {before}"


_LAST = 253_402_300_800  # the year 10000, which no datetime reaches


def instant(seconds: float) -> str:
    """Seconds since the epoch as policies write an instant."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def record(told: Explained) -> Mapping[str, Any]:
    """The same as plain data, with each rule's text, its places, and what it reads."""
    said = dict(told.explanation.record())
    rules = zip(said["rules"], told.explanation.rules, strict=True)
    said["rules"] = [
        {
            **rule,
            "because": trace.rule.because,
            "places": places(told.policy, trace.rule),
            "text": told.policy.text(trace.rule),
            "reads": [str(member) for member in told.reads[trace.rule.id]],
            "decisive": told.is_decisive(trace),
        }
        for rule, trace in rules
    ]
    return {
        **said,
        "needs": [list(each) for each in told.needs],
        "ceiling": told.ceiling,
        "fix": told.fixes.record(),
        "unverified": told.request.unverified,
    }


def places(policy: Policy, rule: RuleReference) -> list[Mapping[str, Any]]:
    """Where a rule stands."""
    if policy.places is None:
        return []
    return [{"file": span.file, "line": policy.places.line(span)} for span in rule.spans]
