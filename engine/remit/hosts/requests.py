"""ASGI scope, WSGI environ -> Asked: what a request brings, by Python's two interfaces."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import quote

from remit.hosts.callers import Asked, Caller, Callers
from remit.hosts.guard import Guard
from remit.tokens.verifying import Credentials

_KEPT: Final = "remit.callers"
_SAFE: Final = "/:@!$&'()*+,;=~"
_BYTE_SEQUENCE: Final = re.compile(r":([A-Za-z0-9+/]+={0,2}):")


def callers(kept: MutableMapping[str, Any]) -> dict[Callers, Caller]:
    """The callers of a request, kept in what lives as long as the request does."""
    found: dict[Callers, Caller] = kept.setdefault(_KEPT, {})
    return found


def from_scope(
    guard: Guard,
    scope: MutableMapping[str, Any],
    request: object,
    answers: tuple[type[Exception], ...] = (),
) -> Asked:
    """A request by ASGI, version 3; `answers` as in `Asked`."""
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])

    def named(name: str) -> list[str]:
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in headers if key.lower() == wanted]

    raw: bytes | None = scope.get("raw_path")
    path = encoded(scope["path"]) if raw is None else raw.decode("latin-1").partition("?")[0]
    brought = _credentials(guard, named, scope.get("method", "GET"), path)
    return Asked(request, brought, callers(scope), answers)


def from_environ(
    guard: Guard,
    environ: MutableMapping[str, Any],
    request: object,
    path: str,
    answers: tuple[type[Exception], ...] = (),
) -> Asked:
    """A request by WSGI (PEP 3333), of a path that is still encoded; `answers` as in `Asked`.

    A server may have joined headers of one name by commas.
    """

    def named(name: str) -> list[str]:
        value = environ.get("HTTP_" + name.upper().replace("-", "_"))
        return [] if value is None else [value]

    brought = _credentials(guard, named, environ["REQUEST_METHOD"], path)
    return Asked(request, brought, callers(environ), answers)


def raw_path(environ: Mapping[str, Any], decoded: str) -> str:
    """The path as the client wrote it, where the server says; else what was decoded, encoded again."""
    raw: str = environ.get("RAW_URI", environ.get("REQUEST_URI", ""))
    return raw.partition("?")[0] if raw.startswith("/") else encoded(decoded)


def encoded(path: str) -> str:
    """A decoded path as it stands in a URL (RFC 3986, section 3.3)."""
    return quote(path, safe=_SAFE)


def _credentials(
    guard: Guard, named: Callable[[str], Iterable[str]], method: str, path: str
) -> Credentials:
    return Credentials(
        tuple(named("Authorization")),
        tuple(named("DPoP")),
        method,
        "" if guard.origin is None else guard.origin + path,
        None
        if guard.certificate_header is None
        else _certificate(tuple(named(guard.certificate_header))),
    )


def _certificate(values: tuple[str, ...]) -> bytes | None:
    """The client's certificate in DER, a Byte Sequence by RFC 9440; None for anything else."""
    match = _BYTE_SEQUENCE.fullmatch(values[0].strip(" ")) if len(values) == 1 else None
    if match is None:
        return None
    try:
        return base64.b64decode(match[1], validate=True)
    except binascii.Error:
        return None
