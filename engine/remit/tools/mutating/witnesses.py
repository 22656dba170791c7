"""A policy's tests -> requests near to theirs, each as an expectation that could be added to them.

For an action these are the requests of the tests for it, those for another action of the same resource
made for this one (of another resource, where there are none), and all of them with every scope granted;
then each with one thing changed: who asks, about which resource; one claim, one member of the resource
or the context, one thing inside of it, one parameter; or the instant; then each with two, where it is
said what is to be changed. What may stand in each place is said in `values`. No request comes twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeVar, assert_never

from remit.checker.checked import (
    Caller,
    Checked,
    CheckedApi,
    CheckedTest,
    Element,
    InRole,
    IsClient,
    Member,
    Now,
    Read,
    Root,
    StrongLogin,
    Type,
    Value,
)
from remit.checker.fixtures import ANONYMOUS, instant
from remit.checker.reads import read_by
from remit.syntax import tree
from remit.tools.mutating.formulas import Scope, Test
from remit.tools.mutating.values import NOWHERE, Values, recorded
from remit.tools.naming import CLIENT, PERMISSIONS, ROLES, SCOPE, SUBJECT, Path, claims_naming, naming
from remit.tools.testing.running import NOW as UNSAID
from remit.tools.testing.running import Asked, asked

Item = TypeVar("Item")
Place = tuple[str, str]
"""The root and the name of what may be changed in a request."""

Twice = tuple[frozenset[Place], frozenset[Place]]
"""Where a request is changed, and where it is then changed once more."""

NOW, WHO = ("now", ""), ("who", "")


def places_of(test: Test, api: CheckedApi) -> frozenset[Place]:
    """Where a request says what a test is about."""
    match test:
        case Scope():
            return _of_token(*claims_naming(api, SCOPE, ROLES, PERMISSIONS))
        case InRole():
            return _of_token(*claims_naming(api, ROLES))
        case IsClient():
            return _of_token(*claims_naming(api, SUBJECT, CLIENT))
        case StrongLogin():
            return frozenset((NOW, *_of_token("acr", "auth_time")))
        case _:
            return frozenset(place for value in read_by(test) for place in _places(value, api))


def _of_token(*claims: str) -> frozenset[Place]:
    return frozenset((Root.TOKEN, name) for name in claims)


def _places(value: Value, api: CheckedApi) -> Iterator[Place]:
    match value:
        case Read(member=member) | Element(root=Member() as member):
            yield member.root, member.name
        case Now():
            yield NOW
        case Caller():
            yield from (WHO, *_of_token(*claims_naming(api, SUBJECT, CLIENT)))
        case _:
            pass


@dataclass(frozen=True, slots=True)
class Near:
    """A request, and the expectation that puts it, in which test."""

    test: CheckedTest
    expectation: tree.Expectation
    request: Asked


class Search:
    """The requests near those of a policy's tests, by what they ask for."""

    def __init__(self, checked: Checked) -> None:
        """Of a set without an error."""
        self._checked = checked
        self._values = Values(checked)
        self._blocks = {block.name: block for block in checked.blocks}

    def near(self, block: str | None, action: str, places: Twice | None) -> Iterator[Near]:
        """Those for one action of a block, changed in some places; with None in any, but only once."""
        return once(self._near(block, action, places))

    def _near(self, block: str | None, action: str, places: Twice | None) -> Iterator[Near]:
        own, others = self._of_tests(block, action)
        every = sorted(self._checked.api.scopes)
        scoped = (each for one in (*own, *others) for each in self._with_scopes(one, every))
        begun = list(once((*own, *others, *scoped)))
        yield from begun
        if places is None:
            yield from in_turn(self._changed(one, None) for one in begun)
            return
        first, then = places
        met: list[Near] = []
        for one in once(chain(begun, in_turn(self._changed(one, first) for one in begun))):
            met.append(one)
            yield one
        yield from in_turn(self._changed(one, then) for one in met)

    def _changed(self, one: Near, places: frozenset[Place] | None) -> Iterator[Near]:
        """A request with one thing changed."""
        kinds = self._changes(one)
        wanted = (
            (change for place, change in changes if places is None or place in places)
            for changes in kinds
        )
        for changed in in_turn(wanted):
            yield from _put(self._checked, one.test, changed)

    def _of_tests(self, block: str | None, action: str) -> tuple[list[Near], list[Near]]:
        """The requests of the tests for this action, and those for another, made for this one.

        Where no test asks for anything of the block, those that are about another one.
        """
        own: list[Near] = []
        others: list[Near] = []
        elsewhere: list[Near] = []
        for test in self._checked.tests:
            kinds = _kinds(test)
            for item in test.expectations:
                is_here = kinds[item.resource.text if item.resource else None] == block
                is_own = is_here and any(each.text == action for each in item.actions)
                for aimed in (item,) if is_here else _aimed(item, block, kinds):
                    made = aimed if is_own else self._remade(aimed, block, action)
                    bare = _bare(replace(made, actions=(tree.Name(action, NOWHERE),)))
                    found = own if is_own else others if is_here else elsewhere
                    found.extend(_put(self._checked, test, bare))
        return own, others if own or others else elsewhere

    def _remade(self, item: tree.Expectation, block: str | None, action: str) -> tree.Expectation:
        """For another action: with the parameters that this one has."""
        given = _by_name(item.arguments) if item.arguments else {}
        arguments: dict[str, tree.Expression] = {}
        for name, member in self._blocks[block].actions[action].parameters.items():
            at = instant(str(item.at.value)) if item.at else None
            values = self._values.of(name, member.type, UNSAID if at is None else at)
            told = [given[name]] if name in given else values
            arguments.update((name, value) for value in islice(told, 1))
        return replace(item, arguments=recorded(arguments) if arguments else None)

    def _with_scopes(self, one: Near, scopes: Sequence[str]) -> Iterator[Near]:
        claims = one.request.claims
        if claims is not None:
            place = naming(self._checked.api, claims)
            for value in self._values.scopes(place, (scopes,)):
                yield from _put(self._checked, one.test, _claim(one, place.scope, value))

    def granting(
        self, block: str | None, action: str, needed: Iterable[Sequence[str]]
    ) -> Iterator[Near]:
        """The requests of the tests, each with the scopes that would be enough, and with no others."""
        own, others = self._of_tests(block, action)
        for scopes in needed:
            for one in (*own, *others):
                yield from self._with_scopes(one, scopes)

    def simpler(self, one: Near) -> Iterator[Near]:
        """A request with one thing left out of what its expectation changes."""
        item = one.expectation
        for place, change in enumerate(item.changes):
            before, after = item.changes[:place], item.changes[place + 1 :]
            pairs = change.changes.pairs
            for number in range(len(pairs)):
                kept = tree.RecordOf((*pairs[:number], *pairs[number + 1 :]), NOWHERE)
                changes = (replace(change, changes=kept),) if kept.pairs else ()
                made = replace(item, changes=(*before, *changes, *after))
                yield from _put(self._checked, one.test, made)

    def _changes(self, one: Near) -> Iterator[Iterator[tuple[Place, tree.Expectation]]]:
        """The expectation of a request with one thing changed, by what is changed, and where it is."""
        item, now = one.expectation, one.request.now
        kind = None if one.request.resource is None else one.request.resource[0]
        block = self._blocks[kind]
        yield ((WHO, changed) for changed in self._others(one))
        if one.request.claims is not None:
            yield (
                ((Root.TOKEN, path[0]), _claim(one, path, value))
                for path, value in self._values.of_token(one.request.claims, now)
            )
        yield self._members(one, None, Root.CONTEXT, self._checked.context)
        if item.resource is not None:
            yield self._members(one, item.resource, Root.RESOURCE, block.members)
        yield (
            ((Root.ACTION, name), replace(item, arguments=_laid_over(item.arguments, name, value)))
            for name, member in block.actions[item.actions[0].text].parameters.items()
            for value in self._values.of(name, member.type, now)
        )
        yield ((NOW, replace(item, at=moment)) for moment in self._values.instants(now))
        roots = {None: Root.CONTEXT, item.who: Root.TOKEN, item.resource: Root.RESOURCE}
        types = {
            Root.CONTEXT: self._checked.context,
            Root.TOKEN: self._checked.claims,
            Root.RESOURCE: block.members,
        }
        yield (
            ((roots[of], name), _changed(item, of, name, changed))
            for of, said in _records(one)
            for name, value in said.items()
            for changed in self._values.inside(value, _type_of(types[roots[of]].get(name)), now)
        )

    def _members(
        self, one: Near, of: tree.Name | None, root: Root, members: Mapping[str, Member]
    ) -> Iterator[tuple[Place, tree.Expectation]]:
        for name, member in members.items():
            for value in self._values.of(name, member.type, one.request.now):
                yield (root, name), _changed(one.expectation, of, name, value)

    def _others(self, one: Near) -> Iterator[tree.Expectation]:
        """Asked by another, about another."""
        item = one.expectation
        for fixture in one.test.fixtures:
            match fixture:
                case tree.TokenFixture(name=name) if name != item.who:
                    yield _asked_by(item, name)
                case tree.ResourceFixture(name=name, type=type_) if (
                    item.resource is not None
                    and name != item.resource
                    and type_.text == (one.request.resource and one.request.resource[0])
                ):
                    yield _about(item, name)
                case _:
                    pass
        if item.who.text != ANONYMOUS:
            yield _asked_by(item, tree.Name(ANONYMOUS, NOWHERE))


