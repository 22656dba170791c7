"""Requests of the Language Server Protocol -> answers, each from the module that knows it."""

import asyncio
from collections.abc import Iterable

from lsprotocol import types as lsp

from remit.spans import Span
from remit.tools.language_server import colouring, completing, formatting, hovering, outline, signing
from remit.tools.language_server.mending import Mending, mendings
from remit.tools.language_server.outline import Entry
from remit.tools.language_server.positions import Encoding, units
from remit.tools.language_server.protocol import Declined
from remit.tools.language_server.renaming import Refused, nameable, rename
from remit.tools.language_server.server import PolicyServer, name_of, place_of, uri_of
from remit.tools.language_server.symbols import Sort
from remit.tools.language_server.testing import Run

RUN_TESTS = "remit.runTests"
_LEGEND = lsp.SemanticTokensLegend(token_types=list(colouring.KINDS), token_modifiers=[])
_SYMBOLS = {
    Sort.SCOPE: lsp.SymbolKind.EnumMember,
    Sort.ROLE: lsp.SymbolKind.EnumMember,
    Sort.CLIENT: lsp.SymbolKind.EnumMember,
    Sort.RESOURCE: lsp.SymbolKind.Class,
    Sort.TYPE: lsp.SymbolKind.TypeParameter,
    Sort.VALUE: lsp.SymbolKind.Constant,
    Sort.CLAIM: lsp.SymbolKind.Field,
    Sort.CONTEXT: lsp.SymbolKind.Field,
    Sort.ATTRIBUTE: lsp.SymbolKind.Field,
    Sort.RELATION: lsp.SymbolKind.Function,
    Sort.ACTION: lsp.SymbolKind.Method,
    Sort.CALLER: lsp.SymbolKind.Variable,
    Sort.THING: lsp.SymbolKind.Variable,
    Sort.RULE: lsp.SymbolKind.Event,
    Sort.TEST: lsp.SymbolKind.Module,
    Sort.FIXTURES: lsp.SymbolKind.Module,
}
_PROPOSED = {
    completing.KEYWORD: lsp.CompletionItemKind.Keyword,
    completing.FUNCTION: lsp.CompletionItemKind.Function,
    completing.CONSTANT: lsp.CompletionItemKind.Constant,
    Sort.SCOPE: lsp.CompletionItemKind.EnumMember,
    Sort.ROLE: lsp.CompletionItemKind.EnumMember,
    Sort.CLIENT: lsp.CompletionItemKind.EnumMember,
    Sort.GROUP: lsp.CompletionItemKind.EnumMember,
    Sort.RESOURCE: lsp.CompletionItemKind.Class,
    Sort.TYPE: lsp.CompletionItemKind.TypeParameter,
    Sort.ACTION: lsp.CompletionItemKind.Method,
    Sort.RELATION: lsp.CompletionItemKind.Function,
    Sort.VALUE: lsp.CompletionItemKind.Constant,
}


def served(version: str) -> PolicyServer:
    """A server that answers all that it can."""
    server = PolicyServer(version)
    _follow_files(server)
    _say_what_it_is(server)
    _go_places(server)
    _help_writing(server)
    _change_text(server)
    _show_beside(server)
    _run_tests(server)
    return server


