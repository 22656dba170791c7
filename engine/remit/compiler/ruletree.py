"""A checked set as its rules: conditions in normal form, each distinct one a single object."""

import hashlib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal as OneOf

from remit.checker.checked import (
    Action,
    CheckedApi,
    Condition,
    Member,
    Obligation,
    StrongLogin,
)
from remit.spans import Span


@dataclass(frozen=True, slots=True)
class RuleReference:
    """A rule as decisions speak of it. Equal rules are one, with a span for each."""

    id: str
    effect: OneOf["permit", "forbid", "require"]
    because: str | None
    spans: tuple[Span, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class RuleNode:
    """A rule with its condition in normal form; `actions` is None for every action."""

    reference: RuleReference
    actions: tuple[str, ...] | None
    condition: Condition
    challenge: StrongLogin | None
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class BlockTree:
    """The rules of one block, sorted by identity."""

    name: str | None
    members: Mapping[str, Member]
    actions: Mapping[str, Action]
    rules: tuple[RuleNode, ...]


@dataclass(frozen=True, slots=True)
class RuleTree:
    """A whole set, its blocks by name; that of the API itself is named None.

    `actions` are the names of each block's. `said` is a hash of all that decides, the rules of time
    zones apart. `reads_actor`: whether it asks who acts for the caller; `reads_clocks`: whether anything
    depends on the rules of a time zone.
    """

    api: CheckedApi
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    blocks: Mapping[str | None, BlockTree]
    actions: Mapping[str | None, tuple[str, ...]]
    said: str
    reads_actor: bool
    reads_clocks: bool
    digest: str = field(init=False)
    """A hash of everything that decides."""

    def __post_init__(self) -> None:
        """Add the rules of time zones that are in use now to the digest."""
        digest = hash_of(self.said, zones_version() if self.reads_clocks else "")
        object.__setattr__(self, "digest", digest)


def hash_of(*parts: str) -> str:
    """A hash of texts, each with its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "backslashreplace")
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def zones_version() -> str:
    """The version of the time-zone rules in use; the empty text where none says."""
    for folder in zoneinfo.TZPATH:
        listing = Path(folder) / "tzdata.zi"
        if listing.is_file():
            with listing.open(encoding="utf-8") as lines:
                return lines.readline().strip()
    from importlib import metadata  # noqa: PLC0415  (dear to import, and seldom needed)

    try:
        return metadata.version("tzdata")
    except metadata.PackageNotFoundError:
        return ""
