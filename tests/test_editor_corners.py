"""What is not declared, not finished or not there: the language server goes on."""

import asyncio
import logging
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from remit.syntax import tree
from remit.tools.language_server.answers import _laid_out, served
from remit.tools.language_server.completing import complete
from remit.tools.language_server.hovering import hover
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.mending import mendings
from remit.tools.language_server.policy import Desk
from remit.tools.language_server.renaming import applied, rename
from remit.tools.language_server.situation import situation
from remit.tools.language_server.testing import run_tests
from remit.tools.language_server.workspace import Workspace
from tests.marked import FILE, known, marked

UNKNOWN = """api a {
  scope {x,y}:z
  role r extends nobody grants {x,q}:z, gone
  permit gone to nobody, role nobody, client nobody when nowhere == token["x"] and token.gone.x
  permit gone on Nowhere to anyone when granted(nothing) and holds(gone or gone)
  assume nobody
  issuer "x" { asserts role nobody  asserts client nobody  asserts gone "x" }
}
type A = B
type B = A
resource R {
  a: A
  m: map<string, int>
  action go(to: string) needs nothing when any k in m where k == "x" or count(m) > 1
  permit go to anyone when any k in (m - m) where k.x == "y"
  permit go to anyone when (any k in a where k == action.gone) or (any k in [1] where k == 1)
}
test "t" using nothing {
  token t { roles: ["nobody", r], scope: "gone x:z", `odd`: "\\u{41}", permissions: "\\u{78}:z" }
  resource x: Nowhere { a: 1 }
  resource y: R { a: 1 }
  ghost may fly ghost2 (to: "x") with ghost { a: 1 } with x { a: 1 } missing role nobody
  ghost may fly x (to: "x")
  t may fly y (gone: "x")
  t may not fly missing acr "x"
  matrix { who, resource | fly  ghost, ghost2 | yes }
  matrix {}
}
"""


def test_what_is_not_declared_means_nothing_and_stops_nothing() -> None:
    knowledge = known(UNKNOWN)
    assert knowledge.policy.is_sound
    named = {knowledge.policy.text(each.span) for each in knowledge.occurrences}
    assert not named & {"nobody", "gone", "ghost", "ghost2", "Nowhere", "nothing", "fly"}
    assert "x:z" in named
    for place in range(len(UNKNOWN)):
        hover(knowledge, FILE, place)


NOTHING = [
    'let "a§',
    'let a: "x§',
    'test "n" {\n  resource §',
    "type A = B\ntype B = A\nresource R { a: A  action x needs s  permit x to anyone when a.§",
    "let a = [1].§",
    "let a = f(1)[2].§",
]


@pytest.mark.parametrize("text", NOTHING)
def test_where_nothing_is_known_nothing_is_proposed(text: str) -> None:
    found = complete(*marked(text))
    assert [each for each in found.items if each.what not in ("keyword", "function")] == []


def test_after_a_statement_that_may_go_on_its_clauses_and_other_statements_are_proposed() -> None:
    text = "permit read to anyone\n# more\n§\nresource B {\n}\n"
    assert {"when", "resource"} <= {each.label for each in complete(*marked(text)).items}
    first = {each.label for each in complete(*marked("# more\n§\nlet a = 1\n")).items}
    assert "when" not in first


def test_a_member_of_a_fixture_is_mended_without_what_it_belongs_to() -> None:
    text = 'token { tenant: string }\ntest "t" {\n  token ann { tenent: "x" }\n}\napi a { scope s }\n'
    policy = known(text).policy
    found = [each for f in Desk().diagnose(policy).findings for each in mendings(f, text)]
    assert [(each.title, each.edits[0].replacement) for each in found] == [
        ("change to `ann.tenant`", "tenant")
    ]


def test_a_name_that_is_written_as_a_text_is_renamed_as_one() -> None:
    text = 'token { §tenant: string }\ntest "t" {\n  token ann { "tenant": "x" }\n}\n'
    edits = rename(*marked(text), "the org")
    assert applied(marked(text)[0].policy, edits)[FILE] == (
        'token { `the org`: string from tenant }\ntest "t" {\n  token ann { "the org": "x" }\n}\n'
    )


