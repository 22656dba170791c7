"""One character of the documents policy changed, at every position (failure mode 47)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from remit.checker.check import check
from remit.compiler.lowering import build
from remit.compiler.ruletree import RuleTree
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.source import decode

TEXT = next(Path("policies/documents").glob("*.remit")).read_text()
CHARACTERS = ("a", " ", '"', "}", ",", "#")
SLICES = 16
# The classes by which a mutant may load and still mean something else, each with the text before a place
# where one of its mutants does.
CLASSES = {
    "inside a string": '"documents never',
    "what follows on the line becomes a comment": "to entitled, owner\n  ",
    "a name that nothing else speaks of": "api documents",
}


def load(text: str) -> RuleTree | None:
    """The tree of `text`, or None where it is refused; never an exception."""
    _, unsafe = decode("policy.remit", text.encode())
    document, wrong = parse(Source("policy.remit", text))
    if unsafe or wrong:
        return None
    checked, _ = check(document)
    return None if checked is None else build(checked)[0]


def mutants(text: str, places: Iterable[int]) -> Iterator[tuple[int, str, str]]:
    """Where, the character that is put there (none for a deletion), and the whole text."""
    for at in places:
        yield at, "", text[:at] + text[at + 1 :]
        for character in CHARACTERS:
            yield at, character, text[:at] + character + text[at:]
            if text[at] != character:
                yield at, character, text[:at] + character + text[at + 1 :]


def rules(tree: RuleTree) -> int:
    return sum(len(block.rules) for block in tree.blocks.values())


def line_around(text: str, at: int) -> tuple[str, int]:
    """The line of a place, and the place within it."""
    start = text.rfind("\n", 0, at) + 1
    return text[start:].split("\n", 1)[0], at - start


def opens_a_rule(line: str) -> bool:
    return line.split()[:1] in (["permit"], ["forbid"])


def unspoken(line: str, at: int) -> bool:
    """Whether the place is in a declared name that nothing else in the policy speaks of."""
    declared = re.match(r"api +(documents)\b", line)
    return declared is not None and declared.start(1) <= at <= declared.end(1)


def class_of(at: int, character: str) -> str | None:
    """The class that a mutant is of, or None where it may not load and mean something else."""
    line, place = line_around(TEXT, at)
    if line[:place].count('"') % 2 == 1 or line[place : place + 1] == '"':
        return "inside a string"
    if character == "#":
        return "what follows on the line becomes a comment"
    if unspoken(line, place):
        return "a name that nothing else speaks of"
    return None


def may_lose(at: int, character: str) -> int:
    """How many rules a mutant may lack: the one that a comment, seen by every reader, turns off."""
    lines = [line_around(TEXT, place)[0] for place in (at, min(at + 1, len(TEXT) - 1))]
    return int(character == "#" and any(opens_a_rule(line) for line in lines))


def changed(whole: RuleTree, places: Iterable[int]) -> set[str]:
    """The classes of the mutants at these places that load with another meaning."""
    classes: set[str] = set()
    for at, character, text in mutants(TEXT, places):
        tree = load(text)
        if tree is None or tree.digest == whole.digest:
            continue
        assert rules(whole) - rules(tree) <= may_lose(at, character), text[max(0, at - 30) : at + 30]
        kind = class_of(at, character)
        assert kind is not None, text[max(0, at - 30) : at + 30]
        classes.add(kind)
    return classes


@pytest.mark.volume
@pytest.mark.parametrize("slice_", range(SLICES))
def test_no_mutant_raises_and_none_loses_a_rule_in_silence(slice_: int) -> None:
    whole = load(TEXT)
    assert whole is not None
    assert changed(whole, range(slice_, len(TEXT), SLICES)) <= CLASSES.keys()


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_a_mutant_that_loads_with_another_meaning(kind: str) -> None:
    whole = load(TEXT)
    assert whole is not None
    at = TEXT.index(CLASSES[kind]) + len(CLASSES[kind])
    assert kind in changed(whole, [at])
