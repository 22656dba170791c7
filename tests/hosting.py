"""A service about documents, to be put behind every host: policy, tokens, resources, routes."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from remit import Engine, VerifiedClaims
from remit.hosts.endpoints import Access
from remit.hosts.guard import Guard
from remit.tokens.challenge import Challenge
from remit.tokens.facts import Presented
from remit.tokens.verifying import Credentials, Refused, Unavailable, Verified

DOCUMENTS = Path(__file__).parent.parent / "policies" / "documents"
NOW = 1795430100.0
METADATA = "https://api.example.com/.well-known/oauth-protected-resource/documents"

MORE = """
context { channel?: string }

resource Ledger {
  owner: user
  draft: bool
  action read, close needs read:documents
  permit any to owner
  require read  acr "urn:example:mfa" max_age 15m unless draft because "ledgers need a fresh login"
  require close acr "urn:example:mfa" max_age 15m because "closing needs a fresh login"
}

resource Notice {
  public: bool
  action look                needs nothing
  action move(shelf: string) needs write:documents
  permit look to anyone when public oblige log { what: "a look" }
  permit move to anyone when action.shelf == "open" and (context.channel ?? "none") == "desk"
}
"""

# ---- tokens

ANN = json.loads((DOCUMENTS / "ann.json").read_text(encoding="utf-8"))
TOKENS: dict[str, dict[str, object]] = {
    "ann": ANN,  # a viewer, whose application was granted reading and writing
    "editor": {**ANN, "sub": "auth0|eve", "roles": ["editor"]},
    "reader": {**ANN, "scope": "read:documents"},
    "stranger": {**ANN, "sub": "auth0|sam", "tenant": "other"},
    "owner": {**ANN, "sub": "auth0|bob"},
    "fresh": {**ANN, "sub": "auth0|bob", "acr": "urn:example:mfa", "auth_time": int(NOW) - 60},
    "expired": {**ANN, "exp": int(NOW)},
    "elsewhere": {**ANN, "aud": "https://api.example.com/other"},
}


class Table:
    """A verifier whose tokens are names."""

    def __init__(self, tokens: Mapping[str, dict[str, object]] = TOKENS) -> None:
        self.tokens = tokens
        self.verified: list[Credentials] = []

    def verify(self, credentials: Credentials, /) -> Verified:
        self.verified.append(credentials)
        scheme, _, token = credentials.authorization[0].partition(" ")
        used = {"bearer": "Bearer", "dpop": "DPoP"}[scheme.lower()]
        if len(credentials.authorization) != 1 or "," in token:
            challenge = Challenge(400, "invalid_request", "not one scheme and one token")
            raise Refused("not one scheme and one token", challenge)
        if token == "down":
            raise Unavailable("the keys cannot be fetched")
        if token not in self.tokens:
            raise Refused("no such token", Challenge(401, "invalid_token", "no such token"), used)
        return Verified(VerifiedClaims(self.tokens[token]), None, Presented(), used)

    async def verify_async(self, credentials: Credentials, /) -> Verified:
        return self.verify(credentials)


# ---- resources


@dataclass
class Document:
    id: str
    owner: str = "auth0|bob"
    tenant: str = "acme"
    classification: str = "internal"
    shared_with: tuple[str, ...] = ()


@dataclass
class Row:
    """A notice; its class has a name that the policy does not know."""

    id: str
    public: bool


class Fault(Exception):
    """Of the service itself."""


@dataclass
class Desk:
    """A service's resources, and a record of what was loaded and handled."""

    loads: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)

    def document(self, id: str) -> Document | None:  # noqa: A002  (the route's own name)
        self.loads.append(id)
        if id == "broken":
            raise Fault
        if id.startswith("plan"):
            return Document(id)
        return Document(id, classification="secret") if id == "secret" else None

    def ledger(self, id: str) -> dict[str, object] | None:  # noqa: A002
        self.loads.append(id)
        return {"id": id, "owner": "auth0|bob", "draft": id == "d1"} if id in ("l1", "d1") else None

    def notice(self, **route: str) -> Row | None:
        self.loads.append(route["id"])
        return Row(route["id"], route["id"] == "open") if route["id"] in ("open", "shut") else None

    async def document_async(self, id: str) -> Document | None:  # noqa: A002
        return self.document(id)

    async def ledger_async(self, id: str) -> dict[str, object] | None:  # noqa: A002
        return self.ledger(id)

    async def notice_async(self, **route: str) -> Row | None:
        return self.notice(**route)

    def handle(self, access: Access[Any]) -> str:
        """What the handlers of all hosts answer."""
        thing = access.resource
        name = "the API" if thing is None else thing["id"] if isinstance(thing, dict) else thing.id
        self.handled.append(name)
        return " ".join([name, *(f"owes {owed.name}" for owed in access.decision.obligations)])


# ---- routes


class Route(NamedTuple):
    """`path` stands behind the guard's name and the flavour; `{id}` is its one parameter."""

    method: str
    path: str
    action: str
    kind: str | type | None
    loader: str | None
    parameters: Callable[[Any], Mapping[str, object]] | None = None


def shelf(request: Any) -> Mapping[str, object]:
    """Parameters from the framework's own request; ASGI's is the scope."""
    if isinstance(request, dict):
        return {"shelf": dict(request["headers"])[b"x-shelf"].decode()}
    return {"shelf": request.headers["X-Shelf"]}


def channel(request: Any) -> Mapping[str, object]:
    """Context from the framework's own request."""
    headers: dict[str, str] = (
        {name.decode(): value.decode() for name, value in request["headers"]}
        if isinstance(request, dict)
        else {name.lower(): value for name, value in request.headers.items()}
    )
    if headers.get("x-channel") == "fault":
        raise Fault
    return {"channel": headers["x-channel"]} if "x-channel" in headers else {}


ROUTES = (
    Route("GET", "documents", "list", None, None),
    Route("GET", "documents/{id}", "read", Document, "document"),
    Route("PUT", "documents/{id}", "write", Document, "document"),
    Route("GET", "ledgers/{id}", "read", "Ledger", "ledger"),
    Route("PUT", "ledgers/{id}", "close", "Ledger", "ledger"),
    Route("GET", "notices/{id}", "look", "Notice", "notice"),
    Route("POST", "notices/{id}", "move", "Notice", "notice", shelf),
)


@functools.cache
def engine(*, clock: Callable[[], float] = lambda: NOW) -> Engine:
    text = (DOCUMENTS / "documents.remit").read_text(encoding="utf-8")
    text = text.replace(
        "  role viewer ",
        "  action list needs read:documents\n  permit list to anyone\n  role viewer ",
        1,
    )
    return Engine.from_text({"documents.remit": text, "more.remit": MORE}, clock=clock)


def guards() -> dict[str, Guard]:
    """By the names that paths begin with."""
    decides, verifier = engine(), Table()
    common: dict[str, Any] = {"realm": "documents", "resource_metadata": METADATA, "context": channel}
    return {
        "plain": Guard(decides, verifier, **common),
        "layer": Guard(decides, verifier, disclosure="layer", **common),
        "scopes": Guard(decides, verifier, disclosure="scopes", **common),
        "full": Guard(decides, verifier, disclosure="full", **common),
        "hidden": Guard(decides, verifier, disclosure="full", conceal="read", **common),
        "both": Guard(
            decides,
            verifier,
            schemes=("Bearer", "DPoP"),
            algs=("ES256",),
            origin="https://api.example.com",
            **common,
        ),
    }


FLAVOURS = ("sync", "async")
