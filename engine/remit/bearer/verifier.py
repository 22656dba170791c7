"""Credentials -> `Verified`: the order in which everything is looked at.

Sizes and letters; the issuer, in the configuration and not on the net; the algorithm; the keys; the
signature; the times; what the token is bound to; whether it was revoked. What was found out about a
token is remembered under its exact text, while its keys are fresh, and never past its `exp`; the last
two are asked again each time.
"""

import hashlib
import inspect
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import httpx

from remit.bearer import compact, findings
from remit.bearer.compact import BadKeyId, Critical, Unverified
from remit.bearer.configuration import Introspection, Issuer, Settings
from remit.bearer.credentials import check_token, token_in
from remit.bearer.decoding import Unreadable
from remit.bearer.introspection import Introspector
from remit.bearer.keys import Keys
from remit.bearer.possession import Possession, confirmation
from remit.bearer.remote import Steps, Transport
from remit.bounded import Generations
from remit.errors import ConfigurationError
from remit.tokens.claims import Invalid, instant
from remit.tokens.facts import Presented
from remit.tokens.principal import VerifiedClaims
from remit.tokens.verifying import Credentials, Refused, Unavailable, Verified

_LOG = logging.getLogger("remit")
_MAX_REMEMBERED: Final = 8_192  # characters of a token

Revoked = Callable[[Mapping[str, object]], bool | Awaitable[bool]]
"""Asked with the claims of a token that is good otherwise."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out about a token: `verified` is without proofs, `needed` are those it needs.

    `unbound`: it needs none.
    """

    verified: Verified
    needed: Presented
    unbound: bool
    since: float
    until: float


