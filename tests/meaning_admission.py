"""What a service hands in -> values, each exactly of the type that the policy says."""

import ipaddress
import re
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from types import NoneType
from typing import Any, assert_never

from tests.meaning_types import Choice, Keyed, Many, Scalar, Shape, Type
from tests.meaning_values import (
    EPOCH,
    MOST_DIGITS,
    MOST_EXPONENT,
    UNITS,
    Client,
    Grade,
    Lack,
    Members,
    Record,
    Source,
    Table,
    User,
    Uuid,
    Value,
    Zone,
    duration,
    fits,
    from_seconds,
    instant,
)

MOST_ELEMENTS = 100_000

# What is no object with members, whatever class is derived from it.
PLAIN = (
    *(NoneType, str, bytes, bytearray, bool, int, float, complex, Decimal),
    *(list, tuple, set, frozenset, dict, date, time, timedelta, tzinfo, uuid.UUID),
    *(IPv4Address, IPv6Address, IPv4Network, IPv6Network),
)


def admit(expected: Type, raw: Any, source: Source) -> Value:  # noqa: ANN401  (what a service hands in)
    """The value as the policy sees it, or an error where its type is not exactly what it says."""
    if issubclass(type(raw), Enum) and (isinstance(expected, Choice) or expected in TAKES_ENUMS):
        raw = raw.value
    match expected:
        case Scalar(name="user"):
            return user(raw, source)
        case Scalar(name="datetime") if source.token and type(raw) in (int, float):
            return from_seconds(raw)
        case Scalar(name=name):
            return SCALARS[name](raw)
        case Choice(values=values, ordered=ordered):
            if type(raw) is not str or raw not in values:
                return Lack.ERROR
            return Grade(values, raw) if ordered else raw
        case Many(element=element, distinct=distinct):
            if type(raw) not in ((list, tuple, set, frozenset) if distinct else (list, tuple)):
                return Lack.ERROR
            if len(raw) > MOST_ELEMENTS:
                return Lack.ERROR
            return Members(tuple(admit(element, item, source) for item in raw), distinct)
        case Keyed():
            return table(expected, raw, source)
        case Shape():
            is_record = type(raw) is dict or not issubclass(type(raw), PLAIN)
            return Record(expected, raw, source) if is_record else Lack.ERROR
        case _:
            assert_never(expected)


TAKES_ENUMS = (Scalar("string"), Scalar("int"))


def user(raw: Any, source: Source) -> Value:  # noqa: ANN401  (as in `admit`)
    if len(source.issuers) <= 1:
        return User("".join(source.issuers), raw) if type(raw) is str else Lack.ERROR
    if type(raw) is dict and len(raw) == 2:
        if any(type(key) is not str or key not in ("iss", "sub") for key in raw):
            return Lack.ERROR
        raw = (raw["iss"], raw["sub"])
    return User(*raw) if is_pair(raw) else Lack.ERROR


def is_pair(raw: Any) -> bool:  # noqa: ANN401  (as in `admit`)
    return type(raw) is tuple and len(raw) == 2 and all(type(part) is str for part in raw)


def table(expected: Keyed, raw: Any, source: Source) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is not dict or len(raw) > MOST_ELEMENTS:
        return Lack.ERROR
    pairs = expected.key == Scalar("user") and len(source.issuers) > 1
    if not all(is_pair(key) if pairs else type(key) is str for key in raw):
        return Lack.ERROR
    return Table(expected, raw, source)


