"""The command line, run in this process."""

import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from remit.tools.cli import main


def remit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What the command prints, and how it ends; never with a traceback."""
    command = ["remit", *map(str, arguments)]
    with (
        patch.object(sys, "argv", command),
        patch.object(sys, "excepthook", sys.excepthook),  # typer puts its own there, and leaves it
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        pytest.raises(SystemExit) as stop,
    ):
        main()
    assert isinstance(stop.value.code, int)
    done = subprocess.CompletedProcess(command, stop.value.code, out.getvalue(), err.getvalue())
    assert "Traceback" not in done.stdout + done.stderr
    return done
