"""A policy's rules -> the tree that is drawn: the API, resources, actions, rules and conditions.

Actions with the same rules are one node. What the language adds itself, as that an owner has a token,
is not drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Contains,
    Equal,
    HasKey,
    IsAuthenticated,
    IsStored,
    Negated,
    Quantified,
    Within,
)
from remit.compiler.ruletree import BlockTree, RuleNode
from remit.decider.needs import sets_needed
from remit.diagnostics import printable
from remit.tools.explaining.explained import Policy
from remit.tools.testing.wording import spellings, worded

Kind = OneOf["api", "resource", "actions", "permit", "forbid", "require", "join", "test"]

_LONGEST = 64
"""Characters of a line that are drawn."""
_MOST = 12
"""Lines of one node that are drawn."""


@dataclass(frozen=True, slots=True)
class Node:
    """One box: its lines, and all of its text for who points at it."""

    kind: Kind
    lines: tuple[str, ...]
    title: str
    nodes: "tuple[Node, ...]" = ()

    def record(self) -> Mapping[str, Any]:
        """The tree as plain data, for JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "nodes": [node.record() for node in self.nodes],
        }


def tree_of(policy: Policy, resource: str | None, action: str | None) -> Node:
    """The tree of a whole policy, or of one resource type, or of the actions of that name."""
    tree = policy.engine.rules()
    blocks = [
        _block(policy, tree.blocks[name], names)
        for name, actions in sorted(tree.actions.items(), key=lambda each: each[0] or "")
        if resource in (None, name) and (names := [each for each in actions if action in (None, each)])
    ]
    title = "\n".join([f"api {tree.api.name}", *policy.engine.audiences])
    return drawn_node("api", [f"api {tree.api.name}"], title, blocks)


def _block(policy: Policy, block: BlockTree, names: Sequence[str]) -> Node:
    by_rules: dict[tuple[str, ...], list[str]] = {}
    rules = {rule.reference.id: rule for rule in block.rules}
    for name in names:
        own = tuple(id_ for id_, rule in rules.items() if rule.actions is None or name in rule.actions)
        by_rules.setdefault(own, []).append(name)
    groups = [
        _actions(policy, block, each, [rules[id_] for id_ in own]) for own, each in by_rules.items()
    ]
    name = "the API itself" if block.name is None else block.name
    return drawn_node("resource", [name], name, groups)


def _actions(policy: Policy, block: BlockTree, names: Sequence[str], rules: Sequence[RuleNode]) -> Node:
    lines: list[str] = []
    for name in names:
        sets = sets_needed(block.actions[name])
        lines.append(f"{name}: {' or '.join(' and '.join(each) or 'nothing' for each in sets)}")
    order = ("forbid", "require", "permit")
    placed = sorted(rules, key=lambda rule: order.index(rule.reference.effect))
    return drawn_node("actions", lines, "\n".join(lines), [_rule(policy, rule) for rule in placed])


def _rule(policy: Policy, rule: RuleNode) -> Node:
    said = rule.reference
    stands = policy.stands(said)
    unnamed = said.id.startswith(f"{said.effect}-")
    known = said.because or (stands[0].rpartition("/")[2] if stands and unnamed else said.id)
    title = "\n".join([said.id, *stands, policy.text(said) or ""]).strip()
    return drawn_node(said.effect, [f"{said.effect}  {known}"], title, [*_conditions(rule.condition)])


def _conditions(condition: Condition) -> Iterator[Node]:
    """The node of a condition; none for one that the language adds."""
    match condition:
        case IsStored() | IsAuthenticated() | Negated(operand=IsStored() | IsAuthenticated()):
            return
        case AllOf(operands=operands) | AnyOf(operands=operands):
            inside = [node for operand in operands for node in _conditions(operand)]
            if len(inside) > 1:
                word = "all of" if isinstance(condition, AllOf) else "any of"
                yield drawn_node("join", [word], word, inside)
            else:
                yield from inside
        case Negated(operand=AllOf() | AnyOf() | Quantified() as operand):
            yield drawn_node("join", ["not"], "not", [*_conditions(operand)])
        case Quantified(every=every, collection=collection, condition=asked):
            word = f"{'all' if every else 'any'} in {worded(collection)}"
            yield drawn_node("join", [word], word, [*_conditions(asked)])
        case _:
            text = _said(condition)
            yield drawn_node("test", [text], text, [])


def _said(condition: Condition) -> str:
    """A test in the language's words; a negated one by the sign that says so, where there is one."""
    match condition:
        case Negated(operand=Equal() as operand):
            return spellings(operand)[2]
        case Negated(operand=Contains() | HasKey() | Within() as operand):
            return spellings(operand)[1]
        case Always(truth=True):
            return "anyone"
        case _:
            return spellings(condition)[0]


def drawn_node(kind: Kind, lines: Sequence[str], title: str, nodes: Sequence[Node]) -> Node:
    """A node with as much of its text as a box has room for, all of it printable."""
    told = [_cut(printable(line)) for line in lines[:_MOST]]
    if len(lines) > _MOST:
        told.append(f"and {len(lines) - _MOST} more")
    whole = "\n".join(printable(line) for line in title.splitlines())
    return Node(kind, tuple(told), whole, tuple(nodes))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
