"""The examples that `remit mutate` shows: for each type, for each issuer's claims, and where none is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from remit import Engine
from remit.decider.reading import read_set
from remit.diagnostics import Code
from remit.tools.mutating.instants import Instants
from remit.tools.mutating.mutants import mutants
from remit.tools.mutating.trying import SURVIVED, UNTESTED, End, Mutating
from remit.tools.testing import running
from remit.tools.testing.written import document_of
from tests.commands import remit

OK, DENIED = 0, 1
NOTHING: frozenset[Code] = frozenset()
HEAD = """
api a {
  audience "https://a.example/"
  issuer "https://i.example/" profile PROFILE
  scope s, t
  role r grants s
  role q grants t
}
"""


def ends(policy: Path, operator: str, *said: str, warned: frozenset[Code] = NOTHING) -> list[End]:
    """What becomes of the mutants by one operator of the rules that say something."""
    reading = read_set(policy)
    assert {each.code for each in reading.findings} == warned
    document = document_of(reading.sources)
    mutating = Mutating(document)
    made = [each for each in mutants(document) if each.operator == operator]
    return [mutating.end(each) for each in made if all(text in each.diff()[0] for text in said)]


def check_pasted(
    policy: Path, test: str, expectations: list[str], warned: frozenset[Code] = NOTHING
) -> None:
    """What is pasted into the test is taken without another word, and holds."""
    before = read_set(policy).findings
    policy.write_text(policy.read_text().replace(test, "\n  ".join((test, *expectations))))
    reading = read_set(policy)
    assert reading.checked is not None
    assert {each.code for each in reading.findings} == warned
    assert len(reading.findings) == len(before)
    results = running.run(Engine.load(policy), reading.checked)
    assert [(each.text, each.problem) for each in results if each.problem] == []


# ---- by type

TYPES = (
    ("b: { c: { d: bool } }", "b: { c: { d: false } }", "b.c.d"),
    ("b: { n: int }", "b: { n: 3 }", "b.n > 7"),
    ("b: { by: user }", 'b: { by: "eve" }', "b.by == token.sub"),
    ("b: { on?: bool, n: int }", "b: { on: true, n: 1 }", "not has b.on"),
    ("b: { on?: bool, n: int } assume b", "b: { n: 1 }", "has b.on and b.on"),
    ("b: { c: bool, d: bool }", "b: { c: false, d: false }", "b.c and b.d"),
    ("b: ip", 'b: "192.0.2.1"', 'b in "10.0.0.0/8"'),
    ("b: ip", 'b: "10.0.0.1"', 'b not in "10.0.0.0/8"'),
    ("b: ip", 'b: "::1"', 'b not in "::/0" or b == "2001:db8::1"'),
    ("b: cidr", 'b: "10.0.0.0/8"', 'b == "10.1.0.0/16"'),
    ("b: zone", 'b: "UTC"', "clock(now, b) > 0h"),
    (
        "b: uuid",
        'b: "00000000-0000-0000-0000-000000000000"',
        'b == "9b2c8a4e-0000-4000-8000-0123456789ab"',
    ),
    ("b: client", 'b: "app"', 'b == "batch"'),
    ("b: client", 'b: "app"', "b == token.client"),
    ("b: datetime", 'b: "2020-01-01T00:00Z"', 'b == "2021-05-01T00:00Z"'),
    ("b: duration", "b: 1h", "b > 30d"),
    ("b: duration, c: duration", "b: 1h, c: 2h", "b > c"),
    ("b: int, c: int", "b: 1, c: 200", "b > c"),
    ("b: decimal", "b: 8", "b * 1.25 > 10.00"),
    ("b: string", 'b: "x"', 'b like "/public/*.html"'),
    ("b: string", 'b: "x"', "b in banned"),
    ("b: string", 'b: "x"', "length(b) > 12"),
    ("b: string", 'b: "x"', "by[b] ?? false"),
    ("b: bool", "b: false", 'clock(now, "Europe/Berlin") < 30m'),
    ("b: bool", "b: false", 'weekday(now, "UTC") in ["sat", "sun"]'),
    ("b: bool", "b: false", 'date(now, "Asia/Tokyo") in frozen'),
    ("b: list<{ n: int, by: user }>", "b: []", "any l in b where l.n > 3"),
    (
        "b: list<{ n: int, by: user }>",
        'b: [{ n: 3, by: "bob" }]',
        "any l in b where l.n > 3 and l.by == token.sub",
    ),
    ("b: list<int>", "b: [1]", "count(b) > 1"),
    ("b: set<user>", "b: []", "token.sub in b"),
    ('b: set<"x" | "y">', 'b: ["x"]', '"x" in b and "y" in b'),
    ("b: map<string, bool> assume b", "b: {}", 'b["k"] ?? false'),
    ("b: map<string, int> assume b", "b: { k: 1 }", '(b["k"] ?? 0) > 4'),
    ("b: map<user, { n: int }>", "b: {}", "token.sub in b"),
)


@pytest.mark.parametrize(("members", "values", "condition"), TYPES)
def test_a_forbid_that_no_test_meets_is_told_with_a_request_that_does(
    members: str, values: str, condition: str, tmp_path: Path
) -> None:
    policy, test = tmp_path / "p.remit", "ann may go x"
    (tmp_path / "by.json").write_bytes(orjson.dumps({"yes": True, "no": False}))
    policy.write_text(
        HEAD.replace("PROFILE", "rfc9068")
        + f"""
