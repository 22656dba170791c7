"""A tree -> a box for each node: from left to right, what is under a node beside it and in its middle.

Each node has a band of its own, as high as it and all under it, so no two boxes meet. The API,
resources, actions and rules stand in columns; conditions follow what they are under.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from remit.tools.overview.drawn import Node

CHARACTER = 7.3
"""The width of a character of the typeface, which has one width for all, at 12 pixels."""
LINE = 17
PADDING = (10, 6)
"""Beside and over the text of a box."""
_BESIDE = 42
_BETWEEN = {"api": 26, "resource": 16, "actions": 8}
"""Between what is under such a node; pixels, as all here."""
_CLOSE = 5
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node is, its upper left corner first."""

    node: Node
    left: float
    top: float
    width: float
    height: float
    boxes: "tuple[Box, ...]"

    def all(self) -> Iterator["Box"]:
        """The box, and all under it, from top to bottom."""
        yield self
        for box in self.boxes:
            yield from box.all()

    @property
    def middle(self) -> float:
        """How far down its middle is."""
        return self.top + self.height / 2


def laid_out(root: Node) -> Box:
    """The boxes of a tree, from (0, 0) on."""
    widths = [0.0] * _COLUMNS
    for depth, node in _nodes(root, 0):
        if depth < _COLUMNS:
            widths[depth] = max(widths[depth], _width(node))
    columns = [sum(widths[:depth]) + depth * _BESIDE for depth in range(_COLUMNS)]
    return _placed(root, 0, 0, 0, columns)


def _nodes(node: Node, depth: int) -> Iterator[tuple[int, Node]]:
    yield depth, node
    for inner in node.nodes:
        yield from _nodes(inner, depth + 1)


def _placed(node: Node, depth: int, left: float, top: float, columns: list[float]) -> Box:
    if depth < _COLUMNS:
        left = columns[depth]
    width, own = _width(node), _height(node)
    band = _band(node)
    under = left + width + _BESIDE
    at = top + (band - _inside(node)) / 2
    boxes: list[Box] = []
    for inner in node.nodes:
        boxes.append(_placed(inner, depth + 1, under, at, columns))
        at += _band(inner) + _gap(node)
    middle = (boxes[0].middle + boxes[-1].middle) / 2 if boxes else top + band / 2
    above = min(max(middle - own / 2, top), top + band - own)
    return Box(node, left, above, width, own, tuple(boxes))


def _band(node: Node) -> float:
    return max(_height(node), _inside(node))


def _inside(node: Node) -> float:
    """How high all is that stands under a node."""
    return sum(map(_band, node.nodes)) + _gap(node) * max(len(node.nodes) - 1, 0)


def _gap(node: Node) -> float:
    return _BETWEEN.get(node.kind, _CLOSE)


def _height(node: Node) -> float:
    return len(node.lines) * LINE + 2 * PADDING[1]


def _width(node: Node) -> float:
    return max(map(_columns, node.lines)) * CHARACTER + 2 * PADDING[0]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
