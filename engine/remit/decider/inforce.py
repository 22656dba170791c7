"""Policies -> a set in force: loaded, loaded again, and principals bound to it.

All that belongs to one loaded set is published as one immutable `Epoch`; each decision reads that
reference once, so no decision sees half of a reload. A principal knows the epoch it was bound in; one
from another epoch is bound again before anything is decided.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from remit.compiler.emit import Functions
from remit.compiler.ruletree import RuleTree
from remit.decider.answers import (
    Epoch,
)
from remit.decider.doors import Classes, Door, Telling
from remit.decider.loading import Loaded, Origin
from remit.decider.needs import sets_needed
from remit.decider.requests import (
    Undecidable,
    as_object,
    by_name,
    type_name,
)
from remit.errors import ConfigurationError
from remit.tokens.binding import Binding
from remit.tokens.directory import Directory
from remit.tokens.directory import Source as DirectorySource
from remit.tokens.facts import Presented, beside
from remit.tokens.principal import Audience, Principal, VerifiedClaims, copied

_LOG = logging.getLogger("remit")
_UNPROVEN = Presented()
_MAX_TOLD = 64
_MAX_CLASSES = 1024

Clock = Callable[[], float]
Instant = float | datetime | None


class InForce:
    """A policy set, the classes of callers that it has met, and the ways in to its rules."""

    def __init__(self, origin: Origin, clock: Clock, directory: Directory | None = None) -> None:
        """For internal use; see `load` and `from_text`."""
        self._origin = origin
        self._clock = clock
        self._directory = directory
        self._telling = Telling()
        self._told: set[str] = set()
        self._reloading = threading.Lock()
        self._epoch = self._publish(origin.load(), 1)
        _ENGINES.add(self)

    # -- loading

    @classmethod
    def load(  # noqa: PLR0913  (a deployment's settings, each by its keyword)
        cls,
        path: str | os.PathLike[str],
        *,
        audience: str | Sequence[str] | None = None,
        issuers: Mapping[str, str] | None = None,
        clock: Clock = time.time,
        directory: DirectorySource | None = None,
        directory_freshness: float = 300,
        organisation: str = "org_id",
    ) -> Self:
        """Load a policy file, every `.remit` file of a folder as one set, or what `remit compile` made.

        `audience` and `issuers` (issuer to profile) replace what the policy says, for a deployment that
        has its own; what an issuer may assert stays as the policy has it.

        `directory` says which roles users have, and perhaps which permissions; the token's own then
        count for nothing. It is a mapping, a function or an async function of the key (issuer,
        subject, organisation), the organisation from the claim named `organisation` or None; it gives
        an Assignment, or None for a user that it does not know. What it says holds for
        `directory_freshness` seconds, unless the assignment says until when.

        Raises PolicyError with every finding, BundleError for a bundle that cannot be used,
        ConfigurationError where no audience or no issuer is known, or for what cannot be a directory.
        """
        asked = _directory(directory, directory_freshness, organisation, clock)
        return cls(Origin(Path(path), None, _several(audience), issuers), clock, asked)

    @classmethod
    def from_text(  # noqa: PLR0913  (as `load`)
        cls,
        text: str | Mapping[str, str],
        *,
        audience: str | Sequence[str] | None = None,
        issuers: Mapping[str, str] | None = None,
        clock: Clock = time.time,
        directory: DirectorySource | None = None,
        directory_freshness: float = 300,
        organisation: str = "org_id",
    ) -> Self:
        """As `load`, from policy text, or from several texts by file name."""
        texts = {"policy.remit": text} if isinstance(text, str) else dict(text)
        asked = _directory(directory, directory_freshness, organisation, clock)
        return cls(Origin(None, texts, _several(audience), issuers), clock, asked)

    def reload(self) -> int:
        """Load again from where the set came from; the new generation.

        Raises what `load` raises, and keeps the set that was in force. Decisions under way finish by
        the set they began with; every later one is by the new set, for principals made before as well.
        """
        with self._reloading:
            epoch = self._publish(self._origin.load(), self._epoch.generation + 1)
            self._epoch = epoch
            return epoch.generation

    def invalidate_principals(self) -> None:
        """Let nothing that was worked out for a principal count any more; for a revocation, say.

        Every principal at hand is bound anew before the next decision, by the policy set in force, and
        the directory is asked about it again. An async directory cannot be asked from there: those
        principals are denied until the service makes new ones. Decisions under way finish by what they
        began with.
        """
        with self._reloading:
            if self._directory is not None:
                self._directory = self._directory.revised()
            self._epoch = self._bind_anew(self._epoch)

    def renew_locks(self) -> None:
        """For a child process: a lock may have been held, at the fork, by a thread it lacks."""
        self._reloading = threading.Lock()
        self._epoch.functions.renew_lock()

    def _publish(self, loaded: Loaded, generation: int) -> Epoch:
        program = loaded.program
        audience = Audience(program, loaded.issuers, loaded.audiences, self._directory)
        anonymous = audience.anonymous(None)
        return Epoch(program, audience, Functions(program), generation, anonymous, Classes(), {}, {})

    def _bind_anew(self, epoch: Epoch) -> Epoch:
        """The same set as another epoch, to which no principal is bound yet."""
        return replace(epoch, audience=epoch.audience.asking(self._directory))

    def warm(self, *classes: type) -> None:
        """Emit the functions of every head now; before a fork, say.

        For resources given as pairs of a name and a mapping, and for objects of these classes.

        Raises BundleError where a block of a bundle cannot be read, which a decision would deny by.
        """
        epoch = self._epoch
        named = {each.__name__: each for each in classes}
        for name, action in epoch.program.heads:
            self._door(epoch, by_name(name), action)
            if name in named:
                self._door(epoch, named[name], action)

    @property
    def generation(self) -> int:
        """1 at first, one more with each reload."""
        return self._epoch.generation

    @property
    def digest(self) -> str:
        """A hash of everything that decides: equal for equal policies, in every process."""
        return self._epoch.program.tree.digest

    def rules(self) -> RuleTree:
        """The rules in force, as tools read them."""
        return self._epoch.program.tree

    @property
    def audiences(self) -> tuple[str, ...]:
        """The names of this API, by which tokens are meant for it: the policy's, or the deployment's."""
        return self._epoch.audience.names

    @property
    def issuers(self) -> tuple[str, ...]:
        """Whose tokens are trusted: the policy's issuers, or the deployment's."""
        return self._epoch.audience.issuers

    def needs(self, action: str, kind: str | type | None = None) -> tuple[tuple[str, ...], ...]:
        """The sets of scopes each of which is enough for an action, an empty one where it may need none.

        An alternative counts here whatever it depends on; of very many, the first do. `kind` is as in
        `foresee`. Raises ConfigurationError for an action that the policy does not know.
        """
        name = kind.__name__ if isinstance(kind, type) else kind
        head = self._epoch.program.heads.get((name, action))
        if head is None:
            raise ConfigurationError(f"the policy knows no action `{action}` on {name or 'the API'}")
        return sets_needed(head.action)

    # -- principals

    def principal(
        self,
        claims: VerifiedClaims,
        *,
        header: Mapping[str, object] | None = None,
        presented: Presented = _UNPROVEN,
    ) -> Principal:
        """Who asks, from the claims of a token whose signature the host has verified.

        Never raises for what is in the claims: a token that is not valid for this API makes a principal
        that is denied everything, and `problem` says why. `header` is the token's JOSE header; the
        profile rfc9068 needs its `typ` (RFC 9068, section 4). `presented` are the proofs of possession
        that the host has checked: without the right one, a token that is bound to a key is not valid.

        Asks the directory about a user, if there is one. Raises ConfigurationError where that is async:
        nothing here may block the loop that it runs on.
        """
        if self._directory is not None and self._directory.is_async:
            raise ConfigurationError("the directory is async: `await engine.principal_async(...)`")
        epoch = self._epoch
        shown = None if header is None else copied(header)
        return epoch.audience.principal(claims, beside((shown, presented)), epoch)

    async def principal_async(
        self,
        claims: VerifiedClaims,
        *,
        header: Mapping[str, object] | None = None,
        presented: Presented = _UNPROVEN,
    ) -> Principal:
        """As `principal`, for engines whose directory is async; others answer without waiting."""
        epoch = self._epoch
        shown = None if header is None else copied(header)
        return await epoch.audience.principal_async(claims, beside((shown, presented)), epoch)

    def knows(self, who: Principal) -> bool:
        """Whether a principal is as good as a new one.

        So it is while nothing was reloaded or revised, its token is in force, and so is what the
        directory said of it.
        """
        binding = who.binding
        return binding.epoch is self._epoch and self._clock() < binding.expires

    # -- for the doors

    def _bound(self, who: Principal | None, epoch: Epoch) -> Binding:
        if who is None:
            return epoch.anonymous
        if type(who) is not Principal:
            raise Undecidable("the caller is not a Principal: make one with `engine.principal`")
        binding = who.binding
        return binding if binding.epoch is epoch else self._rebind(who, epoch)

    def _rebind(self, who: Principal, epoch: Epoch) -> Binding:
        binding = who.bound_to(epoch.audience, epoch)
        who.binding = binding
        return binding

    def _now(self, now: Instant) -> float:
        if now is None:
            return self._clock()
        if isinstance(now, datetime):
            if now.tzinfo is None:
                raise Undecidable("`now` has no time zone")
            return now.timestamp()
        if type(now) is not float and type(now) is not int:
            raise Undecidable("`now` is seconds since the epoch, or a datetime with a time zone")
        return now

    def _door(self, epoch: Epoch, kind: object, action: object) -> Door:
        doors = epoch.doors.get(kind)
        door = doors.get(action) if doors is not None else None
        return door or self._open(epoch, kind, action)

    def _open(self, epoch: Epoch, kind: object, action: object) -> Door:
        """Find the head for a kind of resource on first sight, and emit its functions."""
        name, mapping = type_name(kind)
        if name is not None and name not in epoch.program.types:
            self._tell_of("resource type", name, epoch.program.types)
            raise Undecidable(f"the policy knows no resource type `{name}`")
        if isinstance(action, str) and type(action) is not str:  # as a member of a StrEnum is
            return self._door(epoch, kind, str.__str__(action))
        if type(action) is not str:
            raise Undecidable(f"the policy knows no such action on {name or 'the API'}")
        head = epoch.program.heads.get((name, action))
        if head is None:
            actions = (known for block, known in epoch.program.heads if block == name)
            self._tell_of(f"action on {name or 'the API'}", action, actions)
            raise Undecidable(f"the policy knows no such action on {name or 'the API'}")
        if isinstance(kind, type) and name is not None:
            return self._open_to_class(epoch, kind, name, action)
        door = Door(head, epoch.functions, epoch.classes, self._telling, mapping=mapping)
        door = epoch.doors.setdefault(kind, {}).setdefault(action, door)
        epoch.allowing.setdefault(kind, {})[action] = door.allows
        return door

    def _open_to_class(self, epoch: Epoch, kind: type, name: str, action: str) -> Door:
        """Let objects of a class in by the doors of its name.

        Classes that are made by the way, for each query say, are not kept for good.
        """
        others = as_object(name)
        door = self._door(epoch, others, action)
        if len(epoch.doors) > _MAX_CLASSES + 2 * len(epoch.program.types):
            for each in [each for each in list(epoch.doors) if isinstance(each, type)]:
                epoch.doors.pop(each, None)
                epoch.allowing.pop(each, None)
        epoch.doors[kind] = epoch.doors.setdefault(others, {})
        epoch.allowing[kind] = epoch.allowing.setdefault(others, {})
        return door

    def _tell_of(self, what: str, name: str, known: Iterable[str]) -> None:
        """Log a name that the policy does not know, once: it is most likely a slip in the service."""
        key = f"{what} {name[:80]!r}"
        if key in self._told or len(self._told) == _MAX_TOLD:
            return
        self._told.add(key)
        near = get_close_matches(name[:80], list(known), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        _LOG.warning("denied: the policy knows no %s%s", key, hint)


_ENGINES: "weakref.WeakSet[InForce]" = weakref.WeakSet()


def _renew_locks() -> None:
    for engine in list(_ENGINES):
        engine.renew_locks()


os.register_at_fork(after_in_child=_renew_locks)


def _directory(
    source: DirectorySource | None, freshness: float, organisation: str, clock: Clock
) -> Directory | None:
    return None if source is None else Directory(source, freshness, organisation, clock)


def _several(audience: str | Sequence[str] | None) -> tuple[str, ...] | None:
    if audience is None:
        return None
    return (audience,) if isinstance(audience, str) else tuple(audience)
