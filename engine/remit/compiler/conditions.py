"""Conditions and values -> Python expressions.

A condition is true, false or error, but no rule needs all three: a permit asks "is it true?", a
gate "is it anything but false?". So each condition is written as one of two plain boolean
expressions, `truth(c)` and `falsity(c)`; neither raises, and `not` swaps them. An error is a
condition for which both are False, and strong Kleene logic falls out, whatever the order:

    truth(a and b)   = truth(a) and truth(b)        falsity(a and b) = falsity(a) or falsity(b)
    truth(not a)     = falsity(a)                   falsity(not a)   = truth(a)
    truth(any x: c)  = some x has truth(c)          falsity(any x: c) = every x has falsity(c)

That holds because every value is normalised where it is read, once: it has exactly its declared type
or is one of the sentinels ABSENT and ERROR, which no test takes for a value.
"""

import ast
from collections.abc import Callable
from typing import assert_never

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Applied,
    Calculated,
    Caller,
    Condition,
    Contains,
    EachOf,
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
    Leaf,
    Less,
    ListOf,
    Lookup,
    Matches,
    Member,
    NeedOfScopes,
    Negated,
    Now,
    OfCaller,
    OfValues,
    OneScope,
    Part,
    Present,
    Quantified,
    Read,
    Root,
    Scalar,
    Scopes,
    SetOf,
    Several,
    SomeOf,
    StrongLogin,
    Type,
    Value,
    Within,
)
from remit.checker.reads import leaves, read_by, root_of
from remit.checker.scalars import INT_HIGH, INT_LOW
from remit.compiler import operations
from remit.compiler.program import Head, Program
from remit.compiler.pythonast import (
    all_,
    any_,
    assign,
    attribute,
    call,
    compare,
    constant,
    function_of,
    is_,
    is_not,
    item,
    load,
    not_,
)
from remit.compiler.values import (
    contains_reader,
    domain_of,
    elements_reader,
    in_token,
    lookup_reader,
    part_reader,
)

BINDING, RESOURCE, CONTEXT, INSTANT, PARAMETERS = "b", "r", "x", "t", "p"
_NOW = "now"
_CALLER = {
    "user": "user",
    "self": "client",
    "client": "application",
    "kind": "kind",
    "issuer": "issuer",
}


