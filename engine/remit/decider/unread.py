"""A value that could not be worked out -> why, for a person who looks for what to hand in otherwise.

What was handed in is looked at once more; a claim is not at hand any longer, so it is said what it
should have been.
"""

import ipaddress
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from remit.checker.checked import (
    CIDR,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    IP,
    STRING,
    USER,
    ZONE,
    Caller,
    Element,
    Enumeration,
    Given,
    ListOf,
    Lookup,
    Member,
    Part,
    Read,
    Root,
    SetOf,
    Type,
    Value,
)
from remit.checker.checked import UUID as UUID_TYPE
from remit.checker.reads import parts_of
from remit.checker.scalars import ABSENT, ERROR
from remit.compiler.values import fetched, shown
from remit.decider.values import Values

_NOBODY_KNOWS: Final[Mapping[str, str]] = {
    "user": "the token does not say whether it is of a user",
    "self": "the token does not say of which client it is, or whether of one",
    "client": "the token names no client",
    "kind": "the token does not say whether it is of a user",
    "issuer": "there is no token",
}
_KINDS: Final[Mapping[type, str]] = {
    bool: "a bool",
    int: "an int",
    float: "a float",
    str: "a text",
    Decimal: "a decimal",
    datetime: "a datetime",
    date: "a date",
    timedelta: "a duration",
    UUID: "a uuid",
    dict: "a map",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
    frozenset: "a set",
    ipaddress.IPv4Address: "an ip",
    ipaddress.IPv6Address: "an ip",
    ipaddress.IPv4Network: "a cidr",
    ipaddress.IPv6Network: "a cidr",
}
_FORMS: Final[Mapping[Type, tuple[type, ...]]] = {
    STRING: (str,),
    INT: (int,),
    DECIMAL: (str, int, Decimal),
    DATETIME: (str, datetime),
    DURATION: (str, timedelta),
    IP: (str,),
    CIDR: (str,),
    ZONE: (str,),
    UUID_TYPE: (str,),
}
"""What may be handed in for a scalar, and yet be none of its values."""


_LIMIT: Final = 40
"""How much is shown of a map of the policy, of which one entry counts."""

CALLED: Final[Mapping[str, str]] = {"user": "sub", "self": "sub"}
"""What rules call a fact of the caller, where that is another word."""


def spelled(value: Value) -> str:
    """A path as it is written, without its value; empty for what is worked out of others."""
    match value:
        case Read(member=member):
            return str(member)
        case Element(name=name):
            return name
        case Part(of=of, member=member):
            return f"{spelled(of)}.{member.name}"
        case Lookup(of=of):
            return f"{spelled(of)}[...]"
        case Caller(what=what):
            return f"token.{CALLED.get(what, what)}"
        case Given(value=constant):
            text = shown(constant)
            return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…}}"
        case _:
            return ""


def why(value: Value, values: Values) -> str:
    """Why a value is an error."""
    match value:
        case Read(member=member):
            return _of_member(member, values)
        case Caller(what=what):
            return _NOBODY_KNOWS[what]
        case Element(type=type_):
            return _no(type_)
        case Part(of=of, member=member):
            record = values.value(of)
            if record is ERROR or record is ABSENT:
                return _of_parts((of,), values)
            return _unfit(fetched(record, member.name), member.type, values)
        case Lookup(of=of, key=key, type=type_):
            items, name = values.value(of), values.value(key)
            if type(items) is dict and type(name) is str:
                return _unfit(items.get(name), type_, values)
            return _of_parts((of, key), values)
        case _:
            return _of_parts(parts_of(value), values)


def unfit_element(value: Value, values: Values) -> str | None:
    """What is wrong with the first element of a set or a list that is of another type."""
    handed_in = values.value(value)
    if not isinstance(value.type, SetOf | ListOf) or type(handed_in) is not tuple:
        return None
    elements = values.elements(value) or ()
    for raw, each in zip(handed_in, elements, strict=False):
        if each is ERROR:
            return f"an element is {_unfit(raw, value.type.element, values)}"
    return None


def _of_parts(parts: tuple[Value, ...], values: Values) -> str:
    for part in parts:
        found = values.value(part)
        unfit = unfit_element(part, values)
        if found is ABSENT:
            unfit = "missing"
        elif found is ERROR:
            unfit = why(part, values)
        if unfit is not None:
            return ": ".join(filter(None, (spelled(part), unfit)))
    return "what comes of it is out of range"


def _of_member(member: Member, values: Values) -> str:
    if member.root is Root.TOKEN:
        what = _no(member.type)
        return what if member.optional or member.default is not None else f"missing, or {what}"
    raw = values.fetch(member)
    if member.root is Root.ACTION and (raw is None or raw is ABSENT):
        return "not handed over"
    return _unfit(raw, member.type, values)


def _unfit(raw: object, type_: Type, values: Values) -> str:
    if raw is None or raw is ABSENT:
        return "missing"
    if raw is ERROR:
        return "it could not be read"
    return misfit(raw, type_, one_issuer=values.program.readers.one_issuer)


def misfit(raw: object, type_: Type, *, one_issuer: bool) -> str:
    """What is handed in for a type that it is not of."""
    of = type(raw)  # exactly: no code of a value runs
    text: Any = raw
    if of is datetime and type_ == DATETIME and text.tzinfo is None:
        return "a datetime without a time zone"
    if of is str and type_ == DATETIME and _is_naive(text):
        return "an instant without a time zone"
    if of is str and type_ == USER and not one_issuer:
        return "a subject alone, where users are of several issuers: {iss, sub} names one"
    if of is str and isinstance(type_, Enumeration):
        return f"{shown(text)}, {_no(type_)}"
    if of is float and type_ == DECIMAL:
        return "a float, where decimal is declared: a text or a Decimal is exact"
    kind = _KINDS.get(of, f"a {of.__name__}")
    if of in _FORMS.get(type_, ()):
        return f"{kind} that is {_no(type_)}"
    return f"{kind}, where {type_} is declared"


def _no(type_: Type) -> str:
    return f"none of {' | '.join(type_.values)}" if isinstance(type_, Enumeration) else f"no {type_}"


def _is_naive(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
