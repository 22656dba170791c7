"""What a document declares, looked up item by item."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from itertools import product

from remit.syntax.tree import (
    Action,
    ActionsFrom,
    ActorsAllowed,
    Api,
    ApiItem,
    Client,
    Context,
    Data,
    Document,
    Field,
    Issuer,
    Let,
    Name,
    Need,
    NeedClause,
    Path,
    PolicyTest,
    Relation,
    Resource,
    ResourceItem,
    Role,
    Rule,
    Scopes,
    ScopesFrom,
    TokenClaims,
    TypeAlias,
    TypeExpression,
)
from tests.meaning_types import Type, meant


@dataclass(frozen=True)
class Block:
    """The API, or one type of resource."""

    fields: tuple[Field, ...]
    items: tuple[ApiItem | ResourceItem, ...]


@dataclass(frozen=True)
class AnyScope:
    """`action from` a file: any one of these scopes is enough."""

    scopes: tuple[str, ...]


@dataclass(frozen=True)
class ListedAction:
    """An action that a file declares."""

    name: str
    need: AnyScope


@dataclass(frozen=True)
class Clause:
    """One of the alternatives that an action needs."""

    need: Need | AnyScope
    written: NeedClause | None


@dataclass(frozen=True)
class Policy:
    """A document, with the contents of the files that it names.

    What many requests ask of it alike is worked out once.
    """

    document: Document
    files: Mapping[str, object]

    # -- blocks and their rules

    @cached_property
    def api_items(self) -> list[ApiItem]:
        return [item for block in self.document.items if isinstance(block, Api) for item in block.items]

    def block(self, resource_type: str | None) -> Block | None:
        if resource_type is None:
            return Block((), tuple(self.api_items))
        for item in self.document.items:
            if isinstance(item, Resource) and item.name.text == resource_type:
                return Block(item.fields, item.items)
        return None

    def rules(self, resource_type: str | None, action: str) -> list[Rule]:
        """The rules that speak of an action of a block, wherever they are written."""
        found: list[Rule] = []
        for item in self.document.items:
            match item:
                case Rule():
                    everywhere = item.types is None
                    found += [item] if everywhere or names_type(item, resource_type) else []
                case Api(items=items):
                    found += [
                        rule
                        for rule in items
                        if isinstance(rule, Rule)
                        and (
                            resource_type is None
                            if rule.types is None
                            else names_type(rule, resource_type)
                        )
                    ]
                case Resource(name=name, items=items) if name.text == resource_type:
                    found += [rule for rule in items if isinstance(rule, Rule)]
                case _:
                    pass
        return [rule for rule in found if rule.actions is None or action in texts_of(rule.actions)]

    def action(self, block: Block, action: str) -> Action | ListedAction | None:
        for item in block.items:
            if isinstance(item, Action) and action in texts_of(item.names):
                return item
            if isinstance(item, ActionsFrom):
                listed = self.file(str(item.file.value))
                assert isinstance(listed, dict), "a file of actions is an object"
                if action in listed:
                    return ListedAction(action, AnyScope(tuple(listed[action])))
        return None

    # -- names

    def token_fields(self) -> list[Field]:
        return [f for item in self.document.items if isinstance(item, TokenClaims) for f in item.fields]

    def context_fields(self) -> list[Field]:
        return [f for item in self.document.items if isinstance(item, Context) for f in item.fields]

    def let(self, name: str) -> Let | None:
        for item in self.document.items:
            if isinstance(item, Let) and item.name.text == name:
                return item
        return None

    def data(self, name: str) -> Data | None:
        for item in self.document.items:
            if isinstance(item, Data) and item.name.text == name:
                return item
        return None

    def type_of(self, field: Field | Let | Data) -> Type | None:
        if field.type is None:
            return None
        if id(field) not in self.types:
            self.types[id(field)] = meant(field.type, self.aliases)
        return self.types[id(field)]

    @cached_property
    def aliases(self) -> dict[str, TypeExpression]:
        return {i.name.text: i.type for i in self.document.items if isinstance(i, TypeAlias)}

    @cached_property
    def types(self) -> dict[int, Type]:
        """The types of fields that were asked for, each by its identity."""
        return {}

    def file(self, name: str) -> object:
        """What stands in a file, as JSON says it."""
        return self.files[name]

    # -- issuers and actors

    def issuer(self, value: object) -> Issuer | None:
        for item in self.api_items:
            if isinstance(item, Issuer) and type(value) is str and item.value.value == value:
                return item
        return None

    @cached_property
    def issuers(self) -> tuple[str, ...]:
        named = {str(item.value.value): None for item in self.api_items if isinstance(item, Issuer)}
        return tuple(named)

    @cached_property
    def takes_actors(self) -> bool:
        return any(isinstance(item, ActorsAllowed) for item in self.api_items) or any(
            reads_actor(item) for item in self.document.items if not isinstance(item, PolicyTest)
        )

    # -- scopes, roles and clients

    @cached_property
    def scopes(self) -> dict[str, list[str]]:
        """Each declared scope, and what it implies."""
        implied: dict[str, list[str]] = {}
        for item in self.api_items:
            if isinstance(item, Scopes):
                for name in multiplied(item.names, ()):
                    implied.setdefault(name, [])
            if isinstance(item, ScopesFrom):
                for name in scopes_in(self.file(str(item.file.value))):
                    implied.setdefault(name, [])
        for item in self.api_items:
            if isinstance(item, Scopes):
                for name in multiplied(item.names, ()):
                    implied[name].extend(multiplied(item.implies, implied))
        return implied

    def closed(self, names: Iterable[str]) -> frozenset[str]:
        """The declared scopes among the names, and all that follows from them."""
        return closure(self.scopes, names)

    def granted_by(self, grants: Iterable[Name], exclusions: Iterable[Name]) -> frozenset[str]:
        """What `grants a, b except c` gives: what is excepted is neither implied nor implies."""
        declared = self.scopes
        excluded = frozenset(multiplied(exclusions, declared))
        return self.closed(frozenset(multiplied(grants, declared)) - excluded) - excluded

    def role_grants(self, names: Iterable[str]) -> frozenset[str]:
        """What the roles grant, with all that they extend; a role that nobody declared, nothing."""
        roles = [item for item in self.api_items if isinstance(item, Role)]
        extends: dict[str, list[str]] = {}
        for role in roles:
            for name in role.names:
                extends.setdefault(name.text, []).extend(texts_of(role.extends))
        held = closure(extends, names)
        return frozenset().union(
            *(
                self.granted_by(role.grants, role.exclusions)
                for role in roles
                if held & texts_of(role.names)
            )
        )

    @cached_property
    def clients(self) -> list[Client]:
        return [item for item in self.api_items if isinstance(item, Client)]


def clauses_of(action: Action | ListedAction) -> list[Clause]:
    if isinstance(action, ListedAction):
        return [Clause(action.need, None)]
    return [Clause(written.need, written) for written in action.needs]


def relation_named(name: str, block: Block) -> Relation | None:
    for item in block.items:
        if isinstance(item, Relation) and item.name.text == name:
            return item
    return None


def field_named(name: str, among: Iterable[Field]) -> Field | None:
    for field in among:
        if field.name.text == name:
            return field
    return None


def texts_of(names: Iterable[Name]) -> set[str]:
    return {name.text for name in names}


def names_type(rule: Rule, resource_type: str | None) -> bool:
    return rule.types is not None and resource_type in texts_of(rule.types)


def reads_actor(node: object) -> bool:
    """Does `token.actor` stand anywhere in this node?"""
    if isinstance(node, tuple):
        return any(reads_actor(part) for part in node)
    if isinstance(node, Path) and node.root.text == "token" and node.steps:
        step = node.steps[0]
        if isinstance(step, Name) and step.text == "actor":
            return True
    return is_dataclass(node) and any(reads_actor(getattr(node, f.name)) for f in fields(node))


def closure(edges: Mapping[str, list[str]], names: Iterable[str]) -> frozenset[str]:
    """The names that have edges, and all such that they lead to."""
    reached: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in edges and name not in reached:
            reached.add(name)
            ahead.extend(edges[name])
    return frozenset(reached)


def multiplied(names: Iterable[Name], declared: Iterable[str]) -> list[str]:
    """Each name with its groups multiplied out; `{*}` stands for whatever makes it a declared one."""
    found: list[str] = []
    for name in names:
        # Groups are the odd pieces: "read:{a,b}" -> "read:", "a,b", "".
        pieces = re.split(r"\{([^{}]*)\}", name.text)
        choices = [
            [(word, at % 2 == 1 and word == "*") for word in (piece.split(",") if at % 2 else [piece])]
            for at, piece in enumerate(pieces)
        ]
        for words in product(*choices):
            if any(wild for _, wild in words):
                pattern = "".join(".+" if wild else re.escape(word) for word, wild in words)
                found += [scope for scope in declared if re.fullmatch(pattern, scope)]
            else:
                found.append("".join(word for word, _ in words))
    return found


def scopes_in(contents: object) -> list[str]:
    """The scopes of a file: a list of names, or of objects with a `value`; or an object by name."""
    assert isinstance(contents, list | dict), "a file of scopes is a list or an object"
    return [entry["value"] if isinstance(entry, dict) else entry for entry in contents]
