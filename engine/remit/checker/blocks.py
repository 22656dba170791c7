"""Resource blocks, the API's own statements, and the rules of the whole file -> Blocks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from remit.checker import findings, hiding
from remit.checker.checked import (
    TRUE,
    Action,
    AllOf,
    Alternative,
    Block,
    CheckedRule,
    Condition,
    Enumeration,
    Given,
    Known,
    Member,
    Negated,
    Nothing,
    Obligation,
    OneScope,
    Root,
    Scalar,
    SetOf,
    SomeOf,
    StrongLogin,
    Value,
)
from remit.checker.expressions import Expressions
from remit.checker.files import MISSING, Beside, read_json
from remit.checker.members import RESERVED, check_assumed
from remit.checker.names import Names, Surroundings
from remit.checker.scalars import MICROSECOND
from remit.checker.values import UNGUARDED, Guarded
from remit.spans import Span
from remit.syntax import tree

Statement = tree.Action | tree.ActionsFrom | tree.Assume | tree.Relation | tree.Rule


def check_resource(
    node: tree.Resource,
    outside: tuple[list[tree.Rule], list[tree.Rule]],
    around: Surroundings,
    beside: Beside,
) -> Block:
    """One resource type; outside of it stand rules that name it, and rules that name no type."""
    members = around.types.members(Root.RESOURCE, node.fields)
    for item in node.items:
        if isinstance(item, tree.Rule) and item.types is not None:
            hint = "a rule in a resource is about that resource"
            around.found.append(findings.misplaced("`on`", item.types[0].span, hint))
    bound, loose = outside
    return check_block(node.name.text, members, [*node.items, *bound], loose, around, beside)


def check_block(
    name: str | None,
    members: Mapping[str, Member],
    items: Iterable[Statement],
    loose: Iterable[tree.Rule],
    around: Surroundings,
    beside: Beside,
) -> Block:
    """Actions, relations and rules over `members`; a loose rule covers what it can here."""
    block = _Block(members, list(items), around, beside)
    actions = block.actions()
    return Block(name, members, actions, tuple(block.rules(actions, loose)))


class _Block:
    """One block."""

    def __init__(
        self,
        members: Mapping[str, Member],
        items: list[Statement],
        around: Surroundings,
        beside: Beside,
    ) -> None:
        self.members = members
        self.items = items
        self.around = around
        self.found = around.found
        self.beside = beside
        self.relations = self._relations()
        self.expressions = Expressions(Names(around, members, self.relations))
        for relation in self.relations.values():
            self.expressions.relation(relation.name)

    def rules(self, actions: Mapping[str, Action], loose: Iterable[tree.Rule]) -> Iterator[CheckedRule]:
        """Every rule that stands in this block."""
        assumed = self._assumed(actions)
        for item in self.items:
            match item:
                case tree.Rule():
                    yield self._rule(item, self._heads(item, actions), actions, assumed)
                case tree.Action(names=names, span=span) if names[0].text in actions:
                    action = actions[names[0].text]
                    if all(self._is_of_size(each.when, span) for each in action.needs):
                        hiding.check_needs(action, assumed, span, self.found)
                case _:
                    pass
        for rule in loose:
            named = None if rule.actions is None else {action.text for action in rule.actions}
            covered = actions.keys() if named is None else named & actions.keys()
            if covered:
                heads = None if named is None else tuple(sorted(covered))
                yield self._rule(rule, heads, actions, assumed)

    def _assumed(self, actions: Mapping[str, Action]) -> frozenset[Member]:
        names = [n for item in self.items if isinstance(item, tree.Assume) for n in item.names]
        parameters = [p for action in actions.values() for p in action.parameters.values()]
        known = {member.name: member for member in (*parameters, *self.members.values())}
        assumed = check_assumed(names, known, self.found)
        mine = (m for m in (*parameters, *self.members.values()) if m.name in assumed)
        return self.around.assumed | frozenset(mine)

    def _relations(self) -> dict[str, tree.Relation]:
        relations: dict[str, tree.Relation] = {}
        for node in self.items:
            if isinstance(node, tree.Relation):
                name = node.name
                taken = (relations, self.members, self.around.globals)
                if any(name.text in names for names in taken):
                    before = relations.get(name.text)
                    first = None if before is None else before.name.span
                    self.found.append(findings.duplicate("name", name.text, name.span, first))
                if name.text in RESERVED:
                    self.found.append(findings.reserved(name.text, name.span))
                relations[name.text] = node
        return relations

    # -- actions

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        actions: dict[str, Action] = {}
        first: dict[str, Span] = {}
        for item in self.items:
            match item:
                case tree.Action():
                    made = self._action(item)
                case tree.ActionsFrom():
                    made = self._actions_from(item)
                case _:
                    continue
            for name, action in made:
                if name.text in actions:
                    before = first[name.text]
                    self.found.append(findings.duplicate("action", name.text, name.span, before))
                if name.text in RESERVED:
                    self.found.append(findings.reserved(name.text, name.span))
                actions[name.text] = action
                first.setdefault(name.text, name.span)
        return actions

    def _action(self, node: tree.Action) -> list[tuple[tree.Name, Action]]:
        parameters = self.around.types.members(Root.ACTION, node.parameters)
        if not node.needs:
            for name in node.names:
                self.found.append(findings.missing_needs(name.text, name.span))
        self._see(parameters)
        needs = tuple(self._alternative(clause) for clause in node.needs)
        self._see({})
        return [(n, Action(n.text, needs, parameters, node.new)) for n in node.names]

    def _see(self, parameters: Mapping[str, Member]) -> None:
        self.expressions.names = Names(self.around, self.members, self.relations, parameters)

    def _alternative(self, clause: tree.NeedClause) -> Alternative:
        when = TRUE if clause.when is None else self.expressions.condition(clause.when)
        nothing = isinstance(clause.need, tree.NeedNothing)
        return Alternative(Nothing() if nothing else self.expressions.scopes(clause.need), when)

    def _actions_from(self, node: tree.ActionsFrom) -> list[tuple[tree.Name, Action]]:
        content = read_json(node.file, self.beside, self.found)
        if content is MISSING:
            return []
        if type(content) is not dict:
            self._bad_actions(node, "expected an object of actions")
            return []
        made: list[tuple[tree.Name, Action]] = []
        for name, scopes in content.items():
            action = self._listed(node, name, scopes)
            if action is not None:
                made.append((tree.Name(name, node.file.span), action))
        return made

    def _listed(self, node: tree.ActionsFrom, name: str, scopes: Any) -> Action | None:  # noqa: ANN401  (JSON is of any type)
        """An action of a file, with the scopes any of which is enough, or `"nothing"`."""
        if scopes == "nothing":
            return Action(name, (Alternative(Nothing(), TRUE),), {}, new=False)
        if type(scopes) is not list or not scopes or any(type(s) is not str for s in scopes):
            self._bad_actions(node, f'`{name}` needs a list of scopes, or "nothing"')
            return None
        known = self.around.api.scopes
        unknown = [scope for scope in scopes if scope not in known]
        if unknown:
            self._bad_actions(node, f"`{name}` needs `{unknown[0]}`, which is no declared scope")
        needs = tuple(OneScope(scope) for scope in sorted(set(scopes)))
        need = needs[0] if len(needs) == 1 else SomeOf(needs)
        return Action(name, (Alternative(need, TRUE),), {}, new=False)

    def _bad_actions(self, node: tree.ActionsFrom, problem: str) -> None:
        self.found.append(findings.bad_file(str(node.file.value), problem, node.file.span))

    # -- rules

    def _rule(
        self,
        node: tree.Rule,
        heads: tuple[str, ...] | None,
        actions: Mapping[str, Action],
        assumed: frozenset[Member],
    ) -> CheckedRule:
        name = str(node.name.value) if node.name else None
        first = node if name is None else self.around.rule_names.setdefault(name, node)
        if node.name and first.name and first is not node:
            self.found.append(findings.duplicate("rule", str(name), node.name.span, first.name.span))
        covered = actions.values() if heads is None else [actions[h] for h in heads if h in actions]
        self._see(_common([action.parameters for action in covered]))
        challenge = self._challenge(node)
        condition, obligations = self._condition(node, challenge)
        self._see({})
        because = str(node.because.value) if node.because else None
        if self._is_of_size(condition, node.span):
            hiding.check_rule(condition, node, assumed, self.found)
        return CheckedRule(
            node.effect, name, heads, condition, challenge, obligations, because, node.span
        )

    def _is_of_size(self, condition: Condition, span: Span) -> bool:
        """Whether a condition can be written out; nothing may walk through one that cannot."""
        fits = self.expressions.size(condition) <= findings.MAX_SIZE
        if not fits:
            self.found.append(findings.too_big(span))
        return fits

    def _heads(self, node: tree.Rule, actions: Mapping[str, Action]) -> tuple[str, ...] | None:
        if node.actions is None:
            if not actions:
                self.found.append(findings.no_actions(node.span))
            return None
        seen: set[str] = set()
        for action in node.actions:
            if action.text not in actions:
                self.found.append(findings.unknown_head(action.text, action.span, actions))
            if action.text in seen:
                self.found.append(findings.duplicate("action", action.text, action.span))
            seen.add(action.text)
        return tuple(sorted(seen))

    def _condition(
        self, node: tree.Rule, challenge: StrongLogin | None
    ) -> tuple[Condition, tuple[Obligation, ...]]:
        """When the rule applies, and what it obliges to then."""
        parts: list[Condition] = []
        guarded = UNGUARDED
        if node.subjects is not None:
            parts.append(self.expressions.subjects(node.subjects, node.effect))
            guarded = self.expressions.established(parts[-1], when=True)
        if node.when is not None:
            parts.append(self.expressions.condition(node.when, guarded))
            guarded |= self.expressions.established(parts[-1], when=True)
            fits = self.expressions.size(parts[-1]) <= findings.MAX_SIZE
            if node.effect == "permit" and fits:
                hiding.check_empty_all(parts[-1], node.span, self.found)
        if node.unless is not None:
            unless = self.expressions.condition(node.unless, guarded)
            guarded |= self.expressions.established(unless, when=False)
            parts.append(Negated(unless))
        if challenge is not None:
            parts.append(Negated(challenge))
        obligations = tuple(self._obligation(each, guarded) for each in node.obligations)
        if node.effect == "permit":
            # What has to be done with a permission must be known before the permission is given.
            values = [value for each in obligations for _, value in each.values]
            parts += [Known(value) for value in values if not isinstance(value, Given)]
        return AllOf(tuple(parts)), obligations

    def _challenge(self, node: tree.Rule) -> StrongLogin | None:
        if node.effect != "require":
            return None
        acr: tuple[str, ...] = ()
        age: int | None = None
        for each in node.challenges:
            if isinstance(each, tree.NeedAcr):
                if acr:
                    self.found.append(findings.duplicate("challenge", "acr", each.span))
                acr = tuple(dict.fromkeys(str(value.value) for value in each.values))
            else:
                if age is not None:
                    self.found.append(findings.duplicate("challenge", "max_age", each.span))
                length: Any = each.age.value
                age = length // MICROSECOND
        return StrongLogin(acr, age)

    def _obligation(self, node: tree.Obligation, guarded: Guarded) -> Obligation:
        values: dict[str, Value] = {}
        for name, expression in node.values.pairs if node.values else ():
            value = self.expressions.values.value(expression, None, guarded)
            if name.text in values:
                self.found.append(findings.duplicate("member", name.text, name.span))
            if value is not None and not isinstance(value.type, Scalar | Enumeration | SetOf):
                wanted = "a single value or a set"
                problem = findings.type_mismatch(str(value.type), wanted, expression.span)
                self.found.append(problem)
            elif value is not None:
                values[name.text] = value
        return Obligation(node.name.text, tuple(sorted(values.items())))


def _common(parameters: list[Mapping[str, Member]]) -> dict[str, Member]:
    """The parameters that all have, of the same type."""
    if not parameters:
        return {}
    first, *others = parameters
    return {
        name: member
        for name, member in first.items()
        if all(other.get(name) == member for other in others)
    }
