"""Statements -> every name in them, with what it means.

Names are looked up as the checker does: what a quantifier binds, then the members of the block, its
relations, the names of the whole set. A rule that is about several resources names something in each.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from remit.spans import Span
from remit.syntax import tree
from remit.tools.language_server.declaring import Declared, DeclaredBlock
from remit.tools.language_server.expressions import Scene, expression, typed
from remit.tools.language_server.fixtures import names_in_fixtures, names_in_test
from remit.tools.language_server.scopes import scope
from remit.tools.language_server.symbols import Occurrence, Sort, Symbol, place_of


def names_in(item: tree.Item, declared: Declared) -> Iterator[Occurrence]:
    """The names in a statement of a file."""
    match item:
        case tree.Api(items=items):
            yield from _block(items, declared.api, declared)
        case tree.Resource(name=name, fields=fields, items=items):
            yield one(name.span, Sort.RESOURCE, "", name.text, declares=True)
            block = declared.blocks[name.text]
            for each in fields:
                yield from _field(each, Sort.ATTRIBUTE, name.text, declared)
            yield from _block(items, block, declared)
        case tree.TokenClaims(fields=fields, assumed=assumed):
            yield from _members(fields, assumed, Sort.CLAIM, declared)
        case tree.Context(fields=fields, assumed=assumed):
            yield from _members(fields, assumed, Sort.CONTEXT, declared)
        case tree.TypeAlias(name=name, type=type_):
            yield one(name.span, Sort.TYPE, "", name.text, declares=True)
            yield from typed(type_, declared)
        case tree.Let(name=name, type=written, value=value):
            yield one(name.span, Sort.VALUE, "", name.text, declares=True)
            yield from typed(written, declared)
            yield from expression(value, Scene(declared), written)
        case tree.Data(name=name, type=type_):
            yield one(name.span, Sort.VALUE, "", name.text, declares=True)
            yield from typed(type_, declared)
        case tree.Rule():
            yield from _rule(item, _blocks_of(item, declared), declared)
        case tree.PolicyTest():
            yield from names_in_test(item, declared)
        case tree.Fixtures():
            yield from names_in_fixtures(item, declared)
        case _:
            assert_never(item)


def one(span: Span, sort: Sort, owner: str, name: str, *, declares: bool = False) -> Occurrence:
    """A place that names one thing."""
    return Occurrence(span, (Symbol(sort, owner, name),), declares)


def _members(
    fields: Iterable[tree.Field], assumed: Iterable[tree.Name], sort: Sort, declared: Declared
) -> Iterator[Occurrence]:
    known = declared.claims if sort is Sort.CLAIM else declared.context
    for each in fields:
        yield from _field(each, sort, "", declared)
    for name in assumed:
        if name.text in known:
            yield one(name.span, sort, "", name.text)


def _field(each: tree.Field, sort: Sort, owner: str, declared: Declared) -> Iterator[Occurrence]:
    yield one(each.name.span, sort, owner, each.name.text, declares=True)
    yield from typed(each.type, declared)
    if each.default is not None:
        yield from expression(each.default, Scene(declared), each.type)


# ---- what stands in a block


def _block(
    items: Iterable[tree.ApiItem], block: DeclaredBlock, declared: Declared
) -> Iterator[Occurrence]:
    for item in items:
        match item:
            case tree.Action():
                yield from _action(item, block, declared)
            case tree.Relation(name=name, condition=condition):
                yield one(name.span, Sort.RELATION, block.name, name.text, declares=True)
                yield from expression(condition, Scene(declared, (block,)))
            case tree.Rule(types=None):
                yield from _rule(item, (block,), declared)
            case tree.Rule():
                yield from _rule(item, _blocks_of(item, declared), declared)
            case tree.Assume(names=names):
                for name in names:
                    yield from _assumed(name, block, declared)
            case tree.ActionsFrom(file=file):
                for action in block.actions.values():
                    if action.node is item:
                        yield one(file.span, Sort.ACTION, block.name, action.name.text, declares=True)
            case _:
                yield from _api_item(item, declared)


def _assumed(name: tree.Name, block: DeclaredBlock, declared: Declared) -> Iterator[Occurrence]:
    if name.text in block.fields:
        yield one(name.span, Sort.ATTRIBUTE, block.name, name.text)
        return
    scene = Scene(declared, (block,), tuple(block.actions))
    symbols = scene.of_root("action", name.text)
    if symbols:
        yield Occurrence(name.span, symbols)


def _action(node: tree.Action, block: DeclaredBlock, declared: Declared) -> Iterator[Occurrence]:
    for name in node.names:
        yield one(name.span, Sort.ACTION, block.name, name.text, declares=True)
    for each in node.parameters:
        yield from _field(each, Sort.PARAMETER, place_of(node.span), declared)
    scene = Scene(declared, (block,), tuple(name.text for name in node.names))
    for clause in node.needs:
        yield from need(clause.need, declared)
        if clause.when is not None:
            yield from expression(clause.when, scene)


def need(node: tree.Need, declared: Declared) -> Iterator[Occurrence]:
    """The scopes that a need names."""
    match node:
        case tree.NeedScope(scope=name):
            yield from scope(name, declared)
        case tree.NeedAll(needs=needs) | tree.NeedAny(needs=needs):
            for each in needs:
                yield from need(each, declared)
        case tree.NeedNothing():
            pass
        case _:
            assert_never(node)


def _api_item(item: tree.ApiItem, declared: Declared) -> Iterator[Occurrence]:
    match item:
        case tree.Scopes(names=names, implies=implies):
            for name in names:
                yield from scope(name, declared, declares=True)
            yield from _scopes(implies, declared)
        case tree.ScopesFrom(file=file):
            symbols = [Symbol(Sort.SCOPE, "", text) for text in declared_by(item, declared)]
            if symbols:
                yield Occurrence(file.span, tuple(symbols), declares=True)
        case tree.Role(names=names, extends=extends):
            yield from _declaring(names, Sort.ROLE)
            yield from roles(extends, declared)
            yield from _scopes((*item.grants, *item.exclusions), declared)
        case tree.Client(names=names, group=group):
            yield from _declaring(names, Sort.CLIENT)
            yield from _declaring(() if group is None else (group,), Sort.GROUP)
            yield from _scopes((*(item.grants or ()), *item.exclusions), declared)
        case tree.Issuer(items=items):
            yield from _issuer(items, declared)
        case _:
            pass


def _issuer(items: Iterable[tree.IssuerItem], declared: Declared) -> Iterator[Occurrence]:
    for item in items:
        if isinstance(item, tree.AssertsRoles):
            yield from roles(item.roles, declared)
        elif isinstance(item, tree.AssertsClients):
            yield from clients(item.clients, declared)
        elif isinstance(item, tree.AssertsClaim) and item.claim.text in declared.claims:
            yield one(item.claim.span, Sort.CLAIM, "", item.claim.text)


def _declaring(names: Iterable[tree.Name], sort: Sort) -> Iterator[Occurrence]:
    for name in names:
        yield one(name.span, sort, "", name.text, declares=True)


def declared_by(item: tree.ScopesFrom, declared: Declared) -> Iterator[str]:
    """The scopes that a file declares."""
    return (text for text, name in declared.scopes.items() if name.span is item.file.span)


def clients(names: Iterable[tree.Name], declared: Declared) -> Iterator[Occurrence]:
    """Names of clients, or of classes of them."""
    for name in names:
        if name.text in declared.clients:
            yield one(name.span, Sort.CLIENT, "", name.text)
        elif name.text in declared.groups:
            yield one(name.span, Sort.GROUP, "", name.text)


def roles(names: Iterable[tree.Name], declared: Declared) -> Iterator[Occurrence]:
    """Names of roles."""
    for name in names:
        if name.text in declared.roles:
            yield one(name.span, Sort.ROLE, "", name.text)


def _scopes(names: Iterable[tree.Name], declared: Declared) -> Iterator[Occurrence]:
    for name in names:
        yield from scope(name, declared)


# ---- rules


def _blocks_of(rule: tree.Rule, declared: Declared) -> tuple[DeclaredBlock, ...]:
    """The blocks that a rule outside of any stands in."""
    if rule.types is not None:
        named = dict.fromkeys(type_.text for type_ in rule.types)
        return tuple(declared.blocks[name] for name in named if name in declared.blocks)
    actions = None if rule.actions is None else {action.text for action in rule.actions}
    return tuple(
        block
        for block in declared.blocks.values()
        if block.actions and (actions is None or actions & block.actions.keys())
    )


def _rule(
    rule: tree.Rule, blocks: tuple[DeclaredBlock, ...], declared: Declared
) -> Iterator[Occurrence]:
    for action in rule.actions or ():
        symbols = [
            Symbol(Sort.ACTION, block.name, action.text)
            for block in blocks
            if action.text in block.actions
        ]
        if symbols:
            yield Occurrence(action.span, tuple(symbols))
    for type_ in rule.types or ():
        if type_.text in declared.resources:
            yield one(type_.span, Sort.RESOURCE, "", type_.text)
    if rule.actions is None:
        actions = tuple(name for block in blocks for name in block.actions)
    else:
        actions = tuple(action.text for action in rule.actions)
    scene = Scene(declared, blocks, actions)
    for subject in rule.subjects or ():
        yield from _subject(subject, scene)
    for condition in (rule.when, rule.unless):
        if condition is not None:
            yield from expression(condition, scene)
    for obligation in rule.obligations:
        for _, value in obligation.values.pairs if obligation.values else ():
            yield from expression(value, scene)


def _subject(node: tree.Subject, scene: Scene) -> Iterator[Occurrence]:
    match node:
        case tree.RoleSubject(role=role):
            yield from roles([role], scene.declared)
        case tree.ClientSubject(client=client):
            yield from clients([client], scene.declared)
        case tree.NamedSubject(name=name):
            symbols = scene.bare(name.text)
            if symbols:
                yield Occurrence(name.span, symbols)
        case tree.AllSubjects(subjects=subjects):
            for each in subjects:
                yield from _subject(each, scene)
        case tree.Entitled() | tree.Anyone():
            pass
        case _:
            assert_never(node)
