"""Declarations -> notes on what serves nobody."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import assert_never

from remit.checker.checked import (
    Action,
    Condition,
    EachOf,
    IsEntitled,
    IsStored,
    Need,
    Nothing,
    OneScope,
    SomeOf,
)
from remit.checker.scopes import is_group
from remit.compiler.ruletree import BlockTree
from remit.linter import findings, fixes
from remit.linter.logic import contradict
from remit.linter.notes import Edit, Note
from remit.linter.safety import uncompared
from remit.linter.scene import Scene, apis, nodes
from remit.linter.text import Text
from remit.spans import Span
from remit.syntax import tree


def look(scene: Scene) -> Iterator[Note]:
    """All notes on declarations."""
    yield from _actions(scene)
    yield from _blocks(scene)
    yield from _names(scene)
    yield from _scopes(scene)
    yield from _roles(scene)


# ---- actions, blocks


def _actions(scene: Scene) -> Iterator[Note]:
    for name, statements in _statements(scene.document):
        block = scene.tree.blocks[name]
        known = {n.text for s in statements if isinstance(s, tree.Action) for n in s.names}
        listed = [action for action in block.actions.values() if action.name not in known]
        never: list[tuple[list[str], Span]] = []
        for statement in statements:
            if isinstance(statement, tree.Action):
                names = [n for n in statement.names if not _may_be_allowed(block.actions[n.text], block)]
                never += [([each.text], each.span) for each in names]
            elif isinstance(statement, tree.ActionsFrom):
                idle = [each.name for each in listed if not _may_be_allowed(each, block)]
                never += [(idle, statement.span)] if idle else []
                listed = []  # of several files the first is told for all
        all_names = [each for names, _ in never for each in names]
        if len(all_names) == len(block.actions):  # one thing is missing, and not one for each
            never = [(all_names, never[0][1])] if never else []
        yield from (Note(findings.never_allowed(names, span)) for names, span in never)


def _statements(document: tree.Document) -> Iterator[tuple[str | None, list[tree.ApiItem]]]:
    """The statements of each block; those about the API together."""
    yield None, list(apis(document))
    for item in document.items:
        if isinstance(item, tree.Resource):
            yield item.name.text, list(item.items)


def _may_be_allowed(action: Action, block: BlockTree) -> bool:
    """Whether a permit may apply to an action."""
    false: set[Condition] = set()
    if action.new:
        false.add(IsStored())
    if all(isinstance(each.need, Nothing) for each in action.needs):
        false.add(IsEntitled())
    return any(
        not contradict([(rule.condition, True), *((each, False) for each in false)])
        for rule in block.rules
        if rule.reference.effect == "permit" and (rule.actions is None or action.name in rule.actions)
    )


def _blocks(scene: Scene) -> Iterator[Note]:
    for item in scene.document.items:
        match item:
            case tree.Resource(name=name) if not scene.blocks[name.text].actions:
                yield Note(findings.without_actions(name.text, name.span))
            case tree.TokenClaims(fields=(), assumed=()) | tree.Context(fields=(), assumed=()):
                what = "token" if isinstance(item, tree.TokenClaims) else "context"
                yield Note(
                    findings.empty_block(what, item.span),
                    fixes.removal(scene.text(item.span), item.span),
                )
            case _:
                pass


# ---- names


def _names(scene: Scene) -> Iterator[Note]:
    tests = tree.PolicyTest | tree.Fixtures
    read = _read(item for item in scene.document.items if not isinstance(item, tests))
    types = {node.name.text for node in scene.all(tree.NamedType)}
    for item in scene.document.items:
        match item:
            case tree.TokenClaims(fields=fields):
                known = _claims_beside(scene)
                yield from _unused("claim", [f.name for f in fields if f.name.text not in known], read)
            case tree.Context(fields=fields):
                yield from _unused("context", [field.name for field in fields], read)
            case tree.Let(name=name) | tree.Data(name=name):
                yield from _unused("value", [name], read)
            case tree.TypeAlias(name=name):
                yield from _unused("type", [name], types)
            case _:
                pass
    yield from _own_names(scene)


def _claims_beside(scene: Scene) -> set[str]:
    """The claims that an issuer's values are told for, and those that are reported as tenants."""
    asserted = {each.claim.text for each in scene.all(tree.AssertsClaim)}
    return asserted | {name for _, name in uncompared(scene)}


def _own_names(scene: Scene) -> Iterator[Note]:
    """The attributes and relations of each block."""
    outside = [item for item in scene.document.items if isinstance(item, tree.Rule)]
    about_api = list(apis(scene.document))
    beside = _read((*outside, *(each for each in about_api if isinstance(each, tree.Rule))))
    tenants = uncompared(scene)
    for item in scene.document.items:
        if isinstance(item, tree.Resource) and scene.blocks[item.name.text].actions:
            read = _read(item.items) | beside
            fields = [f.name for f in item.fields if (item.name.text, f.name.text) not in tenants]
            yield from _unused("attribute", fields, read)
            yield from _unused("relation", _relations(item.items), read)
    yield from _unused("relation", _relations(about_api), _read((*about_api, *outside)))


