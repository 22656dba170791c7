"""Each code of the linter: its bad example has it and nothing else, its good one has nothing."""

from pathlib import Path

import pytest

from remit.diagnostics import Code, Severity
from remit.linter.catalogue import CATALOGUE, KNOWN, PRELUDE, WARNINGS, Entry
from remit.linter.catalogue.page import page
from remit.spans import Source
from remit.syntax.format import formatted
from tests.linting import NAME, marked, mend, report, report_of, unmarked

ENTRIES = [pytest.param(entry, id=f"{entry.code}-{entry.name}") for entry in CATALOGUE.values()]


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_bad_example_has_its_code_and_nothing_else_where_it_is_marked(entry: Entry) -> None:
    text = unmarked(entry.bad)
    source = Source(NAME, text)
    findings = report(text).findings
    places = [(f.code, f.span.file, source.position(f.span.start).line) for f in findings if f.span]
    assert places == [(entry.code, NAME, line) for line in marked(entry.bad)]
    assert {finding.severity for finding in findings} == {Severity.WARNING}


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_good_example_has_nothing(entry: Entry) -> None:
    assert report(entry.good).findings == ()


@pytest.mark.parametrize("entry", ENTRIES)
def test_mending_makes_the_good_example_of_the_bad_one_where_the_catalogue_says_so(entry: Entry) -> None:
    text = unmarked(entry.bad)
    assert bool(report(text).edits) is entry.fixed
    if entry.fixed:
        assert mend(text).strip() == entry.good.strip()


@pytest.mark.parametrize("text", [PRELUDE, *(t for e in CATALOGUE.values() for t in (e.bad, e.good))])
def test_the_examples_are_laid_out_as_policies_are(text: str) -> None:
    assert formatted(Source(NAME, text)) == (text, ())


def test_the_catalogue_has_every_code_of_the_linter_once_and_names_that_differ() -> None:
    assert set(CATALOGUE) == {code for code in Code if code.value.startswith("L")}
    assert len({name for name, _ in KNOWN.values()}) == len(CATALOGUE) + len(WARNINGS)
    for entry in CATALOGUE.values():
        assert entry.name == entry.name.lower().replace(" ", "-")
        assert not entry.summary.endswith(".")
        assert entry.why.endswith((".", "?"))


def test_the_page_for_authors_is_the_catalogue() -> None:
    assert Path("grammar/lints.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("folder", sorted(p for p in Path("policies").iterdir() if p.is_dir()), ids=str)
def test_nothing_is_found_in_the_worked_policies(folder: Path) -> None:
    files = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.suffix in (".remit", ".json")
    }
    assert report_of(files).findings == ()
