"""Pieces in their lines -> the same, padded so that what belongs together stands in columns.

Lines of one kind that follow one another, with no empty line between, are rows of one table. Which parts
of a row have a column depends on the kind: the scopes that roles grant, what actions need, the types of
members. A row that is much longer than the others stands out, and no table is wider than a line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from remit.syntax.layout import WIDTH, gap, indent, lines, statements, width
from remit.syntax.pieces import Piece

_JUMP = 20  # blanks that a row may be padded with beyond the next longer one
_ORDER: tuple[object, ...] = ("head", "extends", "group", "grants", "to", "type", "EQUAL", "FROM")
_PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Scopes": {"said": ("STRING", "IMPLIES")},
    "Role": {"extends": ("EXTENDS",), "grants": ("GRANTS",)},
    "Client": {"group": ("CLASS",), "grants": ("GRANTS",)},
    "TokenFixture": {"record": ("LBRACE",)},
    "Expectation": {"may": ("MAY",)},
}
_FIXTURES = frozenset(["TokenFixture", "ResourceFixture", "ContextFixture", "Expectation"])
_TYPED = frozenset(["Field", "TypeAlias", "Data", "Let", "Action"])


@dataclass(slots=True)
class Row:
    """A line, and where its columns begin, by their names in order."""

    kind: object
    start: int
    stop: int
    cells: dict[object, int]


def align(pieces: list[Piece]) -> None:
    """Pad the rows of every table, and indent what stands below an opened bracket."""
    places = list(statements(pieces))
    for table in _tables(pieces, (_head(pieces, start, stop) for start, stop in places)):
        _pad(pieces, table)
    for start, stop in places:
        for table in _tables(pieces, _inner(pieces, start, stop)):
            _pad(pieces, table)
        _hang(pieces, start, stop)


def _tables(pieces: list[Piece], rows: Iterable[Iterable[Row]]) -> Iterator[list[Row]]:
    table: list[Row] = []
    for row in (row for some in rows for row in some):
        if table and (row.kind != table[-1].kind or _apart(pieces, row)):
            yield table
            table = []
        table.append(row)
    yield table


def _apart(pieces: list[Piece], row: Row) -> bool:
    """Whether an empty line stands before a row; a matrix is one table in spite of them."""
    piece = pieces[row.start]
    if piece.kind == "MatrixRow":
        return False
    return piece.lines_before > 1 or any(comment.after_gap for comment in piece.comments)


# ---- rows


def _head(pieces: list[Piece], start: int, stop: int) -> list[Row]:
    """The first line of a statement, and that of an action on which `needs` comes below."""
    parts = list(lines(pieces, start, stop))
    first = pieces[start]
    if not first.broken:
        return []
    end = parts[0][1]
    single = len(parts) == 1
    cells = _cells(pieces, start, end, single=single)
    kind = "Audience" if first.kind == "Issuer" else first.kind
    rows = [Row((kind, first.type if kind == "Rule" else "", first.level), start, end, cells)]
    below = [(a, b) for a, b in parts[1:] if pieces[a].clause and pieces[a].type == "NEEDS"]
    if first.kind == "Action" and len(below) == 1 and not cells:
        rows.append(
            Row(rows[0].kind, *below[0], {("NEEDS", n): at for n, at in _needs(pieces, *below[0])})
        )
    return rows


def _cells(pieces: list[Piece], start: int, stop: int, *, single: bool) -> dict[object, int]:
    """Where the columns of a statement's first line begin."""
    first = pieces[start]
    match first.kind:
        case "Field":
            return _member(pieces, start, stop)
        case "Audience" | "Issuer" if stop > start + 1:
            return {"value": start + 1}
        case "Action":
            return {("NEEDS", n): at for n, at in _needs(pieces, start, stop)}
        case "Rule" if first.type == "PERMIT" and single:
            named: dict[object, int] = {"head": start + 2} if pieces[start + 1].type == "STRING" else {}
            return {**named, **_first_of(pieces, start, stop, {"to": ("TO",)})}
        case "Relation" if single:
            return _first_of(pieces, start, stop, {"when": ("WHEN",)})
        case "ResourceFixture" if stop > start + 3:
            return {"type": start + 3}
        case "MatrixRow":
            bars = (n for n in range(start, stop) if pieces[n].type == "VBAR")
            return {("bar", number): at for number, at in enumerate(bars)}
        case _:
            return _first_of(pieces, start, stop, _PARTS.get(first.kind, {}))


