"""A title and a body -> a page that stands for itself: what the commands' `--html` files have alike.

Such a page asks for nothing else, runs no script, and its policy for content says so. Where a reader
prefers dark pages it is one.
"""

import html
from pathlib import Path

from remit.diagnostics import printable
from remit.tools.inputs import BadInput

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --dim: #5c646f; --rule: #d9dee4;
  --panel: #f6f8fa; --good: #1a7f37; --good-paper: #eaf6ed; --bad: #b42318; --bad-paper: #fdeceb;
  --odd: #8a5a00; --odd-paper: #fff4dc; --word: #8250df; --text: #0a5c9e; --scope: #0b6b62; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e6ea; --paper: #14171b; --dim: #9aa3ad;
  --rule: #30363d; --panel: #1b2026; --good: #5bc27a; --good-paper: #142a1b; --bad: #ff8a80;
  --bad-paper: #3a1a19; --odd: #f0c060; --odd-paper: #33280f; --word: #c9a2ff; --text: #86c5ff;
  --scope: #6fd6c8; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin-top: 2rem; }
code, pre { font: 13px/1.55 ui-monospace, monospace; }
""".strip()


def page(title: str, style: str, body: str) -> str:
    """A page with this title, its own style after that of all, and a body of HTML."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{shown(title)}</title>
<style>{_STYLE}
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def shown(text: object) -> str:
    """A text as HTML: its markup as text, what cannot be seen as escapes, on one line."""
    return html.escape(printable(str(text)))


def write_file(path: Path, content: bytes) -> None:
    """Write a report. Raises BadInput where that cannot be done."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
