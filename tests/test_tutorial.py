"""The tutorial prints what it says, step by step, and ends with the worked policy."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from remit.decider.engine import Engine
from tests.commands import remit
from tests.tutorial import PLACE, Typed, Written, steps


def printed_by(line: str, folder: Path) -> str:
    """What a command of the tutorial prints, on whichever stream."""
    program, *arguments = shlex.split(line)
    if program == "remit":
        done = remit(*arguments)
    else:
        assert program == "python", "the tutorial types no other command"
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_every_step_does_what_the_tutorial_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = list(steps(PLACE.read_text()))
    worked = Engine.load("policies/documents")
    monkeypatch.chdir(tmp_path)
    for step in taken:
        match step:
            case Written(name, text):
                Path(name).write_text(text)
            case Typed(line, printed):
                assert (line, printed_by(line, tmp_path)) == (line, printed)
    assert len(taken) > 20
    assert Engine.load("documents.remit").digest == worked.digest
