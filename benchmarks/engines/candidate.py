"""What every engine is asked for, and what it hands back."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from benchmarks.scenarios import Claims, Request, Scenario


class Skipped(Exception):
    """The engine cannot take part in this scenario; says why."""


def _nothing() -> None:
    """Do nothing: the engine keeps nothing of requests."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A loaded engine. `decide(*arguments(request))` is one decision, of which the call alone is timed.

    `allowed` reads the answer. `forget` drops what the engine keeps of single requests and tokens;
    `restart` empties all tables that fill with requests, where there are any; `open_all` makes ready
    what would otherwise be made ready on first use.
    """

    decide: Callable[..., Any]
    arguments: Callable[[Request], tuple[Any, ...]]
    allowed: Callable[[Any], bool] = bool
    forget: Callable[[], None] = _nothing
    open_all: Callable[[], None] = _nothing
    restart: Callable[[], None] | None = None


def token_of(claims: Claims, many: Callable[[Iterable[str]], Collection[str]] = list) -> dict[str, Any]:
    """What an engine that knows no claims is told of a token; `many` makes its scopes and roles."""
    return {
        "id": claims["sub"],
        "tenant": claims["tenant"],
        "mfa": claims.get("mfa", False),
        "scopes": many(claims["scope"].split()),
        "roles": many(claims["roles"]),
    }


class Engine(Protocol):
    """The two functions of an engine's module."""

    def source(self, scenario: Scenario, way: str) -> Any:
        """The scenario's rules in the engine's language. Raises Skipped."""

    def load(self, source: Any, way: str) -> Ready:
        """Make them ready to be asked. Raises Skipped."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A package of somebody else's: its pinned requirement, and the options it takes to install it."""

    name: str
    requirement: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine asked in one way; `about` says what it is handed."""

    name: str
    module: str
    about: str
    way: str = ""
    peer: str | None = None

    def engine(self) -> Engine:
        """Import the engine. Raises Skipped where its package is not installed."""
        try:
            return cast("Engine", import_module(f"benchmarks.engines.{self.module}"))
        except ImportError as error:
            raise Skipped(f"not installed ({error.name})") from error
