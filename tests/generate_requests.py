"""A seed and a policy -> requests about it, honest and hostile ones mixed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from remit.syntax import tree
from tests.choices import Choices, chance, some
from tests.generate import AUDIENCES, ISSUER
from tests.generate_conditions import NUMBERS, STRINGS, USERS
from tests.hostile import ILL_TYPED, NEAR_MISSES, LiarText, Text

NOW = 1_800_000_000
Claims = dict[str, object]


@dataclass(frozen=True)
class Question:
    """One request, as a service would put it; `claims` is None for nobody in particular."""

    claims: Claims | None
    header: Mapping[str, object] | None
    action: str
    resource_type: str | None
    resource: dict[str, object] | None
    context: dict[str, object] | None
    now: float


@dataclass(frozen=True)
class Subjects:
    """What of a policy a request needs to know, looked up once."""

    profile: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    claims: tuple[tree.Field, ...]
    facts: tuple[tree.Field, ...]
    doors: tuple[tuple[str | None, str, tuple[tree.Field, ...]], ...]


def subjects_of(document: tree.Document) -> Subjects:
    """Collect the names that requests about `document` are made of."""
    api = [item for block in document.items if isinstance(block, tree.Api) for item in block.items]
    doors: list[tuple[str | None, str, tuple[tree.Field, ...]]] = []
    for block in document.items:
        if isinstance(block, tree.Api):
            doors += [(None, action, ()) for action in _actions(block.items)]
        if isinstance(block, tree.Resource):
            doors += [(block.name.text, action, block.fields) for action in _actions(block.items)]
    profiles = [i.profile.text for i in api if isinstance(i, tree.Issuer) and i.profile is not None]
    return Subjects(
        profiles[0],
        tuple(n.text for item in api if isinstance(item, tree.Scopes) for n in item.names),
        tuple(n.text for item in api if isinstance(item, tree.Role) for n in item.names),
        tuple(f for b in document.items if isinstance(b, tree.TokenClaims) for f in b.fields),
        tuple(f for b in document.items if isinstance(b, tree.Context) for f in b.fields),
        tuple(doors),
    )


def _actions(items: Sequence[tree.ApiItem]) -> list[str]:
    return [name.text for item in items if isinstance(item, tree.Action) for name in item.names]


def question(choices: Choices, subjects: Subjects) -> Question:
    """Draw one request."""
    type_, action, fields = choices.choice(subjects.doors)
    claims, header, now = token(choices, subjects)
    if chance(choices, 1):
        type_, action = choices.choice(((type_, "unheard of"), ("Unheard of", action)))
    context = values(choices, subjects.facts)
    return Question(
        claims,
        header,
        action,
        type_,
        None if type_ is None else values(choices, fields),
        None if not context and chance(choices, 50) else context,
        now,
    )


# ---- attributes


def values(choices: Choices, fields: Sequence[tree.Field]) -> dict[str, object]:
    """A value for most of the fields, and now and then one that nobody asked for."""
    drawn = {}
    for field in fields:
        if not chance(choices, 30 if field.optional or field.default is not None else 2):
            drawn[field.name.text] = value(choices, field.type)
    if chance(choices, 3):
        drawn["nobody asked"] = choices.choice(ILL_TYPED)
    return drawn


def value(choices: Choices, type_: tree.TypeExpression) -> object:
    if not isinstance(type_, tree.SetType):
        return ill_typed(choices, type_) if chance(choices, 5) else scalar(choices, type_)
    if chance(choices, 3):
        return choices.choice(ILL_TYPED)
    elements = [scalar(choices, type_.element) for _ in range(choices.integer(0, 4))]
    if chance(choices, 8):
        elements.insert(choices.integer(0, len(elements)), ill_typed(choices, type_.element))
        return choices.choice((list, tuple))(elements)
    made: Callable[[list[object]], object] = choices.choice((list, tuple, set, frozenset))
    return made(elements)


def ill_typed(choices: Choices, type_: tree.TypeExpression) -> object:
    """A value that is not quite of the type, or not at all."""
    kind = type_.name.text if isinstance(type_, tree.NamedType) else "enum"
    return choices.choice(NEAR_MISSES[kind] if chance(choices, 50) else ILL_TYPED)


def scalar(choices: Choices, type_: tree.TypeExpression) -> object:
    match type_:
        case tree.EnumType(values=literals):
            return choices.choice(literals).value
        case tree.NamedType(name=tree.Name(text="string")):
            return choices.choice(STRINGS)
        case tree.NamedType(name=tree.Name(text="int")):
            return choices.choice(NUMBERS)
        case tree.NamedType(name=tree.Name(text="bool")):
            return choices.choice((True, False))
        case _:
            return choices.choice(USERS)


# ---- tokens


def token(
    choices: Choices, subjects: Subjects
) -> tuple[Claims | None, Mapping[str, object] | None, float]:
    """Claims, a header and a time: a user's mostly, else a client's, or something out of order."""
    if chance(choices, 5):
        return None, None, NOW
    claims: Claims = {
        "iss": ISSUER,
        "aud": choices.choice((AUDIENCES[0], [AUDIENCES[0]], ["https://other", AUDIENCES[0]])),
        "exp": choices.choice((NOW + 60, NOW + 0.5, 10**30)),
        "sub": choices.choice(USERS),
        "scope": scope(choices, subjects),
        **values(choices, subjects.claims),
    }
    header: Mapping[str, object] | None = None
    if subjects.profile == "rfc9068":
        claims |= {"client_id": "app", "iat": NOW - 5, "jti": "1"}
        header = {"typ": choices.choice(("at+jwt", "AT+JWT", "application/at+jwt"))}
    elif "|" not in str(claims["sub"]):
        claims["sub_profile"] = "user"
    name_entitlements(choices, subjects, claims)
    now: float = choices.choice((NOW, NOW, NOW + 0.25))
    if chance(choices, 12):
        claims |= somebody_else(choices, subjects.profile, str(claims["sub"]))
    if chance(choices, 10):
        header, now = spoil(choices, claims, header, now)
    return claims, header, now


def scope(choices: Choices, subjects: Subjects) -> str:
    """Most of the scopes most of the time, and sometimes none, strange ones or strange blanks."""
    drawn = [text for text in subjects.scopes if chance(choices, 88)]
    if chance(choices, 15):
        drawn = some(choices, (*drawn, "openid", "READ:DOC", "read", "read:doc\tshare", ""), 0, 4)
    return choices.choice((" ", " ", "  ")).join(drawn)


def name_entitlements(choices: Choices, subjects: Subjects, claims: Claims) -> None:
    """Give roles, permissions, both or neither."""
    kind = choices.choice(("roles", "permissions", "both", "both", "both", "neither"))
    if kind in ("roles", "both"):
        roles = [role for role in subjects.roles if chance(choices, 75)]
        claims["roles"] = [*roles, *some(choices, ("stranger", "Viewer"), 0, 1)]
        if subjects.profile == "rfc9068" and chance(choices, 30):
            claims["roles"] = [*(({"value": role}) for role in roles), *roles[:1]]
    if kind in ("permissions", "both"):
        held = [text for text in subjects.scopes if chance(choices, 85)]
        claims["permissions"] = [*held, *some(choices, ("stranger", "READ:DOC"), 0, 1)]


def somebody_else(choices: Choices, profile: str, subject: str) -> Claims:
    """Changes that make the token a client's, or nobody knows whose."""
    if profile == "rfc9068":
        return {"client_id": subject}
    return choices.choice(
        (
            {"sub": "app@clients", "sub_profile": "browser"},
            {"sub": "cy", "gty": "client-credentials", "sub_profile": "service"},
            {"sub": "app@clients", "gty": "client-credentials", "sub_profile": None},
            {"sub": "cy", "sub_profile": "browser"},
            {"sub": "auth0|app@clients"},
            {"gty": "client-credentials"},
            {"sub": "cy", "gty": "password", "sub_profile": ["user"]},
        )
    )


