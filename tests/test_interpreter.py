"""What the interpreter makes of the subtle parts of the language: expectations written by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from remit.syntax.parser import parse
from remit.syntax.source import inspect
from remit.syntax.tree import Document
from tests.interpreter import Verdict, interpret
from tests.meaning_values import Truth, User

ISSUER, OTHER = "https://one.example.com/", "https://two.example.com/"
AUDIENCE = "https://api.example.com/things"
HEADER = {"typ": "at+jwt"}
NOW = 1_782_000_000  # 2026-06-21, 00:00 UTC, a Sunday
API = f"""
api things {{
  audience "{AUDIENCE}"
  issuer "{ISSUER}"
  scope read:things, write:things
  scope all:things implies read:things, write:things
  role reader grants read:things
}}
"""
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "ann",
    "client_id": "web",
    "jti": "1",
    "iat": NOW - 60,
    "exp": NOW + 60,
    "scope": "read:things",
    "roles": ["reader"],
}


def read(text: str) -> Document:
    source, problems = inspect("policy.remit", text)
    document, more = parse(source)
    assert (*problems, *more) == ()
    return document


def ask(
    policy: str,
    resource: Mapping[str, object] | None = None,
    claims: Mapping[str, object] | None = CLAIMS,
    action: str = "read",
    **rest: Any,  # noqa: ANN401  (as `interpret` takes them)
) -> Verdict:
    asked = {"now": NOW, "header": HEADER, **rest}
    return interpret(read(policy), claims, action, "Thing", resource, **asked)


def truth(
    condition: str,
    fields: str = "",
    resource: Mapping[str, object] | None = None,
    before: str = API,
    **rest: Any,  # noqa: ANN401  (as `interpret` takes them)
) -> Truth:
    """What a condition comes to, as the truth of a forbid."""
    thing = f"{fields}\n action read needs nothing\n forbid read when {condition}"
    verdict = ask(f"{before}\nresource Thing {{ {thing}\n }}", resource, **rest)
    return verdict.outcomes[0][1]


# ---- values


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("type_", "raw", "literal", "expected"),
    [
        ("decimal", Decimal("1.00"), "1.0", True),
        ("decimal", 1, "1", True),
        ("decimal", "-0.50", "-0.5", True),
        ("decimal", True, "1", None),
        ("decimal", 1.0, "1", None),
        ("decimal", "1e3", "1000", None),
        ("decimal", "01", "1", None),
        ("decimal", "1" * 34, "1", False),
        ("decimal", "1" * 35, "1", None),
        ("decimal", Decimal("1E-1000"), "1", False),
        ("decimal", Decimal("1E-1001"), "1", None),
        ("decimal", Decimal("NaN"), "1", None),
        ("int", 2**63 - 1, "1", False),
        ("int", 2**63, "1", None),
        ("datetime", datetime(2026, 6, 21, tzinfo=UTC), '"2026-06-21T02:00+02:00"', True),
        ("datetime", datetime(2026, 6, 21), '"2026-06-21T00:00Z"', None),  # noqa: DTZ001  (naive on purpose)
        ("datetime", "2026-06-21 00:00Z", "now", True),
        ("datetime", "2026-06-21T00:00", "now", None),
        ("datetime", "2026-06-21", "now", None),
        ("datetime", NOW, "now", None),
        ("duration", timedelta(minutes=90), '"90m"', True),
        ("duration", "1.5h", "90m", None),
        ("ip", "::ffff:10.0.0.1", '"10.0.0.1"', True),
        ("ip", "fe80::1%eth0", '"fe80::1"', None),
        ("ip", "010.0.0.1", '"10.0.0.1"', None),
        ("cidr", "::ffff:10.0.0.0/104", '"10.0.0.0/8"', True),
        ("cidr", "10.0.0.1/8", '"10.0.0.0/8"', None),
        ("cidr", "10.0.0.1", '"10.0.0.0/8"', None),
        ("zone", "Europe/Berlin", '"Europe/Berlin"', True),
        ("zone", "Europe/Nowhere", '"Europe/Berlin"', None),
        ("uuid", UUID(int=10), '"00000000-0000-0000-0000-00000000000A"', True),
        (
            "uuid",
            "{00000000-0000-0000-0000-00000000000a}",
            '"00000000-0000-0000-0000-00000000000a"',
            None,
        ),
        ('"red" | "blue"', Colour.RED, '"red"', True),
        ("uuid", Colour.RED, f'"{UUID(int=10)}"', None),
        ("client", "web", '"web"', True),
        ("user", "ann", "token.sub", True),
        ("user", None, "token.sub", None),
    ],
)
def test_a_value_is_exactly_of_its_type_or_an_error(
    type_: str, raw: object, literal: str, expected: object
) -> None:
    assert truth(f"x == {literal}", f"x: {type_}", {"x": raw}) is expected


def test_seconds_are_a_datetime_in_claims_only() -> None:
    before = API + "token { since: datetime }"
    assert truth("token.since == now", before=before, claims={**CLAIMS, "since": NOW}) is True
    assert (
        truth("token.since == now - 500ms", before=before, claims={**CLAIMS, "since": NOW - 0.5}) is True
    )
    assert truth("token.since == now", before=before, claims={**CLAIMS, "since": True}) is None


def test_a_claim_is_read_where_it_is_said_to_stand() -> None:
    before = API + 'token { level?: int from "https://ns/app".level }'

    def level(app: object) -> object:
        return truth("(token.level ?? 0) == 0", before=before, claims={**CLAIMS, "https://ns/app": app})

    assert level({"level": 1}) is False
    assert (level({}), level(None)) == (True, True)
    assert level(["level"]) is None
    assert truth("has token.level", before=before) is False


def test_with_several_issuers_a_user_is_a_pair() -> None:
    both = API + f'api things {{ issuer "{OTHER}" }}'
    ask_ = "x == token.sub"
    assert truth(ask_, "x: user", {"x": "ann"}, before=both) is None
    assert truth(ask_, "x: user", {"x": (ISSUER, "ann")}, before=both) is True
    assert truth(ask_, "x: user", {"x": {"iss": OTHER, "sub": "ann"}}, before=both) is False
    assert truth(ask_, "x: user", {"x": {"iss": OTHER, "sub": "ann", "a": 1}}, before=both) is None
    member = "token.sub in m"
    assert truth(member, "m: map<user, int>", {"m": {(ISSUER, "ann"): 1}}, before=both) is True
    assert truth(member, "m: map<user, int>", {"m": {"ann": 1}}, before=both) is None


def test_ordered_values_compare_by_place_even_where_both_are_literals() -> None:
    grades = 'm: map<string, "none" < "write" < "admin">'
    asked = '(m["a"] ?? "none") >= "write"'
    assert truth(asked, grades, {"m": {"a": "admin"}}) is True
    assert truth(asked, grades, {"m": {}}) is False
    assert truth(asked, grades, {"m": {"a": None}}) is False
    assert truth(asked, grades, {"m": {"a": "owner"}}) is None


# ---- maps and records


def test_a_lookup_that_misses_is_an_error_that_only_its_own_fallback_catches() -> None:
    fields = "m: map<string, { until?: int }>"
    empty: dict[str, object] = {"m": {}}
    assert truth('m["a"].until == 1', fields, empty) is None
    assert truth('(m["a"].until ?? 1) == 1', fields, empty) is None
    assert truth('(m["a"].until ?? 1) == 1', fields, {"m": {"a": {}}}) is True
    assert truth('has m["a"]', fields, empty) is False
    assert truth('has m["a"]', fields, {"m": {"a": None}}) is False
    assert truth('"a" in m', fields, {"m": {1: {}}}) is None


def test_members_of_a_record_are_checked_when_they_are_read() -> None:
    class Object:
        a = 1

        @property
        def b(self) -> int:
            raise OSError

    fields = "r: { a: int, b?: int }"
    assert truth("r.a == 1", fields, {"r": {"a": 1, "b": "x"}}) is True
    assert truth("has r.b", fields, {"r": {"a": 1, "b": "x"}}) is None
    assert truth("r.a == 1", fields, {"r": {}}) is None
    assert truth("r.a == 1", fields, {"r": Object()}) is True
    assert truth("has r.b", fields, {"r": Object()}) is None
    assert truth("has r.b", fields, {"r": [1]}) is None


# ---- operators


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("9223372036854775807 + 1 == 0", None),
        ("2 * 90m == 3h", True),
        ("1h * 2 == 2h", True),
        ("now + 1d - now == 24h", True),
        ("forever + 1ms == forever", None),
        ("0.1 + 0.2 == 0.3", True),
        ("1 == 1.0", True),
        ("9999999999999999.9 * 9999999999999999.9 > 1", True),
        ("9999999999999999.99 * 9999999999999999.99 > 1", None),
        ('length("äß") == 2', True),
        ('"10.0.0.1" == "10.0.0.1"', True),
        ('"b" in ["a", "b"]', True),
    ],
)
def test_arithmetic_is_exact_or_an_error(condition: str, expected: object) -> None:
    assert truth(condition) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("a/**", "a", True),
        ("a/**", "a/b/c", True),
        ("a/**", "ab", False),
        ("**/.git/**", ".git", True),
        ("**/.git/**", "src/.git/config", True),
        ("**/.git/**", "src/x.git/config", False),
        ("*.txt", "a.txt", True),
        ("*.txt", ".txt", True),
        ("*.txt", "a/b.txt", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("/a", "a", False),
        ("/a", "/a", True),
        ("*", "", True),
        ("A", "a", False),
        ("**", "a/../b", None),
        ("**", "a//b", None),
        ("**", "a%2fb", None),
        ("**", "a\\b", None),
    ],
)
def test_a_pattern_knows_segments(pattern: str, value: str, expected: object) -> None:
    assert truth(f'x like "{pattern}"', "x: string", {"x": value}) is expected


def test_addresses_are_in_networks() -> None:
    inside = {"x": "::ffff:10.1.2.3", "nets": ["192.168.0.0/16", "10.0.0.0/8"]}
    fields = "x: ip  nets: set<cidr>"
    assert truth('x in "10.0.0.0/8"', fields, inside) is True
    assert truth('x in "::/0"', fields, inside) is False
    assert truth("x in nets", fields, inside) is True
    assert truth('x in ["10.1.2.3", "172.16.0.0/12"]', fields, inside) is True
    assert truth("x in nets", fields, {**inside, "nets": ["172.16.0.0/12", "x"]}) is None
    let = API + 'let hospital = ["10.0.0.0/8"]'
    assert truth("x in hospital", fields, inside, before=let) is True


def test_a_difference_errs_with_each_of_its_sets() -> None:
    fields = "s: set<user>  author: user"
    asked = "count(s - [author]) == 1"
    assert truth(asked, fields, {"s": ["ann", "bob", "bob"], "author": "ann"}) is True
    assert truth(asked, fields, {"s": ["ann", "bob", 1], "author": "ann"}) is None
    assert truth(asked, fields, {"s": ["ann", "bob"], "author": None}) is None
    own = "count(s - [token.sub]) == 2"
    client = {**CLAIMS, "sub": "web"}
    assert truth(own, fields, {"s": ["ann", "bob"], "author": "ann"}, claims=client) is True


def test_count_counts_a_list_as_it_is_and_a_set_by_value() -> None:
    assert truth("count(x) == 2", "x: list<decimal>", {"x": ["1.0", "1.00"]}) is True
    assert truth("count(x) == 1", "x: set<decimal>", {"x": ["1.0", "1.00"]}) is True
    assert truth("count(x) == 1", "x: list<{ a: int }>", {"x": [{}]}) is True
    assert truth("count(x) == 1", "x: list<{ a: int }>", {"x": [1]}) is None
    assert truth("count(x) == 0", "x: set<int>", {"x": range(0)}) is None
    assert truth("count(x) > 0", "x: list<int>", {"x": [0] * 100_001}) is None


# ---- time


@pytest.mark.parametrize(
    ("moment", "clock", "weekday"),
    [
        ("2026-03-29T00:59Z", "1h + 59m", "sun"),
        ("2026-03-29T01:00Z", "3h", "sun"),  # the clocks went forward
        ("2026-10-25T00:30Z", "2h + 30m", "sun"),
        ("2026-10-25T01:30Z", "2h + 30m", "sun"),  # the clocks went back
        ("2026-06-21T22:00Z", "0s", "mon"),
    ],
)
def test_clocks_and_weekdays_are_those_on_the_wall(moment: str, clock: str, weekday: str) -> None:
    now = datetime.fromisoformat(moment).timestamp()
    claims = {**CLAIMS, "exp": now + 60}
    assert truth(f'clock(now, "Europe/Berlin") == {clock}', now=now, claims=claims) is True
    assert truth(f'weekday(now, "Europe/Berlin") == "{weekday}"', now=now, claims=claims) is True


def test_days_are_in_order_and_no_calendar_reaches_forever() -> None:
    assert truth('weekday(now, "UTC") >= "sat"') is True
    assert truth('clock(forever, "UTC") >= 0s') is None
    east = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=1)))
    assert truth('clock(x, "UTC") >= 0s', "x: datetime", {"x": east}) is None


# ---- quantifiers


@pytest.mark.parametrize(
    ("condition", "elements", "expected"),
    [
        ("any e in x where e == 1", [1, "x"], True),
        ("any e in x where e == 1", [2, "x"], None),
        ("any e in x where e == 1", [2], False),
        ("any e in x where e == 1", [], False),
        ("any e in x where e == 1", None, None),
        ("any e in x where other or e == 1", ["x"], True),
        ("all e in x where e == 1", [1, "x"], None),
        ("all e in x where e == 1", [2, None], False),
        ("all e in x where e == 1", [], True),
        ("all e in x where other or e == 1", ["x"], True),
    ],
)
def test_an_element_in_error_spoils_only_what_needs_it(
    condition: str, elements: object, expected: object
) -> None:
    assert truth(condition, "x: list<int>  other: bool", {"x": elements, "other": True}) is expected


def test_a_quantifier_goes_over_the_keys_of_a_map() -> None:
    fields = "m: map<string, int>"
    assert truth("any k in m where m[k] > 1", fields, {"m": {"a": 1, "b": 2}}) is True
    assert truth("all k in m where m[k] > 1", fields, {"m": {"a": 2, "b": "x"}}) is None


# ---- needs


def layers(
    needs: str, resource: Mapping[str, object], claims: Mapping[str, object] | None = CLAIMS
) -> str:
    policy = f"resource Thing {{ public: bool\n action read {needs}\n permit read to anyone }}"
    verdict = ask(API + policy, resource, claims)
    return f"{verdict.token}, {verdict.scope}, {verdict.permission}: {verdict.allowed}"


def test_the_clauses_of_a_need_are_alternatives() -> None:
    needs = "needs nothing when public needs write:things"
    assert layers(needs, {"public": True}) == "passed, not needed, not needed: True"
    assert layers(needs, {"public": True}, None) == "not needed, not needed, not needed: True"
    assert layers(needs, {"public": False}) == "passed, failed, failed: False"
    assert layers(needs, {"public": False}, None) == "failed, failed, failed: False"
    assert layers(needs, {"public": 1}) == "passed, failed, error: False"
    needs = "needs read:things when public needs write:things"
    assert layers(needs, {"public": True}) == "passed, passed, passed: True"
    assert layers(needs, {"public": 1}) == "passed, failed, error: False"
    assert (
        layers(needs, {"public": True}, {**CLAIMS, "scope": "all:things"})
        == "passed, passed, passed: True"
    )


def test_entitled_asks_both_of_one_clause() -> None:
    policy = """resource Thing { public: bool
      action read needs nothing when public needs read:things when not public needs write:things
      permit read to entitled }"""
    reader = {**CLAIMS, "scope": "read:things write:things"}
    assert ask(API + policy, {"public": False}, reader).allowed
    assert not ask(API + policy, {"public": True}, reader).allowed
    # The application may only write, and the user only read.
    assert not ask(API + policy, {"public": False}, {**CLAIMS, "scope": "write:things"}).allowed


def test_granted_and_holds_are_two_questions() -> None:
    claims = {**CLAIMS, "scope": "write:things"}
    assert truth("granted(write:things)", claims=claims) is True
    assert truth("holds(write:things)", claims=claims) is False
    del claims["roles"]
    assert truth("holds(write:things)", claims=claims) is None
    assert truth("role_ or holds(write:things)", "role_: bool", {"role_": True}, claims=claims) is True


# ---- require, obligations, places


def required(claims: Mapping[str, object] | None, when: str = "") -> object:
    policy = f"""resource Thing {{ secret: bool
      action read needs nothing
      permit read to anyone
      require read acr "phr", "phrh" max_age 5m {when} }}"""
    verdict = ask(API + policy, {"secret": 1}, claims)
    ((_, truth),) = verdict.of("require")
    assert verdict.allowed is (truth is False)
    return truth


def test_a_challenge_is_met_for_sure_or_not_at_all() -> None:
    good = {**CLAIMS, "acr": "phrh", "auth_time": NOW - 300}
    assert required(good) is False
    assert required({**good, "auth_time": NOW - 300.000001}) is True
    assert required({**good, "auth_time": True}) is True
    assert required({**good, "acr": ["phr"]}) is True
    assert required({**good, "acr": "low"}) is True
    assert required(CLAIMS) is True
    assert required(None) is True
    assert required(good, "when secret") is False  # an error, and a challenge that is met
    assert required(CLAIMS, "when secret") is None
    assert required(CLAIMS, "unless secret") is None


def test_a_permit_does_not_permit_what_it_cannot_oblige() -> None:
    policy = """resource Thing { owner: user  tags?: set<string>
      action read needs nothing
      permit read to anyone when owner == token.sub oblige audit { who: owner, n: 1, b: [true, "x"] }
      permit read to anyone when has tags oblige audit { tags: tags } oblige notify
      forbid read when owner == "eve" oblige alarm { who: owner } }"""
    ours = (("b", (True, "x")), ("n", 1), ("who", User(ISSUER, "ann")))
    verdict = ask(API + policy, {"owner": "ann", "tags": ["a", 1]})
    assert [truth for _, truth in verdict.outcomes] == [True, None, False]
    assert verdict.obligations == (("audit", ours),)
    verdict = ask(API + policy, {"owner": "ann", "tags": ["a", "a"]})
    assert verdict.obligations == (
        ("audit", ours),
        ("audit", (("tags", frozenset({"a"})),)),
        ("notify", ()),
    )
    verdict = ask(API + policy, {"owner": "eve", "tags": ["a"]})
    assert verdict.obligations == (("alarm", (("who", User(ISSUER, "eve")),)),)


def test_rules_stand_where_they_say() -> None:
    policy = """
    api things { action list needs nothing  permit list to anyone  forbid any on Thing when hidden }
    forbid any unless context.ok
    forbid write, list on Thing
    resource Thing { hidden: bool  action read, write needs nothing  permit any to anyone }
    resource Other { action read needs nothing  permit any to anyone }
    context { ok: bool }
    """
    document = read(API + policy)

    def allowed(action: str, type_: str | None, *, hidden: bool = False, ok: bool = True) -> bool:
        verdict = interpret(
            document, None, action, type_, {"hidden": hidden}, context={"ok": ok}, now=NOW
        )
        return verdict.allowed

    assert allowed("read", "Thing")
    assert not allowed("read", "Thing", hidden=True)
    assert not allowed("write", "Thing")
    assert allowed("read", "Other", hidden=True)
    assert allowed("list", None)
    assert not any(
        allowed(a, t, ok=False) for a, t in (("read", "Other"), ("list", None), ("read", "Thing"))
    )


def test_who_is_named_does_not_permit_what_is_new() -> None:
    policy = """resource Thing { owner: user  action new read needs nothing
      permit read to owner  permit read to anyone when owner == token.sub  forbid read to owner }"""
    assert [truth for _, truth in ask(API + policy, {"owner": "ann"}).outcomes] == [False, True, True]


def test_parameters_and_data_are_read() -> None:
    policy = """data holidays: set<string> from "holidays.json"
    resource Thing { action read(day: string, kind?: string) needs nothing
      permit read to anyone when action.day in holidays and (action.kind ?? "x") == "x" }"""
    files = {"holidays.json": ["2026-12-25"]}
    assert ask(API + policy, parameters={"day": "2026-12-25"}, files=files).allowed
    assert not ask(API + policy, parameters={"day": "2026-12-24"}, files=files).allowed
    assert not ask(API + policy, files=files).allowed
