"""What a denial asks of a client -> `WWW-Authenticate`.

RFC 6750, section 3 (Bearer); RFC 9449, section 7.1 (DPoP); RFC 9470, section 3 (a stronger login); RFC
9728, section 5.1 (`resource_metadata`). Values are put in quotes and escaped by RFC 9110, section 5.6.4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_QUOTABLE = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}
_WORD = _QUOTABLE - {" "}
_OFFERED = 401


@dataclass(frozen=True, slots=True)
class Challenge:
    """How to answer a request that is not let through, and what the client could do about it.

    `status`: 400, 401 or 403. `error`: the code of RFC 6750, 9449 or 9470; None where the request
    carried no token, and for a 403 that no other token would change. `scopes` are all that the
    operation needs (RFC 6750, section 3). One of `acr_values` is enough, in the order of preference;
    `max_age` is in seconds (RFC 9470, section 3).
    """

    status: int
    error: str | None = None
    description: str | None = None
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def headers(
        self,
        *,
        schemes: Sequence[str] = ("Bearer",),
        used: str = "Bearer",
        realm: str = "api",
        resource_metadata: str | None = None,
        algs: Sequence[str] = (),
    ) -> list[str]:
        """The values of `WWW-Authenticate`, one for each scheme that the client may go on with.

        `used` is the scheme of the request, which the error belongs to; a 401 offers the other
        `schemes` beside it. `resource_metadata` is a URL (RFC 9728), `algs` are the signature algorithms
        for DPoP proofs (RFC 9449). Empty for a 403 that no other token would change.
        """
        if self.error is None and self.status != _OFFERED:
            return []
        used = used if used in schemes else schemes[0]
        values: list[str] = []
        for scheme in schemes:
            if scheme != used and self.status != _OFFERED:
                continue
            said = [("realm", realm)]
            if scheme == used:
                said += self._said()
            if resource_metadata is not None:
                said.append(("resource_metadata", resource_metadata))
            if scheme == "DPoP" and algs:
                said.append(("algs", " ".join(algs)))
            values.append(f"{scheme} " + ", ".join(f"{name}={_quoted(value)}" for name, value in said))
        return values

    def _said(self) -> Iterator[tuple[str, str]]:
        if self.error is not None:
            yield "error", self.error
        if self.description is not None:
            yield "error_description", "".join(c if c in _QUOTABLE else "'" for c in self.description)
        if self.scopes:
            yield "scope", " ".join(self.scopes)
        # A value with a blank would be read as two, and a header has no letters beyond ASCII.
        sendable = [acr for acr in self.acr_values if acr and _WORD.issuperset(acr)]
        if sendable:
            yield "acr_values", " ".join(sendable)
        if self.max_age is not None:
            yield "max_age", str(self.max_age)


def _quoted(value: str) -> str:
    """A quoted-string; what a header cannot carry is left out of it."""
    kept = (c for c in value if " " <= c <= "~")
    return '"' + "".join(f"\\{c}" if c in '"\\' else c for c in kept) + '"'
