"""Claims -> Bearer, the interpreter's half that reads tokens.

As plain as the rest of it: `read_token` follows each profile claim by claim, and what is not
exactly as it should be makes the token invalid.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from remit.syntax.tree import AssertsClaim, AssertsClients, AssertsRoles, Audience, Field, Issuer
from tests.meaning_admission import admit
from tests.meaning_policy import Policy, field_named, texts_of
from tests.meaning_profiles import ABSENT, Claims, Refused, Testimony, at, names_at, says, testimony
from tests.meaning_values import Grade, Lack, Members, Source, Value


@dataclass(frozen=True)
class Bearer:
    """A valid token; `held` and `roles` are None where nobody can know them."""

    kind: str
    issuer: str
    subject: str
    client: str | None
    claims: Claims
    granted: frozenset[str]
    held: frozenset[str] | None
    roles: frozenset[str] | None


NONE: frozenset[str] = frozenset()
ANONYMOUS = Bearer("anonymous", "", "", None, {}, NONE, NONE, NONE)


def read_token(
    policy: Policy, claims: Claims, header: Mapping[str, object] | None, now: float
) -> Bearer | None:
    """The bearer that the claims speak of; None where the token is not valid here and now."""
    issuer = policy.issuer(claims.get("iss"))
    try:
        return None if issuer is None else bearer(policy, issuer, claims, header or {}, now)
    except Refused:
        return None


def bearer(
    policy: Policy, issuer: Issuer, claims: Claims, header: Mapping[str, object], now: float
) -> Bearer:
    said = testimony(issuer, claims)
    valid = (
        is_timely(claims, now)
        and is_for_us(policy, issuer, said, claims)
        and is_asserted_client(policy, issuer, said.client)
        and "cnf" not in claims
        and is_acted(policy, claims)
        and is_of_profile(said, claims, header)
        and all(
            is_asserted(policy, item, claims) for item in issuer.items if isinstance(item, AssertsClaim)
        )
    )
    if not valid:
        raise Refused
    asserted = asserted_roles(issuer)
    roles = said.roles
    if roles is not None and asserted is not None:
        roles = tuple(role for role in roles if role in asserted)
    granted = capped(policy, said.client, policy.closed(said.scopes))
    return Bearer(
        said.kind,
        str(issuer.value.value),
        said.subject,
        said.client,
        claims,
        granted,
        held_by(policy, said, granted, roles, asserted),
        None if roles is None else frozenset(roles),
    )


# ---- is it valid?


def is_timely(claims: Claims, now: float) -> bool:
    expiry, start = number(claims, "exp"), number(claims, "nbf")
    return (
        expiry is not None
        and now < expiry
        and ("nbf" not in claims or (start is not None and now >= start))
        and ("iat" not in claims or number(claims, "iat") is not None)
    )


def number(claims: Claims, claim: str) -> int | float | None:
    """The claim as a point in time; None where it is not one."""
    value = claims.get(claim)
    if type(value) is int and value >= 0:
        return value
    if type(value) is float and math.isfinite(value) and value >= 0:
        return value
    return None


def is_for_us(policy: Policy, issuer: Issuer, said: Testimony, claims: Claims) -> bool:
    own = [item for item in issuer.items if isinstance(item, Audience)]
    general = [item for item in policy.api_items if isinstance(item, Audience)]
    accepted = {value.value for item in own or general for value in item.values}
    if said.profile == "cognito":
        return says_one_of(claims, "client_id", accepted)
    audience = claims.get("aud")
    if type(audience) is str:
        return audience in accepted
    return any(name in accepted for name in names_at(claims, ("aud",)) or ())


def says_one_of(claims: Claims, claim: str, accepted: Collection[object]) -> bool:
    return type(claims.get(claim)) is str and claims[claim] in accepted


def is_acted(policy: Policy, claims: Claims) -> bool:
    """Is nobody acting for the subject, or somebody whom the policy knows of?"""
    if "act" not in claims:
        return True
    actor = claims["act"]
    return type(actor) is dict and type(actor.get("sub")) is str and policy.takes_actors


def is_of_profile(said: Testimony, claims: Claims, header: Mapping[str, object]) -> bool:
    match said.profile:
        case "rfc9068":
            return (
                is_at_jwt(header)
                and said.client is not None
                and type(claims.get("jti")) is str
                and "iat" in claims
            )
        case "keycloak":
            return "typ" not in claims or says(claims, "typ", "Bearer")
        case "cognito":
            return says(claims, "token_use", "access")
        case _:
            return True


def is_at_jwt(header: Mapping[str, object]) -> bool:
    kind = header.get("typ")
    return type(kind) is str and kind.lower() in ("at+jwt", "application/at+jwt")


def is_asserted_client(policy: Policy, issuer: Issuer, client: str | None) -> bool:
    """May the issuer's tokens be for this client? One that names its clients speaks for no other."""
    said = [item for item in issuer.items if isinstance(item, AssertsClients)]
    if not said:
        return True
    named = {name for item in said for name in texts_of(item.clients)}
    if policy.clients:  # by a class as well
        named = {
            text
            for item in policy.clients
            for text in texts_of(item.names)
            if text in named or (item.group is not None and item.group.text in named)
        }
    return client in named


def is_asserted(policy: Policy, asserts: AssertsClaim, claims: Claims) -> bool:
    """Is the claim there, with no value but those that the issuer may assert?"""
    field = field_named(asserts.claim.text, policy.token_fields())
    if field is None:
        return False
    value = claim_of(policy, field, claims)
    each = value.elements if isinstance(value, Members) else (value,)
    texts = [one.value if isinstance(one, Grade) else one for one in each]
    wanted = {literal.value for literal in asserts.values}
    return all(type(text) is str and text in wanted for text in texts)


def claim_of(policy: Policy, field: Field, claims: Claims) -> Value:
    """A declared claim as it stands in the token, without its default."""
    place = (field.name.text,) if field.source is None else tuple(step.text for step in field.source)
    try:
        raw = at(claims, place)
    except Refused:
        return Lack.ERROR
    if raw is None or raw is ABSENT:
        return Lack.ABSENT
    type_ = policy.type_of(field)
    assert type_ is not None, "a claim is declared with its type"
    return admit(type_, raw, Source(policy.issuers, token=True))


# ---- what may it do?


def capped(policy: Policy, client: str | None, scopes: frozenset[str]) -> frozenset[str]:
    """The scopes that a token of this client may bring: all, where no client is declared."""
    if not policy.clients:
        return scopes
    declared = [item for item in policy.clients if client in texts_of(item.names)]
    if not declared:
        return NONE
    for item in declared:
        if item.grants is not None:
            scopes &= policy.granted_by(item.grants, item.exclusions)
    return scopes


def asserted_roles(issuer: Issuer) -> set[str] | None:
    """The roles that the issuer may assert; None for all."""
    said = [item for item in issuer.items if isinstance(item, AssertsRoles)]
    return {name.text for item in said for name in item.roles} if said else None


def held_by(
    policy: Policy,
    said: Testimony,
    granted: frozenset[str],
    roles: tuple[str, ...] | None,
    asserted: set[str] | None,
) -> frozenset[str] | None:
    """What the one who asks may do at all; None where nobody can know."""
    if said.kind == "client":
        return granted
    if said.kind == "unknown":
        return None
    if said.permissions is not None:
        held = policy.closed(said.permissions)
        return held if asserted is None else held & policy.role_grants(asserted)
    return None if roles is None else policy.role_grants(roles)
