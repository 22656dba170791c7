"""Test blocks: what they can ask for, and how they fail."""

from pathlib import Path

import pytest

from remit import Engine
from remit.decider.reading import read_set
from remit.tools.testing.running import run

POLICY = """
api a {
  audience "https://a"
  issuer "https://i/" profile auth0 { roles from app.roles }
  scope s, t
  role r grants s
  role q grants t
}
token { plan: string from app.plan  level?: int  assume level }
context { why: string }
resource R {
  open: bool
  n:    int
  action see  needs nothing when open  needs s
  action read needs s
  action pay(amount: int) needs s
  permit see  to anyone
  permit read to entitled when token.plan == "gold" and n > 0
    oblige log { why: context.why, n: n }
    oblige bell
  permit read to role q
  require pay acr "strong" max_age 5m
  permit pay to anyone when action.amount < 10
}
test "t" {
  token ann { scope: "s", app: { roles: ["r"] }, plan: "gold" }
  resource x: R { open: false, n: 1 }
  context { why: "work" }
  EXPECTATION
}
"""


def problems(expectation: str) -> list[str | None]:
    text = POLICY.replace("EXPECTATION", expectation)
    reading = read_set(None, {"policy.remit": text})
    assert reading.findings == ()
    assert reading.checked is not None
    return [result.problem for result in run(Engine.from_text(text), reading.checked)]


def codes(text: str) -> list[str]:
    return [finding.code.value for finding in read_set(None, {"policy.remit": text}).findings]


@pytest.mark.parametrize(
    "expectation",
    [
        "ann may read x",
        'ann may read x with ann { plan: "gold", app: { roles: ["r"] } }',
        "anonymous may see x with x { open: true }",
        "anonymous may not see x missing s",
        'ann may read x oblige log { why: "work" } oblige bell',
        'ann may read x oblige log { n: 1, why: "work" }',
        'ann may not read x with ann { plan: "tin" } missing role q',
        'ann may not pay x (amount: 1) missing acr "strong"',
        'ann may pay x (amount: 1) with ann { acr: "strong", auth_time: 1767225600 }',
        'ann may not read x with x { n: "one" } because "a permit could not be worked out"',
    ],
)
def test_what_an_expectation_asks_for_is_given(expectation: str) -> None:
    assert problems(expectation) == [None]


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        ('ann may not read x with x { n: "one" }', "only by an error"),
        ("ann may read x oblige siren", "it does not oblige to that: bell {}"),
        ('ann may read x oblige log { why: "play" }', "it does not oblige to that"),
        ("anonymous may see x with x { open: true } oblige log", "it obliges to nothing"),
        ('ann may not read x with ann { plan: "tin" } missing role r', "not for want of role r"),
        ('ann may not pay x (amount: 1) missing acr "weak"', "not for want of acr weak"),
    ],
)
def test_what_it_is_not_given_it_says(expectation: str, said: str) -> None:
    [problem] = problems(expectation)
    assert problem is not None
    assert said in problem


def test_a_token_says_its_subject_where_the_issuer_has_it() -> None:
    text = """
    api a {
      audience "https://a"
      issuer "https://i/" profile custom { subject from who.id }
      scope s
    }
    resource R {
      owner: user
      action read needs s
      permit read to owner
    }
    test "t" {
      token ann { scope: "s" }
      resource x: R { owner: "ann" }
      ann may read x
    }
    """
    checked = read_set(None, {"policy.remit": text}).checked
    assert checked is not None
    assert [result.problem for result in run(Engine.from_text(text), checked)] == [None]


def test_a_brace_in_backquotes_is_no_part_of_a_scope() -> None:
    text = 'api a { audience "https://a" issuer "https://i/" scope `a}b` }'
    assert codes(text) == ["R107"]


def test_who_comes_without_a_token_has_a_name_that_no_token_may_bear() -> None:
    text = POLICY.replace("EXPECTATION", "anonymous may not see x")
    assert codes(text.replace("token ann", "token anonymous").replace("ann may", "ann may")) == ["R209"]
    assert codes(text.replace("may not see x", 'may not see x with anonymous { plan: "gold" }')) == [
        "R211"
    ]


def test_what_is_wanted_of_an_obligation_is_constant() -> None:
    assert codes(POLICY.replace("EXPECTATION", "ann may read x oblige log { n: now }")) == ["R307"]


def test_hiding_what_a_member_is_part_of_settles_nothing_in_the_callers_favour() -> None:
    # failure modes 2 and 3
    policy = """
    api a { audience "https://a" issuer "https://i/" scope s }
    token { plan?: { name?: string } }
    resource R {
      action read needs s
      permit read to anyone when has token.plan and has token.plan.name and token.plan.name == "gold"
    }
    """
    assert codes(policy) == []


def test_an_action_whose_condition_cannot_be_written_out_is_refused() -> None:
    # failure mode 44
    relations = "\n".join(f"relation r{n} when r{n + 1} and not r{n + 1}" for n in range(30))
    policy = f"""
    api a {{ audience "https://a" issuer "https://i/" scope s }}
    resource R {{
      x: bool
      action read needs s when r0
      {relations}
      relation r30 when x
      permit read to anyone
    }}
    """
    assert codes(policy) == ["R405"]


def test_a_file_of_another_folder_is_not_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("[]")
    folder = tmp_path / "policy"
    folder.mkdir()
    text = 'api a { audience "https://a" issuer "https://i/" scope s }\n'
    (folder / "p.remit").write_text(text + 'data d: set<string> from "../secret.json"')
    assert [finding.code.value for finding in read_set(folder).findings] == ["R410"]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("permit make to owner", ["R407"]),
        ("permit make to near and entitled", ["R407"]),
        ("permit make, read to owner", []),
        ("permit make to anyone when near", []),
        ("forbid make to owner", []),
        ("permit show to entitled", ["R407"]),
        ("permit any to entitled, owner", []),
    ],
)
def test_a_permit_that_none_of_its_actions_can_bring_about_is_found(rule: str, found: list[str]) -> None:
    # failure mode 14
    policy = f"""
    api a {{ audience "https://a" issuer "https://i/" scope s }}
    resource R {{
      owner: user
      near: bool
      action new make needs s
      action read needs s
      action show needs nothing
      relation close when near
      {rule.replace("to near", "to close")}
    }}
    """
    assert codes(policy) == found
