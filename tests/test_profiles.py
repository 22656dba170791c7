"""Token profiles: whose token it is, where each issuer puts what, and what each refuses."""

from collections.abc import Mapping
from typing import Any

import pytest

from remit.checker import issuers
from remit.checker.checked import CheckedIssuer
from remit.tokens import findings
from remit.tokens.claims import MAX_NAMES, MAX_TEXT, Invalid
from remit.tokens.facts import Trust
from remit.tokens.profiles import PROFILES, Kind
from tests.said import Said, read

ISSUER, API = "https://idp.example.com/", "https://api.example.com/"
BASE: dict[str, Any] = {"iss": ISSUER, "aud": API, "sub": "s", "exp": 2_000_000_000}
AT_JWT = {"typ": "at+jwt"}
USERS: dict[str, dict[str, Any]] = {
    "auth0": {"sub": "auth0|s"},
    "cognito": {"client_id": API, "token_use": "access", "username": "ann"},
    "custom": {"client_id": "app"},
    "entra": {"scp": "read", "oid": "o", "azp": "app"},
    "keycloak": {"preferred_username": "ann", "azp": "app", "typ": "Bearer"},
    "okta": {"uid": "u", "cid": "app"},
    "rfc9068": {"client_id": "app", "jti": "1", "iat": 1},
}
CLIENTS: dict[str, dict[str, Any]] = {
    "auth0": {"sub": "s@clients", "azp": "s"},
    "cognito": {"client_id": API, "token_use": "access", "sub": API},
    "custom": {"azp": "s"},
    "entra": {"oid": "s", "azp": "app"},
    "keycloak": {"preferred_username": "service-account-app", "azp": "app"},
    "okta": {"cid": "s"},
    "rfc9068": {"client_id": "s", "jti": "1", "iat": 1},
}


def facts(
    profile: str,
    claims: Mapping[str, Any],
    sources: Mapping[str, tuple[str, ...]] | None = None,
    header: Mapping[str, object] = AT_JWT,
) -> Said:
    trust = Trust(
        {ISSUER: CheckedIssuer(profile, sources=sources or {})}, (API,), {}, takes_actors=False
    )
    given = {name: value for name, value in (BASE | dict(claims)).items() if value is not ...}
    return read(given, header, trust)


def refusal(
    profile: str, claims: Mapping[str, Any], sources: Mapping[str, tuple[str, ...]] | None = None
) -> str:
    with pytest.raises(Invalid) as refused:
        facts(profile, claims, sources)
    return str(refused.value)


def test_every_profile_that_a_policy_can_name_is_known() -> None:
    assert sorted(PROFILES) == list(issuers.PROFILES) == sorted(USERS) == sorted(CLIENTS)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_tells_users_from_clients(profile: str) -> None:
    user, client = facts(profile, USERS[profile]), facts(profile, CLIENTS[profile])
    assert (user.kind, client.kind) == (Kind.USER, Kind.CLIENT)
    assert user.roles is None
    assert client.roles == ()
    assert user.permissions is client.permissions is None


@pytest.mark.parametrize(
    ("profile", "changes"),
    [
        ("auth0", {"sub": "s"}),
        ("auth0", {"gty": "client-credentials"}),
        ("cognito", {"username": ...}),
        ("cognito", {"username": None, "sub": API}),
        ("custom", {"client_id": ...}),
        ("entra", {"oid": ...}),
        ("entra", {"idtyp": "app"}),
        ("entra", {"scp": ..., "oid": "o"}),
        ("entra", {"scp": ..., "oid": ["s"]}),
        ("keycloak", {"preferred_username": ...}),
        ("keycloak", {"preferred_username": 7}),
        ("okta", {"uid": ...}),
        ("okta", {"uid": 7}),
        ("okta", {"uid": None, "cid": "s"}),
    ],
)
def test_without_a_mark_or_with_both_the_kind_is_unknown(profile: str, changes: dict[str, Any]) -> None:
    assert facts(profile, USERS[profile] | changes).kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("profile", "changes"),
    [
        ("auth0", {"sub": "s", "gty": "client-credentials"}),
        ("custom", {"client_id": "s", "azp": "other"}),
        ("entra", {"scp": ..., "idtyp": "app", "oid": "other"}),
        ("okta", {"uid": ..., "cid": "s"}),
    ],
)
def test_a_client_has_more_than_one_mark(profile: str, changes: dict[str, Any]) -> None:
    assert facts(profile, USERS[profile] | changes).kind is Kind.CLIENT


