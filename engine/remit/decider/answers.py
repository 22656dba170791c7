"""What a function answered -> the decision, for one principal and, where it must be, one request."""

import math
from dataclasses import dataclass

from remit.compiler.emit import Allows, Functions
from remit.compiler.program import Head, Program
from remit.decider.decision import Decision, Obligation, Outcome, decision
from remit.decider.doors import Classes, Door
from remit.decider.explain import fetcher
from remit.decider.horizon import Horizon
from remit.decider.outcomes import outcome, refused_token, undecided
from remit.decider.values import Values
from remit.tokens import findings
from remit.tokens.binding import Binding
from remit.tokens.principal import Audience

_MAX_OUTCOMES = 4096
_MAX_DECISIONS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """All that belongs to one loaded set.

    `doors` by kind of resource and action, and beside them, for those who ask nothing else, the function
    of each that allows.
    """

    program: Program
    audience: Audience
    functions: Functions
    generation: int
    anonymous: Binding
    classes: Classes
    doors: dict[object, dict[object, Door]]
    allowing: dict[object, dict[object, Allows]]


def refused(epoch: Epoch, binding: Binding, now: float) -> Decision:
    """A token that is not valid for this API, or not now."""
    until = None
    if binding.problem is not None:
        message = binding.problem
    elif now < binding.not_before:
        message, until = findings.NOT_YET, binding.not_before
    else:
        message = binding.lapse
    return decision(refused_token(message), epoch.program, binding, until, epoch.generation)


def new_outcome(door: Door, code: int, *, anonymous: bool) -> Outcome:
    """Build what a code says, and keep it among the door's."""
    known = door.outcomes_of_anonymous if anonymous else door.outcomes
    if len(known) >= _MAX_OUTCOMES + 2 * len(door.head.permits):
        known.clear()
    return known.setdefault(code, outcome(door.head, door.layout, code, anonymous=anonymous))


def new_decision(epoch: Epoch, binding: Binding, result: Outcome) -> Decision:
    """Bind an outcome to a principal, and keep it with the principal."""
    if len(binding.decisions) >= _MAX_DECISIONS:
        binding.decisions.clear()
    until = binding.expires if binding.entitlement.authenticated else None
    made = decision(result, epoch.program, binding, until, epoch.generation)
    binding.decisions[result] = made
    return made


def values_read(
    epoch: Epoch,
    binding: Binding,
    thing: object,
    given: tuple[dict[str, object], dict[str, object]],
    now: float,
) -> Values:
    """The values of a request, read anew."""
    fetch = fetcher(thing, *given, mapping=type(thing) is dict)
    return Values(epoch.program, binding, fetch, now)


def answered(epoch: Epoch, door: Door, code: int, values: Values) -> Decision:
    """The decision that a code says, for the request whose values these are."""
    binding = values.binding
    anonymous = not binding.entitlement.authenticated
    known_outcomes = door.outcomes_of_anonymous if anonymous else door.outcomes
    result = known_outcomes.get(code) or new_outcome(door, code, anonymous=anonymous)
    known: Decision | None = binding.decisions.get(result)
    if known is not None:
        return known
    if not door.head.timed and not result.obliged:
        return new_decision(epoch, binding, result)
    return _own_decision(epoch, door.head, result, values)


def _own_decision(epoch: Epoch, head: Head, result: Outcome, values: Values) -> Decision:
    """A decision that is this request's alone: it holds for a while, or obliges to something."""
    binding = values.binding
    horizon = Horizon(values)
    for condition in head.timed:
        horizon.note(condition)
    until = min(horizon.until, binding.expires)
    obligations = Obligation.each_once(
        Obligation(each.name, {name: values.for_service(value) for name, value in each.values})
        for each in result.obliged
    )
    return decision(
        result,
        epoch.program,
        binding,
        None if until == math.inf else until,
        epoch.generation,
        obligations,
    )


def failed(epoch: Epoch, message: str) -> Decision:
    """The denial of a request that could not be put to the rules."""
    return decision(undecided(message), epoch.program, None, None, epoch.generation)