SPOILT: tuple[tuple[str, object], ...] = (
    ("exp", NOW),
    ("exp", NOW - 1),
    ("exp", True),
    ("exp", str(NOW + 60)),
    ("exp", None),
    ("exp", float("nan")),
    ("exp", float("inf")),
    ("exp", -1),
    ("exp", [NOW + 60]),
    ("nbf", NOW),
    ("nbf", NOW + 0.25),
    ("nbf", NOW + 1),
    ("nbf", False),
    ("nbf", "0"),
    ("nbf", float("nan")),
    ("nbf", -1),
    ("iat", NOW + 60),
    ("iat", "0"),
    ("iat", True),
    ("iat", -0.5),
    ("iss", ISSUER.rstrip("/")),
    ("iss", ISSUER.upper()),
    ("iss", [ISSUER]),
    ("iss", LiarText(ISSUER)),
    ("iss", Text(ISSUER)),
    ("iss", 1),
    ("aud", AUDIENCES[0] + "/"),
    ("aud", AUDIENCES[0][:-1]),
    ("aud", AUDIENCES[1]),
    ("aud", [AUDIENCES[1], AUDIENCES[0] + "x"]),
    ("aud", [AUDIENCES[0], 1]),
    ("aud", (AUDIENCES[0],)),
    ("aud", {AUDIENCES[0]: True}),
    ("aud", [[AUDIENCES[0]]]),
    ("aud", []),
    ("aud", None),
    ("aud", LiarText(AUDIENCES[0])),
    ("aud", Text(AUDIENCES[0])),
    ("sub", ""),
    ("sub", 7),
    ("sub", LiarText("auth0|ann")),
    ("sub", Text("auth0|ann")),
    ("sub", ["auth0|ann"]),
    ("scope", None),
    ("scope", ["read:doc", "share"]),
    ("scope", {"read:doc"}),
    ("scope", 1),
    ("scope", LiarText("read:doc share")),
    ("scope", Text("read:doc share")),
    ("roles", None),
    ("roles", "admin"),
    ("roles", {"admin": True}),
    ("roles", ("admin",)),
    ("roles", {"admin"}),
    ("roles", ["admin", 1]),
    ("roles", ["admin", LiarText("editor")]),
    ("roles", ["viewer", Text("admin")]),
    ("roles", [{"value": "admin"}]),
    ("roles", [{"value": 1}]),
    ("roles", [{"display": "admin"}]),
    ("roles", [["admin"]]),
    ("roles", []),
    ("permissions", None),
    ("permissions", "read:doc share"),
    ("permissions", ("read:doc",)),
    ("permissions", ["read:doc", None]),
    ("permissions", []),
    ("cnf", {"jkt": "x"}),
    ("act", {"sub": "agent"}),
    ("client_id", 1),
    ("jti", 1),
)
DROPPED = ("iss", "aud", "exp", "sub", "scope", "roles", "permissions", "client_id", "jti", "iat")
HEADERS: tuple[Mapping[str, object] | None, ...] = (
    None,
    {},
    {"typ": "JWT"},
    {"typ": 1},
    {"typ": None},
    {"typ": "at+jwt "},
    {"typ": "jwt", "alg": "none"},
    {"typ": ["at+jwt"]},
)


def spoil(
    choices: Choices, claims: Claims, header: Mapping[str, object] | None, now: float
) -> tuple[Mapping[str, object] | None, float]:
    """Change one thing about the token, which may or may not make it invalid."""
    match choices.choice(("change", "change", "change", "drop", "header", "late")):
        case "change":
            claim, spoilt = choices.choice(SPOILT)
            claims[claim] = spoilt
        case "drop":
            claims.pop(choices.choice(DROPPED), None)
        case "header":
            return choices.choice(HEADERS), now
        case _:
            return header, choices.choice((NOW + 60, NOW + 59.5, NOW + 0.5, 0))
    return header, now
