"""Checked -> RuleTree: conditions in normal form, each distinct one a single object.

Normal form keeps the meaning under strong Kleene logic: nested `and`s and `or`s are flattened, their
operands sorted and made unique, true and false dropped or absorbed, double negation removed. So two
rules that say the same have the same digest, whatever the order they were written in, and a rule's
identity is its name or that digest.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import assert_never

from remit.checker import findings
from remit.checker.checked import (
    FALSE,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    Block,
    Caller,
    Checked,
    CheckedRule,
    Condition,
    Contains,
    Equal,
    Fallback,
    Given,
    InRole,
    IsAuthenticated,
    IsEntitled,
    IsTrue,
    Leaf,
    Less,
    Member,
    Need,
    Negated,
    Present,
    Read,
    Value,
)
from remit.diagnostics import Finding
from remit.spans import Span

_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class RuleReference:
    """A rule as decisions speak of it. Equal rules are one, with a span for each."""

    id: str
    effect: OneOf["permit", "forbid"]
    because: str | None
    spans: tuple[Span, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class RuleNode:
    """A rule with its condition in normal form; `actions` is None for every action."""

    reference: RuleReference
    actions: tuple[str, ...] | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class BlockTree:
    """The rules of one block, sorted by identity."""

    name: str | None
    members: Mapping[str, Member]
    needs: Mapping[str, Need]
    rules: tuple[RuleNode, ...]


@dataclass(frozen=True, slots=True)
class RuleTree:
    """A whole set; `digest` covers everything that decides."""

    checked: Checked
    blocks: tuple[BlockTree, ...]
    digest: str


def build(checked: Checked) -> tuple[RuleTree | None, tuple[Finding, ...]]:
    """The tree; or None where a condition grows beyond its limit, or a name hides another rule."""
    nodes = _Nodes()
    found: list[Finding] = []
    blocks = tuple(_block(block, nodes, found) for block in _by_name(checked.blocks))
    if found:
        return None, tuple(found)
    return RuleTree(checked, blocks, _digest(checked, blocks, nodes)), ()


def _by_name(blocks: Iterable[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block.name or "")


def _block(block: Block, nodes: "_Nodes", found: list[Finding]) -> BlockTree:
    merged: dict[str, RuleNode] = {}
    for rule in block.rules:
        node = _rule(block, rule, nodes)
        if nodes.size(node.condition) > findings.MAX_SIZE:
            found.append(findings.too_big(rule.span))
        known = merged.setdefault(node.reference.id, node)
        if known is not node:
            if not _same(known, node):
                found.append(findings.duplicate("rule", node.reference.id, rule.span))
            merged[node.reference.id] = _merge(known, node)
    rules = tuple(sorted(merged.values(), key=lambda node: node.reference.id))
    return BlockTree(block.name, block.members, block.needs, rules)


def _rule(block: Block, rule: CheckedRule, nodes: "_Nodes") -> RuleNode:
    condition = nodes.normal(rule.condition)
    actions = "any" if rule.actions is None else repr(rule.actions)
    parts = (rule.effect, repr(block.name), actions, nodes.key(condition))
    identity = rule.name or f"{rule.effect}-{_hash(*parts)[:_ID_LENGTH]}"
    reference = RuleReference(identity, rule.effect, rule.because, (rule.span,))
    return RuleNode(reference, rule.actions, condition)


def _same(first: RuleNode, second: RuleNode) -> bool:
    """Whether two rules of one identity are one; a name that looks like an identity makes them two."""
    return (first.reference.effect, first.actions, first.condition) == (
        second.reference.effect,
        second.actions,
        second.condition,
    )


def _merge(first: RuleNode, second: RuleNode) -> RuleNode:
    texts = [r.because for r in (first.reference, second.reference) if r.because is not None]
    spans = sorted(
        (*first.reference.spans, *second.reference.spans), key=lambda span: (span.file, span.start)
    )
    reference = RuleReference(
        first.reference.id, first.reference.effect, min(texts, default=None), tuple(spans)
    )
    return RuleNode(reference, first.actions, first.condition)


def _hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "backslashreplace")
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def _digest(checked: Checked, blocks: Iterable[BlockTree], nodes: "_Nodes") -> str:
    api = checked.api
    parts = [api.name, repr(api.audiences), repr(sorted(api.issuers.items()))]
    parts += [repr((name, sorted(reach))) for name, reach in sorted(api.scopes.items())]
    parts += [repr((name, sorted(grants))) for name, grants in sorted(api.roles.items())]
    parts += [_member(m) for _, m in sorted(checked.claims.items())]
    parts += [_member(m) for _, m in sorted(checked.context.items())]
    for block in blocks:
        parts.append(repr(block.name))
        parts += [_member(m) for _, m in sorted(block.members.items())]
        parts += [repr(item) for item in sorted(block.needs.items())]
        for rule in block.rules:
            parts += [rule.reference.id, rule.reference.effect, repr(rule.reference.because)]
            parts += [repr(rule.actions), nodes.key(rule.condition)]
    return _hash(*parts)


def _member(member: Member) -> str:
    default = member.default
    value = sorted(default, key=repr) if isinstance(default, frozenset) else default
    return repr((member.root.value, member.name, str(member.type), member.optional, value))


class _Nodes:
    """Interned conditions, each with its digest and its size when written out."""

    def __init__(self) -> None:
        self._interned: dict[str, Condition] = {}
        self._facts: dict[int, tuple[str, int]] = {}
        self._normal: dict[int, tuple[Condition, Condition]] = {}

    def key(self, node: Condition) -> str:
        return self._facts[id(node)][0]

    def size(self, node: Condition) -> int:
        return self._facts[id(node)][1]

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
            case _:
                return self._intern(node, _leaf(node), 1)

    def _negated(self, operand: Condition) -> Condition:
        if isinstance(operand, Negated):
            return operand.operand
        if isinstance(operand, Always):
            return self.normal(FALSE if operand.truth else TRUE)
        return self._intern(Negated(operand), _hash("not", self.key(operand)), self.size(operand) + 1)

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
        size = 1 + sum(self.size(flat[key]) for key in keys)
        return self._intern(node, _hash(kind.__name__, *keys), size)

    def _intern(self, node: Condition, key: str, size: int) -> Condition:
        interned = self._interned.setdefault(key, node)
        self._facts[id(interned)] = (key, size)
        return interned


def _leaf(node: Leaf) -> str:
    match node:
        case Always(truth=truth):
            return _hash("always", repr(truth))
        case IsTrue(value=value):
            return _hash("true", _value(value))
        case Equal(left=left, right=right):
            return _hash("equal", *sorted((_value(left), _value(right))))
        case Less(left=left, right=right, or_equal=or_equal):
            return _hash("less", _value(left), _value(right), repr(or_equal))
        case Contains(collection=collection, item=item):
            return _hash("contains", _value(collection), _value(item))
        case Present(member=member):
            return _hash("present", _member(member))
        case InRole(role=role):
            return _hash("role", role)
        case IsEntitled():
            return _hash("entitled")
        case IsAuthenticated():
            return _hash("authenticated")
        case _:
            assert_never(node)


def _value(value: Value) -> str:
    match value:
        case Given(value=constant, type=type_):
            shown = sorted(constant, key=repr) if isinstance(constant, frozenset) else constant
            return repr(("given", str(type_), shown))
        case Read(member=member):
            return "read " + _member(member)
        case Caller():
            return "caller"
        case Fallback(read=read, other=other):
            return repr(("fallback", _value(read), _value(other)))
        case _:
            assert_never(value)
