"""Guards -> notes on tenants not compared, and on needs and assumptions that guard nothing."""

from collections.abc import Iterable, Iterator, Sequence

from remit.checker import hiding
from remit.checker.checked import (
    ACTOR,
    Action,
    Block,
    CheckedRule,
    Condition,
    Equal,
    Member,
    Nothing,
    Read,
)
from remit.checker.reads import leaves, read_by, root_of
from remit.diagnostics import Finding
from remit.linter import findings, fixes
from remit.linter.notes import Edit, Note
from remit.linter.scene import Scene, apis, joined_needs
from remit.spans import Span
from remit.syntax import tree

_TENANTS = frozenset(
    (
        "tenant",
        "organisation",
        "organization",
        "org",
        "account",
        "workspace",
        "company",
        "customer",
        "realm",
    )
)


def look(scene: Scene) -> Iterator[Note]:
    """All notes on what guards."""
    yield from _tenants(scene)
    yield from _needs(scene)
    yield from _assumed(scene)


# ---- tenants


def _is_tenant(name: str) -> bool:
    bare = name.lower().replace("_", "").removesuffix("id")
    return bare in _TENANTS


def _tenants(scene: Scene) -> Iterator[Note]:
    for (_, name), spans in uncompared(scene).items():
        for span in spans:
            yield Note(findings.tenant_not_compared(name, span))


def uncompared(scene: Scene) -> dict[tuple[str | None, str], list[Span]]:
    """The attributes that are a tenant's, by block, with the permits that let other tenants in."""
    written = {rule.span: rule for rule in scene.all(tree.Rule)}
    found: dict[tuple[str | None, str], list[Span]] = {}
    for block in scene.checked.blocks:
        for name, member in block.members.items():
            claim = scene.checked.claims.get(name)
            if claim is not None and claim.type == member.type and _is_tenant(name):
                spans = list(_open_permits(block, (member, claim), written))
                if spans:
                    found[block.name, name] = spans
    return found


def _open_permits(
    block: Block, pair: tuple[Member, Member], written: dict[Span, tree.Rule]
) -> Iterator[Span]:
    """The permits between whose actions and a foreign tenant nothing stands."""
    gates = [r for r in block.rules if r.effect == "forbid" and _compares(r.condition, pair)]
    guarded = {action for gate in gates for action in _heads(gate, block)}
    for rule in block.rules:
        heads = _heads(rule, block) - guarded
        if rule.effect != "permit" or not heads or _compares(rule.condition, pair):
            continue
        node = written[rule.span]
        if not _names_callers(node) and not _is_public(node, [block.actions[name] for name in heads]):
            yield rule.span


def _heads(rule: CheckedRule, block: Block) -> set[str]:
    return set(block.actions if rule.actions is None else rule.actions)


def _compares(condition: Condition, pair: tuple[Member, Member]) -> bool:
    for leaf in leaves(condition):
        match leaf:
            case Equal(left=Read(member=one), right=Read(member=other)) if {one, other} == set(pair):
                return True
            case _:
                pass
    return False


def _names_callers(rule: tree.Rule) -> bool:
    """Whether each of those whom a permit is for is somebody whom the resource names, or a test does."""
    return all(_is_named(subject) for subject in rule.subjects or ())


def _is_public(rule: tree.Rule, actions: Iterable[Action]) -> bool:
    """Whether a permit is for those, too, who come without a token, and so without a tenant."""
    everybody = any(isinstance(subject, tree.Anyone) for subject in rule.subjects or ())
    return everybody and all(
        any(isinstance(each.need, Nothing) for each in action.needs) for action in actions
    )


def _is_named(subject: tree.Subject) -> bool:
    if isinstance(subject, tree.AllSubjects):
        return any(_is_named(each) for each in subject.subjects)
    return isinstance(subject, tree.NamedSubject)


# ---- needs


def _needs(scene: Scene) -> Iterator[Note]:
    for need in joined_needs(scene):
        yield from _implied(need, scene)


def _implied(node: tree.NeedAll | tree.NeedAny, scene: Scene) -> Iterator[Note]:
    closures = scene.checked.api.scopes
    scopes = [each.scope for each in node.needs if isinstance(each, tree.NeedScope)]
    for scope in scopes:
        for other in scopes:
            if other.text == scope.text:
                continue
            implying, implied = (other, scope) if isinstance(node, tree.NeedAll) else (scope, other)
            if implied.text in closures[implying.text]:
                yield Note(findings.implied_need(scope.text, implying.text, implied.text, scope.span))
                break


# ---- `assume`


def _assumed(scene: Scene) -> Iterator[Note]:
    claims = {**scene.checked.claims, "actor": ACTOR}
    for item in scene.document.items:
        match item:
            case tree.TokenClaims(assumed=names):
                blocks = scene.checked.blocks
                yield from _needless(names, [claims[name.text] for name in names], blocks, scene)
            case tree.Context(assumed=names):
                members = [scene.checked.context[name.text] for name in names]
                yield from _needless(names, members, scene.checked.blocks, scene)
            case tree.Resource(name=name):
                yield from _in_block(item.items, scene.blocks[name.text], scene)
            case _:
                pass
    yield from _in_block(tuple(apis(scene.document)), scene.blocks[None], scene)


def _in_block(items: Sequence[object], block: Block, scene: Scene) -> Iterator[Note]:
    parameters = [p for action in block.actions.values() for p in action.parameters.values()]
    known = {member.name: member for member in (*parameters, *block.members.values())}
    for item in items:
        if isinstance(item, tree.Assume):
            members = [known[name.text] for name in item.names]
            yield from _needless(item.names, members, (block,), scene, item)


def _needless(
    names: Sequence[tree.Name],
    members: Sequence[Member],
    blocks: Sequence[Block],
    scene: Scene,
    statement: tree.Assume | None = None,
) -> Iterator[Note]:
    for place, (name, member) in enumerate(zip(names, members, strict=True)):
        if not any(_gains(member, block) for block in blocks):
            text = scene.text(name.span)
            edits: tuple[Edit, ...] = ()
            if statement is not None and len(names) == 1:
                edits = fixes.removal(text, statement.span)
            elif statement is not None:
                edits = fixes.without_listed(text, [each.span for each in names], place)
            yield Note(findings.needless_assume(name.text, name.span), edits)


def _gains(member: Member, block: Block) -> bool:
    """Whether hiding a member may help somebody, as a rule or a need of the block has it."""
    found: list[Finding] = []
    for rule in block.rules:
        node = tree.Rule(rule.effect, None, None, None, None, None, None, (), (), None, rule.span)
        hiding.check_rule(rule.condition, node, _others((rule.condition,), member), found)
    for action in block.actions.values():
        others = _others((each.when for each in action.needs), member)
        hiding.check_needs(action, others, Span("", 0, 0), found)
    return bool(found)


def _others(conditions: Iterable[Condition], member: Member) -> frozenset[Member]:
    """All members that conditions read, but for one."""
    roots = (root_of(value) for condition in conditions for value in read_by(condition))
    return frozenset(root for root in roots if root is not None and root != member)
