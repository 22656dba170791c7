"""The command line: exit codes, output, and never a traceback.

Most runs are in this process, which saves the second that a start takes; some have a process of their
own, as a user's have.
"""

import io
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from remit.tools.cli import guarded
from tests.commands import remit

POLICY = "policies/documents"
OK, DENIED, BAD_INPUT, BAD_POLICY = 0, 1, 2, 3
SCRIPT = (str(Path(sysconfig.get_path("scripts"), "remit")),)
MODULE = (sys.executable, "-m", "remit.tools")
AT = ("--at", "2026-11-23T12:00Z")
CLAIMS: dict[str, Any] = {
    "iss": "https://example.eu.auth0.com/",
    "aud": ["https://api.example.com/documents", "https://example.eu.auth0.com/userinfo"],
    "sub": "auth0|ann",
    "iat": 1_795_000_000,
    "exp": 1_900_000_000,
    "scope": "openid read:documents write:documents",
    "roles": ["viewer"],
    "tenant": "acme",
}
DOCUMENT: dict[str, Any] = {
    "type": "Document",
    "attributes": {
        "owner": "auth0|bob",
        "tenant": "acme",
        "classification": "internal",
        "shared_with": [],
    },
}


POLICY_OF_ONE_RULE = """api a { audience "x" issuer "y" scope s role r grants s }
resource R { action go needs s
  permit go to role r }
"""


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where there is no terminal; help would else be laid out for the one the suite was started in.
    monkeypatch.setenv("COLUMNS", "80")


