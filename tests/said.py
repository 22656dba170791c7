"""All that a token says, for tests: its facts and its names, read as an API reads them."""

from collections.abc import Mapping
from typing import NamedTuple

from remit.tokens.facts import Beside, Trust
from remit.tokens.profiles import Kind


class Said(NamedTuple):
    """Facts and names in one; instants in seconds, `auth_time` in microseconds."""

    kind: Kind
    issuer: str
    subject: str
    client: str | None
    expires: float
    not_before: float
    acr: str | None
    auth_time: int | None
    scopes: tuple[str, ...]
    roles: tuple[str, ...] | None
    permissions: tuple[str, ...] | None


def read(claims: Mapping[str, object], header: Mapping[str, object] | None, trust: Trust) -> Said:
    """Read a token. Raises Invalid."""
    facts = trust.facts(claims, Beside(header))
    names = facts.places.names(facts.places.brought(claims))
    return Said(
        facts.kind,
        facts.places.issuer,
        facts.subject,
        facts.client,
        facts.expires,
        facts.not_before,
        facts.acr,
        facts.auth_time,
        names.scopes,
        names.roles,
        names.permissions,
    )
