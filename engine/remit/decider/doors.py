"""Kinds of resource, actions and entitlement classes -> the functions that decide.

Two tokens are of one entitlement class where a policy cannot tell them apart but for who presents them:
the same scopes, roles and permissions, the same client, the same values of claims of few values. What
those settle is settled once for a class; a Way is what remains. A token's class is looked for at its
second decision; until a class has brought many, its way is the general one, which takes all callers.

All tables are bounded, and none lets one client push out what others use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from remit.checker.checked import BOOL, FALSE, TRUE, Enumeration
from remit.compiler import codes
from remit.compiler.emit import Allows, Classify, Decides, Emitted, Functions
from remit.compiler.program import Head, Program
from remit.compiler.residual import ERRING, of_caller, residual
from remit.decider.decision import Outcome
from remit.tokens.principal import Binding

SPECIALISE_AFTER: Final = 1024
"""So many decisions for a class of callers are made before it gets functions of its own.

They save a fifth of a microsecond a decision, and take some tenths of a millisecond to make.
"""

_MAX_CLASSES = 8192
_MAX_CLASSES_OF_A_CLIENT = 1024
_MAX_WAYS = 256
_MAX_WAYS_OF_A_CLIENT = 32
_MAX_TESTS, _MAX_RULES = 64, 256  # with more, a class would take long to work out

Key = TypeVar("Key")
Kept = TypeVar("Kept")


class Generations(Generic[Key, Kept]):
    """A bounded table that keeps what is asked for.

    When the young half is full it becomes the old one, and what was old and not asked for since is
    dropped. Threads may share it: a race loses an entry at worst, which is then made again.
    """

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[Key, Kept] = {}
        self._old: dict[Key, Kept] = {}

    def get(self, key: Key) -> Kept | None:
        """What is kept under the key."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: Key, what: Kept) -> None:
        """Keep something; what was not asked for the longest may go."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = what

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How one action on one kind of resource is decided for one class of callers.

    `outcomes` by the code that `decides` answers with. `is_own`: a decision may be one request's alone,
    for the passing of time may change it, or it comes with obligations.
    """

    emitted: Emitted
    allows: Allows
    decides: Decides
    outcomes: dict[int, Outcome]
    is_own: bool
    head: Head


Ways = dict[object, dict[object, Way]]
"""The ways of one entitlement class, by kind of resource and action."""


