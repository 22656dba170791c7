"""What a guard tells of its decisions: refusals, records, lines of the log, and reasons."""

import itertools
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from remit import Engine
from remit.hosts.answers import Refusal, ServiceFault
from remit.hosts.guard import Asked, Guard, Said
from remit.hosts.records import Decided
from remit.tokens.verifying import Credentials
from tests.hosting import ANN, NOW, Table

POLICY = """
api orders {
  audience "https://api.example.com/documents"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:orders, write:orders
  role clerk grants read:orders, write:orders
  action list needs read:orders
  permit list to anyone
  forbid list when context.ip in "203.0.113.0/24" because "from a network that is shut out"
}

context { ip: ip  night: bool = false  assume night }

resource Order {
  org:    string
  total:  int
  frozen: bool = false
  assume frozen

  action read               needs read:orders
  action write              needs write:orders
  action pay(amount: int)   needs write:orders

  permit read, write to entitled
  permit pay to entitled when action.amount <= total
  forbid write when org != "acme" oblige alert { what: "another's" } because "orders stay with their own"
  forbid any when context.ip in "203.0.113.0/24" oblige alert { what: "network" }
    because "from a network that is shut out"
  forbid write when context.night and frozen oblige alert { what: "night" } because "frozen at night"
}
"""
TOKENS: dict[str, dict[str, object]] = {
    "clerk": {**ANN, "scope": "read:orders write:orders", "roles": ["clerk"]},
    "reader": {**ANN, "scope": "read:orders", "roles": ["clerk"]},
    "nobody": {**ANN, "scope": "read:orders write:orders", "roles": []},
    "elsewhere": {**ANN, "aud": "https://api.example.com/other"},
}
OFFICE: Mapping[str, object] = {"ip": "10.0.0.1"}
OUTSIDE: Mapping[str, object] = {"ip": "203.0.113.7"}
MINE: Mapping[str, object] = {"org": "acme", "total": 10}
THEIRS: Mapping[str, object] = {"org": "other", "total": 10}


def load(id: str) -> object: ...  # noqa: A002  (the route's own name)


def guarding(kept: list[Decided] | None = None, **settings: Any) -> Guard:
    keep = None if kept is None else kept.append
    settings = {"context": lambda asked: asked, "disclosure": "full", "on_decision": keep, **settings}
    return Guard(Engine.from_text(POLICY, clock=lambda: NOW), Table(TOKENS), **settings)


def asked(token: str | None, context: object = OFFICE) -> Asked:
    return Asked(context, Credentials(() if token is None else (f"Bearer {token}",)), {})


def refused(
    guard: Guard,
    action: str,
    token: str | None,
    thing: object = MINE,
    *,
    context: object = OFFICE,
    parameters: Callable[[Any], Any] | None = None,
) -> Refusal:
    about = guard.endpoint(action, "Order", load, parameters=parameters)
    with pytest.raises(Refusal) as raised:
        guard.admit(about, asked(token, context), lambda: thing)
    return raised.value


def body(refusal: Refusal) -> Any:
    return json.loads(refusal.answer.body)


def owed(refusal: Refusal) -> list[object]:
    assert refusal.decision is not None
    return [each.values["what"] for each in refusal.decision.obligations]


# ---- refusals


def test_a_refusal_brings_the_decision_and_what_it_obliges_to() -> None:
    refusal = refused(guarding(), "write", "clerk", THEIRS)
    assert refusal.decision is not None
    assert refusal.decision.reason == "orders stay with their own"
    assert owed(refusal) == ["another's"]


def test_a_concealed_denial_brings_its_decision_as_well() -> None:
    refusal = refused(guarding(conceal="pay"), "write", "clerk", THEIRS)
    assert refusal.answer.status == 404
    assert owed(refusal) == ["another's"]


def test_what_is_foreseen_obliges_to_what_no_resource_changes() -> None:
    # the scope is lacking, whatever the order; the network is shut out, whatever the order
    refusal = refused(guarding(), "write", "reader", THEIRS, context=OUTSIDE)
    assert refusal.decision is not None
    assert not refusal.decision.allowed
    assert owed(refusal) == ["network"]
    assert owed(refused(guarding(), "write", "reader", THEIRS)) == []


