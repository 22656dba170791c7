"""Operators and functions on values, and the logic of three truths."""

import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from zoneinfo import ZoneInfo

from tests.meaning_admission import has_key
from tests.meaning_types import WEEKDAY
from tests.meaning_values import (
    EPOCH,
    MOST_DIGITS,
    MOST_EXPONENT,
    UNITS,
    Address,
    Duration,
    Grade,
    Instant,
    Lack,
    Members,
    Network,
    Table,
    Truth,
    Value,
    Zone,
    duration,
    fits,
    instant,
    same,
)

# ---- three truths


def conjunction(truths: Iterable[Truth]) -> Truth:
    seen = list(truths)
    if any(truth is False for truth in seen):
        return False
    return None if any(truth is None for truth in seen) else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    return negation(conjunction([negation(truth) for truth in truths]))


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


# ---- comparisons


def lacks(*values: Value) -> bool:
    return any(value is Lack.ERROR or value is Lack.ABSENT for value in values)


ORDERS: dict[str, Callable[[int | Decimal, int | Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(symbol: str, left: Value, right: Value) -> Truth:
    if lacks(left, right):
        return None
    if symbol == "==":
        return same(left, right)
    if symbol == "!=":
        return not same(left, right)
    return ORDERS[symbol](rank(left, right), rank(right, left))


def rank(value: Value, other: Value) -> int | Decimal:
    """Where the value stands among those of its type, which is the other's type too."""
    if type(value) is type(other):
        if isinstance(value, Instant | Duration):
            return value.microseconds
        if isinstance(value, Grade) and isinstance(other, Grade) and value.values == other.values:
            return value.values.index(value.value)
        if isinstance(value, int | Decimal) and type(value) is not bool:
            return value
    message = f"not in any order: {value!r} and {other!r}"
    raise TypeError(message)


def is_among(item: Value, collection: Value) -> Truth:
    """`item in collection`."""
    if lacks(item, collection):
        return None
    match collection:
        case Members(elements=elements):
            if any(same(item, element) or holds(element, item) for element in elements):
                return True
            return None if collection.flawed else False
        case Table():
            return has_key(collection, item)
        case _:
            return holds(collection, item)


def holds(network: Value, address: Value) -> bool:
    return isinstance(network, Network) and isinstance(address, Address) and address in network


# ---- arithmetic


def calculate(symbol: str, left: Value, right: Value) -> Value:
    if lacks(left, right):
        return Lack.ERROR
    match left, symbol, right:
        case Members(distinct=True), "-", Members():
            return difference(left, right)
        case bool(), _, _:
            pass
        case int(), "*", Duration(microseconds=size):
            return duration(left * size)
        case Duration(microseconds=size), "*", int() if type(right) is int:
            return duration(size * right)
        case Duration(microseconds=size), "+" | "-", Duration(microseconds=other):
            return duration(EXACTLY[symbol](size, other))
        case Instant(microseconds=point), "+" | "-", Duration(microseconds=size):
            return instant(EXACTLY[symbol](point, size))
        case Duration(microseconds=size), "+", Instant(microseconds=point):
            return instant(size + point)
        case Instant(microseconds=point), "-", Instant(microseconds=other):
            return duration(point - other)
        case int(), _, int() if type(right) is int:
            result = EXACTLY[symbol](left, right)
            return result if fits(result) else Lack.ERROR
        case Decimal(), _, Decimal():
            return decimals(symbol, left, right)
        case _:
            pass
    message = f"no numbers: {left!r} {symbol} {right!r}"
    raise TypeError(message)


EXACTLY: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
# Room for every result of numbers that a policy takes, so that what is too long is seen to be.
ROOM = Context(prec=10_000, traps=[Inexact, InvalidOperation, Overflow])


def decimals(symbol: str, left: Decimal, right: Decimal) -> Value:
    by = {"+": ROOM.add, "-": ROOM.subtract, "*": ROOM.multiply}
    try:
        result = by[symbol](left, right)
    except DecimalException:
        return Lack.ERROR
    _, digits, shift = result.as_tuple()
    exponent = int(shift)
    while len(digits) > MOST_DIGITS and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    fits = len(digits) <= MOST_DIGITS and -MOST_EXPONENT <= exponent <= MOST_EXPONENT
    return result if fits else Lack.ERROR


def difference(left: Members, right: Members) -> Value:
    if left.flawed or right.flawed:
        return Lack.ERROR
    kept = [e for e in left.elements if not any(same(e, other) for other in right.elements)]
    return Members(tuple(kept), distinct=True)


# ---- patterns


def like(value: Value, pattern: str) -> Truth:
    if not isinstance(value, str) or any(part in value for part in ("..", "//", "%", "\\")):
        return None
    if "." in value.split("/") or (len(value) > 1 and value[-1] == "/"):
        return None
    if any(ord(sign) < ord(" ") or ord(sign) == 127 for sign in value):
        return None
    return matches(pattern.split("/"), value.split("/"), "**", segment_matches)


def segment_matches(pattern: str, segment: str) -> bool:
    return matches(pattern, segment, "*", lambda wanted, given: wanted in ("?", given))


def matches(
    pieces: Sequence[str], parts: Sequence[str], any_run: str, fit: Callable[[str, str], bool]
) -> bool:
    """Do the pieces cover all parts, in order? `any_run` covers any number of them, or none."""
    covered = {0}
    for piece in pieces:
        if piece == any_run:
            covered = {end for start in covered for end in range(start, len(parts) + 1)}
        else:
            covered = {at + 1 for at in covered if at < len(parts) and fit(piece, parts[at])}
    return len(parts) in covered


# ---- functions


def call(function: str, arguments: Sequence[Value]) -> Value:
    if lacks(*arguments):
        return Lack.ERROR
    match function, *arguments:
        case "count", Members() as members:
            if members.flawed:
                return Lack.ERROR
            if not members.distinct:
                return len(members.elements)
            return len({(type(element), element) for element in members.elements})
        case "count", Table(entries=entries):
            return len(entries)
        case "length", str(text):
            return len(text)
        case "clock", Instant() as point, Zone() as zone:
            local = local_time(point, zone)
            return Lack.ERROR if local is None else Duration(since_midnight(local))
        case "date", Instant() as point, Zone() as zone:
            local = local_time(point, zone)
            return Lack.ERROR if local is None else f"{local:%Y-%m-%d}".rjust(10, "0")
        case "weekday", Instant() as point, Zone() as zone:
            local = local_time(point, zone)
            return (
                Lack.ERROR if local is None else Grade(WEEKDAY.values, WEEKDAY.values[local.weekday()])
            )
        case _:
            message = f"no function of these: {function}{arguments!r}"
            raise TypeError(message)


def local_time(point: Instant, zone: Zone) -> datetime | None:
    """What calendar and clock on the wall show; None beyond the years that a calendar has."""
    try:
        return (EPOCH + timedelta(microseconds=point.microseconds)).astimezone(ZoneInfo(zone.key))
    except (OverflowError, ValueError):
        return None


def since_midnight(local: datetime) -> int:
    hours, minutes = local.hour * UNITS["h"], local.minute * UNITS["m"]
    return hours + minutes + local.second * UNITS["s"] + local.microsecond
