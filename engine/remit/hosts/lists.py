"""Who asks for all there are of a kind -> those of them that it may have.

    listing.allowed(rows)

A list has no one resource to decide about. Its guard lets in who could do it to some; what it hands over
decides about each row, with the context and the parameters of the request.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic

from remit.decider.engine import Engine
from remit.hosts.endpoints import Endpoint, Resource
from remit.tokens.principal import Principal


@dataclass(frozen=True, slots=True)
class Listing(Generic[Resource]):
    """A request for a list: who asks (None: anybody), for what, and what the service says of it."""

    engine: Engine
    about: Endpoint[Resource]
    who: Principal | None
    context: Mapping[str, object] | None
    parameters: Mapping[str, object] | None

    def allows(self, row: Resource) -> bool:
        """Whether a row may be in the list.

        Raises ServiceFault for what is no resource of the kind, as of a loader; likewise below.
        """
        thing = self.about.resource(row)
        return thing is not None and self.engine.allows(
            self.who,
            self.about.action,
            self.about.put(thing),
            context=self.context,
            parameters=self.parameters,
        )

    def allowed(self, rows: Iterable[Resource]) -> Iterator[Resource]:
        """Those of the rows that may be in the list, decided about as they are taken."""
        return filter(self.allows, rows)

    def actions(self, actions: Iterable[str], row: Resource) -> list[str]:
        """Those of `actions` that may be done to a row, without parameters: to show what can be done."""
        thing = self.about.resource(row)
        if thing is None:
            return []
        put = self.about.put(thing)
        return self.engine.allowed_actions(self.who, actions, put, context=self.context)
