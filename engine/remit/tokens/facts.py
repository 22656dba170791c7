"""Verified claims -> Facts, or what is wrong with them, by the profile of their issuer.

What all profiles share is RFC 7519, section 4.1: `iss` and `aud` compared code point by code point,
`exp` and `nbf` JSON numbers of seconds; RFC 8693, section 4.1, for `act`; RFC 7800, section 3.1, for
`cnf`.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from remit.checker.checked import CheckedIssuer, Enumeration, Member, Scalar, SetOf
from remit.checker.scalars import ERROR, numeric_date, reader
from remit.tokens import findings
from remit.tokens.claims import (
    MAX_NAMES,
    MISSING,
    Claims,
    Invalid,
    Path,
    at,
    instant,
    names,
    optional_text,
    text,
    words,
)
from remit.tokens.profiles import PROFILES, Header, Kind, Profile


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens an API takes, and for whom they must be.

    `claims` are the declared ones, whose values an issuer may be said to assert.
    """

    issuers: Mapping[str, CheckedIssuer]
    audiences: tuple[str, ...]
    claims: Mapping[str, Member]
    takes_actors: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a valid token says, in one form for all issuers.

    Instants are seconds since the epoch, `auth_time` microseconds. `roles` and `permissions` are None
    where the token does not say, `client` where it names no client; `actor`: whether somebody acts for
    the subject.
    """

    kind: Kind
    issuer: str
    subject: str
    client: str | None
    expires: float
    not_before: float
    scopes: tuple[str, ...]
    roles: tuple[str, ...] | None
    permissions: tuple[str, ...] | None
    acr: str | None
    auth_time: int | None
    actor: bool


def read(claims: Claims, header: Header, trust: Trust) -> Facts:
    """The facts of a token for this API.

    Raises Invalid where the claims are not those of a valid token for it, the clock apart.
    """
    name = claims.get("iss")
    if type(name) is not str or name not in trust.issuers:
        raise Invalid(findings.NO_ISSUER)
    issuer = trust.issuers[name]
    profile = PROFILES[issuer.profile]
    _check_audience(claims, profile.audience, issuer.audiences or trust.audiences)
    client = _client(claims, issuer, profile)
    profile.check(claims, header, client)
    itself = text(claims, "sub")
    if not itself:
        raise Invalid(findings.NO_SUBJECT)
    if "cnf" in claims:
        raise Invalid(findings.BOUND)
    _check_actor(claims, takes_actors=trust.takes_actors)
    if "iat" in claims:
        instant(claims, "iat")
    _check_asserted(claims, issuer, trust.claims)
    kind = profile.kind(claims, itself, client)
    return Facts(
        kind,
        name,
        _subject(claims, issuer, profile, kind),
        client,
        instant(claims, "exp"),
        instant(claims, "nbf") if "nbf" in claims else -math.inf,
        _scopes(claims, issuer, profile, kind),
        _roles(claims, issuer, profile, kind),
        _permissions(claims, issuer, profile),
        text(claims, "acr"),
        _auth_time(claims.get("auth_time")),
        "act" in claims,
    )


def _check_audience(claims: Claims, claim: str, audiences: tuple[str, ...]) -> None:
    audience = claims.get(claim)
    if type(audience) is str:
        if audience in audiences:
            return
    elif type(audience) is list and claim == "aud":
        if any(type(each) is not str for each in audience):
            raise Invalid(findings.wrong_type("aud"))
        if any(each in audiences for each in audience):
            return
    raise Invalid(findings.NO_AUDIENCE)


def _check_actor(claims: Claims, *, takes_actors: bool) -> None:
    """RFC 8693, section 4.1: `act` is an object, and its `sub` says who acts."""
    if "act" not in claims:
        return
    if not takes_actors:
        raise Invalid(findings.DELEGATED)
    actor = claims["act"]
    if type(actor) is not dict or type(actor.get("sub")) is not str:
        raise Invalid(findings.wrong_type("act"))


def _check_asserted(claims: Claims, issuer: CheckedIssuer, declared: Mapping[str, Member]) -> None:
    for name, values in issuer.claims.items():
        member = declared[name]
        value = at(claims, member.source)
        found = _elements(value) if isinstance(member.type, SetOf) else (value,)
        if len(found) > MAX_NAMES:
            raise Invalid(findings.too_large(name))
        element = member.type.element if isinstance(member.type, SetOf) else member.type
        assert isinstance(element, Scalar | Enumeration), "the checker takes no other claims here"
        read = reader(element)
        if not all(read(each) in values for each in found):
            raise Invalid(findings.not_asserted(name))


def _elements(value: object) -> Collection[object]:
    """The elements of a claim that holds a set; of any other, one that nobody can assert."""
    if type(value) is list or type(value) is tuple or type(value) is set or type(value) is frozenset:
        return value
    return (MISSING,)


def _client(claims: Claims, issuer: CheckedIssuer, profile: Profile) -> str | None:
    source = issuer.sources.get("client")
    if source is not None:
        return optional_text(claims, source)
    claim = next((claim for claim in profile.clients if claim in claims), None)
    return None if claim is None else optional_text(claims, (claim,))


def _subject(claims: Claims, issuer: CheckedIssuer, profile: Profile, kind: Kind) -> str:
    place = profile.user_subject if kind is Kind.USER else ("sub",)
    subject = optional_text(claims, issuer.sources.get("subject", place))
    if not subject:
        raise Invalid(findings.NO_SUBJECT)
    return subject


def _scopes(claims: Claims, issuer: CheckedIssuer, profile: Profile, kind: Kind) -> tuple[str, ...]:
    source = issuer.sources.get("scope")
    if source is not None:
        return words(claims, source, strings=True, lists=True) or ()
    if kind is Kind.CLIENT and profile.client_scope is not None:
        return names(claims, profile.client_scope, objects=False) or ()
    lists = profile.scope_is_list
    return words(claims, profile.scope, strings=not lists, lists=lists) or ()


def _roles(
    claims: Claims, issuer: CheckedIssuer, profile: Profile, kind: Kind
) -> tuple[str, ...] | None:
    """The roles that the token brings and its issuer may assert; a client's may be known to be none."""
    place = issuer.sources.get("roles")
    if place is None and kind is Kind.CLIENT and profile.client_scope == profile.roles:
        return ()
    path = place or profile.roles
    if path == ("groups",) and issuer.profile == "entra" and _overage(claims):
        return None
    roles = names(claims, path, objects=profile.objects)
    if roles is None:
        return () if kind is Kind.CLIENT else None
    return roles if issuer.roles is None else tuple(role for role in roles if role in issuer.roles)


def _overage(claims: Claims) -> bool:
    """Microsoft, "Groups overage claim": there are more groups than the token has room for."""
    elsewhere = claims.get("_claim_names")
    return (
        (type(elsewhere) is dict and "groups" in elsewhere)
        or claims.get("hasgroups") is True
        or type(claims.get("groups")) is str
    )


def _permissions(claims: Claims, issuer: CheckedIssuer, profile: Profile) -> tuple[str, ...] | None:
    path: Path | None = issuer.sources.get("permissions", profile.permissions)
    return None if path is None else names(claims, path, objects=profile.objects)


def _auth_time(value: object) -> int | None:
    """OpenID Connect Core, section 2: when the user logged in; None where it is no number of seconds."""
    instant: object = numeric_date(value) if type(value) in (int, float) else ERROR
    return instant if type(instant) is int else None
