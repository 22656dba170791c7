"""Findings: what a stage has to say about policy text, as values.

A finding has a stable code, a span, one line of message and, apart from it, help. `render` shows it
to a person with the line and a caret; `as_record` gives what `--json` prints.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from remit.spans import Position, Source, Span

_WINDOW = 100
"""How many columns of a long source line are shown around a span."""


class Code(StrEnum):
    """Stable codes, never reused.

    R0 text, R1 syntax, R2 names, R3 types, R4 meaning, R5 set-up; of the linter L0 its own comments,
    L1 conditions, L2 rules, L3 declarations, L4 tests.
    """

    ENCODING = "R001"
    BYTE_ORDER_MARK = "R002"
    FORBIDDEN_CHARACTER = "R003"
    TOO_LARGE = "R004"
    TOO_MANY_TOKENS = "R005"
    TOO_DEEP = "R006"
    UNREADABLE = "R007"
    NO_POLICY = "R008"
    TOO_MANY_FINDINGS = "R009"
    EMPTY_FILE = "R010"
    OTHER_ENDING = "R011"

    UNEXPECTED = "R101"
    UNEXPECTED_END = "R102"
    UNKNOWN_CHARACTER = "R103"
    UNTERMINATED = "R104"
    BAD_ESCAPE = "R105"
    BAD_NUMBER = "R106"
    BAD_SCOPE = "R107"
    MIXED_AND_OR = "R108"

    DUPLICATE = "R201"
    UNKNOWN_SCOPE = "R202"
    UNKNOWN_ROLE = "R203"
    UNKNOWN_ACTION = "R204"
    UNKNOWN_NAME = "R205"
    UNKNOWN_TYPE = "R206"
    UNKNOWN_PROFILE = "R207"
    UNKNOWN_MEMBER = "R208"
    RESERVED_NAME = "R209"
    CYCLE = "R210"
    UNKNOWN_TEST_NAME = "R211"

    TYPE_MISMATCH = "R301"
    NOT_A_CONDITION = "R302"
    NOT_A_SUBJECT = "R303"
    UNGUARDED_OPTIONAL = "R304"
    NEVER_ABSENT = "R305"
    OUTSIDE_ENUM = "R306"
    NOT_CONSTANT = "R307"
    NOT_COMPARABLE = "R308"
    BAD_LITERAL = "R309"
    UNKNOWN_FUNCTION = "R310"
    BAD_PATTERN = "R311"

    MISSING_API = "R401"
    MISSING_NEEDS = "R402"
    OIDC_SCOPE = "R403"
    RULE_WITHOUT_ACTIONS = "R404"
    TOO_MANY_MEMBERS = "R405"
    BAD_INSTANT = "R406"
    NEVER_TRUE = "R407"
    HIDING_HELPS = "R408"
    EMPTY_ALL = "R409"
    BAD_FILE = "R410"
    MISPLACED = "R411"
    UNREAD_CLAIM = "R412"
    ILL_TYPED_CLAIM = "R413"
    EXTENDED_ROLE = "R414"
    UNEVEN_ROW = "R415"
    WANTS_PARAMETERS = "R416"
    ILL_TYPED_VALUE = "R417"

    ALLOWED_WITHOUT_REASON = "L001"
    ALLOWED_UNKNOWN = "L002"
    ALLOWED_IN_VAIN = "L003"

    CONSTANT_COMPARISON = "L101"
    SAME_ON_BOTH_SIDES = "L102"
    SETTLED_BY_TYPE = "L103"
    CONTRADICTION = "L104"
    TAUTOLOGY = "L105"
    REPEATED_OPERAND = "L106"
    IMPLIED_OPERAND = "L107"
    DOUBLE_NEGATION = "L108"
    UNLESS_NOT = "L109"
    NEGATED_COMPARISON = "L110"
    COMPARED_WITH_BOOLEAN = "L111"
    REPEATED_ELEMENT = "L112"
    PATTERN_WITHOUT_WILDCARD = "L113"
    UNUSED_QUANTIFIED_NAME = "L114"
    ANY_FOR_IN = "L115"
    NEEDLESS_FALLBACK = "L116"

    DUPLICATE_RULE = "L201"
    SHADOWED_RULE = "L202"
    GROWING_PERMIT = "L203"
    PUBLIC_WRITE = "L204"
    FORBID_WITHOUT_REASON = "L205"
    SUBJECT_WITHOUT_EFFECT = "L206"
    PERMIT_ALWAYS_FORBIDDEN = "L207"
    TENANT_NOT_COMPARED = "L208"
    IMPLIED_NEED = "L209"
    NEEDLESS_ASSUME = "L210"
    NEVER_APPLIES = "L211"
    CLIENT_OF_ANY_ISSUER = "L212"

    ACTION_NEVER_ALLOWED = "L301"
    RESOURCE_WITHOUT_ACTIONS = "L302"
    SCOPE_NEVER_NEEDED = "L303"
    GRANT_NEVER_NEEDED = "L304"
    GRANT_REPEATED = "L305"
    ROLE_WITHOUT_MEANING = "L306"
    UNUSED_ATTRIBUTE = "L307"
    UNUSED_CLAIM = "L308"
    UNUSED_CONTEXT = "L309"
    UNUSED_TYPE = "L310"
    UNUSED_VALUE = "L311"
    UNUSED_RELATION = "L312"
    EMPTY_BLOCK = "L313"

    TEST_WITHOUT_EXPECTATIONS = "L401"
    DENIAL_WITHOUT_REASON = "L402"
    UNUSED_FIXTURE = "L403"
    REPEATED_EXPECTATION = "L404"
    CHANGE_WITHOUT_EFFECT = "L405"
    UNUSED_FIXTURES = "L406"

    def __str__(self) -> str:
        """The code as printed."""
        return self.value


class Severity(StrEnum):
    """An error refuses the policy; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in policy text. `span` is None where no text is to blame (a missing file).

    `other` is a second place that it is about: where the name was declared before.
    """

    code: Code
    message: str
    span: Span | None
    help: str | None = None
    severity: Severity = Severity.ERROR
    other: Span | None = None

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts findings by place, then code: the order in which they are reported."""
        place = self.span or Span("", 0, 0)
        return (place.file, place.start, place.end, self.code.value, self.message)


