"""A request -> how each condition came out, by a walk of the rule tree and not by emitted functions.

On its way the walk notes the next instant at which the passing of time alone may change a test: for a
comparison with `now`, when the sides meet; for one that reads the clock of some place, at the latest the
next quarter of an hour, for no time zone changes its offset in between.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, assert_never

from remit.checker.checked import (
    DATETIME,
    DURATION,
    AllOf,
    Always,
    AnyOf,
    Applied,
    Calculated,
    Caller,
    Condition,
    Contains,
    Element,
    Enumeration,
    Equal,
    Fallback,
    Given,
    HasKey,
    InRole,
    IsAuthenticated,
    IsClient,
    IsEntitled,
    IsStored,
    IsTrue,
    Known,
    Less,
    ListOf,
    Lookup,
    Matches,
    Member,
    Negated,
    Now,
    OfCaller,
    OfValues,
    Part,
    Present,
    Quantified,
    Read,
    Root,
    Scalar,
    Scopes,
    SetOf,
    Several,
    StrongLogin,
    Type,
    Value,
    Within,
)
from remit.checker.reads import root_of, with_parts
from remit.checker.scalars import ABSENT, EPOCH, ERROR, Sentinel, microseconds
from remit.compiler import operations
from remit.compiler.operations import Truth
from remit.compiler.program import Head, Program
from remit.compiler.values import (
    contains_reader,
    elements_reader,
    in_token,
    lookup_reader,
    part_reader,
    shown,
)
from remit.tokens.principal import Binding

Fetch = Callable[[Member], object]
_WORDS: dict[Truth, str] = {True: "true", False: "false", None: "error"}
_QUARTER = 900_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A condition, what it came to, and the conditions under it."""

    text: str
    truth: Truth
    steps: "tuple[Step, ...]" = ()

    def lines(self, indent: int = 0) -> list[str]:
        """The tree as text, a condition a line."""
        own = f"{'  ' * indent}{_WORDS[self.truth]:<6}{self.text}"
        return [own, *(line for step in self.steps for line in step.lines(indent + 1))]

    def record(self) -> Mapping[str, Any]:
        """The tree as plain data, for JSON."""
        return {
            "text": self.text,
            "truth": _WORDS[self.truth],
            "steps": [step.record() for step in self.steps],
        }


