"""What tokens have alike is remembered, and a remembered token is bound as an unknown one is."""

from collections.abc import Mapping
from dataclasses import fields

import pytest

from remit import Engine, Principal, VerifiedClaims
from remit.syntax.render import render
from remit.tokens import findings, principal
from remit.tokens.binding import Binding, Entitlement, Ways
from remit.tokens.claims import MAX_REMEMBERED
from tests.agreement import read
from tests.choices import Seeded
from tests.generate import draw
from tests.generate_requests import question, subjects_of
from tests.hostile import LiarText, Text
from tests.test_classes import CLAIMS, engine_of

HAS = [each.name for each in fields(Entitlement) if each.name != "ways"]


def bound(binding: Binding) -> tuple[object, ...]:
    """All that rules can see of a caller, and when it holds."""
    return (
        binding.problem,
        binding.user,
        binding.claims,
        binding.not_before,
        binding.expires,
        binding.auth_time,
        *(getattr(binding.entitlement, name) for name in HAS),
    )


@pytest.mark.parametrize("number", range(40))
def test_a_remembered_token_is_bound_as_an_unknown_one_is(number: int) -> None:
    # failure mode 31
    choices = Seeded(f"entitlements {number}")
    drawn = draw(choices)
    text = render(drawn.document)
    subjects = subjects_of(read({"policy.remit": text}), number)
    tokens = [(asked.claims, asked.header) for asked in (question(choices, subjects) for _ in range(30))]
    engine = Engine.from_text({"policy.remit": text, **drawn.files})

    def binding(claims: dict[str, object] | None, header: Mapping[str, object] | None) -> Binding:
        return engine.principal(VerifiedClaims(claims or {}), header=header).binding

    first = [bound(binding(*token)) for token in tokens]
    again = [bound(binding(*token)) for token in reversed(tokens)]
    assert repr(again[::-1]) == repr(first)
    for token, remembered in zip(tokens, again[::-1], strict=True):
        engine.invalidate_principals()
        assert repr(bound(binding(*token))) == repr(remembered)


ENGINE = engine_of()


def who(**changes: object) -> Principal:
    return ENGINE.principal(VerifiedClaims(CLAIMS | changes))


def class_of(principal: Principal) -> Ways:
    return ENGINE._epoch.classes.of(principal.binding.entitlement)  # noqa: SLF001  (it is not to be seen)


def test_tokens_that_bring_the_same_have_one_entitlement() -> None:
    ann, bob = who(), who(sub="auth0|bob", jti="other", tenant="t2")
    assert bob.binding.entitlement is ann.binding.entitlement
    assert class_of(bob) is class_of(ann)
    changes: list[dict[str, object]]
    changes = [{"scope": "read:notes"}, {"roles": []}, {"azp": "app"}, {"mfa": True}, {"acr": "x"}]
    for change in changes:
        assert who(**change).binding.entitlement is not ann.binding.entitlement


def test_the_same_scopes_in_other_words_are_of_the_same_class() -> None:
    ann, bob = who(), who(scope="write:notes openid read:notes")
    assert bob.binding.entitlement is not ann.binding.entitlement
    assert class_of(bob) is class_of(ann)


@pytest.mark.parametrize(
    ("claim", "good", "bad"),
    [
        ("scope", "read:notes", Text("read:notes")),
        ("scope", "read:notes", LiarText("read:notes")),
        ("scope", "read:notes", ["read:notes"]),
        ("roles", ["reader"], ("reader",)),
        ("roles", ["reader"], [Text("reader")]),
        ("roles", ["reader"], [LiarText("reader")]),
        ("permissions", ["read:notes"], [{"value": "read:notes"}]),
        ("permissions", ["read:notes"], {"read:notes"}),
    ],
)
def test_what_only_looks_like_something_remembered_is_refused(
    claim: str, good: object, bad: object
) -> None:
    # failure mode 32
    assert who(**{claim: good}).problem is None
    assert who(**{claim: bad}).problem == findings.wrong_type(claim)
    assert who(**{claim: good}).problem is None


def test_a_list_that_changed_is_another() -> None:
    roles = ["reader"]
    reader = who(roles=roles)
    roles[0] = "writer"
    writer = who(roles=roles)
    assert reader.binding.entitlement.roles != writer.binding.entitlement.roles
    assert bound(who(roles=["reader"]).binding) == bound(reader.binding)
    assert bound(who(roles=["writer"]).binding) == bound(writer.binding)


@pytest.mark.parametrize(
    ("claim", "much"),
    [
        ("scope", "read:notes " + "x" * 40_000),
        ("roles", ["reader"] * (MAX_REMEMBERED + 1)),
        ("roles", ["reader", "x" * 40_000]),
    ],
)
def test_more_than_is_worth_remembering_is_worked_out_each_time(claim: str, much: object) -> None:
    one, other = who(**{claim: much}), who(**{claim: much})
    assert one.problem is None
    assert bound(one.binding) == bound(other.binding)
    assert one.binding.entitlement is not other.binding.entitlement
    assert class_of(one) is class_of(other)


def test_what_is_remembered_is_bounded() -> None:
    engine = engine_of()
    for number in range(3 * principal._MAX_ENTITLEMENTS_OF_A_CLIENT):  # noqa: SLF001  (the bound)
        engine.principal(VerifiedClaims(CLAIMS | {"scope": f"read:notes x{number}"}))
    remembered = engine._epoch.audience._entitlements  # noqa: SLF001  (nothing else counts them)
    assert len(remembered) <= principal._MAX_ENTITLEMENTS_OF_A_CLIENT  # noqa: SLF001  (the bound)
