"""A code of an emitted head -> Outcome -> Decision.

An outcome is all that a code says, built once and shared; a decision is an outcome for one principal,
which adds until when it holds and what that principal is missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, assert_never

from remit.checker.checked import EachOf, NeedOfScopes, Nothing, OneScope, SomeOf
from remit.compiler import codes
from remit.compiler.program import Head, Program
from remit.compiler.ruletree import RuleReference
from remit.tokens.principal import Binding


class Verdict(StrEnum):
    """What one layer says."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    NOT_NEEDED = "not needed"
    NOT_ASKED = "not asked"


class Layers(NamedTuple):
    """One verdict each: token, the application's scope, the user's permission, rules."""

    token: Verdict
    scope: Verdict
    permission: Verdict
    rules: Verdict


class Layer(StrEnum):
    """Where a denial comes from. `REQUEST`: the request itself could not be decided."""

    REQUEST = "request"
    TOKEN = "token"  # noqa: S105  (a layer's name)
    SCOPE = "scope"
    PERMISSION = "permission"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Denial:
    """One thing that said no. `erred`: a rule that could not be worked out, and so denies."""

    layer: Layer
    rule: RuleReference | None
    message: str
    erred: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Everything about a decision that does not depend on the principal; compared by identity.

    `lacking_scope` and `lacking_permission` are what the action needs, where that layer failed.
    """

    allowed: bool
    rule: RuleReference | None
    layers: Layers
    denials: tuple[Denial, ...]
    errors: tuple[RuleReference, ...] = ()
    lacking_scope: NeedOfScopes | None = None
    lacking_permission: NeedOfScopes | None = None

    @property
    def reason(self) -> str:
        """Why, in one sentence; for logs."""
        if self.denials:
            return self.denials[0].message
        assert self.rule is not None, "what is allowed, a permit allows"
        return self.rule.because or f"permitted by {self.rule.id}"


NOT_ASKED = Layers(Verdict.FAILED, Verdict.NOT_ASKED, Verdict.NOT_ASKED, Verdict.NOT_ASKED)
_NO_LAYERS = Layers(*[Verdict.NOT_ASKED] * 4)


class Decision:
    """An answer, with the reason. Immutable; true where it allows.

    `valid_until` is in seconds since the epoch: until then the same question has the same answer, as
    far as the token's life goes; None where no instant is known.
    """

    __slots__ = ("_binding", "_outcome", "_program", "generation", "valid_until")

    _outcome: Outcome
    _binding: Binding | None
    _program: Program
    generation: int
    valid_until: float | None

    def __init__(
        self,
        outcome: Outcome,
        program: Program,
        binding: Binding | None,
        valid_until: float | None,
        generation: int,
    ) -> None:
        put = object.__setattr__
        put(self, "_outcome", outcome)
        put(self, "_program", program)
        put(self, "_binding", binding)
        put(self, "valid_until", valid_until)
        put(self, "generation", generation)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a decision cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a decision cannot be changed: {name}")

    def __bool__(self) -> bool:
        return self._outcome.allowed

    def __eq__(self, other: object) -> bool:
        """Equal decisions say the same, whichever generation of an equal policy said it."""
        if not isinstance(other, Decision):
            return NotImplemented
        return self._outcome_key() == other._outcome_key()

    def __hash__(self) -> int:
        return hash((self._outcome.allowed, self._outcome.layers, self.valid_until))

    def _outcome_key(self) -> tuple[object, ...]:
        out = self._outcome
        missing = (self.missing_scopes, self.missing_roles)
        return (
            out.allowed,
            out.rule,
            out.layers,
            out.denials,
            out.errors,
            self.valid_until,
            missing,
        )

    def __repr__(self) -> str:
        return f"<Decision {'allow' if self.allowed else 'deny'}: {self.reason}>"

    @property
    def allowed(self) -> bool:
        """The answer."""
        return self._outcome.allowed

    @property
    def rule(self) -> RuleReference | None:
        """The rule that decided, if one did: the first permit that is true, or the first denial's."""
        return self._outcome.rule

    @property
    def reason(self) -> str:
        """Why, in one sentence; for logs, not for callers that should not know the policy."""
        return self._outcome.reason

    @property
    def layers(self) -> Layers:
        """What each layer says by itself."""
        return self._outcome.layers

    @property
    def denials(self) -> tuple[Denial, ...]:
        """All that said no, in canonical order; empty where the answer is yes."""
        return self._outcome.denials

    @property
    def errors(self) -> tuple[RuleReference, ...]:
        """The rules that could not be worked out; `explain` shows which values they failed on."""
        return self._outcome.errors

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """Scopes that the token lacks, of the alternative that lacks the fewest; sorted."""
        need, binding = self._outcome.lacking_scope, self._binding
        if need is None or binding is None:
            return ()
        return _lacking(self._program, need, binding.scopes)

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """Roles each of which would give the caller the permission that the action needs; sorted."""
        need, binding = self._outcome.lacking_permission, self._binding
        if need is None or binding is None:
            return ()
        bits = self._program.bits
        grants = bits.role_grants.items()
        enough = (r for r, mask in grants if bits.satisfies(binding.held | mask, need))
        return tuple(sorted(enough))

    def record(self) -> Mapping[str, Any]:
        """The decision as plain data, for JSON."""
        return {
            "allowed": self.allowed,
            "reason": self.reason,
            "rule": self.rule.id if self.rule else None,
            "layers": {name: str(value) for name, value in self.layers._asdict().items()},
            "denials": [
                {
                    "layer": str(denial.layer),
                    "rule": denial.rule.id if denial.rule else None,
                    "message": denial.message,
                    "erred": denial.erred,
                }
                for denial in self.denials
            ],
            "errors": [rule.id for rule in self.errors],
            "missing_scopes": list(self.missing_scopes),
            "missing_roles": list(self.missing_roles),
            "valid_until": self.valid_until,
            "generation": self.generation,
        }


