"""Opaque token -> claims, by asking the authorization server (RFC 7662).

Only `active: true` is active. A token whose type is DPoP (RFC 9449, section 6.2) and of which no key is
said would pass for one that anybody may bear, and is refused. Other answers than a JSON object with
status 200 say nothing about the token, and nobody knows then.
"""

import base64
from urllib.parse import quote_plus

from remit.bearer import findings
from remit.bearer.configuration import Introspection, secret_in
from remit.bearer.possession import confirmation
from remit.bearer.remote import Request, Steps
from remit.tokens.verifying import Unavailable


class Introspector:
    """Asks one endpoint, as one client."""

    def __init__(self, configured: Introspection) -> None:
        """Raises ConfigurationError where the secret is not there."""
        self._endpoint = configured.endpoint
        self._issuer = configured.issuer
        # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
        pair = ":".join(
            quote_plus(each) for each in (configured.client_id, secret_in(configured.secret_variable))
        )
        self._authorization = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")

    def ask(self, token: str) -> Steps[dict[str, object]]:
        """The claims of an active token. Raises Refused and Unavailable."""
        form = {"token": token, "token_type_hint": "access_token"}
        claims = yield Request(self._endpoint, form, self._authorization)
        if claims is None:
            raise Unavailable(findings.NO_INTROSPECTION)
        if claims.get("active") is not True:
            raise findings.invalid(findings.INACTIVE)
        if claims.setdefault("iss", self._issuer) != self._issuer:
            raise findings.invalid(findings.UNKNOWN_ISSUER)
        kind = claims.get("token_type")
        if type(kind) is str and kind.lower() == "dpop" and confirmation(claims).jkt is None:
            raise findings.invalid(findings.BAD_CONFIRMATION)
        return claims
