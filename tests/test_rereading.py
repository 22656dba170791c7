"""A set that is read again: what has not changed is not made again, and the result is the same."""

from collections.abc import Iterator

import pytest

from remit import Engine
from remit.checker import check
from remit.checker.blocks import check_resource
from remit.checker.checked import Block
from remit.compiler import lowering
from remit.compiler.ruletree import BlockTree
from remit.decider.reading import Memory, Reading, read_set
from remit.syntax.render import render
from remit.syntax.tree import Document
from tests.choices import Choices, Seeded, chance
from tests.generate import draw

API = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read
  actors allowed
}
"""
FILES = {
    "api.remit": API,
    "names.remit": 'let size: int = 3\ntype kind = "a" | "b"',
    "first.remit": "resource A { n: int  k: kind  action read needs read "
    'permit "one" read to anyone when n < size }',
    "second.remit": "resource B { n: int  action read needs read  permit read to anyone when n > size }",
    "third.remit": "resource C { action read needs read  permit read to anyone when has token.actor }",
    "outside.remit": 'forbid read on A, B when n == 7\npermit read to anyone when token.kind == "user"',
}


def same(reading: Reading, anew: Reading) -> None:
    """Whether two readings say the same."""
    assert reading.findings == anew.findings
    assert (reading.tree is None) is (anew.tree is None)
    if reading.tree is not None and anew.tree is not None:
        assert reading.tree == anew.tree
        assert repr(reading.tree.blocks) == repr(anew.tree.blocks)
        assert reading.checked == anew.checked


def read_again(memory: Memory, texts: dict[str, str]) -> Reading:
    reading = read_set(None, texts, memory)
    same(reading, read_set(None, texts))
    return reading


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the resources that are checked, or lowered with a `+`."""
    names: list[str] = []
    checking, lower = check_resource, lowering._block  # noqa: SLF001  (the work that is saved)

    def checked(node: object, *more: object) -> Block:
        names.append(node.name.text)  # type: ignore[attr-defined]
        return checking(node, *more)  # type: ignore[arg-type]

    def lowered(block: Block, *more: object) -> BlockTree:
        names.append(f"+{block.name}")
        return lower(block, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "check_resource", checked)
    monkeypatch.setattr(lowering, "_block", lowered)
    return names


CHANGES = [
    ("first.remit", "n < size", "n <= size", {"A"}),
    ("second.remit", "n > size", "n > size and true", {"B"}),
    ("outside.remit", "n == 7", "n == 8", {"A", "B", "C"}),
    ("names.remit", "= 3", "= 4", {"A", "B", "C"}),
    ("names.remit", '"b"', '"c"', {"A", "B", "C"}),
    ("api.remit", "scope read", "scope read, write", {"A", "B", "C"}),
    ("api.remit", "api notes {", "\n\napi notes {", set[str]()),
    ("third.remit", "has token.actor", 'token.kind == "user"', {"C"}),
]


@pytest.mark.parametrize(("file", "old", "new", "changed"), CHANGES)
def test_only_what_a_change_bears_on_is_made_again(
    made: list[str], file: str, old: str, new: str, changed: set[str]
) -> None:
    memory = Memory()
    assert read_set(None, FILES, memory).tree is not None
    assert {"A", "+A", "B", "+B", "C", "+C"} < set(made)
    assert old in FILES[file]
    texts = FILES | {file: FILES[file].replace(old, new)}
    made.clear()
    reading = read_set(None, texts, memory)
    assert set(made) == {*changed, *(f"+{name}" for name in changed), "+None"}
    same(reading, read_set(None, texts))


def test_a_set_with_an_error_leaves_what_is_remembered(made: list[str]) -> None:
    memory = Memory()
    read_again(memory, FILES)
    for wrong in ("n < sice", 'n < size  permit "one" read to entitled', 'n < size  permit "x"'):
        first = FILES["first.remit"].replace("n < size", wrong)
        assert read_again(memory, FILES | {"first.remit": first}).tree is None
    made.clear()
    read_set(None, FILES, memory)
    assert set(made) == {"+None"}


def test_a_rule_of_a_name_that_another_file_now_has_is_told() -> None:
    memory = Memory()
    read_again(memory, FILES)
    other = 'resource Z { action read needs read  permit "one" read to anyone }'
    for texts in ({"0.remit": other, **FILES}, {**FILES, "z.remit": other}):
        findings = read_again(memory, texts).findings
        assert [finding.message for finding in findings] == ["rule `one` is declared twice"]


def test_a_rule_about_no_action_of_a_resource_takes_no_name_there() -> None:
    memory = Memory()
    loose = 'permit "one" look to anyone'
    z = "resource Z { action look needs read }"
    read_again(
        memory, {"first.remit": FILES["third.remit"], "api.remit": API, "l.remit": loose, "z.remit": z}
    )
    named = 'resource A { action read needs read  permit "one" read to anyone }'
    texts = {"first.remit": FILES["third.remit"], "second.remit": named, "api.remit": API}
    reading = read_again(memory, texts | {"l.remit": loose, "z.remit": z})
    assert [finding.message for finding in reading.findings] == ["rule `one` is declared twice"]


def test_what_a_file_beside_the_policy_says_is_read_each_time() -> None:
    memory = Memory()
    texts = FILES | {"second.remit": 'resource B { action from "b.json" permit any to anyone }'}
    one = '{"look": ["read"]}'
    first = read_again(memory, texts | {"outside.remit": "", "b.json": one})
    second = read_again(memory, texts | {"outside.remit": "", "b.json": one.replace("look", "see")})
    assert first.findings == second.findings
    assert (first.tree and first.tree.actions) != (second.tree and second.tree.actions)


def test_whether_anything_asks_who_acts_is_known_again() -> None:
    engine = Engine.from_text(FILES)
    assert engine.rules().reads_actor
    engine.reload()
    assert engine.rules().reads_actor


@pytest.mark.volume
def test_reading_again_is_reading_anew_whatever_was_changed() -> None:
    # failure mode 33
    trees = 0
    for number in range(25):
        choices = Seeded(f"reread {number}")
        drawn = draw(choices)
        items = enumerate(drawn.document.items)
        texts = {f"{place}.remit": render(Document((item,))) for place, item in items}
        memory = Memory()
        for changed in changes(choices, texts, 12):
            trees += read_again(memory, {**changed, **drawn.files}).tree is not None
    assert trees > 60


def changes(choices: Choices, texts: dict[str, str], count: int) -> Iterator[dict[str, str]]:
    """The set, with one file after the other left out, repeated, moved or spoilt, and mended again."""
    yield texts
    for _ in range(count):
        name = choices.choice(sorted(texts))
        match choices.integer(0, 4):
            case 0:
                yield {each: text for each, text in texts.items() if each != name}
            case 1:
                yield texts | {"again.remit": texts[name]}
            case 2:
                yield texts | {name: f"\n# moved\n{texts[name]}"}
            case 3:
                place = choices.integer(0, len(texts[name]) - 1)
                yield texts | {name: texts[name][:place] + texts[name][place + 1 :]}
            case _:
                yield dict(sorted(texts.items(), reverse=chance(choices, 50)))
        if chance(choices, 50):
            yield texts
