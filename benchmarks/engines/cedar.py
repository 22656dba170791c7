"""Cedar, through cedarpy.

Its best form: policies and entities parsed once into handles; what the token and the resource say in
the context, as JSON text of which the token's part is made beforehand; no entities, whose parsing would
cost more.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from cedarpy import Entities, PolicySet, is_authorized

from benchmarks.engines.candidate import Ready, token_of
from benchmarks.scenarios import Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, GRANTED_BY, NEEDS

_SAME_TENANT = "context.resource.tenant == context.token.tenant"


def source(scenario: Scenario, way: str) -> str:  # noqa: ARG001  (there is one way)
    """Cedar."""
    return "\n".join(policy for kind in scenario.kinds for policy in _policies(scenario, kind))


def _policies(scenario: Scenario, kind: str) -> Iterator[str]:
    if scenario.shape is Shape.TENANTS:
        for tenant in scenario.tenants:
            named = f'context.resource.tenant == "{tenant}"'
            role = f'context.token.roles.contains("{scenario.role_of(tenant)}")'
            yield _permit(kind, "read", named, _granted("read"), role)
        yield f"forbid (principal, action, resource is {kind}) unless {{ {_SAME_TENANT} }};"
        return
    for action in ACTIONS:
        granted = _granted(action)
        if scenario.shape is Shape.SCOPE:
            yield _permit(kind, action, granted)
            continue
        roles = ", ".join(f'"{role}"' for role in GRANTED_BY[action])
        yield _permit(kind, action, granted, f"context.token.roles.containsAny([{roles}])")
        own = "context.resource.owner == context.token.id"
        if action == "read":
            own = f"({own} || context.resource.shared_with.contains(context.token.id))"
        yield _permit(kind, action, granted, own)
    if scenario.shape is Shape.DOCUMENTS:
        classified = 'context.resource.classification == "secret" && !context.token.mfa'
        yield f"forbid (principal, action, resource is {kind}) unless {{ {_SAME_TENANT} }};"
        yield f"forbid (principal, action, resource is {kind}) when {{ {classified} }};"


def _granted(action: str) -> str:
    return f'context.token.scopes.contains("{NEEDS[action]}")'


def _permit(kind: str, action: str, *conditions: str) -> str:
    condition = " && ".join(conditions)
    return (
        f'permit (principal, action == Action::"{action}", resource is {kind}) when {{ {condition} }};'
    )


def load(source: str, way: str) -> Ready:  # noqa: ARG001  (there is one way)
    """Parse into handles."""
    policies = PolicySet.from_str(source)
    entities = Entities.from_json_str("[]")

    def decide(token: tuple[str, bytes], action: str, kind: str, resource: dict[str, Any]) -> bool:
        principal, text = token
        context = b'{"token":' + text + b',"resource":' + orjson.dumps(resource) + b"}"
        asked = {
            "principal": principal,
            "action": f'Action::"{action}"',
            "resource": f'{kind}::"x"',
            "context": context.decode(),
        }
        allowed: bool = is_authorized(asked, policies, entities).allowed
        return allowed

    return Ready(decide, _arguments)


def _arguments(request: Request) -> tuple[Any, ...]:
    claims, action, kind, resource = request
    return (f'User::"{claims["sub"]}"', orjson.dumps(token_of(claims))), action, kind, resource
