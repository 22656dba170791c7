"""Action -> the scopes that it needs, for whatever publishes or checks that."""

from collections.abc import Iterator
from typing import assert_never

from remit.checker.checked import (
    Action,
    AllOf,
    Always,
    Condition,
    EachOf,
    IsEntitled,
    NeedOfScopes,
    Nothing,
    OneScope,
    Scopes,
    SomeOf,
)
from remit.checker.reads import leaves
from remit.compiler.ruletree import RuleTree
from remit.decider.supposing import alternatives


def sets_needed(action: Action) -> tuple[tuple[str, ...], ...]:
    """The sets of scopes each of which is enough; the smallest first."""
    sets = {each for need in _needs(action) for each in alternatives(need)}
    if any(isinstance(each.need, Nothing) and _is_possible(each.when) for each in action.needs):
        sets.add(())
    return tuple(sorted(sets, key=lambda each: (len(each), each)))


def scopes_needed(tree: RuleTree) -> frozenset[str]:
    """The scopes that some action needs, perhaps with others or in place of others."""
    actions = (action for block in tree.blocks.values() for action in block.actions.values())
    return frozenset(scope for action in actions for need in _needs(action) for scope in _scopes(need))


def scopes_asked(tree: RuleTree) -> frozenset[str]:
    """The scopes that some rule asks about, whatever the actions need."""
    rules = (rule for block in tree.blocks.values() for rule in block.rules)
    asking = (leaf for rule in rules for leaf in leaves(rule.condition) if isinstance(leaf, Scopes))
    return frozenset(scope for leaf in asking for scope in _scopes(leaf.need))


def scopes_to_hold(tree: RuleTree) -> frozenset[str]:
    """The scopes of actions that are permitted to the entitled alone: users have to hold these."""
    found: set[str] = set()
    for block in tree.blocks.values():
        permits = [rule for rule in block.rules if rule.reference.effect == "permit"]
        for name, action in block.actions.items():
            own = [rule for rule in permits if rule.actions is None or name in rule.actions]
            if own and all(_is_for_entitled(rule.condition) for rule in own):
                found.update(scope for need in _needs(action) for scope in _scopes(need))
    return frozenset(found)


def _is_for_entitled(condition: Condition) -> bool:
    together = condition.operands if isinstance(condition, AllOf) else (condition,)
    return any(isinstance(each, IsEntitled) for each in together)


def _needs(action: Action) -> Iterator[NeedOfScopes]:
    for each in action.needs:
        if not isinstance(each.need, Nothing) and _is_possible(each.when):
            yield each.need


def _is_possible(condition: Condition) -> bool:
    """Whether an alternative may ever count."""
    return not isinstance(condition, Always) or condition.truth is True


def _scopes(need: NeedOfScopes) -> Iterator[str]:
    match need:
        case OneScope(scope=scope):
            yield scope
        case EachOf(needs=needs) | SomeOf(needs=needs):
            for each in needs:
                yield from _scopes(each)
        case _:
            assert_never(need)
