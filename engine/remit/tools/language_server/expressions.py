"""Conditions, values and types -> the names in them, with what they mean, and the types of values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from remit.syntax import tree
from remit.tools.language_server.declaring import Declared, DeclaredBlock, TypeNode
from remit.tools.language_server.scopes import scope
from remit.tools.language_server.symbols import Occurrence, Sort, Symbol, place_of


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an expression stands: what blocks and actions it is about, and what is bound there."""

    declared: Declared
    blocks: tuple[DeclaredBlock, ...] = ()
    actions: tuple[str, ...] = ()
    bound: Mapping[str, tuple[tree.Name, TypeNode]] = field(default_factory=dict)

    def binding(self, name: tree.Name, type_: TypeNode) -> "Scene":
        """The same, inside of a quantifier."""
        return replace(self, bound={**self.bound, name.text: (name, type_)})

    def bare(self, name: str) -> tuple[Symbol, ...]:
        """What a name by itself means."""
        if name in self.bound:
            return (Symbol(Sort.ELEMENT, place_of(self.bound[name][0].span), name),)
        found = [
            Symbol(sort, block.name, name)
            for block in self.blocks
            for sort, known in ((Sort.ATTRIBUTE, block.fields), (Sort.RELATION, block.relations))
            if name in known
        ]
        if not found and name in self.declared.values:
            return (Symbol(Sort.VALUE, "", name),)
        return tuple(dict.fromkeys(found))

    def of_root(self, root: str, name: str) -> tuple[Symbol, ...]:
        """What a member of `token`, `context` or `action` is."""
        match root:
            case "token" if name in self.declared.claims:
                return (Symbol(Sort.CLAIM, "", name),)
            case "context" if name in self.declared.context:
                return (Symbol(Sort.CONTEXT, "", name),)
            case "action":
                nodes = {place_of(node.span): None for node in self._nodes() if _has(node, name)}
                return tuple(Symbol(Sort.PARAMETER, owner, name) for owner in nodes)
            case _:
                return ()

    def parameters(self) -> dict[str, tree.Field]:
        """The parameters that rules about these actions may read."""
        return {each.name.text: each for node in self._nodes() for each in node.parameters}

    def _nodes(self) -> Iterator[tree.Action]:
        for block in self.blocks:
            for name in self.actions:
                action = block.actions.get(name)
                if action is not None and isinstance(action.node, tree.Action):
                    yield action.node

    def root_type(self, path: tree.Path) -> tuple[TypeNode, tuple[tree.Name | tree.Index, ...]]:
        """The type of what a path begins with, and the steps that are left."""
        name, declared = path.root.text, self.declared
        if name in ("token", "context", "action") and path.steps:
            members = {"token": declared.claims, "context": declared.context}
            first, *rest = path.steps
            known = members.get(name) or self.parameters()
            each = known.get(first.text) if isinstance(first, tree.Name) else None
            return None if each is None else each.type, tuple(rest)
        if name in self.bound:
            return self.bound[name][1], path.steps
        attribute = next((b.fields[name] for b in self.blocks if name in b.fields), None)
        value = attribute or declared.values.get(name)
        return None if value is None else value.type, path.steps

    def type_of(self, node: tree.Expression) -> TypeNode:
        """The type of a value, where it can be seen from what is declared."""
        match node:
            case tree.Path():
                type_, steps = self.root_type(node)
                for step in steps:
                    type_ = self.declared.step(type_, step)
                return type_
            case tree.Coalesce(value=value) | tree.Arithmetic(left=value):
                return self.type_of(value)
            case _:
                return None


def _has(node: tree.Action, parameter: str) -> bool:
    return any(each.name.text == parameter for each in node.parameters)


