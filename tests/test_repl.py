"""`remit repl`: what is asked is what the engine decides, and what has changed of it is shown."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from remit.tools.inputs import UNVERIFIED, BadInput
from remit.tools.repl.completing import completions
from remit.tools.repl.prompting import Completing, prompt
from remit.tools.repl.session import Session
from remit.tools.repl.spelling import is_open, spelled, value_of
from tests.commands import remit

OK, BAD_INPUT, BAD_POLICY = 0, 2, 3
DOCUMENTS = Path("policies/documents")
ANN = 'token { sub: "ann", scope: "read:documents write:documents", roles: ["viewer"], tenant: "t1" }'
PLAN = 'resource Document { owner: "bob", tenant: "t1", classification: "internal", shared_with: [] }'
CLAIMS = {
    "iss": "https://example.eu.auth0.com/",
    "aud": ["https://api.example.com/documents"],
    "sub": "auth0|ann",
    "iat": 1_795_000_000,
    "exp": 1_900_000_000,
    "scope": "openid read:documents",
    "roles": ["viewer"],
    "tenant": "t1",
}
JOBS = """
api jobs {
  audience "https://api.example.com/jobs"
  issuer   "https://example.okta.com/oauth2/default" profile okta
  scope run:jobs
  role operator grants run:jobs
  action browse(page: int, sort?: "name" | "age") needs run:jobs
  permit browse to entitled when action.page > 0 oblige log { what: "list" }
  require browse acr "mfa" when action.page > 9 because "a long list"
}

token { team: string from "https://example.com/claims".team  level: int = 0 }
context { quiet: bool  tags: set<"a" | "b"> }

