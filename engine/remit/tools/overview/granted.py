"""A policy's declarations -> the tree that is drawn of them: roles, scopes that imply others, clients.

What is granted stands as it is written. What was drawn with all under it is not drawn so again: it has
a box of its own wherever it belongs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from remit.decider.engine import Engine
from remit.decider.reading import Reading
from remit.spans import Span
from remit.syntax import tree
from remit.tools.overview.drawn import Node, drawn_node
from remit.tools.testing.results import Places
from remit.tools.testing.written import document_of


def grants_of(engine: Engine, reading: Reading) -> Node:
    """The tree of a policy; without nodes where it declares none of them."""
    document = document_of(reading.sources)
    items = [item for api in document.items if isinstance(api, tree.Api) for item in api.items]
    roles = {name.text: item for item in items if isinstance(item, tree.Role) for name in item.names}
    clients = {name.text: item for item in items if isinstance(item, tree.Client) for name in item.names}
    api = engine.rules().api
    walk = _Walk(Places(reading.sources), roles, api.scopes)
    parts = {
        "roles": [*walk.of_roles()],
        "scopes": [*walk.of_scopes()],
        "clients": [walk.of_client(name, item) for name, item in clients.items()],
    }
    told = [drawn_node("resource", [title], title, nodes) for title, nodes in parts.items() if nodes]
    return drawn_node("api", [f"api {api.name}"], f"api {api.name}", told)


@dataclass
class _Walk:
    """Through the declarations; `scopes` are closed over what they imply."""

    places: Places
    roles: Mapping[str, tree.Role]
    scopes: Mapping[str, frozenset[str]]
    _drawn: set[str] = field(default_factory=set[str])

    def of_roles(self) -> Iterator[Node]:
        """Those that no other extends, each with those that it extends."""
        extended = {name.text for item in self.roles.values() for name in item.extends}
        return (self._role(name) for name in self.roles if name not in extended)

    def _role(self, name: str) -> Node:
        item, title = self.roles[name], f"role {name}"
        if title in self._drawn:
            return self._box(title, item.span, [])
        self._drawn.add(title)
        inside = [self._role(other.text) for other in item.extends]
        return self._box(title, item.span, inside + _grants(item.grants, item.exclusions))

    def of_client(self, name: str, item: tree.Client) -> Node:
        """A client, and what it may be granted."""
        granted = (
            [_text("every scope")] if item.grants is None else _grants(item.grants, item.exclusions)
        )
        return self._box(f"client {name}", item.span, granted)

    def of_scopes(self) -> Iterator[Node]:
        """Those that imply others and are implied by none, each with those that it implies."""
        implied = {each for name, reach in self.scopes.items() for each in reach - {name}}
        first = (name for name in sorted(self.scopes.keys() - implied) if len(self.scopes[name]) > 1)
        return (self._scope(name) for name in first)

    def _scope(self, name: str) -> Node:
        if name in self._drawn:
            return _text(name)
        self._drawn.add(name)
        reach = self.scopes[name] - {name}
        direct = [
            each
            for each in sorted(reach)
            if not any(each in self.scopes[other] for other in reach - {each})
        ]
        return drawn_node("test", [name], name, [self._scope(each) for each in direct])

    def _box(self, text: str, span: Span, nodes: list[Node]) -> Node:
        title = f"{self.places.of(span)}\n{self.places.block(span)}"
        return drawn_node("actions", [text], title, nodes)


def _grants(granted: Iterable[tree.Name], exclusions: Iterable[tree.Name]) -> list[Node]:
    excluded = (f"except {name.text}" for name in exclusions)
    return [_text(text) for text in (*(name.text for name in granted), *excluded)]


def _text(text: str) -> Node:
    return drawn_node("test", [text], text, [])
