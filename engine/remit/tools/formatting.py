"""Paths -> policy files in one layout: what `remit fmt` does.

A file is written only where its layout changes, as a whole, and keeps its mode.
"""

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from remit.decider.loading import BUNDLE
from remit.diagnostics import Finding, as_record, render_all, sorted_findings
from remit.spans import Source
from remit.syntax.format import formatted
from remit.syntax.source import ENDING, decode, read_path
from remit.tools import colours
from remit.tools.colours import findings, say
from remit.tools.inputs import STANDARD_INPUT, STANDARD_INPUT_NAME, BadInput
from remit.tools.options import AsJson
from remit.tools.suggesting import policies
from remit.tools.terminal import DENIED, print_json, refusal, waiting
from remit.tools.writing import rewrite

PolicyFiles = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="Files, folders of them; `-` for standard input.",
        autocompletion=policies,
    ),
]
OnlyCheck = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; name the files that would change, and exit with 1."),
]
ShowDiff = Annotated[
    bool, typer.Option("--diff", help="Write nothing; show what would change, and exit with 1 if any.")
]


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
    """The policy files in a folder and the folders in it; otherwise the path itself. Raises BadInput."""
    if path.suffix == BUNDLE:
        raise BadInput(f"{path}: a bundle has no layout: name the files it was made of")
    return sorted(file for file in path.rglob(f"*{ENDING}") if file.is_file()) or [path]


def _format(source: Source, found: tuple[Finding, ...]) -> Formatted:
    if found:
        return Formatted(source, source.text, found)
    with waiting(f"laying out {source.file}"):
        return Formatted(source, *formatted(source))


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


def format_files(
    paths: PolicyFiles,
    *,
    check_only: OnlyCheck = False,
    diff: ShowDiff = False,
    as_json: AsJson = False,
) -> None:
    """Lay policy files out in one way; comments and what is said stay as they are.

    Example: remit fmt --check policies
    """
    only_told = check_only or diff
    done: list[Formatted] = []
    for file in format_all(paths):
        done.append(file)
        if file.findings and not as_json:
            say(report(file), findings, stream=sys.stderr)
        elif file.source.file == STANDARD_INPUT_NAME and not (only_told or as_json):
            print(file.text, end="")
        elif file.changed:
            _change(file, only_told=only_told, diff=diff, as_json=as_json)
    if as_json:
        print_json(record(done))
    if any(file.findings for file in done):
        raise typer.Exit(refusal(finding for file in done for finding in file.findings))
    if only_told and any(file.changed for file in done):
        raise typer.Exit(DENIED)


def record(files: Sequence[Formatted]) -> Mapping[str, Any]:
    """What became of the files, as plain data; the difference of those that would be another."""
    changed = [{"file": file.source.file, "diff": difference(file)} for file in files if file.changed]
    found = [as_record(each, file.source) for file in files for each in file.findings]
    return {"files": len(files), "changed": changed, "findings": found}


def _change(file: Formatted, *, only_told: bool, diff: bool, as_json: bool) -> None:
    if not only_told and file.source.file != STANDARD_INPUT_NAME:
        rewrite(Path(file.source.file), file.text)
    if as_json:
        return
    if diff:
        say(difference(file).removesuffix("\n"), colours.difference)
    else:
        print(f"{'would be laid out otherwise' if only_told else 'laid out'}: {file.source.file}")
