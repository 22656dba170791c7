"""A value as rules read it -> text for a person, never more than a line, as policies write it."""

from datetime import datetime
from typing import Final

from remit.checker.checked import (
    DATETIME,
    DURATION,
    USER,
    Enumeration,
    MapOf,
    Scalar,
    SetOf,
    Type,
)
from remit.compiler.values import shown, user_of
from remit.decider.values import as_python

_UNITS: Final = (
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
)
_MANY: Final = 20
_LIMIT: Final = 80


def instant(microseconds: int) -> str:
    """An instant, of microseconds since the epoch; one that no calendar reaches as that number."""
    moment = as_python(microseconds, DATETIME)
    return (
        f'"{moment.isoformat()}"'.replace("+00:00", "Z") if isinstance(moment, datetime) else str(moment)
    )


def duration(microseconds: int) -> str:
    """A duration in the largest unit that divides it."""
    if not microseconds:
        return "0s"
    for unit, length in _UNITS:
        if not microseconds % length:
            return f"{microseconds // length}{unit}"
    return f"{microseconds / 1_000}ms"


def lapse(microseconds: int) -> str:
    """How long something took, in every unit that it has whole ones of, to the second."""
    left, parts = abs(microseconds), list[str]()
    for unit, length in _UNITS[1:-1]:
        count, left = divmod(left, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"


def told(value: object, type_: Type, *, one_issuer: bool) -> str:
    """A value of that type, with whatever was handed in for the elements of a list, a map or a record.

    `one_issuer`: whether users are named without their issuer.
    """
    text = _told(value, type_, one_issuer=one_issuer)
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"


def _told(value: object, type_: Type, *, one_issuer: bool) -> str:
    match type_, value:
        case Scalar() | Enumeration(), _:
            return _scalar(value, type_, one_issuer=one_issuer)
        case SetOf(element=element), frozenset():
            texts = sorted(_told(each, element, one_issuer=one_issuer) for each in value)
            return f"[{', '.join(texts[:_MANY])}]"
        case MapOf(key=key), dict() if key == USER and not one_issuer:
            pairs = [
                f"{_told(user, key, one_issuer=one_issuer)}: {shown(each)}"
                for user, each in value.items()
            ]
            return f"{{{', '.join(pairs[:_MANY])}}}"
        case _:
            return shown(value)


def listed(elements: list[object], element: Type, *, one_issuer: bool) -> str:
    """The elements of a set or a list, each as it was read."""
    texts = (_told(each, element, one_issuer=one_issuer) for each in elements[:_MANY])
    text = f"[{', '.join(texts)}]"
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"


def _scalar(value: object, type_: Type, *, one_issuer: bool) -> str:
    if type(value) is int and type_ == DATETIME:
        return instant(value)
    if type(value) is int and type_ == DURATION:
        return duration(value)
    if type(value) is str and type_ == USER and not one_issuer:
        user = user_of(value)
        return f"{shown(user['sub'])} of {user['iss']}"
    return shown(value)
