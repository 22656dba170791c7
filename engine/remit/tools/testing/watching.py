"""Changes of a policy's files -> its tests, run again."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import typer
import watchfiles

from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.syntax.source import ENDING, read_path
from remit.tools.inputs import BadInput


def changes(path: Path) -> Iterator[list[str]]:
    """The names of files of the policy at `path` that have changed, each time that some have.

    Raises BadInput where there is nothing to watch.
    """
    folder = (path if path.is_dir() else path.parent).resolve()
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder to watch")
    seen = watchfiles.watch(
        folder,
        watch_filter=lambda _, changed: concerns(path, Path(changed)),
        recursive=False,
    )
    return (sorted({Path(changed).name for _, changed in some}) for some in seen)


def concerns(path: Path, changed: Path) -> bool:
    """Whether a file is of the policy at `path`, or is named by it, whatever else is wrong there."""
    if changed.suffix == ENDING:
        return path.is_dir() or changed.name == path.name
    sources, _ = read_path(path)
    return any(f'"{changed.name}"' in source.text for source in sources)


def again(run: Callable[[], None], changed: Iterable[list[str]]) -> None:
    """Run at once, and after each change, until an interrupt; what is refused is told like a failure."""
    with suppress(KeyboardInterrupt):
        _told(run)
        for names in changed:
            print(f"\n{', '.join(names)} changed")
            _told(run)


def _told(run: Callable[[], None]) -> None:
    try:
        run()
    except typer.Exit:
        pass  # what has failed has been said
    except (PolicyError, BundleError, ConfigurationError, BadInput) as error:
        print(error, file=sys.stderr)
    sys.stdout.flush()
