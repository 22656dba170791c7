"""What has to be fetched -> what came back, for threads and for asyncio alike.

Whoever needs something from outside is written once, as a generator (`Steps`) that yields a `Request`
or another's fetch to wait for, and is sent the answer; `Transport` runs it in either world.
Answers are bounded in size and time, redirects are not followed, and nothing of the process's
environment (proxies, netrc) is used: a host that needs a proxy hands in its own clients.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import httpx

from remit.bearer.decoding import Unreadable, json_object
from remit.errors import ConfigurationError

_LOG = logging.getLogger("remit")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PLAIN: Final = frozenset({"", "identity"})

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, or a POST where there is a form. `authorization` is a header's value."""

    url: str
    form: Mapping[str, str] | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)


Flight = Future[None]
"""A fetch under way: done when whoever started it is through, well or not."""

Steps = Generator[Request | Flight, dict[str, object] | None, Result]
"""Yields what it needs, is sent the JSON object that came back, None where none did."""


def check_url(url: str, *, allow_http: bool) -> SplitResult:
    """Raises ConfigurationError for a URL that nothing should be fetched from.

    https only; with `allow_http`, http too, on the loopback interface.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"not a URL: {url!r}") from None
    local = allow_http and parts.scheme == "http" and host in _LOOPBACK
    if not host or not (parts.scheme == "https" or local):
        raise ConfigurationError(f"not an https URL: {url!r}")
    if parts.username is not None or parts.fragment:
        raise ConfigurationError("a URL has a user name or a fragment")
    return parts


class Transport:
    """Runs `Steps`. Clients are made for each fetch, unless the host hands in its own.

    A client made here lives for one request: nothing is shared between event loops or after a fork.
    """

    def __init__(
        self,
        timeout: float,
        limit: int,
        client: httpx.Client | None = None,
        async_client: httpx.AsyncClient | None = None,
    ) -> None:
        """`timeout` is in seconds: in asyncio for one answer as a whole, in threads for each step of it.

        `limit` is in bytes of an answer's body.
        """
        self._timeout = timeout
        self._limit = limit
        self._client = client
        self._async_client = async_client

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made when it is needed: that takes longer than an event loop should stand still."""
        return httpx.create_ssl_context(trust_env=False)

    # ---- in threads

    def run(self, steps: Steps[Result]) -> Result:
        """What the steps come to."""
        answer: dict[str, object] | None = None
        try:
            while True:
                need = steps.send(answer)
                answer = None
                if isinstance(need, Request):
                    answer = self._fetch(need)
                else:
                    self._wait(need)
        except StopIteration as done:
            result: Result = done.value
            return result
        finally:
            steps.close()

    def _wait(self, flight: Flight) -> None:
        try:
            flight.result(self._timeout)
        except WaitedTooLong:
            _LOG.warning("waited too long for what another thread fetches")

    def _fetch(self, request: Request) -> dict[str, object] | None:
        try:
            if self._client is not None:
                return self._asked(self._client, request)
            with httpx.Client(verify=self._context, trust_env=False) as client:
                return self._asked(client, request)
        except (httpx.HTTPError, OSError, Unreadable) as error:
            _log_failure(request, error)
            return None

    def _asked(self, client: httpx.Client, request: Request) -> dict[str, object]:
        until = time.monotonic() + self._timeout
        reply = client.send(self._built(client, request), stream=True, auth=None, follow_redirects=False)
        try:
            _check_reply(reply)
            body = bytearray()
            for chunk in reply.iter_raw():
                body += chunk
                if len(body) > self._limit or time.monotonic() > until:
                    raise Unreadable
        finally:
            reply.close()
        return json_object(bytes(body))

    # ---- in asyncio

    async def run_async(self, steps: Steps[Result]) -> Result:
        """What the steps come to; the event loop is never blocked."""
        answer: dict[str, object] | None = None
        try:
            while True:
                need = steps.send(answer)
                answer = None
                if isinstance(need, Request):
                    answer = await self._fetch_async(need)
                else:
                    await self._wait_async(need)
        except StopIteration as done:
            result: Result = done.value
            return result
        finally:
            steps.close()

    async def _wait_async(self, flight: Flight) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.shield(asyncio.wrap_future(flight))
        except TimeoutError:
            _LOG.warning("waited too long for what another task fetches")

    async def _fetch_async(self, request: Request) -> dict[str, object] | None:
        try:
            async with asyncio.timeout(self._timeout):
                if self._async_client is not None:
                    return await self._asked_async(self._async_client, request)
                context = await asyncio.to_thread(lambda: self._context)
                async with httpx.AsyncClient(verify=context, trust_env=False) as client:
                    return await self._asked_async(client, request)
        except (httpx.HTTPError, OSError, Unreadable) as error:
            _log_failure(request, error)
            return None

    async def _asked_async(self, client: httpx.AsyncClient, request: Request) -> dict[str, object]:
        built = self._built(client, request)
        reply = await client.send(built, stream=True, auth=None, follow_redirects=False)
        try:
            _check_reply(reply)
            body = bytearray()
            async for chunk in reply.aiter_raw():
                body += chunk
                if len(body) > self._limit:
                    raise Unreadable
        finally:
            await reply.aclose()
        return json_object(bytes(body))

    def _built(self, client: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
        # A packed answer would be as large as it likes when it is unpacked.
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        if request.authorization is not None:
            headers["authorization"] = request.authorization
        return client.build_request(
            "GET" if request.form is None else "POST",
            request.url,
            data=request.form,
            headers=headers,
            timeout=self._timeout,
        )


def _check_reply(reply: httpx.Response) -> None:
    if reply.status_code != HTTPStatus.OK:
        raise Unreadable
    if reply.headers.get("content-encoding", "").lower() not in _PLAIN:
        raise Unreadable


def _log_failure(request: Request, error: Exception) -> None:
    # The kind of failure only: its text may hold what was sent or what came back.
    _LOG.warning("cannot fetch %s: %s", request.url, type(error).__name__)
