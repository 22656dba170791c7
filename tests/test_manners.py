"""The manners of the command line: help, colours, completion, hints, bars, codes for every ending."""

import io
import os
import re
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import orjson
import pytest

from remit.tools import colours
from remit.tools.colours import is_coloured
from remit.tools.terminal import waiting, watched
from tests.commands import remit

OK, DENIED, BAD_INPUT, BAD_POLICY = 0, 1, 2, 3
POLICY = "policies/documents"
COMMANDS = ["new", "check", "fmt", "test", "mutate", "repl", "decide", "explain"]
COMMANDS[3:3] = ["lint", "lsp"]
COMMANDS += ["matrix", "scopes", "graph", "compile", "routes"]
ASK = ("--action", "read", "--resource", f"{POLICY}/plan.json")
RED, GREEN, YELLOW, BLUE = "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m", "\x1b[1;34m"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# ---- help


def test_help_says_what_each_command_is_for() -> None:
    text = remit("--help").stdout
    panels = [line.split("─ ")[1].split(" ─")[0] for line in text.splitlines() if line.startswith("╭")]
    assert panels == ["Options", "Writing", "Asking", "Running"]
    assert re.findall(r"^│ (\w+) ", text, re.MULTILINE) == COMMANDS


def test_without_a_command_there_is_help() -> None:
    assert "Usage: remit" in remit().stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_and_the_table_of_exit_codes(command: str) -> None:
    text = remit(command, "--help").stdout
    assert f"Example: remit {command} " in text
    lines = [line.strip() for line in text.splitlines()]
    for code in ("0 ", "1 ", "2 ", "3 "):
        assert any(line.startswith(code) for line in lines)


def test_the_version_is_that_of_the_distribution() -> None:
    done = remit("--version")
    assert (done.returncode, done.stdout.split()[0]) == (OK, "remit")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("chekc", POLICY), "check"), (("check", "--jsn", POLICY), "--json")],
)
def test_what_was_probably_meant_is_named(arguments: tuple[str, ...], said: str) -> None:
    done = remit(*arguments)
    assert (done.returncode, said in done.stderr) == (BAD_INPUT, True)


# ---- exit codes


