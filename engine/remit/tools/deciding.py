"""`remit decide`: one request, and the answer with its reason."""

from collections.abc import Iterator

import orjson
import typer

from remit.decider.decision import Decision, Login, plain
from remit.tools.colours import answers, say
from remit.tools.inputs import UNVERIFIED, caller, loaded, note_action, read_request
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


def decide(  # noqa: PLR0913, PLR0917  (a request has these parts)
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
    """Decide one request, and say why.

    Example: remit decide policies/documents --action read --token ann.json --resource plan.json
    """
    request = read_request(token, resource, context, parameters, at)
    engine = loaded(path)
    note_action(engine, action, request)
    who = caller(engine, request)
    decision = engine.decide(
        who,
        action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )
    if as_json:
        print_json(decision.record())
    else:
        say("\n".join(lines(decision)), answers)
        if request.unverified:
            print(f"  {UNVERIFIED}")
    raise typer.Exit(ALLOWED if decision.allowed else DENIED)


def lines(decision: Decision) -> Iterator[str]:
    """The answer, its reason, what each layer says, and what is owed or missing."""
    yield f"{'allow' if decision.allowed else 'deny'}: {decision.reason}"
    for name, verdict in decision.layers._asdict().items():
        yield f"  {name:<11} {verdict}"
    for denial in decision.denials[1:]:
        yield f"  also: {denial.message}"
    for denial in decision.denials:
        if denial.login is not None:
            yield f"  the login must be: {_login(denial.login)}"
    for obligation in decision.obligations:
        yield f"  obliges to {obligation.name}: {orjson.dumps(plain(obligation.values)).decode()}"
    if decision.missing_scopes:
        yield f"  missing scopes: {', '.join(decision.missing_scopes)}"
    if decision.missing_roles:
        yield f"  any of these roles would help: {', '.join(decision.missing_roles)}"


def _login(login: Login) -> str:
    kinds = f"one of {', '.join(login.acr_values)}" if login.acr_values else ""
    age = f"no older than {login.max_age:g} s" if login.max_age is not None else ""
    return ", ".join(filter(None, (kinds, age)))
