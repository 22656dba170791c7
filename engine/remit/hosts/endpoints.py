"""Action, kind, loader -> Endpoint[Any]: how a service says what a request is about, in every host.

A loader is called with the route's parameters by keyword, with those that it has names for; where it has
one named `request`, it gets the framework's request there. It is a function or an async function, and
gives the resource, or None where there is none. A resource is an object of the kind's class, one of a
class of the kind's name, or a mapping; where the kind is a name, any object that has attributes. A pair
(name of the kind, such a thing) does as well, as the engine takes it.

Every host leaves `__remit__` on what it guards, a tuple of `Guarded`: on the handler; in FastAPI on the
dependency's function, in Django REST framework on the permission. So tools can list an application's.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from remit.decider.decision import Decision
from remit.decider.requests import is_resource
from remit.hosts.answers import ServiceFault
from remit.tokens.principal import Principal

_LOG = logging.getLogger("remit")

ATTRIBUTE: Final = "__remit__"
"""Where a guarded function carries its tuple of `Guarded`."""

PUBLISHED: Final = "__remit_published__"
"""What a view carries that needs no guard, for it publishes what any client may know."""

Resource = TypeVar("Resource")
View = TypeVar("View", bound=Callable[..., Any])
"""What a host guards. To type checkers it stays what it is: none can say that one keyword is gone."""

Kind = str | type | None
"""The name of a resource type, a class of that name, or None for the API itself."""

Loader = Callable[..., object]
Given = Callable[[Any], Mapping[str, object] | Awaitable[Mapping[str, object]]]
"""From the framework's request to what the engine takes as context, or as an action's parameters."""

_PAIR: Final = 2


class Guarded(NamedTuple):
    """What a guarded function does to what: as written in the policy, None for the API itself.

    `asks` is the HTTP method, or a viewset's own name for what it does, that this is said of; None: all.
    """

    action: str
    kind: str | None
    asks: str | None = None


class Route(NamedTuple):
    """One method of one path, as OpenAPI writes it, and the guards that a request has to pass, all.

    `method` is `ANY` where the application does not say, `WEBSOCKET` for one. `open_as` says why it
    needs no guard: metadata, documentation or static files; None for anything else.
    """

    method: str
    path: str
    guards: tuple[Guarded, ...] = ()
    open_as: str | None = None


@dataclass(frozen=True, slots=True)
class Access(Generic[Resource]):
    """A request that was let through: who asks (None: anybody), for what, and the decision.

    `decision.obligations` are what the handler owes.
    """

    who: Principal | None
    resource: Resource
    decision: Decision


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Resource]):
    """What a request is about. `name` is that of `kind`; `takes` is None for a loader of anything."""

    action: str
    kind: Kind
    name: str | None
    loader: Loader | None
    parameters: Given | None
    takes: frozenset[str] | None

    @property
    def is_list(self) -> bool:
        """Whether it asks for all that there are of a kind."""
        return self.kind is not None and self.loader is None

    @property
    def keyword(self) -> str:
        """By what name a handler gets what it is let through with: an `Access`, or a `Listing`."""
        return "listing" if self.is_list else "access"

    @property
    def is_async(self) -> bool:
        """Whether the loader is an async function."""
        loader = self.loader
        return inspect.iscoroutinefunction(loader) or inspect.iscoroutinefunction(
            getattr(loader, "__call__", None)  # noqa: B004  (an object may have an async one)
        )

    def arguments(self, route: Mapping[str, object], request: object) -> dict[str, object]:
        """What the loader is called with."""
        given = {"request": request, **route} if self.takes and "request" in self.takes else dict(route)
        return (
            given if self.takes is None else {name: given[name] for name in given if name in self.takes}
        )

    def resource(self, given: object) -> object:
        """What a loader gave, of a pair the second; None where there is none.

        Raises ServiceFault for what is no resource of the kind, and logs the loader's name and the type.
        """
        pair: Any = given
        is_pair = type(given) is tuple and len(pair) == _PAIR and pair[0] == self.name
        thing: object = pair[1] if is_pair else given
        if thing is None or isinstance(thing, Mapping) or self._is_of_kind(thing):
            return thing
        if inspect.iscoroutine(thing):
            thing.close()
        source = "a list"
        if self.loader is not None:
            source = f"`{getattr(self.loader, '__qualname__', type(self.loader).__qualname__)}`"
        what = f"{source} gave `{type(given).__name__}`, which is no resource of type {self.name}"
        _LOG.error("%s on %s: %s", self.action, self.name, what)
        raise ServiceFault(what)

    def _is_of_kind(self, thing: object) -> bool:
        if isinstance(self.kind, type) and not getattr(self.kind, "_is_protocol", False):
            return isinstance(thing, self.kind) or any(
                each.__name__ == self.name for each in type(thing).__mro__
            )
        return is_resource(thing)

    def put(self, resource: object) -> object:
        """The resource as the engine takes it, whatever class it is of."""
        is_own = type(resource) is self.kind and not isinstance(resource, Mapping)
        return resource if self.name is None or is_own else (self.name, resource)

    def mark(self, function: object, asks: str | None = None) -> None:
        """Leave on a function what it is guarded for."""
        marks: tuple[Guarded, ...] = getattr(function, ATTRIBUTE, ())
        setattr(function, ATTRIBUTE, (*marks, Guarded(self.action, self.name, asks)))


def endpoint(action: str, kind: Kind, loader: Loader | None, parameters: Given | None) -> Endpoint[Any]:
    """An endpoint, with what its loader takes looked up once."""
    name = kind.__name__ if isinstance(kind, type) else kind
    return Endpoint(action, kind, name, loader, parameters, None if loader is None else _names(loader))


def _names(loader: Loader) -> frozenset[str] | None:
    try:
        found = inspect.signature(loader).parameters.values()
    except (TypeError, ValueError):  # a builtin may not say
        return None
    if any(each.kind is each.VAR_KEYWORD for each in found):
        return None
    return frozenset(each.name for each in found)
