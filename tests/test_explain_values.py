"""What an explanation says of values: as policies write them, and why there is none."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from remit import Engine, VerifiedClaims
from remit.decider.showing import duration, instant, lapse
from tests.commands import remit

NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z
ONE, TWO = "https://one.example/", "https://two.example/"
HEAD = """
api a {
  audience "https://a.example/"
  issuer "https://one.example/" profile custom
  MORE
  scope s
  role r grants s
}
token { level: int  tags?: set<int>  grade?: "a" | "b"  place: { since: datetime } }
context { at?: datetime  assume at }
"""
CLAIMS: dict[str, object] = {
    "iss": ONE,
    "aud": "https://a.example/",
    "sub": "ann",
    "client_id": "app",
    "exp": NOW + 3600,
    "scope": "s",
    "roles": ["r"],
    "level": 1,
    "place": {"since": 1},
}


def traced(
    members: str,
    condition: str,
    held: object,
    *,
    more: str = "",
    claims: dict[str, object] | None = None,
    parameters: dict[str, object] | None = None,
) -> list[str]:
    """The lines of the trace of one permit."""
    engine = Engine.from_text(
        HEAD.replace("MORE", more)
        + f"""
resource X {{
  {members}
  action go(n: int, on?: bool) needs s
  permit go to anyone when {condition}
}}
""",
        clock=lambda: NOW,
    )
    said = {**CLAIMS, **(claims or {})}
    who = engine.principal(
        VerifiedClaims({name: each for name, each in said.items() if each is not None})
    )
    explanation = engine.explain(who, "go", ("X", held), parameters=parameters)
    [rule] = explanation.rules
    return [line.strip().partition(" ")[2].strip() for line in rule.step.lines()]


# ---- as policies write them


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0s"),
        (1_500, "1.5ms"),
        (2_000, "2ms"),
        (30 * 60_000_000, "30m"),
        (90 * 60_000_000, "90m"),
        (86_400_000_000, "1d"),
        (14 * 86_400_000_000, "2w"),
        (-3_600_000_000, "-1h"),
    ],
)
def test_a_duration_is_in_its_largest_unit(microseconds: int, text: str) -> None:
    assert duration(microseconds) == text


def test_a_lapse_has_all_its_units() -> None:
    assert lapse(90_061_000_000 + 5) == "1d 1h 1m 1s"
    assert lapse(999) == "0s"


def test_an_instant_has_its_zone_and_may_be_beyond_calendars() -> None:
    assert instant(0) == '"1970-01-01T00:00:00Z"'
    assert instant(2**62) == str(2**62)


def test_instants_and_durations_can_be_pasted_back() -> None:
    members = "born: datetime  age: duration  ages: set<duration>  times: list<datetime>"
    held = {
        "born": datetime(2026, 1, 1, 9, tzinfo=UTC),
        "age": timedelta(minutes=30),
        "ages": ["1h", timedelta(days=1)],
        "times": ["2026-01-01T00:00Z"],
    }
    assert traced(members, "now - 1d < born", held) == [
        'now ("2026-11-18T11:06:40Z") - 1d < born ("2026-01-01T09:00:00Z")'
    ]
    assert traced(members, "age <= 90m", held) == ["age (30m) <= 90m"]
    assert traced(members, "age in ages", held) == ["age (30m) in ages ([1h, 1d])"]
    assert traced(members, "age in [1h, 2d]", held) == ["age (30m) in [1h, 2d]"]
    assert traced(members, "born in times", held) == [
        'born ("2026-01-01T09:00:00Z") in times (["2026-01-01T00:00:00Z"])'
    ]


def test_a_long_set_is_cut() -> None:
    [line] = traced("b: set<string>", '"x" in b', {"b": [f"element {n}" for n in range(100)]})
    assert line.startswith("'x' in b (['element 0', ")
    assert line.endswith("…)")
    [line] = traced(
        "b: string", f"b in {[f'element {n}' for n in range(100)]}".replace("'", '"'), {"b": "x"}
    )
    assert line.endswith("…")


def test_a_map_of_data_stands_where_it_is_looked_up(tmp_path: Path) -> None:
    (tmp_path / "limits.json").write_text('{"de": 3}')
    (tmp_path / "p.remit").write_text(
        HEAD.replace("MORE", "")
        + """
