"""`remit routes`: where an application and its policy do not fit each other."""

import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import orjson
import pytest

from remit import Engine
from remit.hosts.endpoints import Guarded, Route
from remit.hosts.routes import Gap, gaps
from remit.tools.cli import main
from tests.published import POLICY

OK, FOUND, BAD_INPUT, BAD_POLICY = 0, 1, 2, 3

FITTING = POLICY.replace(", audit:a\n", "\n").replace(", audit:a", "")
ALL = [
    *(Route("GET", f"/{name}", (Guarded(name, None),)) for name in ("list", "look", "stay", "peek")),
    Route("GET", "/documents/{id}", (Guarded("read", "Document"),)),
    Route("PUT", "/documents/{id}", (Guarded("write", "Document"), Guarded("list", None))),
]


def told(routes: list[Route], *opened: str, policy: str = FITTING) -> list[Gap]:
    return gaps(routes, Engine.from_text(policy), opened)


# ---- what does not fit


def test_an_application_that_serves_its_policy_fits() -> None:
    assert told(ALL) == []


def test_an_endpoint_has_a_guard_or_is_open() -> None:
    more = [
        *ALL,
        Route("POST", "/health"),
        Route("GET", "/docs", (), "documentation"),
        Route("GET", "/health/deep"),
    ]
    assert told(more) == [
        Gap("unguarded", "POST /health", "no guard stands before it"),
        Gap("unguarded", "GET /health/deep", "no guard stands before it"),
    ]
    assert told(more, "/health") == [Gap("unguarded", "GET /health/deep", "no guard stands before it")]
    assert told(more, "/health*") == []
    assert told(more, "/HEALTH", "/health*")[0].code == "unused-opening"


@pytest.mark.parametrize("pattern", ["/none", "/documents/*", "health"])
def test_a_pattern_that_opens_nothing_is_told(pattern: str) -> None:
    message = "no endpoint without a guard has such a path"
    assert told(ALL, pattern) == [Gap("unused-opening", pattern, message)]


def test_a_guard_speaks_of_an_action_of_the_policy() -> None:
    more = [
        *ALL,
        Route("GET", "/x", (Guarded("raed", "Document"),)),
        Route("GET", "/y", (Guarded("look", "Nothing"), Guarded("look", None))),
        Route("PUT", "/z", (Guarded("read", None),)),
    ]
    message = "the policy has no such action; it guards"
    assert told(more) == [
        Gap("unknown-action", "Document.raed", f"{message} GET /x"),
        Gap("unknown-action", "Nothing.look", f"{message} GET /y"),
        Gap("unknown-action", "read", f"{message} PUT /z"),
    ]


def test_an_action_guards_some_endpoint() -> None:
    assert told(ALL[1:-1]) == [
        Gap("unserved-action", "list", "no endpoint is guarded by it"),
        Gap("unserved-action", "Document.write", "no endpoint is guarded by it"),
    ]


def test_a_scope_is_needed_by_some_action() -> None:
    message = "no action needs it, and no rule asks about it"
    assert told(ALL, policy=POLICY) == [Gap("unneeded-scope", "audit:a", message)]
    implied = FITTING.replace("scope read:a", "scope all:a implies read:a\n  scope read:a")
    assert told(ALL, policy=implied) == []
    never = POLICY.replace("look needs nothing", "look needs audit:a when false needs nothing")
    assert told(ALL, policy=never) == [Gap("unneeded-scope", "audit:a", message)]


def test_a_scope_that_a_rule_asks_about_is_of_use() -> None:
    asking = POLICY.replace("permit look to anyone", "permit look to anyone when granted(audit:a)")
    assert told(ALL, policy=asking) == []


def clients(*lines: str) -> str:
    return FITTING.replace("  action list", "\n".join((*lines, "  action list")), 1)


NO_CLIENT = "no client may be granted it"
NO_ROLE = "no role grants it, and only who holds it is permitted"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            clients("client desk grants read:a, write:a"),
            [Gap("ungrantable-scope", "publish:a", NO_CLIENT)],
        ),
        (clients("client desk grants read:a, write:a", "client other grants publish:a"), []),
        (clients("client desk grants read:a, write:a", "client other"), []),
        (
            FITTING.replace("grants read:a, write:a, publish:a", "grants read:a, write:a"),
            [Gap("ungrantable-scope", "publish:a", NO_ROLE)],
        ),
        (
            FITTING.replace("grants read:a, write:a, publish:a", "grants read:a, write:a").replace(
                "permit list, peek to entitled",
                'permit list, peek to entitled when token.kind == "user"',
            ),
            [Gap("ungrantable-scope", "publish:a", NO_ROLE)],
        ),
        (
            FITTING.replace("grants read:a, write:a, publish:a", "grants read:a, write:a").replace(
                "permit look to anyone", "permit look, list to anyone"
            ),
            [],
        ),
    ],
)
def test_a_scope_that_is_needed_can_be_granted(policy: str, expected: list[Gap]) -> None:
    assert told(ALL, policy=policy) == expected


# ---- the command line


class Done(NamedTuple):
    code: int
    out: str
    err: str


def remit(*arguments: str | Path) -> Done:
    with (
        patch.object(sys, "argv", ["remit", "routes", *map(str, arguments)]),
        patch.object(sys, "excepthook", sys.excepthook),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        pytest.raises(SystemExit) as stop,
    ):
        main()
    assert isinstance(stop.value.code, int)
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Done(stop.value.code, out.getvalue(), err.getvalue())


