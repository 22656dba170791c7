"""Resource blocks, and the API's own statements -> Blocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from remit.checker import findings
from remit.checker.checked import (
    AllOf,
    Block,
    CheckedApi,
    CheckedRule,
    Condition,
    EachOf,
    Member,
    Need,
    NeedOfScopes,
    Negated,
    Nothing,
    OneScope,
    Root,
    SomeOf,
)
from remit.checker.expressions import Expressions
from remit.checker.members import RESERVED, check_members
from remit.diagnostics import Finding
from remit.syntax import tree

Statement = tree.Action | tree.Relation | tree.Rule


@dataclass
class Surroundings:
    """What every block may speak of."""

    api: CheckedApi
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    found: list[Finding]
    rule_names: dict[str, tree.Rule]


def check_resource(node: tree.Resource, around: Surroundings) -> Block:
    """One resource type."""
    members = check_members(Root.RESOURCE, node.fields, around.found)
    return check_block(node.name.text, members, node.items, around)


def check_block(
    name: str | None,
    members: Mapping[str, Member],
    items: Iterable[Statement],
    around: Surroundings,
) -> Block:
    """Actions, relations and rules over `members`."""
    statements = list(items)
    needs = _needs([s for s in statements if isinstance(s, tree.Action)], around)
    relations = _relations([s for s in statements if isinstance(s, tree.Relation)], members, around)
    expressions = Expressions(
        members, around.claims, around.context, relations, around.api.roles, around.found
    )
    for relation in relations.values():
        expressions.relation(relation.name)
    rules = tuple(_rule(s, needs, expressions, around) for s in statements if isinstance(s, tree.Rule))
    return Block(name, members, needs, rules)


def _needs(actions: Iterable[tree.Action], around: Surroundings) -> dict[str, Need]:
    needs: dict[str, Need] = {}
    for action in actions:
        need = _need(action.needs, around) if action.needs else Nothing()
        for name in action.names:
            if name.text in needs:
                around.found.append(findings.duplicate("action", name.text, name.span))
            if name.text in RESERVED:
                around.found.append(findings.reserved(name.text, name.span))
            if action.needs is None:
                around.found.append(findings.missing_needs(name.text, name.span))
            needs[name.text] = need
    return needs


def _need(node: tree.Need, around: Surroundings) -> Need:
    return Nothing() if isinstance(node, tree.NeedNothing) else _scopes(node, around)


def _scopes(node: tree.Need, around: Surroundings) -> NeedOfScopes:
    match node:
        case tree.NeedScope(scope=scope):
            if scope.text not in around.api.scopes:
                known = around.api.scopes
                around.found.append(findings.unknown_scope(scope.text, scope.span, known))
            return OneScope(scope.text)
        case tree.NeedAll(needs=needs):
            return EachOf(tuple(_scopes(need, around) for need in needs))
        case tree.NeedAny(needs=needs):
            return SomeOf(tuple(_scopes(need, around) for need in needs))
        case tree.NeedNothing(span=span):
            around.found.append(findings.type_mismatch("`nothing`", "a scope", span))
            return EachOf(())
        case _:
            assert_never(node)


def _relations(
    nodes: Iterable[tree.Relation], members: Mapping[str, Member], around: Surroundings
) -> dict[str, tree.Relation]:
    relations: dict[str, tree.Relation] = {}
    for node in nodes:
        name = node.name
        if name.text in relations or name.text in members:
            around.found.append(findings.duplicate("name", name.text, name.span))
        if name.text in RESERVED:
            around.found.append(findings.reserved(name.text, name.span))
        relations[name.text] = node
    return relations


def _rule(
    node: tree.Rule, needs: Mapping[str, Need], expressions: Expressions, around: Surroundings
) -> CheckedRule:
    name = str(node.name.value) if node.name else None
    if node.name and name is not None:
        if name in around.rule_names:
            around.found.append(findings.duplicate("rule", name, node.name.span))
        around.rule_names[name] = node
    return CheckedRule(
        node.effect,
        name,
        _heads(node, needs, around.found),
        _condition(node, expressions),
        str(node.because.value) if node.because else None,
        node.span,
    )


def _heads(node: tree.Rule, needs: Mapping[str, Need], found: list[Finding]) -> tuple[str, ...] | None:
    if node.actions is None:
        if not needs:
            found.append(findings.no_actions(node.span))
        return None
    seen: set[str] = set()
    for action in node.actions:
        if action.text not in needs:
            found.append(findings.unknown_action(action.text, action.span, needs))
        if action.text in seen:
            found.append(findings.duplicate("action", action.text, action.span))
        seen.add(action.text)
    return tuple(sorted(seen))


def _condition(node: tree.Rule, expressions: Expressions) -> Condition:
    parts: list[Condition] = []
    guarded = frozenset[Member]()
    if node.subjects is not None:
        parts.append(expressions.subjects(node.subjects))
    if node.when is not None:
        parts.append(expressions.condition(node.when))
        guarded = expressions.established(node.when, when=True)
    if node.unless is not None:
        parts.append(Negated(expressions.condition(node.unless, guarded)))
    return AllOf(tuple(parts))
