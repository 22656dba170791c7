"""Paths -> policy files in one layout: what `remit fmt` does.

A file is written only where its layout changes, as a whole, and keeps its mode.
"""

import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from remit.diagnostics import Finding, render_all, sorted_findings
from remit.spans import Source
from remit.syntax.format import formatted
from remit.syntax.source import ENDING, decode, read_path
from remit.tools.terminal import BAD_POLICY, DENIED
from remit.tools.writing import rewrite

PolicyFiles = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Files, folders of them; `-` for standard input.")
]
OnlyCheck = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; name the files that would change, and exit with 1."),
]
ShowDiff = Annotated[
    bool, typer.Option("--diff", help="Write nothing; show what would change, and exit with 1 if any.")
]

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


def format_files(paths: PolicyFiles, *, check_only: OnlyCheck = False, diff: ShowDiff = False) -> None:
    """Lay policy files out in one way; comments and what is said stay as they are."""
    refused = changed = False
    for file in format_all(paths):
        if file.findings:
            refused = True
            print(report(file), file=sys.stderr)
        elif file.source.file == STANDARD_INPUT_NAME and not (check_only or diff):
            print(file.text, end="")
        elif file.changed:
            changed = True
            _show_change(file, check_only=check_only, diff=diff)
    if refused:
        raise typer.Exit(BAD_POLICY)
    if changed and (check_only or diff):
        raise typer.Exit(DENIED)


def _show_change(file: Formatted, *, check_only: bool, diff: bool) -> None:
    if diff:
        print(difference(file), end="")
    if check_only and not diff:
        print(f"would be laid out otherwise: {file.source.file}")
    if not (check_only or diff):
        rewrite(Path(file.source.file), file.text)
        print(f"laid out: {file.source.file}")
