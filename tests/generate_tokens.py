"""A policy's issuers -> tokens: claims, a header and a time, mostly good, now and then spoilt."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.choices import Choices, chance, some
from tests.generate_attributes import Slots, Step, put, values
from tests.hostile import Liar, LiarDict, LiarNumber, LiarText, Text, Word
from tests.pools import ACRS, ACTORS, AUDIENCES, CLIENTS, ISSUERS, NOW, USERS

Claims = dict[str, object]
Header = Mapping[str, object] | None


@dataclass(frozen=True)
class Trusted:
    """An issuer, and where it puts what every token says."""

    value: str
    profile: str
    audience: str
    places: Mapping[str, Step]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Callers:
    """What of a policy a token needs to know."""

    issuers: tuple[Trusted, ...]
    scopes: tuple[str, ...]
    clients: tuple[str, ...]
    acrs: tuple[str, ...]
    claims: Slots
    actors: bool


PLACES: dict[str, Step] = {
    "scope": ("scope",),
    "roles": ("roles",),
    "permissions": ("permissions",),
    "client": ("client_id",),
    "subject": ("sub",),
}


def token(choices: Choices, callers: Callers) -> tuple[Claims | None, Header, float]:
    """A user's mostly, else a client's, or something out of order."""
    if chance(choices, 5):
        return None, None, NOW
    issuer = choices.choice(callers.issuers)
    subject = choices.choice(USERS)
    claims: Claims = {
        "iss": issuer.value,
        "aud": choices.choice((issuer.audience, [issuer.audience], ["https://other", issuer.audience])),
        "exp": choices.choice((NOW + 60, NOW + 0.5, 10**30)),
        "sub": subject,
        **values(choices, callers.claims),
    }
    client = choices.choice(callers.clients if callers.clients and chance(choices, 92) else CLIENTS)
    header = marked(choices, issuer, claims, client)
    if issuer.places["subject"] != ("sub",):
        put(claims, issuer.places["subject"], subject)
    put(claims, issuer.places["scope"], scope(choices, callers))
    name_entitlements(choices, issuer, callers, claims)
    name_login(choices, callers, claims)
    now: float = choices.choice((NOW, NOW, NOW + 0.25))
    if chance(choices, 12):
        somebody_else(choices, issuer, claims, client)
    if chance(choices, 25 if callers.actors else 1):
        claims["act"] = actor(choices)
    if chance(choices, 10):
        header, now = spoil(choices, claims, header, now)
    return claims, header, now


def marked(choices: Choices, issuer: Trusted, claims: Claims, client: str) -> Header:
    """Say that the subject is a user, by way of the client, in the way of the issuer's profile."""
    place = issuer.places["client"]
    if issuer.profile == "auth0":
        if "|" not in str(claims["sub"]):
            claims["sub_profile"] = "user"
        if place == PLACES["client"]:
            place = choices.choice((("azp",), ("azp",), ("azp",), place))
        put(claims, place, client)
        return None
    put(claims, place, client)
    claims |= {"iat": NOW - 5, "jti": "1"}
    claims.setdefault("client_id", client)
    if issuer.profile == "custom" and chance(choices, 50):
        claims["sub_profile"] = "user"
    return {"typ": choices.choice(("at+jwt", "AT+JWT", "application/at+jwt"))}


def scope(choices: Choices, callers: Callers) -> object:
    """Most of the scopes most of the time, and sometimes none, strange ones or strange blanks."""
    drawn = [text for text in callers.scopes if chance(choices, 88)]
    if chance(choices, 15):
        drawn = some(choices, (*drawn, "openid", "READ:DOC", "read", "read:doc\tshare", ""), 0, 4)
    return choices.choice((" ", " ", "  ")).join(drawn)


def name_entitlements(choices: Choices, issuer: Trusted, callers: Callers, claims: Claims) -> None:
    """Give roles, permissions, both or neither."""
    said = choices.choice(("both", "both", "both", "roles", "permissions", "neither"))
    if said in ("roles", "both"):
        roles = [role for role in issuer.roles if chance(choices, 75)]
        named: list[object] = [*roles, *some(choices, ("stranger", "Viewer"), 0, 1)]
        if issuer.profile != "auth0" and chance(choices, 30):
            named = [*({"value": role} for role in roles), *roles[:1]]
        put(claims, issuer.places["roles"], named)
    if said in ("permissions", "both"):
        held = [text for text in callers.scopes if chance(choices, 85)]
        held += some(choices, ("stranger", "READ:DOC"), 0, 1)
        put(claims, issuer.places["permissions"], held)


def name_login(choices: Choices, callers: Callers, claims: Claims) -> None:
    """Say how and when the user has logged in."""
    if chance(choices, 85):
        claims["acr"] = choices.choice(callers.acrs)
    if chance(choices, 85):
        claims["auth_time"] = choices.choice((NOW, NOW - 5, NOW - 899.5, NOW - 900, NOW - 901))


def actor(choices: Choices) -> object:
    """Who acts, and who acted before."""
    act: Claims = {"sub": choices.choice(ACTORS)}
    if chance(choices, 50):
        act["client_id"] = choices.choice((*CLIENTS, *CLIENTS, 1, None, LiarText("app")))
    if chance(choices, 20):
        act["act"] = {"sub": "somebody"}
    return act


