"""What a service hands in for a scalar -> the value that rules compare, or ERROR.

A value has exactly one of the forms that its type takes, tested with `type(x) is`, never through
`isinstance` or `==`: so no code of the value runs, and none can pass for another. Nothing is converted
that could lose something: a float is no decimal, a number no string.

    decimal            Decimal, of at most 34 digits
    datetime, duration int, microseconds (since the epoch, UTC), within 64 bits
    ip, cidr           ipaddress's objects, IPv4 where an IPv6 address only wraps one
    uuid               str, in lower case
    the others         str, bool, int as they are
"""

import ipaddress
import math
import re
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from remit.checker.checked import Enumeration, Kind, Scalar


class Sentinel:
    """A mark that equals only itself."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Final = Sentinel("absent")
ERROR: Final = Sentinel("error")
NOBODY: Final = Sentinel("nobody")
"""A user where the caller is none, a client where it is none: equal to no other, nor to itself."""

INT_LOW, INT_HIGH = -(2**63), 2**63 - 1
MAX_DIGITS = 34
MAX_EXPONENT = 1000
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_TEXT = 100
_INSTANT_LENGTH = len("2026-11-23T12:00")
_ZONES_KEPT = 1024
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d|w)")
_UNITS = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

ARITHMETIC: Final = Context(
    prec=MAX_DIGITS,
    Emin=-10 * MAX_EXPONENT,  # beyond what two of them can come to
    Emax=10 * MAX_EXPONENT,
    traps=[Inexact, InvalidOperation],
)
"""Decimals are calculated exactly, or not at all."""

Reader = Callable[[object], object]


def _string(value: object) -> object:
    value = unwrapped(value, str)
    return value if type(value) is str else ERROR


def _bool(value: object) -> object:
    return value if type(value) is bool else ERROR


def _int(value: object) -> object:
    return in_range(unwrapped(value, int))


def in_range(value: object) -> object:
    """The int where it is one of 64 bits, ERROR for anything else."""
    return value if type(value) is int and INT_LOW <= value <= INT_HIGH else ERROR


def unwrapped(value: object, exact: type) -> object:
    """The value of a member of an Enum, as it stands there; anything else as it is."""
    if type(value) is not exact and issubclass(type(value), Enum):
        return vars(value).get("_value_", ERROR)
    return value


def _decimal(value: object) -> object:
    if type(value) is str:
        if len(value) > _MAX_TEXT or _DECIMAL.fullmatch(value) is None:
            return ERROR
        value = Decimal(value)
    elif type(value) is int:
        if not -(10**MAX_DIGITS) < value < 10**MAX_DIGITS:
            return ERROR
        value = Decimal(value)
    return short_decimal(value)


def short_decimal(value: object) -> object:
    """The Decimal where it is a number of few enough digits, ERROR for anything else."""
    if type(value) is not Decimal or not value.is_finite():
        return ERROR
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "a finite decimal has a number there"
    fits = len(digits) <= MAX_DIGITS and -MAX_EXPONENT <= exponent <= MAX_EXPONENT
    return value if fits else ERROR


@dataclass(frozen=True, slots=True)
class NumericDate:
    """A number of a token that stands for an instant (RFC 7519, section 2), marked as one."""

    seconds: float


def _datetime(value: object) -> object:
    if type(value) is NumericDate:
        return numeric_date(value.seconds)
    if type(value) is str:
        if not _INSTANT_LENGTH <= len(value) <= _MAX_TEXT or not ("T" in value or " " in value):
            return ERROR
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return ERROR
    if type(value) is not datetime:
        return ERROR
    try:
        return (value - EPOCH) // MICROSECOND if value.utcoffset() is not None else ERROR
    except Exception:  # noqa: BLE001  (the time zone of a datetime is an object of the service's own)
        return ERROR


def numeric_date(value: object) -> object:
    """A datetime of a token: as elsewhere, or a NumericDate (RFC 7519, section 2): seconds."""
    if type(value) is int:
        return in_range(value * 1_000_000)
    if type(value) is float:
        return microseconds(value)
    return _datetime(value)


def microseconds(seconds: float) -> object:
    """Seconds since the epoch as whole microseconds, rounded down; ERROR beyond 64 bits."""
    return in_range(math.floor(seconds * 1_000_000)) if math.isfinite(seconds * 1_000_000) else ERROR


def _duration(value: object) -> object:
    if type(value) is timedelta:
        return in_range(value // MICROSECOND)
    match = _DURATION.fullmatch(value) if type(value) is str and len(value) <= _MAX_TEXT else None
    if match is None:
        return ERROR
    return in_range(int(match[1]) * _UNITS[match[2]])


def _ip(value: object) -> object:
    if type(value) is str and len(value) <= _MAX_TEXT and "%" not in value:
        try:
            value = ipaddress.ip_address(value)
        except ValueError:
            return ERROR
    if type(value) is ipaddress.IPv6Address:
        return ERROR if value.scope_id is not None else value.ipv4_mapped or value
    return value if type(value) is ipaddress.IPv4Address else ERROR


_PREFIX = re.compile("0|[1-9][0-9]{0,2}")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def _cidr(value: object) -> object:
    if type(value) is str and len(value) <= _MAX_TEXT and "%" not in value:
        if not _PREFIX.fullmatch(value.partition("/")[2]):  # Python takes masks as well
            return ERROR
        try:
            value = ipaddress.ip_network(value)
        except ValueError:
            return ERROR
    if type(value) is ipaddress.IPv6Network:
        if value.prefixlen < _MAPPED.prefixlen or value.network_address not in _MAPPED:
            return value
        address = int(value.network_address) & (2**32 - 1)
        return ipaddress.IPv4Network((address, value.prefixlen - _MAPPED.prefixlen))
    return value if type(value) is ipaddress.IPv4Network else ERROR


def _zone(value: object) -> object:
    return value if type(value) is str and zone_named(value) is not None else ERROR


@lru_cache(_ZONES_KEPT)
def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of that IANA name, None where there is none."""
    try:
        return zoneinfo.ZoneInfo(name) if len(name) <= _MAX_TEXT else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _uuid(value: object) -> object:
    if type(value) is uuid.UUID:
        return str(value)
    return value.lower() if type(value) is str and _UUID.fullmatch(value) else ERROR


def _name(value: object) -> object:
    return value if type(value) is str else ERROR


READERS: Final[dict[Kind, Reader]] = {
    Kind.STRING: _string,
    Kind.BOOL: _bool,
    Kind.INT: _int,
    Kind.DECIMAL: _decimal,
    Kind.DATETIME: _datetime,
    Kind.DURATION: _duration,
    Kind.IP: _ip,
    Kind.CIDR: _cidr,
    Kind.ZONE: _zone,
    Kind.UUID: _uuid,
    Kind.USER: _name,
    Kind.CLIENT: _name,
}


def reader(type_: Scalar | Enumeration) -> Reader:
    """The function that reads values of a scalar type, users as their issuer's `sub`."""
    if isinstance(type_, Scalar):
        return READERS[type_.kind]
    domain = frozenset(type_.values)

    def read(value: object) -> object:
        text: Any = unwrapped(value, str)
        return text if type(text) is str and text in domain else ERROR

    return read
