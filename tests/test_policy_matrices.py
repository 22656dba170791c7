"""Fixtures that tests of several files share, and matrices: who may do what with what, in a table."""

from collections.abc import Mapping

import pytest

from remit import Engine
from remit.decider.reading import Reading, read_set
from remit.diagnostics import has_errors
from remit.syntax import tree
from remit.tools.testing.running import Result, run
from tests.parsing import S, guilty, read

POLICY = """
api a {
  audience "https://a"
  issuer "https://i/" profile auth0
  scope s, t
  action invite, close needs s
  permit invite to entitled
}
context { office: bool }
resource Plan {
  owner: user
  open:  bool
  until: datetime
  action read needs s
  action write needs s
  action list(page?: int) needs s
  permit read, list to anyone
  permit write to owner when open and context.office
  forbid read when now >= until because "over"
}
resource Room {
  action enter needs t
  permit enter to anyone
}
"""
STAFF = """
fixtures staff {
  token ann { sub: "ann", scope: "s", permissions: ["s"] }
  token eve { sub: "eve", scope: "s t" }
  resource plan: Plan { owner: "ann", open: true, until: "2027-01-01T00:00Z" }
  context { office: true }
}
"""
AS_IT_IS = """
  matrix {
    who, resource   | read | write | list
    ann, plan       | yes  | yes   | yes
    eve, plan       | yes  | no    | -
    anonymous, plan | no   | no    | no
  }
"""


def reading(files: Mapping[str, str]) -> Reading:
    return read_set(None, {"policy.remit": POLICY, "staff.remit": STAFF, **files})


def results(test: str) -> list[Result]:
    files = {"policy.remit": POLICY, "staff.remit": STAFF, "test.remit": test}
    read_ = read_set(None, files)
    assert read_.findings == ()
    assert read_.checked is not None
    return list(run(Engine.from_text(files), read_.checked))


def said(text: str, *others: str) -> list[tuple[str, str]]:
    """Code and help of what is wrong in a test, beside the policy and other files."""
    more = {f"{number}.remit": other for number, other in enumerate(others)}
    return [(f.code.value, f.help or "") for f in reading({"test.remit": text, **more}).findings]


# ---- matrices


def test_each_cell_that_asks_something_is_an_expectation_in_its_place() -> None:
    test = f'test "t" using staff {{{AS_IT_IS}}}'
    done = results(test)
    assert [result.problem for result in done] == [None] * 8
    assert [result.text for result in done] == [
        *("ann may read plan", "ann may write plan", "ann may list plan"),
        *("eve may read plan", "eve may not write plan"),
        *("anonymous may not read plan", "anonymous may not write plan", "anonymous may not list plan"),
    ]
    places = [test[result.span.start : result.span.end] for result in done]
    assert places == ["yes", "yes", "yes", "yes", "no", "no", "no", "no"]
    assert len({result.span for result in done}) == 8


def test_a_cell_that_does_not_hold_fails_alone_and_where_it_stands() -> None:
    test = 'test "t" using staff { matrix { who, resource | read | write eve, plan | yes | yes } }'
    right, wrong = results(test)
    assert right.problem is None
    assert wrong.problem is not None
    assert wrong.problem.startswith("denied: ")
    assert (wrong.span.start, wrong.span.end) == (test.rindex("yes"), test.rindex("yes") + 3)


def test_a_matrix_without_resources_asks_about_the_api_itself() -> None:
    done = results(
        'test "t" using staff { matrix { who | invite | close ann | yes | no anonymous | no | no } }'
    )
    assert [result.problem for result in done] == [None] * 4
    assert done[0].text == "ann may invite"


def test_a_matrix_has_a_clock_of_its_own() -> None:
    head = 'test "t" using staff { matrix at "2027-01-01T00:00Z" { who, resource | read'
    [over] = results(f"{head} ann, plan | no }} }}")
    [still] = results(f"{head} ann, plan | yes }} }}")
    assert over.problem is None
    assert still.problem is not None
    assert "over" in still.problem


def test_a_no_for_which_only_an_error_speaks_fails() -> None:
    test = 'test "t" using staff { resource x: Plan {} matrix { who, resource | write ann, x | no } }'
    [result] = results(test)
    assert result.problem is not None
    assert "only by an error" in result.problem


def test_rows_of_several_types_leave_out_what_the_others_have() -> None:
    done = results(
        'test "t" using staff { resource r: Room {} '
        "matrix { who, resource | read | enter eve, plan | yes | - eve, r | - | yes } }"
    )
    assert [(result.text, result.problem) for result in done] == [
        ("eve may read plan", None),
        ("eve may enter r", None),
    ]


def test_a_matrix_may_be_empty() -> None:
    assert results('test "t" using staff { matrix {} matrix { who | invite } }') == []


@pytest.mark.parametrize("word", ["matrix", "who", "yes", "no", "using", "fixtures", "resource"])
def test_the_words_of_a_matrix_are_names_elsewhere(word: str) -> None:
    (group, test) = read(
        f'fixtures {word} {{ token {word} {{}} }} test "t" using {word}, {word} {{\n'
        f"ann may {word} {word if word != 'resource' else '`resource`'}\n"
        f'matrix at "x" {{ who, resource | {word} | {word} {word}, {word} | yes | no }}\n'
        f"{word} may {word}, read\n{word} may x }}"
    ).items
    assert isinstance(group, tree.Fixtures)
    assert group.name.text == word
    name = tree.Name(word, S)
    assert isinstance(test, tree.PolicyTest)
    assert test.using == (name, name)
    match test.items:
        case (
            tree.Expectation(resource=resource, at=None),
            tree.Matrix(head=tree.MatrixHead(actions=actions), rows=(row,)),
            tree.Expectation(who=who, resource=None),
            tree.Expectation(),
        ):
            assert (resource, actions, row.who, row.resource, who) == (
                name,
                (name, name),
                name,
                name,
                name,
            )
        case other:
            pytest.fail(f"read as {other}")


