"""A name -> an access token: an authorization server for demonstrations, and for nothing else.

It asks for no password, so it gives tokens to this machine alone: it listens on the loopback interface,
and refuses to be anywhere else. What is real is what a resource server sees of it: metadata (RFC 8414),
a key set (RFC 7517), and signed tokens.
"""

import html
import time
from ipaddress import IPv4Address
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.middleware.trustedhost import TrustedHostMiddleware

from policies.documents.service.people import PEOPLE
from remit import ConfigurationError

ALGORITHMS: Final = ("RS256", "ES256")
LOOPBACK: Final = ("127.0.0.1", "localhost")
"""What a request may call this machine: a page from elsewhere can bend a name of its own to it."""

_FORM = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Test issuer</title>
<h1>Test issuer</h1>
<p>For demonstrations only: it asks nobody for a password.</p>
<form method="post"><label>Who? <select name="person">{options}</select></label>
<button>Get a token</button></form></html>
"""


def check_loopback(host: str) -> str:
    """The same address. Raises ConfigurationError for one that other machines may reach."""
    try:
        is_local = IPv4Address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise ConfigurationError(f"the test issuer listens on a loopback address only, not on {host}")
    return host


class Issuer:
    """Keys made anew, and the tokens that are signed with them. `identifier` is the issuer's URL."""

    def __init__(self, identifier: str) -> None:
        """Make the keys."""
        self.identifier = identifier
        self._rsa = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
        self._ec = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"})

    def keys(self) -> dict[str, object]:
        """The public keys, as a key set."""
        return {**KeySet([self._rsa, self._ec]).as_dict(private=False)}

    def token(self, name: str) -> str:
        """An access token. Raises KeyError for who is not known.

        Applications have theirs signed by the newer key: a verifier has to know both.
        """
        person = PEOPLE[name]
        now = int(time.time())
        claims = {"iss": self.identifier, "iat": now, "exp": now + person.lifetime, **person.claims}
        key = self._ec if "gty" in claims else self._rsa
        header = {"alg": str(key.alg), "kid": str(key.kid), "typ": "at+jwt"}
        return jwt.encode(header, claims, key)


def application(issuer: Issuer) -> FastAPI:
    """The issuer on the net."""
    app = FastAPI(title="Test issuer", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)
    base = issuer.identifier.rstrip("/")

    @app.get("/.well-known/oauth-authorization-server")
    def metadata() -> dict[str, object]:
        return {
            "issuer": issuer.identifier,
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
            "response_types_supported": ["none"],
        }

    @app.get("/jwks")
    def keys() -> dict[str, object]:
        return issuer.keys()

    @app.get("/token")
    def form() -> HTMLResponse:
        options = "".join(
            f'<option value="{html.escape(name)}">{html.escape(f"{name}: {person.about}")}</option>'
            for name, person in PEOPLE.items()
        )
        return HTMLResponse(_FORM.format(options=options))

    @app.post("/token")
    def token(name: Annotated[str, Depends(_named)]) -> dict[str, object]:
        person = PEOPLE[name]
        return {
            "access_token": issuer.token(name),
            "token_type": "Bearer",
            "expires_in": person.lifetime,
            "scope": person.claims["scope"],
        }

    return app


async def _named(request: Request) -> str:
    """Who is named in the form that was sent."""
    fields = parse_qs((await request.body()).decode("latin-1"))
    [name] = fields.get("person", [""])[:1]
    if name not in PEOPLE:
        raise HTTPException(400, "nobody of that name is known here")
    return name
