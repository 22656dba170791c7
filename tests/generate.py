"""A seed -> a well-typed policy, as a tree, with the data files that it names.

`draw` draws from `Choices`: a seed where volume counts, hypothesis where a failure should shrink.
Constants, users and tenants come from small pools, so that what a rule asks for and what a request
holds often meet.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from remit.syntax import tree
from tests.choices import Choices, chance, some
from tests.generate_api import Api, api
from tests.generate_rules import ACTIONS, action_items, parameters, rule, with_relations
from tests.generate_types import (
    Types,
    aliases,
    aliases_of,
    as_json,
    can_be_hidden,
    constant,
    expand,
    is_scalar,
    names_users,
    type_expression,
)
from tests.generate_values import (
    BOOL,
    BUILT_IN,
    DURATION,
    INT,
    STRING,
    Readable,
    Surroundings,
    actor,
    calculated,
    opened,
    readables,
    with_fallback,
)
from tests.pieces import S, literal, member, name, names, path
from tests.pools import ISSUERS

FIELDS = ("owner", "tenant", "level", "flag", "kind", "tags", "class", "a b", "set", "\u00fcser")
CLAIMS = ("tenant", "mfa", "plan", "level", "manager", "groups", "a b", "not")
SOURCES = (("org", "tenant"), ("org", "of", "it"), ("https://ns.example/x",), ("org",), ("a.b", "c d"))
FACTS = ("office", "risk", "tenant", "duty", "when")
RESOURCES = ("Document", "Folder", "Case file")
ALIASES = ("Access", "Care", "Key")
LETS = ("limit", "home", "the day", "other_limit")
DATA = ("plans", "holidays", "a table")
PRESENCE = ((False, False),) * 3 + ((True, False),) * 2 + ((False, True),)
"""Whether a member is optional, and whether it has a default."""


@dataclass(frozen=True)
class Policy:
    """A policy, and the text of each data file that stands beside it."""

    document: tree.Document
    files: Mapping[str, str]


def policy(choices: Choices) -> tree.Document:
    """Draw a policy that the checker has no reason to refuse, and that names no file."""
    return draw(choices, files=False).document


def draw(choices: Choices, *, files: bool = True) -> Policy:
    """Draw a policy that the checker has no reason to refuse."""
    issuers = some(choices, ISSUERS, 2, 2) if chance(choices, 10) else ISSUERS[:1]
    short = aliases(choices, ALIASES)
    types = Types(aliases_of(short), users=len(issuers) == 1)
    claims = tuple(sourced(choices, each) for each in fields(choices, types, CLAIMS, 4))
    facts = fields(choices, types, FACTS, 3)
    plain = [each for each in claims if not each.optional]
    declared = api(choices, [replace(e, type=expand(e.type, types.aliases)) for e in plain], issuers)
    acting = tuple(actor()) if chance(choices, 30) else ()
    shared = Surroundings(
        "file",
        types,
        declared.scopes,
        (
            *BUILT_IN,
            *acting,
            *readables(("token",), claims, types),
            *readables(("context",), facts, types),
        ),
        roles=declared.roles,
        clients=declared.clients,
    )
    data, texts = data_items(choices, types) if files else ((), {})
    shared = shared.with_(readables((), data_fields(data), types))
    lets, shared = let_items(choices, shared)
    items: list[tree.Item] = [*short, *blocks(choices, shared, declared), *lets, *data]
    if claims or acting or chance(choices, 10):
        assumed = (*assumed_names(claims, types), *names(["actor"] if acting else []))
        items.append(tree.TokenClaims(claims, assumed, S))
    if facts or chance(choices, 10):
        items.append(tree.Context(facts, assumed_names(facts, types), S))
    if chance(choices, 20):
        items.append(items.pop(0))
    return Policy(tree.Document(tuple(items)), texts)


def blocks(choices: Choices, shared: Surroundings, declared: Api) -> Iterator[tree.Item]:
    """The blocks, and rules outside of them."""
    common = parameters(choices, shared.types)
    own, around = statements(choices, replace(shared, block="api"), common, least=0)
    assumed_of_api = handed_in(own, shared.types)
    inner = [around]
    resources = []
    for text in some(choices, RESOURCES, 1, 2):
        attributes = fields(choices, shared.types, FIELDS, 6)
        known = replace(shared, block=text, attributes=tuple(each.name.text for each in attributes))
        known = known.with_(readables((), attributes, shared.types))
        items, around = statements(choices, known, common, least=1)
        inner.append(around)
        assumed = tuple(assumptions(choices, attributes, shared.types))
        assumed += handed_in(items, shared.types)
        body: tuple[tree.ResourceItem, ...] = (*assumed, *items)
        resources.append(tree.Resource(name(text), attributes, body, S))
    outside = [*outside_rules(choices, shared, inner)]
    inside = [each for each in outside if each.types is not None and chance(choices, 40)]
    yield tree.Api(name("documents"), (*declared.items, *own, *assumed_of_api, *inside), S)
    yield from resources
    yield from (each for each in outside if each not in inside)


# ---- members


def fields(choices: Choices, types: Types, pool: Sequence[str], most: int) -> tuple[tree.Field, ...]:
    return tuple(field(choices, types, text) for text in some(choices, pool, 0, most))


def field(choices: Choices, types: Types, text: str) -> tree.Field:
    type_ = type_expression(choices, types)
    written_out = expand(type_, types.aliases)
    optional, default = choices.choice(PRESENCE)
    if default and not types.users and names_users(written_out):
        optional, default = True, False
    if default and chance(choices, 20):
        optional = True
    value = constant(choices, written_out) if default else None
    return tree.Field(name(text), optional, type_, value, None, S)


def sourced(choices: Choices, claim: tree.Field) -> tree.Field:
    """The claim, sometimes from another place than its name says."""
    return replace(claim, source=names(choices.choice(SOURCES))) if chance(choices, 25) else claim


def assumed_names(members: Iterable[tree.Field], types: Types) -> tuple[tree.Name, ...]:
    """The members whose absence, in whole or in part, may help a caller."""
    return tuple(
        each.name
        for each in members
        if each.optional or each.default is not None or can_be_hidden(expand(each.type, types.aliases))
    )


def handed_in(items: Sequence[tree.ApiItem], types: Types) -> tuple[tree.Assume, ...]:
    """What of the actions' parameters may help a caller by its absence, where there is any."""
    actions = [item for item in items if isinstance(item, tree.Action)]
    parameters = [each for action in actions for each in action.parameters]
    texts = sorted({each.text for each in assumed_names(parameters, types)})
    return (tree.Assume(names(texts), S),) if texts else ()


