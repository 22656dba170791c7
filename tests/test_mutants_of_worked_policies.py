"""The worked policies' mutants: killed, or listed in the README; and what is pasted kills."""

import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from remit import Engine
from remit.decider.reading import Reading, read_set
from remit.syntax import tree
from remit.syntax.render import render
from remit.tools.mutating.command import spread
from remit.tools.mutating.mutants import mutants
from remit.tools.mutating.trying import KILLED, NO_WITNESS, SURVIVED, UNTESTED, Mutating, Witness
from remit.tools.testing import running
from remit.tools.testing.written import document_of
from tests.mutated import FOLDERS, expectation, mutated, untold

FEW, SOME, MANY = 5, 16, 40


def living(folder: Path, at_most: int) -> set[tuple[int, str]]:
    """The mutants that live, of some and of those that the README lists; no witness is looked for."""
    made, listed = mutated(folder), untold(folder)
    numbers = set(spread(len(made.mutants), at_most))
    numbers |= {n for n, each in enumerate(made.mutants) if made.change(each) in listed}
    mutating = Mutating(made.document, searched=0)
    found = {made.change(made.mutants[n]): mutating.end(made.mutants[n]).fate for n in sorted(numbers)}
    return {change for change, fate in found.items() if fate in (SURVIVED, UNTESTED, NO_WITNESS)}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_the_mutants_of_a_policy_that_live_are_those_of_its_readme(folder: Path) -> None:
    assert living(folder, FEW) == set(untold(folder))


@pytest.mark.volume
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_many_mutants_of_a_policy_that_live_are_those_of_its_readme(folder: Path) -> None:
    assert living(folder, MANY) == set(untold(folder))


def hardly_tested(document: tree.Document) -> tree.Document:
    """A policy of whose tests each has its fixtures and its first expectation only."""
    return tree.Document(
        tuple(_hardly(item) if isinstance(item, tree.PolicyTest) else item for item in document.items)
    )


def _hardly(test: tree.PolicyTest) -> tree.PolicyTest:
    others = tree.Expectation | tree.Matrix
    fixtures = tuple(item for item in test.items if not isinstance(item, others))
    expectations = (item for item in test.items if isinstance(item, tree.Expectation))
    return replace(test, items=(*fixtures, *islice(expectations, 1)))


def pasted(document: tree.Document, witnesses: list[Witness]) -> tree.Document:
    """A policy with each witness in the test that it is of."""
    added: dict[str, list[tree.Expectation]] = {}
    for each in witnesses:
        added.setdefault(each.test, []).append(expectation(each.expectation))
    return tree.Document(
        tuple(
            replace(item, items=(*item.items, *added.get(str(item.name.value), ())))
            if isinstance(item, tree.PolicyTest)
            else item
            for item in document.items
        )
    )


def written(folder: Path, document: tree.Document, place: Path) -> Reading:
    """The policy, written into a folder with the files that it names, and read from there."""
    for each in folder.glob("*.json"):
        shutil.copy(each, place)
    (place / "policy.remit").write_text(render(document))
    return read_set(place)


def check_what_is_pasted(folder: Path, place: Path, at_most: int) -> None:
    made = mutated(folder)
    reading = written(folder, hardly_tested(made.document), place)
    document = document_of(reading.sources)
    mutating, changed = Mutating(document, searched=400), list(mutants(document))
    ends = {number: mutating.end(changed[number]) for number in spread(len(changed), at_most)}
    told = {n: end.witness for n, end in ends.items() if end.fate == SURVIVED and end.witness}
    assert told
    reading = written(folder, pasted(document, list(told.values())), place)
    assert reading.checked is not None, reading.findings
    results = running.run(Engine.load(place), reading.checked)
    assert [(each.text, each.problem) for each in results if each.problem] == []
    document = document_of(reading.sources)
    mutating, changed = Mutating(document, searched=0), list(mutants(document))
    assert {n: mutating.end(changed[n]).fate for n in told} == dict.fromkeys(told, KILLED)


@pytest.mark.parametrize("name", ["documents", "mcp", "todo"])
def test_a_witness_that_is_pasted_holds_and_kills_its_mutant(name: str, tmp_path: Path) -> None:
    check_what_is_pasted(Path("policies") / name, tmp_path, 10)


@pytest.mark.volume
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_a_witness_that_is_pasted_into_any_policy_kills_its_mutant(folder: Path, tmp_path: Path) -> None:
    check_what_is_pasted(folder, tmp_path, SOME)
