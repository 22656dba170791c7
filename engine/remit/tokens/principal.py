"""Verified claims -> Principal: who asks, as the compiled rules see it.

A principal is bound to one loaded policy set. `Binding` is that bond: bit masks, the caller as a user or
a client, the declared claims, the span of time in which all that is known holds. After a reload the
engine binds the principal again, from a copy of the claims it was made from and from what the directory
said, so nothing of the old set is ever used.
"""

import math
import sys
from collections.abc import Mapping
from operator import itemgetter
from typing import Final, NewType

from remit.bounded import Shares
from remit.checker.checked import BOOL, STRING, CheckedIssuer, Enumeration, Type
from remit.checker.scalars import ABSENT, ERROR, NOBODY
from remit.compiler.program import Program
from remit.compiler.values import user_key
from remit.tokens import findings
from remit.tokens.binding import (
    Assigned,
    Binding,
    Entitlement,
    anonymous,
    entitlement,
)
from remit.tokens.claims import Invalid, declared, snapshot
from remit.tokens.directory import Answer, Directory, Key
from remit.tokens.facts import Beside, Brought, Facts, Names, Trust
from remit.tokens.profiles import CLIENT, USER

__all__ = ["Audience", "Binding", "Principal", "VerifiedClaims"]

_MAX_ENTITLEMENTS: Final = 4096
_MAX_ENTITLEMENTS_OF_A_CLIENT: Final = 512
_MAX_REMEMBERED: Final = 32_768  # bytes, about, of one token's names
_NOTHING: Final = anonymous(())

VerifiedClaims = NewType("VerifiedClaims", Mapping[str, object])
"""The claims of an access token whose signature has been verified. Wrapping them is the host's word
that it has: remit checks issuer, audience and times, and never sees a signature."""


class Principal:
    """Who asks. Made by `Engine.principal`; immutable for its user."""

    __slots__ = ("_beside", "_claims", "binding")

    def __init__(
        self,
        claims: dict[str, object] | None,
        beside: Beside,
        binding: Binding,
    ) -> None:
        """Keep a copy of the claims beside the binding; None where they could not be read."""
        self._claims = claims
        self._beside = beside
        self.binding = binding

    @property
    def problem(self) -> str | None:
        """Why the token is not valid for this API, the clock apart; None where it is."""
        return self.binding.problem

    @property
    def kind(self) -> str | None:
        """`user` or `client`; None where nobody can know, or the token is not valid for this API."""
        return _text(self.binding.entitlement.kind) if self.problem is None else None

    @property
    def subject(self) -> str | None:
        """Whom the token stands for, as its issuer names them; an owner to write down, say.

        `sub` (RFC 7519, section 4.1.2), or where the policy or the issuer's profile says that subjects
        stand. None where the token is not valid for this API.
        """
        return self.binding.subject

    @property
    def issuer(self) -> str | None:
        """Whose word it is (RFC 7519, section 4.1.1); None where the token is not valid for this API."""
        return _text(self.binding.entitlement.issuer)

    @property
    def client(self) -> str | None:
        """The application that was given the token (RFC 8693, section 4.3); None where it names none."""
        return _text(self.binding.entitlement.application)

    @property
    def claims(self) -> dict[str, object]:
        """What the token says, as a copy; nothing where it is not valid for this API."""
        return {} if self._claims is None or self.problem is not None else snapshot(self._claims)

    def bound_to(self, audience: "Audience", epoch: object) -> Binding:
        """The binding to another policy set, worked out anew.

        What the directory said is kept until it is no longer fresh, unless it was revised since, or is
        another one: a principal may be handed to an engine that did not make it.
        """
        return audience.bind(self._claims, self._beside, epoch, self.binding.answer)

    def meant_for(self, audience: "Audience") -> tuple[Binding, str]:
        """The binding of the same token, were it meant for this API, and the audience it would name."""
        return audience.redirected(self._claims or {}, self._beside)

    def __repr__(self) -> str:
        """Without claims: a principal is often logged."""
        return f"<Principal {self.problem or 'valid'}>"


