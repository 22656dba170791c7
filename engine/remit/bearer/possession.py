"""Token + what came with it -> the proofs of possession that were checked.

RFC 9449, sections 4.3 and 7 (DPoP: `cnf.jkt`), and RFC 8705, section 3 (a client certificate:
`cnf.x5t#S256`). Other members of `cnf` are refused: a proof that nobody checks is none.

A proof is good once. Those seen are remembered in this process alone, for as long as their `iat` lets
them in: a service of several processes or machines refuses a replay only where it meets the first again.
When the memory is full of proofs that may still be replayed, new ones cannot be let in, so one key
may fill a thirty-second of it. There is no nonce of the server (RFC 9449, section 9).
"""

import hashlib
import os
import re
from collections.abc import Mapping
from threading import Lock
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from remit.bearer import findings
from remit.bearer.compact import BadKeyId, Critical, Unverified, parse
from remit.bearer.configuration import Settings
from remit.bearer.decoding import Unreadable, base64url_of
from remit.bearer.signatures import Key, public_key
from remit.tokens.claims import Invalid, instant
from remit.tokens.facts import Presented
from remit.tokens.verifying import Credentials, Unavailable

MAX_PROOF: Final = 8_192
"""Characters of a DPoP proof."""
MAX_JTI: Final = 512
"""Characters of its `jti`."""

_SHARE: Final = 16
_PORTS: Final = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]", re.ASCII)


def confirmation(claims: Mapping[str, object]) -> Presented:
    """The proofs that a token needs (RFC 7800, section 3.1). Raises Refused for unknown ones."""
    if "cnf" not in claims:
        return Presented()
    members = claims["cnf"]
    if type(members) is not dict or not members or not {"jkt", "x5t#S256"}.issuperset(members):
        raise findings.invalid(findings.BAD_CONFIRMATION)
    if not all(type(each) is str and each for each in members.values()):
        raise findings.invalid(findings.BAD_CONFIRMATION)
    return Presented(members.get("jkt"), members.get("x5t#S256"))


class Possession:
    """Checks what tokens are bound to."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is remembered yet."""
        self._algorithms = frozenset(settings.proof_algorithms)
        self._past = settings.proof_past
        self._future = settings.proof_future
        self._seen = Proofs(settings.proofs, settings.proof_past + settings.proof_future)

    def check(
        self, needed: Presented, token: str, scheme: str, credentials: Credentials, now: float
    ) -> Presented:
        """The same proofs, checked. Raises Refused where one is missing or not good, and Unavailable."""
        if scheme != findings.DPOP and needed.jkt is not None:
            raise findings.invalid(findings.NEEDS_DPOP)
        if scheme == findings.DPOP and needed.jkt is None:
            raise findings.invalid(findings.NEEDS_BEARER)
        if needed.x5t_s256 is not None:
            _check_certificate(credentials.certificate, needed.x5t_s256)
        if needed.jkt is not None:
            self._check_proof(needed.jkt, token, credentials, now)
        return needed

    def _check_proof(self, jkt: str, token: str, credentials: Credentials, now: float) -> None:
        """RFC 9449, section 4.3, in the order of its list."""
        if len(credentials.dpop) != 1:
            raise findings.bad_proof(findings.ONE_PROOF)
        proof, key = self._verified(credentials.dpop[0])
        name = proof.claims.get("jti")
        if type(name) is not str or not 0 < len(name) <= MAX_JTI:
            raise findings.bad_proof(findings.PROOF_CLAIMS)
        if proof.claims.get("htm") != credentials.method:
            raise findings.bad_proof(findings.PROOF_METHOD)
        target = proof.claims.get("htu")
        wanted = normal_url(credentials.url)
        if type(target) is not str or wanted is None or normal_url(target) != wanted:
            raise findings.bad_proof(findings.PROOF_URL)
        try:
            made = instant(proof.claims, "iat")
        except Invalid:
            raise findings.bad_proof(findings.PROOF_CLAIMS) from None
        if not now - self._past <= made <= now + self._future:
            raise findings.bad_proof(findings.PROOF_TIME)
        if proof.claims.get("ath") != token_hash(token):
            raise findings.bad_proof(findings.PROOF_TOKEN)
        if key.thumbprint != jkt:
            raise findings.bad_proof(findings.PROOF_BINDING)
        self._seen.take(jkt, name, now)

    def _verified(self, text: str) -> tuple[Unverified, Key]:
        try:
            proof = parse(text, MAX_PROOF)
        except (Unreadable, Critical, BadKeyId):
            raise findings.bad_proof(findings.NOT_A_PROOF) from None
        if proof.type != "dpop+jwt":
            raise findings.bad_proof(findings.NOT_A_PROOF)
        algorithm, jwk = proof.algorithm, proof.header.get("jwk")
        if algorithm is None or algorithm not in self._algorithms:
            raise findings.bad_proof(findings.PROOF_ALGORITHM)
        key = public_key(jwk) if type(jwk) is dict else None
        if key is None or not key.fits(algorithm):
            raise findings.bad_proof(findings.PROOF_KEY)
        if not key.verifies(algorithm, proof.signed, proof.signature):
            raise findings.bad_proof(findings.PROOF_SIGNATURE)
        return proof, key


