"""Options and arguments that several commands have, spelled alike everywhere."""

from pathlib import Path
from typing import Annotated

import typer

PolicyPath = Annotated[Path, typer.Argument(help="A .remit file, a folder of them, or a bundle.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token",
        help="JSON: the claims of a verified token, or {header, claims}; or a JWT, which is decoded "
        "and not verified. `-`: from standard input. Left out: no token.",
    ),
]
ActionName = Annotated[str, typer.Option("--action", help="The action asked for.")]
ResourceFile = Annotated[
    Path | None,
    typer.Option("--resource", help="JSON: {type, attributes}. Left out: the API itself."),
]
ContextFile = Annotated[Path | None, typer.Option("--context", help="JSON: the members of `context`.")]
ParametersFile = Annotated[
    Path | None, typer.Option("--parameters", help="JSON: the parameters of the action.")
]
At = Annotated[str | None, typer.Option("--at", help="Decide as of this instant (2026-11-23T12:00Z).")]
