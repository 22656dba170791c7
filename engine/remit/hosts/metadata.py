"""Engine, guard -> what clients may know of the API before they have a token (RFC 9728).

    guard = Guard(engine, verifier, resource_metadata=location(engine))
    publish(app, Metadata(guard))

`publish` is each host's own. What depends on the policy follows it after a reload.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import orjson

from remit.checker.checked import Enumeration, ListOf, Member, RecordOf
from remit.decider.engine import Engine
from remit.decider.needs import scopes_needed
from remit.errors import ConfigurationError
from remit.hosts.answers import Answer
from remit.hosts.guard import Guard

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"

_FRESH: Final = 300
"""Seconds for which a client may keep it."""
_VISIBLE: Final = re.compile(r"[!-~]+")
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/._~!$&'()*+,;=:@-]*")
_READING: Final = ("GET", "HEAD")


class Metadata:
    """The metadata of one protected resource, and where it stands."""

    def __init__(  # noqa: PLR0913  (what a deployment may say, each by its keyword)
        self,
        guard: Guard,
        *,
        resource: str | None = None,
        authorization_servers: Sequence[str] | None = None,
        dpop_bound_access_tokens_required: bool | None = None,
        authorization_details_types_supported: Sequence[str] | None = None,
        resource_name: str | None = None,
        resource_documentation: str | None = None,
    ) -> None:
        """What the policy does not say, or says otherwise.

        `resource` is the one audience of the API that is an https URL, and stays that; where there are
        none or several, it has to be given. `authorization_servers` are the issuers that are https URLs.
        The types of authorization details are known where the policy reads the claim
        `authorization_details` as a list of records whose `type` is one of several values.

        Raises ConfigurationError for what is not an https URL, and for a resource whose path has to be
        encoded.
        """
        self._guard = guard
        self.resource = _resource(guard.engine) if resource is None else resource
        self.url = _well_known(self.resource)
        self.path = urlsplit(self.url).path
        if _PLAIN_PATH.fullmatch(self.path) is None:
            raise ConfigurationError("the resource's path has letters that have to be encoded")
        for each in (*(authorization_servers or ()), *filter(None, (resource_documentation,))):
            _check(each, "this")
        self._servers = authorization_servers
        self._types = authorization_details_types_supported
        self._given: dict[str, object] = {
            "dpop_bound_access_tokens_required": dpop_bound_access_tokens_required,
            "resource_name": resource_name,
            "resource_documentation": resource_documentation,
        }
        self._body: tuple[int, bytes] | None = None

    def document(self) -> dict[str, Any]:
        """The metadata by the policy in force; members without a value are left out (section 3.2)."""
        engine, guard = self._guard.engine, self._guard
        servers = _https(engine.issuers) if self._servers is None else self._servers
        types = _types(engine.rules().claims.values()) if self._types is None else self._types
        members: dict[str, Any] = {
            "resource": self.resource,
            "authorization_servers": list(servers),
            "scopes_supported": sorted(scopes_needed(engine.rules())),
            "bearer_methods_supported": ["header"] if "Bearer" in guard.schemes else [],
            "dpop_signing_alg_values_supported": list(guard.algs) if "DPoP" in guard.schemes else [],
            "authorization_details_types_supported": list(types),
            **self._given,
        }
        return {name: value for name, value in members.items() if value is not None and value != []}

    def answer(self, method: str = "GET") -> Answer:
        """The response to a request for it; any web page may read it."""
        if method not in _READING:
            return Answer(405, (("Allow", ", ".join(_READING)),), b"")
        generation, body = self._guard.engine.generation, self._body
        if body is None or body[0] != generation:
            body = self._body = (generation, orjson.dumps(self.document()))
        headers = (
            ("Content-Type", "application/json"),
            ("Cache-Control", f"public, max-age={_FRESH}"),
            ("Access-Control-Allow-Origin", "*"),
        )
        return Answer(200, headers, body[1])


def location(engine: Engine, resource: str | None = None) -> str:
    """The URL of the metadata, for `Guard(resource_metadata=...)`; `resource` as in `Metadata`.

    Raises ConfigurationError as `Metadata` does.
    """
    return _well_known(_resource(engine) if resource is None else resource)


def _resource(engine: Engine) -> str:
    urls = _https(engine.audiences)
    if len(urls) != 1:
        raise ConfigurationError(
            f"`resource` has to be given: {len(urls)} audiences of the API are https URLs"
        )
    return urls[0]


def _well_known(resource: str) -> str:
    """Section 3.1: between the host and what follows, of which a lone slash is no part."""
    _check(resource, "a resource")
    parts = urlsplit(resource)
    path = "" if parts.path == "/" else parts.path
    return urlunsplit(("https", parts.netloc, WELL_KNOWN + path, parts.query, ""))


def _check(url: str, what: str) -> None:
    if not is_https(url):
        raise ConfigurationError(f"{what} is an https URL without a fragment: `{url}` is not")


def _https(names: Iterable[str]) -> list[str]:
    return [name for name in names if is_https(name)]


def is_https(name: str) -> bool:
    """Whether it is a URL that uses https, and has a host and no fragment (section 1.2)."""
    if _VISIBLE.fullmatch(name) is None or "#" in name:
        return False
    try:
        parts = urlsplit(name)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _types(claims: Iterable[Member]) -> list[str]:
    """The types of authorization details (RFC 9396, section 2) that a claim is declared to have."""
    found: set[str] = set()
    for claim in claims:
        if claim.source == ("authorization_details",) and isinstance(claim.type, ListOf):
            element = claim.type.element
            type_ = element.member("type") if isinstance(element, RecordOf) else None
            if type_ is not None and isinstance(type_.type, Enumeration):
                found.update(type_.type.values)
    return sorted(found)
