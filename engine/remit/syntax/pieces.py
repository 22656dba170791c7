"""Source -> pieces: its tokens and comments, and the statement and the brackets that each is in.

A comment belongs to the piece after it. A group of scopes is cut after its commas, so that a long one
can stand in several lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from remit.diagnostics import Finding
from remit.spans import Source
from remit.syntax import tree
from remit.syntax.lexer import END, Token
from remit.syntax.parser import parse

CONDITIONS = frozenset(["WHEN", "UNLESS"])
CLAUSES = {
    "Rule": CONDITIONS | {"ON", "TO", "ACR", "MAX_AGE", "OBLIGE", "BECAUSE"},
    "Action": frozenset(["NEEDS"]),
    "Expectation": frozenset(["WITH", "AT", "MISSING", "BECAUSE", "OBLIGE"]),
    "PolicyTest": frozenset(["USING"]),
    "Scopes": frozenset(["IMPLIES"]),
    "Role": frozenset(["EXTENDS", "GRANTS", "EXCEPT"]),
    "Client": frozenset(["CLASS", "GRANTS", "EXCEPT"]),
}
_DEEP = CONDITIONS | {"NEEDS", "OBLIGE"}
_OPENING = frozenset(["LBRACE", "LPAR", "LSQB"])
_CLOSING = frozenset(["RBRACE", "RPAR", "RSQB"])
_BLOCKS = (
    *(tree.Api, tree.TokenClaims, tree.Context, tree.Resource, tree.Issuer),
    *(tree.Fixtures, tree.PolicyTest, tree.Matrix),
)
_TYPES = frozenset(["SET", "LIST", "MAP"])
_COMMENT = re.compile(r"#[^\n]*")
_BLANKS = re.compile(r"[ \t\r\n]+")
_PART = re.compile(r"[^,]*,?")


@dataclass(slots=True)
class Comment:
    """A comment: whether it has a line of its own, and an empty line before it."""

    text: str
    own_line: bool
    after_gap: bool


@dataclass(slots=True)
class Piece:
    """A token, or a part of a group of scopes.

    `opener` is the place of the innermost bracket of its statement that is open, `depth` how many are.
    `indent` is that of the line it stands in, `pad` the blanks before it that put it into its column.
    """

    type: str
    text: str
    kind: str
    level: int
    comments: list[Comment] = field(default_factory=list[Comment])
    lines_before: int = 0
    starts: bool = False
    opens_block: bool = False
    closes_block: bool = False
    inline: bool = False
    part: bool = False
    closer: int | None = None
    closes: int | None = None
    opener: int | None = None
    depth: int = 0
    clause: bool = False
    within_clause: bool = False
    tight: bool = False
    broken: bool = False
    indent: int = 0
    pad: int = 0
    hangs: bool = False


class Said(NamedTuple):
    """What a text says: its document, words and comments; a part of a group is a word of its own."""

    document: tree.Document
    words: list[str]
    comments: list[str]


def read(source: Source) -> tuple[list[Piece], Said, tuple[Finding, ...]]:
    """The pieces of a text, the end as the last, and what it says; neither beside findings."""
    tokens: list[Token] = []
    document, found = parse(source, tokens)
    if found:
        return [], Said(document, [], []), found
    pieces = _Cutting(source.text, tokens, document).pieces
    return pieces, _said(source.text, tokens, document), ()


def said_in(source: Source) -> Said:
    """What a text says, without its pieces."""
    tokens: list[Token] = []
    document, _ = parse(source, tokens)
    return _said(source.text, tokens, document)


def _said(text: str, tokens: list[Token], document: tree.Document) -> Said:
    words: list[str] = []
    comments: list[str] = []
    end = 0
    for token in (*tokens, _end(text)):
        comments += (comment.text for comment in _comments(text[end : token.start], first=False))
        end = token.end
        first, *rest = _parts(token)
        words += (first, *(_BLANKS.sub("", part) for part in rest))
    return Said(document, words, comments)


class _Cutting:
    """One pass over the tokens of a text."""

    def __init__(self, text: str, tokens: list[Token], document: tree.Document) -> None:
        self.pieces: list[Piece] = []
        self.statements = dict(_statements(document.items))
        self.blocks = _blocks(tokens, set(_block_ends(document.items, text)))
        self.kind = ""
        self.level = 0
        self.open: list[int] = []
        self.deep = False
        end = 0
        for token in (*tokens, _end(text)):
            gap = text[end : token.start]
            end = token.end
            first, *rest = _parts(token)
            self._add(token, first, gap)
            for part in rest:
                blanks = part[: len(part) - len(part.lstrip())]
                scope = Piece(token.type, _BLANKS.sub("", part), self.kind, self.level)
                scope.lines_before, scope.part = blanks.count("\n"), True
                scope.opener, scope.depth = self._innermost(), len(self.open) + 1
                scope.within_clause = self.deep
                self.pieces.append(scope)

    def _innermost(self) -> int | None:
        return self.open[-1] if self.open else None

    def _add(self, token: Token, text: str, gap: str) -> None:
        place = len(self.pieces)
        if token.start in self.statements or token.type in ("ASSUME", END):
            self.kind = self.statements.get(token.start, "Assume")
            self.deep = False
        block = self.blocks.get(token.start, 0)
        self.level += min(block, 0)
        piece = Piece(token.type, text, self.kind, self.level)
        piece.starts = token.start in self.statements or token.type in ("ASSUME", END)
        piece.opens_block, piece.closes_block = block > 0, block < 0
        piece.comments = _comments(gap, first=place == 0)
        piece.lines_before = gap.rpartition("#")[2].count("\n")
        self.level += max(block, 0)
        if not block:
            self._bracket(token, piece, place)
        self.pieces.append(piece)

    def _bracket(self, token: Token, piece: Piece, place: int) -> None:
        kind = token.type
        angle = kind == "LESSTHAN" and self.pieces[-1].type in _TYPES
        closes = kind in _CLOSING or (kind == "MORETHAN" and self._in_angles())
        if closes:
            piece.closes = self.open.pop()
            self.pieces[piece.closes].closer = place
        piece.opener, piece.depth = self._innermost(), len(self.open)
        if not self.open and not piece.starts and kind in CLAUSES.get(self.kind, ()):
            piece.clause = True
            self.deep = kind in _DEEP
        piece.within_clause = self.deep and not piece.clause
        if angle or kind in _OPENING:
            self.open.append(place)

    def _in_angles(self) -> bool:
        return bool(self.open) and self.pieces[self.open[-1]].type == "LESSTHAN"


def _end(text: str) -> Token:
    return Token(END, "", len(text), len(text), opens_line=True)


def _parts(token: Token) -> list[str]:
    """The text of a token, that of a group of scopes cut after its commas."""
    if token.type != "SCOPE" or token.text.startswith("#"):  # which would be a comment after a blank
        return [_BLANKS.sub("", token.text) if token.type == "SCOPE" else token.text]
    return _PART.findall(token.text)[:-1]


def _comments(gap: str, *, first: bool) -> list[Comment]:
    found: list[Comment] = []
    if "#" not in gap:
        return found
    end = 0
    for match in _COMMENT.finditer(gap):
        lines = gap.count("\n", end, match.start()) + (first and not found)
        found.append(Comment(match.group().rstrip(), lines > 0, lines > 1))
        end = match.end()
    return found


def _statements(items: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """Where each statement begins, and of what kind it is."""
    for item in items:
        kind = "MatrixRow" if isinstance(item, tree.MatrixHead) else type(item).__name__
        yield item.span.start, kind
        yield from _statements(_inside(item))


def _block_ends(items: Iterable[Any], text: str) -> Iterator[int]:
    for item in items:
        if isinstance(item, _BLOCKS) and text[item.span.end - 1] == "}":
            yield item.span.end
        yield from _block_ends(_inside(item), text)


def _inside(item: object) -> tuple[Any, ...]:
    match item:
        case tree.Resource(fields=fields, items=items):
            return (*fields, *items)
        case tree.TokenClaims(fields=fields) | tree.Context(fields=fields):
            return fields
        case tree.Api(items=items) | tree.Issuer(items=items):
            return items
        case tree.Fixtures(items=items) | tree.PolicyTest(items=items):
            return items
        case tree.Matrix(head=head, rows=rows):
            return rows if head is None else (head, *rows)
        case _:
            return ()


def _blocks(tokens: list[Token], ends: set[int]) -> dict[int, int]:
    """For the braces of blocks, by their place: 1 where one opens, -1 where it closes."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for token in tokens:
        if token.type == "LBRACE":
            opened.append(token.start)
        elif token.type == "RBRACE":
            start = opened.pop()
            if token.end in ends:
                found |= {start: 1, token.start: -1}
    return found
