"""What would turn a denial: over worked policies in words, over random ones by the interpreter."""

from typing import Any

import pytest

from remit import Assignment, Engine, Principal, VerifiedClaims
from remit.decider.fixes import Fixes
from tests.fixes import Count, attack

ISSUER, API = "https://example.eu.auth0.com/", "https://api.example.com/documents"
NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z, a Wednesday
ANN: dict[str, object] = {
    "iss": ISSUER,
    "aud": API,
    "sub": "auth0|ann",
    "exp": NOW + 60,
    "scope": "read:documents",
    "roles": ["viewer"],
    "tenant": "t1",
}
PLAN: dict[str, object] = {
    "owner": "auth0|bob",
    "tenant": "t1",
    "classification": "internal",
    "shared_with": [],
}
DOCUMENTS = Engine.load("policies/documents", clock=lambda: NOW)


def texts(fixes: Fixes) -> list[str]:
    return [str(fix) for fix in fixes.fixes]


def documents(action: str, claims: dict[str, object] | None = None, **changes: object) -> Fixes:
    who = DOCUMENTS.principal(VerifiedClaims({**ANN, **(claims or {})}))
    return DOCUMENTS.fix(who, action, ("Document", {**PLAN, **changes}))


@pytest.mark.parametrize(
    ("action", "claims", "resource", "expected"),
    [
        ("read", {}, {}, []),
        (
            "read",
            {},
            {"classification": "secret"},
            [
                "get a token whose claim `mfa` is set to true",
                'set `classification` to "internal"',
                'set `classification` to "public"',
            ],
        ),
        (
            "read",
            {"roles": []},
            {},
            [
                "give the caller the role `viewer`",
                "give the caller the role `editor`",
                "give the caller the role `admin`",
                "make the caller the `owner`",
                "add the caller to `shared_with`",
            ],
        ),
        (
            "write",
            {},
            {},
            [
                "get a token with the scope `write:documents`, and give the caller the role `editor`",
                "get a token with the scope `write:documents`, and give the caller the role `admin`",
                "get a token with the scope `write:documents`, and make the caller the `owner`",
            ],
        ),
        ("read", {"exp": NOW}, {}, ["get a new token"]),
        ("read", {"nbf": NOW + 1}, {}, ["get a new token"]),
        ("read", {"aud": "else"}, {}, [f"get a token for the audience `{API}`"]),
        (
            "read",
            {"aud": "else", "scope": ""},
            {},
            [f"get a token for the audience `{API}` and with the scope `read:documents`"],
        ),
    ],
)
def test_a_fix_reads_as_advice(
    action: str, claims: dict[str, object], resource: dict[str, object], expected: list[str]
) -> None:
    assert texts(documents(action, claims, **resource)) == expected


def test_a_denial_that_takes_more_than_three_changes_has_no_fix() -> None:
    assert documents("share", None, tenant="t2", classification="secret").fixes == ()


def test_what_any_client_may_be_told_is_of_its_token_alone() -> None:
    both = documents("write", {"roles": ["editor"]})
    assert texts(both) == texts(both.of_token()) == ["get a token with the scope `write:documents`"]
    assert documents("read", None, classification="secret").of_token().fixes == ()


def test_fixes_are_told_by_who_can_make_them() -> None:
    said = documents("write")
    assert str(said).splitlines() == [
        "token and assignment:",
        "- get a token with the scope `write:documents`, and give the caller the role `editor`",
        "- get a token with the scope `write:documents`, and give the caller the role `admin`",
        "token and resource:",
        "- get a token with the scope `write:documents`, and make the caller the `owner`",
    ]
    assert [len(fixes) for fixes in said.by_makers().values()] == [2, 1]


def test_a_fix_is_plain_data_too() -> None:
    record = documents("read", None, classification="secret").record()
    assert record["fixes"][1] == [
        {
            "by": "resource",
            "what": "value",
            "names": ["resource", "classification"],
            "value": "internal",
            "text": 'set `classification` to "internal"',
        }
    ]
    assert (record["cut"], record["untried"]) == (False, [])


def test_what_cannot_be_set_right_says_why() -> None:
    asked = ("Document", PLAN)
    assert DOCUMENTS.fix(None, "read", asked).untried == ("the request carries no token",)
    other = DOCUMENTS.principal(VerifiedClaims({**ANN, "iss": "else"}))
    assert DOCUMENTS.fix(other, "read", asked).untried == ("the issuer is not one that this API trusts",)
    ann = DOCUMENTS.principal(VerifiedClaims(ANN))
    assert DOCUMENTS.fix(ann, "fly", asked).untried == ("the policy knows no such action on Document",)
    unreadable: Any = 7
    said = DOCUMENTS.fix(ann, "read", asked, context=unreadable)
    assert said == Fixes((), untried=("the request could not be worked out",))
    assert str(said) == "? no change is known for: the request could not be worked out"


