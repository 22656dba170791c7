"""A request to a FastAPI application -> what its authorization costs, with remit and by hand.

    python -m benchmarks.serving

Three applications answer the same requests in one process, without a network between: one lets everybody
in, one has a dependency written by hand, one has remit's. The latter two verify the same signed tokens,
remember the same of them, test the same of issuer, audience, time and types, and answer alike. Tokens
are at hand in both, as they are for all but the first request that a client makes.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from itertools import product
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI, HTTPException
from fastapi import Request as HttpRequest
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks import drift
from benchmarks.engines import embedded
from benchmarks.engines.by_hand import load as load_by_hand
from benchmarks.engines.by_hand import source
from benchmarks.scenarios import SCENARIOS, Request
from benchmarks.scenarios.scenario import ACTIONS, ISSUER
from remit import Engine
from remit.bearer import Issuer, Verifier
from remit.hosts.fastapi import allowed, install
from remit.hosts.guard import Guard

_REQUESTS = 400
_BATCH = 20
_REMEMBERED_FOR = 300
Scope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """Laps of a whole request that is let through, or refused, to each application.

    `open` lets everybody in. `agreed`: how many requests were answered alike.
    """

    open: float
    by_hand: float
    remit: float
    refused_by_hand: float
    refused_by_remit: float
    agreed: int


class Signed(NamedTuple):
    """Requests as ASGI has them, the documents that they are about, and the issuer's keys."""

    scopes: list[Scope]
    documents: dict[str, dict[str, Any]]
    key: ECKey


def signed(requests: list[Request]) -> Signed:
    """Sign a token for each request."""
    key = ECKey.generate_key("P-256", {"kid": "1", "alg": "ES256"}, auto_kid=False)
    scopes, documents = [], {}
    for place, (claims, action, _, document) in enumerate(requests):
        token = jwt.encode({"alg": "ES256", "kid": "1", "typ": "at+jwt"}, claims, key)
        documents[str(place)] = document
        path = f"/{action}/{place}"
        scopes.append(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": "GET",
                "scheme": "https",
                "path": path,
                "raw_path": path.encode(),
                "query_string": b"",
                "headers": [
                    (b"host", b"api.example.com"),
                    (b"authorization", f"Bearer {token}".encode()),
                ],
                "server": ("api.example.com", 443),
                "client": ("127.0.0.1", 1),
            }
        )
    return Signed(scopes, documents, key)


def application(dependency: Callable[[str], Any]) -> FastAPI:
    """One endpoint for each action, behind its dependency."""
    app = FastAPI(openapi_url=None)
    for action in ACTIONS:
        through = dependency(action)

        async def answer(document: Annotated[Any, through]) -> dict[str, str]:
            return {"owner": document["owner"]}

        app.get(f"/{action}/{{id}}")(answer)
    install(app)
    return app


def applications(about: Signed) -> dict[str, FastAPI]:
    """The three."""
    scenario = SCENARIOS["s2"]

    async def load(id: str) -> dict[str, Any]:  # noqa: A002  (the route's own name)
        return about.documents[id]

    keys: Any = {"keys": [about.key.as_dict(private=False)]}
    verifier = Verifier([Issuer(ISSUER, jwks=keys, algorithms=("ES256",))])
    guard = Guard(Engine.from_text(embedded.texts(scenario)), verifier)
    decide = load_by_hand(source(scenario, "checked"), "checked").decide
    known: dict[str, tuple[dict[str, Any], float]] = {}

    def by_hand(action: str) -> Any:
        async def through(id: str, request: HttpRequest) -> dict[str, Any]:  # noqa: A002  (as above)
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                raise HTTPException(401)
            remembered = known.get(token)
            if remembered is None or time.time() >= remembered[1]:
                claims = jwt.decode(token, about.key, algorithms=["ES256"]).claims
                remembered = known[token] = claims, time.time() + _REMEMBERED_FOR
            document = await load(id)
            if not decide(remembered[0], action, "Document", document):
                raise HTTPException(403)
            return document

        return Depends(through)

    return {
        "open": application(lambda _: Depends(load)),
        "by_hand": application(by_hand),
        "remit": application(lambda action: allowed(guard, action, "Document", load)),
    }


async def ask(app: FastAPI, scope: Scope) -> int:
    """Send one request; the status of the answer."""
    status = 0

    async def receive() -> Scope:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app({**scope, "state": {}}, receive, send)
    return status


def measure(requests: int, passes: int) -> Served:
    """Ask all three in turn, when they have agreed."""
    about = signed(SCENARIOS["s2"].requests(requests))
    apps = applications(about)
    with asyncio.Runner() as runner:
        by_status: dict[bool, list[Scope]] = {True: [], False: []}
        for scope in about.scopes:
            answers = {name: runner.run(ask(app, scope)) for name, app in apps.items()}
            assert answers["by_hand"] == answers["remit"], (scope["path"], answers)
            by_status[answers["remit"] == HTTPStatus.OK].append(scope)

        async def several(app: FastAPI, scopes: list[Scope]) -> None:
            for scope in scopes:
                await ask(app, scope)

        def call(app: FastAPI) -> drift.Call:
            return lambda scopes: runner.run(several(app, scopes))

        taken: dict[tuple[str, bool], list[drift.Pass]] = {}
        for turn in range(passes):
            for name, let_in in sorted(product(apps, by_status), reverse=bool(turn % 2)):
                scopes = by_status[let_in]
                batches = [(scopes[at : at + _BATCH],) for at in range(0, len(scopes), _BATCH)]
                blocks = drift.timed_pass(call(apps[name]), batches, 1)
                taken.setdefault((name, let_in), []).append(blocks)
    laps = {
        each: drift.cost(passes) * -(-len(by_status[each[1]]) // _BATCH) / len(by_status[each[1]])
        for each, passes in taken.items()
    }
    return Served(
        laps["open", True],
        laps["by_hand", True],
        laps["remit", True],
        laps["by_hand", False],
        laps["remit", False],
        requests,
    )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=_REQUESTS)
    parser.add_argument("--passes", type=int, default=15)
    given = parser.parse_args()
    print(json.dumps(asdict(measure(given.requests, given.passes))))


if __name__ == "__main__":
    main()
