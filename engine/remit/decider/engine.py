"""Policies, a principal, an action and a resource -> a decision.

`Engine` publishes all that belongs to one loaded set as one immutable `Epoch`; each decision reads
that reference once, so no decision sees half of a reload. A principal knows the epoch it was bound in;
one from another epoch is bound again before anything is decided.

The doors are one module: each says all that it takes, and one thing beside it, how it fails.

No path leads from an error to an allow: whatever goes wrong inside is caught at the door, logged by the
kind of error only, and answered with a denial.
"""

import logging
import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Self

from remit.compiler.emit import Functions
from remit.compiler.ruletree import RuleTree
from remit.decider.answers import (
    Epoch,
    answered,
    failed,
    new_decision,
    new_outcome,
    refused,
    values_read,
)
from remit.decider.challenging import NOT_ANSWERABLE, challenge, of_token
from remit.decider.decision import Decision
from remit.decider.doors import SPECIALISE_AFTER, Classes, Door, Way
from remit.decider.explain import Explanation, trace
from remit.decider.fixes import Fixes
from remit.decider.loading import Loaded, Origin
from remit.decider.needs import sets_needed
from remit.decider.outcomes import NO_TOKEN
from remit.decider.requests import (
    NOTHING_GIVEN,
    Context,
    Request,
    Undecidable,
    as_dict,
    indirect,
    kind_of,
    type_name,
)
from remit.decider.supposing import Case, handed_in
from remit.decider.tracing import Tracer
from remit.errors import ConfigurationError, RemitError
from remit.tokens.binding import Binding
from remit.tokens.challenge import Challenge
from remit.tokens.directory import Directory
from remit.tokens.directory import Source as DirectorySource
from remit.tokens.facts import Beside, Presented
from remit.tokens.principal import Audience, Principal, VerifiedClaims

_LOG = logging.getLogger("remit")
_UNPROVEN = Presented()

Clock = Callable[[], float]
Instant = float | datetime | None


