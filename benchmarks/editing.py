"""A language server over its pipes -> how long an editor waits for each answer.

    python -m benchmarks.editing

A policy of 2,000 lines in one file. Each feature is asked for at places all over it: as the policy is,
and after one line in the middle was changed, which is what someone who types asks for. Milliseconds from
the request to the answer; for `diagnostics` from the change to what is said of it, without the pause for
which the server waits lest more is typed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.editor import Editor

_RESOURCES = 30
_RULES = 13
_PAUSE = 0.15
_OPTIONS = {"tabSize": 2, "insertSpaces": True}
_HEAD = """api documents {
  audience "https://api.example.com/documents"
  issuer   "https://example.eu.auth0.com/" profile auth0
  scope read:documents, write:documents, share:documents, delete:documents
  role viewer                grants read:documents
  role editor extends viewer grants write:documents, share:documents
  role admin  extends editor grants delete:documents
}

token { tenant: string  mfa: bool = false }
"""
_RESOURCE = """
resource Document{number} {{
  owner:          user
  tenant:         string
  classification: "public" | "internal" | "secret"
  shared_with:    set<user>
  size:           int

  action read   needs read:documents
  action write  needs write:documents
  action share  needs share:documents
  action delete needs delete:documents

  permit any  to entitled, owner
  permit read to shared_with
{rules}}}

test "documents {number}" {{
  token ann {{ scope: "read:documents write:documents", roles: ["viewer"], tenant: "t1", mfa: true }}
  resource d: Document{number} {{
    owner: "bob", tenant: "t1", classification: "internal", shared_with: [], size: 1000
  }}
  ann may read d
  ann may not write d missing role editor
  ann may not share d missing share:documents
}}
"""
_RULE = """
  forbid any when size == {number} and (tenant != token.tenant or classification == "secret")
    because "this has the size {number}"
"""


def policy(resources: int = _RESOURCES, rules: int = _RULES) -> str:
    """The text of a policy of that many resources, each with that many rules."""
    blocks = [
        _RESOURCE.format(number=n, rules="".join(_RULE.format(number=r) for r in range(rules)))
        for n in range(resources)
    ]
    return _HEAD + "".join(blocks)


def places(text: str, part: str, after: int) -> list[tuple[int, int]]:
    """Where a part of the text stands, as lines and columns."""
    lines = text.split("\n")
    return [(n, line.index(part) + after) for n, line in enumerate(lines) if part in line]


def features(editor: Editor, uri: str, text: str) -> Iterator[tuple[str, list[Callable[[], object]]]]:
    """Each feature, and what asks for it at several places."""
    names = places(text, "tenant != token", 2)[::7]
    scopes = places(text, "needs read:documents", 8)
    dots = places(text, "token.tenant or", len("token."))[::7]

    def at(method: str, where: list[tuple[int, int]], **more: Any) -> list[Callable[[], object]]:
        return [partial(editor.at, method, uri, *place, **more) for place in where]

    def of(method: str, **more: Any) -> list[Callable[[], object]]:
        return [lambda: editor.of(method, uri, **more) for _ in range(7)]

    everywhere = {"context": {"includeDeclaration": True}}
    yield "hover", at("hover", names)
    yield "completion", at("completion", dots)
    yield "signature help", at("signatureHelp", dots)
    yield "definition", at("definition", names)
    yield "references", at("references", scopes[::4], **everywhere)
    yield "highlight", at("documentHighlight", scopes[::4])
    yield "rename, asked", at("prepareRename", names)
    yield "rename, done", at("rename", names[:5], newName="renamed")
    yield "symbols", of("documentSymbol")
    yield "symbols of all", [lambda: editor.ask("workspace/symbol", query="owner") for _ in range(7)]
    yield "folding", of("foldingRange")
    yield "colours", of("semanticTokens/full")
    yield "code lenses", of("codeLens")
    here = {"start": {"line": 0, "character": 0}, "end": {"line": 5, "character": 0}}
    yield "code actions", of("codeAction", range=here, context={"diagnostics": []})
    yield "layout", of("formatting", options=_OPTIONS)


def measure(text: str, folder: Path) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each answer, by feature: as it is, and after a change."""
    editor = Editor()
    found: dict[str, dict[str, list[float]]] = {}
    file = folder / "documents.remit"
    file.write_text(text, encoding="utf-8")

    def timed(feature: str, column: str, work: Callable[[], object], spared: float = 0) -> None:
        start = time.perf_counter()
        work()
        taken = (time.perf_counter() - start - spared) * 1000
        found.setdefault(feature, {}).setdefault(column, []).append(taken)

    opened = time.perf_counter()
    uri = editor.open(file)
    editor.diagnostics(uri)
    found["opened, and checked"] = {"as it is": [(time.perf_counter() - opened) * 1000]}
    edits = places(text, "size == 7", len("size == "))
    line, column = edits[len(edits) // 2]
    numbers = iter(range(100, 100_000))

    def change() -> None:
        start, end = (column, column + 1) if next(numbers) == 100 else (column, column + 3)
        place = [{"line": line, "character": each} for each in (start, end)]
        new = f"{next(numbers) % 900 + 100}"
        editor.change(uri, {"range": {"start": place[0], "end": place[1]}, "text": new})

    for feature, asked in features(editor, uri, text):
        for each in asked:
            timed(feature, "as it is", each)
        for each in asked:
            change()
            timed(feature, "after a change", each)
        editor.diagnostics(uri)

    def changed() -> None:
        change()
        editor.diagnostics(uri)

    for _ in range(10):
        timed("diagnostics", "after a change", changed, _PAUSE)
    arguments = [uri]

    def run() -> None:
        editor.ask("workspace/executeCommand", command="remit.runTests", arguments=arguments)

    for _ in range(3):
        timed("tests run", "as it is", run)
    editor.close()
    return found


def high(values: list[float]) -> float:
    """The 95th percentile, by the nearest rank."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def table(found: dict[str, dict[str, list[float]]]) -> Iterator[str]:
    """The lines of what is printed."""
    yield f"{'':20} {'as it is':>18} {'after a change':>18}"
    yield f"{'milliseconds':20} {'median':>9} {'p95':>8} {'median':>9} {'p95':>8}"
    for feature, columns in found.items():
        cells = [columns.get(name) for name in ("as it is", "after a change")]
        shown = [
            f"{statistics.median(each):9.1f} {high(each):8.1f}" if each else " " * 18 for each in cells
        ]
        yield f"{feature:20} {' '.join(shown)}".rstrip()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=_RESOURCES)
    parser.add_argument("--rules", type=int, default=_RULES)
    given = parser.parse_args()
    text = policy(given.resources, given.rules)
    print(f"{len(text.splitlines()):,} lines, {len(text):,} characters")
    with tempfile.TemporaryDirectory() as folder:
        for line in table(measure(text, Path(folder))):
            print(line)


if __name__ == "__main__":
    main()
