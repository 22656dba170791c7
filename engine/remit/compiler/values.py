"""Values as the service has them -> values that rules can read.

What is read from a resource, a claim, the context or a parameter becomes one of: a value of exactly the
declared type, ABSENT where an optional member is not there, or ERROR. `remit.checker.scalars` has the
scalars. A set or a list becomes a tuple of what was handed in (a constant set a frozenset of values), a
map a dict with exact keys, a record stays what it is: their elements and members are read by the readers
here when a rule comes to them. Each attribute is read once; a dict, list or set is copied as it is read.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Final, assert_never
from uuid import UUID

from remit.checker.checked import (
    INT,
    Enumeration,
    Fallback,
    Given,
    Kind,
    ListOf,
    MapOf,
    Member,
    RecordOf,
    Root,
    Scalar,
    SetOf,
    Type,
    Value,
)
from remit.checker.reads import root_of
from remit.checker.scalars import (
    ABSENT,
    ERROR,
    NOBODY,
    READERS,
    NumericDate,
    Reader,
    Sentinel,
    numeric_date,
    reader,
)

MAX_ELEMENTS = 100_000

_LOG = logging.getLogger("remit")
_COLLECTIONS = (list, tuple, set, frozenset)
_PLAIN: Final[dict[Kind, type]] = {
    Kind.STRING: str,
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.USER: str,
    Kind.CLIENT: str,
}
_ADDRESSES = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)
NO_RECORDS = (
    *(str, bytes, bytearray, int, float, complex, Decimal, type(None), Sentinel, dict, *_COLLECTIONS),
    *(date, time, timedelta, tzinfo, UUID, *_ADDRESSES),
)
"""Types of values that have no members, whatever attributes Python gives them."""


def user_key(issuer: str, subject: str) -> str:
    """One text for a user among those of several issuers; no two users have the same."""
    return f"{len(issuer)}:{issuer}{subject}"


def user_of(key: str) -> dict[str, str]:
    """The user that `user_key` made the text for, as a service hands it in."""
    length, _, rest = key.partition(":")
    return {"iss": rest[: int(length)], "sub": rest[int(length) :]}


def _user_of_some_issuer(value: object) -> object:
    """`{"iss": ..., "sub": ...}` (RFC 9493, section 3.2.3, less its format) or (issuer, subject)."""
    if type(value) is dict and len(value) == 2:  # noqa: PLR2004  (iss and sub)
        value = value.copy()
        if any(type(key) is not str for key in value):
            return ERROR
        value = (value.get("iss"), value.get("sub"))
    if type(value) is not tuple or len(value) != 2:  # noqa: PLR2004  (likewise)
        return ERROR
    issuer, subject = value
    return user_key(issuer, subject) if type(issuer) is str and type(subject) is str else ERROR


@dataclass(frozen=True, slots=True)
class Readers:
    """How values are read in one set: whether its users are those of one issuer."""

    one_issuer: bool = True

    def plain(self, type_: Scalar | Enumeration) -> type | None:
        """The Python type whose exact values need no more reading, apart from their range."""
        if isinstance(type_, Enumeration):
            return str
        if type_.kind is Kind.USER and not self.one_issuer:
            return None
        return _PLAIN.get(type_.kind)

    def of(self, type_: Type, *, in_token: bool = False) -> Reader:
        """The function that reads what was handed in for the type; ABSENT and None are the caller's."""
        match type_:
            case Scalar(kind=Kind.USER) if not self.one_issuer:
                return _user_of_some_issuer
            case Scalar(kind=Kind.DATETIME) if in_token:
                return numeric_date
            case Scalar(kind=kind):
                return READERS[kind]
            case Enumeration():
                return reader(type_)
            case SetOf():
                return _collection
            case ListOf():
                return _listing
            case MapOf(key=Scalar(kind=Kind.USER)) if not self.one_issuer:
                return _map_of_users
            case MapOf():
                return _map
            case RecordOf():
                return _record
            case _:
                assert_never(type_)

    def element(self, type_: Type, *, in_token: bool = False) -> Reader:
        """As `of`, for an element: there None is no value."""
        read = self.of(type_, in_token=in_token)
        return lambda value: ERROR if value is None else read(value)

    def member(self, member: Member, *, in_token: bool = False) -> Reader:
        """The function from what was found for a member (ABSENT for nothing) to its value."""
        read = self.of(member.type, in_token=in_token or member.root is Root.TOKEN)
        missing: object = ABSENT if member.optional else ERROR
        if member.default is not None:
            missing = self.constant(member.default)
        return lambda value: missing if value is None or value is ABSENT else read(value)

    def constant(self, given: Given) -> object:
        """A constant as rules read it."""
        kept = isinstance(given.type, ListOf | MapOf | RecordOf)
        return self.of(given.type)(given.value) if kept else given.value


