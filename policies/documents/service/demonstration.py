"""A request that is only asked about -> what it would be answered, and why: for the page.

A real service has nothing of this: it gives tokens to whoever comes, and tells the policy, the document
and the token to everybody. A policy's author sees the same by `remit explain`.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal, NamedTuple

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from starlette.middleware.trustedhost import TrustedHostMiddleware

from policies.documents.service.api import Database, load
from policies.documents.service.issuer import LOOPBACK, Issuer
from policies.documents.service.models import Document
from policies.documents.service.people import PEOPLE
from remit import Explanation, Principal
from remit.hosts.answers import Answer, Refusal
from remit.hosts.guard import Guard
from remit.hosts.requests import from_scope

Action = Literal["read", "write", "share", "delete"]


class Sent(NamedTuple):
    """The request of an action, `path` behind that of the document; and the status where it is done."""

    method: str
    path: str
    status: HTTPStatus


REQUESTS: Final[dict[Action, Sent]] = {
    "read": Sent("GET", "", HTTPStatus.OK),
    "write": Sent("PUT", "", HTTPStatus.OK),
    "share": Sent("POST", "/shares", HTTPStatus.NO_CONTENT),
    "delete": Sent("DELETE", "", HTTPStatus.NO_CONTENT),
}
PAGE: Final = Path(__file__).parent / "page.html"


def install(app: FastAPI, guard: Guard, issuer: Issuer, policy: Path) -> None:
    """Add the page, and the two endpoints that it asks. `policy` is what the engine was loaded from."""
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)
    doors = {action: guard.endpoint(action, Document, load) for action in REQUESTS}
    text = policy.read_text(encoding="utf-8")

    page = PAGE.read_text(encoding="utf-8")

    @app.get("/", include_in_schema=False)
    def show() -> HTMLResponse:
        return HTMLResponse(page, headers=headers(page))

    @app.get("/choices", include_in_schema=False)
    def choices(session: Database) -> dict[str, object]:
        """Everybody's token, and every document: for demonstrations only."""
        rows = session.scalars(select(Document).order_by(Document.id))
        people = [
            {
                "name": name,
                "about": person.about,
                "token": issuer.token(name),
                "claims": {key: value for key, value in person.claims.items() if key != "aud"},
            }
            for name, person in PEOPLE.items()
        ]
        return {
            "people": people,
            "documents": [_attributes(row) for row in rows],
            "actions": list(REQUESTS),
        }

    @app.get("/explain", include_in_schema=False)
    async def explain(
        request: Request, document: str, action: Action, session: Database
    ) -> dict[str, object]:
        """What the request would be answered, and why: for demonstrations only."""
        about, asked = doors[action], from_scope(guard, request.scope, request)
        row, is_loaded, answer = None, False, None
        try:
            caller, said = await guard.approach(about, asked)
            is_loaded = True
            row = await run_in_threadpool(load, document, session)
            guard.decide(about, caller, said, row)
        except Refusal as refusal:
            answer = refusal.answer
        told: dict[str, object] = {
            "allowed": answer is None,
            "loaded": is_loaded,
            "wire": _wire(REQUESTS[action], document, answer),
            "explanation": None,
            "advice": None,
        }
        try:
            who = (await guard.caller_async(asked)).who
        except Refusal:
            return told
        row = await run_in_threadpool(session.get, Document, document)
        if row is None:
            return told
        explanation = guard.engine.explain(who, action, row)
        told["explanation"] = {**explanation.record(), "rules": list(_rules(explanation, text))}
        told["advice"] = _advice(guard, who, action, row)
        return told


def headers(page: str) -> dict[str, str]:
    """What the page is sent with: it runs the script that stands in it, and asks nobody but us."""
    hashes = {tag: _hash(page, tag) for tag in ("script", "style")}
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
            "connect-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _hash(page: str, tag: str) -> str:
    """The content of an element, as a source of Content Security Policy, level 3."""
    content = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _attributes(row: Document) -> dict[str, object]:
    names = ("id", "title", "owner", "tenant", "classification", "shared_with")
    return {name: getattr(row, name) for name in names}


def _wire(sent: Sent, document: str, answer: Answer | None) -> dict[str, object]:
    """The request, and the answer to it; None for what the endpoint itself would say."""
    status = sent.status if answer is None else HTTPStatus(answer.status)
    return {
        "request": f"{sent.method} /documents/{document}{sent.path}",
        "status": status,
        "phrase": status.phrase,
        "headers": () if answer is None else answer.headers,
        "body": None if answer is None else answer.body.decode("utf-8"),
    }


def _rules(explanation: Explanation, text: str) -> Iterator[dict[str, object]]:
    """Each rule as it stands in the policy, how it came out, and whether the answer comes from it."""
    decision = explanation.decision
    deciding = {decision.rule, *(denial.rule for denial in decision.denials)}
    for each in explanation.rules:
        rule = each.rule
        written = [" ".join(text[span.start : span.end].split()) for span in rule.spans]
        yield {
            "effect": rule.effect,
            "text": written,
            "decides": rule in deciding,
            "condition": each.step.record(),
        }


def _advice(guard: Guard, who: Principal | None, action: str, row: Document) -> dict[str, object]:
    """Whatever would change the answer, each with who could do it."""
    found = guard.engine.fix(who, action, row)
    fixes = [{"by": [str(c.by) for c in fix.changes], "text": str(fix)} for fix in found.fixes]
    return {"fixes": fixes, "untried": found.untried}
