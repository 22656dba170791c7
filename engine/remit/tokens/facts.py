"""Verified claims -> Facts and Names, or what is wrong with them, by the profile of their issuer.

Facts are a token's own: whom it stands for, and until when. Names are what it calls by name, scopes,
roles, permissions; many tokens bring the same ones, in the same words.

What all profiles share is RFC 7519, section 4.1: `iss` and `aud` compared code point by code point,
`exp` and `nbf` JSON numbers of seconds; RFC 8693, section 4.1, for `act`; RFC 7800, section 3.1, RFC
8705, section 3.1, and RFC 9449, section 6.1, for `cnf`.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from remit.checker.checked import CheckedIssuer, Enumeration, Member, Scalar, SetOf
from remit.checker.scalars import ERROR, numeric_date, reader
from remit.tokens import findings
from remit.tokens.claims import (
    MAX_NAMES,
    MISSING,
    Claims,
    Found,
    Invalid,
    Path,
    at,
    finder,
    instant,
    names,
    optional_text,
    text,
    words,
)
from remit.tokens.profiles import CLIENT, PROFILES, USER, Header, Kind, Profile


class Presented(NamedTuple):
    """The proofs that came with a token and that the host has checked; None for one that did not come.

    `jkt`: the thumbprint of the key of a DPoP proof (RFC 9449); `x5t_s256`: of the client's certificate
    (RFC 8705). Both are SHA-256 in base64url without padding.
    """

    jkt: str | None = None
    x5t_s256: str | None = None


class Beside(NamedTuple):
    """What came beside a token's claims: its JOSE header, and the proofs of possession."""

    header: Header = None
    presented: Presented = Presented()


class Facts(NamedTuple):
    """What a valid token says of itself, in one form for all issuers.

    Instants are seconds since the epoch, `auth_time` microseconds. `client` is None where it names no
    client. `places`: where tokens of its kind have their names.
    """

    kind: Kind
    places: "Places"
    subject: str
    client: str | None
    expires: float
    not_before: float
    acr: str | None
    auth_time: int | None


beside: Callable[[tuple[Header, Presented]], Beside] = partial(tuple.__new__, Beside)
"""The same in a third of the time."""

_facts: Callable[[tuple[Any, ...]], Facts] = partial(
    tuple.__new__, Facts
)  # a third of what Facts(...) takes


@dataclass(frozen=True, slots=True)
class Names:
    """What a token calls by name; `roles` and `permissions` None where it does not say."""

    scopes: tuple[str, ...]
    roles: tuple[str, ...] | None
    permissions: tuple[str, ...] | None


Brought = tuple[Found, Found, Found, bool]


class Trust:
    """Whose tokens an API takes, and for whom they must be."""

    def __init__(
        self,
        issuers: Mapping[str, CheckedIssuer],
        audiences: tuple[str, ...],
        claims: Mapping[str, Member],
        *,
        takes_actors: bool,
    ) -> None:
        """Prepare for the tokens of each issuer.

        `claims` are the declared ones, whose values an issuer may be said to assert.
        """
        self._receivers = {
            name: _Receiver(name, issuer, audiences, claims, takes_actors=takes_actors)
            for name, issuer in issuers.items()
        }

    def facts(self, claims: Claims, beside: Beside) -> Facts:
        """The facts of a token, whose names are still to be looked at.

        Raises Invalid where the claims are not those of a valid token for this API, the clock apart.
        """
        name = claims.get("iss")
        receiver = self._receivers.get(name) if type(name) is str else None
        if receiver is None:
            raise Invalid(findings.NO_ISSUER)
        return receiver.facts(claims, beside)