def process(*command: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def written(path: Path, content: object) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path


@pytest.fixture
def token(tmp_path: Path) -> Path:
    return written(tmp_path / "token.json", CLAIMS)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return written(tmp_path / "document.json", DOCUMENT)


@pytest.mark.parametrize(
    ("command", "code"),
    [(SCRIPT, OK), (SCRIPT, DENIED), (SCRIPT, BAD_INPUT), (SCRIPT, BAD_POLICY), (MODULE, DENIED)],
)
def test_a_process_of_its_own_says_the_same_and_ends_with_the_code(
    command: tuple[str, ...], code: int, tmp_path: Path, token: Path, document: Path
) -> None:
    runs: dict[int, tuple[str | Path, ...]] = {
        OK: ("check", POLICY, "--json"),
        DENIED: ("decide", POLICY, "--action", "write", "--token", token, "--resource", document, *AT),
        BAD_INPUT: ("decide", POLICY, "--action", "read", "--token", tmp_path / "none.json"),
        BAD_POLICY: ("test", written(tmp_path / "bad.remit", b"api 1")),
    }
    done, here = process(*command, *runs[code]), remit(*runs[code])
    assert (done.returncode, done.stdout, done.stderr) == (code, here.stdout, here.stderr)


def test_check_says_that_nothing_was_found() -> None:
    done = remit("check", POLICY)
    assert (done.returncode, done.stdout) == (OK, "1 file checked, nothing found\n")
    assert orjson.loads(remit("check", POLICY, "--json").stdout) == {"findings": []}


def test_check_prints_every_finding_with_its_place(tmp_path: Path) -> None:
    policy = tmp_path / "bad.remit"
    policy.write_text('api a { audience "x" issuer "y" scope s }\nresource R { a: strng b: bol }\n')
    done = remit("check", policy)
    assert done.returncode == BAD_POLICY
    assert "bad.remit:2:17" in done.stdout
    assert "bad.remit:2:26" in done.stdout
    assert "did you mean `string`?" in done.stdout
    record = orjson.loads(remit("check", policy, "--json").stdout)["findings"]
    assert [f["start"]["column"] for f in record] == [17, 26]


def test_check_refuses_what_could_not_be_put_in_force(tmp_path: Path) -> None:
    policy = tmp_path / "open.remit"
    policy.write_text('api a { issuer "y" scope s }\n')
    done = remit("check", policy)
    assert done.returncode == BAD_POLICY
    assert "no audience" in done.stderr


def test_the_worked_policy_passes_its_tests() -> None:
    done = remit("test", POLICY)
    assert (done.returncode, done.stdout) == (OK, "22 passed, 0 failed\n")


def test_a_failed_expectation_says_where_and_why(tmp_path: Path) -> None:
    text = next(Path(POLICY).glob("*.remit")).read_text()
    policy = tmp_path / "wrong.remit"
    policy.write_text(text.replace("ann may not write d1 missing role editor", "ann may write d1"))
    done = remit("test", policy)
    assert done.returncode == DENIED
    line = 1 + text[: text.index("ann may not write")].count("\n")
    assert f"wrong.remit:{line}" in done.stdout
    assert "21 passed, 1 failed" in done.stdout
    [failed] = orjson.loads(remit("test", policy, "--json").stdout)["failed"]
    assert failed["line"] == line
    assert failed["text"] == "ann may write d1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("missing role editor", "missing role viewer", "not for want of role viewer"),
        ("1 missing share:documents", "1 missing read:documents", "not for want of read:documents"),
        ('because "documents never cross tenants"\n  ann', 'because "other"\n  ann', "another"),
        ("  ann may read d1\n", '  ann may read d1 because "other"\n', "another"),
        ("  ann may read d1\n", "  ann may not read d1\n", "allowed"),
    ],
)
def test_an_expectation_of_another_reason_fails(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = next(Path(POLICY).glob("*.remit")).read_text()
    assert text.count(old) == 1
    policy = tmp_path / "wrong.remit"
    policy.write_text(text.replace(old, new))
    done = remit("test", policy)
    assert done.returncode == DENIED
    assert said in done.stdout


def test_a_denial_that_is_no_rules_doing_has_its_reason_in_tests_too(tmp_path: Path) -> None:
    policy = tmp_path / "reasons.remit"
    policy.write_text(
        """
        api a {
          audience "x"
          issuer "y"
          scope s
          role r grants s
          action list needs s
          permit list to entitled
        }
        test "t" {
          token ann { scope: "s", roles: [] }
          token eve { scope: "s" }
          ann may not list missing role r because "no permit applies"
          eve may not list because "no permit applies"
        }
        """
    )
    done = remit("test", policy)
    assert (done.returncode, done.stdout) == (OK, "2 passed, 0 failed\n")


def test_tests_speak_of_clients_contexts_and_the_api_itself(tmp_path: Path) -> None:
    policy = tmp_path / "api.remit"
    policy.write_text(
        """
        api a {
          audience "x"
          issuer "y" profile rfc9068
          scope s
          action list needs s
          permit list to entitled when context.level in [-1, 2]
        }
        context { level: int }
        test "t" {
          token job { sub: "test-client", scope: "s" }
          context { level: 1 }
          job may not list
          job may list with context { level: -1 }
          job may list with context { level: 2 }
        }
        """
    )
    assert remit("test", policy).stdout == "3 passed, 0 failed\n"


def test_a_fixture_may_be_of_a_token_that_another_acts_with(tmp_path: Path) -> None:
    policy = tmp_path / "acting.remit"
    policy.write_text(
        """
        api a {
          audience "x" issuer "y" profile rfc9068 scope s
          action list needs s permit list to entitled
        }
        test "t" {
          token job { sub: "test-client", scope: "s" }
          job may list
          job may not list with job { act: { sub: "ann", act: { sub: "bob" } } }
        }
        """
    )
    assert remit("test", policy).stdout == "2 passed, 0 failed\n"


def test_a_fixture_bears_its_own_mark_of_a_user_or_a_client(tmp_path: Path) -> None:
    policy = tmp_path / "marks.remit"
    policy.write_text(
        """
        api a {
          audience "x" issuer "y" profile auth0 scope s
          action list needs s permit list to entitled
        }
        resource R { owner: user  action own needs s  permit own to owner }
        test "t" {
          token ann { sub: "auth0|ann", scope: "s" }
          token bob { sub: "bob", scope: "s" }
          token app { sub: "app@clients", scope: "s" }
          token job { sub: "job", gty: "client-credentials", scope: "s" }
          resource anns: R { owner: "auth0|ann" }
          resource bobs: R { owner: "bob" }
          resource jobs: R { owner: "job" }
          app may list
          job may list
          job may not own jobs
          ann may own anns
          bob may own bobs
          bob may not list
        }
        """
    )
    assert remit("test", policy).stdout == "6 passed, 0 failed\n"


def test_decide_tells_allow_and_deny_by_its_exit_code(token: Path, document: Path) -> None:
    asked = ("--token", token, "--resource", document, *AT)
    allowed = remit("decide", POLICY, "--action", "read", *asked)
    assert allowed.returncode == OK
    assert allowed.stdout.startswith("allow: ")
    denied = remit("decide", POLICY, "--action", "write", *asked)
    assert denied.returncode == DENIED
    assert "editor" in denied.stdout
    scope = remit("decide", POLICY, "--action", "share", *asked)
    assert "missing scopes: share:documents" in scope.stdout
    assert "also: " in scope.stdout
    record = orjson.loads(remit("decide", POLICY, "--action", "write", *asked, "--json").stdout)
    assert record["allowed"] is False
    assert record["missing_roles"] == ["admin", "editor"]


def test_no_token_is_a_request_without_one(document: Path) -> None:
    done = remit("decide", POLICY, "--action", "read", "--resource", document, *AT)
    assert done.returncode == DENIED
    assert "no token" in done.stdout


def test_explain_shows_the_values_that_rules_read(token: Path, document: Path) -> None:
    asked = ("--action", "read", "--token", token, "--resource", document, *AT)
    done = remit("explain", POLICY, *asked)
    assert done.returncode == OK
    assert "tenant ('acme')" in done.stdout
    record = orjson.loads(remit("explain", POLICY, *asked, "--json").stdout)
    assert {rule["effect"] for rule in record["rules"]} == {"permit", "forbid"}


def test_a_header_may_stand_beside_the_claims(tmp_path: Path, document: Path) -> None:
    token = written(tmp_path / "t.json", {"header": {"typ": "JWT"}, "claims": CLAIMS})
    asked = ("--action", "read", "--token", token, "--resource", document, *AT)
    assert remit("decide", POLICY, *asked).returncode == OK


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON"),
        (b'{"sub": "a", "sub": "b"}', "stands twice"),
        (b'{"exp": NaN}', "no JSON number"),
        (b"[]", "expected a JSON object"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "nested too deep"),
        (b" " * 1_100_000, "more than"),
        (b'{"claims": {}, "header": 1}', "header"),
    ],
)
def test_an_unusable_token_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, said: str
) -> None:
    token = written(tmp_path / "t.json", content)
    done = remit("decide", POLICY, "--action", "read", "--token", token)
    assert done.returncode == BAD_INPUT
    assert "t.json" in done.stderr
    assert said in done.stderr


