"""What is asked about -> the kind of resource, and the thing whose members are read."""

from collections.abc import Awaitable, Iterator, Mapping
from numbers import Number
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any, Final, NamedTuple

from remit.compiler.values import NO_RECORDS
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


_AS_OBJECT: Final = object()
"""Beside a type's name: the members of what the pair holds are attributes."""

_ROUTINES = (
    *(FunctionType, BuiltinFunctionType, MethodType, MethodWrapperType),
    *(WrapperDescriptorType, MethodDescriptorType, ClassMethodDescriptorType),
)
_NO_RESOURCES = (*NO_RECORDS, Number, type, BaseException, Awaitable, Iterator, *_ROUTINES)


def kind_of(resource: object) -> tuple[object, object]:
    """What the doors are kept under, and the thing whose members are read."""
    if type(resource) is tuple:
        pair: tuple[object, ...] = resource
        if len(pair) != _PAIR:
            raise Undecidable("a resource given as a tuple is (type name, mapping or object)")
        name, thing = pair
        return (name, thing) if type(name) is str and type(thing) is dict else indirect(name, thing)
    return type(resource), resource


def indirect(name: object, thing: object) -> tuple[object, object]:
    """The same, of a pair that is not a str and a dict."""
    if not isinstance(name, str):
        raise Undecidable("the name of a resource type is a str")
    plain = str.__str__(name)
    if issubclass(type(thing), Mapping):
        items: Any = thing
        return plain, dict(items)
    if not is_resource(thing):
        raise Undecidable(f"a {type(thing).__name__} is no resource")
    return as_object(plain), thing


def is_resource(thing: object) -> bool:
    """Whether an object can have members: a named tuple can, a value, a list or a coroutine cannot.

    Of what has none, None above all, nothing could be read, and rules that read nothing would be met.
    """
    of = type(thing)
    return not issubclass(of, _NO_RESOURCES) or hasattr(of, "_fields")


def by_name(kind: str | type | None) -> object:
    """What the doors are kept under for mappings of a kind; for None, the API itself."""
    if kind is None:
        return type(None)
    return kind.__name__ if isinstance(kind, type) else str.__str__(kind)


def as_object(name: str) -> object:
    """What the doors are kept under for objects that a type's name is given with."""
    return name, _AS_OBJECT


def type_name(kind: object) -> tuple[str | None, bool]:
    """The policy's name for a kind of resource, and whether its members are read as items."""
    if type(kind) is str:
        return kind, True
    if kind is type(None):
        return None, True
    if type(kind) is tuple:
        return kind[0], False
    assert isinstance(kind, type), "the kinds that `kind_of` and `by_name` make are these"
    if issubclass(kind, Mapping):
        raise Undecidable(
            f"a mapping goes in as a pair with its type's name: a {kind.__name__} does not"
        )
    return kind.__name__, False


def as_dict(context: Context) -> dict[str, object]:
    """What was given beside the resource, as functions read it."""
    if context is None:
        return NOTHING_GIVEN
    return context if type(context) is dict else dict(context)
