"""A policy's tests -> requests near to theirs, each as an expectation that could be added to them.

For an action these are the requests of the tests for it, those for another action of the same resource
made for this one, and all of them with every scope granted; then each with one thing changed: who asks,
about which resource; one claim, one member of the resource or the context, one parameter; or the
instant. The values are those that the tests have in that place, and what its type suggests: the other
bool, every value of an enum, numbers of the rules and those beside them, nothing, every role and every
scope alone, the users of the tests.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, assert_never

from remit.checker.checked import (
    BOOL,
    USER,
    Checked,
    CheckedTest,
    Enumeration,
    ListOf,
    MapOf,
    Member,
    SetOf,
)
from remit.checker.fixtures import ANONYMOUS
from remit.spans import Span
from remit.syntax import tree
from remit.tools.testing.running import Asked, asked

_NOWHERE = Span("", 0, 0)
_ROLES, _SCOPE, _SUBJECT = "roles", "scope", "sub"
_STEPS = (timedelta(seconds=-1), timedelta(seconds=1), timedelta(days=-1), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Near:
    """A request, and the expectation that puts it, in which test."""

    test: CheckedTest
    expectation: tree.Expectation
    request: Asked


class Search:
    """The requests near those of a policy's tests, by what they ask for."""

    def __init__(self, checked: Checked, document: tree.Document) -> None:
        """Of a set without an error."""
        self._checked = checked
        self._values = _Values(checked, document)
        self._every_scope = _text(" ".join(sorted(checked.api.scopes)))

    def near(self, block: str | None, action: str) -> Iterator[Near]:
        """Those for one action of a block, in the order in which the tests are written."""
        own, others = self._of_tests(block, action)
        begun = [*own, *others]
        begun += [each for one in begun for each in self._entitled(one)]
        yield from begun
        for one in begun:
            for changed in self._values.changes(one):
                yield from _put(self._checked, one.test, changed)

    def _of_tests(self, block: str | None, action: str) -> tuple[list[Near], list[Near]]:
        """The requests of the tests for this action, and those for another, made for this one."""
        own: list[Near] = []
        others: list[Near] = []
        for test in self._checked.tests:
            for item in test.expectations:
                bare = _bare(replace(item, actions=(tree.Name(action, _NOWHERE),)))
                is_own = any(each.text == action for each in item.actions)
                for one in _put(self._checked, test, bare):
                    if (one.request.resource and one.request.resource[0]) == block:
                        (own if is_own else others).append(one)
        return own, others

    def _entitled(self, one: Near) -> Iterator[Near]:
        """A request with every scope granted."""
        item = one.expectation
        if item.who.text != ANONYMOUS:
            granted = _changed(item, item.who, _SCOPE, self._every_scope)
            yield from _put(self._checked, one.test, granted)


def _bare(item: tree.Expectation) -> tree.Expectation:
    return replace(item, missing=None, because=None, obligations=())


def _put(checked: Checked, test: CheckedTest, item: tree.Expectation) -> Iterator[Near]:
    for request in asked(checked, replace(test, expectations=(item,))):
        yield Near(test, item, request)


