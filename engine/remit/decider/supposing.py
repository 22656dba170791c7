"""A request -> the same request, were some of it otherwise; and what would then be answered.

Nothing here is kept: a case has a binding and values of its own, and is decided by the functions for
callers of every class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from remit.checker.checked import EachOf, NeedOfScopes, OneScope, Root, SomeOf
from remit.checker.reads import read_by, root_of
from remit.checker.scalars import ABSENT
from remit.compiler.emit import Allows
from remit.compiler.program import Head, Program
from remit.decider.explain import fetcher
from remit.decider.values import Fetch, Values
from remit.tokens.binding import Binding

_MAX_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True)
class Case:
    """One request: `resource`, `context` and `parameters` as they would be handed in, as dicts.

    `allows` decides it: the function of the whole head, or the one that knows no resource.
    """

    program: Program
    head: Head
    allows: Allows
    binding: Binding
    resource: Mapping[str, object]
    context: Mapping[str, object]
    parameters: Mapping[str, object]
    now: float

    def is_allowed(self) -> bool:
        """The answer, as far as the token is in force."""
        return self.allows(self.binding, self.resource, self.context, self.now, self.parameters)

    def values(self) -> Values:
        """The values that its rules read."""
        fetch: Fetch = fetcher(self.resource, self.context, self.parameters, mapping=True)
        return Values(self.program, self.binding, fetch, self.now)

    def bound(self, binding: Binding) -> "Case":
        """The same for another caller."""
        return replace(self, binding=binding)

    def with_scopes(self, names: tuple[str, ...]) -> "Case | None":
        """Were these granted to the application as well; None where it may not have them."""
        bits, entitled = self.program.bits, self.binding.entitlement
        granted = bits.scopes_in(names)
        if self.program.clients:
            application = entitled.application
            known = type(application) is str and application in self.program.clients
            ceiling = self.program.clients[str(application)] if known else 0
            if ceiling is not None and granted & ~ceiling:
                return None
        scopes = entitled.scopes | granted
        held, held_max = entitled.held, entitled.held_max
        if entitled.kind == "client":
            held = held_max = scopes
        made = replace(
            entitled,
            scopes=scopes,
            held=held,
            held_max=held_max,
            effective=scopes & held,
            effective_max=scopes & held_max,
        )
        return self.bound(self.binding.altered(entitlement=made))

    def with_roles(self, gained: int, lost: int) -> "Case":
        """Were these roles assigned to the caller, and those taken away.

        Where the roles were unknown, whoever says so then says that these are all.
        """
        bits, entitled = self.program.bits, self.binding.entitlement
        held = entitled.held
        if entitled.kind == "user":  # only of a user is it known what the roles permit
            for name, bit in bits.role.items():
                held |= bits.role_grants[name] if bit & gained else 0
        roles = (entitled.roles | gained) & ~lost
        most = held if entitled.kind == "user" else entitled.held_max
        made = replace(
            entitled,
            roles=roles,
            roles_max=roles,
            held=held,
            held_max=most,
            effective=entitled.scopes & held,
            effective_max=entitled.scopes & most,
        )
        return self.bound(self.binding.altered(entitlement=made))

    def with_permissions(self, names: tuple[str, ...]) -> "Case":
        """Were these permissions assigned to the caller."""
        entitled = self.binding.entitlement
        held = entitled.held | self.program.bits.scopes_in(names)
        most = entitled.held_max | held
        made = replace(
            entitled,
            held=held,
            held_max=most,
            effective=entitled.scopes & held,
            effective_max=entitled.scopes & most,
        )
        return self.bound(self.binding.altered(entitlement=made))

    def with_login(self, acr: str | None, auth_time: int | None) -> "Case":
        """Had the caller logged in by that `acr`, at that microsecond; None for what stays."""
        binding = self.binding
        entitled = binding.entitlement if acr is None else replace(binding.entitlement, acr=acr)
        since = binding.auth_time if auth_time is None else auth_time
        return self.bound(binding.altered(entitlement=entitled, auth_time=since))


def handed_in(head: Head, thing: object, *, mapping: bool) -> dict[str, object]:
    """What a resource holds of all that the rules of a head read, as a dict."""
    if mapping:
        items: Any = thing
        return {} if thing is None else dict(items)
    fetch = fetcher(thing, {}, {}, mapping=False)
    held: dict[str, object] = {}
    rules = (*head.gates, *head.permits)
    for condition in (*(r.condition for r in rules), *(n.when for n in head.needs), *head.free):
        for value in read_by(condition):
            member = root_of(value)
            if member is not None and member.root is Root.RESOURCE and member.name not in held:
                found = fetch(member)
                if found is not ABSENT:
                    held[member.name] = found  # an ERROR is of no declared type either
    return held


def alternatives(need: NeedOfScopes) -> list[tuple[str, ...]]:
    """The sets of scopes each of which is enough, without those that hold another; sorted names.

    Of very many the first ones.
    """
    sets = sorted(set(_alternatives(need)), key=lambda each: (len(each), sorted(each)))
    least: list[frozenset[str]] = []
    for each in sets:
        if not any(other <= each for other in least):
            least.append(each)
    return [tuple(sorted(each)) for each in least]


def _alternatives(need: NeedOfScopes) -> list[frozenset[str]]:
    match need:
        case OneScope(scope=scope):
            return [frozenset((scope,))]
        case SomeOf(needs=needs):
            return [each for part in needs for each in _alternatives(part)][:_MAX_ALTERNATIVES]
        case EachOf(needs=needs):
            sets = [frozenset[str]()]
            for part in needs:
                sets = [one | other for one in sets for other in _alternatives(part)][:_MAX_ALTERNATIVES]
            return sets
        case _:
            assert_never(need)
