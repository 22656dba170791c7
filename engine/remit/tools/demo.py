"""The documents policy, some tokens and documents -> a table of decisions, and one explained."""

import sys
import time
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from remit import Engine, VerifiedClaims

_ISSUER = "https://example.eu.auth0.com/"
_AUDIENCE = "https://api.example.com/documents"


def _claims(subject: str, scope: str, roles: list[str], **more: Any) -> VerifiedClaims:  # noqa: ANN401  (claims are of any type)
    now = int(time.time())
    return VerifiedClaims(
        {
            "iss": _ISSUER,
            "aud": [_AUDIENCE, f"{_ISSUER}userinfo"],
            "sub": subject,
            "azp": "web-app",
            "iat": now,
            "exp": now + 86400,
            "scope": scope,
            "roles": roles,
            "tenant": "acme",
        }
        | more
    )


_ALL = "openid profile read:documents write:documents share:documents delete:documents"
_TOKENS = {
    "ann, viewer": _claims("auth0|ann", "openid read:documents write:documents", ["viewer"]),
    "eve, editor": _claims("auth0|eve", _ALL, ["editor"], mfa=True),
    "tom, other tenant": _claims("auth0|tom", _ALL, ["admin"], tenant="other"),
    "nightly job": _claims("job@clients", "read:documents", [], gty="client-credentials", azp="job"),
    "old token": _claims("auth0|eve", _ALL, ["editor"], exp=1311281970),
}
_PLAN = {
    "owner": "auth0|bob",
    "tenant": "acme",
    "classification": "internal",
    "shared_with": ["auth0|ann"],
}
_MERGER = _PLAN | {"classification": "secret", "shared_with": []}
_QUESTIONS = (
    ("ann, viewer", "read", "plan", _PLAN),
    ("ann, viewer", "write", "plan", _PLAN),
    ("ann, viewer", "share", "plan", _PLAN),
    ("ann, viewer", "read", "merger", _MERGER),
    ("eve, editor", "read", "merger", _MERGER),
    ("eve, editor", "delete", "plan", _PLAN),
    ("tom, other tenant", "read", "plan", _PLAN),
    ("nightly job", "read", "plan", _PLAN),
    ("old token", "read", "plan", _PLAN),
    ("no token", "read", "plan", _PLAN),
)

_NEXT = """
What to try next:
  .venv/bin/remit test {path}
  .venv/bin/remit explain {path} --action write --token {path}/ann.json \\
      --resource {path}/plan.json --at 2026-11-23T12:00Z
  and change a rule in {path}/documents.remit, then run `make demo` again."""


def main(path: str) -> None:
    """Decide the questions by the policy at `path`, and print what came out."""
    console = Console()
    engine = Engine.load(path)
    table = Table(title=f"Decisions by {path}", box=SIMPLE)
    for column in ("who", "asks", "answer", "token · scope · permission · rules, and why"):
        table.add_column(column, overflow="fold")
    for who, action, name, document in _QUESTIONS:
        claims = _TOKENS.get(who)
        principal = None if claims is None else engine.principal(claims)
        decision = engine.decide(principal, action, ("Document", document))
        answer = "[green]allow[/]" if decision.allowed else "[red]deny[/]"
        layers = " · ".join(decision.layers)
        table.add_row(who, f"{action} {name}", answer, f"{layers}\n{decision.reason}")
    console.print(table)
    console.print("\nWhy may ann not read the merger?\n", style="bold")
    ann = engine.principal(_TOKENS["ann, viewer"])
    console.print(str(engine.explain(ann, "read", ("Document", _MERGER))), markup=False, highlight=False)
    console.print("\nWhat would let her:\n", style="bold")
    console.print(str(engine.fix(ann, "read", ("Document", _MERGER))), markup=False, highlight=False)
    console.print("\nWhat an API answers, where she asks to share what she owns:\n", style="bold")
    own = ("Document", _PLAN | {"owner": "auth0|ann"})
    challenge = engine.challenge(engine.principal(_TOKENS["ann, viewer"]), "share", own)
    assert challenge is not None, "she lacks the scope"
    console.print(f"  {challenge.status}", markup=False, highlight=False)
    for value in challenge.headers(realm="documents"):
        console.print(f"  WWW-Authenticate: {value}", markup=False, highlight=False, soft_wrap=True)
    console.print(_NEXT.format(path=path), markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main(sys.argv[1])
