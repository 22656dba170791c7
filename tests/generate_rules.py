"""Surroundings -> actions, relations and rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal as OneOf

from remit.syntax import tree
from tests.choices import Choices, chance, some
from tests.generate_conditions import condition, leaf_about, need_of_scopes
from tests.generate_types import (
    Types,
    alike,
    can_be_hidden,
    expand,
    is_scalar,
    kind,
    type_expression,
)
from tests.generate_values import (
    STRING,
    Readable,
    Surroundings,
    difference,
    other_value,
    readables,
)
from tests.pieces import S, Written, literal, member, name, names
from tests.pools import ACRS

ACTIONS = ("read", "write", "share", "permit", "list all", "Read")
RELATIONS = ("trusted", "in", "colleague", "has it")
PARAMETERS = ("amount", "purpose", "to", "a b")
REASONS = ("so it is", 'a "reason"\n', "\u00fc\u200b")
OBLIGATIONS = ("audit", "notify", "record it")
OWED: tuple[Written, ...] = ("break-glass", True, 5, timedelta(minutes=15), Decimal("0.10"))
AGES = (timedelta(minutes=15), timedelta(hours=8), timedelta(0), timedelta(milliseconds=1500))


# ---- actions and relations


def action_items(
    choices: Choices, around: Surroundings, parameters: Sequence[tree.Field]
) -> list[tree.Action]:
    items: list[tree.Action] = []
    left = list(around.actions)
    while left:
        count = choices.integer(1, len(left))
        own = tuple(other_type(choices, each) for each in some(choices, parameters, 0, 2))
        within = around.with_(readables(("action",), own, around.types))
        clauses = needs(choices, within)
        items.append(tree.Action(names(left[:count]), chance(choices, 12), own, clauses, S))
        left = left[count:]
    return items


def parameters(choices: Choices, types: Types) -> tuple[tree.Field, ...]:
    """Parameters that the actions of a policy may have.

    Nothing in them is optional: a rule that is helped by their absence is refused, and nowhere can a
    policy say that it is meant.
    """
    drawn = []
    for text in some(choices, PARAMETERS, 0, 3):
        type_ = type_expression(choices, types, 1)
        if not can_be_hidden(expand(type_, types.aliases)):
            drawn.append(member(text, type_))
    return tuple(drawn)


def other_type(choices: Choices, parameter: tree.Field) -> tree.Field:
    """The parameter, in rare cases of another type: then no rule may read it for both actions."""
    return replace(parameter, type=STRING) if chance(choices, 6) else parameter


def needs(choices: Choices, around: Surroundings) -> tuple[tree.NeedClause, ...]:
    """What the actions need: one clause mostly, or several of which one is enough."""
    count = choices.choice((1, 1, 1, 1, 2, 2, 3))
    clauses = []
    for _ in range(count):
        conditional = chance(choices, 50 if count > 1 else 10)
        when = condition(choices, around, 1) if conditional else None
        clauses.append(tree.NeedClause(need(choices, around.scopes), when, S))
    return tuple(clauses)


def need(choices: Choices, scopes: tuple[str, ...]) -> tree.Need:
    return tree.NeedNothing(S) if chance(choices, 20) else need_of_scopes(choices, scopes, 2)


def with_relations(
    choices: Choices, around: Surroundings, taken: set[str]
) -> tuple[list[tree.Relation], Surroundings]:
    """Relations that bear none of the names that are taken, and the surroundings with them."""
    relations: list[tree.Relation] = []
    for text in some(choices, [text for text in RELATIONS if text not in taken], 0, 2):
        relations.append(tree.Relation(name(text), condition(choices, around, 1), S))
        around = replace(around, relations=(*around.relations, text))
    return relations, around


# ---- rules


def rule(
    choices: Choices,
    around: Surroundings,
    title: str,
    given: Sequence[tree.Action] = (),
    types: tuple[tree.Name, ...] | None = None,
) -> tree.Rule:
    """One rule; `given` are the actions whose parameters it may read."""
    effects: tuple[OneOf["permit", "forbid", "require"], ...]
    effects = ("permit",) * 15 + ("forbid",) * 3 + ("require",)
    effect = choices.choice(effects)
    permit = effect == "permit"
    actions = None if chance(choices, 60 if permit else 40) else some(choices, around.actions, 1, 3)
    around = around.with_(shared(choices, given, actions, around.types))
    subjects = None
    if permit or (effect == "forbid" and chance(choices, 30)):
        subjects = tuple(subject(choices, around) for _ in range(choices.integer(1, 3)))
    when, unless = clauses(choices, around, permit=permit)
    return tree.Rule(
        effect,
        literal(title) if chance(choices, 10) else None,
        None if actions is None else names(actions),
        types,
        subjects,
        when,
        unless,
        challenges(choices) if effect == "require" else (),
        () if effect == "require" else obligations(choices, around),
        literal(choices.choice(REASONS)) if chance(choices, 20) else None,
        S,
    )


def shared(
    choices: Choices, given: Sequence[tree.Action], actions: Sequence[str] | None, types: Types
) -> list[Readable]:
    """The parameters that all actions of a rule have, and have alike."""
    spoken_of = [
        item for item in given if actions is None or any(each.text in actions for each in item.names)
    ]
    if not spoken_of:
        return []
    common = [
        each for each in spoken_of[0].parameters if all(each in other.parameters for other in spoken_of)
    ]
    # Twice, so that a rule that can ask about parameters often does.
    return [*readables(("action",), common, types)] * (2 if chance(choices, 50) else 1)


def clauses(
    choices: Choices, around: Surroundings, *, permit: bool
) -> tuple[tree.Expression | None, tree.Expression | None]:
    when = unless = None
    if chance(choices, 25 if permit else 90):
        when = condition(choices, around, 2)
    if chance(choices, 10 if permit else 60):
        unless = condition(choices, around, 2)
    if when is None and chance(choices, 10):
        return guarded_apart(choices, around, unless)
    return when, unless


def guarded_apart(
    choices: Choices, around: Surroundings, unless: tree.Expression | None
) -> tuple[tree.Expression | None, tree.Expression | None]:
    """`when has x unless .. x ..`: the one guard that reaches from one clause into the other."""
    optional = [readable for readable in around.readables if len(readable.guards) == 1]
    if not optional:
        return None, unless
    readable = choices.choice(optional)
    within = around.there(readable.guards)
    asked = leaf_about(choices, within, readable.type, readable.path)
    return tree.Has(readable.guards[0], S), asked


def challenges(choices: Choices) -> tuple[tree.Challenge, ...]:
    acr = tree.NeedAcr(tuple(literal(text) for text in some(choices, ACRS, 1, 2)), S)
    age = tree.NeedMaxAge(literal(choices.choice(AGES)), S)
    return choices.choice(((acr,), (age,), (acr, age)))


def obligations(choices: Choices, around: Surroundings) -> tuple[tree.Obligation, ...]:
    if not chance(choices, 15):
        return ()
    items = []
    for text in some(choices, OBLIGATIONS, 1, 2):
        count = choices.integer(0, 2)
        pairs = tuple((name(each), owed(choices, around)) for each in ("what", "a b")[:count])
        items.append(tree.Obligation(name(text), tree.RecordOf(pairs, S) if pairs else None, S))
    return tuple(items)


def owed(choices: Choices, around: Surroundings) -> tree.Expression:
    """A value that an obligation says."""
    there = [
        r
        for r in around.readables
        if not r.guards and (is_scalar(r.type) or isinstance(r.type, tree.SetType))
    ]
    readable = choices.choice(there)
    if chance(choices, 30):
        return literal(choices.choice(OWED))
    if isinstance(readable.type, tree.SetType) and chance(choices, 50):
        return difference(choices, around, readable.path, readable.type)
    if not is_scalar(readable.type) or chance(choices, 60):
        return readable.path
    if chance(choices, 30):
        others = [r.path for r in there if alike(r.type, readable.type)]
        return tree.ListOf((readable.path, choices.choice(others)), S)
    value = other_value(choices, around, readable.type)
    # A literal alone would be of another type than the one that was meant.
    return readable.path if isinstance(value, tree.Literal) else value


# ---- subjects


def subject(choices: Choices, around: Surroundings) -> tree.Subject:
    if chance(choices, 20):
        return tree.AllSubjects(tuple(who(choices, around) for _ in range(choices.integer(2, 3))), S)
    return who(choices, around)


def who(choices: Choices, around: Surroundings) -> tree.Subject:
    holders = [
        r.path.root.text
        for r in around.readables
        if not r.path.steps and r.path.root.text in around.attributes and holds_callers(r)
    ]
    options = ["entitled", "anyone", "anyone"]
    options += ["role"] * bool(around.roles) + ["named"] * 2 * bool(holders or around.relations)
    options += ["client"] * bool(around.clients)
    match choices.choice(options):
        case "anyone":
            return tree.Anyone(S)
        case "role":
            return tree.RoleSubject(name(choices.choice(around.roles)), S)
        case "client":
            return tree.ClientSubject(name(choices.choice(around.clients)), S)
        case "named":
            return tree.NamedSubject(name(choices.choice([*holders, *around.relations])), S)
        case _:
            return tree.Entitled(S)


def holds_callers(readable: Readable) -> bool:
    type_ = readable.type
    element = type_.element if isinstance(type_, tree.SetType) else type_
    return not readable.guards and kind(element) in ("user", "client")
