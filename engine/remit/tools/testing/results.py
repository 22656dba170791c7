"""Results of a policy's tests -> text for people, records for JSON, and JUnit's XML.

The XML is of the form that Jenkins' JUnit plugin reads: a suite for each test block, a case for each
request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from remit.decider.explain import RuleTrace
from remit.decider.tracing import Step
from remit.diagnostics import printable
from remit.spans import Source, Span
from remit.tools import colours
from remit.tools.colours import say
from remit.tools.testing.running import Result

_NAMELESS = re.compile("(?:permit|forbid|require)-[0-9a-f]{12}")
"""The id of a rule without a name."""


class Places:
    """Where spans are, as file and line."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Of the files of one policy."""
        self._sources = {source.file: source for source in sources}

    def line(self, span: Span) -> int:
        """The line on which a span begins."""
        return self._sources[span.file].position(span.start).line

    def of(self, span: Span) -> str:
        """`file:line`."""
        return f"{span.file}:{self.line(span)}"

    def text(self, span: Span) -> str:
        """The policy's text there, on one line."""
        return " ".join(self._sources[span.file].text[span.start : span.end].split())

    def block(self, span: Span) -> str:
        """The policy's text there, line by line, without the indentation of the first."""
        source = self._sources[span.file]
        indent = " " * (source.position(span.start).column - 1)
        first, *others = source.text[span.start : span.end].splitlines()
        return "\n".join([first, *(line.removeprefix(indent) for line in others)])


def deciding(step: Step) -> Iterator[Step]:
    """The tests that made a condition come out as it did."""
    inside = decisive(step)
    if not inside:
        yield step
    for inner in inside:
        yield from deciding(inner)


def decisive(step: Step) -> Sequence[Step]:
    """The parts of a condition that made it come out as it did; none of a test.

    Of an `and` that is false those operands that are false; of one that is true all of them; likewise
    for `or`, the other way round. An error is the doing of the operands that erred.
    """
    if step.text == "not":
        return step.steps
    return [inner for inner in step.steps if inner.truth is step.truth]


def trace_lines(result: Result, places: Places) -> list[str]:
    """The answer and each of its rules, with where it stands and the tests that decided."""
    explanation = result.explanation
    reason = placed(explanation.decision.reason, result, places)
    lines = [f"{'allow' if explanation.allowed else 'deny'}: {reason}"]
    for trace in explanation.rules:
        lines.append(f"{trace.rule.effect} {trace.rule.id} at {_places(trace, places)}")
        lines += [f"  decided by: {line}" for step in deciding(trace.step) for line in step.lines()[:1]]
        lines += trace.step.lines(1)
    return lines


def placed(text: str, result: Result, places: Places) -> str:
    """A text with the place of each rule that has no name behind its id."""
    for trace in result.explanation.rules:
        if _NAMELESS.fullmatch(trace.rule.id):
            text = text.replace(trace.rule.id, f"{trace.rule.id} ({_places(trace, places)})")
    return text


def _places(trace: RuleTrace, places: Places) -> str:
    return ", ".join(places.of(span) for span in trace.rule.spans)


def record(result: Result, places: Places) -> Mapping[str, Any]:
    """What is told of a failed result, as plain data."""
    return {
        "test": result.test,
        "text": result.text,
        "file": result.span.file,
        "line": places.line(result.span),
        "problem": result.problem,
        "trace": "\n".join(trace_lines(result, places)),
        "rules": [
            {
                "rule": trace.rule.id,
                "places": [{"file": s.file, "line": places.line(s)} for s in trace.rule.spans],
                "decided_by": [
                    {"text": step.text, "truth": step.record()["truth"]} for step in deciding(trace.step)
                ],
            }
            for trace in result.explanation.rules
        ],
    }


def show(result: Result, places: Places) -> None:
    """Print a failed result."""
    say(f"FAILED {result.test}: {result.text}", colours.results)
    print(f"  {places.of(result.span)}\n  {placed(result.problem or '', result, places)}")
    for line in trace_lines(result, places):
        print(f"  {line}")


def junit(results: Sequence[Result], places: Places) -> bytes:
    """The results as JUnit's XML."""
    root = Element("testsuites", _totals(results))
    for name, group in groupby(results, lambda result: result.test):
        of_test = list(group)
        suite = SubElement(root, "testsuite", {"name": printable(name), **_totals(of_test)})
        for result in of_test:
            told = {
                "classname": printable(name),
                "name": printable(" ".join([result.text, *_given(result, places)])),
                "file": result.span.file,
                "line": str(places.line(result.span)),
            }
            case = SubElement(suite, "testcase", told)
            if result.problem is not None:
                failure = SubElement(case, "failure", {"message": printable(result.problem)})
                failure.text = "\n".join(printable(line) for line in trace_lines(result, places))
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _given(result: Result, places: Places) -> Iterator[str]:
    """What an expectation says beside who, what and whether, which tells it from others of its test."""
    asked = result.request.expectation
    if asked.arguments is not None:
        yield places.text(asked.arguments.span)
    for change in asked.changes:
        yield places.text(change.span)
    if asked.at is not None:
        yield f"at {places.text(asked.at.span)}"


def _totals(results: Sequence[Result]) -> dict[str, str]:
    failed = sum(1 for result in results if result.problem is not None)
    return {"tests": str(len(results)), "failures": str(failed), "errors": "0"}
