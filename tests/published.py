"""What OpenAPI asks of a document's security, checked; and a policy to publish."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

POLICY = """
api a {
  audience "https://api.example.com/a"
  issuer "https://login.example.com/" profile auth0
  scope read:a, write:a, publish:a, audit:a
  role editor grants read:a, write:a, publish:a, audit:a
  action list needs write:a or (read:a and publish:a)
  action look needs nothing
  action stay needs nothing
  action peek needs read:a needs nothing when token.guest
  permit list, peek to entitled
  permit look to anyone
  permit stay to anyone when token.kind == "user"
}
token { guest: bool = false }

resource Document {
  owner: user
  action read  needs read:a
  action write needs write:a
  permit any to owner, entitled
}
"""

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_REQUIRED = {
    "apiKey": {"name", "in"},
    "http": {"scheme"},
    "oauth2": {"flows"},
    "openIdConnect": {"openIdConnectUrl"},
    "mutualTLS": set[str](),
}
_FLOWS = {
    "implicit": {"authorizationUrl", "scopes"},
    "password": {"tokenUrl", "scopes"},
    "clientCredentials": {"tokenUrl", "scopes"},
    "authorizationCode": {"authorizationUrl", "tokenUrl", "scopes"},
}


def problems(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong by OpenAPI 3.1, sections 4.8.7, 4.8.16, 4.8.17 and 4.8.27 to 4.8.30."""
    components = document.get("components", {})
    for room in ("securitySchemes", "responses"):
        for name in components.get(room, {}):
            if not re.fullmatch(r"[a-zA-Z0-9._-]+", name):
                yield f"components.{room}: `{name}` is no name"
    schemes = components.get("securitySchemes", {})
    for name, scheme in schemes.items():
        missing = {"type", *_REQUIRED.get(scheme.get("type"), {"a known type"})} - set(scheme)
        if missing:
            yield f"scheme {name}: no {sorted(missing)}"
        for kind, flow in scheme.get("flows", {}).items():
            if _FLOWS[kind] - set(flow):
                yield f"scheme {name}, {kind}: no {sorted(_FLOWS[kind] - set(flow))}"
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield from (f"{method} {path}: {each}" for each in _of(item[method], schemes, document))


def _of(
    operation: Mapping[str, Any], schemes: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[str]:
    named = not document["openapi"].startswith("3.0")
    for requirement in operation.get("security", ()):
        for name, scopes in requirement.items():
            if name not in schemes:
                yield f"no scheme `{name}`"
            elif scopes and not named and schemes[name]["type"] not in ("oauth2", "openIdConnect"):
                yield f"scopes of `{name}`"
            elif "flows" in schemes[name]:
                for flow in schemes[name]["flows"].values():
                    if not set(scopes) <= set(flow["scopes"]):
                        yield f"undeclared scopes of `{name}`"
    yield from _of_responses(operation["responses"], document)


def _of_responses(responses: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    if not responses:
        yield "no responses"
    for status, response in responses.items():
        if not re.fullmatch(r"[1-5](\d\d|XX)|default", status):
            yield f"no status `{status}`"
        found: Any = response
        if "$ref" in response:
            found = document
            for step in response["$ref"].removeprefix("#/").split("/"):
                found = found.get(step, {})
        if "description" not in found:
            yield f"{status}: no description"


def security(document: Mapping[str, Any], method: str, path: str) -> list[dict[str, list[str]]] | None:
    """The requirements of an operation."""
    found: list[dict[str, list[str]]] | None = document["paths"][path][method].get("security")
    return found
