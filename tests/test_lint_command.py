"""`remit lint`: what is printed, written and mended, and how it ends."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from remit.diagnostics import Code
from remit.linter.catalogue import CATALOGUE, KNOWN
from remit.tools.cli import app
from tests.commands import remit
from tests.linting import found
from tests.test_cli import BAD_INPUT, BAD_POLICY, DENIED, OK

API = """\
api documents {
  audience "https://api.example.com/documents"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:documents
}
"""
RULES = """\
resource Document {
  archived: bool
  action read needs read:documents
  permit read to entitled
  # a comment
  forbid read when archived == true
}
"""
WARNED = """\
resource Other {
  tags: set<string>
  action go needs read:nothing
  action read needs read:documents
  permit read to entitled when all tag in tags where tag == "x"
}
"""
MENDED = RULES.replace("archived == true", "archived")
CLEAN = RULES.replace("archived == true", 'archived because "put away"')
ALLOWED = RULES.replace("# a comment", "# lint: allow L205 because it is told by phone")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A folder with a policy in which two things are found."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "api.remit").write_text(API, encoding="utf-8")
    (folder / "rules.remit").write_text(RULES, encoding="utf-8")
    return folder


def put(policy: Path, text: str) -> Path:
    path = policy / "rules.remit"
    path.write_text(text, encoding="utf-8")
    return path


def records(*arguments: str | Path) -> Any:  # noqa: ANN401  (JSON is of any type)
    return orjson.loads(remit("lint", *arguments, "--json").stdout)


# ---- what is found


def test_nothing_is_found_in_the_policies_of_the_repository() -> None:
    done = remit("lint", "policies")
    assert (done.returncode, done.stderr) == (OK, "")
    assert done.stdout == "14 files looked at, nothing found\n"


def test_findings_are_shown_with_their_places_and_end_with_one(policy: Path) -> None:
    done = remit("lint", policy)
    assert done.returncode == DENIED
    assert "warning[L205]: a denial will not say why this forbids" in done.stdout
    assert f"{policy / 'rules.remit'}:6:20" in done.stdout
    assert done.stdout.endswith("2 files looked at, 2 findings found, 1 of them to be mended by --fix\n")


def test_what_cannot_be_mended_is_not_said_to_be(policy: Path) -> None:
    put(policy, MENDED)
    assert remit("lint", policy).stdout.endswith("2 files looked at, 1 finding found\n")


def test_a_folder_of_folders_is_looked_at_and_hidden_ones_are_not(policy: Path) -> None:
    hidden = policy.parent / ".cache" / "deep"
    hidden.mkdir(parents=True)
    (hidden / "broken.remit").write_text("api {", encoding="utf-8")
    assert remit("lint", policy.parent).returncode == DENIED
    assert len(records(policy.parent)["findings"]) == 2
    assert len(records(policy, policy.parent)["findings"]) == 4


def test_errors_come_first_and_end_with_three_whatever_else_is_found(policy: Path) -> None:
    other = policy.parent / "other"
    other.mkdir()
    (other / "broken.remit").write_text("api {\n", encoding="utf-8")
    done = remit("lint", policy.parent)
    assert done.returncode == BAD_POLICY
    assert done.stdout.index("error[R101]") < done.stdout.index("warning[L205]")
    assert done.stderr == "1 error\n"
    (other / "broken.remit").write_text(API + WARNED, encoding="utf-8")
    done = remit("lint", other)
    assert "warning[R409]" in done.stdout
    assert done.stderr == "1 error\n"  # warnings beside it are none
    (other / "broken.remit").write_text("api {\n", encoding="utf-8")
    found_ = records(policy.parent)["findings"]
    assert [each["code"] for each in found_] == ["R101", "L205", "L111"]
    assert found_[0]["name"] is None


def test_a_path_without_a_policy_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.remit"):
        done = remit("lint", path)
        assert done.returncode == BAD_INPUT
        assert str(path) in done.stdout
    done = remit("lint", tmp_path / "x.bundle")
    assert (done.returncode, "a bundle has no source" in done.stderr) == (BAD_INPUT, True)
    done = remit("lint")
    assert (done.returncode, "which policy? name a .remit file" in done.stderr) == (BAD_INPUT, True)


def test_json_has_names_edits_and_what_is_allowed(policy: Path) -> None:
    path = put(policy, ALLOWED)
    told = records(policy)
    [finding] = told["findings"]
    assert (finding["code"], finding["name"]) == ("L111", "compared-with-boolean")
    start = ALLOWED.index("archived ==")
    end = start + len("archived == true")
    assert finding["edits"] == [
        {"file": str(path), "start": start, "end": end, "replacement": "archived"}
    ]
    assert [(each["code"], each["reason"]) for each in told["allowed"]] == [
        ("L205", "it is told by phone")
    ]
    assert told["mended"] == []


# ---- which codes


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--select", "L205"), ["L205"]),
        (("--select", "L1"), ["L111"]),
        (("--select", "l2, compared-with-boolean"), ["L205", "L111"]),
        (("--select", "L1", "--select", "L2"), ["L205", "L111"]),
        (("--ignore", "L205"), ["L111"]),
        (("--ignore", "forbid-without-reason,L111"), []),
        (("--select", "L2", "--ignore", "L205"), []),
        (("--select", "R"), []),
    ],
)
def test_codes_are_chosen_by_code_beginning_or_name(
    policy: Path, options: tuple[str, ...], expected: list[str]
) -> None:
    assert [each["code"] for each in records(policy, *options)["findings"]] == expected


@pytest.mark.parametrize("option", ["--select", "--ignore", "--explain"])
@pytest.mark.parametrize("code", ["L415", "X", "no-such-name", ""])
def test_what_is_no_code_is_refused(policy: Path, option: str, code: str) -> None:
    done = remit("lint", policy, option, code)
    assert done.returncode == BAD_INPUT
    assert f"`{code}` is no code" in done.stderr
    assert ("did you mean `L405`" in done.stderr) is (code == "L415")


def test_all_codes_are_listed() -> None:
    lines = remit("lint", "--list").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[code, name] for code, (name, _) in KNOWN.items()]
    told = orjson.loads(remit("lint", "--list", "--json").stdout)
    assert [(each["code"], each["name"], each["summary"]) for each in told] == [
        (code, *said) for code, said in KNOWN.items()
    ]
    fixed = {code.value for code, entry in CATALOGUE.items() if entry.fixed}
    assert {each["code"] for each in told if each["fixed"]} == fixed
    assert {line.split()[0] for line in lines if line.endswith("(mended by --fix)")} == fixed


def test_a_code_is_explained_with_its_examples() -> None:
    for code in ("L111", "l111", "compared-with-boolean"):
        done = remit("lint", "--explain", code)
        assert done.returncode == OK
        entry = CATALOGUE[Code.COMPARED_WITH_BOOLEAN]
        assert done.stdout.startswith("L111 compared-with-boolean: ")
        assert entry.why in done.stdout
        for example in (entry.bad, entry.good):
            assert all(f"    {line}" in done.stdout for line in example.splitlines() if line)
        assert done.stdout.endswith("`remit lint --fix` makes the one of the other.\n")
    assert "--fix" not in remit("lint", "--explain", "L205").stdout
    assert remit("lint", "--explain", "R407").stdout.endswith("A warning of `remit check`.\n")
    assert remit("lint", "--explain", "L1").returncode == BAD_INPUT


# ---- mending


def test_what_can_be_mended_is_and_the_rest_is_shown(policy: Path) -> None:
    path = policy / "rules.remit"
    path.chmod(0o640)
    done = remit("lint", policy, "--fix")
    assert done.returncode == DENIED
    assert done.stdout.startswith(f"mended: {path}\n")
    assert "L205" in done.stdout
    assert "L111" not in done.stdout
    assert path.read_text(encoding="utf-8") == MENDED
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in policy.iterdir()) == ["api.remit", "rules.remit"]


def test_only_what_is_chosen_is_mended(policy: Path) -> None:
    done = remit("lint", policy, "--fix", "--ignore", "L111,L205")
    assert (done.returncode, done.stdout) == (OK, "2 files looked at, nothing found\n")
    assert (policy / "rules.remit").read_text(encoding="utf-8") == RULES


def test_mending_everything_ends_with_nothing_found(policy: Path) -> None:
    path = put(policy, CLEAN.replace("archived because", "not not archived because"))
    told = records(policy, "--fix")
    assert told == {"findings": [], "allowed": [], "mended": [str(path)]}
    assert path.read_text(encoding="utf-8") == CLEAN


@pytest.mark.parametrize("options", [("--diff",), ("--fix", "--diff")])
def test_a_difference_is_shown_and_nothing_written(policy: Path, options: tuple[str, ...]) -> None:
    path = put(policy, CLEAN.replace("archived because", "not not archived because"))
    before = path.read_text(encoding="utf-8")
    done = remit("lint", policy, *options)
    assert done.returncode == DENIED
    assert done.stdout.splitlines()[:2] == [f"--- {path}", f"+++ {path}"]
    assert '-  forbid read when not not archived because "put away"' in done.stdout.splitlines()
    assert '+  forbid read when archived because "put away"' in done.stdout.splitlines()
    assert path.read_text(encoding="utf-8") == before
    put(policy, CLEAN)
    done = remit("lint", policy, *options)
    assert (done.returncode, done.stdout) == (OK, "")


def test_data_beside_a_policy_is_found_while_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "days.json").write_text('["mon"]', encoding="utf-8")
    text = API + 'data days: set<string> from "days.json"\n' + CLEAN
    text = text.replace("archived: bool", "archived: bool  day: string")
    text = text.replace("entitled", "entitled when not (not day in days)")
    path = tmp_path / "all.remit"
    path.write_text(text, encoding="utf-8")
    assert remit("lint", path, "--fix").returncode == OK
    assert "when day in days" in path.read_text(encoding="utf-8")


# ---- SARIF


def sarif(tmp_path: Path, *arguments: str | Path) -> Any:  # noqa: ANN401  (as above)
    file = tmp_path / "lint.sarif"
    remit("lint", *arguments, "--sarif", file)
    return orjson.loads(file.read_bytes())


def test_the_log_has_the_form_that_the_specification_asks_for(policy: Path, tmp_path: Path) -> None:
    """OASIS, SARIF 2.1.0: sections 3.13, 3.14, 3.19, 3.27, 3.30, 3.35, 3.49, 3.55."""
    put(policy, ALLOWED)
    log = sarif(tmp_path, policy)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    assert driver["name"] == "remit"
    rules = driver["rules"]
    assert [rule["id"] for rule in rules] == sorted(code.value for code in KNOWN)
    for rule in rules:
        assert rule["name"]
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"] == rule["help"]["markdown"]
        assert rule["defaultConfiguration"] == {"level": "warning"}
        assert ("fullDescription" in rule) is (Code(rule["id"]) in CATALOGUE)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"warning", "error", "note", "none"}
        assert result["message"]["text"]
        assert isinstance(result["suppressions"], list)  # of all results, or of none (3.27.23)
        for location in result["locations"]:
            assert set(location["physicalLocation"]) == {"artifactLocation", "region"}
            held(location["physicalLocation"]["region"])


def held(region: dict[str, int]) -> None:
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert all(number >= 1 for number in region.values())
    start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    assert start <= end


def test_the_log_says_where_what_mends_it_and_why_it_may_stand(policy: Path, tmp_path: Path) -> None:
    path = put(policy, ALLOWED.replace("# lint", "# \u00e4\U0001f600\n  # lint"))
    [run] = sarif(tmp_path, policy)["runs"]
    boolean, allowed = run["results"]
    assert (boolean["ruleId"], boolean["suppressions"]) == ("L111", [])
    place = boolean["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": path.as_uri()}
    region = {"startLine": 7, "startColumn": 20, "endLine": 7, "endColumn": 36}
    assert place["region"] == region
    [fix] = boolean["fixes"]
    assert fix["description"]["text"]
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": path.as_uri()},
            "replacements": [{"deletedRegion": region, "insertedContent": {"text": "archived"}}],
        }
    ]
    assert allowed["ruleId"] == "L205"
    assert allowed["suppressions"] == [{"kind": "inSource", "justification": "it is told by phone"}]
    assert "fixes" not in allowed


def test_the_log_has_the_errors_of_the_policy(policy: Path, tmp_path: Path) -> None:
    put(policy, RULES.replace("needs", "wants"))
    [run] = sarif(tmp_path, policy)["runs"]
    codes = {result["ruleId"] for result in run["results"]}
    assert codes
    assert {result["level"] for result in run["results"]} == {"error"}
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {code: rules[code] for code in codes} == {
        code: {"id": code, "defaultConfiguration": {"level": "error"}} for code in codes
    }


def test_an_error_without_a_place_has_none_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "p.remit").write_text("type X = string\n", encoding="utf-8")
    [run] = sarif(tmp_path, tmp_path)["runs"]
    assert [(each["ruleId"], each["locations"]) for each in run["results"]] == [("R401", [])]


def test_a_relative_path_is_a_relative_address(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policy.rename(tmp_path / "my documents")
    [run] = sarif(tmp_path, "my documents")["runs"]
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]
    }
    assert uris == {"my%20documents/rules.remit"}
    assert urlsplit(uris.pop()).scheme == ""


def test_a_log_that_cannot_be_written_is_said(policy: Path, tmp_path: Path) -> None:
    done = remit("lint", policy, "--sarif", tmp_path / "missing" / "lint.sarif")
    assert done.returncode == BAD_INPUT
    assert "No such file or directory" in done.stderr


# ---- hooks


def test_the_hooks_name_commands_and_what_they_are_for() -> None:
    hooks = re.findall(r"^- id: (\S+)\n(.*?)(?=^- id|\Z)", HOOKS, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in hooks] == ["remit-fmt", "remit-lint", "remit-test"]
    for name, text in hooks:
        said = dict(re.findall(r"^  (\w+): (.*?)(?: #.*)?$", text, re.MULTILINE))
        program, command = said["entry"].split()
        assert program == "remit"
        assert command in {each.name for each in app.registered_commands}
        assert name == f"remit-{command}"
        assert said["language"] == "python"
        assert said["additional_dependencies"] == '[".[cli]"]'
        pattern = re.compile(said["files"])
        assert pattern.search("policies/documents/documents.remit")
        assert not pattern.search("policies/documents/README.md")
        assert (said.get("pass_filenames") == "false") is (command != "fmt")


HOOKS = Path(".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def test_the_example_of_the_page_is_what_it_says() -> None:
    page = Path("grammar/lints.md").read_text(encoding="utf-8")
    assert "# lint: allow L303 because the scopes are all that the product has" in page
    text = (
        "api documents {\n"
        "  # lint: allow L303 because the scopes are all that the product has\n"
        "  scope gist, notifications\n}\n"
        "resource Document {\n  sealed: bool\n  action read needs read:documents\n"
        "  permit read to entitled\n"
        "  forbid any when sealed # lint: allow L205 because the reason is confidential\n}\n"
    )
    assert found(text) == []
