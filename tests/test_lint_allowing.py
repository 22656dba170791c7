"""Comments that let a finding stand."""

import pytest

from remit.diagnostics import Code
from remit.linter import inspect, lint
from tests.linting import NAME, found, read, report, report_of

REASON = "because the reason is confidential"


def policy(*, line: str = "", above: str = "", rule: str = "forbid read when a") -> str:
    return f"""
resource Document {{
  a: bool
  b: bool
  action read needs read:documents
  permit read to entitled when not b
  {above}
  {rule} {line}
}}
"""


def reasons(text: str) -> list[tuple[str, str]]:
    return [(each.finding.code.value, each.reason) for each in report(text).allowed]


@pytest.mark.parametrize(
    "comment",
    [
        f"# lint: allow L205 {REASON}",
        f"#lint: allow L205 {REASON}",
        f"#  lint:  allow  L205   {REASON}  ",
        f"# lint: allow L205, L205 {REASON}",
    ],
)
def test_a_comment_allows_at_the_end_of_the_line_and_above(comment: str) -> None:
    for text in (policy(line=comment), policy(above=comment), policy(above=f"{comment}\n\n  # why\n")):
        assert found(text) == []
        assert reasons(text) == [("L205", "the reason is confidential")]


@pytest.mark.parametrize(
    "comment",
    [
        "# lint allow L205 because so",
        "# lint: allow L2 because so",
        "# lint: allow because so",
        "# lint: allow l205 because so",
        "# allow L205 because so",
        "# lint: allow L205 (because so)",
    ],
)
def test_what_is_no_such_comment_allows_nothing(comment: str) -> None:
    assert "L205" in [code for code, _ in found(policy(line=comment))]


def test_a_comment_may_allow_several_codes() -> None:
    rule = "forbid read when not a == true and not a == true"
    codes = ["L106", "L111", "L111", "L205"]
    comment = f"# lint: allow L205, L106 L111 {REASON}"
    assert found(policy(line=comment, rule=rule)) == []
    assert sorted(code for code, _ in reasons(policy(above=comment, rule=rule))) == codes


def test_above_a_statement_all_of_its_lines_are_covered_and_at_the_end_of_one_only_that() -> None:
    rule = 'forbid read\n    when a == true\n    because "so"'
    assert found(policy(rule=rule, above=f"# lint: allow L111 {REASON}")) == []
    assert [code for code, _ in found(policy(rule=rule, line=f"# lint: allow L111 {REASON}"))] == [
        "L111",
        "L003",
    ]
    inside = f'forbid read\n    when a == true # lint: allow L111 {REASON}\n    because "so"'
    assert found(policy(rule=inside)) == []


def test_above_a_block_only_its_first_line_is_covered() -> None:
    comment = f"# lint: allow L205, L302 {REASON}\n"
    text = policy()
    assert [code for code, _ in found(comment + text.lstrip())] == ["L003", "L003", "L205"]
    text = (
        policy(rule='forbid read when a because "so"') + f"{comment}resource Folder {{\n  a: bool\n}}\n"
    )
    assert [code for code, _ in found(text)] == ["L003"]


@pytest.mark.parametrize(
    ("before", "statement", "after", "code"),
    [
        ("token {\n", "spare: bool", "}", "L308"),
        ("context {\n", "spare: bool", "}", "L309"),
        ("api documents {\n", "scope spare:documents", "}", "L303"),
        ("api documents {\n", "role spare", "}", "L306"),
        ("", "type Spare = string", "", "L310"),
        ('test "t" {\n', "token ann {}", "  anonymous may not read missing read:documents\n}", "L403"),
        ("", "token {}", "", "L313"),
    ],
)
def test_statements_of_all_blocks_can_be_allowed(
    before: str, statement: str, after: str, code: str
) -> None:
    rest = policy(rule='forbid read when a because "so"')
    if code == "L403":
        rest += "api documents { action read needs read:documents permit read to entitled }\n"
    text = f"{before}# lint: allow {code} {REASON}\n{statement}\n{after}\n{rest}"
    assert found(text) == []
    assert [each for each, _ in reasons(text)] == [code]


