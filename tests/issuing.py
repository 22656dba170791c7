"""A test issuer: keys of all kinds, tokens good and bad, and a server on the loopback interface."""

import asyncio
import base64
import functools
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from remit.bearer import Credentials, Issuer, Refused, Settings, Unavailable, Verified, Verifier

NOW = 1_800_000_000
ISSUER = "https://issuer.example/"
URL = "https://api.example/documents/7"

Native = RSAKey | ECKey | OKPKey | OctKey


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def text_of(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


@dataclass
class Clock:
    """Seconds since the epoch, moved on by hand."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Signer:
    """A private key with the algorithm that it signs with, and the id that it is known by."""

    algorithm: str
    kid: str | None
    native: Native

    def sign(self, signed: str) -> str:
        return b64(JWSRegistry.algorithms[self.algorithm].sign(signed.encode(), self.native))

    def jwk(self, **changed: object) -> dict[str, Any]:
        members: dict[str, Any] = {**self.native.as_dict(private=False), "alg": self.algorithm}
        if self.kid is not None:
            members["kid"] = self.kid
        return {name: value for name, value in (members | changed).items() if value is not ...}

    def header(self, **changed: object) -> dict[str, Any]:
        members = {"typ": "at+jwt", "alg": self.algorithm} | (
            {} if self.kid is None else {"kid": self.kid}
        )
        return {name: value for name, value in (members | changed).items() if value is not ...}

    def token(
        self, claims: Mapping[str, object] | str, header: Mapping[str, object] | str | None = None
    ) -> str:
        """A token of these claims and this header, each as an object or as its very text."""
        head = self.header() if header is None else header
        parts = [
            b64((each if isinstance(each, str) else text_of(each)).encode()) for each in (head, claims)
        ]
        signed = ".".join(parts)
        return f"{signed}.{self.sign(signed)}"

    @property
    def thumbprint(self) -> str:
        return self.native.thumbprint()


@functools.cache
def signer(algorithm: str, kid: str | None = "one", number: int = 0) -> Signer:
    """The same key for the same question; another `number` is another key."""
    return Signer(algorithm, kid, _native(algorithm, number))


@functools.cache
def _native(algorithm: str, number: int) -> Native:
    del number
    match algorithm:
        case "ES256" | "ES384" | "ES512":
            curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
            return ECKey.generate_key(curve)
        case "Ed25519" | "EdDSA":
            return OKPKey.generate_key("Ed25519")
        case "HS256":
            return OctKey.generate_key(256)
        case _:
            return _rsa()


def _rsa() -> RSAKey:
    return RSAKey.generate_key(2048)


def claims(**changed: object) -> dict[str, object]:
    """The claims of a good token; `...` leaves one out."""
    members = {
        "iss": ISSUER,
        "sub": "auth0|ann",
        "aud": "https://api.example/",
        "iat": NOW - 60,
        "exp": NOW + 600,
        "scope": "read",
    }
    return {name: value for name, value in (members | changed).items() if value is not ...}


def trusting(*signers: Signer, identifier: str = ISSUER, **changed: object) -> Issuer:
    """The issuer whose keys these are, as it is configured by hand."""
    given: dict[str, Any] = {
        "jwks": {"keys": [each.jwk() for each in signers]},
        "algorithms": tuple({each.algorithm for each in signers}),
    }
    return Issuer(identifier, **(given | changed))


def verifying(
    *signers: Signer, clock: Callable[[], float] | None = None, **settings: object
) -> Verifier:
    """A verifier that trusts one issuer with these keys."""
    given: dict[str, Any] = {**settings}
    return Verifier([trusting(*signers)], settings=Settings(**given), clock=clock or Clock())


def bearer(token: str) -> Credentials:
    return Credentials([f"Bearer {token}"])


def answered(verifier: Verifier, credentials: Credentials) -> tuple[int, str | None] | Verified:
    """What comes of it: what was verified, or status and error code of the challenge."""
    try:
        return verifier.verify(credentials)
    except Refused as refused:
        return refused.challenge.status, refused.challenge.error


def proof(signing: Signer, token: str, **changed: object) -> str:
    """A DPoP proof (RFC 9449, section 4.2) that is good but for what is changed; `...` leaves out."""
    members: dict[str, object] = {
        "jti": "proof-1",
        "htm": "GET",
        "htu": URL,
        "iat": NOW,
        "ath": b64(hashlib.sha256(token.encode()).digest()),
    }
    said = {name: value for name, value in (members | changed).items() if value is not ...}
    return signing.token(said, proof_header(signing))


def proof_header(signing: Signer, **changed: object) -> dict[str, object]:
    jwk = signing.native.as_dict(private=False)
    members: dict[str, object] = {"typ": "dpop+jwt", "alg": signing.algorithm, "jwk": jwk}
    return {name: value for name, value in (members | changed).items() if value is not ...}


# ---- the server


@dataclass
class Answer:
    """What a path is answered with."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = bool


def json_answer(value: object, **changed: object) -> Answer:
    given: dict[str, Any] = {"headers": {"Content-Type": "application/json"}} | changed
    return Answer(text_of(value).encode(), **given)


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass
class Server:
    """Answers by path, and remembers what it was asked."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Server]:
    """A server on a free port of the loopback interface; with a certificate and its key, by TLS."""
    known: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server = known[0]
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length).decode()
            server.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            answer = server.answers.get(self.path, Answer(status=404))
            answer.before()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815  (http.server's name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # the client has heard enough
                self.close_connection = True

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    known.append(Server(f"http://127.0.0.1:{httpd.server_port}"))
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield known[0]
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


JWKS = "/keys"


def publish(server: Server, *signers: Signer) -> None:
    """Serve these keys, and no others."""
    server.answers[JWKS] = json_answer({"keys": [each.jwk() for each in signers]})


def fetching(server: Server, *algorithms: str, **changed: object) -> Issuer:
    """The issuer whose keys the server publishes."""
    given: dict[str, Any] = {"algorithms": algorithms, "allow_http": True} | changed
    return Issuer(ISSUER, server.url + JWKS, **given)


# ---- threads and asyncio alike

Way = Callable[[Verifier, Credentials], Verified]


def in_threads(verifier: Verifier, credentials: Credentials) -> Verified:
    return verifier.verify(credentials)


def in_asyncio(verifier: Verifier, credentials: Credentials) -> Verified:
    return asyncio.run(verifier.verify_async(credentials))


both_ways = pytest.mark.parametrize("verify", [in_threads, in_asyncio])


def outcome(verify: Way, verifier: Verifier, token: str) -> str:
    """What comes of a token: "verified", "unavailable", or the error code of the challenge."""
    try:
        verify(verifier, bearer(token))
    except Refused as refused:
        return str(refused.challenge.error)
    except Unavailable:
        return "unavailable"
    return "verified"


def until(condition: Callable[[], object]) -> None:
    """Wait for another thread, but not for ever."""
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.005)
    raise TimeoutError


async def until_asked(server: Server) -> None:
    """Wait, without holding up the loop, until the server has been asked something."""
    while not server.asked:  # noqa: ASYNC110  (who is waited for is a thread)
        await asyncio.sleep(0.01)
