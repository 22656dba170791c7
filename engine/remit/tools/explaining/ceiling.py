"""A token -> which of the scopes that it names its client may not have, by the policy's own word."""

from collections.abc import Iterator, Mapping

from remit.checker.checked import CheckedApi
from remit.tokens.claims import at
from remit.tokens.principal import Principal
from remit.tools.naming import naming


def above_ceiling(
    api: CheckedApi, who: Principal | None, claims: Mapping[str, object] | None
) -> str | None:
    """What a policy that declares its clients takes from a valid token's scopes; None for nothing."""
    if who is None or claims is None or who.binding.problem is not None or not api.clients:
        return None
    named = [scope for scope in _named(api, claims) if scope in api.scopes]
    if not named:
        return None
    application = who.binding.entitlement.application
    if not isinstance(application, str):
        return f"the token names no client, so it is not granted {_listed(named)}"
    client = api.clients.get(application)
    if client is None:
        return f"the client `{application}` is not declared, so it is not granted {_listed(named)}"
    grants = client.grants
    above = [] if grants is None else [scope for scope in named if scope not in grants]
    if not above:
        return None
    return f"{_listed(above)} of the token: above what the policy grants its client `{application}`"


def _named(api: CheckedApi, claims: Mapping[str, object]) -> Iterator[str]:
    """The scopes that a token names, a string or a list of them."""
    found = at(claims, naming(api, claims).scope)
    names = found.split(" ") if isinstance(found, str) else found if isinstance(found, list) else ()
    yield from dict.fromkeys(name for name in names if isinstance(name, str))


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
