"""Tests -> notes on what in them shows nothing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from remit.linter import findings, fixes
from remit.linter.notes import Note
from remit.linter.scene import Scene
from remit.syntax import tree


def look(scene: Scene) -> Iterator[Note]:
    """All notes on tests."""
    tests = scene.all(tree.PolicyTest)
    for test in tests:
        yield from _test(test, scene)
    for group in scene.all(tree.Fixtures):
        using = [test for test in tests if group.name in test.using]
        if using:
            yield from _unused(group.items, {name for test in using for name in _spoken_of(test)})
        else:
            yield Note(findings.unused_group(group.name.text, group.name.span))


def _test(test: tree.PolicyTest, scene: Scene) -> Iterator[Note]:
    used = _spoken_of(test)
    if not used:
        yield Note(findings.expects_nothing(str(test.name.value), test.name.span))
        return
    yield from _unused(test.items, used)
    checked = next(each for each in scene.checked.tests if each.name == test.name.value)
    said = _said(checked.fixtures)
    expectations = [item for item in test.items if isinstance(item, tree.Expectation)]
    for place, each in enumerate(expectations):
        if each in expectations[:place]:
            edits = fixes.removal(scene.text(each.span), each.span)
            yield Note(findings.repeated_expectation(each.span), edits)
            continue
        if not each.allowed and each.missing is None and each.because is None:
            yield Note(findings.denial_without_reason(each.span))
        for change in each.changes:
            key = None if change.name is None else change.name.text
            yield from _change(change, said.get(key, {}))


def _spoken_of(test: tree.PolicyTest) -> set[str]:
    """Who asks in a test, and about what."""
    spoken: set[str] = set()
    for item in test.items:
        match item:
            case tree.Expectation():
                asked: tuple[tree.Expectation | tree.MatrixRow, ...] = (item,)
            case tree.Matrix(rows=rows):
                asked = rows
            case _:
                continue
        spoken.update(name.text for each in asked for name in (each.who, each.resource) if name)
    return spoken


def _unused(items: Iterable[tree.PolicyTestItem], used: set[str]) -> Iterator[Note]:
    for item in items:
        if isinstance(item, tree.TokenFixture | tree.ResourceFixture) and item.name.text not in used:
            yield Note(findings.unused_fixture(item.name.text, item.name.span))


def _said(fixtures: Iterable[tree.Fixture]) -> dict[str | None, dict[str, tree.Expression]]:
    """What the fixtures of a test say; those of the context are named None."""
    said: dict[str | None, dict[str, tree.Expression]] = {}
    for item in fixtures:
        match item:
            case tree.TokenFixture(name=name, claims=record):
                said[name.text] = _members(record)
            case tree.ResourceFixture(name=name, attributes=record):
                said[name.text] = _members(record)
            case tree.ContextFixture(values=record):
                said.setdefault(None, {}).update(_members(record))
            case _:
                assert_never(item)
    return said


def _members(record: tree.RecordOf) -> dict[str, tree.Expression]:
    return {name.text: value for name, value in record.pairs}


def _change(change: tree.With, said: Mapping[str, tree.Expression]) -> Iterator[Note]:
    """A change all of whose members are as they were."""
    pairs = change.changes.pairs
    if pairs and all(said.get(name.text) == value for name, value in pairs):
        yield Note(findings.changes_nothing(change.span))
