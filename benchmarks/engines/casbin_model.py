"""pycasbin: lines of a table, and a matcher that is tried on one after the other.

Its best form: an attribute test is a function of ours that the matcher calls with the line's words,
which costs less than an expression in the line. `fast` is its FastEnforcer, which looks only at the
lines of the kind and the action that are asked about.
"""

from collections.abc import Iterator
from typing import Any

from casbin import Enforcer, FastEnforcer
from casbin.model import FastModel, Model

from benchmarks.engines.candidate import Ready, token_of
from benchmarks.scenarios import Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, GRANTED_BY, NEEDS

Line = list[str]
_MODEL = """\
[request_definition]
r = kind, act, sub, obj
[policy_definition]
p = kind, act, test, word, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = {matcher}
"""
_THIS_LINE = "test(r.sub, r.obj, p.test, p.word)"


def source(scenario: Scenario, way: str) -> list[Line]:  # noqa: ARG001  (the lines are the same)
    """Lines: kind, action, a test and its word, and what follows."""
    return [line for kind in scenario.kinds for line in _lines(scenario, kind)]


def _lines(scenario: Scenario, kind: str) -> Iterator[Line]:
    if scenario.shape is Shape.TENANTS:
        for tenant in scenario.tenants:
            yield [kind, "read", "tenant", f"{tenant} {scenario.role_of(tenant)}", "allow"]
        yield [kind, "read", "elsewhere", "", "deny"]
        return
    for action in ACTIONS:
        if scenario.shape is Shape.SCOPE:
            yield [kind, action, "scope", NEEDS[action], "allow"]
            continue
        yield [kind, action, "role", " ".join((NEEDS[action], *GRANTED_BY[action])), "allow"]
        yield [kind, action, "owner", NEEDS[action], "allow"]
        yield [kind, action, "elsewhere", "", "deny"]
        yield [kind, action, "secret", "", "deny"]
    if scenario.shape is Shape.DOCUMENTS:
        yield [kind, "read", "shared", NEEDS["read"], "allow"]


def _holds(token: dict[str, Any], resource: dict[str, Any], test: str, words: str) -> bool:
    match test:
        case "elsewhere":
            answer = resource["tenant"] != token["tenant"]
        case "secret":
            answer = resource["classification"] == "secret" and not token["mfa"]
        case "owner":
            answer = words in token["scopes"] and resource["owner"] == token["id"]
        case "shared":
            answer = words in token["scopes"] and token["id"] in resource["shared_with"]
        case "tenant":
            tenant, _, role = words.partition(" ")
            answer = (
                resource["tenant"] == tenant
                and role in token["roles"]
                and NEEDS["read"] in token["scopes"]
            )
        case "scope":
            answer = words in token["scopes"]
        case _:
            scope, *roles = words.split()
            answer = scope in token["scopes"] and not token["roles"].isdisjoint(roles)
    return bool(answer)


def load(source: list[Line], way: str) -> Ready:
    """Fill the enforcer's table."""
    if way == "fast":
        model = FastModel([0, 1])
        model.load_model_from_text(_MODEL.format(matcher=_THIS_LINE))
        enforcer = FastEnforcer(model, cache_key_order=[0, 1])
    else:
        model = Model()
        matcher = f"r.kind == p.kind && r.act == p.act && {_THIS_LINE}"
        model.load_model_from_text(_MODEL.format(matcher=matcher))
        enforcer = Enforcer(model)
    enforcer.add_function("test", _holds)
    for line in source:  # as its own loader does; `add_policies` looks through all lines for each
        model.model["p"]["p"].policy.append(line)
    enforce = enforcer.enforce

    def decide(token: dict[str, Any], action: str, kind: str, resource: dict[str, Any]) -> bool:
        allowed: bool = enforce(kind, action, token, resource)
        return allowed

    return Ready(decide, _arguments)


def _arguments(request: Request) -> tuple[Any, ...]:
    claims, action, kind, resource = request
    return token_of(claims, frozenset), action, kind, resource