@pytest.mark.parametrize("context", [OFFICE, OUTSIDE, {**OFFICE, "night": True}])
@pytest.mark.parametrize("token", list(TOKENS))
@pytest.mark.parametrize("action", ["read", "write"])
def test_what_is_said_of_a_foreseen_denial_is_true_of_every_order(
    action: str, token: str, context: Mapping[str, object]
) -> None:
    guard = guarding()
    orders = [{"org": org, "total": 1, "frozen": f} for org in ("acme", "x") for f in (True, False)]
    orders.append({"org": "acme", "total": 1})
    refusal = foreseen(guard, action, asked(token, context))
    if refusal is None:
        return
    who = guard.caller(asked(token)).who
    for order in orders:
        decision = guard.engine.decide(who, action, ("Order", order), context=context)
        assert not decision.allowed
        assert body(refusal)["detail"] in [denial.message for denial in decision.denials]
        assert body(refusal)["layer"] in [denial.layer for denial in decision.denials]
        assert set(owed(refusal)) <= {owes.values["what"] for owes in decision.obligations}


def foreseen(guard: Guard, action: str, one: Asked) -> Refusal | None:
    """The refusal of what is denied whatever the order holds."""
    about = guard.endpoint(action, "Order", load)
    caller = guard.caller(one)
    try:
        guard.foresee(about, caller, guard.said(about, one, caller))
    except Refusal as refusal:
        return refusal
    return None


def test_nothing_was_decided_about_what_is_not_there() -> None:
    assert refused(guarding(), "read", "clerk", None).decision is None
    with pytest.raises(Refusal) as raised:
        guarding().caller(asked("eve"))
    assert raised.value.decision is None


# ---- reasons


@pytest.mark.parametrize(
    ("token", "context", "parameters", "detail", "layer"),
    [
        ("clerk", OUTSIDE, {"amount": 1}, "from a network that is shut out", "rules"),
        ("clerk", {}, {"amount": 1}, "from a network that is shut out", "rules"),
        ("clerk", OFFICE, {}, "a permit could not be worked out, and no other applies", "rules"),
        ("nobody", OFFICE, {"amount": 1}, "no permit applies, and the caller lacks the permission", ""),
        ("reader", OFFICE, {"amount": 1}, "the token was not granted write:orders", "scope"),
        ("elsewhere", OFFICE, {}, "the token is not meant for this API: its audience is another", ""),
    ],
)
def test_a_foreseen_denial_has_its_reason(
    token: str, context: object, parameters: object, detail: str, layer: str
) -> None:
    refusal = refused(guarding(), "pay", token, context=context, parameters=lambda _: parameters)
    assert body(refusal)["detail"] == detail
    assert body(refusal)["layer"] == (layer or {"nobody": "permission"}.get(token, "token"))


def test_of_the_api_itself_the_reason_is_known() -> None:
    guard = guarding()
    with pytest.raises(Refusal) as raised:
        guard.admit(guard.endpoint("list"), asked("clerk", OUTSIDE), lambda: None)
    assert body(raised.value)["detail"] == "from a network that is shut out"


def test_what_time_allows_after_it_was_foreseen_is_denied_without_a_decision() -> None:
    policy = POLICY.replace(
        "permit list to anyone", 'permit list to anyone when now >= "2026-11-23T10:36Z"'
    )
    # foresee, and then the decision
    clock = itertools.chain((NOW,), itertools.repeat(NOW + 100))
    guard = Guard(Engine.from_text(policy, clock=lambda: next(clock)), Table(TOKENS), disclosure="full")
    about = guard.endpoint("list")
    one = asked("clerk")
    caller = guard.caller(one)
    said = Said(None, OFFICE, None)
    with pytest.raises(Refusal) as raised:
        guard.foresee(about, caller, said)
    assert raised.value.decision is None
    assert body(raised.value)["detail"] == "nobody like the caller may do this to any resource"
    assert body(raised.value)["layer"] == "rules"


# ---- records


def test_each_request_of_a_known_caller_is_recorded_once() -> None:
    kept: list[Decided] = []
    guard = guarding(kept)
    about = guard.endpoint("write", "Order", load)
    access = guard.admit(about, asked("clerk"), lambda: MINE)
    refused(guard, "write", "clerk", THEIRS)
    refused(guard, "write", "reader")
    refused(guard, "write", "clerk", None)
    refused(guard, "write", None)
    refused(guard, "write", "clerk", context=3)
    guard.admit_list(guard.listing("read", "Order"), asked("clerk"))
    with pytest.raises(Refusal):
        guard.caller(asked("eve"))
    outcomes = [(each.action, each.allowed, each.layer, each.resource) for each in kept]
    assert outcomes == [
        ("write", True, None, MINE),
        ("write", False, "rules", THEIRS),
        ("write", False, "scope", None),
        ("write", False, None, None),
        ("write", False, "token", None),
        ("write", False, "request", None),
        ("read", True, None, None),
    ]
    assert kept[0].decision is access.decision
    assert kept[0].who is access.who
    assert kept[0].request is OFFICE
    assert [each.decision is None for each in kept] == [False, False, False, True, False, True, True]