def test_a_broken_file_is_read_as_a_whole_once() -> None:
    desk = Desk()
    texts = {"a.remit": "permit )\n", "b.remit": "let b = 1\n"}
    first = desk.diagnose(desk.read(texts))
    again = desk.diagnose(desk.read(texts | {"b.remit": "let b = 2\n"}))
    assert first.findings == again.findings


def test_tests_run_with_the_files_that_the_policy_names(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('["see"]')
    (tmp_path / "a.json").write_text('{"look": ["see"]}')
    (tmp_path / "d.json").write_text('["ann"]')
    text = """api a {
  audience "x"
  issuer "y"
  scope from "s.json"
  permit look to anyone when token.sub in people
  action from "a.json"
}
data people: set<user> from "d.json"
resource R { action from "a.json"  permit look to anyone }
test "t" {
  token ann { scope: "see" }
  token eve { scope: "see" }
  ann may look
  eve may look
}
"""
    desk = Desk()
    policy = desk.read({str(tmp_path / "p.remit"): text})
    run = run_tests(policy, desk.diagnose(policy))
    assert [(each.name, each.said) for each in run.outcomes] == [("t", "1 passed, 1 failed")]
    (tmp_path / "d.json").unlink()
    broken = desk.diagnose(policy)
    assert run_tests(policy, broken).refusal == "the policy has errors: mend these first"


def test_what_cannot_be_read_from_the_disk_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.remit").mkdir()
    workspace = Workspace()
    name = str(tmp_path / "b.remit")
    workspace.open(name, "let b = 1\n", 1)
    knowledge = workspace.knowledge(str(tmp_path))
    assert isinstance(knowledge, Knowledge)
    assert list(knowledge.policy.files) == [name]
    assert workspace.lines(str(tmp_path / "c.remit")).text == ""


def test_the_layout_of_an_older_text_is_not_told() -> None:
    async def change_meanwhile() -> list[lsp.TextEdit] | None:
        server = served("0")
        server.files.open("untitled:1", "let  a = 1\n", 1)
        work = asyncio.create_task(_laid_out(server, "untitled:1", None))
        await asyncio.sleep(0)  # it has begun, and goes on only when it is waited for
        server.files.open("untitled:1", "let  b = 1\n", 2)
        edits = await work
        server.working.shutdown()
        return edits

    assert asyncio.run(change_meanwhile()) is None


def test_work_that_fails_is_logged_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        server = served("0")
        server.test_soon("/nowhere")  # before `initialize`: it does not know yet what the editor can do
        await asyncio.gather(*server.tasks)
        server.working.shutdown()

    with caplog.at_level(logging.ERROR, "remit"):
        asyncio.run(fail())
    assert "a policy could not be worked on" in caplog.text


@pytest.mark.parametrize(
    ("text", "block", "bracket", "depth"),
    [
        ('api a { issuer "y" { audience "x" } ', ("api", "a"), "LBRACE", 1),
        ('api a { issuer "y" { ', ("api", "a"), "LBRACE", 2),
        ("api a { scope s  action r needs (s or s) ", ("api", "a"), "LBRACE", 1),
        ("api a { scope s  action r needs (s or ", ("api", "a"), "LPAR", 1),
        ('test "t" { token a { x: {}, y: [] ', ("test", ""), "LBRACE", 2),
    ],
)
def test_what_is_closed_is_around_nothing_any_more(
    text: str, block: tuple[str, str], bracket: str, depth: int
) -> None:
    here = situation(text)
    assert here is not None
    assert (here.block, here.bracket, len(here.opened)) == (block, bracket, depth)


def test_a_dot_after_a_quoted_step_is_on_the_way_to_a_claim_and_no_path() -> None:
    within = situation('token { a: string from "x".')
    assert within is not None
    assert within.path() is None


def test_before_a_dot_stand_all_steps_of_its_path() -> None:
    here = situation("permit r to anyone when token.place.city.")
    assert here is not None
    path = here.path()
    assert path is not None
    assert path.root.text == "token"
    assert [step.text for step in path.steps if isinstance(step, tree.Name)] == ["place", "city"]
