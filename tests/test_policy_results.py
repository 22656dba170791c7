"""What a policy's failed tests say, and what their results depend on."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest

from remit import Engine
from remit.decider.reading import read_set
from remit.tools.testing.running import run
from tests.commands import remit

POLICY = """
api a { audience "https://a"  issuer "https://i/" profile auth0  scope s }
resource R {
  until: datetime
  action pay, read needs s
  permit pay  to anyone
  permit read to anyone when now < until
  require pay acr "strong", "phr" max_age 5m
  forbid "until it is over" read when now > "2040-01-01T00:00Z"
}
fixtures ours {
  token ann { scope: "s" }
  resource x: R { until: "2026-06-01T00:00Z" }
}
"""


def failed(tmp_path: Path, expectation: str) -> list[str]:
    """The lines of what is said of a test of one expectation, which fails."""
    (tmp_path / "p.remit").write_text(f'{POLICY}test "t" using ours {{\n{expectation}\n}}\n')
    done = remit("test", tmp_path)
    assert done.returncode == 1
    return [line.strip() for line in done.stdout.splitlines()]


STRONG = "decided by: false acr strong or phr ({})"
FRESH = "decided by: false within 5m ({})"


@pytest.mark.parametrize(
    ("token", "decided_by"),
    [
        ("{}", [STRONG.format("none is said"), FRESH.format("no time is said")]),
        ('{ acr: "weak", auth_time: 1767225600 }', [STRONG.format("'weak'")]),
        ('{ acr: "phr", auth_time: 1767225000 }', [FRESH.format("10m ago")]),
        ('{ acr: "phr" }', [FRESH.format("no time is said")]),
    ],
)
def test_a_login_that_does_not_do_says_in_which_way(
    tmp_path: Path, token: str, decided_by: list[str]
) -> None:
    lines = failed(tmp_path, f"ann may pay x with ann {token}")
    assert [line for line in lines if line.startswith("decided by: false")] == decided_by


def test_a_rule_without_a_name_is_told_by_its_place(tmp_path: Path) -> None:
    lines = failed(tmp_path, "ann may pay x")
    (denied,) = (line for line in lines if line.startswith("denied: not met: require-"))
    assert denied.endswith(f"({tmp_path / 'p.remit'}:8)")
    lines = failed(tmp_path, 'ann may read x at "2041-01-01T00:00Z"')
    assert "denied: forbidden by until it is over" in lines


def test_a_cell_that_fails_is_told_with_its_own_line(tmp_path: Path) -> None:
    lines = failed(tmp_path, "matrix {\nwho, resource | read | pay\nann, x |\nyes | yes\n}")
    assert lines[0] == "FAILED t: ann may pay x"
    assert lines[1] == f"{tmp_path / 'p.remit'}:19"
    assert lines[-1] == "1 passed, 1 failed"


def _no_clock() -> float:
    message = "nobody may ask what time it is"
    raise AssertionError(message)


def test_a_cell_is_told_to_programs_and_picked_as_any_expectation(tmp_path: Path) -> None:
    matrix = "matrix {\nwho, resource | read | pay\nann, x | yes | yes\nanonymous, x | no |\nyes\n}"
    text = f'{POLICY}test "t" using ours {{ {matrix} }}\n'
    path = tmp_path / "p.remit"
    path.write_text(text)
    line = text[: text.index("anonymous, x")].count("\n") + 2
    junit = tmp_path / "junit.xml"
    told = orjson.loads(remit("test", path, "--json", "--junit", junit, "--filter", "anonymous").stdout)
    assert told["passed"] == 1
    [failure] = told["failed"]
    assert (failure["text"], failure["line"]) == ("anonymous may pay x", line)
    cases = re.findall(r'<testcase [^>]*name="([^"]*)"[^>]*line="(\d+)"', junit.read_text())
    assert cases == [
        ("anonymous may not read x", str(line - 1)),
        ("anonymous may pay x", str(line)),
    ]


def test_cells_are_what_coverage_counts_and_mutants_are_tried_on(tmp_path: Path) -> None:
    policy = """
