"""The service beside the documents policy, over real servers on this machine."""

import base64
import contextlib
import hashlib
import json
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from policies.documents.service import __main__ as command
from policies.documents.service import walk
from policies.documents.service.demonstration import PAGE, REQUESTS
from policies.documents.service.people import PEOPLE, documents
from policies.documents.service.servers import Running, running
from remit import ConfigurationError

ROOT = Path(__file__).parent.parent
SERVICE = ROOT / "policies" / "documents" / "service"
ENTRY = [sys.executable, "-m", "policies.documents.service"]
DOCUMENTS = {row.id: row for row in documents()}
GRANTS: dict[str, set[str]] = {
    "viewer": {"read"},
    "editor": {"read", "write", "share"},
    "admin": set(REQUESTS),
}
BODIES = {"write": {"title": "A title", "text": "A text"}, "share": {"user": "auth0|ann"}}


class Service(NamedTuple):
    """Servers that are up, and a client of theirs."""

    up: Running
    client: httpx.Client


@contextlib.contextmanager
def served() -> Generator[Service]:
    with running() as up, httpx.Client(base_url=up.url, trust_env=False, timeout=20) as client:
        yield Service(up, client)


@pytest.fixture(scope="module")
def service() -> Generator[Service]:
    with served() as made:
        yield made


@pytest.fixture
def own() -> Generator[Service]:
    """For tests that change documents."""
    with served() as made:
        yield made


def send(
    service: Service, method: str, path: str, name: str | None = None, **more: object
) -> httpx.Response:
    if name is not None:
        more["headers"] = {"Authorization": f"Bearer {service.up.issuer.token(name)}"}
    send_it: Any = service.client.request
    reply: httpx.Response = send_it(method, path, **more)
    return reply


def ask(service: Service, name: str | None, action: str, document: str) -> httpx.Response:
    method, path, _ = REQUESTS[action]  # type: ignore[index]
    return send(service, method, f"/documents/{document}{path}", name, json=BODIES.get(action))


def told(reply: httpx.Response) -> tuple[int, str | None, bytes]:
    return reply.status_code, reply.headers.get("www-authenticate"), reply.content


# ---- all of it


