"""Test blocks -> the names in them, those inside of a token's claims among them.

`scope: "read:documents"` and `roles: ["editor"]` are text to the language; what they say are names of
the policy all the same.
"""

import re
from collections.abc import Iterator
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
    yield from _Test(test, declared).names()


class _Test:
    """One test block."""

    def __init__(self, test: tree.PolicyTest, declared: Declared) -> None:
        self.test = test
        self.declared = declared
        self.owner = place_of(test.span)
        self.said = _said(declared)
        self.callers = {i.name.text for i in test.items if isinstance(i, tree.TokenFixture)}
        self.things = {i.name.text: i for i in test.items if isinstance(i, tree.ResourceFixture)}

    def names(self) -> Iterator[Occurrence]:
        for item in self.test.items:
            match item:
                case tree.TokenFixture(name=name, claims=claims):
                    yield self._own(name, Sort.CALLER, declares=True)
                    yield from self._claims(claims)
                case tree.ResourceFixture(name=name, type=type_, attributes=attributes):
                    yield self._own(name, Sort.THING, declares=True)
                    if type_.text in self.declared.resources:
                        yield Occurrence(type_.span, (Symbol(Sort.RESOURCE, "", type_.text),))
                    yield from self._attributes(attributes, type_.text)
                case tree.ContextFixture(values=values):
                    yield from self._context(values)
                case tree.Expectation():
                    yield from self._expectation(item)
                case _:
                    assert_never(item)

    def _own(self, name: tree.Name, sort: Sort, *, declares: bool = False) -> Occurrence:
        return Occurrence(name.span, (Symbol(sort, self.owner, name.text),), declares)

    def _expectation(self, item: tree.Expectation) -> Iterator[Occurrence]:
        if item.who.text in self.callers:
            yield self._own(item.who, Sort.CALLER)
        block: DeclaredBlock | None = self.declared.api
        if item.resource is not None:
            block = None
            if item.resource.text in self.things:
                yield self._own(item.resource, Sort.THING)
                block = self.declared.blocks.get(self.things[item.resource.text].type.text)
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
            yield self._own(change.name, Sort.CALLER)
            yield from self._claims(change.changes)
        elif change.name.text in self.things:
            yield self._own(change.name, Sort.THING)
            yield from self._attributes(change.changes, self.things[change.name.text].type.text)

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