resource Job {
  since: datetime
  action run needs run:jobs
  permit run to entitled when now < since + 1h
}
"""


@pytest.fixture
def session() -> Session:
    return Session(DOCUMENTS)


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    file = tmp_path / "jobs.remit"
    file.write_text(JOBS)
    return file


def said(session: Session, *lines: str) -> str:
    """What is said to the last line."""
    replies = [session.run(line) for line in lines]
    return "\n".join(replies[-1].lines)


def jwt(claims: object, header: object) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()) for each in (header, claims))
    return ".".join(part.rstrip(b"=").decode() for part in parts) + ".c2lnbmF0dXJl"


def refused(session: Session, line: str) -> str:
    with pytest.raises(BadInput) as error:
        session.run(line)
    return str(error.value)


# ---- asking


def test_a_question_is_answered_with_each_layer_and_where_the_rule_stands(session: Session) -> None:
    answer = said(session, ANN, PLAN, "may read")
    assert answer.startswith("allow: ")
    assert "permission  passed" in answer
    assert "documents.remit:25: permit any to entitled, owner" in answer
    assert said(session, "ask write").startswith("deny: no permit applies")


def test_a_change_shows_what_has_become_of_the_answer(session: Session) -> None:
    told = said(session, ANN, PLAN, "may write", 'set resource.owner "ann"')
    assert "write: deny -> allow" in told
    assert "rules       failed -> passed" in told
    told = said(session, 'set resource.tenant "t2"')
    assert "write: allow -> deny: documents never cross tenants" in told
    assert "still deny: documents never cross tenants" in said(session, 'set resource.tenant "t3"')
    assert "deny -> allow" in said(session, 'set resource.tenant = "t1"')
    assert "still allow" in said(session, 'set resource.classification "public"')
    assert "still allow" in said(session, "undo")


def test_a_denial_for_another_reason_is_still_one(session: Session) -> None:
    session.run(ANN)
    told = said(session, PLAN, "may write", 'set token.scope ""')
    assert told.startswith("write: still deny: the token was not granted write:documents")


def test_undo_goes_back_step_by_step_and_no_further(session: Session) -> None:
    assert refused(session, "undo") == "nothing was changed yet"
    for line in (ANN, PLAN, "may read", "anonymous"):
        session.run(line)
    assert "deny -> allow" in said(session, "undo")
    session.run("undo")
    assert said(session, "show").splitlines()[1:] == [
        f"{ANN}   # and what else a valid token says".replace("token {", "token caller {")
    ]


def test_why_and_what_would_help_are_asked_of_the_same_question(session: Session) -> None:
    explained = said(session, ANN, PLAN, "explain write")
    assert "owner ('bob') == token.sub ('ann')" in explained
    assert "give the caller the role `editor`" in said(session, "fix")
    assert "nothing to fix" in said(session, "fix read")


def test_what_no_change_would_help_says_so(tmp_path: Path) -> None:
    file = tmp_path / "closed.remit"
    file.write_text(
        'api a { audience "x" issuer "y" scope s action go needs s permit go to entitled forbid go }'
    )
    session = Session(file)
    assert "no change" in said(session, 'token { scope: "s" }', "fix go")


def test_parameters_stand_in_brackets_and_are_set_by_name(jobs: Path) -> None:
    session = Session(jobs)
    token = 'token { scp: ["run:jobs"], groups: ["operator"], team: "red" }'
    assert said(session, token, "may browse (page: 1)").startswith("allow")
    assert "obliges to log" in said(session, "may browse(page: 1)")
    assert "allow -> deny" in said(session, "set action.page 0")
    assert "deny -> allow" in said(session, "set action.page 2")
    assert "action { page: 2 }" in said(session, "show")
    assert "allow -> deny" in said(session, "unset action")
    assert "cannot stand after an action" in refused(session, "may browse page")


def test_the_instant_is_that_of_tests_until_another_is_said(jobs: Path) -> None:
    session = Session(jobs)
    session.run('token { scp: ["run:jobs"], groups: ["operator"], team: "red" }')
    told = said(session, 'resource j: Job { since: "2026-01-01T00:00Z" }', "may run")
    assert told.startswith("allow")
    assert "allow -> deny" in said(session, 'at "2026-01-01T01:00Z"')
    assert 'at "2026-01-01T01:00Z"' in said(session, "show")
    assert "deny -> allow" in said(session, "unset at")
    assert "allow -> deny" in said(session, "at now")
    assert "at now" in said(session, "show")
    assert "is no instant" in refused(session, "at noon")


# ---- tokens


def test_claims_that_name_their_issuer_are_all_that_a_token_says(
    session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "token.json"
    file.write_text(json.dumps(CLAIMS))
    assert said(session, f"token {file}") == f"claims from {file}"
    assert said(session, PLAN, "may read").startswith("allow")
    assert "allow -> deny: the token is not meant for this API" in said(session, "set token.aud []")


def test_a_jwt_is_decoded_and_said_not_to_be_verified(session: Session, tmp_path: Path) -> None:
    text = jwt(CLAIMS, {"typ": "JWT", "alg": "RS256"})
    assert said(session, text) == UNVERIFIED
    assert said(session, PLAN, "may read").startswith("allow")
    file = tmp_path / "token.txt"
    file.write_text(f"{text}\n")
    assert said(session, f"token {file}").startswith(UNVERIFIED)
    assert said(session, f"Authorization: Bearer {text}").startswith(f"{UNVERIFIED}\nread: still allow")
    assert "auth0|ann" in said(session, "show")


def test_a_header_may_stand_beside_the_claims(session: Session) -> None:
    told = said(session, json.dumps({"claims": CLAIMS, "header": {"typ": "JWT"}}))
    assert told == "claims and header"
    assert "header of a token is an object" in refused(session, '{"claims": {}, "header": 1}')


def test_an_expired_token_comes_with_a_way_to_ask_as_of_then(session: Session) -> None:
    told = said(session, json.dumps(CLAIMS | {"exp": 1_795_000_600}), PLAN, 'at "2030-01-01T00:00Z"')
    told = said(session, "may read")
    [line] = [line for line in told.splitlines() if "to ask as of" in line]
    assert "deny -> allow" in said(session, line.split("not: ")[1])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("token", "which token?"),
        ("token none.json", "none.json: No such file"),
        ("token a.b.c.d.e", "a.b.c.d.e: No such file"),
        ("token eyA.b.c.d.e", "is encrypted"),
        ("token eyA.b.c", "no whole JWT"),
        ("token eyA.e30.c", "a part of the JWT: not JSON"),
        ("token { sub: ann }", "is no value"),
        ("token { sub: 1, sub: 2 }", "is no value"),
    ],
)
def test_a_token_that_cannot_be_used_is_told(session: Session, line: str, told: str) -> None:
    assert told in refused(session, line)


def test_declared_claims_go_by_their_names_wherever_they_stand(jobs: Path) -> None:
    session = Session(jobs)
    whole = {"iss": "https://example.okta.com/oauth2/default", "https://example.com/claims": {"x": 1}}
    session.run(json.dumps(whole))
    told = said(session, 'set token.team "red"', "show")
    assert '"https://example.com/claims": { x: 1, team: "red" }' in told
    told = said(session, "unset token.team", 'set token."https://example.com/claims".y 2', "show")
    assert '"https://example.com/claims": { x: 1, y: 2 }' in told
    assert "a: { b: true }" in said(session, "set token.a.b true", "show")
    assert "a: { b: true }" in said(session, "unset token.a.c.d", "show")
    assert 'token caller { team: "red" }' in said(session, "anonymous", 'set token.team "red"', "show")


# ---- resources, context, places


def test_a_resource_comes_from_a_file_as_well(session: Session) -> None:
    assert said(session, f"resource {DOCUMENTS / 'plan.json'}") == ""
    assert "resource Document { owner:" in said(session, "show").replace("\n", "")


def test_the_context_is_written_or_set(jobs: Path) -> None:
    session = Session(jobs)
    assert "context { quiet: true }" in said(session, "context { quiet: true }", "show")
    assert "quiet: false" in said(session, "set context.quiet false", "show")
    assert "context {" not in said(session, "unset context", "show")


def test_what_is_asked_about_goes_together_with_what_is_asked(jobs: Path) -> None:
    session = Session(jobs)
    session.run('resource Job { since: "2026-01-01T00:00Z" }')
    assert "`unset resource` first" in refused(session, "may browse")
    session.run("may run")
    assert "asked last" not in said(session, "unset resource", "show")
    session.run("may browse")
    assert "asked last" not in said(session, "resource Job {}", "show")
    session.run("unset resource")
    assert "say `resource Job ...`" in refused(session, "may run")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("may raed", "Document has no action `raed`: did you mean `read`?"),
        ("may", "which action? one of"),
        ("resource", "which resource?"),
        ("resource Docment {}", "did you mean `Document`?"),
        ("resource Other {}", "it has Document"),
        ("resource pyproject.toml", "not JSON"),
        ("resource policies/documents/ann.json", "a resource is {type, attributes}"),
        ("context 1", "`1` is no record"),
        ("set", "set what to what?"),
        ("set resource.ownr 1", "Document has no `ownr`: did you mean `owner`?"),
        ("set resource.owner ann", 'text stands in quotes, "ann"'),
        ("set resource.owner ann ann", "is no value"),
        ("set owner 1", "is no place of a value"),
        ("set resource..owner 1", "is no place of a value"),
        ("set tokn.sub 1", "`tokn` holds no values: did you mean `token`?"),
        ("unset thing.x", "token, resource, context, action do"),
        ("set context.x 1", "context has no `x`"),
        ("set action.x 1", "an action has no `x`"),
        ("load", "load what?"),
        ("save", "nothing was asked yet"),
        ("rules Docment", "did you mean `Document`?"),
        ("hepl", "did you mean `help`?"),
        ("xyzzy", "`help` lists"),
        ("help hlep", "did you mean `help`?"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_can(session: Session, line: str, told: str) -> None:
    session.run(PLAN)
    assert told in refused(session, line)


def test_without_a_resource_or_a_policy_it_is_said_what_comes_first(session: Session) -> None:
    assert "there is no resource yet: `resource Document { ... }`" in refused(
        session, "set resource.owner 1"
    )
    assert "which action, of which resource?" in refused(session, "may")
    assert refused(Session(None), "may read") == "there is no policy yet: `load PATH`"


def test_blank_lines_and_comments_say_nothing(session: Session) -> None:
    assert said(session, "") == ""
    assert said(session, "# what follows is about ann") == ""


def test_help_lists_every_command_and_tells_of_one(session: Session) -> None:
    assert "explain [ACTION]" in said(session, "help")
    assert said(session, "help may").startswith("may ACTION")


# ---- the policy


def test_another_policy_begins_another_conversation(session: Session, jobs: Path) -> None:
    session.run(ANN)
    assert said(session, f"load {jobs}") == f"{jobs}: the API jobs, Job"
    assert "anonymous" in said(session, "show")


def test_rules_are_listed_with_their_places(session: Session, jobs: Path) -> None:
    listed = said(session, "rules").splitlines()
    assert len(listed) == 4
    assert "documents.remit:26: permit read to shared_with" in said(session, "rules Document")
    assert len(said(session, PLAN, "rules").splitlines()) == 4
    many = jobs.with_name("many.remit")
    rules = "".join(f'permit "r{n}" browse to entitled when action.page > {n}\n' for n in range(50))
    many.write_text(JOBS.replace("permit browse to", f"{rules}permit browse to", 1))
    assert said(Session(many), "rules").splitlines()[-1] == "... and 13 rules more"


def test_a_policy_that_was_changed_is_loaded_anew_and_the_answer_with_it(tmp_path: Path) -> None:
    file = tmp_path / "documents.remit"
    text = (DOCUMENTS / "documents.remit").read_text()
    file.write_text(text)
    session = Session(file)
    for line in (ANN, PLAN, "may read"):
        session.run(line)
    assert said(session, "reload") == "the policy decides as before"
    file.write_text(text.replace("forbid any unless", "forbid any when"))
    told = said(session, "reload")
    assert told.startswith("the policy was loaded anew\nread: allow -> deny")


def test_what_a_changed_policy_has_not_is_no_longer_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "jobs.remit"
    file.write_text(JOBS)
    session = Session(file)
    session.run('resource Job { since: "2026-01-01T00:00Z" }')
    session.run("may run")
    file.write_text(JOBS.replace("Job ", "Task "))
    assert said(session, "reload") == "the policy was loaded anew"
    assert "resource" not in said(session, "show")
    session.run("may browse")
    file.write_text(JOBS.replace("browse", "show"))
    session.run("reload")
    assert "asked last" not in said(session, "show")


# ---- saving


def pasted(policy: Path, test: str, tmp_path: Path) -> str:
    """What the tests of a policy come to with another one beside it."""
    folder = tmp_path / "with_test"
    folder.mkdir()
    text = policy.read_text()
    (folder / "policy.remit").write_text(text[: text.index("\ntest ")] if "\ntest " in text else text)
    (folder / "saved.remit").write_text(test)
    checked = remit("check", folder)
    assert checked.stdout == "2 files checked, nothing found\n"
    assert remit("fmt", "--check", folder / "saved.remit").returncode == OK
    return remit("test", folder).stdout


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((ANN, PLAN, "may read"), "caller may read it\n"),
        ((ANN, PLAN, "may write"), "caller may not write it missing role editor\n"),
        ((ANN, PLAN, "may share"), "missing share:documents"),
        ((ANN, PLAN, 'set token.tenant "t2"', "may read"), "documents never cross tenants"),
        ((ANN, "resource Document {}", "may read"), "because"),
        ((PLAN, "may read"), "anonymous may not read it"),
        ((json.dumps(CLAIMS), PLAN, "may read"), "caller may read it\n"),
        ((json.dumps(CLAIMS | {"exp": 1_795_000_600, "x": None}), PLAN, "may read"), "caller may not"),
    ],
)
def test_what_was_asked_is_saved_as_a_test_that_passes(
    session: Session, tmp_path: Path, lines: tuple[str, ...], expected: str
) -> None:
    test = said(session, *lines, 'save "a case"') + "\n"
    assert test.startswith('test "a case" {')
    assert expected in test
    assert pasted(DOCUMENTS / "documents.remit", test, tmp_path) == "1 passed, 0 failed\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("may browse (page: 1)",), "caller may browse (page: 1)\n    oblige log\n"),
        (("may browse (page: 10)",), 'missing acr "mfa"'),
        (("context { quiet: true }", "may browse (page: 1)"), "context { quiet: true }"),
        (
            ('resource Job { since: "2026-02-01T00:00Z" }', 'at "2026-02-01T02:00Z"', "may run"),
            'at "2026-02-01T02:00:00Z"',
        ),
    ],
)
def test_parameters_context_logins_and_instants_are_saved_too(
    jobs: Path, tmp_path: Path, lines: tuple[str, ...], expected: str
) -> None:
    session = Session(jobs)
    session.run('token { scp: ["run:jobs"], groups: ["operator"], team: "red" }')
    test = said(session, *lines, "save") + "\n"
    assert " ".join(expected.split()) in " ".join(test.split())
    assert pasted(jobs, test, tmp_path) == "1 passed, 0 failed\n"


def test_claims_that_stand_elsewhere_are_saved_by_their_names(jobs: Path, tmp_path: Path) -> None:
    session = Session(jobs)
    claims = {"iss": "https://example.okta.com/oauth2/default", "sub": "ann", "uid": "u1", "cid": "web"}
    times: dict[str, Any] = {
        "aud": "https://api.example.com/jobs",
        "iat": 1_795_000_000,
        "exp": 1_900_000_000,
    }
    more: dict[str, Any] = {"scp": ["run:jobs"], "groups": ["operator"], "level": 1}
    team = {"https://example.com/claims": {"team": "red"}}
    test = (
        said(session, json.dumps({**claims, **times, **more, **team}), "may browse (page: 1)", "save")
        + "\n"
    )
    assert pasted(jobs, test, tmp_path) == "1 passed, 0 failed\n"


def test_what_no_test_can_say_is_not_saved(session: Session) -> None:
    # a token without a subject: one in a test has its name for one
    session.run(json.dumps({name: claim for name, claim in CLAIMS.items() if name != "sub"}))
    session.run(PLAN)
    session.run("may read")
    assert "a test cannot say that" in refused(session, "save")


def test_what_the_policy_has_not_and_what_is_null_is_left_out(session: Session, tmp_path: Path) -> None:
    session.run(ANN)
    more = {"owner": "bob", "tenant": "t1", "classification": "internal", "shared_with": []}
    session.run(f"resource Document {json.dumps(more | {'title': 'x'})}")
    session.run("set token.nested.part null")
    test = said(session, "may read", "save") + "\n"
    assert pasted(DOCUMENTS / "documents.remit", test, tmp_path) == "1 passed, 0 failed\n"
    for value in ("[null]", "[1e999]"):
        session.run(f"set resource.shared_with {value}")
        assert "a test cannot say that" in refused(session, "save")


def test_a_token_that_has_a_name_has_it_in_a_test_as_well(session: Session, tmp_path: Path) -> None:
    session.run(ANN.replace('{ sub: "ann",', "ann {"))
    test = said(session, PLAN, 'set resource.owner "ann"', "may write", "save") + "\n"
    assert "ann may write it" in test
    assert "sub:" not in test
    assert pasted(DOCUMENTS / "documents.remit", test, tmp_path) == "1 passed, 0 failed\n"
    assert "token caller {" in said(session, "token anonymous {}", "show")


def test_a_token_that_has_a_name_is_filled_in_as_in_tests_whatever_issuer_it_names(
    session: Session,
) -> None:
    issuer = next(iter(session.loaded.checked.api.issuers))
    claims = ANN[ANN.index("{") :].replace("{ ", f'{{ iss: "{issuer}", ', 1)
    assert "what they leave unsaid is what a valid token says" in said(session, f"token ann {claims}")
    assert said(session, PLAN, 'set resource.owner "ann"', "may write").startswith("allow")
    assert said(session, f"token {claims}", "may write").startswith("deny: the token ")


# ---- values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a"', "a"),
        ("12", 12),
        ("-1", -1),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ('{ a: [{ b: "c" }] }', {"a": [{"b": "c"}]}),
        ('{"a": null}', {"a": None}),
        ('{"a": 1e3}', {"a": 1000.0}),
    ],
)
def test_values_are_written_as_in_tests_or_as_json(text: str, value: object) -> None:
    assert value_of(text) == value
    assert value_of(spelled(value)) == value


@pytest.mark.parametrize("text", ["a.b", "1 } token b { c: 1", '{"a": 1, "a": 2}', "[" * 100_000, "NaN"])
def test_what_is_no_constant_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no value"):
        value_of(text)


@pytest.mark.parametrize(
    ("text", "open_"),
    [("token {", True), ('set a.b "{"', False), ('set a.b "\\"{"', False), ("[(}", True), ("a}", False)],
)
def test_a_bracket_that_stands_open_asks_for_more(text: str, open_: bool) -> None:
    assert is_open(text) is open_


# ---- piped in


def piped(*arguments: str | Path, lines: str) -> "subprocess.CompletedProcess[str]":
    held = sys.stdin
    sys.stdin = io.StringIO(lines)
    try:
        return remit("repl", *arguments)
    finally:
        sys.stdin = held


def test_lines_that_are_piped_in_are_answered_in_turn() -> None:
    lines = ANN.replace(", ", ",\n  ") + f'\n\n{PLAN}\nmay read\nset token.tenant "t2"\nquit\nnonsense\n'
    done = piped(DOCUMENTS, lines=lines)
    assert done.returncode == OK
    assert "\nallow: " in done.stdout
    assert done.stdout.rstrip().splitlines()[-3].startswith("read: allow -> deny")


def test_the_first_line_that_cannot_be_used_ends_what_is_piped_in() -> None:
    done = piped(DOCUMENTS, lines=f"{PLAN}\n\nmay raed\nshow\n")
    assert (done.returncode, done.stdout) == (BAD_INPUT, "")
    assert done.stderr == "error: <stdin>:3: Document has no action `raed`: did you mean `read`?\n"
    assert "<stdin>:1: " in piped(DOCUMENTS, lines="token {").stderr
    assert piped(lines="load none.remit\n").returncode == BAD_INPUT


def test_programs_are_told_each_answer_and_the_one_before_it() -> None:
    lines = f'{ANN}\n\n{PLAN}\nmay read\nset token.tenant "t2"\n'
    done = piped(DOCUMENTS, "--json", lines=lines)
    records = [orjson.loads(part + "}") for part in done.stdout.split("\n}\n")[:-1]]
    assert [record["line"].split()[0] for record in records] == ["token", "resource", "may", "set"]
    assert [record["decision"] and record["decision"]["allowed"] for record in records] == [
        None, None, True, False,
    ]  # fmt: skip
    assert [record["allowed_before"] for record in records] == [None, None, None, True]


# ---- at a terminal


def typed(session: Session, text: str) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text(text)
        prompt(session)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "remit" / "history"


def test_no_error_ends_a_conversation(
    session: Session, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(session, f"nonsense\rload none.remit\r{ANN}\r{PLAN}\rmay read\rquit\r")
    told = capsys.readouterr()
    assert "policies/documents: the API documents, Document" in told.out
    assert "allow: permitted by" in told.out
    assert "`nonsense` is no command" in told.err
    assert "none.remit" in told.err
    assert state.exists()


def test_ctrl_c_drops_the_line_and_ctrl_d_ends(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    typed(Session(None), f"load {DOCUMENTS}\x03load {DOCUMENTS}\r\x04")
    assert capsys.readouterr().out.count("the API documents") == 1
    assert state.read_text().count("load") == 1


def test_the_history_keeps_what_was_asked_and_nothing_of_tokens(session: Session, state: Path) -> None:
    secret = "ann@example.com"
    lines = [
        f'token {{ sub: "{secret}" }}',
        json.dumps(CLAIMS | {"sub": secret}),
        jwt({"sub": secret}, {"alg": "RS256"}),
        f'tkoen {{ sub: "{secret}" }}',
        f'set token.sub "{secret}"',
        PLAN,
        "may read",
    ]
    typed(session, "".join(f"{line}\r" for line in lines) + "token {\rsub: 1\r}\r\x04")
    kept = state.read_text()
    assert "may read" in kept
    assert "ann@" not in kept
    assert "eyJ" not in kept
    assert "sub" not in kept
    assert state.stat().st_mode & 0o077 == 0


def test_where_no_history_can_be_kept_there_is_none(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    typed(session, "rules\rquit\r")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    typed(session, "rules\rquit\r")
    assert (tmp_path / "home/.local/state/remit/history").exists()


def test_a_word_is_completed_from_where_it_begins(session: Session) -> None:
    session.run(PLAN)
    offered = Completing(session).get_completions(Document("may sh"), CompleteEvent())
    assert [(each.text, each.start_position) for each in offered] == [("share", -2)]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_on_a_terminal_there_is_a_prompt(state: Path) -> None:
    import pty  # noqa: PLC0415  (not everywhere)

    del state
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "remit.tools", "repl", DOCUMENTS],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        os.write(ours, b"help quit\nquit\n")
        seen = b""
        while running.poll() is None or b"Ctrl-D" not in seen:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
        assert running.wait(30) == OK
    os.close(ours)
    assert b"the end" in seen


# ---- completion


def offered(session: Session, text: str) -> list[str]:
    words, length = completions(session, text)
    begun = text[len(text) - length :]
    assert all(word.startswith(begun) for word in words)
    return words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("re", ["reload", "resource"]),
        ("help ex", ["explain"]),
        ("may ", ["read", "write", "share", "delete"]),
        ("fix d", ["delete"]),
        ("rules ", ["Document"]),
        ("resource D", ["Document"]),
        ("set res", [f"resource.{n}" for n in ("owner", "tenant", "classification", "shared_with")]),
        ("unset token.t", ["token.tenant"]),
        ("unset token.su", ["token.sub"]),
        ("set resource.classification ", ['"public"', '"internal"', '"secret"']),
        ('set resource.classification "s', ["secret"]),
        ("set token.mfa t", ["true"]),
        ('set token.scope "read:documents s', ["share:documents"]),
        ('set token.roles ["e', ["editor"]),
        ('token { scope: "d', ["delete:documents"]),
        ("token { te", ["tenant"]),
        ('token { sub: "ann", ro', ["roles"]),
        ('resource Document { classification: "p', ["public"]),
        ("resource Document { sh", ["shared_with"]),
        ("set resource.owner ", []),
        ("show ", []),
        ("load policies/documents/d", ["policies/documents/documents.remit"]),
        ("load policies/docum", ["policies/documents/"]),
        ("token policies/documents/a", ["policies/documents/ann.json"]),
        ("load none/", []),
        ("may read (", []),
    ],
)
def test_words_that_could_come_next_are_offered(session: Session, text: str, words: list[str]) -> None:
    session.run(PLAN)
    assert sorted(offered(session, text)) == sorted(words)


def test_members_of_the_context_and_parameters_are_offered(jobs: Path) -> None:
    session = Session(jobs)
    assert offered(session, "set context.") == ["context.quiet", "context.tags"]
    assert offered(session, "set action.") == ["action.page", "action.sort"]
    assert offered(session, 'set context.tags ["') == ["a", "b"]
    assert offered(session, "may browse (p") == []
    assert offered(session, 'set token.groups ["') == ["operator"]
    assert offered(session, "context { q") == ["quiet"]
    assert offered(session, "set resource.") == []
    assert offered(Session(None), "may ") == []