def test_a_uid_makes_a_user_even_of_a_subject_named_like_its_client() -> None:
    assert facts("okta", {"uid": "u", "cid": "s"}).kind is Kind.USER


@pytest.mark.parametrize(
    ("profile", "claims", "client"),
    [
        ("auth0", {"client_id": "one", "azp": "two"}, "one"),
        ("auth0", {"azp": "two"}, "two"),
        ("auth0", {}, None),
        ("cognito", {}, API),
        ("custom", {"client_id": ..., "azp": "two"}, "two"),
        ("custom", {"azp": "two"}, "app"),
        ("custom", {"active": True}, "app"),
        ("entra", {"appid": "three"}, "app"),
        ("entra", {"azp": ..., "appid": "three"}, "three"),
        ("keycloak", {"client_id": "one"}, "app"),
        ("keycloak", {"azp": ..., "client_id": "one"}, None),
        ("okta", {"cid": "four"}, "four"),
        ("rfc9068", {"azp": "two"}, "app"),
    ],
)
def test_the_client_is_named_where_the_profile_says(
    profile: str, claims: dict[str, Any], client: str | None
) -> None:
    assert facts(profile, USERS[profile] | claims).client == client


@pytest.mark.parametrize(
    ("profile", "claims", "scopes"),
    [
        *[(profile, {"scope": " a  b "}, ("a", "b")) for profile in ("auth0", "rfc9068", "custom")],
        *[(profile, {"scope": "a b"}, ("a", "b")) for profile in ("keycloak", "cognito")],
        ("okta", {"scp": ["a", "b c"]}, ("a", "b c")),
        ("okta", {"scope": "a"}, ()),
        ("entra", {"scp": "a b", "roles": ["c"]}, ("a", "b")),
    ],
)
def test_scopes_stand_where_the_profile_says(
    profile: str, claims: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    assert facts(profile, USERS[profile] | claims).scopes == scopes


def test_the_roles_of_an_app_of_entra_are_its_scopes() -> None:
    found = facts("entra", CLIENTS["entra"] | {"roles": ["Files.Read.All"]})
    assert (found.scopes, found.roles) == (("Files.Read.All",), ())
    assert facts("entra", CLIENTS["entra"]).scopes == ()
    assert refusal("entra", CLIENTS["entra"] | {"roles": "all"}) == findings.wrong_type("roles")


def test_the_subject_of_a_user_of_entra_is_the_one_that_all_apps_see() -> None:
    assert facts("entra", USERS["entra"]).subject == "o"
    assert facts("entra", CLIENTS["entra"]).subject == "s"
    assert refusal("entra", USERS["entra"] | {"oid": ""}) == findings.NO_SUBJECT


@pytest.mark.parametrize(
    ("profile", "claims"),
    [
        ("auth0", {"roles": ["r"]}),
        ("cognito", {"cognito:groups": ["r"]}),
        ("custom", {"roles": [{"value": "r"}]}),
        ("entra", {"roles": ["r"]}),
        ("keycloak", {"realm_access": {"roles": ["r"]}}),
        ("okta", {"groups": ["r"]}),
        ("rfc9068", {"roles": [{"value": "r", "primary": True}]}),
    ],
)
def test_roles_stand_where_the_profile_says(profile: str, claims: dict[str, Any]) -> None:
    assert facts(profile, USERS[profile] | claims).roles == ("r",)


@pytest.mark.parametrize("value", [{"roles": "r"}, {"roles": ["r", 1]}, {"roles": None}, "r", ["r"]])
def test_roles_of_another_form_make_the_token_invalid(value: object) -> None:
    # failure mode 16
    problem = refusal("keycloak", USERS["keycloak"] | {"realm_access": value})
    assert problem == findings.wrong_type("realm_access.roles")


@pytest.mark.parametrize("value", [{}, None, ...])
def test_roles_that_are_not_there_are_unknown(value: object) -> None:
    assert facts("keycloak", USERS["keycloak"] | {"realm_access": value}).roles is None


@pytest.mark.parametrize(
    ("profile", "claims", "problem"),
    [
        ("cognito", {"client_id": "other"}, findings.NO_AUDIENCE),
        ("cognito", {"client_id": [API]}, findings.NO_AUDIENCE),
        ("cognito", {"token_use": "id"}, findings.OTHER_USE),
        ("cognito", {"token_use": ...}, findings.OTHER_USE),
        ("keycloak", {"typ": "ID"}, findings.OTHER_USE),
        ("keycloak", {"typ": None}, findings.OTHER_USE),
        ("custom", {"active": False}, findings.INACTIVE),
        ("custom", {"active": 1}, findings.INACTIVE),
        ("okta", {"scp": "a b"}, findings.wrong_type("scp")),
        ("okta", {"scp": ["a", 1]}, findings.wrong_type("scp")),
        ("okta", {"scp": [{"value": "a"}]}, findings.wrong_type("scp")),  # as RFC 7643 has roles
        ("entra", {"scp": ["a"]}, findings.wrong_type("scp")),
        ("auth0", {"azp": 7}, findings.wrong_type("azp")),
        ("auth0", {"scope": {"a": 1}}, findings.wrong_type("scope")),
    ],
)
def test_each_profile_refuses_what_is_not_its_own(
    profile: str, claims: dict[str, Any], problem: str
) -> None:
    assert refusal(profile, USERS[profile] | claims) == problem


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"iss": "https://idp.example.com"}, findings.NO_ISSUER),
        ({"sub": ...}, findings.NO_SUBJECT),
        ({"sub": ""}, findings.NO_SUBJECT),
        ({"exp": ...}, findings.missing("exp")),
        ({"exp": True}, findings.wrong_type("exp")),
        ({"nbf": "1"}, findings.wrong_type("nbf")),
        ({"iat": "1"}, findings.wrong_type("iat")),
        ({"cnf": {}}, findings.wrong_type("cnf")),
        ({"act": {"sub": "x"}}, findings.DELEGATED),
    ],
)
def test_what_all_profiles_refuse(profile: str, claims: dict[str, Any], problem: str) -> None:
    # failure mode 63
    assert refusal(profile, USERS[profile] | claims) == problem


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "cognito"])
@pytest.mark.parametrize("audience", [..., [], f"{API}v2", API.rstrip("/"), [f" {API}"], {API: 1}])
def test_every_profile_but_one_wants_the_audience(profile: str, audience: object) -> None:
    assert refusal(profile, USERS[profile] | {"aud": audience}) == findings.NO_AUDIENCE


