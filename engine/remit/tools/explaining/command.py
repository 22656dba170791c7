"""`remit explain`: one request, how every rule came out, and what would change the answer."""

from pathlib import Path
from typing import Annotated

import typer

from remit.tools.explaining import report
from remit.tools.explaining.explained import explained, read_policy
from remit.tools.inputs import read_request
from remit.tools.options import (
    ActionName,
    AsJson,
    At,
    ContextFile,
    ParametersFile,
    PolicyPath,
    ResourceFile,
    TokenFile,
)
from remit.tools.pages import write_file
from remit.tools.terminal import ALLOWED, DENIED, print_json

PageFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page for a browser as well.")
]


def explain(  # noqa: PLR0913, PLR0917  (as decide)
    path: PolicyPath,
    action: ActionName,
    token: TokenFile = None,
    resource: ResourceFile = None,
    context: ContextFile = None,
    parameters: ParametersFile = None,
    at: At = None,
    *,
    html: PageFile = None,
    as_json: AsJson = False,
) -> None:
    """Decide one request, and show how every rule came out."""
    policy = read_policy(path)
    told = explained(policy, action, read_request(token, resource, context, parameters, at))
    if html is not None:
        from remit.tools.explaining.page import page  # noqa: PLC0415  (brings pygments)

        write_file(html, page(told).encode())
    if as_json:
        print_json(report.record(told))
    else:
        for line in report.lines(told):
            print(line)
    raise typer.Exit(ALLOWED if told.explanation.allowed else DENIED)