class _Values:
    """What may stand in each place."""

    def __init__(self, checked: Checked, document: tree.Document) -> None:
        self.checked = checked
        self.blocks = {block.name: block for block in checked.blocks}
        rules = [i for i in document.items if not isinstance(i, tree.PolicyTest | tree.Fixtures)]
        self.numbers = list(dict.fromkeys(n for item in rules for n in _numbers(item)))
        self.pool: dict[str, list[tree.Expression]] = {}
        self.users = list(
            dict.fromkeys(
                _said(each.claims, _SUBJECT) or _text(each.name.text)
                for test in checked.tests
                for each in test.fixtures
                if isinstance(each, tree.TokenFixture)
            )
        )
        for test in checked.tests:
            for name, value in _pairs(test):
                seen = self.pool.setdefault(name, [])
                if value not in seen:
                    seen.append(value)

    def changes(self, one: Near) -> Iterator[tree.Expectation]:
        """The expectation of a request with one thing changed."""
        item = one.expectation
        kind = None if one.request.resource is None else one.request.resource[0]
        block = self.blocks[kind]
        fixtures = one.test.fixtures
        for other in (each for each in fixtures if isinstance(each, tree.TokenFixture)):
            if other.name != item.who:
                yield _asked_by(item, other.name)
        if item.who.text != ANONYMOUS:
            yield _asked_by(item, tree.Name(ANONYMOUS, _NOWHERE))
            yield from self._of_token(item)
        for found in (each for each in fixtures if isinstance(each, tree.ResourceFixture)):
            if found.type.text == kind and item.resource and found.name != item.resource:
                yield _about(item, found.name)
        if item.resource is not None:
            yield from self._members(item, item.resource, block.members)
        yield from self._members(item, None, self.checked.context)
        for name, member in block.actions[item.actions[0].text].parameters.items():
            for value in self._of(name, member):
                yield replace(item, arguments=_laid_over(item.arguments, name, value))
        yield from self._later(one)

    def _of_token(self, item: tree.Expectation) -> Iterator[tree.Expectation]:
        api = self.checked.api
        scopes = [_text(" ".join(sorted(api.scopes))), *map(_text, ("", *sorted(api.scopes)))]
        roles = [_list([]), *(_list([_text(role)]) for role in sorted(api.roles))]
        for value in (*self.pool.get(_SCOPE, ()), *scopes):
            yield _changed(item, item.who, _SCOPE, value)
        for value in (*self.pool.get(_ROLES, ()), *(roles if _ROLES in self.pool else ())):
            yield _changed(item, item.who, _ROLES, value)
        for name in ("acr", "auth_time"):
            for value in self.pool.get(name, ()):
                yield _changed(item, item.who, name, value)
        yield from self._members(item, item.who, self.checked.claims)

    def _members(
        self, item: tree.Expectation, of: tree.Name | None, members: Mapping[str, Member]
    ) -> Iterator[tree.Expectation]:
        for name, member in members.items():
            for value in self._of(name, member):
                yield _changed(item, of, name, value)

    def _of(self, name: str, member: Member) -> Iterator[tree.Expression]:
        """What may stand in a member's place."""
        yield from self.pool.get(name, ())
        match member.type:
            case type_ if type_ == BOOL:
                yield from (tree.Literal(value, _NOWHERE) for value in (False, True))
            case type_ if type_ == USER:
                yield from self.users
            case Enumeration(values=values):
                yield from map(_text, values)
            case SetOf(element=element):
                yield _list([])
                singles = map(_text, element.values) if isinstance(element, Enumeration) else ()
                yield from (_list([each]) for each in singles)
                yield from (_list([each]) for each in (self.users if element == USER else ()))
            case ListOf():
                yield _list([])
            case MapOf():
                yield tree.RecordOf((), _NOWHERE)
            case type_ if str(type_) in _NUMERIC:
                for number in self.numbers:
                    if isinstance(number, _NUMERIC[str(type_)]):
                        yield tree.Literal(number, _NOWHERE)
            case _:
                pass

    def _later(self, one: Near) -> Iterator[tree.Expectation]:
        """The instant moved by a little, and by the durations of the rules."""
        lengths = [n for n in self.numbers if isinstance(n, timedelta)]
        then = datetime.fromtimestamp(one.request.now, UTC)
        for step in (*_STEPS, *lengths, *(-length for length in lengths)):
            try:
                text = (then + step).isoformat().replace("+00:00", "Z")
            except OverflowError:
                continue
            yield replace(one.expectation, at=_text(text))


_NUMERIC: Mapping[str, type[int | Decimal | timedelta]] = {
    "int": int,
    "decimal": Decimal,
    "duration": timedelta,
}


def _numbers(node: Any) -> Iterator[Any]:  # noqa: ANN401  (any node of the tree)
    """The numbers and durations in a node, each with its neighbours."""
    if isinstance(node, tuple):
        for each in node:
            yield from _numbers(each)
    elif isinstance(node, tree.Literal):
        match node.value:
            case bool() | str():
                pass
            case timedelta() as length:
                one = timedelta(seconds=1)
                yield from (length - one, length, length + one)
            case number:
                yield from (number - 1, number, number + 1)
    elif is_dataclass(node) and not isinstance(node, Span):
        for each in fields(node):
            yield from _numbers(getattr(node, each.name))


def _pairs(test: CheckedTest) -> Iterator[tuple[str, tree.Expression]]:
    """Every member that a test writes, with its value."""
    for item in (*test.fixtures, *test.expectations):
        records: Iterable[tree.RecordOf | None]
        match item:
            case tree.TokenFixture(claims=claims):
                records = (claims,)
            case tree.ResourceFixture(attributes=attributes):
                records = (attributes,)
            case tree.ContextFixture(values=values):
                records = (values,)
            case tree.Expectation(changes=changes, arguments=arguments):
                records = (arguments, *(change.changes for change in changes))
            case _:
                assert_never(item)
        for record in records:
            yield from ((name.text, value) for name, value in (record.pairs if record else ()))


def _said(record: tree.RecordOf, wanted: str) -> tree.Expression | None:
    return next((value for name, value in record.pairs if name.text == wanted), None)


def _text(value: str) -> tree.Literal:
    return tree.Literal(value, _NOWHERE)


def _list(items: Iterable[tree.Expression]) -> tree.ListOf:
    return tree.ListOf(tuple(items), _NOWHERE)


def _asked_by(item: tree.Expectation, who: tree.Name) -> tree.Expectation:
    kept = tuple(change for change in item.changes if change.name != item.who)
    return replace(item, who=who, changes=kept)


def _about(item: tree.Expectation, resource: tree.Name) -> tree.Expectation:
    kept = tuple(change for change in item.changes if change.name != item.resource)
    return replace(item, resource=resource, changes=kept)


def _changed(
    item: tree.Expectation, of: tree.Name | None, name: str, value: tree.Expression
) -> tree.Expectation:
    """With one member laid over what the expectation lays over it already."""
    before = next((change.changes for change in item.changes if change.name == of), None)
    mine = tree.With(of, _laid_over(before, name, value), _NOWHERE)
    return replace(item, changes=(*(each for each in item.changes if each.name != of), mine))


def _laid_over(record: tree.RecordOf | None, name: str, value: tree.Expression) -> tree.RecordOf:
    kept = [pair for pair in (record.pairs if record else ()) if pair[0].text != name]
    return tree.RecordOf((*kept, (tree.Name(name, _NOWHERE), value)), _NOWHERE)
