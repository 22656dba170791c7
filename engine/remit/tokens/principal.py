"""Verified claims -> Principal: who asks, as the compiled rules see it.

A principal is bound to one loaded policy set. `Binding` is that bond: bit masks, the caller as a user,
the declared claims, the span of time in which the token is valid. After a reload the engine binds the
principal again, from a copy of the claims it was made from, so nothing of the old set is ever used.
"""

import math
from collections.abc import Mapping
from typing import Any, NewType

from remit.compiler.program import Program
from remit.checker.scalars import ABSENT, ERROR, NOBODY
from remit.tokens import findings
from remit.tokens.facts import Facts, Invalid, Kind, read

VerifiedClaims = NewType("VerifiedClaims", Mapping[str, object])
"""The claims of an access token whose signature has been verified. Wrapping them is the host's word
that it has: remit checks issuer, audience and times, and never sees a signature."""


class Binding:
    """A principal within one policy set. Written once; what changes is only the decision memo."""

    __slots__ = (
        "authenticated",
        "acr",
        "application",
        "auth_time",
        "claims",
        "client",
        "issuer",
        "kind",
        "decisions",
        "effective",
        "effective_max",
        "epoch",
        "expires",
        "held",
        "held_max",
        "not_before",
        "problem",
        "roles",
        "roles_max",
        "scopes",
        "user",
    )

    def __init__(self, epoch: object) -> None:
        """A binding that holds nothing: anonymous, until more is known."""
        self.epoch = epoch
        self.problem: str | None = None
        self.not_before: float = -math.inf
        self.expires: float = math.inf
        self.authenticated = False
        self.user: object = NOBODY
        self.client = self.application = NOBODY
        self.kind = "anonymous"
        self.issuer = ERROR
        self.acr = self.auth_time = None
        self.scopes = self.held = self.held_max = self.effective = self.effective_max = 0
        self.roles = self.roles_max = 0
        self.claims: tuple[object, ...] = ()
        self.decisions: dict[object, Any] = {}


class Principal:
    """Who asks. Made by `Engine.principal`; immutable for its user."""

    __slots__ = ("_claims", "_header", "binding")

    def __init__(
        self,
        claims: dict[str, object] | None,
        header: Mapping[str, object] | None,
        binding: Binding,
    ) -> None:
        """Keep a copy of the claims beside the binding; None where they could not be read."""
        self._claims = claims
        self._header = header
        self.binding = binding

    @property
    def problem(self) -> str | None:
        """Why the token is not valid for this API, the clock apart; None where it is."""
        return self.binding.problem

    def bound_to(self, audience: "Audience", epoch: object) -> Binding:
        """The binding to another policy set, worked out anew."""
        return audience.bind(self._claims, self._header, epoch)

    def __repr__(self) -> str:
        """Without claims: a principal is often logged."""
        return f"<Principal {self.problem or 'valid'}>"


class Audience:
    """The API as a receiver of tokens: the issuers and audiences it accepts, what scopes mean."""

    def __init__(self, program: Program, issuers: Mapping[str, str], audiences: tuple[str, ...]) -> None:
        self._program = program
        self._issuers = issuers
        self._audiences = audiences

    def principal(self, claims: object, header: Mapping[str, object] | None, epoch: object) -> Principal:
        """A principal for `claims`; an invalid one where they are not those of a valid token."""
        copy = _copied(claims)
        return Principal(copy, header, self.bind(copy, header, epoch))

    def anonymous(self, epoch: object) -> Binding:
        """The binding of a request without a token: declared claims are all missing."""
        binding = Binding(epoch)
        binding.claims = tuple(normal(ABSENT) for _, normal in self._program.claims)
        return binding

    def bind(
        self, claims: dict[str, object] | None, header: Mapping[str, object] | None, epoch: object
    ) -> Binding:
        """The binding of a token."""
        binding = Binding(epoch)
        if claims is None:
            binding.problem = findings.NOT_A_MAPPING
            return binding
        try:
            facts = read(claims, header, self._issuers, self._audiences)
        except Invalid as invalid:
            binding.problem = str(invalid)
        except Exception:  # noqa: BLE001  (claims may be any object; a fault in one refuses the token)
            binding.problem = findings.UNREADABLE
        else:
            self._fill(binding, facts, claims)
        return binding

    def _fill(self, binding: Binding, facts: Facts, claims: dict[str, object]) -> None:
        bits = self._program.bits
        binding.authenticated = True
        binding.expires, binding.not_before = facts.expires, facts.not_before
        binding.user = {Kind.USER: facts.subject, Kind.CLIENT: NOBODY}.get(facts.kind, ERROR)
        binding.scopes = bits.scopes_in(facts.scopes)
        if facts.roles is not None:
            for role in facts.roles:
                binding.roles |= bits.role.get(role, 0)
            binding.roles_max = binding.roles
        elif facts.kind is not Kind.CLIENT:
            binding.roles_max = bits.every_role
        held = self._held(binding, facts)
        binding.held = held or 0
        binding.held_max = bits.every_scope if held is None else held
        binding.effective = binding.scopes & binding.held
        binding.effective_max = binding.scopes & binding.held_max
        binding.claims = tuple(normal(claims.get(member.source[0], ABSENT)) for member, normal in self._program.claims)

    def _held(self, binding: Binding, facts: Facts) -> int | None:
        """The permissions of the caller, from one source: None where no source says."""
        if facts.kind is Kind.CLIENT:
            return binding.scopes
        if facts.kind is Kind.UNKNOWN:
            return None
        if facts.permissions is not None:
            return self._program.bits.scopes_in(facts.permissions)
        if facts.roles is None:
            return None
        held = 0
        for role in facts.roles:
            held |= self._program.bits.role_grants.get(role, 0)
        return held


def _copied(claims: object) -> dict[str, object] | None:
    if type(claims) is dict:
        return claims.copy()
    if isinstance(claims, Mapping):
        try:
            return dict(claims)
        except Exception:  # noqa: BLE001  (any mapping may be handed in)
            return None
    return None
