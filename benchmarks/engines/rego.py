"""Rego, by the regorus VM and by OPA itself inside the process.

Its best form: rules that begin with the kind and the action, by which OPA indexes them. Both engines
want JSON: the token's is made beforehand, the resource's at each call. The regorus VM takes no program
of more than 65,535 instructions; `split` compiles one for each kind, and the caller picks.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from benchmarks.engines.candidate import Ready, Skipped, token_of
from benchmarks.scenarios import Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, GRANTED_BY, NEEDS

Modules = dict[str, str]
_ENTRY = "data.access.allow"
_MOST_COMPILED = 2_500
_HEAD = """\
package access

default allow := false

allow if {
  permit
  not forbid
}

forbid if false

"""


def source(scenario: Scenario, way: str) -> Modules:
    """Rego by kind, or all of it in one module."""
    kinds = {kind: "\n".join(_rules(scenario, kind)) for kind in scenario.kinds}
    if way == "regorus split":
        return {kind: _HEAD + rules for kind, rules in kinds.items()}
    if way == "regorus" and scenario.rules > _MOST_COMPILED:
        raise Skipped("compiles no program of more than 65,535 instructions, some 2,700 rules")
    return {"": _HEAD + "\n".join(kinds.values())}


def _rules(scenario: Scenario, kind: str) -> Iterator[str]:
    if scenario.shape is Shape.TENANTS:
        for tenant in scenario.tenants:
            of_tenant = f'input.resource.tenant == "{tenant}"'
            role = f'"{scenario.role_of(tenant)}" in input.token.roles'
            yield _rule("permit", kind, "read", of_tenant, _granted("read"), role)
        yield _rule("forbid", kind, None, "input.resource.tenant != input.token.tenant")
        return
    for action in ACTIONS:
        granted = _granted(action)
        if scenario.shape is Shape.SCOPE:
            yield _rule("permit", kind, action, granted)
            continue
        roles = "{" + ", ".join(f'"{role}"' for role in GRANTED_BY[action]) + "}"
        yield _rule(
            "permit", kind, action, granted, "some role in input.token.roles", f"role in {roles}"
        )
        yield _rule("permit", kind, action, granted, "input.resource.owner == input.token.id")
    if scenario.shape is Shape.DOCUMENTS:
        shared = "input.token.id in input.resource.shared_with"
        yield _rule("permit", kind, "read", _granted("read"), shared)
        yield _rule("forbid", kind, None, "input.resource.tenant != input.token.tenant")
        classified = 'input.resource.classification == "secret"'
        yield _rule("forbid", kind, None, classified, "input.token.mfa != true")


def _granted(action: str) -> str:
    return f'"{NEEDS[action]}" in input.token.scopes'


def _rule(name: str, kind: str, action: str | None, *conditions: str) -> str:
    about = [f'input.kind == "{kind}"']
    if action is not None:
        about.append(f'input.action == "{action}"')
    body = "".join(f"  {condition}\n" for condition in (*about, *conditions))
    return f"{name} if {{\n{body}}}\n"


def load(source: Modules, way: str) -> Ready:
    """Compile."""
    if way == "opa":
        return _opa(source[""])
    programs = {kind: _virtual_machine(text) for kind, text in source.items()}
    return _regorus(programs, split=way == "regorus split")


def _virtual_machine(text: str) -> Any:
    import regorus  # noqa: PLC0415  (one of the two that this module is about may be missing)

    machine = regorus.Rvm()
    program = regorus.Program.compile_from_modules("{}", [("access.rego", text)], [_ENTRY])
    machine.load_program(program)
    return machine


def _regorus(programs: dict[str, Any], *, split: bool) -> Ready:
    def decide(token: bytes, action: str, kind: str, resource: dict[str, Any]) -> bool:
        machine = programs[kind if split else ""]
        about = orjson.dumps({"action": action, "kind": kind, "resource": resource})
        machine.set_input_json((b'{"token":' + token + b"," + about[1:]).decode())
        answer: bool = machine.execute() == "true"
        return answer

    return Ready(decide, _asked(orjson.dumps))


def _opa(text: str) -> Ready:
    from opa_bindings import OpaEngine  # noqa: PLC0415  (as above)

    engine = OpaEngine()
    engine.add_policy("access.rego", text)
    evaluate = engine.eval_document

    def decide(token: dict[str, Any], action: str, kind: str, resource: dict[str, Any]) -> bool:
        asked = {"token": token, "action": action, "kind": kind, "resource": resource}
        return evaluate("access.allow", asked) is True

    return Ready(decide, _asked(lambda token: token))


def _asked(prepare: Callable[[dict[str, Any]], object]) -> Callable[[Request], tuple[Any, ...]]:
    def arguments(request: Request) -> tuple[Any, ...]:
        claims, action, kind, resource = request
        return prepare(token_of(claims)), action, kind, resource

    return arguments
