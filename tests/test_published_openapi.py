"""OpenAPI documents that say which scopes each operation needs."""

import copy
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.models import APIKey
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from remit import Engine
from remit.hosts import fastapi
from remit.hosts.endpoints import Guarded, Route
from remit.hosts.guard import Guard
from remit.hosts.lists import Listing
from remit.hosts.openapi import described
from tests.hosting import Document, Table
from tests.published import POLICY, problems, security

LIST, LOOK, STAY, PEEK = (Guarded(name, None) for name in ("list", "look", "stay", "peek"))
READ, WRITE = Guarded("read", "Document"), Guarded("write", "Document")
LOGIN = "login.example.com"


def document(*operations: tuple[str, str], version: str = "3.1.0") -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for method, path in operations:
        paths.setdefault(path, {})[method] = {"responses": {"200": {"description": "well"}}}
    return {"openapi": version, "info": {"title": "a", "version": "1"}, "paths": paths}


def requirements(
    *guards: Guarded, policy: str = POLICY, version: str = "3.1.0", **issuers: str
) -> list[dict[str, list[str]]] | None:
    engine = Engine.from_text(policy, **({"issuers": issuers} if issuers else {}))  # type: ignore[arg-type]
    made = described(document(("get", "/x"), version=version), [Route("GET", "/x", guards)], engine)
    assert not list(problems(made))
    return security(made, "get", "/x")


# ---- requirements


@pytest.mark.parametrize(
    ("guards", "expected"),
    [
        ((READ,), [{LOGIN: ["read:a"]}]),
        ((LIST,), [{LOGIN: ["write:a"]}, {LOGIN: ["publish:a", "read:a"]}]),
        ((LOOK,), [{}, {LOGIN: []}]),
        ((PEEK,), [{LOGIN: []}, {LOGIN: ["read:a"]}]),
        ((STAY,), [{LOGIN: []}]),
        ((READ, WRITE), [{LOGIN: ["read:a", "write:a"]}]),
        ((READ, READ), [{LOGIN: ["read:a"]}]),
        ((READ, LOOK), [{LOGIN: ["read:a"]}]),
        ((LIST, WRITE), [{LOGIN: ["write:a"]}]),
        ((LIST, READ), [{LOGIN: ["publish:a", "read:a"]}, {LOGIN: ["read:a", "write:a"]}]),
    ],
)
def test_each_set_of_scopes_that_is_enough_is_a_requirement(
    guards: tuple[Guarded, ...], expected: list[dict[str, list[str]]]
) -> None:
    assert requirements(*guards) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("action stay needs", "action stay(how: string) needs"),
        ("token { guest", "context { how: string }\ntoken { guest"),
    ],
)
def test_what_depends_on_the_request_may_need_no_token(old: str, new: str) -> None:
    assert requirements(STAY, policy=POLICY.replace(old, new)) == [{}, {LOGIN: []}]


def test_each_issuer_that_can_be_discovered_has_its_scheme() -> None:
    names = ("https://one.example/tenants/1/", "https://one.example/tenants-1", "robots", "people")
    issuers = "\n".join(f'issuer "{name}" profile custom' for name in names)
    policy = POLICY.replace('issuer "https://login.example.com/" profile auth0', issuers)
    engine = Engine.from_text(
        policy.replace("owner: user", "owner: string").replace("to owner, ", "to ")
    )
    made = described(document(("get", "/x")), [Route("GET", "/x", (READ,))], engine)
    assert not list(problems(made))
    well_known = "/.well-known/openid-configuration"
    assert made["components"]["securitySchemes"] == {
        "one.example-tenants-1": {
            "type": "openIdConnect",
            "openIdConnectUrl": "https://one.example/tenants-1" + well_known,
        },
        "one.example-tenants-1-": {
            "type": "openIdConnect",
            "openIdConnectUrl": "https://one.example/tenants/1" + well_known,
        },
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    assert security(made, "get", "/x") == [
        {"one.example-tenants-1": ["read:a"]},
        {"one.example-tenants-1-": ["read:a"]},
        {"bearer": ["read:a"]},
    ]


@pytest.mark.parametrize(("version", "names"), [("3.1.0", ["read:a"]), ("3.0.3", [])])
def test_a_bare_bearer_token_names_scopes_since_3_1(version: str, names: list[str]) -> None:
    assert requirements(READ, version=version, robots="custom") == [{"bearer": names}]
    assert requirements(READ, version=version) == [{LOGIN: ["read:a"]}]


def test_alternatives_that_cannot_be_told_apart_are_one() -> None:
    assert requirements(LIST, version="3.0.3", robots="custom") == [{"bearer": []}]


def test_a_service_may_have_schemes_of_its_own() -> None:
    flow = {"authorizationUrl": "https://l.example/authorize", "tokenUrl": "https://l.example/token"}
    own = {
        "login": {"type": "oauth2", "flows": {"authorizationCode": flow}},
        "robots": {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": "https://l.example/token", "scopes": {"read:a": "x"}}
            },
        },
    }
    kept = copy.deepcopy(own)
    made = described(
        document(("get", "/x")),
        [Route("GET", "/x", (READ,))],
        Engine.from_text(POLICY),
        schemes=own,
    )
    assert not list(problems(made))
    assert own == kept
    assert security(made, "get", "/x") == [{"login": ["read:a"]}, {"robots": ["read:a"]}]
    schemes = made["components"]["securitySchemes"]
    assert schemes["login"]["flows"]["authorizationCode"] == {
        **flow,
        "scopes": {"publish:a": "", "read:a": "", "write:a": ""},
    }
    assert schemes["robots"] == own["robots"]


