"""A policy's syntax tree -> trees that differ from it in one place, each a mistake that people make.

The operators are those of `OPERATORS`, after the faults that E. Martin and T. Xie, "A Fault Model and
Mutation Testing of Access Control Policies", WWW 2007, seed into policies. Text is never changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from remit.spans import Span
from remit.syntax import tree
from remit.syntax.render import render

OPERATORS: Mapping[str, str] = {
    "negate": "a condition becomes its negation",
    "drop-conjunct": "an operand of `and` is left out",
    "drop-disjunct": "an operand of `or`, or one of several subjects, is left out",
    "swap-comparison": "`<` and `<=`, `>` and `>=` change places",
    "widen-scope": "`needs a` becomes `needs a or b`, or a role grants one scope more",
    "drop-scope": "a scope is left out of what an action needs, or of what a role grants",
    "add-role": "a permit is for one role more",
    "drop-role": "a role no longer extends another, or a rule names one role less",
    "swap-effect": "permit becomes forbid, forbid becomes permit",
    "drop-rule": "a rule is left out",
    "drop-when": "a rule's `when` is left out",
    "drop-unless": "a rule's `unless` is left out",
    "shift-constant": "a number is one more or one less, a duration a second",
}

Statement = tree.Rule | tree.Relation | tree.Action | tree.Role
_Change = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed set, and the statement that was changed; `after` is None where it was left out."""

    operator: str
    before: Statement
    after: Statement | None
    document: tree.Document

    @property
    def span(self) -> Span:
        """Where the statement is."""
        span: Span = self.before.span
        return span

    def diff(self) -> list[str]:
        """The statement without and with the change, by line."""
        old = _lines(self.before)
        new = [] if self.after is None else _lines(self.after)
        changed = [f"- {line}" for line in old if line not in new]
        return changed + [f"+ {line}" for line in new if line not in old]


def _lines(statement: Statement) -> list[str]:
    nowhere = Span("", 0, 0)
    around = tree.Api(tree.Name("x", nowhere), (statement,), nowhere)
    text = render(tree.Document((around,))).splitlines()[1:-1]
    return [line.removeprefix("  ") for line in text]


def mutants(document: tree.Document) -> Iterator[Mutant]:
    """Every mutant of a set, in the order in which the statements are written."""
    apis = [item for item in document.items if isinstance(item, tree.Api)]
    inside = [each for api in apis for each in api.items]
    scopes = sorted(n.text for e in inside if isinstance(e, tree.Scopes) for n in e.names)
    roles = sorted(n.text for e in inside if isinstance(e, tree.Role) for n in e.names)
    operators = _Operators(scopes, roles)
    for place, item in enumerate(document.items):
        if isinstance(item, tree.Rule):
            for operator, after in operators.of(item):
                yield Mutant(operator, item, after, _with(document, place, after))
        elif isinstance(item, tree.Api | tree.Resource):
            for inner, statement in enumerate(item.items):
                if isinstance(statement, tree.Rule | tree.Relation | tree.Action | tree.Role):
                    for operator, after in operators.of(statement):
                        kept = () if after is None else (after,)
                        items: Any = (*item.items[:inner], *kept, *item.items[inner + 1 :])
                        block = replace(item, items=items)
                        yield Mutant(operator, statement, after, _with(document, place, block))


def _with(document: tree.Document, place: int, item: Any) -> tree.Document:  # noqa: ANN401  (an item, or None)
    kept = () if item is None else (item,)
    return tree.Document((*document.items[:place], *kept, *document.items[place + 1 :]))