def expression(node: tree.Expression, scene: Scene, wanted: TypeNode = None) -> Iterator[Occurrence]:
    """The names in a condition or a value; `wanted` is the type that a constant is to have."""
    match node:
        case tree.Path():
            yield from _path(node, scene)
        case tree.Quantified(name=name, collection=collection, condition=condition):
            yield from expression(collection, scene)
            yield Occurrence(
                name.span, (Symbol(Sort.ELEMENT, place_of(name.span), name.text),), declares=True
            )
            element = scene.declared.element(scene.type_of(collection))
            yield from expression(condition, scene.binding(name, element))
        case tree.ScopeTest(need=need):
            for name in _needed(need):
                yield from scope(name, scene.declared)
        case tree.RecordOf():
            yield from pairs(node, wanted, scene)
        case tree.ListOf(items=items):
            for item in items:
                yield from expression(item, scene, scene.declared.element(wanted))
        case _:
            for part in parts_of(node):
                yield from expression(part, scene)


def parts_of(node: tree.Expression) -> tuple[tree.Expression, ...]:
    """The expressions that an expression is made of."""
    match node:
        case tree.Not(operand=operand):
            return (operand,)
        case tree.And(operands=operands) | tree.Or(operands=operands) | tree.Call(arguments=operands):
            return operands
        case tree.Compare(left=left, right=right) | tree.Arithmetic(left=left, right=right):
            return left, right
        case tree.Membership(item=left, collection=right) | tree.Coalesce(value=left, fallback=right):
            return left, right
        case tree.Like(value=value):
            return (value,)
        case tree.Has(path=path):
            return (path,)
        case _:
            return ()


def _needed(need: tree.Need) -> Iterator[tree.Name]:
    match need:
        case tree.NeedScope(scope=name):
            yield name
        case tree.NeedAll(needs=needs) | tree.NeedAny(needs=needs):
            for each in needs:
                yield from _needed(each)
        case _:
            pass


def _path(path: tree.Path, scene: Scene) -> Iterator[Occurrence]:
    root, steps = path.root, path.steps
    type_, rest = scene.root_type(path)
    if root.text in ("token", "context", "action") and steps:
        first = steps[0]
        if isinstance(first, tree.Name):
            yield from _some(first, scene.of_root(root.text, first.text))
    else:
        yield from _some(root, scene.bare(root.text))
    for step in rest:
        if isinstance(step, tree.Index):
            yield from expression(step.key, scene)
        else:
            yield from member(step, type_, scene.declared)
        type_ = scene.declared.step(type_, step)


def _some(name: tree.Name, symbols: tuple[Symbol, ...]) -> Iterator[Occurrence]:
    if symbols:
        yield Occurrence(name.span, symbols)


def member(name: tree.Name, of: TypeNode, declared: Declared) -> Iterator[Occurrence]:
    """The name of a member of a record, where its type can be seen."""
    record = declared.plain(of)
    if isinstance(record, tree.RecordType) and any(e.name.text == name.text for e in record.fields):
        symbol = Symbol(Sort.MEMBER, place_of(record.span), name.text)
        yield Occurrence(name.span, (symbol,))


def pairs(record: tree.RecordOf, type_: TypeNode, scene: Scene) -> Iterator[Occurrence]:
    """The names in a record that is to have a type."""
    plain = scene.declared.plain(type_)
    for name, value in record.pairs:
        yield from member(name, plain, scene.declared)
        inner = plain.value if isinstance(plain, tree.MapType) else scene.declared.step(plain, name)
        yield from expression(value, scene, inner)


def typed(node: TypeNode, declared: Declared) -> Iterator[Occurrence]:
    """The names in a type."""
    match node:
        case tree.NamedType(name=name) if name.text in declared.types:
            yield Occurrence(name.span, (Symbol(Sort.TYPE, "", name.text),))
        case tree.SetType(element=element) | tree.ListType(element=element):
            yield from typed(element, declared)
        case tree.MapType(key=key, value=value):
            yield from typed(key, declared)
            yield from typed(value, declared)
        case tree.RecordType(fields=fields):
            for each in fields:
                symbol = Symbol(Sort.MEMBER, place_of(node.span), each.name.text)
                yield Occurrence(each.name.span, (symbol,), declares=True)
                yield from typed(each.type, declared)
        case _:
            pass
