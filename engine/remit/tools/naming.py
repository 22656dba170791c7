"""A token's claims -> where its issuer names scopes, roles, permissions and who asks."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from remit.checker.checked import CheckedApi, CheckedIssuer
from remit.tokens.claims import at
from remit.tokens.profiles import PROFILES

Path = tuple[str, ...]

SCOPE, ROLES, PERMISSIONS = "scope", "roles", "permissions"
SUBJECT, CLIENT = "subject", "client"
_UNKNOWN: Final = CheckedIssuer("custom")


class Naming(NamedTuple):
    """Where the tokens of one issuer and kind name what callers may do, each step by step.

    `scope_is_list`: scopes are a list there, and no string. None for what they do not name.
    """

    scope: Path
    scope_is_list: bool
    roles: Path | None
    permissions: Path | None
    subject: Path
    client: Path


def naming(api: CheckedApi, claims: Mapping[str, object]) -> Naming:
    """That of the token with these claims."""
    issuer = api.issuers.get(str(claims.get("iss")), _UNKNOWN)
    profile, sources = PROFILES[issuer.profile], issuer.sources
    scope, is_list = profile.scope, profile.scope_is_list
    of_client = profile.client_scope is not None and scope[0] not in claims
    if profile.client_scope is not None and of_client:
        scope, is_list = profile.client_scope, True
    if SCOPE in sources:
        scope, is_list = sources[SCOPE], False  # a string and a list are both read there
    roles = sources.get(ROLES, profile.roles)
    subject = sources.get(SUBJECT, ("sub",) if of_client else profile.user_subject)
    return Naming(
        scope,
        is_list,
        None if roles == scope else roles,
        sources.get(PERMISSIONS, profile.permissions),
        subject,
        sources.get(
            CLIENT, (next((each for each in profile.clients if each in claims), profile.clients[0]),)
        ),
    )


def roles_named(api: CheckedApi, claims: Mapping[str, object]) -> Collection[object]:
    """The roles that a token names."""
    path = naming(api, claims).roles
    found = None if path is None else at(claims, path)
    return found if isinstance(found, list) else ()


def claims_naming(api: CheckedApi, *wanted: str) -> frozenset[str]:
    """The claims in which any issuer's tokens name what is wanted."""
    return frozenset(path[0] for issuer in api.issuers.values() for path in _paths(issuer, wanted))


def _paths(issuer: CheckedIssuer, wanted: tuple[str, ...]) -> Iterator[Path]:
    profile = PROFILES[issuer.profile]
    places: Mapping[str, tuple[Path | None, ...]] = {
        SCOPE: (profile.scope, profile.client_scope),
        ROLES: (profile.roles,),
        PERMISSIONS: (profile.permissions,),
        SUBJECT: (("sub",), profile.user_subject),
        CLIENT: tuple((claim,) for claim in profile.clients),
    }
    for what in wanted:
        paths = (issuer.sources[what],) if what in issuer.sources else places[what]
        yield from (path for path in paths if path is not None)
