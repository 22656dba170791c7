"""Findings -> the log that code hosts read: SARIF 2.1.0 (OASIS, March 2020).

Lines and columns count from 1, columns in code points; an end column is the one after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from remit.diagnostics import Code, Finding
from remit.linter import Allowed, Edit
from remit.linter.catalogue import CATALOGUE, KNOWN, explained
from remit.spans import Source, Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(
    found: Iterable[Finding],
    allowed: Iterable[Allowed],
    edits: Mapping[Finding, tuple[Edit, ...]],
    sources: Sequence[Source],
) -> dict[str, Any]:
    """A log of one run. What a comment allows is in it as suppressed, with the comment's reason."""
    places = _Places(sources)
    told = [(finding, None) for finding in found] + [(each.finding, each.reason) for each in allowed]
    codes = sorted({*KNOWN, *(finding.code for finding, _ in told)})
    numbers = {code: number for number, code in enumerate(codes)}
    driver = {"name": "remit", "rules": [_rule(code) for code in codes]}
    results = [
        {
            "ruleId": finding.code.value,
            "ruleIndex": numbers[finding.code],
            "level": finding.severity.value,
            "message": {"text": _message(finding)},
            "locations": [] if finding.span is None else [{"physicalLocation": places.of(finding.span)}],
            "suppressions": [] if reason is None else [{"kind": "inSource", "justification": reason}],
            **places.fixes(finding, edits.get(finding, ())),
        }
        for finding, reason in told
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _message(finding: Finding) -> str:
    return finding.message if finding.help is None else f"{finding.message}: {finding.help}"


def _rule(code: Code) -> dict[str, Any]:
    """What a code is about; of an error no more than the code."""
    if code not in KNOWN:
        return {"id": code.value, "defaultConfiguration": {"level": "error"}}
    (name, summary), said = KNOWN[code], explained(code)
    rule: dict[str, Any] = {
        "id": code.value,
        "name": name,
        "shortDescription": {"text": summary},
        "help": {"text": said, "markdown": said},
        "defaultConfiguration": {"level": "warning"},
    }
    if code in CATALOGUE:
        rule["fullDescription"] = {"text": CATALOGUE[code].why}
    return rule


class _Places:
    """Spans as lines and columns of files."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = {source.file: source for source in sources}

    def of(self, span: Span) -> dict[str, Any]:
        return {"artifactLocation": _location(span.file), "region": self._region(span)}

    def fixes(self, finding: Finding, edits: Sequence[Edit]) -> dict[str, Any]:
        """What mends a finding, file by file; nothing where nothing does."""
        if not edits:
            return {}
        description = finding.help or finding.message
        return {
            "fixes": [{"description": {"text": description}, "artifactChanges": [*self._changes(edits)]}]
        }

    def _changes(self, edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
        for file in dict.fromkeys(edit.span.file for edit in edits):
            replacements = [
                {
                    "deletedRegion": self._region(edit.span),
                    "insertedContent": {"text": edit.replacement},
                }
                for edit in edits
                if edit.span.file == file
            ]
            yield {"artifactLocation": _location(file), "replacements": replacements}

    def _region(self, span: Span) -> dict[str, int]:
        source = self.sources[span.file]
        start, end = source.position(span.start), source.position(span.end)
        return {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }


def _location(file: str) -> dict[str, str]:
    path = Path(file)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}
