"""One character of the documents policy changed, at every position (failure mode 47)."""

import re
from pathlib import Path

from remit.checker.check import check
from remit.compiler.ruletree import RuleTree, build
from remit.spans import Source
from remit.syntax.parser import parse
from remit.syntax.source import decode

TEXT = next(Path("policies/documents").glob("*.remit")).read_text()
CHARACTERS = ("x", " ", "\n", '"', "}", ",", "#", "\\", "\u202e", "0")


def load(text: str) -> RuleTree | None:
    """The tree of `text`, or None where it is refused; never an exception."""
    _, unsafe = decode("policy.remit", text.encode())
    document, wrong = parse(Source("policy.remit", text))
    if unsafe or wrong:
        return None
    checked, _ = check(document)
    return None if checked is None else build(checked)[0]


def mutants(text: str) -> list[tuple[int, str]]:
    return [
        *((at, text[:at] + text[at + 1 :]) for at in range(len(text))),
        *((at, text[:at] + c + text[at:]) for at in range(len(text)) for c in CHARACTERS),
        *(
            (at, text[:at] + c + text[at + 1 :])
            for at in range(len(text))
            for c in CHARACTERS
            if text[at] != c
        ),
    ]


def rules(tree: RuleTree) -> int:
    return sum(len(block.rules) for block in tree.blocks)


def classed(text: str, at: int) -> str | None:
    """The class that a change at `at` may belong to and still load with another meaning."""
    line_start = text.rfind("\n", 0, at) + 1
    line = text[line_start:].split("\n", 1)[0]
    before = text[line_start:at]
    if before.count('"') % 2 == 1 or text[at : at + 1] == '"':
        return "inside a string"
    if "#" in line[: at - line_start + 1]:
        return "inside a comment"
    if re.match(r"\s*(scope|role|action|permit|forbid|relation)\b", line):
        return "in the list of scopes, roles or actions of one statement"
    if re.match(r"\s*(api|resource|token|\w+\??:)", line) or ":" in line:
        return "in a declared name, its type or its default"
    return None


def test_no_mutant_raises_and_none_loses_a_rule_in_silence() -> None:
    whole = load(TEXT)
    assert whole is not None
    unexplained = []
    for at, text in mutants(TEXT):
        tree = load(text)
        if tree is None or tree.digest == whole.digest:
            continue
        if rules(tree) < rules(whole) or classed(TEXT, at) is None:
            unexplained.append((at, text[max(0, at - 30) : at + 30]))
    assert unexplained == []
