"""What a service sets up -> ConfigurationError where it would deny everything, or disclose too much."""

import inspect
import logging
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts.answers import DISCLOSURES

_LOG = logging.getLogger("remit")


def check_parts(engine: object, verifier: object) -> None:
    """An engine and a verifier, in that order, that trust an issuer in common.

    An issuer that only one of them trusts is logged: its tokens are all refused.
    """
    if not isinstance(engine, Engine):
        raise ConfigurationError(f"a guard has an Engine first, not `{type(engine).__name__}`")
    if not all(callable(getattr(verifier, name, None)) for name in ("verify", "verify_async")):
        raise ConfigurationError(
            f"a verifier has `verify` and `verify_async`: `{type(verifier).__name__}` has not"
        )
    verified: Iterable[str] | None = getattr(verifier, "issuers", None)
    if verified is None:  # one of the service's own need not say
        return
    names, trusted = set(verified), set(engine.issuers)
    if not names & trusted:
        raise ConfigurationError(
            "engine and verifier have no issuer in common: "
            f"the policy trusts {_listed(trusted)}, the verifier {_listed(names)}"
        )
    for name in sorted(trusted - names):
        _LOG.warning("the policy trusts the issuer %r, whose tokens the verifier refuses", name)
    for name in sorted(names - trusted):
        _LOG.warning("the verifier trusts the issuer %r, whose tokens the policy denies", name)


def check_challenges(schemes: Sequence[str], origin: str | None, disclosure: str) -> None:
    """What challenges and bodies are made from."""
    if not schemes or not {"Bearer", "DPoP"}.issuperset(schemes):
        raise ConfigurationError("schemes are `Bearer` and `DPoP`, one or both")
    if "DPoP" in schemes and origin is None:
        raise ConfigurationError("DPoP needs `origin`: a proof is about the URL that clients see")
    if disclosure not in DISCLOSURES:
        raise ConfigurationError(f"disclosure is one of {', '.join(DISCLOSURES)}")


def check_function(what: str, function: object) -> None:
    """A function of the service's own, where there is one."""
    if function is not None and not callable(function):
        raise ConfigurationError(f"`{what}` is a function, not `{type(function).__name__}`")


def check_hook(what: str, function: object) -> None:
    """A function that nobody waits for."""
    check_function(what, function)
    if inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"`{what}` is not async: it is called and not waited for")


def check_concealing(engine: Engine, action: str | None) -> None:
    """The action that tells who may know of a resource: some type has it."""
    actions = engine.rules().actions
    known = {each for name, those in actions.items() if name is not None for each in those}
    if action is not None and action not in known:
        raise ConfigurationError(
            f"conceal: no resource type has an action `{action}`{_like(action, known)}"
        )


def check_action(engine: Engine, action: str, kind: object) -> None:
    """An action that the policy has for that kind."""
    actions = engine.rules().actions
    if kind is not None and not isinstance(kind, str | type):
        hint = ": a loader comes after the kind" if callable(kind) else ""
        raise ConfigurationError(f"a kind is a class or the name of a resource type{hint}")
    name = kind.__name__ if isinstance(kind, type) else kind
    if name is not None and name not in actions:
        types = [each for each in actions if each is not None]
        raise ConfigurationError(f"the policy knows no resource type `{name}`{_like(name, types)}")
    known = actions.get(name, ())
    if action not in known:
        of = name or "the API"
        raise ConfigurationError(f"the policy knows no action `{action}` on {of}{_like(action, known)}")


def check_loader(action: str, kind: object, loader: object) -> None:
    """A function that loads, where there is something to load."""
    if kind is None and loader is not None:
        raise ConfigurationError(f"`{action}` is an action of the API itself, which has no loader")
    if kind is not None and loader is None:
        raise ConfigurationError(f"pass a loader: a function that finds what `{action}` is about")
    check_function("loader", loader)


def check_view(view: Callable[..., object], keyword: str) -> None:
    """A view that takes what it is let through with."""
    try:
        taken = inspect.signature(view).parameters.values()
    except (TypeError, ValueError):  # it does not say
        return
    if not any(
        each.kind is each.VAR_KEYWORD
        or (each.name == keyword and each.kind in {each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD})
        for each in taken
    ):
        name = getattr(view, "__qualname__", type(view).__qualname__)
        raise ConfigurationError(f"`{name}` has no parameter `{keyword}`, which it would be called with")


def _like(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word[:80], list(known), n=1)
    return f": did you mean `{near[0]}`?" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
