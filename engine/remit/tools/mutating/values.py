"""A policy and its tests -> what may stand in each place of a request.

In a member's place: the values that the tests have under its name, and what its type suggests. Of a
scalar these are the values of its type that rules compare with and that tests have, those beside them,
and some that are far from all (see `atoms`); every value of an enum; the users and clients of the tests.
Of a list, a map or a record it is one of each kind, made of those; and what the test has there with one
thing in it put in, left out or changed. Of a token also every role and every scope alone, none and all,
where its issuer names them (see `naming`), and the logins that a rule asks for. For instants see
`instants`.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final, NamedTuple, assert_never

from remit.checker.checked import (
    CIDR,
    CLIENT,
    DATETIME,
    DURATION,
    INT,
    IP,
    STRING,
    USER,
    ZONE,
    Checked,
    CheckedTest,
    Enumeration,
    Kind,
    ListOf,
    MapOf,
    RecordOf,
    Scalar,
    SetOf,
    StrongLogin,
    Type,
)
from remit.checker.fixtures import instant
from remit.checker.reads import leaves
from remit.checker.scalars import INT_HIGH, INT_LOW
from remit.spans import Span
from remit.syntax import tree
from remit.tokens.claims import at
from remit.tools.mutating.atoms import Simple, atoms, conditions
from remit.tools.mutating.instants import Instants
from remit.tools.naming import Naming, Path, naming
from remit.tools.testing.running import NOW, record, valid_claims

NOWHERE = Span("", 0, 0)

_MOST_INSIDE: Final = 200
"""How many changes are made inside one value, and how many values are made of other ones."""
_FEW: Final = 8
"""How many values are tried for each part of a value that is made."""

_SECOND, _DAY, _YEAR = 1_000_000, 86_400_000_000, 365 * 86_400_000_000
_CENT = Decimal("0.01")
_FAR: Mapping[Kind, tuple[object, ...]] = {
    Kind.STRING: ("",),
    Kind.BOOL: (False, True),
    Kind.INT: (0, 1, 1_000_000_000),
    Kind.DECIMAL: (Decimal(0), Decimal(1_000_000_000)),
    Kind.DURATION: (0, _DAY, _YEAR),
    Kind.IP: tuple(map(ipaddress.ip_address, ("198.51.100.7", "3fff::7"))),
    Kind.CIDR: tuple(map(ipaddress.ip_network, ("198.51.100.0/24", "3fff::/64"))),
    Kind.ZONE: ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
    Kind.UUID: ("00000000-0000-0000-0000-000000000000",),
}
"""Values that are hardly near to any that a rule names."""


class Values:
    """What may stand in each place."""

    def __init__(self, checked: Checked) -> None:
        """Of a set without an error."""
        self._checked = checked
        self._atoms = atoms(checked)
        logins = (
            leaf
            for condition in conditions(checked)
            for leaf in leaves(condition)
            if isinstance(leaf, StrongLogin)
        )
        self._acr = [text(acr) for acr in dict.fromkeys(a for login in logins for a in login.acr)]
        self._of_tests: dict[str, list[tree.Expression]] = {}
        for name, value in (pair for test in checked.tests for pair in _pairs(test)):
            seen = self._of_tests.setdefault(name, [])
            if value not in seen:
                seen.append(value)
        self._subjects: list[str] = []
        self._users, self._clients = self._callers()
        said = (each for values in self._of_tests.values() for each in values)
        told = (instant(words) for each in said if (words := _words(each)) is not None)
        moments = (*(each for each in told if each is not None), *self._seconds(DATETIME))
        zones, texts = (map(str, self._atoms.get(type_, ())) for type_ in (ZONE, STRING))
        self._instants = Instants(moments, self._seconds(DURATION), zones, texts)

    def _seconds(self, type_: Scalar) -> list[float]:
        return [each / _SECOND for each in self._atoms.get(type_, ()) if isinstance(each, int)]

    def _callers(self) -> tuple[list[tree.Expression], list[tree.Expression]]:
        """The users that the tests' tokens are of; their clients, and those that are declared."""
        api = self._checked.api
        users: dict[tree.Expression, None] = {}
        clients = dict.fromkeys(text(str(each)) for each in (*self._atoms.get(CLIENT, ()), *api.clients))
        fixtures = (each for test in self._checked.tests for each in test.fixtures)
        for each in fixtures:
            if isinstance(each, tree.TokenFixture):
                said = {"sub": each.name.text, **record(each.claims)}
                claims = valid_claims(self._checked, said, NOW)
                self._subjects.append(str(at(claims, naming(api, claims).subject)))
                subject = text(self._subjects[-1])
                pair = {"iss": text(str(claims["iss"])), "sub": subject}
                users[subject if len(api.issuers) == 1 else recorded(pair)] = None
                client = at(claims, naming(api, claims).client)
                clients |= dict.fromkeys([text(client)] if isinstance(client, str) else [])
        return [*users], [*clients]

    # -- claims

    def of_token(
        self, claims: Mapping[str, object], now: float
    ) -> Iterator[tuple[Path, tree.Expression]]:
        """Claims that every policy reads, and those that this one declares, each where it stands."""
        api, said = self._checked.api, self._of_tests
        naming_ = naming(api, claims)
        scopes = [sorted(api.scopes), [], *([scope] for scope in sorted(api.scopes))]
        yield from _named(naming_.scope, self.scopes(naming_, scopes), said)
        if api.roles and naming_.roles is not None:
            yield from _named(naming_.roles, _each_alone(api.roles), said)
        if naming_.permissions is not None:
            yield from _named(naming_.permissions, _each_alone(api.scopes), said)
        others = dict.fromkeys((*self._atoms.get(USER, ()), *self._subjects))
        yield from ((naming_.subject, text(str(each))) for each in others)
        yield from ((naming_.client, each) for each in self._clients)
        yield from ((naming_.subject, each) for each in self._clients)
        if self._acr:
            yield from ((("acr",), each) for each in (*said.get("acr", ()), *self._acr))
        since = [now - length for length in self._seconds(DURATION)]
        logins = (int(each + step) for each in since for step in (0, -1, 1))
        yield from ((("auth_time",), tree.Literal(each, NOWHERE)) for each in logins)
        yield from ((("auth_time",), each) for each in said.get("auth_time", ()))
        for name, member in self._checked.claims.items():
            yield from (((name,), each) for each in self.of(name, member.type, now))

    @staticmethod
    def scopes(naming_: Naming, several_: Iterable[Iterable[str]]) -> Iterator[tree.Expression]:
        """Scopes as an issuer's tokens have them."""
        for names in several_:
            yield several(map(text, names)) if naming_.scope_is_list else text(" ".join(names))

    # -- members

    def of(self, name: str, type_: Type, now: float) -> Iterator[tree.Expression]:
        """What may stand in a member's place, in a request at an instant."""
        yield from self._of_tests.get(name, ())
        yield from islice(self._of_type(type_, now), None if _is_simple(type_) else _MOST_INSIDE)

    def _of_type(self, type_: Type, now: float) -> Iterator[tree.Expression]:
        match type_:
            case Scalar() | Enumeration():
                yield from self._simple(type_, now)
            case SetOf(element=element) | ListOf(element=element):
                yield several([])
                yield from (several([each]) for each in self._of_type(element, now))
            case MapOf(key=key, value=value):
                yield recorded({})
                values = [*islice(self._of_type(value, now), _FEW)]
                for word in islice(map(_words, self._simple(key, now)), _FEW):
                    yield from (recorded({word: each}) for each in values if word is not None)
            case RecordOf(members=members):
                every = {
                    each.name: [*islice(self.of(each.name, each.type, now), _FEW)] for each in members
                }
                first = {name: values[0] for name, values in every.items() if values}
                yield recorded(first)
                for name, values in every.items():
                    yield from (recorded({**first, name: each}) for each in values[1:])
            case _:
                assert_never(type_)

    def _simple(self, type_: Simple, now: float) -> Iterator[tree.Expression]:
        match type_:
            case Enumeration(values=values):
                yield from map(text, values)
            case Scalar(kind=Kind.USER):
                yield from self._users
                yield from (written(each, USER) for each in self._atoms.get(USER, ()))
            case Scalar(kind=Kind.CLIENT):
                yield from self._clients
            case Scalar(kind=Kind.DATETIME):
                yield from self.instants(now)
            case _:
                near = (each for atom in self._atoms.get(type_, ()) for each in _near(type_, atom))
                found = dict.fromkeys((*near, *self._suggested(type_), *_FAR[type_.kind]))
                yield from (written(each, type_) for each in found)

    def _suggested(self, type_: Scalar) -> Iterator[object]:
        """Values of one type that values of another one stand for."""
        if type_ == STRING:
            counts = (each for atom in self._atoms.get(INT, ()) for each in _near(INT, atom))
            yield from ("x" * each for each in counts if 0 <= each <= _MOST_INSIDE)
        elif type_ == IP:
            yield from (each for network in self._atoms.get(CIDR, ()) for each in _edges(network))

    # -- parts of what a test has

    def inside(
        self, value: tree.Expression, type_: Type | None, now: float
    ) -> Iterator[tree.Expression]:
        """A list or a record with one thing in it changed; `type_` where one is declared."""
        return islice(self._inside(value, type_, now), _MOST_INSIDE)

    def _inside(
        self, value: tree.Expression, type_: Type | None, now: float
    ) -> Iterator[tree.Expression]:
        match value:
            case tree.ListOf(items=items):
                element = type_.element if isinstance(type_, SetOf | ListOf) else None
                for place, item in enumerate(items):
                    before, after = items[:place], items[place + 1 :]
                    yield several((*before, *after))
                    changed = self._inside(item, element, now)
                    yield from (several((*before, each, *after)) for each in changed)
                more = () if element is None else islice(self._of_type(element, now), _FEW)
                yield from (several((*items, each)) for each in more if each not in items)
            case tree.RecordOf(pairs=pairs):
                yield from self._inside_record({name.text: item for name, item in pairs}, type_, now)
            case _:
                pass

    def _inside_record(
        self, said: Mapping[str, tree.Expression], type_: Type | None, now: float
    ) -> Iterator[tree.Expression]:
        parts = _parts(said, type_)
        for name, part in parts.items():
            before = said.get(name)
            if part.may_be_left_out and before is not None:
                yield recorded({key: each for key, each in said.items() if key != name})
            others = self._of_tests.get(name, ()) if part.type is None else self.of(name, part.type, now)
            changed = () if before is None else self._inside(before, part.type, now)
            for each in (*islice(others, 4 * _FEW), *changed):
                if each != before:
                    yield recorded({**said, name: each})

    # -- instants

    def instants(self, now: float) -> Iterator[tree.Literal]:
        """The instants of the tests, and those near to them."""
        for moment in dict.fromkeys(self._instants.near(now)):
            yield text(moment.isoformat().replace("+00:00", "Z"))


