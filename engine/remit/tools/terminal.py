"""What all commands share: exit codes, JSON, counts, and a bar that only a person sees."""

import sys
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import track

ALLOWED: Final = 0
DENIED: Final = 1
BAD_INPUT: Final = 2
BAD_POLICY: Final = 3

CODES: Final = """
Exit codes: 0 allowed, or nothing found, or all tests passed; 1 denied, a test failed, less is tested
than `--fail-under` asks for, an endpoint does not fit, a file would be laid out otherwise, or the linter
found something; 2 the input (a file, its JSON, an option) cannot be used; 3 the policy is refused.
"""

Item = TypeVar("Item")


def watched(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items one by one, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    console = Console(file=sys.stderr)
    yield from track(items, description=what, console=console, transient=True)


def print_json(value: object) -> None:
    """Print a value as JSON, for programs."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def stop(code: int, message: str, *, quiet: bool = False) -> NoReturn:
    """End the command with a code and, unless `quiet`, a line on standard error."""
    if not quiet:
        print(message, file=sys.stderr)
    raise typer.Exit(code)