class Writer:
    """Writes the expressions of one function; members are read where the first rule needs them."""

    def __init__(self, program: Program, head: Head, *, mapping: bool) -> None:
        self.program = program
        self.head = head
        self.mapping = mapping
        self.constants: dict[str, object] = {}
        self.body: list[ast.stmt] = []
        self._local: dict[object, str] = {}
        self._kept: dict[object, str] = {}

    def _keep(self, key: object, make: Callable[[], object]) -> str:
        """A name in the namespace for something made for this function; one for each key."""
        if key not in self._kept:
            self._kept[key] = f"n{len(self._kept)}"
            self.constants[self._kept[key]] = make()
        return self._kept[key]

    # -- reading

    def read(self, condition: Condition) -> None:
        """Write statements that read what the condition needs, as far as nothing has read it yet."""
        for value in read_by(condition):
            match value:
                case Read(member=member) if member not in self._local:
                    self._local[member] = f"v{len(self._local)}"
                    self.body += self._read_member(member, self._local[member])
                case Caller(what=what) if value not in self._local:
                    self._local[value] = f"v{len(self._local)}"
                    self.body.append(assign(self._local[value], attribute(BINDING, _CALLER[what])))
                case Now():
                    self._read_now()
                case _:
                    pass
        if any(isinstance(leaf, StrongLogin) for leaf in leaves(condition)):
            self._read_now()

    def _read_now(self) -> None:
        if Now() not in self._local:
            self._local[Now()] = _NOW
            self.body.append(assign(_NOW, call("microseconds", load(INSTANT))))

    def _read_member(self, member: Member, local: str) -> list[ast.stmt]:
        if member.root is Root.TOKEN:
            slot = constant(self.program.claim_slots[member.name])
            return [assign(local, item(attribute(BINDING, "claims"), slot))]
        name = self._keep(("member", member), lambda: self.program.readers.member(member))
        tidy = assign(local, call(name, load(local)))
        as_mapping = self.mapping or member.root is not Root.RESOURCE
        root = {Root.CONTEXT: CONTEXT, Root.ACTION: PARAMETERS}.get(member.root, RESOURCE)
        fetch = _fetch(load(root), member.name, local, mapping=as_mapping)
        untidy = self._untidy(member.type, local)
        return [fetch, tidy] if untidy is None else [fetch, ast.If(untidy, [tidy], [])]

    def _untidy(self, type_: Type, local: str) -> ast.expr | None:
        """Whether the value needs more than the quick test of its type; None where it always does."""
        exact = self._plain(type_)
        if exact is None:
            return None
        value = load(local)
        other = compare(call("type", value), ast.IsNot(), load(exact.__name__))
        if isinstance(type_, Enumeration):
            outside = compare(value, ast.NotIn(), constant(frozenset(type_.values)))
            return any_((other, outside))
        if exact is int:
            limits = ast.Compare(
                constant(INT_LOW), [ast.LtE(), ast.LtE()], [value, constant(INT_HIGH)]
            )
            return any_((other, not_(limits)))
        return other

    def _plain(self, type_: Type) -> type | None:
        single = isinstance(type_, Scalar | Enumeration)
        return self.program.readers.plain(type_) if single else None

    # -- conditions

    def truth(self, node: Condition) -> ast.expr:
        """An expression that is true exactly where `node` is true."""
        match node:
            case Negated(operand=operand):
                return self.falsity(operand)
            case AllOf(operands=operands):
                return all_(self.truth(operand) for operand in operands)
            case AnyOf(operands=operands):
                return any_(self.truth(operand) for operand in operands)
            case Quantified():
                return self._quantified(node, truth=True)
            case _:
                return self._leaf(node, truth=True)

    def falsity(self, node: Condition) -> ast.expr:
        """An expression that is true exactly where `node` is false."""
        match node:
            case Negated(operand=operand):
                return self.truth(operand)
            case AllOf(operands=operands):
                return any_(self.falsity(operand) for operand in operands)
            case AnyOf(operands=operands):
                return all_(self.falsity(operand) for operand in operands)
            case Quantified():
                return self._quantified(node, truth=False)
            case _:
                return self._leaf(node, truth=False)

    def _quantified(self, node: Quantified, *, truth: bool) -> ast.expr:
        body = self.truth(node.condition) if truth else self.falsity(node.condition)
        function = "every" if node.every is truth else "some"
        return call(
            function, self._elements(node.collection), function_of(f"e{node.depth}", body)
        )

    def _leaf(self, node: Leaf, *, truth: bool) -> ast.expr:
        if isinstance(node, Always):
            return constant(node.truth is truth)
        if isinstance(node, OfCaller):
            return self._of_caller(node, truth=truth)
        return self._of_values(node, truth=truth)

    def _of_caller(self, node: OfCaller, *, truth: bool) -> ast.expr:
        match node:
            case InRole(role=role):
                return _mask("roles", constant(self.program.bits.role[role]), truth=truth)
            case IsClient(clients=clients):
                return self._is_client(clients, truth=truth)
            case Scopes(of=of, need=need):
                # What was granted is known, what is held may not be.
                sure = "scopes" if of == "granted" else "held" if truth else "held_max"
                met = self.need(sure, need)
                return met if truth else not_(met)
            case StrongLogin(acr=acr, max_age=age):
                login = call(
                    "strong_login", load(BINDING), constant(frozenset(acr)), constant(age), load(_NOW)
                )
                return login if truth else not_(login)
            case IsEntitled():
                return self._entitled(truth=truth)
            case IsAuthenticated():
                known = attribute(BINDING, "authenticated")
                return known if truth else not_(known)
            case IsStored():
                return constant(self.head.action.new is not truth)
            case _:
                assert_never(node)

    def _is_client(self, clients: tuple[str, ...], *, truth: bool) -> ast.expr:
        client = attribute(BINDING, "client")
        among = constant(frozenset(clients))
        if truth:
            return compare(client, ast.In(), among)
        return all_((is_not(client, "ERROR"), compare(client, ast.NotIn(), among)))

    def _entitled(self, *, truth: bool) -> ast.expr:
        needs = self.head.needs
        if truth:
            return any_(
                all_((self.truth(each.when), self.need("effective", each.need))) for each in needs
            )
        return all_(
            any_((self.falsity(each.when), not_(self.need("effective_max", each.need))))
            for each in needs
        )

    def need(self, mask: str, need: NeedOfScopes) -> ast.expr:
        """Whether a mask of the binding has what is needed."""
        match need:
            case OneScope(scope=scope):
                bit = constant(self.program.bits.scope[scope])
                return ast.BinOp(attribute(BINDING, mask), ast.BitAnd(), bit)
            case EachOf(needs=needs):
                return all_(self.need(mask, each) for each in needs)
            case SomeOf(needs=needs):
                return any_(self.need(mask, each) for each in needs)
            case _:
                assert_never(need)

    def _of_values(self, node: OfValues, *, truth: bool) -> ast.expr:
        match node:
            case IsTrue(value=value):
                return compare(self.value(value), ast.Is(), constant(truth))
            case Equal(left=left, right=right):
                return self._equal(left, right, truth=truth)
            case Less():
                return self._less(node, truth=truth)
            case Contains(collection=collection, item=item_):
                return self._contains(collection, item_, truth=truth)
            case Present(value=Read(member=member)):
                return self._present(member, truth=truth)
            case Known(value=value):
                return call("known", self.value(value)) if truth else constant(value=False)
            case _:
                return compare(self._tested(node), ast.Is(), constant(truth))

    def _tested(self, node: HasKey | Within | Matches | Present) -> ast.expr:
        """A call that answers True, False or None."""
        match node:
            case HasKey(map=map_, key=key):
                return call("has_key", self.value(map_), self.value(key))
            case Within(networks=networks, address=address):
                if isinstance(networks.type, Scalar):
                    return call("within", self.value(networks), self.value(address))
                return call("within_some", self._elements(networks), self.value(address))
            case Matches(value=value, pattern=pattern):
                return call("like", self.value(value), constant(pattern))
            case Present(value=value):
                return call("present", self.value(value))
            case _:
                assert_never(node)

    def _equal(self, left: Value, right: Value, *, truth: bool) -> ast.expr:
        one, other = self.value(left), self.value(right)
        if not (self._is_simple(left) and self._is_simple(right)):
            return compare(call("equal", one, other), ast.Is(), constant(truth))
        if truth:
            sure = isinstance(left, Given) or isinstance(right, Given)
            checks = [] if sure else [self._exact(left)]
            return all_((*checks, compare(one, ast.Eq(), other)))
        differ = compare(one, ast.NotEq(), other)
        if isinstance(left, Caller) and isinstance(right, Caller):
            differ = any_((differ, is_(one, "NOBODY")))
        return all_((*self._sound(left), *self._sound(right), differ))

    def _less(self, node: Less, *, truth: bool) -> ast.expr:
        left, right = node.left, node.right
        one, other = self.value(left), self.value(right)
        if self._is_simple(left) and self._is_simple(right) and self._plain(left.type) is int:
            checks = [self._exact(v) for v in (left, right) if not isinstance(v, Given)]
            less = ast.LtE() if node.or_equal else ast.Lt()
            not_less = ast.Gt() if node.or_equal else ast.GtE()
            operator: ast.cmpop = less if truth else not_less
            return all_((*checks, compare(one, operator, other)))
        if isinstance(left.type, Enumeration):
            type_ = left.type
            rank = self._keep(("rank", type_), lambda: operations.ranks(type_))
            one, other = call(rank, one), call(rank, other)
        found = call("less", one, other, constant(node.or_equal))
        return compare(found, ast.Is(), constant(truth))

    def _contains(self, collection: Value, item_: Value, *, truth: bool) -> ast.expr:
        among = self.value(collection)
        if isinstance(among, ast.Constant) and self._is_simple(item_):
            operator: ast.cmpop = ast.In() if truth else ast.NotIn()
            test = compare(self.value(item_), operator, among)
            return test if truth else all_((*self._sound(item_), test))
        exact = self._plain(item_.type)
        if exact is not None:
            domain = constant(domain_of(item_.type))
            found = call("contains", among, self.value(item_), load(exact.__name__), domain)
        else:
            key = ("contains", collection.type, _of_token(collection))
            contains = self._keep(
                key,
                lambda: contains_reader(
                    self.program.readers, collection.type, in_token=_of_token(collection)
                ),
            )
            found = call(contains, among, self.value(item_))
        return compare(found, ast.Is(), constant(truth))

    def _present(self, member: Member, *, truth: bool) -> ast.expr:
        value = load(self._local[member])
        if not truth:
            return is_(value, "ABSENT")
        return all_((is_not(value, "ABSENT"), is_not(value, "ERROR")))

    # -- values

    def value(self, value: Value) -> ast.expr:
        """An expression for the value, which has its type or is a sentinel."""
        match value:
            case Given():
                return self._given(value)
            case Read(member=member):
                return load(self._local[member])
            case Caller() | Now():
                return load(self._local[value])
            case Element(depth=depth):
                return load(f"e{depth}")
            case Fallback(value=first, other=other):
                return call("fallback", self.value(first), self.value(other))
            case Part() | Lookup():
                return self._within_value(value)
            case Calculated() | Applied() | Several():
                return self._worked_out(value)
            case _:
                assert_never(value)

    def _given(self, value: Given) -> ast.expr:
        kept = value.value
        elements = kept if type(kept) is frozenset else (kept,)
        if all(type(element) in (str, int, bool) for element in elements):
            return constant(kept)
        made = self._keep(value, lambda: self.program.readers.constant(value))
        return load(made)

    def _within_value(self, value: Part | Lookup) -> ast.expr:
        readers, of_token = self.program.readers, _of_token(value)
        match value:
            case Part(of=of, member=member):
                part = self._keep(
                    ("part", member, of_token),
                    lambda: part_reader(readers, member, in_token=of_token),
                )
                return call(part, self.value(of))
            case Lookup(of=of, key=key, type=type_):
                lookup = self._keep(
                    ("lookup", type_, of_token),
                    lambda: lookup_reader(readers, type_, in_token=of_token),
                )
                return call(lookup, self.value(of), self.value(key))
            case _:
                assert_never(value)

    def _worked_out(self, value: Calculated | Applied | Several) -> ast.expr:
        match value:
            case Calculated(left=left, right=right, type=SetOf()):
                return call("difference", self._elements(left), self._elements(right))
            case Calculated(operator=operator, left=left, right=right, type=type_):
                made = self._keep(
                    ("calculation", operator, type_), lambda: operations.calculation(operator, type_)
                )
                return call(made, self.value(left), self.value(right))
            case Applied(function="count", arguments=(counted,)):
                match counted.type:
                    case SetOf():
                        return call("count_set", self._elements(counted))
                    case ListOf():
                        return call("count_list", self._elements(counted))
                    case _:
                        return call("count_map", self.value(counted))
            case Applied(function=function, arguments=arguments):
                return call(function, *(self.value(argument) for argument in arguments))
            case Several(items=items):
                return call("several", *(self.value(each) for each in items))
            case _:
                assert_never(value)

    def _elements(self, value: Value) -> ast.expr:
        """The elements of a collection, each read; None for an error."""
        of_token = _of_token(value)
        made = self._keep(
            ("elements", value.type, of_token),
            lambda: elements_reader(self.program.readers, value.type, in_token=of_token),
        )
        return call(made, self.value(value))

    def _is_simple(self, value: Value) -> bool:
        """Whether the value is there already, in one of Python's plain types or as a sentinel."""
        return isinstance(value, Given | Read | Caller) and self._plain(value.type) is not None

    def _exact(self, value: Value) -> ast.expr:
        exact = self._plain(value.type)
        assert exact is not None, "only simple values are tested like this"
        return compare(call("type", self.value(value)), ast.Is(), load(exact.__name__))

    def _sound(self, value: Value) -> list[ast.expr]:
        """Tests that a simple value is no error; none where it cannot be."""
        if isinstance(value, Given):
            return []
        tests = [is_not(self.value(value), "ERROR")]
        if isinstance(value, Read) and value.member.may_be_absent:
            tests.append(is_not(self.value(value), "ABSENT"))
        return tests


def _of_token(value: Value) -> bool:
    return in_token(root_of(value))


def _mask(name: str, bit: ast.expr, *, truth: bool) -> ast.expr:
    """`name` is what is surely there, `name_max` what may be: between them lies the unknown."""
    test = ast.BinOp(attribute(BINDING, name if truth else f"{name}_max"), ast.BitAnd(), bit)
    return test if truth else not_(test)


def _fetch(root: ast.expr, name: str, local: str, *, mapping: bool) -> ast.stmt:
    key = constant(name)
    if mapping:
        value, missing, error = item(root, key), load("ABSENT"), "KeyError"
    else:
        value, missing, error = call("get", root, key), call("missing", root, key), "AttributeError"
    return ast.Try(
        body=[assign(local, value)],
        handlers=[
            ast.ExceptHandler(load(error), None, [assign(local, missing)]),
            ast.ExceptHandler(load("Exception"), None, [assign(local, load("ERROR"))]),
        ],
        orelse=[],
        finalbody=[],
    )
