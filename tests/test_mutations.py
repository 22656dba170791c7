"""One character of the documents policy changed, at every position (failure mode 47)."""

import multiprocessing
import re
from collections.abc import Iterator
from pathlib import Path

from remit.checker.check import check
from remit.compiler.ruletree import RuleTree, build
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.source import decode

TEXT = next(Path("policies/documents").glob("*.remit")).read_text()
CHARACTERS = ("a", " ", '"', "}", ",", "#")


def load(text: str) -> RuleTree | None:
    """The tree of `text`, or None where it is refused; never an exception."""
    _, unsafe = decode("policy.remit", text.encode())
    document, wrong = parse(Source("policy.remit", text))
    if unsafe or wrong:
        return None
    checked, _ = check(document)
    return None if checked is None else build(checked)[0]


def mutants(text: str, places: range) -> Iterator[tuple[int, str, str]]:
    """Where, the character that is put there (none for a deletion), and the whole text."""
    for at in places:
        yield at, "", text[:at] + text[at + 1 :]
        for character in CHARACTERS:
            yield at, character, text[:at] + character + text[at:]
            if text[at] != character:
                yield at, character, text[:at] + character + text[at + 1 :]


def rules(tree: RuleTree) -> int:
    return sum(len(block.rules) for block in tree.blocks)


def line_around(text: str, at: int) -> tuple[str, int]:
    """The line of a place, and the place within it."""
    start = text.rfind("\n", 0, at) + 1
    return text[start:].split("\n", 1)[0], at - start


def opens_a_rule(line: str) -> bool:
    return line.split()[:1] in (["permit"], ["forbid"])


def unspoken(line: str, at: int) -> bool:
    """Whether the place is in a declared name that nothing else in the policy speaks of."""
    declared = re.match(r"(?:api|role|action|  role|  action) +(documents|admin|delete)\b", line)
    return declared is not None and declared.start(1) <= at <= declared.end(1)


def class_of(at: int, character: str) -> str | None:
    """The class by which a mutant may load and still mean something else."""
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


def changed(whole: RuleTree, places: range) -> dict[str, int]:
    """How many mutants at these places load with another meaning, by class."""
    classes: dict[str, int] = {}
    for at, character, text in mutants(TEXT, places):
        tree = load(text)
        if tree is None or tree.digest == whole.digest:
            continue
        assert rules(whole) - rules(tree) <= may_lose(at, character), text[max(0, at - 30) : at + 30]
        kind = class_of(at, character)
        assert kind is not None, text[max(0, at - 30) : at + 30]
        classes[kind] = classes.get(kind, 0) + 1
    return classes


def test_no_mutant_raises_and_none_loses_a_rule_in_silence() -> None:
    whole = load(TEXT)
    assert whole is not None
    places = [range(start, len(TEXT), 16) for start in range(16)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.starmap(changed, [(whole, each) for each in places])
    assert len({kind for count in counts for kind in count}) == 3
