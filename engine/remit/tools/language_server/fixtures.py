"""Tests and fixtures -> the names in them, those inside of a token's claims among them.

`scope: "read:documents"` and `roles: ["editor"]` are text to the language; what they say are names of
the policy all the same.
"""

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from remit.checker.issuers import PLACES
from remit.spans import Span
from remit.syntax import tree
from remit.tools.language_server.declaring import Declared, DeclaredBlock
from remit.tools.language_server.expressions import Scene, expression
from remit.tools.language_server.scopes import scope
from remit.tools.language_server.symbols import Occurrence, Sort, Symbol, place_of

_WORD = re.compile(r"[^\s\"]+")


def names_in_test(test: tree.PolicyTest, declared: Declared) -> Iterator[Occurrence]:
    """Every name in a test."""
    yield from _Test(test, test.using, declared).names(test.items)


def names_in_fixtures(group: tree.Fixtures, declared: Declared) -> Iterator[Occurrence]:
    """Every name in a group of fixtures."""
    yield Occurrence(group.name.span, (Symbol(Sort.FIXTURES, "", group.name.text),), declares=True)
    yield from _Test(group, (), declared).names(group.items)


class _Test:
    """One test, with the groups that it uses, or one group."""

    def __init__(
        self, node: tree.PolicyTest | tree.Fixtures, using: tuple[tree.Name, ...], declared: Declared
    ) -> None:
        self.declared = declared
        self.using = using
        self.said = _said(declared)
        self.owner = place_of(node.span)
        self.callers: dict[str, str] = {}
        self.things: dict[str, tuple[str, tree.ResourceFixture]] = {}
        used = [declared.fixtures[each.text] for each in using if each.text in declared.fixtures]
        for each in (*used, node):
            owner = place_of(each.span)
            for item in each.items:
                if isinstance(item, tree.TokenFixture):
                    self.callers[item.name.text] = owner
                elif isinstance(item, tree.ResourceFixture):
                    self.things[item.name.text] = (owner, item)

    def names(self, items: Iterable[tree.PolicyTestItem]) -> Iterator[Occurrence]:
        for name in self.using:
            if name.text in self.declared.fixtures:
                yield Occurrence(name.span, (Symbol(Sort.FIXTURES, "", name.text),))
        for item in items:
            match item:
                case tree.TokenFixture(name=name, claims=claims):
                    symbol = Symbol(Sort.CALLER, self.owner, name.text)
                    yield Occurrence(name.span, (symbol,), declares=True)
                    yield from self._claims(claims)
                case tree.ResourceFixture(name=name, type=type_, attributes=attributes):
                    symbol = Symbol(Sort.THING, self.owner, name.text)
                    yield Occurrence(name.span, (symbol,), declares=True)
                    if type_.text in self.declared.resources:
                        yield Occurrence(type_.span, (Symbol(Sort.RESOURCE, "", type_.text),))
                    yield from self._attributes(attributes, type_.text)
                case tree.ContextFixture(values=values):
                    yield from self._context(values)
                case tree.Expectation():
                    yield from self._expectation(item)
                case tree.Matrix():
                    yield from self._matrix(item)
                case _:
                    assert_never(item)

    def _who(self, name: tree.Name) -> Iterator[Occurrence]:
        if name.text in self.callers:
            yield Occurrence(name.span, (Symbol(Sort.CALLER, self.callers[name.text], name.text),))

    def _what(self, name: tree.Name) -> Iterator[Occurrence]:
        if name.text in self.things:
            yield Occurrence(name.span, (Symbol(Sort.THING, self.things[name.text][0], name.text),))

    def _block(self, name: tree.Name | None) -> DeclaredBlock | None:
        """The block whose actions are asked for: of a resource, or of the API where none is named."""
        if name is None:
            return self.declared.api
        if name.text not in self.things:
            return None
        return self.declared.blocks.get(self.things[name.text][1].type.text)

    def _matrix(self, item: tree.Matrix) -> Iterator[Occurrence]:
        blocks = {id(block): block for row in item.rows if (block := self._block(row.resource))}
        for action in item.head.actions if item.head else ():
            symbols = [
                Symbol(Sort.ACTION, block.name, action.text)
                for block in blocks.values()
                if action.text in block.actions
            ]
            if symbols:
                yield Occurrence(action.span, tuple(symbols))
        for row in item.rows:
            yield from self._who(row.who)
            if row.resource is not None:
                yield from self._what(row.resource)

    def _expectation(self, item: tree.Expectation) -> Iterator[Occurrence]:
        yield from self._who(item.who)
        if item.resource is not None:
            yield from self._what(item.resource)
        block = self._block(item.resource)
        if block is not None:
            yield from self._asked(item, block)
        for change in item.changes:
            yield from self._change(change)
        match item.missing:
            case tree.MissingScope(scope=name):
                yield from scope(name, self.declared)
            case tree.MissingRole(role=role) if role.text in self.declared.roles:
                yield Occurrence(role.span, (Symbol(Sort.ROLE, "", role.text),))
            case _:
                pass

    def _asked(self, item: tree.Expectation, block: DeclaredBlock) -> Iterator[Occurrence]:
        """The actions, and their parameters."""
        for action in item.actions:
            if action.text in block.actions:
                yield Occurrence(action.span, (Symbol(Sort.ACTION, block.name, action.text),))
        scene = Scene(self.declared, (block,), tuple(action.text for action in item.actions))
        known = scene.parameters()
        for name, value in item.arguments.pairs if item.arguments else ():
            symbols = scene.of_root("action", name.text)
            if symbols:
                yield Occurrence(name.span, symbols)
                yield from expression(value, scene, known[name.text].type)

    def _change(self, change: tree.With) -> Iterator[Occurrence]:
        if change.name is None:
            yield from self._context(change.changes)
        elif change.name.text in self.callers:
            yield from self._who(change.name)
            yield from self._claims(change.changes)
        elif change.name.text in self.things:
            yield from self._what(change.name)
            yield from self._attributes(change.changes, self.things[change.name.text][1].type.text)

    # -- records

    def _attributes(self, record: tree.RecordOf, resource: str) -> Iterator[Occurrence]:
        block = self.declared.blocks.get(resource)
        if block is not None:
            yield from self._members(record, block.fields, Sort.ATTRIBUTE, resource)

    def _context(self, record: tree.RecordOf) -> Iterator[Occurrence]:
        yield from self._members(record, self.declared.context, Sort.CONTEXT, "")

    def _claims(self, record: tree.RecordOf) -> Iterator[Occurrence]:
        yield from self._members(record, self.declared.claims, Sort.CLAIM, "")
        for name, value in record.pairs:
            yield from self._spoken(name.text, value)

    def _members(
        self, record: tree.RecordOf, known: dict[str, tree.Field], sort: Sort, owner: str
    ) -> Iterator[Occurrence]:
        for name, value in record.pairs:
            if name.text in known:
                yield Occurrence(name.span, (Symbol(sort, owner, name.text),))
                yield from expression(value, Scene(self.declared), known[name.text].type)

    def _spoken(self, claim: str, value: tree.Expression) -> Iterator[Occurrence]:
        """The scopes and roles that a claim names."""
        match value:
            case tree.RecordOf(pairs=pairs):
                for name, inner in pairs:
                    yield from self._spoken(name.text, inner)
            case tree.ListOf(items=items):
                for item in items:
                    yield from self._spoken(claim, item)
            case tree.Literal(value=str(text)) if claim in self.said:
                sort = self.said[claim]
                known = self.declared.roles if sort is Sort.ROLE else self.declared.scopes
                words = [(text, value.span.start + 1)] if sort is Sort.ROLE else _words(value)
                for word, start in words:
                    if word in known and value.span.end - value.span.start == len(text) + 2:
                        span = Span(value.span.file, start, start + len(word))
                        yield Occurrence(span, (Symbol(sort, "", word),))
            case _:
                pass


def _words(literal: tree.Literal) -> Iterator[tuple[str, int]]:
    for match in _WORD.finditer(str(literal.value)):
        yield match.group(), literal.span.start + 1 + match.start()


def _said(declared: Declared) -> dict[str, Sort]:
    """The claims that name scopes and roles, by their last step."""
    said = {"scope": Sort.SCOPE, "permissions": Sort.SCOPE, "roles": Sort.ROLE}
    for places in PLACES.values():
        said |= {path[-1]: said[what] for what, path in places.items()}
    for issuer in declared.issuers:
        for item in issuer.items:
            if isinstance(item, tree.ClaimSource) and item.what.text in said:
                said[item.path[-1].text] = said[item.what.text]
    return said
