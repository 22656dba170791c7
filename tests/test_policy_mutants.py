"""Mutants of a policy: what is changed, what the tests notice, and what would make them notice."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.decider.reading import read_set
from remit.spans import Source
from remit.syntax.parser import parse
from remit.tools.mutating.command import spread
from remit.tools.mutating.mutants import OPERATORS, mutants
from remit.tools.mutating.scoring import Tried, once
from remit.tools.mutating.trying import Mutating
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
  born: datetime
  action read needs s
  action other(amount: int) needs s
  RULES
}
test "t" {
  token ann { scope: "s", roles: ["r"] }
  token bob { sub: "b", scope: "s", roles: [] }
  resource x: R {
    a: true, n: 3, kind: "x", owner: "eve", friends: [], days: [], list: [], by: {},
    born: "2025-01-01T00:00Z"
  }
  resource y: R {
    a: false, n: 3, kind: "y", owner: "eve", friends: [], days: [], list: [], by: {},
    born: "2025-01-01T00:00Z"
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
        '    ann may not read x with x { n: 2 } because "no permit applies"',
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
    ("permit read to anyone when born < now", ("ann may read x",)),
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


def fates(policy: Path) -> dict[tuple[str, str], str]:
    """What becomes of each mutant, by its operator and its last line; no witness is looked for."""
    document = document_of(read_set(policy).sources)
    mutating = Mutating(document, searched=0)
    tried = once([Tried(each, mutating.end(each)) for each in mutants(document)])
    return {(each.mutant.operator, each.mutant.diff()[-1]): each.end.fate for each in tried}


SAME_MEANING = (
    # `a and a` says no more than `a`.
    ("permit read to anyone when a and a", "drop-conjunct", "+ permit read to anyone when a"),
    # What is over 3 is over 2, of each number alike, and of each element of a list.
    ("permit read to anyone when n > 3 or n > 2", "drop-disjunct", "+ permit read to anyone when n > 2"),
    (
        "permit read to anyone when fee > 1.5 or fee >= 1.5",
        "drop-disjunct",
        "+ permit read to anyone when fee >= 1.5",
    ),
    (
        "permit read to anyone when (any i in list where i > 3) or (any i in list where i >= 4)",
        "drop-disjunct",
        "+ permit read to anyone when any i in `list` where i >= 4",
    ),
    (
        "permit read to anyone when (all i in list where i > 3) and (all i in list where i > 2)",
        "drop-conjunct",
        "+ permit read to anyone when all i in `list` where i > 3",
    ),
    # An enum has one value at a time, and one of those that are declared; an error is none of them.
    (
        'permit read to anyone when kind == "x" and kind != "y"',
        "drop-conjunct",
        '+ permit read to anyone when kind == "x"',
    ),
    (
        'permit read to anyone when name == "x" and name != "y"',
        "drop-conjunct",
        '+ permit read to anyone when name == "x"',
    ),
    (
        'permit read to anyone when rank > "low" or rank > "mid"',
        "drop-disjunct",
        '+ permit read to anyone when rank > "low"',
    ),
    # Who is permitted anyway need not be permitted twice, with an obligation that is owed anyway too.
    ("permit read to anyone  permit read to owner when a", "drop-when", "+ permit read to owner"),
    (
        "permit read to anyone oblige log  permit read to owner when a oblige log",
        "drop-when",
        "+ permit read to owner oblige log",
    ),
    # A scope that the other implies is granted along with it, and held.
    (
        "permit read to anyone when granted(w) and granted(v)",
        "drop-conjunct",
        "+ permit read to anyone when granted(w)",
    ),
    (
        "permit read to anyone when holds(w or v) or holds(v)",
        "drop-disjunct",
        "+ permit read to anyone when holds(w or v)",
    ),
    (
        "permit read to anyone when granted(w and v) or granted(w)",
        "drop-disjunct",
        "+ permit read to anyone when granted(w)",
    ),
)
ANOTHER_MEANING = (
    # What cannot be worked out is neither so nor otherwise.
    ("permit read to anyone when a or not a", "drop-when", "+ permit read to anyone"),
    ("permit read to anyone when n > 3 or m > 2", "drop-disjunct", "+ permit read to anyone when m > 2"),
    ("permit read to anyone when n > m or n > 2", "drop-disjunct", "+ permit read to anyone when n > 2"),
    (
        "permit read to anyone when (any i in list where i > 3) or (all i in list where i > 2)",
        "drop-disjunct",
        "+ permit read to anyone when all i in `list` where i > 2",
    ),
    # One obligation more is owed.
    (
        "permit read to anyone  permit read to owner when a oblige log",
        "drop-when",
        "+ permit read to owner oblige log",
    ),
    # A policy that asks who acts takes tokens of those who do.
    (
        'permit read to anyone  forbid read when has token.actor and token.actor.sub == "x"',
        "drop-rule",
        '- forbid read when has token.actor and token.actor.sub == "x"',
    ),
    (
        "permit read to anyone when granted(w) and holds(v)",
        "drop-conjunct",
        "+ permit read to anyone when granted(w)",
    ),
)


def meant(tmp_path: Path, rules: str) -> Path:
    """A policy with more to say, and a test that notices nothing."""
    text = POLICY.replace("scope s, t", "scope s, t\n  scope w implies v\n  scope v")
    text = text.replace(
        "  n: int", '  n: int\n  m: int\n  fee: decimal\n  name: string\n  rank: "low" < "mid" < "high"'
    )
    text = text.replace("level: int = 0", "level: int = 0  assume actor")
    text = text.replace("n: 3,", 'n: 3, m: 3, fee: 1.0, name: "x", rank: "mid",')
    policy = tmp_path / "p.remit"
    policy.write_text(text.replace("RULES", rules).replace("TESTS", "anonymous may not other x"))
    return policy


@pytest.mark.parametrize(("rules", "operator", "line"), SAME_MEANING)
def test_a_mutant_that_surely_allows_the_same_counts_for_nothing(
    tmp_path: Path, rules: str, operator: str, line: str
) -> None:
    assert fates(meant(tmp_path, rules))[operator, line] == "same meaning"


def test_a_mutant_that_means_the_same_is_counted_and_not_shown(tmp_path: Path) -> None:
    policy = written(tmp_path, SAME_MEANING[0][0], "ann may read x", "ann may not read y")
    lines = remit("mutate", policy).stdout.splitlines()
    assert f"  {SAME_MEANING[0][2]}" not in lines
    told = orjson.loads(remit("mutate", policy, "--json").stdout)
    same = [each for each in told["others"] if each["fate"] == "same meaning"]
    assert len(same) == told["same_meaning"]
    assert f"{len(same)} same meaning" in lines[-1]
    assert "an operand of `and` is left out" in [each["what"] for each in same]


@pytest.mark.parametrize(("rules", "operator", "line"), ANOTHER_MEANING)
def test_a_mutant_that_allows_others_or_owes_more_is_not_said_to_mean_the_same(
    tmp_path: Path, rules: str, operator: str, line: str
) -> None:
    found = fates(meant(tmp_path, rules))[operator, line]
    assert found == ("untested" if operator == "drop-rule" else "no witness")


def test_a_role_that_is_granted_what_no_permit_asks_for_means_the_same(tmp_path: Path) -> None:
    policy = written(tmp_path, "permit read to anyone", "ann may read x")
    assert fates(policy)["drop-scope", "+ role r"] == "same meaning"
    asking = written(tmp_path, "permit read to entitled", "bob may not read x missing role r")
    assert fates(asking)["drop-scope", "+ role r"] == "killed"
    inside = "permit read to anyone when any i in list where i > 1 and holds(s)"
    assert (
        fates(written(tmp_path, inside, "ann may not read x"))["drop-scope", "+ role r"]
        != "same meaning"
    )


def test_a_change_that_comes_to_the_same_rules_as_one_before_is_told_once(tmp_path: Path) -> None:
    # Of `a or not a` the one half negated is the other half, twice; and so it is with it left out.
    rules = "permit read to anyone when a or not a"
    found = fates(written(tmp_path, rules, "ann may read x", "ann may read y"))
    assert found["negate", "+ permit read to anyone when not a or not a"] == "killed"
    assert found["drop-disjunct", "+ permit read to anyone when not a"] == "repeated"


def test_a_mutant_that_the_checker_refuses_counts_for_nothing(tmp_path: Path) -> None:
    # Without `has`, what may be absent is read unguarded.
    rules = 'permit read to anyone when has context.ip and context.ip == "10.0.0.1"'
    policy = written(tmp_path, rules, "ann may not read x")
    told = orjson.loads(remit("mutate", policy, "--json").stdout)
    assert told["refused"] >= 1
    kinds = ("killed", "survived", "untested", "no_witness", "same_meaning", "repeated", "refused")
    assert told["mutants"] == sum(told[kind] for kind in kinds) == told["of"]
    counted = told["killed"] + told["survived"] + told["untested"]
    assert told["score"] == 100 * told["killed"] / counted


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
        'ann may not read y because "no permit applies"'
    )
    reading = read_set(policy)
    assert reading.checked is not None
    near = [*Search(reading.checked).near("R", "read", None)]
    asked = {(each.request.claims is None, each.expectation.who.text) for each in near}
    assert asked == {(True, "anonymous"), (False, "ann"), (False, "bob")}
    assert {each.request.resource and each.request.resource[0] for each in near} == {"R"}
    instants = {each.request.now for each in Search(reading.checked).near(None, "list", None)}
    assert len(instants) > 3


def test_the_same_is_found_each_time(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[1][0], *CASES[1][1]))
    assert remit("mutate", policy).stdout == remit("mutate", policy).stdout


def test_a_limit_takes_some_from_all_over_the_policy(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[0][0], *CASES[0][1]))
    whole = orjson.loads(remit("mutate", policy, "--json").stdout)["mutants"]
    told = orjson.loads(remit("mutate", policy, "--json", "--limit", "5").stdout)
    assert (told["mutants"], told["of"]) == (5, whole)
    out = remit("mutate", policy, "--limit", "5").stdout
    assert out.splitlines()[-1].startswith(f"5 mutants of {whole}, evenly spread: ")
    assert spread(7, 3) == [0, 2, 4]
    assert spread(2, 3) == spread(2, None) == [0, 1]


def test_several_processes_tell_the_same_as_one(tmp_path: Path) -> None:
    policy = written(tmp_path, *(CASES[0][0], *CASES[0][1]))
    alone = remit("mutate", policy, "--limit", "4", "--jobs", "1").stdout
    assert remit("mutate", policy, "--limit", "4", "--jobs", "2").stdout == alone


def test_the_operators_are_listed_without_a_policy() -> None:
    done = remit("mutate", "--list")
    assert done.returncode == OK
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(OPERATORS)


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
