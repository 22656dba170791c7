"""A checked condition -> the ways in which a policy may have written it.

The first is how reports name a condition that stands nowhere in the text as such, because a `let` or a
file gives some of its values.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
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
    Lookup,
    Matches,
    NeedOfScopes,
    Negated,
    Now,
    OfCaller,
    OneScope,
    Part,
    Present,
    Quantified,
    Read,
    Scopes,
    Several,
    StrongLogin,
    Value,
    Within,
)
from remit.checker.reads import read_by
from remit.compiler.values import shown
from remit.decider.values import as_python
from remit.spans import Span
from remit.syntax.render_words import literal
from remit.syntax.tree import Literal


def spellings(condition: Condition) -> tuple[str, ...]:
    """The texts that mean this condition, or its negation where one word says that."""
    match condition:
        case Equal(left=left, right=right):
            return _equal(left, right)
        case Less(left=left, right=right, or_equal=or_equal):
            less, more = ("<=", ">=") if or_equal else ("<", ">")
            return (f"{worded(left)} {less} {worded(right)}", f"{worded(right)} {more} {worded(left)}")
        case Contains(collection=collection, item=item):
            return (*_within(item, collection), *_subject(collection, item))
        case HasKey(map=collection, key=item) | Within(networks=collection, address=item):
            return _within(item, collection)
        case IsTrue(value=value):
            return (worded(value),)
        case Matches(value=value, pattern=pattern):
            return (f"{worded(value)} like {constant(pattern)}",)
        case Present(value=value):
            return (f"has {worded(value)}",)
        case Known(value=value):
            return (f"{worded(value)} is known",)
        case Quantified():
            return _quantified(condition)
        case Negated() | AllOf() | AnyOf() | Always():
            return (_joined(condition),)
        case _:
            return (_of_caller(condition),)


def _quantified(node: Quantified) -> tuple[str, ...]:
    """As written, and without the name and what is asked of each element."""
    word, collection = "all" if node.every else "any", worded(node.collection)
    elements = (value for value in read_by(node.condition) if isinstance(value, Element))
    name = next((each.name for each in elements if each.depth == node.depth), "each")
    asked = spellings(node.condition)[0]
    return (f"{word} {name} in {collection} where {asked}", f"{word} in {collection}")


def _joined(condition: Negated | AllOf | AnyOf | Always) -> str:
    match condition:
        case Negated(operand=operand):
            return f"not {spellings(operand)[0]}"
        case AllOf(operands=operands):
            return " and ".join(spellings(each)[0] for each in operands)
        case AnyOf(operands=operands):
            return f"({' or '.join(spellings(each)[0] for each in operands)})"
        case Always(truth=truth):
            return "true" if truth else "false"
        case _:
            assert_never(condition)


def _equal(left: Value, right: Value) -> tuple[str, ...]:
    one, other = worded(left), worded(right)
    if isinstance(left, Caller | Given) and not isinstance(right, Given):
        one, other = other, one
    told = [f"{a} {sign} {b}" for sign in ("==", "!=") for a, b in ((one, other), (other, one))]
    return (*told, *_subject(left, right), *_subject(right, left))


def _within(item: Value, collection: Value) -> tuple[str, ...]:
    one, several = worded(item), worded(collection)
    return (f"{one} in {several}", f"{one} not in {several}")


def _subject(of: Value, caller: Value) -> Sequence[str]:
    """`owner` after `to`, where an attribute is compared with who asks."""
    asks = isinstance(caller, Caller) and caller.what in ("user", "self")
    return (str(of.member),) if asks and isinstance(of, Read) else ()


def _of_caller(condition: OfCaller) -> str:
    match condition:
        case InRole(role=role):
            return f"role {role}"
        case IsClient(clients=clients):
            return f"client {' or '.join(clients)}"
        case Scopes(of=of, need=need):
            return f"{of}({_need(need)})"
        case StrongLogin(acr=acr, max_age=age):
            kinds = [f"acr {', '.join(constant(each) for each in acr)}"] if acr else []
            return " ".join(
                kinds + ([] if age is None else [f"max_age {constant(timedelta(microseconds=age))}"])
            )
        case IsEntitled():
            return "entitled"
        case IsAuthenticated():
            return "a token is presented"
        case IsStored():
            return "the resource exists already"
        case _:
            assert_never(condition)


_NOWHERE = Span("", 0, 0)


def constant(value: object) -> str:
    """A constant as the language writes it; sets and lists with brackets."""
    match value:
        case bool() | int() | str() | Decimal() | timedelta():
            return literal(Literal(value, _NOWHERE))
        case frozenset() | set():
            return f"[{', '.join(sorted(constant(each) for each in value))}]"
        case list() | tuple():
            return f"[{', '.join(constant(each) for each in value)}]"
        case datetime():
            return constant(value.isoformat().replace("+00:00", "Z"))
        case _:
            return constant(shown(value))


def _need(need: NeedOfScopes) -> str:
    if isinstance(need, OneScope):
        return need.scope
    word = " and " if isinstance(need, EachOf) else " or "
    return word.join(_need(each) for each in need.needs)


_OF_CALLER = {"user": "sub", "self": "sub"}


def worded(value: Value) -> str:
    """A value as the language writes it."""
    match value:
        case Given(value=given, type=type_):
            return constant(as_python(given, type_))
        case Read(member=member):
            return str(member)
        case Caller(what=what):
            return f"token.{_OF_CALLER.get(what, what)}"
        case Now():
            return "now"
        case Element(name=name):
            return name
        case Part(of=of, member=member):
            return f"{worded(of)}.{member.name}"
        case Lookup(of=of, key=key):
            return f"{worded(of)}[{worded(key)}]"
        case Fallback(value=first, other=other):
            return f"({worded(first)} ?? {worded(other)})"
        case Calculated(operator=operator, left=left, right=right):
            return f"{worded(left)} {operator} {worded(right)}"
        case Applied(function=function, arguments=arguments):
            return f"{function}({', '.join(worded(each) for each in arguments)})"
        case Several(items=items):
            return f"[{', '.join(worded(each) for each in items)}]"
        case _:
            assert_never(value)