def test_other_unusable_input_is_told_apart_from_a_denial(tmp_path: Path, document: Path) -> None:
    untyped = written(tmp_path / "r.json", {"attributes": {}})
    cases: tuple[tuple[str | Path, ...], ...] = (
        ("--action", "read", "--resource", untyped),
        ("--action", "read", "--token", tmp_path / "none.json"),
        ("--action", "read", "--resource", document, "--at", "noon"),
        ("--action", "read", "--resource", document, "--at", "2026-11-23T12:00"),
        ("--resource", document),
        ("--nonsense",),
    )
    for wrong in cases:
        assert remit("decide", POLICY, *wrong).returncode == BAD_INPUT


def test_a_context_file_is_read(tmp_path: Path, document: Path, token: Path) -> None:
    context = written(tmp_path / "c.json", {"anything": 1})
    asked = ("--action", "read", "--token", token, "--resource", document, "--context", context)
    assert remit("decide", POLICY, *asked, *AT).returncode == OK


@pytest.mark.parametrize("command", ["check", "test", "decide", "explain"])
def test_a_refused_policy_has_an_exit_code_of_its_own(tmp_path: Path, command: str) -> None:
    asked = ("--action", "read") if command in ("decide", "explain") else ()
    done = remit(command, written(tmp_path / "bad.remit", b"api 1"), *asked)
    assert done.returncode == BAD_POLICY
    assert "R101" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["check", "test", "decide", "explain"])
