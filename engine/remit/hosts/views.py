"""A view, sync or async -> the same behind a guard, for hosts whose views come in both kinds."""

import inspect
from collections.abc import Callable
from typing import Any

from remit.hosts.checks import check_view
from remit.hosts.endpoints import Endpoint, View
from remit.hosts.guard import Guard

Way = Callable[[Guard, Endpoint[Any], Any], Any]
"""From a view to the same behind a guard."""


def guarding(guard: Guard, about: Endpoint[Any], sync: Way, asynchronous: Way) -> Callable[[View], View]:
    """What guards a view, by the way of its kind, and leaves on it what it is guarded for.

    Raises ConfigurationError for a view that does not take what it is let through with.
    """

    def guarded(view: View) -> View:
        check_view(view, about.keyword)
        way = asynchronous if inspect.iscoroutinefunction(view) else sync
        handle: View = way(guard, about, view)
        about.mark(handle)
        return handle

    return guarded
