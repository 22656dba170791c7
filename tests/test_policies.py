"""The worked policies: no findings, right by their own tests, and no rule that none of these tests."""

import json
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from remit import Engine
from remit.checker.checked import Checked
from remit.decider.explain import Explanation
from remit.decider.reading import read_set
from remit.diagnostics import render_all
from remit.spans import Span
from remit.tools.cli import app, guarded
from remit.tools.terminal import ALLOWED, DENIED
from remit.tools.testing import running
from remit.tools.testing.coverage import measure
from remit.tools.testing.written import document_of, rules_of

POLICIES = sorted(path for path in Path("policies").iterdir() if path.is_dir())
MANAGEMENT = Path("policies/management_api")
FACTS = Path("../shared/data/auth0_management_api.json")


class Recorder(Engine):
    """An engine that keeps what it explains: the tests of a policy are decided by `explain`."""

    explained: list[Explanation]

    def explain(self, *request: Any, **more: Any) -> Explanation:  # noqa: ANN401  (hands on what it is asked)
        explanation = super().explain(*request, **more)
        self.explained.append(explanation)
        return explanation


def checked_of(policy: Path) -> Checked:
    reading = read_set(policy)
    assert reading.checked is not None, render_all(reading.findings, reading.sources)
    return reading.checked


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_policy_has_no_findings(policy: Path) -> None:
    reading = read_set(policy)
    assert render_all(reading.findings, reading.sources) == ""


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_policy_passes_its_tests(policy: Path) -> None:
    results = list(running.run(Engine.load(policy), checked_of(policy)))
    assert results
    assert [(result.test, result.text, result.problem) for result in results if result.problem] == []


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_the_tests_of_a_policy_show_every_rule_and_the_effect_of_every_condition(policy: Path) -> None:
    reading = read_set(policy)
    engine = Engine.load(policy)
    results = running.run(engine, checked_of(policy))
    coverage = measure(engine.rules(), results, rules_of(document_of(reading.sources)))
    assert [(each.text, each.missing) for each in coverage.shown if each.missing] == []


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_without_any_one_rule_some_expectation_would_come_out_differently(policy: Path) -> None:
    engine, checked = Recorder.load(policy), checked_of(policy)
    engine.explained = []
    list(running.run(engine, checked))
    rules = {rule.span for block in checked.blocks for rule in block.rules}
    idle = rules - decided(engine.explained)
    assert sorted(f"{span.file}, at {span.start}" for span in idle) == []


def decided(explained: list[Explanation]) -> set[Span]:
    """The rules that allow alone, or deny alone, in one of the decisions."""
    spans: set[Span] = set()
    for explanation in explained:
        if explanation.allowed:
            traces = [t for t in explanation.rules if t.rule.effect == "permit"]
            rules = [t.rule for t in traces if t.step.truth is True]
        else:
            denials = explanation.decision.denials
            rules = [denial.rule for denial in denials if denial.rule is not None]
            if len(rules) < len(denials):
                continue
        if len(rules) == 1:
            spans |= set(rules[0].spans)
    return spans


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_the_commands_of_a_readme_run(policy: Path) -> None:
    text = (policy / "README.md").read_text()
    commands = re.findall(r"^    (remit .*)$", text, re.MULTILINE)
    assert commands
    for command in commands:
        said = StringIO()
        with (
            patch("sys.argv", shlex.split(command)),
            patch("sys.excepthook", sys.excepthook),  # typer puts its own there, and leaves it
            redirect_stdout(said),
            redirect_stderr(said),
        ):
            code = guarded(app)
        assert code in {ALLOWED, DENIED}, (command, said.getvalue())


def test_the_management_api_has_every_scope_and_operation_of_the_published_one() -> None:
    if not FACTS.exists():
        pytest.skip("the published facts are not beside this checkout")
    facts = json.loads(FACTS.read_text())
    checked = checked_of(MANAGEMENT)
    assert sorted(checked.api.scopes) == sorted(facts["scopes"])
    published = {each["operation"]: sorted(set(each["scopes"])) for each in facts["endpoints"]}
    assert json.loads((MANAGEMENT / "management_operations.json").read_text()) == published
    [api] = [block for block in checked.blocks if block.name is None]
    assert api.actions.keys() - published.keys() == {"show_client_secrets"}
    assert (len(facts["scopes"]), len(published)) == (251, 469)
