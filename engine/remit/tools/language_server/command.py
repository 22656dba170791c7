"""`remit lsp`: the language server, on standard input and output."""

from importlib.metadata import version

from remit.tools.inputs import BadInput


def lsp() -> None:
    """Serve an editor that speaks the Language Server Protocol, on standard input and output.

    An editor starts this by itself, once it is told to for files that end in .remit. It ends with the
    editor.

    Example: remit lsp < messages, or command = "remit", args = ["lsp"] in Helix's languages.toml
    """
    try:
        # An editor's protocol is for those who have one: the other commands need not wait for it.
        from remit.tools.language_server.answers import served  # noqa: PLC0415
    except ImportError:
        raise BadInput("the language server needs its extra: pip install 'remit[lsp]'") from None
    served(version("remit")).start_io()
