"""Text -> document or findings, by the syntax stage alone."""

from remit.diagnostics import Finding
from remit.spans import Source, Span
from remit.syntax.parser import parse
from remit.syntax.tree import Document

FILE = "p.remit"
S = Span(FILE, 0, 0)
"""For nodes to compare with: a span takes no part in equality."""


def read(text: str) -> Document:
    document, findings = parse(Source(FILE, text))
    assert findings == ()
    return document


def guilty(text: str) -> list[str]:
    """What the findings point at, in order of place."""
    return [text[f.span.start : f.span.end] for f in found_in(text) if f.span]


def found_in(text: str) -> list[Finding]:
    return sorted(parse(Source(FILE, text))[1], key=lambda finding: finding.order)