class _Receiver:
    """Takes the tokens of one issuer."""

    def __init__(
        self,
        name: str,
        issuer: CheckedIssuer,
        audiences: tuple[str, ...],
        declared: Mapping[str, Member],
        *,
        takes_actors: bool,
    ) -> None:
        profile = PROFILES[issuer.profile]
        self._profile = profile
        self._client = issuer.sources.get("client")
        self._clients = issuer.clients
        self._takes_actors = takes_actors
        self._asserted = [(n, declared[n], values) for n, values in issuer.claims.items()]
        self._audiences = issuer.audiences or audiences
        self._user, self._app, self._unknown = (Places(name, issuer, profile, kind) for kind in Kind)

    def facts(self, claims: Claims, beside: Beside) -> Facts:
        profile = self._profile
        audience = claims.get(profile.audience)
        if type(audience) is not str or audience not in self._audiences:
            self._check_audience(audience)
        itself = claims.get("sub")
        if type(itself) is not str or not itself:
            raise Invalid(findings.NO_SUBJECT)
        client = self._client_of(claims)
        if self._clients is not None and client not in self._clients:
            raise Invalid(findings.CLIENT_NOT_ASSERTED)
        if profile.check is not None:
            profile.check(claims, beside.header, client)
        if "cnf" in claims:
            _check_bound(claims["cnf"], beside.presented)
        if "act" in claims:
            _check_actor(claims["act"], takes_actors=self._takes_actors)
        issued = claims.get("iat", 0)
        if type(issued) is not int or issued < 0:
            instant(claims, "iat")
        for asserted in self._asserted:
            _check_asserted(claims, *asserted)
        kind = profile.kind(claims, itself, client)
        places = self._user if kind is USER else self._app if kind is CLIENT else self._unknown
        expires = instant(claims, "exp")
        return _facts(
            (
                kind,
                places,
                itself if places.subject is None else _subject(claims, places.subject),
                client,
                expires,
                instant(claims, "nbf") if "nbf" in claims else -math.inf,
                text(claims, "acr") if "acr" in claims else None,
                _auth_time(claims["auth_time"], expires) if "auth_time" in claims else None,
            )
        )

    def _check_audience(self, audience: object) -> None:
        """Of what is no string that names the API: a list may (RFC 7519, section 4.1.3)."""
        if type(audience) is list and self._profile.audience == "aud":
            named = False
            for each in audience:
                if type(each) is not str:
                    raise Invalid(findings.wrong_type("aud"))
                named = named or each in self._audiences
            if named:
                return
        raise Invalid(findings.NO_AUDIENCE)

    def _client_of(self, claims: Claims) -> str | None:
        if self._client is not None:
            return optional_text(claims, self._client)
        for claim in self._profile.clients:
            if claim in claims:
                value = claims[claim]
                return value if type(value) is str else optional_text(claims, (claim,))
        return None


class Places:
    """Where the tokens of one issuer and kind have their names, and what the issuer may assert.

    `subject` is where the subject stands, None for `sub`.
    """

    def __init__(
        self,
        issuer: str,
        checked: CheckedIssuer,
        profile: Profile,
        kind: Kind,
    ) -> None:
        """Work out the places."""
        sources = checked.sources
        self.issuer = issuer
        place = sources.get("subject", profile.user_subject if kind is Kind.USER else ("sub",))
        self.subject = None if place == ("sub",) else place
        self.assertable = checked.roles
        self._is_client = kind is Kind.CLIENT
        self._objects = profile.objects
        scope, self._scope_words = profile.scope, (not profile.scope_is_list, profile.scope_is_list)
        has_roles = True
        if kind is Kind.CLIENT and profile.client_scope is not None:
            scope, self._scope_words = profile.client_scope, (False, True)
            has_roles = profile.client_scope != profile.roles
        if "scope" in sources:
            scope, self._scope_words = sources["scope"], (True, True)
        self._has_roles = has_roles or "roles" in sources
        roles = sources.get("roles", profile.roles)
        permissions = sources.get("permissions", profile.permissions)
        self._overflows = roles == ("groups",) and checked.profile == "entra"
        self._paths = (scope, roles, permissions or ())
        self._find = tuple(map(finder, self._paths))

    def brought(self, claims: Claims) -> Brought:
        """What the names are read from: scope, roles, permissions, and whether there are more.

        Where it has a hash, nothing changes it any more, and an equal one is read alike.
        """
        scope, roles, permissions = self._find
        return (
            scope(claims),
            roles(claims),
            permissions(claims),
            self._overflows and _overage(claims),
        )

    def names(self, brought: Brought) -> Names:
        """The names in what was brought. Raises Invalid."""
        scope, roles, permissions, overflown = brought
        scope_path, roles_path, permissions_path = self._paths
        strings, lists = self._scope_words
        scopes = words(scope, scope_path, strings=strings, lists=lists)
        return Names(
            scopes or (),
            self._roles(roles, roles_path, overflown=overflown),
            names(permissions, permissions_path, objects=self._objects),
        )

    def _roles(self, found: Found, path: Path, *, overflown: bool) -> tuple[str, ...] | None:
        """The roles that the token brings and its issuer may assert; of a client, there may be none."""
        if not self._has_roles:
            return ()
        if overflown:
            return None
        roles = names(found, path, objects=self._objects)
        if roles is None:
            return () if self._is_client else None
        may = self.assertable
        return roles if may is None else tuple(role for role in roles if role in may)


