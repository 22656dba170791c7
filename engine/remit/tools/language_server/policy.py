"""The texts of a policy's files -> its statements, parsed, and everything that is wrong with them.

Of what did not change since the last time nothing is made again. Findings are those of `remit check`
and `remit lint`, to the letter: where a statement is broken the whole file is read, as what is missing
in one place is noticed in another.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from remit import linter
from remit.checker import check
from remit.checker.checked import Checked
from remit.checker.files import Beside
from remit.decider.reading import Memory, check_document
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.linter import Edit
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.lexer import Token
from remit.syntax.parser import parse
from remit.syntax.source import decode, inspect, read_beside
from remit.tools.language_server.cutting import cut

_COMMENTS = re.compile(r"(?:(?<=\s)|\A)#[^\n]*\n")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A piece of a file, read as a source of its own; its spans count from its own beginning."""

    source: Source
    document: tree.Document
    findings: tuple[Finding, ...]
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PolicyFile:
    """A file: its text, and its statements with where each begins."""

    name: str
    source: Source
    statements: tuple[tuple[int, Statement], ...]
    refused: tuple[Finding, ...]
    whole: bool

    @property
    def is_sound(self) -> bool:
        """Whether every statement could be read."""
        return self.whole and not self.refused and not any(each.findings for _, each in self.statements)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The texts in which what is checked stands: those of the statements, or all of it."""
        if self.is_sound:
            return tuple(statement.source for _, statement in self.statements)
        return (self.source,)

    @property
    def items(self) -> tuple[tree.Item, ...]:
        """What could be read."""
        return tuple(item for _, statement in self.statements for item in statement.document.items)

    def statement_at(self, offset: int) -> tuple[int, Statement]:
        """The statement that a place is in, and where that begins."""
        return self.statements[self._number(offset)]

    def beginning_before(self, offset: int) -> int:
        """Where the statement begins that what is written at a place may go on with."""
        number = self._number(offset)
        start = self.statements[number][0]
        if number and not _COMMENTS.sub("", self.source.text[start:offset]).strip():
            return self.statements[number - 1][0]
        return start

    def _number(self, offset: int) -> int:
        return sum(start <= offset for start, _ in self.statements) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The files of a set at one moment; `places` says of a statement's source where it stands."""

    files: Mapping[str, PolicyFile]
    places: Mapping[str, tuple[str, int]]

    @property
    def items(self) -> tuple[tree.Item, ...]:
        """The statements of all files, as far as they could be read."""
        return tuple(item for file in self.files.values() for item in file.items)

    @property
    def is_sound(self) -> bool:
        """Whether every statement of every file could be read."""
        return all(file.is_sound for file in self.files.values())

    def placed(self, span: Span) -> Span:
        """The span in its file."""
        name, start = self.places.get(span.file, (span.file, 0))
        return Span(name, span.start + start, span.end + start)

    def text(self, span: Span) -> str:
        """What stands there."""
        placed = self.placed(span)
        return self.files[placed.file].source.text[placed.start : placed.end]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a policy, in reporting order; the rest is there where no error is."""

    findings: tuple[Finding, ...]
    checked: Checked | None = None
    edits: Mapping[Finding, tuple[Edit, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """Where one set is worked on: what was made of its statements is kept for the next version."""

    kept: dict[str, dict[str, list[Statement]]] = field(default_factory=dict)
    _count: int = 0
    _memory: Memory = field(default_factory=Memory)
    _whole: dict[str, tuple[Source, tuple[tree.Item, ...], tuple[Finding, ...]]] = field(
        default_factory=dict
    )
    _checking: threading.Lock = field(default_factory=threading.Lock)

    def read(self, texts: Mapping[str, str | bytes]) -> Policy:
        """The policy that the files, by name in their order, now are: bytes from the disk, or text."""
        files = {name: self._file(name, text) for name, text in texts.items()}
        self.kept = {name: _by_text(file) for name, file in files.items()}
        places = {
            statement.source.file: (name, start)
            for name, file in files.items()
            for start, statement in file.statements
        }
        return Policy(files, places)

    def copied(self) -> "Desk":
        """Another desk, at which all is known that is known at this one; nothing of it comes back."""
        with self._checking:
            checked = check.Memory(
                self._memory.checked.surroundings, dict(self._memory.checked.resources)
            )
            memory = Memory(checked=checked, lowered=dict(self._memory.lowered))
            return Desk(dict(self.kept), self._count, memory, dict(self._whole))

    def _file(self, name: str, content: str | bytes) -> PolicyFile:
        before = {text: list(each) for text, each in self.kept.get(name, {}).items()}
        if isinstance(content, str):
            source, refused = inspect(name, content)
        else:
            source, refused = decode(name, content)
        pieces, whole = cut(source.text)
        statements: list[tuple[int, Statement]] = []
        for start, piece in pieces:
            known = before.get(piece)
            statements.append((start, known.pop(0) if known else self._statement(name, piece)))
        return PolicyFile(name, source, tuple(statements), refused, whole)

    def _statement(self, name: str, text: str) -> Statement:
        self._count += 1
        source = Source(f"{name}:{self._count}", text)
        tokens: list[Token] = []
        document, found = parse(source, tokens)
        return Statement(source, document, found, tuple(tokens))

    def diagnose(self, policy: Policy) -> Diagnosis:
        """All findings. May be called in another thread than the rest."""
        with self._checking:
            refused = [finding for file in policy.files.values() for finding in file.refused]
            if has_errors(refused):
                return Diagnosis(sorted_findings(refused))
            parsed = [self._parsed(file) for file in policy.files.values()]
            broken = [finding for _, found in parsed for finding in found]
            if has_errors(broken):
                return Diagnosis(sorted_findings(broken))
            document = tree.Document(tuple(item for items, _ in parsed for item in items))
            checked, _, found = check_document(document, beside(policy), self._memory)
            if checked is None:
                return Diagnosis(sorted_findings(_placed(policy, each) for each in found))
            sources = [source for file in policy.files.values() for source in file.sources]
            report = linter.inspect(document, checked, sources, warnings=found)
            edits = {
                _placed(policy, finding): tuple(
                    Edit(policy.placed(edit.span), edit.replacement) for edit in edits
                )
                for finding, edits in report.edits.items()
            }
            placed = sorted_findings(_placed(policy, each) for each in report.findings)
            return Diagnosis(placed, checked, edits)

    def _parsed(self, file: PolicyFile) -> tuple[Sequence[tree.Item], Sequence[Finding]]:
        """What the parser makes of a file, and says of it."""
        if file.is_sound:
            return file.items, ()
        known = self._whole.get(file.name)
        if known is None or known[0] != file.source:
            document, found = parse(file.source)
            known = self._whole[file.name] = (file.source, document.items, found)
        return known[1:]


def _by_text(file: PolicyFile) -> dict[str, list[Statement]]:
    kept: dict[str, list[Statement]] = {}
    for _, statement in file.statements:
        kept.setdefault(statement.source.text, []).append(statement)
    return kept


def _placed(policy: Policy, finding: Finding) -> Finding:
    return finding if finding.span is None else replace(finding, span=policy.placed(finding.span))


def beside(policy: Policy) -> Beside:
    """Where the files are that a statement names: beside the file that it stands in."""
    return lambda source, name: read_beside(policy.places.get(source, (source, 0))[0], name)