# ---- each kind of test


POLICY = """
api a {{
  audience "a"
  issuer "i" profile custom {{ {issuer} }}
  scope r, w, x
  role clerk  grants r
  role keeper grants r, w
  role exile
  client app
  client low grants r
}}
token {{ level: "low" < "high" = "low"  groups: set<user> = []  note?: string  assume groups, note }}
context {{ ip: ip  zone: zone  reason?: string  assume reason }}
resource Thing {{
  owner:   user
  count:   int
  price:   decimal
  grade:   "a" < "b" < "c"
  colour:  "red" | "blue"
  open:    bool
  from:    datetime
  tags:    set<string>
  names:   list<string>
  access:  map<user, "none" < "read" < "write">
  gone?:   string
  box:     {{ lid: bool }}
  nets:    set<cidr>
  home:    ip
  bag:     list<{{ size: int }}>
  pocket?: {{ coin?: string }}
  action use(size: int) needs r
  assume gone, access, pocket
  {thing}
}}
"""
CALLER: dict[str, object] = {
    "iss": "i",
    "aud": "a",
    "sub": "u",
    "client_id": "app",
    "exp": NOW + 3600,
    "scope": "r",
    "roles": ["clerk"],
    "auth_time": int(NOW) - 4000,
}
THING: dict[str, object] = {
    "owner": "v",
    "count": 3,
    "price": "2.5",
    "grade": "b",
    "colour": "red",
    "open": False,
    "from": "2026-11-18T12:00Z",
    "tags": ["one", "two"],
    "names": ["one"],
    "access": {"u": "none"},
    "gone": "yes",
    "box": {"lid": False},
    "nets": ["10.0.0.0/8"],
    "home": "192.168.0.1",
    "bag": [{"size": 1}, {"size": 9}],
}
CONTEXT: dict[str, object] = {"ip": "10.1.1.1", "zone": "Europe/Berlin"}
ASKED: dict[str, Any] = {"context": CONTEXT, "parameters": {"size": 3}}


def fixes(rule: str, thing: object = None, *, issuer: str = "", **claims: object) -> Fixes:
    engine = Engine.from_text(POLICY.format(thing=rule, issuer=issuer), clock=lambda: NOW)
    who = engine.principal(VerifiedClaims({**CALLER, **claims}))
    asked = ("Thing", THING if thing is None else thing)
    return engine.fix(who, "use", asked, **ASKED)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("open", ["set `open` to true"]),
        ("not open == false", ["set `open` to true"]),
        ("count == 5", ["set `count` to 5"]),
        ("count != 3", ["set `count` to something other than 3"]),
        ("count > 3", ["set `count` to more than 3"]),
        ("count >= 9", ["set `count` to at least 9"]),
        ("count < 3", ["set `count` to less than 3"]),
        ("count <= 2", ["set `count` to at most 2"]),
        ("not count <= 3", ["set `count` to more than 3"]),
        ("not count < 4", ["set `count` to at least 4"]),
        ("action.size > count", ["set `count` to less than 3", "set `action.size` to more than 3"]),
        ("price < 2", ["set `price` to less than 2"]),
        ('grade > "b"', ['set `grade` to "c"']),
        ('grade < "b"', ['set `grade` to "a"']),
        ('colour == "blue"', ['set `colour` to "blue"']),
        ('colour != "red"', ['set `colour` to "blue"']),
        ("owner == token.sub", ["make the caller the `owner`"]),
        ('"three" in tags', ['add "three" to `tags`']),
        ('"one" not in tags', ['take "one" out of `tags`']),
        ('"two" in names', ['add "two" to `names`']),
        ('colour in ["blue"]', ['set `colour` to "blue"']),
        ('(access[token.sub] ?? "none") >= "read"', ['set `access.u` to "read"']),
        ("token.sub not in access", ["remove `access.u`"]),
        ("not has gone", ["remove `gone`"]),
        ("box.lid", ["set `box.lid` to true"]),
        ('context.ip in "172.16.0.0/12"', ["set `context.ip` to an address in 172.16.0.0/12"]),
        ("context.ip not in nets", ["set `context.ip` to an address outside of 10.0.0.0/8"]),
        ("home in nets", ["set `home` to an address in 10.0.0.0/8"]),
        ('home not in ["192.168.0.0/16"]', ["set `home` to an address outside of 192.168.0.0/16"]),
        ('token.level == "high"', ['get a token whose claim `level` is set to "high"']),
        ("not (any b in bag where b.size > 5)", ["take the element that does not do out of `bag`"]),
        ("all b in bag where b.size > 9", ["take the 2 elements that do not do out of `bag`"]),
        ("now >= from", [
            'set `from` to at most "2026-11-18T11:06:40Z"', "wait until 2026-11-18T12:00:00Z"
        ]),
        ("clock(now, context.zone) >= 13h", ["wait until 2026-11-18T12:00:00Z"]),
        ('weekday(now, context.zone) == "thu"', [
            "wait until 2026-11-18T23:00:00Z, and get a new token then"
        ]),
        ("granted(w)", ["get a token with the scope `w`"]),
        ("holds(w)", ["give the caller the role `keeper`"]),
        ("holds(x)", ["give the caller the permission `x`"]),
        ("holds(w and x)", ["give the caller the permissions `w` and `x`"]),
    ],
)  # fmt: skip
def test_a_test_that_came_out_wrong_names_what_would_make_it_right(
    condition: str, expected: list[str]
) -> None:
    assert sorted(texts(fixes(f"permit use to anyone when {condition}"))) == sorted(expected)


