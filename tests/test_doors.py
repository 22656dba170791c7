"""The doors of the engine: what may be asked, and that whatever goes wrong is a denial that says so."""

import logging
from collections import UserDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from types import SimpleNamespace
from typing import Any, NamedTuple

import orjson
import pytest
from pydantic import BaseModel

import remit
from remit import (
    ConfigurationError,
    Decision,
    Denied,
    Engine,
    Principal,
    Request,
    Verdict,
    VerifiedClaims,
)
from remit.decider import answers

POLICY = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read:notes, write:notes
  role reader grants read:notes
  role writer extends reader grants write:notes
  action list needs read:notes
  action ping needs nothing
  permit list to entitled
  permit ping to anyone
}
token { tenant: string }
context { night: bool = false  assume night }
resource Note {
  owner: user
  colour: "red" | "blue"
  tenant: string
  action read needs read:notes
  action write needs write:notes
  action peek needs nothing
  permit any to entitled
  permit "own" read to owner
  permit peek to anyone
  forbid "tenants" any unless tenant == token.tenant because "notes never cross tenants"
  forbid "night" any when context.night
}
"""
SECRET = "a secret of the service"
CLAIMS: dict[str, Any] = {
    "iss": "https://example.eu.auth0.com/",
    "aud": "https://api.example.com/notes",
    "sub": "auth0|ann",
    "exp": 2_000_000_000,
    "scope": "read:notes write:notes",
    "roles": ["reader"],
    "tenant": "acme",
}
FIELDS: dict[str, Any] = {"owner": "auth0|bob", "colour": "red", "tenant": "acme"}


class Colour(Enum):
    RED = "red"


@dataclass
class Note:
    owner: str
    colour: Any
    tenant: str


class NoteModel(BaseModel):
    owner: str
    colour: str
    tenant: str


class Plain:
    def __init__(self) -> None:
        self.__dict__.update(FIELDS)


class Breaking:
    """An object, or a mapping, whose every access fails."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(SECRET)


class BreakingMapping(UserDict[str, object]):
    def __iter__(self) -> Iterator[str]:
        raise RuntimeError(SECRET)


NoteModel.__name__ = "Note"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)


def principal(engine: Engine, **changes: object) -> Principal:
    return engine.principal(VerifiedClaims(CLAIMS | changes))


@pytest.mark.parametrize(
    "note",
    [
        ("Note", FIELDS),
        ("Note", UserDict(FIELDS)),
        Note(**FIELDS),
        Note(**FIELDS | {"colour": Colour.RED}),
        NoteModel(**FIELDS),
        ("Note", Plain()),
        ("Note", SimpleNamespace(**FIELDS)),
    ],
)
def test_a_resource_is_a_mapping_or_an_object(engine: Engine, note: object) -> None:
    who, stranger = principal(engine), principal(engine, tenant="other")
    assert engine.allows(who, "read", note)
    assert engine.decide(who, "read", note)
    assert not engine.allows(stranger, "read", note)
    assert engine.decide(stranger, "read", note).reason == "notes never cross tenants"
    assert engine.explain(who, "read", note).allowed


@pytest.mark.parametrize("note", [("Note", FIELDS), Note(**FIELDS), ("Note", Plain())])
def test_what_is_given_beside_an_object_is_read_as_beside_a_mapping(
    engine: Engine, note: object
) -> None:
    who = principal(engine)
    for night in (False, True):
        context = {"night": night}
        assert engine.allows(who, "read", note, context=context) is not night
        assert engine.decide(who, "read", note, context=context).allowed is not night
    tiers = Engine.from_text(
        POLICY + "resource T { action a(n: int) needs nothing permit a to anyone when action.n == 1 }"
    )
    thing = ("T", Plain())
    assert tiers.allows(principal(tiers), "a", thing, parameters={"n": 1})
    assert not tiers.allows(principal(tiers), "a", thing, parameters={"n": 2})


