"""Head + what is known of the caller -> what is left to decide.

A token's scopes, roles and kind are known for as long as it lives, and many tokens have the same. Tests
of nothing else are settled once for all of them; what remains, the residual, reads only what each
request brings. Two heads, or two kinds of caller, that are left with the same share its functions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import is_

from remit.checker.checked import (
    BOOL,
    FALSE,
    TRUE,
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Enumeration,
    Given,
    InRole,
    IsAuthenticated,
    IsClient,
    IsEntitled,
    IsStored,
    Negated,
    Quantified,
    Read,
    Root,
    Scopes,
    StrongLogin,
    Value,
)
from remit.checker.reads import leaves, read_by, root_of, values_of, with_parts
from remit.compiler.program import Head

ERRING = Always(truth=None)


@dataclass(frozen=True, slots=True)
class Unsettled(Always):
    """A test that may come out either way: functions take it for true, and for false as well."""


_UNSETTLED = Unsettled(truth=None)


@dataclass(frozen=True, slots=True)
class Residual:
    """The conditions that decide, of one head; equal ones are decided by the same functions.

    `free`: nothing is needed. `counts`: an alternative of the needs counts, for those that may not.
    `scope`, `permission`: some alternative was granted to the application, is held by its user. Gates
    and permits are in the head's order.
    """

    free: Condition
    counts: tuple[Condition, ...]
    scope: Condition
    permission: Condition
    gates: tuple[Condition, ...]
    permits: tuple[Condition, ...]
    obliges: bool

    def conditions(self) -> Iterator[Condition]:
        """All of them."""
        yield from (self.free, *self.counts, self.scope, self.permission, *self.gates, *self.permits)

    def changed(self, change: Callable[[Condition], Condition]) -> "Residual":
        """With each condition changed."""
        return Residual(
            change(self.free),
            tuple(map(change, self.counts)),
            change(self.scope),
            change(self.permission),
            tuple(map(change, self.gates)),
            tuple(map(change, self.permits)),
            self.obliges,
        )

    def knowing(self, known: Mapping[Condition, Condition]) -> "Residual":
        """With each test in `known` replaced by what it comes to."""
        kinds = frozenset(map(type, known))
        return self.changed(lambda condition: simplified(condition, known, kinds))


def residual(head: Head) -> Residual:
    """All that there is to decide: nothing is known of the caller yet."""
    wanted = [(each.when, each.need) for each in head.needs]
    scope, permission, entitled = (
        _any(_all((when, Scopes(of, need))) for when, need in wanted)
        for of in ("granted", "holds", "effective")
    )
    whole = Residual(
        _any(head.free),
        tuple(when for when, _ in wanted if when != TRUE),
        scope,
        permission,
        tuple(rule.condition for rule in head.gates),
        tuple(rule.condition for rule in head.permits),
        head.obliges,
    )
    stored = FALSE if head.action.new else TRUE
    return whole.knowing({IsEntitled(): entitled, IsStored(): stored})


def of_caller(whole: Residual) -> tuple[Condition, ...]:
    """The tests that are settled by what is known of a caller for a token's whole life."""
    tests = (test for condition in whole.conditions() for test in leaves(condition))
    return tuple(dict.fromkeys(test for test in tests if _is_of_caller(test)))


def asks_of_caller(whole: Residual, number: int) -> bool:
    """Whether rules have so many such tests, beyond what the action needs and that there is a token."""
    tests = (test for condition in (*whole.gates, *whole.permits) for test in leaves(condition))
    several = [test for test in tests if not _is_of_all(test) and _is_of_caller(test)]
    return len(several) >= number and len(set(several)) >= number


def _is_of_all(test: Condition) -> bool:
    return isinstance(test, IsAuthenticated) or (isinstance(test, Scopes) and test.of == "effective")


def _is_of_caller(test: Condition) -> bool:
    match test:
        case InRole() | IsClient() | Scopes() | IsAuthenticated():
            return True
        case StrongLogin(max_age=age):
            return age is None
        case Quantified():
            return False
        case _:
            values = [part for value in values_of(test) for part in with_parts(value)]
            return bool(values) and all(map(_is_fixed, values))


def _is_fixed(value: Value) -> bool:
    """Whether few values are possible, and a token keeps the one that it has."""
    match value:
        case Given():
            return True
        case Read(member=member):
            few = member.type == BOOL or isinstance(member.type, Enumeration)
            return member.root is Root.TOKEN and few
        case Caller(what=what):
            return what != "user"
        case _:
            return False


def without_resource(whole: Residual) -> Residual:
    """What is left where the resource is not known: its `allows` says whether one might be allowed."""
    left = whole.changed(_without_resource)
    return replace(left, gates=_once(left.gates), permits=_once(left.permits))


def _once(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """With what was there before replaced by what counts for nothing."""
    first: dict[Condition, int] = {}
    return tuple(
        each if first.setdefault(each, place) == place else FALSE
        for place, each in enumerate(conditions)
    )


def _without_resource(condition: Condition) -> Condition:
    """With each test that reads the resource unsettled."""
    match condition:
        case Negated(operand=operand):
            return Negated(_without_resource(operand))
        case AllOf(operands=operands) | AnyOf(operands=operands):
            return type(condition)(tuple(map(_without_resource, operands)))
        case _:
            return _UNSETTLED if any(map(_is_of_resource, read_by(condition))) else condition


def _is_of_resource(value: Value) -> bool:
    root = root_of(value)
    return root is not None and root.root is Root.RESOURCE


def simplified(
    condition: Condition, known: Mapping[Condition, Condition], kinds: frozenset[type[Condition]]
) -> Condition:
    """The condition with each test in `known` replaced, and what then is settled left out.

    `kinds` are those of the tests in `known`. What nothing is known of is the same object again.
    """
    match condition:
        case Negated(operand=operand):
            left = simplified(operand, known, kinds)
            return condition if left is operand else _negated(left)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            several = [simplified(each, known, kinds) for each in operands]
            if all(map(is_, several, operands)):
                return condition
            return _all(several) if isinstance(condition, AllOf) else _any(several)
        case Quantified(condition=inner):
            left = simplified(inner, known, kinds)
            return condition if left is inner else replace(condition, condition=left)
        case _:
            return known.get(condition, condition) if type(condition) in kinds else condition


def _all(operands: Iterable[Condition]) -> Condition:
    return _joined(AllOf, operands, TRUE, FALSE)


def _any(operands: Iterable[Condition]) -> Condition:
    return _joined(AnyOf, operands, FALSE, TRUE)


def _negated(operand: Condition) -> Condition:
    match operand:
        case Always(truth=truth):
            return ERRING if truth is None else FALSE if truth else TRUE
        case Negated(operand=inner):
            return inner
        case _:
            return Negated(operand)


def _joined(
    kind: type[AllOf | AnyOf], operands: Iterable[Condition], neutral: Always, absorbing: Always
) -> Condition:
    """An error stays: it decides where nothing absorbs it."""
    kept: dict[Condition, None] = {}
    for operand in operands:
        if operand == absorbing:
            return absorbing
        parts = operand.operands if isinstance(operand, kind) else (operand,)
        kept.update(dict.fromkeys(part for part in parts if part != neutral))
    if len(kept) > 1:
        return kind(tuple(kept))
    return next(iter(kept), neutral)
