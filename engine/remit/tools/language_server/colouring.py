"""A text -> what each of its words is, for an editor that colours by meaning.

Words are told apart as the parser takes them: what is a keyword elsewhere, and here a name, is a name.
"""

from collections.abc import Iterator
from typing import NamedTuple

from remit.syntax.lexer import Token
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.symbols import Sort

KINDS = (
    "keyword",
    "variable",
    "property",
    "parameter",
    "function",
    "method",
    "type",
    "class",
    "enumMember",
    "string",
    "number",
    "operator",
)
"""The kinds of the protocol that are used here, in the order in which they are numbered."""

_SORTS = {
    Sort.SCOPE: "enumMember",
    Sort.ROLE: "enumMember",
    Sort.CLIENT: "enumMember",
    Sort.GROUP: "enumMember",
    Sort.RESOURCE: "class",
    Sort.TYPE: "type",
    Sort.VALUE: "variable",
    Sort.CLAIM: "property",
    Sort.CONTEXT: "property",
    Sort.ATTRIBUTE: "property",
    Sort.MEMBER: "property",
    Sort.RELATION: "function",
    Sort.ACTION: "method",
    Sort.PARAMETER: "parameter",
    Sort.ELEMENT: "parameter",
    Sort.CALLER: "variable",
    Sort.THING: "variable",
    Sort.FIXTURES: "class",
}
_TERMINALS = {"STRING": "string", "INT": "number", "DECIMAL": "number", "DURATION": "number"}
_WITHOUT = frozenset(["NAME", "BACKQUOTED", "PRINCIPAL", "SCOPE"])


class Coloured(NamedTuple):
    """A part of a file, from offset to offset, and its kind."""

    start: int
    end: int
    kind: str


def coloured(knowledge: Knowledge, file: str) -> Iterator[Coloured]:
    """The words of a file, in order."""
    meant = {
        each.span.start: _SORTS[each.symbols[0].sort]
        for each in knowledge.occurrences
        if each.span.file == file
    }
    for start, statement in knowledge.policy.files[file].statements:
        for token in statement.tokens:
            kind = _kind(token, meant.get(start + token.start))
            if kind is not None and "\n" not in token.text:
                yield Coloured(start + token.start, start + token.end, kind)


def _kind(token: Token, meant: str | None) -> str | None:
    if token.type in _WITHOUT:
        return meant
    if token.type in _TERMINALS:
        return _TERMINALS[token.type]
    return "keyword" if token.text.isidentifier() else None
