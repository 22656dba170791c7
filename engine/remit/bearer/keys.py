"""Issuer + key id -> keys: fetched, remembered, renewed.

Keys are used for `keys_fresh` seconds. Then, or where a token names a key that is not among them, they
are fetched again, but not before `keys_pause` seconds have gone by since the last attempt: a storm of
unknown key ids costs one fetch, and an issuer that is down is asked now and then. Where a fetch fails,
the last good keys serve for `keys_kept` seconds in all; then nobody knows, and that is `Unavailable`.

One fetch at a time goes on for each issuer and process. Those who have a key meanwhile use it, the
others wait. There is no lock that a fork could leave held: who fetches is settled by `dict.setdefault`,
under the process's id.
"""

import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, NamedTuple

from remit.bearer import findings
from remit.bearer.configuration import Issuer, Settings
from remit.bearer.remote import Flight, Request, Steps, check_url
from remit.bearer.signatures import Key, public_key, secret_key
from remit.errors import ConfigurationError
from remit.tokens.verifying import Unavailable

MAX_KEYS: Final = 64
"""Keys in a set; one that holds more is not used."""

_TURNS: Final = 3  # wait for another's fetch that comes to nothing, fetch, look


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of an issuer as they were at one time.

    Instants are seconds of the verifier's clock: the keys serve from `since` until `kept_until`, and
    need not be fetched again until `fresh_until`.
    """

    keys: tuple[Key, ...] = ()
    since: float = -math.inf
    fresh_until: float = -math.inf
    kept_until: float = -math.inf

    def serves(self, now: float) -> bool:
        """Whether the keys may be used at all. A clock that was put back makes them unknown."""
        return self.since <= now < self.kept_until

    def fitting(self, kid: str | None, algorithm: str, now: float) -> tuple[Key, ...]:
        """The keys that a token with this header may be signed with, none where they do not serve.

        A key without an id is for tokens that name none.
        """
        if not self.serves(now):
            return ()
        return tuple(key for key in self.keys if kid in {None, key.kid} and key.fits(algorithm))


class _Attempt(NamedTuple):
    """The last fetch, and how long it keeps others from trying."""

    since: float
    until: float
    failed: bool


class Found(NamedTuple):
    """Keys that may fit, and until when that need not be asked again."""

    keys: tuple[Key, ...]
    until: float


class Keys:
    """The keys of one issuer. Shared by threads and event loops."""

    def __init__(
        self,
        issuer: Issuer,
        settings: Settings,
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when keys that there were are no longer. Raises ConfigurationError."""
        self._issuer = issuer
        self._settings = settings
        self._clock = clock
        self._changed = changed
        self._ring = Ring()
        self._fixed = _fixed(issuer)
        if self._fixed:
            self._ring = Ring(self._fixed, -math.inf, math.inf, math.inf)
        self._last = _Attempt(math.inf, math.inf, failed=False)
        self._flights: dict[int, Flight] = {}

    def find(self, kid: str | None, algorithm: str) -> Steps[Found]:
        """The keys that may fit. Raises Refused where there are none, Unavailable where nobody knows."""
        for _ in range(_TURNS):
            now, ring = self._clock(), self._ring
            found = ring.fitting(kid, algorithm, now)
            if found and now < ring.fresh_until:
                return Found(found, ring.fresh_until)
            if self._fixed:
                raise findings.invalid(findings.NO_KEY)
            if not self._pausing(now):
                mine: Flight = Future()
                flight = self._flights.setdefault(os.getpid(), mine)
                if flight is mine:
                    yield from self._renew(mine)
                    continue
                if not found:
                    yield flight
                    continue
            if found:
                return Found(found, min(now + self._settings.keys_pause, ring.kept_until))
            if ring.serves(now) and not self._last.failed:
                raise findings.invalid(findings.NO_KEY)
            break
        raise Unavailable(findings.NO_KEYS)

    def _pausing(self, now: float) -> bool:
        return self._last.since <= now < self._last.until

    def _renew(self, flight: Flight) -> Steps[None]:
        """Fetch the keys, unless another was through with it just before."""
        try:
            asked = self._clock()
            if not self._pausing(asked):
                self._take((yield from self._fetched()), asked)
        finally:
            # Also where the task was cancelled or the thread interrupted: the next one fetches.
            del self._flights[os.getpid()]
            flight.set_result(None)

    def _take(self, keys: tuple[Key, ...] | None, asked: float) -> None:
        now, settings = self._clock(), self._settings
        before = self._ring
        if keys is not None:
            # What came back may be as old as the question.
            self._ring = Ring(keys, asked, asked + settings.keys_fresh, asked + settings.keys_kept)
        self._last = _Attempt(now, now + settings.keys_pause, failed=keys is None)
        if keys is not None and before.keys and keys != before.keys:
            self._changed()

    def _fetched(self) -> Steps[tuple[Key, ...] | None]:
        """The keys as they are now; None where they cannot be had."""
        uri = self._issuer.jwks_uri
        if uri is None:
            uri = yield from self._discovered()
        document = None if uri is None else (yield Request(uri))
        return None if document is None else keys_in(document)

    def _discovered(self) -> Steps[str | None]:
        """The `jwks_uri` of the issuer's metadata (RFC 8414, section 3.3: of this issuer exactly)."""
        for url in self._issuer.metadata_urls():
            metadata = yield Request(url)
            if metadata is None or metadata.get("issuer") != self._issuer.identifier:
                continue
            uri = metadata.get("jwks_uri")
            try:
                if type(uri) is str:
                    check_url(uri, allow_http=self._issuer.allow_http)
                    return uri
            except ConfigurationError:
                continue
        return None


def _fixed(issuer: Issuer) -> tuple[Key, ...]:
    """The keys that the configuration holds, none where they are fetched. Raises ConfigurationError."""
    secret = issuer.secret()
    if secret is not None:
        try:
            return (secret_key(secret),)
        except ValueError:
            raise ConfigurationError("the secret of an issuer is a public key") from None
    if issuer.jwks is None:
        return ()
    keys = keys_in(issuer.jwks)
    if not keys:
        raise ConfigurationError("a JWK set holds no public key that a signature can be verified with")
    if not any(key.fits(name) for key in keys for name in issuer.algorithms):
        held = ", ".join(sorted({key.algorithm or key.kind for key in keys}))
        named = ", ".join(sorted(issuer.algorithms))
        raise ConfigurationError(
            f"no key of `{issuer.identifier}` fits its algorithms: "
            f"`jwks` has keys for {held}, `algorithms` names {named}"
        )
    return keys


def keys_in(document: Mapping[str, object]) -> tuple[Key, ...] | None:
    """The usable keys of a JWK set (RFC 7517, section 5: others are left out); None where it is none."""
    listed = document.get("keys")
    if type(listed) is not list or len(listed) > MAX_KEYS:
        return None
    read = (public_key(each) for each in listed if type(each) is dict)
    return tuple(key for key in read if key is not None)
