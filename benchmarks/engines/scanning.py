"""vakt: attribute policies as Python objects, tried one after the other.

Its best form: the kind and the action in one string, which is the first test of every policy and the one
that most fail; sets as frozensets; rules of our own where it has none for membership. `split`: a guard
for each kind of resource, of which the caller picks one.
"""

from typing import Any

from vakt import ALLOW_ACCESS, DENY_ACCESS, Guard, Inquiry, MemoryStorage, Policy, RulesChecker
from vakt.rules import Any as Anything
from vakt.rules import Eq, In, Not, ResourceMatch, SubjectMatch
from vakt.rules.base import Rule

from benchmarks.engines.candidate import Ready, token_of
from benchmarks.scenarios import Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, GRANTED_BY, NEEDS


class Holds(Rule):
    """The set has the element."""

    def __init__(self, element: str) -> None:
        self.element = element

    def satisfied(self, what: Any, inquiry: Any = None) -> bool:  # noqa: ARG002  (vakt's signature)
        """Whether it has."""
        return self.element in what


class Meets(Rule):
    """The set has one of the elements."""

    def __init__(self, elements: tuple[str, ...]) -> None:
        self.elements = frozenset(elements)

    def satisfied(self, what: Any, inquiry: Any = None) -> bool:  # noqa: ARG002  (vakt's signature)
        """Whether it has."""
        return not self.elements.isdisjoint(what)


class SharedWith(Rule):
    """The subject is among those that the resource is shared with."""

    def satisfied(self, what: Any, inquiry: Any = None) -> bool:
        """Whether it is."""
        return what in inquiry.resource["shared_with"]


def source(scenario: Scenario, way: str) -> Scenario:  # noqa: ARG001  (policies are objects)
    """The scenario itself: there is no text, and making the objects is loading them."""
    return scenario


def _policies(scenario: Scenario, kind: str) -> list[Policy]:
    if scenario.shape is Shape.SCOPE:
        return [
            _policy(f"scope {action}", [f"Document:{action}"], {"scopes": Holds(NEEDS[action])})
            for action in ACTIONS
        ]
    if scenario.shape is Shape.TENANTS:
        readers = {"scopes": Holds(NEEDS["read"])}
        return [
            _policy(
                tenant,
                ["Document:read"],
                readers | {"roles": Holds(scenario.role_of(tenant))},
                {"tenant": Eq(tenant)},
            )
            for tenant in scenario.tenants
        ] + [_other_tenant("Document")]
    return _documents(kind)


def _documents(kind: str) -> list[Policy]:
    policies: list[Policy] = []
    for action in ACTIONS:
        asked = [f"{kind}:{action}"]
        granted = {"scopes": Holds(NEEDS[action])}
        by_role = granted | {"roles": Meets(GRANTED_BY[action])}
        own = granted | {"id": ResourceMatch("owner")}
        subjects = [own, granted | {"id": SharedWith()}] if action == "read" else [own]
        policies.append(_policy(f"{asked} by role", asked, by_role))
        policies.append(
            Policy(
                f"{asked} own",
                actions=[Eq(each) for each in asked],
                subjects=subjects,
                resources=[Anything()],
                effect=ALLOW_ACCESS,
            )
        )
    secret = Policy(
        f"{kind} secret",
        actions=[In(*_asked(kind))],
        resources=[{"classification": Eq("secret")}],
        subjects=[{"mfa": Eq(val=False)}],
        effect=DENY_ACCESS,
    )
    return [*policies, _other_tenant(kind), secret]


def _asked(kind: str) -> list[str]:
    return [f"{kind}:{action}" for action in ACTIONS]


def _other_tenant(kind: str) -> Policy:
    return Policy(
        f"{kind} of another tenant",
        actions=[In(*_asked(kind))],
        resources=[{"tenant": Not(SubjectMatch("tenant"))}],
        subjects=[Anything()],
        effect=DENY_ACCESS,
    )


def _policy(
    name: str, asked: list[str], subject: dict[str, Rule], resource: dict[str, Rule] | None = None
) -> Policy:
    return Policy(
        name,
        actions=[Eq(each) for each in asked],
        subjects=[subject],
        resources=[Anything() if resource is None else resource],
        effect=ALLOW_ACCESS,
    )


def load(source: Scenario, way: str) -> Ready:
    """Make the policies and store them, by kind or all together."""
    split = way == "split"
    kinds = {kind: _policies(source, kind) for kind in source.kinds}
    if not split:
        kinds = {"": [policy for each in kinds.values() for policy in each]}
    guards = {kind: _guard(policies).is_allowed for kind, policies in kinds.items()}

    def decide(subject: dict[str, Any], action: str, kind: str, resource: dict[str, Any]) -> bool:
        is_allowed = guards[kind if split else ""]
        allowed: bool = is_allowed(Inquiry(resource, f"{kind}:{action}", subject))
        return allowed

    return Ready(decide, _arguments)


def _guard(policies: list[Policy]) -> Guard:
    storage = MemoryStorage()
    for policy in policies:
        storage.add(policy)
    return Guard(storage, RulesChecker())


def _arguments(request: Request) -> tuple[Any, ...]:
    claims, action, kind, resource = request
    return token_of(claims, frozenset), action, kind, resource
