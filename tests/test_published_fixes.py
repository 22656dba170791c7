"""What refusals say would change them, at each level of disclosure; and what actions need."""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from remit import ConfigurationError, Engine, Fixes, Principal, VerifiedClaims
from remit.hosts.answers import DISCLOSURES, Disclosure, Refusal
from remit.hosts.guard import Asked, Guard
from remit.tokens.verifying import Credentials
from tests import hosting
from tests.hosting import ANN, MORE, NOW, ROUTES, TOKENS, Desk, Document, Table
from tests.published import POLICY

TEXT = {
    "documents.remit": (hosting.DOCUMENTS / "documents.remit").read_text(encoding="utf-8"),
    "more": MORE,
}
RESOURCES = ("plan", "secret", "l1", "d1", "open", "shut")


class Counting(Engine):
    """An engine that says how often it looked for fixes."""

    looked = 0

    def fix(self, *asked: Any, **how: Any) -> Fixes:  # noqa: ANN401  (all that the door takes)
        self.looked += 1
        return super().fix(*asked, **how)

    def fix_foreseen(self, *asked: Any, **how: Any) -> Fixes:  # noqa: ANN401  (as above)
        self.looked += 1
        return super().fix_foreseen(*asked, **how)


def counting() -> Counting:
    text = TEXT["documents.remit"].replace(
        "  role viewer ",
        "  action list needs read:documents\n  permit list to anyone\n  role viewer ",
        1,
    )
    return Counting.from_text({"documents.remit": text, "more.remit": MORE}, clock=lambda: NOW)


def refusals(guard: Guard) -> Iterator[tuple[str, dict[str, object]]]:
    """The bodies of all refusals that the service of `tests.hosting` gives to its callers."""
    desk = Desk()
    for route in ROUTES:
        loader = None if route.loader is None else getattr(desk, route.loader)
        about = guard.endpoint(route.action, route.kind, loader, parameters=lambda _: {"shelf": "shut"})
        for token in (None, *TOKENS):
            for id_ in RESOURCES:
                credentials = Credentials(() if token is None else (f"Bearer {token}",))
                try:
                    guard.admit(about, Asked(None, credentials, {}), lambda: loader and loader(id=id_))  # noqa: B023
                except Refusal as refusal:
                    yield f"{route.action} {id_} {token}", json.loads(refusal.answer.body)


@pytest.mark.parametrize("disclosure", ["none", "layer"])
def test_fixes_are_not_even_looked_for_where_they_are_not_told(disclosure: Disclosure) -> None:
    engine = counting()
    bodies = dict(refusals(Guard(engine, Table(), disclosure=disclosure)))
    assert len(bodies) > 100
    assert engine.looked == 0
    assert not any(
        "fixes" in body or "missing_scopes" in body or "detail" in body for body in bodies.values()
    )


def test_no_level_tells_what_belongs_to_the_next() -> None:
    # what only the policy and the resource say: names of roles, attributes and obligations, and reasons
    words = (
        "editor",
        "admin",
        "owner",
        "tenant",
        "classification",
        "public",
        "draft",
        "shelf",
        "channel",
    )
    because = ("never cross", "second factor", "fresh login", "no permit")
    told: dict[str, dict[str, dict[str, object]]] = {
        level: dict(refusals(Guard(counting(), Table(), disclosure=level))) for level in DISCLOSURES
    }
    assert all(bodies.keys() == told["none"].keys() for bodies in told.values())
    for level in ("none", "layer", "scopes"):
        for body in told[level].values():
            assert not [word for word in (*words, *because) if word in json.dumps(body)]
    for request, body in told["full"].items():
        below = told["scopes"][request]
        fixes: Any = body.get("fixes", [])
        assert set(fixes) >= set(below.get("fixes", []))  # type: ignore[call-overload]
        rest = {name: value for name, value in body.items() if name not in ("detail", "fixes")}
        assert rest == {name: value for name, value in below.items() if name != "fixes"}
    assert any("owner" in json.dumps(body.get("fixes")) for body in told["full"].values())
    assert any("fixes" in body for body in told["scopes"].values())


