"""What names mean: where they are declared, where they are used, what is said of them, renaming them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from remit import Engine
from remit.syntax.parser import spellings
from remit.tools.language_server.hovering import hover
from remit.tools.language_server.keywords import FUNCTIONS, INSTANTS, KEYWORDS, OWN_MEMBERS, TYPES
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.outline import Entry, folds, outline, search
from remit.tools.language_server.policy import Desk
from remit.tools.language_server.renaming import Refused, applied, rename
from remit.tools.language_server.symbols import Sort, Symbol
from remit.tools.testing.running import chosen
from tests.marked import FILE, known, marked, shown
from tests.worked import FOLDERS, allowed

API = """api shop {
  audience "https://api.example.com/shop"
  issuer "https://idp.example.com/" profile custom {
    roles from realm.groups
    asserts role clerk
    asserts client web, batch
    asserts tenant "acme"
  }
  scope read, write, {a,b}:{x,y}
  scope all implies read, a:{*}
  role clerk, guest grants read
  role boss extends clerk grants {*} except write
  client nightly class batch grants read
  client web
  action browse(size: int) needs read
  permit browse to entitled, role boss and client batch, client web when action.size < limit
  assume size
  permit read on Book to role guest
}
token { tenant: string  groups: list<Group> = []  assume groups }
context { when: datetime = "2026-01-01T00:00Z"  spare?: Kind  assume spare }
type Kind = "art" | "science"
type Group = { name: string, kind?: Kind }
let limit: int = 10
let twice = limit * 2
data days: map<Kind, set<string>> from "days.json"
"""
BOOK = """resource Book {
  owner: user
  tags: map<string, Group> = {}
  assume tags
  relation helper when owner == token.sub or (any g in token.groups where g.name == "x" and has g.kind)
  action read, lend(to: string, kind?: Kind) needs read or (a:x and b:y)
  action new store needs nothing when context.when > now needs write
  permit read, lend to owner, helper
    when tags[token.tenant].name like "a*" and not granted(read and write)
    oblige log { what: token.tenant }
  forbid lend when action.to in ["a", token.tenant] or helper unless (context.spare ?? "art") in days
    because "no"
}
resource Shelf { owner: user  action read needs read }
forbid read on Book, Shelf when owner == token.sub because "own"
forbid any unless holds(read) because "all"
permit browse to anyone when count([limit, twice]) > length(token.tenant) - 1
"""
TESTS = """fixtures staff {
  token cid { tenant: "acme" }
  resource shelf: Shelf { owner: "cid" }
  context { spare: "art" }
}
test "t" using staff {
  matrix { who, resource | read | store  cid, b | yes | no  ann, shelf | no | - }
  matrix { who | browse  ann | no }
  token ann { tenant: "acme", scope: "read a:x", realm: { groups: ["clerk"] }, permissions: ["write"] }
  token `odd one` { groups: [{ name: "g", kind: "art" }] }
  resource b: Book { owner: "ann", tags: { acme: { name: "n" } } }
  context { spare: "art" }
  ann may lend b (to: "x", kind: "art") with b { owner: "eve" } with context { spare: "art" }
  ann may not browse (size: 1) with ann { tenant: "b" } missing role clerk
  ann may not read b missing a:x
  anonymous may not read b missing acr "x"
  `odd one` may read b oblige log
}
"""
HELPER = next(line.strip() for line in BOOK.splitlines() if "relation" in line)
ALL = {"a.remit": API, "b.remit": BOOK, "t.remit": TESTS}


def at(text: str) -> tuple[Knowledge, str, int]:
    """The whole of it, at the mark in one of its files."""
    plain = text.replace("§", "", 1)
    name, file = next((name, file) for name, file in ALL.items() if plain in file)
    return whole(), name, file.index(plain) + text.index("§")


@cache
def whole() -> Knowledge:
    return known(ALL)


DECLARED = {
    "role boss extends §clerk": ["role <clerk>, guest grants read"],
    "asserts role §clerk": ["role <clerk>, guest grants read"],
    "asserts client §web": ["client <web>"],
    "asserts client web, §batch": ["client nightly class <batch> grants read"],
    "asserts §tenant": ["token { <tenant>: string  groups: list<Group> = []  assume groups }"],
    "implies §read": ["scope <read>, write, {a,b}:{x,y}"],
    "implies read, §a:{*}": ["scope read, write, <{a,b}:{x,y}>"],
    "role boss and client §batch": ["client nightly class <batch> grants read"],
    ", client §web when": ["client <web>"],
    "when action.§size": ["action browse(<size>: int) needs read"],
    "assume §size": ["action browse(<size>: int) needs read"],
    "action.size < §limit": ["let <limit>: int = 10"],
    "permit read on §Book": ["resource <Book> {"],
    "permit §read on Book": ["action <read>, lend(to: string, kind?: Kind) needs read or (a:x and b:y)"],
    "assume §groups": ["token { tenant: string  <groups>: list<Group> = []  assume groups }"],
    "list<§Group>": ["type <Group> = { name: string, kind?: Kind }"],
    "map<§Kind": ['type <Kind> = "art" | "science"'],
    "where §g.name": [
        HELPER.replace("any g", "any <g>"),
    ],
    "has g.§kind": ["type Group = { name: string, <kind>?: Kind }"],
    "tags[token.tenant].§name": ["type Group = { <name>: string, kind?: Kind }"],
    "tags[token.§tenant]": ["token { <tenant>: string  groups: list<Group> = []  assume groups }"],
    "to owner, §helper\n": [
        HELPER.replace("helper", "<helper>"),
    ],
    "when action.§to": ["action read, lend(<to>: string, kind?: Kind) needs read or (a:x and b:y)"],
    "in §days": ['data <days>: map<Kind, set<string>> from "days.json"'],
    "Shelf when §owner": ["<owner>: user", "resource Shelf { <owner>: user  action read needs read }"],
    "roles: §": [],
    'scope: "read §a:x"': ["scope read, write, <{a,b}:{x,y}>"],
    'groups: ["§clerk"]': ["role <clerk>, guest grants read"],
    'permissions: ["§write"]': ["scope read, <write>, {a,b}:{x,y}"],
    "groups: [{ §name": ["type Group = { <name>: string, kind?: Kind }"],
    "tags: { acme: { §name": ["type Group = { <name>: string, kind?: Kind }"],
    "resource b: §Book": ["resource <Book> {"],
    "lend §b (to": ['resource <b>: Book { owner: "ann", tags: { acme: { name: "n" } } }'],
    "b (§to": ["action read, lend(<to>: string, kind?: Kind) needs read or (a:x and b:y)"],
    "with context { §spare": [
        'context { when: datetime = "2026-01-01T00:00Z"  <spare>?: Kind  assume spare }'
    ],
    "`§odd one` may": ['token <`odd one`> { groups: [{ name: "g", kind: "art" }] }'],
    "missing role §clerk": ["role <clerk>, guest grants read"],
    "missing §a:x": ["scope read, write, <{a,b}:{x,y}>"],
    "oblige §log": [],
    "context.§when": ['context { <when>: datetime = "2026-01-01T00:00Z"  spare?: Kind  assume spare }'],
    "using §staff": ["fixtures <staff> {"],
    "no  ann, §shelf": ['resource <shelf>: Shelf { owner: "cid" }'],
    "store  §cid": ['token <cid> { tenant: "acme" }'],
    "resource | §read": [
        "action <read>, lend(to: string, kind?: Kind) needs read or (a:x and b:y)",
        "resource Shelf { owner: user  action <read> needs read }",
    ],
    "who | §browse": ["action <browse>(size: int) needs read"],
    "holds(§read)": ["scope <read>, write, {a,b}:{x,y}"],
    "class §batch": ["client nightly class <batch> grants read"],
}
DECLARED.pop("roles: §")


@pytest.mark.parametrize("place", DECLARED)
def test_a_name_leads_to_where_it_is_declared(place: str) -> None:
    knowledge, file, offset = at(place)
    found = knowledge.at(file, offset)
    spans = [each.span for each in knowledge.declarations(found.symbols)] if found else []
    assert [shown(knowledge, span) for span in spans] == DECLARED[place]


def test_a_name_is_found_wherever_it_stands() -> None:
    knowledge, file, offset = at("action read, lend(to: string, §kind?: Kind)")
    found = knowledge.at(file, offset)
    assert found is not None
    assert [shown(knowledge, each.span) for each in knowledge.references(found.symbols)] == [
        "action read, lend(to: string, <kind>?: Kind) needs read or (a:x and b:y)",
        'ann may lend b (to: "x", <kind>: "art") with b { owner: "eve" } with context { spare: "art" }',
    ]
    clerks = knowledge.references([Symbol(Sort.ROLE, "", "clerk")])
    assert [each.span.file for each in clerks] == ["a.remit"] * 3 + ["t.remit"] * 2


def test_what_is_no_name_of_the_policy_is_none() -> None:
    for place in ("§audience", 'issuer "§https', 'type Kind = §"art', "map<§string", "== token.§sub"):
        knowledge, file, offset = at(place)
        assert knowledge.at(file, offset) is None
    assert known("").at(FILE, 0) is None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_name_of_a_worked_policy_is_declared_in_it(folder: Path) -> None:
    files = {str(path): path.read_text(encoding="utf-8") for path in folder.glob("*.remit")}
    knowledge = known(files)
    assert len(knowledge.occurrences) > 50
    for occurrence in knowledge.occurrences:
        assert knowledge.declarations(occurrence.symbols)
        said = knowledge.policy.text(occurrence.span).strip('`"')
        grouped = "{" in said or said.endswith(".json")
        assert grouped or [symbol.name for symbol in occurrence.symbols] == [said] * len(
            occurrence.symbols
        )


# ---- what is said of them


SAID = {
    "role §boss extends": ["role boss", "extends `clerk`", "grants in the end: `a:x`, `a:y`", "`read`"],
    "scope §all": ["scope all", "implies `a:x`, `a:y`, `read`", "granted by the roles: `boss`"],
    "scope §read, write": ["granted by the roles: `boss`, `clerk`, `guest`"],
    "client §nightly": ["of the class `batch`", "may be granted: `read`"],
    "client §web": ["may be granted any scope"],
    "class §batch": ["class of clients: `nightly`"],
    "action §browse": ["action browse(size: int)", "action of the API", "needs `read`"],
    "action read, §lend": ["action of `Book`", "needs `read or (a:x and b:y)`"],
    "action new §store": ["makes its resource", "needs `nothing` when `context.when > now`, or `write`"],
    "  §tags: map": ["tags: map<string, Group> = {}", "attribute of `Book`"],
    "token { §tenant": ["tenant: string", "claim of the token"],
    "§spare?: Kind": ["spare?: Kind", "member of the context", "may be absent"],
    "relation §helper": ["relation helper when owner == token.sub or"],
    "type §Kind": ['type Kind = "art" | "science"'],
    "let §limit": ["let limit: int = 10"],
    "let §twice": ["let twice = limit * 2"],
    "data §days": ['data days: map<Kind, set<string>> from "days.json"'],
    "resource §Book": ["resource Book", "actions: `read`, `lend`, `store`"],
    "lend(§to: string": ["action read, lend(to: string", "parameter `to`"],
    "token §ann": ["token ann {", "token `ann`"],
    "§forbid lend": ["a rule that denies", "forbid for lend of Book"],
    "§forbid read on": ["forbid for read of Book, Shelf"],
    "§forbid any unless": ["forbid for every action of the API, Book, Shelf"],
    "§permit read on": ["permit for read of Book"],
    "§permit browse to anyone": ["permit for browse of the API"],
    "to §entitled": ["`entitled`: who effectively holds"],
    'asserts tenant §"acme"': [],
    "owner: §user": ["a user, by the `sub`"],
    "when §count([": ["count(collection)", "how many elements"],
    "owner == token.§sub or": ["the caller as a `user`"],
    "context.when > §now": ["the instant of the decision"],
    "§{a,b}:{x,y}": ["scope a:x", "scope b:y"],
}


@pytest.mark.parametrize("place", SAID)
def test_hovering_says_what_a_name_is(place: str) -> None:
    found = hover(*at(place))
    said = "" if found is None else found.text
    assert [part for part in SAID[place] if part not in said] == []
    assert (found is None) is (not SAID[place])


def test_hovering_outside_of_words_says_nothing() -> None:
    assert hover(known("let a = 1  # b"), "p.remit", 12) is None
    assert hover(known("let a = 1 + 2"), "p.remit", 10) is None
    assert hover(known("let a  = 1"), FILE, 6) is None


def test_hovering_goes_on_where_the_policy_is_broken() -> None:
    found = hover(
        *marked("role x\napi a {\n  role clerk grants\n  scope read\n  role §boss extends clerk\n")
    )
    assert found is not None
    assert "extends `clerk`" in found.text
    assert "grants in the end: none" in found.text


def test_of_many_things_the_first_are_said() -> None:
    names = ",".join(f"s{number}" for number in range(20))
    found = hover(*marked(f"api a {{\n  scope {{{names}}}:x\n  role r grants §{{{names}}}:x\n}}"))
    assert found is not None
    assert found.text.count("scope s") == 12
    assert "and 8 more" in found.text
    role = hover(*marked(f"api a {{\n  scope {{{names}}}:x\n  role §r grants {{*}}\n}}"))
    assert role is not None
    assert "and 8 more" in role.text


def test_every_word_of_the_language_has_its_sentence() -> None:
    words = {terminal for terminal, text in spellings().items() if text and text.isidentifier()}
    assert KEYWORDS.keys() == words | {"MATRIX"}
    said = (*KEYWORDS.values(), *TYPES.values(), *OWN_MEMBERS.values(), *INSTANTS.values())
    assert all(text and not text.endswith(".") for text in said)
    assert all(shape.startswith(f"{name}(") for name, (shape, _) in FUNCTIONS.items())


# ---- renaming

RENAMED = {
    "role §clerk": "seller",
    "scope §read": "get",
    "token { §tenant": "org",
    "§groups: list": "teams",
    "context { §when": "at",
    "type §Kind": "Sort",
    "kind?: §Kind": "Sort",
    "= { §name": "title",
    "let §limit": "most",
    "data §days": "holidays",
    "resource §Book": "Volume",
    "relation §helper": "assistant",
    "fixtures §staff": "people",
    "  token §cid": "dan",
    "action browse(§size": "count",
    "token §ann": "bea",
    "resource §b: Book": "book",
    "any §g in": "group",
    "action new §store": "permit",
    "token §`odd one`": "even more",
}


@pytest.mark.parametrize("place", RENAMED)
def test_a_name_is_changed_wherever_it_stands_and_nothing_else(place: str) -> None:
    knowledge, file, offset = at(place)
    found = knowledge.at(file, offset)
    assert found is not None
    (symbol,) = found.symbols
    new = RENAMED[place]
    before = Desk().diagnose(knowledge.policy).findings
    texts = applied(knowledge.policy, rename(knowledge, file, offset, new))
    after = known(texts)
    assert not after.references([symbol])
    renamed = [s for s in after.by_symbol if s.name == new and s.sort is symbol.sort]
    assert [len(after.by_symbol[each]) for each in renamed] == [len(knowledge.by_symbol[symbol])]
    assert [f.code for f in Desk().diagnose(after.policy).findings] == [f.code for f in before]


REFUSED = {
    ("role §clerk", "boss"): "role `boss` is declared twice",
    ("relation §helper", "now"): "`now` is reserved",
    ("relation §helper", "owner"): "name `owner` is declared twice",
    ("let §limit", "owner"): None,
    ("let §twice", "size"): None,
    ("any §g in", "owner"): "`owner` already means something here",
    ("role §clerk", ""): "`` is no name",
    ("scope §read", "a b"): "`a b` is no name",
    ("role §clerk", "a\nb"): "`a\nb` is no name",
    ("scope §read", 'a"b'): '`a"b` cannot be a name here',
    ("scope §read", "a:z"): "",
    ("client §nightly", "daily"): "a client's name is the id that its tokens carry",
    ("§audience", "x"): "nothing that has a name stands here",
    ("Shelf when §owner", "holder"): "this names several things (Book, Shelf): rename each where it is "
    "declared",
    ("  §owner: user\n", "holder"): "`owner` names it together with others: write it out first",
    ("missing §a:x", "c"): "`{a,b}:{x,y}` names it together with others: write it out first",
}


@pytest.mark.parametrize(("place", "new"), REFUSED)
def test_what_cannot_be_renamed_is_refused_with_a_reason(place: str, new: str) -> None:
    wanted = REFUSED[place, new]
    if wanted is None:
        assert rename(*at(place), new)
        return
    with pytest.raises(Refused) as refused:
        rename(*at(place), new)
    assert wanted in str(refused.value)


def test_a_name_that_is_hidden_by_the_new_one_is_noticed() -> None:
    text = (
        "let §size = 3\nresource A { n: int  action x needs nothing  permit x to anyone when n < size }"
    )
    with pytest.raises(Refused, match="`n` means something else already where this is named"):
        rename(*marked(text), "n")
    assert rename(*marked(text), "k")


def test_nothing_is_renamed_in_a_policy_that_cannot_be_read() -> None:
    with pytest.raises(Refused, match="the policy has syntax errors: mend these first"):
        rename(*marked("let §a = 1\npermit )"), "b")


def test_a_new_name_that_is_the_old_one_changes_nothing() -> None:
    assert rename(*at("role §clerk"), "clerk") == {}


@pytest.mark.parametrize("said", ["scopes", "actions"])
def test_what_a_file_declares_is_told_and_not_renamed(said: str, tmp_path: Path) -> None:
    listed = {"scopes": '["see", {"value": "hear"}, 7]', "actions": '{"look": ["see"], "go": "nothing"}'}
    (tmp_path / "n.json").write_text(listed[said])
    texts = {
        "scopes": 'api a { scope from "n.json" action look needs §see permit look to entitled }',
        "actions": 'api a { scope see action from "n.json" permit §look, go to entitled }',
    }
    file, place = str(tmp_path / "p.remit"), texts[said].index("§")
    knowledge = known({file: texts[said].replace("§", "")})
    with pytest.raises(Refused, match=r'it is declared in the file "n[.]json"'):
        rename(knowledge, file, place, "other")
    found, other = hover(knowledge, file, place), hover(knowledge, file, place + len("look, "))
    assert found is not None
    assert ('from "n.json"\n\nneeds `see`' in found.text) is (said == "actions")
    assert (other is not None and "needs `nothing`" in other.text) is (said == "actions")


@pytest.mark.parametrize("content", ["{", "[]", "7"])
def test_a_file_that_holds_no_actions_and_no_scopes_declares_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text(content)
    file = str(tmp_path / "p.remit")
    knowledge = known({file: 'api a { scope from "n.json" action from "n.json" }'})
    assert knowledge.occurrences == ()


CHOSEN = {
    "documents": [
        (Sort.ROLE, "editor"),
        (Sort.SCOPE, "read:documents"),
        (Sort.CLAIM, "mfa"),
        (Sort.ATTRIBUTE, "owner"),
    ],
    "github": [(Sort.TYPE, "Access"), (Sort.RELATION, "triager")],
    "mcp": [(Sort.RESOURCE, "Workspace"), (Sort.VALUE, "trusted_agents")],
    "records": [(Sort.CLAIM, "org_id")],
    "todo": [(Sort.ROLE, "editor"), (Sort.RESOURCE, "Todo")],
}


def chances(folder: Path) -> Iterator[tuple[Knowledge, Symbol]]:
    files = {str(path): path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.remit"))}
    knowledge = known(files)
    for sort, name in CHOSEN.get(folder.name, ()):
        for symbol in knowledge.by_symbol:
            if (symbol.sort, symbol.name) == (sort, name):
                yield knowledge, symbol


def test_a_policy_decides_alike_whatever_its_names_are() -> None:
    renames_all(Path("policies/documents"))


@pytest.mark.volume
@pytest.mark.parametrize("folder", [f for f in FOLDERS if f.name in CHOSEN], ids=lambda f: f.name)
def test_every_worked_policy_decides_alike_whatever_its_names_are(folder: Path) -> None:
    renames_all(folder)


def renames_all(folder: Path) -> None:
    for knowledge, symbol in chances(folder):
        place = knowledge.declarations([symbol])[0].span
        edits = rename(knowledge, place.file, place.start, "renamed_one")
        assert len(edits) > 1
        decides_alike(knowledge, known(applied(knowledge.policy, edits)))


def decides_alike(before: Knowledge, after: Knowledge) -> None:
    """Whether the tests of the policy come out as they did, request by request."""
    answers = []
    for knowledge in (before, after):
        diagnosis = Desk().diagnose(knowledge.policy)
        assert diagnosis.checked is not None
        engine = Engine.from_text({n: f.source.text for n, f in knowledge.policy.files.items()})
        answers.append([allowed(engine, request) for request in chosen(diagnosis.checked)])
    assert answers[0] == answers[1]
    assert len(answers[0]) > 5


# ---- beside the text


def names(entries: list[Entry]) -> list[object]:
    return [
        [entry.name, *names(list(entry.inside))] if entry.inside else entry.name for entry in entries
    ]


def test_the_outline_has_what_a_file_declares() -> None:
    policy = whole().policy
    assert names(outline(policy, "b.remit")) == [
        ["Book", "owner", "tags", "helper", "read", "lend", "store", "permit read, lend", "forbid lend"],
        ["Shelf", "owner", "read"],
        "forbid read",
        "forbid any",
        "permit browse",
    ]
    assert names(outline(policy, "t.remit")) == [
        ["staff", "cid", "shelf"],
        ["t", "ann", "odd one", "b"],
    ]
    first = names(outline(policy, "a.remit"))
    assert first[1:] == [
        ["token", "tenant", "groups"],
        ["context", "when", "spare"],
        "Kind",
        "Group",
        "limit",
        "twice",
        "days",
    ]
    named = known('permit "by night" read to anyone').policy
    assert [(e.name, e.detail) for e in outline(named, FILE)] == [("by night", "permit read")]


def test_what_is_in_an_outline_stands_where_it_says() -> None:
    policy = whole().policy
    for file in ALL:
        for entry in outline(policy, file):
            for each in (entry, *entry.inside):
                assert entry.span.start <= each.span.start <= each.named.start
                assert each.named.end <= each.span.end <= entry.span.end


def test_a_search_goes_through_all_files() -> None:
    found = [(entry.name, around) for entry, around in search(whole().policy, "OWN")]
    assert found == [("owner", "Book"), ("owner", "Shelf")]


def test_what_is_in_brackets_can_be_folded() -> None:
    text = "let a = [\n  1,\n  2\n]\nresource A {\n  a: { b: int }\n}\n"
    file = known(text).policy.files[FILE]
    assert sorted(text[a:b] for a, b in folds(file)) == [
        "\n  1,\n  2\n",
        "\n  a: { b: int }\n",
        " b: int ",
    ]
