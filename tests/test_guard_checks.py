"""What a guard refuses to be set up with."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey

from remit import ConfigurationError, Engine
from remit.bearer import Introspection, Issuer, Verifier
from remit.hosts import django, flask
from remit.hosts.endpoints import Access
from remit.hosts.guard import Guard
from tests import hosting
from tests.hosting import Desk, Document, Table

ISSUER = "https://example.eu.auth0.com/"
OTHER = "https://other.example/"
KEY = ECKey.generate_key("P-256", {"kid": "k", "alg": "ES256"})
KEYS = {"keys": [KEY.as_dict(private=False)]}


def load(id: str) -> Document | None:  # noqa: A002  (the route's own name)
    return Document(id)


# ---- the guard itself


async def later(_decided: object) -> None: ...


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"context": {"ip": "10.0.0.1"}}, "`context` is a function, not `dict`"),
        ({"on_decision": 3}, "`on_decision` is a function, not `int`"),
        ({"on_decision": later}, "`on_decision` is not async: it is called and not waited for"),
        ({"conceal": "raed"}, "conceal: no resource type has an action `raed`: did you mean `read`?"),
        ({"conceal": "list"}, "conceal: no resource type has an action `list`"),
    ],
)
def test_a_guard_with_a_slip_in_it_does_not_start(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Guard(hosting.engine(), Table(), **settings)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("engine", "verifier", "said"),
    [
        (Table(), hosting.engine(), "a guard has an Engine first, not `Table`"),
        (hosting.engine(), None, "a verifier has `verify` and `verify_async`: `NoneType` has not"),
        (hosting.engine(), hosting.engine(), "a verifier has `verify` and `verify_async`: `Engine` has"),
    ],
)
def test_a_guard_has_an_engine_and_then_a_verifier(engine: Any, verifier: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Guard(engine, verifier)


# ---- issuers


def trusting(*issuers: str) -> Engine:
    named = "".join(f'  issuer "{each}" profile auth0\n' for each in issuers)
    rest = "scope read:a\n  action list needs read:a\n  permit list to anyone"
    return Engine.from_text(f'api a {{\n  audience "https://api.example.com/a"\n{named}  {rest}\n}}')


def verifying(*issuers: str) -> Verifier:
    return Verifier([Issuer(each, jwks=KEYS, algorithms=("ES256",)) for each in issuers])


def test_an_engine_and_a_verifier_without_a_common_issuer_are_no_guard() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Guard(trusting(ISSUER), verifying(OTHER))
    assert str(refused.value) == (
        "engine and verifier have no issuer in common: "
        f"the policy trusts `{ISSUER}`, the verifier `{OTHER}`"
    )


def test_an_issuer_that_only_one_of_them_trusts_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    Guard(trusting(ISSUER), verifying(ISSUER))
    assert not caplog.messages
    Guard(trusting(ISSUER, OTHER), verifying(ISSUER, "https://third.example/"))
    assert caplog.messages == [
        f"the policy trusts the issuer '{OTHER}', whose tokens the verifier refuses",
        "the verifier trusts the issuer 'https://third.example/', whose tokens the policy denies",
    ]


def test_the_directory_is_not_asked_about_nobody() -> None:
    asked: list[object] = []
    Guard(Engine.load(hosting.DOCUMENTS, directory=asked.append), Table())
    assert asked == []


def test_the_issuer_of_introspected_tokens_counts() -> None:
    introspection = Introspection("https://other.example/introspect", "us", "N1_SECRET", OTHER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("N1_SECRET", "a-secret")
        verifier = Verifier([], introspection=introspection)
    assert verifier.issuers == (OTHER,)
    Guard(trusting(OTHER), verifier)
    with pytest.raises(ConfigurationError, match="no issuer in common"):
        Guard(trusting(ISSUER), verifier)


# ---- endpoints


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("read", "Dokument", load), "no resource type `Dokument`: did you mean `Document`?"),
        (("raed", Document, load), "no action `raed` on Document: did you mean `read`?"),
        (("fly", Document, load), "no action `fly` on Document"),
        (("lits",), "no action `lits` on the API: did you mean `list`?"),
        (("read", load), "a kind is a class or the name of a resource type: a loader comes after"),
        (("read", 3, load), "a kind is a class or the name of a resource type"),
        (("read", Document), "pass a loader: a function that finds what `read` is about"),
        (("list", None, load), "`list` is an action of the API itself, which has no loader"),
        (("read", Document, Document("plan")), "`loader` is a function, not `Document`"),
    ],
)
def test_an_endpoint_says_what_is_wrong_with_it(asked: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Guard(hosting.engine(), Table()).endpoint(*asked)
    assert said in str(refused.value)


def test_parameters_are_made_by_a_function() -> None:
    given: Any = {"shelf": "open"}
    guard = Guard(hosting.engine(), Table())
    with pytest.raises(ConfigurationError, match="`parameters` is a function, not `dict`"):
        guard.endpoint("move", "Notice", Desk().notice, parameters=given)
    with pytest.raises(ConfigurationError, match="`parameters` is a function, not `dict`"):
        guard.listing("move", "Notice", parameters=given)


def test_a_type_that_nobody_may_know_of_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "remit")
    guard = Guard(hosting.engine(), Table(), conceal="read")
    guard.endpoint("read", Document, load)
    guard.endpoint("list")
    assert not caplog.messages
    guard.endpoint("look", "Notice", Desk().notice)
    assert caplog.messages == ["Notice has no action read: all denials are concealed"]


# ---- views


class Showing:
    def __call__(self, id: str, access: Access[Document]) -> None: ...  # noqa: A002


def forgetful(id: str) -> None: ...  # noqa: A002
def positional(access: object, /) -> None: ...
def plain(access: object, id: str) -> None: ...  # noqa: A002
def of_any(**route: object) -> None: ...


@pytest.mark.parametrize("allowed", [flask.allowed, django.allowed])
def test_a_view_has_room_for_what_it_is_let_through_with(allowed: Callable[..., Any]) -> None:
    through = allowed(Guard(hosting.engine(), Table()), "read", Document, load)
    unfit: list[Any] = [forgetful, positional, lambda id: id]  # noqa: A006
    for view in unfit:
        with pytest.raises(ConfigurationError, match="has no parameter `access`"):
            through(view)
    fit: list[Any] = [plain, of_any, Showing(), dict]
    for view in fit:
        assert callable(through(view))


@pytest.mark.parametrize("listing", [flask.listing, django.listing])
def test_a_view_of_a_list_has_room_for_the_listing(listing: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="`plain` has no parameter `listing`"):
        listing(Guard(hosting.engine(), Table()), "read", Document)(plain)
