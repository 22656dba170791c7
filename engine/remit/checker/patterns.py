"""What `like` takes: a pattern of segments, matched in time linear in the value for each wildcard.

Segments are parted by `/`. In a segment `*` stands for any run of characters and `?` for one; `**` is
a whole segment, and stands for any number of them, none included. There are no regular expressions
behind this, so no pattern and no value makes it slow.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial

SUSPECT = "`..`, `//`, `%`, a segment `.`, a `/` at its end, a backslash or a control character"
"""What makes a text one that may mean another path than it spells (RFC 3986, sections 2.1 and 5.2.4)."""

_CONTROL = re.compile("[\x00-\x1f\x7f]")
_KEPT = 4096


def problem_of(pattern: str) -> str | None:
    """Why this is no pattern; None where it is one."""
    if not pattern:
        return "an empty pattern matches nothing"
    sign = suspicion(pattern)
    if sign is not None:
        return f"a value with {sign} never matches, so neither may a pattern hold it"
    for segment in pattern.split("/"):
        if "**" in segment and segment != "**":
            return "`**` stands alone between two `/`"
    return None


def suspicion(value: str) -> str | None:
    """By what a value may mean another path than it spells; None where it may not."""
    if ".." in value:
        return "`..`"
    if "//" in value:
        return "`//`"
    if "%" in value:
        return "`%`"
    if "\\" in value:
        return "a backslash"
    if "/./" in f"/{value}/":
        return "a segment `.`"
    if value.endswith("/") and value != "/":
        return "a `/` at its end"
    if not value.isprintable() and _CONTROL.search(value):
        return "a control character"
    return None


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches; case counts."""
    return _matcher(pattern)(value)


@lru_cache(_KEPT)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """The function that says whether a value matches; quick where the one wildcard is at the end."""
    head = pattern.rstrip("*")
    if "*" not in head and "?" not in head:
        match pattern[len(head) :]:
            case "":
                return lambda value: value == head
            case "*":
                return lambda value: value.startswith(head) and value.find("/", len(head)) < 0
            case "**" if head.endswith("/"):
                return lambda value: value.startswith(head) or value == head[:-1]
            case _:
                pass
    return partial(_matches, tuple(pattern.split("/")))


def _matches(wanted: tuple[str, ...], value: str) -> bool:
    found = value.split("/")
    at = place = 0
    back: tuple[int, int] | None = None
    while place < len(found):
        if at < len(wanted) and wanted[at] == "**":
            at += 1
            back = (at, place)
        elif at < len(wanted) and _segment(wanted[at], found[place]):
            at, place = at + 1, place + 1
        elif back is not None:
            # The last `**` takes one segment more; an earlier one need never take more for that.
            back = (back[0], back[1] + 1)
            at, place = back
        else:
            return False
    return all(segment == "**" for segment in wanted[at:])


def _segment(pattern: str, text: str) -> bool:
    at = place = 0
    back: tuple[int, int] | None = None
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            at += 1
            back = (at, place)
        elif at < len(pattern) and pattern[at] in ("?", text[place]):
            at, place = at + 1, place + 1
        elif back is not None:
            back = (back[0], back[1] + 1)
            at, place = back
        else:
            return False
    return all(character == "*" for character in pattern[at:])
