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
from functools import partial
from typing import Final

from remit.bounded import Shares
from remit.checker.checked import FALSE, TRUE
from remit.compiler.emit import Allows, Classifier, Emitted, Functions
from remit.compiler.program import Head
from remit.compiler.residual import ERRING, Residual, asks_of_caller, without_resource
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

    def keep(self, ways: Ways, of: "ToldApart", way: Way) -> None:
        """Keep a way with a class. Where there are many in all, all begin anew, a microsecond each."""
        self._found += 1
        if self._found > _MAX_WAYS_OF_CLASSES:
            self._found = 1
            for each in self._classes.values():
                each.clear()
        ways[of] = way

    def __len__(self) -> int:
        return len(self._classes)


@dataclass(frozen=True, slots=True)
class Telling:
    """When callers are told apart: from so many tests of them, and how many decisions each class takes.

    Nothing but time depends on it.
    """

    from_tests: int = TELL_APART_FROM
    after: int = SPECIALISE_AFTER


class ToldApart:
    """The callers of one door, decided for by their class."""

    __slots__ = ("_after", "_classes", "_classifier", "_functions_of", "_left", "_ways")

    def __init__(
        self,
        left: Residual,
        classifier: Classifier,
        classes: Classes,
        functions_of: Callable[[Residual], Emitted],
        after: int,
    ) -> None:
        """`left` is what is to be decided; `functions_of` emits for what remains of it."""
        self._left = left
        self._classifier = classifier
        self._classes = classes
        self._functions_of = functions_of
        self._after = after
        self._ways: Shares[int, Way] = Shares(_MAX_WAYS, _MAX_WAYS_OF_A_CLIENT)

    def allows(
        self, binding: Binding, resource: object, context: object, now: float, parameters: object
    ) -> bool:
        """Decide as the functions of the caller's class do."""
        way: Way | None = binding.entitlement.ways.get(self)
        if way is None:
            way = self._met(binding)
        return way.allows(binding, resource, context, now, parameters)

    def decides(
        self, binding: Binding, resource: object, context: object, now: float, parameters: object
    ) -> int:
        """As `allows`, with a code."""
        way: Way | None = binding.entitlement.ways.get(self)
        if way is None:
            way = self._met(binding)
        return way.decides(binding, resource, context, now, parameters)

    def _met(self, binding: Binding) -> Way:
        """The way of a class that is new here, or was not met for long; found at once from now on."""
        entitled, answers = binding.entitlement, self._classifier.classify(binding)
        way = self._ways.get(entitled.application, answers)
        if way is None:
            way = self._on_trial(answers) if self._after else Way(self._special(answers))
            self._ways.keep(entitled.application, answers, way)
        entitled.ways = self._classes.of(entitled)
        self._classes.keep(entitled.ways, self, way)
        return way

    def _on_trial(self, answers: int) -> Way:
        """A way by the general functions, until there were so many decisions."""
        general, left = self._functions_of(self._left), self._after
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
        tests = enumerate(self._classifier.tests)
        known = {test: _TRUTHS[answers >> 2 * place & 3] for place, test in tests}
        return self._functions_of(self._left.knowing(known))


_TRUTHS = (ERRING, TRUE, FALSE)


class Door:
    """One action on one kind of resource.

    `allows` and `decides` are for every caller, and so are the `general` functions, which tell nobody
    apart. `outcomes` by the code that `decides` answers with, of callers with a token, and of those
    without. `is_own`: a decision may be one request's alone, for the passing of time may change it, or
    it comes with obligations.
    """

    __slots__ = (
        "_foreseeing",
        "_functions_of",
        "_whole",
        "allows",
        "decides",
        "general",
        "head",
        "is_own",
        "layout",
        "outcomes",
        "outcomes_of_anonymous",
        "told_apart",
    )

    def __init__(
        self, head: Head, functions: Functions, classes: Classes, telling: Telling, *, mapping: bool
    ) -> None:
        """Emit the functions that take all callers."""
        self._whole = functions.whole(head)
        self.head = head
        self.layout = self._whole.layout
        self.is_own = bool(head.timed) or head.obliges
        self.outcomes: dict[int, Outcome] = {}
        self.outcomes_of_anonymous: dict[int, Outcome] = {}
        self._foreseeing: Emitted | None = None
        self._functions_of = partial(functions.of, layout=self.layout, mapping=mapping)
        self.general = self._functions_of(self._whole.left)
        self.allows, self.decides = self.general.allows, self.general.decides
        self.told_apart: ToldApart | None = None
        asks_much = asks_of_caller(self._whole.left, telling.from_tests)
        classifier = functions.classifier(self._whole.left) if asks_much else None
        if classifier is not None:
            self.told_apart = ToldApart(
                self._whole.left, classifier, classes, self._functions_of, telling.after
            )
            self.allows, self.decides = self.told_apart.allows, self.told_apart.decides

    @property
    def foresees(self) -> Allows:
        """The function that says whether some resource of this kind might be allowed, reading none."""
        if self._foreseeing is None:
            self._foreseeing = self._functions_of(without_resource(self._whole.left), mapping=True)
        return self._foreseeing.allows
