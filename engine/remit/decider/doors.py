"""Kinds of resource, actions and entitlement classes -> the functions that decide.

Two tokens are of one entitlement class where a policy cannot tell them apart but for who presents them:
the same scopes, roles and permissions, the same client, the same values of claims of few values. What
those settle is settled once for a class; a Way is what remains. Until a class has brought many
decisions, it is decided for by the general functions, which take all callers.

All tables are bounded, and none lets one client push out what others use.
"""

from dataclasses import dataclass
from typing import Final

from remit.bounded import Shares
from remit.checker.checked import FALSE, TRUE
from remit.compiler.codes import Layout
from remit.compiler.emit import Allows, Decides, Emitted, Functions
from remit.compiler.program import Head
from remit.compiler.residual import ERRING, without_resource
from remit.decider.decision import Outcome
from remit.tokens.binding import Binding, Entitlement, Ways

SPECIALISE_AFTER: Final = 1024
"""So many decisions for a class of callers are made before it gets functions of its own.

They save a fifth of a microsecond a decision, and take some tenths of a millisecond to make.
"""

_MAX_CLASSES = 8192
_MAX_CLASSES_OF_A_CLIENT = 1024
_MAX_WAYS_OF_CLASSES = 200_000
_MAX_WAYS = 256
_MAX_WAYS_OF_A_CLIENT = 32


@dataclass(slots=True, eq=False)
class Way:
    """How one action on one kind of resource is decided for one class of callers.

    `outcomes` by the code that `decides` answers with. `is_own`: a decision may be one request's alone,
    for the passing of time may change it, or it comes with obligations. The functions are exchanged for
    better ones, which answer alike, once many decisions were made.
    """

    emitted: Emitted
    allows: Allows
    decides: Decides
    outcomes: dict[int, Outcome]
    is_own: bool
    head: Head
    layout: Layout

    def take(self, emitted: Emitted) -> None:
        """Decide by these functions from now on."""
        self.emitted, self.allows, self.decides = emitted, emitted.allows, emitted.decides


class Door:
    """One action on one kind of resource."""

    def __init__(self, head: Head, functions: Functions, *, mapping: bool, patience: int) -> None:
        self.head = head
        self._functions = functions
        self._mapping = mapping
        self._patience = patience
        self._whole = functions.whole(head)
        self._emitted = functions.of(
            self._whole.left,
            self._whole.layout,
            mapping=mapping,
            counted=patience > 0 and self._whole.classify is not None,
        )
        self._foreseeing: Emitted | None = None
        self._general = {presented: self._way({}) for presented in (True, False)}
        self._ways: Shares[tuple[int, bool], Way] = Shares(_MAX_WAYS, _MAX_WAYS_OF_A_CLIENT)

    @property
    def allows(self) -> Allows:
        """The function that decides for callers of every class."""
        return self._emitted.allows

    @property
    def foresees(self) -> Allows:
        """The function that says whether some resource of this kind might be allowed, reading none."""
        if self._foreseeing is None:
            left = without_resource(self._whole.left)
            self._foreseeing = self._functions.of(left, self._whole.layout, mapping=True)
        return self._foreseeing.allows

    def way(self, binding: Binding) -> Way:
        """How to decide for all of whom its tests say the same."""
        entitled = binding.entitlement
        general = self._general[entitled.authenticated]
        classify = self._whole.classify
        if classify is None:
            return general
        answers = classify(binding)
        key = (answers, entitled.authenticated)
        way = self._ways.get(entitled.application, key)
        if way is None:
            way = self._way(general.outcomes)
            if self._patience:
                self._count(way, answers)
            else:
                way.take(self._special(answers))
            self._ways.keep(entitled.application, key, way)
        return way

    def _count(self, way: Way, answers: int) -> None:
        """Let the general functions count their decisions, until there were so many."""
        down = [self._patience, lambda: way.take(self._special(answers))]
        way.allows, way.decides = self._emitted.counting(down)

    def _special(self, answers: int) -> Emitted:
        known = {test: _TRUTHS[answers >> 2 * place & 3] for place, test in enumerate(self._whole.tests)}
        left = self._whole.left.knowing(known)
        return self._functions.of(left, self._whole.layout, mapping=self._mapping)

    def _way(self, outcomes: dict[int, Outcome]) -> Way:
        is_own = bool(self.head.timed) or self.head.obliges
        emitted = self._emitted
        return Way(
            emitted,
            emitted.allows,
            emitted.decides,
            outcomes,
            is_own,
            self.head,
            self._whole.layout,
        )


_TRUTHS = (ERRING, TRUE, FALSE)


class Classes:
    """The entitlement classes that were met, each with its ways.

    A caller whose class is not kept is decided alike, from a class that is made again.
    """

    def __init__(self) -> None:
        self._classes: Shares[tuple[object, ...], Ways] = Shares(_MAX_CLASSES, _MAX_CLASSES_OF_A_CLIENT)
        self._found = 0

    def of(self, entitled: Entitlement) -> Ways:
        """The ways of all that a test of the caller cannot tell from this one."""
        key = (
            entitled.scopes,
            entitled.held,
            entitled.held_max,
            entitled.roles,
            entitled.roles_max,
            entitled.kind,
            entitled.issuer,
            entitled.acr,
            *entitled.few,
        )
        ways = self._classes.get(entitled.application, key)
        if ways is None:
            ways = {}
            self._classes.keep(entitled.application, key, ways)
        return ways

    def keep(self, ways: Ways, kind: object, action: object, way: Way) -> None:
        """Keep a way with a class. Where there are many in all, all begin anew, a microsecond each."""
        self._found += 1
        if self._found > _MAX_WAYS_OF_CLASSES:
            self._found = 1
            for each in self._classes.values():
                each.clear()
        ways.setdefault(kind, {})[action] = way

    def __len__(self) -> int:
        return len(self._classes)
