"""Conditions -> truths, and values -> values, node by node.

A literal takes the type of what stands beside it; so each value is asked for with the type that is
wanted of it, which only literals heed.
"""

from dataclasses import replace
from typing import assert_never

from remit.syntax.tree import (
    And,
    Arithmetic,
    Call,
    Coalesce,
    Compare,
    Expression,
    Has,
    Index,
    Like,
    ListOf,
    Literal,
    Membership,
    Name,
    Need,
    NeedAll,
    NeedAny,
    NeedNothing,
    NeedScope,
    Not,
    Or,
    Path,
    Quantified,
    RecordOf,
    ScopeTest,
)
from tests.meaning_admission import admit, entry_of, keys_of, part_of
from tests.meaning_operators import (
    calculate,
    call,
    compare,
    conjunction,
    disjunction,
    is_among,
    lacks,
    like,
    negation,
)
from tests.meaning_policy import AnyScope, relation_named
from tests.meaning_scene import Scene, is_known, known, known_member, natural, written
from tests.meaning_types import (
    BOOL,
    CIDR,
    DATETIME,
    DURATION,
    INT,
    IP,
    STRING,
    WEEKDAY,
    ZONE,
    Keyed,
    Many,
    Shape,
    Type,
)
from tests.meaning_values import Lack, Members, Record, Table, Truth, Value


def truth_of(node: Expression, scene: Scene) -> Truth:
    match node:
        case And(operands=operands):
            return conjunction([truth_of(operand, scene) for operand in operands])
        case Or(operands=operands):
            return disjunction([truth_of(operand, scene) for operand in operands])
        case Not(operand=operand):
            return negation(truth_of(operand, scene))
        case Compare(operator=operator, left=left, right=right):
            wanted = type_of(left, scene) or type_of(right, scene) or plain_type(scene, left, right)
            return compare(operator, value_of(left, scene, wanted), value_of(right, scene, wanted))
        case Membership():
            return membership(node, scene)
        case Like(value=value, pattern=pattern):
            return like(value_of(value, scene, STRING), str(pattern.value))
        case Has(path=path):
            there = value_of(path, scene)
            return None if there is Lack.ERROR else there is not Lack.ABSENT
        case ScopeTest(of=of, need=need):
            return met(need, scene.bearer.granted if of == "granted" else scene.bearer.held)
        case Quantified():
            return quantified(node, scene)
        case Literal() | Path() | Coalesce() | Call() | Arithmetic() | ListOf() | RecordOf():
            result = value_of(node, scene)
            return result if isinstance(result, bool) else None
        case _:
            assert_never(node)


def met(need: Need | AnyScope, names: frozenset[str] | None) -> Truth:
    """Is the need met by these scopes? `None` for names that are not known."""
    match need:
        case NeedNothing():
            return True
        case NeedScope(scope=scope):
            return None if names is None else scope.text in names
        case AnyScope(scopes=scopes):
            return disjunction([None if names is None else scope in names for scope in scopes])
        case NeedAll(needs=needs):
            return conjunction([met(part, names) for part in needs])
        case NeedAny(needs=needs):
            return disjunction([met(part, names) for part in needs])
        case _:
            assert_never(need)


def membership(node: Membership, scene: Scene) -> Truth:
    item, among = inlined(node.item, scene), inlined(node.collection, scene)
    of_item = type_of(item, scene)
    if of_item is None:
        of_item = element_type(item, type_of(among, scene)) or plain_type(scene, item)
    if isinstance(among, ListOf):
        values = [value_of(one, scene, listed_type(one, of_item)) for one in among.items]
        collection: Value = Members(tuple(values), distinct=True)
    else:
        collection = value_of(among, scene, CIDR)
    found = is_among(value_of(item, scene, of_item), collection)
    return negation(found) if node.negated else found


def element_type(item: Expression, collection: Type | None) -> Type | None:
    """The type that a literal has before `in`."""
    match collection:
        case Many(element=element):
            return listed_type(item, IP) if element == CIDR else element
        case Keyed(key=key):
            return key
        case _:
            return IP if collection == CIDR else None


def listed_type(element: Expression, item: Type) -> Type:
    """The type of a literal in a list that `item` is looked for in: beside addresses, networks too."""
    is_network = isinstance(element, Literal) and "/" in str(element.value)
    return CIDR if item == IP and is_network else item


def quantified(node: Quantified, scene: Scene) -> Truth:
    collection = value_of(node.collection, scene)
    type_ = type_of(node.collection, scene) or plain_type(scene, node.collection)
    if isinstance(collection, Table):
        collection = keys_of(collection)
    if not isinstance(collection, Members):
        return None
    element_type_ = (
        type_.key if isinstance(type_, Keyed) else type_.element if isinstance(type_, Many) else None
    )
    assert element_type_ is not None, "what has elements has a type that says so"
    truths = []
    for element in collection.elements:
        bound = {**scene.bound, node.name.text: (element_type_, element)}
        truths.append(truth_of(node.condition, replace(scene, bound=bound)))
    return conjunction(truths) if node.every else disjunction(truths)


# ---- values


