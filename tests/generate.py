"""A seed -> a well-typed policy, as a tree.

`policy` draws from `Choices`, which is a seeded `random.Random` where volume counts, and hypothesis
where a failure should shrink; the first option of every choice is the plainest. Constants, users
and tenants come from small pools, so that what a rule asks for and what a request holds often meet.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal as OneOf
from typing import Protocol, TypeVar

from hypothesis.strategies import DrawFn, integers

from remit.spans import Span
from remit.syntax import tree
from remit.syntax.tree import Name, Path

T = TypeVar("T")

S = Span("generated.remit", 0, 0)

ISSUER = "https://issuer.example/"
AUDIENCES = ("https://api.example", "https://api.example/v2")
USERS = ("auth0|ann", "auth0|bob", "cy")
STRINGS = ("t1", "t2", "", "1", "true", 'q"\\\n', "\u00e9\u202e", "public")
NUMBERS = (1, 0, 2, -1, 5, 2**63 - 1, -(2**63))
ENUMS = (("public", "internal", "secret"), ("low", "high"), ("t1", "t2", "t3"))
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


class Choices(Protocol):
    """Where the generators take their decisions from."""

    def choice(self, options: Sequence[T], /) -> T: ...

    def integer(self, low: int, high: int, /) -> int: ...


class Seeded:
    """Choices that depend on a seed alone."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def choice(self, options: Sequence[T], /) -> T:
        return options[int(self._random.random() * len(options))]

    def integer(self, low: int, high: int, /) -> int:
        return low + int(self._random.random() * (high - low + 1))


