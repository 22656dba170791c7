"""A path or texts -> a rule tree, or every finding."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from remit.checker.check import check
from remit.checker.checked import Checked
from remit.checker.files import Beside
from remit.compiler.lowering import build
from remit.compiler.ruletree import RuleTree
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.source import inspect, read_beside, read_path
from remit.syntax.tree import Document, Item

_CACHED_FILES = 256
_parsed: "LRUCache[tuple[str, str], Any]" = LRUCache(_CACHED_FILES)
_parsed_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reading:
    """A set as far as it could be read and checked; neither is there beside an error."""

    sources: tuple[Source, ...]
    checked: Checked | None
    tree: RuleTree | None
    findings: tuple[Finding, ...]


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
        return Reading(tuple(sources), None, None, sorted_findings(found))
    items: list[Item] = []
    for source in sources:
        document, problems = _parse(source)
        items.extend(document.items)
        found.extend(problems)
    if has_errors(found):
        return Reading(tuple(sources), None, None, sorted_findings(found))
    checked, problems = check(Document(tuple(items)), _beside(texts))
    if checked is None:
        return Reading(tuple(sources), None, None, problems)
    tree, more = build(checked)
    return Reading(tuple(sources), checked if tree else None, tree, sorted_findings((*problems, *more)))


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
    key = (source.file, source.text)
    with _parsed_lock:
        known: tuple[Document, tuple[Finding, ...]] | None = _parsed.get(key)
    if known is None:
        known = parse(source)
        with _parsed_lock:
            _parsed[key] = known
    return known
