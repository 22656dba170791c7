"""The language server, as an editor meets it: over the pipes of a process."""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from remit.spans import Source
from remit.syntax.format import formatted
from remit.syntax.lexer import Token
from remit.syntax.parser import parse
from tests.commands import remit
from tests.editor import Editor, Json, Refused
from tests.worked import FOLDERS

DOCUMENTS = Path("policies/documents/documents.remit")
SOUND = (
    'api a { audience "x" issuer "y" scope s role r grants s action x needs s permit x to entitled }\n'
)
OPTIONS = {"tabSize": 2, "insertSpaces": True}


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    opened = Editor()
    yield opened
    opened.close()
    assert opened.process.returncode == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the documents policy."""
    (tmp_path / "documents.remit").write_bytes(DOCUMENTS.read_bytes())
    return tmp_path


def whole(lines: list[str]) -> Json:
    start, end = {"line": 0, "character": 0}, {"line": len(lines), "character": 0}
    return {"start": start, "end": end}


def found(text: str, part: str, after: int = 0) -> tuple[int, int]:
    """The line and the column of a part of a text."""
    place = text.index(part) + after
    return text.count("\n", 0, place), place - text.rfind("\n", 0, place) - 1


def edited(text: str, edits: Json) -> str:
    """The text with the edits of an answer done; ASCII only."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def offset(place: dict[str, int]) -> int:
        return min(starts[min(place["line"], len(starts) - 1)] + place["character"], len(text))

    for edit in sorted(edits, key=lambda each: -offset(each["range"]["start"])):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text


def everything(editor: Editor, uri: str, line: int, column: int) -> list[Json]:
    """The answers to every request, at a place."""
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
    file = {"textDocument": {"uri": uri}}
    here = {"start": place["position"], "end": place["position"]}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("textDocument/hover", place),
        ("textDocument/completion", place),
        ("textDocument/definition", place),
        ("textDocument/references", {**place, "context": {"includeDeclaration": True}}),
        ("textDocument/documentHighlight", place),
        ("textDocument/signatureHelp", place),
        ("textDocument/rename", {**place, "newName": "another"}),
        ("textDocument/prepareRename", place),
        ("textDocument/documentSymbol", file),
        ("textDocument/foldingRange", file),
        ("textDocument/semanticTokens/full", file),
        ("textDocument/codeLens", file),
        ("textDocument/codeAction", {**file, "range": here, "context": {"diagnostics": []}}),
        ("textDocument/rangeFormatting", {**file, "range": here, "options": OPTIONS}),
        ("workspace/symbol", {"query": "read"}),
    ]
    numbers = [editor.send(method, **params) for method, params in requests]
    return [editor.answer(number) for number in numbers]


# ---- what it can do


def test_it_says_what_it_can_do(editor: Editor) -> None:
    assert {name for name in editor.abilities if name.endswith("Provider")} == {
        "codeActionProvider",
        "codeLensProvider",
        "completionProvider",
        "definitionProvider",
        "documentFormattingProvider",
        "documentHighlightProvider",
        "documentRangeFormattingProvider",
        "documentSymbolProvider",
        "executeCommandProvider",
        "foldingRangeProvider",
        "hoverProvider",
        "referencesProvider",
        "renameProvider",
        "semanticTokensProvider",
        "signatureHelpProvider",
        "workspaceSymbolProvider",
    }
    assert editor.abilities["positionEncoding"] == "utf-16"
    assert editor.abilities["executeCommandProvider"]["commands"] == ["remit.runTests"]