def test_a_resource_called_matrix_stays_one_before_a_clock() -> None:
    (test,) = read('test "t" { ann may read matrix at "x" bob may read matrix # matrix {\n }').items
    assert isinstance(test, tree.PolicyTest)
    assert [type(item) for item in test.items] == [tree.Expectation] * 2


def test_comments_stand_anywhere_in_a_matrix_and_between_who_may_and_may() -> None:
    bare = 'test "t" { ann may read plan matrix at "x" { who | a bob | - } }'
    told = (
        'test "t" { ann # may {\n # "\n may read plan matrix # a\n at # {\n "x" # b\n'
        "{ who | a # c\n bob | - } }"
    )
    assert read(told) == read(bare)


def test_a_mistake_in_a_matrix_is_one_finding_and_what_follows_is_read() -> None:
    for broken in (
        "who, resource | a\n x, y | perhaps",
        "who | a\n x | yes\n x | sure",
        "what | a\n x | no",
    ):
        word = {"perhaps", "sure", "what"} & set(broken.split())
        text = (
            f'test "t" {{\n matrix {{\n {broken}\n }}\n ann may read plan\n}}\ntest "u" {{ ann must }}'
        )
        assert guilty(text) == [*word, "must"]


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("who, resource | read | read ann, plan | yes | -", ("R201", "keep one of them")),
        ("who, resource | read ann, plan | yes ann, plan | yes", ("R201", "keep one of them")),
        ("who, resource | wrote ann, plan | yes", ("R204", "did you mean `write`?")),
        ("who, resource | wrote ann, plan | -", ("R204", "did you mean `write`?")),
        (
            "who, resource | read ann, plan | yes | no",
            ("R415", "`-` stands in a cell that asks nothing"),
        ),
        (
            "who, resource | read | list ann, plan | yes",
            ("R415", "`-` stands in a cell that asks nothing"),
        ),
    ],
)
def test_a_matrix_that_says_something_twice_or_nothing_is_refused(
    rows: str, wrong: tuple[str, str]
) -> None:
    assert said(f'test "t" using staff {{ matrix {{ {rows} }} }}') == [wrong]


# ---- fixtures of several tests


def test_fixtures_serve_tests_in_every_file_and_a_test_adds_its_own() -> None:
    done = results(
        'test "one" using staff { ann may write plan }'
        'test "two" using staff { token bob { scope: "s" } bob may read plan bob may not write plan }'
        'test "three" using staff { ann may not write plan with context { office: false } }'
    )
    assert [result.problem for result in done] == [None] * 4


def test_two_groups_may_have_a_fixture_of_one_name_where_no_test_uses_both() -> None:
    guests = 'fixtures guests { token ann { sub: "guest", scope: "" } } '
    done = results(
        guests
        + 'test "one" using staff { ann may invite }'
        + 'test "two" using guests { ann may not invite missing s }'
    )
    assert [result.problem for result in done] == [None] * 2


def test_a_context_of_the_test_is_laid_over_that_of_the_group() -> None:
    done = results(
        'test "one" using staff { context { office: false } ann may not write plan }'
        'test "two" using staff { ann may write plan }'
    )
    assert [result.problem for result in done] == [None] * 2


_STAFF_HAS_IT = ("R201", "the fixtures `staff`, in use here, declare it as well")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('fixtures more { token ann {} } test "t" using staff, more {}', [_STAFF_HAS_IT]),
        ('fixtures more { resource plan: Room {} } test "t" using staff, more {}', [_STAFF_HAS_IT]),
        ('fixtures more { context { office: true } } test "t" using staff, more {}', [_STAFF_HAS_IT]),
        ('test "t" using staff { token ann {} ann may invite }', [_STAFF_HAS_IT]),
        ('test "t" using staff { resource eve: Room {} }', [_STAFF_HAS_IT]),
        ('test "t" { bob may invite with bob {} }', [("R211", "")]),
        ('test "t" { eve may invite }', [("R211", "write `using staff`, which has it")]),
        ('test "t" { eve may read plan }', [("R211", "write `using staff`, which has it")] * 2),
        ('test "t" { plan may invite }', [("R211", "")]),
        ('test "t" using staff, staff {}', [("R201", "keep one of them")]),
        ("fixtures staff {}", [("R201", "keep one of them")]),
        ("fixtures x { token a {} token a {} }", [("R201", "keep one of them")]),
        ('test "t" using stuff { ann may fly plan }', [("R211", "did you mean `staff`?")]),
    ],
)
def test_a_name_that_is_declared_twice_or_nowhere_is_found(
    text: str, wrong: list[tuple[str, str]]
) -> None:
    assert said(text) == wrong


@pytest.mark.parametrize(
    ("fixture", "code"),
    [
        ("token anonymous {}", "R209"),
        ("token ann { colour: 1 }", "R208"),
        ("resource x: Plam {}", "R206"),
        ("resource x: Plan { colour: 1 }", "R208"),
        ("context { colour: 1 }", "R208"),
        ("token ann { sub: now }", "R307"),
    ],
)
def test_fixtures_are_checked_though_no_test_uses_them(fixture: str, code: str) -> None:
    assert [found for found, _ in said(f"fixtures unused {{ {fixture} }}")] == [code]


def test_fixtures_that_no_test_uses_are_no_matter_of_the_checker() -> None:
    assert not has_errors(reading({}).findings)
    assert reading({}).findings == ()
