"""`remit new`: a folder with a policy that passes its tests, and a service behind it."""

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from remit.tools.inputs import BadInput
from remit.tools.options import AsJson
from remit.tools.starting.generating import FASTAPI, FRAMEWORKS, Wanted, skeleton
from remit.tools.starting.providers import PROVIDERS
from remit.tools.terminal import near, print_json

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where it goes; made where it is not there.")
]
IssuerProfile = Annotated[
    str | None,
    typer.Option(
        "--issuer",
        metavar="PROFILE",
        help=f"Whose tokens: {', '.join(PROVIDERS)}.",
        autocompletion=lambda: list(PROVIDERS),
    ),
]
ApiName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The API's name. Left out: the folder's.")
]
Framework = Annotated[
    str,
    typer.Option(
        "--framework",
        metavar="NAME",
        help="fastapi; none: a policy without a service.",
        autocompletion=lambda: list(FRAMEWORKS),
    ),
]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER = re.compile(r"[^A-Za-z0-9]+")


def start(
    folder: Folder,
    *,
    issuer: IssuerProfile = None,
    name: ApiName = None,
    framework: Framework = FASTAPI,
    as_json: AsJson = False,
) -> None:
    """Begin a policy: for tokens of a given issuer, with tests that pass and a service that it guards.

    What is there already is never written over. Names that are made up stand in the policy in the form
    that the issuer's own have; the README that comes with it says which, and what to do next.

    Example: remit new orders --issuer entra
    """
    wanted = Wanted(_named(folder, name), _profile(issuer, as_json=as_json), _framework(framework))
    made = skeleton(wanted)
    _write(folder, made)
    if as_json:
        print_json({"folder": str(folder), "files": sorted(made)})
        return
    for file in made:
        print(folder / file)
    print(
        f"\nnext: remit test {folder / 'policy'} --coverage; {folder / 'README.md'} says what comes then"
    )


def _named(folder: Path, name: str | None) -> str:
    """The name of the API. Raises BadInput for one that could not stand in a policy."""
    if name is None:
        name = _OTHER.sub("_", folder.resolve().name).strip("_").lower()
    if not _WORD.fullmatch(name):
        raise BadInput(f"`{name}` is no name for an API: use letters, digits and _, as in --name orders")
    return name


def _profile(issuer: str | None, *, as_json: bool) -> str:
    """The profile that was named; on a terminal one is asked for. Raises BadInput."""
    if issuer is None and sys.stdin.isatty() and not as_json:
        for profile, provider in PROVIDERS.items():
            print(f"  {profile:<9} {provider.title}")
        issuer = str(typer.prompt("Whose tokens", default="rfc9068"))
    if issuer is None:
        raise BadInput(f"whose tokens? say --issuer, one of {', '.join(PROVIDERS)}")
    return _one_of("--issuer", issuer, PROVIDERS)


def _framework(framework: str) -> str:
    return _one_of("--framework", framework, FRAMEWORKS)


def _one_of(option: str, value: str, known: Iterable[str]) -> str:
    """The value, if it is known. Raises BadInput."""
    if value not in known:
        guess = near(value, known) or f": one of {', '.join(known)}"
        raise BadInput(f"{option}: `{value}` is not known{guess}")
    return value


def _write(folder: Path, made: Mapping[str, str]) -> None:
    """Write all files, or none where one of them is there. Raises BadInput."""
    there = next((file for file in made if (folder / file).exists()), None)
    if there is not None:
        raise BadInput(f"{folder / there} is there already: nothing was written; name another folder")
    try:
        for file, text in made.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as content:
                content.write(text)
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: {error.strerror}") from None