def text(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    return raw if type(raw) is str else Lack.ERROR


def truth(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    return raw if type(raw) is bool else Lack.ERROR


def integer(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    return raw if type(raw) is int and fits(raw) else Lack.ERROR


def decimal(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is str and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", raw):
        raw = Decimal(raw)
    if type(raw) is int and abs(raw) < 10**MOST_DIGITS:
        raw = Decimal(raw)
    if type(raw) is not Decimal or not raw.is_finite():
        return Lack.ERROR
    _, digits, exponent = raw.as_tuple()
    if len(digits) > MOST_DIGITS or not -MOST_EXPONENT <= int(exponent) <= MOST_EXPONENT:
        return Lack.ERROR
    return raw


def point_in_time(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is str:
        if len(raw) < 16 or not ("T" in raw or " " in raw):
            return Lack.ERROR
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            return Lack.ERROR
    if type(raw) is not datetime:
        return Lack.ERROR
    try:
        return (
            Lack.ERROR
            if raw.utcoffset() is None
            else instant((raw - EPOCH) // timedelta(microseconds=1))
        )
    except Exception:  # noqa: BLE001  (a service's own time zone may do anything)
        return Lack.ERROR


def span_of_time(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is timedelta:
        return duration(raw // timedelta(microseconds=1))
    written = re.fullmatch("([0-9]+)(ms|s|m|h|d|w)", raw) if type(raw) is str else None
    if written is None or len(written[1].lstrip("0")) > 20:
        return Lack.ERROR
    return duration(int(written[1].lstrip("0") or "0") * UNITS[written[2]])


def address(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is str:
        try:
            raw = ipaddress.ip_address(raw)
        except ValueError:
            return Lack.ERROR
    if type(raw) is IPv4Address:
        return raw
    if type(raw) is IPv6Address and raw.scope_id is None:
        return raw.ipv4_mapped or raw
    return Lack.ERROR


def network(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is str:
        length = raw.partition("/")[2]
        if not (length.isascii() and length.isdigit()) or (length[0] == "0" and length != "0"):
            return Lack.ERROR
        try:
            raw = ipaddress.ip_network(raw)
        except ValueError:
            return Lack.ERROR
    if type(raw) is IPv4Network:
        return raw
    if type(raw) is IPv6Network and raw.network_address.scope_id is None:
        inner = raw.network_address.ipv4_mapped if raw.prefixlen >= 96 else None
        return raw if inner is None else IPv4Network((inner, raw.prefixlen - 96))
    return Lack.ERROR


def zone(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is not str:
        return Lack.ERROR
    try:
        zoneinfo.ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        return Lack.ERROR
    return Zone(raw)


def universal_id(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    if type(raw) is uuid.UUID:
        raw = str(raw)
    if type(raw) is str and re.fullmatch("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", raw):
        return Uuid(raw.lower())
    return Lack.ERROR


def client(raw: Any) -> Value:  # noqa: ANN401  (as in `admit`)
    return Client(raw) if type(raw) is str else Lack.ERROR


SCALARS: Mapping[str, Callable[[Any], Value]] = {
    "string": text,
    "bool": truth,
    "int": integer,
    "decimal": decimal,
    "datetime": point_in_time,
    "duration": span_of_time,
    "ip": address,
    "cidr": network,
    "zone": zone,
    "uuid": universal_id,
    "client": client,
}


# ---- inside records and maps


def part_of(record: Record, name: str) -> Value:
    part = record.type.part(name)
    if type(record.raw) is dict:
        if any(type(key) is not str for key in record.raw):
            return Lack.ERROR
        raw = record.raw.get(name)
    else:
        try:
            raw = getattr(record.raw, name, None)
        except Exception:  # noqa: BLE001  (a service's own property may raise anything)
            return Lack.ERROR
    if raw is None:
        return Lack.ABSENT if part.optional else Lack.ERROR
    return admit(part.type, raw, record.source)


def entry_of(map_: Table, key: Value) -> Value:
    """The value under a key; absent where there is none."""
    raw = map_.entries.get(key_of(map_, key))
    return Lack.ABSENT if raw is None else admit(map_.type.value, raw, map_.source)


def has_key(map_: Table, key: Value) -> bool:
    return map_.entries.get(key_of(map_, key)) is not None


def key_of(map_: Table, key: Value) -> object:
    """The key as it is written in the map; nobody has no entry."""
    match key:
        case str():
            return key
        case Grade(value=value):
            return value
        case Client(id=id_):
            return id_
        case User(issuer=issuer, subject=subject):
            return (issuer, subject) if len(map_.source.issuers) > 1 else subject
        case Lack.NOBODY:
            return None
        case _:
            message = f"no key: {key!r}"
            raise TypeError(message)


def keys_of(map_: Table) -> Members:
    return Members(tuple(admit(map_.type.key, key, map_.source) for key in map_.entries), distinct=True)
