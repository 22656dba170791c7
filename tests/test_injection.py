"""Text of a policy never becomes code (failure mode 41)."""

import ast
import re
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

from remit import Engine, PolicyError, VerifiedClaims
from remit.compiler.codes import layout
from remit.compiler.conditions import Writer
from remit.compiler.emit import _NAMESPACE, Functions, _write_allows, _write_decides, planned
from remit.compiler.residual import residual
from remit.compiler.shapes import Row
from remit.decider.loading import Origin

CANARY = "canary"
PAYLOADS = (
    "\\\"); open('canary', 'w') #",
    "__import__('os').system('touch canary')",
    "{0.__class__.__init__.__globals__}",
    "%(x)s %n",
    "''' + open('canary', 'w').name + '''",
    "\\n\\u{2028}import os",
    "__builtins__",
    "__class__",
    "lambda",
    "v0",
    "b",
    "ABSENT",
    "get",
)
POSITIONS = {
    "api name": "api `{}` {{",
    "audience": 'audience "{}"',
    "issuer": 'issuer "{}"',
    "scope description": 'scope s "{}"',
    "role": "role `{}`",
    "claim": "token {{ `{}`: string  c: string }}",
    "context member": "context {{ `{}`: string }}",
    "resource type": "resource `{}` {{",
    "attribute": "`{}`?: string",
    "enum value": 'e: "{}" | "other"',
    "default": 'd: string = "{}"',
    "action": "action `{}` needs s",
    "relation": 'relation `{}` when c == "x"',
    "rule name": 'permit "{}" act to owner',
    "literal": 'forbid act when c == "{}"',
    "message": 'forbid act when c == "y" because "{}"',
    "type": "type `{}` = string",
    "let": 'let `{}` = "x"',
    "client": "client `{}` grants s",
    "place of a claim": 'token {{ far: string from there."{}" }}',
    "member of a record": "spot: {{ `{}`: int }}",
    "parameter": "action made(`{}`: int) needs s",
    "element": 'forbid act when any `{0}` in tags where `{0}` == "q"',
    "pattern": 'forbid act when c like "{}"',
    "key": 'forbid act when (marks["{}"] ?? 1) == 2',
    "login": 'require act acr "{}" when c == "v"',
    "obligation": "permit act to owner oblige `{}`",
    "member of an obligation": "permit act to owner oblige log {{ `{}`: c }}",
    "value of an obligation": 'permit act to owner oblige log {{ x: "{}" }}',
    "fixture": 'token t {{ sub: "{}" }}',
    "test name": 'test "{}" {{',
}
PLAIN = {
    "api name": "a",
    "audience": "aud",
    "issuer": "iss",
    "scope description": "of s",
    "role": "r1",
    "claim": "d1",
    "context member": "m1",
    "resource type": "Thing",
    "attribute": "o1",
    "enum value": "one",
    "default": "some",
    "action": "other",
    "relation": "rel",
    "rule name": "rule",
    "literal": "lit",
    "message": "why",
    "type": "Name",
    "let": "fixed",
    "client": "batch",
    "place of a claim": "here",
    "member of a record": "row",
    "parameter": "amount",
    "element": "each",
    "pattern": "/**",
    "key": "first",
    "login": "strong",
    "obligation": "audit",
    "member of an obligation": "what",
    "value of an obligation": "so",
    "fixture": "ann",
    "test name": "t",
}
LAYOUT = """
{api name}
  {audience}
  {issuer} profile auth0
  {scope description}
  {role} grants s
  {client}
}}
{type}
{let}
{claim}
{place of a claim}
{context member}
{resource type}
  owner: user
  c: string
  {attribute}
  {enum value}
  {default}
  tags: set<string>
  marks: map<string, int>
  {member of a record}
  assume {member}, d, marks
  action act needs s
  {action}
  {parameter}
  {relation}
  {rule name}
  {literal}
  {message}
  {element}
  {pattern}
  {key}
  {login}
  {obligation}
  {member of an obligation}
  {value of an obligation}
  forbid act when has {member} and {member} == "z"
  forbid act when e == {value} and d == "q"
}}
{test name}
  {fixture}
}}
"""


