"""OpenAPI document, routes, engine -> the document, which says what each operation needs.

    document = described(document, routes_of(app), engine)

Follows OpenAPI 3.1: a security requirement is an object whose schemes must all be satisfied, a list of
them is satisfied by any one, and the empty object by a request without a token (section 4.8.30).
"""

import copy
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from remit.decider.engine import Engine
from remit.decider.needs import scopes_needed
from remit.hosts.endpoints import Guarded, Route
from remit.hosts.metadata import is_https

Schemes = Mapping[str, Mapping[str, Any]]
"""Security scheme objects, by name."""

ANY_METHOD: Final = "ANY"

_LOG = logging.getLogger("remit")
_OPERATIONS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SCOPED: Final = ("oauth2", "openIdConnect")
_UNNAMED: Final = re.compile(r"[^A-Za-z0-9._-]+")
_PARAMETER: Final = re.compile(r"\{[^{}]*\}")

_PROBLEM: Final = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
}
_REFUSALS: Final = {
    "401": (
        "Unauthorized",
        "No token, or none that is valid for this, or its login is not enough",
        True,
    ),
    "403": ("Forbidden", "The token is valid, and does not allow this", False),
}


def described(
    document: Mapping[str, Any],
    routes: Iterable[Route],
    engine: Engine,
    *,
    schemes: Schemes | None = None,
) -> dict[str, Any]:
    """A copy of an OpenAPI document with the security of all operations that are guarded.

    A requirement for each set of scopes that is enough, none (`{}`) beside them where no token may be
    needed; responses 401 and 403 with problem details. What an operation asks for by other schemes than
    those for tokens is asked for beside them, and responses that it has stay. Operations that are not
    guarded stay as they are.

    `schemes` are those by which tokens are got, in place of OpenID Connect discovery at each issuer that
    is an https URL, or of a bare bearer token. The flows of an `oauth2` scheme without `scopes` get the
    scopes that actions need.

    So do those with a guard whose action the policy does not know, or no longer after a reload; these
    are logged.
    """
    made: dict[str, Any] = copy.deepcopy(dict(document))
    offered = _schemes(engine) if schemes is None else copy.deepcopy(dict(schemes))
    guards = _by_operation(routes)
    is_described = False
    for path, item in made.get("paths", {}).items():
        for method in _OPERATIONS:
            asked = (method.upper(), "GET" if method == "head" else ANY_METHOD, ANY_METHOD)
            found = next(filter(None, (guards.get((_shape(path), each)) for each in asked)), None)
            if found and method in item and _are_known(found, engine, f"{method.upper()} {path}"):
                beside = _beside(item[method].get("security", made.get("security", ())), made)
                tokens = _requirements(found, engine, offered, made)
                item[method]["security"] = [{**one, **other} for one in beside for other in tokens]
                responses = item[method].setdefault("responses", {})
                for status, (name, *_) in _REFUSALS.items():
                    responses.setdefault(status, {"$ref": f"#/components/responses/{name}"})
                is_described = True
    if is_described:
        _put_components(made, offered, engine)
    return made


def _are_known(guards: Iterable[Guarded], engine: Engine, operation: str) -> bool:
    actions = engine.rules().actions
    for guard in guards:
        if guard.action not in actions.get(guard.kind, ()):
            named = (operation, guard.action, guard.kind or "the API")
            _LOG.warning("%s is not described: the policy knows no action %s on %s", *named)
            return False
    return True


def _by_operation(routes: Iterable[Route]) -> dict[tuple[str, str], tuple[Guarded, ...]]:
    """The guards by path, parameters without their names, and method."""
    found: dict[tuple[str, str], tuple[Guarded, ...]] = {}
    for route in routes:  # of two that take the same requests, the first does
        found.setdefault((_shape(route.path), route.method), route.guards)
    return found


def _shape(path: str) -> str:
    return _PARAMETER.sub("{}", path)


# ---- schemes


def _schemes(engine: Engine) -> dict[str, Mapping[str, Any]]:
    """How tokens are got: a scheme for each issuer that can be discovered, one for all others."""
    schemes: dict[str, Mapping[str, Any]] = {}
    for issuer in engine.issuers:
        if is_https(issuer):
            name = _UNNAMED.sub("-", issuer.partition("://")[2]).strip("-")
            while name in schemes:
                name += "-"
            url = issuer.removesuffix("/") + "/.well-known/openid-configuration"
            schemes[name] = {"type": "openIdConnect", "openIdConnectUrl": url}
        else:
            schemes["bearer"] = {"type": "http", "scheme": "bearer"}
    return schemes


def _put_components(document: dict[str, Any], schemes: Schemes, engine: Engine) -> None:
    components = document.setdefault("components", {})
    used = {name for requirement in _all_requirements(document) for name in requirement}
    own = {
        name: scheme
        for name, scheme in components.get("securitySchemes", {}).items()
        if name in used or scheme != {"type": "http", "scheme": "bearer"}
    }
    components["securitySchemes"] = {**own, **{n: _with_scopes(s, engine) for n, s in schemes.items()}}
    responses = components.setdefault("responses", {})
    for name, description, is_challenged in _REFUSALS.values():
        response: dict[str, Any] = {
            "description": description,
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        }
        if is_challenged:
            response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
        responses.setdefault(name, response)


def _all_requirements(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    yield from document.get("security", ())
    for item in document["paths"].values():
        for method in _OPERATIONS:
            yield from item.get(method, {}).get("security", ())


def _with_scopes(scheme: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    if "flows" not in scheme:
        return dict(scheme)
    scopes = dict.fromkeys(sorted(scopes_needed(engine.rules())), "")
    return {
        **scheme,
        "flows": {name: {"scopes": scopes, **flow} for name, flow in scheme["flows"].items()},
    }


# ---- requirements


def _requirements(
    guards: tuple[Guarded, ...], engine: Engine, schemes: Schemes, document: Mapping[str, Any]
) -> list[dict[str, list[str]]]:
    """Any of these lets a request through all guards."""
    names = not str(document.get("openapi", "")).startswith("3.0")
    sets: set[tuple[str, ...]] = {()}
    for guard in guards:
        needed = engine.needs(guard.action, guard.kind)
        sets = {tuple(sorted({*one, *other})) for one in sets for other in needed}
    sets = {
        each for each in sets if not each or not any(set(other) < set(each) for other in sets if other)
    }
    found = [
        # 3.0 lets no scheme but these name what a request needs
        {name: list(each) if names or scheme["type"] in _SCOPED else []}
        for each in sorted(sets, key=lambda each: (len(each), each))
        for name, scheme in schemes.items()
    ]
    if () in sets and all(_may_be_anonymous(guard, engine) for guard in guards):
        found.insert(0, {})
    return [each for place, each in enumerate(found) if each not in found[:place]]


def _beside(
    requirements: Iterable[Mapping[str, Any]], document: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """What a request needs beside a token, by the document as it was."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    kept = [
        {name: each for name, each in requirement.items() if not _is_of_tokens(schemes.get(name, {}))}
        for requirement in requirements
    ]
    return list(filter(None, kept)) or [{}]


def _is_of_tokens(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") in _SCOPED or str(scheme.get("scheme", "")).lower() == "bearer"


def _may_be_anonymous(guard: Guarded, engine: Engine) -> bool:
    """Whether a request without a token might be allowed: by some resource, or some context."""
    rules = engine.rules()
    depends = rules.context or rules.blocks[guard.kind].actions[guard.action].parameters
    return bool(depends) or engine.foresee(None, guard.action, guard.kind) is None
