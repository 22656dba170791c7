"""A policy -> the callers that an overview tells apart, and what is known of each whatever it asks.

A role's caller is a user who holds this role alone, with what it grants and extends, through an
application that was granted every scope; a declared client asks for itself, with all that its ceiling
lets it have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from remit.checker.checked import (
    FALSE,
    TRUE,
    Caller,
    Condition,
    Contains,
    Equal,
    Given,
    HasKey,
    InRole,
    IsAuthenticated,
    IsClient,
    Quantified,
    Read,
    Root,
    Scopes,
    StrongLogin,
    Value,
)
from remit.checker.reads import leaves, values_of, with_parts
from remit.checker.scalars import ABSENT, ERROR, NOBODY
from remit.compiler.program import Head, Program
from remit.compiler.residual import ERRING, Residual
from remit.decider.tracing import Tracer
from remit.decider.values import Values
from remit.tokens.binding import Binding, Entitlement

Kind = OneOf["user", "client", "anonymous"]

NO_ROLE = "no role"
ANONYMOUS = "no token"


@dataclass(frozen=True, slots=True)
class Asking:
    """One caller: its name in an overview, and as a binding; `name` is None where it has no role."""

    kind: Kind
    name: str | None
    binding: Binding

    @property
    def title(self) -> str:
        """What stands over its column."""
        if self.kind == "anonymous":
            return ANONYMOUS
        return NO_ROLE if self.name is None else f"{'client ' * (self.kind == 'client')}{self.name}"


def callers(program: Program, issuers: tuple[str, ...]) -> Iterator[Asking]:
    """Users by their role, one without, every declared client, and nobody."""
    issuer: object = issuers[0] if len(issuers) == 1 else ERROR
    bits = program.bits
    for role in (*program.tree.api.roles, None):
        roles = 0 if role is None else bits.role[role]
        held = 0 if role is None else bits.role_grants[role]
        made = _entitlement("user", issuer, NOBODY, bits.every_scope, held, roles)
        yield Asking("user", role, Binding(None, made, ERROR, ()))
    for client, ceiling in program.clients.items():
        scopes = bits.every_scope if ceiling is None else ceiling
        made = _entitlement("client", issuer, client, scopes, scopes, 0)
        yield Asking("client", client, Binding(None, made, NOBODY, ()))
    claims = tuple(normal(ABSENT) for _, normal in program.claims)
    nothing = Entitlement(
        authenticated=False, kind="anonymous", issuer=ERROR, application=NOBODY, client=NOBODY
    )
    yield Asking("anonymous", None, Binding(None, nothing, NOBODY, claims))


def _entitlement(
    kind: Kind, issuer: object, client: object, scopes: int, held: int, roles: int
) -> Entitlement:
    return Entitlement(
        authenticated=True,
        kind=kind,
        issuer=issuer,
        application=ERROR if kind == "user" else client,
        client=client,
        scopes=scopes,
        held=held,
        held_max=held,
        effective=scopes & held,
        effective_max=scopes & held,
        roles=roles,
        roles_max=roles,
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What is left to decide for one caller.

    In `possibly` a test that can only be false, or else an error, is false; in `surely` it is an error.
    """

    possibly: Residual
    surely: Residual


def settled(left: Residual, head: Head, program: Program, asking: Asking) -> Settled:
    """Settle the tests of the caller alone."""
    tests = dict.fromkeys(test for condition in left.conditions() for test in leaves(condition))
    tracer = Tracer(head, Values(program, asking.binding, lambda _: ABSENT, 0.0))
    known: dict[Condition, Condition] = {}
    nobodys: dict[Condition, Condition] = {}
    for test in tests:
        if _is_known(test, asking):
            known[test] = _TRUTHS[tracer.step(test).truth]
        elif _is_never_true(test, asking):
            nobodys[test] = FALSE
    return Settled(
        left.knowing({**known, **nobodys}),
        left.knowing({**known, **dict.fromkeys(nobodys, ERRING)}),
    )


_TRUTHS: Mapping[bool | None, Condition] = {True: TRUE, False: FALSE, None: ERRING}


def _is_known(test: Condition, asking: Asking) -> bool:
    match test:
        case InRole() | IsClient() | Scopes() | IsAuthenticated():
            return True
        case StrongLogin():
            return asking.kind == "anonymous"
        case Quantified():
            return False
        case _:
            values = [part for value in values_of(test) for part in with_parts(value)]
            return bool(values) and all(_is_fixed(value, asking) for value in values)


def _is_fixed(value: Value, asking: Asking) -> bool:
    """Whether all such callers have the same value."""
    match value:
        case Given():
            return True
        case Read(member=member):
            return member.root is Root.TOKEN and asking.kind == "anonymous"
        case Caller(what="user"):
            return asking.kind != "user"
        case Caller(what="client"):
            return asking.kind != "user"
        case Caller(what="issuer"):
            return asking.kind == "anonymous" or asking.binding.entitlement.issuer is not ERROR
        case Caller():
            return True
        case _:
            return False


def _is_never_true(test: Condition, asking: Asking) -> bool:
    """Whether a test asks of a user who the client is, or of a client who the user is."""
    match test:
        case Equal(left=left, right=right):
            return _is_nobody(left, asking) or _is_nobody(right, asking)
        case Contains(item=item) | HasKey(key=item):
            return _is_nobody(item, asking)
        case _:
            return False


def _is_nobody(value: Value, asking: Asking) -> bool:
    match value:
        case Caller(what="user"):
            return asking.kind != "user"
        case Caller(what="self"):
            return asking.kind != "client"
        case _:
            return False
