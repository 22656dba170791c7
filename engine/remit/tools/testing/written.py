"""Policy files -> where each test of each rule is written.

A test stands in its rule, or in a relation that the rule names. It is found by its text: one that says
something else than it means, because a `let` or a class of clients gives its values, is put where its
rule is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from remit.decider.reading import parsed
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.render_expressions import condition, need, value
from remit.syntax.render_words import literal, literals

Relations = Mapping[str, Sequence[tree.Relation]]


def document_of(sources: Iterable[Source]) -> tree.Document:
    """The files of a policy as one set; they have been read without an error."""
    documents = [parsed(source)[0] for source in sources]
    return tree.Document(tuple(item for document in documents for item in document.items))


@dataclass(frozen=True, slots=True)
class RuleInPlace:
    """A rule as written, and the relations that its names may mean."""

    rule: tree.Rule
    relations: Relations

    def tests(self) -> Iterator[tuple[str, Span]]:
        """Each test of the rule and of its relations: its text, and where it is."""
        walk = _Walk(self.relations)
        for subject in self.rule.subjects or ():
            yield from walk.subject(subject)
        for clause in (self.rule.when, self.rule.unless):
            if clause is not None:
                yield from walk.expression(clause)
        challenges = self.rule.challenges
        if challenges:
            kinds = [f"acr {literals(c.values)}" for c in challenges if isinstance(c, tree.NeedAcr)]
            ages = [f"max_age {literal(c.age)}" for c in challenges if isinstance(c, tree.NeedMaxAge)]
            yield " ".join(kinds + ages), challenges[0].span.to(challenges[-1].span)


def rules_of(document: tree.Document) -> dict[Span, RuleInPlace]:
    """The rules of a set, by where they are."""
    blocks = [item for item in document.items if isinstance(item, tree.Resource | tree.Api)]
    everywhere = [each for block in blocks for each in _relations(block)]
    found: dict[Span, RuleInPlace] = {}
    for item in document.items:
        match item:
            case tree.Rule():
                found[item.span] = RuleInPlace(item, _by_name(everywhere))
            case tree.Resource() | tree.Api():
                own = _by_name([*_relations(item)])
                rules = (each for each in item.items if isinstance(each, tree.Rule))
                for rule in rules:
                    relations = own if rule.types is None else _by_name(everywhere)
                    found[rule.span] = RuleInPlace(rule, relations)
            case _:
                pass
    return found


def _relations(block: tree.Resource | tree.Api) -> Iterator[tree.Relation]:
    return (item for item in block.items if isinstance(item, tree.Relation))


def _by_name(relations: Iterable[tree.Relation]) -> Relations:
    named: dict[str, list[tree.Relation]] = {}
    for relation in relations:
        named.setdefault(relation.name.text, []).append(relation)
    return named


@dataclass
class _Walk:
    """Through one rule; each relation is gone through once."""

    relations: Relations
    _seen: set[str] = field(default_factory=set[str])

    def expression(self, node: tree.Expression) -> Iterator[tuple[str, Span]]:
        match node:
            case tree.And(operands=operands) | tree.Or(operands=operands):
                for operand in operands:
                    yield from self.expression(operand)
            case tree.Not(operand=operand):
                yield from self.expression(operand)
            case tree.Quantified(every=every, collection=collection, condition=inner):
                yield f"{'all' if every else 'any'} in {value(collection)}", node.span
                yield from self.expression(inner)
            case tree.Path(root=root, steps=()) if root.text in self.relations:
                yield from self._relation(root)
            case tree.ScopeTest(of=of, need=wanted):
                yield f"{of}({need(wanted)})", node.span
            case _:
                yield condition(node), node.span

    def subject(self, node: tree.Subject) -> Iterator[tuple[str, Span]]:
        match node:
            case tree.AllSubjects(subjects=subjects):
                for each in subjects:
                    yield from self.subject(each)
            case tree.NamedSubject(name=name) if name.text in self.relations:
                yield from self._relation(name)
            case tree.NamedSubject(name=name):
                yield name.text, node.span
            case tree.RoleSubject(role=role):
                yield f"role {role.text}", node.span
            case tree.ClientSubject(client=client):
                yield f"client {client.text}", node.span
            case tree.Entitled():
                yield "entitled", node.span
            case tree.Anyone():
                pass
            case _:
                assert_never(node)

    def _relation(self, name: tree.Name) -> Iterator[tuple[str, Span]]:
        if name.text not in self._seen:
            self._seen.add(name.text)
            for relation in self.relations[name.text]:
                yield from self.expression(relation.condition)