@pytest.mark.parametrize(
    ("condition", "untried"),
    [
        ('(gone ?? "") like "z*"', "gone ('yes') ?? '' like 'z*'"),
        ('token.client == "low"', "token.client ('app') == 'low'"),
        ("has context.reason", "has context.reason (absent)"),
        ("count(tags) == 5", "count(tags (['one', 'two'])) (2) == 5"),
        ('any t in tags where t like "z*"', "any in tags (['one', 'two'])"),
        ('length(gone ?? "") > 5', "5 < length(gone ('yes') ?? '') (3)"),
        (
            "now < now - 2h",
            'now ("2026-11-18T11:06:40Z") < now ("2026-11-18T11:06:40Z") - 2h',
        ),
    ],
)
def test_a_test_without_a_change_is_told(condition: str, untried: str) -> None:
    said = fixes(f"permit use to anyone when {condition}")
    assert said.fixes == ()
    assert untried in said.untried


@pytest.mark.parametrize(
    ("condition", "missing", "expected"),
    [
        ("count > 3", "count", ["set `count` to more than 3"]),
        ('grade > "b"', "grade", ['set `grade` to "c"']),
        ('"one" in tags', "tags", []),
        ("home in nets", "nets", []),
        ('all n in names where n != "one"', "names", []),
        ('(access[token.sub] ?? "none") == "read"', "access", ['set `access.u` to "read"']),
        ("box.lid", "box", ["set `box.lid` to true"]),
    ],
)
def test_what_is_missing_is_set_where_it_is_known_what_to(
    condition: str, missing: str, expected: list[str]
) -> None:
    thing = {name: value for name, value in THING.items() if name != missing}
    assert texts(fixes(f"permit use to anyone when {condition}", thing)) == expected


@pytest.mark.parametrize(
    "condition",
    [
        "from > forever",
        "now > forever",
        'home != "192.168.0.1"',
        'grade < "a"',
        'context.ip not in "0.0.0.0/0"',
        'date(now, context.zone) == "2030-01-01"',
        'all k in access where k != "u"',
        "all g in token.groups where g == token.sub",
        "not has token.note",
        "has pocket and not has pocket.coin",
        "now > from + 99999999h",
        "now >= from + 99999999h",
    ],
)
def test_what_nobody_can_bring_about_is_no_fix(condition: str) -> None:
    thing = THING | {"names": ["one", 1], "pocket": type("Pocket", (), {"coin": "penny"})()}
    claims: dict[str, Any] = {"groups": ["v"], "note": "a"}
    assert fixes(f"permit use to anyone when {condition}", thing, **claims).fixes == ()


def test_an_action_that_needs_nothing_sometimes_may_come_to_need_nothing() -> None:
    needs = "needs nothing when open needs w or (w and x)"
    free = f"action peep {needs}\n permit peep to anyone when count == 3"
    engine = Engine.from_text(POLICY.format(thing=free, issuer=""), clock=lambda: NOW)
    who = engine.principal(VerifiedClaims(CALLER))
    said = engine.fix(who, "peep", ("Thing", THING), **ASKED)
    assert texts(said) == ["get a token with the scope `w`", "set `open` to true"]
    closed = engine.fix(who, "peep", ("Thing", THING | {"open": True, "count": 4}), **ASKED)
    assert texts(closed) == ["set `count` to 3"]


