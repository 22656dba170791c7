"""What the linter looks at: a set as it is written, as it was checked, and its rules in normal form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from remit.checker.checked import Block, Checked
from remit.compiler import lowering
from remit.compiler.ruletree import RuleTree
from remit.diagnostics import Code, Finding
from remit.linter.text import Text
from remit.spans import Source, Span
from remit.syntax import tree


@dataclass(frozen=True, slots=True)
class Scene:
    """A set without an error.

    `tree` is None where a rule's name hides another rule; `never_true` are the places of the rules that
    the checker has called so.
    """

    document: tree.Document
    checked: Checked
    tree: RuleTree | None
    never_true: frozenset[Span | None]
    texts: Mapping[str, Text]

    def text(self, span: Span) -> Text:
        """The file in which a span is."""
        return self.texts[span.file]

    def block(self, name: str | None) -> Block:
        """The checked block of that name; None for the API's own."""
        return next(block for block in self.checked.blocks if block.name == name)


def look_at(
    document: tree.Document, checked: Checked, sources: Sequence[Source], warnings: Sequence[Finding]
) -> Scene:
    """Bring the rules into normal form, and the texts into a form in which edits are found."""
    rules, found = lowering.build(checked)
    never_true = (each.span for each in (*found, *warnings) if each.code is Code.NEVER_TRUE)
    texts = {source.file: Text(source) for source in sources}
    return Scene(document, checked, rules, frozenset(never_true), texts)


def apis(document: tree.Document) -> Iterator[tree.ApiItem]:
    """All statements about the API, from each of its blocks."""
    for item in document.items:
        if isinstance(item, tree.Api):
            yield from item.items


def rules(document: tree.Document) -> Iterator[tree.Rule]:
    """All rules, wherever they stand."""
    for item in document.items:
        if isinstance(item, tree.Rule):
            yield item
        elif isinstance(item, tree.Api | tree.Resource):
            yield from (each for each in item.items if isinstance(each, tree.Rule))


def nodes(root: object) -> Iterator[Any]:
    """The nodes below and including `root`: a node, or a tuple of nodes; spans are none."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
        elif is_dataclass(node) and not isinstance(node, Span):
            yield node
            waiting.extend(getattr(node, name) for name in _parts(type(node)))


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(kind: type) -> tuple[str, ...]:
    known = _PARTS.get(kind)
    if known is None:
        known = tuple(each.name for each in reversed(fields(kind)) if each.name != "span")
        _PARTS[kind] = known
    return known