# ---- operations


def test_only_what_is_guarded_is_changed() -> None:
    plain = document(("get", "/x"), ("get", "/open"), ("put", "/x"))
    plain["paths"]["/x"]["put"]["security"] = [{"key": []}]
    plain["components"] = {"securitySchemes": {"key": {"type": "apiKey", "name": "k", "in": "header"}}}
    before = copy.deepcopy(plain)
    made = described(
        plain, [Route("GET", "/x", (READ,)), Route("GET", "/open")], Engine.from_text(POLICY)
    )
    assert plain == before
    assert not list(problems(made))
    for method, path in (("put", "/x"), ("get", "/open")):
        assert made["paths"][path][method] == before["paths"][path][method]
    assert set(made["components"]["securitySchemes"]) == {"key", LOGIN}


def test_a_document_without_a_guarded_operation_stays_as_it_is() -> None:
    plain = document(("get", "/x"))
    assert described(plain, [], Engine.from_text(POLICY)) == plain
    assert described({"openapi": "3.1.0"}, [], Engine.from_text(POLICY)) == {"openapi": "3.1.0"}


@pytest.mark.parametrize(
    ("method", "path", "is_found"),
    [
        ("GET", "/documents/{document_id}", True),
        ("ANY", "/documents/{id}", True),
        ("PUT", "/documents/{id}", False),
        ("GET", "/documents", False),
        ("GET", "/documents/{id}/", False),
    ],
)
def test_an_operation_is_found_by_its_method_and_the_shape_of_its_path(
    method: str, path: str, is_found: bool
) -> None:
    plain = document(("get", "/documents/{id}"), ("head", "/documents/{id}"))
    made = described(plain, [Route(method, path, (READ,))], Engine.from_text(POLICY))
    expected = [{LOGIN: ["read:a"]}] if is_found else None
    assert security(made, "get", "/documents/{id}") == expected
    assert security(made, "head", "/documents/{id}") == expected


def test_refusals_are_problem_details_and_the_service_s_own_responses_stay() -> None:
    plain = document(("get", "/x"), ("put", "/x"))
    del plain["paths"]["/x"]["put"]["responses"]
    plain["paths"]["/x"]["get"]["responses"]["403"] = {"description": "own"}
    plain["components"] = {"responses": {"Forbidden": {"description": "also own"}}}
    routes = [Route("GET", "/x", (READ,)), Route("PUT", "/x", (WRITE,))]
    made = described(plain, routes, Engine.from_text(POLICY))
    assert not list(problems(made))
    assert made["paths"]["/x"]["get"]["responses"]["403"] == {"description": "own"}
    responses = made["components"]["responses"]
    assert responses["Forbidden"] == {"description": "also own"}
    assert list(responses["Unauthorized"]["content"]) == ["application/problem+json"]
    assert "WWW-Authenticate" in responses["Unauthorized"]["headers"]
    assert set(made["paths"]["/x"]["put"]["responses"]) == {"401", "403"}


def test_schemes_that_are_not_for_tokens_stay_beside_them() -> None:
    plain = document(("get", "/x"), ("put", "/x"), ("post", "/x"))
    schemes = {
        "key": {"type": "apiKey", "name": "k", "in": "header"},
        "basic": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "Bearer"},
        "login": {"type": "openIdConnect", "openIdConnectUrl": "https://l.example"},
    }
    plain["components"] = {"securitySchemes": schemes}
    plain["security"] = [{"key": []}, {"basic": [], "token": []}]
    plain["paths"]["/x"]["get"]["security"] = [{"login": ["x"]}, {"token": []}]
    plain["paths"]["/x"]["put"]["security"] = []
    made = described(plain, [Route("ANY", "/x", (READ,))], Engine.from_text(POLICY))
    assert not list(problems(made))
    for method in ("get", "put"):
        assert security(made, method, "/x") == [{LOGIN: ["read:a"]}]
    assert security(made, "post", "/x") == [
        {"key": [], LOGIN: ["read:a"]},
        {"basic": [], LOGIN: ["read:a"]},
    ]
    assert set(made["components"]["securitySchemes"]) == {*schemes, LOGIN}