def test_every_line_of_the_walk_is_answered_as_it_says() -> None:
    done = subprocess.run([*ENTRY, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "17 of 17 answers are as they should be" in done.stdout


def test_lines_are_printed_to_be_pasted_and_an_interrupt_ends_it_without_a_sound() -> None:
    with subprocess.Popen(
        ENTRY, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
        assert process.wait(60) == 0
    assert sum(line.startswith("curl -i ") for line in printed) == 17
    assert any(re.fullmatch(r"# Why\? http://127\.0\.0\.1:\d+/\n", line) for line in printed)


def test_a_wrong_answer_is_told_and_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right, other = walk.STEPS[0], walk.STEPS[2]
    wrong = (replace(right, status=404), replace(other, challenge=None), replace(right, holds="a word"))
    monkeypatch.setattr(walk, "STEPS", (right, *wrong))
    assert command.main(["--check"]) == 1
    printed = capsys.readouterr().out
    assert "WRONG: not 404 with the challenge None" in printed
    assert "WRONG: not 401 with the challenge None" in printed
    assert "WRONG: it does not hold a word" in printed
    assert "1 of 4 answers are as they should be" in printed


# ---- what is answered


def expected(name: str | None, action: str, document: str) -> tuple[int, str | None]:
    """Status and challenge, as somebody would write them by hand: RFC 6750, section 3."""
    if name is None:
        return 401, 'Bearer realm="documents"'
    bad = {
        "eve-yesterday": "the token has expired",
        "eve-elsewhere": "the token is not meant for this API: its audience is another",
    }
    if name in bad:
        said = f'error="invalid_token", error_description="{bad[name]}"'
        return 401, f'Bearer realm="documents", {said}'
    claims: Any = PEOPLE[name].claims
    scope = f"{action}:documents"
    if scope not in claims["scope"].split():
        return 403, f'Bearer realm="documents", error="insufficient_scope", scope="{scope}"'
    row = DOCUMENTS[document]
    if row.tenant != claims["tenant"] or (row.classification == "secret" and not claims.get("mfa")):
        return 404, None

    def permitted(what: str) -> bool:
        is_granted = any(what in GRANTS[role] for role in claims.get("roles", ()))
        shared = what == "read" and claims["sub"] in row.shared_with
        return is_granted or "gty" in claims or claims["sub"] == row.owner or shared

    if permitted(action):
        return REQUESTS[action].status, None  # type: ignore[index]
    return (403, None) if permitted("read") else (404, None)


@pytest.mark.parametrize("name", [None, *PEOPLE])
def test_status_and_challenge_are_those_that_one_would_write_by_hand(
    service: Service, name: str | None
) -> None:
    for document in ("plan", "merger", "notes", "offer"):
        for action in ("read", "write"):
            reply = ask(service, name, action, document)
            assert told(reply)[:2] == expected(name, action, document), (action, document)


@pytest.mark.parametrize("name", [None, *PEOPLE])
def test_the_page_is_told_what_would_be_answered(service: Service, name: str | None) -> None:
    for document in DOCUMENTS:
        for action in ("share", "delete"):
            query = {"document": document, "action": action}
            answer = send(service, "GET", "/explain", name, params=query).json()
            headers = dict(answer["wire"]["headers"])
            assert (answer["wire"]["status"], headers.get("WWW-Authenticate")) == expected(
                name, action, document
            ), (action, document)
            assert answer["allowed"] is (answer["wire"]["status"] == 204)
            assert (answer["explanation"] is None) is (name == "eve-yesterday")


def test_the_page_is_told_of_each_rule_in_the_words_of_the_policy(service: Service) -> None:
    query = {"document": "merger", "action": "read"}
    answer = send(service, "GET", "/explain", "dan", params=query).json()
    [decided] = [rule for rule in answer["explanation"]["rules"] if rule["decides"]]
    assert decided["text"] == [
        (
            'forbid any when classification == "secret" and not token.mfa '
            'because "secret documents need a second factor"'
        )
    ]
    assert answer["advice"]["fixes"][0] == {
        "by": ["token"],
        "text": "get a token whose claim `mfa` is set to true",
    }
    assert (answer["loaded"], answer["wire"]["status"]) == (True, 404)


def test_what_the_page_asks_about_may_be_gone(service: Service) -> None:
    query = {"document": "no-such", "action": "read"}
    answer = send(service, "GET", "/explain", "ann", params=query).json()
    assert (answer["wire"]["status"], answer["explanation"], answer["advice"]) == (404, None, None)


def test_a_document_is_loaded_once_and_only_where_it_can_change_the_answer(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "documents")

    def loads(name: str | None, action: str, document: str) -> list[str]:
        caplog.clear()
        ask(service, name, action, document)
        return [record.getMessage() for record in caplog.records if record.name == "documents"]

    assert loads("ann", "read", "plan") == ["loads document 'plan'"]
    assert loads("ann", "write", "plan") == ["loads document 'plan'"]
    assert loads("ann", "share", "notes") == []  # her application may not share anything
    assert loads(None, "read", "plan") == []
    assert loads("eve-yesterday", "read", "plan") == []
    assert loads("eve-elsewhere", "read", "plan") == []


def test_a_name_in_a_path_cannot_write_lines_of_its_own_into_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "documents")
    assert send(service, "GET", "/documents/a%0Ab", "ann").status_code == 404
    [said] = [record.getMessage() for record in caplog.records if record.name == "documents"]
    assert said == r"loads document 'a\nb'"


def test_who_is_refused_is_not_told_what_else_was_wrong(service: Service) -> None:
    assert send(service, "GET", "/documents?limit=0").status_code == 401
    assert send(service, "GET", "/documents?limit=0", "ann").status_code == 422
    assert send(service, "PUT", "/documents/plan", "eve-kiosk", json={}).status_code == 403
    assert send(service, "PUT", "/documents/plan", "eve", json={}).status_code == 422


# ---- tenants


def listed(service: Service, name: str, limit: int) -> tuple[list[str], list[str]]:
    """What is on all pages, and what the pages say for the next one."""
    found: list[str] = []
    nexts: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"after": after, "limit": limit}
        page = send(service, "GET", "/documents", name, params=query).json()
        assert len(page["documents"]) <= limit
        found += [each["id"] for each in page["documents"]]
        after = page["next"]
        nexts += [] if after is None else [after]
    return found, nexts


@pytest.mark.parametrize("name", ["ann", "bob", "eve", "eve-kiosk", "dan", "max", "nightly-job"])
def test_pages_hold_and_name_exactly_what_may_be_read(service: Service, name: str) -> None:
    readable = sorted(each for each in DOCUMENTS if expected(name, "read", each)[0] == 200)
    for limit in (1, 3, 100):
        found, nexts = listed(service, name, limit)
        assert found == readable
        assert set(nexts) <= set(readable)


def test_two_tenants_never_see_each_others_documents(service: Service) -> None:
    for name in ("ann", "bob", "eve", "dan", "max", "nightly-job"):
        tenant = str(PEOPLE[name].claims["tenant"])
        assert {DOCUMENTS[each].tenant for each in listed(service, name, 100)[0]} <= {tenant}
        unknown = told(ask(service, name, "read", "no-such-document"))
        assert unknown[0] == 404
        for document, row in DOCUMENTS.items():
            if row.tenant != tenant:
                assert told(ask(service, name, "read", document)) == unknown


def test_a_list_says_what_else_may_be_done(service: Service) -> None:
    page = send(service, "GET", "/documents", "bob").json()
    actions = {each["id"]: each["actions"] for each in page["documents"]}
    assert actions == {"draft": [*REQUESTS], "plan": [*REQUESTS]}


def test_a_list_is_refused_where_no_document_could_be_read(service: Service) -> None:
    assert told(send(service, "GET", "/documents"))[:2] == (401, 'Bearer realm="documents"')
    assert send(service, "GET", "/documents", "eve-elsewhere").status_code == 401


# ---- what is done is done


def test_what_is_written_shared_and_deleted_stays_so(own: Service) -> None:
    assert ask(own, "bob", "write", "plan").json()["text"] == "A text"
    assert ask(own, "ann", "read", "plan").json()["title"] == "A title"
    share = {"user": "auth0|cas"}
    for _ in range(2):
        assert send(own, "POST", "/documents/plan/shares", "bob", json=share).status_code == 204
    assert ask(own, "ann", "read", "plan").json()["shared_with"] == ["auth0|ann", "auth0|cas"]
    assert ask(own, "eve", "delete", "plan").status_code == 403
    deleted = ask(own, "bob", "delete", "plan")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert ask(own, "bob", "read", "plan").status_code == 404


# ---- the issuer


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "::1", "example.com", ""])  # noqa: S104  (refused)
def test_the_issuer_listens_on_the_loopback_interface_only(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="a loopback address only"), running(host):
        pass
    assert command.main(["--check", "--host", host]) == 2
    assert "a loopback address only" in capsys.readouterr().err