@pytest.mark.parametrize(
    ("now", "valid"),
    [(999.0, False), (1000.0, True), (1000, True), (1999.5, True), (2000.0, False), (2001, False)],
)
def test_every_door_takes_a_token_from_its_first_instant_until_its_last(
    engine: Engine, now: float, valid: bool
) -> None:
    # RFC 7519, sections 4.1.4 and 4.1.5: not before `nbf`, and before `exp`
    who, note = principal(engine, nbf=1000, exp=2000), ("Note", FIELDS)
    assert engine.allows(who, "read", note, now=now) is valid
    assert engine.decide(who, "read", note, now=now).allowed is valid
    explained = engine.explain(who, "read", note, now=now)
    assert (explained.allowed, bool(explained.rules)) == (valid, valid)
    assert (engine.challenge(who, "read", note, now=now) is None) is valid
    assert (engine.foresee(who, "read", "Note", now=now) is None) is valid
    assert engine.allowed_actions(who, ["read"], note, now=now) == ["read"] * valid
    assert [each.allowed for each in engine.decide_many([Request(who, "read", note)], now=now)] == [
        valid
    ]


@pytest.mark.parametrize("value", [None, 1, b"acme", ["acme"], float("nan")])
def test_a_value_of_another_type_denies_and_names_the_rule(engine: Engine, value: object) -> None:
    decision = engine.decide(principal(engine), "read", ("Note", FIELDS | {"tenant": value}))
    assert not decision
    assert "tenants" in [rule.id for rule in decision.errors]
    assert decision.denials[0].erred


def test_the_api_itself_has_actions(engine: Engine) -> None:
    assert engine.allows(principal(engine), "list")
    assert engine.allows(None, "ping")
    decision = engine.decide(None, "list")
    assert decision.reason == "the request carries no token"
    assert decision.layers.token is Verdict.FAILED


def test_anonymous_passes_only_where_nothing_is_needed(engine: Engine) -> None:
    assert not engine.allows(None, "read", ("Note", FIELDS))
    assert not engine.allows(None, "peek", ("Note", FIELDS))  # the forbid's claim is missing


def refused(engine: Engine, *question: object, **more: object) -> str:
    """The reason for a denial that all doors agree on."""
    allows: Callable[..., bool] = engine.allows
    explain: Callable[..., remit.Explanation] = engine.explain
    decide: Callable[..., Decision] = engine.decide
    assert not allows(*question, **more)
    assert not explain(*question, **more).allowed
    decision = decide(*question, **more)
    assert not decision.allowed
    return decision.reason


def test_what_the_policy_does_not_know_is_denied_by_name(engine: Engine) -> None:
    who = principal(engine)
    assert "resource type `Memo`" in refused(engine, who, "read", ("Memo", FIELDS))
    assert "no such action" in refused(engine, who, "shred", ("Note", FIELDS))
    assert "no such action" in refused(engine, who, None, ("Note", FIELDS))
    assert "no such action" in refused(engine, who, "read", None)
    assert "resource type `Breaking`" in refused(engine, who, "read", Breaking())


TENANTS = 'forbid "tenants" any unless tenant == token.tenant because'
OPEN = POLICY.replace(TENANTS, "forbid write because")


async def awaited() -> Note:
    return Note("auth0|bob", "red", "acme")


class Row(NamedTuple):
    owner: str
    colour: str
    tenant: str


class DictNote(dict[str, object]):
    pass


class MappingNote(UserDict[str, object]):
    pass


DictNote.__name__ = MappingNote.__name__ = "Note"