def test_a_policy_that_cannot_be_read_at_all_is_unusable_input(tmp_path: Path, command: str) -> None:
    asked = ("--action", "read") if command in ("decide", "explain") else ()
    for path, said in ((tmp_path / "none.remit", "R007"), (tmp_path, "R008")):
        done = remit(command, path, *asked)
        assert (done.returncode, said in done.stdout + done.stderr) == (BAD_INPUT, True)


@pytest.mark.parametrize("command", ["check", "decide"])
def test_a_bundle_that_is_not_there_is_unusable_input(tmp_path: Path, command: str) -> None:
    asked = ("--action", "read") if command == "decide" else ()
    done = remit(command, tmp_path / "none.bundle", *asked)
    assert (done.returncode, "no such file" in done.stderr) == (BAD_INPUT, True)


@pytest.mark.parametrize("command", ["check", "test", "decide", "explain"])
def test_help_documents_the_exit_codes(command: str) -> None:
    text = " ".join(remit(command, "--help").stdout.split())
    assert "Exit codes" in text
    assert "3 the policy is refused" in text


def test_without_its_extra_the_command_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['typer'] = None; import remit.tools.cli"
    done = process(sys.executable, "-c", code)
    assert done.returncode == BAD_INPUT
    assert "pip install 'remit[cli]'" in done.stderr


def test_a_run_that_comes_to_its_end_is_a_success() -> None:
    assert guarded(lambda: None) == OK


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("a secret"), "internal fault (ZeroDivisionError)"),
        (KeyboardInterrupt(), ""),
        (BrokenPipeError(), ""),
        (SystemExit("odd"), ""),
    ],
)
def test_whatever_fails_inside_is_a_line_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, said: str
) -> None:
    def fail() -> None:
        raise error

    assert guarded(fail) == BAD_INPUT
    shown = capsys.readouterr().err
    assert said in shown
    assert "secret" not in shown


def test_the_demonstration_runs_to_its_end() -> None:
    done = process(sys.executable, "-m", "remit.tools.demo", POLICY)
    assert done.returncode == OK
    assert "documents never cross tenants" in " ".join(done.stdout.split())
    assert "secret documents need a second factor" in " ".join(done.stdout.split())


PARAMETERS = """
api a {
  audience "https://api.example.com/documents"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:documents
  action read(why: string) needs read:documents
  action list needs nothing
  permit read to anyone when action.why != "fun" oblige log { why: action.why }
  require read max_age 5m when action.why == "work"
  require read acr "strong", "stronger" when action.why == "fun"
  permit list to anyone
  permit list to anyone when 1 == 2
}
"""


def test_parameters_challenges_and_obligations_are_told(tmp_path: Path, token: Path) -> None:
    policy = written(tmp_path / "p.remit", PARAMETERS.encode())
    said: dict[str, str] = {}
    for why in ("work", "fun", "audit"):
        file = written(tmp_path / "parameters.json", {"why": why})
        said[why] = remit(
            "decide", policy, "--action", "read", "--token", token, "--parameters", file, *AT
        ).stdout
    assert "the login must be: no older than 300 s" in said["work"]
    assert "the login must be: one of strong, stronger" in said["fun"]
    assert 'obliges to log: {"why":"audit"}' in said["audit"]


def test_check_says_what_in_a_rule_can_err_and_counts_warnings(tmp_path: Path) -> None:
    policy = written(tmp_path / "p.remit", PARAMETERS.encode())
    done = remit("check", policy, "--errors")
    assert done.returncode == OK
    assert "R407" in done.stdout
    assert "cannot err" in done.stdout
    assert "1 warning found" in done.stdout
    assert remit("check", policy, "--json").returncode == OK