def wrong(tmp_path: Path) -> Path:
    """A policy in order, not laid out, of which a test fails."""
    folder = tmp_path / "wrong"
    folder.mkdir(exist_ok=True)
    text = Path(POLICY, "documents.remit").read_text()
    (folder / "p.remit").write_text(text.replace("ann may read d1\n", "ann  may not read d1\n", 1))
    return folder


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", POLICY), OK),
        (("check", "none.remit"), BAD_INPUT),
        (("check", "--nonsense"), BAD_INPUT),
        (("fmt", "--check", POLICY), OK),
        (("fmt", "--check", "WRONG"), DENIED),
        (("fmt", "--check", "none.remit"), BAD_INPUT),
        (("fmt", "x.bundle"), BAD_INPUT),
        (("test", POLICY), OK),
        (("test", "WRONG"), DENIED),
        (("test", POLICY, "--filter", "nonsense"), BAD_INPUT),
        (("test", "none.remit"), BAD_INPUT),
        (("mutate", "WRONG"), DENIED),
        (("mutate", "x.bundle"), BAD_INPUT),
        (("mutate", "none.remit"), BAD_INPUT),
        (("decide", POLICY, *ASK), DENIED),
        (("decide", POLICY, "--action", "read", "--at", "noon"), BAD_INPUT),
        (("decide", "none.remit", "--action", "read"), BAD_INPUT),
        (("explain", POLICY, *ASK), DENIED),
        (("explain", POLICY, "--action", "read", "--token", "none.json"), BAD_INPUT),
        (("explain", "none.remit", "--action", "read"), BAD_INPUT),
        (("compile", POLICY, "-o", "x.json"), BAD_INPUT),
        (("compile", "none.remit", "-o", "x.bundle"), BAD_INPUT),
        (("routes", "nonsense", "--policy", POLICY), BAD_INPUT),
        (("routes", "x:y", "--policy", "none.remit"), BAD_INPUT),
        (("lint", POLICY), OK),
        (("lint",), BAD_INPUT),
        (("lint", "none.remit"), BAD_INPUT),
        (("matrix", POLICY), OK),
        (("matrix", POLICY, "--resource", "x"), BAD_INPUT),
        (("matrix", "none.remit"), BAD_INPUT),
        (("scopes", POLICY), OK),
        (("scopes", POLICY, "x"), BAD_INPUT),
        (("scopes", "none.remit"), BAD_INPUT),
        (("graph", POLICY, "--resource", "x", "-o", "x.svg"), BAD_INPUT),
        (("graph", "none.remit", "-o", "x.svg"), BAD_INPUT),
        (("repl", "none.remit"), BAD_INPUT),
        (("repl", "x.bundle"), BAD_INPUT),
        (("new", "x", "--issuer", "nonsense"), BAD_INPUT),
    ],
)
def test_every_ending_has_its_code(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    given = (str(wrong(tmp_path)) if each == "WRONG" else each for each in arguments)
    assert remit(*given).returncode == code


# ---- hints


def test_a_path_that_is_not_there_is_guessed_at(tmp_path: Path) -> None:
    assert "did you mean `policies/documents`?" in remit("check", "policies/docments").stdout
    assert "did you mean `policies/documents`?" not in remit("check", tmp_path / "none").stdout
    nowhere = remit("check", tmp_path / "none" / "none.remit")
    assert (nowhere.returncode, "did you mean" in nowhere.stdout) == (BAD_INPUT, False)


def test_a_folder_without_a_policy_is_told_with_one_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policies" / "a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert "did you mean" not in remit("check", "policies").stdout
    (tmp_path / "policies" / "a" / "a.remit").write_text("api a {}")
    assert "did you mean `policies/a`?" in remit("check", "policies").stdout


def test_a_policy_that_is_not_named_is_where_policies_usually_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = remit("check")
    assert (done.returncode, "did you mean" in done.stderr) == (BAD_INPUT, False)
    for place in ("policies/b", ".", "policies", "policy"):
        Path(place).mkdir(parents=True, exist_ok=True)
        Path(place, "a.remit").write_text("api a {}")
        assert f"did you mean `{place}`?" in remit("test").stderr


def test_a_resource_without_a_type_is_told_with_the_form_of_one(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"owner": "ann"}')
    done = remit("decide", POLICY, "--action", "read", "--resource", file)
    assert '{"type": "Document", "attributes": {...}}' in done.stderr


def test_a_place_in_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{\n"owner": ann}')
    done = remit("decide", POLICY, "--action", "read", "--resource", file)
    assert "line 2 column 10" in done.stderr


@pytest.mark.parametrize("command", ["decide", "explain"])
def test_an_action_that_the_policy_has_not_is_noted(command: str) -> None:
    done = remit(command, POLICY, "--action", "raed", "--resource", f"{POLICY}/plan.json")
    assert done.stderr == "note: Document has no action `raed`: did you mean `read`?\n"
    done = remit(command, POLICY, "--action", "read")
    assert done.stderr == "note: the API itself has no action `read`\n"


def test_a_resource_type_that_the_policy_has_not_is_said(tmp_path: Path) -> None:
    resource = tmp_path / "r.json"
    resource.write_text('{"type": "Dokument", "attributes": {}}', encoding="utf-8")
    done = remit("decide", POLICY, "--action", "read", "--resource", resource)
    expected = "note: the policy has no resource type `Dokument`: did you mean `Document`?\n"
    assert (done.returncode, done.stderr) == (DENIED, expected)


@pytest.mark.parametrize("command", ["test", "mutate", "fmt", "repl"])
def test_a_bundle_has_no_text_to_work_on(command: str) -> None:
    assert "name the files it was made of" in remit(command, "x.bundle").stderr


# ---- JSON


def test_what_was_laid_out_is_told_to_programs(tmp_path: Path) -> None:
    folder = wrong(tmp_path)
    (folder / "bad.remit").write_text("api 1")
    told = orjson.loads(remit("fmt", "--check", folder, "--json").stdout)
    assert told["files"] == 2
    [changed] = told["changed"]
    assert changed["file"] == str(folder / "p.remit")
    assert "-  ann  may not read d1" in changed["diff"]
    assert [found["code"] for found in told["findings"]] == ["R101"]
    written = remit("fmt", folder / "p.remit", "--json")
    assert (written.returncode, len(orjson.loads(written.stdout)["changed"])) == (OK, 1)
    again = orjson.loads(remit("fmt", folder / "p.remit", "--json").stdout)
    assert again == {"files": 1, "changed": [], "findings": []}


# ---- colours


@pytest.mark.parametrize(
    ("environment", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_terminals_unless_somebody_says_otherwise(
    environment: dict[str, str], terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_coloured(Terminal() if terminal else io.StringIO()) is expected


@pytest.mark.usefixtures("coloured")
def test_findings_have_their_severity_place_and_caret_in_colour(tmp_path: Path) -> None:
    file = tmp_path / "p.remit"
    file.write_text('api a { audience "x" issuer "y" scope s }\nresource R { a: strng }\n')
    told = remit("check", file).stdout
    assert f"{RED}error[R206]\x1b[0m: " in told
    assert f"{BLUE}  {file}:2:17\x1b[0m" in told
    assert f"{RED}^^^^^ did you mean `string`?\x1b[0m" in told
    file.write_text(
        'api a { audience "x" issuer "y" scope s action x needs s permit x to anyone when 1 == 2 }'
    )
    warned = remit("check", file).stdout
    assert f"{YELLOW}warning[" in warned
    assert f"{YELLOW}^" in warned
    assert f"{RED}policy refused\x1b[0m" in remit("test", "none.remit").stderr
    assert f"{RED}error: " in remit("test", "x.bundle").stderr


@pytest.mark.usefixtures("coloured")
def test_a_difference_is_in_colour(tmp_path: Path) -> None:
    told = remit("fmt", "--diff", wrong(tmp_path)).stdout
    assert f"{RED}-  ann  may not read d1\x1b[0m" in told
    assert f"{GREEN}+  ann may not read d1\x1b[0m" in told
    assert f"{BLUE}@@ " in told


@pytest.mark.usefixtures("coloured")
def test_results_are_green_or_red(tmp_path: Path) -> None:
    passed = remit("test", POLICY).stdout
    assert re.fullmatch(rf"{re.escape(GREEN)}\d+ passed, 0 failed\x1b\[0m\n", passed)
    failed = remit("test", wrong(tmp_path), "--coverage").stdout
    assert f"{RED}FAILED documents: ann may not read d1\x1b[0m" in failed
    assert re.search(rf"{re.escape(RED)}\d+ passed, 1 failed\x1b\[0m", failed)
    assert f"{GREEN}rules: 8 of 8 (100.0 %)\x1b[0m" in remit("test", POLICY, "--coverage").stdout
    share, unseen = colours.results(["rules: 7 of 8 (87.5 %)", "a.remit:2: never true: `a`"])
    assert share.startswith(YELLOW)
    assert unseen == "a.remit:2: never true: `a`"


@pytest.mark.usefixtures("coloured")
def test_answers_are_green_or_red() -> None:
    told = remit("decide", POLICY, *ASK).stdout
    assert f"{RED}deny\x1b[0m: " in told
    assert f"{RED}failed\x1b[0m" in told
    lines = colours.answers(
        ["read: deny -> allow: permitted by x", "  token       passed", "note: x", ""]
    )
    assert list(lines) == [
        f"{GREEN}read: deny -> allow\x1b[0m: permitted by x",
        f"  token       {GREEN}passed\x1b[0m",
        "note: x",
        "",
    ]


# ---- bars


def test_what_takes_long_is_said_on_a_terminal_and_nowhere_else() -> None:
    def waited() -> Iterator[str]:
        yield "before"
        for _ in range(2_000):
            if stream.getvalue():
                break
            time.sleep(0.005)

    with redirect_stderr(Terminal()) as stream:
        with waiting("loading", patience=0):
            assert list(waited()) == ["before"]
        assert "loading" in stream.getvalue()
        assert list(watched([1, 2], "tests")) == [1, 2]
        assert "tests" in stream.getvalue()
    with redirect_stderr(io.StringIO()) as silent, waiting("loading", patience=0):
        pass
    assert silent.getvalue() == ""


# ---- completion


def completed(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bash is offered for the last word of a line."""
    monkeypatch.setenv("_REMIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    return remit().stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("remit mu", ["mutate"]),
        ("remit check policies/do", ["policies/documents/"]),
        ("remit test policies/documents/d", ["policies/documents/documents.remit"]),
        ("remit fmt policies/documents/d", ["policies/documents/documents.remit"]),
        ("remit repl policies/documents/d", ["policies/documents/documents.remit"]),
        ("remit decide policies/documents --action d", ["delete"]),
        ("remit explain policies/documents --action=", ["read", "write", "share", "delete"]),
        ("remit explain --action d", []),
        (
            "remit decide policies/documents --token policies/documents/a",
            ["policies/documents/ann.json"],
        ),
        ("remit new x --issuer k", ["keycloak"]),
        ("remit new x --framework n", ["none"]),
        ("remit check none/", []),
        ("remit lint policies --select L00", ["L001", "L002", "L003"]),
    ],
)
def test_words_are_completed_by_what_they_stand_for(
    line: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if line.endswith("="):
        line = line.removesuffix("=") + " "
    assert sorted(completed(line, monkeypatch)) == sorted(words)


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("bash", {"COMP_WORDS": "remit compi", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "remit compi"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "remit compi", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_shells_are_told_what_could_come_next(
    shell: str, said: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_REMIT_COMPLETE", f"complete_{shell}")
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert "compile" in remit().stdout


def test_a_process_of_its_own_completes_too() -> None:
    script = Path(sysconfig.get_path("scripts"), "remit")
    said = {"_REMIT_COMPLETE": "complete_bash", "COMP_WORDS": "remit mut", "COMP_CWORD": "1"}
    done = subprocess.run(
        [script], env=os.environ | said, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.split()) == (OK, ["mutate"])
