"""A policy with a mark in it -> what is known of it, and the place of the mark."""

from collections.abc import Mapping

from remit.spans import Span
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.policy import Desk

FILE = "p.remit"
MARK = "§"


def known(text: str | Mapping[str, str]) -> Knowledge:
    """What is known of a text, or of several by their names."""
    desk = Desk()
    return Knowledge(desk.read({FILE: text} if isinstance(text, str) else text), desk)


def marked(text: str, **others: str) -> tuple[Knowledge, str, int]:
    """As the functions of the language server are asked: at the mark."""
    plain = text.replace(MARK, "", 1)
    files = {FILE: plain, **{f"{name}.remit": other for name, other in others.items()}}
    return known(files), FILE, text.index(MARK)


def shown(knowledge: Knowledge, span: Span) -> str:
    """The line that a place is in, the place itself in angle brackets."""
    text = knowledge.policy.files[span.file].source.text
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    before, after = text[start : span.start], text[span.end : end if end >= 0 else len(text)]
    return f"{before.lstrip()}<{text[span.start : span.end]}>{after}"