data limits: map<string, int> from "limits.json"
resource X { b: string  action go needs s  permit go to anyone when (limits[b] ?? 0) > 2 }
"""
    )
    engine = Engine.load(tmp_path, clock=lambda: NOW)
    [rule] = engine.explain(engine.principal(VerifiedClaims(CLAIMS)), "go", ("X", {"b": "de"})).rules
    assert rule.step.text == "2 < {'de': 3}[b ('de')] (3) ?? 0"
    (tmp_path / "limits.json").write_bytes(orjson.dumps({f"{n:02}": n for n in range(99)}))
    engine = Engine.load(tmp_path, clock=lambda: NOW)
    [rule] = engine.explain(engine.principal(VerifiedClaims(CLAIMS)), "go", ("X", {"b": "07"})).rules
    assert rule.step.text == "2 < {'00': 0, '01': 1, '02': 2, '03': 3, '04…}[b ('07')] (7) ?? 0"


USERS = "owner: user  friends: set<user>  by: map<user, bool>  assume by"
MORE = 'issuer "https://two.example/" profile custom'


def test_a_user_is_named_with_its_issuer_where_there_are_several() -> None:
    ann, bob = {"iss": ONE, "sub": "ann"}, {"iss": TWO, "sub": "bob"}
    held: dict[str, Any] = {"owner": ann, "friends": [bob], "by": {(TWO, "bob"): True}}
    assert traced(USERS, "owner == token.sub", held, more=MORE) == [
        f"owner ('ann' of {ONE}) == token.sub ('ann' of {ONE})"
    ]
    assert traced(USERS, "owner in friends", held, more=MORE) == [
        f"owner ('ann' of {ONE}) in friends (['bob' of {TWO}])"
    ]
    assert traced(USERS, "owner in by", held, more=MORE) == [
        f"owner ('ann' of {ONE}) in by ({{'bob' of {TWO}: True}})"
    ]
    [line] = traced(USERS, "owner == token.sub", {**held, "owner": "ann"}, more=MORE)
    assert (
        "owner (error: a subject alone, where users are of several issuers: {iss, sub} names one)"
        in line
    )


# ---- why there is none

UNREAD: tuple[tuple[str, str, object, str], ...] = (
    ("int", "b > 3", ..., "missing"),
    ("int", "b > 3", None, "missing"),
    ("int", "b > 3", "4", "a text, where int is declared"),
    ("int", "b > 3", 4.0, "a float, where int is declared"),
    ("int", "b > 3", True, "a bool, where int is declared"),
    ("int", "b > 3", 2**63, "an int that is no int"),
    ("decimal", "b > 3.0", 3.5, "a float, where decimal is declared: a text or a Decimal is exact"),
    ("decimal", "b > 3.0", "3,5", "a text that is no decimal"),
    ("decimal", "b > 3.0", Decimal("NaN"), "a decimal that is no decimal"),
    ("string", 'b == "x"', 3, "an int, where string is declared"),
    ("bool", "b", "yes", "a text, where bool is declared"),
    ("datetime", "b < now", datetime(2026, 1, 1), "a datetime without a time zone"),  # noqa: DTZ001
    ("datetime", "b < now", "2026-01-01T00:00", "an instant without a time zone"),
    ("datetime", "b < now", "soon", "a text that is no datetime"),
    ("datetime", "b < now", date(2026, 1, 1), "a date, where datetime is declared"),
    ("datetime", "b < now", 1_795_000_000, "an int, where datetime is declared"),
    ("duration", "b < 3h", "3 hours", "a text that is no duration"),
    ("duration", "b < 3h", 3, "an int, where duration is declared"),
    ("ip", 'b in "10.0.0.0/8"', "10.0.0", "a text that is no ip"),
    ("ip", 'b in "10.0.0.0/8"', ipaddress.ip_network("10.0.0.0/8"), "a cidr, where ip is declared"),
    ("zone", "clock(now, b) > 3h", "Mars", "b: a text that is no zone"),
    ("uuid", 'b == "9b2c8a4e-0000-4000-8000-0123456789ab"', "9b2c", "a text that is no uuid"),
    ("string", 'b == "x"', UUID(int=1), "a uuid, where string is declared"),
    ('"x" | "y"', 'b == "x"', "z", "'z', none of x | y"),
    ('"x" | "y"', 'b == "x"', 3, 'an int, where "x" | "y" is declared'),
    ("user", "b == token.sub", Path("x"), "a PosixPath, where user is declared"),
    ("{ n: int }", "b.n > 3", [1], "b: a list, where { n: int } is declared"),
    ("{ n: int }", "b.n > 3", {}, "missing"),
    ("{ n: int }", "b.n > 3", {"n": "4"}, "a text, where int is declared"),
    ("map<string, int>", '"x" in b and (b["x"] ?? 0) > 3', {"x": "4"}, "a text, where int is declared"),
    (
        "map<string, int>",
        '"x" in b and (b["x"] ?? 0) > 3',
        [1],
        "a list, where map<string, int> is declared",
    ),
    ("set<int>", "3 in b", "3", "a text, where set<int> is declared"),
    ("set<int>", "3 in b", [1, "2"], "an element is a text, where int is declared"),
    ("set<int>", "3 in b", [1, None], "an element is missing"),
    ("set<int>", "count(b) > 3", [1, "2"], "b: an element is a text, where int is declared"),
    ("list<{ n: int }>", "any l in b where l.n > 3", [{"n": "2"}], "a text, where int is declared"),
    ("list<int>", "any l in b where l > 3", ["2"], "no int"),
    ("int", "b + b > 3", "2", "a text, where int is declared"),
    ("int", "length(c) + b > 3", "2", "a text, where int is declared"),
    ("string", "length(b) > 3", 2, "b: an int, where string is declared"),
    ("zone", "clock(now + 2h, b) > 3h", 2, "b: an int, where zone is declared"),
    ("duration", 'clock(now + b, "UTC") > 3h', 2, "b: an int, where duration is declared"),
    ("map<string, int>", "(b[b2] ?? 0) > 3", {"x": 1}, "b2: an int, where string is declared"),
)


@pytest.mark.parametrize(("type_", "condition", "value", "reason"), UNREAD)
def test_an_error_says_what_is_wrong_with_what_was_handed_in(
    type_: str, condition: str, value: object, reason: str
) -> None:
    held: dict[str, object] = {"c": "abc"} if value is ... else {"b": value, "c": "abc"}
    lines = traced(f"b: {type_}  b2: string  c: string", condition, {**held, "b2": 2})
    assert any(f"error: {reason})" in line for line in lines), lines


def test_what_nobody_handed_over_is_told() -> None:
    assert traced("b: int", "action.n > 3", {}) == ["3 < action.n (error: not handed over)"]
    [line] = traced("b: int", "action.n > 3", {}, parameters={"n": "4"})
    assert "action.n (error: a text, where int is declared)" in line


def test_a_claim_is_told_by_what_it_should_be() -> None:
    def said(condition: str, **claims: object) -> str:
        return "\n".join(traced("b: int", condition, {"b": 1}, claims=claims))

    assert "token.level (error: missing, or no int)" in said("token.level > 3", level="4")
    assert "token.tags (error: no set<int>)" in said("has token.tags and 3 in token.tags", tags="4")
    assert "token.grade (error: none of a | b)" in said(
        'has token.grade and token.grade == "a"', grade="c"
    )
    assert "token.place.since (error: missing)" in said("token.place.since < now", place={})


class Broken:
    """A record of a service whose property fails."""

    @property
    def n(self) -> int:
        """Fail."""
        raise RuntimeError


def test_what_could_not_be_read_is_told() -> None:
    [line] = traced("b: { n: int }", "b.n > 3", {"b": Broken()})
    assert "b.n (error: it could not be read)" in line


OF_CALLER = (
    (
        "by[token.sub] ?? false",
        "] (error: token.sub: the token does not say whether it is of a user) ?? False",
    ),
    ("token.sub == b", "token.sub (error: the token does not say whether it is of a user)"),
    ('token.kind == "user"', "token.kind (error: the token does not say whether it is of a user)"),
    ('token.client == "app"', "token.client (error: the token names no client)"),
)


@pytest.mark.parametrize(("condition", "text"), OF_CALLER)
def test_what_a_token_leaves_open_of_its_caller_is_told(condition: str, text: str) -> None:
    lines = traced(
        "b: user  by: map<user, bool>", condition, {"b": "ann", "by": {}}, claims={"client_id": None}
    )
    assert any(text in line for line in lines), lines


def roles_unknown(subjects: str) -> Iterator[str]:
    engine = Engine.from_text(
        HEAD.replace("MORE", subjects if subjects == "client job" else "")
        + f"action go needs s  permit go to {subjects}".join(("resource X {", "}")),
        clock=lambda: NOW,
    )
    claims = {name: value for name, value in CLAIMS.items() if name not in {"roles", "client_id"}}
    for each in engine.explain(engine.principal(VerifiedClaims(claims)), "go", ("X", {})).rules:
        yield from each.step.lines()


@pytest.mark.parametrize(
    ("subjects", "what"),
    [
        ("role r", "role r (error: nobody says which roles the caller has)"),
        ("entitled", "entitled (error: nobody says what the caller may do)"),
        ("anyone when holds(s)", "holds what is asked for (error: nobody says what the caller may do)"),
        ("client job", "client job (error: nobody says whether the caller is a client)"),
    ],
)
def test_what_nobody_says_of_a_caller_is_told(subjects: str, what: str) -> None:
    assert any(what in line for line in roles_unknown(subjects))


# ---- names that the policy does not know


def files(tmp_path: Path, **content: object) -> list[str]:
    told: list[str] = []
    for name, each in content.items():
        file = tmp_path / f"{name}.json"
        file.write_bytes(orjson.dumps(each))
        told += [f"--{name}", str(file)]
    return told


def asked(tmp_path: Path, command: str, **content: object) -> str:
    policy = tmp_path / "p.remit"
    policy.write_text(
        HEAD.replace("MORE", "")
        + "resource X { owner: user  action go(amount: int) needs s"
        + "  permit go to owner when action.amount < 3 }"
    )
    claims = CLAIMS | {"exp": 2**40}
    return remit(command, policy, "--action", "go", *files(tmp_path, token=claims, **content)).stderr


@pytest.mark.parametrize("command", ["decide", "explain"])
def test_names_that_the_policy_does_not_declare_are_noted(command: str, tmp_path: Path) -> None:
    thing = {"type": "X", "attributes": {"ownr": "ann", "colour": "red"}}
    said = asked(
        tmp_path, command, resource=thing, context={"att": 1}, parameters={"amout": 1, "zzz": 2}
    )
    assert said.splitlines() == [
        "note: `go` has no parameter `amout`: did you mean `amount`?",
        "note: `go` has no parameter `zzz`",
        "note: the context has no `att`: did you mean `at`?",
        "note: X has no attribute `ownr`: did you mean `owner`?",
    ]


def test_a_request_of_declared_names_is_not_noted(tmp_path: Path) -> None:
    thing = {"type": "X", "attributes": {"owner": "ann", "ownr": "bob"}}
    assert asked(tmp_path, "decide", resource=thing, parameters={"amount": 1}) == ""


# ---- what would change it


def explained(tmp_path: Path, rest: str, claims: dict[str, object], *more: str | Path) -> str:
    policy = tmp_path / "p.remit"
    policy.write_text(HEAD.replace("MORE", "scope t").replace("scope s\n  role r grants s\n", rest))
    file = tmp_path / "t.json"
    said = {**CLAIMS, "exp": 2**40, **claims}
    file.write_bytes(orjson.dumps({name: each for name, each in said.items() if each is not None}))
    return remit("explain", policy, "--action", "go", "--token", file, *more).stdout


CLIENTS = """
  scope s
  role r grants {*}
  client app grants s
  client open
  action go needs t
  permit go to entitled
