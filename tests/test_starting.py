"""`remit new`: what it makes is in order, is shown by its own tests, and guards a service."""

import ast
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import orjson
import pytest

from remit import Engine, VerifiedClaims
from remit.tokens.profiles import PROFILES
from remit.tools.starting.providers import PROVIDERS
from tests.commands import remit

OK, DENIED, BAD_INPUT = 0, 1, 2
POLICY_FILES = {"policy/orders.remit", "policy/tests.remit"}
SERVICE_FILES = {"service.py", "test_service.py"}
OTHER_FILES = {"README.md", "requirements.txt"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "orders"


def files_in(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_every_profile_but_the_one_that_is_adapted_by_hand_can_be_begun_with() -> None:
    assert set(PROVIDERS) == set(PROFILES) - {"custom"}


@pytest.mark.parametrize("profile", PROVIDERS)
def test_the_policy_is_in_order_laid_out_and_shown_to_the_last_condition(
    folder: Path, profile: str
) -> None:
    made = remit("new", folder, "--issuer", profile)
    assert made.returncode == OK
    assert files_in(folder) == POLICY_FILES | SERVICE_FILES | OTHER_FILES
    assert all(str(folder / name) in made.stdout for name in files_in(folder))
    checked = remit("check", folder / "policy", "--json")
    assert orjson.loads(checked.stdout) == {"findings": []}
    assert remit("fmt", "--check", folder / "policy").returncode == OK
    tested = remit("test", folder / "policy", "--fail-under", "100")
    assert tested.returncode == OK, tested.stdout
    policy = (folder / "policy/orders.remit").read_text()
    assert f"profile {profile}" in policy
    assert PROVIDERS[profile].issuer in policy
    assert PROVIDERS[profile].title in (folder / "README.md").read_text()


TRYING = """
import sys, pytest
assert pytest.main(["-q", "-p", "no:cacheprovider", "-W", "error", "."]) == 0
from remit.tools.cli import main
sys.argv = ["remit", "routes", "service:app", "--policy", "policy"]
main()
"""


def test_the_service_passes_its_own_tests_and_fits_the_policy(folder: Path) -> None:
    remit("new", folder, "--issuer", "entra")
    command = [sys.executable, "-c", TRYING]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == OK, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    assert "6 endpoints, nothing found" in done.stdout


@pytest.mark.parametrize("profile", PROVIDERS)
def test_what_the_service_is_asked_with_is_a_token_of_a_user(folder: Path, profile: str) -> None:
    remit("new", folder, "--issuer", profile)
    text = (folder / "test_service.py").read_text()
    [claims] = re.findall(r"^ANN: dict\[str, Any\] = ({.*?^})", text, re.MULTILINE | re.DOTALL)
    [typ] = re.findall(r'"typ": "(.+?)"\}, valid', text)
    engine = Engine.load(folder / "policy")
    named = {PROFILES[profile].audience: engine.audiences[0], "iss": engine.issuers[0]}
    valid = VerifiedClaims({"iat": 1000, "exp": 2000, **named, **ast.literal_eval(claims)})
    ann = engine.principal(valid, header={"typ": typ})
    own = {"owner": f"{PROVIDERS[profile].subjects}ann", "tenant": "acme", "locked": False}
    assert engine.allows(ann, "write", ("Document", own), now=1500)
    assert not engine.allows(ann, "write", ("Document", own | {"owner": "other"}), now=1500)


def test_without_a_framework_there_is_a_policy_and_no_service(folder: Path) -> None:
    made = remit("new", folder, "--issuer", "okta", "--framework", "none")
    assert made.returncode == OK
    assert files_in(folder) == POLICY_FILES | OTHER_FILES
    assert "service" not in (folder / "README.md").read_text()


def test_programs_are_told_the_files(folder: Path) -> None:
    told = orjson.loads(remit("new", folder, "--issuer", "auth0", "--json").stdout)
    assert told["folder"] == str(folder)
    assert set(told["files"]) == files_in(folder)


def test_the_name_is_that_of_the_folder_made_a_word_or_one_that_is_given(tmp_path: Path) -> None:
    remit("new", tmp_path / "My-API 2", "--issuer", "auth0")
    assert "api my_api_2 {" in (tmp_path / "My-API 2/policy/my_api_2.remit").read_text()
    remit("new", tmp_path / "other", "--issuer", "auth0", "--name", "books")
    assert (
        'audience "https://api.example.com/books"' in (tmp_path / "other/policy/books.remit").read_text()
    )


@pytest.mark.parametrize("name", ["a-b", "2", "", "a b"])
def test_a_name_that_is_no_word_is_refused(folder: Path, name: str) -> None:
    done = remit("new", folder, "--issuer", "auth0", "--name", name)
    assert (done.returncode, "is no name for an API" in done.stderr) == (BAD_INPUT, True)
    assert not folder.exists()


@pytest.mark.parametrize("there", ["README.md", "policy/tests.remit"])
def test_what_is_there_is_not_written_over_and_nothing_is_written_beside_it(
    folder: Path, there: str
) -> None:
    (folder / there).parent.mkdir(parents=True)
    (folder / there).write_text("mine")
    done = remit("new", folder, "--issuer", "auth0")
    assert done.returncode == BAD_INPUT
    assert f"{folder / there} is there already" in done.stderr
    assert files_in(folder) == {there}
    assert (folder / there).read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = remit("new", tmp_path / "file" / "orders", "--issuer", "auth0")
    assert (done.returncode, "error: " in done.stderr) == (BAD_INPUT, True)


def test_an_issuer_that_is_not_known_is_guessed_at(folder: Path) -> None:
    done = remit("new", folder, "--issuer", "keyclock")
    assert (done.returncode, "did you mean `keycloak`?" in done.stderr) == (BAD_INPUT, True)
    done = remit("new", folder, "--issuer", "auth0", "--framework", "rails")
    assert (done.returncode, "fastapi, none" in done.stderr) == (BAD_INPUT, True)


def test_nothing_is_asked_where_there_is_no_terminal(folder: Path) -> None:
    done = remit("new", folder)
    assert done.returncode == BAD_INPUT
    assert "say --issuer, one of auth0, cognito" in done.stderr


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_issuer_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("okta\n"))
    assert remit("new", folder).returncode == OK
    assert "profile okta" in (folder / "policy/orders.remit").read_text()
