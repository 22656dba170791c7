"""One condition about one resource, judged in every way there is: by what is emitted, and by the trace.

The condition stands in two permits of a policy, plain and under `not`: it is true where the first
allows, false where the second does, and an error where neither.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from remit import Engine, Principal, VerifiedClaims
from remit.syntax.parser import parse
from remit.syntax.source import inspect
from remit.syntax.tree import Document
from tests.interpreter import interpret

Truth = bool | None
NOW = 1_782_000_000.0  # 2026-06-21, 00:00 UTC, a Sunday
ISSUER, OTHER = "https://one.example.com/", "https://two.example.com/"
AUDIENCE = "https://api.example.com/things"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "auth0|ann",
    "azp": "web",
    "exp": NOW + 1e9,
    "scope": "read",
    "permissions": ["read"],
}
CLIENT: dict[str, Any] = CLAIMS | {"sub": "web@clients", "gty": "client-credentials"}
UNKNOWN: dict[str, Any] = CLAIMS | {"sub": "opaque"}


def names_in(fields: str) -> list[str]:
    """The names of the fields themselves, without those inside their types and defaults."""
    depth, outer = 0, ""
    for sign in fields:
        depth -= sign in "}>"
        outer += "" if depth else sign
        depth += sign in "{<"
    return re.findall(r"(\w+)\??:", outer)


def text(fields: str, condition: str, *, before: str = "", issuers: int = 1) -> str:
    # Both outcomes of the condition permit something, so hiding any member would help.
    assumed = f"assume {', '.join(names_in(fields))}" if names_in(fields) else ""
    trusted = [f'issuer "{issuer}" profile auth0' for issuer in (ISSUER, OTHER)[:issuers]]
    return f"""
api things {{
  audience "{AUDIENCE}"
  {" ".join(trusted)}
  scope read, write
  role reader grants read
}}
{before}
resource R {{
  {fields}
  {assumed}
  action yes, no needs nothing
  permit yes to anyone when {condition}
  permit no to anyone unless {condition}
}}
"""


@cache
def engine_of(policy: str) -> Engine:
    return Engine.from_text(policy, clock=lambda: NOW)


@cache
def document_of(policy: str) -> Document:
    return parse(inspect("policy.remit", policy)[0])[0]


Judge = Callable[[str, "Question"], Truth]


class Question:
    """What is asked about: a resource, by whom, when, and in which surroundings."""

    def __init__(
        self,
        resource: Mapping[str, object],
        claims: Mapping[str, object] | None = None,
        *,
        context: Mapping[str, object] | None = None,
        now: float = NOW,
    ) -> None:
        self.resource = dict(resource)
        self.claims = claims
        self.context = context
        self.now = now


def who(engine: Engine, claims: Mapping[str, object] | None) -> Principal | None:
    if claims is None:
        return None
    made = engine.principal(VerifiedClaims(claims))
    assert made.problem is None
    return made


def told(yes: object, no: object) -> Truth:
    assert not (yes and no)
    return True if yes else False if no else None


def emitted(policy: str, asked: Question) -> Truth:
    engine = engine_of(policy)
    caller, thing = who(engine, asked.claims), ("R", asked.resource)
    return told(
        *(
            engine.allows(caller, action, thing, context=asked.context, now=asked.now)
            for action in ("yes", "no")
        )
    )


def decided(policy: str, asked: Question) -> Truth:
    engine = engine_of(policy)
    caller, thing = who(engine, asked.claims), ("R", asked.resource)
    return told(
        *(
            engine.decide(caller, action, thing, context=asked.context, now=asked.now).allowed
            for action in ("yes", "no")
        )
    )


def traced(policy: str, asked: Question) -> Truth:
    engine = engine_of(policy)
    caller, thing = who(engine, asked.claims), ("R", asked.resource)
    explained = engine.explain(caller, "yes", thing, context=asked.context, now=asked.now)
    return explained.rules[0].step.truth


def interpreted(policy: str, asked: Question) -> Truth:
    document = document_of(policy)
    return told(
        *(
            interpret(
                document,
                asked.claims,
                action,
                "R",
                asked.resource,
                context=asked.context,
                now=asked.now,
            ).allowed
            for action in ("yes", "no")
        )
    )


# Every judge of a condition; one more is one more name here.
JUDGES: tuple[Judge, ...] = (emitted, decided, traced, interpreted)


def truth(policy: str, asked: Question, judges: tuple[Judge, ...] = JUDGES) -> Truth:
    """What all the judges say; that they agree is asserted."""
    answers = {judge.__name__: judge(policy, asked) for judge in judges}
    assert len(set(answers.values())) == 1, answers
    return next(iter(answers.values()))