let banned: set<string> = ["rose", "thorn"]
let frozen: set<string> = ["2026-12-24"]
data by: map<string, bool> from "by.json"
resource X {{
  {members.replace(", c:", "  c:") if "{" not in members else members}
  action go needs s
  permit go to entitled
  forbid go when {condition} because "no"
}}
test "t" {{
  token ann {{ scope: "s", roles: ["r"] }}
  resource x: X {{ {values} }}
  {test}
}}
"""
    )
    [end] = ends(policy, "drop-rule", "forbid")
    assert end.fate == SURVIVED
    assert end.witness is not None
    check_pasted(policy, test, [end.witness.expectation])


# ---- by issuer

SAID = {
    "auth0": 'scope: "s", roles: ["r"]',
    "rfc9068": 'scope: "s", roles: ["r"]',
    "custom": 'scope: "s", roles: ["r"]',
    "custom { scope from x.allowed roles from x.groups subject from uid }": (
        'x: { allowed: "s", groups: ["r"] }, uid: "ann"'
    ),
    "okta": 'scp: ["s"], groups: ["r"], uid: "ann"',
    "entra": 'scp: "s", roles: ["r"], oid: "ann"',
    "keycloak": 'scope: "s", realm_access: { roles: ["r"] }',
    "cognito": 'scope: "s", `cognito:groups`: ["r"], username: "ann"',
}


def of_issuer(policy: Path, profile: str) -> str:
    """A policy whose test, whose last line is returned, notices little."""
    test = "ann may refund x (amount: 1)"
    policy.write_text(
        HEAD.replace("PROFILE", profile)
        + f"""
resource X {{
  owner: user  seller: user
  action refund(amount: int) needs s
  action read needs s
  action show needs t
  permit refund to entitled when action.amount < 5
  permit read to owner, seller
  permit show to entitled
}}
test "t" {{
  token ann {{ {SAID[profile]} }}
  resource x: X {{ owner: "ann", seller: "bob" }}
  {test}
}}
"""
    )
    return test


@pytest.mark.parametrize("profile", SAID)
def test_an_example_says_what_a_caller_may_do_where_its_issuer_does(
    profile: str, tmp_path: Path
) -> None:
    policy = tmp_path / "p.remit"
    test = of_issuer(policy, profile)
    found = [
        *ends(policy, "drop-rule", "permit show"),
        *ends(policy, "drop-disjunct", "permit read"),
        *ends(policy, "widen-scope", "action read"),
        *ends(policy, "add-role", "permit read"),
        *ends(policy, "drop-scope", "role q"),
    ]
    shown = [end.witness.expectation for end in found if end.witness is not None]
    assert [end.fate for end in found] == [SURVIVED] * len(found)
    check_pasted(policy, test, shown)


def test_an_example_for_another_action_has_that_actions_parameters(tmp_path: Path) -> None:
    policy = tmp_path / "p.remit"
    of_issuer(policy, "rfc9068")
    text = policy.read_text()
    for (end,) in (
        ends(policy, "drop-rule", "permit read"),
        (policy.write_text(text.replace("refund x (amount: 1)", "read x")), ends(policy, "drop-when"))[
            1
        ],
    ):
        assert end.witness is not None
        assert ("(amount:" in end.witness.expectation) is ("refund" in end.witness.expectation)


GO_AND_GONE = """
  action go needs s
  action gone needs t
  permit go to entitled
  permit gone to entitled
  role q"""


def test_an_application_of_entra_has_its_scopes_where_users_have_roles(tmp_path: Path) -> None:
    policy, test = tmp_path / "p.remit", "job may go"
    policy.write_text(
        HEAD.replace("PROFILE", "entra").replace("role q", GO_AND_GONE)
        + f"""
test "t" {{
  token job {{ sub: "7", oid: "7", idtyp: "app", azp: "app", roles: ["s"] }}
  {test}
}}
"""
    )
    [end] = ends(policy, "drop-rule", "permit gone")
    assert end.witness is not None
    assert end.witness.expectation == 'job may gone with job { roles: ["t"] }'
    check_pasted(policy, test, [end.witness.expectation])


CLIENTS = """
  role q grants t
  client app grants {*}
  client batch grants {*}
  action tidy needs s
  permit tidy to client batch
"""


def test_what_is_for_a_client_is_asked_by_it_and_for_the_api_without_a_resource(tmp_path: Path) -> None:
    policy, test = tmp_path / "p.remit", "ann may go x with x { b: false }"
    policy.write_text(
        HEAD.replace("PROFILE", "rfc9068").replace("role q grants t\n", CLIENTS)
        + f"""
