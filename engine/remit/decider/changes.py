"""A change, and the case with it; and a test without one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from remit.checker.checked import Condition, Root
from remit.decider.fixes import Change
from remit.decider.places import Place, without, written
from remit.decider.supposing import Case
from remit.decider.tracing import Tracer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change, what it changes (no two changes of one fix do the same), and the case with it."""

    change: Change
    target: tuple[object, ...]
    apply: Callable[[Case], Case | None] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Untried:
    """A test that should come out otherwise, and that no change is known for."""

    text: str
    test: Condition
    wanted: bool

    def is_met_in(self, case: Case) -> bool:
        """Whether it comes out as it should in a case that is like its own but for some changes."""
        return Tracer(case.head, case.values()).step(self.test).truth is self.wanted


def with_permissions(names: tuple[str, ...], case: Case) -> Case:
    """Were these permissions assigned to the caller."""
    return case.with_permissions(names)


def with_login(acr: str, now: int, case: Case) -> Case:
    """Had the caller logged in just now, in this way."""
    return case.with_login(acr, now)


def with_claim(name: str, new: object, case: Case) -> Case:
    """Were that the value of a claim, as rules read it."""
    slot, claims = case.program.claim_slots[name], case.binding.claims
    return case.bound(case.binding.altered(claims=(*claims[:slot], new, *claims[slot + 1 :])))


def with_value(place: Place, raw: object, case: Case) -> Case | None:
    """Were that at a place of the request, as a service hands it in."""
    return _changed(case, place, lambda held: written(held, place.path, raw))


def without_value(place: Place, case: Case) -> Case | None:
    """Were nothing at a place of the request."""
    return _changed(case, place, lambda held: without(held, place.path))


def _changed(
    case: Case, place: Place, change: Callable[[Mapping[str, object]], dict[str, object] | None]
) -> Case | None:
    match place.root:
        case Root.RESOURCE:
            made = change(case.resource)
            return None if made is None else replace(case, resource=made)
        case Root.CONTEXT:
            made = change(case.context)
            return None if made is None else replace(case, context=made)
        case _:
            made = change(case.parameters)
            return None if made is None else replace(case, parameters=made)


def later(instant: float, case: Case) -> Case:
    """Were it later; the token then is a new one where this one has expired."""
    if instant < case.binding.expires:
        return replace(case, now=instant)
    renewed = case.binding.altered()
    renewed.expires = math.inf
    return replace(case, now=instant, binding=renewed)
