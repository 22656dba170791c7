"""A policy and a request -> all that is told of the decision.

What each rule reads is known from the policy alone: a value counts as read although a short circuit
did without it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.checker.checked import (
    Caller,
    CheckedIssuer,
    Condition,
    InRole,
    IsClient,
    IsEntitled,
    Member,
    Read,
    Root,
    Scopes,
    StrongLogin,
)
from remit.checker.reads import leaves, read_by
from remit.compiler.ruletree import RuleNode, RuleReference
from remit.decider.engine import Engine
from remit.decider.explain import Explanation, RuleTrace
from remit.decider.fixes import Fixes
from remit.decider.loading import BUNDLE
from remit.decider.reading import read_set
from remit.tokens.principal import Principal
from remit.tokens.profiles import PROFILES, Profile
from remit.tools.explaining.ceiling import above_ceiling
from remit.tools.inputs import RequestInput, caller
from remit.tools.testing.results import Places


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in force, and where its rules stand; a bundle has no text to stand in."""

    path: Path
    engine: Engine
    places: Places | None

    def stands(self, rule: RuleReference) -> tuple[str, ...]:
        """Each place of a rule, as `file:line`."""
        return () if self.places is None else tuple(map(self.places.of, rule.spans))

    def text(self, rule: RuleReference) -> str | None:
        """The rule as it is written where it stands first."""
        return None if self.places is None else self.places.block(rule.spans[0])


def read_policy(path: Path) -> Policy:
    """Load the policy at `path`, and its text. Raises what `Engine.load` raises."""
    engine = Engine.load(path)
    return Policy(path, engine, None if path.suffix == BUNDLE else Places(read_set(path).sources))


@dataclass(frozen=True, slots=True)
class Explained:
    """One request, how it was decided, and what would change that.

    `reads` are, by rule, the members that it reads, `claims` the claims that hold what it reads, by
    their names in the token. `needs` as `Engine.needs` has them.
    """

    policy: Policy
    action: str
    request: RequestInput
    who: Principal | None
    explanation: Explanation
    fixes: Fixes
    needs: tuple[tuple[str, ...], ...]
    reads: Mapping[str, tuple[Member, ...]]
    claims: Mapping[str, frozenset[str]]
    ceiling: str | None

    def is_decisive(self, trace: RuleTrace) -> bool:
        """Whether a rule had a part in the answer; where nothing permits, every permit has."""
        truth = trace.step.truth
        if trace.rule.effect != "permit":
            return truth is not False
        if self.explanation.allowed:
            return truth is True
        permits = (each for each in self.explanation.rules if each.rule.effect == "permit")
        return all(each.step.truth is not True for each in permits)

    def numbered(self) -> list[tuple[int, RuleTrace]]:
        """The rules of the action, counted from 1: those that had a part in the answer first."""
        rules = sorted(self.explanation.rules, key=lambda trace: not self.is_decisive(trace))
        return list(enumerate(rules, 1))


def explained(policy: Policy, action: str, request: RequestInput) -> Explained:
    """Decide a request, and gather what is told of it."""
    engine, who = policy.engine, caller(policy.engine, request)
    asked: dict[str, Any] = {
        "context": request.context,
        "parameters": request.parameters,
        "now": request.now,
    }
    explanation = engine.explain(who, action, request.resource, **asked)
    fixes = engine.fix(who, action, request.resource, **asked)
    kind = request.resource[0] if request.resource else None
    block = engine.rules().blocks.get(kind)
    known = block is not None and action in block.actions
    rules = {rule.reference.id: rule for rule in block.rules} if block is not None else {}
    traced = [rules[trace.rule.id] for trace in explanation.rules]
    issuer = engine.rules().api.issuers.get(str((request.claims or {}).get("iss")))
    return Explained(
        policy,
        action,
        request,
        who,
        explanation,
        fixes,
        engine.needs(action, kind) if known else (),
        {rule.reference.id: _reads(rule) for rule in traced},
        {rule.reference.id: frozenset(_claims(rule.condition, issuer)) for rule in traced},
        above_ceiling(engine.rules().api, who, request.claims),
    )


def _reads(rule: RuleNode) -> tuple[Member, ...]:
    return tuple(sorted(set(_members(rule.condition)), key=str))


def _members(condition: Condition) -> Iterator[Member]:
    for value in read_by(condition):
        if isinstance(value, Read):
            yield value.member


def _claims(condition: Condition, issuer: CheckedIssuer | None) -> Iterator[str]:
    """The names of the claims that hold what a condition reads, in the tokens of an issuer."""
    issuer = issuer or CheckedIssuer("custom")
    profile = PROFILES[issuer.profile]
    yield from (each.source[0] for each in _members(condition) if each.root is Root.TOKEN)
    for value in read_by(condition):
        if isinstance(value, Caller):
            yield from _who(value.what, profile, issuer)
    for leaf in leaves(condition):
        match leaf:
            case InRole():
                yield issuer.sources.get("roles", profile.roles)[0]
            case IsClient():
                yield from _who("client", profile, issuer)
            case StrongLogin():
                yield from ("acr", "auth_time")
            case IsEntitled() | Scopes():
                yield issuer.sources.get("scope", profile.scope)[0]
                yield issuer.sources.get("roles", profile.roles)[0]
                yield issuer.sources.get("permissions", profile.permissions or ("permissions",))[0]
            case _:
                pass


def _who(what: str, profile: Profile, issuer: CheckedIssuer) -> tuple[str, ...]:
    """The claims that say who asks."""
    subject = issuer.sources.get("subject", profile.user_subject)[0]
    clients = issuer.sources.get("client", ())[:1] or profile.clients
    told = {"user": (subject,), "issuer": ("iss",), "kind": (subject, *clients)}
    return told.get(what, clients)
