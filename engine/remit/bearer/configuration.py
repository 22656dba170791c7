"""What a service says of its issuers -> `Issuer`, `Introspection`, `Settings`, or an error at once.

Nothing here is taken from a token (RFC 8725, sections 3.1 and 3.8). Secrets are named by the environment
variable that holds them, so none stands in a configuration, a `repr` or a traceback.
"""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from remit.bearer.compact import plain_type
from remit.bearer.remote import check_url
from remit.bearer.signatures import ASYMMETRIC, KIND, SYMMETRIC
from remit.errors import ConfigurationError

MAX_LEEWAY: Final = 300
"""Seconds."""

_SECRET_BYTES: Final = {"HS256": 32, "HS384": 48, "HS512": 64}  # RFC 7518, section 3.2


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server whose JWTs are let in.

    `identifier` is compared with `iss` code point by code point. Its keys come from one of: `jwks_uri`;
    `jwks`, a JWK set by hand; `secret_variable`, the environment variable that holds the secret of HMAC;
    or, where none is given, from its metadata (RFC 8414, else OpenID Connect Discovery), whose `issuer`
    must equal `identifier`.

    `algorithms` are all that it signs with. `types` are all that the header `typ` may say, in any case
    and with or without `application/`; "" stands for a header without `typ`, None lets in any.
    `allow_http` lets keys be fetched by http from the loopback interface, for tests.

    Raises ConfigurationError for what would not be safe.
    """

    identifier: str
    jwks_uri: str | None = None
    jwks: Mapping[str, object] | None = field(default=None, repr=False)
    secret_variable: str | None = None
    algorithms: Iterable[str] = ("RS256",)
    types: Iterable[str] | None = ("at+jwt", "JWT", "")
    allow_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what would not be safe, and keep names in the form that they are compared in."""
        if isinstance(self.algorithms, str) or isinstance(self.types, str):
            raise ConfigurationError("`algorithms` and `types` are several names: a tuple, say")
        algorithms = frozenset(self.algorithms)
        object.__setattr__(self, "algorithms", algorithms)
        if self.types is not None:
            object.__setattr__(self, "types", frozenset(map(plain_type, self.types)))
        if not self.identifier:
            raise ConfigurationError("an issuer has no identifier")
        if self.jwks is not None:
            _check_mapping(self.jwks)
        given = [each for each in (self.jwks_uri, self.jwks, self.secret_variable) if each is not None]
        if len(given) > 1:
            raise ConfigurationError("an issuer has one source of keys, and no second")
        _check_algorithms(algorithms, symmetric=self.secret_variable is not None)
        if self.jwks_uri is not None:
            check_url(self.jwks_uri, allow_http=self.allow_http)
        elif not given and check_url(self.identifier, allow_http=self.allow_http).query:
            raise ConfigurationError("an issuer with a query has no metadata (RFC 8414, section 2)")

    def accepts_type(self, plain: str) -> bool:
        """Whether a header may say this `typ`, given in the form of `compact.plain_type`."""
        return self.types is None or plain in frozenset(self.types)

    def secret(self) -> bytes | None:
        """The secret of HMAC. Raises ConfigurationError where there is none, or a short one."""
        if self.secret_variable is None:
            return None
        secret = secret_in(self.secret_variable).encode("utf-8")
        if len(secret) < max(_SECRET_BYTES[name] for name in self.algorithms):
            raise ConfigurationError(f"the secret in `{self.secret_variable}` is too short")
        return secret

    def metadata_urls(self) -> tuple[str, str]:
        """Where the metadata may be: RFC 8414, section 3.1; OpenID Connect Discovery, section 4.1."""
        parts = check_url(self.identifier, allow_http=self.allow_http)
        host, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        return (
            f"{host}/.well-known/oauth-authorization-server{path}",
            f"{host}{path}/.well-known/openid-configuration",
        )


def _check_mapping(jwks: object) -> None:
    if not isinstance(jwks, Mapping):
        raise ConfigurationError("`jwks` is a mapping: a JWK set that was parsed")


