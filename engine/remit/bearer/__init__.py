"""Bearer token -> verified claims: the front end of a resource server that has no verifier of its own.

    verifier = Verifier([Issuer("https://example.eu.auth0.com/", algorithms=("RS256",))])
    verified = verifier.verify(Credentials(request.headers.getlist("Authorization")))
    who = engine.principal(verified.claims, header=verified.header, presented=verified.presented)

Signatures are verified by joserfc rather than PyJWT, because it offers keys and algorithms apart from
any parsing, each algorithm tied to its key type and curve: all that reads hostile text is here, and
stricter than either. Both are typed, maintained, and refuse `none` and an unknown `crit` today, PyJWT
since 2.12 only (CVE-2026-32597), while joserfc's own advisories on JWS (CVE-2026-48990,
CVE-2026-119284) are about deserialisation that is not used here. PyJWT's client for key sets would not
have served: it blocks an event loop, fetches again for every unknown `kid`, and forgets good keys when a
fetch fails.

`pip install 'remit[jwt]'` brings what this package needs.
"""

from remit.bearer.configuration import Introspection, Issuer, Settings
from remit.bearer.verifier import Revoked, Verifier
from remit.tokens.verifying import Credentials, Refused, Unavailable, Verified

__all__ = [
    "Credentials",
    "Introspection",
    "Issuer",
    "Refused",
    "Revoked",
    "Settings",
    "Unavailable",
    "Verified",
    "Verifier",
]
