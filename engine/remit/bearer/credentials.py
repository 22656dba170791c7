"""Headers of a request -> the scheme and the text of one access token.

RFC 6750, section 2.1: the header alone; a token in the query or in a form is never looked for. RFC 9110,
section 11.1: the scheme has no case.
"""

import re
from collections.abc import Sequence
from typing import Final

from remit.bearer import findings

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)  # b64token
_SCHEMES: Final = {scheme.lower(): scheme for scheme in (findings.BEARER, findings.DPOP)}


def token_in(authorization: Sequence[str]) -> tuple[str, str]:
    """The scheme ("Bearer" or "DPoP") and the token, whose letters are still to be looked at.

    Raises Refused.
    """
    if len(authorization) != 1:
        raise findings.malformed(findings.TWO_HEADERS) if authorization else findings.no_token()
    name, _, token = authorization[0].partition(" ")
    scheme = _SCHEMES.get(name.lower())
    if scheme is None:
        raise findings.no_token()
    return scheme, token.lstrip(" ")


def check_token(token: str) -> None:
    """Raises Refused for what is no b64token (RFC 6750, section 2.1)."""
    if _TOKEN.fullmatch(token) is None:
        raise findings.malformed(findings.NOT_CREDENTIALS)
