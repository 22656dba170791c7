"""Source -> the same policy in one layout, with its comments.

What is laid out is read again: its document, tokens and comments are the same, or nothing is given.
"""

from collections.abc import Iterator

from remit.diagnostics import Finding
from remit.spans import Source
from remit.syntax.columns import align
from remit.syntax.layout import INDENT, gap, lay_out
from remit.syntax.lexer import END
from remit.syntax.pieces import Piece, Said, read, said_in

_JUMP = 20


class Changed(Exception):
    """The text that was laid out does not say the same: an error of the formatter."""


def formatted(source: Source) -> tuple[str, tuple[Finding, ...]]:
    """The text of `source` laid out; the text as it is beside findings. Raises Changed."""
    pieces, said, found = read(source)
    if found:
        return source.text, found
    lay_out(pieces)
    align(pieces)
    text = "".join(f"{line}\n" for line in _lines(pieces))
    return text if text == source.text else held(said, Source(source.file, text)), ()


def held(said: Said, source: Source) -> str:
    """The text of `source`, if that is what it says. Raises Changed."""
    if said_in(source) != said:
        raise Changed(source.file)
    return source.text


def _lines(pieces: list[Piece]) -> Iterator[str]:
    """The lines, comments at their ends in columns, down to the next empty line or other indent."""
    run: list[tuple[str, str]] = []
    longest = 0
    for code, comment in _written(pieces):
        apart = longest and comment and abs(len(code) - longest) > _JUMP
        if run and (not code or apart or _indent(code) != _indent(run[-1][0])):
            yield from _column(run)
            run, longest = [], 0
        run.append((code, comment))
        longest = max(longest, len(code) if code and comment else 0)
    yield from _column(run)


def _indent(code: str) -> int:
    return len(code) - len(code.lstrip())


def _column(run: list[tuple[str, str]]) -> Iterator[str]:
    longest = max((len(code) for code, comment in run if code and comment), default=0)
    for code, comment in run:
        yield f"{code:<{longest}} {comment}" if code and comment else code or comment


def _written(pieces: list[Piece]) -> Iterator[tuple[str, str]]:
    """Each line, and the comment at its end; an empty line is neither."""
    line = ""
    for place, piece in enumerate(pieces):
        if not piece.broken:
            line += " " * gap(piece) + piece.text
            continue
        ending = [comment for comment in piece.comments if not comment.own_line]
        if line or ending:
            yield line, "".join(comment.text for comment in ending)
        opened = place == 0 or pieces[place - 1].opens_block or pieces[place - 1].closer is not None
        inside = piece.indent + INDENT * (piece.closes_block or piece.closes is not None)
        for comment in piece.comments:
            if comment.own_line:
                if comment.after_gap and not opened:
                    yield "", ""
                yield "", " " * inside + comment.text
                opened = False
        closing = piece.closes_block or piece.closes is not None or piece.type == END
        if piece.lines_before > 1 and not opened and not closing:
            yield "", ""
        line = " " * (piece.indent + piece.pad) + piece.text
