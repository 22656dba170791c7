"""Conditions -> notes on what in them says nothing, or says it crookedly."""

from collections.abc import Iterator, Sequence

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    MapOf,
    Present,
    Quantified,
)
from remit.checker.reads import leaves
from remit.linter import findings, fixes
from remit.linter.logic import cannot_be, implies
from remit.linter.notes import Edit, Note
from remit.linter.pairing import Pair, pairs
from remit.linter.scene import Scene, joined_needs, nodes
from remit.linter.text import Text
from remit.spans import Span
from remit.syntax import tree

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_WILDCARDS = frozenset("*?")


def look(scene: Scene) -> Iterator[Note]:
    """All notes on conditions."""
    settled: set[Span] = set()
    for pair in pairs(scene):
        text = scene.text(pair.node.span)
        match pair.node:
            case tree.And() | tree.Or():
                yield from _joined(pair, text, settled, scene)
            case tree.Not():
                yield from _negated(pair.node, text)
            case tree.Quantified():
                yield from _quantified(pair, text)
            case _:
                yield from _leaf(pair, text, settled)
    for rule in scene.all(tree.Rule):
        yield from _rule(rule, scene.text(rule.span))
    for need in joined_needs(scene):
        yield from _repeated(need.needs, scene.text(need.span))
    for test in scene.all(tree.Membership):
        yield from _elements(test.collection, scene.text(test.span))
    for value in scene.all(tree.Let):
        if not isinstance(value.type, tree.ListType):
            yield from _elements(value.value, scene.text(value.span))


# ---- tests by themselves


def _leaf(pair: Pair, text: Text, settled: set[Span]) -> Iterator[Note]:
    """`settled` are the tests that come out in one way."""
    node, condition = pair.node, pair.condition
    if _is_constant(node):
        settled.add(node.span)
        yield Note(findings.constant_comparison(node.span))
        return
    match node:
        case tree.Compare(left=left, right=right) if left == right:
            settled.add(node.span)
            yield Note(findings.same_on_both_sides(node.span))
            return
        case tree.Compare(operator="==" | "!=") if _bool_side(node) is not None:
            yield Note(findings.compared_with_boolean(node.span), _as_condition(node, text))
        case tree.Like(pattern=pattern) if not _WILDCARDS & set(str(pattern.value)):
            yield Note(findings.no_wildcard(str(pattern.value), pattern.span))
        case _:
            pass
    for truth in (True, False):
        if cannot_be(condition, truth=truth) and isinstance(node, tree.Compare | tree.Membership):
            settled.add(node.span)
            yield Note(findings.settled_by_type(node.span, truth=not truth))


def _is_constant(node: tree.Expression) -> bool:
    match node:
        case tree.Compare(left=left, right=right) | tree.Membership(item=left, collection=right):
            return _is_literal(left) and _is_literal(right)
        case _:
            return _is_literal(node)


def _is_literal(node: tree.Expression) -> bool:
    if isinstance(node, tree.ListOf):
        return all(_is_literal(item) for item in node.items)
    return isinstance(node, tree.Literal)


def _bool_side(node: tree.Compare) -> tuple[tree.Expression, bool] | None:
    """What is compared with a bool, and with which."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, tree.Literal) and isinstance(side.value, bool):
            return other, side.value
    return None


def _as_condition(node: tree.Compare, text: Text) -> tuple[Edit, ...]:
    compared = _bool_side(node)
    assert compared is not None
    value, wanted = compared
    whole = text.whole(value.span)
    said = text.said(whole)
    plain = wanted is (node.operator == "==")
    start = min(whole.start, node.span.start)
    replaced = text.span(start, max(node.span.end, whole.end))
    return fixes.kept(text, Edit(replaced, said if plain else f"not {said}"))


# ---- negations


def _negated(node: tree.Not, text: Text) -> Iterator[Note]:
    match node.operand:
        case tree.Not() as inner:
            edits = fixes.without_not(text, node)
            more = fixes.without_not(text, inner)
            yield Note(findings.double_negation(node.span), _both(edits, more))
        case tree.Compare() as compared if _bool_side(compared) is None:
            opposite = _OPPOSITE[compared.operator]
            edits = fixes.without_not(text, node)
            sign = _replaced(text, compared.left, compared.right, compared.operator, opposite)
            yield Note(findings.negated_comparison(opposite, node.span), _both(edits, sign))
        case tree.Membership(negated=False, item=item, collection=collection):
            edits = fixes.without_not(text, node)
            sign = _replaced(text, item, collection, "in", "not in")
            yield Note(findings.negated_comparison("not in", node.span), _both(edits, sign))
        case _:
            pass


def _both(edits: tuple[Edit, ...], more: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Both of two changes, or neither."""
    return (*edits, *more) if edits and more else ()


def _replaced(
    text: Text, left: tree.Expression, right: tree.Expression, old: str, new: str
) -> tuple[Edit, ...]:
    """Another sign between two values."""
    start = text.whole(left.span).end
    place = text.after(start)
    if text.between(place, place + len(old)) != old or place >= right.span.start:
        return ()
    return (Edit(text.span(place, place + len(old)), new),)


