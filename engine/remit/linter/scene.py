"""What the linter looks at: a set as it is written, as it was checked, and its rules in normal form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from remit.checker.checked import Block, Checked
from remit.compiler import lowering
from remit.compiler.ruletree import RuleTree
from remit.diagnostics import Code, Finding
from remit.linter.text import Text
from remit.spans import Source, Span
from remit.syntax import tree

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Scene:
    """A set without an error; `never_true` are the places of rules that the checker has called so."""

    document: tree.Document
    checked: Checked
    tree: RuleTree
    never_true: frozenset[Span | None]
    texts: Mapping[str, Text]
    blocks: Mapping[str | None, Block]
    nodes: Mapping[type, Sequence[Any]]

    def text(self, span: Span) -> Text:
        """The file in which a span is."""
        return self.texts[span.file]

    def all(self, kind: type[Node]) -> Sequence[Node]:
        """All nodes of a kind, in the order in which they are written."""
        return self.nodes.get(kind, ())


def joined_needs(scene: Scene) -> Iterator[tree.NeedAll | tree.NeedAny]:
    """All needs of several scopes."""
    yield from scene.all(tree.NeedAll)
    yield from scene.all(tree.NeedAny)


def look_at(
    document: tree.Document, checked: Checked, sources: Sequence[Source], warnings: Sequence[Finding]
) -> Scene:
    """Bring the rules into normal form, and the texts into a form in which edits are found."""
    rules, found = lowering.build(checked)
    assert rules is not None
    never_true = (each.span for each in (*found, *warnings) if each.code is Code.NEVER_TRUE)
    texts = {source.file: Text(source) for source in sources}
    blocks = {block.name: block for block in checked.blocks}
    by_kind: dict[type, list[Any]] = {}
    for node in nodes(document.items):
        by_kind.setdefault(type(node), []).append(node)
    return Scene(document, checked, rules, frozenset(never_true), texts, blocks, by_kind)


def apis(document: tree.Document) -> Iterator[tree.ApiItem]:
    """All statements about the API, from each of its blocks."""
    for item in document.items:
        if isinstance(item, tree.Api):
            yield from item.items


def nodes(root: object) -> Iterator[Any]:
    """The nodes below and including `root`: a node, or a tuple of nodes; spans are none."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if type(node) is tuple:
            waiting.extend(reversed(node))
            continue
        parts = _PARTS.get(type(node))
        if parts is None:
            parts = _PARTS[type(node)] = _parts(type(node))
        if parts:
            yield node
            waiting.extend(getattr(node, name) for name in parts)


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(kind: type) -> tuple[str, ...]:
    """The members of a node in which others can be, the last first; of what is no node none."""
    if kind is Span or not is_dataclass(kind):
        return ()
    return tuple(each.name for each in reversed(fields(kind)) if each.name not in _NO_NODES) or ("span",)


_NO_NODES = frozenset(("span", "operator", "effect", "text"))
