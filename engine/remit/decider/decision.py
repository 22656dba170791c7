"""Outcome -> Decision.

An outcome is all that a code says, built once and shared; a decision is an outcome for one principal,
which adds until when it holds and what that principal is missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, assert_never

from remit.checker import checked
from remit.checker.checked import EachOf, NeedOfScopes, OneScope, SomeOf
from remit.compiler.program import Program
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
class Login:
    """What a login must be (RFC 9470, section 3).

    One of these `acr_values`, where there are any; at most `max_age` seconds ago, where that is said.
    """

    acr_values: tuple[str, ...]
    max_age: float | None


@dataclass(frozen=True, slots=True)
class Denial:
    """One thing that said no. `erred`: a rule that could not be worked out, and so denies.

    `login` is what would satisfy a `require`.
    """

    layer: Layer
    rule: RuleReference | None
    message: str
    erred: bool = False
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """What the service must do along with the decision.

    Values are as rules compare them, instants and durations as Python's own; a set is a sorted tuple.
    """

    name: str
    values: Mapping[str, Any]

    @classmethod
    def each_once(cls, owed: "Iterable[Obligation]") -> "tuple[Obligation, ...]":
        """Without those that say again what another says."""
        once: dict[object, Obligation] = {}
        for each in owed:
            once.setdefault((each.name, _typed(each.values)), each)
        return tuple(once.values())


def _typed(value: object) -> object:
    """A key for a value: equal only for values that are equal and of one type."""
    match value:
        case tuple():
            return tuple(_typed(each) for each in value)
        case Mapping():
            return tuple((name, _typed(each)) for name, each in value.items())
        case _:
            return type(value), value


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Everything about a decision that does not depend on the principal; compared by identity.

    `lacking_scope` and `lacking_permission` are what the action needs, where that layer failed;
    `obliged` what the rules that decided oblige to; `roles_asked` the roles that permits are for,
    where none applies.
    """

    allowed: bool
    rule: RuleReference | None
    layers: Layers
    denials: tuple[Denial, ...]
    errors: tuple[RuleReference, ...] = ()
    lacking_scope: NeedOfScopes | None = None
    lacking_permission: NeedOfScopes | None = None
    obliged: tuple[checked.Obligation, ...] = ()
    roles_asked: frozenset[str] = frozenset()

    @property
    def reason(self) -> str:
        """Why, in one sentence; for logs."""
        if self.denials:
            return self.denials[0].message
        assert self.rule is not None, "what is allowed, a permit allows"
        return self.rule.because or f"permitted by {self.rule.id}"


class _Written:
    """What a decision is made of, while it is being written."""

    __slots__ = ("_binding", "_outcome", "_program", "generation", "obligations", "valid_until")

    def __init__(
        self,
        outcome: Outcome,
        program: Program,
        binding: Binding | None,
        valid_until: float | None,
        generation: int,
        obligations: tuple[Obligation, ...],
    ) -> None:
        self._outcome = outcome
        self._program = program
        self._binding = binding
        self.valid_until = valid_until
        self.generation = generation
        self.obligations = obligations


class Decision(_Written):
    """An answer, with the reason. Immutable; true where it allows.

    `valid_until` is in seconds since the epoch: before it, nothing but a change of the token, the
    resource, the context or the policy changes the answer; None where time has no part in it.
    `obligations` are what all permits that apply, or all forbids, oblige to.
    """

    __slots__ = ()

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
            self.obligations,
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
        return _lacking(self._program, need, binding.entitlement.scopes)

    def lacks(self, scope: str) -> bool:
        """Whether the token would do with this scope, in one of the alternatives, and has it not."""
        need, binding = self._outcome.lacking_scope, self._binding
        if need is None or binding is None:
            return False
        bits = self._program.bits
        return scope in _named(need) and not binding.entitlement.scopes & bits.scope[scope]

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """Roles that the caller has not, and a permit asks for; sorted.

        A permit asks for a role by its name, or for the permission that the action needs.
        """
        need, binding, bits = self._outcome.lacking_permission, self._binding, self._program.bits
        if binding is None:
            return ()
        roles = {
            role for role in self._outcome.roles_asked if not binding.entitlement.roles & bits.role[role]
        }
        if need is not None:
            grants = bits.role_grants.items()
            roles |= {r for r, mask in grants if bits.satisfies(binding.entitlement.held | mask, need)}
        return tuple(sorted(roles))

    def record(self) -> Mapping[str, Any]:
        """The decision as plain data, for JSON; `digest` is that of the policy that decided."""
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
                    "login": asdict(denial.login) if denial.login else None,
                }
                for denial in self.denials
            ],
            "errors": [rule.id for rule in self.errors],
            "missing_scopes": list(self.missing_scopes),
            "missing_roles": list(self.missing_roles),
            "obligations": [
                {"name": each.name, "values": {k: plain(v) for k, v in each.values.items()}}
                for each in self.obligations
            ],
            "valid_until": self.valid_until,
            "generation": self.generation,
            "digest": self._program.tree.digest,
        }


def plain(value: Any) -> Any:  # noqa: ANN401  (a value of any type)
    """A value of an obligation as JSON has it: what JSON lacks as text, durations in seconds."""
    match value:
        case dict():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case timedelta():
            return value.total_seconds()
        case datetime():
            return value.isoformat()
        case bool() | int() | str() | None:
            return value
        case _:
            return str(value)


def _named(need: NeedOfScopes) -> Iterator[str]:
    match need:
        case OneScope(scope=scope):
            yield scope
        case EachOf(needs=needs) | SomeOf(needs=needs):
            for each in needs:
                yield from _named(each)
        case _:
            assert_never(need)


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


def decision(
    outcome: Outcome,
    program: Program,
    binding: Binding | None,
    valid_until: float | None,
    generation: int,
    obligations: tuple[Obligation, ...] = (),
) -> Decision:
    """A decision, which nobody can write to from now on."""
    written: Any = _Written(outcome, program, binding, valid_until, generation, obligations)
    written.__class__ = Decision  # a third of what it takes to write past `Decision.__setattr__`
    made: Decision = written
    return made
