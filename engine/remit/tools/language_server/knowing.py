"""A policy -> what is known of its names: which stand where, and what they mean."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from remit.syntax import tree
from remit.tools.language_server.declaring import Declared, declared_in
from remit.tools.language_server.naming import names_in
from remit.tools.language_server.policy import Desk, Policy, beside
from remit.tools.language_server.symbols import Occurrence, Symbol


class Knowledge:
    """What is known of one version of a policy; each part is worked out when it is first asked for."""

    def __init__(self, policy: Policy, desk: Desk) -> None:
        """Of this policy, which was read at that desk."""
        self.policy = policy
        self.desk = desk

    @cached_property
    def declared(self) -> Declared:
        """What the policy declares."""
        return declared_in(self.policy.items, beside(self.policy))

    @cached_property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Every name, by file and place; the spans are in the files."""
        found = self._placed(self.policy.items)
        return tuple(sorted(found, key=lambda each: (each.span.file, each.span.start, each.span.end)))

    @cached_property
    def by_symbol(self) -> dict[Symbol, list[Occurrence]]:
        """Where each thing is named."""
        found: dict[Symbol, list[Occurrence]] = {}
        for occurrence in self.occurrences:
            for symbol in occurrence.symbols:
                found.setdefault(symbol, []).append(occurrence)
        return found

    def at(self, file: str, offset: int) -> Occurrence | None:
        """The name at a place, or the one that ends there."""
        _, statement = self.policy.files[file].statement_at(offset)
        here = [each for each in self._placed(statement.document.items) if _touches(each, file, offset)]
        return min(
            here, key=lambda each: (each.span.end - each.span.start, -each.span.start), default=None
        )

    def declarations(self, symbols: Iterable[Symbol]) -> list[Occurrence]:
        """Where things are declared, each place once."""
        found = (each for symbol in symbols for each in self.by_symbol.get(symbol, ()) if each.declares)
        return list({each.span: each for each in found}.values())

    def references(self, symbols: Iterable[Symbol]) -> list[Occurrence]:
        """Everywhere that one of these things is named, each place once."""
        found = (each for symbol in symbols for each in self.by_symbol.get(symbol, ()))
        return list({each.span: each for each in found}.values())

    def _placed(self, items: Iterable[tree.Item]) -> Iterator[Occurrence]:
        for item in items:
            for each in names_in(item, self.declared):
                yield replace(each, span=self.policy.placed(each.span))


def _touches(occurrence: Occurrence, file: str, offset: int) -> bool:
    span = occurrence.span
    return span.file == file and span.start <= offset <= span.end
