"""`remit matrix`: cells against what the language means, and how they are shown."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit import Engine, VerifiedClaims
from remit.syntax.render import render
from remit.tools.overview.answering import Answer, Cell
from remit.tools.overview.callers import Asking
from remit.tools.overview.matrix import matrices
from tests.agreement import interpreted, meaning, principal, read
from tests.choices import Choices, Seeded
from tests.commands import remit
from tests.generate import draw
from tests.generate_attributes import put
from tests.generate_requests import Question, Subjects, question, subjects_of

OK, BAD_INPUT = 0, 2
HEAD = 'api a { audience "https://api.example.com/a" issuer "https://example.com/" profile rfc9068\n'
HEADER = {"typ": "at+jwt"}


def cells(text: str) -> dict[tuple[str | None, str, str], Cell]:
    """The cells of a policy, by resource, action, and the title of the column."""
    return {
        (matrix.resource, row.action, caller.title): cell
        for matrix in matrices(Engine.from_text(text))
        for row in matrix.rows
        for caller, cell in zip(matrix.callers, row.cells, strict=True)
    }


def answers(text: str, action: str) -> dict[str, str]:
    return {title: cell.answer for (_, name, title), cell in cells(text).items() if name == action}


# ---- against the meaning


def column(who: Any, callers: tuple[Asking, ...]) -> int | None:  # noqa: ANN401  (a principal, or None)
    """The place of the caller whose entitlement a principal has."""
    if who is None:
        return next(place for place, each in enumerate(callers) if each.kind == "anonymous")
    if who.problem is not None:
        return None
    mine = known(who.binding)
    return next((place for place, each in enumerate(callers) if known(each.binding) == mine), None)


def known(binding: Any) -> tuple[object, ...]:  # noqa: ANN401  (a binding of either)
    held = binding.entitlement
    masks = (held.scopes, held.held, held.held_max, held.roles, held.roles_max)
    return held.authenticated, held.kind, held.client, *masks


def asked_by(choices: Choices, subjects: Subjects, roles: tuple[str, ...]) -> Question:
    """A request by somebody who has one role or none, and every scope."""
    drawn = question(choices, subjects)
    if drawn.claims is None:
        return drawn
    claims, issuer = dict(drawn.claims), subjects.callers.issuers[0]
    put(claims, issuer.places["scope"], " ".join(subjects.callers.scopes))
    put(claims, issuer.places["roles"], [choices.choice(roles)] if roles else [])
    claims.pop(issuer.places["permissions"][0], None)
    return replace(drawn, claims=claims)


def compare(seed: int, questions: int, seen: Counter[str]) -> None:
    choices = Seeded(seed)
    drawn = draw(choices)
    text = render(drawn.document)
    document = read({"policy.remit": text})
    engine = Engine.from_text({"policy.remit": text, **drawn.files})
    policy, subjects = meaning(document, drawn.files), subjects_of(document, seed)
    by_action = {
        (matrix.resource, row.action): (matrix, row.cells)
        for matrix in matrices(engine)
        for row in matrix.rows
    }
    roles = (*engine.rules().api.roles, "nobody knows this one")
    for _ in range(questions):
        asked = asked_by(choices, subjects, roles)
        matrix, row = by_action.get((asked.resource_type, asked.action), (None, ()))
        place = None if matrix is None else column(principal(engine, asked), matrix.callers)
        if place is None:
            continue
        verdict = interpreted(policy, asked)
        if verdict.token == "failed":
            continue
        answer = row[place].answer
        seen[f"{answer} {verdict.allowed}"] += 1
        assert (answer, verdict.allowed) not in {(Answer.NEVER, True), (Answer.ALWAYS, False)}, (
            f"seed {seed}: {asked}\n{text}"
        )


def test_cells_agree_with_what_generated_policies_mean() -> None:
    seen: Counter[str] = Counter()
    for seed in range(16):
        compare(seed, 30, seen)
    assert seen["never False"] > 30
    assert seen["always True"] > 5
    assert seen["depends True"] > 10
    assert seen["depends False"] > 30


@pytest.mark.volume
def test_cells_agree_with_what_many_generated_policies_mean() -> None:
    seen: Counter[str] = Counter()
    for seed in range(1000, 1100):
        compare(seed, 50, seen)
    assert seen["always True"] > 30


BITS = """
  scope s, t
  role editor grants s
  client job grants s
}
resource R {
  a: bool  b: bool  robot: client  owner: user  team: list<{ who: client }>
  action read, edit, mine, robots, both, neither, one needs s
  action other needs t
  permit read to entitled
  forbid read when a because "a"
  permit edit to anyone when a and not a
  permit edit to anyone when b
  forbid edit when b because "b"
  permit mine to owner
  permit robots to robot
  permit robots to anyone when any m in team where m.who == token.client and token.kind == "client"
  permit both to anyone when a or not a
  permit both to role editor
  permit neither to entitled when not a and b
  require neither acr "strong"
  permit one to anyone unless all m in team where token.kind == "user"
  permit other to entitled
}
"""


def requests() -> Iterator[dict[str, object]]:
    """All that can be said in two bits, three names and two teams; or left unsaid."""
    for a, b, who in product((True, False, None), (True, False, None), ("ann", "job", None)):
        for team in ([], [{"who": "job"}], None):
            held = {"a": a, "b": b, "robot": who, "owner": who, "team": team}
            yield {name: value for name, value in held.items() if value is not None}


def test_what_depends_is_allowed_for_some_requests_and_not_for_others() -> None:
    text = HEAD + BITS
    engine = Engine.from_text(text)
    claims: dict[str, Any] = {
        "iss": "https://example.com/",
        "aud": "https://api.example.com/a",
        "jti": "1",
    }
    claims |= {"iat": 1_700_000_000, "exp": 4_000_000_000, "sub": "ann", "client_id": "job"}
    told: dict[str, dict[str, Any] | None] = {
        "editor": claims | {"scope": "s t", "roles": ["editor"]},
        "no role": claims | {"scope": "s t", "roles": []},
        "client job": claims | {"scope": "s t", "sub": "job"},
        "no token": None,
    }
    found = cells(text)
    for (resource, action, title), cell in found.items():
        said = told[title]
        outcomes: set[bool] = set()
        for acr in ("strong", "weak"):
            full = None if said is None else VerifiedClaims(said | {"acr": acr})
            who = None if full is None else engine.principal(full, header=HEADER)
            outcomes |= {engine.allows(who, action, (resource, each)) for each in requests()}
        want = "depends" if len(outcomes) > 1 else "always" if outcomes == {True} else "never"
        assert cell.answer == want, (action, title)


def test_a_users_request_is_never_that_of_a_client_and_the_other_way_round() -> None:
    text = HEAD + BITS
    assert answers(text, "robots") == {
        "editor": "never",
        "no role": "never",
        "client job": "depends",
        "no token": "never",
    }
    assert answers(text, "mine")["client job"] == "never"
    # Of an empty team all is true, and of one that cannot be read nothing is.
    assert answers(text, "one")["client job"] == "depends"


def test_a_cell_says_what_it_depends_on() -> None:
    found = cells(HEAD + BITS)
    assert found["R", "read", "editor"] == Cell(Answer.DEPENDS, permitted=True, on=("a",))
    assert found["R", "mine", "no role"] == Cell(
        Answer.DEPENDS, permitted=False, on=("owner", "token.sub")
    )
    assert found["R", "neither", "editor"].on == ("a", "b", "the login")


FREE = """
  scope s
  action list needs nothing when context.open needs s
  action log needs nothing
  permit list, log to anyone when now > "2020-01-01T00:00Z"
  permit log to anyone
  forbid list when token.plan == "bad" because "bad"
}
token { plan: "bad" | "good" = "good"  assume plan }
context { open: bool }
"""


def test_nobody_has_the_defaults_of_the_claims() -> None:
    found = cells(HEAD + FREE)
    assert found[None, "log", "no token"] == Cell(Answer.ALWAYS, permitted=True)
    # Who has no token has no plan but the default: that does not depend on anything.
    assert found[None, "list", "no token"] == Cell(Answer.DEPENDS, on=("context.open", "now"))
    assert found[None, "list", "no role"] == Cell(Answer.DEPENDS, on=("now", "token.plan"))


ISSUED = """
  scope s
  action here, there needs nothing
  permit here to anyone when token.issuer == "https://example.com/" and token.client != "x"
  permit there to anyone when token.issuer == "https://elsewhere.example.com/"
}
"""


def test_of_one_issuer_it_is_known_who_it_is() -> None:
    found = answers(HEAD + ISSUED, "there")
    assert found == {"no role": "never", "no token": "never"}
    assert answers(HEAD + ISSUED, "here")["no role"] == "depends"
    two = HEAD + 'issuer "https://elsewhere.example.com/" profile auth0\n'
    assert answers(two + ISSUED, "there")["no role"] == "depends"


def hard(pairs: int) -> str:
    """A policy that allows nothing, which shows only after each pair was tried both ways."""
    names = [f"{each}{number}" for number in range(pairs) for each in "ab"]
    one = (f"(a{n} or b{n}) and (not a{n} or not b{n})" for n in range(pairs))
    never = "(y or z) and (y or not z) and (not y or z) and (not y or not z)"
    members = " ".join(f"{name}: bool" for name in (*names, "y", "z"))
    return f"""{HEAD} scope s }}
    resource R {{ {members}
      action read needs s
      permit read to anyone when {never}
      forbid read unless {" and ".join(one)} because "one of each"
    }}"""


def test_a_search_that_would_take_too_long_ends_and_says_that_it_depends() -> None:
    assert answers(hard(3), "read")["no role"] == "never"
    assert answers(hard(12), "read")["no role"] == "depends"


def test_very_many_rules_are_answered_for() -> None:
    rules = "\n".join(f'forbid read when k == "v{n}" and not ok because "{n}"' for n in range(500))
    text = f"""{HEAD} scope s }}
    resource R {{ k: string  ok: bool
      action read, never needs s
      permit read to entitled, anyone when ok
      permit never to anyone when ok
      forbid never when ok because "never"
      {rules}
    }}"""
    assert answers(text, "read") == {"no role": "depends", "no token": "never"}
    assert answers(text, "never")["no role"] == "never"


# ---- the worked policies, and how it is shown


def test_the_todo_policy_comes_out_as_its_readme_says() -> None:
    text = {path.name: path.read_text() for path in Path("policies/todo").glob("*.remit")}
    [todo, *_] = matrices(Engine.from_text(text))
    rows = {row.action: row for row in todo.rows}
    titles = [caller.title for caller in todo.callers]
    delete = dict(zip(titles, rows["can_delete_todo"].cells, strict=True))
    assert delete["admin"].answer == Answer.ALWAYS
    assert delete["viewer"].answer == Answer.NEVER
    assert delete["editor"].answer == Answer.DEPENDS
    assert delete["editor"].on == ("ownerID", "token.email", "token.email_verified")


def test_the_table_names_callers_needs_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    done = remit("matrix", "policies/documents")
    assert done.returncode == OK
    head = next(line for line in done.stdout.splitlines() if "viewer" in line)
    assert head.split() == ["action", "viewer", "editor", "admin", "no", "role", "no", "token", "needs"]
    delete = next(line for line in done.stdout.splitlines() if line.strip().startswith("delete"))
    assert delete.split()[-1] == "delete:documents"
    assert "permitted, unless a forbid or a require says no: classification" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_narrow_terminal_has_several_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    wide = remit("matrix", "policies/documents").stdout
    heads = [line for line in wide.splitlines() if line.strip().startswith("action")]
    assert len(heads) > 1
    assert max(map(len, heads)) <= 60


def test_json_has_the_cells_in_the_order_of_the_callers() -> None:
    told = orjson.loads(remit("matrix", "policies/mcp", "--resource", "Workspace", "--json").stdout)
    [matrix] = told["matrices"]
    assert {"kind": "client", "name": "indexer"} in matrix["callers"]
    [read_file] = [each for each in matrix["actions"] if each["action"] == "read_file"]
    place = matrix["callers"].index({"kind": "client", "name": "indexer"})
    assert read_file["cells"][place]["answer"] == "depends"
    assert read_file["needs"] == [["tools:read"]]


def test_markdown_is_a_table_and_escapes_what_is_markup(tmp_path: Path) -> None:
    policy = tmp_path / "p.remit"
    policy.write_text(
        HEAD + "scope s role `a|b*` grants s action list needs s permit list to entitled }\n"
        "resource `R_1` { x: bool action read needs s permit read to anyone when x }"
    )
    lines = remit("matrix", policy, "--markdown").stdout.splitlines()
    assert "### the API" in lines
    assert "### R\\_1" in lines
    assert "| action | a\\|b\\* | no role | no token | needs |" in lines
    assert "| list | ● always | · never | · never | s |" in lines
    assert "| read | ◐ depends 1 | ◐ depends 1 | · never | s |" in lines
    assert "1. x" in lines


def test_a_type_without_actions_is_named() -> None:
    done = remit("matrix", "policies/documents", "--resource", "Folder")
    assert (done.returncode, "Folder" in done.stderr) == (BAD_INPUT, True)