# ---- what an issuer's block says


@pytest.mark.parametrize("profile", PROFILES)
def test_a_source_takes_the_place_of_what_the_profile_says(profile: str) -> None:
    claims = USERS[profile] | {
        "x": {"s c": "a b", "r": ["r"], "p": ["p"], "c": "app2", "u": "ann"},
    }
    sources = {
        what: ("x", step)
        for what, step in [
            ("scope", "s c"),
            ("roles", "r"),
            ("permissions", "p"),
            ("client", "c"),
            ("subject", "u"),
        ]
    }
    found = facts(profile, claims, sources)
    assert (found.scopes, found.roles, found.permissions) == (("a", "b"), ("r",), ("p",))
    assert (found.client, found.subject, found.kind) == ("app2", "ann", Kind.USER)


def test_a_source_of_scopes_may_hold_a_string_or_a_list() -> None:
    sources = {"scope": ("scp",)}
    assert facts("custom", {"scp": "a b"}, sources).scopes == ("a", "b")
    assert facts("custom", {"scp": ["a", "b"]}, sources).scopes == ("a", "b")
    assert facts("custom", {}, sources).scopes == ()
    assert refusal("custom", {"scp": 7}, sources) == findings.wrong_type("scp")


def test_who_is_a_client_is_seen_by_sub_wherever_the_subject_is_read_from() -> None:
    claims = {"client_id": "s", "jti": "1", "iat": 1, "email": "ann@x", "app": "other"}
    assert facts("rfc9068", claims, {"subject": ("email",)}).kind is Kind.CLIENT
    assert facts("rfc9068", claims, {"client": ("app",)}).kind is Kind.USER