def _unused(what: str, names: Iterable[tree.Name], used: set[str]) -> Iterator[Note]:
    root = {"claim": "token.", "context": "context."}.get(what, "")
    for name in names:
        if root + name.text not in used:
            yield Note(findings.unused(what, root + name.text, name.span))


def _relations(items: Iterable[tree.ApiItem]) -> list[tree.Name]:
    return [item.name for item in items if isinstance(item, tree.Relation)]


def _read(items: Iterable[object]) -> set[str]:
    """What the paths and the subjects of statements begin with."""
    read: set[str] = set()
    for node in nodes(tuple(items)):
        match node:
            case tree.Path(root=root, steps=(tree.Name(text=first), *_)) if root.text in (
                "token",
                "context",
            ):
                read.add(f"{root.text}.{first}")
            case tree.Path(root=root):
                read.add(root.text)
            case tree.NamedSubject(name=name):
                read.add(name.text)
            case _:
                pass
    return read


# ---- scopes, roles


def _scopes(scene: Scene) -> Iterator[Note]:
    closures = scene.checked.api.scopes
    useful = _useful(scene)
    granted = _granted(scene.document)
    idle: list[tree.Name] = []
    for statement in apis(scene.document):
        match statement:
            case tree.Scopes(names=names):
                idle += [n for n in names if n.text in closures and n.text not in useful | granted]
            case tree.Role(grants=grants) | tree.Client(grants=grants) if grants:
                for name in grants:
                    if name.text in closures and name.text not in useful:
                        yield Note(findings.grant_never_needed(name.text, name.span))
            case _:
                pass
    if idle:  # whoever lists all scopes of a product has one thing to say about that, not one of each
        yield Note(findings.never_needed([name.text for name in idle], idle[0].span))


def _useful(scene: Scene) -> set[str]:
    """The scopes that a need or a condition asks for, and those that imply one of them."""
    written = (node.scope.text for node in scene.all(tree.NeedScope))
    actions = (action for block in scene.checked.blocks for action in block.actions.values())
    asked = {*written, *(s for each in actions for n in each.needs for s in _asked(n.need))}
    return {name for name, reached in scene.checked.api.scopes.items() if not asked.isdisjoint(reached)}


def _asked(need: Need) -> Iterator[str]:
    match need:
        case OneScope(scope=scope):
            yield scope
        case EachOf(needs=needs) | SomeOf(needs=needs):
            for each in needs:
                yield from _asked(each)
        case Nothing():
            pass
        case _:
            assert_never(need)


def _granted(document: tree.Document) -> set[str]:
    """The scopes that roles and clients grant by name."""
    return {
        name.text
        for statement in apis(document)
        if isinstance(statement, tree.Role | tree.Client)
        for name in statement.grants or ()
    }


def _roles(scene: Scene) -> Iterator[Note]:
    api = scene.checked.api
    statements = [each for each in apis(scene.document) if isinstance(each, tree.Role)]
    named = {node.role.text for node in scene.all(tree.RoleSubject)}
    named |= {name.text for statement in statements for name in statement.extends}
    for statement in statements:
        for name in statement.names:
            if not api.roles[name.text] and name.text not in named:
                yield Note(findings.meaningless_role(name.text, name.span))
        inherited = frozenset(chain.from_iterable(api.roles[each.text] for each in statement.extends))
        yield from _repeated_grants(statement, inherited, scene)
    for client in apis(scene.document):
        if isinstance(client, tree.Client):
            yield from _repeated_grants(client, frozenset(), scene)


def _repeated_grants(
    statement: tree.Role | tree.Client, inherited: frozenset[str], scene: Scene
) -> Iterator[Note]:
    """Scopes that come along with the others; nothing is said where some are excepted."""
    grants = statement.grants or ()
    closures = scene.checked.api.scopes
    if statement.exclusions or any(is_group(name) for name in grants):
        return
    text = scene.text(statement.span)
    gone: set[str] = set()
    for place, name in enumerate(grants):
        others = (other.text for other in grants if other.text != name.text and other.text not in gone)
        along = inherited.union(*(closures[other] for other in others))
        if name.text in along:
            gone.add(name.text)
            edits = _without(text, [each.span for each in grants], place)
            yield Note(findings.grant_repeated(name.text, name.span), edits)


def _without(text: Text, spans: Sequence[Span], place: int) -> tuple[Edit, ...]:
    """Leave one of several names out, with the comma beside it."""
    if len(spans) == 1:
        word = text.before(spans[0].start)
        return fixes.kept(text, Edit(text.span(text.before(word - len("grants")), spans[0].end), ""))
    if place == 0:
        return fixes.kept(text, Edit(text.span(spans[0].start, spans[1].start), ""))
    return fixes.without_part(text, spans, place)
