"""`remit explain`: one request, how every rule came out, and what would change the answer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.tools.inputs import BadInput, note_action, read_request, validated
from remit.tools.options import (
    AsJson,
    At,
    ContextFile,
    ParametersFile,
    PolicyPath,
    ResourceFile,
    TokenFile,
)
from remit.tools.suggesting import actions
from remit.tools.terminal import ALLOWED, DENIED, print_json, waiting

if TYPE_CHECKING:
    from remit.tools.explaining.explained import Explained, Policy
    from remit.tools.explaining.recorded import Difference, Recorded

AskedAction = Annotated[
    str | None,
    typer.Option(
        "--action",
        metavar="NAME",
        help="The action asked for; not needed with --why.",
        autocompletion=actions,
    ),
]
RecordFile = Annotated[
    Path | None,
    typer.Option(
        "--why",
        metavar="RECORD",
        help="JSON: a decision as a service logged it (`Decision.record()`, `remit decide --json`): "
        "say what it means. With --action and the request beside it, decide that again.",
    ),
]
PageFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page for a browser as well.")
]


def explain(  # noqa: PLR0913, PLR0917  (as decide)
    path: PolicyPath,
    action: AskedAction = None,
    token: TokenFile = None,
    resource: ResourceFile = None,
    context: ContextFile = None,
    parameters: ParametersFile = None,
    at: At = None,
    *,
    why: RecordFile = None,
    html: PageFile = None,
    as_json: AsJson = False,
) -> None:
    """Decide one request, and show how every rule came out, where it stands, and what would change it.

    Example: remit explain policy/ --action write --token claims.json --resource document.json

    remit explain policy/ --action read --token - --at 2026-11-23T12:00Z

    remit explain policy/ --why record.json
    """
    # What takes a while to import is imported here: other commands do without it.
    from remit.tools.explaining import recorded  # noqa: PLC0415  (as said)
    from remit.tools.explaining.explained import explained, read_policy  # noqa: PLC0415  (as said)

    if action is None and (why is None or html or token or resource or context or parameters):
        raise BadInput("say with --action what to decide")
    record = None if why is None else validated(recorded.Recorded, why)
    with waiting("loading"):
        policy = read_policy(path)
    told = None
    if action is not None:
        request = read_request(token, resource, context, parameters, at)
        note_action(policy.engine, action, request)
        with waiting("looking for what would change it"):
            told = explained(policy, action, request)
    differs = None
    if record is not None and told is not None:
        differs = recorded.differences(record, told.explanation.decision)
    again = [] if differs is None else recorded.summary(differs)
    if html is not None and told is not None:
        from remit.tools.explaining.page import page  # noqa: PLC0415  (brings pygments)
        from remit.tools.pages import write_file  # noqa: PLC0415  (as said)

        write_file(html, page(told, again).encode())
    if as_json:
        print_json(_record(policy, record, told, differs))
    else:
        _show(policy, record, told, again)
    allowed = (record is None or record.allowed) and (told is None or told.explanation.allowed)
    raise typer.Exit(ALLOWED if allowed and not differs else DENIED)


def _show(
    policy: "Policy", record: "Recorded | None", told: "Explained | None", again: Sequence[str]
) -> None:
    from remit.tools.explaining import recorded, report  # noqa: PLC0415  (as above)

    lines = [] if record is None else [*recorded.lines(record, policy)]
    lines += again
    lines += [] if told is None else [*report.lines(told)]
    report.show(lines)


def _record(
    policy: "Policy",
    record: "Recorded | None",
    told: "Explained | None",
    differs: "list[Difference] | None",
) -> Any:  # noqa: ANN401  (JSON is of any type)
    from remit.tools.explaining import recorded, report  # noqa: PLC0415  (as above)

    again = None if told is None else report.record(told)
    if record is None:
        return again
    different = None if differs is None else [each._asdict() for each in differs]
    return {**recorded.as_record(record, policy), "again": again, "differs": different}