def somebody_else(choices: Choices, issuer: Trusted, claims: Claims, client: str) -> None:
    """Make the token a client's, or nobody knows whose."""
    if issuer.profile != "auth0":
        claims["sub"] = client
        put(claims, issuer.places["subject"], client)
        if chance(choices, 70):
            claims.pop("sub_profile", None)
        return
    # The first ones are clients, of others nobody can say what they are.
    claims |= choices.choice(
        (
            {"sub": f"{client}@clients", "sub_profile": "browser"},
            {"sub": f"{client}@clients", "gty": "client-credentials"},
            {"sub": client, "gty": "client-credentials", "sub_profile": "service"},
            {"sub": f"{client}@clients", "gty": "client-credentials", "sub_profile": None},
            {"sub": "cy", "sub_profile": "browser"},
            {"sub": "auth0|app@clients"},
            {"gty": "client-credentials"},
            {"sub": "cy", "gty": "password", "sub_profile": ["user"]},
        )
    )


SPOILT: Mapping[str, tuple[object, ...]] = {
    "exp": (
        *(NOW, NOW - 1, NOW + 0.25, True, str(NOW + 60), float("nan"), float("inf")),
        *(LiarNumber(NOW + 60), None, -1, [NOW + 60]),
    ),
    "nbf": (NOW, NOW + 0.25, NOW + 1, False, "0", float("nan"), -1),
    "iat": (NOW + 60, "0", True, -0.5),
    "iss": (
        *(ISSUERS[0].rstrip("/"), ISSUERS[0].upper(), [ISSUERS[0]], 1),
        *(LiarText(ISSUERS[0]), Text(ISSUERS[0]), *ISSUERS),
    ),
    "aud": (
        *(AUDIENCES[0] + "/", AUDIENCES[0][:-1], AUDIENCES[1], [AUDIENCES[1], AUDIENCES[0] + "x"]),
        *([AUDIENCES[0], 1], (AUDIENCES[0],), {AUDIENCES[0]: True}, [[AUDIENCES[0]]], [], None),
        *(LiarText(AUDIENCES[0]), Text(AUDIENCES[0])),
    ),
    "sub": ("", 7, LiarText(USERS[0]), Text(USERS[0]), [USERS[0]]),
    "scope": (
        *(None, ["read:doc", "share"], {"read:doc"}, 1),
        *(LiarText("read:doc share"), Text("read:doc share")),
    ),
    "roles": (
        *(None, "admin", {"admin": True}, ("admin",), {"admin"}, ["admin", 1], []),
        *(["admin", LiarText("editor")], ["viewer", Text("admin")], [["admin"]]),
        *([{"value": "admin"}], [{"value": 1}], [{"display": "admin"}]),
    ),
    "permissions": (None, "read:doc share", ("read:doc",), ["read:doc", None], []),
    "realm_access": (None, {"roles": "admin"}, [("roles", ["admin"])]),
    "org": (None, "t1", {"tenant": None}),
    "cnf": ({"jkt": "x"},),
    "act": (
        *({"sub": "agent"}, {}, None, "agent", [{"sub": "agent"}], Liar(), Word.ANN),
        *({"sub": LiarText("agent")}, {"sub": 1}, {"sub": ""}, LiarDict(sub="agent")),
    ),
    "client_id": (1, None, "nightly", "stranger", Text("app")),
    "azp": (1, None, "nightly", "stranger", LiarText("app")),
    "jti": (1,),
    "acr": ("PHR", 1, None, ["phr"], Text("phr"), LiarText("phr")),
    "auth_time": (
        *(True, str(NOW), float("nan"), float("inf"), None, NOW + 60, LiarNumber(NOW)),
        *(NOW + 10**6, NOW * 1000, -1, 10**30, -(10**400), 1e300),
    ),
}
DROPPED = ("iss", "aud", "exp", "sub", "scope", "roles", "permissions", "client_id", "azp", "jti", "iat")
HEADERS: tuple[Header, ...] = (
    None,
    {},
    {"typ": "JWT"},
    {"typ": 1},
    {"typ": None},
    {"typ": "at+jwt "},
    {"typ": "jwt", "alg": "none"},
    {"typ": ["at+jwt"]},
)


def spoil(choices: Choices, claims: Claims, header: Header, now: float) -> tuple[Header, float]:
    """Change one thing about the token, which may or may not make it invalid."""
    match choices.choice(("change", "change", "change", "drop", "header", "late")):
        case "change":
            claim = choices.choice(tuple(SPOILT))
            claims[claim] = choices.choice(SPOILT[claim])
        case "drop":
            claims.pop(choices.choice(DROPPED), None)
        case "header":
            return choices.choice(HEADERS), now
        case _:
            return header, choices.choice((NOW + 60, NOW + 59.5, NOW + 0.5, 0))
    return header, now


def acrs_first(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """What logins are said to be: mostly what some rule asks for."""
    return (*wanted * 3, *ACRS)
