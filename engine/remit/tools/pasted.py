"""Text that someone pasted -> the JSON of a JWT's header and claims, where it is one.

Nothing is verified: a token out of a log says what it says. It may have kept its line in the log,
`Authorization: Bearer ...`, its quotes, and the line breaks that a terminal put in.
"""

import binascii
import re
from base64 import urlsafe_b64decode

_AROUND = re.compile(rb"\A[\s\"']*(?:authorization:\s*)?(?:(?:bearer|dpop)\s)?|[\s\"']", re.IGNORECASE)
_PARTS = re.compile(rb"([\w-]+)\.([\w-]+)\.[\w-]*")


def jwt(content: bytes) -> tuple[bytes, bytes] | None:
    """The header and the claims, as they stand in the token; None for what is no JWT."""
    found = _PARTS.fullmatch(_AROUND.sub(b"", content))
    if found is None:
        return None
    try:
        header, claims = (urlsafe_b64decode(part + b"==") for part in found.groups())
    except binascii.Error:
        return None
    return header, claims