def test_a_port_in_use_is_said(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    port = str(httpx.URL(service.up.url).port)
    assert command.main(["--check", "--port", port]) == 2
    assert capsys.readouterr().err.startswith("cannot start: ")


def test_neither_server_answers_by_the_name_of_another_site(service: Service) -> None:
    for url in (f"{service.up.url}/choices", f"{service.up.issuer.identifier}token"):
        reply = service.client.get(url, headers={"Host": "example.com"})
        assert (reply.status_code, reply.text) == (400, "Invalid host header")


def test_the_issuers_metadata_and_keys_are_those_of_its_tokens(service: Service) -> None:
    identifier = service.up.issuer.identifier
    client = service.client
    metadata = client.get(f"{identifier}.well-known/oauth-authorization-server").json()
    keys = client.get(metadata["jwks_uri"]).json()
    assert metadata["issuer"] == identifier
    assert not {"d", "p", "q", "dp", "dq", "qi"} & {name for key in keys["keys"] for name in key}
    for name, algorithm in (("eve", "RS256"), ("nightly-job", "ES256")):
        answer = client.post(metadata["token_endpoint"], data={"person": name}).json()
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
        token = jwt.decode(answer["access_token"], KeySet.import_key_set(keys), ["RS256", "ES256"])
        assert token.header["alg"] == algorithm
        assert token.claims["sub"] == PEOPLE[name].claims["sub"]
        assert token.claims["iss"] == identifier


def test_the_issuer_has_a_form_and_knows_nobody_else(service: Service) -> None:
    url = f"{service.up.issuer.identifier}token"
    form = service.client.get(url).text
    assert re.findall('<option value="(.*?)">', form) == [*PEOPLE]
    for data in ({"person": "mallory"}, {}, {"person": "<b>"}):
        assert service.client.post(url, data=data).status_code == 400


# ---- the page

VOID = {"input", "link", "meta", "path"}


class Outline(HTMLParser):
    """Elements of a page; each that is opened has to be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


@pytest.fixture(scope="module")
def outline() -> Outline:
    parser = Outline()
    parser.feed(PAGE.read_text(encoding="utf-8"))
    parser.close()
    return parser


def test_the_page_is_well_formed_and_every_field_has_a_label(outline: Outline) -> None:
    assert outline.open == []
    assert PAGE.read_text(encoding="utf-8").startswith("<!doctype html>\n")
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {attributes["for"] for tag, attributes in outline.elements if tag == "label"}
    assert {attributes["id"] for tag, attributes in outline.elements if tag == "select"} == labels
    for _, attributes in outline.elements:
        assert {attributes[name] for name in ("for", "aria-describedby") if name in attributes} <= {*ids}
    asked = re.findall(r'byId\("([^"]+)"\)', PAGE.read_text(encoding="utf-8"))
    assert set(asked) <= set(ids)


def test_the_page_asks_nobody_but_the_service(outline: Outline) -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = ("src", "srcset", "action", "data", "style", "poster")
    assert not [tag for tag, attributes in outline.elements if any(name in attributes for name in names)]
    assert [attributes["href"] for _, attributes in outline.elements if "href" in attributes] == [
        "data:,"
    ]
    assert re.findall(r"https?://[^\"'\s]+", text) == [
        "http://www.w3.org/2000/svg"
    ]  # a name, no address
    assert not re.findall(r"@import|url\(|innerHTML|document\.write|eval\(|localStorage|cookie", text)
    assert re.findall(r"get\([\"`](.*?)[\"`?]", text) == ["/choices", "/explain"]


def test_the_browser_is_told_to_hold_the_page_to_that(service: Service) -> None:
    reply = send(service, "GET", "/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(each.split(" ", 1) for each in reply.headers["content-security-policy"].split("; "))
    for tag in ("script", "style"):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", reply.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert policy.pop("connect-src") == "'self'"
    assert policy.pop("img-src") == "data:"
    assert set(policy.values()) == {"'none'"}
    assert {"default-src", "base-uri", "form-action", "frame-ancestors"} == policy.keys()
    assert reply.headers["cache-control"] == "no-store"


def test_the_page_has_everybodys_token_and_every_document(service: Service) -> None:
    choices = send(service, "GET", "/choices").json()
    assert [each["name"] for each in choices["people"]] == [*PEOPLE]
    assert [each["id"] for each in choices["documents"]] == sorted(DOCUMENTS)
    assert choices["actions"] == ["read", "write", "share", "delete"]
    ann = choices["people"][0]
    headers = {"Authorization": f"Bearer {ann['token']}"}
    assert send(service, "GET", "/documents/plan", headers=headers).status_code == 200


# ---- what the README says


def test_the_code_that_the_readme_shows_is_that_of_the_service() -> None:
    readme = (SERVICE / "README.md").read_text(encoding="utf-8")
    shown = re.findall("```python\n(.*?)```", readme, re.DOTALL)
    code = "\n".join(file.read_text(encoding="utf-8") for file in sorted(SERVICE.glob("*.py")))
    pieces = [piece.strip("\n") for block in shown for piece in block.split("...\n")]
    assert pieces
    assert [
        piece for piece in pieces if piece not in re.sub("^    ", "", code, flags=re.MULTILINE)
    ] == []


def test_the_pictures_of_the_readme_are_there_and_light() -> None:
    readme = (SERVICE / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", readme)
    assert len(pictures) == 4
    assert sorted(pictures) == sorted(f"screenshots/{each.name}" for each in SERVICE.glob("*/*.png"))
    for each in pictures:
        assert 0 < (SERVICE / each).stat().st_size < 150_000


def test_the_policy_test_data_and_the_service_speak_of_the_same_api() -> None:
    ann = json.loads((SERVICE.parent / "ann.json").read_text(encoding="utf-8"))
    assert PEOPLE["ann"].claims["aud"] in ann["aud"]
