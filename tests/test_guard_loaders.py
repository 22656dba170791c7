"""What a loader may give, and what makes of a request its context and parameters."""

import asyncio
import logging
from collections import UserDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, assert_type

import pytest

from remit import Engine
from remit.hosts.answers import Answer, Refusal, ServiceFault
from remit.hosts.endpoints import Access
from remit.hosts.guard import Asked, Guard
from remit.tokens.verifying import Credentials
from tests import hosting
from tests.hosting import ANN, NOW, Desk, Document, Row, Table

POLICY = """
api open {
  audience "https://api.example.com/documents"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:documents
}
resource Document {
  action read needs read:documents
  permit read to anyone
}
"""


class Draft(Document):
    """A kind of document."""


class Titled(NamedTuple):
    title: str


class Held(Protocol):
    title: str


def load(id: str) -> object: ...  # noqa: A002  (the route's own name)


@pytest.fixture(scope="module")
def guard() -> Guard:
    """By a policy that reads nothing of a resource: whatever is let through to it is allowed."""
    return Guard(Engine.from_text(POLICY, clock=lambda: NOW), Table())


def asked(token: str | None = "ann", request: object = None) -> Asked:
    return Asked(request, Credentials(() if token is None else (f"Bearer {token}",)), {})


def admitted(guard: Guard, kind: str | type, given: object) -> Access[Any]:
    return guard.admit(guard.endpoint("read", kind, load), asked(), lambda: given)


# ---- loaders

DOCUMENT = Document("plan")
OTHER = type("Document", (), {})()
MAPPING = UserDict({"id": "plan"})


@pytest.mark.parametrize(
    ("kind", "given", "resource"),
    [
        (Document, DOCUMENT, DOCUMENT),
        (Document, OTHER, OTHER),
        (Document, {}, {}),
        (Document, MAPPING, MAPPING),
        (Document, ("Document", DOCUMENT), DOCUMENT),
        (Document, ("Document", {"id": "plan"}), {"id": "plan"}),
        ("Document", DOCUMENT, DOCUMENT),
        ("Document", Row("plan", public=True), Row("plan", public=True)),
        ("Document", Titled("plan"), Titled("plan")),
        ("Document", ("Document", Titled("plan")), Titled("plan")),
        (type("Document", (Held, Protocol), {}), Row("plan", public=True), Row("plan", public=True)),
    ],
)
def test_a_resource_is_handed_on(
    guard: Guard, kind: str | type, given: object, resource: object
) -> None:
    assert admitted(guard, kind, given).resource == resource


def test_type_checkers_know_what_a_loader_gives(guard: Guard) -> None:
    async def later(id: str) -> Document | None:  # noqa: A002
        return Document(id)

    of_sync = guard.endpoint("read", Document, Desk().document)
    of_async = guard.endpoint("read", Document, later)
    assert_type(guard.admit(of_sync, asked(), lambda: DOCUMENT), Access[Document])
    assert_type(guard.admit(of_async, asked(), lambda: DOCUMENT).resource, Document)
    listing = guard.admit_list(guard.listing("read", Document), asked())
    assert_type(list(listing.allowed([DOCUMENT])), list[Document])
    assert_type(guard.admit(guard.endpoint("read", "Document", load), asked(), dict), Access[Any])


def test_a_subclass_is_of_the_kind(guard: Guard) -> None:
    assert isinstance(admitted(guard, Document, Draft("plan")).resource, Draft)


@pytest.mark.parametrize("given", [None, ("Document", None)])
def test_nothing_is_not_there(guard: Guard, given: object) -> None:
    with pytest.raises(Refusal) as refused:
        admitted(guard, Document, given)
    assert refused.value.answer.status == 404


def numbers() -> Iterator[int]:
    yield 1


NO_RESOURCES: list[object] = [
    *(42, False, 1.5, Decimal(1), "x", b"x", HTTPStatus.NOT_FOUND),
    *([DOCUMENT], {DOCUMENT.id}, (DOCUMENT,), ("not found", 404), ("Ledger", {}), ("Document", 42)),
    *(Document, KeyError("plan"), load, len, numbers()),
]


@pytest.mark.parametrize("kind", [Document, "Document"])
@pytest.mark.parametrize("given", NO_RESOURCES, ids=lambda given: type(given).__name__)
def test_what_is_no_resource_is_a_fault_of_the_service(
    guard: Guard, kind: str | type, given: object, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ServiceFault) as fault:
        admitted(guard, kind, given)
    what = f"`load` gave `{type(given).__name__}`, which is no resource of type Document"
    assert str(fault.value) == what
    assert caplog.record_tuples == [("remit", logging.ERROR, f"read on Document: {what}")]


def test_an_object_of_another_class_is_none_of_a_class(guard: Guard) -> None:
    with pytest.raises(ServiceFault, match="`load` gave `Row`"):
        admitted(guard, Document, Row("plan", public=True))


@pytest.mark.parametrize("kind", [Document, "Document"])
def test_what_nobody_waited_for_is_no_resource(guard: Guard, kind: str | type) -> None:
    async def later() -> Document:
        return DOCUMENT

    with pytest.raises(ServiceFault, match="gave `coroutine`"):
        admitted(guard, kind, later())


