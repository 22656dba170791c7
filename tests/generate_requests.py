"""A seed and a policy -> requests about it, honest and hostile ones mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.syntax import tree
from tests.choices import Choices, chance
from tests.generate_api import multiplied
from tests.generate_attributes import Slots, Step, Supply, values
from tests.generate_tokens import PLACES, Callers, Claims, Trusted, acrs_first, token
from tests.generate_types import aliases_of
from tests.hostile import ILL_TYPED
from tests.pools import NOW

__all__ = ["NOW", "Question", "Subjects", "question", "subjects_of"]


@dataclass(frozen=True)
class Question:
    """One request, as a service would put it; `claims` is None for nobody in particular."""

    claims: Claims | None
    header: Mapping[str, object] | None
    action: str
    resource_type: str | None
    resource: dict[str, object] | None
    context: dict[str, object] | None
    now: float
    parameters: dict[str, object] | None = None


@dataclass(frozen=True)
class Door:
    """An action, with what a request about it brings."""

    resource_type: str | None
    action: str
    resource: Slots
    parameters: Slots


@dataclass(frozen=True)
class Subjects:
    """What of a policy a request needs to know, looked up once."""

    callers: Callers
    context: Slots
    doors: tuple[Door, ...]


def subjects_of(document: tree.Document, seed: int | str = 0) -> Subjects:
    """Collect what requests about `document` are made of; `seed` decides on the values in them."""
    items = document.items
    api = [item for block in items if isinstance(block, tree.Api) for item in block.items]
    issuers = issuers_of(api)
    supply = Supply(seed, aliases_of(items), [issuer.value for issuer in issuers])
    claims = [f for b in items if isinstance(b, tree.TokenClaims) for f in b.fields]
    facts = [f for b in items if isinstance(b, tree.Context) for f in b.fields]
    doors = doors_of(None, api, (), supply)
    for block in items:
        if isinstance(block, tree.Resource):
            doors += doors_of(block.name.text, block.items, supply.slots(block.fields), supply)
    callers = Callers(
        issuers,
        tuple(s for i in api if isinstance(i, tree.Scopes) for n in i.names for s in multiplied(n.text)),
        tuple(n.text for item in api if isinstance(item, tree.Client) for n in item.names),
        acrs_first(acrs_of(items)),
        supply.slots(claims, token=True),
        takes_actors(items, api),
    )
    return Subjects(callers, supply.slots(facts), tuple(doors))


def issuers_of(api: Sequence[tree.ApiItem]) -> tuple[Trusted, ...]:
    roles = tuple(n.text for item in api if isinstance(item, tree.Role) for n in item.names)
    audience = next(str(item.values[0].value) for item in api if isinstance(item, tree.Audience))
    return tuple(
        Trusted(
            str(item.value.value),
            "rfc9068" if item.profile is None else item.profile.text,
            next((str(i.values[0].value) for i in item.items if isinstance(i, tree.Audience)), audience),
            PLACES | places_of(item),
            roles,
        )
        for item in api
        if isinstance(item, tree.Issuer)
    )


def places_of(issuer: tree.Issuer) -> dict[str, Step]:
    """Where the issuer puts things, as far as the policy says so."""
    sources = [item for item in issuer.items if isinstance(item, tree.ClaimSource)]
    return {item.what.text: tuple(step.text for step in item.path) for item in sources}


def takes_actors(items: Sequence[tree.Item], api: Sequence[tree.ApiItem]) -> bool:
    """Are tokens of one who acts for another taken? Where rules ask who, the policy assumes `actor`."""
    allowed = any(isinstance(item, tree.ActorsAllowed) for item in api)
    assumed = (n.text for b in items if isinstance(b, tree.TokenClaims) for n in b.assumed)
    return allowed or "actor" in assumed


def acrs_of(items: Sequence[tree.Item]) -> tuple[str, ...]:
    """What some rule asks of a login."""
    inner = [i for b in items if isinstance(b, tree.Api | tree.Resource) for i in b.items]
    rules = [item for item in (*items, *inner) if isinstance(item, tree.Rule)]
    asked = [c for rule in rules for c in rule.challenges if isinstance(c, tree.NeedAcr)]
    return tuple(str(value.value) for each in asked for value in each.values)


def doors_of(type_: str | None, items: Sequence[object], resource: Slots, supply: Supply) -> list[Door]:
    return [
        Door(type_, name.text, resource, supply.slots(item.parameters))
        for item in items
        if isinstance(item, tree.Action)
        for name in item.names
    ]


def question(choices: Choices, subjects: Subjects) -> Question:
    """Draw one request."""
    door = choices.choice(subjects.doors)
    type_, action = door.resource_type, door.action
    claims, header, now = token(choices, subjects.callers)
    if chance(choices, 1):
        type_, action = choices.choice(((type_, "unheard of"), ("Unheard of", action)))
    context = values(choices, subjects.context)
    parameters = values(choices, door.parameters)
    if chance(choices, 1):
        parameters["nobody asked"] = choices.choice(ILL_TYPED)
    return Question(
        claims,
        header,
        action,
        type_,
        None if type_ is None else values(choices, door.resource),
        None if not context and chance(choices, 50) else context,
        now,
        None if not parameters and chance(choices, 80) else parameters,
    )
