"""A decision that was recorded, and the policy at hand -> what it said, in the policy's words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from remit.compiler.ruletree import RuleReference
from remit.decider.decision import Decision
from remit.diagnostics import printable
from remit.tools.explaining.explained import Policy
from remit.tools.explaining.report import headline, places

_COMPARED = ("allowed", "rule", "layers", "denials", "errors", "missing_scopes", "missing_roles")


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)


class RecordedDenial(_Record):
    """One of a record's denials."""

    layer: str
    rule: str | None = None
    message: str
    erred: bool = False
    login: dict[str, Any] | None = None


class Recorded(_Record):
    """What `Decision.record()` made; what else a service logs beside it counts for nothing.

    `digest` is None in the records of versions before it was there.
    """

    allowed: bool
    reason: str
    rule: str | None = None
    layers: dict[str, str]
    denials: list[RecordedDenial]
    errors: list[str] = []
    missing_scopes: list[str] = []
    missing_roles: list[str] = []
    digest: str | None = None

    def named(self) -> dict[str, str]:
        """The rules that it names, each with the part that it had."""
        parts = {} if self.rule is None or not self.allowed else {self.rule: "permitted"}
        erred = dict.fromkeys(self.errors, "could not be worked out")
        denied = {each.rule: "denied" for each in self.denials if each.rule and not each.erred}
        return {**denied, **parts, **erred}


class Difference(NamedTuple):
    """A member of a record that another decision of the same request has otherwise."""

    name: str
    then: Any
    now: Any


def differences(record: Recorded, decision: Decision) -> list[Difference]:
    """What comes out otherwise now; until when it holds, and by which generation, counts for nothing."""
    then, now = record.model_dump(), decision.record()
    return [
        Difference(name, then[name], now[name]) for name in _COMPARED if _plain(then, name) != now[name]
    ]


def _plain(record: Mapping[str, Any], name: str) -> object:
    """A member as `Decision.record` has it, before JSON made lists of its tuples."""
    if name != "denials":
        return record[name]
    return [{**each, "login": _login(each["login"])} for each in record[name]]


def _login(login: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if login is None else {**login, "acr_values": tuple(login.get("acr_values", ()))}


def same_policy(record: Recorded, policy: Policy) -> bool | None:
    """Whether it was decided by this policy; None where the record does not say."""
    return None if record.digest is None else record.digest == policy.engine.digest


def lines(record: Recorded, policy: Policy) -> Iterator[str]:
    """What was decided, by which policy, and each rule that had a part in it with its text."""
    yield f"{'allow' if record.allowed else 'deny'}: {printable(record.reason)}"
    for name, verdict in record.layers.items():
        yield f"  {printable(name):<11} {printable(verdict)}"
    for denial in record.denials[1:]:
        yield f"  - {printable(denial.message)}"
    for what, names in (("scopes", record.missing_scopes), ("roles", record.missing_roles)):
        if names:
            yield f"  missing {what}: {printable(', '.join(names))}"
    yield _by_which(record, policy)
    rules, named = _rules(policy), record.named()
    if not named:
        yield "it names no rule: with --action and the request beside it, every rule is shown"
    for name, part in named.items():
        rule = rules.get(name)
        if rule is None:
            yield f"{printable(name)}: {part}; there is no such rule in this policy"
            continue
        yield f"{headline(policy, rule)}: {part}"
        yield from (f"    {line}" for line in (policy.text(rule) or "").splitlines())


def _by_which(record: Recorded, policy: Policy) -> str:
    match same_policy(record, policy):
        case None:
            return "the record does not say by which policy it was decided"
        case True:
            return f"decided by this policy, digest {policy.engine.digest}"
        case _:
            return (
                f"decided by another policy, digest {printable(str(record.digest))}: "
                f"this one's is {policy.engine.digest}"
            )


def _rules(policy: Policy) -> dict[str, RuleReference]:
    blocks = policy.engine.rules().blocks.values()
    return {rule.reference.id: rule.reference for block in blocks for rule in block.rules}


def summary(found: Sequence[Difference]) -> list[str]:
    """Whether deciding again came out the same, in lines."""
    if not found:
        return ["decided again, it comes out the same"]
    told = (f"  {each.name}: was {_brief(each.then)}; is {_brief(each.now)}" for each in found)
    return ["decided again, it comes out otherwise", *told]


def _brief(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return ", ".join(f"{name} {printable(str(each))}" for name, each in value.items())
        case list():
            told = (each["message"] if isinstance(each, dict) else str(each) for each in value)
            return printable(", ".join(told)) or "nothing"
        case _:
            return printable(str(value))


def as_record(record: Recorded, policy: Policy) -> Mapping[str, Any]:
    """The same as plain data."""
    rules = _rules(policy)
    return {
        "record": record.model_dump(),
        "digest": policy.engine.digest,
        "same_policy": same_policy(record, policy),
        "rules": [
            {"rule": name, "part": part, **_told(policy, rules.get(name))}
            for name, part in record.named().items()
        ],
    }


def _told(policy: Policy, rule: RuleReference | None) -> Mapping[str, Any]:
    if rule is None:
        return {"known": False}
    return {
        "known": True,
        "effect": rule.effect,
        "because": rule.because,
        "places": places(policy, rule),
        "text": policy.text(rule),
    }
