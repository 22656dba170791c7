"""A path or texts -> a program with its audiences and issuers, or every finding."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from remit.checker.check import check
from remit.checker.checked import Checked, CheckedIssuer
from remit.checker.files import Beside
from remit.checker.issuers import PROFILES
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
    issuers: Mapping[str, CheckedIssuer]
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
        issuers = self._issuers(api.issuers)
        _refuse_unsafe(audiences, issuers)
        if len(issuers) > 1 and len(api.issuers) <= 1:
            message = "more than one issuer at `load`: name them in `api`, so that a user is one of them"
            raise ConfigurationError(message)
        readers = Readers(one_issuer=len(issuers) == 1)
        return Loaded(compile_program(tree, readers), issuers, audiences)

    def _issuers(self, written: Mapping[str, CheckedIssuer]) -> Mapping[str, CheckedIssuer]:
        """The deployment's issuers and audiences over the policy's.

        An issuer that the policy names as well keeps what may be asserted by it: another list of
        issuers must not widen that by the way.
        """
        issuers = dict(written)
        if self.issuers is not None:
            issuers = {
                name: replace(written.get(name, CheckedIssuer(profile)), profile=profile)
                for name, profile in self.issuers.items()
            }
        if self.audiences is not None:
            issuers = {name: replace(issuer, audiences=()) for name, issuer in issuers.items()}
        return issuers


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


def _refuse_unsafe(audiences: Sequence[str], issuers: Mapping[str, CheckedIssuer]) -> None:
    if not issuers or not all(issuers):
        raise ConfigurationError("no issuer: say in `api` or at `load` whose tokens are trusted")
    for name, issuer in issuers.items():
        if issuer.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise ConfigurationError(f"issuer {name}: no profile {issuer.profile!r}, only {known}")
        if not all(issuer.audiences or audiences or ("",)):
            raise ConfigurationError("no audience: say in `api` or at `load` whom tokens must be for")
