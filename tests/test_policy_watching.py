"""`remit test --watch`: the tests run again whenever the policy is saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles

from remit.tools.inputs import BadInput
from remit.tools.testing.watching import again, changes, concerns
from tests.commands import remit

POLICY = """
api a { audience "https://a"  issuer "https://i/" profile auth0  scope s }
data days: set<string> from "days"
resource R { action read needs s  permit read to anyone }
test "t" { token ann { scope: "s" }  resource x: R {}  ann may read x }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.remit").write_text(POLICY)
    (tmp_path / "days").write_text("[]")
    return tmp_path


def watch(monkeypatch: pytest.MonkeyPatch, saves: Iterator[set[tuple[object, str]]]) -> None:
    """Let files change when `saves` changes them, and not when a clock says so."""
    monkeypatch.setattr(watchfiles, "watch", lambda *_paths, **_options: saves)


def test_tests_run_again_after_each_save_also_a_broken_one_until_an_interrupt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = folder / "p.remit"

    def saves() -> Iterator[set[tuple[object, str]]]:
        for text in (POLICY.replace("ann may", "ann may not"), POLICY + "api", POLICY):
            policy.write_text(text)
            yield {(watchfiles.Change.modified, str(policy))}
        policy.unlink()
        yield {(watchfiles.Change.deleted, str(policy))}
        raise KeyboardInterrupt

    watch(monkeypatch, saves())
    done = remit("test", folder, "--watch")
    assert done.returncode == 0
    told = [line for line in done.stdout.splitlines() if "passed" in line or "changed" in line]
    passed, failed, saved = "1 passed, 0 failed", "0 passed, 1 failed", "p.remit changed"
    assert told == [passed, saved, failed, saved, saved, passed, saved]
    assert "error[R102]" in done.stderr
    assert "R008" in done.stderr


def test_what_changes_together_is_named_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {(watchfiles.Change.added, str(folder / name)) for name in ("q.remit", "p.remit", "days")}
    saved |= {(watchfiles.Change.modified, str(folder / "days"))}
    watch(monkeypatch, iter([{*saved}]))
    assert list(changes(folder)) == [["days", "p.remit", "q.remit"]]


@pytest.mark.parametrize(
    ("of", "name", "concerned"),
    [
        (".", "p.remit", True),
        (".", "new.remit", True),
        ("p.remit", "p.remit", True),
        ("p.remit", "other.remit", False),
        (".", "days", True),
        ("p.remit", "days", True),
        (".", "days.json", False),
        (".", "p.remit.swp", False),
    ],
)
def test_the_files_of_a_policy_are_its_text_and_what_that_names(
    folder: Path, of: str, name: str, *, concerned: bool
) -> None:
    (folder / "p.remit").write_text(POLICY + "permit permit")  # broken, and still it names its data
    assert concerns(folder / of, folder / name) is concerned


def test_what_is_not_there_is_not_watched(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file or folder"):
        changes(tmp_path / "none.remit")
    assert remit("test", tmp_path / "none.remit", "--watch").returncode == 2


def test_whatever_a_run_comes_to_the_next_one_follows(capsys: pytest.CaptureFixture[str]) -> None:
    runs: list[int] = []

    def run() -> None:
        runs.append(len(runs))
        raise BadInput("nothing to run")

    again(run, [["a"], ["b"]])
    assert runs == [0, 1, 2]
    said = capsys.readouterr()
    assert said.err == "nothing to run\n" * 3
    assert said.out == "\na changed\n\nb changed\n"
