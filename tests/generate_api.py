"""Choices -> the declarations of an API: scopes, roles, clients, and whose tokens it trusts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from remit.syntax import tree
from tests.choices import Choices, chance, some
from tests.generate_types import kind
from tests.pieces import S, literal, name, names
from tests.pools import AUDIENCES, CLIENTS, STRINGS

SCOPES = ("read:doc", "write:doc", "share", "admin:*", "any", "a,(c)", "#x", "`", "x/y?z=%20")
GROUP = "{create,list}:{notes,keys}"
ROLES = ("viewer", "editor", "admin", "role", "owner", "nightly `job`")
CLASSES = ("batch", "web app")
PROFILES = ("auth0",) * 6 + ("rfc9068", "rfc9068", "custom")
SOURCES: dict[str, tuple[tuple[str, ...], ...]] = {
    "scope": (("scp",), ("granted", "to the app")),
    "roles": (("https://ns.example/roles",), ("realm_access", "roles")),
    "permissions": (("rights",), ("realm_access", "permissions")),
    "client": (("cid",), ("app", "id")),
    "subject": (("uid",), ("user", "id")),
}
"""Where issuers may put what every token says; no declared claim begins like one of these."""

_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Api:
    """What the rest of a policy may name, and the items that declare it."""

    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    clients: tuple[str, ...] = ()
    items: tuple[tree.ApiItem, ...] = field(default=())


def multiplied(text: str) -> tuple[str, ...]:
    """The scopes that a name with groups in braces stands for."""
    parts = _BRACES.split(text)
    options = (part.split(",") if number % 2 else [part] for number, part in enumerate(parts))
    return tuple("".join(each) for each in product(*options))


def api(choices: Choices, claims: Sequence[tree.Field], issuers: Sequence[str]) -> Api:
    """Draw the declarations; `claims` are those that an issuer may be bound to."""
    plain = tuple(some(choices, SCOPES, 1, 5))
    grouped = chance(choices, 20)
    scopes = (*plain, *(multiplied(GROUP) if grouped else ()))
    grants = (*scopes, *(("{*}", "list:{*}", "{create,list}:keys") if grouped else ("{*}",)))
    roles = tuple(some(choices, ROLES, 0, 4))
    declared = tuple(client_items(choices, grants)) if chance(choices, 30) else ()
    named = {each.text: None for item in declared for each in item.names}
    named |= {item.group.text: None for item in declared if item.group is not None}
    actors = (tree.ActorsAllowed(S),) if chance(choices, 30) else ()
    items: tuple[tree.ApiItem, ...] = (
        tree.Audience(tuple(literal(text) for text in AUDIENCES[: choices.integer(1, 2)]), S),
        *(issuer(choices, value, (roles, tuple(named) or CLIENTS), claims) for value in issuers),
        *scope_items(choices, plain),
        *([tree.Scopes((name(GROUP),), None, (), S)] if grouped else []),
        *role_items(choices, roles, grants),
        *declared,
        *actors,
    )
    return Api(scopes, roles, tuple(named), items)


def issuer(
    choices: Choices,
    value: str,
    asserted: tuple[Sequence[str], Sequence[str]],
    claims: Sequence[tree.Field],
) -> tree.Issuer:
    profile, (roles, clients) = choices.choice(PROFILES), asserted
    items: list[tree.IssuerItem] = []
    if profile == "custom" or chance(choices, 20):
        what = SOURCES if profile == "custom" else ("roles", "permissions")
        for each in some(choices, tuple(what), 1, 4):
            items.append(tree.ClaimSource(name(each), names(choices.choice(SOURCES[each])), S))
    if chance(choices, 10):
        items.append(tree.Audience((literal(choices.choice(AUDIENCES)),), S))
    if roles and chance(choices, 12):
        items.append(tree.AssertsRoles(names(some(choices, roles, 1, 3)), S))
    texts = [item for item in claims if is_text(item.type)]
    if texts and chance(choices, 40):
        values = tuple(literal(text) for text in some(choices, STRINGS, 6, len(STRINGS)))
        items.append(tree.AssertsClaim(choices.choice(texts).name, values, S))
    if chance(choices, 8):
        items.append(tree.AssertsClients(names(some(choices, clients, 1, 3)), S))
    said = None if profile == "rfc9068" and chance(choices, 30) else name(profile)
    return tree.Issuer(literal(value), said, tuple(items), S)


def is_text(type_: tree.TypeExpression) -> bool:
    element = type_.element if isinstance(type_, tree.SetType) else type_
    return kind(element) == "string"


def scope_items(choices: Choices, scopes: Sequence[str]) -> list[tree.Scopes]:
    items = []
    for number, text in enumerate(scopes):
        # INVARIANT: a scope implies later ones only, so there is no cycle
        implied = some(choices, scopes[number + 1 :], 0, 2) if chance(choices, 40) else []
        said = literal("What `it` means") if chance(choices, 10) else None
        items.append(tree.Scopes((name(text),), said, names(implied), S))
    plain = [item for item in items if not item.implies and item.description is None]
    if len(plain) > 1 and chance(choices, 50):
        together = tree.Scopes(tuple(item.names[0] for item in plain), None, (), S)
        items = [together, *(item for item in items if item not in plain)]
    return items


def granted(choices: Choices, grants: Sequence[str], low: int) -> tuple[list[str], list[str]]:
    """What is granted, and what of it is not."""
    given = some(choices, grants, low, 3)
    scopes = [text for text in grants if "{" not in text]
    but = some(choices, scopes, 1, 1) if "{*}" in given and len(scopes) > 1 else []
    return given, but


def role_items(choices: Choices, roles: Sequence[str], grants: Sequence[str]) -> Iterator[tree.Role]:
    for number, text in enumerate(roles):
        # INVARIANT: a role extends later ones only, so there is no cycle
        extended = some(choices, roles[number + 1 :], 0, 2) if chance(choices, 50) else []
        given, but = granted(choices, grants, 0 if extended else 1)
        yield tree.Role((name(text),), names(extended), names(given), names(but), S)


def client_items(choices: Choices, grants: Sequence[str]) -> Iterator[tree.Client]:
    left = some(choices, CLIENTS, 1, 3)
    while left:
        count = choices.integer(1, len(left))
        together, left = left[:count], left[count:]
        group = name(choices.choice(CLASSES)) if chance(choices, 50) else None
        if chance(choices, 40):
            yield tree.Client(names(together), group, None, (), S)
        else:
            given, but = granted(choices, (*grants, "{*}", "{*}"), 1)
            yield tree.Client(names(together), group, names([*dict.fromkeys(given)]), names(but), S)
