"""Checked -> RuleTree: conditions in normal form, each distinct one a single object.

Normal form keeps the meaning under strong Kleene logic: nested `and`s and `or`s are flattened, their
operands sorted and made unique, true and false dropped or absorbed, double negation removed. So two
rules that say the same have the same digest, whatever the order they were written in, and a rule's
identity is its name or that digest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import NamedTuple

from remit.checker import findings
from remit.checker.checked import (
    FALSE,
    TRUE,
    Action,
    AllOf,
    Always,
    AnyOf,
    Applied,
    Block,
    Checked,
    CheckedIssuer,
    CheckedRule,
    Condition,
    Equal,
    Given,
    IsEntitled,
    IsStored,
    Kind,
    Member,
    Negated,
    Nothing,
    Quantified,
    Scalar,
    Value,
)
from remit.checker.reads import read_by
from remit.compiler.ruletree import BlockTree, RuleNode, RuleReference, RuleTree, hash_of
from remit.diagnostics import Finding, has_errors

_ID_LENGTH = 12


class _Lowered(NamedTuple):
    """One block, with what was found in it, a hash of what it says, whether it depends on time zones."""

    source: Block
    tree: BlockTree
    findings: tuple[Finding, ...]
    said: str
    reads_clocks: bool


Memory = dict[int, _Lowered]
"""The blocks of the last set without an error, by the identity of what they were made from."""


def build(checked: Checked, memory: Memory | None = None) -> tuple[RuleTree | None, tuple[Finding, ...]]:
    """The tree, or None beside an error: a name that hides another rule.

    `memory` is of the set's last version, and then of this one.
    """
    nodes, known = _Nodes(), {} if memory is None else memory
    lowered = [known.get(id(each)) or _lowered(each, nodes) for each in _by_name(checked.blocks)]
    found = tuple(finding for each in lowered for finding in each.findings)
    if has_errors(found):
        return None, found
    if memory is not None:
        memory.clear()
        memory.update((id(each.source), each) for each in lowered)
    members = (*checked.claims.values(), *checked.context.values())
    tree = RuleTree(
        checked.api,
        checked.claims,
        checked.context,
        {each.tree.name: each.tree for each in lowered},
        {each.tree.name: tuple(each.tree.actions) for each in lowered},
        _said(checked, [each.said for each in lowered]),
        reads_actor=checked.reads_actor,
        reads_clocks=_has_zones(members) or any(each.reads_clocks for each in lowered),
    )
    return tree, found


def _lowered(block: Block, nodes: "_Nodes") -> _Lowered:
    found: list[Finding] = []
    tree = _block(block, nodes, found)
    return _Lowered(block, tree, tuple(found), _said_by(tree, nodes), _reads_clocks(tree))


def _by_name(blocks: Iterable[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block.name or "")


def _block(block: Block, nodes: "_Nodes", found: list[Finding]) -> BlockTree:
    actions = {name: _action(action, nodes) for name, action in sorted(block.actions.items())}
    merged: dict[str, RuleNode] = {}
    for rule in block.rules:
        node = _rule(block, rule, nodes)
        if _is_never_true(node.condition, _ruled_out(node, actions)):
            found.append(findings.never_true(rule.effect, rule.span))
        known = merged.setdefault(node.reference.id, node)
        if known is not node:
            if not _same(known, node):
                found.append(findings.duplicate("rule", node.reference.id, rule.span))
            merged[node.reference.id] = _merge(known, node)
    rules = tuple(sorted(merged.values(), key=lambda node: node.reference.id))
    return BlockTree(block.name, block.members, actions, rules)


def _ruled_out(node: RuleNode, actions: Mapping[str, Action]) -> frozenset[Condition]:
    """What is false of every action that a rule is about."""
    covered = [a for name, a in actions.items() if node.actions is None or name in node.actions]
    out: set[Condition] = set()
    if all(action.new for action in covered):
        out.add(IsStored())
    if all(isinstance(each.need, Nothing) for action in covered for each in action.needs):
        out.add(IsEntitled())
    return frozenset(out)


def _is_never_true(condition: Condition, false: frozenset[Condition]) -> bool:
    """Whether the condition's own parts rule each other out; it may still be an error.

    `false` are tests that are known to be.
    """
    match condition:
        case Always(truth=truth):
            return not truth
        case IsStored() | IsEntitled():
            return condition in false
        case Equal(left=Given(value=one), right=Given(value=other)):
            return bool(one != other)
        case AnyOf(operands=operands):
            return all(_is_never_true(operand, false) for operand in operands)
        case AllOf(operands=operands):
            if any(Negated(operand) in operands for operand in operands):
                return True
            constants: dict[Value, object] = {}
            for operand in operands:
                pair = _compared_with_constant(operand)
                if pair is not None and constants.setdefault(pair[0], pair[1]) != pair[1]:
                    return True
            return any(_is_never_true(operand, false) for operand in operands)
        case _:
            return False


def _compared_with_constant(condition: Condition) -> tuple[Value, object] | None:
    """What a test asks to equal a constant, and the constant."""
    match condition:
        case (
            Equal(left=Given(value=constant), right=value)
            | Equal(left=value, right=Given(value=constant))
        ):
            return value, constant
        case _:
            return None


def _action(action: Action, nodes: "_Nodes") -> Action:
    needs = tuple(replace(each, when=nodes.normal(each.when)) for each in action.needs)
    return replace(action, needs=tuple(sorted(set(needs), key=repr)))


def _rule(block: Block, rule: CheckedRule, nodes: "_Nodes") -> RuleNode:
    condition = nodes.normal(rule.condition)
    actions = "any" if rule.actions is None else repr(rule.actions)
    obligations = tuple(sorted(set(rule.obligations), key=repr))
    parts = [rule.effect, repr(block.name), actions, nodes.key(condition), repr(obligations)]
    if rule.challenge is not None:  # two that never apply have one condition, and ask for two logins
        parts.append(repr(rule.challenge))
    identity = rule.name or f"{rule.effect}-{hash_of(*parts)[:_ID_LENGTH]}"
    reference = RuleReference(identity, rule.effect, rule.because, (rule.span,))
    return RuleNode(reference, rule.actions, condition, rule.challenge, obligations)


def _same(first: RuleNode, second: RuleNode) -> bool:
    """Whether two rules of one identity are one; a name that looks like an identity makes them two."""
    return replace(first, reference=second.reference) == second and (
        first.reference.effect == second.reference.effect
    )


def _merge(first: RuleNode, second: RuleNode) -> RuleNode:
    texts = [r.because for r in (first.reference, second.reference) if r.because is not None]
    spans = sorted(
        (*first.reference.spans, *second.reference.spans), key=lambda span: (span.file, span.start)
    )
    reference = RuleReference(
        first.reference.id, first.reference.effect, min(texts, default=None), tuple(spans)
    )
    return replace(first, reference=reference)


def _said(checked: Checked, blocks: Iterable[str]) -> str:
    """A hash of all that decides, the rules of time zones apart, from one of each block."""
    api = checked.api
    parts = [api.name, repr(api.audiences), repr(api.actors_allowed)]
    parts.append(repr(checked.reads_actor))
    parts += [_issuer(name, issuer) for name, issuer in sorted(api.issuers.items())]
    parts += [repr((name, sorted(reach))) for name, reach in sorted(api.scopes.items())]
    parts += [repr((name, sorted(grants))) for name, grants in sorted(api.roles.items())]
    for name, client in sorted(api.clients.items()):
        ceiling = None if client.grants is None else sorted(client.grants)
        parts.append(repr((name, client.group, ceiling)))
    parts += [repr(m) for _, m in sorted(checked.claims.items())]
    parts += [repr(m) for _, m in sorted(checked.context.items())]
    return hash_of(*parts, *blocks)


def _said_by(block: BlockTree, nodes: "_Nodes") -> str:
    """A hash of all that decides in one block."""
    parts = [repr(block.name)]
    parts += [repr(m) for _, m in sorted(block.members.items())]
    parts += [repr(action) for action in block.actions.values()]
    for rule in block.rules:
        parts += [rule.reference.id, rule.reference.effect, repr(rule.reference.because)]
        parts += [repr(rule.actions), nodes.key(rule.condition), repr(rule.obligations)]
    return hash_of(*parts)


def _issuer(name: str, issuer: CheckedIssuer) -> str:
    """All that is said of an issuer: what is added to its block is in the digest without a word here."""
    return repr((name, *(_in_order(getattr(issuer, each.name)) for each in fields(issuer))))


def _in_order(said: object) -> object:
    """Sets and mappings in an order that they do not depend on."""
    match said:
        case frozenset():
            return sorted(said)
        case Mapping():
            return [(key, _in_order(value)) for key, value in sorted(said.items())]
        case _:
            return said


def _reads_clocks(block: BlockTree) -> bool:
    """Whether anything in a block depends on the rules of a time zone."""
    conditions = [rule.condition for rule in block.rules]
    conditions += [each.when for action in block.actions.values() for each in action.needs]
    values = (value for condition in conditions for value in read_by(condition))
    if any(isinstance(v, Applied) and v.function in ("clock", "date", "weekday") for v in values):
        return True
    return _has_zones(block.members.values())


def _has_zones(members: Iterable[Member]) -> bool:
    return any(member.type == Scalar(Kind.ZONE) for member in members)


class _Nodes:
    """Interned conditions, each with its digest."""

    def __init__(self) -> None:
        self._interned: dict[str, Condition] = {}
        self._keys: dict[int, str] = {}
        self._normal: dict[int, tuple[Condition, Condition]] = {}

    def key(self, node: Condition) -> str:
        return self._keys[id(node)]

    def normal(self, node: Condition) -> Condition:
        """The interned normal form; a shared relation is worked out once."""
        known = self._normal.get(id(node))
        if known is None:
            known = (node, self._work_out(node))  # keeps `node` alive, so its id stays its own
            self._normal[id(node)] = known
        return known[1]

    def _work_out(self, node: Condition) -> Condition:
        match node:
            case Negated(operand=operand):
                return self._negated(self.normal(operand))
            case AllOf(operands=operands):
                return self._joined(AllOf, operands, neutral=TRUE, absorbing=FALSE)
            case AnyOf(operands=operands):
                return self._joined(AnyOf, operands, neutral=FALSE, absorbing=TRUE)
            case Quantified(condition=condition):
                inner = self.normal(condition)
                made = replace(node, condition=inner)
                key = hash_of("each", repr(replace(node, condition=TRUE)), self.key(inner))
                return self._intern(made, key)
            case Equal(left=left, right=right):
                first, second = sorted((left, right), key=repr)
                return self._intern(node, hash_of("equal", repr(first), repr(second)))
            case _:
                return self._intern(node, hash_of("leaf", repr(node)))

    def _negated(self, operand: Condition) -> Condition:
        if isinstance(operand, Negated):
            return operand.operand
        if isinstance(operand, Always):
            return self.normal(FALSE if operand.truth else TRUE)
        return self._intern(Negated(operand), hash_of("not", self.key(operand)))

    def _joined(
        self,
        kind: type[AllOf | AnyOf],
        operands: Iterable[Condition],
        *,
        neutral: Always,
        absorbing: Always,
    ) -> Condition:
        flat: dict[str, Condition] = {}
        for operand in operands:
            node = self.normal(operand)
            for part in node.operands if isinstance(node, kind) else (node,):
                flat[self.key(part)] = part
        flat.pop(self.key(self.normal(neutral)), None)
        if self.key(self.normal(absorbing)) in flat:
            return self.normal(absorbing)
        if not flat:
            return self.normal(neutral)
        if len(flat) == 1:
            return next(iter(flat.values()))
        keys = sorted(flat)
        node = kind(tuple(flat[key] for key in keys))
        return self._intern(node, hash_of(kind.__name__, *keys))

    def _intern(self, node: Condition, key: str) -> Condition:
        interned = self._interned.setdefault(key, node)
        self._keys[id(interned)] = key
        return interned
