"""What an editor says of its files -> the policies that they make up, checked, and their tests run.

Every message is handled in one thread, in order; only the checking of a whole policy and the running of
its tests have threads of their own, and what comes of an older text is dropped.
"""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from remit.diagnostics import Finding, Severity
from remit.spans import Span
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.policy import Diagnosis
from remit.tools.language_server.positions import Place
from remit.tools.language_server.protocol import Declined, Protocol
from remit.tools.language_server.testing import Run, run_tests
from remit.tools.language_server.workspace import Workspace

_LOG = logging.getLogger(__name__)
PAUSE = 0.15
"""Seconds without a change after which a policy is checked."""

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
}


@dataclass(slots=True)
class Watched:
    """One policy: when it is checked next, what was found, and how its tests came out last."""

    timer: asyncio.TimerHandle | None = None
    told: set[str] = field(default_factory=set)
    knowledge: Knowledge | None = None
    diagnosis: Diagnosis | None = None
    run: Run | None = None


class PolicyServer(LanguageServer):
    """A language server for policies."""

    def __init__(self, version: str) -> None:
        """Nothing is open yet; an `initialize` must come first."""
        super().__init__("remit", version, protocol_cls=Protocol)
        self.files = Workspace()
        self.watched: dict[str, Watched] = {}
        self.working = ThreadPoolExecutor(2, "working")
        self.tasks: set[asyncio.Task[None]] = set()

    # -- places

    def folder_of(self, uri: str) -> str:
        """The folder that the policy is in of which a file is a part."""
        return self.files.folder_of(name_of(uri))

    def range_of(self, span: Span) -> lsp.Range:
        """A span as the editor counts."""
        lines = self.files.lines(span.file)
        start, end = lines.place(span.start), lines.place(span.end)
        return lsp.Range(lsp.Position(*start), lsp.Position(*end))

    def location_of(self, span: Span) -> lsp.Location:
        """A span with its file."""
        return lsp.Location(uri_of(span.file), self.range_of(span))

    def known(self, uri: str) -> tuple[Knowledge, str]:
        """What is known of the policy that a file is in, and its name there. Raises Declined."""
        knowledge, name = self.files.knowledge(self.folder_of(uri)), name_of(uri)
        if name not in knowledge.policy.files:
            raise Declined(f"{name} is neither open nor there")
        return knowledge, name

    def asked(self, uri: str, position: lsp.Position) -> tuple[Knowledge, str, int]:
        """As `known`, and the offset of a position."""
        knowledge, name = self.known(uri)
        return knowledge, name, self.files.lines(name).offset(place_of(position))

    # -- checking

    def touch(self, folder: str, pause: float = PAUSE) -> None:
        """Have the policy in a folder checked, unless more changes come."""
        watched = self.watched.setdefault(folder, Watched())
        if watched.timer is not None:
            watched.timer.cancel()
        loop = asyncio.get_running_loop()
        watched.timer = loop.call_later(pause, lambda: self._later(self._check(folder)))

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(_logged(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _check(self, folder: str) -> None:
        if not self.files.is_used(folder):
            self._tell(folder, ())
            return
        knowledge, diagnosis = await self._diagnosed(folder)
        if self.files.knowledge(folder) is knowledge:
            watched = self.watched[folder]
            watched.knowledge, watched.diagnosis = knowledge, diagnosis
            self._tell(folder, diagnosis.findings)

    async def _diagnosed(self, folder: str) -> tuple[Knowledge, Diagnosis]:
        knowledge = self.files.knowledge(folder)
        desk, loop = self.files.desk(folder), asyncio.get_running_loop()
        work = loop.run_in_executor(self.working, desk.diagnose, knowledge.policy)
        return knowledge, await work

    def _tell(self, folder: str, findings: tuple[Finding, ...]) -> None:
        by_file: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.span is not None:
                by_file.setdefault(finding.span.file, []).append(finding)
        opened = {name for name in self.files.buffers if self.files.folder_of(name) == folder}
        watched = self.watched[folder]
        for name in sorted(watched.told | by_file.keys() | opened):
            diagnostics = [self.diagnostic(each) for each in by_file.get(name, ())]
            buffer = self.files.buffers.get(name)
            version = buffer.version if buffer else None
            told = lsp.PublishDiagnosticsParams(uri_of(name), diagnostics, version)
            self.text_document_publish_diagnostics(told)
        watched.told = set(by_file)

    def diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        """A finding as the editor shows it."""
        assert finding.span is not None, "what has no place is told of no file"
        return lsp.Diagnostic(
            range=self.range_of(finding.span),
            message=finding.message + (f"\n{finding.help}" if finding.help else ""),
            severity=_SEVERITIES[finding.severity],
            code=finding.code.value,
            source="remit",
        )

    # -- testing

    async def run_tests(self, folder: str) -> Run:
        """Run the tests of the policy in a folder, and have the editor show how they came out."""
        knowledge, diagnosis = await self._diagnosed(folder)
        loop = asyncio.get_running_loop()
        run = await loop.run_in_executor(self.working, run_tests, knowledge.policy, diagnosis)
        self.watched.setdefault(folder, Watched()).run = run
        workspace = self.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)
        return run

    def test_soon(self, folder: str) -> None:
        """Run the tests of the policy in a folder, beside everything else."""
        self._later(self._tested(folder))

    async def _tested(self, folder: str) -> None:
        await self.run_tests(folder)


async def _logged(work: Coroutine[object, object, None]) -> None:
    """Do some work; whatever goes wrong, the server goes on."""
    try:
        await work
    except Exception:  # noqa: BLE001  (whatever it is)
        _LOG.exception("a policy could not be worked on")


def name_of(uri: str) -> str:
    """The name under which a file is known: its path, for what has one."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return path or uri


def uri_of(name: str) -> str:
    """The URI of a file."""
    return Path(name).as_uri() if Path(name).is_absolute() else name


def place_of(position: lsp.Position) -> Place:
    """A position of the protocol."""
    return Place(position.line, position.character)
