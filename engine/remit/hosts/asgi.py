"""Any ASGI application -> the same, which knows who asks.

    application = TokenMiddleware(application, guard)

The middleware verifies tokens, and answers refusals; what a request asks for, it does not know. An
application without a framework asks by `access`:

    write = guard.endpoint("write", "Document", load_document)
    ...
    document = (await access(guard, write, scope, {"id": "d1"})).resource

and for a list, `read` being `guard.listing("read", "Document")`, by `listing`:

    found = list((await listing(guard, read, scope)).allowed(rows))

`MetadataMiddleware(application, Metadata(guard))` publishes what clients may know (RFC 9728).
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from remit.hosts.answers import Answer, Refusal
from remit.hosts.endpoints import Access, Endpoint, Resource
from remit.hosts.guard import Guard
from remit.hosts.lists import Listing
from remit.hosts.metadata import Metadata
from remit.hosts.requests import callers, from_scope
from remit.tokens.principal import Principal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Thread = Callable[..., Awaitable[object]]

POLICY_VIOLATION: Final = 1008
"""What a WebSocket is closed with (RFC 6455, section 7.4.1)."""

_BEGINNINGS: Final = frozenset({"http.response.start", "websocket.accept", "websocket.close"})


class TokenMiddleware:
    """Verifies the token of each request, HTTP or WebSocket, and answers refusals.

    A request without a token goes on; who asks is what `caller` says.
    """

    def __init__(self, app: Application, guard: Guard) -> None:
        """Stand in front of `app`."""
        self.app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal in place of the application, as long as that has not begun to answer."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] in _BEGINNINGS
            await send(message)

        try:
            await self._guard.caller_async(from_scope(self._guard, scope, scope))
            await self.app(scope, receive, noting)
        except Refusal as refusal:
            if begun:
                raise
            await _reply(refusal.answer, scope, send)


class MetadataMiddleware:
    """Answers requests for the metadata in place of the application."""

    def __init__(self, app: Application, metadata: Metadata) -> None:
        """Stand in front of `app`."""
        self.app = app
        self.metadata = metadata

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the metadata's path, by whatever method."""
        if scope["type"] == "http" and scope["path"] == self.metadata.path:
            await _reply(self.metadata.answer(scope["method"]), scope, send)
        else:
            await self.app(scope, receive, send)


def caller(guard: Guard, scope: Scope) -> Principal | None:
    """Who asks, behind a TokenMiddleware of this guard. Raises KeyError where there is none."""
    return callers(scope)[guard].who


async def access(
    guard: Guard, about: Endpoint[Resource], scope: Scope, route: Mapping[str, object]
) -> Access[Resource]:
    """Let a request through; `route` are the parameters for the loader, `request` is the scope to it.

    A sync loader runs in a thread. Raises Refusal, and whatever the loader raises.
    """
    asked = from_scope(guard, scope, scope)
    return await guard.admit_async(
        about, asked, lambda: loaded(about, about.arguments(route, scope), asyncio.to_thread)
    )


async def listing(guard: Guard, about: Endpoint[Resource], scope: Scope) -> Listing[Resource]:
    """Let in who may do it to some resource of a kind; the Listing tells of each. Raises Refusal."""
    return await guard.admit_list_async(about, from_scope(guard, scope, scope))


async def loaded(about: Endpoint[Any], arguments: Mapping[str, object], thread: Thread) -> object:
    """What the loader gives, a sync one in a thread of its own."""
    assert about.loader is not None, "what is of a kind has a loader"
    load = functools.partial(about.loader, **arguments)
    found = load() if about.is_async else await thread(load)
    return await found if inspect.isawaitable(found) else found


async def _reply(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer; a WebSocket is closed where the server cannot send one in place of it."""
    start, body = "http.response.start", "http.response.body"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        start, body = "websocket.http.response.start", "websocket.http.response.body"
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": start, "status": answer.status, "headers": headers})
    await send({"type": body, "body": answer.body})