def test_what_is_made_by_an_action_has_no_owner_yet() -> None:
    made = "action new make needs r\n permit make to owner, role keeper"
    engine = Engine.from_text(POLICY.format(thing=made, issuer=""), clock=lambda: NOW)
    who = engine.principal(VerifiedClaims(CALLER))
    assert texts(engine.fix(who, "make", ("Thing", THING))) == ["give the caller the role `keeper`"]


@pytest.mark.parametrize(
    ("rule", "claims", "expected"),
    [
        ("permit use to role keeper", {"sub": "app"}, ["give the caller the role `keeper`"]),
        ("permit use to role keeper", {}, ["give the caller the role `keeper`"]),
        ("permit use to anyone\n forbid use to role clerk", {},
         ["take from the caller the role `clerk`"]),
        ("permit use to entitled", {"roles": []},
         ["give the caller the role `clerk`", "give the caller the role `keeper`"]),
        ("permit use to anyone\n require use max_age 1h", {}, ["log in again"]),
        ('permit use to anyone\n require use acr "gold"', {}, ["log in again, with `gold`"]),
        ('permit use to anyone\n require use acr "gold", "silver" max_age 1h', {},
         ["log in again, with `gold`", "log in again, with `silver`"]),
        ('permit use to anyone\n require use acr "gold"', {"sub": "app"}, []),
        ("permit use to anyone", {"client_id": "low", "scope": ""}, ["get a token with the scope `r`"]),
        ("permit use to anyone when granted(w)", {"client_id": "low"}, []),
        ("permit use to entitled", {"sub": "app", "scope": "", "roles": ["exile"]},
         ["get a token with the scope `r`"]),
        ("permit use to entitled", {"client_id": None, "roles": []}, []),
    ],
)  # fmt: skip
def test_what_a_caller_lacks_is_named(rule: str, claims: dict[str, object], expected: list[str]) -> None:
    held = {name: value for name, value in {**CALLER, **claims}.items() if value is not None}
    engine = Engine.from_text(POLICY.format(thing=rule, issuer=""), clock=lambda: NOW)
    who = engine.principal(VerifiedClaims(held))
    assert texts(engine.fix(who, "use", ("Thing", THING), **ASKED)) == expected


def test_an_issuer_is_not_asked_for_what_it_may_not_say() -> None:
    role = "permit use to role keeper"
    assert texts(fixes(role, issuer="asserts role clerk")) == []
    claim = 'permit use to anyone when token.level == "high"'
    assert texts(fixes(claim, issuer='asserts level "low"', level="low")) == []
    said: dict[tuple[str, str, str | None], Assignment] = {("i", "u", None): Assignment(["clerk"])}
    engine = Engine.from_text(
        POLICY.format(thing=role, issuer="asserts role clerk"),
        clock=lambda: NOW,
        directory=said,
    )
    who: Principal = engine.principal(VerifiedClaims(CALLER))
    assert texts(engine.fix(who, "use", ("Thing", THING), **ASKED)) == [
        "give the caller the role `keeper`"
    ]


def test_what_an_object_holds_is_read_as_the_policy_reads_it() -> None:
    class Thing:
        """As an ORM has it: one attribute cannot be read."""

        def __init__(self) -> None:
            vars(self).update(THING)

        @property
        def lost(self) -> str:
            raise LookupError

    engine = Engine.from_text(
        POLICY.format(thing="permit use to anyone when open and box.lid", issuer=""),
        clock=lambda: NOW,
    )
    who, box = engine.principal(VerifiedClaims(CALLER)), type("Box", (), {"lid": True})()
    thing = Thing()
    vars(thing)["box"] = box
    assert texts(engine.fix(who, "use", thing, **ASKED)) == ["set `open` to true"]
    # what stands inside of an object of the service's own cannot be tried
    box.lid = False
    assert engine.fix(who, "use", thing, **ASKED).fixes == ()


def test_a_long_search_is_cut_and_says_so() -> None:
    many = " and ".join(f'(access["k{n}"] ?? "none") == "read"' for n in range(40))
    said = fixes(f"permit use to anyone when {many}")
    assert said.cut
    assert str(said).endswith("? there may be more")


# ---- over random policies


@pytest.mark.volume
@pytest.mark.parametrize("part", range(4))
def test_every_fix_flips_the_decision_and_no_part_of_it_does(part: int) -> None:
    count = Count()
    for number in range(30):
        attack(f"fixes {part}.{number}", 40, count)
    assert not count.wrong, count.wrong[:5]
    assert count.fixes > 100
    assert {"scope", "login", "claim", "role", "value", "time"} <= count.by.keys()
    assert {1, 2} <= count.sizes.keys()
