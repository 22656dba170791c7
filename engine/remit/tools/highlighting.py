"""Policy text -> coloured tokens: a lexer for Pygments.

Words are coloured as the parser takes them, so that a name that is a word of the language looks like a
name. Where a text has errors, or is only a part of a policy, a word of the language is a keyword.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from remit.spans import Source
from remit.syntax.lexer import BROKEN, Token
from remit.syntax.parser import parse, words

_Part = tuple[int, Any, str]

_COMMENT = re.compile(r"#[^\n]*")

_DECLARATIONS = (
    "API AUDIENCE ISSUER ASSERTS SCOPES ROLE CLIENT ACTORS TOKEN CONTEXT RESOURCE ASSUME TYPE LET DATA "
    "ACTION RELATION PERMIT FORBID REQUIRE FIXTURES TEST"
)
_CLAUSES = (
    "ACR ALLOWED AT BECAUSE CLASS EXCEPT EXTENDS FROM GRANTS IMPLIES MAX_AGE MAY MISSING NEEDS NEW "
    "OBLIGE ON PROFILE TO UNLESS USING WHEN WHERE WHO WITH"
)
_CONSTANTS = "TRUE FALSE ENTITLED ANYONE NOTHING YES NO"
_OPERATORS = "ALL AND ANY GRANTED HAS HOLDS IN LIKE NOT OR"
_SIGNS = (
    "EQUAL LESSTHAN MINUS MORETHAN PLUS QUESTION STAR VBAR __ANON_0 __ANON_1 __ANON_2 __ANON_3 __ANON_4"
)
_PUNCTUATION = "COLON COMMA DOT LBRACE LPAR LSQB RBRACE RPAR RSQB"

TYPES: dict[str, Any] = {
    **dict.fromkeys(_DECLARATIONS.split(), Keyword.Declaration),
    **dict.fromkeys(_CLAUSES.split(), Keyword),
    **dict.fromkeys(_OPERATORS.split(), Operator.Word),
    **dict.fromkeys(_SIGNS.split(), Operator),
    **dict.fromkeys(_PUNCTUATION.split(), Punctuation),
    **dict.fromkeys(["SET", "LIST", "MAP"], Keyword.Type),
    **dict.fromkeys(_CONSTANTS.split(), Keyword.Constant),
    "NAME": Name,
    "BACKQUOTED": Name,
    "PRINCIPAL": Name.Variable,
    "MATRIX": Keyword.Declaration,
    "SCOPE": Name.Label,
    "STRING": String.Double,
    "DURATION": Number,
    "DECIMAL": Number.Float,
    "INT": Number.Integer,
    BROKEN: Error,
}
"""What each terminal of the grammar is coloured as."""


class PolicyLexer(Lexer):
    """Colours policies of remit: `pygmentize -l remit`."""

    name = "remit"
    aliases: ClassVar[Sequence[str]] = ("remit",)
    filenames: ClassVar[Sequence[str]] = ("*.remit",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[_Part]:
        """The parts of `text`, each with its place and its type; together they are all of it."""
        taken: list[Token] = []
        parse(Source("", text), taken)
        place = 0
        for token in taken:
            yield from _between(text, place, token.start)
            yield _coloured(text, token)
            place = token.end
        yield from _between(text, place, len(text))


def _coloured(text: str, token: Token) -> _Part:
    return token.start, TYPES[token.type], text[token.start : token.end]


def _between(text: str, place: int, end: int) -> Iterator[_Part]:
    """What stands between two tokens of statements."""
    for token in words(text, place, end):
        yield from _blank(text, place, token.start)
        yield _coloured(text, token)
        place = token.end
    yield from _blank(text, place, end)


def _blank(text: str, place: int, end: int) -> Iterator[_Part]:
    """Blanks and comments."""
    for match in _COMMENT.finditer(text, place, end):
        if match.start() > place:
            yield place, Whitespace, text[place : match.start()]
        yield match.start(), Comment.Single, match.group()
        place = match.end()
    if place < end:
        yield place, Whitespace, text[place:end]
