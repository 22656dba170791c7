"""Facts, names, roles and permissions -> what a caller is and holds within one policy set.

The token's scopes are what the application was granted, under the ceiling that the policy sets its
client (Auth0 calls it a client grant). Permissions come from one source. A client's are
those scopes. A user's are the list of them if there is one, even an empty one; else what the roles
grant; else nobody knows.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from remit.checker.scalars import ERROR, NOBODY
from remit.compiler.program import Bits, Program
from remit.tokens import findings
from remit.tokens.directory import Answer
from remit.tokens.facts import Facts, Names
from remit.tokens.profiles import Kind

Ways = dict[Any, Any]
"""How callers of one entitlement class are decided for, by the door they come to."""

_MET_NOWHERE: Final[Ways] = {}


@dataclass(slots=True, eq=False)
class Entitlement:
    """What callers have alike, whoever they are: scopes, permissions and roles as bit masks.

    Written once. Masks say what there surely is, and (`..._max`) at most. `kind`, `issuer`: str, or
    ERROR where nobody can know. `application`: the client that presents the token; `client`: that client
    where it is the subject itself, else NOBODY. `few`: values of the declared claims that have few.
    `ways`: shared by all that rules cannot tell apart, once callers were told apart.
    """

    authenticated: bool
    kind: object
    issuer: object
    application: object
    client: object
    acr: str | None = None
    scopes: int = 0
    held: int = 0
    held_max: int = 0
    effective: int = 0
    effective_max: int = 0
    roles: int = 0
    roles_max: int = 0
    few: tuple[object, ...] = ()
    ways: Ways = field(default_factory=lambda: _MET_NOWHERE)


class Binding:
    """A principal within one policy set. Written once, but for the decisions that it leaves.

    `user`: the subject as rules compare it, NOBODY where it is none, ERROR where nobody can know.
    `subject`: as the token has it. `not_before` and `expires` are seconds since the epoch, `auth_time`
    microseconds.
    """

    __slots__ = (
        "answer",
        "auth_time",
        "claims",
        "decisions",
        "entitlement",
        "epoch",
        "expires",
        "not_before",
        "problem",
        "subject",
        "user",
    )

    def __init__(
        self, epoch: object, entitlement: Entitlement, user: object, claims: tuple[object, ...]
    ) -> None:
        """Bind for all times, until more is known."""
        self.epoch = epoch
        self.entitlement = entitlement
        self.user = user
        self.claims = claims
        self.not_before: float = -math.inf
        self.expires: float = math.inf
        self.auth_time: int | None = None
        self.answer: Answer | None = None
        self.problem: str | None = None
        self.subject: str | None = None
        self.decisions: dict[object, Any] = {}

    def altered(
        self,
        *,
        entitlement: Entitlement | None = None,
        claims: tuple[object, ...] | None = None,
        auth_time: int | None = None,
    ) -> "Binding":
        """A binding of nobody's, that is like this one but for what is given."""
        made = Binding(
            None,
            self.entitlement if entitlement is None else entitlement,
            self.user,
            self.claims if claims is None else claims,
        )
        made.not_before, made.expires = self.not_before, self.expires
        made.auth_time = self.auth_time if auth_time is None else auth_time
        made.answer, made.problem = self.answer, self.problem
        return made

    @property
    def lapse(self) -> str:
        """Why nothing holds after `expires`."""
        said = self.answer
        return findings.EXPIRED if said is None or said.until > self.expires else findings.STALE


@dataclass(frozen=True, slots=True)
class Assigned:
    """The names of roles and of permissions, each None where its source does not say.

    `asserted` are the roles that the source may speak of, None for all: permissions are capped by what
    those grant.
    """

    roles: Iterable[str] | None
    permissions: Iterable[str] | None
    asserted: frozenset[str] | None


def anonymous(few: tuple[object, ...]) -> Entitlement:
    """What a request without a token has: nothing."""
    return Entitlement(
        authenticated=False,
        kind="anonymous",
        issuer=ERROR,
        application=NOBODY,
        client=NOBODY,
        few=few,
    )


def entitlement(
    facts: Facts, names: Names, assigned: Assigned, program: Program, few: tuple[object, ...]
) -> Entitlement:
    """What a token entitles to, with the roles and permissions that were assigned."""
    bits, kind = program.bits, facts.kind
    application: object = ERROR if facts.client is None else facts.client
    subject = {Kind.USER: NOBODY, Kind.CLIENT: application, Kind.UNKNOWN: ERROR}[kind]
    scopes = _granted(facts, names, program)
    roles, roles_max = _roles(assigned.roles, bits)
    permissions = scopes if kind is Kind.CLIENT else _held(kind, assigned, bits)
    held = permissions or 0
    held_max = bits.every_scope if permissions is None else permissions
    return Entitlement(
        authenticated=True,
        kind=ERROR if kind is Kind.UNKNOWN else kind.value,
        issuer=facts.places.issuer,
        application=application,
        client=subject,
        acr=facts.acr,
        scopes=scopes,
        held=held,
        held_max=held_max,
        effective=scopes & held,
        effective_max=scopes & held_max,
        roles=roles,
        roles_max=roles_max,
        few=few,
    )


def _granted(facts: Facts, names: Names, program: Program) -> int:
    """The scopes of the token; those above its client's ceiling are none of them."""
    granted = program.bits.scopes_in(names.scopes)
    if not program.clients:
        return granted
    if facts.client is None or facts.client not in program.clients:
        return 0
    ceiling = program.clients[facts.client]
    return granted if ceiling is None else granted & ceiling


def _roles(assigned: Iterable[str] | None, bits: Bits) -> tuple[int, int]:
    """The roles that there surely are, and that there are at most."""
    if assigned is None:
        return 0, bits.every_role
    roles = 0
    for role in assigned:
        roles |= bits.role.get(role, 0)
    return roles, roles


def _held(kind: Kind, assigned: Assigned, bits: Bits) -> int | None:
    """The permissions of a user; None where nobody can know them."""
    if kind is Kind.UNKNOWN:
        return None
    if assigned.permissions is not None:
        held = bits.scopes_in(assigned.permissions)
        return held if assigned.asserted is None else held & _grants(assigned.asserted, bits)
    return None if assigned.roles is None else _grants(assigned.roles, bits)


def _grants(roles: Iterable[str], bits: Bits) -> int:
    held = 0
    for role in roles:
        held |= bits.role_grants.get(role, 0)
    return held
