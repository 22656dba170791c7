"""One claim -> its value, or what is wrong with it.

Types are tested by `type(x) is`: no code of a claim's value runs, and none passes for another. A size is
looked at before anything in it.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

from remit.checker.scalars import ABSENT, ERROR, Reader, Sentinel
from remit.tokens import findings

Claims = Mapping[str, object]
Path = tuple[str, ...]
"""Where something stands in the claims, step by step."""

MAX_NAMES = 10_000
"""Scopes, roles or permissions in one claim."""
MAX_TEXT = 65_536
"""Code points of such a claim as a string, or of one string in it."""

MAX_REMEMBERED = 256
"""Names in a list that is remembered with what it came to."""

_CONTAINERS: Final = frozenset((dict, list, tuple, set))
_EXACT: Final = 2**53  # all smaller ints are floats as well

MISSING: Final = Sentinel("missing")
BROKEN: Final = Sentinel("broken")
OTHER: Final = Sentinel("other")


class Invalid(Exception):
    """The token is not valid for this API."""


def snapshot(claims: dict[str, object]) -> dict[str, object]:
    """A copy that shares nothing with the claims which could still be changed there.

    Of JSON's types, that is; what else there is is read by no rule.
    """
    copy = claims.copy()
    for name, value in copy.items():
        if type(value) in _CONTAINERS:
            copy[name] = _copied(value)
    return copy


def _copied(value: object) -> object:
    if type(value) is dict:
        return snapshot(value)
    if type(value) is list:
        items: list[object] = value.copy()
        if _CONTAINERS.isdisjoint(map(type, items)):
            return items
        return [_copied(each) for each in items]
    if type(value) is tuple:
        return tuple(map(_copied, value))
    return value.copy() if type(value) is set else value


def at(claims: Claims, path: Path) -> object:
    """What stands at `path`.

    MISSING where a step is not there, or nothing (null) stands in its way; BROKEN where something that
    has no members stands in its way.
    """
    value: object = claims
    for depth, step in enumerate(path):
        if depth:
            if value is None:
                return MISSING
            if type(value) is not dict:
                return BROKEN
            value = value.get(step, MISSING)
        else:
            value = claims.get(step, MISSING)
        if value is MISSING:
            return MISSING
    return value


def declared(path: Path, normal: Reader, plain: type | None) -> Callable[[Claims], object]:
    """The function that finds a declared claim and reads it with `normal`.

    Values of the type `plain` need no reading. ABSENT is read where it is not there, ERROR is what it is
    where nothing can be there.
    """
    first, *more = path
    absent = normal(ABSENT)

    def find_at_once(claims: Claims) -> object:
        value = claims.get(first, MISSING)
        if type(value) is plain:
            return value
        return absent if value is MISSING else normal(value)

    def find(claims: Claims) -> object:
        value = at(claims, path)
        if value is BROKEN:
            return ERROR
        return absent if value is MISSING else normal(value)

    return find if more else find_at_once


def instant(claims: Claims, claim: str) -> float:
    """A NumericDate (RFC 7519, section 2) in seconds since the epoch. Raises Invalid.

    A float wherever that is the same number: two floats compare faster than an int and a float.
    """
    value = claims.get(claim)
    if type(value) is int:
        if value >= 0:
            return float(value) if value <= _EXACT else value
    elif type(value) is float and math.isfinite(value) and value >= 0:
        return value
    elif value is None:
        raise Invalid(findings.missing(claim))
    raise Invalid(findings.wrong_type(claim))


def text(claims: Claims, claim: str) -> str | None:
    """A claim that is a string; None where it is anything else, or not there."""
    value = claims.get(claim)
    return value if type(value) is str else None


def optional_text(claims: Claims, path: Path) -> str | None:
    """The string at `path`, None where it is not there. Raises Invalid where it is something else."""
    value = at(claims, path)
    if value is MISSING:
        return None
    if type(value) is not str:
        raise Invalid(findings.wrong_type(written(path)))
    return value


Found = str | tuple[str, ...] | list[object] | Sentinel
"""Where names were looked for: a string, a list as a tuple of strings, MISSING, OTHER for what cannot
hold names; a list as it is where there is more in it than is worth remembering, or something else."""


def finder(path: Path) -> Callable[[Claims], Found]:
    """The function that finds what names are read from; an empty path leads nowhere."""
    first, *more = path or ("",)

    def find(claims: Claims) -> Found:
        value = at(claims, path) if more else claims.get(first, MISSING)
        if type(value) is str:
            return value
        if type(value) is not list:
            return MISSING if value is MISSING else OTHER
        if len(value) > MAX_REMEMBERED:
            return value
        snapshot = tuple(value)
        for each in snapshot:
            if type(each) is not str:
                return value
        return snapshot

    return find if path else lambda _: MISSING


def words(found: Found, path: Path, *, strings: bool, lists: bool) -> tuple[str, ...] | None:
    """The scopes in what was found: a string split on U+0020 alone (RFC 6749, section 3.3), or a list.

    None where nothing is there. Raises Invalid for the form that is not allowed, and for any other.
    """
    if strings and type(found) is str:
        if len(found) > MAX_TEXT or found.count(" ") >= MAX_NAMES:
            raise Invalid(findings.too_large(written(path)))
        return tuple(word for word in found.split(" ") if word)
    if found is not MISSING and not lists:
        raise Invalid(findings.wrong_type(written(path)))
    return names(found, path, objects=False)


def names(found: Found, path: Path, *, objects: bool) -> tuple[str, ...] | None:
    """The names in the list that was found; None where nothing is there. Raises Invalid.

    `objects`: an item may be an object with its name under `value` (RFC 7643, section 2.4).
    """
    if found is MISSING:
        return None
    if type(found) is not list and type(found) is not tuple:
        raise Invalid(findings.wrong_type(written(path)))
    if len(found) > MAX_NAMES:
        raise Invalid(findings.too_large(written(path)))
    several: list[str] = []
    for each in tuple(found):
        item: object = each
        if objects and type(item) is dict:
            item = item.get("value")
        if type(item) is not str:
            raise Invalid(findings.wrong_type(written(path)))
        if len(item) > MAX_TEXT:
            raise Invalid(findings.too_large(written(path)))
        several.append(item)
    return tuple(several)


def written(path: Path) -> str:
    """A path as it is shown."""
    return ".".join(path)
