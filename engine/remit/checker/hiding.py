"""Whether a caller gains by leaving a member out: the attribute-hiding attack, found before it happens.

A member with a default, or an optional one, can be left out of a request without an error. For each
such member that a rule reads, each test that reads it is worked out as if it were left out: as far as
the default, or absence, settles it. A permit must not be opened by that, a forbid not be silenced: a
test that may come out in that direction is reported, unless the policy says `assume` and the name.
"""

from collections.abc import Iterable
from typing import Any

from remit.checker import findings
from remit.checker.checked import (
    Action,
    AllOf,
    Always,
    AnyOf,
    Applied,
    Calculated,
    Condition,
    Contains,
    Enumeration,
    Equal,
    Fallback,
    Given,
    HasKey,
    IsTrue,
    Known,
    Less,
    Lookup,
    Member,
    Negated,
    Part,
    Present,
    Quantified,
    Read,
    Several,
    Value,
    Within,
)
from remit.checker.reads import leaves, root_of, values_of, with_parts
from remit.checker.scalars import ABSENT, ERROR, Sentinel
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

_UNSETTLED = Sentinel("unsettled")
Hideable = Read | Part | Lookup
_EITHER = frozenset((True, False))
_NEITHER: frozenset[bool] = frozenset()


def check_rule(
    condition: Condition, node: tree.Rule, assumed: frozenset[Member], found: list[Finding]
) -> None:
    """Report each member whose absence would open a permit, or silence a forbid or a require."""
    for hidden in _hideable(condition, assumed):
        if _helps(condition, hidden, wanted=node.effect == "permit"):
            found.append(
                findings.hiding_helps(_spelled(hidden), _rooted(hidden), node.effect, node.span)
            )


def check_needs(action: Action, assumed: frozenset[Member], span: Span, found: list[Finding]) -> None:
    """Report each member whose absence would lower what an action needs."""
    for alternative in action.needs:
        for hidden in _hideable(alternative.when, assumed):
            if _helps(alternative.when, hidden, wanted=True):
                found.append(findings.hiding_helps(_spelled(hidden), _rooted(hidden), "permit", span))


def check_empty_all(condition: Condition, span: Span, found: list[Finding]) -> None:
    """Report an `all` that permits where its collection is empty, with nothing beside it that counts."""
    match condition:
        case Quantified(every=True, collection=collection):
            found.append(findings.empty_all(_spelled(collection), span))
        case AllOf(operands=operands) if not any(_counts(operand) for operand in operands):
            for operand in operands:
                check_empty_all(operand, span, found)
        case AnyOf(operands=operands):
            for operand in operands:
                check_empty_all(operand, span, found)
        case _:
            pass


def _counts(condition: Condition) -> bool:
    """Whether a test is about how many there are, or that there is one."""
    match condition:
        case Less(left=left, right=right):
            return any(isinstance(v, Applied) and v.function == "count" for v in (left, right))
        case Contains() | HasKey() | Quantified(every=False):
            return True
        case _:
            return False


# ---- which members, in which tests


def _hideable(condition: Condition, assumed: frozenset[Member]) -> list[Hideable]:
    """What the condition reads that can be left out without an error, and is not assumed."""
    seen: dict[Hideable, None] = {}
    for leaf in leaves(condition):
        values = () if isinstance(leaf, Known) else values_of(leaf)
        for value in (part for each in values for part in with_parts(each)):
            root = root_of(value)  # None for what stands in the policy's own data
            if isinstance(value, Hideable) and root is not None and root not in assumed:
                if isinstance(value, Lookup):
                    seen[value] = None  # an entry of a map
                elif value.member.optional or value.member.default is not None:
                    seen[value] = None
    return list(seen)


def _rooted(value: Value) -> str:
    root = root_of(value)
    return _spelled(value) if root is None else root.name


