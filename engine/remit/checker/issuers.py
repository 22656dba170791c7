"""Issuer statements -> CheckedIssuer: whose tokens are trusted, by which profile, and how far."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, assert_never

from remit.checker import findings
from remit.checker.checked import (
    STRING,
    CheckedClient,
    CheckedIssuer,
    Enumeration,
    Member,
    SetOf,
    Type,
)
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

PROFILES = ("auth0", "cognito", "custom", "entra", "keycloak", "okta", "rfc9068")
"""The token profiles that a policy can name; remit.tokens.profiles says what they are."""

PROFILE_CLAIMS = frozenset(
    ["scp", "cid", "uid", "oid", "idtyp", "appid", "groups", "hasgroups", "_claim_names", "active"]
    + ["realm_access", "typ", "preferred_username", "cognito:groups", "token_use", "username"]
)
"""Claims that some profile reads, and a policy may read as well; a test may say them."""

_ORDINARY: Mapping[str, tuple[str, ...]] = {"scope": ("scope",), "roles": ("roles",)}
PLACES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "auth0": {**_ORDINARY, "permissions": ("permissions",)},
    "cognito": {**_ORDINARY, "roles": ("cognito:groups",)},
    "custom": _ORDINARY,
    "entra": {**_ORDINARY, "scope": ("scp",)},
    "keycloak": {**_ORDINARY, "roles": ("realm_access", "roles")},
    "okta": {"scope": ("scp",), "roles": ("groups",)},
    "rfc9068": _ORDINARY,
}
"""Where tokens of users have what they may do, for each profile that has a place for it."""

LISTING = frozenset(("okta",))
"""The profiles whose tokens list their scopes; those of the others have them in one string."""

SOURCES = ("client", "permissions", "roles", "scope", "subject")
"""What an issuer's block can say the place of."""


class Asserted(NamedTuple):
    """What a policy declares, and an issuer may be said to assert."""

    roles: Mapping[str, object]
    clients: Mapping[str, CheckedClient]
    claims: Mapping[str, Member]


def check_issuers(
    statements: Iterable[tree.Issuer],
    declared: Asserted,
    found: list[Finding],
) -> dict[str, CheckedIssuer]:
    """The issuers by name, sorted."""
    issuers: dict[str, CheckedIssuer] = {}
    first: dict[str, Span] = {}
    for statement in statements:
        name = str(statement.value.value)
        profile = statement.profile.text if statement.profile else "rfc9068"
        if statement.profile and profile not in PROFILES:
            found.append(findings.unknown_profile(profile, statement.profile.span, PROFILES))
        if first.setdefault(name, statement.value.span) is not statement.value.span:
            found.append(findings.duplicate("issuer", name, statement.value.span, first[name]))
        issuers[name] = _issuer(profile, statement.items, declared, found)
    return dict(sorted(issuers.items()))


def _issuer(
    profile: str,
    items: Iterable[tree.IssuerItem],
    declared: Asserted,
    found: list[Finding],
) -> CheckedIssuer:
    audiences: set[str] = set()
    asserted: set[str] | None = None
    clients: set[str] | None = None
    values: dict[str, frozenset[str]] = {}
    sources: dict[str, tuple[str, ...]] = {}
    for item in items:
        match item:
            case tree.Audience(values=literals):
                audiences.update(str(literal.value) for literal in literals)
            case tree.AssertsRoles(roles=names):
                found.extend(_unknown_roles(names, declared.roles))
                asserted = (asserted or set()).union(role.text for role in names)
            case tree.AssertsClients(clients=names):
                of_names = (_clients(each, declared.clients, found) for each in names)
                clients = (clients or set()).union(*of_names)
            case tree.AssertsClaim(claim=claim):
                if claim.text in values:
                    found.append(findings.duplicate("asserted claim", claim.text, claim.span))
                values[claim.text] = _asserted(item, declared.claims, found)
            case tree.ClaimSource(what=what, path=path):
                if what.text not in SOURCES:
                    found.append(findings.unknown_source(what.text, what.span, SOURCES))
                elif what.text in sources:
                    found.append(findings.duplicate("the place of", what.text, what.span))
                sources[what.text] = tuple(step.text for step in path)
            case _:
                assert_never(item)
    return CheckedIssuer(
        profile,
        tuple(sorted(audiences)),
        None if asserted is None else frozenset(asserted),
        values,
        sources,
        None if clients is None else frozenset(clients),
    )


def _clients(
    name: tree.Name, declared: Mapping[str, CheckedClient], found: list[Finding]
) -> Iterable[str]:
    """As `clients_named`; where no client is declared, any name may be one's."""
    return clients_named(name, declared, found) if declared else (name.text,)


def clients_named(
    name: tree.Name, declared: Mapping[str, CheckedClient], found: list[Finding]
) -> tuple[str, ...]:
    """The declared clients of that name or class, sorted."""
    clients = [client for client, what in declared.items() if name.text in (client, what.group)]
    if not clients:
        groups = [what.group for what in declared.values() if what.group is not None]
        found.append(findings.unknown_client(name.text, name.span, [*declared, *groups]))
    return tuple(sorted(clients))


def _unknown_roles(names: Iterable[tree.Name], known: Mapping[str, object]) -> Iterable[Finding]:
    for name in names:
        if name.text not in known:
            yield findings.unknown_role(name.text, name.span, known)


def _asserted(
    item: tree.AssertsClaim, claims: Mapping[str, Member], found: list[Finding]
) -> frozenset[str]:
    """The values that a claim may have, each one that its type has as well."""
    claim = item.claim
    member = claims.get(claim.text)
    if member is None:
        found.append(findings.unknown_member(f"token.{claim.text}", claim.span, claims))
    else:
        element = _element(member.type)
        if isinstance(element, Enumeration):
            for literal in item.values:
                if literal.value not in element.values:
                    text = str(literal.value)
                    found.append(findings.outside_enum(text, literal.span, element.values))
        elif element != STRING:
            found.append(findings.cannot_assert(claim.text, str(member.type), claim.span))
    return frozenset(str(literal.value) for literal in item.values)


def _element(type_: Type) -> Type:
    return type_.element if isinstance(type_, SetOf) else type_