@dataclass
class Tracer:
    """Works out conditions one by one, with the values they read."""

    program: Program
    head: Head
    binding: Binding
    fetch: Fetch
    now: float
    until: float = math.inf
    """Seconds since the epoch: before it, no test that was worked out changes by itself."""
    _seen: dict[Member, object] = field(default_factory=dict)
    _elements: dict[int, object] = field(default_factory=dict)

    def horizon(self) -> float:
        """Until when the answer cannot change by the passing of time alone."""
        for alternative in self.head.action.needs:
            self.step(alternative.when)
        for rule in (*self.head.gates, *self.head.permits):
            self.step(rule.condition)
        return self.until

    # -- conditions

    def step(self, node: Condition) -> Step:
        """What a condition comes to."""
        match node:
            case Negated(operand=operand):
                inner = self.step(operand)
                return Step("not", None if inner.truth is None else not inner.truth, (inner,))
            case AllOf(operands=operands):
                told = (each for each in operands if self.head.action.new or each != IsStored())
                steps = tuple(self.step(operand) for operand in told)
                return Step("all of", kleene_all(step.truth for step in steps), steps)
            case AnyOf(operands=operands):
                steps = tuple(self.step(operand) for operand in operands)
                return Step("any of", kleene_any(step.truth for step in steps), steps)
            case Quantified():
                return self._quantified(node)
            case Always(truth=truth):
                return Step("anyone" if truth else "nobody", truth)
            case _:
                return self._caller_step(node) if isinstance(node, OfCaller) else self._test(node)

    def _quantified(self, node: Quantified) -> Step:
        elements = self._all_of(node.collection)
        word = "all" if node.every else "any"
        text = f"{word} in {self._text(node.collection)}"
        if elements is None:
            return Step(text, None)
        steps: list[Step] = []
        around = self._elements  # a relation counts its quantifiers from nought again
        for element in elements:
            self._elements = {**around, node.depth: element}
            steps.append(self.step(node.condition))
        self._elements = around
        joined = kleene_all if node.every else kleene_any
        return Step(text, joined(step.truth for step in steps), tuple(steps))

    def _test(self, node: OfValues) -> Step:
        match node:
            case IsTrue(value=value):
                state = self.value(value)
                return Step(self._text(value), state if type(state) is bool else None)
            case Equal(left=left, right=right):
                text = f"{self._text(left)} == {self._text(right)}"
                self._note_meeting(left, right)
                return Step(text, operations.equal(self.value(left), self.value(right)))
            case Less():
                return self._less(node)
            case Contains(collection=collection, item=item):
                text = f"{self._text(item)} in {self._text(collection)}"
                return Step(text, self._contains(collection, item))
            case HasKey(map=map_, key=key):
                text = f"{self._text(key)} in {self._text(map_)}"
                return Step(text, operations.has_key(self.value(map_), self.value(key)))
            case Within(networks=networks, address=address):
                text = f"{self._text(address)} in {self._text(networks)}"
                return Step(text, self._within(networks, address))
            case Matches(value=value, pattern=pattern):
                self._note_clocks(value)
                text = f"{self._text(value)} like {shown(pattern)}"
                return Step(text, operations.like(self.value(value), pattern))
            case Present(value=value):
                return Step(f"has {self._text(value)}", operations.present(self.value(value)))
            case Known(value=value):
                truth = True if operations.known(self.value(value)) else None
                return Step(f"{self._text(value)} is known", truth)
            case _:
                assert_never(node)

    def _less(self, node: Less) -> Step:
        left, right = self.value(node.left), self.value(node.right)
        self._note_meeting(node.left, node.right)
        sign = "<=" if node.or_equal else "<"
        text = f"{self._text(node.left)} {sign} {self._text(node.right)}"
        if isinstance(node.left.type, Enumeration):
            rank = operations.ranks(node.left.type)
            left, right = rank(left), rank(right)
        return Step(text, operations.less(left, right, node.or_equal))

    def _contains(self, collection: Value, item: Value) -> Truth:
        self._note_clocks(collection, item)
        contains = contains_reader(
            self.program.readers, collection.type, in_token=in_token(root_of(collection))
        )
        return contains(self.value(collection), self.value(item))

    def _within(self, networks: Value, address: Value) -> Truth:
        if isinstance(networks.type, Scalar):
            return operations.within(self.value(networks), self.value(address))
        return operations.within_some(self._all_of(networks), self.value(address))

    def _caller_step(self, node: OfCaller) -> Step:
        binding = self.binding
        match node:
            case InRole(role=role):
                bit = self.program.bits.role[role]
                return Step(f"role {role}", _between(binding.roles & bit, binding.roles_max & bit))
            case IsClient(clients=clients):
                known = None if binding.client is ERROR else binding.client in clients
                return Step(f"client {' or '.join(clients)}", known)
            case Scopes(of=of, need=need):
                most = "scopes" if of == "granted" else "held_max"
                least = "scopes" if of == "granted" else "held"
                sure, maybe = (
                    self.program.bits.satisfies(getattr(binding, mask), need) for mask in (least, most)
                )
                return Step(f"{of} what is asked for", _between(sure, maybe))
            case StrongLogin():
                return self._login(node)
            case IsEntitled():
                return self._entitled()
            case IsAuthenticated():
                return Step("a token is presented", binding.authenticated)
            case IsStored():
                return Step("the resource exists already", not self.head.action.new)
            case _:
                assert_never(node)

    def _login(self, node: StrongLogin) -> Step:
        binding, now = self.binding, microseconds(self.now)
        if node.max_age is not None and type(binding.auth_time) is int:
            self._note_instant((binding.auth_time + node.max_age + 1) / 1_000_000)
        parts = [f"acr {' or '.join(node.acr)}"] if node.acr else []
        if node.max_age is not None:
            parts.append(f"within {timedelta(microseconds=node.max_age)}")
        truth = operations.strong_login(binding, frozenset(node.acr), node.max_age, now)
        return Step(f"a login of {', '.join(parts)}", truth)

    def _entitled(self) -> Step:
        if not self.head.needs:
            return Step("entitled (the action needs nothing)", truth=False)
        truths: list[Truth] = []
        for each in self.head.needs:
            masks = (self.binding.effective, self.binding.effective_max)
            sure, maybe = (self.program.bits.satisfies(mask, each.need) for mask in masks)
            truths.append(kleene_all((self.step(each.when).truth, _between(sure, maybe))))
        return Step("entitled", kleene_any(truths))

    # -- values

    def value(self, value: Value) -> object:
        """The value, or a sentinel in its place."""
        match value:
            case Given():
                return self.program.readers.constant(value)
            case Read(member=member):
                return self._member(member)
            case Caller(what=what):
                return getattr(self.binding, _OF_BINDING[what])
            case Now():
                return microseconds(self.now)
            case Element(depth=depth):
                return self._elements[depth]
            case Fallback(value=first, other=other):
                found = self.value(first)
                return self.value(other) if found is ABSENT else found
            case Several(items=items):
                return operations.several(*(self.value(item) for item in items))
            case _:
                return self._made(value)

    def _made(self, value: Part | Lookup | Calculated | Applied) -> object:
        readers, of_token = self.program.readers, in_token(root_of(value))
        match value:
            case Part(of=of, member=member):
                return part_reader(readers, member, in_token=of_token)(self.value(of))
            case Lookup(of=of, key=key, type=type_):
                lookup = lookup_reader(readers, type_, in_token=of_token)
                return lookup(self.value(of), self.value(key))
            case Calculated(left=left, right=right, type=SetOf()):
                return operations.difference(self._all_of(left), self._all_of(right))
            case Calculated(operator=operator, left=left, right=right, type=type_):
                calculate = operations.calculation(operator, type_)
                return calculate(self.value(left), self.value(right))
            case Applied(function="count", arguments=(counted,)):
                return self._count(counted)
            case Applied(function=function, arguments=arguments):
                return _FUNCTIONS[function](*(self.value(argument) for argument in arguments))
            case _:
                assert_never(value)

    def _count(self, counted: Value) -> object:
        match counted.type:
            case SetOf():
                return operations.count_set(self._all_of(counted))
            case ListOf():
                return operations.count_list(self._all_of(counted))
            case _:
                return operations.count_map(self.value(counted))

    def _all_of(self, collection: Value) -> list[object] | None:
        of_token = in_token(root_of(collection))
        elements = elements_reader(self.program.readers, collection.type, in_token=of_token)
        return elements(self.value(collection))

    def _member(self, member: Member) -> object:
        if member not in self._seen:
            if member.root is Root.TOKEN:
                found = self.binding.claims[self.program.claim_slots[member.name]]
            else:
                found = self.program.readers.member(member)(self.fetch(member))
            self._seen[member] = found
        return self._seen[member]

    def for_service(self, value: Value) -> object:
        """The value as a service knows it: instants and durations as Python has them, sets sorted."""
        found = self.value(value)
        if isinstance(value.type, SetOf):
            elements = self._all_of(value) or []
            known = (_as_python(each, value.type.element) for each in set(elements) - {ERROR})
            return tuple(sorted(known, key=repr))
        return _as_python(found, value.type)

    # -- time

    def _note_instant(self, instant: float) -> None:
        if self.now < instant < self.until:
            self.until = instant

    def _note_meeting(self, left: Value, right: Value) -> None:
        """When two values that depend on `now` come to be equal, or cease to be."""
        slopes = [_slope(value) for value in (left, right)]
        if None in slopes:
            self._note_quarter()
        one, other = self.value(left), self.value(right)
        if type(one) is not int or type(other) is not int:
            if slopes != [0, 0]:
                self._note_quarter()
            return
        slope = (slopes[0] or 0) - (slopes[1] or 0) if None not in slopes else 1
        now = microseconds(self.now)
        assert type(now) is int, "instants beyond 64 bits make every such value an error"
        for microsecond in (0, 1) if slope else ():
            meets, rest = divmod(other - one, slope)
            self._note_instant((now + meets + (rest != 0) + microsecond) / 1_000_000)
        if None in slopes:
            for distance in (other - one, one - other):
                self._note_instant((now + distance) / 1_000_000)
                self._note_instant((now + distance + 1) / 1_000_000)

    def _note_clocks(self, *values: Value) -> None:
        if any(_slope(value) != 0 for value in values):
            self._note_quarter()

    def _note_quarter(self) -> None:
        now = microseconds(self.now)
        if type(now) is int:
            self._note_instant((now // _QUARTER + 1) * _QUARTER / 1_000_000)

    # -- text

    def _text(self, value: Value) -> str:
        match value:
            case Given():
                return self._shown(value)
            case Read(member=member):
                return f"{member} ({self._shown(value)})"
            case Caller(what=what):
                name = {"user": "sub", "self": "sub"}.get(what, what)
                return f"token.{name} ({self._shown(value)})"
            case Now():
                return f"now ({self._shown(value)})"
            case Element(name=name):
                return f"{name} ({self._shown(value)})"
            case Part(of=of, member=member):
                return f"{_spelled(of)}.{member.name} ({self._shown(value)})"
            case Lookup(of=of, key=key):
                return f"{_spelled(of)}[{self._text(key)}] ({self._shown(value)})"
            case Fallback(value=first, other=other):
                return f"{self._text(first)} ?? {self._text(other)}"
            case Calculated(operator=operator, left=left, right=right):
                return f"{self._text(left)} {operator} {self._text(right)}"
            case Applied(function=function, arguments=arguments):
                inside = ", ".join(self._text(argument) for argument in arguments)
                return f"{function}({inside}) ({self._shown(value)})"
            case Several(items=items):
                return f"[{', '.join(self._text(item) for item in items)}]"
            case _:
                assert_never(value)

    def _shown(self, value: Value) -> str:
        found = self.value(value)
        if value.type in (DATETIME, DURATION):
            return str(_as_python(found, value.type)) if type(found) is int else shown(found)
        return shown(found)


_OF_BINDING = {
    "user": "user",
    "self": "client",
    "client": "application",
    "kind": "kind",
    "issuer": "issuer",
}
_FUNCTIONS: dict[str, Callable[..., object]] = {
    "length": operations.length,
    "clock": operations.clock,
    "weekday": operations.weekday,
}


def _spelled(value: Value) -> str:
    match value:
        case Read(member=member):
            return str(member)
        case Element(name=name):
            return name
        case Part(of=of, member=member):
            return f"{_spelled(of)}.{member.name}"
        case Lookup(of=of):
            return f"{_spelled(of)}[...]"
        case _:
            return "..."


def _slope(value: Value) -> int | None:
    """How many microseconds a value grows by in each of the clock's; None where that is not so simple."""
    match value:
        case Now():
            return 1
        case Calculated(operator="+", left=left, right=right):
            one, other = _slope(left), _slope(right)
            return None if one is None or other is None else one + other
        case Calculated(operator="-", left=left, right=right):
            one, other = _slope(left), _slope(right)
            return None if one is None or other is None else one - other
        case _:
            return None if any(isinstance(part, Now) for part in with_parts(value)) else 0


def _as_python(value: object, type_: Type) -> object:
    if type(value) is int and type_ == DURATION:
        return timedelta(microseconds=value)
    if type(value) is int and type_ == DATETIME:
        try:
            return EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return value
    return None if type(value) is Sentinel else value


def _between(sure: object, maybe: object) -> Truth:
    if sure:
        return True
    return None if maybe else False


def kleene_all(truths: Iterable[Truth]) -> Truth:
    """Strong Kleene conjunction."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def kleene_any(truths: Iterable[Truth]) -> Truth:
    """Strong Kleene disjunction."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False