def assumptions(choices: Choices, members: Iterable[tree.Field], types: Types) -> Iterator[tree.Assume]:
    left = assumed_names(members, types)
    while left:
        count = choices.integer(1, len(left))
        yield tree.Assume(left[:count], S)
        left = left[count:]


# ---- constants of the policy


def data_items(choices: Choices, types: Types) -> tuple[tuple[tree.Data, ...], dict[str, str]]:
    """`data` declarations, and the files that they name."""
    items, texts = [], {}
    for number, text in enumerate(some(choices, DATA, 0, 2)):
        type_ = type_expression(choices, types)
        written_out = expand(type_, types.aliases)
        if types.users or not names_users(written_out):
            file = f"{number} data.json"
            texts[file] = json.dumps(as_json(constant(choices, written_out)))
            items.append(tree.Data(name(text), type_, literal(file), S))
    return tuple(items), texts


def data_fields(items: Iterable[tree.Data]) -> Iterator[tree.Field]:
    """The members that they are as good as."""
    return (member(item.name.text, item.type) for item in items)


def let_items(choices: Choices, around: Surroundings) -> tuple[list[tree.Let], Surroundings]:
    """`let` declarations, and the surroundings that know them; later ones may read earlier ones."""
    items = []
    for text in some(choices, LETS, 0, 2):
        type_ = type_expression(choices, around.types, 1)
        written_out = expand(type_, around.types.aliases)
        value = let_value(choices, around, written_out)
        if value is not None:
            says_itself = isinstance(value, tree.Path | tree.Arithmetic | tree.Call | tree.Coalesce)
            untyped = says_itself or (written_out in NATURAL and isinstance(value, tree.Literal))
            said = None if untyped and chance(choices, 50) else type_
            items.append(tree.Let(name(text), said, value, S))
            around = around.with_(opened(Readable(path(text), written_out)))
    return items, around


NATURAL = (STRING, BOOL, INT, DURATION)
"""The types that literals have by themselves."""


def let_value(
    choices: Choices, around: Surroundings, type_: tree.TypeExpression
) -> tree.Expression | None:
    """What a `let` of this type may say; None where nothing can be said."""
    others: list[tree.Expression] = [each.path for each in around.of_type(type_)]
    match choices.choice(("constant", "constant", "reading", "worked out", "fallback")):
        case "reading" if others:
            return choices.choice(others)
        case "worked out" if (value := calculated(choices, around, type_)) is not None:
            return value
        case "fallback" if (value := with_fallback(choices, around, type_)) is not None:
            return value
        case _:
            element = type_.element if isinstance(type_, tree.SetType | tree.ListType) else type_
            can_be_written = around.types.users or not names_users(type_)
            return constant(choices, type_) if is_scalar(element) and can_be_written else None


# ---- actions, relations and rules


def statements(
    choices: Choices, around: Surroundings, common: Sequence[tree.Field], *, least: int
) -> tuple[tuple[tree.Action | tree.Relation | tree.Rule, ...], Surroundings]:
    """What stands in one block, and what its rules could speak of."""
    actions = some(choices, ACTIONS, least, 4)
    if not actions:
        return (), around
    # A relation must not be called as anything else is.
    taken = {readable.path.root.text for readable in around.readables}
    relations, around = with_relations(choices, replace(around, actions=tuple(actions)), taken)
    items = action_items(choices, around, common)
    rules = [
        rule(choices, around, f"{around.block}, rule {number}", items)
        for number in range(choices.integer(least, 6))
    ]
    return (*items, *relations, *rules), around


def outside_rules(
    choices: Choices, shared: Surroundings, inner: Sequence[Surroundings]
) -> Iterator[tree.Rule]:
    """Rules about several blocks, with `on` or without."""
    for number in range(choices.choice((0, 0, 0, 1, 2))):
        title = f"outside, rule {number}"
        if chance(choices, 50):
            everywhere = sorted({action for around in inner for action in around.actions})
            yield rule(choices, replace(shared, actions=tuple(everywhere)), title)
        else:
            those = some(choices, inner[1:], 1, 2)
            if around := overlap(shared, those):
                types = names([each.block for each in those])
                yield rule(choices, around, title, types=types)


def overlap(shared: Surroundings, inner: Sequence[Surroundings]) -> Surroundings | None:
    """What rules may speak of that stand in each of these blocks; None where that is no action."""
    first, *others = inner
    actions = [a for a in first.actions if all(a in other.actions for other in others)]
    if not actions:
        return None
    readable = [r for r in first.readables if all(r in other.readables for other in others)]
    attributes = [a for a in first.attributes if all(a in other.attributes for other in others)]
    relations = [r for r in first.relations if all(r in other.relations for other in others)]
    return replace(
        shared,
        actions=tuple(actions),
        readables=tuple(readable),
        attributes=tuple(attributes),
        relations=tuple(relations),
    )
