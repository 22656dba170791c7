"""What the interpreter reads in the tokens of each profile: expectations written by hand."""

from typing import Any

import pytest

from remit.syntax.parser import parse
from remit.syntax.source import inspect
from tests.bearer import Bearer, read_token
from tests.meaning_policy import Policy

NOW = 1_900_000_000
AUDIENCE = "https://api.example.com/things"
CLAIMS: dict[str, Any] = {"iss": "i", "aud": [AUDIENCE, "other"], "sub": "ann", "exp": NOW + 60}
RFC9068: dict[str, Any] = {**CLAIMS, "client_id": "web", "jti": "1", "iat": NOW, "scope": "read"}
AT_JWT = {"typ": "application/AT+jwt"}


def bearer(
    profile: str, claims: dict[str, Any], *, block: str = "", api: str = "", header: object = None
) -> Bearer | None:
    text = f"""api things {{ audience "{AUDIENCE}"  issuer "i" profile {profile} {{ {block} }}
    scope read, write  scope admin implies read, write
    role reader grants read
    role editor extends reader grants {{*}} except admin
    {api} }}
    token {{ tenant?: set<string> }}"""
    source, problems = inspect("policy.remit", text)
    document, more = parse(source)
    assert (*problems, *more) == ()
    return read_token(Policy(document, {}), claims, header if isinstance(header, dict) else None, NOW)


def who(profile: str, block: str = "", **claims: object) -> str:
    """Kind, subject and client, in short."""
    read = bearer(profile, {**CLAIMS, **claims}, block=block)
    return "invalid" if read is None else f"{read.kind} {read.subject} {read.client}"


def has(read: Bearer | None) -> tuple[str, str, str]:
    """Scopes, permissions and roles, in short."""
    assert read is not None
    granted, held, roles = (
        "?" if names is None else " ".join(sorted(names))
        for names in (read.granted, read.held, read.roles)
    )
    return granted, held, roles


def test_okta_names_users_by_uid() -> None:
    assert who("okta", uid="u1", cid="web") == "user ann web"
    assert who("okta", sub="web", cid="web") == "client web web"
    assert who("okta", cid="web") == "unknown ann web"
    assert who("okta", uid=1, sub="web", cid="web") == "unknown web web"
    assert who("okta", scp="read") == "invalid"
    read = bearer("okta", {**CLAIMS, "uid": "u", "scp": ["read"], "groups": ["reader"]})
    assert has(read) == ("read", "read", "reader")


def test_entra_tells_applications_by_what_they_lack() -> None:
    assert who("entra", scp="read", oid="o", azp="web") == "user o web"
    assert who("entra", scp="read", oid="o", idtyp="app") == "unknown ann None"
    assert who("entra", oid="ann", appid="web") == "client ann web"
    assert who("entra", idtyp="app", azp="web", appid="old") == "client ann web"
    assert who("entra", oid="o") == "unknown ann None"
    app = bearer("entra", {**CLAIMS, "oid": "ann", "roles": ["admin"]})
    assert has(app) == ("admin read write", "admin read write", "")
    assert has(bearer("entra", {**CLAIMS, "oid": "o", "scp": "read"})) == ("read", "?", "?")


@pytest.mark.parametrize(
    "overage",
    [
        {"_claim_names": {"groups": "src1"}},
        {"hasgroups": True, "groups": ["reader"]},
        {"groups": "src1"},
    ],
)
def test_groups_that_were_too_many_are_not_known(overage: dict[str, object]) -> None:
    claims = {**CLAIMS, "scp": "read", "oid": "o", "roles": ["reader"], **overage}
    assert has(bearer("entra", claims, block="roles from groups")) == ("read", "?", "?")
    assert has(bearer("entra", claims)) == ("read", "read", "reader")


def test_keycloak_names_users_and_service_accounts() -> None:
    assert who("keycloak", preferred_username="ann", azp="web", typ="Bearer") == "user ann web"
    assert who("keycloak", preferred_username="service-account-web", azp="web") == "client ann web"
    assert who("keycloak") == "unknown ann None"
    assert who("keycloak", preferred_username="ann", typ="ID") == "invalid"
    assert who("keycloak", realm_access=[]) == "invalid"
    claims = {**CLAIMS, "preferred_username": "ann", "realm_access": {"roles": ["editor"]}}
    assert has(bearer("keycloak", claims)) == ("", "read write", "editor")


