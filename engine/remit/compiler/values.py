"""Values as the service has them -> values that rules can read.

A value read from a resource, a claim or the context becomes one of: a value of exactly the declared
type, ABSENT where an optional member is not there, or ERROR. Types are tested with `type(x) is`,
never through `isinstance` or `==`, so that no code of the value runs and none can pass for another.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final

from remit.checker.checked import Enumeration, Kind, Member, Scalar, SetOf, Type

INT_LOW, INT_HIGH = -(2**63), 2**63 - 1
MAX_ELEMENTS = 100_000


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
"""The caller as a user, where it is a client or anonymous: equal to no user."""

Normaliser = Callable[[object], object]
EXACT: dict[Kind, type] = {Kind.STRING: str, Kind.BOOL: bool, Kind.INT: int, Kind.USER: str}
_COLLECTIONS = (list, tuple, set, frozenset)


def exact_type(type_: Scalar | Enumeration) -> type:
    """The Python type that a scalar's values have."""
    return str if isinstance(type_, Enumeration) else EXACT[type_.kind]


def normaliser(member: Member) -> Normaliser:
    """The function that turns what was found for `member` (ABSENT for nothing) into its value."""
    type_, default = member.type, member.default
    missing: object = default if default is not None else ABSENT if member.optional else ERROR
    if isinstance(type_, SetOf):
        return lambda value: _collection(value, missing)
    exact = exact_type(type_)
    domain = domain_of(type_)
    unwraps = not (isinstance(type_, Scalar) and type_.kind in (Kind.USER, Kind.BOOL))
    return lambda value: _scalar(value, missing, exact, domain, unwraps=unwraps)


def _collection(value: object, missing: object) -> object:
    if value is None or value is ABSENT:
        return missing
    if type(value) not in _COLLECTIONS:
        return ERROR
    elements: Any = value
    snapshot: tuple[object, ...] = tuple(elements)
    return snapshot if len(snapshot) <= MAX_ELEMENTS else ERROR


def _scalar(
    value: object, missing: object, exact: type, domain: frozenset[str] | None, *, unwraps: bool
) -> object:
    if value is None or value is ABSENT:
        return missing
    if unwraps and type(value) is not exact and issubclass(type(value), Enum):
        value = vars(value).get("_value_", ERROR)
    if type(value) is not exact:
        return ERROR
    if domain is not None and value not in domain:
        return ERROR
    number: Any = value
    if exact is int and not INT_LOW <= number <= INT_HIGH:
        return ERROR
    return value


def contains(
    collection: object, item: object, exact: type, domain: frozenset[str] | None
) -> bool | None:
    """Whether an element equals `item`; None for an error, as for an element outside the type."""
    if type(collection) is frozenset:
        elements: Iterable[object] = tuple(collection)
    elif type(collection) is tuple:
        elements = collection
    else:
        return None
    if item is ERROR or item is ABSENT:
        return None
    clean = True
    for element in elements:
        if type(element) is not exact:
            clean = False
        elif element == item:
            return True
    return False if clean and _in_range(elements, exact, domain) else None


def _in_range(elements: Iterable[object], exact: type, domain: frozenset[str] | None) -> bool:
    if domain is not None:
        return domain.issuperset(elements)
    numbers: Iterable[Any] = elements
    return exact is not int or all(INT_LOW <= number <= INT_HIGH for number in numbers)


def domain_of(type_: Type) -> frozenset[str] | None:
    """The values that an enum has; None for other types."""
    return frozenset(type_.values) if isinstance(type_, Enumeration) else None


def shown(value: object) -> str:
    """A value for a person to read, never more than a line."""
    if isinstance(value, Sentinel):
        return repr(value)
    text = repr(value) if type(value) in (*_COLLECTIONS, str, int, bool, float) else "?"
    limit = 80
    return text if len(text) <= limit else text[:limit] + "…"
