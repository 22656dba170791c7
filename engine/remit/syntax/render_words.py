"""Names, scopes and literals -> text that is read as the same again.

Backquotes and escapes stand exactly where the reading would change without them. Where a keyword can
stand, a name that is any keyword is quoted, so that no place needs a list of its own.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from remit.syntax.tree import Literal, Name

KEYWORDS = frozenset(
    """
    acr action actors all allowed and any anyone api asserts assume at audience because class client
    context data entitled except extends false fixtures forbid from granted grants has holds implies in
    issuer let like list map max_age may missing needs new no not nothing oblige on or permit profile
    relation require resource role scope set test to token true type unless using when where who with yes
    """.split()  # noqa: SIM905  (a list of words reads as words)
)
"""Every word that the language gives a meaning."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A scope that begins with `#` after a blank would be a comment.
_SCOPE = re.compile(r"(?!#)(?:[A-Za-z0-9_:*.!$%&'+/;=?@~^|#-]|\{[A-Za-z0-9_:*.!$%&'+/;=?@~^|#,-]*\})+")
_BEFORE_TYPES = ("set", "list", "map")
_UNITS = (
    ("w", timedelta(weeks=1)),
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def name(node: Name) -> str:
    """A name where a keyword can stand as well."""
    return member(node) if node.text not in KEYWORDS else _quoted(node.text)


def names(nodes: Iterable[Name]) -> str:
    """Names with commas between."""
    return ", ".join(name(node) for node in nodes)


def member(node: Name) -> str:
    """A name where nothing but a name can stand, so that a keyword needs no backquotes."""
    return node.text if _NAME.fullmatch(node.text) else _quoted(node.text)


def key(node: Name) -> str:
    """A key of data, where a string can stand for a name: it may hold any text."""
    return node.text if _NAME.fullmatch(node.text) else _string(node.text)


def type_name(node: Name) -> str:
    """The name of a type: the only keywords in its place are those that open a type."""
    return member(node) if node.text not in _BEFORE_TYPES else _quoted(node.text)


def scope(node: Name) -> str:
    """A scope, or a group of them."""
    bare = _SCOPE.fullmatch(node.text) and node.text not in KEYWORDS
    return node.text if bare else _quoted(node.text)


def scopes(nodes: Iterable[Name]) -> str:
    """Scopes with commas between."""
    return ", ".join(scope(node) for node in nodes)


def literal(node: Literal) -> str:
    """A literal of any kind."""
    match node.value:
        case bool():
            return "true" if node.value else "false"
        case int():
            return str(node.value)
        case str():
            return _string(node.value)
        case Decimal():
            digits = format(node.value, "f")
            return digits if "." in digits else f"{digits}.0"
        case timedelta():
            return _duration(node.value)
        case _:
            assert_never(node.value)


def literals(nodes: Iterable[Literal], sign: str = ", ") -> str:
    """Literals with a sign between."""
    return sign.join(literal(node) for node in nodes)


def _duration(value: timedelta) -> str:
    """In the largest unit that divides it."""
    for unit, length in _UNITS:
        if value and not value % length:
            return f"{value // length}{unit}"
    return f"{value // timedelta(milliseconds=1)}ms" if value else "0s"


def _quoted(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _string(text: str) -> str:
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) in _UNSEEN:
        return f"\\u{{{ord(character):X}}}"
    return character
