"""What all commands share: exit codes, JSON, counts, and bars that only a person sees."""

import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from threading import Timer
from typing import Final, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import track

from remit.diagnostics import Code, Finding, Severity

ALLOWED: Final = 0
DENIED: Final = 1
BAD_INPUT: Final = 2
BAD_POLICY: Final = 3

# Each line is a paragraph: what prints help runs the lines of one together.
CODES: Final = """
Exit codes

0  it is so: allowed, in order, nothing found, all tests passed

1  it is not: denied, a test failed, something was found, a layout is another, less is shown than asked

2  the input cannot be used: an option, a file that cannot be read, its JSON

3  the policy is refused
"""

_NOTHING_READ: Final = (Code.UNREADABLE, Code.NO_POLICY)

Item = TypeVar("Item")

_PATIENCE: Final = 0.5
"""Seconds after which a person is told what is being waited for."""


def watched(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items one by one, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    console = Console(file=sys.stderr)
    yield from track(items, description=what, console=console, transient=True)


@contextmanager
def waiting(what: str, patience: float = _PATIENCE) -> Generator[None]:
    """Say what is being waited for, where it takes longer, on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    status = Console(file=sys.stderr).status(what)
    timer = Timer(patience, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be at it
        status.stop()


def print_json(value: object) -> None:
    """Print a value as JSON, for programs."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def refusal(findings: Iterable[Finding]) -> int:
    """The exit code for findings that refuse a policy: another where there was nothing to read."""
    errors = [finding.code for finding in findings if finding.severity is Severity.ERROR]
    return BAD_INPUT if all(code in _NOTHING_READ for code in errors) else BAD_POLICY


def near(value: str, known: Iterable[str]) -> str:
    """`: did you mean ...?` where a name that is known is like the value; else nothing."""
    names = get_close_matches(value, list(known), n=1)
    return f": did you mean `{names[0]}`?" if names else ""


def stop(code: int, message: str, *, quiet: bool = False) -> NoReturn:
    """End the command with a code and, unless `quiet`, a line on standard error."""
    if not quiet:
        print(message, file=sys.stderr)
    raise typer.Exit(code)
