"""The command line: the commands, each from the module that it is in, and what becomes of a failure."""

import gc
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Final

try:
    import typer

    from remit.tools.checking import check, compile_policy
    from remit.tools.colours import findings, say
    from remit.tools.deciding import decide
    from remit.tools.explaining.command import explain
    from remit.tools.failing import failure
    from remit.tools.formatting import format_files
    from remit.tools.language_server.command import lsp
    from remit.tools.linting.command import lint_policies
    from remit.tools.mutating.command import mutate
    from remit.tools.overview.command import draw, show_matrix, show_scopes
    from remit.tools.repl.command import converse
    from remit.tools.serving import show_routes
    from remit.tools.starting.command import start
    from remit.tools.terminal import ALLOWED, BAD_INPUT, CODES
    from remit.tools.testing.command import run_tests
except ImportError:
    print("the command line needs its extra: pip install 'remit[cli]'", file=sys.stderr)
    sys.exit(2)

_WRITING, _ASKING, _RUNNING = "Writing", "Asking", "Running"
_SELDOM = (50_000, 20, 20)

app = typer.Typer(
    name="remit",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

_COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "new": start,
    "check": check,
    "fmt": format_files,
    "lint": lint_policies,
    "lsp": lsp,
    "test": run_tests,
    "mutate": mutate,
    "repl": converse,
    "decide": decide,
    "explain": explain,
    "matrix": show_matrix,
    "scopes": show_scopes,
    "graph": draw,
    "compile": compile_policy,
    "routes": show_routes,
}
_PANELS: Final = {
    **dict.fromkeys(["repl", "decide", "explain", "matrix", "scopes", "graph"], _ASKING),
    **dict.fromkeys(["compile", "routes"], _RUNNING),
}
"""Where a command stands in the help; what is not here is for writing policies."""

for name, command in _COMMANDS.items():
    panel = _PANELS.get(name, _WRITING)
    app.command(name, epilog=CODES, rich_help_panel=panel)(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"remit {metadata.version('remit')}")
        raise typer.Exit


@app.callback(epilog=CODES)
def introduce(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Write policies for an API that takes access tokens, test them, and ask them questions.

    Example: remit new orders --issuer auth0, then remit test orders/policy --coverage
    """
    del version


def guarded(run: Callable[[], None]) -> int:
    """Run the command line; every failure becomes a line and an exit code, never a traceback."""
    try:
        run()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    except (KeyboardInterrupt, BrokenPipeError):
        return BAD_INPUT
    except Exception as error:  # noqa: BLE001  (a person at a terminal has no use for a traceback)
        code, said = failure(error)
        say(said, findings, stream=sys.stderr)
        return code
    return ALLOWED


def main() -> None:
    """Entry point of the console script."""
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)  # what a policy is made into is kept to the end: a third of the time
    try:
        code = guarded(app)
    finally:
        gc.set_threshold(*usual)
    sys.exit(code)
