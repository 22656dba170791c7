"""Types -> what a service hands in for them, honest and hostile, a handful of values for each.

The handful is drawn once for a policy, so that a request costs one choice for each member.
"""

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace

from remit.syntax import tree
from remit.syntax.tree import EnumType, ListType, MapType, RecordType, SetType, TypeExpression
from tests.choices import Choices, Seeded, chance, some
from tests.generate_types import Aliases, expand, keys_of, kind
from tests.hostile import ILL_TYPED
from tests.near_misses import NEAR_MISSES
from tests.pools import HANDED, NUMERIC_DATES, USERS

HONEST, HOSTILE = 30, 2  # values in a handful
LEFT_OUT, OPTIONAL_LEFT_OUT = 1, 13
MISSING = object()
"""In a handful: the member is left out."""

Step = tuple[str, ...]
Slots = tuple[tuple[Step, tuple[object, ...]], ...]
"""The place of each member, and what may stand there."""


class Supply:
    """Draws handfuls; a type has one of them, in tokens another."""

    def __init__(self, seed: int | str, aliases: Aliases, issuers: Sequence[str]) -> None:
        self._choices = Seeded(seed)
        self._aliases = aliases
        self._issuers = issuers
        self._made: dict[tuple[TypeExpression, bool], tuple[object, ...]] = {}

    def slots(self, fields: Iterable[tree.Field], *, token: bool = False) -> Slots:
        return tuple(
            (
                tuple(step.text for step in field.source or (field.name,)),
                (
                    *self.handful(field.type, token=token),
                    *[MISSING] * (OPTIONAL_LEFT_OUT if is_optional(field) else LEFT_OUT),
                ),
            )
            for field in fields
        )

    def handful(self, type_: TypeExpression, *, token: bool) -> tuple[object, ...]:
        """Values of the type, the plainest first, and a few that are not quite of it, or not at all."""
        if (type_, token) not in self._made:
            one = One(self._choices, self._issuers, token=token)
            expanded = expand(type_, self._aliases)
            honest = [one.value(expanded) for _ in range(HONEST)]
            hostile = [one.ill_typed(expanded) for _ in range(HOSTILE)]
            self._made[type_, token] = (*honest, *hostile)
        return self._made[type_, token]


def is_optional(field: tree.Field) -> bool:
    return field.optional or field.default is not None


class One:
    """Draws one value; what is in it may be ill-typed, it itself is not."""

    def __init__(self, choices: Choices, issuers: Sequence[str], *, token: bool) -> None:
        self._choices = choices
        self._issuers = issuers
        self._token = token

    def ill_typed(self, type_: TypeExpression) -> object:
        """A value that is not quite of the type, or not at all."""
        near = chance(self._choices, 60)
        if near and kind(type_) == "user" and len(self._issuers) > 1:
            return self._choices.choice((*USERS, *misplaced(self._issuers[0])))
        return self._choices.choice(NEAR_MISSES[kind(type_)] if near else ILL_TYPED)

    def maybe(self, type_: TypeExpression) -> object:
        """A value inside of another."""
        return self.ill_typed(type_) if chance(self._choices, 3) else self.value(type_)

    def value(self, type_: TypeExpression) -> object:
        match type_:
            case SetType(element=element):
                return self.several(element, (list, tuple, set, frozenset))
            case ListType(element=element):
                return self.several(element, (list, tuple))
            case MapType(key=key, value=value):
                keys = some(self._choices, self.keys(key), 0, 3)
                return {key: self.maybe(value) for key in keys}
            case RecordType(fields=fields):
                return self.record(fields)
            case EnumType(values=values):
                return self._choices.choice(values).value
            case _:
                return self.scalar(kind(type_))

    def scalar(self, text: str) -> object:
        if text == "user" and len(self._issuers) > 1:
            return self.user()
        if text == "datetime" and self._token and chance(self._choices, 40):
            return self._choices.choice(NUMERIC_DATES)
        return self._choices.choice(HANDED[text])

    def user(self) -> object:
        """A user where several issuers are trusted."""
        issuer, subject = self._choices.choice(self._issuers), self._choices.choice(USERS)
        return {"iss": issuer, "sub": subject} if chance(self._choices, 40) else (issuer, subject)

    def several(
        self, element: TypeExpression, makers: Sequence[Callable[[list[object]], object]]
    ) -> object:
        elements = [self.value(element) for _ in range(self._choices.integer(0, 4))]
        if chance(self._choices, 8):
            at = self._choices.integer(0, len(elements))
            # No set then: to make one would run code of the value.
            elements.insert(at, self.ill_typed(element))
            makers = (list, tuple)
        make = self._choices.choice(makers)
        if make in (set, frozenset) and any(type(each) is dict for each in elements):
            make = list
        return make(elements)

    def keys(self, key: TypeExpression) -> tuple[object, ...]:
        if kind(key) == "user" and len(self._issuers) > 1:
            return tuple((issuer, user) for issuer in self._issuers for user in USERS)
        return keys_of(key)

    def record(self, fields: Sequence[tree.Field]) -> object:
        members = {
            field.name.text: self.maybe(field.type)
            for field in fields
            if not chance(self._choices, 40 if field.optional else 2)
        }
        if chance(self._choices, 4):
            members["nobody asked"] = self._choices.choice(ILL_TYPED)
        return SimpleNamespace(**members) if not self._token and chance(self._choices, 10) else members


def misplaced(issuer: str) -> tuple[object, ...]:
    """What comes close to a user of this issuer."""
    ann = USERS[0]
    return (
        [issuer, ann],
        (issuer, ann, ann),
        (ann, issuer),
        {"iss": issuer, "sub": ann, "name": "Ann"},
        {"iss": issuer},
        {"iss": issuer, "sub": None},
        (issuer, 1),
        (issuer + "/", ann),
        {"sub": ann, "iss": issuer, 1: 1},
        SimpleNamespace(iss=issuer, sub=ann),
    )


# ---- members


def values(choices: Choices, slots: Slots) -> dict[str, object]:
    """A value for most of the members, and now and then one that nobody asked for."""
    drawn: dict[str, object] = {}
    for place, handful in slots:
        value = choices.choice(handful)
        if value is not MISSING:
            put(drawn, place, value)
    if slots and chance(choices, 3):
        drawn["nobody asked"] = choices.choice(ILL_TYPED)
    return drawn


def put(members: dict[str, object], place: Step, value: object) -> None:
    """Put the value where it belongs, unless something else stands in the way."""
    *outer, last = place
    for step in outer:
        there = members.get(step, {})
        if type(there) is not dict:
            return
        # A copy: what is there may be of a handful.
        members[step] = members = there.copy()
    members[last] = value