class Verifier:
    """Verifies access tokens of the issuers that it was told of. Shared by threads and event loops."""

    def __init__(
        self,
        issuers: Iterable[Issuer],
        *,
        introspection: Introspection | None = None,
        revoked: Revoked | None = None,
        settings: Settings | None = None,
        clients: tuple[httpx.Client | None, httpx.AsyncClient | None] = (None, None),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is fetched yet.

        `introspection` is asked about tokens that have not the shape of a JWT. `revoked` is
        asked each time; where it fails the token is not let in. `clients` are the host's own, one
        for `verify` and one for `verify_async`, which it closes itself. `clock` gives seconds since
        the epoch.

        Raises ConfigurationError.
        """
        settings = settings or Settings()
        self._settings = settings
        self._clock = clock
        self._revoked = revoked
        self._introspector = None if introspection is None else Introspector(introspection)
        self._introspected_issuer = None if introspection is None else introspection.issuer
        self._issuers: dict[str, tuple[Issuer, Keys]] = {}
        for issuer in _several(issuers):
            if issuer.identifier in self._issuers:
                raise ConfigurationError("two issuers have the same identifier")
            self._issuers[issuer.identifier] = issuer, Keys(issuer, settings, clock, self._forget)
        if not self._issuers and introspection is None:
            raise ConfigurationError("a verifier knows no issuer and no introspection")
        self._possession = Possession(settings)
        self._transport = Transport(settings.timeout, settings.response_size, *clients)
        self._remembered: Generations[str, _Known] = Generations(settings.remembered)
        self._inactive: Generations[bytes, tuple[float, float]] = Generations(settings.remembered)

    @property
    def issuers(self) -> tuple[str, ...]:
        """Whose tokens it lets in, the one of the introspection among them."""
        introspected = () if self._introspected_issuer is None else (self._introspected_issuer,)
        return tuple(dict.fromkeys((*self._issuers, *introspected)))

    @property
    def proof_algorithms(self) -> tuple[str, ...]:
        """The algorithms of DPoP proofs, as a challenge names them (RFC 9449, section 7.1)."""
        return tuple(self._settings.proof_algorithms)

    def verify(self, credentials: Credentials) -> Verified:
        """What the token says, and that it may be believed. Raises Refused and Unavailable.

        Waits for what has to be fetched: not for the thread of an event loop.
        """
        scheme, token = token_in(credentials.authorization)
        try:
            verified = self._at_once(scheme, token)
            if verified is None:
                verified = self._transport.run(self._verified(scheme, token, credentials))
            if self._revoked is not None:
                _check_answer(self._asked(verified.claims))
        except Refused as refused:
            refused.scheme = scheme
            raise
        return verified

    async def verify_async(self, credentials: Credentials) -> Verified:
        """As `verify`, in asyncio: what has to be fetched is awaited, and so is `revoked`."""
        scheme, token = token_in(credentials.authorization)
        try:
            verified = self._at_once(scheme, token)
            if verified is None:
                verified = await self._transport.run_async(self._verified(scheme, token, credentials))
            if self._revoked is not None:
                answer = self._asked(verified.claims)
                _check_answer(await _awaited(answer) if inspect.isawaitable(answer) else answer)
        except Refused as refused:
            refused.scheme = scheme
            raise
        return verified

    # ---- what is remembered

    def _forget(self) -> None:
        """Keys have changed. A verification under way keeps its result in the table that is given up."""
        self._remembered = Generations(self._settings.remembered)

    def _at_once(self, scheme: str, token: str) -> Verified | None:
        """The hot path: a token that is remembered, and bound to nothing."""
        if len(token) > self._settings.token_length:
            raise findings.invalid(findings.TOO_LONG)
        known = self._remembered.get(token)
        if known is None or not known.since <= self._clock() < known.until:
            return None
        return known.verified if known.unbound and scheme == findings.BEARER else None

    def _verified(self, scheme: str, token: str, credentials: Credentials) -> Steps[Verified]:
        known = self._remembered.get(token)
        if known is None or not known.since <= self._clock() < known.until:
            check_token(token)
            known = yield from self._found_out(token)
        presented = self._possession.check(known.needed, token, scheme, credentials, self._clock())
        if known.unbound:
            return known.verified
        return Verified(known.verified.claims, known.verified.header, presented, scheme)

    def _found_out(self, token: str) -> Steps[_Known]:
        table = self._remembered
        if compact.seems_one(token):
            known = yield from self._signed(token)
        elif self._introspector is not None:
            known = yield from self._introspected(token, self._introspector)
        else:
            raise findings.invalid(findings.NOT_A_JWT)
        if len(token) <= _MAX_REMEMBERED:
            table.keep(token, known)
        return known

    # ---- tokens that are JWTs

    def _signed(self, token: str) -> Steps[_Known]:
        parsed = _parsed(token, self._settings.token_length)
        identifier = parsed.claims.get("iss")
        trusted = self._issuers.get(identifier) if type(identifier) is str else None
        if trusted is None:
            raise findings.invalid(findings.UNKNOWN_ISSUER)
        issuer, keys = trusted
        if not issuer.accepts_type(parsed.type):
            raise findings.invalid(findings.BAD_TYPE)
        algorithm = parsed.algorithm
        if algorithm is None or algorithm not in frozenset(issuer.algorithms):
            raise findings.invalid(findings.BAD_ALGORITHM)
        found = yield from keys.find(parsed.key_id, algorithm)
        if not any(key.verifies(algorithm, parsed.signed, parsed.signature) for key in found.keys):
            raise findings.invalid(findings.BAD_SIGNATURE)
        until = self._clock() + self._settings.remember_for
        return self._in_time(parsed.claims, parsed.header, min(until, found.until))

    def _in_time(
        self, claims: dict[str, object], header: dict[str, object] | None, until: float
    ) -> _Known:
        """RFC 7519, sections 4.1.4 and 4.1.5. A token without `exp` is refused."""
        now, leeway = self._clock(), self._settings.leeway
        try:
            expires = instant(claims, "exp")
            begins = instant(claims, "nbf") if "nbf" in claims else -math.inf
        except Invalid as problem:
            raise findings.invalid(str(problem)) from None
        if not now < expires + leeway:
            raise findings.invalid(findings.EXPIRED)
        if not begins <= now + leeway:
            raise findings.invalid(findings.NOT_YET)
        shown = None if header is None else MappingProxyType(header)
        verified = Verified(
            VerifiedClaims(MappingProxyType(claims)), shown, Presented(), findings.BEARER
        )
        needed = confirmation(claims)
        return _Known(verified, needed, needed == Presented(), now, min(until, expires + leeway))

    # ---- tokens that are opaque

    def _introspected(self, token: str, introspector: Introspector) -> Steps[_Known]:
        mark = hashlib.sha256(token.encode("ascii")).digest()
        since, until = self._inactive.get(mark) or (math.inf, math.inf)
        if since <= self._clock() < until:
            raise findings.invalid(findings.INACTIVE)
        try:
            claims = yield from introspector.ask(token)
        except Refused:
            now = self._clock()
            self._inactive.keep(mark, (now, now + self._settings.introspected_for))
            raise
        return self._in_time(claims, None, self._clock() + self._settings.introspected_for)

    # ---- revocation

    def _asked(self, claims: Mapping[str, object]) -> object:
        assert self._revoked is not None, "only a hook is asked"
        try:
            return self._revoked(claims)
        except Exception as error:
            raise _unknown(error) from error


def _several(issuers: object) -> Iterator[Issuer]:
    """Raises ConfigurationError for anything but several issuers."""
    listed = issuers if isinstance(issuers, Iterable) and not isinstance(issuers, str) else None
    if listed is None:
        raise ConfigurationError("issuers are several: `Verifier([Issuer(...)])`")
    for each in listed:
        if not isinstance(each, Issuer):
            raise ConfigurationError(f"an issuer is an `Issuer`, not `{type(each).__name__}`")
        yield each


async def _awaited(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except Exception as error:
        raise _unknown(error) from error


def _unknown(error: Exception) -> Unavailable:
    _LOG.warning("revocation cannot be asked: %s", type(error).__name__)
    return Unavailable(findings.NO_REVOCATION)


def _check_answer(answer: object) -> None:
    """Only False lets a token in."""
    if answer is False:
        return
    if answer is True:
        raise findings.invalid(findings.REVOKED)
    if inspect.iscoroutine(answer):
        answer.close()
    raise Unavailable(findings.NO_REVOCATION)


def _parsed(token: str, limit: int) -> Unverified:
    try:
        return compact.parse(token, limit)
    except Unreadable:
        raise findings.invalid(findings.NOT_A_JWT) from None
    except Critical:
        raise findings.invalid(findings.CRITICAL) from None
    except BadKeyId:
        raise findings.invalid(findings.BAD_KEY_ID) from None