class PositionRecord(TypedDict):
    """A position in JSON; line and column count from 1, offset from 0, all in code points."""

    line: int
    column: int
    offset: int


class OtherRecord(TypedDict):
    """The second place of a finding in JSON."""

    file: str
    start: PositionRecord | None


class FindingRecord(TypedDict):
    """A finding in JSON."""

    code: str
    severity: str
    message: str
    help: str | None
    file: str | None
    start: PositionRecord | None
    end: PositionRecord | None
    other: OtherRecord | None


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in reporting order, each once."""
    return tuple(sorted(set(findings), key=lambda finding: finding.order))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings refuses the policy."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def printable(text: str) -> str:
    """`text` with control, format and unassigned characters shown as escapes, on one line."""
    return "".join(
        character if _is_plain(character) else f"\\u{{{ord(character):04x}}}" for character in text
    )


def _is_plain(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"


def _columns(text: str) -> int:
    """How many terminal columns `text` takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def render(finding: Finding, source: Source | None) -> str:
    """The finding as a person reads it: headline, place, line, caret, help."""
    headline = f"{finding.severity}[{finding.code}]: {printable(finding.message)}"
    if finding.span is None or source is None:
        place = "" if finding.span is None else f"\n  {printable(finding.span.file)}"
        return headline + place + (f"\n  = {printable(finding.help)}" if finding.help else "")
    start = source.position(finding.span.start)
    place = f"  {printable(source.file)}:{start.line}:{start.column}"
    return f"{headline}\n{place}\n{_excerpt(finding, source, start)}"


def _excerpt(finding: Finding, source: Source, start: Position) -> str:
    assert finding.span is not None
    line = source.line(start.line)
    width = max(1, min(finding.span.end - finding.span.start, len(line) - start.column + 1))
    first = start.column - 1
    cut = max(0, first - _WINDOW // 2)
    shown = line[cut : cut + _WINDOW]
    before = printable(shown[: first - cut])
    marked = printable(shown[first - cut : first - cut + width])
    after = printable(shown[first - cut + width :])
    number = str(start.line)
    carets = "^" * max(1, _columns(marked))
    note = f" {printable(finding.help)}" if finding.help else ""
    return (
        f" {number} | {before}{marked}{after}\n"
        f" {' ' * len(number)} | {' ' * _columns(before)}{carets}{note}"
    )


def render_all(findings: Sequence[Finding], sources: Sequence[Source]) -> str:
    """All findings, each with its excerpt."""
    by_file = {source.file: source for source in sources}
    shown: list[str] = []
    for finding in findings:
        shown.append(render(finding, by_file.get(finding.span.file) if finding.span else None))
        if finding.other is not None:
            other = by_file.get(finding.other.file)
            line = "" if other is None else f":{other.position(finding.other.start).line}"
            shown.append(f"  = the other one: {printable(finding.other.file)}{line}")
    return "\n".join(shown)


def as_record(
    finding: Finding, source: Source | None, other_source: Source | None = None
) -> FindingRecord:
    """The finding as plain data for JSON; the sources are those of its place and of the other one."""
    span, other = finding.span, finding.other
    beside: OtherRecord | None = None
    if other is not None:
        start = _position_record(other_source, other.start) if other_source else None
        beside = {"file": other.file, "start": start}
    return {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help,
        "file": span.file if span else None,
        "start": _position_record(source, span.start) if span and source else None,
        "end": _position_record(source, span.end) if span and source else None,
        "other": beside,
    }


def _position_record(source: Source, offset: int) -> PositionRecord:
    position = source.position(offset)
    return {"line": position.line, "column": position.column, "offset": offset}