def _follow_files(server: PolicyServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(ls: PolicyServer, _params: lsp.InitializeParams) -> None:
        ls.files.encoding = Encoding(ls.workspace.position_encoding or Encoding.UTF16)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: PolicyServer, params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        ls.files.open(name_of(document.uri), document.text, document.version)
        ls.touch(ls.folder_of(document.uri), 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: PolicyServer, params: lsp.DidChangeTextDocumentParams) -> None:
        name = name_of(params.text_document.uri)
        for change in params.content_changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start, end = place_of(change.range.start), place_of(change.range.end)
                ls.files.change(name, start, end, change.text)
            else:
                ls.files.open(name, change.text, None)
        ls.files.buffers[name].version = params.text_document.version
        ls.touch(ls.folder_of(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: PolicyServer, params: lsp.DidSaveTextDocumentParams) -> None:
        ls.test_soon(ls.folder_of(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: PolicyServer, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.files.close(name_of(params.text_document.uri))
        ls.touch(ls.folder_of(params.text_document.uri), 0)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def moved(ls: PolicyServer, _params: lsp.DidChangeWatchedFilesParams) -> None:
        for folder in ls.files.folders:
            ls.files.forget(folder)
            ls.touch(folder)


def _say_what_it_is(server: PolicyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(ls: PolicyServer, params: lsp.HoverParams) -> lsp.Hover | None:
        found = hovering.hover(*ls.asked(params.text_document.uri, params.position))
        return found and lsp.Hover(_markdown(found.text), ls.range_of(found.span))

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpOptions(trigger_characters=["(", ","])
    )
    def signature(ls: PolicyServer, params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        found = signing.signature(*ls.asked(params.text_document.uri, params.position))
        if found is None:
            return None
        parts = [lsp.ParameterInformation(each) for each in found.parameters]
        shape = lsp.SignatureInformation(found.shape, _markdown(found.said), parts)
        return lsp.SignatureHelp([shape], 0, found.active)


def _markdown(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


def _go_places(server: PolicyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(ls: PolicyServer, params: lsp.DefinitionParams) -> list[lsp.Location]:
        knowledge, file, offset = ls.asked(params.text_document.uri, params.position)
        found = knowledge.at(file, offset)
        places = knowledge.declarations(found.symbols) if found else ()
        return [ls.location_of(each.span) for each in places]

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(ls: PolicyServer, params: lsp.ReferenceParams) -> list[lsp.Location]:
        knowledge, file, offset = ls.asked(params.text_document.uri, params.position)
        found = knowledge.at(file, offset)
        places = knowledge.references(found.symbols) if found else ()
        wanted = params.context.include_declaration
        return [ls.location_of(each.span) for each in places if wanted or not each.declares]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(ls: PolicyServer, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        knowledge, file, offset = ls.asked(params.text_document.uri, params.position)
        found = knowledge.at(file, offset)
        places = knowledge.references(found.symbols) if found else ()
        spans = [each.span for each in places if each.span.file == file]
        return [lsp.DocumentHighlight(ls.range_of(span)) for span in spans]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(ls: PolicyServer, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        knowledge, name = ls.known(params.text_document.uri)
        return [_symbol(ls, entry) for entry in outline.outline(knowledge.policy, name)]

    @server.feature(lsp.WORKSPACE_SYMBOL)
    def search(ls: PolicyServer, params: lsp.WorkspaceSymbolParams) -> list[lsp.SymbolInformation]:
        return [
            lsp.SymbolInformation(
                ls.location_of(entry.named), entry.name, _SYMBOLS[entry.sort], container_name=around
            )
            for folder in ls.files.folders
            for entry, around in outline.search(ls.files.knowledge(folder).policy, params.query)
        ]


def _symbol(ls: PolicyServer, entry: Entry) -> lsp.DocumentSymbol:
    return lsp.DocumentSymbol(
        name=entry.name or "?",
        kind=_SYMBOLS[entry.sort],
        range=ls.range_of(entry.span),
        selection_range=ls.range_of(entry.named),
        detail=entry.detail,
        children=[_symbol(ls, each) for each in entry.inside],
    )


def _help_writing(server: PolicyServer) -> None:
    options = lsp.CompletionOptions(trigger_characters=[".", ":", '"', " "])

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)
    def completion(ls: PolicyServer, params: lsp.CompletionParams) -> lsp.CompletionList:
        found = completing.complete(*ls.asked(params.text_document.uri, params.position))
        place = ls.range_of(found.span)
        items = [
            lsp.CompletionItem(
                label=each.label,
                kind=_PROPOSED.get(each.what, lsp.CompletionItemKind.Field),
                detail=each.detail or each.what,
                sort_text=f"{each.what == completing.KEYWORD:d}{number:05}",
                text_edit=lsp.TextEdit(place, each.text or each.label),
            )
            for number, each in enumerate(found.items)
        ]
        return lsp.CompletionList(not found.complete, items)

    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix])

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def actions(ls: PolicyServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        knowledge, name = ls.known(params.text_document.uri)
        watched = ls.watched.get(ls.folder_of(params.text_document.uri))
        if watched is None or watched.diagnosis is None or watched.knowledge is not knowledge:
            return []
        found = watched.diagnosis
        lines = ls.files.lines(name)
        start, end = (lines.offset(place_of(p)) for p in (params.range.start, params.range.end))
        return [
            _action(ls, mending)
            for finding in found.findings
            if finding.span and finding.span.file == name
            if finding.span.start <= end and start <= finding.span.end
            for mending in mendings(finding, lines.text, found.edits.get(finding, ()))
        ]


def _action(ls: PolicyServer, mending: Mending) -> lsp.CodeAction:
    return lsp.CodeAction(
        title=mending.title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[ls.diagnostic(mending.finding)],
        is_preferred=mending.sure,
        edit=_edit(ls, [(edit.span, edit.replacement) for edit in mending.edits]),
    )


def _edit(ls: PolicyServer, edits: Iterable[tuple[Span, str]]) -> lsp.WorkspaceEdit:
    changes: dict[str, list[lsp.TextEdit]] = {}
    for span, new in edits:
        changes.setdefault(uri_of(span.file), []).append(lsp.TextEdit(ls.range_of(span), new))
    return lsp.WorkspaceEdit(changes=changes)


def _change_text(server: PolicyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    async def lay_out(
        ls: PolicyServer, params: lsp.DocumentFormattingParams
    ) -> list[lsp.TextEdit] | None:
        return await _laid_out(ls, params.text_document.uri, None)

    @server.feature(lsp.TEXT_DOCUMENT_RANGE_FORMATTING)
    async def lay_out_part(
        ls: PolicyServer, params: lsp.DocumentRangeFormattingParams
    ) -> list[lsp.TextEdit] | None:
        return await _laid_out(ls, params.text_document.uri, params.range)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare(ls: PolicyServer, params: lsp.PrepareRenameParams) -> lsp.Range:
        try:
            found = nameable(*ls.asked(params.text_document.uri, params.position))
        except Refused as refusal:
            raise Declined(str(refusal)) from None
        return ls.range_of(found.span)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(ls: PolicyServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        asked = ls.asked(params.text_document.uri, params.position)
        try:
            return _edit(ls, rename(*asked, params.new_name).items())
        except Refused as refusal:
            raise Declined(str(refusal)) from None


async def _laid_out(ls: PolicyServer, uri: str, part: lsp.Range | None) -> list[lsp.TextEdit] | None:
    """The edits for a file or a part of it; None where it was changed meanwhile."""
    _, name = ls.known(uri)
    lines = ls.files.lines(name)
    span = Span(name, 0, len(lines.text))
    if part is not None:
        start, end = lines.offset(place_of(part.start)), lines.offset(place_of(part.end))
        span = Span(name, start, end)
    loop = asyncio.get_running_loop()
    edits = await loop.run_in_executor(ls.working, formatting.edits, lines.text, span)
    if ls.files.lines(name).text != lines.text:
        return None
    return [lsp.TextEdit(ls.range_of(place), new) for place, new in edits]


def _show_beside(server: PolicyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folds(ls: PolicyServer, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        knowledge, name = ls.known(params.text_document.uri)
        lines, file = ls.files.lines(name), knowledge.policy.files[name]
        places = [(lines.place(a).line, lines.place(b).line) for a, b in outline.folds(file)]
        return [lsp.FoldingRange(start, end - 1) for start, end in places if start < end - 1]

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, _LEGEND)
    def colours(ls: PolicyServer, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        knowledge, name = ls.known(params.text_document.uri)
        lines = ls.files.lines(name)
        data: list[int] = []
        line = column = 0
        for part in colouring.coloured(knowledge, name):
            place = lines.place(part.start)
            along = place.column - column if place.line == line else place.column
            length = units(lines.text[part.start : part.end], lines.encoding)
            data += [place.line - line, along, length, colouring.KINDS.index(part.kind), 0]
            line, column = place
        return lsp.SemanticTokens(data)


def _run_tests(server: PolicyServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensOptions())
    def lenses(ls: PolicyServer, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        uri = params.text_document.uri
        knowledge, name = ls.known(uri)
        watched = ls.watched.get(ls.folder_of(uri))
        run = None if watched is None else watched.run
        return [
            lsp.CodeLens(ls.range_of(place), lsp.Command(said, RUN_TESTS, arguments=[uri]))
            for place, said in outline.tests(knowledge.policy, name, run)
        ]

    @server.command(RUN_TESTS)
    async def run(ls: PolicyServer, uri: str) -> dict[str, object]:
        return _told(await ls.run_tests(ls.folder_of(uri)))


def _told(run: Run) -> dict[str, object]:
    """What came of a run, as plain data."""
    failed = [result for outcome in run.outcomes for result in outcome.failed]
    return {
        "passed": sum(outcome.passed for outcome in run.outcomes),
        "failed": [f"{each.test}: {each.text}: {each.problem}" for each in failed],
        "refusal": run.refusal,
    }
