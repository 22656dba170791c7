"""Tests -> notes on what in them shows nothing."""

from collections.abc import Iterator, Mapping

from remit.linter import findings, fixes
from remit.linter.notes import Note
from remit.linter.scene import Scene
from remit.syntax import tree


def look(scene: Scene) -> Iterator[Note]:
    """All notes on tests."""
    for item in scene.document.items:
        if isinstance(item, tree.PolicyTest):
            yield from _test(item, scene)


def _test(test: tree.PolicyTest, scene: Scene) -> Iterator[Note]:
    expectations = [item for item in test.items if isinstance(item, tree.Expectation)]
    if not expectations:
        yield Note(findings.expects_nothing(str(test.name.value), test.name.span))
        return
    used = {name.text for each in expectations for name in (each.who, each.resource) if name}
    said: dict[str | None, dict[str, tree.Expression]] = {}
    for item in test.items:
        match item:
            case (
                tree.TokenFixture(name=name, claims=record)
                | tree.ResourceFixture(name=name, attributes=record)
            ):
                said[name.text] = _members(record)
                if name.text not in used:
                    yield Note(findings.unused_fixture(name.text, name.span))
            case tree.ContextFixture(values=record):
                said.setdefault(None, {}).update(_members(record))
            case _:
                pass
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


def _members(record: tree.RecordOf) -> dict[str, tree.Expression]:
    return {name.text: value for name, value in record.pairs}


def _change(change: tree.With, said: Mapping[str, tree.Expression]) -> Iterator[Note]:
    """A change all of whose members are as they were."""
    pairs = change.changes.pairs
    if pairs and all(said.get(name.text) == value for name, value in pairs):
        yield Note(findings.changes_nothing(change.span))
