"""Pieces -> which of them begin a line, and how far in; what stands between two on one line.

Where an author broke a statement it stays broken, wherever that reads well; what is too long for a line
is broken at its clauses, and then wherever it is full.
"""

from collections.abc import Iterator
from itertools import pairwise

from remit.syntax.lexer import END
from remit.syntax.pieces import CLAUSES, Piece

WIDTH = 105
INDENT = 2
_OPERANDS = frozenset(
    ["NAME", "BACKQUOTED", "STRING", "INT", "DECIMAL", "DURATION", "TRUE", "FALSE", "RPAR", "RSQB"]
    + ["TOKEN", "CONTEXT", "ACTION"]
)
_AFTER_NOTHING = frozenset(["COMMA", "RPAR", "RSQB", "DOT", "COLON", "QUESTION"])
_BEFORE_NOTHING = frozenset(["LPAR", "LSQB", "DOT"])
_CALLED = frozenset(["NAME", "BACKQUOTED", "GRANTED", "HOLDS"])
_OPENING = frozenset(["LBRACE", "LPAR", "LSQB"])
_STEPS = {
    "Rule": (frozenset(["OBLIGE", "BECAUSE"]), frozenset(["UNLESS"]), frozenset(["WHEN"])),
    "Action": (frozenset(["NEEDS"]),),
    "Scopes": (frozenset(["IMPLIES"]),),
}
_JOINED = frozenset(
    ["NOT", "HAS", "ANY", "ALL", "ROLE", "CLIENT", "OBLIGE", "WITH", "MISSING", "BECAUSE"]
)


def lay_out(pieces: list[Piece]) -> None:
    """Say of each piece whether it begins a line, and how far in that line is."""
    _join_blocks(pieces)
    for place, piece in enumerate(pieces):
        piece.tight = place > 0 and _tight(pieces, place)
        piece.broken = _broken(pieces, place)
    for start, stop in statements(pieces):
        _break(pieces, start, stop)


def statements(pieces: list[Piece]) -> Iterator[tuple[int, int]]:
    """Where each statement begins and ends; the brace that closes a block is one of its own."""
    starts = [n for n, piece in enumerate(pieces) if piece.starts or piece.closes_block]
    yield from pairwise(starts)


