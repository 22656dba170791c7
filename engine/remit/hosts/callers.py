"""Credentials -> Caller: who asks, verified once a request, and known again while nothing changes."""

import logging
from typing import Any, Final, NamedTuple

from remit.bounded import Generations
from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts.answers import Answers, Refusal, Why
from remit.tokens.facts import Presented
from remit.tokens.principal import Principal, VerifiedClaims
from remit.tokens.verifying import Credentials, Refused, Unavailable, Verified, VerifiesTokens

_LOG = logging.getLogger("remit")
_MAX_CALLERS: Final = 4096
_NO_CLAIMS: Final = VerifiedClaims({})


class Caller(NamedTuple):
    """Who asks, None for a request without a token, and the scheme of its credentials."""

    who: Principal | None
    scheme: str


class Asked(NamedTuple):
    """One request, as a host tells of it.

    `request` is the framework's own. `callers` lives as long as the request: a caller is verified once,
    for a proof of possession may not be used twice. `answers` are the framework's exceptions that stand
    for answers: what makes context or parameters may raise them.
    """

    request: Any
    credentials: Credentials
    callers: "dict[Callers, Caller]"
    answers: tuple[type[Exception], ...] = ()


class Callers:
    """An engine and a verifier that say who asks. Threads and tasks may share them."""

    def __init__(self, engine: Engine, verifier: VerifiesTokens, answers: Answers) -> None:
        """Nobody is known yet."""
        self.engine = engine
        self.schemes = answers.schemes
        self._verifier = verifier
        self._answers = answers
        self._callers: Generations[int, tuple[Verified, Principal, Caller]] = Generations(_MAX_CALLERS)
        self._waits = _waits(engine)

    @property
    def waits(self) -> bool:
        """Whether the engine's directory is async: a sync host waits for `caller_async` first."""
        return self._waits

    def caller(self, asked: Asked) -> Caller:
        """Who asks. Raises Refusal for a token that is no good, and where nobody can tell."""
        known = self._known(asked)
        if known is None:
            try:
                verified = self._verifier.verify(asked.credentials)
            except (Refused, Unavailable) as error:
                raise self._unverified(error) from None
            self._check_scheme(verified)
            known = self._remembered(verified)
            if known is None:
                who = self.engine.principal(
                    verified.claims, header=verified.header, presented=verified.presented
                )
                known = self._remember(verified, who)
            asked.callers[self] = known
        return known

    async def caller_async(self, asked: Asked) -> Caller:
        """As `caller`, on an event loop."""
        known = self._known(asked)
        if known is None:
            try:
                verified = await self._verifier.verify_async(asked.credentials)
            except (Refused, Unavailable) as error:
                raise self._unverified(error) from None
            self._check_scheme(verified)
            known = self._remembered(verified)
            if known is None:
                who = await self.engine.principal_async(
                    verified.claims, header=verified.header, presented=verified.presented
                )
                known = self._remember(verified, who)
            asked.callers[self] = known
        return known

    def _remembered(self, verified: Verified) -> Caller | None:
        """The caller of a token that the verifier remembers: it gives the very same object again."""
        known = self._callers.get(id(verified))
        if known is None or known[0] is not verified or not self.engine.knows(known[1]):
            return None
        return known[2]

    def _remember(self, verified: Verified, who: Principal) -> Caller:
        caller = Caller(who, verified.scheme)
        if verified.presented == Presented():  # others are verified for one request only
            self._callers.keep(id(verified), (verified, who, caller))
        return caller

    def _known(self, asked: Asked) -> Caller | None:
        """The caller that is known without asking the verifier."""
        if self not in asked.callers and not asked.credentials.authorization:
            asked.callers[self] = Caller(None, self.schemes[0])
        return asked.callers.get(self)

    def _unverified(self, error: Refused | Unavailable) -> Refusal:
        if isinstance(error, Unavailable):
            _LOG.warning("tokens cannot be verified: %s", error)
            return Refusal(self._answers.unavailable())
        _LOG.info("credentials refused: %s", error)
        why = Why("token", error.challenge.description)
        return Refusal(self._answers.refused(error.challenge, error.scheme, why))

    def _check_scheme(self, verified: Verified) -> None:
        """Raises Refusal for a good token in a way that this API does not offer: as none."""
        if verified.scheme not in self.schemes:
            _LOG.info("credentials refused: their scheme is not one that this API takes")
            raise Refusal(self._answers.without_token(verified.scheme))


def _waits(engine: Engine) -> bool:
    try:
        engine.principal(_NO_CLAIMS)  # nobody: the directory is not asked
    except ConfigurationError:
        return True
    return False
