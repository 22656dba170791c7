"""What would turn a denial, as data: changes, the sets of them that are enough, and all such sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from typing import Literal as OneOf

from remit.decider.decision import plain

_GET = "get a token "
_OF_TOKEN = ("scope", "login", "token")


class Maker(StrEnum):
    """Who can make a change: the client by asking for another token, who assigns roles, ..."""

    TOKEN = "token"  # noqa: S105  (a maker's name)
    ASSIGNMENT = "assignment"
    RESOURCE = "resource"
    REQUEST = "request"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could be otherwise, and who could make it so; `text` is for people.

    `names` are the scopes, roles, permissions or acr values that it is about, or the path to a value.
    `value` is what was tried there, as a service hands it in; of a time, seconds since the epoch.
    """

    by: Maker
    what: OneOf["scope", "login", "token", "claim", "role", "permission", "value", "removal", "time"]
    text: str
    names: tuple[str, ...] = ()
    value: object = None


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes that together turn the answer, and none of which can be left out."""

    changes: tuple[Change, ...]

    @property
    def makers(self) -> tuple[Maker, ...]:
        """Who has to act for it, each once."""
        return tuple(maker for maker in Maker if any(change.by is maker for change in self.changes))

    def __str__(self) -> str:
        tokens = [c.text.removeprefix(_GET) for c in self.changes if c.text.startswith(_GET)]
        texts = [c.text for c in self.changes if not c.text.startswith(_GET)]
        if tokens:
            texts.insert(0, _GET + " and ".join(tokens))
        return ", and ".join(texts)


@dataclass(frozen=True, slots=True)
class Fixes:
    """What would turn a denial; no fixes where the request is allowed, or none of a few changes helps.

    `cut`: there may be others, for the search was ended before it had tried all. `untried`: tests that
    came out against the request, and that no change is known for.
    """

    fixes: tuple[Fix, ...]
    cut: bool = False
    untried: tuple[str, ...] = ()

    def by_makers(self) -> dict[tuple[Maker, ...], tuple[Fix, ...]]:
        """The fixes, by who has to act for them; in the order of the fixes."""
        grouped: dict[tuple[Maker, ...], tuple[Fix, ...]] = {}
        for fix in self.fixes:
            grouped[fix.makers] = (*grouped.get(fix.makers, ()), fix)
        return grouped

    def of_token(self) -> "Fixes":
        """Those that ask for another token alone: what a challenge may tell any client."""
        told = (fix for fix in self.fixes if all(change.what in _OF_TOKEN for change in fix.changes))
        return Fixes(tuple(told))

    def record(self) -> Mapping[str, Any]:
        """The fixes as plain data, for JSON."""
        return {
            "fixes": [
                [
                    {
                        "by": str(c.by),
                        "what": c.what,
                        "names": list(c.names),
                        "value": plain(c.value),
                        "text": c.text,
                    }
                    for c in fix.changes
                ]
                for fix in self.fixes
            ],
            "cut": self.cut,
            "untried": list(self.untried),
        }

    def __str__(self) -> str:
        lines: list[str] = []
        for makers, fixes in self.by_makers().items():
            lines.append(f"{' and '.join(makers)}:")
            lines += [f"- {fix}" for fix in fixes]
        lines += [f"? no change is known for: {test}" for test in self.untried]
        return "\n".join([*lines, "? there may be more"] if self.cut else lines)
