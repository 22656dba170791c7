"""Expressions as written, each with the condition that it was checked to be.

The checker makes a condition of each part of an expression, in the same order: they are walked together.
A relation is walked where the first rule names it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Block,
    CheckedRule,
    Condition,
    Negated,
    Quantified,
)
from remit.linter.scene import Scene
from remit.spans import Span
from remit.syntax import tree


class Pair(NamedTuple):
    """A part of a condition, written and checked; `clause` is the place of the rule it is met in."""

    node: tree.Expression
    condition: Condition
    clause: Span


def pairs(scene: Scene) -> Iterator[Pair]:
    """Every part of every condition, each once for each block in which it stands."""
    rules: dict[Span, tree.Rule] = {}
    relations: dict[str | None, dict[str, tree.Relation]] = {}
    actions: dict[str | None, list[tree.Action]] = {}
    for item in scene.document.items:
        if isinstance(item, tree.Rule):
            rules[item.span] = item
        elif isinstance(item, tree.Api | tree.Resource):
            name = item.name.text if isinstance(item, tree.Resource) else None
            for each in item.items:
                if isinstance(each, tree.Rule):
                    rules[each.span] = each
                elif isinstance(each, tree.Relation):
                    relations.setdefault(name, {})[each.name.text] = each
                elif isinstance(each, tree.Action):
                    actions.setdefault(name, []).append(each)
    for block in scene.checked.blocks:
        walk = _Walk(relations.get(block.name, {}), set())
        for action in actions.get(block.name, ()):
            yield from walk.needs(action, block)
        for rule in block.rules:
            yield from walk.rule(rules[rule.span], rule)


class _Walk(NamedTuple):
    """Through one block."""

    relations: dict[str, tree.Relation]
    seen: set[str]

    def needs(self, action: tree.Action, block: Block) -> Iterator[Pair]:
        made = block.actions[action.names[0].text].needs
        for clause, alternative in zip(action.needs, made, strict=True):
            if clause.when is not None:
                yield from self.expression(clause.when, alternative.when, action.span)

    def rule(self, rule: tree.Rule, checked: CheckedRule) -> Iterator[Pair]:
        assert isinstance(checked.condition, AllOf)
        parts = iter(checked.condition.operands)
        if rule.subjects is not None:
            subjects = next(parts)
            assert isinstance(subjects, AnyOf)
            for subject, condition in zip(rule.subjects, subjects.operands, strict=True):
                yield from self.subject(subject, condition, rule.span)
        if rule.when is not None:
            yield from self.expression(rule.when, next(parts), rule.span)
        if rule.unless is not None:
            unless = next(parts)
            assert isinstance(unless, Negated)
            yield from self.expression(rule.unless, unless.operand, rule.span)

    def subject(self, node: tree.Subject, condition: Condition, clause: Span) -> Iterator[Pair]:
        if isinstance(node, tree.AllSubjects):
            assert isinstance(condition, AllOf)
            for each, part in zip(node.subjects, condition.operands, strict=True):
                yield from self.subject(each, part, clause)
        elif isinstance(node, tree.NamedSubject) and node.name.text in self.relations:
            assert isinstance(condition, AllOf)
            yield from self.relation(node.name.text, condition.operands[-1], clause)

    def relation(self, name: str, condition: Condition, clause: Span) -> Iterator[Pair]:
        if name not in self.seen:
            self.seen.add(name)
            yield from self.expression(self.relations[name].condition, condition, clause)

    def expression(self, node: tree.Expression, condition: Condition, clause: Span) -> Iterator[Pair]:
        match node, condition:
            case tree.Path(root=root, steps=()), _ if root.text in self.relations:
                yield from self.relation(root.text, condition, clause)
                return
            case tree.Not(operand=operand), Negated(operand=inner):
                yield from self.expression(operand, inner, clause)
            case tree.And(operands=operands) | tree.Or(operands=operands), AllOf(operands=inner) | AnyOf(
                operands=inner
            ):
                for each, part in zip(operands, inner, strict=True):
                    yield from self.expression(each, part, clause)
            case tree.Quantified(condition=operand), Quantified(condition=inner):
                yield from self.expression(operand, inner, clause)
            case _:
                pass
        yield Pair(node, condition, clause)
