"""Document -> Checked, with everything that is wrong in it."""

from collections.abc import Iterable

from remit.checker import findings
from remit.checker.api import check_api
from remit.checker.blocks import Statement, check_block, check_resource
from remit.checker.checked import ACTOR, Block, Checked, CheckedApi, Member, Root
from remit.checker.files import Beside, nothing_beside
from remit.checker.fixtures import check_tests
from remit.checker.globals import check_globals
from remit.checker.members import RESERVED, Types, check_assumed
from remit.checker.names import Surroundings
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.syntax import tree


def check(
    document: tree.Document, beside: Beside = nothing_beside
) -> tuple[Checked | None, tuple[Finding, ...]]:
    """The checked set, or None beside an error; and all findings in reporting order.

    `beside` finds the files that the policy names.
    """
    found = findings.Found()
    try:
        checked = _check(document, beside, found)
    except findings.Enough:
        checked = None
    return (None if has_errors(found) else checked), sorted_findings(found)


def _check(document: tree.Document, beside: Beside, found: list[Finding]) -> Checked:
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
    blocks = _blocks(document, apis, around, beside)
    tests = tuple(item for item in items if isinstance(item, tree.PolicyTest))
    check_tests(tests, api, blocks, (claims, context), found)
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
    document: tree.Document, apis: list[tree.Api], around: Surroundings, beside: Beside
) -> dict[str | None, Block]:
    """The blocks, each with the rules that are written outside of it and yet stand in it."""
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
            around.found.append(findings.duplicate("resource", name, node.name.span))
        if name in RESERVED:
            around.found.append(findings.reserved(name, node.name.span))
        mine = [rule for rule in bound if any(type_.text == name for type_ in rule.types or ())]
        blocks[name] = check_resource(node, (mine, loose), around, beside)
    for rule in loose:
        for action in rule.actions or ():
            if all(action.text not in block.actions for block in blocks.values()):
                known = [name for block in blocks.values() for name in block.actions]
                around.found.append(findings.unknown_action(action.text, action.span, known))
    return blocks


def _check_types_named(rules: Iterable[tree.Rule], known: set[str], around: Surroundings) -> None:
    for rule in rules:
        seen: set[str] = set()
        for type_ in rule.types or ():
            if type_.text not in known:
                around.found.append(findings.unknown_type(type_.text, type_.span, sorted(known)))
            if type_.text in seen:
                around.found.append(findings.duplicate("type", type_.text, type_.span))
            seen.add(type_.text)