def test_an_issuer_is_a_statement_with_its_block_or_without() -> None:
    for issuer in ('issuer "https://o.example/"', 'issuer "https://o.example/" {\n audience "x" \n}'):
        text = f"api documents {{\n# lint: allow L205 {REASON}\n{issuer}\n}}\n" + policy(
            rule='forbid read when a because "so"'
        )
        assert [code for code, _ in found(text)] == ["L003"]


def test_a_comment_without_a_reason_allows_and_is_reported() -> None:
    for comment in ("# lint: allow L205", "# lint: allow L205 because", "# lint: allow L205 because  "):
        assert [code for code, _ in found(policy(line=comment))] == ["L001"]


def test_errors_and_comments_themselves_cannot_be_allowed() -> None:
    comment = "# lint: allow L001, L002, L003, R201, X because so"
    rule = 'forbid read when a because "so"'
    assert [code for code, _ in found(policy(rule=rule, line=comment))] == ["L002"] * 5
    messages = [finding.message for finding in report(policy(rule=rule, line="# lint: allow")).findings]
    assert messages == ["this comment does not say why", "this comment names no code"]


def test_a_comment_after_the_last_statement_covers_nothing() -> None:
    text = policy(rule='forbid read when a because "so"') + f"# lint: allow L205 {REASON}"
    assert [code for code, _ in found(text)] == ["L003"]


def test_several_comments_in_lines_of_their_own_are_each_about_what_is_beneath() -> None:
    comment = f"# lint: allow L205 {REASON}"
    rule = f"forbid read when a\n{comment}\nforbid read when b"
    assert found(policy(above=comment, rule=rule)) == []
    assert len(reasons(policy(above=comment, rule=rule))) == 2


def test_what_looks_like_a_comment_in_a_string_is_none() -> None:
    rule = 'forbid read when a because "no # lint: allow L205"'
    assert found(policy(rule=rule)) == []


def test_warnings_of_the_checker_are_allowed_where_they_are_handed_in() -> None:
    comment = f"# lint: allow R407 {REASON}"
    given = read(
        {
            "a.remit": "api a {\n scope s\n action x needs s\n permit x to entitled\n}",
            NAME: policy(rule=f"permit read to anyone when b and not b {comment}").replace(
                "read:documents", "s"
            ),
        }
    )
    with_them = inspect(given.document, given.checked, given.sources, warnings=given.warnings)
    assert [each.finding.code for each in with_them.allowed] == [Code.NEVER_TRUE]
    codes = [finding.code.value for finding in with_them.findings]
    assert "R407" not in codes
    assert "L003" not in codes
    without = lint(given.document, given.checked, given.sources)
    assert [finding.code.value for finding in without] == codes


def test_only_codes_that_are_asked_for_are_reported_and_the_others_still_allowed() -> None:
    text = policy(rule="forbid read when a == true", line=f"# lint: allow L205 {REASON}")
    given = read({"a.remit": "api documents { scope read:documents }", NAME: text})
    only = inspect(given.document, given.checked, given.sources, codes=[Code.ALLOWED_IN_VAIN])
    assert (only.findings, only.allowed, only.edits) == ((), (), {})
    both = lint(given.document, given.checked, given.sources, codes=[Code.COMPARED_WITH_BOOLEAN])
    assert [finding.code.value for finding in both] == ["L111"]


def test_a_file_without_statements_has_comments_all_the_same() -> None:
    files = {
        "a.remit": f"# lint: allow L205 {REASON}\n",
        "b.remit": "api a { scope s action x needs s\n}",
    }
    files["b.remit"] = files["b.remit"].replace("\n", " permit x to entitled ")
    assert [finding.code.value for finding in report_of(files).findings] == ["L003"]
