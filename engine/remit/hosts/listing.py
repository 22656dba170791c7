"""An application -> its routes, each with the guards that are found on it.

Reads frameworks by the attributes that their applications have, and imports none. A guard that is
called inside a handler, or put in front of everything by a middleware, leaves nothing here to be found.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from itertools import chain, compress
from typing import Any, Final

from remit.errors import ConfigurationError
from remit.hosts.asgi import MetadataMiddleware
from remit.hosts.endpoints import ATTRIBUTE, PUBLISHED, Guarded, Route
from remit.hosts.openapi import ANY_METHOD

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FASTAPI_DOCUMENTATION: Final = (
    "openapi_url",
    "docs_url",
    "redoc_url",
    "swagger_ui_oauth2_redirect_url",
)
_DJANGO_DOCUMENTATION: Final = ("rest_framework.schemas", "drf_spectacular.views")
_DJANGO_STATIC: Final = ("django.views.static", "django.contrib.staticfiles.views")
_STARLETTE_PARAMETER: Final = re.compile(r"\{(\w+):\w+\}")
_BRACKETED: Final = re.compile(r"<(?:[^<>]*:)?([^<>:]+)>")
_DEEPEST: Final = 32

METADATA: Final = "metadata"
DOCUMENTATION: Final = "documentation"
STATIC: Final = "static"

Lister = Callable[[Any], Iterator[Route]]


def routes_of(application: object) -> list[Route]:
    """The routes of an application of FastAPI, Starlette, Flask or Django, by path and method.

    Django's is the one that its server runs, or the list of patterns of a URLconf. What is mounted in
    another, or stands behind middleware that keeps it as `app`, is found there. Raises
    ConfigurationError for any other application.
    """
    found = _listed(application)
    if found is None:
        raise ConfigurationError("no application of FastAPI, Starlette, Flask or Django")
    return sorted(found, key=lambda route: (route.path, route.method))


def _listed(application: object) -> Iterator[Route] | None:
    """None for an application whose routes cannot be known."""
    inner: Any = application
    published: list[Route] = []
    for _ in range(_DEEPEST):
        lister = _lister(inner)
        if lister is not None:
            return chain(published, lister(inner))
        if isinstance(inner, MetadataMiddleware):
            published.append(Route("GET", inner.metadata.path, (), METADATA))
        inner = getattr(inner, "app", None)
    return None


def _lister(application: Any) -> Lister | None:
    if isinstance(application, list | tuple):
        return _of_django
    rooms = {each.__module__.partition(".")[0] for each in type(application).__mro__}
    if rooms & {"fastapi", "starlette"} and hasattr(application, "routes"):
        return _of_starlette
    if "flask" in rooms and hasattr(application, "url_map"):
        return _of_flask
    if "django" in rooms and hasattr(application, "resolve_request"):
        return lambda _: _of_django(import_module("remit.hosts.django").patterns())
    return None


def _marks(*functions: object) -> tuple[Guarded, ...]:
    """The marks of all that a request goes through, each once."""
    return tuple(dict.fromkeys(mark for each in functions for mark in getattr(each, ATTRIBUTE, ())))


def _answered(names: Iterable[str]) -> list[str]:
    """Methods without the one that comes with GET."""
    methods = sorted({name.upper() for name in names})
    return [each for each in methods if each != "HEAD" or "GET" not in methods]


# ---- Starlette and FastAPI


def flattened(routes: Iterable[Any]) -> Iterator[Any]:
    """Routes as they are reached, with those of routers that FastAPI includes in others."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for each in route.effective_route_contexts():
                yield each.starlette_route or each
        else:
            yield route


def _of_starlette(application: Any) -> Iterator[Route]:
    documentation = {getattr(application, name, None) for name in _FASTAPI_DOCUMENTATION}
    for route in flattened(application.routes):
        path = _STARLETTE_PARAMETER.sub(r"{\1}", getattr(route, "path", ""))
        if hasattr(route, "endpoint"):
            open_as = DOCUMENTATION if path in documentation else None
            yield from _of_endpoint(route, path, open_as)
        else:
            yield from _mounted(route.app, path)


def _of_endpoint(route: Any, path: str, open_as: str | None) -> Iterator[Route]:
    endpoint = route.endpoint
    if hasattr(endpoint, PUBLISHED):
        open_as = METADATA
    depended = _marks(*_depended(getattr(route, "dependant", None)))
    if not hasattr(route, "methods"):
        yield Route("WEBSOCKET", path, (*_marks(endpoint), *depended), open_as)
    elif route.methods:
        for method in _answered(route.methods):
            yield Route(method, path, (*_marks(endpoint), *depended), open_as)
    else:
        has = [name for name in _METHODS if hasattr(endpoint, name.lower())]
        for method in _answered(has) or [ANY_METHOD]:
            own = (getattr(endpoint, name, None) for name in ("dispatch", method.lower()))
            yield Route(method, path, _marks(endpoint, *own), open_as)


