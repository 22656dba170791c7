"""The command line: the commands, each from the module that it is in, and what becomes of a failure."""

import sys
from collections.abc import Callable
from typing import Final

from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.tools.inputs import BadInput

try:
    import typer

    from remit.tools.checking import check, compile_policy
    from remit.tools.deciding import decide
    from remit.tools.explaining.command import explain
    from remit.tools.formatting import format_files
    from remit.tools.linting.command import lint_policies
    from remit.tools.mutating.command import mutate
    from remit.tools.serving import show_routes
    from remit.tools.terminal import ALLOWED, BAD_INPUT, BAD_POLICY, CODES
    from remit.tools.testing.command import run_tests
except ImportError:
    print("the command line needs its extra: pip install 'remit[cli]'", file=sys.stderr)
    sys.exit(2)

app = typer.Typer(
    name="remit",
    help="Check policies and the applications that they guard, run tests, explain single requests."
    + CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

_COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "check": check,
    "test": run_tests,
    "mutate": mutate,
    "fmt": format_files,
    "lint": lint_policies,
    "compile": compile_policy,
    "decide": decide,
    "explain": explain,
    "routes": show_routes,
}

for name, command in _COMMANDS.items():
    app.command(name, epilog=CODES)(command)


def guarded(run: Callable[[], None]) -> int:
    """Run the command line; every failure becomes a line and an exit code, never a traceback."""
    try:
        run()
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD_POLICY
    except (BundleError, ConfigurationError) as error:
        print(f"policy refused\nerror: {error}", file=sys.stderr)
        return BAD_POLICY
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    except (KeyboardInterrupt, BrokenPipeError):
        return BAD_INPUT
    except Exception as error:  # noqa: BLE001  (a person at a terminal has no use for a traceback)
        print(f"error: internal fault ({type(error).__name__}); please report it", file=sys.stderr)
        return BAD_INPUT
    return ALLOWED


def main() -> None:
    """Entry point of the console script."""
    sys.exit(guarded(app))
