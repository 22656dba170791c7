"""A running service -> pictures of its page in `screenshots/`, made by a browser without a window.

    python -m policies.documents.service.screenshots

Needs Chromium, by the name of `chromium` or in the environment variable `BROWSER`, and pngquant; and, to
look as they do there, the fonts Inter and JetBrains Mono.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from policies.documents.service.servers import Running, running

FOLDER: Final = Path(__file__).parent / "screenshots"


class Picture(NamedTuple):
    """A request, as the page has it behind its URL; and how it is looked at, in CSS pixels."""

    name: str
    request: str
    width: int
    height: int
    is_dark: bool = False


PICTURES: Final = (
    Picture("allowed-light", "eve/write/plan", 1100, 1020),
    Picture("denied-light", "ann/write/report-1", 1100, 1340),
    Picture("denied-dark", "ann/share/notes", 1100, 1150, is_dark=True),
    Picture("concealed-narrow-dark", "dan/read/merger", 360, 1800, is_dark=True),
)


def take(servers: Running, picture: Picture) -> None:
    """Let the browser draw the page into a file, and make that small."""
    file = f"{FOLDER / picture.name}.png"
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(  # noqa: S603  (a browser of the caller's choice, on a page of our own)
            [
                os.environ.get("BROWSER", "chromium"),
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                "--virtual-time-budget=5000",
                f"--window-size={picture.width},{picture.height}",
                f"--blink-settings=preferredColorScheme={0 if picture.is_dark else 1}",
                f"--screenshot={file}",
                f"{servers.url}/#{picture.request}",
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
    subprocess.run(["pngquant", "--force", "--output", file, file], check=True)  # noqa: S603, S607  (as above)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with running() as up:
        for each in PICTURES:
            take(up, each)
            print(f"{each.name}.png")
