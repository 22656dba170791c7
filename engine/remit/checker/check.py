"""Document -> Checked, with everything that is wrong in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import is_
from typing import NamedTuple

from remit.checker import findings
from remit.checker.api import check_api
from remit.checker.blocks import Statement, check_block, check_resource
from remit.checker.checked import ACTOR, Block, Checked, CheckedApi, Member, Root
from remit.checker.expectations import check_tests
from remit.checker.files import Beside, nothing_beside
from remit.checker.globals import check_globals
from remit.checker.inheriting import check_inheriting
from remit.checker.members import RESERVED, Types, check_assumed
from remit.checker.names import Surroundings
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.syntax import tree


class _Remembered(NamedTuple):
    """What was made of one resource, and of which rules about it."""

    node: tree.Resource
    rules: tuple[tree.Rule, ...]
    block: Block
    findings: tuple[Finding, ...]
    reads_actor: bool


@dataclass(slots=True)
class Memory:
    """What was made of the resources of the last set without an error.

    The same is made again of the same statements in the same surroundings. Whoever shares one among
    threads lets one of them in at a time.
    """

    surroundings: object = None
    resources: dict[int, _Remembered] = field(default_factory=dict)


def check(
    document: tree.Document, beside: Beside = nothing_beside, memory: Memory | None = None
) -> tuple[Checked | None, tuple[Finding, ...]]:
    """The checked set, or None beside an error; and all findings in reporting order.

    `beside` finds the files that the policy names. `memory` is of the set's last version, and then of
    this one.
    """
    found = findings.Found()
    now = Memory()
    try:
        checked = _check(document, beside, found, (memory or Memory(), now))
    except findings.Enough:
        checked = None
    if has_errors(found) or checked is None:
        return None, sorted_findings(found)
    if memory is not None:
        memory.surroundings, memory.resources = now.surroundings, now.resources
    return checked, sorted_findings(found)


def _check(
    document: tree.Document, beside: Beside, found: list[Finding], memories: tuple[Memory, Memory]
) -> Checked:
    """The set as far as it could be made out; nobody may use it beside an error."""
    items = document.items
    apis = [item for item in items if isinstance(item, tree.Api)]
    types = Types(found, one_issuer=len(_issuers(apis)) <= 1)
    types.declare([item for item in items if isinstance(item, tree.TypeAlias)])
    tokens = [item for item in items if isinstance(item, tree.TokenClaims)]
    contexts = [item for item in items if isinstance(item, tree.Context)]
    claims = types.members(Root.TOKEN, [f for token in tokens for f in token.fields])
    context = types.members(Root.CONTEXT, [f for each in contexts for f in each.fields])
    api = check_api(apis, claims, beside, found) or CheckedApi("")
    around = Surroundings(api, types, claims, context, found)
    check_globals([i for i in items if isinstance(i, tree.Let | tree.Data)], around, beside)
    around.assumed = _assumed(tokens, {**claims, "actor": ACTOR}, found)
    around.assumed |= _assumed(contexts, context, found)
    blocks = _blocks(document, apis, around, beside, memories)
    found.extend(check_inheriting(document))
    tests = check_tests(items, api, blocks, (claims, context), found)
    return Checked(api, claims, context, tuple(blocks.values()), tests, around.reads_actor)


def _issuers(apis: Iterable[tree.Api]) -> set[str]:
    statements = (item for api in apis for item in api.items)
    return {str(item.value.value) for item in statements if isinstance(item, tree.Issuer)}


def _assumed(
    blocks: Iterable[tree.TokenClaims | tree.Context], known: dict[str, Member], found: list[Finding]
) -> frozenset[Member]:
    names = check_assumed([name for block in blocks for name in block.assumed], known, found)
    return frozenset(known[name] for name in names if name in known)


def _blocks(
    document: tree.Document,
    apis: list[tree.Api],
    around: Surroundings,
    beside: Beside,
    memories: tuple[Memory, Memory],
) -> dict[str | None, Block]:
    """The blocks, each with the rules that are written outside of it and yet stand in it."""
    then, now = memories
    now.surroundings = _fixed(around)
    before = then.resources if then.surroundings == now.surroundings else {}
    resources = [item for item in document.items if isinstance(item, tree.Resource)]
    rules = [item for item in document.items if isinstance(item, tree.Rule)]
    loose = [rule for rule in rules if rule.types is None]
    own: list[Statement] = []
    bound = [rule for rule in rules if rule.types is not None]
    for item in (item for api in apis for item in api.items):
        if isinstance(item, tree.Rule) and item.types is not None:
            bound.append(item)
        elif isinstance(item, Statement):
            own.append(item)
    _check_types_named(bound, {node.name.text for node in resources}, around)
    blocks: dict[str | None, Block] = {None: check_block(None, {}, own, loose, around, beside)}
    for node in resources:
        name = node.name.text
        if name in blocks:
            first = next(each.name.span for each in resources if each.name.text == name)
            around.found.append(findings.duplicate("resource", name, node.name.span, first))
        if name in RESERVED:
            around.found.append(findings.reserved(name, node.name.span))
        mine = [rule for rule in bound if any(type_.text == name for type_ in rule.types or ())]
        made = _again(before.get(id(node)), (mine, loose), around)
        if made is None:
            made = _anew(node, (mine, loose), around, beside)
        blocks[name] = made.block
        if not any(isinstance(item, tree.ActionsFrom) for item in node.items):  # files may change
            now.resources[id(node)] = made
    for rule in loose:
        for action in rule.actions or ():
            if all(action.text not in block.actions for block in blocks.values()):
                known = [name for block in blocks.values() for name in block.actions]
                around.found.append(findings.unknown_action(action.text, action.span, known))
    return blocks


def _fixed(around: Surroundings) -> object:
    """All that a resource may be checked by, apart from itself and the rules about it."""
    types = around.types
    return (
        around.api,
        types.one_issuer,
        types.named,
        around.claims,
        around.context,
        dict(around.globals),
        around.assumed,
    )


def _again(
    known: _Remembered | None,
    outside: tuple[list[tree.Rule], list[tree.Rule]],
    around: Surroundings,
) -> _Remembered | None:
    """What was made of a resource before, with what was found, where nothing about it has changed."""
    bound, loose = outside
    rules = (*bound, *loose)
    if known is None or len(known.rules) != len(rules) or not all(map(is_, known.rules, rules)):
        return None
    own = [item for item in known.node.items if isinstance(item, tree.Rule)]
    covering = [rule for rule in loose if _covers(rule, known.block)]
    for rule in (*own, *bound, *covering):
        name = None if rule.name is None else str(rule.name.value)
        if name is not None and around.rule_names.setdefault(name, rule) is not rule:
            return None
    around.found.extend(known.findings)
    around.reads_actor |= known.reads_actor
    return known


def _covers(rule: tree.Rule, block: Block) -> bool:
    """Whether a rule that names no type is about an action of a block."""
    actions = block.actions
    return bool(actions) if rule.actions is None else any(a.text in actions for a in rule.actions)


def _anew(
    node: tree.Resource,
    outside: tuple[list[tree.Rule], list[tree.Rule]],
    around: Surroundings,
    beside: Beside,
) -> _Remembered:
    before, others_read = len(around.found), around.reads_actor
    around.reads_actor = False
    block = check_resource(node, outside, around, beside)
    bound, loose = outside
    found = tuple(around.found[before:])
    made = _Remembered(node, (*bound, *loose), block, found, around.reads_actor)
    around.reads_actor |= others_read
    return made


def _check_types_named(rules: Iterable[tree.Rule], known: set[str], around: Surroundings) -> None:
    for rule in rules:
        seen: set[str] = set()
        for type_ in rule.types or ():
            if type_.text not in known:
                around.found.append(findings.unknown_type(type_.text, type_.span, sorted(known)))
            if type_.text in seen:
                around.found.append(findings.duplicate("type", type_.text, type_.span))
            seen.add(type_.text)
