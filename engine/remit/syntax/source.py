"""Files or bytes -> Sources: text that is safe to show and to read."""

import errno
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from remit.diagnostics import Finding
from remit.spans import Source, Span
from remit.syntax import findings

ENDING = ".remit"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SHOWN = 20


def read_path(path: Path) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """The policy file at `path`, or every `.remit` file of the folder there, in order of name."""
    found: list[Finding] = []
    try:
        files = [path]
        if path.is_dir():
            files = sorted(path.glob(f"*{ENDING}"))
            found.extend(findings.other_ending(str(file)) for file in _almost_policies(path))
        contents = [(str(file), _content(file)) for file in files]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        file = str(getattr(error, "filename", None) or path)
        missing = isinstance(error, FileNotFoundError) and file == str(path)
        return (), (findings.unreadable(file, reason, _beside(path) if missing else ()),)
    if not contents and not found:
        below = next(iter(sorted(path.glob(f"*/*{ENDING}"))), None)
        return (), (findings.no_policy(str(path), str(below.parent) if below else None),)
    sources: list[Source] = []
    for name, content in contents:
        source, problems = decode(name, content)
        sources.append(source)
        found.extend(problems)
        if not (problems or source.text.strip()):
            found.append(findings.empty_file(Span(name, 0, 0)))
    return tuple(sources), tuple(found)


def _almost_policies(folder: Path) -> list[Path]:
    """The files whose names end like those of policies, but for capital letters."""
    ends = (path for path in folder.iterdir() if path.suffix.lower() == ENDING != path.suffix)
    return sorted(path for path in ends if path.is_file())


def _content(file: Path) -> bytes:
    """What is in a regular file; a pipe or a device may keep its reader waiting for ever."""
    kind = file.stat().st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):  # of a folder, reading it says so
        raise OSError(errno.EINVAL, "not a regular file", str(file))
    return file.read_bytes()


def _beside(path: Path) -> list[str]:
    """What is where a file would be, as far as that can be listed."""
    try:
        return [str(each) for each in path.parent.iterdir() if each != path]
    except (OSError, ValueError):
        return []


def read_beside(file: str, name: str) -> bytes | None:
    """The content of the file of that plain name in the folder of a policy file; None for none.

    At most a byte more than a policy may have is read, so that what is too large can be seen to be.
    """
    if name in ("", ".", "..") or Path(name).name != name:
        return None
    try:
        with (Path(file).parent / name).open("rb") as content:
            return content.read(findings.MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


def decode(file: str, content: bytes) -> tuple[Source, tuple[Finding, ...]]:
    """UTF-8 bytes as a source, with what is wrong with them."""
    whole = Span(file, 0, 0)
    if len(content) > findings.MAX_BYTES:
        return Source(file, ""), (findings.too_large(whole, len(content)),)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        # Nothing is read of it: the text is there to show where that is.
        place = len(content[: error.start].decode("utf-8"))
        shown = Source(file, content.decode("utf-8", "replace"))
        return shown, (findings.not_utf8(Span(file, place, place + 1), error.start),)
    return inspect(file, text)


def inspect(file: str, text: str) -> tuple[Source, tuple[Finding, ...]]:
    """Text as a source, with the characters that may not stand in a policy."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > findings.MAX_BYTES:
        return Source(file, ""), (findings.too_large(Span(file, 0, 0), size),)
    source = Source(file, text)
    found = [
        findings.byte_order_mark(Span(file, place, place + 1))
        if text[place] == "\ufeff" and place == 0
        else findings.forbidden_character(text[place], Span(file, place, place + 1))
        for place, _ in zip(_refused_places(text), range(_SHOWN), strict=False)
    ]
    return source, tuple(found)


def _refused_places(text: str) -> Iterator[int]:
    refused = {c for c in set(text) if ord(c) > 0x7F and unicodedata.category(c) in _REFUSED}  # noqa: PLR2004  (the end of ASCII)
    if refused:
        bad = "".join(map(re.escape, sorted(refused)))
        yield from (m.start() for m in re.finditer(f"{_CONTROL.pattern}|[{bad}]", text))
    else:
        yield from (match.start() for match in _CONTROL.finditer(text))
