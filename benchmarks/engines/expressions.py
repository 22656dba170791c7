"""CEL in Rust: an expression for each kind and action, and a caller who picks one out of a dict.

Its best form: single variables, for converting a dict costs most of a call; a context for each token
with the token's variables in it, to which each call adds those of the resource (so no two threads may
share a token).
"""

from typing import Any

import cel

from benchmarks.engines.candidate import Ready, Skipped, token_of
from benchmarks.scenarios import Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, GRANTED_BY, NEEDS

Expressions = dict[tuple[str, str], str]


def source(scenario: Scenario, way: str) -> Expressions:  # noqa: ARG001  (there is one way)
    """The expressions."""
    if scenario.shape is Shape.TENANTS:
        raise Skipped("has no rules, only expressions, of which it would take one for all tenants")
    return {
        (kind, action): _expression(scenario, action) for kind in scenario.kinds for action in ACTIONS
    }


def _expression(scenario: Scenario, action: str) -> str:
    granted = f'"{NEEDS[action]}" in scopes'
    if scenario.shape is Shape.SCOPE:
        return granted
    by_role = " || ".join(f'"{role}" in roles' for role in GRANTED_BY[action])
    shared = " || id in shared_with" if action == "read" else ""
    return (
        f"{granted} && resource_tenant == tenant"
        f' && (classification != "secret" || mfa)'
        f" && ({by_role} || owner == id{shared})"
    )


def load(source: Expressions, way: str) -> Ready:  # noqa: ARG001  (there is one way)
    """Compile them."""
    programs = {asked: cel.compile(text) for asked, text in source.items()}

    def decide(context: cel.Context, action: str, kind: str, resource: dict[str, Any]) -> bool:
        context.add_variable("owner", resource["owner"])
        context.add_variable("resource_tenant", resource["tenant"])
        context.add_variable("classification", resource["classification"])
        context.add_variable("shared_with", resource["shared_with"])
        answer: bool = programs[kind, action].execute(context)
        return answer

    return Ready(decide, _arguments)


def _arguments(request: Request) -> tuple[Any, ...]:
    claims, action, kind, resource = request
    return cel.Context(token_of(claims)), action, kind, resource
