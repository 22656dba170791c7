"""`remit explain`: the report, its page, tokens as they were pasted, decisions that were recorded."""

import io
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit import Engine, VerifiedClaims
from remit.decider.tracing import Step
from remit.tools.testing.results import decisive
from tests.commands import remit

POLICY = "policies/documents"
OK, DENIED, BAD_INPUT = 0, 1, 2
AT = ("--at", "2026-11-23T12:00Z")
ASKED = ("--token", f"{POLICY}/ann.json", "--resource", f"{POLICY}/plan.json", *AT)
ANN: dict[str, Any] = orjson.loads(Path(POLICY, "ann.json").read_bytes())
TEXT = Path(POLICY, "documents.remit").read_text()


def line_of(text: str) -> int:
    return 1 + TEXT[: TEXT.index(text)].count("\n")


def written(path: Path, content: object) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path


class Page(HTMLParser):
    """What a page shows: its text, and the attributes of its elements by tag."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.extend(data.split())

    @property
    def text(self) -> str:
        return " ".join(self.words)


def page(tmp_path: Path, *arguments: str | Path) -> Page:
    file = tmp_path / "why.html"
    assert remit("explain", *arguments, "--html", file).returncode in (OK, DENIED)
    read = Page(file)
    assert read.open == []
    return read


# ---- the report


def test_each_rule_stands_with_its_place() -> None:
    done = remit("explain", POLICY, "--action", "write", *ASKED)
    assert done.returncode == DENIED
    for effect, text in (("permit", "permit any"), ("forbid", "forbid any unless")):
        assert re.search(
            rf"{effect} {effect}-\w+ \({POLICY}/documents.remit:{line_of(text)}\)", done.stdout
        )


def test_a_terminal_has_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("explain", POLICY, "--action", "write", *ASKED)
    plain = remit(*asked).stdout
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = remit(*asked).stdout
    assert "\x1b[31mdeny:\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


def test_the_json_has_each_rules_text_and_what_it_reads() -> None:
    record = orjson.loads(remit("explain", POLICY, "--action", "write", *ASKED, "--json").stdout)
    [tenants] = [r for r in record["rules"] if r["because"] == "documents never cross tenants"]
    assert tenants["text"].split("\n") == [
        "forbid any unless tenant == token.tenant",
        '  because "documents never cross tenants"',
    ]
    assert tenants["places"] == [
        {"file": f"{POLICY}/documents.remit", "line": line_of("forbid any unless")}
    ]
    assert tenants["reads"] == ["tenant", "token.tenant"]
    assert tenants["decisive"] is False
    [permit] = [r for r in record["rules"] if r["effect"] == "permit"]
    assert permit["decisive"] is True
    assert record["needs"] == [["write:documents"]]
    assert record["digest"] == Engine.load(POLICY).digest
    assert record["unverified"] is False


def test_without_an_action_or_a_record_nothing_is_explained() -> None:
    for asked in ((), ("--token", f"{POLICY}/ann.json")):
        done = remit("explain", POLICY, *asked)
        assert (done.returncode, "--action" in done.stderr) == (BAD_INPUT, True)


def test_an_action_that_the_policy_does_not_know_is_denied_and_said() -> None:
    done = remit("explain", POLICY, "--action", "print", *ASKED)
    assert (done.returncode, "no such action" in done.stdout) == (DENIED, True)
    file = f"{POLICY}/ann.json"
    assert remit("explain", "policies/todo", "--action", "read", "--token", file).returncode == DENIED


def test_the_parts_that_decided_are_those_that_came_out_alike() -> None:
    no, yes, error = Step("a", truth=False), Step("b", truth=True), Step("c", None)
    assert decisive(Step("all of", truth=False, steps=(no, yes, error))) == [no]
    assert decisive(Step("any of", None, (no, error))) == [error]
    assert list(decisive(Step("not", truth=False, steps=(yes,)))) == [yes]
    assert decisive(no) == []


# ---- the page


def test_the_page_says_who_asked_what_and_why_it_is_denied(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "write", *ASKED)
    assert "Denied auth0|ann asks to write Document no permit applies" in read.text
    assert "any of these roles would help: admin , editor" in read.text
    assert "give the caller the role editor" in read.text
    assert "in force until 2026-11-24T10:33:20Z" in read.text
    assert f"{POLICY}/documents.remit:{line_of('permit any')}" in read.text
    assert "permit any to entitled , owner" in read.text
    assert "decided as of 2026-11-23T12:00:00Z" in read.text


def test_the_page_stands_for_itself(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "write", *ASKED)
    assert {tag for tag, _ in read.elements} & {"script", "link", "img", "iframe"} == set()
    links = [held["href"] for tag, held in read.elements if tag == "a"]
    assert links
    anchors = {held.get("id") for _, held in read.elements}
    assert all(link is not None and link[0] == "#" and link[1:] in anchors for link in links)
    [policy] = [held for _, held in read.elements if held.get("http-equiv")]
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert "prefers-color-scheme: dark" in (tmp_path / "why.html").read_text()


def test_what_decided_is_open_and_first_and_the_rest_is_folded(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "write", *ASKED)
    rules = [held for tag, held in read.elements if tag == "details" and held.get("id")]
    assert [(held["id"], "open" in held) for held in rules] == [
        ("rule-1", True),
        ("rule-2", False),
        ("rule-3", False),
    ]
    assert "owner ('auth0|bob') == token.sub ('auth0|ann') decided" in read.text
    assert "a token is presented decided" not in read.text


def test_what_a_rule_reads_is_marked_with_the_rule(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "write", *ASKED)
    assert "tenant acme rule 3" in read.text
    assert "azp web-app nobody" in read.text
    assert "iat 1795430000 2026-11-23T10:33:20Z token" in read.text
    assert 'roles ["viewer"] rule 1' in read.text
    assert "classification internal rule 2" in read.text
    assert 'shared_with ["auth0|ann"] nobody' in read.text


def test_what_a_rule_reads_and_nobody_handed_in_is_said(tmp_path: Path) -> None:
    file = written(tmp_path / "r.json", {"type": "Document", "attributes": {"tenant": "acme"}})
    asked = ("--action", "read", "--token", f"{POLICY}/ann.json", "--resource", file, *AT)
    read = page(tmp_path, POLICY, *asked)
    assert "owner not there rule" in read.text
    assert "nbf" not in read.text
    agent = ("policies/mcp", "--action", "pay", "--token", "policies/mcp/agent.json")
    paid = page(tmp_path, *agent, "--resource", "policies/mcp/workspace.json", *AT)
    assert "Parameters of the action name value read by amount not there rule" in paid.text
    assert "what the caller holds ! error it could not be worked out" in paid.text


def test_an_allowed_request_shows_the_permit_that_applies(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "read", *ASKED)
    assert "Allowed auth0|ann asks to read Document" in read.text
    assert "What would change it" not in read.text
    assert "● permit permits" in read.text


def test_a_request_without_a_token_about_the_api_has_a_page(tmp_path: Path) -> None:
    read = page(tmp_path, POLICY, "--action", "list")
    assert "A caller without a token asks to list of the API itself" in read.text
    assert "The rules were not asked." in read.text
    assert "Nothing was handed in." in read.text
    assert "decided as of now" in read.text
    assert "holds until the token, the request or the policy changes" in read.text


GLASS = (
    *("policies/records", "--action", "read", "--token", "policies/records/eda.json"),
    *("--resource", "policies/records/observation.json"),
    *("--context", "policies/records/emergency.json", *AT),
)


def test_obligations_and_the_time_that_an_answer_holds_are_shown(tmp_path: Path) -> None:
    read = page(tmp_path, *GLASS)
    assert "Obliges to audit kind break-glass" in read.text
    assert re.search(r"holds until 2026-11-23T12:\d\d:\d\dZ , where nothing else changes", read.text)
    assert "patient/Observation.rs or user/Observation.rs" in read.text


SIGNS = """
api a {
  audience "https://api.example.com/a"
  issuer "https://example.com/" profile rfc9068
  scope one, two, three
  role boss grants one
  client nightly grants two
  action list needs one and two needs nothing when context.free
  action rest(why: string) needs three
  permit list to role boss, client nightly when token.client != "x" and token.kind == "user"
  permit list to anyone when any n in context.numbers where n > 3 and granted(one)
  forbid list when context.gone because "gone \\u{202e}<b>"
  require list acr "strong" max_age 5m
  permit rest to anyone when action.why == "because" and token.issuer == "i"
    oblige log { why: action.why }
}
context { free: bool  gone: bool  numbers: list<int> }
"""
CLAIMS: dict[str, Any] = {
    "iss": "https://example.com/",
    "aud": "https://api.example.com/a",
    "sub": "ann",
    "client_id": "app",
    "jti": "1",
    "iat": 1_795_000_000,
    "exp": 1_900_000_000,
    "scope": "one",
    "roles": ["boss"],
    "acr": "weak",
    "auth_time": 1_795_000_000,
}


def signs(tmp_path: Path, action: str, **context: object) -> tuple[str | Path, ...]:
    policy = written(tmp_path / "signs.remit", SIGNS.encode())
    token = written(tmp_path / "t.json", {"header": {"typ": "at+jwt"}, "claims": CLAIMS})
    file = written(tmp_path / "c.json", context)
    which = "--parameters" if action == "rest" else "--context"
    return (policy, "--action", action, "--token", token, which, file, *AT)


def test_errors_and_requirements_are_told_apart_in_words(tmp_path: Path) -> None:
    numbers = [*range(150)]
    read = page(tmp_path, *signs(tmp_path, "list", free=False, gone="?", numbers=numbers))
    assert "■ forbid could not be worked out, so it forbids" in read.text
    assert "◆ require is not met" in read.text
    assert "! error" in read.text
    assert "and 50 more" in read.text
    assert "the action needs nothing or ( one and two )" in read.text
    assert "missing: one and two" in read.text
    assert "acr weak rule" in read.text
    assert "client_id app rule" in read.text


def test_a_request_that_cannot_be_fixed_says_so(tmp_path: Path) -> None:
    read = page(tmp_path, *signs(tmp_path, "rest", why=1))
    assert re.search(r"No change is known for \d parts? of it .*action\.why", read.text)
    assert "iss https://example.com/ token, rule 1" in read.text.replace("token , ", "token, ")


def test_what_nothing_changes_is_said_to_be_so(tmp_path: Path) -> None:
    policy = written(
        tmp_path / "never.remit",
        b"""api a { audience "https://api.example.com/documents" issuer "https://example.eu.auth0.com/"
        profile auth0 action never needs nothing forbid never because "never" }""",
    )
    read = page(tmp_path, policy, "--action", "never", "--token", f"{POLICY}/ann.json", *AT)
    assert "by who has to act No few changes would." in read.text


def test_hostile_values_are_text_on_the_page(tmp_path: Path) -> None:
    nasty = "</script><img src=x onerror=alert(1)>\u202eevil\x00\ud800"
    claims = ANN | {"sub": nasty, "tenant": f"acme{nasty}", nasty: [nasty] * 3, "exp": 10**30}
    token = tmp_path / "t.json"
    token.write_text(json.dumps(claims))
    resource = {"type": "Document", "attributes": {"owner": nasty, "tenant": "t", nasty: "x" * 5000}}
    file = tmp_path / "r.json"
    file.write_text(json.dumps(resource))
    read = page(tmp_path, POLICY, "--action", "write", "--token", token, "--resource", file, *AT)
    assert {tag for tag, _ in read.elements} & {"script", "img"} == set()
    content = (tmp_path / "why.html").read_text()
    assert not set(content) & {"\u202e", "\x00"}
    assert "\\u{202e}evil\\u{0000}\\u{d800}" in read.text
    assert "x" * 2001 not in content


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    asked = ("--action", "write", *ASKED, "--html", tmp_path / "none" / "why.html")
    done = remit("explain", POLICY, *asked)
    assert (done.returncode, "why.html" in done.stderr) == (BAD_INPUT, True)


def test_a_bundle_has_a_page_without_the_text_of_its_rules(tmp_path: Path) -> None:
    bundle = tmp_path / "documents.bundle"
    remit("compile", POLICY, "-o", bundle)
    read = page(tmp_path, bundle, "--action", "write", *ASKED)
    assert "permit-" in read.text
    assert "documents.remit" not in read.text
    record = orjson.loads(remit("explain", bundle, "--action", "write", *ASKED, "--json").stdout)
    assert [(rule["text"], rule["places"]) for rule in record["rules"]] == [(None, [])] * 3


# ---- tokens as they were pasted


def jwt(claims: object, header: object = None) -> bytes:
    parts = (urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=") for each in (header or {}, claims))
    return b".".join([*parts, b"c2ln"])


@pytest.fixture
def pasting(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def paste(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return paste


@pytest.mark.parametrize(
    "content",
    [
        jwt(ANN),
        b"Authorization: Bearer " + jwt(ANN) + b"\n",
        b'"DPoP ' + jwt(ANN)[:60] + b"\n  " + jwt(ANN)[60:] + b'"',
    ],
)
def test_a_jwt_from_a_log_is_decoded_said_not_to_be_verified_and_not_shown(
    pasting: Callable[[bytes], None], content: bytes
) -> None:
    asked = ("--action", "read", "--token", "-", "--resource", f"{POLICY}/plan.json", *AT)
    for command in ("explain", "decide"):
        pasting(content)
        done = remit(command, POLICY, *asked)
        assert done.returncode == OK
        assert "its signature was not checked" in done.stdout
        assert jwt(ANN).split(b".")[1].decode() not in done.stdout + done.stderr
    pasting(content)
    assert orjson.loads(remit("explain", POLICY, *asked, "--json").stdout)["unverified"] is True


def test_a_jwts_header_counts(tmp_path: Path) -> None:
    policy = written(tmp_path / "signs.remit", SIGNS.encode())
    said: dict[str, str] = {}
    for kind in ("at+jwt", "JWT"):
        token = written(tmp_path / "t.jwt", jwt(CLAIMS, {"typ": kind}))
        said[kind] = remit("explain", policy, "--action", "list", "--token", token, *AT).stdout
    assert "token       passed" in said["at+jwt"]
    assert "token       failed" in said["JWT"]


def test_the_page_says_that_a_token_was_not_verified(tmp_path: Path) -> None:
    token = written(tmp_path / "t.jwt", jwt(ANN))
    asked = ("--action", "read", "--token", token, "--resource", f"{POLICY}/plan.json", *AT)
    assert "its signature was not checked" in page(tmp_path, POLICY, *asked).text


def test_claims_are_pasted_as_they_are_and_a_terminal_is_told_how_to_end(
    pasting: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pasting(orjson.dumps(ANN))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    asked = ("--token", "-", "--resource", f"{POLICY}/plan.json", *AT)
    done = remit("explain", POLICY, "--action", "read", *asked)
    assert (done.returncode, "Ctrl-D" in done.stderr) == (OK, True)
    assert "signature" not in done.stdout


@pytest.mark.parametrize("content", [b"a.b.c", b"not a token", b"e30.e3.x", jwt([1]), b"a.b.c.d.e"])
def test_what_is_no_token_is_said(pasting: Callable[[bytes], None], content: bytes) -> None:
    pasting(content)
    done = remit("explain", POLICY, "--action", "read", "--token", "-")
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith("error: -: ")


def test_of_an_expired_token_it_is_said_when_its_rules_can_be_looked_at(tmp_path: Path) -> None:
    token = written(tmp_path / "t.json", ANN | {"iat": 1_000_000_000, "exp": 1_000_003_600})
    asked = ("--action", "read", "--token", token, "--resource", f"{POLICY}/plan.json")
    done = remit("explain", POLICY, *asked)
    assert (done.returncode, "expired" in done.stdout) == (DENIED, True)
    at = re.findall(r"--at (\S+)", done.stdout)
    assert at == ["2001-09-09T02:46:39Z"]
    assert remit("explain", POLICY, *asked, "--at", at[0]).returncode == OK
    assert "--at 2001-09-09T02:46:39Z" in page(tmp_path, POLICY, *asked).text


def test_of_a_token_that_is_not_valid_at_any_time_no_instant_is_proposed(tmp_path: Path) -> None:
    for changed in ({"iss": "https://other.example.com/"}, {"iat": 10**11, "exp": 10**12}):
        token = written(tmp_path / "t.json", ANN | changed)
        done = remit("explain", POLICY, "--action", "read", "--token", token)
        assert (done.returncode, "--at" in done.stdout) == (DENIED, False)


# ---- decisions that were recorded


def recorded(tmp_path: Path, action: str, **changed: object) -> Path:
    done = remit("decide", POLICY, "--action", action, *ASKED, "--json")
    return written(tmp_path / "record.json", orjson.loads(done.stdout) | changed)


def other_tenant(tmp_path: Path) -> Path:
    document = {"owner": "b", "tenant": "x", "classification": "secret", "shared_with": []}
    engine = Engine.load(POLICY)
    decision = engine.decide(
        engine.principal(VerifiedClaims(ANN)), "write", ("Document", document), now=1_795_430_001.0
    )
    return written(tmp_path / "record.json", decision.record())


def test_a_record_names_the_policy_and_the_rules_with_their_text(tmp_path: Path) -> None:
    record = other_tenant(tmp_path)
    other = written(tmp_path / "other.json", {"type": "Document"})
    said = "allowed: field required; expected what `Decision.record()` made"
    assert remit("explain", POLICY, "--why", other).stderr == f"error: {other}: {said}\n"
    done = remit("explain", POLICY, "--why", record)
    assert done.returncode == DENIED
    assert "decided by this policy" in done.stdout
    assert f"documents.remit:{line_of('forbid any unless')}): denied" in done.stdout
    assert "    forbid any unless tenant == token.tenant\n" in done.stdout
    assert "missing roles: admin, editor" in done.stdout
    told = orjson.loads(remit("explain", POLICY, "--why", record, "--json").stdout)
    assert told["same_policy"] is True
    assert {rule["because"] for rule in told["rules"]} == {
        "documents never cross tenants",
        "secret documents need a second factor",
    }
    assert {rule["part"] for rule in told["rules"]} == {"denied"}
    assert (told["again"], told["differs"]) == (None, None)


def test_of_a_record_that_names_no_rule_it_is_said_how_to_see_them(tmp_path: Path) -> None:
    done = remit("explain", POLICY, "--why", recorded(tmp_path, "write"))
    assert "it names no rule: with --action and the request" in done.stdout


def test_a_record_of_another_policy_is_told_apart(tmp_path: Path) -> None:
    changed = {"digest": "abc", "errors": ["permit-gone"], "rule": "permit-gone", "allowed": True}
    done = remit("explain", POLICY, "--why", recorded(tmp_path, "read", **changed))
    assert done.returncode == OK
    assert "decided by another policy, digest abc" in done.stdout
    assert "permit-gone: could not be worked out; there is no such rule in this policy" in done.stdout
    asked = ("--why", recorded(tmp_path, "read", **changed), "--json")
    told = orjson.loads(remit("explain", POLICY, *asked).stdout)
    assert (told["same_policy"], told["rules"][0]["known"]) == (False, False)


def test_a_record_without_a_digest_says_less(tmp_path: Path) -> None:
    record = orjson.loads(recorded(tmp_path, "read").read_bytes())
    del record["digest"]
    done = remit("explain", POLICY, "--why", written(tmp_path / "record.json", record))
    assert "does not say by which policy" in done.stdout
    assert f"documents.remit:{line_of('permit any')}): permitted" in done.stdout


def test_a_request_beside_its_record_is_decided_again(tmp_path: Path) -> None:
    record = recorded(tmp_path, "write")
    same = remit("explain", POLICY, "--why", record, "--action", "write", *ASKED)
    assert (same.returncode, "it comes out the same" in same.stdout) == (DENIED, True)
    allowed = recorded(tmp_path, "read")
    asked = ("--why", allowed, "--action", "read", *ASKED)
    assert remit("explain", POLICY, *asked).returncode == OK
    read = page(tmp_path, POLICY, *asked)
    assert "decided again, it comes out the same" in read.text


def test_a_request_that_comes_out_otherwise_now_says_how(tmp_path: Path) -> None:
    asked = ("--why", recorded(tmp_path, "read"), "--action", "share", *ASKED)
    other = remit("explain", POLICY, *asked)
    assert other.returncode == DENIED
    assert "  allowed: was true; is false\n" in other.stdout
    assert "  missing_scopes: was nothing; is share:documents\n" in other.stdout
    assert re.search(r"  rule: was permit-\w+; is None\n", other.stdout)
    assert "  layers: was token passed, scope passed" in other.stdout
    assert "is the token was not granted share:documents" in other.stdout
    told = orjson.loads(remit("explain", POLICY, *asked, "--json").stdout)
    assert {each["name"] for each in told["differs"]} >= {"allowed", "rule", "denials"}
    assert told["again"]["allowed"] is False


def test_a_login_that_was_asked_for_compares_as_well(tmp_path: Path) -> None:
    asked = signs(tmp_path, "list", free=True, gone=False, numbers=[])
    done = remit("decide", *asked, "--json")
    assert orjson.loads(done.stdout)["denials"][0]["login"]["acr_values"] == ["strong"]
    record = written(tmp_path / "record.json", done.stdout.encode())
    again = remit("explain", *asked, "--why", record)
    assert "it comes out the same" in again.stdout
    assert "could not be worked out" not in again.stdout


def test_a_record_is_made_of_what_a_decision_prints(tmp_path: Path) -> None:
    for wrong in ({"allowed": "yes"}, {"denials": [1]}, {"layers": None}):
        done = remit("explain", POLICY, "--why", recorded(tmp_path, "read", **wrong))
        assert (done.returncode, next(iter(wrong)) in done.stderr) == (BAD_INPUT, True)


def test_a_record_alone_has_no_page(tmp_path: Path) -> None:
    done = remit("explain", POLICY, "--why", recorded(tmp_path, "read"), "--html", tmp_path / "p.html")
    assert (done.returncode, "--action" in done.stderr) == (BAD_INPUT, True)
