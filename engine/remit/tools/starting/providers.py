"""What can be known beforehand of the issuers that most APIs have, by the profile of their tokens.

Identifiers are made up, in the form that the issuer's own have: Auth0's "Validate access tokens", Amazon
Cognito's "Understanding the access token", Microsoft's "Access token claims reference", Keycloak's
"Server administration guide", Okta's "Authorization servers"; for `rfc9068` the RFC itself.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from remit.tokens.claims import Path
from remit.tokens.profiles import PROFILES


class Provider(NamedTuple):
    """An issuer. In `audience`, `read` and `write`, {name} stands for the name of the API.

    `roles` is where its tokens have roles, where that is not the profile's own place; `tenant` where
    they have a user's tenant. `subjects` come before the name of a user.
    """

    title: str
    issuer: str
    audience: str
    read: str = "read:documents"
    write: str = "write:documents"
    roles: Path | None = None
    tenant: str = "tenant"
    subjects: str = ""
    more: Mapping[str, Any] = {}


PROVIDERS: Final[Mapping[str, Provider]] = {
    "auth0": Provider(
        "Auth0",
        "https://example.eu.auth0.com/",
        "https://api.example.com/{name}",
        roles=("https://example.com/roles",),
        tenant="org_id",
        subjects="auth0|",
        more={"azp": "web-app"},
    ),
    "cognito": Provider(
        "Amazon Cognito",
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example12",
        "1example23456789012345678",
        read="{name}/read",
        write="{name}/write",
        more={"token_use": "access"},
    ),
    "entra": Provider(
        "Microsoft Entra ID",
        "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0",
        "11111111-1111-1111-1111-111111111111",
        read="Documents.Read",
        write="Documents.Write",
        tenant="tid",
        more={"azp": "22222222-2222-2222-2222-222222222222"},
    ),
    "keycloak": Provider(
        "Keycloak",
        "https://keycloak.example.com/realms/example",
        "{name}",
        more={"azp": "web-app", "typ": "Bearer"},
    ),
    "okta": Provider(
        "Okta",
        "https://example.okta.com/oauth2/default",
        "api://default",
        more={"cid": "web-app"},
    ),
    "rfc9068": Provider(
        "any issuer of JWTs as RFC 9068 has them",
        "https://issuer.example.com",
        "https://api.example.com/{name}",
        more={"client_id": "web-app", "jti": "test"},
    ),
}
"""By profile."""


def roles_place(profile: str) -> Path:
    """Where the tokens of users have roles."""
    return PROVIDERS[profile].roles or PROFILES[profile].roles


def claims_of(profile: str, user: str, scopes: list[str], roles: list[str]) -> dict[str, Any]:
    """What a token says of a user of the tenant `acme`, and of what it is good for."""
    provider, form = PROVIDERS[profile], PROFILES[profile]
    subject = f"{provider.subjects}{user}"
    first, *inner = roles_place(profile)
    held: Any = roles
    for step in reversed(inner):
        held = {step: held}
    return {
        "sub": subject,
        form.scope[0]: scopes if form.scope_is_list else " ".join(scopes),
        first: held,
        provider.tenant: "acme",
    }


def marks_of(profile: str, user: str) -> dict[str, Any]:
    """What else a token of a user says, by which it is known to be one."""
    mark = {"cognito": "username", "entra": "oid", "keycloak": "preferred_username", "okta": "uid"}
    named = {mark[profile]: user} if profile in mark else {}
    return {**PROVIDERS[profile].more, **named}
