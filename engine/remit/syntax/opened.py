"""Values on the parser's stack -> the blocks and brackets that are open."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from remit.syntax.lexer import Token

_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


class Opened(NamedTuple):
    """A brace that is open: the words before it on its line and itself, and where these begin."""

    words: str
    start: int


def not_closed(text: str, block: Opened) -> str:
    """What is said of a brace that should have been closed."""
    line = text.count("\n", 0, block.start) + 1
    return f"`{block.words}` in line {line} is not closed"


def places(values: Sequence[Any]) -> list[int]:
    """How many values stand before each brace that is still open."""
    found: list[int] = []
    for place, value in enumerate(values):
        if isinstance(value, Token) and value.text == "{":
            found.append(place)
        elif isinstance(value, Token) and value.text == "}":
            found.pop()
    return found


def blocks(values: Sequence[Any], text: str) -> list[Opened]:
    """The braces that are still open, the innermost last."""
    opened: list[Opened] = []
    for place in places(values):
        brace = values[place]
        begins = text.rfind("\n", 0, brace.start) + 1
        words = text[begins : brace.end]
        opened.append(Opened(words.strip(), begins + len(words) - len(words.lstrip())))
    return opened


def brackets(values: Iterable[Any]) -> list[str]:
    """The brackets and braces that are still open, the innermost last."""
    opened: list[str] = []
    for value in values:
        if isinstance(value, Token) and value.text in _OPENING:
            opened.append(value.text)
        elif isinstance(value, Token) and value.text in _CLOSING:
            opened.pop()
    return opened