@pytest.mark.parametrize(
    "thing",
    [
        None,
        42,
        1.5,
        True,
        "note-17",
        b"",
        Decimal(1),
        [],
        [Note],
        (),
        ("not found", 404),
        set(),
        Note,
        iter([]),
        awaited,
        len,
        "".join,
        UserDict().items,
        "".__len__,
        str.__len__,
        str.join,
        vars(dict)["fromkeys"],
    ],
)
def test_what_has_no_members_is_no_resource(thing: object) -> None:
    """A row that is not there is None: rules that read nothing must not let it through."""
    engine = Engine.from_text(OPEN, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    assert engine.allows(who, "read", ("Note", {}))
    assert engine.allows(who, "read", ("Note", Note("auth0|bob", "red", "acme")))
    assert "is no resource" in refused(engine, who, "read", ("Note", thing))
    assert engine.allowed_actions(who, ["read"], ("Note", thing)) == []
    assert not engine.decide_many([Request(who, "read", ("Note", thing))])[0]
    assert engine.fix(who, "read", ("Note", thing)).untried


def test_what_is_still_to_be_awaited_is_no_resource() -> None:
    engine = Engine.from_text(OPEN, clock=lambda: 1_900_000_000.0)
    waiting = awaited()
    assert "a coroutine is no resource" in refused(engine, principal(engine), "read", ("Note", waiting))
    waiting.close()


def test_a_named_tuple_is_a_resource() -> None:
    engine = Engine.from_text(OPEN, clock=lambda: 1_900_000_000.0)
    assert engine.allows(principal(engine), "read", ("Note", Row("auth0|bob", "red", "acme")))


@pytest.mark.parametrize("of", [DictNote, MappingNote])
def test_a_mapping_is_read_by_its_items_or_not_at_all(of: type) -> None:
    """Its attributes are none of its members: each of them would be missing."""
    rules = 'assume colour forbid read when has colour because "coloured" permit "own" read'
    text = POLICY.replace('permit "own" read', rules).replace("colour:", "colour?:")
    engine = Engine.from_text(text, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    assert refused(engine, who, "read", ("Note", of(FIELDS))) == "coloured"
    assert "goes in as a pair" in refused(engine, who, "read", of(FIELDS))
    assert engine.fix(who, "read", of(FIELDS)).untried


class Names(StrEnum):
    NOTE = "Note"
    READ = "read"
    SHRED = "shred"


def test_names_may_be_members_of_an_enumeration_and_it_matters_not_who_asked_before() -> None:
    note = (Names.NOTE, FIELDS)
    for _ in range(2):
        engine = Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)
        who = principal(engine)
        for _ in range(2):
            assert engine.allows(who, Names.READ, note)
            assert engine.decide(who, Names.READ, note)
            assert engine.explain(who, Names.READ, note).allowed
            assert engine.allowed_actions(who, [Names.READ, Names.SHRED], note) == ["read"]
            assert engine.foresee(who, Names.READ, Names.NOTE) is None
            assert "no such action" in refused(engine, who, Names.SHRED, note)
            assert engine.allows(who, "read", ("Note", FIELDS))


def test_a_class_is_no_name_even_where_objects_of_it_were_asked_about() -> None:
    engine = Engine.from_text(OPEN, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    for _ in range(2):
        assert "is a str" in refused(engine, who, "read", (Note, FIELDS))
        assert "is a str" in refused(engine, who, "read", (("Note",), FIELDS))
        note = Note("auth0|bob", "red", "acme")
        assert engine.allows(who, "read", note)
        assert engine.allows(who, "read", ("Note", note))


def test_classes_that_are_made_by_the_way_are_not_kept_for_good() -> None:
    engine = Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)
    who, kept = principal(engine), engine._epoch  # noqa: SLF001  (how many there are is not to be seen)
    for number in range(2_500):
        made = type("Note", (Note,), {})
        assert engine.allows(who, "read", made(f"auth0|{number}", "red", "acme"))
    assert max(len(kept.doors), len(kept.allowing)) < 1_100
    assert engine.allows(who, "read", ("Note", FIELDS))


def test_a_name_that_the_policy_does_not_know_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    for _ in range(3):
        assert not engine.allows(who, "raed", ("Note", FIELDS))
    assert not engine.allows(who, "read", ("Nate", FIELDS))
    assert not engine.allows(who, "shred")
    assert caplog.messages == [
        "denied: the policy knows no action on Note 'raed'; did you mean 'read'?",
        "denied: the policy knows no resource type 'Nate'; did you mean 'Note'?",
        "denied: the policy knows no action on the API 'shred'",
    ]


def test_the_log_does_not_grow_with_the_names_that_callers_think_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    for number in range(200):
        assert not engine.allows(who, f"{number}\n" + "x" * 1000, ("Note", FIELDS))
    assert len(caplog.messages) == 64
    assert max(map(len, caplog.messages)) < 200
    assert not any("\n" in message for message in caplog.messages)


def test_a_question_of_another_form_is_denied(engine: Engine) -> None:
    who = principal(engine)
    assert "tuple" in refused(engine, who, "read", ("Note", FIELDS, 1))
    assert "str" in refused(engine, who, "read", (1, Plain()))
    assert refused(engine, who, "read", (1, FIELDS))
    assert refused(engine, who, ["read"], ("Note", FIELDS))
    assert "not a Principal" in refused(engine, CLAIMS, "read", ("Note", FIELDS))


def test_now_is_an_instant(engine: Engine) -> None:
    who, note = principal(engine), ("Note", FIELDS)
    assert engine.allows(who, "read", note, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert engine.allows(who, "read", note, now=1_900_000_000)
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  (what is refused)
    assert "time zone" in refused(engine, who, "read", note, now=naive)
    assert refused(engine, who, "read", note, now=float("nan"))
    for wrong in ("today", True, b"0", 10**400):
        assert refused(engine, who, "read", note, now=wrong)
        assert not engine.decide_many([Request(who, "read", note)], now=wrong)[0]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # what is refused
    assert "seconds since the epoch" in refused(engine, who, "read", note, now=True)


@pytest.mark.parametrize(
    ("question", "more"),
    [
        (("read", ("Note", Breaking())), {}),
        (("read", ("Note", BreakingMapping(FIELDS))), {}),
        (("read", ("Note", FIELDS)), {"context": BreakingMapping(FIELDS)}),
        (("read", ("Note", FIELDS)), {"context": 1}),
    ],
)
def test_an_exception_on_the_way_is_a_denial_that_tells_no_secret(
    engine: Engine, caplog: pytest.LogCaptureFixture, question: tuple[Any, ...], more: dict[str, Any]
) -> None:
    with caplog.at_level(logging.DEBUG):
        reason = refused(engine, principal(engine), *question, **more)
    assert SECRET not in caplog.text + reason


class Unfinished:
    """An attribute is missing, and another breaks down while it is worked out."""

    owner = "auth0|ann"
    tenant = "acme"

    @property
    def colour(self) -> str:
        return self.pigment.name  # type: ignore[attr-defined, no-any-return]  # what breaks down


def test_an_attribute_that_is_missing_is_told_from_one_that_breaks_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = POLICY.replace('colour: "red" | "blue"', 'colour?: "red" | "blue"  shade?: string')
    rules = "assume shade, colour  forbid read when has shade or has colour\n  permit read"
    text = text.replace('permit "own" read', rules)
    engine = Engine.from_text(text, clock=lambda: 1_900_000_000.0)
    who = principal(engine)
    plain = SimpleNamespace(owner="auth0|ann", tenant="acme")
    assert engine.allows(who, "read", ("Note", plain))
    assert engine.explain(who, "read", ("Note", plain)).allowed
    assert engine.fix(who, "read", ("Note", plain)) == remit.Fixes(())
    assert not caplog.messages
    broken = engine.explain(who, "read", ("Note", Unfinished()))
    assert [denial.erred for denial in broken.decision.denials] == [True]
    assert "error has colour" in str(broken)
    assert "Unfinished.colour could not be read: AttributeError" in caplog.messages


def test_a_clock_that_fails_denies(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> float:
        raise OSError(SECRET)

    engine = Engine.from_text(POLICY, clock=broken)
    who = principal(engine)
    assert "OSError" in refused(engine, who, "read", ("Note", FIELDS))
    assert [d.allowed for d in engine.decide_many([Request(who, "list", None)])] == [False]
    assert SECRET not in caplog.text


def test_an_interrupt_is_not_an_error(engine: Engine) -> None:
    class Interrupting:
        @property
        def tenant(self) -> str:
            raise KeyboardInterrupt

    for door in (engine.allows, engine.decide, engine.explain):
        ask: Callable[..., object] = door
        with pytest.raises(KeyboardInterrupt):
            ask(principal(engine), "read", ("Note", Interrupting()))


def test_authorize_raises_with_the_decision(engine: Engine) -> None:
    note = ("Note", FIELDS)
    assert engine.authorize(principal(engine), "read", note).allowed
    with pytest.raises(Denied, match="lacks the permission") as caught:
        engine.authorize(principal(engine), "write", note)
    assert caught.value.decision == engine.decide(principal(engine), "write", note)
    assert str(caught.value) == caught.value.decision.reason


@pytest.mark.parametrize(
    ("because", "reason"),
    [('because "notes are the writer\'s"', "notes are the writer's"), ("", "permitted by own")],
)
def test_what_is_allowed_has_the_reason_that_its_permit_gives(because: str, reason: str) -> None:
    policy = POLICY.replace('permit "own" read to owner', f'permit "own" read to owner {because}')
    engine = Engine.from_text(policy, clock=lambda: 1_900_000_000.0)
    decision = engine.decide(
        principal(engine, roles=[]), "read", ("Note", FIELDS | {"owner": "auth0|ann"})
    )
    assert (decision.allowed, decision.reason) == (True, reason)


def test_of_several_actions_those_that_are_allowed_are_told_in_their_order(engine: Engine) -> None:
    ann, note = principal(engine), ("Note", FIELDS)
    actions: list[Any] = ["write", "unheard of", "read", [], "read"]
    assert engine.allowed_actions(ann, actions, note) == ["read", "read"]
    assert engine.allowed_actions(ann, actions, note, now=2_000_000_000.0) == []
    assert engine.allowed_actions(ann, actions, ("Unheard", {})) == []
    assert engine.allowed_actions(ann, actions, (1, 2, 3)) == []
    assert engine.allowed_actions("ann", actions, note) == []  # type: ignore[arg-type]
    assert engine.allowed_actions(ann, actions, note, context=1) == []  # type: ignore[arg-type]


def test_a_batch_is_decided_by_one_set(engine: Engine) -> None:
    # failure mode 33
    def requests() -> Iterator[Request]:
        yield Request(principal(engine), "read", ("Note", FIELDS))
        engine.reload()
        yield Request(principal(engine), "read", ("Note", FIELDS))

    assert [d.generation for d in engine.decide_many(requests())] == [1, 1]
    assert engine.decide(None, "read").generation == 2


def test_decide_many_answers_in_order(engine: Engine) -> None:
    who, note = principal(engine), ("Note", FIELDS)
    requests = [Request(who, "write", note), Request(who, "read", note, {"night": True})]
    requests += [Request(who, "read", note), Request(None, "ping", None)]
    assert [d.allowed for d in engine.decide_many(requests)] == [False, False, True, True]
    late = engine.decide_many(requests, now=2_000_000_000.0)
    assert [d.allowed for d in late] == [False, False, False, True]


def test_each_layer_speaks_for_itself(engine: Engine) -> None:
    ok, failed, error = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR
    note = ("Note", FIELDS)

    def layers(action: str, **changes: object) -> tuple[Verdict, ...]:
        return tuple(engine.decide(principal(engine, **changes), action, note).layers)

    assert layers("read") == (ok, ok, ok, ok)
    assert layers("write") == (ok, ok, failed, failed)
    assert layers("write", scope="read:notes") == (ok, failed, failed, failed)
    assert layers("write", scope="read:notes", roles=["writer"]) == (ok, failed, ok, failed)
    assert layers("read", tenant="other") == (ok, ok, ok, failed)
    assert layers("read", sub="opaque") == (ok, ok, error, failed)
    assert layers("read", aud="other") == (failed, *[Verdict.NOT_ASKED] * 3)
    assert layers("peek") == (ok, Verdict.NOT_NEEDED, Verdict.NOT_NEEDED, ok)


def test_a_denial_says_what_would_change_it(engine: Engine) -> None:
    note = ("Note", FIELDS)
    by_role = engine.decide(principal(engine), "write", note)
    assert (by_role.missing_scopes, by_role.missing_roles) == ((), ("writer",))
    by_scope = engine.decide(principal(engine, scope="openid"), "read", note)
    assert (by_scope.missing_scopes, by_scope.missing_roles) == (("read:notes",), ())
    allowed = engine.decide(principal(engine), "read", note)
    assert (allowed.missing_scopes, allowed.missing_roles) == ((), ())


@pytest.mark.parametrize("needs", ["read:notes or write:notes", "write:notes or read:notes"])
def test_of_scopes_that_would_do_alike_the_first_by_name_is_missing(needs: str) -> None:
    policy = POLICY.replace("action list needs read:notes", f"action list needs {needs}")
    engine = Engine.from_text(policy, clock=lambda: 1_900_000_000.0)
    assert engine.decide(principal(engine, scope=""), "list").missing_scopes == ("read:notes",)


def test_a_decision_cannot_be_changed(engine: Engine) -> None:
    decision = engine.decide(principal(engine), "write", ("Note", FIELDS))
    for name in ("allowed", "valid_until", "_outcome", "anything"):
        with pytest.raises(AttributeError):
            setattr(decision, name, True)
    with pytest.raises(AttributeError):
        del decision.valid_until
    with pytest.raises(AttributeError):
        decision.layers.scope = Verdict.PASSED  # type: ignore[misc]  # what is refused


def test_what_is_kept_with_a_principal_is_bounded(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_MAX_DECISIONS", 3)
    who, asked = principal(engine), [("Note", FIELDS), ("Note", FIELDS | {"tenant": "other"})]
    for _ in range(2):
        said = [engine.decide(who, a, r).allowed for a in ("read", "write", "peek") for r in asked]
        assert said == [True, False, False, False, True, False]
        assert 1 <= len(who.binding.decisions) <= 3


def test_what_is_kept_of_an_action_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MAX_OUTCOMES", 0)
    engine = Engine.from_text(POLICY, clock=lambda: 1_900_000_000.0)
    callers = [
        principal(engine, scope=scope, roles=roles, sub=sub)
        for scope in ("read:notes", "")
        for roles in (["reader"], [])
        for sub in ("auth0|ann", "auth0|bob")
    ]
    for tenant in ("acme", "other"):
        for night in (False, True):
            for who in callers:
                note = ("Note", FIELDS | {"tenant": tenant})
                owns, entitled = who.subject == "auth0|bob", who.claims["roles"] == ["reader"]
                granted = who.claims["scope"] == "read:notes" and (owns or entitled)
                said = engine.decide(who, "read", note, context={"night": night})
                assert said.allowed is (granted and tenant == "acme" and not night)
                assert 1 <= len(engine._epoch.doors["Note"]["read"].outcomes) <= 4  # noqa: SLF001  (a bound is kept inside)


def test_decisions_that_say_the_same_are_equal(engine: Engine) -> None:
    note = ("Note", FIELDS)
    first, second = (engine.decide(principal(engine), "read", note) for _ in range(2))
    assert first is not second
    assert (first, hash(first)) == (second, hash(second))
    assert first != engine.decide(principal(engine), "write", note)
    assert first != "allowed"


def test_a_decision_is_plain_data_for_logs(engine: Engine) -> None:
    explanation = engine.explain(principal(engine, tenant="other"), "read", ("Note", FIELDS))
    record = orjson.loads(orjson.dumps(explanation.record()))
    assert record["allowed"] is False
    assert record["denials"][0] == {
        "layer": "rules",
        "rule": "tenants",
        "message": "notes never cross tenants",
        "erred": False,
        "login": None,
    }
    assert "deny" in repr(explanation.decision)


def test_many_outcomes_are_kept_apart_beyond_the_bound_of_the_memo() -> None:
    names = [f"f{number}" for number in range(14)]
    fields = " ".join(f"{name}: bool" for name in names)
    rules = " ".join(f"forbid a when {name}" for name in names)
    text = f"""
    api x {{ audience "x" issuer "https://example.eu.auth0.com/" profile auth0 scope s }}
    resource R {{ {fields} action a needs nothing permit a to anyone {rules} }}
    """
    engine = Engine.from_text(text)
    for number in range(2 * 4096 + 7):
        thing = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        decision: Decision = engine.decide(None, "a", ("R", thing))
        assert len(decision.denials) == number.bit_count()
        assert decision.allowed is (number == 0)


def test_an_engine_that_cannot_be_safe_does_not_start() -> None:
    bare = "api x { scope s } resource R { action a needs s }"
    trusted = {"https://a.example/": "auth0"}
    with pytest.raises(ConfigurationError, match="audience"):
        Engine.from_text(bare, issuers=trusted)
    with pytest.raises(ConfigurationError, match="audience"):
        Engine.from_text(bare, issuers=trusted, audience=[""])
    with pytest.raises(ConfigurationError, match="issuer"):
        Engine.from_text(bare, audience="x")
    with pytest.raises(ConfigurationError, match="more than one issuer"):
        Engine.from_text(bare, audience="x", issuers=trusted | {"https://b.example/": "auth0"})
    assert Engine.from_text(bare, audience="x", issuers=trusted).generation == 1


def test_several_texts_are_one_policy() -> None:
    api, rest = POLICY.split("token {", 1)
    whole = Engine.from_text(POLICY)
    assert Engine.from_text({"b.remit": "token {" + rest, "a.remit": api}).digest == whole.digest


def test_the_public_names_are_these() -> None:
    assert remit.__all__ == sorted(remit.__all__)
    assert all(hasattr(remit, name) for name in remit.__all__)
    assert set(remit.__all__) == {
        "Assignment",
        "BundleError",
        "Challenge",
        "Change",
        "ConfigurationError",
        "Decision",
        "Denial",
        "Denied",
        "Engine",
        "Explanation",
        "Finding",
        "Fix",
        "Fixes",
        "Layers",
        "Login",
        "Obligation",
        "PolicyError",
        "Presented",
        "Principal",
        "RemitError",
        "Request",
        "RuleReference",
        "Verdict",
        "VerifiedClaims",
    }
