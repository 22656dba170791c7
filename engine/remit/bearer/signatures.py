"""JWK -> `Key`; `Key`, algorithm, text and signature -> whether they belong together.

The one module that knows joserfc: it is given members that were looked at, and bytes, and never a token.
An algorithm goes with one kind of key only (RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 9864), and
a key's own `alg`, `use` and `key_ops` are kept to (RFC 7517, section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from remit.bearer.decoding import Unreadable, base64url

KIND: Final[Mapping[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
    **dict.fromkeys(("HS256", "HS384", "HS512"), "oct"),
}
"""By algorithm, the kind of key that it needs: a key type, or a curve."""

ASYMMETRIC: Final = frozenset(name for name, kind in KIND.items() if kind != "oct")
SYMMETRIC: Final = frozenset(KIND) - ASYMMETRIC

_COORDINATE: Final = {"P-256": 32, "P-384": 48, "P-521": 66}  # bytes: RFC 7518, section 6.2.1.2
_ED25519: Final = 32
_RSA_BITS: Final = range(2048, 8193)  # at least so many by RFC 7518, section 3.3; more only cost time
_EXPONENT_BITS: Final = 33
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that signatures are verified with.

    `kind` as in `KIND`. `algorithm` is the only one that the key is for, None where it does not say.
    `thumbprint` is that of RFC 7638 with SHA-256; it is "" for a secret.
    """

    kid: str | None
    kind: str
    algorithm: str | None
    thumbprint: str
    native: RSAKey | ECKey | OKPKey | OctKey

    def fits(self, algorithm: str) -> bool:
        """Whether the key may verify what is signed with that algorithm."""
        return KIND.get(algorithm) == self.kind and self.algorithm in {None, algorithm}

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether the signature is of this key. The key must fit the algorithm."""
        return JWSRegistry.algorithms[algorithm].verify(signed, signature, self.native)

    def __repr__(self) -> str:
        """Without the key."""
        return f"<Key {self.kind}>"


def secret_key(secret: bytes) -> Key:
    """The key of HMAC. Raises ValueError for a secret that is some public key, written out."""
    return Key(None, "oct", None, "", OctKey.import_key(secret))


def public_key(jwk: Mapping[str, object]) -> Key | None:
    """A public key from a JWK; None for one that signatures cannot be verified with here.

    None as well for a JWK with private members: a key that was published whole proves nothing.
    """
    if any(name in jwk for name in _PRIVATE) or not _verifies(jwk):
        return None
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    if not _text_or_none(kid) or not _text_or_none(algorithm):
        return None
    try:
        native = _native(jwk)
    except (Unreadable, JoseError, ValueError):
        return None
    if native is None:
        return None
    kind = native.key_type if isinstance(native, RSAKey) else native.curve_name
    return Key(
        kid if type(kid) is str else None,
        kind,
        algorithm if type(algorithm) is str else None,
        native.thumbprint(),
        native,
    )


def _text_or_none(value: object) -> bool:
    return value is None or type(value) is str


def _verifies(jwk: Mapping[str, object]) -> bool:
    """RFC 7517, sections 4.2 and 4.3: what the key says that it is for."""
    operations = jwk.get("key_ops")
    return jwk.get("use", "sig") == "sig" and (
        operations is None or (type(operations) is list and "verify" in operations)
    )


def _native(jwk: Mapping[str, object]) -> RSAKey | ECKey | OKPKey | None:
    """Made of the members that are the key, and of no others."""
    kind, curve = jwk.get("kty"), jwk.get("crv")
    match kind, curve:
        case "RSA", _:
            n, e = _octets(jwk, "n"), _octets(jwk, "e")
            if _bits(n) not in _RSA_BITS or _bits(e) > _EXPONENT_BITS:
                return None
            return RSAKey.import_key({"kty": "RSA", "n": str(jwk["n"]), "e": str(jwk["e"])})
        case "EC", "P-256" | "P-384" | "P-521":
            if {len(_octets(jwk, "x")), len(_octets(jwk, "y"))} != {_COORDINATE[str(curve)]}:
                return None
            return ECKey.import_key(
                {"kty": "EC", "crv": str(curve), "x": str(jwk["x"]), "y": str(jwk["y"])}
            )
        case "OKP", "Ed25519" if len(_octets(jwk, "x")) == _ED25519:
            return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": str(jwk["x"])})
        case _:
            return None


def _octets(jwk: Mapping[str, object], name: str) -> bytes:
    value = jwk.get(name)
    if type(value) is not str:
        raise Unreadable
    return base64url(value)


def _bits(octets: bytes) -> int:
    return int.from_bytes(octets).bit_length()