class Door:
    """One action on one kind of resource."""

    def __init__(self, head: Head, functions: Functions, *, mapping: bool, patience: int) -> None:
        self.head = head
        self._functions = functions
        self._mapping = mapping
        self._patience = patience
        self._layout = codes.layout(head)
        self._whole = residual(head)
        few = len(head.gates) + len(head.permits) <= _MAX_RULES
        tests = of_caller(self._whole) if few else ()
        self._tests = tests if len(tests) <= _MAX_TESTS else ()
        self._classify: Classify | None = functions.classifier(self._tests) if self._tests else None
        emitted = functions.of(self._whole, self._layout, mapping=mapping)
        self._general = {presented: self._way(emitted, {}) for presented in (True, False)}
        self._ways: Generations[tuple[int, bool], Way] = Generations(_MAX_WAYS)
        self._ripe: Generations[tuple[int, bool], tuple[int, bool]] = Generations(_MAX_WAYS)
        self._made_for: Generations[object, int] = Generations(_MAX_CLASSES)

    def general(self, binding: Binding) -> Way:
        """How to decide for any caller."""
        return self._general[binding.authenticated]

    def way(self, binding: Binding, ways: dict[object, Way], action: object) -> Way:
        """How to decide for callers of one class, kept among the ways that it has on this kind."""
        way = ways[action] = self._found(binding, ways, action)
        return way

    def _found(self, binding: Binding, ways: dict[object, Way], action: object) -> Way:
        general = self.general(binding)
        if self._classify is None:
            return general
        answers = (self._classify(binding), binding.authenticated)
        way = self._ways.get(answers)
        if way is not None:
            return way
        if self._patience and self._ripe.get(answers) is None:
            return self._trial(general, answers, lambda: ways.pop(action, None))
        made = self._made_for.get(binding.application) or 0
        if made >= _MAX_WAYS_OF_A_CLIENT:
            return general
        self._made_for.keep(binding.application, made + 1)
        way = self._special(answers[0], general)
        self._ways.keep(answers, way)
        return way

    def _trial(self, general: Way, answers: tuple[int, bool], end: Callable[[], object]) -> Way:
        """The general way, which counts its decisions, and ends where they are many enough."""
        left, allows, decides = self._patience, general.allows, general.decides

        def count() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                self._ripe.keep(answers, answers)
                end()

        def counted_allows(who: Any, what: Any, around: Any, now: Any, given: Any) -> bool:  # noqa: ANN401
            count()
            return allows(who, what, around, now, given)

        def counted_decides(who: Any, what: Any, around: Any, now: Any, given: Any) -> int:  # noqa: ANN401
            count()
            return decides(who, what, around, now, given)

        return Way(
            general.emitted,
            counted_allows,
            counted_decides,
            general.outcomes,
            general.is_own,
            general.head,
        )

    def _special(self, answers: int, general: Way) -> Way:
        known = {test: _TRUTHS[answers >> 2 * place & 3] for place, test in enumerate(self._tests)}
        left = self._whole.knowing(known)
        emitted = self._functions.of(left, self._layout, mapping=self._mapping)
        return self._way(emitted, general.outcomes)

    def _way(self, emitted: Emitted, outcomes: dict[int, Outcome]) -> Way:
        is_own = bool(self.head.timed) or self.head.obliges
        return Way(emitted, emitted.allows, emitted.decides, outcomes, is_own, self.head)


_TRUTHS = (ERRING, TRUE, FALSE)


class Classes:
    """The entitlement classes that were met, each with its ways.

    Each client has a table of its own: one that brings ever new classes pushes out its own older ones.
    A caller whose class is not kept is decided alike, from a class that is made again.
    """

    def __init__(self, program: Program) -> None:
        self._slots = tuple(
            slot
            for slot, (member, _) in enumerate(program.claims)
            if member.type == BOOL or isinstance(member.type, Enumeration)
        )
        self._clients: dict[object, Generations[tuple[object, ...], Ways]] = {}
        self._earlier: dict[object, Generations[tuple[object, ...], Ways]] = {}
        self._kept = 0

    def of(self, binding: Binding) -> Ways:
        """The ways of the caller's class."""
        client = binding.application
        classes = self._clients.get(client)
        if classes is None:
            classes = self._table(client)
        key = self._key(binding)
        ways = classes.get(key)
        if ways is None:
            ways = {}
            before = len(classes)
            classes.keep(key, ways)
            self._kept += len(classes) - before
        return ways

    def _table(self, client: object) -> Generations[tuple[object, ...], Ways]:
        if self._kept + len(self._clients) >= _MAX_CLASSES // 2:
            self._earlier, self._clients, self._kept = self._clients, {}, 0
        table = self._earlier.pop(client, None)
        if table is None:
            table = Generations(_MAX_CLASSES_OF_A_CLIENT)
        self._kept += len(table)
        return self._clients.setdefault(client, table)

    def _key(self, binding: Binding) -> tuple[object, ...]:
        """All that a test of the caller can see, and no more."""
        claims = binding.claims
        return (
            binding.scopes,
            binding.held,
            binding.held_max,
            binding.roles,
            binding.roles_max,
            binding.kind,
            binding.issuer,
            binding.acr,
            *(claims[slot] for slot in self._slots),
        )

    def __len__(self) -> int:
        tables = (*self._clients.values(), *self._earlier.values())
        return sum(map(len, tables))
