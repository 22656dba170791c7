"""A refusal -> the bytes that are sent, the same in every host.

Bodies are problem details (RFC 9457) without a type of their own: `title` is the phrase of the status.
How much else is said is a matter of `disclosure`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, NamedTuple, get_args

import orjson

from remit.decider.fixes import Fixes
from remit.errors import RemitError

Disclosure = Literal["none", "layer", "scopes", "full"]
"""What the body of a refusal says beside status and title; each says what those before it say.

`layer`: which of token, scope, permission and rules denied. `scopes`: the missing ones, and the fixes
that ask for another token alone. `full`: the reason, and all fixes, with values of the resource in them.
"""

DISCLOSURES: Final[tuple[Disclosure, ...]] = get_args(Disclosure)

NO_FIXES: Final = Fixes(())


class Why(NamedTuple):
    """Why a request is refused: all that a body may ever say of it."""

    layer: str
    detail: str | None = None
    missing_scopes: tuple[str, ...] = ()
    fixes: Fixes = NO_FIXES

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
    """A request that does not reach its handler; `answer` is what the client gets instead."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer. The message names the status, and nothing of the request."""
        self.answer = answer
        super().__init__(f"refused with {answer.status}")


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