def value_of(node: Expression, scene: Scene, wanted: Type | None = None) -> Value:
    match node := inlined(node, scene):
        case Literal():
            return admit(wanted or natural(node), node.value, scene.source)
        case RecordOf():
            assert wanted is not None, "a record stands where its type is known"
            return admit(wanted, written(node), scene.source)
        case ListOf(items=items):
            of = wanted if isinstance(wanted, Many) else list_type(node, scene)
            values = [value_of(item, scene, of.element) for item in items]
            elements = tuple(Lack.ERROR if value is Lack.ABSENT else value for value in values)
            return Members(elements, of.distinct)
        case Coalesce(value=first, fallback=fallback):
            wanted = type_of(node, scene) or wanted
            value = value_of(first, scene, wanted)
            return value_of(fallback, scene, wanted) if value is Lack.ABSENT else value
        case Arithmetic(operator=operator, left=left, right=right):
            of_left, of_right = operand_types(node, scene, wanted)
            return calculate(operator, value_of(left, scene, of_left), value_of(right, scene, of_right))
        case Call(function=function, arguments=arguments):
            local = dict.fromkeys(("clock", "date", "weekday"), (DATETIME, ZONE))
            wants = {**local, "length": (STRING,)}.get(function.text, (None,))
            values = [value_of(a, scene, want) for a, want in zip(arguments, wants, strict=True)]
            return call(function.text, values)
        case Path():
            return walk(node, scene, wanted)[1]
        case _:
            truth = truth_of(node, scene)
            return Lack.ERROR if truth is None else truth


def walk(path: Path, scene: Scene, wanted: Type | None = None) -> tuple[Type | None, Value]:
    """Type and value of a path; an optional that is absent is an error to what is read from it."""
    steps = list(path.steps)
    type_, value = start(path.root.text, steps, scene, wanted)
    for step in steps:
        below = type_
        match step, below:
            case Name(text=name), Shape():
                type_ = below.part(name).type
                value = part_of(value, name) if isinstance(value, Record) else Lack.ERROR
            case Index(key=key), Keyed():
                type_ = below.value
                at = value_of(key, scene, below.key)
                readable = isinstance(value, Table) and not lacks(at)
                value = entry_of(value, at) if isinstance(value, Table) and readable else Lack.ERROR
            case _:
                raise TypeError(f"no such step: {path}")
    return type_, value


def start(
    root: str, steps: list[Name | Index], scene: Scene, wanted: Type | None
) -> tuple[Type | None, Value]:
    """Type and value of what a path starts from; takes off `steps` what belongs to it."""
    if root in ("token", "context", "action") and steps and isinstance(steps[0], Name):
        first = steps.pop(0)
        assert isinstance(first, Name), "as was just seen"
        return known_member(root, first.text, scene)
    found = known(root, scene)
    if found is not None:
        return found
    outside = replace(scene, bound={})
    relation = relation_named(root, scene.block)
    if relation is not None:
        truth = truth_of(relation.condition, outside)
        return BOOL, Lack.ERROR if truth is None else truth
    let = scene.policy.let(root)
    if let is not None:
        type_ = scene.policy.type_of(let) or type_of(let.value, outside)
        return type_, value_of(let.value, outside, type_ or wanted)
    raise LookupError(root)


# ---- types, where a literal needs one


def type_of(node: Expression, scene: Scene) -> Type | None:
    """The type of a value; None for literals, which have the type that is wanted of them."""
    match node := inlined(node, scene):
        case Literal(value=value):
            return natural(node) if not isinstance(value, str | int) or isinstance(value, bool) else None
        case RecordOf():
            return None
        case ListOf(items=items):
            types = [type_of(item, scene) for item in items]
            known_ones = [type_ for type_ in types if type_ is not None]
            return Many(known_ones[0], distinct=True) if known_ones else None
        case Coalesce(value=first, fallback=fallback):
            return type_of(first, scene) or type_of(fallback, scene)
        case Arithmetic(left=left, right=right):
            return result_type(node.operator, type_of(left, scene), type_of(right, scene))
        case Call(function=function):
            return RESULTS[function.text]
        case Path():
            return walk(node, scene)[0]
        case _:
            return BOOL


RESULTS: dict[str, Type] = {"count": INT, "length": INT}
RESULTS |= {"clock": DURATION, "date": STRING, "weekday": WEEKDAY}


def result_type(operator: str, left: Type | None, right: Type | None) -> Type | None:
    if DATETIME in (left, right):
        both = left in (DATETIME, None) and right in (DATETIME, None)
        return DURATION if operator == "-" and both else DATETIME
    return DURATION if DURATION in (left, right) else left or right


def operand_types(
    node: Arithmetic, scene: Scene, wanted: Type | None
) -> tuple[Type | None, Type | None]:
    """What is wanted of either side."""
    left, right = type_of(node.left, scene), type_of(node.right, scene)
    if node.operator == "*" and DURATION in (left, right):
        return left or INT, right or INT
    beside = left or right or wanted
    return left or beside, right or beside


def list_type(node: ListOf, scene: Scene) -> Many:
    type_ = type_of(node, scene) or plain_type(scene, node)
    assert isinstance(type_, Many), "a list is many"
    return type_


def plain_type(scene: Scene, *nodes: Expression) -> Type:
    """The type of literals that nothing but literals stand beside."""
    found = [natural(leaf) for node in nodes for leaf in leaves(node, scene)]
    first = found[0] if found else STRING
    lists = any(isinstance(inlined(node, scene), ListOf) for node in nodes)
    return Many(first, distinct=True) if lists else first


def leaves(node: Expression, scene: Scene) -> list[Literal]:
    match inlined(node, scene):
        case Literal() as literal:
            return [literal]
        case ListOf(items=items):
            return [leaf for item in items for leaf in leaves(item, scene)]
        case Arithmetic(left=left, right=right) | Coalesce(value=left, fallback=right):
            return [*leaves(left, scene), *leaves(right, scene)]
        case _:
            return []


def inlined(node: Expression, scene: Scene) -> Expression:
    """The node, or what a `let` without a type writes for it: its literals take a type like others."""
    while isinstance(node, Path) and not node.steps and not is_known(node.root.text, scene):
        let = scene.policy.let(node.root.text)
        if let is None or let.type is not None or relation_named(node.root.text, scene.block):
            break
        node = let.value
    return node
