"""Document -> Checked, with everything that is wrong in it."""

from collections.abc import Mapping

from remit.checker import findings
from remit.checker.api import check_api
from remit.checker.blocks import Surroundings, check_block, check_resource
from remit.checker.checked import Block, Checked, CheckedApi, Member, Root
from remit.checker.fixtures import check_tests
from remit.checker.members import RESERVED, check_members
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.syntax import tree


def check(document: tree.Document) -> tuple[Checked | None, tuple[Finding, ...]]:
    """The checked set, or None beside an error; and all findings in reporting order."""
    found = findings.Found()
    try:
        checked = _check(document, found)
    except findings.Enough:
        checked = None
    return (None if has_errors(found) else checked), sorted_findings(found)


def _check(document: tree.Document, found: list[Finding]) -> Checked:
    """The set as far as it could be made out; nobody may use it beside an error."""
    apis = [item for item in document.items if isinstance(item, tree.Api)]
    api = check_api(apis, found) or CheckedApi("", (), {}, {}, {})
    claims = _fields(document, tree.TokenClaims, Root.TOKEN, found)
    context = _fields(document, tree.Context, Root.CONTEXT, found)
    around = Surroundings(api, claims, context, found, {})
    blocks = _blocks(document, apis, around)
    tests = tuple(item for item in document.items if isinstance(item, tree.PolicyTest))
    check_tests(tests, api, blocks, (claims, context), found)
    return Checked(api, claims, context, tuple(blocks.values()), tests)


def _fields(
    document: tree.Document,
    kind: type[tree.TokenClaims | tree.Context],
    root: Root,
    found: list[Finding],
) -> Mapping[str, Member]:
    fields = [field for item in document.items if isinstance(item, kind) for field in item.fields]
    return check_members(root, fields, found)


def _blocks(
    document: tree.Document, apis: list[tree.Api], around: Surroundings
) -> dict[str | None, Block]:
    kinds = (tree.Action, tree.Relation, tree.Rule)
    own = [item for api in apis for item in api.items if isinstance(item, kinds)]
    blocks: dict[str | None, Block] = {None: check_block(None, {}, own, around)}
    for item in document.items:
        if isinstance(item, tree.Resource):
            name = item.name.text
            if name in blocks:
                around.found.append(findings.duplicate("resource", name, item.name.span))
            if name in RESERVED:
                around.found.append(findings.reserved(name, item.name.span))
            blocks[name] = check_resource(item, around)
    return blocks
