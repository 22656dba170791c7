"""Credentials -> Verified: what hosts and verifiers say to each other.

A verifier is what has the two methods of `VerifiesTokens`: that of `remit.bearer`, or a service's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from remit.errors import RemitError
from remit.tokens.challenge import Challenge
from remit.tokens.facts import Presented
from remit.tokens.principal import VerifiedClaims


class Credentials(NamedTuple):
    """What a request brings to prove who asks.

    `authorization` and `dpop` are the values of all headers of that name, as received; `url` is the
    request's as the client sees it, without its query; `certificate` is the client's, in DER.
    """

    authorization: Sequence[str]
    dpop: Sequence[str] = ()
    method: str = "GET"
    url: str = ""
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that is what it says. `header`: its JOSE header, None where it was introspected."""

    claims: VerifiedClaims
    header: Mapping[str, object] | None
    presented: Presented
    scheme: str


class Refused(RemitError):
    """Credentials that prove nothing; `challenge` is the answer, the message is for the log."""

    def __init__(self, message: str, challenge: Challenge) -> None:
        """Keep the answer beside the message, in which nothing of the token may stand."""
        self.challenge = challenge
        super().__init__(message)


class Unavailable(RemitError):
    """Nobody can tell for now: keys or the issuer cannot be reached."""


class VerifiesTokens(Protocol):
    """Raises Refused, or Unavailable; see `remit.bearer.Verifier`."""

    def verify(self, credentials: Credentials, /) -> Verified:
        """The token in `credentials`, where it is what it says."""
        ...

    async def verify_async(self, credentials: Credentials, /) -> Verified:
        """As `verify`, for a host that runs an event loop."""
        ...