def lines(pieces: list[Piece], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where each line of a statement begins and ends."""
    starts = [n for n in range(start, stop) if n == start or pieces[n].broken]
    yield from zip(starts, [*starts[1:], stop], strict=True)


def gap(piece: Piece) -> int:
    """How many blanks stand before a piece on its line."""
    return piece.pad + (not piece.tight)


def width(pieces: list[Piece], start: int, stop: int) -> int:
    """How wide a line is."""
    rest = sum(gap(piece) + len(piece.text) for piece in pieces[start + 1 : stop])
    return pieces[start].indent + pieces[start].pad + len(pieces[start].text) + rest


# ---- blocks


def _join_blocks(pieces: list[Piece]) -> None:
    """Leave a block of members in one line where its author wrote it so, and it fits."""
    for start, piece in enumerate(pieces):
        if not piece.opens_block:
            continue
        stop = _end_of_block(pieces, start)
        inside = pieces[start + 1 : stop + 1]
        if any(each.comments for each in inside):
            continue
        members = all(not each.starts or each.kind in ("Field", "Assume") for each in inside)
        lines_before = any(each.lines_before for each in inside)
        if len(inside) == 1 or (
            piece.kind in ("TokenClaims", "Context") and members and not lines_before
        ):
            length = sum(len(each.text) + 2 for each in inside)
            for number, each in enumerate(inside):
                each.inline = length < WIDTH - INDENT * 8
                each.pad = int(each.inline and each.starts and number > 0)


def _end_of_block(pieces: list[Piece], start: int) -> int:
    level = pieces[start].level
    stop = start + 1
    while not (pieces[stop].closes_block and pieces[stop].level == level):
        stop += 1
    return stop


# ---- what stands between


def _tight(pieces: list[Piece], place: int) -> bool:
    piece, before = pieces[place], pieces[place - 1]
    if piece.part or (piece.type == "SCOPE" and piece.text.startswith("#")):
        return True
    if piece.type in _AFTER_NOTHING or before.type in _BEFORE_NOTHING:
        return True
    if "LESSTHAN" in (piece.type, before.type) or piece.type == "MORETHAN":
        return _of_type(pieces, piece) or (before.type == "LESSTHAN" and before.closer is not None)
    if piece.kind == "MatrixRow":
        return False
    if piece.type == "LPAR":
        return before.type in _CALLED and not (piece.kind == "Expectation" and piece.depth == 0)
    if piece.type == "LSQB":
        return before.type in _OPERANDS
    if before.type == "MINUS":
        return pieces[place - 2].type not in _OPERANDS
    return piece.type == "RBRACE" and before.type == "LBRACE"


def _of_type(pieces: list[Piece], piece: Piece) -> bool:
    """Whether it is a bracket of `set<...>`."""
    return piece.closer is not None or (
        piece.closes is not None and pieces[piece.closes].type == "LESSTHAN"
    )


def _broken(pieces: list[Piece], place: int) -> bool:
    piece = pieces[place]
    if piece.comments:
        return True
    if piece.inline and (piece.starts or piece.closes_block):
        return False
    if piece.starts or piece.closes_block or place == 0:
        return True
    before = pieces[place - 1]
    if not piece.lines_before or piece.type in _AFTER_NOTHING - {"RPAR", "RSQB"}:
        return False
    if piece.closes is not None:
        return pieces[piece.closes + 1].broken
    if before.starts or before.clause or before.type in _JOINED or piece.opens_block:
        return False
    return not piece.tight or piece.part or before.type in _OPENING


# ---- lines that are too long


def _break(pieces: list[Piece], start: int, stop: int) -> None:
    indent(pieces, start, stop)
    for step in _STEPS.get(pieces[start].kind, ()):
        for first, end in list(lines(pieces, start, stop)):
            if width(pieces, first, end) > WIDTH:
                for piece in pieces[first + 1 : end]:
                    piece.broken = piece.clause and piece.type in step
        indent(pieces, start, stop)
    _fill(pieces, start, stop)


def _fill(pieces: list[Piece], start: int, stop: int) -> None:
    """Break wherever a line is full, line by line."""
    first = place = start
    column = pieces[start].indent
    while place < stop:
        piece = pieces[place]
        if piece.broken or place == first:
            first = place
            piece.indent = _indent_of_line(pieces, place)
            column = piece.indent + len(piece.text)
        else:
            piece.indent = pieces[first].indent
            column += gap(piece) + len(piece.text)
        if column > WIDTH and place > first:
            where = _best_break(pieces, first, place)
            if where is not None:
                pieces[where].broken = True
                _join_next(pieces, where, stop)
                place = first = where
                continue
        place += 1


def _join_next(pieces: list[Piece], place: int, stop: int) -> None:
    """Let a list that is broken at `place` go on in that line: its next break was made for another."""
    if not _after_comma(pieces, place):
        return
    for later in range(place + 1, min(place + WIDTH, stop)):  # no line has more
        piece = pieces[later]
        if piece.depth < pieces[place].depth or piece.clause:
            return
        if piece.broken:
            same = piece.opener == pieces[place].opener and piece.depth == pieces[place].depth
            piece.broken = not (same and _after_comma(pieces, later)) or bool(piece.comments)
            return


def _after_comma(pieces: list[Piece], place: int) -> bool:
    return pieces[place].part or pieces[place - 1].type == "COMMA"


def _best_break(pieces: list[Piece], first: int, last: int) -> int | None:
    """The place to break a line at that begins with `first`, and is full at `last`."""
    places = [n for n in range(first + 1, last + 1) if _may_break(pieces[n])]
    return max(places, key=lambda n: _merit(pieces, n), default=None)


def _may_break(piece: Piece) -> bool:
    return not (piece.type == "SCOPE" and piece.text.startswith("#") and not piece.part)


def _merit(pieces: list[Piece], place: int) -> tuple[int, int, int]:
    piece, before = pieces[place], pieces[place - 1]
    if piece.kind == "MatrixRow":
        return (int(piece.type == "VBAR"), 0, place)
    if piece.clause and piece.kind in CLAUSES:
        return (3, 0, place)
    if _after_comma(pieces, place) or piece.type in ("AND", "OR") or before.type == "WHERE":
        return (2, -piece.depth, place)
    if piece.tight or piece.type in _OPENING or before.type in _JOINED or before.starts or before.clause:
        return (0, -piece.depth, place)
    return (1, -piece.depth, place)


# ---- how far in


def indent(pieces: list[Piece], start: int, stop: int) -> None:
    """Give each piece of a statement the indent of its line."""
    current = pieces[start].level * INDENT
    for place in range(start, stop):
        piece = pieces[place]
        if place == start and not piece.broken:
            current = pieces[place - 1].indent
        elif piece.broken:
            current = _indent_of_line(pieces, place)
        piece.indent = current


def _indent_of_line(pieces: list[Piece], place: int) -> int:
    piece = pieces[place]
    base = piece.level * INDENT
    if piece.starts or piece.closes_block or piece.type == END:
        return base
    if piece.closes is not None:
        return pieces[piece.closes].indent
    if piece.opener is not None:
        opener = pieces[piece.opener]
        return column_after(pieces, piece.opener) if opener.hangs else opener.indent + INDENT
    return base + (2 * INDENT if piece.within_clause and piece.kind in ("Rule", "Action") else INDENT)


def column_after(pieces: list[Piece], opener: int) -> int:
    """The column of what follows a bracket on its line."""
    start = opener
    while not pieces[start].broken:
        start -= 1
    return width(pieces, start, opener + 2) - len(pieces[opener + 1].text)