def _rule(rule: tree.Rule, text: Text) -> Iterator[Note]:
    """What stands in the clauses of a rule."""
    if isinstance(rule.unless, tree.Not):
        yield Note(findings.unless_not(rule.unless.span), _as_when(rule, rule.unless, text))
    if rule.subjects is not None:
        yield from _repeated(rule.subjects, text)
        for subject in rule.subjects:
            if isinstance(subject, tree.AllSubjects):
                yield from _repeated(subject.subjects, text)


def _as_when(rule: tree.Rule, node: tree.Not, text: Text) -> tuple[Edit, ...]:
    place = text.before(node.span.start)
    word = text.span(place - len("unless"), place)
    if rule.when is not None or text.between(word.start, word.end) != "unless":
        return ()
    without = fixes.without_not(text, node)
    return without and fixes.kept(text, Edit(word, "when"), *without)


# ---- `and`, `or`


def _joined(pair: Pair, text: Text, settled: set[Span], scene: Scene) -> Iterator[Note]:
    node, condition = pair.node, pair.condition
    assert isinstance(node, tree.And | tree.Or)
    assert isinstance(condition, AllOf | AnyOf)
    yield from _repeated(node.operands, text)
    conjunction = isinstance(node, tree.And)
    # A constant by its name is a switch, which somebody will turn.
    switched = any(isinstance(leaf, Always) for leaf in leaves(condition))
    if not switched and not any(operand.span in settled for operand in node.operands):
        if cannot_be(condition, truth=conjunction):
            settled.add(node.span)
            if not conjunction:
                yield Note(findings.tautology(node.span))
            elif pair.clause not in scene.never_true:
                yield Note(findings.contradiction(node.span))
        else:
            yield from _implied(node, condition)
    if conjunction:
        yield from _fallbacks(node.operands, text)


def _repeated(parts: Sequence[tree.Expression | tree.Subject | tree.Need], text: Text) -> Iterator[Note]:
    spans = [part.span for part in parts]
    for place, part in enumerate(parts):
        if part in parts[:place]:
            yield Note(
                findings.repeated_operand(text.said(text.whole(part.span)), part.span),
                fixes.without_part(text, spans, place),
            )


def _implied(node: tree.And | tree.Or, condition: AllOf | AnyOf) -> Iterator[Note]:
    """Operands that another one decides: the weaker of an `and`, the stronger of an `or`."""
    parts = list(zip(node.operands, condition.operands, strict=True))
    out: set[int] = set()
    for place, (operand, test) in enumerate(parts):
        if any(isinstance(leaf, Present) for leaf in leaves(test)):
            continue  # what stands after `has` may need it
        for other, (beside, wider) in enumerate(parts):
            if other == place or other in out or operand == beside:
                continue
            first, second = (wider, test) if isinstance(node, tree.And) else (test, wider)
            if implies(first, second) and not (place < other and implies(second, first)):
                out.add(place)
                yield Note(findings.implied_operand(operand.span))
                break


def _fallbacks(operands: Sequence[tree.Expression], text: Text) -> Iterator[Note]:
    """`??` after a `has` of the same path."""
    sure: list[tree.Path] = []
    for operand in operands:
        for node in nodes(operand):
            if isinstance(node, tree.Coalesce) and node.value in sure:
                start = text.whole(node.value.span).end
                edit = Edit(text.span(start, max(start, text.whole(node.fallback.span).end)), "")
                yield Note(
                    findings.needless_fallback(str(node.value), node.span), fixes.kept(text, edit)
                )
        if isinstance(operand, tree.Has):
            sure.append(operand.path)


# ---- elements


def _elements(node: tree.Expression, text: Text) -> Iterator[Note]:
    if not isinstance(node, tree.ListOf):
        return
    spans = [item.span for item in node.items]
    for place, item in enumerate(node.items):
        if isinstance(item, tree.Literal) and item in node.items[:place]:
            edits = fixes.without_part(text, spans, place)
            yield Note(findings.repeated_element(text.said(item.span), item.span), edits)


def _quantified(pair: Pair, text: Text) -> Iterator[Note]:
    node, condition = pair.node, pair.condition
    assert isinstance(node, tree.Quantified)
    assert isinstance(condition, Quantified)
    name = node.name.text
    used = any(isinstance(each, tree.Path) and each.root.text == name for each in nodes(node.condition))
    if not used:
        yield Note(findings.unused_quantified_name(name, node.name.span))
        return
    looked_for = _looked_for(node)
    if looked_for is None or isinstance(condition.collection.type, MapOf):
        return
    said = f"{text.said(looked_for.span)} in {text.said(text.whole(node.collection.span))}"
    whole = text.whole(node.condition.span)
    replaced = text.span(node.span.start, max(node.span.end, whole.end))
    # `any` of no element is false where `in` may be an error: a constant is none.
    edits = (Edit(replaced, said),) if isinstance(looked_for, tree.Literal) else ()
    yield Note(findings.any_for_in(node.span), fixes.kept(text, *edits))


def _looked_for(node: tree.Quantified) -> tree.Expression | None:
    """What the elements are compared with, where that is all that they are asked."""
    condition = node.condition
    if node.every or not isinstance(condition, tree.Compare) or condition.operator != "==":
        return None
    element = tree.Path(node.name, (), node.name.span)
    for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
        if side == element and not any(each == element for each in nodes(other)):
            return other
    return None