def _collection(value: object) -> object:
    if type(value) not in _COLLECTIONS:
        return ERROR
    elements: Any = value
    snapshot: tuple[object, ...] = tuple(elements)
    return snapshot if len(snapshot) <= MAX_ELEMENTS else ERROR


def _listing(value: object) -> object:
    return _collection(value) if type(value) in (list, tuple) else ERROR


def _map(value: object) -> object:
    if type(value) is not dict or len(value) > MAX_ELEMENTS:
        return ERROR
    # A key of another type may have an `__eq__` of its own, which a lookup would run.
    snapshot = value.copy()
    return snapshot if all(type(key) is str for key in snapshot) else ERROR


def _map_of_users(value: object) -> object:
    if type(value) is not dict or len(value) > MAX_ELEMENTS:
        return ERROR
    snapshot: dict[object, object] = {}
    for key, each in value.copy().items():
        user = _user_of_some_issuer(key) if type(key) is tuple else ERROR
        if user is ERROR:
            return ERROR
        snapshot[user] = each
    return snapshot


def _record(value: object) -> object:
    if type(value) is dict:
        return value.copy()
    return ERROR if issubclass(type(value), NO_RECORDS) else value


# ---- values of a token beside others


def mark_of(fallback: Fallback, side: Value) -> Reader | None:
    """What a side of `??` needs where the other is not of the token, too: its instants marked.

    In a token numbers stand for instants, elsewhere they do not; elements are read later, when nobody
    knows any more which side they came from.
    """
    sides = [root_of(each) for each in (fallback.value, fallback.other)]
    if None in sides or len({in_token(root) for root in sides}) == 1 or not in_token(root_of(side)):
        return None
    return None if isinstance(side.type, Scalar | Enumeration) else _marking(side.type)


def _marking(type_: Type) -> Reader | None:
    """The function that marks each number in place of an instant; None where the type has none."""
    match type_:
        case Scalar(kind=kind):
            return _marked if kind is Kind.DATETIME else None
        case Enumeration():
            return None
        case SetOf(element=element) | ListOf(element=element):
            of_list, each = isinstance(type_, ListOf), _marking(element)
            return each and partial(_each_marked, mark=each, of_list=of_list)
        case MapOf(value=element):
            entry = _marking(element)
            return entry and partial(_entries_marked, mark_for=lambda _: entry)
        case RecordOf(members=members):
            marks = {each.name: mark for each in members if (mark := _marking(each.type)) is not None}
            return partial(_entries_marked, mark_for=marks.get) if marks else None
        case _:
            assert_never(type_)


def _marked(value: object) -> object:
    return NumericDate(value) if type(value) is int or type(value) is float else value


def _each_marked(value: object, mark: Reader, *, of_list: bool) -> object:
    if type(value) not in ((list, tuple) if of_list else (list, tuple, set)):
        return value  # a frozenset here is a constant's; anything else is an error, now or later
    elements: Any = value
    return tuple(map(mark, elements))


def _entries_marked(value: object, mark_for: Callable[[Any], Reader | None]) -> object:
    if type(value) is not dict:
        return value
    marks = ((key, each, mark_for(key)) for key, each in value.items())
    return {key: each if mark is None else mark(each) for key, each, mark in marks}


# ---- parts of values


def part_reader(readers: Readers, member: Member, *, in_token: bool) -> Reader:
    """The function from a record to the value of one of its members."""
    normal, name = readers.member(member, in_token=in_token), member.name

    def part(record: object) -> object:
        if record is ABSENT or record is ERROR:
            return ERROR
        return normal(fetched(record, name))

    return part


def fetched(thing: object, name: str) -> object:
    """What stands under a name in a dict, or as an attribute of an object; ABSENT for nothing.

    ERROR where an accessor of the service's own raises.
    """
    try:
        if type(thing) is dict:
            items: Mapping[object, object] = thing
            return items[name] if _has_exact_keys(items) else ERROR
        return getattr(thing, name)
    except KeyError:
        return ABSENT if type(thing) is dict else unread(thing, name)
    except AttributeError:
        return missing(thing, name)
    except Exception:  # noqa: BLE001  (an accessor of the service's own may raise anything)
        return unread(thing, name)


def missing(thing: object, name: str) -> object:
    """What an AttributeError meant: no such attribute, or one that failed to be worked out."""
    return unread(thing, name) if hasattr(type(thing), name) else ABSENT


