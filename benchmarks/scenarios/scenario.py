"""Shape and number of rules -> requests and right answers.

What a documents policy says is told three times in this repository: in words here, by hand in
`answer`, and in each engine's language beside that engine. A scenario is only timed where all agree.

DOCUMENTS, for each kind of document, in ten rules: for each of four actions, a user whose role grants
it, and the owner (for reading also those it is shared with); never across tenants; a secret one only
with a second factor. All of it only with the action's scope in the token. SCOPE is that last sentence
alone. TENANTS: each tenant has named the role that may read, and nobody reads across tenants. ROLES: as
many roles as scopes and actions; whoever has the action's scope, and a role that grants it, may.
"""

import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

Claims = dict[str, Any]
Resource = dict[str, Any]

ISSUER = "https://example.eu.auth0.com/"
AUDIENCE = "https://api.example.com/documents"
ACTIONS = ("read", "write", "share", "delete")
CLASSIFICATIONS = ("public", "internal", "secret")
ROLES = ("viewer", "editor", "admin")
GRANTS = {
    "viewer": frozenset({"read:documents"}),
    "editor": frozenset({"read:documents", "write:documents", "share:documents"}),
    "admin": frozenset({"read:documents", "write:documents", "share:documents", "delete:documents"}),
}
NEEDS = {action: f"{action}:documents" for action in ACTIONS}
GRANTED_BY = {
    action: tuple(role for role in ROLES if NEEDS[action] in GRANTS[role]) for action in ACTIONS
}
RULES_OF_A_KIND = 10
_GRANTED = 20  # scopes of a role, where there are many
_SCOPES_OF_A_TOKEN = 12
_ISSUED = 1_790_000_000
_EXPIRES = 4_102_444_800  # in the year 2100: tokens must be the same in every run, and in force


class Shape(Enum):
    """What the rules are about."""

    SCOPE = "the scope test alone"
    DOCUMENTS = "documents"
    TENANTS = "a rule for each tenant"
    ROLES = "many roles, and a scope for each of many actions"


