"""`remit fmt`: one layout, every comment in its place, and nothing that is said changes."""

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.spans import Source
from remit.syntax.format import formatted
from remit.syntax.layout import WIDTH
from remit.syntax.lexer import Token
from remit.syntax.parser import parse
from remit.syntax.pieces import comments, read
from remit.syntax.render import render
from tests.generate_trees import documents
from tests.test_readme import blocks
from tests.test_rendering import WHOLE

WORKED = [path.read_text(encoding="utf-8") for path in sorted(Path("policies").glob("*/*.remit"))]
TEXTS = [*WORKED, *blocks("grammar/README.md", "remit"), *blocks("README.md", "remit"), WHOLE]


def laid_out(text: str) -> str:
    done, findings = formatted(Source("p.remit", text))
    assert findings == ()
    return done


def tokens_of(text: str) -> list[Token]:
    tokens: list[Token] = []
    assert parse(Source("p.remit", text), tokens)[1] == ()
    return tokens


def comments_of(text: str) -> list[str]:
    return comments(read(Source("p.remit", text))[0])


def holds_the_laws(text: str) -> str:
    done = laid_out(text)
    assert laid_out(done) == done
    assert parse(Source("p.remit", done))[0] == parse(Source("p.remit", text))[0]
    assert comments_of(done) == comments_of(text)
    assert done == "" or done.endswith("\n")
    assert not re.search(r"[ \t\r]$|\n\n\n|\A\n|\n\n\Z", done, re.MULTILINE)
    longest = max((len(token.text) for token in tokens_of(text)), default=0)
    if longest + 40 < WIDTH:
        bare = [line for line in done.split("\n") if "#" not in line]
        assert max(map(len, bare)) <= WIDTH
    return done


def sprinkled(rng: random.Random, text: str, gaps: Sequence[str]) -> str:
    """The text with something else between its tokens."""
    tokens = tokens_of(text)
    said = ""
    for number, token in enumerate(tokens):
        if number and tokens[number - 1].type == "PRINCIPAL":
            said += " "  # what is expected of somebody begins with a name right before `may`
        elif not token.text.startswith("#"):
            said += rng.choice(gaps) if number else ""
        said += token.text
    return said


GAPS = (
    " ",
    " ",
    " ",
    "\n",
    "\n\n\n",
    " \t ",
    "\r\n",
    " # said\n",
    "\n  # alone # twice\n\n",
    "\n#\n\n\n # x \r\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_laws_hold_for_what_is_written_by_hand(text: str) -> None:
    holds_the_laws(text)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_laws_hold_with_comments_between_any_two_tokens(text: str, seed: int) -> None:
    holds_the_laws(sprinkled(random.Random(seed), text, GAPS))


@pytest.mark.parametrize("text", TEXTS)
def test_the_laws_hold_where_all_stands_in_one_line(text: str) -> None:
    holds_the_laws(sprinkled(random.Random(0), text, [" "]))


@pytest.mark.parametrize("text", TEXTS)
def test_the_laws_hold_where_each_token_has_its_line(text: str) -> None:
    holds_the_laws(sprinkled(random.Random(0), text, ["\n"]))


@given(documents, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_laws_hold_for_any_tree_with_comments_anywhere(document: object, rng: random.Random) -> None:
    text = render(document)  # type: ignore[arg-type]
    holds_the_laws(text)
    holds_the_laws(sprinkled(rng, text, GAPS))
