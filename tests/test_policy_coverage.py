"""What the tests of a policy show of its rules, and how the command line says it.

The pairs of masking MC/DC are worked out by hand from the definition in DOT/FAA/AR-01/18.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree as ET

import orjson
import pytest

from remit import Engine
from remit.decider.reading import read_set
from remit.tools.terminal import watched
from remit.tools.testing import coverage_report
from remit.tools.testing.coverage import CONDITIONS, EFFECTS, RULES, Coverage, measure
from remit.tools.testing.results import Places
from remit.tools.testing.running import run
from remit.tools.testing.wording import constant, spellings
from remit.tools.testing.written import document_of, rules_of
from tests.commands import remit

OK, DENIED, BAD_INPUT = 0, 1, 2

POLICY = """
api a {
  audience "https://a"
  issuer "https://i/" profile auth0
  scope s, t
  role r grants s
  client job class robots grants s
  client other class robots grants s
}
token { level?: int }
context { ip?: ip  assume ip }
let home: set<cidr> = ["10.0.0.0/8"]
resource R {
  a: bool
  b: bool
  c: bool
  owner: user
  friends: set<user>
  tags: set<string>
  parts: list<{ size: int, kind: string }>
  by: map<string, string>
  action new make needs s
  action read needs s
  relation near when a and b
  RULES
}
resource Q {
  a: bool
  action read needs s
}
test "t" {
  token ann { azp: "job", scope: "s", roles: ["r"] }
  resource x: R { a: true, b: true, c: true, owner: "bob", friends: [], tags: [], parts: [], by: {} }
  TESTS
}
"""


def text_of(rules: str, tests: str) -> str:
    return POLICY.replace("RULES", rules).replace("TESTS", tests)


def coverage_of(rules: str, *tests: str) -> tuple[Coverage, Places]:
    text = text_of(rules, "\n  ".join(tests))
    reading = read_set(None, {"policy.remit": text})
    assert [each.message for each in reading.findings] == []
    assert reading.checked is not None
    engine = Engine.from_text(text)
    results = list(run(engine, reading.checked))
    places = rules_of(document_of(reading.sources))
    return measure(engine.rules(), results, places), Places(reading.sources)


def missing(rules: str, *tests: str) -> dict[str, tuple[str, ...]]:
    coverage, _ = coverage_of(rules, *tests)
    return {each.text: each.missing for each in coverage.shown if not each.is_rule and each.missing}


def at(**values: bool) -> str:
    pairs = ", ".join(f"{name}: {str(value).lower()}" for name, value in values.items())
    return f"with x {{ {pairs} }}"


def test_a_rule_has_to_come_out_both_ways() -> None:
    coverage, _ = coverage_of("permit read to anyone when a", "ann may read x")
    [rule] = [each for each in coverage.shown if each.is_rule]
    assert rule.missing == ("never false",)
    assert coverage.counts(RULES) == (1, 2)
    assert coverage.counts(CONDITIONS) == (1, 2)
    assert coverage.counts(EFFECTS) == (0, 1)
    assert coverage.lowest == 0


def test_a_rule_for_anyone_without_a_condition_need_not_be_false() -> None:
    coverage, _ = coverage_of("permit read to anyone", "ann may read x")
    assert coverage.counts(RULES) == (1, 1)
    assert coverage.lowest == 100


def test_a_rule_that_no_request_reaches_was_never_anything() -> None:
    coverage, _ = coverage_of("permit read to anyone when a  permit make to anyone", "ann may read x")
    unseen = [each.missing for each in coverage.shown if each.is_rule]
    assert ("never true",) in unseen


AND = "permit read to anyone when a and b"
TT, TF, FT, FF = (
    "ann may read x",
    f"ann may not read x {at(b=False)}",
    f"ann may not read x {at(a=False)}",
    f"ann may not read x {at(a=False, b=False)}",
)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ((TT, TF, FT), {}),
        ((TT, TF), {"a": ("never false", "no independent effect")}),
        # Where both are false each masks the other.
        ((TT, FF), {"a": ("no independent effect",), "b": ("no independent effect",)}),
    ],
)
def test_an_and_needs_each_operand_false_alone(
    tests: tuple[str, ...], expected: Mapping[str, tuple[str, ...]]
) -> None:
    assert missing(AND, *tests) == expected


def test_others_may_differ_where_they_are_masked() -> None:
    # (a and b) or c: a shown by (1, 1, 0) and (0, 1, 0); c by (1, 0, 1) and (0, 1, 0), where a and b
    # differ too, and neither makes the `and` true. Unique-cause MC/DC would not take that pair.
    rule = "permit read to anyone when (a and b) or c"
    tests = (
        f"ann may read x {at(a=True, b=True, c=False)}",
        f"ann may not read x {at(a=False, b=True, c=False)}",
        f"ann may read x {at(a=True, b=False, c=True)}",
    )
    assert missing(rule, *tests) == {"b": ("no independent effect",)}


def test_not_turns_the_outcome_round_and_nothing_else() -> None:
    rule = "permit read to anyone when not (a and b)"
    tests = [test.replace("may not", "may") for test in (TF, FT)]
    assert missing(rule, *tests, "ann may not read x") == {}


def test_a_condition_that_errs_shows_nothing_of_itself() -> None:
    said = 'because "a permit could not be worked out"'
    tests = ("ann may read x", f'ann may not read x with x {{ a: "yes" }} {said}')
    assert missing("permit read to anyone when a", *tests) == {
        "a": ("never false", "no independent effect")
    }


def test_a_guard_has_an_effect_though_what_it_guards_errs_without_it() -> None:
    rule = "permit read to anyone when has context.ip and context.ip in home"
    ip = 'with context { ip: "10.0.0.1" }'
    tests = (
        "ann may not read x",
        f"ann may read x {ip}",
        f"ann may not read x {ip.replace('10.', '11.')}",
    )
    assert missing(rule, *tests) == {}


def test_what_a_quantifier_asks_of_elements_is_shown_by_elements() -> None:
    rule = 'permit read to anyone when any p in parts where p.size > 3 and p.kind == "big"'
    one = '[{ size: 4, kind: "big" }]'
    small = '[{ size: 3, kind: "big" }]'
    assert missing(rule, f"ann may read x with x {{ parts: {one} }}", "ann may not read x") == {
        "p.size > 3": ("never false", "no independent effect"),
        'p.kind == "big"': ("never false", "no independent effect"),
    }
    both = '[{ size: 4, kind: "small" }, { size: 3, kind: "big" }]'
    tests = (
        f"ann may read x with x {{ parts: {one} }}",
        f"ann may not read x with x {{ parts: {both} }}",
    )
    assert missing(rule, *tests) == {}
    assert list(missing(rule, f"ann may not read x with x {{ parts: {small} }}")) == [
        next(iter(missing(rule))),
        'p.kind == "big"',
        "p.size > 3",
    ]


def test_what_nobody_wrote_is_not_asked_for() -> None:
    # `to owner` also asks that there is a token, and that the resource exists.
    rule = "permit any to owner"
    tests = (
        'ann may read x with x { owner: "ann" }',
        "ann may not read x",
        'ann may not make x with x { owner: "ann" }',
    )
    assert missing(rule, *tests) == {}


def test_a_rule_that_stands_in_several_blocks_is_one() -> None:
    text = text_of("permit read to anyone", "ann may read x")
    text += "\nforbid read on R, Q when a\nforbid read when not holds(s)"
    reading = read_set(None, {"policy.remit": text.replace("ann may read x", "ann may not read x")})
    assert reading.checked is not None
    engine = Engine.from_text(text)
    places = rules_of(document_of(reading.sources))
    coverage = measure(engine.rules(), run(engine, reading.checked), places)
    assert coverage.counts(RULES) == (3, 5)


def test_a_condition_is_placed_where_it_is_written() -> None:
    rule = "permit read to near when near\n  permit make to role r and entitled, client robots when c"
    coverage, places = coverage_of(rule)
    lines = {each.text: places.line(each.span) for each in coverage.shown}
    assert lines["a"] == lines["b"] == 1 + POLICY[: POLICY.index("relation near")].count("\n")
    rules = 1 + POLICY[: POLICY.index("RULES")].count("\n")
    assert lines["role r"] == lines["entitled"] == lines["client job or other"] == rules + 1
    words = [line for line in coverage_report.lines(coverage, places) if "`a`" in line]
    assert words == [
        f"policy.remit:{lines['a']}: never true, never false: `a` (for the rule at policy.remit:{rules})"
    ]


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("token.sub == owner", "owner == token.sub"),
        ('"x" in tags', '"x" in tags'),
        ('"x" in by', '"x" in by'),
        ('(by["x"] ?? "y") == "z"', '(by["x"] ?? "y") == "z"'),
        ('token.issuer like "i*"', 'token.issuer like "i*"'),
        ("granted(s and t)", "granted(s and t)"),
        ("holds(s or t)", "holds(s or t)"),
        ("now < now + 15m", "now < now + 15m"),
        ("count(tags) < 3", "count(tags) < 3"),
        ("count(friends - [owner]) < 3", "count(friends - [owner]) < 3"),
        ("has token.level", "has token.level"),
        ('token.client in ["a", "b"]', 'token.client in ["a", "b"]'),
        ('not (all t in tags where t == "x")', 'all t in tags where t == "x"'),
        ('any t in tags where not (t == "x" or t == "y")', None),
        ('any t in tags where t != "x" and true', 'any t in tags where not t == "x"'),
        ("any t in tags where false", "any each in tags where false"),
        ("any t in tags where true", "any each in tags where true"),
    ],
)
def test_a_condition_is_named_as_the_language_writes_it(written: str, first: str | None) -> None:
    coverage, _ = coverage_of(f"permit read to anyone when {written}")
    names = [each.text for each in coverage.shown if not each.is_rule]
    if first is None:
        assert any(" and " in name for name in names) or any(" or " in name for name in names)
    else:
        assert first in names


def test_a_login_is_named_with_what_it_needs() -> None:
    coverage, places = coverage_of('require read acr "x", "y" max_age 15m\n  require make max_age 1h')
    found = {each.text: places.text(each.span) for each in coverage.shown if not each.is_rule}
    assert found == {
        'acr "x", "y" max_age 15m': 'acr "x", "y" max_age 15m',
        "max_age 1h": "max_age 1h",
    }


def test_constants_that_have_no_literal_are_told_as_text() -> None:
    assert constant([1, {"a": 1}]) == "[1, \"{'a': 1}\"]"
    assert constant(datetime(2026, 11, 23, 12, tzinfo=UTC)) == '"2026-11-23T12:00:00Z"'


def written(tmp_path: Path, rules: str, *tests: str) -> Path:
    policy = tmp_path / "p.remit"
    policy.write_text(text_of(rules, "\n  ".join(tests)))
    return policy


def test_the_command_says_what_is_missing_and_how_much(tmp_path: Path) -> None:
    done = remit("test", written(tmp_path, AND, TT, TF), "--coverage")
    assert done.returncode == OK
    assert done.stdout.splitlines()[0] == "2 passed, 0 failed"
    assert ": never false: `a`" in done.stdout
    assert "rules: 2 of 2 (100.0 %)" in done.stdout
    assert "conditions: 3 of 4 (75.0 %)" in done.stdout
    assert "independent effects: 1 of 2 (50.0 %)" in done.stdout


def test_less_than_was_asked_for_fails(tmp_path: Path) -> None:
    policy = written(tmp_path, AND, TT, TF)
    assert remit("test", policy, "--fail-under", "50").returncode == OK
    done = remit("test", policy, "--fail-under", "50.1")
    assert done.returncode == DENIED
    assert "coverage of 50.0 % is less than 50.1 %" in done.stderr


def test_coverage_is_there_for_programs(tmp_path: Path) -> None:
    done = remit("test", written(tmp_path, AND, TT, TF), "--coverage", "--json")
    told: dict[str, Any] = orjson.loads(done.stdout)["coverage"]
    assert told["independent_effects"] == {"reached": 1, "of": 2}
    [gap] = told["missing"]
    assert (gap["kind"], gap["text"]) == ("condition", "a")
    assert gap["missing"] == ["never false", "no independent effect"]


class Page(HTMLParser):
    """What a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.referred: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "img", "link", "iframe"}
        self.referred += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_holds_the_policy_and_asks_for_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    policy = written(tmp_path, AND + " # <script>", TT, TF)
    assert remit("test", policy, "--html", page).returncode == OK
    read = Page()
    read.feed(page.read_text())
    assert all(each.startswith("#f0-") for each in read.referred)
    assert f"  {AND} # <script>" in read.text
    assert "never false: `a`" in read.text
    assert "prefers-color-scheme: dark" in page.read_text()