class Request(NamedTuple):
    """The claims of a token, and what is asked with it."""

    claims: Claims
    action: str
    kind: str
    resource: Resource

    def by_another(self, turn: int) -> "Request":
        """The same by a user who never asked before: another subject, the same answer."""
        claims, action, kind, resource = self
        old = claims["sub"]
        new = f"{old}.{turn}"
        scope = claims["scope"].replace(old, new)
        shared = [new if each == old else each for each in resource["shared_with"]]
        owner = new if resource["owner"] == old else resource["owner"]
        return Request(
            claims | {"sub": new, "scope": scope},
            action,
            kind,
            resource | {"owner": owner, "shared_with": shared},
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules of one shape, so many of them.

    `zipf`: the exponent of the law by which kinds are asked about, 0 for uniform.
    `unseen`: each request has a scope string that no other has.
    """

    name: str
    shape: Shape
    rules: int
    zipf: float = 0.0
    unseen: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of resource that there are rules for."""
        if self.shape is not Shape.DOCUMENTS or self.rules <= RULES_OF_A_KIND:
            return ("Document",)
        return tuple(f"Document{number}" for number in range(self.rules // RULES_OF_A_KIND))

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants that documents belong to."""
        return tuple(f"t{n}" for n in range(self.rules if self.shape is Shape.TENANTS else 5))

    @property
    def needs(self) -> dict[str, str]:
        """The scope that each action needs."""
        return _needs(self.rules) if self.shape is Shape.ROLES else NEEDS

    @property
    def grants(self) -> dict[str, frozenset[str]]:
        """The scopes that each role grants."""
        return _grants(self.rules) if self.shape is Shape.ROLES else GRANTS

    def role_of(self, tenant: str) -> str:
        """The role that may read, where each tenant has named one."""
        return ROLES[int(tenant[1:]) % len(ROLES)]

    def requests(self, count: int) -> list[Request]:
        """`count` requests with tokens of `count` users: the same ones for the same scenario."""
        chance = random.Random(f"remit {self.shape.name} {self.rules} {self.zipf}")
        draw_kind = _drawing(self.kinds, self.zipf, chance)
        draw_tenant = _drawing(self.tenants, 0.0, chance)
        if self.shape is Shape.ROLES:
            needs, grants = list(self.needs.items()), self.grants
            return [
                self._request_of_many(chance, f"auth0|user{number}", needs, grants)
                for number in range(count)
            ]
        return [
            self._request(chance, f"auth0|user{number}", draw_kind(), draw_tenant())
            for number in range(count)
        ]

    def _request(self, chance: random.Random, user: str, kind: str, tenant: str) -> Request:
        scopes = ["openid", "profile"]
        scopes += [NEEDS[action] for action in ACTIONS if chance.random() < 0.7]
        if self.unseen:
            scopes.insert(2, f"session:{user}")
        claims: Claims = {
            "iss": ISSUER,
            "aud": [AUDIENCE, f"{ISSUER}userinfo"],
            "sub": user,
            "iat": _ISSUED,
            "exp": _EXPIRES,
            "scope": " ".join(scopes),
            "roles": chance.sample((*ROLES, "guest"), chance.choice((0, 1, 1, 1, 2))),
            "tenant": tenant,
        }
        if chance.random() < 0.4:
            claims["mfa"] = chance.random() < 0.7
        shared = [f"auth0|other{chance.randrange(1_000)}" for _ in range(chance.randrange(5))]
        if chance.random() < 0.15:
            shared.append(user)
        resource: Resource = {
            "owner": user if chance.random() < 0.15 else f"auth0|other{chance.randrange(1_000)}",
            "tenant": tenant if chance.random() < 0.9 else f"t{chance.randrange(5)}",
            "classification": chance.choices(CLASSIFICATIONS, (3, 5, 1))[0],
            "shared_with": shared,
        }
        action = "read" if self.shape is Shape.TENANTS else chance.choice(ACTIONS)
        return Request(claims, action, kind, resource)

    def _request_of_many(
        self,
        chance: random.Random,
        user: str,
        needs: list[tuple[str, str]],
        grants: dict[str, frozenset[str]],
    ) -> Request:
        """What half of the callers' roles grant, asked with some scopes of many."""
        asked = self._request(chance, user, "Document", "t0")
        action, need = chance.choice(needs)
        scopes = {scope for _, scope in chance.sample(needs, min(_SCOPES_OF_A_TOKEN, len(needs) // 2))}
        scopes |= {need} if chance.random() < 0.8 else set()
        names = list(grants)
        place = names.index(f"role{action.removeprefix('act')}")
        roles = [names[place - chance.randrange(len(grants[names[0]]))], chance.choice(names)]
        claims = asked.claims | {
            "scope": " ".join(["openid", "profile", *sorted(scopes)]),
            "roles": roles if chance.random() < 0.6 else roles[1:],
        }
        return Request(claims, action, "Document", asked.resource)

    def answer(self, request: Request) -> bool:
        """The right answer: the docstring above in Python, written to be read, not to be fast."""
        claims, action, _, resource = request
        need = self.needs[action]
        if need not in claims["scope"].split():
            return False
        if self.shape is Shape.ROLES:
            grants = self.grants
            return any(need in grants.get(role, ()) for role in claims["roles"])
        if self.shape is Shape.SCOPE:
            return True
        if resource["tenant"] != claims["tenant"]:
            return False
        if self.shape is Shape.TENANTS:
            return self.role_of(resource["tenant"]) in claims["roles"]
        if resource["classification"] == "secret" and not claims.get("mfa", False):
            return False
        by_role = any(need in GRANTS.get(role, ()) for role in claims["roles"])
        shared = action == "read" and claims["sub"] in resource["shared_with"]
        return by_role or shared or resource["owner"] == claims["sub"]


@cache
def _needs(actions: int) -> dict[str, str]:
    return {f"act{number}": f"act{number}:documents" for number in range(actions)}


@cache
def _grants(roles: int) -> dict[str, frozenset[str]]:
    """Each role grants some scopes that follow on one another."""
    scopes = list(_needs(roles).values())
    granted = min(_GRANTED, roles // 2)
    return {f"role{n}": frozenset((scopes + scopes)[n : n + granted]) for n in range(roles)}


def _drawing(names: tuple[str, ...], exponent: float, chance: random.Random) -> Callable[[], str]:
    """A function that draws one of `names`, the n-th with weight n to the minus `exponent`."""
    bounds = list(accumulate((n + 1) ** -exponent for n in range(len(names))))
    return lambda: names[bisect(bounds, chance.random() * bounds[-1])]