class Denied(RemitError):
    """Raised by `authorize`; `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        """Keep the decision. The message is for logs: it speaks of the policy."""
        self.decision = decision
        super().__init__(decision.reason)


class Engine:
    """Decides by one policy set. Threads may share it; it survives a fork."""

    def __init__(self, origin: Origin, clock: Clock, directory: Directory | None = None) -> None:
        """For internal use; see `load` and `from_text`."""
        self._origin = origin
        self._clock = clock
        self._directory = directory
        self._patience = SPECIALISE_AFTER
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
        classes = Classes()
        audience = Audience(program, loaded.issuers, loaded.audiences, self._directory, classes.of)
        anonymous = audience.anonymous(None)
        return Epoch(program, audience, Functions(program), generation, anonymous, classes, {})

    def _bind_anew(self, epoch: Epoch) -> Epoch:
        """The same set as another epoch, to which no principal is bound yet."""
        return replace(epoch, audience=epoch.audience.asking(self._directory))

    def warm(self, *classes: type) -> None:
        """Emit the functions of every head now; before a fork, say.

        For resources given as pairs of a name and a mapping, and for objects of these classes.

        Raises BundleError where a block of a bundle cannot be read, which a decision would deny by.
        """
        epoch = self._epoch
        by_name = {each.__name__: each for each in classes}
        for name, action in epoch.program.heads:
            self._door(epoch, type(None) if name is None else name, action)
            if name in by_name:
                self._door(epoch, by_name[name], action)

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
        return epoch.audience.principal(claims, Beside(header, presented), epoch)

    async def principal_async(
        self,
        claims: VerifiedClaims,
        *,
        header: Mapping[str, object] | None = None,
        presented: Presented = _UNPROVEN,
    ) -> Principal:
        """As `principal`, for engines whose directory is async; others answer without waiting."""
        epoch = self._epoch
        return await epoch.audience.principal_async(claims, Beside(header, presented), epoch)

    def knows(self, who: Principal) -> bool:
        """Whether a principal is as good as a new one.

        So it is while nothing was reloaded or revised, its token is in force, and so is what the
        directory said of it.
        """
        binding = who.binding
        return binding.epoch is self._epoch and self._clock() < binding.expires

    # -- the doors

    def allows(
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> bool:
        """Whether `who` (None: no token) may do `action` to `resource`.

        `resource` is an object whose class bears the name of a resource type, a pair (type name, mapping
        or object), or None for an action of the API itself. `parameters` are those that the action
        declares. `now` is in seconds since the epoch, or an aware datetime; by default the engine's
        clock says. Any error is a denial.
        """
        try:
            epoch = self._epoch
            if who is None:
                binding = epoch.anonymous
            else:
                binding = who.binding
                if binding.epoch is not epoch:
                    binding = self._rebind(who, epoch)
            if now is None:
                now = self._clock()
            elif type(now) is not float:
                now = self._now(now)
            if not binding.not_before <= now < binding.expires:
                return False
            if type(resource) is tuple:
                kind, resource = resource
                if type(resource) is not dict:
                    kind, resource = indirect(kind, resource)
            else:
                kind = type(resource)
            try:
                way: Way = binding.ways[kind][action]
            except KeyError:
                way = self._way(epoch, binding, kind, action)
            return way.allows(
                binding,
                resource,
                NOTHING_GIVEN if context is None else as_dict(context),
                now,
                NOTHING_GIVEN if parameters is None else as_dict(parameters),
            )
        except Undecidable:
            return False
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            _log_failure(error)
            return False

    def decide(  # noqa: C901, PLR0912  (the hot path, written out)
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Decision:
        """As `allows`, with the reason, each layer's verdict, and until when it holds."""
        epoch = self._epoch
        try:
            if type(who) is Principal and who.binding.epoch is epoch:
                binding = who.binding
            else:
                binding = self._bound(who, epoch)
            if now is None:
                now = self._clock()
            elif type(now) is not float:
                now = self._now(now)
            if not binding.not_before <= now < binding.expires:
                return refused(epoch, binding, now)
            if type(resource) is tuple:
                try:
                    kind, resource = resource
                except ValueError:
                    kind, resource = kind_of(resource)
                if type(resource) is not dict:
                    kind, resource = indirect(kind, resource)
            else:
                kind = type(resource)
            try:
                way: Way = binding.ways[kind][action]
            except KeyError:
                way = self._way(epoch, binding, kind, action)
            surroundings = NOTHING_GIVEN if context is None else as_dict(context)
            arguments = NOTHING_GIVEN if parameters is None else as_dict(parameters)
            code = way.decides(binding, resource, surroundings, now, arguments)
            try:
                result = way.outcomes[code]
            except KeyError:
                result = new_outcome(way, code, binding)
            known: Decision | None = binding.decisions.get(result)
            if known is not None:
                return known
            if not way.is_own:
                return new_decision(epoch, binding, result)
            values = values_read(epoch, binding, resource, (surroundings, arguments), now)
            return answered(epoch, way, code, values)
        except Undecidable as undecidable:
            return failed(epoch, str(undecidable))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            _log_failure(error)
            return failed(epoch, f"an internal error ({type(error).__name__})")

    def explain(
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Explanation:
        """The decision with a trace of every rule: for people, not for the hot path.

        The trace holds values of the resource and the token; mind who sees it.
        """
        epoch = self._epoch
        try:
            instant: Instant = self._now(now)
        except Exception:  # noqa: BLE001  (`decide` says what is wrong with it)
            instant = now
        asked = Request(who, action, resource, context, parameters)
        decision = self._decided(epoch, asked, instant)
        try:
            binding = self._bound(who, epoch)
            at = self._now(instant)
            if binding.problem is not None or not binding.not_before <= at < binding.expires:
                return Explanation(decision, ())
            kind, thing = kind_of(resource)
            given = (as_dict(context), as_dict(parameters))
            door = self._door(epoch, kind, action)
            values = values_read(epoch, binding, thing, given, at)
            return Explanation(decision, trace(Tracer(door.head, values)))
        except Exception as error:  # noqa: BLE001  (the decision stands; only its trace is lost)
            if not isinstance(error, Undecidable):
                _log_failure(error)
            return Explanation(decision, ())

    def challenge(
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Challenge | None:
        """How an HTTP service answers a denial; None where the decision allows.

        401 without an error for a request without a token, 401 `invalid_token`, 403
        `insufficient_scope` with all scopes that the operation needs, 401
        `insufficient_user_authentication` (RFC 6750, section 3.1; RFC 9470, section 3); or a plain 403,
        where no token would change the answer. What is asked for was tried: a request with it is
        allowed, as far as the policy and this resource go. Reads the resource anew, as `explain` does.
        """
        asked = Request(who, action, resource, context, parameters)
        try:
            epoch, instant = self._epoch, self._now(now)
            refused = of_token(self._bound(who, epoch), instant)
            if refused is not None:
                return refused
            case = self._case(epoch, asked, instant)
            return None if case.is_allowed() else challenge(case)
        except Undecidable:
            return NOT_ANSWERABLE
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            _log_failure(error)
            return NOT_ANSWERABLE

    def foresee(
        self,
        who: Principal | None,
        action: str,
        kind: str | type | None = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Challenge | None:
        """How to answer what is denied whatever the resource holds, so that it need not be loaded.

        `kind` is the name of a resource type, a class of that name, or None for the API itself. None
        where some resource of the kind might be allowed: then it has to be looked at.
        """
        try:
            epoch, instant = self._epoch, self._now(now)
            binding = self._bound(who, epoch)
            refused = of_token(binding, instant)
            if refused is not None:
                return refused
            name = kind.__name__ if isinstance(kind, type) else kind
            door = self._door(epoch, type(None) if name is None else name, action)
            possible, given = door.foresees, (as_dict(context), as_dict(parameters))
            if possible(binding, NOTHING_GIVEN, given[0], instant, given[1]):
                return None
            return challenge(Case(epoch.program, door.head, possible, binding, {}, *given, instant))
        except Undecidable:
            return NOT_ANSWERABLE
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            _log_failure(error)
            return NOT_ANSWERABLE

    def fix(
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Fixes:
        """The smallest sets of at most three changes with which a denied request would be allowed.

        Each was tried: the request is allowed with it, and with no part of it. For people who may see
        the policy; `Fixes.of_token` is what any client may be told. Of an invalid token, one that has
        expired, is not valid yet or is meant for another API can be set right. Reads the resource anew,
        as `explain` does.
        """
        asked = Request(who, action, resource, context, parameters)
        return self._fixes(who, now, lambda epoch, instant: self._case(epoch, asked, instant))

    def fix_foreseen(
        self,
        who: Principal | None,
        action: str,
        kind: str | type | None = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Fixes:
        """As `fix`, for what `foresee` denies: with each, some resource of the kind might be allowed."""
        name = kind.__name__ if isinstance(kind, type) else kind

        def unseen(epoch: Epoch, instant: float) -> Case:
            door = self._door(epoch, type(None) if name is None else name, action)
            given = (as_dict(context), as_dict(parameters))
            binding = self._bound(who, epoch)
            return Case(epoch.program, door.head, door.foresees, binding, {}, *given, instant)

        return self._fixes(who, now, unseen)

    def authorize(
        self,
        who: Principal | None,
        action: str,
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> Decision:
        """The decision where it allows. Raises Denied, which holds the decision, where it does not."""
        decision = self.decide(who, action, resource, context=context, parameters=parameters, now=now)
        if not decision.allowed:
            raise Denied(decision)
        return decision

    def decide_many(self, requests: Iterable[Request], *, now: Instant = None) -> list[Decision]:
        """A decision for each request, in order, all at the same instant and by the same set."""
        epoch = self._epoch
        try:
            instant: Instant = self._now(now)
        except Exception:  # noqa: BLE001  (each request then fails closed by itself)
            instant = math.nan
        return [self._decided(epoch, request, instant) for request in requests]

    def allowed_actions(
        self,
        who: Principal | None,
        actions: Iterable[str],
        resource: object = None,
        *,
        context: Context = None,
        parameters: Context = None,
        now: Instant = None,
    ) -> list[str]:
        """Those of `actions` that `who` may do to `resource`, in their order: to show what can be done.

        All are decided at the same instant and by the same set; any error is a denial, as in `allows`.
        """
        epoch = self._epoch
        try:
            binding = self._bound(who, epoch)
            instant = self._now(now)
            if not binding.not_before <= instant < binding.expires:
                return []
            kind, thing = kind_of(resource)
            given = (as_dict(context), as_dict(parameters))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            if not isinstance(error, Undecidable):
                _log_failure(error)
            return []

        def allowed(action: str) -> bool:
            try:
                way = self._way(epoch, binding, kind, action)
                return way.allows(binding, thing, given[0], instant, given[1])
            except Undecidable:
                return False
            except Exception as error:  # noqa: BLE001  (as above)
                _log_failure(error)
                return False

        return [action for action in actions if allowed(action)]

    # -- inside

    def _decided(self, epoch: Epoch, request: Request, now: Instant) -> Decision:
        """What `decide` says by the set of an epoch."""
        try:
            binding = self._bound(request.who, epoch)
            instant = self._now(now)
            if not binding.not_before <= instant < binding.expires:
                return refused(epoch, binding, instant)
            kind, thing = kind_of(request.resource)
            way = self._way(epoch, binding, kind, request.action)
            given = (as_dict(request.context), as_dict(request.parameters))
            code = way.decides(binding, thing, given[0], instant, given[1])
            return answered(epoch, way, code, values_read(epoch, binding, thing, given, instant))
        except Undecidable as undecidable:
            return failed(epoch, str(undecidable))
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a denial)
            _log_failure(error)
            return failed(epoch, f"an internal error ({type(error).__name__})")

    def _case(self, epoch: Epoch, asked: Request, now: float) -> Case:
        """The request, to be decided again as it is and as it might be."""
        binding = self._bound(asked.who, epoch)
        kind, thing = kind_of(asked.resource)
        name, mapping = type_name(kind)
        door = self._door(epoch, type(None) if name is None else name, asked.action)
        return Case(
            epoch.program,
            door.head,
            door.allows,
            binding,
            handed_in(door.head, thing, mapping=mapping),
            as_dict(asked.context),
            as_dict(asked.parameters),
            now,
        )

    def _fixes(self, who: Principal | None, now: Instant, made: Callable[[Epoch, float], Case]) -> Fixes:
        """The fixes of the case that is made of the request."""
        from remit.decider.fixing import fixes, renewed  # noqa: PLC0415  (few requests are asked about)

        try:
            epoch, instant = self._epoch, self._now(now)
            if who is None:
                return Fixes((), untried=(NO_TOKEN,))
            binding, first = renewed(who, self._bound(who, epoch), epoch.audience, instant)
            if binding.problem is not None:
                return Fixes((), untried=(binding.problem,))
            case = made(epoch, instant).bound(binding)
            return Fixes(()) if first is None and case.is_allowed() else fixes(case, first)
        except Undecidable as undecidable:
            return Fixes((), untried=(str(undecidable),))
        except Exception as error:  # noqa: BLE001  (whatever it is, nothing is known to help)
            _log_failure(error)
            return Fixes((), untried=("the request could not be worked out",))

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
        return now

    def _way(self, epoch: Epoch, binding: Binding, kind: object, action: object) -> Way:
        """How to decide for a caller, found for the caller's class where it does not have it yet."""
        ways = binding.ways.get(kind)
        way: Way | None = None if ways is None else ways.get(action)
        if way is None:
            way = self._door(epoch, kind, action).way(binding)
            epoch.classes.keep(binding.ways, kind, action, way)
        return way

    def _door(self, epoch: Epoch, kind: object, action: object) -> Door:
        doors = epoch.doors.get(kind)
        door = doors.get(action) if doors is not None else None
        return door or self._open(epoch, kind, action)

    def _open(self, epoch: Epoch, kind: object, action: object) -> Door:
        """Find the head for a kind of resource on first sight, and emit its functions."""
        name, mapping = type_name(kind)
        if name is not None and name not in epoch.program.types:
            raise Undecidable(f"the policy knows no resource type `{name}`")
        head = epoch.program.heads.get((name, action)) if type(action) is str else None
        if head is None:
            raise Undecidable(f"the policy knows no such action on {name or 'the API'}")
        door = Door(head, epoch.functions, mapping=mapping, patience=self._patience)
        return epoch.doors.setdefault(kind, {}).setdefault(action, door)


_ENGINES: "weakref.WeakSet[Engine]" = weakref.WeakSet()


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


def _log_failure(error: Exception) -> None:
    _LOG.error("a decision failed closed: %s", type(error).__name__)
