"""RuleTree -> Program: the heads, one for each action of each block.

Scopes and roles are numbered; a set of them is an int with a bit for each. What a role grants and
what a scope implies is worked out here, once, so that at a decision one `&` answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from remit.checker.checked import EachOf, Need, NeedOfScopes, OneScope, SomeOf
from remit.compiler.ruletree import BlockTree, RuleNode, RuleTree
from remit.compiler.values import Normaliser, normaliser


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


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One action of one block: what it needs, and the rules that speak of it, by identity."""

    block: BlockTree
    action: str
    need: Need
    forbids: tuple[RuleNode, ...]
    permits: tuple[RuleNode, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A compiled set, its heads by block and action."""

    tree: RuleTree
    bits: Bits
    claims: tuple[tuple[str, Normaliser], ...]
    claim_slots: Mapping[str, int]
    heads: Mapping[tuple[str | None, str], Head]
    types: frozenset[str]


def compile_program(tree: RuleTree) -> Program:
    """Number scopes, roles and claims, and gather the heads."""
    api = tree.checked.api
    scope = {name: 1 << i for i, name in enumerate(sorted(api.scopes))}
    role = {name: 1 << i for i, name in enumerate(sorted(api.roles))}
    closure = {name: _mask(scope, reach) for name, reach in api.scopes.items()}
    grants = {name: _mask(scope, granted) for name, granted in api.roles.items()}
    claims = sorted(tree.checked.claims.values(), key=lambda member: member.name)
    return Program(
        tree,
        Bits(scope, role, closure, grants),
        tuple((member.name, normaliser(member)) for member in claims),
        {member.name: slot for slot, member in enumerate(claims)},
        {(b.name, action): _head(b, action) for b in tree.blocks for action in b.needs},
        frozenset(block.name for block in tree.blocks if block.name is not None),
    )


def _mask(bits: Mapping[str, int], names: Iterable[str]) -> int:
    mask = 0
    for name in names:
        mask |= bits[name]
    return mask


def _head(block: BlockTree, action: str) -> Head:
    rules = [r for r in block.rules if r.actions is None or action in r.actions]
    forbids = tuple(r for r in rules if r.reference.effect == "forbid")
    permits = tuple(r for r in rules if r.reference.effect == "permit")
    return Head(block, action, block.needs[action], forbids, permits)