def _check_algorithms(algorithms: frozenset[str], *, symmetric: bool) -> None:
    if not algorithms:
        raise ConfigurationError("an issuer has no algorithms")
    for name in sorted(algorithms - frozenset(KIND)):
        raise ConfigurationError(f"not an algorithm that a token may be signed with: {name!r}")
    if symmetric and algorithms & ASYMMETRIC:
        raise ConfigurationError("an issuer with a secret signs with HMAC only")
    if not symmetric and algorithms & SYMMETRIC:
        raise ConfigurationError("HMAC needs `secret_variable`")


@dataclass(frozen=True, slots=True)
class Introspection:
    """The endpoint of RFC 7662 that knows tokens which are no JWTs.

    The client authenticates by HTTP Basic, with the secret in the environment variable
    `secret_variable` (RFC 6749, section 2.3.1). `issuer` is whose tokens they are: an answer without
    `iss` is its, one with another is refused. Raises ConfigurationError for what would not be safe.
    """

    endpoint: str
    client_id: str
    secret_variable: str
    issuer: str
    allow_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what would not be safe."""
        check_url(self.endpoint, allow_http=self.allow_http)
        if not self.client_id or not self.issuer:
            raise ConfigurationError("an introspection has a client id and an issuer")


@dataclass(frozen=True, slots=True)
class Settings:
    """How long, how much and how many. Times are in seconds.

    `leeway`: how far clocks may differ, at most MAX_LEEWAY. The engine has none: between `exp` and `exp`
    + leeway a token passes here, and every decision about it is a denial for an expired token.
    `token_length`: characters. `remembered`: verified tokens, for `remember_for` at most and never
    past `exp`; introspected ones for `introspected_for`, inactive ones as well.
    `keys_fresh`: how long fetched keys are used before they are fetched again. `keys_kept`: how long
    they are used where that fails. `keys_pause`: the least time between two fetches for one issuer.
    `timeout` for one answer from outside, of `response_size` bytes.
    `proof_algorithms`: those of DPoP proofs. `proof_past`, `proof_future`: how old a proof may be, and
    how far ahead its client's clock. `proofs`: how many are remembered, those of one key up to a
    thirty-second of it.

    Raises ConfigurationError for figures that make no sense.
    """

    leeway: float = 0
    token_length: int = 16_384
    remembered: int = 4_096
    remember_for: float = 300
    introspected_for: float = 30
    keys_fresh: float = 600
    keys_kept: float = 21_600
    keys_pause: float = 10
    timeout: float = 5
    response_size: int = 262_144
    proof_algorithms: Iterable[str] = ("ES256", "Ed25519", "EdDSA", "PS256", "RS256")
    proof_past: float = 300
    proof_future: float = 30
    proofs: int = 100_000

    def __post_init__(self) -> None:
        """Refuse figures that make no sense."""
        figures = [getattr(self, name) for name in self.__slots__ if name != "proof_algorithms"]
        if any(type(each) not in {int, float} or not 0 <= each < math.inf for each in figures):
            raise ConfigurationError("a setting is no finite number, or less than nothing")
        if self.leeway > MAX_LEEWAY:
            raise ConfigurationError(f"a leeway of more than {MAX_LEEWAY} seconds")
        if not self.keys_pause <= self.keys_fresh <= self.keys_kept:
            raise ConfigurationError("`keys_pause`, `keys_fresh` and `keys_kept` ascend")
        algorithms = tuple(self.proof_algorithms)
        if isinstance(self.proof_algorithms, str) or not ASYMMETRIC.issuperset(algorithms):
            raise ConfigurationError("`proof_algorithms` are several, all of them asymmetric")
        object.__setattr__(self, "proof_algorithms", algorithms)


def secret_in(variable: str) -> str:
    """What an environment variable holds. Raises ConfigurationError where that is nothing."""
    secret = os.environ.get(variable)
    if not secret:
        raise ConfigurationError(f"the environment variable `{variable}` holds no secret")
    return secret
