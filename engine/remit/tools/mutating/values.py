"""A policy and its tests -> what may stand in each place of a request.

In a member's place: the values that the tests have under its name, and what its type suggests: the
other bool, every value of an enum, numbers of the rules and those beside them, texts of the rules,
nothing, the users of the tests. Inside a list or a record: without an item, or with one thing in it
changed. Of a token also every role and every scope alone, none and all, and the logins that a rule asks
for. Instants are those of the tests, moved by a second and by the durations of the rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from remit.checker.checked import (
    BOOL,
    DATETIME,
    STRING,
    USER,
    Checked,
    CheckedTest,
    Enumeration,
    ListOf,
    MapOf,
    Member,
    SetOf,
)
from remit.checker.fixtures import instant
from remit.spans import Span
from remit.syntax import tree
from remit.tokens.profiles import PROFILES

NOWHERE = Span("", 0, 0)

_MOST_INSIDE: Final = 200
"""How many changes are made inside one value."""

_ROLES, _PERMISSIONS, _SCOPE, _SUBJECT = "roles", "permissions", "scope", "sub"
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_NUMERIC: Mapping[str, tuple[type[int | Decimal | timedelta], ...]] = {
    "int": (int,),
    "decimal": (Decimal, int),
    "duration": (timedelta,),
}


class Values:
    """What may stand in each place."""

    def __init__(self, checked: Checked, document: tree.Document) -> None:
        """Of a set without an error."""
        self._checked = checked
        rules = [
            item for item in document.items if not isinstance(item, tree.PolicyTest | tree.Fixtures)
        ]
        written = [*dict.fromkeys(_constants(rules))]
        self._lengths = [each for each in written if isinstance(each, timedelta)]
        self._numbers = [*dict.fromkeys(n for each in written for n in _near(each))]
        self._texts = [text(each) for each in written if isinstance(each, str)]
        self._logins = [
            text(each)
            for item in _nodes(rules)
            if isinstance(item, tree.NeedAcr)
            for each in dict.fromkeys(str(value.value) for value in item.values)
        ]
        self._of_tests: dict[str, list[tree.Expression]] = {}
        for name, value in (pair for test in checked.tests for pair in _pairs(test)):
            seen = self._of_tests.setdefault(name, [])
            if value not in seen:
                seen.append(value)
        fixtures = [each for test in checked.tests for each in test.fixtures]
        tokens = [each for each in fixtures if isinstance(each, tree.TokenFixture)]
        self._users = [
            *dict.fromkeys(_said(each.claims, _SUBJECT) or text(each.name.text) for each in tokens)
        ]
        said = (each for values in self._of_tests.values() for each in values)
        moments = (instant(words) for each in said if (words := _words(each)) is not None)
        self._moments = [*dict.fromkeys(moment for moment in moments if moment is not None)]

    def of_token(self, now: float) -> Iterator[tuple[str, tree.Expression]]:
        """Claims that every policy reads, and those that this one declares."""
        api, said = self._checked.api, self._of_tests
        scopes = [text(" ".join(sorted(api.scopes))), *map(text, ("", *sorted(api.scopes)))]
        yield from ((_SCOPE, each) for each in (*said.get(_SCOPE, ()), *scopes))
        if api.roles:
            roles = [several([]), *(several([text(role)]) for role in sorted(api.roles))]
            yield from ((_ROLES, each) for each in (*said.get(_ROLES, ()), *roles))
        if any(PROFILES[each.profile].permissions for each in api.issuers.values()):
            lists = [several([]), *(several([text(scope)]) for scope in sorted(api.scopes))]
            yield from ((_PERMISSIONS, each) for each in lists)
        if self._logins:
            yield from (("acr", each) for each in (*said.get("acr", ()), *self._logins))
        since = [now - length.total_seconds() for length in self._lengths]
        logins = (int(each + step) for each in since for step in (0, -1, 1))
        yield from (("auth_time", tree.Literal(each, NOWHERE)) for each in logins)
        yield from (("auth_time", each) for each in said.get("auth_time", ()))
        for name, member in self._checked.claims.items():
            yield from ((name, each) for each in self.of(name, member, now))

    def of(self, name: str, member: Member, now: float) -> Iterator[tree.Expression]:
        """What may stand in a member's place, in a request at an instant."""
        yield from self._of_tests.get(name, ())
        match member.type:
            case type_ if type_ == BOOL:
                yield from (tree.Literal(value, NOWHERE) for value in (False, True))
            case type_ if type_ == USER:
                yield from self._users
            case type_ if type_ == STRING:
                counts = (each for each in self._numbers if type(each) is int)
                yield from (text("x" * each) for each in counts if 0 <= each <= _MOST_INSIDE)
                yield from self._texts
            case type_ if type_ == DATETIME:
                yield from self.instants(now)
            case Enumeration(values=values):
                yield from map(text, values)
            case SetOf(element=element):
                yield several([])
                singles = map(text, element.values) if isinstance(element, Enumeration) else ()
                yield from (several([each]) for each in singles)
                yield from (several([each]) for each in (self._users if element == USER else ()))
            case ListOf():
                yield several([])
            case MapOf():
                yield tree.RecordOf((), NOWHERE)
            case type_ if str(type_) in _NUMERIC:
                numbers = (each for each in self._numbers if isinstance(each, _NUMERIC[str(type_)]))
                yield from (tree.Literal(each, NOWHERE) for each in numbers)
            case _:
                pass

    def inside(self, value: tree.Expression) -> Iterator[tree.Expression]:
        """A list or a record with one thing in it changed."""
        return islice(self._inside(value), _MOST_INSIDE)

    def _inside(self, value: tree.Expression) -> Iterator[tree.Expression]:
        match value:
            case tree.ListOf(items=items):
                for place, item in enumerate(items):
                    before, after = items[:place], items[place + 1 :]
                    yield several((*before, *after))
                    yield from (several((*before, each, *after)) for each in self._inside(item))
            case tree.RecordOf(pairs=pairs):
                for place, (name, item) in enumerate(pairs):
                    for each in (*self._of_tests.get(name.text, ()), *self._inside(item)):
                        changed = (*pairs[:place], (name, each), *pairs[place + 1 :])
                        yield tree.RecordOf(changed, NOWHERE)
            case _:
                pass

    def instants(self, now: float) -> Iterator[tree.Literal]:
        """The instants of the tests, then those near to them."""
        steps = (timedelta(), -_SECOND, _SECOND)
        lengths = [*self._lengths, *(-each for each in self._lengths), _DAY, -_DAY]
        for step in (*steps, *(length + step for length in lengths for step in steps)):
            for moment in (now, *self._moments):
                try:
                    moved = datetime.fromtimestamp(moment, UTC) + step
                except OverflowError:
                    continue
                yield text(moved.isoformat().replace("+00:00", "Z"))