def policy(position: str | None, payload: str) -> str:
    texts = {name: payload if name == position else plain for name, plain in PLAIN.items()}
    lines = {name: POSITIONS[name].format(text) for name, text in texts.items()}
    text = LAYOUT
    for name, line in lines.items():
        text = text.replace(f"{{{name}}}", line)
    text = text.replace("{member}", f"`{texts['attribute']}`")
    return text.replace("{value}", f'"{texts["enum value"]}"').replace("}}", "}")


def name_of(node: ast.AST) -> str:
    """The name in a node, which must be one of the emitter's own; the number of a local left out."""
    name = getattr(node, "id", None)
    if name is None:
        return ""
    assert re.fullmatch(r"[vne]\d+|c\d+r?|b|r|x|t|p|k|now", name) or name in _NAMESPACE
    return re.sub(r"\d+", "", str(name))


def shapes(text: str, file: str = "policy.remit") -> list[list[str]]:
    """The kinds of nodes of all that is emitted, and the names in them."""
    program = Origin(None, {file: text}, None, None).load().program
    made = []
    for head in program.heads.values():
        if head.action.name != "act":
            continue
        for mapping in (True, False):
            one, other = (Writer(program, mapping=mapping) for _ in range(2))
            plan = planned(program, residual(head), layout(head), Row(program))
            _write_allows(one, plan)
            _write_decides(other, plan)
            for writer in (one, other):
                nodes = [node for statement in writer.body for node in ast.walk(statement)]
                made.append([f"{type(n).__name__} {name_of(n)}" for n in nodes])
    # Rules are sorted by identity, which a literal is part of: the same parts in another order.
    return sorted(sorted(nodes) for nodes in made)


@cache
def plain_shapes() -> list[list[str]]:
    return shapes(policy(None, ""))


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / CANARY


def test_the_layout_has_every_position() -> None:
    assert set(PLAIN) == set(POSITIONS)
    assert Engine.from_text(policy(None, "")).generation == 1


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_a_finding_or_plain_text(position: str, payload: str, canary: Path) -> None:
    text = policy(position, payload)
    try:
        found = shapes(text)
    except PolicyError:
        found = None
    if found is not None:
        assert found == plain_shapes()
        ask(text)
    assert not canary.exists()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_file_name_is_plain_text(payload: str, canary: Path) -> None:
    assert shapes(policy(None, ""), payload) == plain_shapes()
    with pytest.raises(PolicyError):
        Engine.from_text({payload: "permit"})
    assert not canary.exists()


def ask(text: str) -> None:
    """Run what was emitted, through all doors."""
    engine = Engine.from_text(text, audience="aud", issuers={"iss": "auth0"}, clock=lambda: 0.0)
    claims = {"iss": "iss", "aud": "aud", "sub": "auth0|ann", "exp": 9, "scope": "s", "c": "x"}
    who = engine.principal(VerifiedClaims(claims))
    assert who.problem is None
    thing = {"owner": "auth0|ann", "c": "x", "e": "other"}
    [resource] = re.findall(r"resource `(.*)` {", text)
    allowed = engine.allows(who, "act", (resource, thing))
    assert engine.explain(who, "act", (resource, thing)).allowed is allowed


def test_what_is_emitted_has_no_builtins() -> None:
    program = Origin(None, {"policy.remit": policy(None, "")}, None, None).load().program
    for head in program.heads.values():
        emitted = Functions(program).of(residual(head), layout(head), mapping=True)
        for function in (emitted.allows, emitted.decides):
            assert isinstance(function, FunctionType)
            assert function.__globals__["__builtins__"] == {}
