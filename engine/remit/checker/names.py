"""What a bare name can mean at a place in a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.checker.checked import CheckedApi, Element, Member, Value
from remit.checker.members import RESERVED, Types
from remit.diagnostics import Finding
from remit.syntax import tree


@dataclass
class Surroundings:
    """What every block may speak of: the API, claims, context, the set's own names."""

    api: CheckedApi
    types: Types
    claims: Mapping[str, Member]
    context: Mapping[str, Member]
    found: list[Finding]
    globals: dict[str, Value] = field(default_factory=dict)
    rule_names: dict[str, tree.Rule] = field(default_factory=dict)
    assumed: frozenset[Member] = frozenset()
    reads_actor: bool = False


@dataclass
class Names:
    """The names of one block, seen from one rule."""

    around: Surroundings
    members: Mapping[str, Member] = field(default_factory=dict)
    relations: Mapping[str, tree.Relation] = field(default_factory=dict)
    parameters: Mapping[str, Member] = field(default_factory=dict)
    quantified: dict[str, Element] = field(default_factory=dict)

    def means_something(self, name: str) -> bool:
        """Whether the name is taken."""
        places = (self.members, self.relations, self.around.globals, self.quantified, RESERVED)
        return any(name in place for place in places)

    def known(self) -> list[str]:
        """All names that can stand alone, for suggestions."""
        return [*self.members, *self.relations, *self.around.globals, *self.quantified]