def test_a_token_of_rfc9068_names_its_client_where_its_issuer_says() -> None:
    claims = {"jti": "1", "iat": 1, "app": "web"}
    assert facts("rfc9068", claims, {"client": ("app",)}).client == "web"
    assert refusal("rfc9068", claims) == findings.missing("client_id")


@pytest.mark.parametrize("subject", [..., "", 7, None])
def test_a_subject_that_is_not_at_its_source_is_none(subject: object) -> None:
    problem = refusal("custom", {"email": subject}, {"subject": ("email",)})
    assert problem in (findings.NO_SUBJECT, findings.wrong_type("email"))


@pytest.mark.parametrize(
    "claims",
    [
        {"_claim_names": {"groups": "src1"}},
        {"_claim_names": {"groups": "src1"}, "groups": ["r"]},
        {"hasgroups": True},
        {"groups": "src1"},
    ],
)
def test_more_groups_than_a_token_of_entra_holds_are_unknown(claims: dict[str, Any]) -> None:
    sources = {"roles": ("groups",)}
    assert facts("entra", USERS["entra"] | claims, sources).roles is None
    assert facts("entra", CLIENTS["entra"] | claims, sources).roles is None
    named = USERS["entra"] | claims | {"roles": ["r"]}
    assert facts("entra", named).roles == ("r",)


def test_groups_that_all_fit_are_roles_where_the_issuer_says_so() -> None:
    claims = {"groups": ["r"], "hasgroups": False, "_claim_names": {"other": "src1"}}
    assert facts("entra", USERS["entra"] | claims, {"roles": ("groups",)}).roles == ("r",)


# ---- sizes (failure modes 59 and 60)


@pytest.mark.parametrize(
    ("profile", "claim", "value"),
    [
        ("auth0", "scope", "a" * MAX_TEXT),
        ("auth0", "scope", " ".join(["a"] * MAX_NAMES)),
        ("auth0", "roles", ["a"] * MAX_NAMES),
        ("auth0", "permissions", ["a" * MAX_TEXT]),
        ("okta", "scp", ["a"] * MAX_NAMES),
    ],
)
def test_claims_have_a_size_at_which_a_token_is_refused(
    profile: str, claim: str, value: str | list[str]
) -> None:
    if isinstance(value, str):
        more: str | list[str] = f"{value} a"
    else:
        more = [*value, "a"] if len(value) > 1 else [value[0] + "a"]
    facts(profile, USERS[profile] | {claim: value})
    assert refusal(profile, USERS[profile] | {claim: more}) == findings.too_large(claim)


# ---- how strong the login was


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        (1_600_000_000, 1_600_000_000_000_000),
        (1_600_000_000_000, None),  # milliseconds
        (1.5, 1_500_000),
        (-0.5, -500_000),
        ("1600000000", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e308, None),
        (None, None),
    ],
)
def test_the_time_of_the_login_is_a_number_of_seconds_before_the_tokens_end_or_unknown(
    value: object, micros: int | None
) -> None:
    assert facts("auth0", USERS["auth0"] | {"auth_time": value}).auth_time == micros


@pytest.mark.parametrize(("value", "acr"), [("phr", "phr"), (["phr"], None), (1, None), (..., None)])
def test_the_context_of_the_login_is_a_string_or_unknown(value: object, acr: str | None) -> None:
    assert facts("auth0", USERS["auth0"] | {"acr": value}).acr == acr