SERVICE = """
print("loading")

from flask import Flask

from remit import Engine
from remit.hosts.flask import allowed
from remit.hosts.guard import Guard


class Nobody:
    def verify(self, credentials):
        raise AssertionError

    async def verify_async(self, credentials):
        raise AssertionError


class Inside:
    app = Flask("service")


app = Inside.app
guard = Guard(Engine.load("policy.remit"), Nobody())


@app.get("/pages")
@allowed(guard, "list")
def pages(access): ...


@app.get("/pages/<int:id>")
@allowed(guard, "read", "Page", lambda id: {})
def page(id, access): ...


@app.get("/health")
def health(): ...


def made(name="service"):
    return app


def made_of(name):
    return app


async def made_later():
    return app


makes = dict
"""
SERVED = """
api pages {
  audience "https://api.example.com/pages"
  issuer "https://login.example.com/" profile auth0
  scope read:pages, list:pages, see:pages
  action list needs list:pages or (read:pages and see:pages)
  permit list to anyone
}
resource Page {
  action read needs nothing
  permit read to anyone
}
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a service and its policy, which one is in."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "policy.remit").write_text(SERVED, encoding="utf-8")
    (tmp_path / "remit_service_under_test.py").write_text(SERVICE, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("remit_service_under_test", None)


APP = "remit_service_under_test:app"
POLICY_HERE = ("--policy", "policy.remit")


@pytest.mark.usefixtures("service")
def test_endpoints_are_a_table_and_findings_stand_below_it() -> None:
    done = remit(APP, *POLICY_HERE)
    assert done.code == FOUND
    table, findings = done.out.splitlines()[:5], done.out.splitlines()[5:]
    assert [line.split() for line in table] == [
        ["method", "path", "action", "kind", "needs"],
        ["GET", "/health", "-"],
        ["GET", "/pages", "list", "the", "API", "list:pages", "or", "(read:pages", "and", "see:pages)"],
        ["GET", "/pages/{id}", "read", "Page", "nothing"],
        ["GET", "/static/{filename}", "(static)"],
    ]
    assert findings == [
        "unguarded: GET /health: no guard stands before it",
        "4 endpoints, 1 finding",
    ]
    assert done.err == "loading\n"


@pytest.mark.usefixtures("service")
def test_what_is_opened_is_in_order() -> None:
    done = remit("remit_service_under_test:Inside.app", *POLICY_HERE, "--open", "/hea*")
    assert done.code == OK
    assert done.out.splitlines()[-1] == "4 endpoints, nothing found"


@pytest.mark.usefixtures("service")
def test_a_function_that_makes_the_application_is_called_as_a_factory() -> None:
    done = remit("remit_service_under_test:made", *POLICY_HERE, "--open", "/hea*")
    assert done.code == OK
    assert done.out.splitlines()[-1] == "4 endpoints, nothing found"


def test_json_has_all_of_it(service: Path) -> None:
    text = SERVED.replace("action list needs", "action browse needs").replace(
        "permit list", "permit browse"
    )
    (service / "other.remit").write_text(text, encoding="utf-8")
    done = remit(APP, "--policy", "other.remit", "--json", "--open", "/health")
    assert done.code == FOUND
    assert orjson.loads(done.out) == {
        "routes": [
            {"method": "GET", "path": "/health", "open_as": None, "guards": []},
            {
                "method": "GET",
                "path": "/pages",
                "open_as": None,
                "guards": [{"action": "list", "kind": None, "needs": None}],
            },
            {
                "method": "GET",
                "path": "/pages/{id}",
                "open_as": None,
                "guards": [{"action": "read", "kind": "Page", "needs": [[]]}],
            },
            {"method": "GET", "path": "/static/{filename}", "open_as": "static", "guards": []},
        ],
        "findings": [
            {
                "code": "unknown-action",
                "subject": "list",
                "message": "the policy has no such action; it guards GET /pages",
            },
            {
                "code": "unserved-action",
                "subject": "browse",
                "message": "no endpoint is guarded by it",
            },
        ],
    }
    assert "unknown" in remit(APP, "--policy", "other.remit").out


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("remit_service_under_test", "is not MODULE:APP"),
        (":app", "is not MODULE:APP"),
        ("remit_service_under_test:", "is not MODULE:APP"),
        ("remit_no_such_module:app", "cannot be loaded: ModuleNotFoundError"),
        ("remit_service_under_test:nothing", "cannot be loaded: AttributeError"),
        ("remit_service_under_test:guard", "no application of FastAPI, Starlette, Flask or Django"),
        ("remit_service_under_test:Nobody", "no application of FastAPI, Starlette, Flask or Django"),
        ("remit_service_under_test:made_of", "no application of FastAPI, Starlette, Flask or Django"),
        ("remit_service_under_test:made_later", "no application of FastAPI, Starlette, Flask or Django"),
        ("remit_service_under_test:makes", "no application of FastAPI, Starlette, Flask or Django"),
        ("remit_ends:app", "cannot be loaded: SystemExit"),
    ],
)
def test_what_cannot_be_loaded_is_unusable_input(service: Path, place: str, said: str) -> None:
    (service / "remit_ends.py").write_text("import sys\nsys.exit(0)\n", encoding="utf-8")
    done = remit(place, *POLICY_HERE)
    assert done.code == BAD_INPUT
    assert said in done.err
    assert done.out == ""


@pytest.mark.usefixtures("service")
def test_a_policy_that_is_refused_is_told_first() -> None:
    done = remit(APP, "--policy", "none.remit")
    assert done.code == BAD_INPUT
    assert "R007" in done.err
    assert "loading" not in done.err


@pytest.mark.usefixtures("service")
def test_help_says_what_is_found_and_the_codes() -> None:
    text = " ".join(remit("--help").out.split())
    for part in ("an endpoint without a guard", "Example: remit routes", "3 the policy is refused"):
        assert part in text
