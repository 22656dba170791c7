"""An editor, as far as a language server can tell: JSON-RPC over the pipes of a process."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = Any
"""What stands in JSON, and is known by those who wrote it."""

PATIENCE = 60
"""Seconds until something is given up that never takes long."""


class Refused(Exception):
    """A request was answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Editor:
    """A client of one server, which is started with it."""

    def __init__(self, encodings: list[str] | None = None) -> None:
        command = [sys.executable, "-m", "remit.tools", "lsp"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.versions: dict[str, int] = {}
        self.told: dict[str, dict[str, Json]] = {}
        self.asked: list[dict[str, Json]] = []
        self._answers: dict[int, dict[str, Json]] = {}
        self._count = 0
        self._inbox: queue.Queue[dict[str, Json] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        general = {"positionEncodings": encodings} if encodings else {}
        refreshed = {"codeLens": {"refreshSupport": encodings is None}}
        abilities = {"general": general, "workspace": refreshed}
        started = self.ask("initialize", processId=None, rootUri=None, capabilities=abilities)
        self.abilities: dict[str, Json] = started["capabilities"]
        self.say("initialized")

    def close(self) -> None:
        self.ask("shutdown")
        self.say("exit")
        self.hang_up()

    def hang_up(self) -> int:
        """Close the pipes without a word; how the server ends."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        self._reader.join()
        self.process.stdout.close()
        return code

    # -- messages

    def ask(self, method: str, **params: Json) -> Json:
        """The answer to a request. Raises Refused for an error."""
        answer = self.answer(self.send(method, **params))
        if "error" in answer:
            raise Refused(answer["error"]["code"], answer["error"]["message"])
        return answer["result"]

    def send(self, method: str, **params: Json) -> int:
        """Send a request, and do not wait."""
        self._count += 1
        self._write({"id": self._count, "method": method, "params": params})
        return self._count

    def answer(self, number: int) -> dict[str, Json]:
        self._until(lambda: number in self._answers)
        return self._answers.pop(number)

    def say(self, method: str, **params: Json) -> None:
        self._write({"method": method, "params": params})

    def _write(self, message: dict[str, Json]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        while header := stdout.readline():
            length = int(header.split(b":")[1])
            while stdout.readline().strip():
                pass
            self._inbox.put(json.loads(stdout.read(length)))
        self._inbox.put(None)

    def _until(self, there: Callable[[], bool]) -> None:
        """Take messages until what is waited for is there; requests of the server are granted."""
        while not there():
            message = self._inbox.get(timeout=PATIENCE)
            assert message is not None, "the server has ended"
            if message.get("method") == "textDocument/publishDiagnostics":
                self.told[message["params"]["uri"]] = message["params"]
            if "method" not in message:
                self._answers[message["id"]] = message
            elif "id" in message:
                self.asked.append(message)
                self._write({"id": message["id"], "result": None})

    # -- files

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, with its own text or another one; its URI."""
        uri = path.resolve().as_uri()
        self.versions[uri] = 1
        held = path.read_text(encoding="utf-8") if text is None else text
        document = {"uri": uri, "languageId": "remit", "version": 1, "text": held}
        self.say("textDocument/didOpen", textDocument=document)
        return uri

    def change(self, uri: str, *changes: dict[str, Json]) -> None:
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.say("textDocument/didChange", textDocument=document, contentChanges=list(changes))

    def replace(self, uri: str, text: str) -> None:
        """Replace all of a file."""
        self.change(uri, {"text": text})

    def shut(self, uri: str) -> None:
        self.say("textDocument/didClose", textDocument={"uri": uri})

    def diagnostics(self, uri: str) -> list[dict[str, Json]]:
        """What is said of the newest version of a file."""

        def is_newest() -> bool:
            return uri in self.told and self.told[uri].get("version") == self.versions[uri]

        self._until(is_newest)
        found: list[dict[str, Json]] = self.told[uri]["diagnostics"]
        return found

    def hears_of(self, uri: str) -> list[dict[str, Json]]:
        """What is said of a file that is not open, when something is."""
        self._until(lambda: uri in self.told)
        found: list[dict[str, Json]] = self.told.pop(uri)["diagnostics"]
        return found

    def at(self, method: str, uri: str, line: int, column: int, **more: Json) -> Json:
        """Ask about a position, both counted from 0."""
        position = {"line": line, "character": column}
        return self.ask(f"textDocument/{method}", textDocument={"uri": uri}, position=position, **more)

    def of(self, method: str, uri: str, **more: Json) -> Json:
        """Ask about a file."""
        return self.ask(f"textDocument/{method}", textDocument={"uri": uri}, **more)
