"""A path or texts -> a rule tree, or every finding."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from remit.checker import check
from remit.checker.checked import Checked
from remit.checker.files import Beside
from remit.compiler import lowering
from remit.compiler.ruletree import RuleTree
from remit.diagnostics import Finding, has_errors, sorted_findings
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.source import inspect, read_beside, read_path
from remit.syntax.tree import Document, Item

Parsed = tuple[Document, tuple[Finding, ...]]

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


@dataclass(slots=True)
class Memory:
    """What was made of the parts of a set when it was last read."""

    parsed: dict[tuple[str, str], Parsed] = field(default_factory=dict[tuple[str, str], Any])
    checked: check.Memory = field(default_factory=check.Memory)
    lowered: lowering.Memory = field(default_factory=dict[int, Any])


def read_set(
    path: Path | None, texts: Mapping[str, str] | None = None, memory: Memory | None = None
) -> Reading:
    """Read and check a set, with all findings in reporting order.

    With a `memory` of it, what has not changed since is not made again.
    """
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
    memory = memory or Memory()
    by_text = {(each.file, each.text): _parsed_before(each, memory) for each in sources}
    for document, problems in by_text.values():
        items.extend(document.items)
        found.extend(problems)
    memory.parsed = by_text
    if has_errors(found):
        return Reading(tuple(sources), None, None, sorted_findings(found))
    checked, tree, problems = check_document(Document(tuple(items)), _beside(texts), memory)
    return Reading(tuple(sources), checked, tree, problems)


def check_document(
    document: Document, beside: Beside, memory: Memory
) -> tuple[Checked | None, RuleTree | None, tuple[Finding, ...]]:
    """A set that was parsed without a finding: neither of the two is there beside an error."""
    checked, problems = check.check(document, beside, memory.checked)
    if checked is None:
        return None, None, problems
    tree, more = lowering.build(checked, memory.lowered)
    return checked if tree else None, tree, sorted_findings((*problems, *more))


def _is_data(name: str) -> bool:
    return name.endswith(".json")


def _beside(texts: Mapping[str, str] | None) -> Beside:
    """Where the files are that a policy names: in its folder, or among the texts handed in."""
    if texts is None:
        return read_beside
    data = {name: text.encode() for name, text in texts.items() if _is_data(name)}
    return lambda _file, name: data.get(name)


def _parsed_before(source: Source, memory: Memory) -> Parsed:
    known = memory.parsed.get((source.file, source.text))
    return parsed(source) if known is None else known


def parsed(source: Source) -> Parsed:
    """Parse a source, or take what an unchanged one was parsed into."""
    key = (source.file, source.text)
    with _parsed_lock:
        known: Parsed | None = _parsed.get(key)
    if known is None:
        known = parse(source)
        with _parsed_lock:
            _parsed[key] = known
    return known
