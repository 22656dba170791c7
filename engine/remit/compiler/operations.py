"""What operators and functions come to, on values that have been read: a value, or ERROR.

A test comes to True, False or None, which stands for an error.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal, DecimalException
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from remit.checker.checked import WEEKDAY, Enumeration, Kind, Scalar, Type
from remit.checker.patterns import matches, suspicion
from remit.checker.scalars import (
    ABSENT,
    ARITHMETIC,
    EPOCH,
    ERROR,
    MICROSECOND,
    NOBODY,
    Sentinel,
    in_range,
    short_decimal,
    zone_named,
)

Truth = bool | None
Operation = Callable[[Any, Any], object]


# ---- tests


def equal(left: object, right: object) -> Truth:
    """Two values of one type; nobody equals nobody."""
    if left is ERROR or left is ABSENT or right is ERROR or right is ABSENT:
        return None
    return left is not NOBODY and right is not NOBODY and left == right


def less(left: Any, right: Any, or_equal: bool) -> Truth:  # noqa: ANN401  (of any type with an order)
    """`left < right`, or `<=`."""
    if type(left) is Sentinel or type(right) is Sentinel:
        return None
    return bool(left <= right if or_equal else left < right)


def ranks(type_: Enumeration) -> Callable[[object], object]:
    """The function from a value of an ordered enum to its place in the order."""
    places = {value: place for place, value in enumerate(type_.values)}
    return lambda value: places.get(value, ERROR) if type(value) is str else ERROR


def has_key(items: object, key: object) -> Truth:
    """Whether a map has a value under a key."""
    if type(items) is not dict or type(key) is not str:
        # A client asked about as a user is under no key.
        return False if type(items) is dict and key is NOBODY else None
    return items.get(key) is not None


def within(networks: object, address: Any) -> Truth:  # noqa: ANN401  (an address, or a mark)
    """Whether an address is in a network."""
    if type(networks) is Sentinel or type(address) is Sentinel:
        return None
    network: Any = networks
    return address in network


def within_some(networks: list[object] | None, address: object) -> Truth:
    """Whether an address is in one of several networks."""
    if networks is None or type(address) is Sentinel:
        return None
    truths = {within(network, address) for network in networks}
    return True if True in truths else None if None in truths else False


def like(value: object, pattern: str) -> Truth:
    """Whether a text matches a pattern; an error where it may mean another path than it spells."""
    if type(value) is not str or suspicion(value) is not None:
        return None
    return matches(pattern, value)


def present(value: object) -> Truth:
    """Whether there is something where something may be."""
    return None if value is ERROR else value is not ABSENT


def known(value: object) -> bool:
    """Whether there is a value, of its type."""
    return value is not ERROR and value is not ABSENT


def some(elements: list[object] | None, holds: Callable[[object], object]) -> bool:
    """Whether one of the elements holds; not where the collection is an error."""
    return elements is not None and any(map(holds, elements))


def every(elements: list[object] | None, holds: Callable[[object], object]) -> bool:
    """Whether each of the elements holds; not where the collection is an error."""
    return elements is not None and all(map(holds, elements))


def strong_login(
    binding: Any,  # noqa: ANN401  (a Binding, of a later room)
    acr: frozenset[str],
    max_age: int | None,
    now: object,
) -> bool:
    """RFC 9470: the login was of one of these kinds, and is no older. What is not shown is not so."""
    if acr and binding.entitlement.acr not in acr:
        return False
    if max_age is None:
        return True
    return type(binding.auth_time) is int and type(now) is int and now - binding.auth_time <= max_age


# ---- values


def fallback(value: object, other: object) -> object:
    """`value ?? other`."""
    return other if value is ABSENT else value


def _ints(operation: Operation) -> Operation:
    def calculate(left: Any, right: Any) -> object:  # noqa: ANN401  (numbers, or marks)
        if type(left) is Sentinel or type(right) is Sentinel:
            return ERROR
        return in_range(operation(left, right))

    return calculate


def _decimals(operation: Operation) -> Operation:
    def calculate(left: Any, right: Any) -> object:  # noqa: ANN401  (as above)
        if type(left) is Sentinel or type(right) is Sentinel:
            return ERROR
        try:
            return short_decimal(operation(left, right))
        except DecimalException:
            return ERROR

    return calculate


_INT: Final[dict[str, Operation]] = {
    "+": _ints(lambda left, right: left + right),
    "-": _ints(lambda left, right: left - right),
    "*": _ints(lambda left, right: left * right),
}
_DECIMAL: Final[dict[str, Operation]] = {
    "+": _decimals(ARITHMETIC.add),
    "-": _decimals(ARITHMETIC.subtract),
    "*": _decimals(ARITHMETIC.multiply),
}


def calculation(operator: str, type_: Type) -> Operation:
    """The operation of an operator whose result has this type, sets apart."""
    return (_DECIMAL if type_ == Scalar(Kind.DECIMAL) else _INT)[operator]


def difference(left: list[object] | None, right: list[object] | None) -> object:
    """The values of one set that are not in another; of elements that have been read."""
    if left is None or right is None or _some_erred(left) or _some_erred(right):
        return ERROR
    if not _is_forgeable(left):
        return frozenset(left) - frozenset(right)
    out = {_spelled(each) for each in right}
    # As a tuple its elements are read again, which changes nothing in values of these types.
    return tuple(each for each in distinct(left) if _spelled(each) not in out)


def several(*items: object) -> object:
    """A set of values; nobody is no member of it."""
    if any(item is ERROR or item is ABSENT for item in items):
        return ERROR
    return frozenset(item for item in items if item is not NOBODY)


def distinct(elements: list[object]) -> Collection[object]:
    """The different values among elements that have been read, all of one type."""
    if _is_forgeable(elements):
        return {_spelled(each): each for each in elements}.values()
    return frozenset(elements)


def _is_forgeable(elements: list[object]) -> bool:
    """Whether anybody can find as many values of one hash as they like: then all would be compared."""
    return bool(elements) and type(elements[0]) in _FORGEABLE


def _spelled(value: object) -> str:
    """A text that is equal for equal values; the hashes of texts are not to be foreseen."""
    if type(value) is Decimal:
        value = ARITHMETIC.normalize(ARITHMETIC.plus(value))  # there is -0, and it equals 0
    return str(value)


_FORGEABLE: Final = (Decimal, IPv4Network, IPv6Network)


def _some_erred(elements: Iterable[object]) -> bool:
    # By identity: an element may be an object of the service's own, with an `==` of its own.
    return any(element is ERROR for element in elements)


def count_set(elements: list[object] | None) -> object:
    """How many different values a set has; of elements that have been read."""
    return ERROR if elements is None or _some_erred(elements) else len(distinct(elements))


def count_list(elements: list[object] | None) -> object:
    """How many elements a list has; of elements that have been read."""
    return ERROR if elements is None or _some_erred(elements) else len(elements)


def count_map(items: object) -> object:
    """How many entries a map has."""
    return len(items) if type(items) is dict else ERROR


def length(text: object) -> object:
    """How many code points a text has."""
    return len(text) if type(text) is str else ERROR


def clock(at: object, zone: object) -> object:
    """The time of day there, as the time since midnight by the clock on the wall."""
    local = _local(at, zone)
    if local is None:
        return ERROR
    since = timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    return since // MICROSECOND


def date(at: object, zone: object) -> object:
    """The day in the calendar there, as `2026-11-23`."""
    local = _local(at, zone)
    return ERROR if local is None else local.date().isoformat()


def weekday(at: object, zone: object) -> object:
    """The day of the week there."""
    local = _local(at, zone)
    return ERROR if local is None else WEEKDAY.values[local.weekday()]


def _local(at: object, zone: object) -> datetime | None:
    rules = zone_named(zone) if type(zone) is str else None
    if type(at) is not int or rules is None:
        return None
    try:
        return (EPOCH + timedelta(microseconds=at)).astimezone(rules)
    except OverflowError:
        return None
