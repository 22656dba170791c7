"""Text of a token -> its parts, none of which is trusted yet.

JWS compact serialisation (RFC 7515, section 7.1) of a JWT (RFC 7519, section 7.2). Nothing of it is
used to find a key but `alg`, `kid` and, of the claims, `iss`: `jku`, `x5u`, `jwk` and `x5c` are never
looked at (RFC 8725, section 3.10). A header with `crit` or `b64` is refused: no extension is understood.
"""

from typing import Final, NamedTuple

from remit.bearer.decoding import Unreadable, base64url, json_object

MAX_HEADER: Final = 8_192
"""Characters of a header, in base64url."""
MAX_SIGNATURE: Final = 2_048
"""Characters of a signature: RSA of 8192 bits needs 1366."""
MAX_KEY_ID: Final = 256
"""Characters of a `kid`."""
PARTS: Final = 3

_SECOND: Final = frozenset("wy3")  # after a brace: white space; a quote or a blank; a brace
_EXTENSIONS: Final = ("crit", "b64")


class Critical(ValueError):
    """The header asks for an extension of JWS."""


class BadKeyId(ValueError):
    """The header's `kid` is no printable string of a modest length."""


class Unverified(NamedTuple):
    """A JWT as it came. `signed` is the text that `signature` is about."""

    header: dict[str, object]
    claims: dict[str, object]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str | None:
        """What the header says it is signed with."""
        value = self.header.get("alg")
        return value if type(value) is str else None

    @property
    def key_id(self) -> str | None:
        """What the header calls the key; None where it does not say."""
        value = self.header.get("kid")
        return value if type(value) is str else None

    @property
    def type(self) -> str:
        """The `typ`, by `plain_type` (RFC 7515, section 4.1.9); "" without one, "?" for no string."""
        value = self.header.get("typ", "")
        return plain_type(value) if type(value) is str else "?"


def plain_type(text: str) -> str:
    """A media type as it is compared: in small letters and without `application/`."""
    return text.lower().removeprefix("application/")


def seems_one(token: str) -> bool:
    """Whether it has the shape of a JWT: three parts, the first an object in base64url as it seems.

    An opaque token may have two dots as well, as that of RFC 9449, section 7.1, does.
    """
    return token.count(".") == PARTS - 1 and token[:1] == "e" and token[1:2] in _SECOND


def parse(token: str, limit: int) -> Unverified:
    """The parts of a JWT of at most `limit` characters.

    Raises Unreadable for anything that is not one, Critical and BadKeyId for those headers.
    """
    if len(token) > limit:
        raise Unreadable
    parts = token.split(".", PARTS)
    if len(parts) != PARTS:
        raise Unreadable
    head, body, end = parts
    if len(head) > MAX_HEADER or len(end) > MAX_SIGNATURE:
        raise Unreadable
    header = json_object(base64url(head))
    if any(name in header for name in _EXTENSIONS):
        raise Critical
    _check_key_id(header)
    return Unverified(
        header, json_object(base64url(body)), f"{head}.{body}".encode("ascii"), base64url(end)
    )


def _check_key_id(header: dict[str, object]) -> None:
    if "kid" in header:
        name = header["kid"]
        if type(name) is not str or not 0 < len(name) <= MAX_KEY_ID or not name.isprintable():
            raise BadKeyId