def test_cognito_has_its_audience_in_the_client() -> None:
    claims: dict[str, Any] = {"token_use": "access", "client_id": AUDIENCE, "aud": None}
    assert who("cognito", **claims, username="ann") == f"user ann {AUDIENCE}"
    assert who("cognito", **{**claims, "sub": AUDIENCE}) == f"client {AUDIENCE} {AUDIENCE}"
    assert who("cognito", **{**claims, "client_id": "web"}) == "invalid"
    assert who("cognito", **{**claims, "token_use": "id"}) == "invalid"
    assert who("cognito", 'audience "web"', **{**claims, "client_id": "web"}) == "unknown ann web"


def test_custom_tells_by_the_client() -> None:
    assert who("custom", azp="web") == "user ann web"
    assert who("custom", client_id="ann") == "client ann ann"
    assert who("custom") == "unknown ann None"


def test_auth0_takes_its_four_dialects() -> None:
    for header in (None, {"typ": "JWT"}, AT_JWT, {"typ": 1}):
        assert bearer("auth0", CLAIMS, header=header) is not None
    assert who("auth0", sub="auth0|ann", client_id="a", azp="b") == "user auth0|ann a"
    assert who("auth0", sub="web@clients", azp="web") == "client web@clients web"
    assert who("auth0", azp=1) == "invalid"
    claims = {**CLAIMS, "sub": "auth0|ann", "permissions": [], "roles": ["reader"]}
    assert has(bearer("auth0", claims)) == ("", "", "reader")


def test_a_block_says_where_an_issuer_puts_things() -> None:
    block = 'scope from app.scopes roles from "app"."my roles" subject from uid client from app.id'
    app = {"scopes": ["read"], "my roles": [{"value": "reader"}, "stranger"], "id": "web"}
    read = bearer("custom", {**CLAIMS, "app": app, "uid": "u7"}, block=block)
    assert has(read) == ("read", "read", "reader stranger")
    assert read is not None
    assert (read.kind, read.subject, read.client) == ("user", "u7", "web")
    assert bearer("custom", {**CLAIMS, "app": "x", "uid": "u7"}, block=block) is None
    assert bearer("custom", {**CLAIMS, "app": app}, block=block) is None
    held = bearer("custom", {**CLAIMS, "azp": "w", "p": ["write"]}, block="permissions from p")
    assert has(held) == ("", "write", "?")


def test_clients_that_are_declared_cap_what_tokens_bring() -> None:
    api = "client web grants read  client root  client batch class night grants admin except write"

    def granted(client: object) -> str:
        claims = {**RFC9068, "client_id": client, "scope": "admin"}
        return has(bearer("rfc9068", claims, api=api, header=AT_JWT))[0]

    assert granted("web") == "read"
    assert granted("root") == "admin read write"
    assert granted("batch") == "admin read"
    assert granted("stranger") == ""


def test_an_issuer_asserts_what_it_may() -> None:
    block = 'asserts role reader asserts tenant "t1", "t2"'
    claims = {**CLAIMS, "sub": "auth0|ann", "tenant": ["t1"], "roles": ["editor", "reader"]}
    assert has(bearer("auth0", claims, block=block)) == ("", "read", "reader")
    held = bearer("auth0", {**claims, "permissions": ["admin"]}, block=block)
    assert has(held) == ("", "read", "reader")
    for tenant in (["t1", "t3"], ["t1", 1], "t1", None):
        assert bearer("auth0", {**claims, "tenant": tenant}, block=block) is None


def test_who_acts_must_be_expected() -> None:
    claims = {**CLAIMS, "sub": "auth0|ann", "act": {"sub": "agent"}}
    assert bearer("auth0", claims) is None
    allowed, asked = "actors allowed", 'forbid any when has token.actor because "x"'
    assert bearer("auth0", claims, api=allowed) is not None
    assert bearer("auth0", claims, api=asked) is not None
    for actor in (None, "agent", {}, {"sub": 1}):
        assert bearer("auth0", {**claims, "act": actor}, api=allowed) is None
