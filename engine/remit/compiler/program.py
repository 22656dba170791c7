"""RuleTree -> Program: the heads, one for each action of each block.

Scopes and roles are numbered; a set of them is an int with a bit for each. What a role grants and
what a scope implies is worked out here, once, so that at a decision one `&` answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import assert_never

from remit.checker.checked import (
    ACTOR,
    Action,
    Caller,
    Condition,
    EachOf,
    Enumeration,
    Given,
    InRole,
    IsEntitled,
    Member,
    NeedOfScopes,
    Nothing,
    Now,
    OneScope,
    Quantified,
    Scalar,
    Scopes,
    SomeOf,
    StrongLogin,
)
from remit.checker.reads import leaves, read_by
from remit.checker.scalars import Reader
from remit.compiler.remembered import Answers
from remit.compiler.ruletree import BlockTree, RuleNode, RuleTree
from remit.compiler.values import Readers

MASKS: Mapping[str, tuple[str, str]] = {
    "granted": ("scopes", "scopes"),
    "holds": ("held", "held_max"),
    "effective": ("effective", "effective_max"),
}
"""Where a binding has the scopes of each sort: what is surely there, and what may be."""


@dataclass(frozen=True, slots=True)
class Bits:
    """Scopes and roles as bits, closed over implication and inheritance."""

    scope: Mapping[str, int]
    role: Mapping[str, int]
    scope_closure: Mapping[str, int]
    role_grants: Mapping[str, int]

    @property
    def every_scope(self) -> int:
        """All scopes there are."""
        return (1 << len(self.scope)) - 1

    @property
    def every_role(self) -> int:
        """All roles there are."""
        return (1 << len(self.role)) - 1

    def scopes_in(self, names: Iterable[str]) -> int:
        """The closed set of the declared scopes among `names`; others count for nothing."""
        mask = 0
        for name in names:
            mask |= self.scope_closure.get(name, 0)
        return mask

    def satisfies(self, mask: int, need: NeedOfScopes) -> bool:
        """Whether the scopes in `mask` are what `need` asks for."""
        match need:
            case OneScope(scope=scope):
                return bool(mask & self.scope[scope])
            case EachOf(needs=needs):
                return all(self.satisfies(mask, each) for each in needs)
            case SomeOf(needs=needs):
                return any(self.satisfies(mask, each) for each in needs)
            case _:
                assert_never(need)


@dataclass(frozen=True, slots=True)
class NeededScopes:
    """One `needs` clause that asks for scopes."""

    need: NeedOfScopes
    when: Condition


@dataclass(frozen=True, eq=False)
class Head:
    """One action of one block: what it needs, and the rules that speak of it, by identity.

    Gates are the forbids and requires. `free` are the alternatives that need nothing. `timed` are the
    conditions that the passing of time alone may change.
    """

    block: BlockTree
    action: Action
    gates: tuple[RuleNode, ...]
    permits: tuple[RuleNode, ...]
    needs: tuple[NeededScopes, ...]
    free: tuple[Condition, ...]
    timed: tuple[Condition, ...]

    @cached_property
    def asks_permission(self) -> bool:
        """Whether some permit depends on what the caller holds."""
        asking = (leaf for rule in self.permits for leaf in leaves(rule.condition))
        return any(isinstance(leaf, IsEntitled | Scopes) for leaf in asking)

    @cached_property
    def roles_asked(self) -> frozenset[str]:
        """The roles that permits are for."""
        asking = (leaf for rule in self.permits for leaf in leaves(rule.condition))
        return frozenset(leaf.role for leaf in asking if isinstance(leaf, InRole))

    @cached_property
    def obliges(self) -> bool:
        """Whether an answer may come with obligations."""
        return any(rule.obligations for rule in (*self.gates, *self.permits))


class Heads(Mapping[tuple[str | None, str], Head]):
    """The heads of a set, by block and action, each gathered when it is asked for."""

    def __init__(self, tree: RuleTree) -> None:
        """Of all actions of the set."""
        self._tree = tree
        self._gathered: dict[tuple[str | None, str], Head] = {}

    def __getitem__(self, key: tuple[str | None, str]) -> Head:
        head = self._gathered.get(key)
        if head is None:
            name, action = key
            if action not in self._tree.actions.get(name, ()):
                raise KeyError(key)
            head = self._gathered.setdefault(key, _head(self._tree.blocks[name], action))
        return head

    def __iter__(self) -> Iterator[tuple[str | None, str]]:
        return ((name, action) for name, actions in self._tree.actions.items() for action in actions)

    def __len__(self) -> int:
        return sum(map(len, self._tree.actions.values()))


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled set, its heads by block and action.

    `clients` are the declared ones, each with the scopes that its tokens may have at most, None where
    that is not said. `takes_actors`: whether delegated tokens are taken, because a rule asks who acts,
    or the policy says so. `answers` of quantifiers are remembered.
    """

    tree: RuleTree
    bits: Bits
    readers: Readers
    claims: tuple[tuple[Member, Reader], ...]
    claim_slots: Mapping[str, int]
    heads: Heads
    types: frozenset[str]
    clients: Mapping[str, int | None]
    takes_actors: bool
    answers: Answers = field(default_factory=Answers, compare=False, repr=False)


