"""Open files, and those beside them on the disk -> the policies that they make up.

A policy is the files of one folder; what is open in the editor counts in place of what is on the disk. A
text that was never saved is a policy by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from remit.syntax.source import ENDING
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.policy import Desk
from remit.tools.language_server.positions import Encoding, Lines, Place, changed


@dataclass(slots=True)
class Buffer:
    """What an editor has open."""

    lines: Lines
    version: int | None


@dataclass(slots=True)
class _Folder:
    """One policy: where it is worked on, and what is known of it, where nothing has changed since."""

    desk: Desk = field(default_factory=Desk)
    knowledge: Knowledge | None = None
    on_disk: dict[str, tuple[tuple[int, int], bytes]] = field(default_factory=dict)


class Workspace:
    """All that is open. Names are paths as text; a text without a file has some other name."""

    def __init__(self, encoding: Encoding = Encoding.UTF16) -> None:
        """Nothing is open yet."""
        self.encoding = encoding
        self.buffers: dict[str, Buffer] = {}
        self._folders: dict[str, _Folder] = {}

    # -- what the editor does

    def open(self, name: str, text: str, version: int | None) -> None:
        """A file was opened, or all of its text replaced."""
        self.buffers[name] = Buffer(Lines(text, self.encoding), version)
        self.forget(self.folder_of(name))

    def change(self, name: str, start: Place, end: Place, new: str) -> None:
        """A part of an open file was replaced."""
        buffer = self.buffers[name]
        self.open(name, changed(buffer.lines, start, end, new), buffer.version)

    def close(self, name: str) -> None:
        """A file was closed: what is on the disk counts again."""
        self.buffers.pop(name, None)
        self.forget(self.folder_of(name))

    def forget(self, folder: str) -> None:
        """Something in a folder has changed."""
        if folder in self._folders:
            self._folders[folder].knowledge = None

    def is_used(self, folder: str) -> bool:
        """Whether any of its files is open."""
        return any(self.folder_of(name) == folder for name in self.buffers)

    @property
    def folders(self) -> list[str]:
        """The folders of which files are open."""
        return list(dict.fromkeys(map(self.folder_of, self.buffers)))

    # -- what is known of it

    @staticmethod
    def folder_of(name: str) -> str:
        """The folder of a file; a text without a file is its own."""
        return str(Path(name).parent) if Path(name).is_absolute() else name

    def desk(self, folder: str) -> Desk:
        """Where the policy in a folder is worked on."""
        return self._folders.setdefault(folder, _Folder()).desk

    def knowledge(self, folder: str) -> Knowledge:
        """What is known of the policy in a folder."""
        held = self._folders.setdefault(folder, _Folder())
        if held.knowledge is None:
            texts: dict[str, str | bytes] = dict(_on_disk(folder, held))
            texts |= {
                name: buffer.lines.text
                for name, buffer in self.buffers.items()
                if self.folder_of(name) == folder
            }
            held.knowledge = Knowledge(held.desk.read(dict(sorted(texts.items()))), held.desk)
        return held.knowledge

    def lines(self, name: str) -> Lines:
        """The lines of a file of a policy."""
        buffer = self.buffers.get(name)
        if buffer is not None:
            return buffer.lines
        files = self.knowledge(self.folder_of(name)).policy.files
        return Lines(files[name].source.text if name in files else "", self.encoding)


def _on_disk(folder: str, held: _Folder) -> Iterator[tuple[str, bytes]]:
    """The policy files of a folder; one that has not changed is not read again."""
    known, held.on_disk = held.on_disk, {}
    for path in Path(folder).glob(f"*{ENDING}"):
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            name = str(path)
            before = known.get(name)
            content = before[1] if before and before[0] == stamp else path.read_bytes()
        except OSError:
            continue
        held.on_disk[name] = (stamp, content)
        yield name, content