class _Part(NamedTuple):
    type: Type | None
    may_be_left_out: bool


def _parts(said: Mapping[str, object], type_: Type | None) -> Mapping[str, _Part]:
    """What may stand inside of a record or a map: declared members, known keys, else what is there."""
    match type_:
        case RecordOf(members=members):
            return {each.name: _Part(each.type, each.optional) for each in members}
        case MapOf(value=value):
            return {key: _Part(value, may_be_left_out=True) for key in said}
        case _:
            return {name: _Part(None, may_be_left_out=False) for name in said}


def _named(
    path: Path, values: Iterable[tree.Expression], said: Mapping[str, Iterable[tree.Expression]]
) -> Iterator[tuple[Path, tree.Expression]]:
    """A claim as the tests have it, and each of some values where `path` leads."""
    yield from ((path[:1], each) for each in said.get(path[0], ()))
    yield from ((path, each) for each in values)


def _each_alone(names: Iterable[str]) -> list[tree.Expression]:
    return [several([]), *(several([text(name)]) for name in sorted(names))]


def _is_simple(type_: Type) -> bool:
    return isinstance(type_, Scalar | Enumeration)


# -- as a test writes it


def text(value: str) -> tree.Literal:
    """A text, as a test writes it."""
    return tree.Literal(value, NOWHERE)


