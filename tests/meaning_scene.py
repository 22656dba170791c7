"""A request and its policy, and what the names in a condition stand for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from remit.syntax.tree import (
    Action,
    Expression,
    Field,
    ListOf,
    Literal,
    RecordOf,
)
from tests.bearer import Bearer, claim_of
from tests.meaning_admission import admit
from tests.meaning_policy import Block, ListedAction, Policy, field_named
from tests.meaning_types import (
    ACTOR,
    BOOL,
    CLIENT,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    KIND,
    STRING,
    USER,
    Type,
)
from tests.meaning_values import SECOND, Client, Instant, Lack, Source, User, Value, instant


@dataclass(frozen=True)
class Scene:
    """One request; `bound` are the names that quantifiers have given, with type and value."""

    policy: Policy
    block: Block
    bearer: Bearer
    action: Action | ListedAction
    resource: Mapping[str, object]
    context: Mapping[str, object]
    parameters: Mapping[str, object]
    now: float
    bound: Mapping[str, tuple[Type, Value]]

    @property
    def source(self) -> Source:
        return Source(self.policy.issuers)


def instant_of(now: float) -> Value:
    """The moment of the decision, rounded down to the microsecond."""
    product = now * SECOND
    return instant(math.floor(product)) if math.isfinite(product) else Lack.ERROR


def user_of(bearer: Bearer) -> Value:
    match bearer.kind:
        case "user":
            return User(bearer.issuer, bearer.subject)
        case "client" | "anonymous":
            return Lack.NOBODY
        case _:
            return Lack.ERROR


def client_of(bearer: Bearer) -> Value:
    """The application that the token was given to, whoever the subject is."""
    if bearer.kind == "anonymous":
        return Lack.NOBODY
    return Lack.ERROR if bearer.client is None else Client(bearer.client)


# ---- names


def known(name: str, scene: Scene) -> tuple[Type, Value] | None:
    """Type and value of a name that stands alone, but for relations and `let`."""
    if name in scene.bound:
        return scene.bound[name]
    field = field_named(name, scene.block.fields)
    if field is not None:
        return declared(field, scene.resource, scene)
    data = scene.policy.data(name)
    if data is not None:
        type_ = scene.policy.type_of(data)
        assert type_ is not None, "data are declared with their type"
        return type_, admit(type_, scene.policy.file(str(data.file.value)), scene.source)
    match name:
        case "now":
            return DATETIME, instant_of(scene.now)
        case "forever":
            return DATETIME, Instant(2**63 - 1)
        case _:
            return None


def is_known(name: str, scene: Scene) -> bool:
    """Is it a name that stands alone, whatever its value?"""
    return (
        name in scene.bound
        or name in ("now", "forever")
        or field_named(name, scene.block.fields) is not None
        or scene.policy.data(name) is not None
    )


def known_member(root: str, name: str, scene: Scene) -> tuple[Type, Value]:
    """Type and value of `token.name`, `context.name` and `action.name`."""
    if root == "token":
        built_in = of_token(name, scene)
        if built_in is not None:
            return built_in
        field = field_named(name, scene.policy.token_fields())
    elif root == "context":
        field = field_named(name, scene.policy.context_fields())
    else:
        parameters = scene.action.parameters if isinstance(scene.action, Action) else ()
        field = field_named(name, parameters)
    if field is None:
        raise LookupError(f"{root}.{name}")
    if root == "token":
        return of_type(field, scene), or_default(
            field, claim_of(scene.policy, field, scene.bearer.claims), scene
        )
    return declared(field, scene.context if root == "context" else scene.parameters, scene)


def of_token(name: str, scene: Scene) -> tuple[Type, Value] | None:
    """What every token says, declared or not."""
    bearer = scene.bearer
    match name:
        case "sub":
            return USER, user_of(bearer)
        case "client":
            return CLIENT, client_of(bearer)
        case "kind":
            return KIND, Lack.ERROR if bearer.kind == "unknown" else bearer.kind
        case "issuer":
            return STRING, Lack.ERROR if bearer.kind == "anonymous" else bearer.issuer
        case "actor":
            actor = bearer.claims.get("act")
            source = Source(scene.policy.issuers, token=True)
            return ACTOR, Lack.ABSENT if actor is None else admit(ACTOR, actor, source)
        case _:
            return None


def declared(field: Field, given: Mapping[str, object], scene: Scene) -> tuple[Type, Value]:
    type_ = of_type(field, scene)
    raw = given.get(field.name.text)
    value = Lack.ABSENT if raw is None else admit(type_, raw, scene.source)
    return type_, or_default(field, value, scene)


def or_default(field: Field, value: Value, scene: Scene) -> Value:
    """The value, or what stands for it where it is absent."""
    if value is not Lack.ABSENT:
        return value
    if field.default is not None:
        return admit(of_type(field, scene), written(field.default), scene.source)
    return Lack.ABSENT if field.optional else Lack.ERROR


def of_type(field: Field, scene: Scene) -> Type:
    type_ = scene.policy.type_of(field)
    assert type_ is not None, "a field is declared with its type"
    return type_


# ---- constants


def written(node: Expression) -> object:
    """A constant, as a service would hand it in."""
    match node:
        case Literal(value=value):
            return value
        case ListOf(items=items):
            return [written(item) for item in items]
        case RecordOf(pairs=pairs):
            return {name.text: written(value) for name, value in pairs}
        case _:
            raise TypeError(f"not a constant: {node}")


def natural(node: Literal) -> Type:
    """The type of a literal that nothing else gives a type."""
    match node.value:
        case bool():
            return BOOL
        case int():
            return INT
        case str():
            return STRING
        case timedelta():
            return DURATION
        case Decimal():
            return DECIMAL
        case _:
            assert_never(node.value)
