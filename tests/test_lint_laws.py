"""What the linter says is so, on policies that nobody wrote: mended ones decide as before."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from remit import Engine
from remit.diagnostics import Code, has_errors
from remit.linter import Report, inspect
from remit.linter.mending import Set, mended
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.parser import parse
from remit.syntax.render import render
from remit.tools.mutating.mutants import mutants
from tests.agreement import decide, principal
from tests.choices import Seeded
from tests.generate import draw
from tests.generate_requests import Question, question, subjects_of
from tests.linting import read
from tests.worked import FOLDERS, allowed, document, worked

SUPERFLUOUS = {
    Code.DUPLICATE_RULE: (tree.Rule,),
    Code.SHADOWED_RULE: (tree.Rule,),
    Code.PERMIT_ALWAYS_FORBIDDEN: (tree.Rule,),
    Code.IMPLIED_OPERAND: (
        tree.Compare,
        tree.Membership,
        tree.Not,
        tree.And,
        tree.Or,
        tree.Path,
        tree.Has,
    ),
}
"""What can be left out without a decision that changes, by what says so."""


SOME = [pytest.param(f, id=str(f), marks=[pytest.mark.volume] * (f.name == "github")) for f in FOLDERS]


class Drawn:
    """A policy drawn from a seed, and what the linter finds in it."""

    def __init__(self, seed: int) -> None:
        drawn = draw(Seeded(seed))
        self.seed = seed
        self.document = drawn.document
        self.data = drawn.files
        self.given: Set = read(self.files(render(drawn.document)))

    def files(self, text: str) -> dict[str, str]:
        return {"p.remit": text, **self.data}

    def engine(self, text: str) -> Engine:
        return Engine.from_text(self.files(text))

    def beside(self, _file: str, name: str) -> bytes | None:
        text = self.data.get(name)
        return None if text is None else text.encode()

    def report(self) -> Report:
        given = self.given
        return inspect(given.document, given.checked, given.sources, warnings=given.warnings)

    def questions(self, number: int) -> Iterator[Question]:
        subjects = subjects_of(self.document)
        yield from (question(Seeded(f"{self.seed}-{each}"), subjects) for each in range(number))


def answer(engine: Engine, asked: Question) -> tuple[object, ...]:
    decision = decide(engine, asked, principal(engine, asked))
    return decision.allowed, decision.layers, decision.obligations


def mending_changes_nothing(seed: int, requests: int) -> None:
    drawn = Drawn(seed)
    done, report = mended(drawn.given, drawn.beside)
    assert report.edits == {}
    if done.sources != drawn.given.sources:
        before, after = drawn.engine(drawn.given.sources[0].text), drawn.engine(done.sources[0].text)
        for asked in drawn.questions(requests):
            assert answer(after, asked) == answer(before, asked), done.sources[0].text


def what_is_superfluous_can_be_left_out(seed: int, requests: int) -> None:
    drawn = Drawn(seed)
    text = drawn.given.sources[0].text
    for finding in drawn.report().findings:
        kinds = SUPERFLUOUS.get(finding.code)
        if kinds is not None and finding.span is not None:
            less = render(without(drawn.given.document, finding.span, kinds))
            before, after = drawn.engine(text), drawn.engine(less)
            for asked in drawn.questions(requests):
                assert answer(after, asked)[::2] == answer(before, asked)[::2], (finding, text)


def what_cannot_be_allowed_is_not(seed: int, requests: int) -> None:
    drawn = Drawn(seed)
    text = drawn.given.sources[0].text
    never: set[tuple[str | None, str]] = set()
    for finding in drawn.report().findings:
        if finding.code is Code.ACTION_NEVER_ALLOWED and finding.span is not None:
            name = text[finding.span.start : finding.span.end].strip("`")
            never.add((block_at(drawn.given.document, finding.span), name))
    if never:
        engine = drawn.engine(text)
        for asked in drawn.questions(requests):
            if (asked.resource_type, asked.action) in never:
                assert not answer(engine, asked)[0]


def block_at(policy: tree.Document, span: Span) -> str | None:
    blocks = (item for item in policy.items if isinstance(item, tree.Resource))
    return next((b.name.text for b in blocks if b.span.start <= span.start < b.span.end), None)


def without(node: Any, span: Span, kinds: tuple[type[Any], ...]) -> Any:  # noqa: ANN401  (a node, or several)
    """The tree without the node of these kinds that is at a place."""
    if isinstance(node, tuple):
        parts: tuple[Any, ...] = node
        kept = (each for each in parts if not isinstance(each, kinds) or each.span != span)
        return tuple(without(each, span, kinds) for each in kept)
    if not is_dataclass(node) or isinstance(node, Span | type):
        return node
    changed = {each.name: without(getattr(node, each.name), span, kinds) for each in fields(node)}
    made: Any = replace(node, **changed)
    alone = isinstance(made, tree.And | tree.Or) and len(made.operands) == 1
    return made.operands[0] if alone else made


@pytest.mark.parametrize("seed", range(3))
def test_a_mended_policy_decides_as_before(seed: int) -> None:
    mending_changes_nothing(seed, 20)


@pytest.mark.parametrize("seed", range(4, 7))
def test_a_superfluous_part_decides_nothing(seed: int) -> None:
    what_is_superfluous_can_be_left_out(seed, 20)
    what_cannot_be_allowed_is_not(seed, 20)


@pytest.mark.volume
@pytest.mark.parametrize("seed", range(100, 115))
def test_mended_policies_decide_as_before(seed: int) -> None:
    mending_changes_nothing(seed, 30)
    what_is_superfluous_can_be_left_out(seed, 30)
    what_cannot_be_allowed_is_not(seed, 100)


@pytest.mark.parametrize("folder", SOME)
def test_a_worked_policy_with_slips_is_mended_into_one_that_decides_as_it_did(folder: Path) -> None:
    """Each rule is written twice, and each condition crookedly."""
    policy = document(folder)
    data = {each.name: each.read_text(encoding="utf-8") for each in folder.glob("*.json")}
    crooked = render(tree.Document(tuple(slipped(item) for item in policy.items)))
    given = read({**data, "p.remit": crooked})
    done, report = mended(given, lambda _file, name: data[name].encode() if name in data else None)
    assert report.edits == {}
    engine = Engine.from_text({**data, "p.remit": done.sources[0].text})
    known = worked(folder)
    assert len(done.sources[0].text) < len(crooked)
    for request in known.requests[:40]:
        assert allowed(engine, request) is allowed(known.engine, request)


def slipped(item: tree.Item) -> tree.Item:
    """A block whose rules stand there twice, where they have no name, with conditions negated twice."""
    if not isinstance(item, tree.Resource | tree.Api):
        return item
    rules = [crookedly(each) if isinstance(each, tree.Rule) else each for each in item.items]
    twice = [each for each in rules if isinstance(each, tree.Rule) and each.name is None]
    items: Any = (*rules, *twice)
    return replace(item, items=items)


def crookedly(rule: tree.Rule) -> tree.Rule:
    """`when x` as `when not not x`, or as `unless not x`."""
    span: Any = rule.span
    if rule.when is None:
        return rule
    if rule.unless is None:
        return replace(rule, when=None, unless=tree.Not(rule.when, span))
    return replace(rule, when=tree.Not(tree.Not(rule.when, span), span))


@pytest.mark.volume
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_no_mutant_of_a_worked_policy_is_too_much_for_the_linter(folder: Path) -> None:
    data = {each.name: each.read_text(encoding="utf-8") for each in folder.glob("*.json")}
    for number, mutant in enumerate(mutants(document(folder))):
        if number % 40 == 0:
            text = render(mutant.document)
            given = read_or_none({**data, "p.remit": text})
            if given is not None:
                report = inspect(given.document, given.checked, given.sources)
                assert not has_errors(report.findings)


def read_or_none(files: dict[str, str]) -> Set | None:
    """A policy of texts; None where a mutation has made an error of it."""
    try:
        return read(files)
    except AssertionError:
        return None


def test_a_text_that_cannot_be_read_again_is_not_made() -> None:
    given = read(
        {"p.remit": "api a {\n scope s\n action x needs s\n permit x to entitled, entitled\n}\n"}
    )
    broken = given._replace(sources=(replace_text(given),))
    done, report = mended(broken, lambda _file, _name: None)
    assert done is broken
    assert report.edits


def replace_text(given: Set) -> Source:
    """A source that says something else than was checked."""
    source = given.sources[0]
    text = source.text.replace("api a {", "api  {{")
    assert parse(Source(source.file, text))[1]
    return Source(source.file, text)
