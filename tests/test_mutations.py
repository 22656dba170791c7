"""One character of the documents policy changed, at every position (failure mode 47).

A mutant is read as a set of files, one for each block, so that what stays the same is made once; of the
test there is the statement that is changed, with the fixtures that it speaks of. Where blocks begin and
end, the policy is one file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from remit.compiler.ruletree import RuleTree
from remit.decider.reading import Memory, read_set

TEXT = Path("policies/documents/documents.remit").read_text(encoding="utf-8")
CHARACTERS = ("a", " ", '"', "}", ",", "#")
ENDING = ('"', "}", "#")
"""Those that can end what they stand in: there is no other way out of a test, which is not in force."""
SLICES = 16
# The classes by which a mutant may load and still mean something else, each with the text before a place
# where one of its mutants does.
CLASSES = {
    "inside a string": '"documents never',
    "what follows on the line becomes a comment": "to entitled, owner\n  ",
    "a name that nothing else speaks of": "api documents",
}


class Part(NamedTuple):
    """What is changed by itself: where it begins, its text, and what stands around it in its file."""

    start: int
    text: str
    before: str = ""
    after: str = ""
    characters: tuple[str, ...] = ENDING


@cache
def blocks() -> tuple[Part, ...]:
    """The blocks that are in force."""
    ends = [match.start() for match in re.finditer(r"\n\n(?=\w)", TEXT)]
    starts = [0, *(end + 2 for end in ends)]
    spans = zip(starts, ends, strict=False)  # the last block is the test
    return tuple(Part(start, TEXT[start:end], characters=CHARACTERS) for start, end in spans)


@cache
def statements() -> tuple[Part, ...]:
    """The statements of the test, each with what it speaks of."""
    at = TEXT.index("test ")
    head, *said = re.split(r"(?<=\n)(?=  \S)", TEXT[at:].removesuffix("}\n"))
    fixtures = {
        each.split()[1].strip(":"): each for each in said if re.match("  (token|resource)", each)
    }
    parts = [Part(at, head, after="}\n")]
    for text in said:
        at = parts[-1].start + len(parts[-1].text)
        names = () if text in fixtures.values() else re.findall(r"\w+", text)
        spoken_of = (fixture for name, fixture in fixtures.items() if name in names)
        parts.append(Part(at, text, head + "".join(spoken_of), "}\n"))
    return tuple(parts)


def in_force(changed: Part | None = None, text: str = "") -> dict[str, str]:
    """The files of the blocks, one of them with another text."""
    return {f"{each.start}.remit": text if each is changed else each.text for each in blocks()}


def load(files: Mapping[str, str], memory: Memory) -> RuleTree | None:
    """The tree of a set, or None where it is refused; never an exception."""
    return read_set(None, files, memory).tree


def mutants(text: str, at: int, characters: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The character that is put at a place (none for a deletion), and the whole text."""
    yield "", text[:at] + text[at + 1 :]
    for character in characters:
        yield character, text[:at] + character + text[at:]
        if text[at] != character:
            yield character, text[:at] + character + text[at + 1 :]


def sets(place: int) -> Iterator[tuple[str, dict[str, str]]]:
    """The character that is put at a place of the policy, and the files of the set that comes of it."""
    part = next((p for p in (*blocks(), *statements()) if 0 <= place - p.start < len(p.text)), None)
    if part is None or TEXT[place] in "{}":
        for character, text in mutants(TEXT, place, CHARACTERS):
            yield character, {"policy.remit": text}
        return
    for character, text in mutants(part.text, place - part.start, part.characters):
        if part in blocks():
            yield character, in_force(part, text) | {"test.remit": TEXT[statements()[0].start :]}
        else:
            yield character, in_force() | {"test.remit": part.before + text + part.after}


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
    memory = Memory()
    for at in places:
        for character, files in sets(at):
            tree = load(files, memory)
            if tree is None or tree.digest == whole.digest:
                continue
            around = TEXT[max(0, at - 30) : at + 30]
            assert rules(whole) - rules(tree) <= may_lose(at, character), around
            kind = class_of(at, character)
            assert kind is not None, around
            classes.add(kind)
    return classes


def whole() -> RuleTree:
    tree = load({"policy.remit": TEXT}, Memory())
    assert tree is not None
    return tree


def test_the_parts_are_all_of_the_policy_and_mean_the_same() -> None:
    parts = (*blocks(), *statements())
    assert "\n\n".join(part.text for part in blocks()) + "\n\n" == TEXT[: statements()[0].start]
    assert "".join(part.text for part in statements()) + "}\n" == TEXT[statements()[0].start :]
    assert all(TEXT[part.start :].startswith(part.text) for part in parts)
    for part in statements():
        tree = load(in_force() | {"test.remit": part.before + part.text + part.after}, Memory())
        assert tree is not None
        assert tree.digest == whole().digest


@pytest.mark.volume
@pytest.mark.parametrize("slice_", range(SLICES))
def test_no_mutant_raises_and_none_loses_a_rule_in_silence(slice_: int) -> None:
    assert changed(whole(), range(slice_, len(TEXT), SLICES)) <= CLASSES.keys()


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_a_mutant_that_loads_with_another_meaning(kind: str) -> None:
    at = TEXT.index(CLASSES[kind]) + len(CLASSES[kind])
    assert kind in changed(whole(), [at])
