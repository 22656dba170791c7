"""Claims -> Bearer, the interpreter's half that reads tokens.

As plain as the rest of it: `read_token` follows the two profiles claim by claim, and what is not
exactly as it should be makes the token invalid.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from remit.syntax.tree import ApiItem, Audience, Issuer, Role, Scopes


@dataclass(frozen=True)
class Bearer:
    """A valid token; `held` and `roles` are None where nobody can know them."""

    kind: str
    subject: str
    claims: Mapping[str, object]
    granted: frozenset[str]
    held: frozenset[str] | None
    roles: frozenset[str] | None


NONE: frozenset[str] = frozenset()
ANONYMOUS = Bearer("anonymous", "", {}, NONE, NONE, NONE)


def read_token(
    api: Sequence[ApiItem],
    claims: Mapping[str, object],
    header: Mapping[str, object] | None,
    now: float,
) -> Bearer | None:
    """The bearer that the claims speak of; None where the token is not valid here and now."""
    profile = profile_of(api, claims.get("iss"))
    if profile is None or not is_valid(api, claims, now):
        return None
    if profile == "rfc9068" and not is_at_jwt(claims, header):
        return None
    scope = claims.get("scope", "")
    names = {
        claim: read_names(claims, claim, profile)
        for claim in ("roles", "permissions")
        if claim in claims
    }
    if type(scope) is not str or None in names.values():
        return None
    kind = kind_of(claims, profile)
    granted = closure(scopes_of(api), scope.split(" "))
    roles = names.get("roles")
    permissions = names.get("permissions") if profile == "auth0" else None
    return Bearer(
        kind,
        str(claims["sub"]),
        claims,
        granted,
        held_by(api, kind, granted, permissions, roles),
        known_roles(kind, roles),
    )


def profile_of(api: Sequence[ApiItem], issuer: object) -> str | None:
    for item in api:
        if isinstance(item, Issuer) and type(issuer) is str and item.value.value == issuer:
            return "rfc9068" if item.profile is None else item.profile.text
    return None


def is_valid(api: Sequence[ApiItem], claims: Mapping[str, object], now: float) -> bool:
    ours = {v.value for item in api if isinstance(item, Audience) for v in item.values}
    audience = claims.get("aud")
    expiry, start = number(claims, "exp"), number(claims, "nbf")
    return (
        any(name in ours for name in texts([audience] if type(audience) is str else audience) or [])
        and expiry is not None
        and now < expiry
        and ("nbf" not in claims or (start is not None and now >= start))
        and ("iat" not in claims or number(claims, "iat") is not None)
        and type(claims.get("sub")) is str
        and claims["sub"] != ""
        and "cnf" not in claims
        and "act" not in claims
    )


def is_at_jwt(claims: Mapping[str, object], header: Mapping[str, object] | None) -> bool:
    kind = (header or {}).get("typ")
    return (
        type(kind) is str
        and kind.lower() in ("at+jwt", "application/at+jwt")
        and type(claims.get("client_id")) is str
        and type(claims.get("jti")) is str
        and "iat" in claims
    )


def number(claims: Mapping[str, object], claim: str) -> int | float | None:
    """The claim as a point in time; None where it is not one."""
    match claims.get(claim):
        case bool():
            return None
        case int(value) if type(value) is int and value >= 0:
            return value
        case float(value) if type(value) is float and math.isfinite(value) and value >= 0:
            return value
        case _:
            return None


def texts(value: object) -> list[str] | None:
    """The list if it is one, of strings; None otherwise."""
    if type(value) is list and all(type(text) is str for text in value):
        return value
    return None


def read_names(claims: Mapping[str, object], claim: str, profile: str) -> list[str] | None:
    """The names in a claim that is there; None where it is anything but names."""
    names = claims[claim]
    if profile == "rfc9068" and type(names) is list:
        names = [n["value"] if type(n) is dict and "value" in n else n for n in names]
    return texts(names)


def kind_of(claims: Mapping[str, object], profile: str) -> str:
    subject = str(claims["sub"])
    if profile == "rfc9068":
        return "client" if subject == claims["client_id"] else "user"
    client = says(claims, "gty", "client-credentials") or subject.endswith("@clients")
    user = says(claims, "sub_profile", "user") or "|" in subject
    return "unknown" if client == user else "client" if client else "user"


def says(claims: Mapping[str, object], claim: str, text: str) -> bool:
    said = claims.get(claim)
    return type(said) is str and said == text


def scopes_of(api: Sequence[ApiItem]) -> dict[str, list[str]]:
    """Each declared scope, and what it implies."""
    implied: dict[str, list[str]] = {}
    for item in api:
        if isinstance(item, Scopes):
            for name in item.names:
                implied.setdefault(name.text, []).extend(other.text for other in item.implies)
    return implied


def closure(edges: Mapping[str, list[str]], names: Iterable[str]) -> frozenset[str]:
    """The declared ones among the names, and all that follows from them."""
    reached: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in edges and name not in reached:
            reached.add(name)
            ahead.extend(edges[name])
    return frozenset(reached)


def known_roles(kind: str, names: list[str] | None) -> frozenset[str] | None:
    """The roles as the token names them: to have a role is not to have those that it extends."""
    if names is None:
        return NONE if kind == "client" else None
    return frozenset(names)


def with_extended(api: Sequence[ApiItem], names: list[str]) -> frozenset[str]:
    """The declared roles among the names, and those that they extend."""
    extends: dict[str, list[str]] = {}
    for item in api:
        if isinstance(item, Role):
            for name in item.names:
                extends.setdefault(name.text, []).extend(other.text for other in item.extends)
    return closure(extends, names)


def held_by(
    api: Sequence[ApiItem],
    kind: str,
    granted: frozenset[str],
    permissions: list[str] | None,
    roles: list[str] | None,
) -> frozenset[str] | None:
    """What the one who asks may do at all; None where nobody can know."""
    if kind == "client":
        return granted
    if kind == "unknown":
        return None
    if permissions is not None:
        return closure(scopes_of(api), permissions)
    if roles is None:
        return None
    held = with_extended(api, roles)
    grants = [
        scope.text
        for item in api
        if isinstance(item, Role) and any(name.text in held for name in item.names)
        for scope in item.grants
    ]
    return closure(scopes_of(api), grants)
