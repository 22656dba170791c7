"""One claim -> its value, or what is wrong with it.

Types are tested by `type(x) is`: no code of a claim's value runs, and none passes for another. A size is
looked at before anything in it.
"""

import math
from collections.abc import Mapping
from typing import Final

from remit.tokens import findings

Claims = Mapping[str, object]
Path = tuple[str, ...]
"""Where something stands in the claims, step by step."""

MAX_NAMES = 10_000
"""Scopes, roles or permissions in one claim."""
MAX_TEXT = 65_536
"""Code points of such a claim as a string, or of one string in it."""

MISSING: Final = object()
BROKEN: Final = object()


class Invalid(Exception):
    """The token is not valid for this API."""


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


def instant(claims: Claims, claim: str) -> float:
    """A NumericDate (RFC 7519, section 2) in seconds since the epoch. Raises Invalid."""
    value = claims.get(claim)
    if value is None:
        raise Invalid(findings.missing(claim))
    if type(value) is int:
        if value >= 0:
            return value
    elif type(value) is float and math.isfinite(value) and value >= 0:
        return value
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


def words(claims: Claims, path: Path, *, strings: bool, lists: bool) -> tuple[str, ...] | None:
    """The scopes at `path`: a string split on U+0020 alone (RFC 6749, section 3.3), or a list.

    None where it is not there. Raises Invalid for the form that is not allowed, and for any other.
    """
    value = at(claims, path)
    if strings and type(value) is str:
        if len(value) > MAX_TEXT or value.count(" ") >= MAX_NAMES:
            raise Invalid(findings.too_large(written(path)))
        return tuple(word for word in value.split(" ") if word)
    if value is not MISSING and not lists:
        raise Invalid(findings.wrong_type(written(path)))
    return names(claims, path, objects=False)


def names(claims: Claims, path: Path, *, objects: bool) -> tuple[str, ...] | None:
    """The names in the list at `path`; None where it is not there. Raises Invalid.

    `objects`: an item may be an object with its name under `value` (RFC 7643, section 2.4).
    """
    value = at(claims, path)
    if value is MISSING:
        return None
    if type(value) is not list:
        raise Invalid(findings.wrong_type(written(path)))
    if len(value) > MAX_NAMES:
        raise Invalid(findings.too_large(written(path)))
    found: list[str] = []
    for each in tuple(value):
        item: object = each
        if objects and type(item) is dict:
            item = item.get("value")
        if type(item) is not str:
            raise Invalid(findings.wrong_type(written(path)))
        if len(item) > MAX_TEXT:
            raise Invalid(findings.too_large(written(path)))
        found.append(item)
    return tuple(found)


def written(path: Path) -> str:
    """A path as it is shown."""
    return ".".join(path)
