"""The tutorial, typed into an empty folder of a real terminal: `python -m tests.tutorial_long`.

Files are typed line by line into `cat`, as somebody without an editor would; after each command the
screen has to show what the tutorial shows, and nothing else. Needs tmux.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.tutorial import PLACE, Typed, Written, steps

_PROMPT = "$ "
_READY = re.compile(r"(> )*\$")  # lines typed ahead leave their own prompts before the next
_PATIENCE = 120.0
_SIZE = ("-x", "80", "-y", "400")


class Terminal:
    """A terminal of tmux, with a shell whose prompt is a plain dollar."""

    def __init__(self, folder: str) -> None:
        """Open it in a folder, with the commands of this Python on its path."""
        self._name = f"tutorial-{Path(folder).name}"
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        told = (f"PATH={path}", f"HOME={folder}", "TERM=screen", "LANG=C.UTF-8", f"PS1={_PROMPT}")
        self._tmux("new-session", "-d", *_SIZE, "-s", self._name, "-c", folder, "env", "-i", *told, "sh")
        self.shown()

    def _tmux(self, *arguments: str) -> str:
        command = [shutil.which("tmux") or "tmux", "-L", self._name, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def type(self, line: str) -> None:
        """Type a line and the return key."""
        self._tmux("send-keys", "-t", self._name, "-l", line)
        self._tmux("send-keys", "-t", self._name, "Enter")

    def clear(self) -> None:
        """Begin on an empty screen."""
        self.type("clear")
        self.shown()

    def shown(self) -> list[str]:
        """The lines on the screen, once the prompt is back."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            lines = self._tmux("capture-pane", "-p", "-J", "-t", self._name).rstrip().split("\n")
            if _READY.fullmatch(lines[-1].rstrip()):
                return [line.rstrip() for line in lines[:-1]]
            time.sleep(0.05)
        raise TimeoutError(self._tmux("capture-pane", "-p", "-t", self._name))

    def close(self) -> None:
        """End the shell and its terminal."""
        self._tmux("kill-server")


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _follow(terminal: Terminal) -> int:
    """Take every step; how many screens were other than the tutorial says."""
    wrong = 0
    for step in steps(PLACE.read_text()):
        terminal.clear()
        match step:
            case Written(name, text):
                terminal.type(f"cat > {name} <<'END OF FILE'")
                for line in text.splitlines():
                    terminal.type(line)
                terminal.type("END OF FILE")
                terminal.shown()
                _say(f"wrote {name}")
            case Typed(line, printed):
                terminal.type(line)
                screen = terminal.shown()
                wanted = [f"{_PROMPT}{line}", *(each.rstrip() for each in printed.splitlines())]
                alike = screen == wanted
                wrong += not alike
                _say(f"{'as the tutorial says' if alike else 'OTHERWISE'}: {line}")
                if not alike:
                    _say("--- the tutorial", *wanted, "--- the screen", *screen)
    return wrong


def main() -> None:
    """Follow the tutorial; exit with 1 where it is wrong."""
    folder = tempfile.mkdtemp()
    terminal = Terminal(folder)
    try:
        wrong = _follow(terminal)
    finally:
        terminal.close()
        shutil.rmtree(folder)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