def test_mistakes_are_shown_while_they_are_there(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    assert editor.diagnostics(uri) == []
    editor.replace(uri, text.replace("permit read to", "permit raed to"))
    (mistake,) = editor.diagnostics(uri)
    assert mistake["message"] == "unknown action `raed`\ndid you mean `read`?"
    assert (mistake["code"], mistake["severity"], mistake["source"]) == ("R204", 1, "remit")
    line, column = found(text, "read to shared_with")
    assert mistake["range"] == {
        "start": {"line": line, "character": column},
        "end": {"line": line, "character": column + 4},
    }
    (action,) = editor.of("codeAction", uri, range=mistake["range"], context={"diagnostics": [mistake]})
    assert action["title"] == "change to `read`"
    assert action["isPreferred"]
    (edit,) = action["edit"]["changes"][uri]
    editor.change(uri, {"range": edit["range"], "text": edit["newText"]})
    assert editor.diagnostics(uri) == []
    symbols = editor.of("documentSymbol", uri)
    assert [symbol["name"] for symbol in symbols] == ["documents", "token", "Document", "documents"]
    editor.shut(uri)


def test_a_mistake_in_one_file_of_a_policy_is_shown_there_whichever_is_open(
    editor: Editor, tmp_path: Path
) -> None:
    for path in Path("policies/todo").glob("*.remit"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    other = (tmp_path / "tests.remit").resolve().as_uri()
    uri = editor.open(tmp_path / "todo.remit")
    assert editor.diagnostics(uri) == []
    text = (tmp_path / "todo.remit").read_text(encoding="utf-8")
    editor.replace(uri, text.replace("resource todo", "resource toodo"))
    assert editor.diagnostics(uri) == []
    assert {each["code"] for each in editor.hears_of(other)} >= {"R206"}
    editor.shut(uri)
    assert editor.hears_of(other) == []
    uri = editor.open(tmp_path / "todo.remit")
    assert editor.diagnostics(uri) == []
    editor.shut(uri)


def test_what_changes_on_the_disk_is_seen(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "a.remit").write_text(SOUND)
    (tmp_path / "b.remit").write_text("type b = int\n")
    uri = editor.open(tmp_path / "a.remit")
    assert editor.diagnostics(uri) == []
    assert [each["code"] for each in editor.hears_of((tmp_path / "b.remit").resolve().as_uri())]
    (tmp_path / "b.remit").write_text("let b = c + 1\n")
    editor.say("workspace/didChangeWatchedFiles", changes=[])
    found = editor.hears_of((tmp_path / "b.remit").resolve().as_uri())
    assert [each["code"] for each in found] == ["R205"]
    editor.shut(uri)


def test_a_text_that_was_never_saved_is_a_policy_by_itself(editor: Editor) -> None:
    uri = "untitled:Untitled-1"
    document = {"uri": uri, "languageId": "remit", "version": 3, "text": "let a = b\n"}
    editor.versions[uri] = 3
    editor.say("textDocument/didOpen", textDocument=document)
    assert [each["code"] for each in editor.diagnostics(uri)] == ["R205"]
    editor.replace(uri, SOUND)
    assert editor.diagnostics(uri) == []
    editor.shut(uri)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_columns_are_those_of_the_encoding_that_was_agreed_on(
    editor: Editor, encoding: str, tmp_path: Path
) -> None:
    if encoding != "utf-16":
        editor = Editor(["utf-7", encoding])
    assert editor.abilities["positionEncoding"] == encoding
    text = 'let a = ["\U0001f600", "\u00e9", x, "\U0001f680", yy]\n'
    uri = editor.open(tmp_path / "a.remit", text)
    size, codec = {"utf-8": (1, "utf-8"), "utf-16": (2, "utf-16-le")}[encoding]

    def column(part: str) -> int:
        return len(text[: text.index(part)].encode(codec)) // size

    mistakes = editor.diagnostics(uri)
    assert [each["range"]["start"]["character"] for each in mistakes] == [column("x,"), column("yy")]
    start, end = column("x,"), column('"\U0001f680"')
    place = {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}}
    editor.change(uri, {"range": place, "text": '"\U0001f600", '})
    (mistake,) = editor.diagnostics(uri)
    text = text.replace("x, ", '"\U0001f600", ')
    assert mistake["range"]["start"]["character"] == column("yy")
    assert mistake["range"]["end"]["character"] == column("yy") + 2
    done = editor.ask("workspace/executeCommand", command="remit.runTests", arguments=[uri])
    assert done["refusal"] == "the policy has errors: mend these first"
    editor.shut(uri)
    if encoding != "utf-16":
        assert not editor.asked  # it cannot show lenses anew, and is not told to
        assert editor.hang_up() == 0


def test_names_lead_to_their_places(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    place = found(text, "editor extends")
    hovered = editor.at("hover", uri, *place)
    assert "grants in the end: `read:documents`" in hovered["contents"]["value"]
    (declared,) = editor.at("definition", uri, *found(text, "extends editor", 8))
    assert tuple(declared["range"]["start"].values()) == place
    everywhere = editor.at("references", uri, *place, context={"includeDeclaration": True})
    used = editor.at("references", uri, *place, context={"includeDeclaration": False})
    assert (len(everywhere), len(used)) == (5, 4)
    assert len(editor.at("documentHighlight", uri, *place)) == 5
    assert editor.at("hover", uri, 0, 3) is None
    assert editor.at("definition", uri, 0, 3) == []
    symbols = editor.ask("workspace/symbol", query="viewer")
    assert [(each["name"], each["containerName"]) for each in symbols] == [("viewer", "documents")]
    editor.shut(uri)


def test_a_name_is_renamed_or_the_reason_is_told(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    place = found(text, "editor extends")
    prepared = editor.at("prepareRename", uri, *place)
    assert prepared["end"]["character"] - prepared["start"]["character"] == 6
    changes = editor.at("rename", uri, *place, newName="writer")["changes"]
    assert edited(text, changes[uri]) == text.replace("editor", "writer")
    for new, reason in (("admin", "role `admin` is declared twice"), ("", "`` is no name")):
        with pytest.raises(Refused, match=reason):
            editor.at("rename", uri, *place, newName=new)
    with pytest.raises(Refused, match="nothing that has a name stands here"):
        editor.at("prepareRename", uri, 0, 3)
    editor.shut(uri)


def test_writing_is_helped(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    proposed = editor.at("completion", uri, *found(text, "token.tenant", 6))
    assert {"tenant", "mfa", "sub"} <= {item["label"] for item in proposed["items"]}
    assert not proposed["isIncomplete"]
    assert editor.at("signatureHelp", uri, *found(text, "token.tenant")) is None
    editor.replace(uri, "let a = clock(now, ")
    shown = editor.at("signatureHelp", uri, 0, 19)
    assert (shown["signatures"][0]["label"], shown["activeParameter"]) == ("clock(when, zone)", 1)
    editor.shut(uri)


def test_a_file_is_laid_out_as_a_whole_and_in_part(editor: Editor, folder: Path) -> None:
    text = DOCUMENTS.read_text(encoding="utf-8").replace("  owner:    ", "owner:\n")
    uri = editor.open(folder / "documents.remit", text)
    wanted, _ = formatted(Source("", text))
    assert edited(text, editor.of("formatting", uri, options=OPTIONS)) == wanted
    nothing = editor.of("rangeFormatting", uri, range=whole([""]), options=OPTIONS)
    assert nothing == []
    part = whole(text.splitlines())
    assert edited(text, editor.of("rangeFormatting", uri, range=part, options=OPTIONS)) == wanted
    editor.shut(uri)


def test_what_stands_beside_the_text_is_there(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    folds = editor.of("foldingRange", uri)
    assert {"startLine": 2, "endLine": 8} in folds
    data = editor.of("semanticTokens/full", uri)["data"]
    assert len(data) % 5 == 0
    line = sum(data[::5])
    assert line == text.rstrip("}\n ").count("\n")
    editor.shut(uri)


def test_tests_run_when_a_file_is_saved_and_show_how_they_came_out(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")

    def lens() -> str:
        (shown,) = editor.of("codeLens", uri)
        assert shown["command"]["arguments"] == [uri]
        title: str = shown["command"]["title"]
        return title

    def run() -> Json:
        return editor.ask("workspace/executeCommand", command="remit.runTests", arguments=[uri])

    passed = json.loads(remit("test", folder, "--json").stdout)["passed"]
    assert lens() == "run tests"
    editor.asked.clear()
    editor.say("textDocument/didSave", textDocument={"uri": uri})
    while not editor.asked:  # of the server, to show the lenses anew
        lens()
    assert lens() == f"{passed} passed, 0 failed"
    editor.replace(uri, text.replace("permit read to shared_with", ""))
    assert lens() == f"{passed} passed, 0 failed, before the last change"
    done = run()
    assert (done["passed"], len(done["failed"]), done["refusal"]) == (passed - 1, 1, None)
    assert lens() == f"{passed - 1} passed, 1 failed"
    editor.replace(uri, text.replace("resource", "resorce", 1))
    assert run() == {"passed": 0, "failed": [], "refusal": "the policy has errors: mend these first"}
    editor.replace(uri, text.replace("  audience", "# audience", 1))
    assert "audience" in run()["refusal"]
    editor.shut(uri)


# ---- whatever comes


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_request_is_answered_in_the_worked_policies(editor: Editor, folder: Path) -> None:
    rng = random.Random(folder.name)
    for path in sorted(folder.glob("*.remit")):
        uri = editor.open(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        line = rng.randrange(len(lines))
        answers = everything(editor, uri, line, rng.randrange(len(lines[line]) + 1))
        assert not [each for each in answers if each.get("error", {}).get("code") == -32603]
    for uri in list(editor.versions):
        editor.shut(uri)


def positions(text: str) -> list[Token]:
    tokens: list[Token] = []
    parse(Source("", text), tokens)
    return tokens


def broken(editor: Editor, uri: str, text: str, tokens: list[Token]) -> None:
    """Every request, in the text without a token, and in what is before it."""
    for token in tokens:
        for spoilt in (text[: token.start] + text[token.end :], text[: token.start]):
            editor.replace(uri, spoilt)
            answers = everything(editor, uri, *found(f"{text[: token.start]}\0", "\0"))
            assert not [each for each in answers if each.get("error", {}).get("code") == -32603]


def test_every_request_is_answered_in_a_file_that_is_broken(editor: Editor, folder: Path) -> None:
    text = DOCUMENTS.read_text(encoding="utf-8")
    uri = editor.open(folder / "documents.remit")
    broken(editor, uri, text, random.Random(3).sample(positions(text), 6))
    editor.shut(uri)


@pytest.mark.volume
def test_every_request_is_answered_wherever_a_file_is_broken(editor: Editor, folder: Path) -> None:
    text = DOCUMENTS.read_text(encoding="utf-8")
    uri = editor.open(folder / "documents.remit")
    broken(editor, uri, text, positions(text))
    editor.shut(uri)


def test_a_message_that_makes_no_sense_is_answered_and_nothing_ends(
    editor: Editor, folder: Path
) -> None:
    for method, params, code in (
        ("textDocument/hover", {"nonsense": 1}, -32602),
        ("textDocument/nonsense", {}, -32601),
        ("workspace/executeCommand", {"command": "remit.nonsense"}, -32602),
        ("workspace/executeCommand", {"command": "remit.runTests", "arguments": []}, -32602),
        (
            "textDocument/foldingRange",
            {"textDocument": {"uri": (folder / "nowhere.remit").as_uri()}},
            -32803,
        ),
    ):
        with pytest.raises(Refused) as refused:
            editor.ask(method, **params)
        assert refused.value.code == code
    editor.say("textDocument/didChange", nonsense=1)
    assert editor.ask("workspace/symbol", query="") is not None


def test_of_an_older_text_nothing_is_told(editor: Editor, folder: Path) -> None:
    uri = editor.open(folder / "documents.remit")
    text = DOCUMENTS.read_text(encoding="utf-8")
    for number in range(20):
        editor.replace(uri, text.replace("permit read to", f"permit r{number} to"))
    (mistake,) = editor.diagnostics(uri)
    assert mistake["message"].startswith("unknown action `r19`")
    editor.shut(uri)


# ---- the command


def test_without_its_extra_the_command_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "remit.tools.language_server.answers"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.delitem(sys.modules, "remit.tools.language_server.server", raising=False)
    done = remit("lsp")
    assert done.returncode == 2
    assert done.stderr == "error: the language server needs its extra: pip install 'remit[lsp]'\n"
