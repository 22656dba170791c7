"""The rules as `if` statements: what a service would have without an engine.

Three ways. `raw` takes the claims as a JWT library leaves them, and trusts them. `checked` tests at each
call what remit guarantees at each call: issuer, audience, time, and the types of what is read, a wrong
one being a no. `prepared` is handed frozensets made once for a token, and trusts those.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks.engines.candidate import Ready
from benchmarks.scenarios import Claims, Request, Resource, Scenario, Shape
from benchmarks.scenarios.scenario import AUDIENCE, CLASSIFICATIONS, ISSUER, NEEDS

Decide = Callable[..., bool]
Grants = dict[str, frozenset[str]]
_NONE: frozenset[str] = frozenset()


class Source(NamedTuple):
    """What is looked up: what actions need, what roles grant by kind, and who may read, by tenant."""

    shape: Shape
    needs: dict[str, str]
    grants: dict[str, Grants]
    readers: dict[str, str]


@dataclass(slots=True)
class Prepared:
    """A token as a careful service keeps it."""

    subject: str
    tenant: str
    mfa: bool
    scopes: frozenset[str]
    roles: frozenset[str]
    permissions: dict[str, frozenset[str]]


def source(scenario: Scenario, way: str) -> Source:  # noqa: ARG001  (every way looks up the same)
    """Fill the tables."""
    grants = {kind: dict(scenario.grants) for kind in scenario.kinds}
    readers = {name: scenario.role_of(name) for name in scenario.tenants}
    return Source(scenario.shape, dict(scenario.needs), grants, readers)


def load(source: Source, way: str) -> Ready:
    """Close the functions over their tables."""
    decide = _WAYS[way][tuple(Shape).index(source.shape)](source)

    def arguments(request: Request) -> tuple[Any, ...]:
        claims, action, kind, resource = request
        return (prepare(source, claims, kind) if way == "prepared" else claims), action, kind, resource

    return Ready(decide, arguments)


def prepare(source: Source, claims: Claims, kind: str) -> Prepared:
    """Make the sets."""
    roles = frozenset(claims["roles"])
    held = _NONE.union(*(source.grants[kind].get(role, _NONE) for role in roles))
    return Prepared(
        claims["sub"],
        claims["tenant"],
        claims.get("mfa", False),
        frozenset(claims["scope"].split()),
        roles,
        {kind: held},
    )


def _raw_scope(_source: Source) -> Decide:
    def decide(claims: Claims, action: str, _kind: str, _resource: Resource) -> bool:
        return NEEDS[action] in claims["scope"].split()

    return decide


def _raw_documents(source: Source) -> Decide:
    grants = source.grants

    def decide(claims: Claims, action: str, kind: str, document: Resource) -> bool:
        need = NEEDS[action]
        if need not in claims["scope"].split():
            return False
        if document["tenant"] != claims["tenant"]:
            return False
        if document["classification"] == "secret" and not claims.get("mfa"):
            return False
        granted = grants[kind]
        for role in claims["roles"]:
            if need in granted.get(role, _NONE):
                return True
        subject = claims["sub"]
        return document["owner"] == subject or (action == "read" and subject in document["shared_with"])

    return decide


def _raw_tenants(source: Source) -> Decide:
    readers = source.readers

    def decide(claims: Claims, action: str, _kind: str, document: Resource) -> bool:
        tenant = document["tenant"]
        if NEEDS[action] not in claims["scope"].split() or tenant != claims["tenant"]:
            return False
        return readers.get(tenant) in claims["roles"]

    return decide


def _raw_roles(source: Source) -> Decide:
    needs, grants = source.needs, source.grants

    def decide(claims: Claims, action: str, kind: str, _resource: Resource) -> bool:
        need = needs[action]
        if need not in claims["scope"].split():
            return False
        granted = grants[kind]
        return any(need in granted.get(role, _NONE) for role in claims["roles"])

    return decide


def in_force(claims: Claims) -> bool:
    """Issuer, audience and time: what a host that only verified the signature must still look at."""
    if claims.get("iss") != ISSUER:
        return False
    audience = claims.get("aud")
    if audience != AUDIENCE and not (type(audience) is list and AUDIENCE in audience):
        return False
    expires = claims.get("exp")
    return type(expires) is int and time.time() < expires


def _checked_scope(_source: Source) -> Decide:
    def decide(claims: Claims, action: str, _kind: str, _resource: Resource) -> bool:
        scopes = claims.get("scope")
        return in_force(claims) and type(scopes) is str and NEEDS[action] in scopes.split(" ")

    return decide


def _checked_documents(source: Source) -> Decide:
    grants = source.grants

    def decide(claims: Claims, action: str, kind: str, document: Resource) -> bool:
        scopes = claims.get("scope")
        if not in_force(claims) or type(scopes) is not str:
            return False
        need = NEEDS[action]
        if need not in scopes.split(" "):
            return False
        tenant = document.get("tenant")
        if type(tenant) is not str or tenant != claims.get("tenant"):
            return False
        classification = document.get("classification")
        if classification not in CLASSIFICATIONS:
            return False
        if classification == "secret" and claims.get("mfa") is not True:
            return False
        granted = grants[kind]
        if any(need in granted.get(role, _NONE) for role in claims["roles"]):
            return True
        subject = claims["sub"]
        if document.get("owner") == subject:
            return True
        return action == "read" and subject in document["shared_with"]

    return decide


def _checked_tenants(source: Source) -> Decide:
    readers = source.readers

    def decide(claims: Claims, action: str, _kind: str, document: Resource) -> bool:
        scopes = claims.get("scope")
        if not in_force(claims) or type(scopes) is not str or NEEDS[action] not in scopes.split(" "):
            return False
        tenant = document.get("tenant")
        if type(tenant) is not str or tenant != claims.get("tenant"):
            return False
        return readers.get(tenant) in claims["roles"]

    return decide


def _checked_roles(source: Source) -> Decide:
    needs, grants = source.needs, source.grants

    def decide(claims: Claims, action: str, kind: str, _resource: Resource) -> bool:
        scopes = claims.get("scope")
        if not in_force(claims) or type(scopes) is not str:
            return False
        need = needs[action]
        if need not in scopes.split(" "):
            return False
        granted = grants[kind]
        return any(need in granted.get(role, _NONE) for role in claims["roles"])

    return decide


def _prepared_scope(_source: Source) -> Decide:
    def decide(who: Prepared, action: str, _kind: str, _resource: Resource) -> bool:
        return NEEDS[action] in who.scopes

    return decide


def _prepared_documents(_source: Source) -> Decide:
    def decide(who: Prepared, action: str, kind: str, document: Resource) -> bool:
        need = NEEDS[action]
        if need not in who.scopes or document["tenant"] != who.tenant:
            return False
        if document["classification"] == "secret" and not who.mfa:
            return False
        if need in who.permissions[kind]:
            return True
        subject = who.subject
        return document["owner"] == subject or (action == "read" and subject in document["shared_with"])

    return decide


def _prepared_tenants(source: Source) -> Decide:
    readers = source.readers

    def decide(who: Prepared, action: str, _kind: str, document: Resource) -> bool:
        tenant = document["tenant"]
        if NEEDS[action] not in who.scopes or tenant != who.tenant:
            return False
        return readers.get(tenant) in who.roles

    return decide


def _prepared_roles(source: Source) -> Decide:
    needs = source.needs

    def decide(who: Prepared, action: str, kind: str, _resource: Resource) -> bool:
        need = needs[action]
        return need in who.scopes and need in who.permissions[kind]

    return decide


_WAYS = {
    "raw": (_raw_scope, _raw_documents, _raw_tenants, _raw_roles),
    "checked": (_checked_scope, _checked_documents, _checked_tenants, _checked_roles),
    "prepared": (_prepared_scope, _prepared_documents, _prepared_tenants, _prepared_roles),
}
