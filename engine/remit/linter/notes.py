"""What a rule of the linter hands in: a finding, and the edits that would mend it."""

from dataclasses import dataclass

from remit.diagnostics import Finding
from remit.spans import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """The text of a span, in code points of its file, becomes `replacement`."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Note:
    """A finding; all of its edits together mend it, and none are there where none is safe."""

    finding: Finding
    edits: tuple[Edit, ...] = ()
