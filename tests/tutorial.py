"""`grammar/tutorial.md` -> its steps: files to write, commands to type and what they print."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PLACE = Path("grammar/tutorial.md")

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Written(NamedTuple):
    """A file, as the reader is told to write it."""

    name: str
    text: str


class Typed(NamedTuple):
    """A command, and all that it prints."""

    line: str
    printed: str


def steps(text: str) -> Iterator[Written | Typed]:
    """The steps in the order of the text: blocks with a file's name, and lines after a `$`."""
    for language, name, block in _BLOCK.findall(text):
        if name:
            yield Written(name, block)
        elif language == "console":
            for said in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, printed = said.partition("\n")
                yield Typed(line, printed)
