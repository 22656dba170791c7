"""Where each profile of issuer puts what a token says, and by what it tells a user from a client.

Every reading returns None where the token does not say it, and raises `Refused` where it says it
in a way that no token of this issuer may.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from remit.syntax.tree import ClaimSource, Issuer

Claims = Mapping[str, object]
Place = tuple[str, ...]


class Refused(Exception):
    """The token is not valid here and now."""


@dataclass(frozen=True)
class Profile:
    """Places of claims; the first of `client` that is there is the one."""

    scope: Place = ("scope",)
    scope_is_list: bool = False
    roles: Place = ("roles",)
    role_objects: bool = False
    permissions: Place | None = None
    client: tuple[Place, ...] = (("client_id",),)


PROFILES: dict[str, Profile] = {
    "auth0": Profile(permissions=("permissions",), client=(("client_id",), ("azp",))),
    "rfc9068": Profile(role_objects=True),
    "okta": Profile(scope=("scp",), scope_is_list=True, roles=("groups",), client=(("cid",),)),
    "entra": Profile(scope=("scp",), client=(("azp",), ("appid",))),
    "keycloak": Profile(roles=("realm_access", "roles"), client=(("azp",),)),
    "cognito": Profile(roles=("cognito:groups",)),
    "custom": Profile(role_objects=True, client=(("client_id",), ("azp",))),
}


@dataclass(frozen=True)
class Testimony:
    """What a token says, read as its issuer's profile and the issuer's block have it."""

    profile: str
    kind: str
    subject: str
    client: str | None
    scopes: tuple[str, ...]
    roles: tuple[str, ...] | None
    permissions: tuple[str, ...] | None


def testimony(issuer: Issuer, claims: Claims) -> Testimony:
    name = "rfc9068" if issuer.profile is None else issuer.profile.text
    profile = PROFILES[name]
    said = {
        item.what.text: tuple(step.text for step in item.path)
        for item in issuer.items
        if isinstance(item, ClaimSource)
    }
    sub = text_at(claims, ("sub",))
    subject = text_at(claims, said["subject"]) if "subject" in said else sub
    if not sub or not subject:
        raise Refused
    client = first_text(claims, (said["client"],) if "client" in said else profile.client)
    kind = KINDS[name](claims, sub, client)
    app_only = name == "entra" and kind == "client"
    if app_only and "scope" not in said:
        scopes = names_at(claims, ("roles",))
    elif "scope" in said:
        scopes = words_at(claims, said["scope"])
    elif profile.scope_is_list:
        scopes = names_at(claims, profile.scope)
    else:
        scopes = split(text_at(claims, profile.scope))
    roles_at = said.get("roles", profile.roles)
    if name == "entra" and roles_at == ("groups",) and is_overage(claims):
        roles = None
    else:
        roles = names_at(claims, roles_at, objects=profile.role_objects)
        if kind == "client" and (roles is None or (app_only and "roles" not in said)):
            roles = ()
    if name == "entra" and kind == "user" and "subject" not in said:
        subject = str(claims["oid"])
    return Testimony(
        name,
        kind,
        subject,
        client,
        scopes or (),
        roles,
        permissions_of(claims, profile, said.get("permissions")),
    )


def permissions_of(claims: Claims, profile: Profile, said: Place | None) -> tuple[str, ...] | None:
    place = said or profile.permissions
    return None if place is None else names_at(claims, place, objects=profile.role_objects)


# ---- kinds


def auth0_kind(claims: Claims, subject: str, _client: str | None) -> str:
    client = says(claims, "gty", "client-credentials") or subject.endswith("@clients")
    user = says(claims, "sub_profile", "user") or "|" in subject
    return "unknown" if client == user else "client" if client else "user"


def rfc9068_kind(_claims: Claims, subject: str, client: str | None) -> str:
    return "client" if subject == client else "user"


def okta_kind(claims: Claims, subject: str, client: str | None) -> str:
    if "uid" in claims:
        return "user" if type(claims["uid"]) is str else "unknown"
    return "client" if subject == client else "unknown"


def entra_kind(claims: Claims, _subject: str, _client: str | None) -> str:
    app, oid = says(claims, "idtyp", "app"), claims.get("oid")
    if "scp" not in claims:
        return "client" if app or (type(oid) is str and oid == claims["sub"]) else "unknown"
    return "user" if type(claims["scp"]) is str and type(oid) is str and not app else "unknown"


def keycloak_kind(claims: Claims, _subject: str, _client: str | None) -> str:
    name = claims.get("preferred_username")
    if type(name) is not str:
        return "unknown"
    return "client" if name.startswith("service-account-") else "user"


def cognito_kind(claims: Claims, subject: str, client: str | None) -> str:
    if "username" in claims:
        return "user" if type(claims["username"]) is str else "unknown"
    return "client" if subject == client else "unknown"


def custom_kind(_claims: Claims, subject: str, client: str | None) -> str:
    if client is None:
        return "unknown"
    return "client" if subject == client else "user"


KINDS: dict[str, Callable[[Claims, str, str | None], str]] = {
    "auth0": auth0_kind,
    "rfc9068": rfc9068_kind,
    "okta": okta_kind,
    "entra": entra_kind,
    "keycloak": keycloak_kind,
    "cognito": cognito_kind,
    "custom": custom_kind,
}


def is_overage(claims: Claims) -> bool:
    """Does Entra say that the groups were too many to name?"""
    named = claims.get("_claim_names")
    return (
        (type(named) is dict and "groups" in named)
        or claims.get("hasgroups") is True
        or type(claims.get("groups")) is str
    )


# ---- claims


def says(claims: Claims, claim: str, text: str) -> bool:
    said = claims.get(claim)
    return type(said) is str and said == text


class Absent:
    """No such claim."""


ABSENT = Absent()


def at(claims: Claims, place: Place) -> object:
    """What stands at a place; ABSENT where a step is missing, or its parent is null."""
    here: object = claims
    for depth, step in enumerate(place):
        if here is None:
            return ABSENT
        if depth and type(here) is not dict:
            raise Refused
        assert isinstance(here, Mapping), "the claims are one, and a dict is another"
        if step not in here:
            return ABSENT
        here = here[step]
    return here


def is_absent(claims: Claims, place: Place) -> bool:
    return at(claims, place) is ABSENT


def text_at(claims: Claims, place: Place) -> str | None:
    said = at(claims, place)
    if said is ABSENT:
        return None
    if type(said) is not str:
        raise Refused
    return said


def first_text(claims: Claims, places: tuple[Place, ...]) -> str | None:
    there = [place for place in places if not is_absent(claims, place)]
    return text_at(claims, there[0]) if there else None


def names_at(claims: Claims, place: Place, *, objects: bool = False) -> tuple[str, ...] | None:
    """A list of strings, or where `objects` are taken of `{value: string}` too."""
    said = at(claims, place)
    if said is ABSENT:
        return None
    if objects and type(said) is list:
        said = [one["value"] if type(one) is dict and "value" in one else one for one in said]
    if type(said) is not list or any(type(one) is not str for one in said):
        raise Refused
    return tuple(said)


def words_at(claims: Claims, place: Place) -> tuple[str, ...] | None:
    """Scopes where an issuer's block says so: words in a string, or a list."""
    said = at(claims, place)
    return names_at(claims, place) if type(said) is list else split(text_at(claims, place))


def split(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(text.split(" "))
