"""A denied request -> the smallest sets of changes with which it is allowed.

Sets of one change are tried before sets of two, and those before sets of three; one that holds a set
that is enough is not tried. So each fix, decided again, allows, and none of its parts does.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from remit.decider.changes import Candidate
from remit.decider.fixes import Change, Fix, Fixes, Maker
from remit.decider.proposing import candidates
from remit.decider.supposing import Case
from remit.tokens import findings
from remit.tokens.binding import Binding
from remit.tokens.principal import Audience, Principal

MOST = 3
"""Changes in one fix."""
_TRIES = 10_000
_KEPT = 64
_MAKERS = tuple(Maker)


def renewed(
    who: Principal, binding: Binding, audience: Audience, now: float
) -> tuple[Binding, Candidate | None]:
    """The binding of the token that its caller should have brought, and the change to it, if any."""
    if binding.problem == findings.NO_AUDIENCE:
        meant, name = who.meant_for(audience)
        text = f"get a token for the audience `{name}`"
        return meant, _new_token(text)
    if binding.problem is None and not binding.not_before <= now < binding.expires:
        valid = binding.altered()
        valid.not_before, valid.expires = -math.inf, math.inf
        return valid, _new_token("get a new token")
    return binding, None


def _new_token(text: str) -> Candidate:
    return Candidate(Change(Maker.TOKEN, "token", text), ("token",), lambda case: case)


def fixes(case: Case, first: Candidate | None = None) -> Fixes:
    """All smallest sets of changes for a denied case; `first` was made already, and is in each."""
    made = () if first is None else (first.change,)
    if case.is_allowed():
        return Fixes((Fix(made),))
    proposed, untried = candidates(case)
    search = _Search(case, proposed)
    found = [*search.sets(MOST - len(made))]
    cases = [changed for _, changed in found[:_KEPT]]
    # What is changed for one test may turn another one as well.
    unmet = (each.text for each in untried if not any(each.is_met_in(changed) for changed in cases))
    enough = [(*made, *(proposed[place].change for place in places)) for places, _ in found]
    enough.sort(key=lambda each: (len(each), [_MAKERS.index(change.by) for change in each]))
    cut = search.cut or len(enough) > _KEPT
    return Fixes(tuple(map(Fix, enough[:_KEPT])), cut, tuple(dict.fromkeys(unmet)))


class _Search:
    def __init__(self, case: Case, proposed: Sequence[Candidate]) -> None:
        self._case = case
        self._proposed = proposed
        self._tries = 0
        self.cut = False

    def sets(self, most: int) -> Iterator[tuple[tuple[int, ...], Case]]:
        """The places of the candidates of each smallest set, and the case with them."""
        enough: list[frozenset[int]] = []
        for size in range(1, most + 1):
            for places in combinations(range(len(self._proposed)), size):
                chosen = frozenset(places)
                if any(each <= chosen for each in enough) or not self._go_together(places):
                    continue
                self._tries += 1
                if self._tries > _TRIES:
                    self.cut = True
                    return
                changed = self._changed(places)
                if changed is not None and changed.is_allowed():
                    enough.append(chosen)
                    yield places, changed

    def _go_together(self, places: tuple[int, ...]) -> bool:
        """Whether no two of them change the same."""
        targets = [self._proposed[place].target for place in places]
        return not any(one[: len(other)] == other[: len(one)] for one, other in combinations(targets, 2))

    def _changed(self, places: tuple[int, ...]) -> Case | None:
        """The case with the candidates at these places; None where one of them cannot be."""
        case: Case | None = self._case
        for place in places:
            case = None if case is None else self._proposed[place].apply(case)
        return case
