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
    enough = [
        (*made, *(proposed[place].change for place in each)) for each in search.sets(MOST - len(made))
    ]
    enough.sort(key=lambda each: (len(each), [_MAKERS.index(change.by) for change in each]))
    cut = search.cut or len(enough) > _KEPT
    return Fixes(tuple(map(Fix, enough[:_KEPT])), cut, untried)


class _Search:
    def __init__(self, case: Case, proposed: Sequence[Candidate]) -> None:
        self._case = case
        self._proposed = proposed
        self._tries = 0
        self.cut = False

    def sets(self, most: int) -> Iterator[tuple[int, ...]]:
        """The places of the candidates of each smallest set."""
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
                if self._is_enough(places):
                    enough.append(chosen)
                    yield places

    def _go_together(self, places: tuple[int, ...]) -> bool:
        """Whether no two of them change the same."""
        targets = [self._proposed[place].target for place in places]
        return not any(one[: len(other)] == other[: len(one)] for one, other in combinations(targets, 2))

    def _is_enough(self, places: tuple[int, ...]) -> bool:
        case = self._case
        for place in places:
            changed = self._proposed[place].apply(case)
            if changed is None:
                return False
            case = changed
        return case.is_allowed()
