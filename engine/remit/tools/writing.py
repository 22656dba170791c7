"""A text -> its file, as a whole: whoever reads the file meanwhile has the one before."""

import tempfile
from pathlib import Path

from remit.tools.inputs import BadInput


def rewrite(path: Path, text: str) -> None:
    """Write the new text of a file, which keeps its mode; a link stays one. Raises BadInput."""
    path = path.resolve()
    made: Path | None = None
    try:
        mode = path.stat().st_mode
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as content:
            made = Path(content.name)
            content.write(text.encode())
        made.chmod(mode)
        made.replace(path)
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        raise BadInput(f"{path}: {error.strerror}") from None
