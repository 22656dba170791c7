"""Options and arguments that several commands have, spelled alike everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.tools.suggesting import actions, json_files, named, not_named, policies, written


def _policy(what: str, completion: Callable[..., Any]) -> Any:  # noqa: ANN401  (as typer's own)
    return typer.Argument(
        metavar="PATH",
        help=what,
        default_factory=not_named,
        callback=named,
        show_default=False,
        autocompletion=completion,
    )


PolicyPath = Annotated[Path, _policy("A .remit file, a folder of them, or a bundle.", policies)]
WrittenPolicy = Annotated[Path, _policy("A .remit file, or a folder of them.", written)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token",
        metavar="FILE",
        help="JSON: the claims of a verified token, or {header, claims}; or a JWT, which is decoded "
        "and not verified. `-`: from standard input. Left out: no token.",
        autocompletion=json_files,
    ),
]
ActionName = Annotated[
    str,
    typer.Option("--action", metavar="NAME", help="The action asked for.", autocompletion=actions),
]
ResourceFile = Annotated[
    Path | None,
    typer.Option(
        "--resource",
        metavar="FILE",
        help="JSON: {type, attributes}. Left out: the API itself.",
        autocompletion=json_files,
    ),
]
ContextFile = Annotated[
    Path | None,
    typer.Option(
        "--context",
        metavar="FILE",
        help="JSON: the members of `context`.",
        autocompletion=json_files,
    ),
]
ParametersFile = Annotated[
    Path | None,
    typer.Option(
        "--parameters",
        metavar="FILE",
        help="JSON: the parameters of the action.",
        autocompletion=json_files,
    ),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="INSTANT", help="Decide as of then: 2026-11-23T12:00Z."),
]