def test_rows_of_a_list_are_looked_at_likewise(guard: Guard) -> None:
    listing = guard.admit_list(guard.listing("read", Document), asked())
    rows: list[Any] = [DOCUMENT, None, ("Document", DOCUMENT), {}]
    assert list(listing.allowed(rows)) == [DOCUMENT, ("Document", DOCUMENT), {}]
    assert listing.actions(["read", "write"], DOCUMENT) == ["read"]
    nothing: Any = None
    assert listing.actions(["read"], nothing) == []
    wrong: Any = 42
    with pytest.raises(ServiceFault, match="a list gave `int`"):
        listing.allows(wrong)


# ---- context and parameters


class Teapot(Exception):
    """An answer of some framework's."""


class Fault(Exception):
    """Of the service."""


def raising(error: Exception) -> Callable[[Any], Any]:
    def give(_request: object) -> Any:
        raise error

    return give


async def raising_later(_request: object) -> Any:
    raise Teapot


def both(guard: Guard, token: str | None, action: str = "look", **how: Any) -> list[Exception | None]:
    """What a request comes to, in a sync host and in an async one; `answers` are those of the host."""
    about = guard.endpoint(action, "Notice", Desk().notice, parameters=how.get("parameters"))
    one = asked(token)._replace(answers=how.get("answers", ()))
    found: list[Exception | None] = []

    async def notice() -> Row:
        return Row("open", public=True)

    runs: tuple[Callable[[], object], ...] = (
        lambda: guard.admit(about, one, lambda: Row("open", public=True)),
        lambda: asyncio.run(guard.admit_async(about, one, notice)),
    )
    for run in runs:
        try:
            run()
            found.append(None)
        except Exception as error:  # noqa: BLE001  (whichever it is)
            found.append(error)
    return found


def statuses(found: list[Exception | None]) -> list[int]:
    return [each.answer.status if isinstance(each, Refusal) else 0 for each in found]


def test_an_answer_of_the_framework_s_is_raised_as_it_is() -> None:
    teapot, refusal = Teapot(), Refusal(Answer(418, (), b""))
    teapot.__cause__ = cause = Fault()
    guard = Guard(hosting.engine(), Table())
    for error in (teapot, refusal):
        for token in ("ann", None):  # to look needs no token
            found = both(guard, token, parameters=raising(error), answers=(Teapot,))
            assert found == [error, error]
    assert teapot.__cause__ is cause
    in_context = Guard(hosting.engine(), Table(), context=raising(teapot))
    assert both(in_context, "ann", answers=(Teapot,)) == [teapot, teapot]
    assert statuses(both(in_context, "ann")) == [403, 403]


def test_who_needs_a_token_is_asked_for_it_before_anything_else() -> None:
    guard = Guard(hosting.engine(), Table(), context=raising(Teapot()))
    found = both(guard, None, "move", parameters=lambda _: {"shelf": "open"}, answers=(Teapot,))
    assert statuses(found) == [401, 401]


def test_an_action_that_is_gone_asks_for_a_token(tmp_path: Any) -> None:
    path = tmp_path / "open.remit"
    path.write_text(POLICY, encoding="utf-8")
    engine = Engine.load(path, clock=lambda: NOW)
    guard = Guard(engine, Table({"ann": ANN}), context=raising(Teapot()))
    about = guard.endpoint("read", "Document", load)
    path.write_text(POLICY.replace("Document", "Paper"), encoding="utf-8")
    engine.reload()
    with pytest.raises(Refusal) as refused:
        guard.admit(about, asked(None)._replace(answers=(Teapot,)), dict)
    assert refused.value.answer.status == 401


def as_mapping(_request: object) -> Mapping[str, object]:
    return UserDict({"channel": "desk"})


def of_nothing() -> Mapping[str, object]:
    return {}


async def later(_request: object) -> Mapping[str, object]:
    return {"channel": "desk"}


async def nothing_later(_request: object) -> Any:
    return None


@pytest.mark.parametrize(
    ("give", "expected"),
    [
        (lambda _: {}, [0, 0]),
        (as_mapping, [0, 0]),
        (lambda _: None, [403, 403]),
        (lambda _: [], [403, 403]),
        (lambda _: ["ab"], [403, 403]),
        (lambda _: 3, [403, 403]),
        (of_nothing, [403, 403]),
        (raising(Fault()), [403, 403]),
        (later, [403, 0]),
        (nothing_later, [403, 403]),
        (raising_later, [403, 403]),
    ],
)
def test_only_a_mapping_is_a_context_in_sync_and_async_hosts(give: Any, expected: list[int]) -> None:
    assert statuses(both(Guard(hosting.engine(), Table(), context=give), "ann")) == expected


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda _: None, "`NoneType` is no mapping"),
        (later, "what makes it is async, and the handler is not"),
        (raising(Fault("a secret")), "Fault"),
    ],
)
def test_the_log_says_of_which_action_what_failed_and_no_value(
    give: Callable[[Any], Awaitable[Any] | Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard(hosting.engine(), Table())
    about = guard.endpoint("move", "Notice", Desk().notice, parameters=give)
    with pytest.raises(Refusal):
        guard.admit(about, asked(), lambda: {"public": True})
    assert caplog.record_tuples == [
        ("remit", logging.ERROR, f"move on Notice: the parameters could not be made: {said}")
    ]
    assert caplog.records[0].exc_info is None


def test_the_traceback_is_for_who_looks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "remit")
    guard = Guard(hosting.engine(), Table(), context=raising(Fault("a secret")))
    assert statuses(both(guard, "ann"))[0] == 403
    [told] = [each for each in caplog.records if each.levelno == logging.DEBUG][:1]
    assert told.getMessage() == "what makes the context raised"
    assert told.exc_info is not None
    assert told.exc_info[0] is Fault
