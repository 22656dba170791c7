"""The service's directory -> what it says of a user: roles, and perhaps permissions.

A directory is a mapping, a function or an async function, asked with the key (issuer, subject,
organisation): the same subject of another issuer is somebody else, and roles in one organisation are
none in another. What it says holds for a while only. One that fails, or answers in another form, leaves
the roles unknown: then permits by role do not permit, and forbids by role forbid.
"""

import inspect
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from remit.errors import ConfigurationError

_LOG = logging.getLogger("remit")

MAX_ASSIGNED = 10_000
"""Roles, or permissions, in one assignment."""

Key = tuple[str, str, str | None]
"""Issuer, subject, and the organisation that the token is for, None where it names none."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a directory says of one user.

    `roles` are the names of roles; `permissions` those of scopes, None where they follow from the roles.
    `fresh_until` is in seconds since the epoch, None for as long as the engine's `directory_freshness`
    says. Raises TypeError or ValueError for anything else, and for more than MAX_ASSIGNED names.
    """

    roles: Iterable[str]
    permissions: Iterable[str] | None = None
    fresh_until: float | None = None

    @property
    def named(self) -> tuple[object, object]:
        """Roles and permissions: all that it says but until when."""
        return self.roles, self.permissions

    def __post_init__(self) -> None:
        """Keep the names as tuples: an assignment outlives the call that it answers."""
        object.__setattr__(self, "roles", _names(self.roles))
        if self.permissions is not None:
            object.__setattr__(self, "permissions", _names(self.permissions))
        until = self.fresh_until
        if until is not None and (type(until) not in (int, float) or math.isnan(until)):
            raise TypeError("fresh_until is a number of seconds since the epoch")


def _names(names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str | bytes | Mapping):
        raise TypeError("roles and permissions are several names: a list, say")
    kept = tuple(names)
    if any(type(name) is not str for name in kept):
        raise TypeError("the name of a role or a permission is a str")
    if len(kept) > MAX_ASSIGNED:
        raise ValueError(f"more than {MAX_ASSIGNED} names")
    return kept


Source = (
    Mapping[Key, Assignment]
    | Callable[[Key], Assignment | None]
    | Callable[[Key], Awaitable[Assignment | None]]
)
"""What a service may hand in as its directory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of whom (None: nothing is known), and by which directory: no other's word it is.

    It may be relied on `until` that instant, in seconds since the epoch.
    """

    key: Key
    assignment: Assignment | None
    until: float
    directory: "Directory"


class Directory:
    """A source, and how long what it says holds by itself. Declared revised, it is another directory."""

    def __init__(
        self,
        source: Source,
        freshness: float,
        organisation: str,
        clock: Callable[[], float],
    ) -> None:
        """Keep them. `freshness` is in seconds; `organisation` names the claim that holds the key's.

        Raises ConfigurationError for what is no source, or no such time.
        """
        if not isinstance(source, Mapping) and not callable(source):
            raise ConfigurationError("a directory is a mapping, a function or an async function")
        if type(freshness) not in (int, float) or not 0 < freshness < math.inf:
            raise ConfigurationError("directory_freshness is a number of seconds above 0")
        self._source = source
        self._freshness = freshness
        self._clock = clock
        self.organisation = organisation
        call = getattr(type(source), "__call__", None)  # noqa: B004  (which one it is, not whether)
        self.is_async = inspect.iscoroutinefunction(source) or inspect.iscoroutinefunction(call)

    def revised(self) -> "Directory":
        """The same, of which earlier answers count no more."""
        return Directory(self._source, self._freshness, self.organisation, self._clock)

    def ask(self, key: Key) -> Answer:
        """What it says of `key`. Never waits: an async one is not asked, and the answer is stale."""
        if self.is_async:
            return Answer(key, None, -math.inf, self)
        source: Any = self._source
        now = self._clock()
        try:
            said = source.get(key) if isinstance(source, Mapping) else source(key)
        except Exception as error:  # noqa: BLE001  (any code may stand behind it; the roles are unknown then)
            return self._failed(key, error, now)
        return self._answer(key, said, now)

    async def ask_async(self, key: Key) -> Answer:
        """As `ask`, waiting for the answer of an async one."""
        if not self.is_async:
            return self.ask(key)
        source: Any = self._source
        now = self._clock()
        try:
            said = await source(key)
        except Exception as error:  # noqa: BLE001  (as above)
            return self._failed(key, error, now)
        return self._answer(key, said, now)

    def _answer(self, key: Key, said: object, now: float) -> Answer:
        if type(said) is Assignment:
            until = said.fresh_until
            until = now + self._freshness if until is None else until
            return Answer(key, said, until, self)
        if said is not None:
            if inspect.iscoroutine(said):
                said.close()  # it would warn that nobody waited for it
            _LOG.error("the directory answered with a %s, not an Assignment", type(said).__name__)
        return Answer(key, None, now + self._freshness, self)

    def _failed(self, key: Key, error: Exception, now: float) -> Answer:
        _LOG.error("the directory failed: %s", type(error).__name__)
        return Answer(key, None, now + self._freshness, self)
