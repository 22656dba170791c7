"""Verified claims -> Principal: who asks, as the compiled rules see it.

A principal is bound to one loaded policy set. `Binding` is that bond: bit masks, the caller as a user or
a client, the declared claims, the span of time in which all that is known holds. After a reload the
engine binds the principal again, from a copy of the claims it was made from and from what the directory
said, so nothing of the old set is ever used.
"""

from collections.abc import Mapping
from typing import Any, NewType

from remit.checker.checked import CheckedIssuer, Member
from remit.checker.scalars import ABSENT, ERROR, Reader
from remit.compiler.program import Program
from remit.compiler.values import user_key
from remit.tokens import findings
from remit.tokens.binding import Assigned, Binding, hold
from remit.tokens.claims import BROKEN, MISSING, Invalid, at
from remit.tokens.directory import Answer, Directory, Key
from remit.tokens.facts import Facts, Trust, read
from remit.tokens.profiles import Kind

__all__ = ["Audience", "Binding", "Principal", "VerifiedClaims"]

VerifiedClaims = NewType("VerifiedClaims", Mapping[str, object])
"""The claims of an access token whose signature has been verified. Wrapping them is the host's word
that it has: remit checks issuer, audience and times, and never sees a signature."""


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
        """The binding to another policy set, worked out anew.

        What the directory said is kept until it is no longer fresh, unless the directory was revised.
        """
        return audience.bind(self._claims, self._header, epoch, self.binding.answer)

    def __repr__(self) -> str:
        """Without claims: a principal is often logged."""
        return f"<Principal {self.problem or 'valid'}>"


class Audience:
    """The API as a receiver of tokens: whom it trusts, and what scopes, roles and clients mean to it."""

    def __init__(
        self,
        program: Program,
        issuers: Mapping[str, CheckedIssuer],
        audiences: tuple[str, ...],
        directory: Directory | None = None,
    ) -> None:
        declared = program.tree.checked.claims
        self._program = program
        self._issuers = issuers
        self._trust = Trust(issuers, audiences, declared, takes_actors=program.takes_actors)
        self._directory = directory

    def asking(self, directory: Directory | None) -> "Audience":
        """The same API, with another directory."""
        return Audience(self._program, self._issuers, self._trust.audiences, directory)

    def principal(self, claims: object, header: Mapping[str, object] | None, epoch: object) -> Principal:
        """A principal for `claims`; an invalid one where they are not those of a valid token."""
        copy = _copied(claims)
        return Principal(copy, header, self.bind(copy, header, epoch, None))

    async def principal_async(
        self, claims: object, header: Mapping[str, object] | None, epoch: object
    ) -> Principal:
        """As `principal`, where the directory has to be waited for."""
        copy = _copied(claims)
        facts = self._read(copy, header)
        key = self._key(facts, copy)
        answer = await self._directory.ask_async(key) if self._directory and key else None
        return Principal(copy, header, self.bind(copy, header, epoch, answer))

    def anonymous(self, epoch: object) -> Binding:
        """The binding of a request without a token: declared claims are all missing."""
        binding = Binding(epoch)
        binding.claims = tuple(normal(ABSENT) for _, normal in self._program.claims)
        return binding

    def bind(
        self,
        claims: dict[str, object] | None,
        header: Mapping[str, object] | None,
        epoch: object,
        answer: Answer | None,
    ) -> Binding:
        """The binding of a token.

        `answer` is what the directory said; it is asked anew where that was said of another user, or
        before the directory was revised.
        """
        binding = Binding(epoch)
        facts = self._read(claims, header)
        if isinstance(facts, str):
            binding.refuse(facts)
            return binding
        assert claims is not None, "what has facts could be read"
        key = self._key(facts, claims)
        if self._directory is not None and key is not None:
            kept = answer is not None and (answer.key, answer.revision) == (
                key,
                self._directory.revision,
            )
            binding.answer = answer if kept else self._directory.ask(key)
        self._fill(binding, facts, claims)
        return binding

    def _read(
        self, claims: dict[str, object] | None, header: Mapping[str, object] | None
    ) -> Facts | str:
        """The facts of a token, or what is wrong with it."""
        if claims is None:
            return findings.NOT_A_MAPPING
        try:
            facts = read(claims, header, self._trust)
        except Invalid as invalid:
            return str(invalid)
        except Exception:  # noqa: BLE001  (claims may be any object; a fault in one refuses the token)
            return findings.UNREADABLE
        if self._directory is not None:
            organisation = claims.get(self._directory.organisation)
            if organisation is not None and type(organisation) is not str:
                return findings.wrong_type(self._directory.organisation)
        return facts

    def _key(self, facts: Facts | str, claims: dict[str, object] | None) -> Key | None:
        """What the directory is asked with; None where it is not asked: it knows users only."""
        if self._directory is None or isinstance(facts, str) or facts.kind is not Kind.USER:
            return None
        assert claims is not None, "what has facts could be read"
        organisation: Any = claims.get(self._directory.organisation)
        return facts.issuer, facts.subject, organisation

    def _fill(self, binding: Binding, facts: Facts, claims: dict[str, object]) -> None:
        binding.authenticated = True
        binding.expires, binding.not_before = facts.expires, facts.not_before
        if binding.answer is not None and binding.answer.until < facts.expires:
            binding.expires, binding.lapse = binding.answer.until, findings.STALE
        binding.issuer, binding.acr, binding.auth_time = facts.issuer, facts.acr, facts.auth_time
        self._name(binding, facts)
        hold(binding, facts, self._assigned(binding.answer, facts), self._program)
        binding.claims = tuple(_given(claims, member, normal) for member, normal in self._program.claims)

    def _assigned(self, answer: Answer | None, facts: Facts) -> Assigned:
        """Roles and permissions from the one source there is: the directory, or else the token."""
        if self._directory is None:
            asserted = self._issuers[facts.issuer].roles
            return Assigned(facts.roles, facts.permissions, asserted)
        if facts.kind is Kind.CLIENT:
            return Assigned((), None, None)
        said = None if answer is None else answer.assignment
        return (
            Assigned(None, None, None) if said is None else Assigned(said.roles, said.permissions, None)
        )

    def _name(self, binding: Binding, facts: Facts) -> None:
        """Say who it is."""
        binding.application = ERROR if facts.client is None else facts.client
        if facts.kind is Kind.USER:
            binding.kind = "user"
            several = not self._program.readers.one_issuer
            binding.user = user_key(facts.issuer, facts.subject) if several else facts.subject
        elif facts.kind is Kind.CLIENT:
            binding.kind, binding.client = "client", binding.application
        else:
            binding.kind = binding.user = binding.client = ERROR


def _given(claims: dict[str, object], member: Member, normal: Reader) -> object:
    """The value of a declared claim, from its place in the token."""
    value = at(claims, member.source)
    return ERROR if value is BROKEN else normal(ABSENT if value is MISSING else value)


def _copied(claims: object) -> dict[str, object] | None:
    if type(claims) is dict:
        return claims.copy()
    if isinstance(claims, Mapping):
        try:
            return dict(claims)
        except Exception:  # noqa: BLE001  (any mapping may be handed in)
            return None
    return None