def several(items: Iterable[tree.Expression]) -> tree.ListOf:
    """A list, as a test writes it."""
    return tree.ListOf(tuple(items), NOWHERE)


def recorded(members: Mapping[str, tree.Expression]) -> tree.RecordOf:
    """A record, as a test writes it."""
    pairs = ((tree.Name(name, NOWHERE), value) for name, value in members.items())
    return tree.RecordOf(tuple(pairs), NOWHERE)


def written(atom: Any, type_: Simple) -> tree.Literal:  # noqa: ANN401  (of any scalar type)
    """A scalar as rules compare it, as a test writes it; an instant is written elsewhere."""
    if type_ == DURATION:
        return tree.Literal(timedelta(microseconds=atom), NOWHERE)
    return tree.Literal(atom if isinstance(atom, int | Decimal) else str(atom), NOWHERE)


def _near(type_: Scalar, atom: Any) -> Iterator[Any]:  # noqa: ANN401  (of any scalar type)
    """A value, and those beside it."""
    match type_.kind:
        case Kind.INT:
            yield from (each for each in (atom, atom - 1, atom + 1) if INT_LOW <= each <= INT_HIGH)
        case Kind.DECIMAL:
            yield from (atom, atom - 1, atom + 1, atom - _CENT, atom + _CENT)
        case Kind.DURATION:
            yield from (each for each in (atom, atom - _SECOND, atom + _SECOND) if each >= 0)
        case _:
            yield atom


def _edges(network: Any) -> Iterator[object]:  # noqa: ANN401  (of either version of IP)
    """An address in a network, and one beyond it."""
    yield network.network_address
    if int(network.broadcast_address) < 2**network.max_prefixlen - 1:
        yield network.broadcast_address + 1


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


def _pairs(test: CheckedTest) -> Iterator[tuple[str, tree.Expression]]:
    """Every member that a test writes, and every one inside it, with its value."""
    for node in _nodes((*test.fixtures, *test.expectations)):
        if isinstance(node, tree.RecordOf):
            yield from ((name.text, value) for name, value in node.pairs)
