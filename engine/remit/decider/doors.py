"""Actions on kinds of resource -> the functions that decide, for all callers or for classes of them.

Most heads are decided by functions that take all callers: a few masks and comparisons, found in a table
that all share. Where a head has many tests of its caller, as one with a rule for each of many roles, its
callers are told apart. Two tokens are of one entitlement class where a policy cannot tell them apart but
for who presents them: the same scopes, roles and permissions, the same client, the same values of claims
of few values. What those settle is settled once for a class; a Way is what remains. Until a class has
brought many decisions, it is decided for by the general functions.

All tables are bounded, and none lets one client push out what others use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from remit.bounded import Shares
from remit.checker.checked import FALSE, TRUE
from remit.compiler.emit import Allows, Decides, Emitted, Functions
from remit.compiler.program import Head
from remit.compiler.residual import ERRING, without_resource
from remit.decider.decision import Outcome
from remit.tokens.binding import Binding, Entitlement, Ways

TELL_APART_FROM: Final = 4
"""With so many tests of the caller, callers of a head are told apart.

Finding the class of a caller takes a tenth of a microsecond, and more where ever other heads are asked
about, whose tables no cache of the processor holds; four tests are about as much.
"""
SPECIALISE_AFTER: Final = 1024
"""So many decisions for a class of callers are made before it gets functions of its own.

They take some tenths of a millisecond to make.
"""

_MAX_CLASSES = 8192
_MAX_CLASSES_OF_A_CLIENT = 1024
_MAX_WAYS_OF_CLASSES = 200_000
_MAX_WAYS = 256
_MAX_WAYS_OF_A_CLIENT = 32


class Way:
    """How one class of callers is decided for at a door.

    The functions are exchanged for better ones, which answer alike, once many decisions were made.
    """

    __slots__ = ("allows", "decides", "emitted")

    def __init__(self, emitted: Emitted) -> None:
        """Decide by these functions."""
        self.take(emitted)

    def take(self, emitted: Emitted) -> None:
        """Decide by these functions from now on."""
        self.emitted, self.allows, self.decides = emitted, emitted.allows, emitted.decides


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

    def keep(self, ways: Ways, door: "Door", way: Way) -> None:
        """Keep a way with a class. Where there are many in all, all begin anew, a microsecond each."""
        self._found += 1
        if self._found > _MAX_WAYS_OF_CLASSES:
            self._found = 1
            for each in self._classes.values():
                each.clear()
        ways[door] = way

    def __len__(self) -> int:
        return len(self._classes)


@dataclass(frozen=True, slots=True)
class Telling:
    """When callers are told apart: from so many tests of them, and how many decisions each class takes.

    Nothing but time depends on it.
    """

    from_tests: int = TELL_APART_FROM
    after: int = SPECIALISE_AFTER


class Door:
    """One action on one kind of resource.

    `outcomes` by the code that `decides` answers with, of callers with a token, and of those without.
    `is_own`: a decision may be one request's alone, for the passing of time may change it, or it comes
    with obligations.
    """

    __slots__ = (
        "_classes",
        "_foreseeing",
        "_functions",
        "_mapping",
        "_telling",
        "_ways",
        "_whole",
        "allows",
        "decides",
        "general",
        "head",
        "is_own",
        "layout",
        "outcomes",
        "outcomes_of_anonymous",
    )

    def __init__(
        self, head: Head, functions: Functions, classes: Classes, telling: Telling, *, mapping: bool
    ) -> None:
        """Emit the functions that take all callers."""
        self.head = head
        self.is_own = bool(head.timed) or head.obliges
        self.outcomes: dict[int, Outcome] = {}
        self.outcomes_of_anonymous: dict[int, Outcome] = {}
        self._functions = functions
        self._classes = classes
        self._telling = telling
        self._mapping = mapping
        self._whole = functions.whole(head)
        self.layout = self._whole.layout
        self._foreseeing: Emitted | None = None
        self._ways: Shares[tuple[int, bool], Way] = Shares(_MAX_WAYS, _MAX_WAYS_OF_A_CLIENT)
        self.general = functions.of(self._whole.left, self.layout, mapping=mapping)
        self.allows, self.decides = self.general.allows, self.general.decides
        classify = self._whole.classify
        if classify is not None and self._whole.in_rules >= telling.from_tests:
            self.allows, self.decides = self._told_apart(classify)

    @property
    def foresees(self) -> Allows:
        """The function that says whether some resource of this kind might be allowed, reading none."""
        if self._foreseeing is None:
            left = without_resource(self._whole.left)
            self._foreseeing = self._functions.of(left, self.layout, mapping=True)
        return self._foreseeing.allows

    def _told_apart(self, classify: Callable[[Binding], int]) -> tuple[Allows, Decides]:
        """The functions that decide by the class of the caller."""

        def allows(
            binding: Binding, resource: object, context: object, now: float, parameters: object
        ) -> bool:
            way: Way | None = binding.entitlement.ways.get(self)
            if way is None:
                way = self._met(binding.entitlement, classify(binding))
            return way.allows(binding, resource, context, now, parameters)

        def decides(
            binding: Binding, resource: object, context: object, now: float, parameters: object
        ) -> int:
            way: Way | None = binding.entitlement.ways.get(self)
            if way is None:
                way = self._met(binding.entitlement, classify(binding))
            return way.decides(binding, resource, context, now, parameters)

        return allows, decides

    def _met(self, entitled: Entitlement, answers: int) -> Way:
        """The way of a class that is new here, or was not met for long; found at once from now on."""
        key = (answers, entitled.authenticated)
        way = self._ways.get(entitled.application, key)
        if way is None:
            way = self._on_trial(answers) if self._telling.after else Way(self._special(answers))
            self._ways.keep(entitled.application, key, way)
        entitled.ways = self._classes.of(entitled)
        self._classes.keep(entitled.ways, self, way)
        return way

    def _on_trial(self, answers: int) -> Way:
        """A way by the general functions, until there were so many decisions."""
        general, left = self.general, self._telling.after
        way = Way(general)

        def count() -> None:
            nonlocal left
            left -= 1
            if left <= 0:  # another thread may have counted in between
                way.take(self._special(answers))

        def allows(
            binding: Binding, resource: object, context: object, now: float, parameters: object
        ) -> bool:
            count()
            return general.allows(binding, resource, context, now, parameters)

        def decides(
            binding: Binding, resource: object, context: object, now: float, parameters: object
        ) -> int:
            count()
            return general.decides(binding, resource, context, now, parameters)

        way.allows, way.decides = allows, decides
        return way

    def _special(self, answers: int) -> Emitted:
        """The functions for callers of whom the tests come to these answers."""
        known = {test: _TRUTHS[answers >> 2 * place & 3] for place, test in enumerate(self._whole.tests)}
        left = self._whole.left.knowing(known)
        return self._functions.of(left, self.layout, mapping=self._mapping)


_TRUTHS = (ERRING, TRUE, FALSE)
