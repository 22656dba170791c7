"""Mutants of a policy: what is changed, what the tests notice, and what would make them notice."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.decider.reading import read_set
from remit.spans import Source
from remit.syntax.parser import parse
from remit.tools.mutating.mutants import OPERATORS, mutants
from remit.tools.mutating.witnesses import Search
from remit.tools.testing.written import document_of
from tests.commands import remit

OK, DENIED, BAD_INPUT = 0, 1, 2

HEAD = """
api a {
  audience "https://a"
  issuer "https://i/" profile auth0
  scope s, t
  role r grants s
  role q extends r
}
"""
POLICY = (
    HEAD
    + """
token { level: int = 0 }
context { fee: decimal  age: duration  ip?: ip  assume ip }
resource R {
  a: bool
  n: int
  kind: "x" | "y" | "z"
  owner: user
  friends: set<user>
  days: set<"mon" < "tue">
  list: list<int>
  by: map<string, int>
  action read needs s
  action other(amount: int) needs s
  RULES
}
test "t" {
  token ann { scope: "s", roles: ["r"] }
  token bob { sub: "b", scope: "s", roles: [] }
  resource x: R {
    a: true, n: 3, kind: "x", owner: "eve", friends: [], days: [], list: [], by: {}
  }
  resource y: R {
    a: false, n: 3, kind: "y", owner: "eve", friends: [], days: [], list: [], by: {}
  }
  context { fee: 1.0, age: "1m" }
  TESTS
}
"""
)


def changes(statement: str) -> list[tuple[str, list[str]]]:
    document, problems = parse(Source("p.remit", HEAD + f"resource R {{ a: bool\n{statement}\n}}"))
    assert not problems
    made = (each for each in mutants(document) if each.span.start >= len(HEAD))
    return [(each.operator, [line[2:] for line in each.diff() if line.startswith("+")]) for each in made]


@pytest.mark.parametrize(
    ("statement", "operator", "expected"),
    [
        ("permit read to entitled when a", "negate", ["permit read to entitled when not a"]),
        ("permit read to entitled when not a", "negate", ["permit read to entitled when a"]),
        ("permit read to owner unless a == b", "negate", ["permit read to owner unless a != b"]),
        ("permit read to owner when a != b", "negate", ["permit read to owner when a == b"]),
        ("permit read to owner when a in b", "negate", ["permit read to owner when a not in b"]),
        (
            "permit read to owner when any p in c where p",
            "negate",
            ["permit read to owner when any p in c where not p"],
        ),
        ("relation near when a", "negate", ["relation near when not a"]),
        ("action see needs s when a", "negate", ["action see needs s when not a"]),
        ("permit read to owner when a and b", "drop-conjunct", ["permit read to owner when b"]),
        (
            "permit read to owner when a and b and c",
            "drop-conjunct",
            ["permit read to owner when b and c"],
        ),
        ("permit read to owner and entitled", "drop-conjunct", ["permit read to entitled"]),
        ("permit read to owner when a or b", "drop-disjunct", ["permit read to owner when b"]),
        ("permit read to owner, entitled", "drop-disjunct", ["permit read to entitled"]),
        ("permit read to owner when a < b", "swap-comparison", ["permit read to owner when a <= b"]),
        ("permit read to owner when a >= b", "swap-comparison", ["permit read to owner when a > b"]),
        ("action see needs s", "widen-scope", ["action see needs s or t"]),
        ("action see needs s and t", "drop-scope", ["action see needs t"]),
        ("action see needs s or t", "drop-scope", ["action see needs t"]),
        ("action see needs nothing when a needs s", "negate", ["  needs nothing when not a"]),
        ("permit read to role r", "add-role", ["permit read to role r, role q"]),
        ("permit read to role r, owner", "drop-role", ["permit read to owner"]),
        ("permit read to owner", "swap-effect", ["forbid read to owner"]),
        ("forbid read when a", "swap-effect", ["permit read to anyone when a"]),
        ("permit read to owner", "drop-rule", []),
        ("permit read to owner when a", "drop-when", ["permit read to owner"]),
        ("permit read to owner unless a", "drop-unless", ["permit read to owner"]),
        ("permit read to owner when a < 3", "shift-constant", ["permit read to owner when a < 2"]),
        ("permit read to owner when a < 1.5", "shift-constant", ["permit read to owner when a < 0.5"]),
        ("require read max_age 2s", "shift-constant", ["require read max_age 1s"]),
    ],
)
def test_each_operator_changes_one_thing(statement: str, operator: str, expected: list[str]) -> None:
    assert (operator, expected) in changes(statement)
    assert operator in OPERATORS


def test_roles_lose_and_gain_a_scope_and_lose_what_they_extend() -> None:
    document, _ = parse(Source("p.remit", HEAD))
    made = {(each.operator, tuple(each.diff())) for each in mutants(document)}
    assert made == {
        ("drop-scope", ("- role r grants s", "+ role r")),
        ("widen-scope", ("- role r grants s", "+ role r grants s, t")),
        ("drop-role", ("- role q extends r", "+ role q")),
        ("widen-scope", ("- role q extends r", "+ role q extends r grants s")),
    }


def test_what_holds_nothing_to_change_is_left_alone() -> None:
    assert {operator for operator, _ in changes("permit read to anyone")} == {"drop-rule", "swap-effect"}


def test_a_rule_at_file_level_is_changed_too() -> None:
    document, _ = parse(Source("p.remit", HEAD + "forbid any when token.bad"))
    assert {each.operator for each in mutants(document) if each.span.start >= len(HEAD)} == {
        *("drop-rule", "drop-when", "negate", "swap-effect")
    }


def written(tmp_path: Path, rules: str, *tests: str) -> Path:
    policy = tmp_path / "p.remit"
    policy.write_text(POLICY.replace("RULES", rules).replace("TESTS", "\n  ".join(tests)))
    return policy


def survivors(policy: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(remit("mutate", policy, "--json").stdout)["survivors"]
    return found


def test_what_the_tests_notice_is_killed_and_the_rest_is_told_with_what_would(tmp_path: Path) -> None:
    policy = written(
        tmp_path, "permit read to anyone when a and n > 2", "ann may read x", "ann may not read y"
    )
    done = remit("mutate", policy)
    assert done.returncode == OK
    line = 1 + POLICY[: POLICY.index("RULES")].count("\n")
    lines = done.stdout.splitlines()
    place = lines.index(f"{policy}:{line}: survived: drop-conjunct")
    assert lines[place + 1 : place + 5] == [
        "  - permit read to anyone when a and n > 2",
        "  + permit read to anyone when a",
        '  would be killed, in test "t", by',
        "    ann may not read x with x { n: -1 }",
    ]
    assert "refused; score" in lines[-1]


IP = 'ann may not read y with context { ip: "10.0.0.1" }'
BY = "ann may read x with x { by: { k: 0 } }"
CASES = (
    ("permit read to anyone when a and n > 2", ("ann may read x", "ann may not read y")),
    ("permit read to entitled, owner", ("ann may read x", "bob may not read x missing role r")),
    (
        'permit read to entitled when kind == "x" or kind == "z"',
        ("ann may read x", "ann may not read y"),
    ),
    ('permit read to entitled when now > "2025-12-31T23:00Z"', ("ann may read x",)),
    ("permit read to friends when context.age < 5m and context.fee < 2.0", ("ann may not read x",)),
    ("permit read to anyone when has context.ip and a", ("ann may not read x", IP)),
    ('permit read to anyone when "mon" in days or count(list) > 0', ("ann may not read x",)),
    ("permit other to anyone when action.amount < 5", ("ann may other x (amount: 1)",)),
    ('permit read to anyone when "k" in by and (by["k"] ?? 2) < 1', (BY, "ann may not read x")),
    ('permit read to anyone  require read acr "m" unless a', ("ann may read x",)),
)


@pytest.mark.parametrize(("rules", "tests"), CASES)
def test_a_witness_pasted_into_the_test_holds_and_kills_the_mutant(
    tmp_path: Path, rules: str, tests: tuple[str, ...]
) -> None:
    policy = written(tmp_path, rules, *tests)
    before = survivors(policy)
    alive = [each for each in before if each["expectation"]]
    assert alive
    pasted = written(tmp_path, rules, *tests, *(each["expectation"] for each in alive))
    done = remit("test", pasted)
    assert (done.returncode, done.stderr) == (OK, "")
    after = [(each["operator"], each["diff"]) for each in survivors(pasted)]
    assert not [each for each in alive if (each["operator"], each["diff"]) in after]


def test_a_mutant_that_means_the_same_is_listed_apart(tmp_path: Path) -> None:
    # `a and a` says no more than `a`.
    rules = "permit read to anyone when a and a"
    found = survivors(written(tmp_path, rules, "ann may read x", "ann may not read y"))
    same = [each for each in found if each["operator"] == "drop-conjunct"]
    assert same
    assert all(each["expectation"] is None for each in same)
    assert same[0]["what"] == "an operand of `and` is left out"
    out = remit("mutate", tmp_path / "p.remit").stdout
    assert ": no witness found: drop-conjunct" in out


def test_a_mutant_that_the_checker_refuses_counts_for_nothing(tmp_path: Path) -> None:
    # Without `has`, what may be absent is read unguarded.
    rules = 'permit read to anyone when has context.ip and context.ip == "10.0.0.1"'
    policy = written(tmp_path, rules, "ann may not read x")
    told = orjson.loads(remit("mutate", policy, "--json").stdout)
    assert told["refused"] >= 1
    whole = told["killed"] + told["survived"] + told["no_witness"] + told["refused"]
    assert told["mutants"] == whole
    assert told["score"] == 100 * told["killed"] / (told["killed"] + told["survived"])


def test_a_mutant_in_which_two_rules_are_one_is_tried_as_any_other(tmp_path: Path) -> None:
    rules = "permit read to owner  permit read to anyone when a"
    assert remit("mutate", written(tmp_path, rules, "ann may read x")).returncode == OK


WIDE = """
api a {
  audience "https://a"
  issuer "https://i/" profile auth0
  scope s
  role r grants s
  action list needs nothing
  permit list to anyone when now < "9999-12-31T23:59:59Z"
}
resource R {
  owner: user
  action read needs s
  permit read to owner
  require read acr "m" max_age 1h
}
resource Q { owner: user  action read needs s  permit read to entitled }
test "t" {
  token ann { scope: "s", roles: ["r"], acr: "m", auth_time: 1767225000 }
  token bob { scope: "s", roles: ["r"] }
  resource x: R { owner: "ann" }
  resource y: R { owner: "bob" }
  resource z: Q { owner: "bob" }
  anonymous may list
  anonymous may list at "0001-01-01T00:00Z"
  anonymous may list at "9999-12-31T23:59:58Z"
  anonymous may not read x
  ann may read x
  bob may read z
}
"""


def test_who_asks_and_about_what_may_be_changed_too(tmp_path: Path) -> None:
    policy = tmp_path / "p.remit"
    policy.write_text(WIDE)
    by_change = {tuple(each["diff"]): each["expectation"] for each in survivors(policy)}
    assert by_change["- permit read to owner", "+ permit read to owner, role r"] == (
        "ann may not read y"
    )
    reading = read_set(policy)
    assert reading.checked is not None
    near = [*Search(reading.checked, document_of(reading.sources)).near("R", "read")]
    asked = {(each.request.claims is None, each.expectation.who.text) for each in near}
    assert asked == {(True, "anonymous"), (False, "ann"), (False, "bob")}
    assert {each.request.resource and each.request.resource[0] for each in near} == {"R"}
    instants = {each.request.now for each in Search(reading.checked, document_of(())).near(None, "list")}
    assert len(instants) > 3


def test_the_same_is_found_each_time(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[1][0], *CASES[1][1]))
    assert remit("mutate", policy).stdout == remit("mutate", policy).stdout


def test_a_limit_takes_some_from_all_over_the_policy(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[0][0], *CASES[0][1]))
    whole = orjson.loads(remit("mutate", policy, "--json").stdout)["mutants"]
    told = orjson.loads(remit("mutate", policy, "--json", "--limit", "5").stdout)["mutants"]
    assert 3 <= told <= 5 < whole


def test_a_lower_score_than_was_asked_for_fails(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[0][0], *CASES[0][1]))
    assert remit("mutate", policy, "--fail-under", "1").returncode == OK
    done = remit("mutate", policy, "--fail-under", "99")
    assert done.returncode == DENIED
    assert "is less than 99 %" in done.stderr


def test_only_a_policy_that_passes_its_tests_is_tried(tmp_path: Path) -> None:
    done = remit("mutate", written(tmp_path, "permit read to anyone", "ann may not read x"))
    assert done.returncode == DENIED
    assert "a test fails" in done.stderr


def test_a_policy_without_a_rule_and_a_test_has_nothing_to_lose(tmp_path: Path) -> None:
    policy = tmp_path / "p.remit"
    policy.write_text('api a { audience "https://a" issuer "https://i/" profile auth0 scope s }')
    assert remit("mutate", policy).stdout.endswith("score 100.0 %\n")