def test_check_says_in_json_too_what_in_a_rule_can_err_and_where_it_stands(tmp_path: Path) -> None:
    text = POLICY_OF_ONE_RULE
    policy = written(tmp_path / "p.remit", text.encode())
    assert f"{policy}:3: R: permit permit-" in remit("check", policy, "--errors").stdout
    told = orjson.loads(remit("check", policy, "--errors", "--json").stdout)
    [rule] = told["errors"]
    assert (rule["block"], rule["effect"], rule["file"], rule["line"]) == ("R", "permit", str(policy), 3)
    assert rule["errors"] == ["the caller's roles are unknown"]
    assert "errors" not in orjson.loads(remit("check", policy, "--json").stdout)
    bundle = tmp_path / "p.bundle"
    remit("compile", policy, "-o", bundle)
    assert "R: permit permit-" in remit("check", bundle, "--errors").stdout
    [bundled] = orjson.loads(remit("check", bundle, "--errors", "--json").stdout)["errors"]
    assert bundled == {**rule, "line": None}


def test_check_reads_one_file_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    read(POLICY_OF_ONE_RULE.encode())
    done = remit("check", "-")
    assert (done.returncode, done.stdout) == (OK, "1 file checked, nothing found\n")
    for content, said in ((b"api 1", "<stdin>:1:5"), (b"# \xff", "<stdin>:1:3")):
        read(content)
        done = remit("check", "-")
        assert (done.returncode, said in done.stdout) == (BAD_POLICY, True)
    read(POLICY_OF_ONE_RULE.replace('audience "x"', "").encode())
    done = remit("check", "-")
    assert (done.returncode, "no audience" in done.stderr) == (BAD_POLICY, True)


def test_a_name_that_stands_twice_is_told_with_both_places(tmp_path: Path) -> None:
    policy = written(tmp_path / "p.remit", (POLICY_OF_ONE_RULE + "resource R {}\n").encode())
    assert f"= the other one: {policy}:2" in remit("check", policy).stdout
    [finding] = orjson.loads(remit("check", policy, "--json").stdout)["findings"]
    assert (finding["other"]["file"], finding["other"]["start"]["line"]) == (str(policy), 2)


# ---- bundles


def test_a_compiled_policy_is_checked_and_decides_as_its_source(
    tmp_path: Path, token: Path, document: Path
) -> None:
    bundle = tmp_path / "documents.bundle"
    made = remit("compile", POLICY, "--output", bundle)
    assert made.returncode == OK
    assert made.stdout.startswith(f"{bundle}: 2 blocks, ")
    as_json = remit("compile", POLICY, "-o", bundle, "--json")
    told = orjson.loads(as_json.stdout)
    assert told["bytes"] == bundle.stat().st_size
    assert told["digest"] in made.stdout
    assert list(tmp_path.glob("documents.bundle*")) == [bundle]
    assert remit("check", bundle).stdout == "a bundle of 2 blocks, nothing found\n"
    assert orjson.loads(remit("check", bundle, "--json").stdout) == {"findings": []}
    asked = ("--token", token, "--action", "read", "--resource", document, *AT)
    for command in ("decide", "explain"):
        by_source, by_bundle = remit(command, POLICY, *asked), remit(command, bundle, *asked)
        without_places = re.sub(r" \(policies/documents/documents.remit:\d+\)", "", by_source.stdout)
        assert (by_bundle.returncode, by_bundle.stdout) == (by_source.returncode, without_places)


def test_what_cannot_be_compiled_or_is_no_bundle_is_told(tmp_path: Path) -> None:
    bundle, policy = tmp_path / "p.bundle", tmp_path / "p.remit"
    assert "ends with .bundle" in remit("compile", POLICY, "-o", tmp_path / "p.json").stderr
    nowhere = remit("compile", POLICY, "-o", tmp_path / "none" / "p.bundle")
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (BAD_INPUT, True)
    policy.write_text("api 1")
    assert remit("compile", policy, "-o", bundle).returncode == BAD_POLICY
    assert not bundle.exists()
    bundle.write_text("{}")
    for command in ("check", "decide"):
        asked = ("--action", "read") if command == "decide" else ()
        refused = remit(command, bundle, *asked)
        assert (refused.returncode, "no bundle" in refused.stderr) == (BAD_POLICY, True)
    assert "has no source" in remit("test", bundle).stderr