class Audience:
    """The API as a receiver of tokens: whom it trusts, and what scopes, roles and clients mean to it."""

    def __init__(
        self,
        program: Program,
        trusted: Mapping[str, CheckedIssuer],
        audiences: tuple[str, ...],
        directory: Directory | None,
    ) -> None:
        """An empty table of entitlements."""
        self._program = program
        self._trusted = trusted
        self._audiences = audiences
        claims = program.tree.claims
        self._trust = Trust(trusted, audiences, claims, takes_actors=program.takes_actors)
        self._directory = directory
        self._one_issuer = program.readers.one_issuer
        self._declared = [
            declared(member.source, normal, _plain(member.type)) for member, normal in program.claims
        ]
        types = enumerate(member.type for member, _ in program.claims)
        self._few = [slot for slot, type_ in types if type_ == BOOL or isinstance(type_, Enumeration)]
        self._pick = itemgetter(*self._few) if self._few else lambda _: ()
        self._entitlements: Shares[tuple[object, ...], Entitlement]
        self._entitlements = Shares(_MAX_ENTITLEMENTS, _MAX_ENTITLEMENTS_OF_A_CLIENT)

    @property
    def names(self) -> tuple[str, ...]:
        """By which tokens are meant for it."""
        return self._audiences

    @property
    def issuers(self) -> tuple[str, ...]:
        """Whose tokens are trusted."""
        return tuple(self._trusted)

    def asking(self, directory: Directory | None) -> "Audience":
        """The same API, with another directory."""
        return Audience(self._program, self._trusted, self._audiences, directory)

    def principal(self, claims: object, beside: Beside, epoch: object) -> Principal:
        """A principal for `claims`; an invalid one where they are not those of a valid token."""
        copy = copied(claims)
        return Principal(copy, beside, self.bind(copy, beside, epoch, None))

    async def principal_async(self, claims: object, beside: Beside, epoch: object) -> Principal:
        """As `principal`, where the directory has to be waited for."""
        copy = copied(claims)
        answer = None
        if self._directory is not None and copy is not None:
            try:
                key = self._key(self._trust.facts(copy, beside), copy)
            except Exception:  # noqa: BLE001  (`bind` says what is wrong)
                key = None
            answer = None if key is None else await self._directory.ask_async(key)
        return Principal(copy, beside, self.bind(copy, beside, epoch, answer))

    def anonymous(self, epoch: object) -> Binding:
        """The binding of a request without a token: declared claims are all missing."""
        claims = tuple(normal(ABSENT) for _, normal in self._program.claims)
        nothing = anonymous(tuple(claims[slot] for slot in self._few))
        return Binding(epoch, nothing, NOBODY, claims)

    def bind(
        self,
        claims: dict[str, object] | None,
        beside: Beside,
        epoch: object,
        answer: Answer | None,
    ) -> Binding:
        """The binding of a token.

        `answer` is what the directory said; it is asked anew where that was said of another user, by
        another directory, or before this one was revised.
        """
        if claims is None:
            return _refused(epoch, findings.NOT_A_MAPPING)
        try:
            facts = self._trust.facts(claims, beside)
            expires = facts.expires
            if self._directory is None:
                answer = None
            else:
                answer = self._answer(self._directory, self._key(facts, claims), answer)
                if answer is not None:
                    expires = min(expires, answer.until)
            values = tuple([read(claims) for read in self._declared])
            entitled = self._entitlement(facts, claims, values, answer)
        except Invalid as invalid:
            return _refused(epoch, str(invalid))
        except Exception:  # noqa: BLE001  (claims may be any object; a fault in one refuses the token)
            return _refused(epoch, findings.UNREADABLE)
        kind = facts.kind
        if kind is USER:
            user: object = facts.subject
            if not self._one_issuer:
                user = user_key(facts.places.issuer, facts.subject)
        else:
            user = NOBODY if kind is CLIENT else ERROR
        binding = Binding(epoch, entitled, user, values)
        binding.not_before, binding.expires = facts.not_before, expires
        binding.auth_time, binding.answer = facts.auth_time, answer
        binding.subject = facts.subject
        return binding

    def redirected(self, claims: dict[str, object], beside: Beside) -> tuple[Binding, str]:
        """The binding of a token with another audience, the first of those that its issuer may name."""
        issuer = self._trusted[str(claims["iss"])]
        name = (issuer.audiences or self._audiences)[0]
        return self.bind({**claims, "aud": name}, beside, None, None), name

    def _key(self, facts: Facts, claims: dict[str, object]) -> Key | None:
        """What the directory is asked with; None where it is not asked: it knows users only."""
        assert self._directory is not None, "only a directory is asked"
        organisation = claims.get(self._directory.organisation)
        if organisation is not None and type(organisation) is not str:
            raise Invalid(findings.wrong_type(self._directory.organisation))
        return (facts.places.issuer, facts.subject, organisation) if facts.kind is USER else None

    def _answer(self, directory: Directory, key: Key | None, known: Answer | None) -> Answer | None:
        if key is None:
            return None
        kept = known is not None and known.directory is directory and known.key == key
        return known if kept else directory.ask(key)

    def _entitlement(
        self,
        facts: Facts,
        claims: dict[str, object],
        values: tuple[object, ...],
        answer: Answer | None,
    ) -> Entitlement:
        """What tokens that bring the same have alike: worked out once, where it is not too much."""
        brought = facts.places.brought(claims)
        said = None if answer is None or answer.assignment is None else answer.assignment.named
        key = (facts.places, facts.acr, self._pick(values), brought, said)
        try:
            known = self._entitlements.get(facts.client, key)
        except TypeError:  # a list is among it
            known = None
        if known is None:
            few = tuple([values[slot] for slot in self._few])
            known = self._worked_out(facts, brought, few, answer)
            if sum(map(_size, (*brought, *(said or ())))) <= _MAX_REMEMBERED:
                self._entitlements.keep(facts.client, key, known)
        return known

    def _worked_out(
        self, facts: Facts, brought: Brought, few: tuple[object, ...], answer: Answer | None
    ) -> Entitlement:
        names = facts.places.names(brought)
        return entitlement(facts, names, self._assigned(answer, facts, names), self._program, few)

    def _assigned(self, answer: Answer | None, facts: Facts, names: Names) -> Assigned:
        """Roles and permissions from the one source there is: the directory, or else the token."""
        if self._directory is None:
            return Assigned(names.roles, names.permissions, facts.places.assertable)
        if facts.kind is CLIENT:
            return Assigned((), None, None)
        said = None if answer is None else answer.assignment
        return (
            Assigned(None, None, None) if said is None else Assigned(said.roles, said.permissions, None)
        )


def _plain(type_: Type) -> type | None:
    """The Python type all of whose values are right for this one."""
    return bool if type_ == BOOL else str if type_ == STRING else None


def _text(value: object) -> str | None:
    return value if type(value) is str else None


def _refused(epoch: object, problem: str) -> Binding:
    """The binding of a token that is not valid for this API: at no time."""
    binding = Binding(epoch, _NOTHING, NOBODY, ())
    binding.problem, binding.expires = problem, -math.inf
    return binding


def _size(brought: object) -> float:
    """About how many bytes it takes; a list is never remembered."""
    if type(brought) is list:
        return math.inf
    return sum(map(sys.getsizeof, brought)) if type(brought) is tuple else sys.getsizeof(brought)


def copied(claims: object) -> dict[str, object] | None:
    """Claims, or a header, as they are now; None where they are no mapping, or nested without end."""
    try:
        if type(claims) is dict:
            return snapshot(claims)
        return snapshot(dict(claims)) if isinstance(claims, Mapping) else None
    except Exception:  # noqa: BLE001  (any mapping may be handed in)
        return None
