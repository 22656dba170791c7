"""`remit repl`: lines from a terminal, or from standard input -> a conversation about a policy."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from remit.tools.inputs import BadInput
from remit.tools.options import AsJson
from remit.tools.repl.session import Reply, Session
from remit.tools.repl.spelling import is_open
from remit.tools.suggesting import policies
from remit.tools.terminal import print_json

OptionalPolicy = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]", help="A .remit file, or a folder of them.", autocompletion=policies
    ),
]


def converse(path: OptionalPolicy = None, *, as_json: AsJson = False) -> None:
    """Ask a policy questions, change one thing, and see what that does to the answer.

    A token may be pasted: its claims, or a JWT, which is decoded and not verified. `help` says what
    else can be said. What is piped in is read line by line; the first line that cannot be used ends it.

    Example: remit repl policies/documents
    """
    session = Session(path)
    if sys.stdin.isatty() and not as_json:
        from remit.tools.repl.prompting import prompt  # noqa: PLC0415  (dear to import, for terminals only)

        prompt(session)
        return
    for number, line in _lines():
        try:
            reply = session.run(line)
        except BadInput as error:
            raise BadInput(f"<stdin>:{number}: {error}") from None
        if as_json:
            _record(line, reply)
        else:
            reply.show()
        if reply.ends:
            return


def _lines() -> Iterator[tuple[int, str]]:
    """What is piped in, with the number of its first line; brackets may be open over several."""
    held, first = "", 1
    for number, line in enumerate(sys.stdin, 1):
        first = first if held else number
        held += line
        if not is_open(held):
            yield first, held
            held = ""
    if held:
        yield first, held


def _record(line: str, reply: Reply) -> None:
    decision = None if reply.decision is None else reply.decision.record()
    was = None if reply.before is None else reply.before.allowed
    if line.strip():
        print_json(
            {
                "line": line.strip(),
                "said": list(reply.lines),
                "decision": decision,
                "allowed_before": was,
            }
        )
