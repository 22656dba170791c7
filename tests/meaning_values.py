"""The values that conditions speak of, and what may stand where no value is.

A value is one of Python's own str, bool, int or Decimal, an address or a network, one of the classes
below, or a `Lack`. Sets and lists hold their elements as values; records and maps stay as they were
handed in, and their members become values when they are read.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tests.meaning_types import Keyed, Shape

Truth = bool | None
"""True, false or (`None`) an error."""

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DIGITS = 34
MOST_EXPONENT = 1000
UNITS = {"ms": 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
UNITS |= {"d": 24 * UNITS["h"], "w": 7 * 24 * UNITS["h"]}


class Lack(Enum):
    """What a reading may come to instead of a value."""

    ABSENT = auto()
    ERROR = auto()
    NOBODY = auto()  # the user of a token that has none: equal to no user, as no client of none


@dataclass(frozen=True)
class Instant:
    """A datetime: microseconds since 1970 in UTC."""

    microseconds: int


@dataclass(frozen=True)
class Duration:
    """So many microseconds."""

    microseconds: int


@dataclass(frozen=True)
class Zone:
    """A time zone that there is."""

    key: str


@dataclass(frozen=True)
class Uuid:
    """A UUID in its usual spelling, in lower case."""

    text: str


@dataclass(frozen=True)
class User:
    """A user of one issuer."""

    issuer: str
    subject: str


@dataclass(frozen=True)
class Client:
    """An application; never equal to a user."""

    id: str


@dataclass(frozen=True)
class Grade:
    """A value of an ordered enum, with all values of that enum."""

    values: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Members:
    """A set (`distinct`) or a list; an element that is ill-typed is an error in its place."""

    elements: "tuple[Value, ...]"
    distinct: bool

    @property
    def flawed(self) -> bool:
        return Lack.ERROR in self.elements


@dataclass(frozen=True)
class Source:
    """How values are handed in: who the trusted issuers are, and is it a token that speaks?"""

    issuers: tuple[str, ...]
    token: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """A map as it was handed in: its keys are strings, or pairs of them."""

    type: Keyed
    entries: dict[object, object]
    source: Source


@dataclass(frozen=True, eq=False)
class Record:
    """A record as it was handed in: a dict, or an object."""

    type: Shape
    raw: object
    source: Source


Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Known = (
    str
    | bool
    | int
    | Decimal
    | Instant
    | Duration
    | Address
    | Network
    | Zone
    | Uuid
    | User
    | Client
    | Grade
)
Value = Known | Members | Table | Record | Lack


def same(left: object, right: object) -> bool:
    """Typed equality: `1`, `true`, `1.0` and `"1"` are four values, and nobody is nobody's equal."""
    return type(left) is type(right) and not isinstance(left, Lack) and left == right


def fits(number: int) -> bool:
    return -(2**63) <= number < 2**63


def instant(microseconds: int) -> Instant | Lack:
    return Instant(microseconds) if fits(microseconds) else Lack.ERROR


def duration(microseconds: int) -> Duration | Lack:
    return Duration(microseconds) if fits(microseconds) else Lack.ERROR


def from_seconds(seconds: float) -> Instant | Lack:
    """Seconds since 1970, rounded down to the microsecond."""
    if type(seconds) is int:
        return instant(seconds * SECOND)
    product = seconds * SECOND
    return instant(math.floor(product)) if math.isfinite(product) else Lack.ERROR
