"""Facts + roles and permissions -> what a caller holds within one policy set, as bit masks.

The token's scopes are what the application was granted, under the ceiling that the policy sets its
client (Auth0 calls it a client grant). Permissions come from one source. A client's are
those scopes. A user's are the list of them if there is one, even an empty one; else what the roles
grant; else nobody knows.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from remit.checker.scalars import ERROR, NOBODY
from remit.compiler.program import Bits, Program
from remit.tokens import findings
from remit.tokens.directory import Answer
from remit.tokens.facts import Facts
from remit.tokens.profiles import Kind

NO_WAYS: dict[Any, dict[Any, Any]] = {}
"""What a binding has before anything was decided for it; stays empty."""

ONE_DECISION: dict[Any, dict[Any, Any]] = {}
"""What it has after the first decision; stays empty."""


class Binding:
    """A principal within one policy set. Written once, but for what decisions leave: memo and ways.

    `user`, `client`: the subject, NOBODY where it is none, ERROR where nobody can know; `application`:
    the client that presents the token, whoever its subject is. `kind`, `issuer`: str, or ERROR. Instants
    are seconds since the epoch, `auth_time` microseconds. `lapse`: why nothing holds after `expires`.
    """

    __slots__ = (
        "acr",
        "answer",
        "application",
        "auth_time",
        "authenticated",
        "claims",
        "client",
        "decisions",
        "effective",
        "effective_max",
        "epoch",
        "expires",
        "held",
        "held_max",
        "issuer",
        "kind",
        "lapse",
        "not_before",
        "problem",
        "roles",
        "roles_max",
        "scopes",
        "user",
        "ways",
    )

    def __init__(self, epoch: object) -> None:
        """A binding that holds nothing: anonymous, until more is known."""
        self.epoch = epoch
        self.problem: str | None = None
        self.not_before: float = -math.inf
        self.expires: float = math.inf
        self.lapse = findings.EXPIRED
        self.authenticated = False
        self.user: object = NOBODY
        self.client: object = NOBODY
        self.application: object = NOBODY
        self.kind: object = "anonymous"
        self.issuer: object = ERROR
        self.acr: str | None = None
        self.auth_time: int | None = None
        self.scopes = self.held = self.held_max = self.effective = self.effective_max = 0
        self.roles = self.roles_max = 0
        self.claims: tuple[object, ...] = ()
        self.answer: Answer | None = None
        self.decisions: dict[object, Any] = {}
        self.ways = NO_WAYS

    def refuse(self, problem: str) -> None:
        """The token is not valid for this API: at no time."""
        self.problem = problem
        self.expires = -math.inf


@dataclass(frozen=True, slots=True)
class Assigned:
    """The names of roles and of permissions, each None where its source does not say.

    `asserted` are the roles that the source may speak of, None for all: permissions are capped by what
    those grant.
    """

    roles: Iterable[str] | None
    permissions: Iterable[str] | None
    asserted: frozenset[str] | None


def hold(binding: Binding, facts: Facts, assigned: Assigned, program: Program) -> None:
    """Say in `binding` what the caller has: surely, and (`..._max`) at most."""
    bits = program.bits
    binding.scopes = _granted(facts, program)
    if assigned.roles is None:
        binding.roles_max = bits.every_role
    else:
        for role in assigned.roles:
            binding.roles |= bits.role.get(role, 0)
        binding.roles_max = binding.roles
    held = binding.scopes if facts.kind is Kind.CLIENT else _held(facts, assigned, bits)
    binding.held = held or 0
    binding.held_max = bits.every_scope if held is None else held
    binding.effective = binding.scopes & binding.held
    binding.effective_max = binding.scopes & binding.held_max


def _granted(facts: Facts, program: Program) -> int:
    """The scopes of the token; those above its client's ceiling are none of them."""
    granted = program.bits.scopes_in(facts.scopes)
    if not program.clients:
        return granted
    if facts.client is None or facts.client not in program.clients:
        return 0
    ceiling = program.clients[facts.client]
    return granted if ceiling is None else granted & ceiling


def _held(facts: Facts, assigned: Assigned, bits: Bits) -> int | None:
    """The permissions of a user; None where nobody can know them."""
    if facts.kind is Kind.UNKNOWN:
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
