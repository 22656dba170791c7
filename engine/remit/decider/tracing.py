"""A request -> how each condition came out, by a walk of the rule tree and not by emitted functions.

On its way the walk notes when the passing of time alone may change a test.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from remit.checker.checked import (
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
    NeedOfScopes,
    Negated,
    Now,
    OfCaller,
    OfValues,
    Part,
    Present,
    Quantified,
    Read,
    Scalar,
    Scopes,
    SetOf,
    Several,
    StrongLogin,
    Value,
    Within,
)
from remit.checker.reads import root_of
from remit.checker.scalars import ERROR, microseconds
from remit.compiler import operations
from remit.compiler.operations import Truth
from remit.compiler.program import MASKS, Head
from remit.compiler.values import (
    contains_reader,
    in_token,
    shown,
)
from remit.decider.showing import duration, lapse, listed, told
from remit.decider.unread import CALLED, spelled, unfit_element, why
from remit.decider.values import Values

_WORDS: dict[Truth, str] = {True: "true", False: "false", None: "error"}


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

    head: Head
    values: Values

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
        elements = self.values.elements(node.collection)
        word = "all" if node.every else "any"
        text = f"{word} in {self._text(node.collection)}"
        if elements is None:
            return Step(text, None)
        steps: list[Step] = []
        around = self.values.bound  # a relation counts its quantifiers from nought again
        for element in elements:
            self.values.bound = {**around, node.depth: element}
            steps.append(self.step(node.condition))
        self.values.bound = around
        joined = kleene_all if node.every else kleene_any
        return Step(text, joined(step.truth for step in steps), tuple(steps))

    def _test(self, node: OfValues) -> Step:
        match node:
            case IsTrue(value=value):
                state = self.values.value(value)
                return Step(self._text(value), state if type(state) is bool else None)
            case Equal(left=left, right=right):
                text = f"{self._text(left)} == {self._text(right)}"
                return Step(text, operations.equal(self.values.value(left), self.values.value(right)))
            case Less():
                return self._less(node)
            case Contains(collection=collection, item=item):
                text = f"{self._text(item)} in {self._text(collection)}"
                return Step(text, self._contains(collection, item))
            case HasKey(map=map_, key=key):
                text = f"{self._text(key)} in {self._text(map_)}"
                return Step(text, operations.has_key(self.values.value(map_), self.values.value(key)))
            case Within(networks=networks, address=address):
                text = f"{self._text(address)} in {self._text(networks)}"
                return Step(text, self._within(networks, address))
            case Matches(value=value, pattern=pattern):
                text = f"{self._text(value)} like {shown(pattern)}"
                return Step(text, operations.like(self.values.value(value), pattern))
            case Present(value=value):
                return Step(f"has {self._text(value)}", operations.present(self.values.value(value)))
            case Known(value=value):
                many = isinstance(value.type, SetOf)
                elements = self.values.elements(value) if many else None
                told = operations.count_set(elements) if many else self.values.value(value)
                truth = True if operations.known(told) else None
                return Step(f"{self._text(value)} is known", truth)
            case _:
                assert_never(node)

    def _less(self, node: Less) -> Step:
        left, right = self.values.value(node.left), self.values.value(node.right)
        sign = "<=" if node.or_equal else "<"
        text = f"{self._text(node.left)} {sign} {self._text(node.right)}"
        if isinstance(node.left.type, Enumeration):
            rank = operations.ranks(node.left.type)
            left, right = rank(left), rank(right)
        return Step(text, operations.less(left, right, node.or_equal))

    def _contains(self, collection: Value, item: Value) -> Truth:
        contains = contains_reader(
            self.values.program.readers, collection.type, in_token=in_token(root_of(collection))
        )
        return contains(self.values.value(collection), self.values.value(item))

    def _within(self, networks: Value, address: Value) -> Truth:
        if isinstance(networks.type, Scalar):
            return operations.within(self.values.value(networks), self.values.value(address))
        return operations.within_some(self.values.elements(networks), self.values.value(address))

    def _caller_step(self, node: OfCaller) -> Step:
        entitled = self.values.binding.entitlement
        match node:
            case InRole(role=role):
                bit = self.values.program.bits.role[role]
                truth = _between(entitled.roles & bit, entitled.roles_max & bit)
                return Step(f"role {role}{_unsaid(truth, 'which roles the caller has')}", truth)
            case IsClient(clients=clients):
                client: object = entitled.client
                known = None if client is ERROR else client in clients
                text = f"client {' or '.join(clients)}"
                return Step(f"{text}{_unsaid(known, 'whether the caller is a client')}", known)
            case Scopes(of=of, need=need):
                truth = self._has(of, need)
                return Step(f"{of} what is asked for{_unsaid(truth, _WHAT_MAY_BE_DONE)}", truth)
            case StrongLogin():
                return self._login(node)
            case IsEntitled():
                return self._entitled()
            case IsAuthenticated():
                return Step("a token is presented", entitled.authenticated)
            case IsStored():
                return Step("the resource exists already", not self.head.action.new)
            case _:
                assert_never(node)

    def _login(self, node: StrongLogin) -> Step:
        """Of which kind, and how long ago: each with what the token says of it."""
        binding, now = self.values.binding, microseconds(self.values.now)
        kinds, age = frozenset(node.acr), node.max_age
        texts: list[str] = []
        steps: list[Step] = []
        if kinds:
            texts.append(f"acr {' or '.join(node.acr)}")
            told = "none is said" if binding.entitlement.acr is None else shown(binding.entitlement.acr)
            truth = operations.strong_login(binding, kinds, None, now)
            steps.append(Step(f"{texts[-1]} ({told})", truth))
        if age is not None:
            texts.append(f"within {duration(age)}")
            told = _ago(binding.auth_time, now)
            truth = operations.strong_login(binding, frozenset(), age, now)
            steps.append(Step(f"{texts[-1]} ({told})", truth))
        truth = operations.strong_login(binding, kinds, age, now)
        return Step(f"a login of {', '.join(texts)}", truth, tuple(steps))

    def _entitled(self) -> Step:
        if not self.head.needs:
            return Step("entitled (the action needs nothing)", truth=False)
        truths = [
            kleene_all((self.step(each.when).truth, self._has("effective", each.need)))
            for each in self.head.needs
        ]
        truth = kleene_any(truths)
        return Step(f"entitled{_unsaid(truth, _WHAT_MAY_BE_DONE)}", truth)

    def _has(self, of: str, need: NeedOfScopes) -> Truth:
        """Whether the caller has scopes, of one sort."""
        sure, maybe = (
            self.values.program.bits.satisfies(getattr(self.values.binding.entitlement, mask), need)
            for mask in MASKS[of]
        )
        return _between(sure, maybe)

    # -- text

    def _text(self, value: Value) -> str:
        match value:
            case Given():
                return self._shown(value)
            case Read(member=member):
                return f"{member} ({self._shown(value)})"
            case Caller(what=what):
                return f"token.{CALLED.get(what, what)} ({self._shown(value)})"
            case Now():
                return f"now ({self._shown(value)})"
            case Element(name=name):
                return f"{name} ({self._shown(value)})"
            case Part(of=of, member=member):
                return f"{spelled(of)}.{member.name} ({self._shown(value)})"
            case Lookup(of=of, key=key):
                return f"{spelled(of)}[{self._text(key)}] ({self._shown(value)})"
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
        """What a value is, or why there is none."""
        found, type_ = self.values.value(value), value.type
        if found is ERROR:
            return f"error: {why(value, self.values)}"
        one_issuer = self.values.program.readers.one_issuer
        if isinstance(type_, SetOf | ListOf) and type(found) is tuple:
            elements = self.values.elements(value) or []
            text = listed(elements, type_.element, one_issuer=one_issuer)
            unfit = unfit_element(value, self.values)
            return text if unfit is None else f"{text}, error: {unfit}"
        return told(found, type_, one_issuer=one_issuer)


_WHAT_MAY_BE_DONE = "what the caller may do"


def _unsaid(truth: Truth, what: str) -> str:
    """Behind a test of the caller that is an error."""
    return f" (error: nobody says {what})" if truth is None else ""


def _ago(then: object, now: object) -> str:
    """How long ago a login was; both in microseconds."""
    if not (isinstance(then, int) and isinstance(now, int)):
        return "no time is said"
    return f"{lapse(now - then)} {'ago' if then <= now else 'from now'}"


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
