"""`remit fmt` on files: what is written, what is said, and how it ends."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.commands import remit
from tests.test_cli import BAD_INPUT, BAD_POLICY, DENIED, MODULE, OK, process

MESSY = "api  a{audience 'x'}".replace("'", '"')
TIDY = 'api a {\n  audience "x"\n}\n'
BROKEN = "api {\n"


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "messy.remit"
    path.write_text(MESSY, encoding="utf-8")
    return path


def test_the_policies_of_the_repository_are_laid_out() -> None:
    done = remit("fmt", "--check", "policies")
    assert (done.returncode, done.stdout, done.stderr) == (OK, "", "")


def test_a_file_is_laid_out_and_keeps_its_mode(messy: Path) -> None:
    messy.chmod(0o640)
    done = remit("fmt", messy)
    assert (done.returncode, done.stdout) == (OK, f"laid out: {messy}\n")
    assert messy.read_text(encoding="utf-8") == TIDY
    assert messy.stat().st_mode & 0o777 == 0o640
    assert list(messy.parent.iterdir()) == [messy]


def test_a_file_that_is_laid_out_is_not_written_again(messy: Path) -> None:
    remit("fmt", messy)
    before = messy.stat()
    done = remit("fmt", messy)
    assert (done.returncode, done.stdout) == (OK, "")
    assert (messy.stat().st_ino, messy.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_carriage_returns_and_a_missing_last_line_end_are_mended(messy: Path) -> None:
    messy.write_bytes(TIDY.replace("\n", "\r\n").encode().rstrip())
    assert remit("fmt", "--check", messy).returncode == DENIED
    assert remit("fmt", messy).returncode == OK
    assert messy.read_bytes() == TIDY.encode()


def test_a_link_stays_one(messy: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.remit"
    link.symlink_to(messy)
    assert remit("fmt", link).returncode == OK
    assert link.is_symlink()
    assert messy.read_text(encoding="utf-8") == TIDY


def test_a_check_names_the_files_and_writes_nothing(messy: Path) -> None:
    done = remit("fmt", "--check", messy.parent)
    assert (done.returncode, done.stdout) == (DENIED, f"would be laid out otherwise: {messy}\n")
    assert messy.read_text(encoding="utf-8") == MESSY


def test_a_difference_is_shown_and_nothing_written(messy: Path) -> None:
    done = remit("fmt", "--diff", messy)
    lines = [
        f"--- {messy}",
        f"+++ {messy}",
        "@@ -1 +1,3 @@",
        f"-{MESSY}",
        "\\ No newline at end of file",
    ]
    assert done.returncode == DENIED
    assert done.stdout.splitlines() == [*lines, "+api a {", '+  audience "x"', "+}"]
    assert messy.read_text(encoding="utf-8") == MESSY


def test_a_file_that_does_not_parse_is_left_alone_beside_those_that_do(messy: Path) -> None:
    broken = messy.with_name("broken.remit")
    broken.write_text(BROKEN, encoding="utf-8")
    unreadable = messy.with_name("latin.remit")
    unreadable.write_bytes(b'api a { audience "\xe4" }')
    done = remit("fmt", messy.parent)
    assert done.returncode == BAD_POLICY
    assert "R101" in done.stderr
    assert "R001" in done.stderr
    assert broken.read_text(encoding="utf-8") == BROKEN
    assert messy.read_text(encoding="utf-8") == TIDY


def test_a_path_without_policies_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.remit"):
        done = remit("fmt", path)
        assert done.returncode == BAD_INPUT
        assert str(path) in done.stderr


def test_standard_input_goes_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    read(MESSY)
    done = remit("fmt", "-")
    assert (done.returncode, done.stdout, done.stderr) == (OK, TIDY, "")
    read(TIDY)
    assert remit("fmt", "-").stdout == TIDY
    read(MESSY)
    done = remit("fmt", "--check", "-")
    assert (done.returncode, done.stdout) == (DENIED, "would be laid out otherwise: <stdin>\n")
    read(BROKEN)
    done = remit("fmt", "-")
    assert (done.returncode, done.stdout) == (BAD_POLICY, "")
    assert "<stdin>:1" in done.stderr


def test_a_folder_that_cannot_be_written_to_is_said(
    messy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("tempfile.NamedTemporaryFile", "pathlib.Path.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(name, refused)
            done = remit("fmt", messy)
        assert (done.returncode, done.stderr) == (BAD_INPUT, f"error: {messy}: Permission denied\n")
        assert messy.read_text(encoding="utf-8") == MESSY
        assert list(messy.parent.iterdir()) == [messy]


def test_a_process_of_its_own_lays_out_a_file(messy: Path) -> None:
    assert process(*MODULE, "fmt", messy).returncode == OK
    assert messy.read_text(encoding="utf-8") == TIDY
