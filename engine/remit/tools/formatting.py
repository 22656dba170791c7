"""Paths -> policy files in one layout: what `remit fmt` does.

A file is written only where its layout changes, as a whole, and keeps its mode.
"""

import difflib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from remit.diagnostics import Finding, render_all, sorted_findings
from remit.spans import Source
from remit.syntax.format import formatted
from remit.syntax.source import ENDING, decode, read_path
from remit.tools.inputs import BadInput

STANDARD_INPUT = Path("-")
STANDARD_INPUT_NAME = "<stdin>"


class Formatted(NamedTuple):
    """A file as it is, and as it would be laid out: the same where something is wrong with it."""

    source: Source
    text: str
    findings: tuple[Finding, ...]

    @property
    def changed(self) -> bool:
        """Whether the layout is another one."""
        return self.text != self.source.text


def format_all(paths: Sequence[Path]) -> Iterator[Formatted]:
    """Lay out the policy files at `paths` and in the folders there, standard input for `-`."""
    for path in paths:
        if path == STANDARD_INPUT:
            source, found = decode(STANDARD_INPUT_NAME, sys.stdin.buffer.read())
            yield _format(source, found)
            continue
        for file in _below(path):
            sources, found = read_path(file)
            yield _format(sources[0] if sources else Source(str(file), ""), found)


def _below(path: Path) -> list[Path]:
    """The policy files in a folder and the folders in it; otherwise the path itself."""
    return sorted(file for file in path.rglob(f"*{ENDING}") if file.is_file()) or [path]


def _format(source: Source, found: tuple[Finding, ...]) -> Formatted:
    return Formatted(source, source.text, found) if found else Formatted(source, *formatted(source))


def difference(file: Formatted) -> str:
    """What would change, as a unified diff."""
    name = file.source.file
    before, after = (text.splitlines(keepends=True) for text in (file.source.text, file.text))
    lines = difflib.unified_diff(before, after, name, name)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def report(file: Formatted) -> str:
    """What is wrong with a file."""
    return render_all(sorted_findings(file.findings), (file.source,))


def rewrite(file: Formatted) -> None:
    """Write what changed: whoever reads the file meanwhile has the one before. Raises BadInput."""
    path = Path(file.source.file).resolve()  # a link stays one
    made: Path | None = None
    try:
        mode = path.stat().st_mode
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as content:
            made = Path(content.name)
            content.write(file.text.encode())
        made.chmod(mode)
        made.replace(path)
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        raise BadInput(f"{path}: {error.strerror}") from None