def test_the_page_has_every_file_of_the_policy(tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    assert remit("test", "policies/mcp", "--html", page, "--filter", "frozen").returncode == BAD_INPUT
    assert remit("test", "policies/mcp", "--html", page, "--filter", "paths").returncode == OK
    read = Page()
    read.feed(page.read_text())
    assert {"policies/mcp/mcp.remit", "policies/mcp/tests.remit"} <= set(read.text)
    assert any(words.startswith("never true: ") for words in read.text)


def test_a_report_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    done = remit("test", written(tmp_path, AND, TT), "--html", tmp_path / "none" / "out.html")
    assert done.returncode == BAD_INPUT
    assert "out.html" in done.stderr


FAILING = ("ann may read x with x { c: false }", "ann may not read x", "ann may read x " + at(b=False))


def test_a_failure_names_the_condition_that_decided_with_its_values(tmp_path: Path) -> None:
    policy = written(tmp_path, "permit read to anyone when a and b and not c", *FAILING)
    done = remit("test", policy)
    assert done.returncode == DENIED
    line = 1 + POLICY[: POLICY.index("RULES")].count("\n")
    assert f"at {policy}:{line}" in done.stdout
    assert "decided by: true  c (True)" in done.stdout
    assert "decided by: false b (False)" in done.stdout
    failed = orjson.loads(remit("test", policy, "--json").stdout)["failed"]
    [rule] = failed[0]["rules"]
    assert rule["places"] == [{"file": str(policy), "line": line}]
    assert {"text": "c (True)", "truth": "true"} in rule["decided_by"]


def test_only_what_was_asked_for_is_run(tmp_path: Path) -> None:
    policy = written(tmp_path, AND, TT, TF)
    assert remit("test", policy, "--filter", "MAY NOT").stdout == "1 passed, 0 failed\n"
    done = remit("test", policy, "--filter", "nothing like it")
    assert done.returncode == BAD_INPUT
    assert "no expectation has `nothing like it`" in done.stderr


def test_the_first_failure_may_end_it(tmp_path: Path) -> None:
    policy = written(tmp_path, AND, "ann may not read x", "ann may not read x", TF)
    assert "1 passed, 2 failed" in remit("test", policy).stdout
    assert "0 passed, 1 failed" in remit("test", policy, "--fail-fast").stdout


def test_junit_has_a_case_for_each_request(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = remit("test", written(tmp_path, AND, "ann may not read x", TF), "--junit", report)
    assert done.returncode == DENIED
    root = ET.parse(report).getroot()  # noqa: S314  (it is our own)
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    [suite] = root
    cases = [(case.get("classname"), case.get("name"), len(case)) for case in suite]
    assert cases == [
        ("t", "ann may not read x", 1),
        ("t", f"ann may not read x {TF.partition(' read x ')[2]}", 0),
    ]
    failure = suite[0][0]
    assert (failure.get("message") or "").startswith("allowed: ")
    assert "decided by" in (failure.text or "")


def test_spellings_of_a_rule_of_the_language_itself_are_plain() -> None:
    coverage, _ = coverage_of("permit any to owner oblige log { who: token.sub, is: a }")
    assert [each.text for each in coverage.shown if not each.is_rule] == ["owner == token.sub"]
    rules = read_set(None, {"p.remit": text_of("permit any to owner oblige log { is: a }", "")}).tree
    assert rules is not None
    [rule] = rules.blocks["R"].rules
    assert "a token is presented and" in f"{spellings(rule.condition)[0]} and"


class Terminal(StringIO):
    """What says that it is one."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_how_far_it_is() -> None:
    with patch.object(sys, "stderr", Terminal()) as shown:
        assert list(watched([1, 2, 3], "tests")) == [1, 2, 3]
    assert "tests" in shown.getvalue()


def test_what_is_no_terminal_is_shown_nothing() -> None:
    with patch.object(sys, "stderr", StringIO()) as shown:
        assert list(watched([1, 2, 3], "tests")) == [1, 2, 3]
    assert shown.getvalue() == ""