class _Operators:
    """The changes of one node, the node changed in one place each time."""

    def __init__(self, scopes: list[str], roles: list[str]) -> None:
        self.scopes = scopes
        self.roles = roles

    def of(self, statement: Statement) -> Iterator[_Change]:
        if isinstance(statement, tree.Rule):
            yield "drop-rule", None
        seen: list[object] = [statement]
        for operator, changed in self._changes(statement):
            if changed not in seen:
                seen.append(changed)
                yield operator, changed

    def _changes(self, node: Any) -> Iterator[_Change]:  # noqa: ANN401  (any node of the tree)
        """Those of the node itself, then those of its parts."""
        yield from self._own(node)
        for each in fields(node):
            if each.name in _LEFT_ALONE or (isinstance(node, tree.Action) and each.name != "needs"):
                continue
            part = getattr(node, each.name)
            if isinstance(part, tuple):
                for place, element in enumerate(part):
                    for operator, changed in self._changes(element):
                        whole = (*part[:place], changed, *part[place + 1 :])
                        yield operator, replace(node, **{each.name: whole})
            elif is_dataclass(part):
                for operator, changed in self._changes(part):
                    yield operator, replace(node, **{each.name: changed})

    def _own(self, node: Any) -> Iterator[_Change]:  # noqa: ANN401  (any node of the tree)
        match node:
            case tree.Rule():
                yield from self._rule(node)
            case tree.Relation():
                yield from _negated(node, "condition")
            case tree.Role():
                yield from self._role(node)
            case tree.NeedClause() if node.when is not None:
                yield from _negated(node, "when")
            case tree.NeedScope() | tree.NeedAll() | tree.NeedAny() | tree.NeedNothing():
                yield from self._need(node)
            case tree.And() | tree.Or() | tree.Not() | tree.Quantified() | tree.Compare():
                yield from _expression(node)
            case tree.AllSubjects(subjects=subjects, span=span):
                for kept in _less_one(subjects):
                    yield "drop-conjunct", kept[0] if len(kept) == 1 else tree.AllSubjects(kept, span)
            case tree.Literal(value=value, span=span):
                for shifted in _shifted(value):
                    yield "shift-constant", tree.Literal(shifted, span)
            case _:
                pass

    def _rule(self, rule: tree.Rule) -> Iterator[_Change]:
        node: Any = rule
        if rule.effect == "permit":
            yield "swap-effect", replace(rule, effect="forbid")
        elif rule.effect == "forbid":
            everybody = (tree.Anyone(rule.span),)
            yield "swap-effect", replace(rule, effect="permit", subjects=rule.subjects or everybody)
        for clause in ("when", "unless"):
            if getattr(rule, clause) is not None:
                yield f"drop-{clause}", replace(node, **{clause: None})
                yield from _negated(rule, clause)
        subjects = rule.subjects or ()
        for place, kept in enumerate(_less_one(subjects)):
            is_role = isinstance(subjects[place], tree.RoleSubject)
            yield "drop-role" if is_role else "drop-disjunct", replace(rule, subjects=kept)
        named = {each.role.text for each in subjects if isinstance(each, tree.RoleSubject)}
        others = [role for role in self.roles if role not in named]
        if rule.effect == "permit" and others and not any(isinstance(s, tree.Anyone) for s in subjects):
            more = tree.RoleSubject(tree.Name(others[0], rule.span), rule.span)
            yield "add-role", replace(rule, subjects=(*subjects, more))

    def _role(self, role: tree.Role) -> Iterator[_Change]:
        for kept in _less_one(role.extends, least=0):
            yield "drop-role", replace(role, extends=kept)
        for kept in _less_one(role.grants, least=0):
            yield "drop-scope", replace(role, grants=kept)
        granted = {name.text for name in role.grants}
        for scope in [each for each in self.scopes if each not in granted][:1]:
            yield "widen-scope", replace(role, grants=(*role.grants, tree.Name(scope, role.span)))

    def _need(self, need: tree.Need) -> Iterator[_Change]:
        match need:
            case tree.NeedAll(needs=needs, span=span):
                for kept in _less_one(needs):
                    yield "drop-scope", kept[0] if len(kept) == 1 else tree.NeedAll(kept, span)
            case tree.NeedAny(needs=needs, span=span):
                for kept in _less_one(needs):
                    yield "drop-scope", kept[0] if len(kept) == 1 else tree.NeedAny(kept, span)
            case tree.NeedScope(scope=scope, span=span):
                for other in [each for each in self.scopes if each != scope.text][:1]:
                    more = tree.NeedScope(tree.Name(other, span), span)
                    yield "widen-scope", tree.NeedAny((need, more), span)
            case _:
                pass


_LEFT_ALONE = frozenset(("span", "obligations", "because", "name", "names", "actions", "types", "root"))


def _negated(node: Any, clause: str) -> Iterator[_Change]:  # noqa: ANN401  (a node with a condition)
    """The condition of a clause, and each test inside it, turned round."""
    for changed in _negations(getattr(node, clause)):
        yield "negate", replace(node, **{clause: changed})


def _negations(node: tree.Expression) -> Iterator[tree.Expression]:
    match node:
        case tree.Not(operand=operand):
            yield operand
        case tree.And(operands=operands) | tree.Or(operands=operands):
            for place, operand in enumerate(operands):
                for changed in _negations(operand):
                    yield replace(node, operands=(*operands[:place], changed, *operands[place + 1 :]))
        case tree.Membership(negated=negated):
            yield replace(node, negated=not negated)
        case tree.Compare(operator="==" | "!=" as operator):
            yield replace(node, operator="!=" if operator == "==" else "==")
        case _:
            yield tree.Not(node, node.span)


_SWAPPED: Mapping[str, Any] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _expression(node: tree.Expression) -> Iterator[_Change]:
    match node:
        case tree.And(operands=operands, span=span):
            for kept in _less_one(operands):
                yield "drop-conjunct", kept[0] if len(kept) == 1 else tree.And(kept, span)
        case tree.Or(operands=operands, span=span):
            for kept in _less_one(operands):
                yield "drop-disjunct", kept[0] if len(kept) == 1 else tree.Or(kept, span)
        case tree.Quantified():
            yield from _negated(node, "condition")
        case tree.Compare(operator=operator) if operator in _SWAPPED:
            yield "swap-comparison", replace(node, operator=_SWAPPED[operator])
        case _:
            pass


def _less_one(items: tuple[Any, ...], least: int = 1) -> Iterator[tuple[Any, ...]]:
    if len(items) > least:
        for place in range(len(items)):
            yield (*items[:place], *items[place + 1 :])


def _shifted(value: str | int | Decimal | timedelta) -> Iterator[Any]:
    match value:
        case bool() | str():
            pass
        case timedelta():
            yield from (value - timedelta(seconds=1), value + timedelta(seconds=1))
        case number:
            yield from (number - 1, number + 1)