resource X {{ b: bool  action go needs s  permit go to entitled }}
resource Y {{ b: bool  action seek needs s  permit seek to role q when b }}
test "t" {{
  token ann {{ scope: "s", roles: ["r"], client_id: "app" }}
  resource x: X {{ b: true }}
  resource y: Y {{ b: true }}
  {test}
}}
"""
    )
    found = [
        *ends(policy, "drop-rule", "permit tidy to client batch"),
        *ends(policy, "drop-rule", "permit seek"),
    ]
    shown = [end.witness.expectation for end in found if end.witness is not None]
    assert shown == [
        'ann may tidy with ann { sub: "batch", client_id: "batch" }',
        'ann may seek y with ann { roles: ["q"] }',
    ]
    check_pasted(policy, test, shown)


def test_users_of_several_issuers_are_named_with_theirs(tmp_path: Path) -> None:
    policy, test = tmp_path / "p.remit", "ann may not go x"
    policy.write_text(
        HEAD.replace("PROFILE", 'rfc9068  issuer "https://j.example/" profile rfc9068')
        + f"""
resource X {{ owner: user  action go needs s  permit go to owner }}
test "t" {{
  token ann {{ scope: "s", roles: ["r"] }}
  resource x: X {{ owner: {{ iss: "https://j.example/", sub: "ann" }} }}
  {test}
}}
"""
    )
    [end] = ends(policy, "drop-rule", "permit")
    assert end.witness is not None
    check_pasted(policy, test, [end.witness.expectation])


def test_what_a_test_writes_in_another_type_stands_in_nobodys_way(tmp_path: Path) -> None:
    policy, test = tmp_path / "p.remit", "ann may go x"
    policy.write_text(
        HEAD.replace("PROFILE", "rfc9068")
        + f"""
resource X {{
  b: list<int>  c: {{ n: int }}
  action go needs s
  action gone(by: client) needs s
  permit go, gone to entitled
  forbid gone when any n in b where n > 3 because "no"
}}
test "t" {{
  token ann {{ scope: "s", roles: ["r"] }}
  resource x: X {{ b: 3, c: [1] }}
  {test}
}}
"""
    )
    warned = frozenset({Code.ILL_TYPED_VALUE})
    [end] = ends(policy, "drop-rule", "forbid", warned=warned)
    assert end.witness is not None
    check_pasted(policy, test, [end.witness.expectation], warned)


def test_instants_go_as_far_as_calendars_do() -> None:
    first, last = -62_135_596_800.0, 253_402_300_799.0
    instants = Instants(
        (last, 1e13), (3600.0,), ("Asia/Tokyo", "America/New_York"), ("9999-12-31", "2026-13-01")
    )
    for now in (first, 0.0, last, 1e13):
        near = [*instants.near(now)]
        assert len(near) > 10
        assert all(each.tzinfo is UTC for each in near)
    midnight = datetime(1970, 1, 1, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert {midnight, midnight - timedelta(seconds=1)} <= {*instants.near(0.0)}


# ---- none

HARD = """role q grants t
action go needs s
permit go to entitled
forbid go when token.sub == "0123456789" and context.a + context.b + context.c == 12345 because "no"
"""


def hard(tmp_path: Path, *more: str) -> Path:
    policy = tmp_path / "p.remit"
    policy.write_text(
        HEAD.replace("PROFILE", "rfc9068").replace("role q grants t\n", HARD)
        + f"""
context {{ a: int  b: int  c: int }}
test "t" {{
  token ann {{ scope: "s", roles: ["r"] }}
  context {{ a: 1, b: 1, c: 1 }}
  ann may go
  ann may not go with ann {{ scope: "" }} missing s
  {"".join(more)}
}}
"""
    )
    return policy


def test_a_rule_that_no_test_meets_counts_although_no_example_is_found(tmp_path: Path) -> None:
    policy = hard(tmp_path)
    done = remit("mutate", policy, "--fail-under", "100")
    assert done.returncode == DENIED
    line = 1 + policy.read_text().partition("forbid")[0].count("\n")
    assert f"{policy}:{line}: untested, no example found: drop-rule\n" in done.stdout
    assert " 1 untested, " in done.stdout
    told = orjson.loads(remit("mutate", policy, "--json").stdout)
    assert told["untested"] == 1
    assert told["score"] < 100
    [untested] = [each for each in told["survivors"] if each["fate"] == UNTESTED]
    assert (untested["operator"], untested["expectation"]) == ("drop-rule", None)


def test_a_rule_that_applied_in_a_test_is_not_untested(tmp_path: Path) -> None:
    met = 'ann may not go with ann { sub: "0123456789", scope: "" } with context { a: 12343 } missing s'
    policy = hard(tmp_path, met)
    told = orjson.loads(remit("mutate", policy, "--json").stdout)
    assert told["untested"] == 0
    assert " untested" not in remit("mutate", policy).stdout