def compile_program(tree: RuleTree, readers: Readers) -> Program:
    """Number scopes, roles and claims, and gather the heads."""
    api = tree.api
    scope = {name: 1 << i for i, name in enumerate(sorted(api.scopes))}
    role = {name: 1 << i for i, name in enumerate(sorted(api.roles))}
    closure = {name: _mask(scope, reach) for name, reach in api.scopes.items()}
    grants = {name: _mask(scope, granted) for name, granted in api.roles.items()}
    by_name = {**tree.claims}
    if tree.reads_actor:
        by_name[ACTOR.name] = ACTOR
    claims = [by_name[name] for name in sorted(by_name)]
    return Program(
        tree,
        Bits(scope, role, closure, grants),
        readers,
        tuple((member, readers.member(member)) for member in claims),
        {member.name: slot for slot, member in enumerate(claims)},
        Heads(tree),
        frozenset(name for name in tree.actions if name is not None),
        {
            name: None if client.grants is None else _mask(scope, client.grants)
            for name, client in api.clients.items()
        },
        takes_actors=api.actors_allowed or tree.reads_actor,
    )


def _mask(bits: Mapping[str, int], names: Iterable[str]) -> int:
    mask = 0
    for name in names:
        mask |= bits[name]
    return mask


def _head(block: BlockTree, name: str) -> Head:
    action = block.actions[name]
    rules = [r for r in block.rules if r.actions is None or name in r.actions]
    gates = tuple(r for r in rules if r.reference.effect != "permit")
    permits = tuple(sorted((r for r in rules if r.reference.effect == "permit"), key=_cost))
    needs = [
        NeededScopes(each.need, each.when) for each in action.needs if not isinstance(each.need, Nothing)
    ]
    free = tuple(each.when for each in action.needs if isinstance(each.need, Nothing))
    conditions = [*(rule.condition for rule in rules), *(each.when for each in action.needs)]
    return Head(
        block, action, gates, permits, tuple(needs), free, tuple(c for c in conditions if _reads_now(c))
    )


def _cost(rule: RuleNode) -> tuple[int, str]:
    """Permits stand in the order of what they cost; equals in that of their identity."""
    return cost(rule.condition), rule.reference.id


def cost(condition: Condition) -> int:
    """About how much work a condition is."""
    quantified = sum(_QUANTIFIED for leaf in leaves(condition) if isinstance(leaf, Quantified))
    values = (value for value in read_by(condition) if not isinstance(value, Given | Caller))
    single = (isinstance(value.type, Scalar | Enumeration) for value in values)
    return quantified + sum(1 if is_single else _OF_MANY for is_single in single)


_QUANTIFIED, _OF_MANY = 16, 4


def _reads_now(condition: Condition) -> bool:
    timed = (leaf for leaf in leaves(condition) if isinstance(leaf, StrongLogin))
    if any(leaf.max_age is not None for leaf in timed):
        return True
    return any(isinstance(value, Now) for value in read_by(condition))
