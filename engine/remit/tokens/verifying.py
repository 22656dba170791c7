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
    """What a request brings, as it was received.

    `authorization` and `dpop` are the values of all headers of these names, one for each header.
    `url` is absolute and as the client sees it; `certificate` is the client's, DER, checked by TLS.
    `method` and `url` are needed for tokens bound by DPoP only.
    """

    authorization: Sequence[str]
    dpop: Sequence[str] = ()
    method: str = "GET"
    url: str = ""
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that its issuer signed or vouches for, in time, sent by whom it is bound to.

    `claims` may be shared by requests with the same token: nothing in them may be changed. `header` is
    the JOSE header, None where the token was introspected. `presented` are the proofs of possession
    that were checked, `scheme` is "Bearer" or "DPoP".
    """

    claims: VerifiedClaims
    header: Mapping[str, object] | None
    presented: Presented
    scheme: str


class Refused(RemitError):
    """Credentials that prove nothing; the message says why, for a log.

    `challenge` is what the client is answered, `scheme` the authentication scheme that it used ("Bearer"
    or "DPoP"; "Bearer" where it used none that is known).
    """

    def __init__(self, message: str, challenge: Challenge, scheme: str = "Bearer") -> None:
        """Keep the answer beside the message, in which nothing of the token may stand."""
        self.challenge = challenge
        self.scheme = scheme
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