def _lacking(program: Program, need: NeedOfScopes, held: int) -> tuple[str, ...]:
    """The scopes of `need` that `held` lacks: of alternatives those that lack the fewest."""
    match need:
        case OneScope(scope=scope):
            return () if held & program.bits.scope[scope] else (scope,)
        case EachOf(needs=needs):
            return tuple(sorted({s for each in needs for s in _lacking(program, each, held)}))
        case SomeOf(needs=needs):
            return min((_lacking(program, each, held) for each in needs), key=lambda s: (len(s), s))
        case _:
            assert_never(need)


# ---- outcomes


def undecided(message: str) -> Outcome:
    """A request that could not be put to the rules."""
    return Outcome(False, None, _NO_LAYERS, (Denial(Layer.REQUEST, None, message, erred=True),))  # noqa: FBT003


def refused_token(message: str) -> Outcome:
    """The token is not valid."""
    return Outcome(False, None, NOT_ASKED, (Denial(Layer.TOKEN, None, message),))  # noqa: FBT003


def outcome(head: Head, code: int, *, anonymous: bool) -> Outcome:
    """What `code`, the answer of the head's emitted function, says."""
    layout = codes.layout(head)
    need = None if isinstance(head.need, Nothing) else head.need
    needs = need is not None
    lacking_scope = need if code & codes.NO_SCOPE else None
    denials = [
        *(_no_token() if anonymous and needs else ()),
        *_scope_denial(lacking_scope),
        *_forbids(head, layout, code),
    ]
    permits = [
        rule.reference
        for rule, (matched, _) in zip(head.permits, layout.permits, strict=True)
        if code & matched
    ]
    rules_failed = not permits or any(denial.layer is Layer.RULES for denial in denials)
    if not permits:
        denials.append(_no_permit(code))
    layers = Layers(
        (Verdict.FAILED if needs else Verdict.NOT_NEEDED) if anonymous else Verdict.PASSED,
        _verdict(needs, failed=bool(code & codes.NO_SCOPE)),
        _permission(needs, code),
        Verdict.FAILED if rules_failed else Verdict.PASSED,
    )
    deciding = denials[0].rule if denials else permits[0]
    return Outcome(
        not denials,
        deciding,
        layers,
        tuple(denials),
        tuple(_erring(head, layout, code)),
        lacking_scope,
        need if code & codes.NO_PERMISSION else None,
    )


def _no_token() -> Iterable[Denial]:
    yield Denial(Layer.TOKEN, None, "the request carries no token")


def _scope_denial(lacking: NeedOfScopes | None) -> Iterable[Denial]:
    if lacking is not None:
        yield Denial(Layer.SCOPE, None, f"the token was not granted {needed(lacking)}")


def _forbids(head: Head, layout: codes.Layout, code: int) -> Iterable[Denial]:
    for rule, (fired, erred) in zip(head.forbids, layout.forbids, strict=True):
        if code & (fired | erred):
            because = rule.reference.because or f"forbidden by {rule.reference.id}"
            yield Denial(Layer.RULES, rule.reference, because, erred=bool(code & erred))


def _no_permit(code: int) -> Denial:
    if code & codes.NO_PERMISSION:
        message = "no permit applies, and the caller lacks the permission"
        return Denial(Layer.PERMISSION, None, message)
    if code & codes.PERMISSION_UNKNOWN:
        message = "no permit applies, and the caller's permissions are unknown"
        return Denial(Layer.PERMISSION, None, message, erred=True)
    return Denial(Layer.RULES, None, "no permit applies")


def _erring(head: Head, layout: codes.Layout, code: int) -> Iterable[RuleReference]:
    for rules, bits in ((head.forbids, layout.forbids), (head.permits, layout.permits)):
        for rule, (_, erred) in zip(rules, bits, strict=True):
            if code & erred:
                yield rule.reference


def _verdict(needs: object, *, failed: bool) -> Verdict:
    if not needs:
        return Verdict.NOT_NEEDED
    return Verdict.FAILED if failed else Verdict.PASSED


def _permission(needs: object, code: int) -> Verdict:
    if needs and code & codes.PERMISSION_UNKNOWN:
        return Verdict.ERROR
    return _verdict(needs, failed=bool(code & codes.NO_PERMISSION))


def needed(need: NeedOfScopes) -> str:
    """What an action needs, as it would be written."""
    match need:
        case OneScope(scope=scope):
            return scope
        case EachOf(needs=needs):
            return " and ".join(_grouped(each) for each in needs)
        case SomeOf(needs=needs):
            return " or ".join(_grouped(each) for each in needs)
        case _:
            assert_never(need)


def _grouped(need: NeedOfScopes) -> str:
    return needed(need) if isinstance(need, OneScope) else f"({needed(need)})"
