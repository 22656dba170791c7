"""The colours of the language are those of its grammar."""

import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest
from pygments import lex
from pygments.token import Comment, Error, Keyword, Name, Operator, Punctuation, String, Token

from remit.syntax.lexer import BROKEN
from remit.syntax.parser import spellings
from remit.tools.highlighting import TYPES, PolicyLexer
from tests.test_formatting import TEXTS


def coloured(text: str) -> list[tuple[object, str]]:
    return [(kind, word) for kind, word in lex(text, PolicyLexer(stripnl=False)) if not word.isspace()]


def test_every_terminal_of_the_grammar_has_a_colour_and_nothing_else_has_one() -> None:
    assert TYPES.keys() == spellings().keys() | {BROKEN}


@pytest.mark.parametrize(("terminal", "text"), sorted((t, s) for t, s in spellings().items() if s))
def test_keywords_and_operators_are_coloured_as_such(terminal: str, text: str) -> None:
    kinds = (Keyword, Operator.Word) if text.isidentifier() else (Operator, Punctuation)
    assert any(TYPES[terminal] in kind for kind in kinds)
    assert coloured(text) == [(TYPES[terminal], text)]


@pytest.mark.parametrize("text", TEXTS)
def test_all_of_a_policy_is_coloured(text: str) -> None:
    parts = list(PolicyLexer().get_tokens_unprocessed(text))
    assert "".join(part for _, _, part in parts) == text
    assert [place for place, _, _ in parts] == [
        sum(len(part) for _, _, part in parts[:number]) for number in range(len(parts))
    ]
    assert not [part for part in parts if part[1] in Error or part[1] is Token]


def test_a_word_of_the_language_that_is_a_name_is_coloured_as_one() -> None:
    text = "resource role { list: string  permit role to anyone when list == token.action }  # any"
    found = coloured(text)
    assert found.count((Name, "role")) == 2
    assert found.count((Name, "list")) == 2
    assert (Name, "action") in found
    assert found[-1] == (Comment.Single, "# any")


def test_a_part_of_a_policy_and_a_broken_one_are_coloured_as_well() -> None:
    assert coloured("when owner == token.sub")[:3] == [
        (Keyword, "when"),
        (Name, "owner"),
        (Operator, "=="),
    ]
    found = coloured('resource R { permit permit "x" # y\n } ; api a {} "open')
    assert [kind for kind, word in found if word == "permit"] == [Keyword.Declaration, Name]
    assert (String.Double, '"x"') in found
    assert (Comment.Single, "# y") in found
    assert (Keyword.Declaration, "api") in found
    assert [word for kind, word in found if kind is Error] == [";", '"']


def test_pygments_finds_the_lexer_where_the_package_says() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert resolve_name(project["entry-points"]["pygments.lexers"]["remit"]) is PolicyLexer