def _first_of(
    pieces: list[Piece], start: int, stop: int, names: Mapping[str, tuple[str, ...]]
) -> dict[object, int]:
    found: dict[object, int] = {}
    for name, types in names.items():
        places = (n for n in range(start + 1, stop) if pieces[n].depth == 0 and pieces[n].type in types)
        place = next(places, None)
        if place is not None:
            found[name] = place
    return found


def _needs(pieces: list[Piece], start: int, stop: int) -> Iterator[tuple[int, int]]:
    clauses = (n for n in range(start, stop) if pieces[n].clause and pieces[n].type == "NEEDS")
    yield from enumerate(clauses)


def _member(pieces: list[Piece], start: int, stop: int) -> dict[object, int]:
    """The columns of a member: its type, its default, its source."""
    colon = start + 1 + (pieces[start + 1].type == "QUESTION")
    if pieces[start].starts or pieces[colon].type == "COLON":
        own: dict[object, int] = {"type": colon + 1} if colon + 1 < stop else {}
        depth = pieces[start].depth
        more: dict[object, int] = {
            pieces[n].type: n
            for n in range(colon + 1, stop)
            if pieces[n].depth == depth and pieces[n].type in ("EQUAL", "FROM")
        }
        return {**own, **more}
    return {}


def _inner(pieces: list[Piece], start: int, stop: int) -> Iterator[list[Row]]:
    """The further lines of a statement that are rows: obligations, members, records in a list."""
    kind = pieces[start].kind
    for first, end in list(lines(pieces, start, stop))[1:]:
        piece = pieces[first]
        cells: dict[object, int] = {}
        if piece.type == "OBLIGE" and piece.clause:
            cells = _first_of(pieces, first, end, {"record": ("LBRACE",)})
        elif kind in _TYPED and piece.opener is not None and end > first + 2 and _named(pieces, first):
            cells = _member(pieces, first, end)
        elif (
            kind in _FIXTURES
            and piece.type == "LBRACE"
            and piece.closer is not None
            and piece.closer < end
        ):
            inside = range(first + 1, piece.closer or end)
            names = [n for n in inside if pieces[n].opener == first and pieces[n + 1].type == "COLON"]
            cells = {pieces[n].text: n for n in names}
            yield [Row((piece.opener, *cells), first, end, cells)]
            continue
        yield [Row((piece.opener, piece.type == "OBLIGE"), first, end, cells)]


def _named(pieces: list[Piece], place: int) -> bool:
    return any(pieces[n].type == "COLON" for n in (place + 1, place + 2))


# ---- columns


def _pad(pieces: list[Piece], table: list[Row]) -> None:
    names = dict.fromkeys(name for row in table for name in row.cells)
    for name in sorted(names, key=_order):
        columns = {id(row): _column(pieces, row, name) for row in table if name in row.cells}
        inline = sorted(columns[id(row)] for row in table if row.cells.get(name, row.start) != row.start)
        if not inline:
            continue
        jump = WIDTH if pieces[table[0].start].kind == "MatrixRow" else _JUMP
        column = next((a for a, b in pairwise(inline) if b - a > jump), inline[-1])
        for row in table:
            if name in row.cells and columns[id(row)] <= column:
                pieces[row.cells[name]].pad = column - columns[id(row)]
    if any(width(pieces, row.start, row.stop) > WIDTH for row in table):
        for row in table:
            for place in row.cells.values():
                pieces[place].pad = 0


def _order(name: object) -> int:
    return _ORDER.index(name) if name in _ORDER else 0


def _column(pieces: list[Piece], row: Row, name: object) -> int:
    place = row.cells[name]
    if place == row.start:
        return pieces[place].indent
    return width(pieces, row.start, place) + gap(pieces[place])


def _hang(pieces: list[Piece], start: int, stop: int) -> None:
    """Put what goes on below a bracket under what follows it, where all of that fits."""
    openers = [
        piece
        for place, piece in enumerate(pieces[start:stop], start)
        if piece.closer is not None and not pieces[place + 1].broken and piece.closer > place + 1
    ]
    if not openers:
        return
    for piece in openers:
        piece.hangs = True
    indent(pieces, start, stop)
    if any(width(pieces, *line) > WIDTH for line in lines(pieces, start, stop)):
        for piece in openers:
            piece.hangs = False
        indent(pieces, start, stop)
