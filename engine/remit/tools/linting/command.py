"""`remit lint`: what is doubtful in policies, and the edits that mend it."""

from pathlib import Path
from typing import Annotated

import typer

from remit.diagnostics import Severity
from remit.tools.inputs import BadInput
from remit.tools.options import AsJson
from remit.tools.suggesting import lint_codes, policies, which_policy
from remit.tools.terminal import DENIED, counted, refusal, stop, waiting

PolicyPaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH...",
        help="A .remit file, a folder of them, or of such folders.",
        show_default=False,
        autocompletion=policies,
    ),
]
Mend = Annotated[
    bool, typer.Option("--fix", help="Mend what can be mended without changing a decision.")
]
ShowDiff = Annotated[bool, typer.Option("--diff", help="Write nothing; show what --fix would change.")]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODES",
        help="Only these: L205, L2 for all that begin so, names.",
        autocompletion=lint_codes,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="CODES", help="All but these; as --select.", autocompletion=lint_codes
    ),
]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="CODE",
        help="Say what a code is about, with examples.",
        autocompletion=lint_codes,
    ),
]
ListCodes = Annotated[bool, typer.Option("--list", help="List all codes.")]
SarifFile = Annotated[
    Path | None,
    typer.Option("--sarif", metavar="FILE", help="Write what code hosts read (SARIF 2.1.0)."),
]


def lint_policies(  # noqa: PLR0913  (the options of one command)
    paths: PolicyPaths = None,
    *,
    fix: Mend = False,
    diff: ShowDiff = False,
    select: Select = None,
    ignore: Ignore = None,
    explain: Explain = None,
    list_codes: ListCodes = False,
    sarif_file: SarifFile = None,
    as_json: AsJson = False,
) -> None:
    """Report what is most likely a slip, though it has a meaning.

    --fix mends what it can; a comment `# lint: allow L205 because ...` lets a finding stand.

    Example: remit lint policies --fix
    """
    # The other commands do without the linter, and start sooner for it.
    from remit.linter.catalogue import explained  # noqa: PLC0415  (as said above)
    from remit.tools.linting import looking, telling  # noqa: PLC0415  (likewise)

    if list_codes:
        telling.list_codes(as_json=as_json)
        return
    if explain is not None:
        print(explained(looking.one_code(explain)))
        return
    if not paths:
        raise BadInput(which_policy())
    codes = looking.codes_of(select, ignore)
    with waiting("linting"):
        found = looking.look(paths, codes, mend=fix or diff)
    if fix and not diff:
        telling.write_mended(found)
    telling.tell(found, diff=diff, as_json=as_json)
    if sarif_file is not None:
        telling.write_log(sarif_file, found)
    if found.errors:
        errors = sum(1 for each in found.errors if each.severity is Severity.ERROR)
        stop(refusal(found.errors), counted(errors, "error"), quiet=as_json)
    if found.findings or (diff and found.mended):
        raise typer.Exit(DENIED)