@pytest.mark.parametrize("gone", [Guarded("fly", "Document"), Guarded("fly", None), Guarded("a", "B")])
def test_an_operation_whose_action_is_gone_stays_as_it_is_and_is_logged(
    gone: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    assert requirements(gone) is None
    assert requirements(READ, gone) is None
    assert f"GET /x is not described: the policy knows no action {gone.action} on" in caplog.text


# ---- FastAPI


class Key(SecurityBase):
    def __init__(self) -> None:
        self.model = APIKey.model_validate({"in": "header", "name": "k"})
        self.scheme_name = "key"

    async def __call__(self, connection: HTTPConnection) -> None: ...


def service(engine: Engine) -> FastAPI:
    guard = Guard(engine, Table())
    app = FastAPI()
    fastapi.install(app)
    router = APIRouter(prefix="/documents")

    def load(id: str) -> Document:  # noqa: A002  (the route's own name)
        return Document(id)

    def load_with(id: str, key: Annotated[None, Depends(Key())]) -> Document:  # noqa: A002  (as above)
        return Document(f"{id} {key}")

    may_read = fastapi.allowed(guard, "read", Document, load)

    @router.api_route("/{id}", methods=["GET", "HEAD"])
    async def read(document: Annotated[Document, may_read]) -> None: ...

    @router.put(
        "/{id}",  # noqa: FAST003  (the loader takes it)
        dependencies=[fastapi.access(guard, "write", Document, load_with)],
    )
    async def write() -> None: ...

    @router.websocket("/{id}")
    async def follow(document: Annotated[Document, may_read]) -> None: ...

    @router.get("/")
    async def show_all(
        rows: Annotated[Listing[Document], fastapi.listing(guard, "write", Document)],
    ) -> None: ...

    @app.get("/look", dependencies=[fastapi.allowed(guard, "look")])
    async def look() -> None: ...

    @app.get("/health")
    async def health() -> None: ...

    app.include_router(router, prefix="/v1", dependencies=[fastapi.allowed(guard, "stay")])
    return app


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "a.remit"
    path.write_text(POLICY, encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")  # of one handler by two methods
def test_fastapi_s_own_document_is_made_right(policy: Path) -> None:
    made = service(Engine.load(policy)).openapi()
    assert not list(problems(made))
    assert set(made["components"]["securitySchemes"]) == {LOGIN, "key"}
    for method in ("get", "head"):
        assert security(made, method, "/v1/documents/{id}") == [{LOGIN: ["read:a"]}]
    assert security(made, "put", "/v1/documents/{id}") == [{"key": [], LOGIN: ["write:a"]}]
    assert security(made, "get", "/v1/documents/") == [{LOGIN: ["write:a"]}]
    assert security(made, "get", "/look") == [{}, {LOGIN: []}]
    assert security(made, "get", "/health") is None
    assert "401" not in made["paths"]["/health"]["get"]["responses"]


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_fastapi_s_document_follows_policy_and_routes(policy: Path) -> None:
    engine = Engine.load(policy)
    app = service(engine)
    first = app.openapi()
    assert app.openapi() is first
    policy.write_text(POLICY.replace("look needs nothing", "look needs audit:a"), encoding="utf-8")
    engine.reload()
    assert security(app.openapi(), "get", "/look") == [{LOGIN: ["audit:a"]}]
    assert security(first, "get", "/look") == [{}, {LOGIN: []}]
    may_look = fastapi.allowed(Guard(engine, Table()), "look")
    app.add_api_route("/more", lambda: None, dependencies=[may_look])
    assert security(app.openapi(), "get", "/more") == [{LOGIN: ["audit:a"]}]
    policy.write_text(POLICY.replace("look", "stare"), encoding="utf-8")
    engine.reload()
    assert security(app.openapi(), "get", "/look") == [{"bearer": []}]
    assert security(app.openapi(), "put", "/v1/documents/{id}") == [{"key": [], LOGIN: ["write:a"]}]
    assert not list(problems(app.openapi()))


def test_each_engine_speaks_for_its_own_operations() -> None:
    app = FastAPI()
    fastapi.install(app)
    for path, policy in (("/a", POLICY), ("/b", POLICY.replace("login", "other"))):
        may_list = fastapi.allowed(Guard(Engine.from_text(policy), Table()), "stay")
        app.add_api_route(path, lambda: None, dependencies=[may_list])
    made = app.openapi()
    assert not list(problems(made))
    assert security(made, "get", "/a") == [{"login.example.com": []}]
    assert security(made, "get", "/b") == [{"other.example.com": []}]
