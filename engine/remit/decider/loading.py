"""A path or texts -> a program with its audiences and issuers, or every finding."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from remit.checker.check import check
from remit.checker.checked import Checked
from remit.checker.files import Beside
from remit.compiler.program import Program, compile_program
from remit.compiler.ruletree import RuleTree, build
from remit.compiler.values import Readers
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.errors import ConfigurationError, PolicyError
from remit.spans import Source
from remit.syntax.source import inspect, read_beside, read_path
from remit.syntax.tree import Document, Item

_CACHED_FILES = 256
_parsed: "LRUCache[tuple[str, str], Any]" = LRUCache(_CACHED_FILES)
_parsed_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set that may be put in force."""

    program: Program
    issuers: Mapping[str, str]
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a set comes from, and what the deployment says in the policy's place."""

    path: Path | None
    texts: Mapping[str, str] | None
    audiences: tuple[str, ...] | None
    issuers: Mapping[str, str] | None

    def load(self) -> Loaded:
        """Read, check and compile. Raises PolicyError or ConfigurationError."""
        reading = read_set(self.path, self.texts)
        tree = reading.tree
        if tree is None:
            raise PolicyError(reading.findings, reading.sources)
        api = tree.checked.api
        audiences = self.audiences if self.audiences is not None else api.audiences
        issuers = dict(self.issuers) if self.issuers is not None else dict(api.issuers)
        _refuse_unsafe(audiences, issuers)
        readers = Readers(one_issuer=len(issuers) == 1)
        return Loaded(compile_program(tree, readers), issuers, audiences)


@dataclass(frozen=True, slots=True)
class Reading:
    """A set as far as it could be read and checked; no tree beside an error."""

    sources: tuple[Source, ...]
    tree: RuleTree | None
    findings: tuple[Finding, ...]

    @property
    def checked(self) -> Checked | None:
        """The checked set that the tree was made from."""
        return None if self.tree is None else self.tree.checked


def read_set(path: Path | None, texts: Mapping[str, str] | None = None) -> Reading:
    """Read and check a set, with all findings in reporting order."""
    sources: Sequence[Source]
    found: list[Finding] = []
    if path is not None:
        sources, problems = read_path(path)
        found.extend(problems)
    else:
        written = {name: text for name, text in (texts or {}).items() if not _is_data(name)}
        inspected = [inspect(file, text) for file, text in written.items()]
        sources = [source for source, _ in inspected]
        found.extend(finding for _, problems in inspected for finding in problems)
    if has_errors(found):
        return Reading(tuple(sources), None, sorted_findings(found))
    items: list[Item] = []
    for source in sources:
        document, problems = _parse(source)
        items.extend(document.items)
        found.extend(problems)
    if has_errors(found):
        return Reading(tuple(sources), None, sorted_findings(found))
    checked, problems = check(Document(tuple(items)), _beside(texts))
    if checked is None:
        return Reading(tuple(sources), None, problems)
    tree, more = build(checked)
    return Reading(tuple(sources), tree, sorted_findings((*problems, *more)))


def _is_data(name: str) -> bool:
    return name.endswith(".json")


def _beside(texts: Mapping[str, str] | None) -> Beside:
    """Where the files are that a policy names: in its folder, or among the texts handed in."""
    if texts is None:
        return read_beside
    data = {name: text.encode() for name, text in texts.items() if _is_data(name)}
    return lambda _file, name: data.get(name)


def _parse(source: Source) -> tuple[Document, tuple[Finding, ...]]:
    """Parse a source, or take what an unchanged one was parsed into."""
    # lark costs a tenth of a second to import; a process that parses nothing does not pay it.
    from remit.syntax.parser import parse  # noqa: PLC0415

    key = (source.file, source.text)
    with _parsed_lock:
        known: tuple[Document, tuple[Finding, ...]] | None = _parsed.get(key)
    if known is None:
        known = parse(source)
        with _parsed_lock:
            _parsed[key] = known
    return known


def _refuse_unsafe(audiences: Sequence[str], issuers: Mapping[str, str]) -> None:
    if not audiences or not all(audiences):
        raise ConfigurationError("no audience: say in `api` or at `load` whom tokens must be for")
    if not issuers or not all(issuers):
        raise ConfigurationError("no issuer: say in `api` or at `load` whose tokens are trusted")
    if len(issuers) > 1:
        raise ConfigurationError("more than one issuer: a `user` would have more than one meaning")
