"""A source -> its comments, and its text with strings and comments masked, so that signs can be found.

Whoever edits a policy works on the masked text: a bracket in it is a bracket, and a `#` a comment.
"""

import re
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from remit.spans import Source, Span

_OPAQUE = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\n]|``)+`|(?:(?<=[ \t\r\n])|\A)#[^\n]*')
_BEGINS = re.compile(r"^[ \t]*([^#\s])", re.MULTILINE)
_BLANK = " \t\r\n"


class Comment(NamedTuple):
    """A comment, and whether nothing stands before it in its line."""

    text: str
    start: int
    own_line: bool


class Text:
    """One policy file."""

    def __init__(self, source: Source) -> None:
        """Mask the text of `source`, which has been parsed without an error."""
        self.source = source
        self.comments: list[Comment] = []
        self.masked = _OPAQUE.sub(self._mask, source.text)
        self._places = [comment.start for comment in self.comments]
        self._begins: list[int] = []

    def _mask(self, match: re.Match[str]) -> str:
        text = match.group()
        if text[0] != "#":
            return '"' * len(text)
        line = self.source.text[self.source.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        self.comments.append(Comment(text.rstrip(), match.start(), not line.strip()))
        return "#" * len(text)

    def between(self, start: int, end: int) -> str:
        """The masked text between two places."""
        return self.masked[start:end]

    def said(self, span: Span) -> str:
        """The text of a span, as written."""
        return self.source.text[span.start : span.end]

    def span(self, start: int, end: int) -> Span:
        """A span of this file."""
        return Span(self.source.file, start, end)

    def before(self, place: int) -> int:
        """Where the blanks before a place begin."""
        while place > 0 and self.masked[place - 1] in _BLANK:
            place -= 1
        return place

    def after(self, place: int) -> int:
        """Where the blanks after a place end."""
        while place < len(self.masked) and self.masked[place] in _BLANK:
            place += 1
        return place

    def balanced(self, span: Span) -> Span:
        """An expression's span with the brackets that open it: its node begins with its first part."""
        start = span.start
        inside = self.between(start, span.end)
        for _ in range(inside.count(")") - inside.count("(")):
            start = self.before(start) - 1
        return self.span(start, span.end)

    def whole(self, span: Span) -> Span:
        """An expression's span with all the brackets around it."""
        inner = self.balanced(span)
        start, end = inner.start, inner.end
        while True:
            left, right = self.before(start) - 1, self.after(end)
            if self.masked[left : left + 1] != "(" or self.masked[right : right + 1] != ")":
                return self.span(start, end)
            start, end = left, right + 1

    def lines(self, span: Span) -> Span:
        """A statement's span with the blanks around it: with its line, where it has one to itself."""
        text = self.masked
        start, end = span.start, span.end
        while start > 0 and text[start - 1] in " \t":
            start -= 1
        while end < len(text) and text[end] in " \t\r":
            end += 1
        if (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end] == "\n"):
            return self.span(start, min(end + 1, len(text)))
        return self.span(start, span.end)

    def has_comment(self, span: Span) -> bool:
        """Whether a comment stands in a span."""
        place = bisect_left(self._places, span.start)
        return place < len(self._places) and self._places[place] < span.end

    def statement(self, place: int) -> int:
        """Where the first line after a place that says something begins to."""
        if not self._begins:
            self._begins = [match.start(1) for match in _BEGINS.finditer(self.masked)]
        following = bisect_right(self._begins, place)
        return self._begins[following] if following < len(self._begins) else len(self.masked)