def test_who_sends_no_token_is_told_of_no_fix() -> None:
    for request, body in refusals(Guard(counting(), Table(), disclosure="full")):
        if request.endswith(" None"):
            assert "fixes" not in body


def test_what_is_concealed_says_nothing_at_any_level() -> None:
    for level in DISCLOSURES:
        guard = Guard(counting(), Table(), disclosure=level, conceal="read")
        for _, body in refusals(guard):
            if body["status"] == 404:
                assert body == {"title": "Not Found", "status": 404}


# ---- foreseen


def who(engine: Engine, claims: Mapping[str, object]) -> Principal:
    return engine.principal(VerifiedClaims(claims))


@pytest.fixture
def engine() -> Engine:
    return counting()


def texts(fixes: Fixes) -> list[str]:
    return [str(fix) for fix in fixes.fixes]


@pytest.mark.parametrize(
    ("token", "action", "kind", "expected"),
    [
        ("reader", "write", Document, ["get a token with the scope `write:documents`"]),
        ("reader", "write", "Document", ["get a token with the scope `write:documents`"]),
        ("ann", "write", "Document", []),
        ("expired", "write", "Document", ["get a new token"]),
        (
            "elsewhere",
            "read",
            "Document",
            ["get a token for the audience `https://api.example.com/documents`"],
        ),
        ("owner", "close", "Ledger", ["log in again, with `urn:example:mfa`"]),
        ("ann", "list", None, []),
        ("ann", "fly", "Document", []),
    ],
)
def test_what_is_foreseen_is_fixed_whatever_the_resource(
    engine: Engine, token: str, action: str, kind: str | type | None, expected: list[str]
) -> None:
    assert texts(engine.fix_foreseen(who(engine, TOKENS[token]), action, kind)) == expected


def test_parameters_and_context_are_the_request_s_to_fix(engine: Engine) -> None:
    found = engine.fix_foreseen(
        who(engine, ANN), "move", "Notice", parameters={"shelf": "shut"}, context={"channel": "desk"}
    )
    assert texts(found) == ['set `action.shelf` to "open"']
    assert found.of_token().fixes == ()


def test_a_request_without_a_token_has_no_fix(engine: Engine) -> None:
    assert engine.fix_foreseen(None, "write", "Document").fixes == ()


# ---- needs


def test_needs_are_the_sets_of_scopes_that_are_enough(engine: Engine) -> None:
    assert (
        engine.needs("write", Document) == engine.needs("write", "Document") == (("write:documents",),)
    )
    assert engine.needs("list") == (("read:documents",),)
    assert engine.needs("look", "Notice") == ((),)
    for action, kind in (("fly", "Document"), ("write", None), ("write", "Dokument")):
        with pytest.raises(ConfigurationError, match=f"no action `{action}` on"):
            engine.needs(action, kind)


@pytest.mark.parametrize(
    ("action", "kind"), [("list", None), ("look", None), ("read", "Document"), ("write", "Document")]
)
def test_who_was_granted_one_of_the_sets_lacks_no_scope_and_nobody_else(
    action: str, kind: str | None
) -> None:
    engine = Engine.from_text(POLICY, clock=lambda: NOW)
    sets = engine.needs(action, kind)
    scopes = ("read:a", "write:a", "publish:a", "audit:a")
    for number in range(len(scopes) + 1):
        for granted in itertools.combinations(scopes, number):
            claims = {**ANN, "iss": "https://login.example.com/", "aud": "https://api.example.com/a"}
            caller = who(engine, {**claims, "scope": " ".join(granted)})
            decision = engine.decide(
                caller, action, None if kind is None else (kind, {"owner": "auth0|x"})
            )
            assert decision.layers.token == "passed"
            is_enough = any(set(each) <= set(granted) for each in sets)
            assert (decision.layers.scope != "failed") is is_enough


def test_an_engine_knows_its_audiences_and_issuers() -> None:
    text = TEXT["documents.remit"]
    assert Engine.from_text(text).audiences == ("https://api.example.com/documents",)
    assert Engine.from_text(text).issuers == ("https://example.eu.auth0.com/",)
    other = Engine.from_text(text, audience=("a", "b"), issuers={"https://other.example": "auth0"})
    assert (other.audiences, other.issuers) == (("a", "b"), ("https://other.example",))
