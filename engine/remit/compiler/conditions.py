"""Conditions -> Python expressions.

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
from typing import assert_never

from remit.checker.checked import (
    AllOf,
    Always,
    AnyOf,
    Caller,
    Condition,
    Contains,
    EachOf,
    Enumeration,
    Equal,
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
    Matches,
    Member,
    NeedOfScopes,
    Negated,
    OfCaller,
    OfValues,
    OneScope,
    Present,
    Quantified,
    Read,
    Scalar,
    Scopes,
    SetOf,
    SomeOf,
    StrongLogin,
    Value,
    Within,
)
from remit.compiler import operations
from remit.compiler.expressions import Expressions, is_of_token
from remit.compiler.program import MASKS
from remit.compiler.pythonast import (
    all_,
    any_,
    attribute,
    call,
    compare,
    constant,
    function_of,
    is_,
    is_not,
    load,
    not_,
)
from remit.compiler.reading import BINDING, ENTITLEMENT, NOW
from remit.compiler.remembered import Remembered
from remit.compiler.residual import Unsettled
from remit.compiler.selection import Roles, Selected
from remit.compiler.values import contains_reader

TRUE_BITS, ERROR_BITS = "m", "u"


class Writer(Expressions):
    """Writes the conditions of one function."""

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
        arguments = self.elements(node.collection), function_of((f"e{node.depth}",), body)
        if isinstance(node, Remembered):
            return ast.Call(attribute(node.about, function), list[ast.expr](arguments), [])
        return call(function, *arguments)

    def each_row(self, many: Selected, body: list[ast.stmt], *, sure: bool) -> ast.stmt:
        """A loop over the rules that may be true, or (not `sure`) an error as well.

        In its body the constants of a rule have their names, and TRUE_BITS and ERROR_BITS are its bits.
        """
        names = (*(f"g{place}" for place in range(many.width)), TRUE_BITS, ERROR_BITS)
        row: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        if isinstance(many.selector, Roles):
            held = attribute(BINDING, ENTITLEMENT, "roles" if sure else "roles_max")
            rows = ast.Call(attribute(many.table, "with_roles"), [held], [])
        else:
            which = attribute(many.table, "sure" if sure else "possible")
            rows = ast.Call(which, [self.value(many.selector)], [])
        return ast.For(ast.Tuple(row, ast.Store()), rows, body, [])

    def each_that_is_picked(self, many: Selected, body: list[ast.stmt]) -> ast.stmt:
        """A loop over the rules that a value picks; in its body their other constants have names."""
        names = [f"g{place}" for place in range(many.width) if place != many.place]
        others = ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())
        assert not isinstance(many.selector, Roles), "a caller has several roles"
        which = attribute(many.table, "others", "get")
        return ast.For(others, ast.Call(which, [self.value(many.selector), constant(())], []), body, [])

    def _leaf(self, node: Leaf, *, truth: bool) -> ast.expr:
        if isinstance(node, Unsettled):
            return constant(value=True)
        if isinstance(node, Always):
            return constant(node.truth is truth)
        if isinstance(node, OfCaller):
            return self._of_caller(node, truth=truth)
        return self._of_values(node, truth=truth)

    def _of_caller(self, node: OfCaller, *, truth: bool) -> ast.expr:
        assert not isinstance(node, IsEntitled | IsStored), "a residual says what they come to"
        match node:
            case InRole(role=role):
                return _mask("roles", load(role), truth=truth)
            case IsClient(clients=clients):
                return self._is_client(clients, truth=truth)
            case Scopes(of=of, need=need):
                sure, maybe = MASKS[of]
                return self._need(sure, need) if truth else not_(self._need(maybe, need))
            case StrongLogin(acr=acr, max_age=age):
                now = constant(0) if age is None else load(NOW)
                [accepted] = acr
                login = call("strong_login", load(BINDING), load(accepted), constant(age), now)
                return login if truth else not_(login)
            case IsAuthenticated():
                known = attribute(BINDING, ENTITLEMENT, "authenticated")
                return known if truth else not_(known)
            case _:
                assert_never(node)

    def _is_client(self, clients: tuple[str, ...], *, truth: bool) -> ast.expr:
        client = attribute(BINDING, ENTITLEMENT, "client")
        among = load(*clients)
        if truth:
            return compare(client, ast.In(), among)
        return all_((is_not(client, "ERROR"), compare(client, ast.NotIn(), among)))

    def _need(self, mask: str, need: NeedOfScopes) -> ast.expr:
        """Whether a mask of the binding has what is needed."""
        match need:
            case OneScope(scope=scope):
                return ast.BinOp(attribute(BINDING, ENTITLEMENT, mask), ast.BitAnd(), load(scope))
            case EachOf(needs=needs):
                return all_(self._need(mask, each) for each in needs)
            case SomeOf(needs=needs):
                return any_(self._need(mask, each) for each in needs)
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
                if not truth:
                    return constant(value=False)
                # A set is known if its elements are; then they can be counted.
                many = isinstance(value.type, SetOf)
                told = call("count_set", self.elements(value)) if many else self.value(value)
                return call("known", told)
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
                return call("within_some", self.elements(networks), self.value(address))
            case Matches(value=value, pattern=pattern):
                return call("like", self.value(value), load(pattern))
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
        if self._is_simple(left) and self._is_simple(right) and self.plain(left.type) is int:
            checks = [self._exact(v) for v in (left, right) if not isinstance(v, Given)]
            less = ast.LtE() if node.or_equal else ast.Lt()
            not_less = ast.Gt() if node.or_equal else ast.GtE()
            operator: ast.cmpop = less if truth else not_less
            return all_((*checks, compare(one, operator, other)))
        if isinstance(left.type, Enumeration):
            type_ = left.type
            rank = self.keep(("rank", type_), lambda: operations.ranks(type_))
            one, other = call(rank, one), call(rank, other)
        found = call("less", one, other, constant(node.or_equal))
        return compare(found, ast.Is(), constant(truth))

    def _contains(self, collection: Value, item_: Value, *, truth: bool) -> ast.expr:
        among = self.value(collection)
        if self._is_plain_set(collection) and self._is_simple(item_):
            operator: ast.cmpop = ast.In() if truth else ast.NotIn()
            test = compare(self.value(item_), operator, among)
            return test if truth else all_((*self._sound(item_), test))
        of_token = is_of_token(collection)
        contains = self.keep(
            ("contains", collection.type, of_token),
            lambda: contains_reader(self.program.readers, collection.type, in_token=of_token),
        )
        return compare(call(contains, among, self.value(item_)), ast.Is(), constant(truth))

    def _is_plain_set(self, value: Value) -> bool:
        """Whether the value is a constant set of Python's plain types."""
        if not isinstance(value, Given) or not isinstance(value.type, SetOf):
            return False
        return self.plain(value.type.element) is not None

    def _present(self, member: Member, *, truth: bool) -> ast.expr:
        value = load(self.local[member])
        if not truth:
            return is_(value, "ABSENT")
        return all_((is_not(value, "ABSENT"), is_not(value, "ERROR")))

    def _is_simple(self, value: Value) -> bool:
        """Whether the value is there already, in one of Python's plain types or as a sentinel."""
        return isinstance(value, Given | Read | Caller) and self.plain(value.type) is not None

    def _exact(self, value: Value) -> ast.expr:
        exact = self.plain(value.type)
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


def _mask(name: str, bit: ast.expr, *, truth: bool) -> ast.expr:
    """`name` is what is surely there, `name_max` what may be: between them lies the unknown."""
    mask = attribute(BINDING, ENTITLEMENT, name if truth else f"{name}_max")
    test = ast.BinOp(mask, ast.BitAnd(), bit)
    return test if truth else not_(test)