def _check_bound(confirmation: object, presented: Presented) -> None:
    """RFC 7800, section 3.1: what the token is bound to, each of which must have been presented."""
    if type(confirmation) is not dict or not confirmation:
        raise Invalid(findings.wrong_type("cnf"))
    proofs = {"jkt": presented.jkt, "x5t#S256": presented.x5t_s256}
    for member, thumbprint in confirmation.items():
        proof = proofs.get(member)
        if type(thumbprint) is not str or proof is None or thumbprint != proof:
            raise Invalid(findings.BOUND)


def _check_actor(actor: object, *, takes_actors: bool) -> None:
    """RFC 8693, section 4.1: `act` is an object, and its `sub` says who acts."""
    if not takes_actors:
        raise Invalid(findings.DELEGATED)
    if type(actor) is not dict or type(actor.get("sub")) is not str:
        raise Invalid(findings.wrong_type("act"))


def _check_asserted(claims: Claims, name: str, member: Member, values: frozenset[str]) -> None:
    value = at(claims, member.source)
    found = _elements(value) if isinstance(member.type, SetOf) else (value,)
    if len(found) > MAX_NAMES:
        raise Invalid(findings.too_large(name))
    element = member.type.element if isinstance(member.type, SetOf) else member.type
    assert isinstance(element, Scalar | Enumeration), "the checker takes no other claims here"
    read = reader(element)
    if not all(read(each) in values for each in found):
        raise Invalid(findings.not_asserted(name))


def _elements(value: object) -> Collection[object]:
    """The elements of a claim that holds a set; of any other, one that nobody can assert."""
    if type(value) is list or type(value) is tuple or type(value) is set or type(value) is frozenset:
        return value
    return (MISSING,)


def _subject(claims: Claims, place: Path) -> str:
    subject = optional_text(claims, place)
    if not subject:
        raise Invalid(findings.NO_SUBJECT)
    return subject


def _overage(claims: Claims) -> bool:
    """Microsoft, "Groups overage claim": there are more groups than the token has room for."""
    elsewhere = claims.get("_claim_names")
    return (
        (type(elsewhere) is dict and "groups" in elsewhere)
        or claims.get("hasgroups") is True
        or type(claims.get("groups")) is str
    )


def _auth_time(value: object, expires: float) -> int | None:
    """OpenID Connect Core, section 2: when the user logged in, which was before the token's end.

    None where it is no number of seconds, as milliseconds are none: that login would never be old.
    """
    login: object = numeric_date(value) if type(value) in (int, float) else ERROR
    return login if type(login) is int and login <= expires * 1_000_000 else None