def once(several: Iterable[Near]) -> Iterator[Near]:
    """Without the requests that came before, in whichever test."""
    met: set[str] = set()
    for one in several:
        request = one.request
        given = (request.resource, request.context, request.parameters, request.now)
        key = repr((request.claims, *given))
        if key not in met:
            met.add(key)
            yield one


def in_turn(several: Iterable[Iterator[Item]]) -> Iterator[Item]:
    """One from each, then the next from each, until none has any."""
    left = list(several)
    while left:
        begun, left = left, []
        for each in begun:
            for item in islice(each, 1):
                left.append(each)
                yield item


def _records(one: Near) -> Iterator[tuple[tree.Name | None, dict[str, tree.Expression]]]:
    """Token, resource and context of a request, as its test writes them."""
    item = one.expectation
    said: dict[str | None, dict[str, tree.Expression]] = {}
    names: dict[str | None, tree.Name | None] = {None: None, item.who.text: item.who}
    if item.resource is not None:
        names[item.resource.text] = item.resource
    for fixture in one.test.fixtures:
        match fixture:
            case (
                tree.TokenFixture(name=name, claims=record)
                | tree.ResourceFixture(name=name, attributes=record)
            ):
                said.setdefault(name.text, {}).update(_by_name(record))
            case tree.ContextFixture(values=record):
                said.setdefault(None, {}).update(_by_name(record))
            case _:
                assert_never(fixture)
    for change in item.changes:
        of = None if change.name is None else change.name.text
        said.setdefault(of, {}).update(_by_name(change.changes))
    yield from ((names[of], record) for of, record in said.items() if of in names)