def text(value: str) -> tree.Literal:
    """A text, as a test writes it."""
    return tree.Literal(value, NOWHERE)


def several(items: Iterable[tree.Expression]) -> tree.ListOf:
    """A list, as a test writes it."""
    return tree.ListOf(tuple(items), NOWHERE)


def _words(node: tree.Expression) -> str | None:
    """What a text says; None for what is none."""
    match node:
        case tree.Literal(value=str(words)):
            return words
        case _:
            return None


def _nodes(node: Any) -> Iterator[Any]:  # noqa: ANN401  (any node of the tree)
    """A node, and all in it."""
    if isinstance(node, tuple | list):
        for each in node:
            yield from _nodes(each)
    elif is_dataclass(node) and not isinstance(node, Span):
        yield node
        for each in fields(node):
            yield from _nodes(getattr(node, each.name))


def _constants(rules: Iterable[Any]) -> Iterator[Any]:
    """The numbers, durations and texts of some rules, but no prose."""
    for node in _nodes(list(rules)):
        if isinstance(node, tree.Compare | tree.NeedMaxAge | tree.Membership):
            literals = (each.value for each in _nodes(node) if isinstance(each, tree.Literal))
            yield from (each for each in literals if not isinstance(each, bool))


def _near(constant: Any) -> Iterator[Any]:  # noqa: ANN401  (what a literal holds)
    """A number or a duration, and its neighbours."""
    match constant:
        case str():
            pass
        case timedelta():
            yield from (constant - _SECOND, constant, constant + _SECOND)
        case _:
            yield from (constant - 1, constant, constant + 1)


def _pairs(test: CheckedTest) -> Iterator[tuple[str, tree.Expression]]:
    """Every member that a test writes, and every one inside it, with its value."""
    for node in _nodes((*test.fixtures, *test.expectations)):
        if isinstance(node, tree.RecordOf):
            yield from ((name.text, value) for name, value in node.pairs)


def _said(record: tree.RecordOf, wanted: str) -> tree.Expression | None:
    return next((value for name, value in record.pairs if name.text == wanted), None)