api a { audience "https://a"  issuer "https://i/" profile auth0  scope s }
resource R { owner: user  open: bool  action read needs s  permit read to owner when open }
fixtures ours {
  token ann { scope: "s" }
  token bob { scope: "s" }
  resource x: R { owner: "ann", open: true }
  resource y: R { owner: "ann", open: false }
}
"""
    head = 'test "t" using ours { matrix { who, resource | read'
    whole, part = tmp_path / "whole.remit", tmp_path / "part.remit"
    whole.write_text(f"{policy}{head} ann, x | yes bob, x | no ann, y | no }} }}")
    part.write_text(f"{policy}{head} ann, x | yes bob, x | no ann, y | - }} }}")
    assert remit("test", whole, "--fail-under", "100").returncode == 0
    assert remit("test", part, "--fail-under", "100").returncode == 1
    assert remit("mutate", whole, "--fail-under", "100").returncode == 0
    told = remit("mutate", part, "--fail-under", "100")
    assert told.returncode == 1
    killer = "ann may not read x with x { open: false }"
    assert f'would be killed, in test "t", by\n    {killer}' in told.stdout


@pytest.mark.parametrize("clock", [lambda: 1.8e9, lambda: 2.4e9, _no_clock])
def test_no_result_depends_on_when_the_tests_are_run(clock: Callable[[], float]) -> None:
    text = f"""{POLICY}
test "as of 2026-01-01" using ours {{
  ann may read x
  ann may not read x at "2026-06-01T00:00Z"
  ann may pay x with ann {{ acr: "phr", auth_time: 1767225600 }}
  ann may not pay x with ann {{ acr: "phr", auth_time: 1767225600 }} at "2026-01-01T00:05:01Z"
  ann may read x with ann {{ exp: 1767225601, iat: 1767225540, nbf: 1767225600 }}
  ann may not read x with ann {{ exp: 1767225500 }} because "the token has expired"
  ann may not read x with ann {{ nbf: 1767226000 }} because "the token is not valid yet"
  matrix at "2026-06-01T00:00Z" {{ who, resource | read  ann, x | no }}
}}
"""
    checked = read_set(None, {"p.remit": text}).checked
    assert checked is not None
    engine = Engine.from_text(text, clock=clock)
    results = list(run(engine, checked))
    assert [result.problem for result in results] == [None] * 8
    decisions = [result.request.decided_by(engine) for result in results]
    assert [decision.allowed for decision in decisions] == [
        result.explanation.allowed for result in results
    ]


def test_cases_of_junit_are_told_apart_by_all_that_was_asked_with(tmp_path: Path) -> None:
    policy = """
api a { audience "https://a"  issuer "https://i/" profile auth0  scope s }
resource X { owner: user  action go(floor: int) needs s  permit go to owner }
"""
    asked = """
  ann may go x (floor: 1)
  ann may go x (floor: 2) at "2026-11-23T12:00Z"
  ann may not go x (floor: 1)
    with x { owner: "bob" } with ann { scope: "s" } because "no permit applies"
"""
    path, junit = tmp_path / "p.remit", tmp_path / "junit.xml"
    fixtures = 'token ann { scope: "s" } resource x: X { owner: "ann" }'
    path.write_text(f'{policy}test "t" {{ {fixtures} {asked} }}\n')
    assert remit("test", path, "--junit", junit).returncode == 0
    root = ET.parse(junit).getroot()  # noqa: S314  (it is our own)
    assert [case.get("name") for case in root.iter("testcase")] == [
        "ann may go x (floor: 1)",
        'ann may go x (floor: 2) at "2026-11-23T12:00Z"',
        'ann may not go x (floor: 1) with x { owner: "bob" } with ann { scope: "s" }',
    ]
