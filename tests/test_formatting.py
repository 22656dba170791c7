"""`remit fmt`: one layout, every comment in its place, and nothing that is said changes."""

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.spans import Source
from remit.syntax.format import Changed, formatted, held
from remit.syntax.layout import WIDTH
from remit.syntax.lexer import Token
from remit.syntax.parser import parse
from remit.syntax.pieces import said_in
from remit.syntax.render import render
from remit.syntax.tree import Document
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
    return said_in(Source("p.remit", text)).comments


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
        if not token.text.startswith("#"):
            said += rng.choice(gaps) if number else ""
        said += token.text
    return said


_COMMENTS = (" # said\n", "\n  # alone # twice\n\n", "\n#\n\n\n # x \r\n")
GAPS = (" ", " ", " ", "\n", "\n\n\n", " \t ", "\r\n", *_COMMENTS)


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
def test_the_laws_hold_for_any_tree_with_comments_anywhere(
    document: Document, rng: random.Random
) -> None:
    text = render(document)
    holds_the_laws(text)
    holds_the_laws(sprinkled(rng, text, GAPS))


MESSY = """

# at the start
api   notes{audience "https://notes.example.com"  # who it is for
issuer "https://login.example.com/" profile auth0 {roles from groups}



scope read,write "Both"   ; implies share
scope {share,
      link}
role reader grants read
role editor extends reader grants write
# before the brace

}
token{ plan:string  level?:int=1 }

context{}
resource Note {
owner :user
tags: set < string > =[ ]   # of the author
  action read needs read
  action edit( part : string )needs write when(tags==[]) needs share
  permit any to entitled
  permit "own" read to owner and role editor
  forbid "sealed" edit when count( tags )> 3 and "sealed" in tags
 unless
action . part=="tags" and owner == token.sub because "it is sealed" # really
  require edit
     # why
     acr "phr" , "phrh" max_age 5m
}
test "of notes" {
  token ann{sub:"ann"}
  token maximilian { sub: "max" }
  resource n:Note{owner:"ann",tags:[
  -1 ,  - 2]}

  ann may read n
  maximilian may not edit n(part:"x") with n{tags:[]} because "no permit applies"
}
# at the end""".replace("   ; implies", " implies")

TIDY = """# at the start
api notes {
  audience "https://notes.example.com" # who it is for
  issuer   "https://login.example.com/" profile auth0 {
    roles from groups
  }

  scope read, write "Both" implies share
  scope {share,
    link}
  role reader                grants read
  role editor extends reader grants write
  # before the brace
}
token { plan: string  level?: int = 1 }

context {}
resource Note {
  owner: user
  tags:  set<string> = [] # of the author
  action read               needs read
  action edit(part: string) needs write when (tags == []) needs share
  permit any        to entitled
  permit "own" read to owner and role editor
  forbid "sealed" edit when count(tags) > 3 and "sealed" in tags
    unless action.part == "tags" and owner == token.sub because "it is sealed" # really
  require edit
    # why
    acr "phr", "phrh" max_age 5m
}
test "of notes" {
  token ann        { sub: "ann" }
  token maximilian { sub: "max" }
  resource n: Note { owner: "ann", tags: [
    -1, -2] }

  ann        may read n
  maximilian may not edit n (part: "x") with n { tags: [] } because "no permit applies"
}
# at the end
"""


def test_a_text_is_laid_out_as_the_worked_policies_are() -> None:
    assert holds_the_laws(MESSY) == TIDY


@pytest.mark.parametrize("text", WORKED)
def test_the_worked_policies_are_laid_out(text: str) -> None:
    assert laid_out(text) == text


def test_a_scope_that_would_become_a_comment_stays_beside_what_is_before_it() -> None:
    text = "api a {\n  scope x,#y\n  scope{a},#{b,c}\n}\n"
    assert holds_the_laws(text) == "api a {\n  scope x,#y\n  scope {a},#{b,c}\n}\n"
    long = f"api a {{\n  scope#{'x' * WIDTH}\n}}\n"
    assert holds_the_laws(long) == long


@pytest.mark.parametrize(
    "text",
    [
        "scope b # why",
        "scope a",
        "scope a # what",
        "scope a # why # why\n",
        "scope `a` # why",
        "scope a {",
    ],
)
def test_what_does_not_say_the_same_is_not_given(text: str) -> None:
    said = said_in(Source("p.remit", "api x { scope a # why\n}"))
    assert held(said, Source("p.remit", "api x {\n scope a\n# why\n}"))
    with pytest.raises(Changed, match=r"p\.remit"):
        held(said, Source("p.remit", f"api x {{ {text}\n}}"))


def test_a_list_that_does_not_fit_is_filled_up() -> None:
    names = [f"operation_number_{number}" for number in range(12)]
    text = f"resource R {{ forbid {', '.join(names[:6])},\n {', '.join(names[6:])} }}"
    done = holds_the_laws(text).splitlines()
    assert [line.count("operation") for line in done[1:-1]] == [4, 5, 3]


def test_an_empty_text_stays_empty() -> None:
    assert not holds_the_laws("")
    assert not holds_the_laws(" \n\n ")
    assert holds_the_laws("\n\n# nothing yet") == "# nothing yet\n"


def test_what_is_on_lines_of_its_own_stays_there() -> None:
    text = "type A = {\n  a: int, # one\n\n  # of two\n  bc?: { d: int },\n  # the last\n}\n"
    assert holds_the_laws(text) == text


def test_an_action_whose_needs_are_below_is_aligned_with_the_others() -> None:
    text = (
        "resource R {\n  action read  needs a\n  action print needs b\n"
        "  action rename, transfer, give_away,\n    sell, burn\n    needs c\n}\n"
    )
    assert holds_the_laws(text) == text.replace("    needs c", "               needs c")


def test_a_row_that_is_much_longer_has_no_part_in_the_columns() -> None:
    text = f"api a {{\n  role a   grants x\n  role abc grants x\n  role {'long' * 10} grants x\n}}\n"
    assert holds_the_laws(text) == text


def test_a_matrix_is_one_table_in_spite_of_empty_lines_and_of_what_asks_nothing() -> None:
    written = (
        'test "t" using staff{ matrix at "2026-01-01T00:00Z"{who,resource|read|delete\n'
        "ann,plan|yes|no # why\n\n  anonymous,plan|-|no } matrix{who|invite ann|yes} matrix {} }"
    )
    assert (
        laid_out(written)
        == """\
test "t" using staff {
  matrix at "2026-01-01T00:00Z" {
    who, resource   | read | delete
    ann, plan       | yes  | no # why

    anonymous, plan | -    | no
  }
  matrix {
    who | invite
    ann | yes
  }
  matrix {}
}
"""
    )


def test_a_row_of_a_matrix_that_is_too_long_goes_on_before_a_bar() -> None:
    first, second, third, fourth = (f"an_action_of_a_long_name_{number}" for number in range(4))
    head = f"who, resource | {first} | {second} | {third}"
    assert (
        laid_out(f'test "t" {{ matrix {{ {head} | {fourth} ann, d | yes | - | no | yes }} }}')
        == f"""\
test "t" {{
  matrix {{
    {head}
      | {fourth}
    ann, d        | yes{" " * 23} | -{" " * 25} | no | yes
  }}
}}
"""
    )


def test_columns_that_do_not_fit_into_a_line_are_none() -> None:
    long = "x" * 80
    text = f"api a {{\n  role a grants {long}, b\n  role abcdefghijklm grants x\n}}\n"
    assert holds_the_laws(text) == text
