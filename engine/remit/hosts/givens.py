"""What a service says about a request -> Said: the engine's context, and the action's parameters.

Both are mappings, made by functions of the framework's request. One that makes anything else, None among
it, has failed: left out, what the policy takes for missing might help the caller.
"""

import inspect
import logging
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from remit.hosts.endpoints import Endpoint, Given

_LOG = logging.getLogger("remit")


class Said(NamedTuple):
    """The framework's own request, its context and its parameters."""

    request: Any
    context: Mapping[str, object] | None
    parameters: Mapping[str, object] | None


class Unsaid(NamedTuple):
    """`error` kept `what`, context or parameters, from being made."""

    what: str
    error: Exception

    def log(self, about: Endpoint[Any]) -> None:
        """Our own errors in words, others by their class: a message may hold values of the request."""
        error = self.error
        said = str(error) if isinstance(error, _NoMapping) else type(error).__name__
        of = about.name or "the API"
        _LOG.error("%s on %s: the %s could not be made: %s", about.action, of, self.what, said)
        _LOG.debug("what makes the %s raised", self.what, exc_info=error)


class _NoMapping(TypeError):
    pass


def said(context: Given | None, about: Endpoint[Any], request: Any) -> Said | Unsaid:
    """Context and parameters of a request."""
    made: list[Mapping[str, object] | None] = []
    for what, give in _givers(context, about):
        try:
            made.append(None if give is None else _mapping(give(request)))
        except Exception as error:  # noqa: BLE001  (of the service's own, to be told apart)
            return Unsaid(what, error)
    return Said(request, *made)


async def said_async(context: Given | None, about: Endpoint[Any], request: Any) -> Said | Unsaid:
    """As `said`; what makes them may be async."""
    made: list[Mapping[str, object] | None] = []
    for what, give in _givers(context, about):
        try:
            value = None if give is None else give(request)
            value = await value if inspect.isawaitable(value) else value
            made.append(None if give is None else _mapping(value))
        except Exception as error:  # noqa: BLE001  (as above)
            return Unsaid(what, error)
    return Said(request, *made)


def _givers(context: Given | None, about: Endpoint[Any]) -> Iterator[tuple[str, Given | None]]:
    yield "context", context
    yield "parameters", about.parameters


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    if inspect.iscoroutine(value):
        value.close()
    if inspect.isawaitable(value):
        raise _NoMapping("what makes it is async, and the handler is not")
    raise _NoMapping(f"`{type(value).__name__}` is no mapping")
