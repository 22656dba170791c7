"""Text -> tokens, one at a time, each chosen among those that the parser can take next.

A word is a keyword only where the grammar has that keyword; anywhere else it is a name. Where a
scope can stand, the longest run of scope characters is one token. The expressions come from the
grammar file, so there is one lexical grammar.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lark.lexer import PatternStr, TerminalDef

_SKIP = re.compile(r"(?:[ \t\r\n]+|(?:(?<=[ \t\r\n])|\A)#[^\n]*)+")
_AHEAD = ("PRINCIPAL", "MATRIX")
_CLASSES = ("STRING", "BACKQUOTED", "DURATION", "DECIMAL", "INT", "NAME")
END = "$END"
BROKEN = "BROKEN"


@dataclass(slots=True)
class Token:
    """A terminal of the grammar with the text it stands for."""

    type: str
    text: str
    start: int
    end: int
    opens_line: bool


class Lexer:
    """Cuts one text into tokens."""

    def __init__(self, terminals: Iterable[TerminalDef]) -> None:
        """Take the expressions of the grammar's terminals."""
        patterns = {terminal.name: terminal.pattern for terminal in terminals}
        literals = {p.value: n for n, p in patterns.items() if isinstance(p, PatternStr)}
        self.keywords = {text: name for text, name in literals.items() if text.isidentifier()}
        self._signs = {text: name for text, name in literals.items() if not text.isidentifier()}
        self.spellings = {name: text for text, name in literals.items()}
        self._scope = re.compile(patterns["SCOPE"].to_regexp())
        self._ahead = {name: re.compile(patterns[name].to_regexp()) for name in _AHEAD}
        signs = "|".join(re.escape(s) for s in sorted(self._signs, key=len, reverse=True))
        classes = "|".join(f"(?P<{name}>{patterns[name].to_regexp()})" for name in _CLASSES)
        self._token = re.compile(f"{classes}|(?P<SIGN>{signs})")

    def terminal(self, text: str) -> str | None:
        """The terminal that a word or sign of the language is."""
        return self.keywords.get(text) or self._signs.get(text)

    def opens_expectation(self, text: str, place: int) -> bool:
        """Whether a name stands at `place`, and `may` after it."""
        return self._ahead["PRINCIPAL"].match(text, place) is not None

    def next(self, text: str, place: int, takes: Callable[[str], bool]) -> Token:
        """The token at or after `place`; `takes` says whether the parser can take a terminal next."""
        skipped = _SKIP.match(text, place)
        start = skipped.end() if skipped else place
        opens_line = start == 0 or (skipped is not None and "\n" in skipped.group())
        if start == len(text):
            return Token(END, "", start, start, opens_line)
        if takes("SCOPE"):
            scope = self._scope.match(text, start)
            if scope is not None:
                word = scope.group()
                keyword = self.keywords.get(word, "")
                kind = keyword if takes(keyword) else "SCOPE"
                return Token(kind, word, start, scope.end(), opens_line)
        for name, pattern in self._ahead.items():
            ahead = pattern.match(text, start) if takes(name) else None
            if ahead is not None:
                return Token(name, ahead.group(), start, ahead.end(), opens_line)
        match = self._token.match(text, start)
        if match is None:
            return Token(BROKEN, text[start], start, start + 1, opens_line)
        word = match.group()
        kind = match.lastgroup or BROKEN
        if kind == "NAME":
            keyword = self.keywords.get(word, "")
            kind = keyword if takes(keyword) else kind
        elif kind == "SIGN":
            kind = self._signs[word]
        return Token(kind, word, start, match.end(), opens_line)
