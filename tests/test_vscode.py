"""What Visual Studio Code is told of the language: the same words, and texts that are policies."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pygments.token import Keyword, Operator

from remit.spans import Source
from remit.syntax.parser import parse, spellings
from remit.tools.highlighting import TYPES
from tests.test_formatting import TEXTS

FOLDER = Path("grammar/vscode")
COLOURS = {
    Keyword.Declaration: "keyword.declaration.remit",
    Keyword: "keyword.control.remit",
    Keyword.Type: "storage.type.remit",
    Keyword.Constant: "constant.language.remit",
    Operator.Word: "keyword.operator.word.remit",
}
ALONE = {"list": "list<", "map": "map<", "set": "set<"}
"""Words that are keywords only where something follows."""


Json = Any


def read(name: str) -> Json:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def patterns(grammar: dict[str, Any], of: list[dict[str, Any]]) -> Iterator[tuple[re.Pattern[str], str]]:
    """The expressions in order, each with what it is called."""
    for each in of:
        if "include" in each:
            yield from patterns(grammar, [grammar["repository"][each["include"][1:]]])
        elif "patterns" in each:
            yield from patterns(grammar, each["patterns"])
        else:
            yield re.compile(each["match"]), each["name"]


def coloured(line: str) -> list[tuple[str, str]]:
    """The parts of a line and what they are called, as an editor finds them: the leftmost, the first."""
    grammar = read("syntaxes/remit.tmLanguage.json")
    known = list(patterns(grammar, grammar["patterns"]))
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(line):
        each = [(m.start(), n, m) for n, (p, _) in enumerate(known) if (m := p.search(line, place))]
        start, number, match = min(each, key=lambda one: one[:2], default=(len(line), 0, None))
        if line[place:start].strip():
            found.append((line[place:start], "nothing"))
        if match is None:
            break
        assert match.end() > match.start()
        found.append((match.group(), known[number][1]))
        place = match.end()
    return found


@pytest.mark.parametrize(("terminal", "word"), sorted((t, s) for t, s in spellings().items() if s))
def test_every_word_and_sign_has_the_colour_that_the_terminal_has(terminal: str, word: str) -> None:
    if word.isidentifier():
        assert coloured(ALONE.get(word, word))[0] == (word, COLOURS[TYPES[terminal]])
    else:
        ((_, name),) = coloured(word)
        assert name in ("keyword.operator.remit", "punctuation.remit")


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_in_a_policy_is_left_without_a_name(text: str) -> None:
    parts = [part for line in text.splitlines() for part in coloured(line)]
    assert [part for part, name in parts if name == "nothing"] == []


def test_words_are_told_apart_by_where_they_stand() -> None:
    assert coloured("  role: set<user> = [] # role")[0] == ("role", "variable.other.property.remit")
    assert coloured("token.action")[-1] == ("action", "variable.other.property.remit")
    assert coloured("needs read:documents") == [
        ("needs", "keyword.control.remit"),
        ("read:documents", "entity.name.tag.scope.remit"),
    ]
    assert [name for _, name in coloured('"a#\\"b" #c')] == [
        "string.quoted.double.remit",
        "comment.line.number-sign.remit",
    ]
    assert coloured("matrix {")[0] == ("matrix", "keyword.declaration.remit")
    assert coloured("matrix == 1")[0] == ("matrix", "variable.other.remit")
    assert ("15m", "constant.numeric.duration.remit") in coloured("max_age 15m")
    assert ("`a b`", "variable.other.quoted.remit") in coloured("permit `a b` to x")


def filled(body: list[str]) -> str:
    """A snippet as it is inserted."""
    text = re.sub(r"\$\{\d+\|([^,|]*)[^}]*\}", r"\1", "\n".join(body))
    return re.sub(r"\$\{\d+:([^}]*)\}", r"\1", text)


@pytest.mark.parametrize("name", read("snippets/remit.json"))
def test_every_snippet_is_a_statement(name: str) -> None:
    snippet = read("snippets/remit.json")[name]
    text = filled(snippet["body"])
    assert "$" not in text
    around = {
        "relation": "resource A {{\n{}\n}}",
        "action": "resource A {{\n{}\n}}",
        "may": 'test "t" {{\n{}\n}}',
    }
    whole = around.get(snippet["prefix"], "{}").format(text)
    document, findings = parse(Source("p.remit", whole))
    assert findings == ()
    assert len(document.items) == 1


def test_the_extension_has_the_files_that_it_names() -> None:
    package = read("package.json")
    contributed = package["contributes"]
    named = [
        contributed["languages"][0]["configuration"],
        contributed["grammars"][0]["path"],
        contributed["snippets"][0]["path"],
    ]
    assert all((FOLDER / name).is_file() for name in named)
    kept = (FOLDER / ".vscodeignore").read_text(encoding="utf-8")
    assert all(f"!{name.removeprefix('./')}\n" in kept for name in (*named, package["main"]))
    locked = read("package-lock.json")["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert locked[kind] == package[kind]
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package[kind].values())
    source = (FOLDER / "src/extension.js").read_text(encoding="utf-8")
    assert all(f'"{each["command"]}"' in source for each in contributed["commands"])
