"""A policy's statements -> what they declare: what names can mean, wherever they stand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from remit.checker.checked import Kind
from remit.checker.files import MISSING, Beside, read_json
from remit.checker.scopes import Budget, multiplied
from remit.syntax import tree

_MANY = 20_000
"""As many scopes as groups may stand for here; a policy has fewer."""

TypeNode = tree.TypeExpression | None
"""The type of something as it was written; None where that is not said."""


@dataclass(frozen=True, slots=True)
class DeclaredAction:
    """An action, and the statement that declares it: one of the policy, or one that names a file."""

    name: tree.Name
    node: tree.Action | tree.ActionsFrom
    scopes: tuple[str, ...] = ()
    """What it needs, where a file says so: any of these."""


@dataclass(slots=True)
class DeclaredBlock:
    """What a resource declares, or (named "") the API's own blocks together."""

    name: str
    fields: dict[str, tree.Field] = field(default_factory=dict)
    actions: dict[str, DeclaredAction] = field(default_factory=dict)
    relations: dict[str, tree.Relation] = field(default_factory=dict)
    rules: list[tree.Rule] = field(default_factory=list)


@dataclass(slots=True)
class Declared:
    """What a policy declares, the first of a name where there are two."""

    blocks: dict[str, DeclaredBlock] = field(default_factory=dict)
    resources: dict[str, tree.Resource] = field(default_factory=dict)
    types: dict[str, tree.TypeAlias] = field(default_factory=dict)
    values: dict[str, tree.Let | tree.Data] = field(default_factory=dict)
    claims: dict[str, tree.Field] = field(default_factory=dict)
    context: dict[str, tree.Field] = field(default_factory=dict)
    scopes: dict[str, tree.Name] = field(default_factory=dict)
    roles: dict[str, tree.Role] = field(default_factory=dict)
    clients: dict[str, tree.Client] = field(default_factory=dict)
    groups: dict[str, tree.Name] = field(default_factory=dict)
    issuers: list[tree.Issuer] = field(default_factory=list)
    rules: list[tree.Rule] = field(default_factory=list)
    tests: list[tree.PolicyTest] = field(default_factory=list)
    fixtures: dict[str, tree.Fixtures] = field(default_factory=dict)

    @property
    def api(self) -> DeclaredBlock:
        """What the API's own blocks declare."""
        return self.blocks[""]

    def plain(self, type_: TypeNode) -> TypeNode:
        """A type with no name of the policy's own."""
        for _ in range(len(self.types) + 1):
            if not isinstance(type_, tree.NamedType) or type_.name.text not in self.types:
                return type_
            type_ = self.types[type_.name.text].type
        return None

    def element(self, type_: TypeNode) -> TypeNode:
        """The type of what a quantifier goes through."""
        match self.plain(type_):
            case tree.SetType(element=element) | tree.ListType(element=element):
                return element
            case tree.MapType(key=key):
                return key
            case _:
                return None

    def step(self, type_: TypeNode, step: tree.Name | tree.Index) -> TypeNode:
        """The type of what a path reads next."""
        match self.plain(type_), step:
            case tree.RecordType(fields=fields), tree.Name(text=text):
                return next((each.type for each in fields if each.name.text == text), None)
            case tree.MapType(value=value), tree.Index():
                return value
            case _:
                return None


def declared_in(items: Iterable[tree.Item], beside: Beside) -> Declared:
    """Everything that statements declare; `beside` opens the files that they name."""
    found = Declared(blocks={"": DeclaredBlock("")})
    for item in items:
        match item:
            case tree.Api():
                _api(item, found, beside)
            case tree.Resource(name=name):
                found.resources.setdefault(name.text, item)
                block = found.blocks.setdefault(name.text, DeclaredBlock(name.text))
                _fields(item.fields, block.fields)
                _block(item.items, block, beside)
            case tree.TokenClaims(fields=fields):
                _fields(fields, found.claims)
            case tree.Context(fields=fields):
                _fields(fields, found.context)
            case tree.TypeAlias(name=name):
                found.types.setdefault(name.text, item)
            case tree.Let(name=name) | tree.Data(name=name):
                found.values.setdefault(name.text, item)
            case tree.Rule():
                found.rules.append(item)
            case tree.Fixtures(name=name):
                found.fixtures.setdefault(name.text, item)
            case tree.PolicyTest():
                found.tests.append(item)
            case _:
                assert_never(item)
    return found


def _fields(fields: Iterable[tree.Field], known: dict[str, tree.Field]) -> None:
    for each in fields:
        known.setdefault(each.name.text, each)


def _api(api: tree.Api, found: Declared, beside: Beside) -> None:
    for item in api.items:
        match item:
            case tree.Scopes() | tree.ScopesFrom():
                for name in scopes_of(item, beside):
                    found.scopes.setdefault(name.text, name)
            case tree.Role(names=names):
                for name in names:
                    found.roles.setdefault(name.text, item)
            case tree.Client(names=names, group=group):
                for name in names:
                    found.clients.setdefault(name.text, item)
                if group is not None:
                    found.groups.setdefault(group.text, group)
            case tree.Issuer():
                found.issuers.append(item)
            case _:
                pass
    _block(api.items, found.api, beside)


def _block(items: Iterable[tree.ApiItem], block: DeclaredBlock, beside: Beside) -> None:
    for item in items:
        match item:
            case tree.Action() | tree.ActionsFrom():
                for action in _actions(item, beside):
                    block.actions.setdefault(action.name.text, action)
            case tree.Relation(name=name):
                block.relations.setdefault(name.text, item)
            case tree.Rule():
                block.rules.append(item)
            case _:
                pass


def scopes_of(item: tree.Scopes | tree.ScopesFrom, beside: Beside) -> Iterator[tree.Name]:
    """Each scope that a statement declares, with the place that declares it."""
    if isinstance(item, tree.Scopes):
        budget = Budget([], _MANY)
        for name in item.names:
            yield from (tree.Name(text, name.span) for text in multiplied(name, budget))
        return
    content = read_json(item.file, beside, [])
    for each in content if isinstance(content, list | dict) else ():
        text = each.get("value") if isinstance(each, dict) else each
        if isinstance(text, str):
            yield tree.Name(text, item.file.span)


def _actions(item: tree.Action | tree.ActionsFrom, beside: Beside) -> Iterator[DeclaredAction]:
    if isinstance(item, tree.Action):
        yield from (DeclaredAction(name, item) for name in item.names)
        return
    content = read_json(item.file, beside, [])
    if content is MISSING or not isinstance(content, dict):
        return
    for name, needs in content.items():
        scopes = tuple(map(str, needs)) if isinstance(needs, list) else ()
        yield DeclaredAction(tree.Name(name, item.file.span), item, scopes)


def users(block: DeclaredBlock, declared: Declared) -> Mapping[str, tree.Field]:
    """The attributes that can stand in `to`."""
    return {name: each for name, each in block.fields.items() if _is_subject(each, declared)}


def _is_subject(each: tree.Field, declared: Declared) -> bool:
    type_ = declared.plain(each.type)
    if isinstance(type_, tree.SetType):
        type_ = declared.plain(type_.element)
    return isinstance(type_, tree.NamedType) and type_.name.text in (Kind.USER, Kind.CLIENT)