def test_a_record_is_plain_data_without_the_resource() -> None:
    kept: list[Decided] = []
    guard = guarding(kept)
    refusal = refused(guard, "write", "clerk", {**THEIRS, "total": 123_456})
    refused(guard, "write", None)
    refused(guard, "write", "clerk", None)
    told, anonymous, missing = (json.loads(json.dumps(each.record())) for each in kept)
    assert refusal.decision is not None
    assert refusal.decision.rule is not None
    assert told == {
        "action": "write",
        "kind": "Order",
        "caller": {
            "issuer": "https://example.eu.auth0.com/",
            "subject": ANN["sub"],
            "client": ANN.get("azp"),
        },
        "allowed": False,
        "layer": "rules",
        "rule": refusal.decision.rule.id,
        "decision": json.loads(json.dumps(refusal.decision.record())),
    }
    assert "123456" not in json.dumps(told)
    assert anonymous["caller"] is None
    assert missing["decision"] is None


class Full(Exception):
    """Of a disk."""


def failing(_decided: Decided) -> None:
    raise Full("secret")


def test_who_is_allowed_is_not_let_through_without_a_record(caplog: pytest.LogCaptureFixture) -> None:
    guard = guarding(on_decision=failing)
    about = guard.endpoint("write", "Order", load)
    with pytest.raises(ServiceFault, match="no record of the decision could be kept"):
        guard.admit(about, asked("clerk"), lambda: MINE)
    with pytest.raises(ServiceFault):
        guard.admit_list(guard.listing("read", "Order"), asked("clerk"))
    assert caplog.messages == ["a record of a decision could not be kept: Full"] * 2


def test_a_denial_stays_one_without_a_record() -> None:
    assert refused(guarding(on_decision=failing), "write", "clerk", THEIRS).answer.status == 403
    assert refused(guarding(on_decision=failing), "write", "clerk", None).answer.status == 404


# ---- the log


def test_a_denial_is_a_line_of_the_log_without_values(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "remit")
    guard = guarding(conceal="read")
    refusal = refused(guard, "write", "clerk", {**THEIRS, "org": "a-secret"})
    assert refusal.decision is not None
    assert refusal.decision.rule is not None
    refused(guard, "write", "reader")
    refused(guard, "write", "clerk", None)
    guard.admit(guard.endpoint("read", "Order", load), asked("clerk"), lambda: MINE)
    with pytest.raises(Refusal):
        guard.admit(guard.endpoint("list"), asked("nobody", 3), lambda: None)
    assert caplog.messages == [
        f"denied: write on Order, layer rules, rule {refusal.decision.rule.id}",
        "denied: write on Order, layer scope, rule None",
        "list on the API: the context could not be made: `int` is no mapping",
        "denied: list on the API, layer request, rule None",
    ]


# ---- what a reload takes away


def test_what_can_no_longer_be_known_by_is_concealed(tmp_path: Path) -> None:
    path = tmp_path / "orders.remit"
    path.write_text(POLICY, encoding="utf-8")
    engine = Engine.load(path, clock=lambda: NOW)
    guard = Guard(engine, Table(TOKENS), context=lambda asked: asked, conceal="read")
    about = guard.endpoint("write", "Order", load)

    def status(thing: object) -> int:
        with pytest.raises(Refusal) as raised:
            guard.admit(about, asked("clerk"), lambda: thing)
        return raised.value.answer.status

    assert (status(THEIRS), status(None)) == (403, 404)
    without = POLICY.replace("action read ", "action see ").replace("permit read,", "permit see,")
    path.write_text(without, encoding="utf-8")
    engine.reload()
    assert (status(THEIRS), status(None)) == (404, 404)


def test_an_action_that_a_reload_took_away_is_denied_and_recorded(tmp_path: Path) -> None:
    path = tmp_path / "orders.remit"
    path.write_text(POLICY, encoding="utf-8")
    engine = Engine.load(path, clock=lambda: NOW)
    kept: list[Decided] = []
    guard = Guard(engine, Table(TOKENS), context=lambda asked: asked, on_decision=kept.append)
    abouts = [guard.endpoint("write", "Order", load), guard.endpoint("list")]
    text = POLICY.replace("Order", "Ordered").replace("list", "show")
    path.write_text(text, encoding="utf-8")
    engine.reload()
    for about in abouts:
        with pytest.raises(Refusal) as raised:
            guard.admit(about, asked("clerk"), lambda: MINE)
        assert raised.value.answer.status == 403
    assert [each.layer for each in kept] == ["request", "request"]
