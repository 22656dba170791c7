"""A principal, an action and a resource -> a decision, by the set in force.

The doors are one module: each says all that it takes, and one thing beside it, how it fails.

No path leads from an error to an allow: whatever goes wrong inside is caught at the door, logged by the
kind of error only, and answered with a denial.
"""

import logging
import math
from collections.abc import Callable, Iterable

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
from remit.decider.explain import Explanation, trace
from remit.decider.fixes import Fixes
from remit.decider.inforce import InForce, Instant
from remit.decider.outcomes import NO_TOKEN
from remit.decider.requests import (
    NOTHING_GIVEN,
    Context,
    Request,
    Undecidable,
    as_dict,
    by_name,
    indirect,
    kind_of,
    type_name,
)
from remit.decider.supposing import Case, handed_in
from remit.decider.tracing import Tracer
from remit.errors import RemitError
from remit.tokens.challenge import Challenge
from remit.tokens.principal import Principal

_LOG = logging.getLogger("remit")


class Denied(RemitError):
    """Raised by `authorize`; `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        """Keep the decision. The message is for logs: it speaks of the policy."""
        self.decision = decision
        super().__init__(decision.reason)


class Engine(InForce):
    """Decides by one policy set. Threads may share it; it survives a fork."""

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
                clock = self._clock
                now = clock()
            elif type(now) is not float:
                now = self._now(now)
            if not (binding.not_before <= now and now < binding.expires):  # noqa: PLR1716  (two jumps)
                return False
            if type(resource) is tuple:
                kind, resource = resource
                if type(resource) is not dict or type(kind) is not str:
                    kind, resource = indirect(kind, resource)
            else:
                kind = type(resource)
            try:
                allows = epoch.allowing[kind][action]
            except KeyError:
                allows = self._door(epoch, kind, action).allows
            return allows(
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

    def decide(  # noqa: C901, PLR0912, PLR0915  (the hot path, written out)
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
            if type(who) is Principal:
                binding = who.binding
                if binding.epoch is not epoch:
                    binding = self._rebind(who, epoch)
            else:
                binding = self._bound(who, epoch)
            if now is None:
                clock = self._clock
                now = clock()
            elif type(now) is not float:
                now = self._now(now)
            if not (binding.not_before <= now and now < binding.expires):  # noqa: PLR1716  (two jumps)
                return refused(epoch, binding, now)
            if type(resource) is tuple:
                try:
                    kind, resource = resource
                except ValueError:
                    kind, resource = kind_of(resource)
                if type(resource) is not dict or type(kind) is not str:
                    kind, resource = indirect(kind, resource)
            else:
                kind = type(resource)
            try:
                door = epoch.doors[kind][action]
            except KeyError:
                door = self._door(epoch, kind, action)
            surroundings = NOTHING_GIVEN if context is None else as_dict(context)
            arguments = NOTHING_GIVEN if parameters is None else as_dict(parameters)
            decides = door.decides
            code = decides(binding, resource, surroundings, now, arguments)
            try:
                result = (door.outcomes_of_anonymous if who is None else door.outcomes)[code]
            except KeyError:
                result = new_outcome(door, code, anonymous=who is None)
            known: Decision | None = binding.decisions.get(result)
            if known is not None:
                return known
            if not door.is_own:
                return new_decision(epoch, binding, result)
            values = values_read(epoch, binding, resource, (surroundings, arguments), now)
            return answered(epoch, door, code, values)
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
            door = self._door(epoch, by_name(kind), action)
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

        def unseen(epoch: Epoch, instant: float) -> Case:
            door = self._door(epoch, by_name(kind), action)
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
                door = self._door(epoch, kind, action)
                return door.allows(binding, thing, given[0], instant, given[1])
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
            door = self._door(epoch, kind, request.action)
            given = (as_dict(request.context), as_dict(request.parameters))
            code = door.decides(binding, thing, given[0], instant, given[1])
            return answered(epoch, door, code, values_read(epoch, binding, thing, given, instant))
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
        door = self._door(epoch, by_name(name), asked.action)
        return Case(
            epoch.program,
            door.head,
            door.general.allows,
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


def _log_failure(error: Exception) -> None:
    _LOG.error("a decision failed closed: %s", type(error).__name__)
