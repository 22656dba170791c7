"""Runs of the tutorial's commands -> the pictures in `grammar/pictures/`: `python -m tests.captures`.

Terminal output becomes SVG, with the colours that a terminal is sent; a browser draws the page of
`remit explain`. Needs Chromium, by the name of `chromium` or in the environment variable `BROWSER`, and
pngquant.
"""

import io
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tests.tutorial import PLACE, Typed, Written, steps

FOLDER: Final = Path("grammar/pictures").resolve()
_COLUMNS: Final = 112
_LINES: Final = 20
_TEST: Final = "remit test ."
_MUTATE: Final = "remit mutate ."
_EXPLAIN: Final = (
    "remit explain . --action write --token ann.json --resource plan.json --at 2026-11-23T12:00Z"
)

# A terminal's window as plain SVG: without the web font that rich would have the reader's browser fetch.
_WINDOW: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def _run(folder: Path, line: str) -> str:
    """What a command of the tutorial prints on a terminal, its colours included."""
    program, *arguments = shlex.split(line)
    module = ("-m", "remit.tools") if program == "remit" else ()
    command = [sys.executable, *module, *arguments]
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(_COLUMNS)}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def _cut(printed: str) -> str:
    """The first lines, and the last one, which sums up."""
    lines = printed.splitlines()
    return printed if len(lines) <= _LINES else "\n".join([*lines[:_LINES], "...", lines[-1]])


def _draw(name: str, title: str, printed: str) -> None:
    """Draw a terminal's window."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {title}", style="bold"))
    console.print(Text.from_ansi(printed), soft_wrap=False)
    drawn = console.export_svg(title=title, code_format=_WINDOW, unique_id=name)
    (FOLDER / f"{name}.svg").write_text(drawn)


def _photograph(page: Path, name: str) -> None:
    """Let the browser draw a page, and make the file small."""
    file = str(FOLDER / f"{name}.png")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [  # a browser of the caller's choice, on a page of our own
                os.environ.get("BROWSER", "chromium"),
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                "--window-size=1100,1500",
                "--blink-settings=preferredColorScheme=1",
                f"--screenshot={file}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
    subprocess.run(["pngquant", "--force", "--output", file, file], check=True)  # noqa: S607  (as above)


def main() -> None:
    """Follow the tutorial, and draw what is worth a picture when it is first seen."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {_TEST: "test", _MUTATE: "mutate"}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for step in steps(PLACE.read_text()):
            match step:
                case Written(name, text):
                    (folder / name).write_text(text)
                case Typed(line, _):
                    printed = _run(folder, line)
                    if line in wanted:
                        _draw(wanted.pop(line), line, _cut(printed))
        _run(folder, f"{_EXPLAIN} --html page.html")
        _photograph(folder / "page.html", "explain")


if __name__ == "__main__":
    main()
