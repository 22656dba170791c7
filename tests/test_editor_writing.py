"""What can be written at a place, how something is called, what mends a mistake, and colours."""

import pytest

from remit.syntax.parser import openers
from remit.tools.language_server import completing
from remit.tools.language_server.colouring import KINDS, coloured
from remit.tools.language_server.completing import KEYWORD, complete
from remit.tools.language_server.mending import mendings
from remit.tools.language_server.policy import Desk
from remit.tools.language_server.signing import signature
from tests.marked import FILE, known, marked
from tests.test_editor_names import API, BOOK, TESTS


def proposed(text: str, *, words: bool = False) -> set[str]:
    """What is proposed at the mark in a file beside the others; words of the language only if asked."""
    found = complete(*marked(text, api=API, book=BOOK, tests=TESTS))
    return {each.label for each in found.items if words or each.what not in (KEYWORD, "function")}


RULE = """resource New {
  reader: user
  mark: Kind
  ages: map<string, Group>
  action look needs read
"""
SCOPES = {"read", "write", "a:x", "a:y", "b:x", "b:y", "all"}
ROLES = {"clerk", "guest", "boss"}
INSTANTS = {"now", "forever"}
NEW = {"reader", "mark", "ages"}
VALUES = {"limit", "twice", "days"} | INSTANTS
OWN = {"sub", "client", "kind", "issuer", "actor"}
PLACES = {
    # in the API
    "api more {\n  role x extends §": ROLES | {"x"},
    "api more {\n  role x grants read, §": SCOPES,
    "api more {\n  role x grants {*} except §": SCOPES,
    "api more {\n  role §": set(),
    "api more {\n  scope §": set(),
    "api more {\n  scope x implies §": SCOPES | {"x"},
    "api more {\n  client x class §": {"batch"},
    'api more {\n  issuer "x" profile §': {
        "auth0",
        "cognito",
        "custom",
        "entra",
        "keycloak",
        "okta",
        "rfc9068",
    },
    'api more {\n  issuer "x" {\n    §': {"client", "permissions", "roles", "scope", "subject"},
    'api more {\n  issuer "x" {\n    asserts §': {"tenant", "groups"},
    'api more {\n  issuer "x" {\n    asserts role §': ROLES,
    "api more {\n  permit §": {"browse"},
    "api more {\n  permit read on §": {"Book", "Shelf"},
    "api more {\n  assume §": {"size"},
    # in blocks of members
    "token {\n  assume §": {"tenant", "groups", "actor"},
    "context {\n  assume §": {"when", "spare"},
    "context {\n  a: §": {
        *("string", "bool", "int", "decimal", "datetime", "duration", "ip", "cidr", "zone", "uuid"),
        *("user", "client", "Kind", "Group"),
    },
    "type A = set<§": {
        *("string", "bool", "int", "decimal", "datetime", "duration", "ip", "cidr", "zone", "uuid"),
        *("user", "client", "Kind", "Group"),
    },
    # in rules
    RULE + "  permit §": {"look"},
    RULE + '  permit "named" look, §': {"look"},
    RULE + "  permit look to §": {"reader"},
    RULE + "  permit look to role §": ROLES,
    RULE + "  permit look to entitled, role x, §": {"reader"},
    RULE + "  permit look to client §": {"nightly", "web", "batch"},
    RULE + "  permit look to anyone and §": {"reader"},
    RULE + "  permit look to anyone when §": NEW | VALUES,
    RULE + "  permit look to anyone when mark == §": NEW | VALUES | {"art", "science"},
    RULE + '  permit look to anyone when mark == "§': {"art", "science"},
    RULE + '  permit look to anyone when mark in ["art", "§': {"art", "science"},
    RULE + '  permit look to anyone because "§': set(),
    RULE + "  permit look to anyone when token.§": {"tenant", "groups"} | OWN,
    RULE + "  permit look to anyone when context.sp§": {"when", "spare"},
    RULE + '  permit look to anyone when ages["a"].§': {"name", "kind"},
    RULE + '  permit look to anyone when ages["a"].kind == "§': {"art", "science"},
    RULE + "  permit look to anyone when ages.§": set(),
    RULE + "  permit look to anyone when 1.§": set(),
    RULE + "  permit look to anyone when any g in token.groups where §": NEW | VALUES | {"g"},
    RULE + "  permit look to anyone when any g in token.groups where g.§": {"name", "kind"},
    RULE + "  permit look to anyone when granted(§": SCOPES,
    RULE + "  action go(to: string, kind?: Kind) needs read when action.§": {"to", "kind"},
    RULE + "  action go(to: string) needs read\n  permit go to anyone when action.§": {"to"},
    RULE + "  assume §": NEW,
    RULE + "  relation r when §": NEW | VALUES,
    "permit §": {"browse", "read", "lend", "store"},
    "permit read on Book, §": {"Book", "Shelf"},
    "permit read on Shelf to §": {"owner"},
    "permit read on Shelf to anyone when §": {"owner"} | VALUES,
    # in tests
    'test "n" {\n  token n { §': {
        *("tenant", "groups", "act", "aud", "azp", "client_id", "cnf", "exp", "gty", "iat", "iss"),
        *("jti", "nbf", "permissions", "roles", "scope", "sub", "sub_profile"),
    },
    'test "n" {\n  resource n: §': {"Book", "Shelf"},
    'test "n" {\n  resource n: Book { owner: "x", §': {"owner", "tags"},
    'test "n" {\n  resource n: Nobody { §': set(),
    'test "n" {\n  resource n: Book { tags: { a: { §': {"name", "kind"},
    'test "n" {\n  context { §': {"when", "spare"},
    'test "n" {\n  context { spare: "§': {"art", "science"},
    'test "n" {\n  context { spare: §': {"art", "science"},
    'test "n" {\n  token n { groups: [{ kind: "§': {"art", "science"},
    'test "n" {\n  token n { groups: [{ §': {"name", "kind"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  §': {"n", "anonymous"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may §': {"browse", "read", "lend", "store"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may not read, §': {
        "browse",
        "read",
        "lend",
        "store",
    },
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may read §': {"b", "n", "anonymous"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may lend b (§': {"to", "kind"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may lend b (to: "x", §': {"to", "kind"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may read b with §': {"n", "b"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may read b with b { §': {"owner", "tags"},
    'test "n" {\n  token n {}\n  resource b: Book {}\n  n may read b with context { §': {
        "when",
        "spare",
    },
    'test "n" {\n  token n {}\n  n may not read missing §': SCOPES,
    'test "n" {\n  token n {}\n  n may not read missing role §': ROLES,
    'test "n" { token n {} §': {"n", "anonymous"},
    "let a = 1 resource New { who: set<user> at: int action go needs read permit go to §": {"who"},
    'token { a: string from "x".§': set(),
    'test "n" using §': {"staff"},
    'test "n" using staff {\n  §': {"cid", "anonymous"},
    'test "n" using staff {\n  cid may read §': {"shelf", "cid", "anonymous"},
    'test "n" using staff {\n  matrix { who, resource | §': {"browse", "read", "lend", "store"},
    'test "n" using staff {\n  matrix { who, resource | read cid, §': {"shelf"},
    "fixtures n {\n  resource n: §": {"Book", "Shelf"},
    # where nothing can stand, or nothing that is known
    "let a = 1 # §": set(),
    "let §": set(),
    'let a = "b" §': set(),
}


@pytest.mark.parametrize("text", PLACES)
def test_what_the_policy_declares_is_proposed_where_it_can_stand(text: str) -> None:
    assert proposed(text) == PLACES[text]


def test_words_are_proposed_where_the_grammar_takes_them() -> None:
    assert proposed("§", words=True) == openers()
    assert proposed("let a = 1\n§", words=True) >= openers()
    assert proposed("permit read to anyone §", words=True) >= {"when", "unless", "because", "oblige"}
    assert "because" not in proposed("permit read to §", words=True)
    assert proposed("resource A {\n  action read §", words=True) >= {"needs", "permit"}
    assert {"matrix", "token"} <= proposed('test "t" {\n  §', words=True)
    assert {"count", "clock"} <= proposed("let a = §", words=True)


def test_what_is_proposed_takes_the_place_of_what_is_written_of_it() -> None:
    for text, written in (
        ("api b {\n role x grants read:§", "read:"),
        ("permit lo§", "lo"),
        ('context { a: Kind = "ar§', "ar"),
        ("token { a: §", ""),
    ):
        knowledge, file, offset = marked(text, api=API)
        span = complete(knowledge, file, offset).span
        assert (span.start, span.end) == (offset - len(written), offset)


def test_what_is_no_plain_name_is_proposed_in_backquotes() -> None:
    text = "resource A { `read me`: user action `to` needs nothing permit `to` to §"
    (name,) = (each for each in complete(*marked(text)).items if each.what != KEYWORD)
    assert (name.label, name.text) == ("read me", "`read me`")
    quoted = complete(*marked('context { a: "x" | "y" = §'))
    assert {each.text for each in quoted.items if each.label in "xy"} == {'"x"', '"y"'}
    after = complete(*marked('test "t" { token `a b` {}\n §'))
    assert "`a b` may " in {each.text for each in after.items}


def test_of_very_many_those_that_fit_are_proposed_when_more_is_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(completing, "MOST", 5)
    scopes = ",".join(f"s{number}" for number in range(30))
    text = f"api a {{\n scope {{{scopes}}}\n role r grants §"
    found = complete(*marked(text))
    assert (len(found.items), found.complete) == (5, False)
    found = complete(*marked(text.replace("§", "s2§")))
    assert (len(found.items), found.complete) == (5, False)
    found = complete(*marked(text.replace("§", "s29§")))
    assert ([each.label for each in found.items], found.complete) == (["s29"], True)


# ---- how something is called


CALLED = {
    "let a = clock(§": ("clock(when, zone)", 0),
    "let a = clock(now, §": ("clock(when, zone)", 1),
    'let a = clock(date(now, "x"), §': ("clock(when, zone)", 1),
    "let a = count([1, §": None,
    "let a = count([1, 2]§": ("count(collection)", 0),
    "let a = what(§": None,
    "let a = (§": None,
    "let a = 1§": None,
    "# clock(§": None,
    'test "n" {\n  resource b: Book {}\n  n may lend b (to: "x", §': (
        "lend(to: string, kind?: Kind)",
        1,
    ),
    'test "n" {\n  resource b: Book {}\n  n may read b (§': ("read(to: string, kind?: Kind)", 0),
    'test "n" {\n  resource b: Book {}\n  n may store b (§': None,
}


@pytest.mark.parametrize("text", CALLED)
def test_a_call_shows_what_it_takes(text: str) -> None:
    found = signature(*marked(text, api=API, book=BOOK))
    assert (None if found is None else (found.shape, found.active)) == CALLED[text]


# ---- mending


def mended(text: str) -> list[tuple[str, str]]:
    """What is proposed for each finding, and the text with that done."""
    knowledge = known(text)
    diagnosis = Desk().diagnose(knowledge.policy)
    found: list[tuple[str, str]] = []
    for finding in diagnosis.findings:
        for each in mendings(finding, text, diagnosis.edits.get(finding, ())):
            done = text
            for edit in sorted(each.edits, key=lambda one: -one.span.start):
                done = done[: edit.span.start] + edit.replacement + done[edit.span.end :]
            found.append((each.title, done))
    return found


HEAD = 'api a { audience "x" issuer "y" scope read }\ntoken { tenant: string  extra?: string }\n'
MISTAKES = {
    "resource A { action read needs raed }": [("change to `read`", "raed", "read")],
    "resource A { action x needs read permt x to anyone }": [("change to `permit`", "permt", "permit")],
    'resource A { action x needs read permit x to anyone when token.tenent == "a" }': [
        ("change to `token.tenant`", "token.tenent", "token.tenant")
    ],
    'resource A { k: "art" | "craft"  action x needs read permit x to anyone when k == "arts" }': [
        ("change to `art`", '"arts"', '"art"')
    ],
    'resource A { r: { name: string }  action x needs read permit x to anyone when r.nam == "a" }': [
        ("change to `name`", "r.nam ", "r.name ")
    ],
    'resource A { action x needs read permit x to anyone when token.extra == "a" }': [
        ("test `has token.extra` first", "token.extra", "has token.extra and token.extra")
    ],
    "type b-c = string": [("put `b-c` in backquotes", "b-c", "`b-c`")],
    'resource A { k: "art" | "craft"  action x needs read permit x to anyone when k == "z" }': [
        ("change to `art`", '"z"', '"art"'),
        ("change to `craft`", '"z"', '"craft"'),
    ],
    "resource A { action x }": [],
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_mended_as_the_finding_says(text: str) -> None:
    assert mended(HEAD + text) == [
        (title, HEAD + text.replace(old, new, 1)) for title, old, new in MISTAKES[text]
    ]


def test_what_the_linter_can_mend_is_mended_as_it_says() -> None:
    rule = "resource A { b: bool  action x needs read  permit x to anyone when not not b }\n"
    titles = dict(mended(HEAD + rule))
    assert HEAD + rule.replace("not not b", "b") in titles.values()
    assert all(title.startswith("mend L") for title in titles)


def test_what_has_no_place_cannot_be_mended() -> None:
    assert mended("") == []


# ---- colours


def test_words_are_coloured_by_what_they_mean() -> None:
    text = """resource role {
  list: user
  action any1 needs read
  permit any1 to list when list == list
}
"""
    knowledge = known({FILE: text, "a.remit": "api a { scope read }"})
    found = [(text[a:b], kind) for a, b, kind in coloured(knowledge, FILE)]
    assert found == [
        ("resource", "keyword"),
        ("role", "class"),
        ("list", "property"),
        ("action", "keyword"),
        ("any1", "method"),
        ("needs", "keyword"),
        ("read", "enumMember"),
        ("permit", "keyword"),
        ("any1", "method"),
        ("to", "keyword"),
        ("list", "property"),
        ("when", "keyword"),
        ("list", "property"),
        ("list", "property"),
    ]
    assert {kind for _, kind in found} < set(KINDS)


def test_what_goes_over_several_lines_has_no_colour_of_its_own() -> None:
    text = "api a { scope {a,\n  b}:c  role r grants a:c  action x needs a:c when 1 == 1.5 and 3m < 4m }"
    found = [text[part.start : part.end] for part in coloured(known(text), FILE)]
    assert "1.5" in found
    assert "3m" in found
    assert not [word for word in found if "\n" in word]