class Drawn:
    """Choices that hypothesis draws, and shrinks."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def choice(self, options: Sequence[T], /) -> T:
        return options[self.integer(0, len(options) - 1)]

    def integer(self, low: int, high: int, /) -> int:
        return self._draw(integers(low, high))


def chance(choices: Choices, percent: int) -> bool:
    return choices.integer(1, 100) > 100 - percent


def some(choices: Choices, options: Sequence[T], low: int, high: int) -> list[T]:
    """Between `low` and `high` of the options, each at most once."""
    left = list(options)
    count = choices.integer(min(low, len(left)), min(high, len(left)))
    return [left.pop(choices.integer(0, len(left) - 1)) for _ in range(count)]


# ---- small pieces of tree


def name(text: str) -> Name:
    return Name(text, S)


def names(texts: Sequence[str]) -> tuple[Name, ...]:
    return tuple(name(text) for text in texts)


def literal(value: str | int | bool) -> tree.Literal:  # noqa: FBT001  (a value, not a switch)
    return tree.Literal(value, S)


def path(root: str, *members: str) -> Path:
    return Path(name(root), names(members), S)


@dataclass(frozen=True)
class Readable:
    """What a condition may read: where it stands, of what type, and whether it may be absent."""

    path: Path
    type: tree.TypeExpression
    optional: bool = False

    @property
    def element(self) -> tree.TypeExpression | None:
        return self.type.element if isinstance(self.type, tree.SetType) else None

    def is_scalar(self, text: str) -> bool:
        return isinstance(self.type, tree.NamedType) and self.type.name.text == text


@dataclass(frozen=True)
class Surroundings:
    """What the rules of one block may speak of."""

    block: str
    readables: tuple[Readable, ...]
    relations: tuple[str, ...]
    roles: tuple[str, ...]
    actions: tuple[str, ...]


USER = tree.NamedType(name("user"), S)
SUBJECT = Readable(path("token", "sub"), USER)


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
    kind = choices.choice(("required", "required", "required", "optional", "default"))
    default = constant(choices, type_) if kind == "default" else None
    return tree.Field(name(text), kind == "optional", type_, default, S)


def type_expression(choices: Choices) -> tree.TypeExpression:
    if chance(choices, 25):
        return tree.SetType(scalar(choices), S)
    return scalar(choices)


def scalar(choices: Choices) -> tree.TypeExpression:
    if chance(choices, 25):
        values = choices.choice(ENUMS)
        return tree.EnumType(tuple(literal(value) for value in values), S)
    return tree.NamedType(name(choices.choice(SCALARS)), S)


def constant(choices: Choices, type_: tree.TypeExpression) -> tree.Expression:
    """A literal of the type, or a list of them."""
    match type_:
        case tree.SetType(element=element):
            return constants(choices, element, 0)
        case tree.EnumType(values=values):
            return choices.choice(values)
        case tree.NamedType(name=Name(text="string")):
            return literal(choices.choice(STRINGS))
        case tree.NamedType(name=Name(text="int")):
            return literal(choices.choice(NUMBERS))
        case tree.NamedType(name=Name(text="bool")):
            return literal(choices.choice((False, True)))
        case _:
            return literal(choices.choice(USERS))


def constants(choices: Choices, element: tree.TypeExpression, low: int) -> tree.ListOf:
    count = choices.integer(low, 3)
    return tree.ListOf(tuple(constant(choices, element) for _ in range(count)), S)


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


def action_items(
    choices: Choices, actions: Sequence[str], scopes: Sequence[str]
) -> list[tree.Action]:
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
        None
        if chance(choices, 60 if permit else 40)
        else names(some(choices, around.actions, 1, 3))
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
    return tree.Has(readable.path, S), leaf_about(choices, around, readable)


def subject(choices: Choices, around: Surroundings) -> tree.Subject:
    if chance(choices, 20):
        return tree.AllSubjects(
            tuple(who(choices, around) for _ in range(choices.integer(2, 3))), S
        )
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


# ---- conditions


def condition(choices: Choices, around: Surroundings, depth: int) -> tree.Expression:
    """A condition in which each optional value is read under a guard."""
    if depth == 0 or chance(choices, 45):
        return leaf(choices, around)
    match choices.choice(("not", "and", "or", "or")):
        case "not":
            return tree.Not(condition(choices, around, depth - 1), S)
        case "and":
            return tree.And(operands(choices, around, depth), S)
        case _:
            return tree.Or(operands(choices, around, depth), S)


def operands(choices: Choices, around: Surroundings, depth: int) -> tuple[tree.Expression, ...]:
    count = choices.integer(2, 3)
    return tuple(condition(choices, around, depth - 1) for _ in range(count))


def leaf(choices: Choices, around: Surroundings) -> tree.Expression:
    if chance(choices, 4):
        return literal(choices.choice((True, False)))
    if around.relations and chance(choices, 15):
        return path(choices.choice(around.relations))
    readable = choices.choice(around.readables)
    if not readable.optional:
        return leaf_about(choices, around, readable)
    has = tree.Has(readable.path, S)
    match choices.choice(("guarded", "guarded", "has", "coalesced", "or else")):
        case "has":
            return has
        case "or else":
            return tree.Or((tree.Not(has, S), leaf_about(choices, around, readable)), S)
        case "coalesced" if readable.element is None:
            return leaf_about(choices, around, readable, coalesce=True)
        case _:
            more = [condition(choices, around, 0)] if chance(choices, 30) else []
            return tree.And((has, *more, leaf_about(choices, around, readable)), S)


def leaf_about(
    choices: Choices, around: Surroundings, readable: Readable, *, coalesce: bool = False
) -> tree.Expression:
    """A comparison, a membership or a plain reading of `readable`, which is there."""
    value: tree.Expression = readable.path
    if coalesce:
        value = tree.Coalesce(value, constant(choices, readable.type), S)
    if readable.element is not None:
        item = other_value(choices, around, readable.element, readable)
        return tree.Membership(item, value, chance(choices, 30), S)
    if readable.is_scalar("bool") and not coalesce and chance(choices, 60):
        return readable.path
    if chance(choices, 30):
        collection = collection_of(choices, around, readable.type)
        return tree.Membership(value, collection, chance(choices, 30), S)
    other = other_value(choices, around, readable.type, readable)
    left, right = (other, value) if chance(choices, 30) else (value, other)
    return tree.Compare(operator(choices, readable), left, right, S)


def operator(choices: Choices, readable: Readable) -> OneOf["==", "!=", "<", "<=", ">", ">="]:
    if readable.is_scalar("int") and chance(choices, 70):
        return choices.choice(("<", "<=", ">", ">="))
    return choices.choice(("==", "!="))


def other_value(
    choices: Choices, around: Surroundings, type_: tree.TypeExpression, but: Readable
) -> tree.Expression:
    """A literal of the type, or another reading of it."""
    others = [r for r in around.readables if r.type == type_ and not r.optional and r != but]
    if others and chance(choices, 50):
        return choices.choice(others).path
    return constant(choices, type_)


def collection_of(
    choices: Choices, around: Surroundings, type_: tree.TypeExpression
) -> tree.Expression:
    sets = [r for r in around.readables if r.element == type_ and not r.optional]
    if sets and chance(choices, 60):
        return choices.choice(sets).path
    return constants(choices, type_, 1)
