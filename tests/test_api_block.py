"""The API block: groups of scopes, files of scopes, clients, issuers and their limits."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from remit.checker.api import check_api
from remit.checker.checked import (
    BOOL,
    STRING,
    CheckedApi,
    CheckedClient,
    CheckedIssuer,
    Enumeration,
    Member,
    Root,
    SetOf,
    Type,
)
from remit.checker.findings import MAX_NAMED, MAX_SCOPES
from remit.checker.scopes import fits, needed_scope
from remit.diagnostics import Code, Finding
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.parser import parse
from remit.syntax.source import inspect

PLAN = Enumeration(("free", "paid"))
TYPES: dict[str, Type] = {
    "tenant": STRING,
    "tags": SetOf(STRING),
    "plan": PLAN,
    "plans": SetOf(PLAN),
    "mfa": BOOL,
}
CLAIMS = {
    name: Member(Root.TOKEN, name, type_, optional=False, default=None, source=(name,))
    for name, type_ in TYPES.items()
}


def read(text: str, files: Mapping[str, str]) -> tuple[CheckedApi, list[Finding]]:
    source, problems = inspect("policy.remit", f"api a {{ {text} }}")
    document, more = parse(source)
    assert (*problems, *more) == ()
    apis = [item for item in document.items if isinstance(item, tree.Api)]
    found: list[Finding] = []
    contents = {name: content.encode() for name, content in files.items()}
    api = check_api(apis, CLAIMS, lambda _, name: contents.get(name), found)
    assert api is not None
    return api, found


def api_of(text: str, **files: object) -> CheckedApi:
    api, found = read(text, {name: json.dumps(content) for name, content in files.items()})
    assert found == []
    return api


def found_in(text: str, **files: str) -> list[tuple[str, str]]:
    _, found = read(text, files)
    assert all(finding.span is not None for finding in found)
    return [(finding.code.value, finding.message) for finding in found]


# ---- groups


SCOPES = "scope {read,write}:{users, roles} scope read:logs scope {a} scope repo:x:y"


def test_groups_multiply_out() -> None:
    assert set(api_of(SCOPES).scopes) == {
        *("read:users", "read:roles", "write:users", "write:roles"),
        *("read:logs", "a", "repo:x:y"),
    }


@pytest.mark.parametrize(
    ("grants", "scopes"),
    [
        ("{read,write}:users", "read:users write:users"),
        ("read:{*}", "read:users read:roles read:logs"),
        ("{*}:users", "read:users write:users"),
        ("{read,write}:{*} except {write}:{*}", "read:users read:roles read:logs"),
        ("{*}:{*}:y", "repo:x:y"),
        ("{*} except {*}:{*}", "a"),
        ("{*}{*} except re{*}, write:{*}", ""),
        ("{*} except {*}s", "a repo:x:y"),
        ("a, read:{users,logs}", "a read:users read:logs"),
    ],
)
def test_lists_of_scopes_may_hold_groups_and_patterns(grants: str, scopes: str) -> None:
    api = api_of(f"{SCOPES} role r grants {grants} client c grants {grants}")
    assert api.roles["r"] == frozenset(scopes.split())
    assert api.clients["c"].grants == frozenset(scopes.split())


@pytest.mark.parametrize(
    ("name", "pattern", "does"),
    [
        ("a:b", "a:b", True),
        ("a:b", "a:{*}", True),
        ("a:", "a:{*}", False),
        ("a", "{*}", True),
        ("", "{*}", False),
        ("ab", "{*}{*}", True),
        ("a", "{*}{*}", False),
        ("a:b:c", "{*}:c", True),
        ("abab", "{*}ab{*}", False),
        ("xababx", "{*}ab{*}", True),
        ("aba", "ab{*}ba", False),
        ("a.b", "a{*}b", True),
        ("axb", "a.b", False),
        ("A:b", "a:{*}", False),
    ],
)
def test_a_pattern_fits_whole_names_and_no_part_of_it_is_empty(
    name: str, pattern: str, does: bool
) -> None:
    assert fits(name, pattern) is does


def test_a_scope_may_imply_every_other_one() -> None:
    api = api_of("scope admin implies {*} scope a, b scope c implies a")
    assert api.scopes["admin"] == {"admin", "a", "b", "c"}


def test_an_exception_is_neither_implied_nor_implies() -> None:
    text = "scope admin implies write scope write implies read scope read, other role r grants "
    assert api_of(f"{text} {{*}} except read").roles["r"] == {"admin", "write", "other"}
    assert api_of(f"{text} {{admin,other}} except admin").roles["r"] == {"other"}


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("scope {}:a", "R107", "`{}:a` is no group of scopes"),
        ("scope {a,,b}", "R107", "`{a,,b}` is no group of scopes"),
        ("scope a role r grants {*,a}", "R107", "`{*,a}` is no group of scopes"),
        ("scope a:{*}", "R411", "`a:{*}` declares no scope: {*} is each one declared"),
        ("scope {a,b} role r grants {a,c}", "R202", "unknown scope `c`"),
        ("scope a:b role r grants {a,c}:{*}", "R202", "no declared scope fits `c:{*}`"),
        ("scope a role r grants a except b", "R202", "unknown scope `b`"),
        ("scope a client c grants b", "R202", "unknown scope `b`"),
        ("scope a implies {b,a}", "R202", "unknown scope `b`"),
        ("scope {a,b} scope b", "R201", "scope `b` is declared twice"),
        ("scope {a,a}", "R201", "scope `a` is declared twice"),
        ("scope {email,a}", "R403", "`email` is a scope of OpenID Connect, not of an API"),
        ("scope a, b implies {*}", "R210", "scope `a` leads back to itself"),
    ],
)
def test_what_is_wrong_with_a_list_of_scopes(text: str, code: str, message: str) -> None:
    assert (code, message) in found_in(text)


def need(text: str) -> tuple[str | None, list[str]]:
    found: list[Finding] = []
    name = tree.Name(text, Span("policy.remit", 0, len(text)))
    return needed_scope(name, {"a": 1}, found), [finding.code.value for finding in found]


def test_a_need_names_one_declared_scope() -> None:
    assert need("a") == ("a", [])
    assert need("b") == (None, ["R202"])
    assert need("{a}") == (None, ["R411"])


# ---- limits (failure mode 44)


def words(letter: str, count: int) -> str:
    return ",".join(f"{letter}{n}" for n in range(count))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"scope {{{words('a', 101)}}}{{{words('b', 100)}}}", MAX_SCOPES),
        (f"scope {{{words('a', 100)}}}{{{words('b', 100)}}} scope c, d", MAX_SCOPES),
        (f"scope {{{words('a', 9)}}}" + f"{{{words('b', 9)}}}" * 20, MAX_SCOPES),
        (
            f"scope {{{words('a', 100)}}}{{{words('b', 100)}}}"
            + "".join(f" role r{n} grants {{*}}" for n in range(200))
            + " role last grants a0b0",
            MAX_NAMED,
        ),
    ],
)
def test_what_would_fill_the_memory_is_a_finding(text: str, limit: int) -> None:
    found = found_in(text)
    assert {code for code, _ in found} == {"R405"}
    assert str(limit) in found[0][1]


def test_as_many_scopes_as_may_be_are_taken() -> None:
    assert len(api_of(f"scope {{{words('a', 100)}}}{{{words('b', 100)}}}").scopes) == MAX_SCOPES


def test_dense_implications_are_given_up_in_time() -> None:
    lines = [f"scope s{n} implies {{{words('s', n) or 'x'}}}" for n in range(400)]
    assert found_in(" ".join(["scope x", *lines])) == [
        ("R405", "from here on the scopes lead to more than 1000000 others in all")
    ]


# ---- files of scopes


@pytest.mark.parametrize(
    "content",
    [
        ["read:a", "write:a"],
        {"read:a": "Read it", "write:a": ""},
        [{"value": "read:a", "description": "Read it"}, {"value": "write:a"}],
    ],
)
def test_scopes_may_stand_in_a_file(content: object) -> None:
    text = 'scope from "scopes" scope all implies {read,write}:a role r grants read:{*}'
    api = api_of(text, scopes=content)
    assert set(api.scopes) == {"read:a", "write:a", "all"}
    assert api.roles["r"] == {"read:a"}


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("7", "R410", "expected a list of scopes"),
        ("[]", "R410", "expected a list of scopes"),
        ('{"a": 1}', "R410", "expected a list of scopes"),
        ('["a b"]', "R410", "'a b' is not a scope"),
        ('["a{b}"]', "R410", "'a{b}' is not a scope"),
        ('[""]', "R410", "'' is not a scope"),
        ("[7]", "R410", "an item of type int is not a scope"),
        ('[{"name": "a"}]', "R410", "an item of type dict is not a scope"),
        ('[{"value": 7}]', "R410", "an item of type dict is not a scope"),
        ('[{"description": "a"}]', "R410", "an item of type NoneType is not a scope"),
        ('["a", "a"]', "R201", "scope `a` is declared twice"),
        ('["email"]', "R403", "`email` is a scope of OpenID Connect"),
        ('{"a": "", "a": ""}', "R410", "'a' stands twice"),
        ("[", "R410", "`scopes`"),
    ],
)
def test_what_is_wrong_with_a_file_of_scopes(content: str, code: str, message: str) -> None:
    # failure mode 47: nothing in it is passed over in silence
    [(found, said)] = found_in('scope from "scopes"', scopes=content)
    assert found == code
    assert message in said


def test_a_file_that_is_not_there_is_a_finding() -> None:
    assert found_in('scope from "scopes"') == [("R410", "no file `scopes` beside this policy")]


def test_a_file_of_more_scopes_than_may_be_is_a_finding() -> None:
    names = json.dumps([f"s{n}" for n in range(MAX_SCOPES + 5)])
    assert found_in('scope from "scopes"', scopes=names) == [("R405", "more than 10000 scopes")]


# ---- clients


def test_clients_have_a_class_and_a_ceiling_or_neither() -> None:
    text = "scope a implies b scope b, c client x, y class k grants a client z client `w-1` class k"
    ceiling = frozenset({"a", "b"})
    assert api_of(text).clients == {
        "w-1": CheckedClient("k", None),
        "x": CheckedClient("k", ceiling),
        "y": CheckedClient("k", ceiling),
        "z": CheckedClient(None, None),
    }
    assert found_in("client x client x") == [("R201", "client `x` is declared twice")]


def test_actors_are_allowed_where_it_is_said() -> None:
    assert api_of("actors allowed").actors_allowed
    assert not api_of("").actors_allowed


# ---- issuers


def test_an_issuer_has_a_profile_limits_and_places() -> None:
    text = """role r, s
    issuer "https://b" profile entra { audience "y", "x" asserts role r asserts role s
      asserts tenant "t", "u" asserts tags "g" asserts plan "paid" asserts plans "free", "paid"
      roles from realm_access."my.app".roles scope from scp permissions from p
      client from c subject from oid asserts client k asserts client z }
    issuer "https://a" { asserts client z }
    client w, x class k  client y, z """
    places: dict[str, Any] = {
        "roles": ("realm_access", "my.app", "roles"),
        "scope": ("scp",),
        "permissions": ("p",),
        "client": ("c",),
        "subject": ("oid",),
    }
    asserted = {"tenant": "t u", "tags": "g", "plan": "paid", "plans": "free paid"}
    assert api_of(text).issuers == {
        "https://a": CheckedIssuer("rfc9068", clients=frozenset({"z"})),
        "https://b": CheckedIssuer(
            "entra",
            ("x", "y"),
            frozenset({"r", "s"}),
            {name: frozenset(values.split()) for name, values in asserted.items()},
            places,
            frozenset({"w", "x", "z"}),
        ),
    }


def test_where_no_client_is_declared_an_issuer_may_assert_any_name() -> None:
    issuers = api_of('issuer "https://a" { asserts client web, `a b` }').issuers
    assert issuers["https://a"].clients == frozenset({"web", "a b"})


@pytest.mark.parametrize(
    "profile", ["auth0", "cognito", "custom", "entra", "keycloak", "okta", "rfc9068"]
)
def test_each_profile_can_be_named(profile: str) -> None:
    assert api_of(f'issuer "https://a" profile {profile}').issuers["https://a"].profile == profile


@pytest.mark.parametrize(
    ("items", "code", "message"),
    [
        ("asserts role x", "R203", "unknown role `x`"),
        ('asserts other "t"', "R208", "unknown member `token.other`"),
        ('asserts mfa "true"', "R301", "`mfa` is bool, which no issuer can assert"),
        ('asserts plan "gold"', "R306", "`gold` is not a value of this type"),
        ('asserts plans "gold"', "R306", "`gold` is not a value of this type"),
        ('asserts tenant "t" asserts tenant "u"', "R201", "asserted claim `tenant` is declared twice"),
        ("email from x", "R205", "no token is asked for `email`"),
        ("role from x", "R205", "no token is asked for `role`"),
        ("scope from x scope from y", "R201", "the place of `scope` is declared twice"),
    ],
)
def test_what_is_wrong_with_an_issuers_block(items: str, code: str, message: str) -> None:
    assert found_in(f'issuer "https://a" {{ {items} }}') == [(code, message)]


def test_a_profile_that_is_not_known_is_a_finding_with_a_near_name() -> None:
    _, found = read('issuer "https://a" profile okat issuer "https://a"', {})
    assert [(finding.code, finding.help) for finding in found] == [
        (Code.UNKNOWN_PROFILE, "did you mean `okta`?"),
        (Code.DUPLICATE, "keep one of them"),
    ]
