"""A seed -> a well-typed policy, as a tree.

`policy` draws from `Choices`: a seed where volume counts, hypothesis where a failure should shrink.
Constants, users and tenants come from small pools, so that what a rule asks for and what a request
holds often meet.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal as OneOf

from remit.syntax import tree
from tests.choices import Choices, chance, some
from tests.generate_conditions import (
    SUBJECT,
    USER,
    Readable,
    S,
    Surroundings,
    condition,
    constant,
    leaf_about,
    literal,
    name,
    names,
    path,
)

ISSUER = "https://issuer.example/"
AUDIENCES = ("https://api.example", "https://api.example/v2")
ENUMS = (
    ("public", "internal", "secret"),
    ("low", "high"),
    ("t1", "t2", "t3"),
    ("t3", "t1", "t2"),
)
SCOPES = ("read:doc", "write:doc", "share", "admin:*", "any", "a{b},(c)", "#x", "`", "x/y?z=%20")
ROLES = ("viewer", "editor", "admin", "role", "owner", "nightly `job`")
ACTIONS = ("read", "write", "share", "permit", "list all", "Read")
RELATIONS = ("trusted", "in", "colleague", "has it")
FIELDS = ("owner", "tenant", "level", "flag", "kind", "tags", "class", "a b", "set", "\u00fcser")
CLAIMS = ("tenant", "mfa", "plan", "level", "manager", "groups", "a b", "not")
FACTS = ("office", "risk", "tenant", "duty", "when")
RESOURCES = ("Document", "Folder", "Case file")
REASONS = ("so it is", 'a "reason"\n', "\u00fc\u200b")
SCALARS = ("string", "bool", "int", "user")


# ---- declarations


def policy(choices: Choices) -> tree.Document:
    """Draw a policy that the checker has no reason to refuse."""
    scopes = some(choices, SCOPES, 1, 5)
    roles = some(choices, ROLES, 0, 4)
    claims = fields(choices, CLAIMS, 4)
    facts = fields(choices, FACTS, 3)
    shared = [
        SUBJECT,
        *readables(("token",), claims),
        *readables(("context",), facts),
    ]
    items: list[tree.Item] = [
        tree.Api(
            name("documents"),
            (
                *audience_and_issuer(choices),
                *scope_items(choices, scopes),
                *role_items(choices, roles, scopes),
                *statements(choices, "api", scopes, roles, shared, least=0),
            ),
            S,
        )
    ]
    if claims or chance(choices, 10):
        items.append(tree.TokenClaims(claims, S))
    if facts or chance(choices, 10):
        items.append(tree.Context(facts, S))
    for text in some(choices, RESOURCES, 1, 2):
        own = fields(choices, FIELDS, 6)
        seen = [*shared, *readables((), own)]
        rules = statements(choices, text, scopes, roles, seen, least=1)
        items.append(tree.Resource(name(text), own, rules, S))
    return tree.Document(tuple(items))


def audience_and_issuer(choices: Choices) -> tuple[tree.Audience, tree.Issuer]:
    audiences = tuple(literal(text) for text in AUDIENCES[: choices.integer(1, 2)])
    profile = choices.choice(("auth0", "rfc9068"))
    return tree.Audience(audiences, S), tree.Issuer(literal(ISSUER), name(profile), S)


def scope_items(choices: Choices, scopes: Sequence[str]) -> list[tree.Scopes]:
    items = []
    for number, text in enumerate(scopes):
        # INVARIANT: a scope implies later ones only, so there is no cycle
        implied = some(choices, scopes[number + 1 :], 0, 2) if chance(choices, 40) else []
        said = literal("What `it` means") if chance(choices, 10) else None
        items.append(tree.Scopes((name(text),), said, names(implied), S))
    plain = [item for item in items if not item.implies and item.description is None]
    if len(plain) > 1 and chance(choices, 50):
        together = tree.Scopes(tuple(item.names[0] for item in plain), None, (), S)
        items = [together, *(item for item in items if item not in plain)]
    return items


def role_items(choices: Choices, roles: Sequence[str], scopes: Sequence[str]) -> list[tree.Role]:
    items = []
    for number, text in enumerate(roles):
        # INVARIANT: a role extends later ones only, so there is no cycle
        extended = some(choices, roles[number + 1 :], 0, 2) if chance(choices, 50) else []
        granted = some(choices, scopes, 0 if extended else 1, 3)
        items.append(tree.Role((name(text),), names(extended), names(granted), S))
    return items


def fields(choices: Choices, pool: Sequence[str], most: int) -> tuple[tree.Field, ...]:
    return tuple(field(choices, text) for text in some(choices, pool, 0, most))


def field(choices: Choices, text: str) -> tree.Field:
    type_ = type_expression(choices)
    optional, default = choices.choice(
        (
            (False, False),
            (False, False),
            (False, False),
            (True, False),
            (True, False),
            (False, True),
        )
    )
    if default and chance(choices, 20):
        optional = True
    value = constant(choices, type_) if default else None
    return tree.Field(name(text), optional, type_, value, S)


def type_expression(choices: Choices) -> tree.TypeExpression:
    if chance(choices, 25):
        return tree.SetType(scalar(choices), S)
    return scalar(choices)


def scalar(choices: Choices) -> tree.TypeExpression:
    if chance(choices, 25):
        values = choices.choice(ENUMS)
        return tree.EnumType(tuple(literal(value) for value in values), S)
    return tree.NamedType(name(choices.choice(SCALARS)), S)


def readables(root: tuple[str, ...], declared: Sequence[tree.Field]) -> list[Readable]:
    return [
        Readable(path(*root, item.name.text), item.type, item.optional and item.default is None)
        for item in declared
    ]


# ---- actions, relations and rules


def statements(
    choices: Choices,
    block: str,
    scopes: Sequence[str],
    roles: Sequence[str],
    seen: Sequence[Readable],
    *,
    least: int,
) -> tuple[tree.Action | tree.Relation | tree.Rule, ...]:
    # A relation must not be called as an attribute is.
    taken = {str(readable.path) for readable in seen}
    actions = some(choices, ACTIONS, least, 4)
    if not actions:
        return ()
    relations: list[tree.Relation] = []
    around = Surroundings(block, tuple(seen), (), tuple(roles), tuple(actions))
    for text in some(choices, [text for text in RELATIONS if text not in taken], 0, 2):
        relations.append(tree.Relation(name(text), condition(choices, around, 1), S))
        around = replace(around, relations=(*around.relations, text))
    rules = [rule(choices, around, number) for number in range(choices.integer(least, 6))]
    return (*action_items(choices, actions, scopes), *relations, *rules)


def action_items(choices: Choices, actions: Sequence[str], scopes: Sequence[str]) -> list[tree.Action]:
    items: list[tree.Action] = []
    left = list(actions)
    while left:
        count = choices.integer(1, len(left))
        items.append(tree.Action(names(left[:count]), need(choices, scopes, 2), S))
        left = left[count:]
    return items


def need(choices: Choices, scopes: Sequence[str], depth: int) -> tree.Need:
    if depth == 2 and chance(choices, 20):
        return tree.NeedNothing(S)
    if depth == 0 or chance(choices, 70):
        return tree.NeedScope(name(choices.choice(scopes)), S)
    parts = tuple(need(choices, scopes, depth - 1) for _ in range(choices.integer(2, 3)))
    return tree.NeedAny(parts, S) if chance(choices, 50) else tree.NeedAll(parts, S)


def rule(choices: Choices, around: Surroundings, number: int) -> tree.Rule:
    effect: OneOf["permit", "forbid"] = "forbid" if chance(choices, 25) else "permit"
    permit = effect == "permit"
    actions = (
        None if chance(choices, 60 if permit else 40) else names(some(choices, around.actions, 1, 3))
    )
    subjects = None
    if permit or chance(choices, 25):
        subjects = tuple(subject(choices, around) for _ in range(choices.integer(1, 3)))
    when = unless = None
    if chance(choices, 25 if permit else 85):
        when = condition(choices, around, 2)
    if chance(choices, 10 if permit else 70):
        unless = condition(choices, around, 2)
    if when is None and chance(choices, 10):
        when, unless = guarded_apart(choices, around, unless)
    return tree.Rule(
        effect,
        literal(f"{around.block}, rule {number}") if chance(choices, 10) else None,
        actions,
        subjects,
        when,
        unless,
        literal(choices.choice(REASONS)) if chance(choices, 20) else None,
        S,
    )


def guarded_apart(
    choices: Choices, around: Surroundings, unless: tree.Expression | None
) -> tuple[tree.Expression | None, tree.Expression | None]:
    """`when has x unless .. x ..`: the one guard that reaches from one clause into the other."""
    optional = [readable for readable in around.readables if readable.optional]
    if not optional:
        return None, unless
    readable = choices.choice(optional)
    there = replace(readable, optional=False)
    return tree.Has(readable.path, S), leaf_about(choices, around, there, there.path)


def subject(choices: Choices, around: Surroundings) -> tree.Subject:
    if chance(choices, 20):
        return tree.AllSubjects(tuple(who(choices, around) for _ in range(choices.integer(2, 3))), S)
    return who(choices, around)


def who(choices: Choices, around: Surroundings) -> tree.Subject:
    users = [r.path.root.text for r in around.readables if not r.path.members and holds_users(r)]
    options = ["entitled", "anyone", "anyone"]
    options += ["role"] * bool(around.roles) + ["named"] * 2 * bool(users or around.relations)
    match choices.choice(options):
        case "anyone":
            return tree.Anyone(S)
        case "role":
            return tree.RoleSubject(name(choices.choice(around.roles)), S)
        case "named":
            return tree.NamedSubject(name(choices.choice([*users, *around.relations])), S)
        case _:
            return tree.Entitled(S)


def holds_users(readable: Readable) -> bool:
    return not readable.optional and USER in (readable.type, readable.element)