def unread(thing: object, name: str) -> object:
    """What a failing accessor of the service's own comes to; logged, for it ends as any other denial."""
    _LOG.error("%s.%s could not be read: %s", type(thing).__name__, name, type(sys.exception()).__name__)
    return ERROR


def _has_exact_keys(items: Mapping[object, object]) -> bool:
    return all(type(key) is str for key in items)


def lookup_reader(
    readers: Readers, type_: Type, *, in_token: bool
) -> Callable[[object, object], object]:
    """The function from a map and a key to the value there; ABSENT where there is none."""
    read = readers.of(type_, in_token=in_token)

    def lookup(items: object, key: object) -> object:
        if type(items) is not dict:
            return ERROR
        if type(key) is not str:
            return ABSENT if key is NOBODY else ERROR  # nobody is under no key
        value = items.get(key)
        return ABSENT if value is None else read(value)

    return lookup


def elements_reader(
    readers: Readers, type_: Type, *, in_token: bool
) -> Callable[[object], list[object] | None]:
    """The function from a set, a list or a map to what a quantifier goes through; None for an error."""
    assert isinstance(type_, SetOf | ListOf | MapOf)
    of_map = isinstance(type_, MapOf)
    single: Type = type_.key if isinstance(type_, MapOf) else type_.element
    read = readers.element(single, in_token=in_token)
    keys_are_read = of_map and single == Scalar(Kind.USER)
    plain = readers.plain(single) if isinstance(single, Scalar) and single != INT else None

    def elements(collection: object) -> list[object] | None:
        if type(collection) is frozenset:
            return list(collection)  # of values already
        if type(collection) is tuple:
            return [each if type(each) is plain else read(each) for each in collection]
        if type(collection) is dict:
            return list(collection) if keys_are_read else [read(key) for key in collection]
        return None

    return elements


Contains = Callable[[object, object], bool | None]


def contains_reader(readers: Readers, type_: Type, *, in_token: bool) -> Contains:
    """The function that says whether an item is among the elements; None for an error."""
    assert isinstance(type_, SetOf | ListOf)
    read_each = _contains_reading(readers, type_, in_token=in_token)
    element = type_.element
    exact = readers.plain(element) if isinstance(element, Scalar | Enumeration) else None
    if exact is None:
        return read_each
    domain = domain_of(element)
    is_any = exact is not int and domain is None

    def contains(collection: object, item: object) -> bool | None:
        if type(collection) is not tuple or type(item) is not exact:
            return read_each(collection, item)
        for each in collection:
            if type(each) is not exact:
                return read_each(collection, item)
            if each == item:
                return True
        return False if is_any or _in_range(collection, exact, domain) else None

    return contains


def _contains_reading(readers: Readers, type_: Type, *, in_token: bool) -> Contains:
    elements = elements_reader(readers, type_, in_token=in_token)

    def contains(collection: object, item: object) -> bool | None:
        among = elements(collection)
        if among is None or item is ERROR or item is ABSENT:
            return None
        clean = True
        for element in among:
            if element is ERROR:
                clean = False
            elif element == item:
                return True
        return False if clean else None

    return contains


def _in_range(elements: Iterable[object], exact: type, domain: frozenset[str] | None) -> bool:
    if domain is not None:
        return domain.issuperset(elements)
    numbers: Iterable[Any] = elements
    return exact is not int or all(-(2**63) <= number < 2**63 for number in numbers)


def domain_of(type_: Type) -> frozenset[str] | None:
    """The values that an enum has; None for other types."""
    return frozenset(type_.values) if isinstance(type_, Enumeration) else None


def in_token(member: Member | None) -> bool:
    """Whether a value that begins with this member comes from the token."""
    return member is not None and member.root is Root.TOKEN


def shown(value: object) -> str:
    """A value for a person to read, never more than a line; what is no plain value is a `?`."""
    text = _shown(value)
    limit = 80
    return text if len(text) <= limit else text[:limit] + "…"


def _shown(value: object) -> str:
    if type(value) in (Decimal, *_ADDRESSES):
        return str(value)
    if type(value) in _COLLECTIONS:
        elements: Any = value
        texts = [_shown(element) for element in tuple(elements)[:_MANY]]
        ordered = type(value) in (list, tuple)
        return f"[{', '.join(texts if ordered else sorted(texts))}]"
    if type(value) is dict:
        pairs = [f"{_shown(name)}: {_shown(each)}" for name, each in list(value.items())[:_MANY]]
        return f"{{{', '.join(pairs)}}}"
    return repr(value) if type(value) in (Sentinel, str, int, bool) else "?"


_MANY = 20
