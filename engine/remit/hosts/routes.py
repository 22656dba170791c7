"""Routes, engine -> where an application and its policy do not fit each other."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from remit.decider.engine import Engine
from remit.decider.needs import scopes_asked, scopes_needed, scopes_to_hold
from remit.hosts.endpoints import Guarded, Route


class Gap(NamedTuple):
    """One thing that does not fit.

    `code` is `unguarded`, `unused-opening`, `unknown-action`, `unserved-action`, `unneeded-scope` or
    `ungrantable-scope`; `subject` what it is said of: a method and path, a pattern of paths, an action
    with the name of its resource type, or a scope.
    """

    code: str
    subject: str
    message: str


def gaps(routes: Sequence[Route], engine: Engine, open_paths: Sequence[str] = ()) -> list[Gap]:
    """Everything that does not fit, routes first.

    `open_paths` are patterns of paths, as a shell has them, that need no guard.
    """
    return [
        *_unguarded(routes, open_paths),
        *_unknown(routes, engine),
        *_unserved(routes, engine),
        *_unneeded(engine),
        *_ungrantable(engine),
    ]


def needs_of(guard: Guarded, engine: Engine) -> tuple[tuple[str, ...], ...] | None:
    """The sets of scopes each of which is enough; None for an action that the policy does not know."""
    return engine.needs(guard.action, guard.kind) if _is_known(guard, engine) else None


def named(action: str, kind: str | None) -> str:
    """An action as messages name it."""
    return action if kind is None else f"{kind}.{action}"


def _is_known(guard: Guarded, engine: Engine) -> bool:
    return guard.action in engine.rules().actions.get(guard.kind, ())


def _unguarded(routes: Sequence[Route], open_paths: Sequence[str]) -> Iterator[Gap]:
    for route in routes:
        is_open = any(fnmatchcase(route.path, pattern) for pattern in open_paths)
        if not (route.guards or route.open_as or is_open):
            yield Gap("unguarded", f"{route.method} {route.path}", "no guard stands before it")
    for pattern in open_paths:
        if not any(fnmatchcase(route.path, pattern) for route in routes if not route.guards):
            yield Gap("unused-opening", pattern, "no endpoint without a guard has such a path")


def _unknown(routes: Sequence[Route], engine: Engine) -> Iterator[Gap]:
    for route in routes:
        for guard in route.guards:
            if not _is_known(guard, engine):
                subject = named(guard.action, guard.kind)
                message = f"the policy has no such action; it guards {route.method} {route.path}"
                yield Gap("unknown-action", subject, message)


def _unserved(routes: Sequence[Route], engine: Engine) -> Iterator[Gap]:
    served = {(guard.kind, guard.action) for route in routes for guard in route.guards}
    for kind, actions in engine.rules().actions.items():
        for action in actions:
            if (kind, action) not in served:
                yield Gap("unserved-action", named(action, kind), "no endpoint is guarded by it")


def _unneeded(engine: Engine) -> Iterator[Gap]:
    """A scope counts as needed where one that it implies is."""
    tree = engine.rules()
    asked = scopes_needed(tree) | scopes_asked(tree)
    for scope, reach in sorted(tree.api.scopes.items()):
        if not reach & asked:
            yield Gap("unneeded-scope", scope, "no action needs it, and no rule asks about it")


def _ungrantable(engine: Engine) -> Iterator[Gap]:
    tree = engine.rules()
    ceilings = [client.grants for client in tree.api.clients.values()]
    by_client = frozenset(scope for grants in ceilings if grants is not None for scope in grants)
    by_role = frozenset(scope for grants in tree.api.roles.values() for scope in grants)
    if ceilings and None not in ceilings:
        for scope in sorted(scopes_needed(tree) - by_client):
            yield Gap("ungrantable-scope", scope, "no client may be granted it")
    elif tree.api.roles and not ceilings:
        for scope in sorted(scopes_to_hold(tree) - by_role):
            yield Gap(
                "ungrantable-scope", scope, "no role grants it, and only who holds it is permitted"
            )
