"""A refusal -> the bytes that are sent, the same in every host.

Bodies are problem details (RFC 9457) without a type of their own: `title` is the phrase of the status.
How much else is said is a matter of `disclosure`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, NamedTuple, get_args

import orjson

from remit.decider.decision import Decision
from remit.decider.fixes import Fixes
from remit.errors import RemitError
from remit.tokens.challenge import Challenge

Disclosure = Literal["none", "layer", "scopes", "full"]
"""What the body of a refusal says beside status and title; each says what those before it say.

`layer`: which of token, scope, permission and rules denied, or that the request could not be decided.
`scopes`: the missing ones, and the fixes that ask for another token alone. `full`: the reason, and all
fixes, with values of the resource in them.
"""

DISCLOSURES: Final[tuple[Disclosure, ...]] = get_args(Disclosure)

NO_FIXES: Final = Fixes(())
NO_TOKEN: Final = Challenge(401)
"""How a request is answered whose credentials count as none."""

_UNAVAILABLE: Final = "tokens cannot be verified for now"


class Why(NamedTuple):
    """Why a request is refused: all that a body may ever say of it; `rule`, an id, is for logs."""

    layer: str
    detail: str | None = None
    missing_scopes: tuple[str, ...] = ()
    fixes: Fixes = NO_FIXES
    rule: str | None = None

    def disclosed(self, disclosure: Disclosure) -> dict[str, object]:
        """The members of the body that `disclosure` lets through."""
        depth = DISCLOSURES.index(disclosure)
        said: dict[str, object] = {}
        if depth >= DISCLOSURES.index("full") and self.detail is not None:
            said["detail"] = self.detail
        if depth >= DISCLOSURES.index("layer"):
            said["layer"] = self.layer
        if depth >= DISCLOSURES.index("scopes") and self.missing_scopes:
            said["missing_scopes"] = self.missing_scopes
        if depth >= DISCLOSURES.index("scopes"):
            told = self.fixes if depth >= DISCLOSURES.index("full") else self.fixes.of_token()
            if told.fixes:
                said["fixes"] = [str(fix) for fix in told.fixes]
        return said


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: no header stands there twice."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Refusal(RemitError):
    """A request that does not reach its handler; `answer` is what the client gets instead.

    `decision` is the denial that it comes from, with what it obliges to; None where nothing was decided:
    about credentials that prove nothing, a resource that is not there, a context that failed. One that
    was foreseen is about a resource of which nothing can be read: its obligations are those of the
    forbids that apply whatever a resource holds.
    """

    def __init__(self, answer: Answer, decision: Decision | None = None) -> None:
        """Keep both. The message names the status, and nothing of the request."""
        self.answer = answer
        self.decision = decision
        super().__init__(f"refused with {answer.status}")


class ServiceFault(RemitError):
    """A request that failed for a fault of the service's own: to its framework an error, a 500.

    Raised for a loader that gives what is no resource, and for a record of an allowed request that could
    not be written.
    """


def problem(
    status: int,
    members: dict[str, object],
    *,
    challenges: Iterable[str] = (),
    retry_after: int | None = None,
) -> Answer:
    """The answer of a status. `challenges` are values of `WWW-Authenticate`; `retry_after` in seconds.

    Challenges share one header, as a list (RFC 9110, section 11.6.1): not every host can send two.
    """
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    offered = ", ".join(challenges)
    if offered:
        headers.append(("WWW-Authenticate", offered))
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    body = orjson.dumps({"title": HTTPStatus(status).phrase, "status": status, **members})
    return Answer(status, tuple(headers), body)


@dataclass(frozen=True, slots=True)
class Answers:
    """How a deployment answers what it refuses; what each setting is, `Guard` says."""

    realm: str
    resource_metadata: str | None
    schemes: Sequence[str]
    algs: Sequence[str]
    disclosure: Disclosure
    retry_after: int

    @property
    def tells_fixes(self) -> bool:
        """Whether a body may say what would change it."""
        return self.disclosure in ("scopes", "full")

    def refused(self, challenge: Challenge, scheme: str, why: Why) -> Answer:
        """The answer with a challenge, to a request whose credentials were of that scheme."""
        challenges = challenge.headers(
            schemes=self.schemes,
            used=scheme,
            realm=self.realm,
            resource_metadata=self.resource_metadata,
            algs=self.algs,
        )
        return problem(challenge.status, why.disclosed(self.disclosure), challenges=challenges)

    def without_token(self, scheme: str) -> Answer:
        """The answer to who has to say who they are."""
        return self.refused(NO_TOKEN, scheme, Why("token", "the request carries no token"))

    def absent(self, scheme: str, *, anonymous: bool) -> Answer:
        """The answer about a resource that is not there, or is not to be known of."""
        return self.without_token(scheme) if anonymous else problem(404, {})

    def unavailable(self) -> Answer:
        """The answer where nobody can tell who asks."""
        why = Why("token", _UNAVAILABLE)
        return problem(503, why.disclosed(self.disclosure), retry_after=self.retry_after)