"""


def test_scopes_above_the_ceiling_of_a_client_are_told(tmp_path: Path) -> None:
    told = explained(tmp_path, CLIENTS, {"scope": "s t other"})
    assert "  `t` of the token: above what the policy grants its client `app`\n" in told
    told = explained(tmp_path, CLIENTS, {"scope": "s", "client_id": "nope"})
    assert "  the client `nope` is not declared, so it is not granted `s`\n" in told
    told = explained(tmp_path, CLIENTS, {"scope": "t", "client_id": None})
    assert "  the token names no client, so it is not granted `t`\n" in told


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "s"},
        {"scope": 3},
        {"scope": "other"},
        {"scope": "t", "client_id": "open"},
        {"scope": "t", "iss": "https://else/"},
    ],
)
def test_of_scopes_that_a_client_may_have_nothing_is_told(
    claims: dict[str, object], tmp_path: Path
) -> None:
    told = explained(tmp_path, CLIENTS, claims)
    assert "`t`" not in told
    assert "granted `" not in told


def test_the_ceiling_is_on_the_page_and_in_the_json(tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    explained(tmp_path, CLIENTS, {"scope": "s t"}, "--html", page)
    assert "<code>t</code> of the token: above what the policy grants" in page.read_text()
    told = explained(tmp_path, CLIENTS, {"scope": "s t"}, "--json")
    assert orjson.loads(told)["ceiling"].startswith("`t` of the token")


NET = """
  scope s
  role r grants s
  action go needs s
  permit go to entitled
  forbid go unless has context.ip and context.ip in "10.0.0.0/8" because "net"
"""


def test_what_another_change_brings_about_is_no_longer_untried(tmp_path: Path) -> None:
    told = explained(tmp_path, f"{NET}}}\ncontext {{ ip?: ip", {})
    assert "- set `context.ip` to an address in 10.0.0.0/8" in told
    assert "no change is known" not in told


def test_of_what_nothing_changes_it_is_said(tmp_path: Path) -> None:
    told = explained(tmp_path, "scope s  action go needs nothing  forbid go", {})
    assert "no change of at most three things is known that would change it\n" in told
    assert "what would change it:" not in told


def test_the_time_of_a_token_in_force_is_not_proposed(tmp_path: Path) -> None:
    policy = tmp_path / "p.remit"
    explained(tmp_path, "scope s  action go needs s  permit go to entitled", {})
    told = remit("explain", policy, "--action", "gone", "--token", tmp_path / "t.json")
    assert "no such action" in told.stdout
    assert "--at" not in told.stdout