def _spelled(value: Value) -> str:
    match value:
        case Read(member=member):
            return str(member)
        case Part(of=of, member=member):
            return f"{_spelled(of)}.{member.name}"
        case Lookup(of=of):
            return f"{_spelled(of)}[...]"
        case _:
            return getattr(value, "name", "...")


# ---- what is settled where a member is left out


def _helps(condition: Condition, hidden: Value, *, wanted: bool) -> bool:
    """Whether some test that reads `hidden` may now push the condition towards `wanted`."""
    match condition:
        case Negated(operand=operand):
            return _helps(operand, hidden, wanted=not wanted)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            return any(_helps(operand, hidden, wanted=wanted) for operand in operands)
        case Quantified(collection=collection, condition=inner):
            if hidden in with_parts(collection):
                return wanted in _quantified(condition, hidden)
            return _helps(inner, hidden, wanted=wanted)
        case Always() | Known():
            return False
        case _:
            reads = any(hidden in with_parts(value) for value in values_of(condition))
            return reads and wanted in _outcomes(condition, hidden)


def _quantified(node: Quantified, hidden: Value) -> frozenset[bool]:
    elements = _settled(node.collection, hidden)
    if elements in (ABSENT, ERROR):
        return _NEITHER
    return frozenset((node.every,)) if elements is not _UNSETTLED and not elements else _EITHER


def _outcomes(condition: Condition, hidden: Value) -> frozenset[bool]:
    """What a test may come to where `hidden` is left out; an error is neither."""
    values = [_settled(value, hidden) for value in values_of(condition)]
    if isinstance(condition, Present):
        if values[0] is ERROR:
            return _NEITHER
        return _EITHER if values[0] is _UNSETTLED else frozenset((values[0] is not ABSENT,))
    if any(value in (ABSENT, ERROR) for value in values):
        return _NEITHER
    if isinstance(condition, Contains | HasKey | Within) and values[0] is not _UNSETTLED:
        empty = type(values[0]) in (frozenset, dict, list) and not values[0]
        return frozenset((False,)) if empty else _EITHER
    if _UNSETTLED in values:
        return _EITHER
    match condition:
        case IsTrue():
            return frozenset((values[0] is True,))
        case Equal():
            return frozenset((values[0] == values[1],))
        case Less(left=left, or_equal=or_equal):
            low, high = (_rank(value, left) for value in values)
            return frozenset((low <= high if or_equal else low < high,))
        case _:
            return _EITHER


def _rank(value: Any, of: Value) -> Any:  # noqa: ANN401  (a number, an instant, a value of an enum)
    type_ = of.type
    return type_.values.index(str(value)) if isinstance(type_, Enumeration) else value


def _settled(value: Value, hidden: Value) -> object:
    """The value where `hidden` is left out, as far as that alone settles it."""
    if value == hidden:
        default = value.member.default if isinstance(value, Read | Part) else None
        return ABSENT if default is None else default.value
    match value:
        case Given(value=constant):
            return constant
        case Fallback(value=first, other=other):
            found = _settled(first, hidden)
            return _settled(other, hidden) if found is ABSENT else found
        case Part(of=of):
            return ERROR if _settled(of, hidden) in (ABSENT, ERROR) else _UNSETTLED
        case Lookup(of=of):
            found = _settled(of, hidden)
            if found in (ABSENT, ERROR):
                return ERROR
            return ABSENT if type(found) is dict and not found else _UNSETTLED
        case Calculated(left=left, right=right):
            return _joined(_settled(part, hidden) for part in (left, right))
        case Applied(function="count" | "length", arguments=(argument,)):
            found = _settled(argument, hidden)
            empty = type(found) in (frozenset, list, dict, str) and not found
            return 0 if empty else _joined((found,))
        case Applied(arguments=arguments):
            return _joined(_settled(part, hidden) for part in arguments)
        case Several(items=items):
            return _joined(_settled(part, hidden) for part in items)
        case _:
            return _UNSETTLED


def _joined(parts: Iterable[object]) -> object:
    return ERROR if any(part in (ABSENT, ERROR) for part in parts) else _UNSETTLED
