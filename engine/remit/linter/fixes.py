"""Findings -> text edits that mend them, and texts with edits made.

An edit never touches a comment, and changes no decision.
"""

from collections.abc import Iterable, Sequence

from remit.linter.notes import Edit
from remit.linter.text import Text
from remit.spans import Source, Span
from remit.syntax import tree


def removal(text: Text, span: Span) -> tuple[Edit, ...]:
    """Leave a statement out, with its line where it is alone there; nothing where a comment is in it."""
    return () if text.has_comment(span) else (Edit(text.lines(span), ""),)


def kept(text: Text, *edits: Edit) -> tuple[Edit, ...]:
    """The edits, or none of them where one would take a comment away."""
    return () if any(text.has_comment(edit.span) for edit in edits) else edits


def without_part(text: Text, parts: Sequence[Span], place: int) -> tuple[Edit, ...]:
    """Leave one of several parts out, with the sign or the word before it."""
    before, part = text.whole(parts[place - 1]), text.whole(parts[place])
    return kept(text, Edit(text.span(before.end, part.end), ""))


def without_listed(text: Text, parts: Sequence[Span], place: int) -> tuple[Edit, ...]:
    """Leave one of several parts of a list out, the first with the comma after it."""
    if place:
        return without_part(text, parts, place)
    first, second = text.whole(parts[0]), text.whole(parts[1])
    return kept(text, Edit(text.span(first.start, second.start), ""))


def without_not(text: Text, node: tree.Not) -> tuple[Edit, ...]:
    """Leave the `not` before an operand out, with the brackets around it where it needs none."""
    inner, whole = text.balanced(node.operand.span), text.whole(node.operand.span)
    if inner == whole or isinstance(node.operand, tree.And | tree.Or | tree.Quantified):
        return kept(text, Edit(text.span(node.span.start, whole.start), ""))
    opening, closing = text.span(node.span.start, inner.start), text.span(inner.end, whole.end)
    return kept(text, Edit(opening, ""), Edit(closing, ""))


def applied(source: Source, edits: Iterable[Edit]) -> str:
    """The text of `source` with the edits of that file made; of two that overlap, the first."""
    text, end = [], 0
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end)):
        if edit.span.file == source.file and edit.span.start >= end:
            text += [source.text[end : edit.span.start], edit.replacement]
            end = edit.span.end
    return "".join((*text, source.text[end:]))


def chosen(groups: Iterable[tuple[Edit, ...]]) -> list[Edit]:
    """The edits of as many findings as do not get into each other's way: each finding's, or none."""
    taken: list[Edit] = []
    for group in groups:
        if not any(_overlap(edit, other) for edit in group for other in taken):
            taken.extend(group)
    return taken


def _overlap(one: Edit, other: Edit) -> bool:
    first, second = one.span, other.span
    return first.file == second.file and first.start < second.end and second.start < first.end