def _by_name(record: tree.RecordOf) -> dict[str, tree.Expression]:
    return {name.text: value for name, value in record.pairs}


def _type_of(member: Member | None) -> Type | None:
    return None if member is None else member.type


def _claim(one: Near, path: Path, value: tree.Expression) -> tree.Expectation:
    """With something laid where `path` leads in the caller's claims, beside what is there."""
    item, (first, *inner) = one.expectation, path
    said = next((record for of, record in _records(one) if of == item.who), {})
    return _changed(item, item.who, first, _laid(said.get(first), inner, value))


def _laid(
    before: tree.Expression | None, path: Sequence[str], value: tree.Expression
) -> tree.Expression:
    if not path:
        return value
    record = before if isinstance(before, tree.RecordOf) else None
    inside = None if record is None else _by_name(record).get(path[0])
    return _laid_over(record, path[0], _laid(inside, path[1:], value))


def _bare(item: tree.Expectation) -> tree.Expectation:
    return replace(item, missing=None, because=None, obligations=())


def _put(checked: Checked, test: CheckedTest, item: tree.Expectation) -> Iterator[Near]:
    """The request of an expectation; the test's other fixtures have no part in it."""
    named = {item.who, item.resource}
    fixtures = tuple(
        each for each in test.fixtures if isinstance(each, tree.ContextFixture) or each.name in named
    )
    for request in asked(checked, replace(test, fixtures=fixtures, expectations=(item,))):
        yield Near(test, item, request)


def _kinds(test: CheckedTest) -> Mapping[str | None, str | None]:
    """The type of each resource of a test, by its name; None of the API itself."""
    kinds: dict[str | None, str | None] = {None: None}
    for each in test.fixtures:
        if isinstance(each, tree.ResourceFixture):
            kinds[each.name.text] = each.type.text
    return kinds


def _aimed(
    item: tree.Expectation, block: str | None, kinds: Mapping[str | None, str | None]
) -> Iterator[tree.Expectation]:
    """An expectation about each resource of another type that its test has."""
    for name, kind in kinds.items():
        if kind == block:
            yield _about(item, None if name is None else tree.Name(name, NOWHERE))


def _asked_by(item: tree.Expectation, who: tree.Name) -> tree.Expectation:
    kept = tuple(change for change in item.changes if change.name != item.who)
    return replace(item, who=who, changes=kept)


def _about(item: tree.Expectation, resource: tree.Name | None) -> tree.Expectation:
    former = item.resource
    kept = tuple(change for change in item.changes if former is None or change.name != former)
    return replace(item, resource=resource, changes=kept)


def _changed(
    item: tree.Expectation, of: tree.Name | None, name: str, value: tree.Expression
) -> tree.Expectation:
    """With one member laid over what the expectation lays over it already."""
    before = next((change.changes for change in item.changes if change.name == of), None)
    mine = tree.With(of, _laid_over(before, name, value), NOWHERE)
    return replace(item, changes=(*(each for each in item.changes if each.name != of), mine))


def _laid_over(record: tree.RecordOf | None, name: str, value: tree.Expression) -> tree.RecordOf:
    kept = [pair for pair in (record.pairs if record else ()) if pair[0].text != name]
    return tree.RecordOf((*kept, (tree.Name(name, NOWHERE), value)), NOWHERE)
