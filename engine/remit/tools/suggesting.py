"""What is written so far -> what a shell may offer: files, actions of the policy that is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer

from remit.decider.loading import BUNDLE
from remit.syntax.source import ENDING
from remit.tools.inputs import BadInput

_USUAL: Final = ("policy", "policies", ".")
"""Where policies are, in most repositories."""
_NOT_NAMED: Final = Path("?")


def files(begun: str, *endings: str) -> Iterator[str]:
    """Folders, and files with one of these endings, that a path may go on to."""
    folder = begun[: begun.rfind("/") + 1]
    try:
        for path in sorted(Path(folder or ".").iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir():
                yield f"{folder}{path.name}/"
            elif path.suffix in endings:
                yield f"{folder}{path.name}"
    except OSError:
        return


def policies(incomplete: str) -> list[str]:
    """Paths of policies."""
    return _begun(incomplete, files(incomplete, ENDING, BUNDLE))


def written(incomplete: str) -> list[str]:
    """Policies, bundles not among them."""
    return _begun(incomplete, files(incomplete, ENDING))


def json_files(incomplete: str) -> list[str]:
    """Paths of JSON files."""
    return _begun(incomplete, files(incomplete, ".json"))


def actions(context: typer.Context, incomplete: str) -> list[str]:
    """The actions of the policy that the line names."""
    from remit.decider.reading import read_set  # noqa: PLC0415  (dear to import)

    # What stands before an option that has no value yet is no parameter so far.
    words = [str(context.params.get("path", _NOT_NAMED)), *context.args]
    checked = next((read_set(Path(word)).checked for word in words if Path(word).exists()), None)
    blocks = () if checked is None else checked.blocks
    return _begun(incomplete, iter(dict.fromkeys(name for block in blocks for name in block.actions)))


def _begun(incomplete: str, words: Iterator[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def not_named() -> Path:
    """Stands for a policy that was not named."""
    return _NOT_NAMED


def named(context: typer.Context, path: Path) -> Path:
    """The policy that was named. Raises BadInput, which says where one is, for none."""
    if path != _NOT_NAMED or context.resilient_parsing:
        return path
    raise BadInput(which_policy())


def lint_codes(incomplete: str) -> list[str]:
    """The codes of the linter."""
    from remit.linter.catalogue import KNOWN  # noqa: PLC0415  (for one command)

    return _begun(incomplete, iter(KNOWN))


def which_policy() -> str:
    """What is said where no policy was named: to name one, and where one is."""
    usual = [folder for folder in _USUAL if any(Path(folder).glob(f"*{ENDING}"))]
    below = sorted(str(file.parent) for file in Path("policies").glob(f"*/*{ENDING}"))
    hint = "".join(f"; did you mean `{guess}`?" for guess in (usual + below)[:1])
    return f"which policy? name a {ENDING} file or a folder of them{hint}"
