"""What is asked about -> the kind of resource, and the thing whose members are read."""

from collections.abc import Mapping
from typing import NamedTuple

from remit.tokens.principal import Principal

_PAIR = 2
NOTHING_GIVEN: dict[str, object] = {}

Context = Mapping[str, object] | None


class Request(NamedTuple):
    """One question for `decide_many`."""

    who: Principal | None
    action: str
    resource: object
    context: Context = None
    parameters: Context = None


class Undecidable(Exception):
    """The request names nothing that the policy knows."""


class _AsObject(NamedTuple):
    """The kind of a pair (type name, object)."""

    name: str


def kind_of(resource: object) -> tuple[object, object]:
    """What the doors are kept under, and the thing whose members are read."""
    if type(resource) is tuple:
        pair: tuple[object, ...] = resource
        if len(pair) != _PAIR:
            raise Undecidable("a resource given as a tuple is (type name, mapping or object)")
        name, thing = pair
        return (name, thing) if type(thing) is dict else indirect(name, thing)
    return type(resource), resource


def indirect(name: object, thing: object) -> tuple[object, object]:
    """The same, of a pair whose thing is no dict."""
    if type(name) is not str:
        raise Undecidable("the name of a resource type is a str")
    if isinstance(thing, Mapping):
        return name, dict(thing)
    return _AsObject(name), thing


def type_name(kind: object) -> tuple[str | None, bool]:
    """The policy's name for a kind of resource, and whether its members are read as items."""
    if type(kind) is str:
        return kind, True
    if type(kind) is _AsObject:
        return kind.name, False
    if kind is type(None):
        return None, True
    if isinstance(kind, type):
        return kind.__name__, False
    raise Undecidable("the name of a resource type is a str")


def as_dict(context: Context) -> dict[str, object]:
    """What was given beside the resource, as functions read it."""
    if context is None:
        return NOTHING_GIVEN
    return context if type(context) is dict else dict(context)
