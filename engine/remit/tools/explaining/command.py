"""`remit explain`: one request, how every rule came out, and what would change the answer."""

import typer

from remit.decider.engine import Engine
from remit.tools.inputs import caller, read_request
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
from remit.tools.terminal import ALLOWED, DENIED, print_json


def explain(  # noqa: PLR0913, PLR0917  (as decide)
    path: PolicyPath,
    action: ActionName,
    token: TokenFile = None,
    resource: ResourceFile = None,
    context: ContextFile = None,
    parameters: ParametersFile = None,
    at: At = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Decide one request, and show how every rule came out."""
    engine = Engine.load(path)
    request = read_request(token, resource, context, parameters, at)
    who = caller(engine, request)
    explanation = engine.explain(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    fixes = engine.fix(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    if as_json:
        print_json({**explanation.record(), "fix": fixes.record()})
    else:
        print(explanation)
        if not explanation.allowed:
            print(f"what would change it:\n{fixes}")
    raise typer.Exit(ALLOWED if explanation.allowed else DENIED)
