"""A token as it was pasted, or as a test says it -> claims.

Nothing is verified here: whoever asks sees what the engine would make of a token, were it genuine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.tools.inputs import UNVERIFIED, BadInput, as_object, read_bytes
from remit.tools.pasted import jwt
from remit.tools.repl.spelling import record_of

_SENT = re.compile(r"(?:authorization:|bearer\s|dpop\s|ey\S*\.)", re.IGNORECASE)
_DOTS_OF_ENCRYPTED = 4  # RFC 7516, section 3.1


@dataclass(frozen=True, slots=True)
class Presented:
    """The claims of a token, and its header.

    `whole`: they are all that it says. What another leaves unsaid is what a valid one says, as in tests:
    `name` is its subject then, if it names none, and its name in a test that is made of it.
    """

    claims: Mapping[str, Any]
    header: Mapping[str, Any] | None = None
    whole: bool = False
    name: str = "caller"


def seems_sent(text: str) -> bool:
    """Whether a text looks like a token as it is sent, perhaps with the header that it is sent in."""
    return _SENT.match(text) is not None


def presented(text: str, name: str | None = None) -> tuple[Presented, str]:
    """The token that a text is, or that is in the file of that name; and how it was read.

    Claims that are given a name are those of a test's token. Raises BadInput.
    """
    if text.startswith("{"):
        return _said(record_of(text), "", name)
    if seems_sent(text):
        return _decoded(text.encode())
    content = read_bytes(Path(text))
    if seems_sent(content.decode("utf-8", "replace").lstrip()):
        return _decoded(content)
    return _said(as_object(content, text), f" from {text}")


def _said(value: Mapping[str, Any], where: str, name: str | None = None) -> tuple[Presented, str]:
    claims, header = value.get("claims"), value.get("header")
    if isinstance(claims, dict) and set(value) <= {"claims", "header"}:
        if not isinstance(header, dict | None):
            raise BadInput("the header of a token is an object")
        return Presented(claims, header, whole=True), f"claims and header{where}"
    if "iss" in value and name is None:
        return Presented(value, whole=True), f"claims{where}"
    why = "" if "iss" in value else "there is no `iss`: "
    said = f"claims{where}; {why}what they leave unsaid is what a valid token says"
    return Presented(value) if name is None else Presented(value, name=name), said


def _decoded(content: bytes) -> tuple[Presented, str]:
    """What a JWT says. Raises BadInput."""
    parts = jwt(content)
    if parts is None:
        if content.count(b".") == _DOTS_OF_ENCRYPTED:
            raise BadInput("the token is encrypted (RFC 7516): paste the claims that are in it")
        raise BadInput("that is no whole JWT: paste all of it, or its claims")
    header, claims = (as_object(part, "a part of the JWT") for part in parts)
    return Presented(claims, header, whole=True), UNVERIFIED
