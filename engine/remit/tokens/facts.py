"""Verified claims -> Facts, or what is wrong with them: the two token profiles so far.

`auth0`: Auth0's own dialects (docs "Access token profiles", "RBAC"); `rfc9068`: RFC 9068, sections 2
and 4. What both share is RFC 7519, section 4.1: `iss` and `aud` compared code point by code point,
`exp` and `nbf` JSON numbers of seconds; and RFC 6749, section 3.3: scopes split on U+0020 only.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.tokens import findings

Claims = Mapping[str, object]


class Kind(StrEnum):
    """Who a token stands for. `UNKNOWN`: neither mark, or both."""

    USER = "user"
    CLIENT = "client"
    UNKNOWN = "unknown"


class Invalid(Exception):
    """The token is not valid for this API."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a valid token says, in one form for all issuers. Instants are seconds since the epoch."""

    kind: Kind
    issuer: str
    subject: str
    expires: float
    not_before: float
    scopes: tuple[str, ...]
    roles: tuple[str, ...] | None
    permissions: tuple[str, ...] | None


def read(
    claims: Claims,
    header: Mapping[str, object] | None,
    issuers: Mapping[str, str],
    audiences: tuple[str, ...],
) -> Facts:
    """The facts of a token for this API.

    Raises Invalid where the claims are not those of a valid token for it, the clock apart.
    """
    issuer = claims.get("iss")
    if type(issuer) is not str or issuer not in issuers:
        raise Invalid(findings.NO_ISSUER)
    profile = issuers[issuer].profile
    _check_audience(claims.get("aud"), audiences)
    if profile == "rfc9068":
        _check_rfc9068(claims, header)
    subject = claims.get("sub")
    if type(subject) is not str or not subject:
        raise Invalid(findings.NO_SUBJECT)
    if "cnf" in claims:
        raise Invalid(findings.BOUND)
    if "act" in claims:
        raise Invalid(findings.DELEGATED)
    if "iat" in claims:
        _instant(claims, "iat")
    permissions = _names(claims, "permissions", objects=profile == "rfc9068")
    return Facts(
        _kind_rfc9068(claims, subject) if profile == "rfc9068" else _kind_auth0(claims, subject),
        issuer,
        subject,
        _instant(claims, "exp"),
        _instant(claims, "nbf") if "nbf" in claims else -math.inf,
        _scopes(claims),
        _names(claims, "roles", objects=profile == "rfc9068"),
        permissions if profile == "auth0" else None,
    )


def _check_audience(audience: object, audiences: tuple[str, ...]) -> None:
    if type(audience) is str:
        if audience in audiences:
            return
    elif type(audience) is list:
        if any(type(each) is not str for each in audience):
            raise Invalid(findings.wrong_type("aud"))
        if any(each in audiences for each in audience):
            return
    raise Invalid(findings.NO_AUDIENCE)


def _check_rfc9068(claims: Claims, header: Mapping[str, object] | None) -> None:
    kind = header.get("typ") if header is not None else None
    if type(kind) is not str or kind.lower() not in ("at+jwt", "application/at+jwt"):
        raise Invalid(findings.BAD_HEADER)
    for claim in ("client_id", "jti"):
        if type(claims.get(claim)) is not str:
            raise Invalid(findings.missing(claim))
    if "iat" not in claims:
        raise Invalid(findings.missing("iat"))


def _kind_auth0(claims: Claims, subject: str) -> Kind:
    client = claims.get("gty") == "client-credentials" or subject.endswith("@clients")
    user = "|" in subject or claims.get("sub_profile") == "user"
    if client == user:
        return Kind.UNKNOWN
    return Kind.CLIENT if client else Kind.USER


def _kind_rfc9068(claims: Claims, subject: str) -> Kind:
    return Kind.CLIENT if claims.get("client_id") == subject else Kind.USER


def _instant(claims: Claims, claim: str) -> float:
    value = claims.get(claim)
    if value is None:
        raise Invalid(findings.missing(claim))
    if type(value) is int:
        if value >= 0:
            return value
    elif type(value) is float and math.isfinite(value) and value >= 0:
        return value
    raise Invalid(findings.wrong_type(claim))


def _scopes(claims: Claims) -> tuple[str, ...]:
    if "scope" not in claims:
        return ()
    value = claims["scope"]
    if type(value) is not str:
        raise Invalid(findings.wrong_type("scope"))
    return tuple(value.split(" "))


def _names(claims: Claims, claim: str, *, objects: bool) -> tuple[str, ...] | None:
    if claim not in claims:
        return None
    value = claims[claim]
    if type(value) is not list:
        raise Invalid(findings.wrong_type(claim))
    names: list[str] = []
    for each in tuple(value):
        item: object = each
        if objects and type(item) is dict:
            item = item.get("value")
        if type(item) is not str:
            raise Invalid(findings.wrong_type(claim))
        names.append(item)
    return tuple(names)
