"""Comments that allow findings, with a reason: `# lint: allow L205 because the reason is confidential`.

At the end of a line it is about the findings that begin in that line; in a line of its own, about those
of the statement beneath it, of a block only its first line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.diagnostics import Code, Finding
from remit.linter import findings
from remit.linter.catalogue import CATALOGUE, WARNINGS
from remit.linter.text import Comment, Text
from remit.spans import Span
from remit.syntax import tree

_FORM = re.compile(
    r"#\s*lint:\s*allow\b\s*(?P<codes>[A-Za-z0-9_, \t-]*?)\s*(?:\bbecause\b(?P<reason>.*))?$"
)
ALLOWANCE = "L0"
"""How the codes begin that speak of such comments, and cannot be allowed."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A comment that allows codes between two places of a file."""

    comment: Span
    codes: tuple[str, ...]
    reason: str
    covered: Span

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding."""
        span = finding.span
        return (
            span is not None
            and finding.code.value in self.codes
            and not finding.code.value.startswith(ALLOWANCE)
            and span.file == self.covered.file
            and self.covered.start <= span.start < self.covered.end
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """A finding that is none, and why."""

    finding: Finding
    reason: str


def allowances(document: tree.Document, texts: Mapping[str, Text]) -> tuple[Allowance, ...]:
    """All comments of a set that allow something."""
    statements = _by_file(document)
    return tuple(
        allowance
        for file, text in texts.items()
        for allowance in _in_file(text, statements.get(file, {}))
    )


def _in_file(text: Text, statements: Mapping[int, int]) -> Iterator[Allowance]:
    for comment in text.comments:
        match = _FORM.match(comment.text)
        if match is not None:
            codes = tuple(code for code in re.split(r"[,\s]+", match["codes"]) if code)
            span = text.span(comment.start, comment.start + len(comment.text))
            reason = (match["reason"] or "").strip()
            yield Allowance(span, codes, reason, _covered(text, comment, statements))


def _covered(text: Text, comment: Comment, statements: Mapping[int, int]) -> Span:
    if not comment.own_line:
        return text.span(text.masked.rfind("\n", 0, comment.start) + 1, comment.start)
    start = text.statement(comment.start)
    end = statements.get(start, _line_end(text, start))
    return text.span(start, max(end, _line_end(text, start)))


def _line_end(text: Text, place: int) -> int:
    end = text.masked.find("\n", place)
    return len(text.masked) if end < 0 else end


def _by_file(document: tree.Document) -> dict[str, dict[int, int]]:
    """Where each statement that is no block begins and ends, by file."""
    found: dict[str, dict[int, int]] = {}
    for span in _statements(document.items):
        found.setdefault(span.file, {})[span.start] = span.end
    return found


def _statements(items: Iterable[Any]) -> Iterator[Span]:
    for item in items:
        match item:
            case tree.Resource(fields=fields, items=inner):
                yield from _statements((*fields, *inner))
            case tree.TokenClaims(fields=fields) | tree.Context(fields=fields):
                yield from _statements(fields)
            case tree.Api(items=inner) | tree.PolicyTest(items=inner) | tree.Fixtures(items=inner):
                yield from _statements(inner)
            case tree.Issuer(items=inner) if inner:
                yield from _statements(inner)
            case _:
                yield item.span


def sorted_out(
    found: Sequence[Finding], allowed_by: Sequence[Allowance], *, judged: frozenset[Code]
) -> tuple[list[Finding], list[Allowed]]:
    """The findings that stay, with what is wrong with the comments; and those that are allowed.

    `judged` are the codes that were looked for: a comment about others is not in vain.
    """
    stay: list[Finding] = []
    allowed: list[Allowed] = []
    used: set[tuple[Span, str]] = set()
    for finding in found:
        covering = [each for each in allowed_by if each.covers(finding)]
        used.update((each.comment, finding.code.value) for each in covering)
        if covering:
            allowed.append(Allowed(finding, covering[0].reason))
        else:
            stay.append(finding)
    known = {code.value for code in (*CATALOGUE, *WARNINGS) if not code.value.startswith(ALLOWANCE)}
    for each in allowed_by:
        if not each.reason:
            stay.append(findings.allowed_without_reason(each.comment))
        if not each.codes:
            stay.append(findings.allowed_unknown("", each.comment))
        for code in each.codes:
            if code not in known:
                stay.append(findings.allowed_unknown(code, each.comment))
            elif (each.comment, code) not in used and Code(code) in judged:
                stay.append(findings.allowed_in_vain(code, each.comment))
    return stay, allowed