def _depended(dependant: Any) -> Iterator[object]:
    """What an endpoint of FastAPI depends on."""
    if dependant is not None:
        yield dependant.call
        for each in dependant.dependencies:
            yield from _depended(each)


def _mounted(application: Any, prefix: str) -> Iterator[Route]:
    inner = _listed(application)
    if inner is not None:
        for route in inner:
            yield route._replace(path=prefix + route.path)
    elif any(each.__name__ == "StaticFiles" for each in type(application).__mro__):
        yield Route("GET", prefix + "/{path}", (), STATIC)
    else:
        yield Route(ANY_METHOD, prefix + "/{path}")


# ---- Flask


def _of_flask(application: Any) -> Iterator[Route]:
    for rule in application.url_map.iter_rules():
        view = application.view_functions.get(rule.endpoint)
        is_static = rule.endpoint.endswith("static") and getattr(view, "__module__", "").startswith(
            "flask."
        )
        open_as = METADATA if hasattr(view, PUBLISHED) else STATIC if is_static else None
        is_automatic = getattr(rule, "provide_automatic_options", False)
        methods = (rule.methods or {ANY_METHOD}) - ({"OPTIONS"} if is_automatic else set())
        of = getattr(view, "view_class", None)
        for method in _answered(methods):
            own = (getattr(of, name, None) for name in ("dispatch_request", method.lower()))
            yield Route(method, _BRACKETED.sub(r"{\1}", rule.rule), _marks(view, *own), open_as)


# ---- Django and its REST framework


def _of_django(patterns: Iterable[Any], prefix: str = "/") -> Iterator[Route]:
    for each in patterns:
        text = str(each.pattern)
        is_regex = type(each.pattern).__name__ == "RegexPattern"
        path = prefix + (_of_regex(text) if is_regex else _BRACKETED.sub(r"{\1}", text))
        if hasattr(each, "url_patterns"):
            yield from _of_django(each.url_patterns, path)
        else:
            yield from _of_view(each.callback, path)


def _of_view(view: Any, path: str) -> Iterator[Route]:
    of = getattr(view, "cls", None) or getattr(view, "view_class", None)
    is_documentation = getattr(of, "__module__", "").startswith(_DJANGO_DOCUMENTATION)
    is_static = view.__module__ in _DJANGO_STATIC
    is_open = (hasattr(view, PUBLISHED), is_documentation, is_static)
    open_as = next(compress((METADATA, DOCUMENTATION, STATIC), is_open), None)
    if of is None:
        yield Route(ANY_METHOD, path, _marks(view), open_as)
        return
    given: Mapping[str, Any] = getattr(view, "initkwargs", {})
    permissions = given.get("permission_classes", getattr(of, "permission_classes", ()))
    actions: Mapping[str, str] = getattr(view, "actions", None) or {
        name: name for name in of.http_method_names if hasattr(of, name) and name != "options"
    }
    for method in _answered(actions):
        handler = actions[method.lower()]
        permitted = [
            [mark for asks in (None, handler, method) for mark in marks if mark.asks == asks][:1]
            for marks in map(_marks, _all_of(permissions))
            if marks
        ]
        own = _marks(view, getattr(of, "dispatch", None), getattr(of, handler, None))
        if all(permitted):  # one that has nothing for this method denies it
            yield Route(method, path, (*own, *(mark for [mark] in permitted)), open_as)


def _all_of(permissions: Iterable[Any]) -> Iterator[Any]:
    """Permissions that all must let a request through, those joined by `&` each for itself."""
    for each in permissions:
        operator = getattr(each, "operator_class", None)
        if operator is None:
            yield each
        elif operator.__name__ == "AND":
            yield from _all_of((each.op1_class, each.op2_class))


def _of_regex(text: str) -> str:
    """A pattern as a path: each outermost group is a parameter."""
    path, depth = "", 0
    for part in re.split(r"(\\.|[()])", text.removeprefix("^").removesuffix("$").removesuffix(r"\Z")):
        if part == "(":
            depth += 1
            path += "(" if depth == 1 else ""
        elif part == ")":
            depth -= 1
        elif depth == 0:
            path += part[1:] if part.startswith("\\") else part.replace("?", "")
        elif depth == 1 and path.endswith("("):
            name = re.match(r"\?P<(\w+)>", part)
            path = path[:-1] + f"{{{name[1] if name else 'part'}}}"
    return path