def token_hash(token: str) -> str:
    """What a proof says of the access token that it goes with (RFC 9449, section 4.1: `ath`)."""
    return base64url_of(hashlib.sha256(token.encode("ascii")).digest())


def _check_certificate(certificate: bytes | None, thumbprint: str) -> None:
    """RFC 8705, section 3.1."""
    if certificate is None or base64url_of(hashlib.sha256(certificate).digest()) != thumbprint:
        raise findings.invalid(findings.NO_CERTIFICATE)


class Target(NamedTuple):
    """A URL as two are compared: without query and fragment."""

    scheme: str
    host: str
    port: int | None
    path: str


def normal_url(url: str) -> Target | None:
    """RFC 9449, section 4.3: by syntax and scheme (RFC 3986, section 6.2.2 and 6.2.3).

    Scheme and host have no case, the default port and an empty path need not be written, and escapes of
    letters that need none are undone. Segments `.` and `..` stay. None for what is no http URL, or
    holds what `urlsplit` would leave out.
    """
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        return None
    port = _PORTS[parts.scheme] if port is None else port
    return Target(parts.scheme, host, port, _ESCAPE.sub(_unescaped, parts.path) or "/")


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else found[0].upper()


class _Seen(NamedTuple):
    until: float
    proofs: dict[bytes, None]
    of_key: dict[str, int]


class Proofs:
    """Proofs that may not come again. Two spans are kept, each as long as a proof can be good."""

    def __init__(self, limit: int, span: float) -> None:
        """`limit` proofs in all, `span` in seconds."""
        self._half = max(1, limit // 2)
        self._of_key = max(1, limit // 2 // _SHARE)
        self._span = span
        self._now = self._before = _Seen(0.0, {}, {})
        self._locks: dict[int, Lock] = {}

    def take(self, jkt: str, jti: str, now: float) -> None:
        """Remember a proof. Raises Refused where it was seen, or its key made too many; Unavailable."""
        mark = hashlib.sha256(f"{jkt} {jti}".encode()).digest()
        # One lock for each process: a fork may leave that of its parent held for good.
        with self._locks.setdefault(os.getpid(), Lock()):
            if now >= self._now.until:
                fresh = now < self._now.until + self._span
                self._before = self._now if fresh else _Seen(0.0, {}, {})
                self._now = _Seen(now + self._span, {}, {})
            seen = self._now
            if mark in seen.proofs or mark in self._before.proofs:
                raise findings.bad_proof(findings.PROOF_REPLAYED)
            if seen.of_key.get(jkt, 0) >= self._of_key:
                raise findings.bad_proof(findings.PROOFS_TOO_MANY)
            if len(seen.proofs) >= self._half:
                raise Unavailable(findings.NO_MEMORY)
            seen.proofs[mark] = None
            seen.of_key[jkt] = seen.of_key.get(jkt, 0) + 1
