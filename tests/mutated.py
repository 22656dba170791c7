"""The worked policies -> their mutants, and the changes that their READMEs say no test can tell."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from remit.spans import Source
from remit.syntax import tree
from remit.syntax.parser import parse
from remit.syntax.source import read_path
from remit.tools.mutating.mutants import Mutant, mutants
from remit.tools.testing.results import Places
from remit.tools.testing.written import document_of

FOLDERS = sorted(path for path in Path("policies").iterdir() if path.is_dir())
Change = tuple[int, str]
"""The line of the statement that is changed, and the operator."""

_ROW = re.compile(r"^\| (\d+) \| `([a-z-]+)`:", re.MULTILINE)


@dataclass(frozen=True)
class Mutated:
    """A policy with all its mutants."""

    document: tree.Document
    mutants: tuple[Mutant, ...]
    places: Places

    def change(self, mutant: Mutant) -> Change:
        return self.places.line(mutant.span), mutant.operator


@cache
def mutated(folder: Path) -> Mutated:
    sources, _ = read_path(folder)
    document = document_of(sources)
    return Mutated(document, tuple(mutants(document)), Places(sources))


def untold(folder: Path) -> list[Change]:
    """The changes that a README lists as those that no test can tell."""
    rows = _ROW.findall((folder / "README.md").read_text())
    return sorted((int(line), operator) for line, operator in rows)


def expectation(text: str) -> tree.Expectation:
    """An expectation from its text."""
    document, found = parse(Source("t.remit", f'test "t" {{ {text} }}'))
    assert not found
    [test] = document.items
    assert isinstance(test, tree.PolicyTest)
    [item] = test.items
    assert isinstance(item, tree.Expectation)
    return item
