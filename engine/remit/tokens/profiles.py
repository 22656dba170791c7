"""What each issuer's tokens look like: a table of profiles.

`auth0`: Auth0's docs, "Access token profiles", "RBAC". `rfc9068`: RFC 9068, sections 2 and 4. `okta`:
Okta's "Access tokens" (`scp` a list, `cid`, `uid`). `entra`: Microsoft's "Access token claims
reference" (`scp`, `roles`, `azp`, `appid`, `idtyp`, `oid`). `keycloak`: Keycloak's tokens
(`realm_access`, `azp`, the claim `typ`; `preferred_username` names service accounts). `cognito`:
Amazon Cognito's "Understanding the access token" (no `aud`, `token_use`, `cognito:groups`). `custom`:
RFC 7519, RFC 6749 and RFC 7662 alone, to be adapted by an issuer's block.

Users and clients are told apart by a positive mark only; where there is none, or both, the kind is
unknown, and whatever depends on it is an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.tokens import findings
from remit.tokens.claims import Claims, Invalid, Path, text


class Kind(StrEnum):
    """Who a token stands for. `UNKNOWN`: neither mark, or both."""

    USER = "user"
    CLIENT = "client"
    UNKNOWN = "unknown"


USER, CLIENT, UNKNOWN = (
    Kind  # looked up on their class, members cost more than what they are compared with
)

Header = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Profile:
    """How the tokens of one kind of issuer are read.

    `kind` is asked with the claims, their `sub` and the client id; `check` with claims,
    header and client id, and raises Invalid. `clients` are
    the claims that may hold the client's id: the first that is there counts. `audience` is the claim
    that must name the API. `objects`: roles and permissions may be `{"value": name}`. `client_scope` is
    where the tokens of clients have their scopes, `user_subject` where those of users have the subject.
    """

    kind: Callable[[Claims, str, str | None], Kind]
    clients: Path
    check: Callable[[Claims, Header, str | None], None] | None = None
    audience: str = "aud"
    scope: Path = ("scope",)
    scope_is_list: bool = False
    client_scope: Path | None = None
    user_subject: Path = ("sub",)
    roles: Path = ("roles",)
    permissions: Path | None = None
    objects: bool = False


# ---- whose token it is


def _either(*, user: bool, client: bool) -> Kind:
    if user == client:
        return UNKNOWN
    return USER if user else CLIENT


def _auth0(claims: Claims, subject: str, _client: str | None) -> Kind:
    client = subject.endswith("@clients") or (
        "gty" in claims and text(claims, "gty") == "client-credentials"
    )
    if "|" in subject or ("sub_profile" in claims and text(claims, "sub_profile") == "user"):
        return UNKNOWN if client else USER
    return CLIENT if client else UNKNOWN


def _rfc9068(_claims: Claims, subject: str, client: str | None) -> Kind:
    return CLIENT if subject == client else USER


def _okta(claims: Claims, subject: str, client: str | None) -> Kind:
    user = text(claims, "uid") is not None
    return _either(user=user, client="uid" not in claims and subject == client)


def _entra(claims: Claims, subject: str, _client: str | None) -> Kind:
    for_app = text(claims, "idtyp") == "app"
    identity = text(claims, "oid")
    user = text(claims, "scp") is not None and identity is not None and not for_app
    return _either(user=user, client="scp" not in claims and (for_app or identity == subject))


def _keycloak(claims: Claims, _subject: str, _client: str | None) -> Kind:
    name = text(claims, "preferred_username")
    if name is None:
        return UNKNOWN
    return CLIENT if name.startswith("service-account-") else USER


def _cognito(claims: Claims, subject: str, client: str | None) -> Kind:
    user = text(claims, "username") is not None
    return _either(user=user, client="username" not in claims and subject == client)


def _custom(_claims: Claims, subject: str, client: str | None) -> Kind:
    if client is None:
        return UNKNOWN
    return CLIENT if subject == client else USER


# ---- what else must be so


def _check_rfc9068(claims: Claims, header: Header, client: str | None) -> None:
    """RFC 9068, sections 2.2 and 4; media types have no case (RFC 2045, section 5.1)."""
    kind = header.get("typ") if header is not None else None
    if type(kind) is not str or kind.lower() not in ("at+jwt", "application/at+jwt"):
        raise Invalid(findings.BAD_HEADER)
    if client is None:
        raise Invalid(findings.missing("client_id"))
    if text(claims, "jti") is None:
        raise Invalid(findings.missing("jti"))
    if "iat" not in claims:
        raise Invalid(findings.missing("iat"))


def _check_keycloak(claims: Claims, _header: Header, _client: str | None) -> None:
    """Keycloak writes what a token is for into a claim of its own: `Bearer`, `ID`, `Refresh`."""
    if "typ" in claims and text(claims, "typ") != "Bearer":
        raise Invalid(findings.OTHER_USE)


def _check_cognito(claims: Claims, _header: Header, _client: str | None) -> None:
    """Cognito's id tokens say `token_use: id`."""
    if text(claims, "token_use") != "access":
        raise Invalid(findings.OTHER_USE)


def _check_custom(claims: Claims, _header: Header, _client: str | None) -> None:
    """RFC 7662, section 2.2: an introspection response says whether the token is active."""
    if "active" in claims and claims["active"] is not True:
        raise Invalid(findings.INACTIVE)


PROFILES: Mapping[str, Profile] = {
    "auth0": Profile(_auth0, ("client_id", "azp"), permissions=("permissions",)),
    "rfc9068": Profile(_rfc9068, ("client_id",), _check_rfc9068, objects=True),
    "okta": Profile(_okta, ("cid",), scope=("scp",), scope_is_list=True, roles=("groups",)),
    "entra": Profile(
        _entra, ("azp", "appid"), scope=("scp",), client_scope=("roles",), user_subject=("oid",)
    ),
    "keycloak": Profile(_keycloak, ("azp",), _check_keycloak, roles=("realm_access", "roles")),
    "cognito": Profile(
        _cognito, ("client_id",), _check_cognito, audience="client_id", roles=("cognito:groups",)
    ),
    "custom": Profile(_custom, ("client_id", "azp"), _check_custom, objects=True),
}
"""By the names that a policy may write."""
