"""Boxes -> an SVG that stands for itself: its shape tells what a node is, as well as its colour."""

from html import escape
from typing import TYPE_CHECKING

from remit.tools.overview.drawn import Kind, Node
from remit.tools.overview.layout import CHARACTER, LINE, PADDING, Box

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARGIN = 24
_LEGEND = 46
_STYLE = """
svg { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --dim: #8b949e; --panel: #eef1f4;
  --permit: #1a7f37; --permit-paper: #e6f5ea; --forbid: #b42318; --forbid-paper: #fdeceb;
  --require: #8a5a00; --require-paper: #fff4dc; }
@media (prefers-color-scheme: dark) { svg { --ink: #e3e6ea; --paper: #14171b; --dim: #6e7781;
  --panel: #232a31; --permit: #5bc27a; --permit-paper: #142a1b; --forbid: #ff8a80;
  --forbid-paper: #3a1a19; --require: #f0c060; --require-paper: #33280f; } }
text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--ink); white-space: pre; }
.ground { fill: var(--paper); } .edge { fill: none; stroke: var(--dim); }
.shape { fill: var(--paper); stroke: var(--dim); }
.api .shape { fill: var(--ink); stroke: none; } .api text { fill: var(--paper); font-weight: bold; }
.resource .shape { fill: var(--panel); stroke: var(--ink); } .resource text { font-weight: bold; }
.actions .shape { fill: var(--panel); stroke: none; }
.permit .shape { fill: var(--permit-paper); stroke: var(--permit); stroke-width: 1.5; }
.forbid .shape { fill: var(--forbid-paper); stroke: var(--forbid); stroke-width: 1.5; }
.require .shape { fill: var(--require-paper); stroke: var(--require); stroke-width: 1.5; }
.word { font-weight: bold; } .join text { font-style: italic; }
""".strip()


def svg(root: Box, *, with_rules: bool = True) -> str:
    """The picture, with what the shapes of rules mean; the same text for the same tree."""
    boxes = list(root.all())
    above = _LEGEND if with_rules else 0
    width = max(box.left + box.width for box in boxes) + 2 * _MARGIN
    height = max(box.top + box.height for box in boxes) + 2 * _MARGIN + above
    if with_rules:
        width = max(width, _WIDEST_LEGEND + 2 * _MARGIN)
    edges = "\n".join(_edge(box, under) for box in boxes for under in box.boxes)
    shapes = "\n".join(_box(box) for box in boxes)
    name = escape(root.node.lines[0])
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" \
viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{name}">
<style>{_STYLE}</style>
<rect class="ground" width="100%" height="100%"/>
<g transform="translate({_MARGIN} {_MARGIN})">
{_legend() if with_rules else ""}
<g transform="translate(0 {above})">
{edges}
{shapes}
</g>
</g>
</svg>
"""


def _edge(box: Box, under: Box) -> str:
    start, end = box.left + box.width, under.left
    bend = (start + end) / 2 if end - start < _BEND * 2 else end - _BEND
    return (
        f'<path class="edge" d="M{start:.1f} {box.middle:.1f} H{bend - _BEND / 2:.1f} '
        f"C{bend + _BEND / 4:.1f} {box.middle:.1f} {bend - _BEND / 4:.1f} {under.middle:.1f} "
        f'{bend + _BEND / 2:.1f} {under.middle:.1f} H{end:.1f}"/>'
    )


_BEND = 24.0


def _box(box: Box) -> str:
    node = box.node
    beside, over = PADDING
    lines = "".join(
        f'<tspan x="{box.left + beside:.1f}" y="{box.top + over + LINE * (number + 0.75):.1f}">'
        f"{_line(node, line)}</tspan>"
        for number, line in enumerate(node.lines)
    )
    title = f"<title>{escape(node.title)}</title>"
    return f'<g class="{node.kind}">{title}{_shape(box)}<text>{lines}</text></g>'


def _line(node: Node, line: str) -> str:
    """A line as SVG; the word that says what a rule does stands out."""
    if node.kind not in _RULES:
        return escape(line)
    word, _, rest = line.partition("  ")
    return f'<tspan class="word">{word}</tspan>  {escape(rest)}'


_RULES = ("permit", "forbid", "require")


def _shape(box: Box) -> str:
    """The outline: it tells what a node is as well as its colour does."""
    corners: Sequence[tuple[float, float]]
    left, top, right, bottom = box.left, box.top, box.left + box.width, box.top + box.height
    match box.node.kind:
        case "forbid":
            cut = 8
            corners = (
                *((left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut)),
                *((right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut)),
            )
        case "require":
            out = 8
            corners = (
                *((left, top), (right, top), (right + out, box.middle), (right, bottom)),
                *((left, bottom), (left - out, box.middle)),
            )
        case kind:
            radius = {"permit": box.height / 2, "join": box.height / 2, "test": 2}.get(kind, 5)
            return (
                f'<rect class="shape" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
                f'height="{box.height:.1f}" rx="{radius:.1f}"/>'
            )
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon class="shape" points="{points}"/>'


_MEANINGS: tuple[tuple[Kind, str], ...] = (
    ("forbid", "denies"),
    ("require", "denies where it is not met"),
    ("permit", "allows"),
)
_WIDEST_LEGEND = 620


def _legend() -> str:
    """What the shapes mean, over the tree."""
    told: list[str] = []
    left = 0.0
    for kind, meaning in _MEANINGS:
        text = f"{kind}  {meaning}"
        width = len(text) * CHARACTER + 2 * PADDING[0]
        node = Node(kind, (text,), f"{kind}: {meaning}")
        told.append(_box(Box(node, left, 0, width, LINE + 2 * PADDING[1], ())))
        left += width + 4 * CHARACTER
    return "\n".join(told)
