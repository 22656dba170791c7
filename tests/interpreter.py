"""Document and a request -> Verdict: what the language means, written down as plainly as it goes.

This is the second implementation. It walks the tree as it was parsed, looks each name up where it
stands, computes everything and optimises nothing; of remit it knows the tree alone. Where it and
the engine differ, one of them is wrong, and this one is short enough to be argued about by line.

A condition is true, false or in error; `None` stands for the error. A value is one of Python's own
str, int or bool, a `Members` for a set, or a `Lack`: something that stands where no value is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeGuard, assert_never

from remit.syntax.tree import (
    Action,
    AllSubjects,
    And,
    Anyone,
    Api,
    Coalesce,
    Compare,
    Context,
    Document,
    Entitled,
    EnumType,
    Expression,
    Field,
    Has,
    ListOf,
    Literal,
    Membership,
    NamedSubject,
    NamedType,
    Need,
    NeedAll,
    NeedAny,
    NeedNothing,
    NeedScope,
    Not,
    Or,
    Path,
    RecordOf,
    Relation,
    Resource,
    RoleSubject,
    Rule,
    SetType,
    Subject,
    TokenClaims,
    TypeExpression,
)
from tests.bearer import ANONYMOUS, Bearer, read_token

Truth = bool | None
"""True, false or (`None`) an error."""


class Lack(Enum):
    """What a reading may come to instead of a value."""

    ABSENT = auto()
    ERROR = auto()
    NOBODY = auto()  # the user of a token that has none: equal to no user


@dataclass(frozen=True)
class Members:
    """A set: its well-typed elements, and whether there were others."""

    elements: tuple[object, ...]
    flawed: bool


Value = str | int | bool | Members | Lack


@dataclass(frozen=True)
class Verdict:
    """What came out, layer by layer, and what each rule about the action came to."""

    allowed: bool
    token: str = "not asked"
    scope: str = "not asked"
    permission: str = "not asked"
    rules: str = "not asked"
    outcomes: tuple[tuple[Rule, Truth], ...] = ()
    declared: bool = True

    def of(self, effect: str) -> list[tuple[Rule, Truth]]:
        return [(rule, truth) for rule, truth in self.outcomes if rule.effect == effect]


def interpret(
    document: Document,
    claims: Mapping[str, object] | None,
    action: str,
    resource_type: str | None,
    resource: Mapping[str, object] | None,
    *,
    context: Mapping[str, object] | None = None,
    now: float,
    header: Mapping[str, object] | None = None,
) -> Verdict:
    """Decide one request; `claims` is None for anonymous, `resource_type` for the API itself."""
    api = [item for block in document.items if isinstance(block, Api) for item in block.items]
    bearer = ANONYMOUS if claims is None else read_token(api, claims, header, now)
    if bearer is None:
        return Verdict(allowed=False, token="failed")
    block = block_of(document, resource_type)
    need = need_of(block, action) if block is not None else None
    if block is None or need is None:
        return Verdict(allowed=False, declared=False)
    scene = Scene(document, block, bearer, resource or {}, context or {}, need)
    return judge(scene, [rule for rule in rules_of(block) if speaks_of(rule, action)])


# ---- the four layers


def judge(scene: "Scene", rules: list[Rule]) -> Verdict:
    bearer, need = scene.bearer, scene.need
    if isinstance(need, NeedNothing):
        token = "not needed" if bearer.kind == "anonymous" else "passed"
        scope = permission = "not needed"
    else:
        token = "failed" if bearer.kind == "anonymous" else "passed"
        scope = LAYER[met(need, bearer.granted)]
        permission = LAYER[met(need, bearer.held)]
    outcomes = tuple((rule, rule_truth(rule, scene)) for rule in rules)
    some_permit = any(truth is True for rule, truth in outcomes if rule.effect == "permit")
    no_forbid = all(truth is False for rule, truth in outcomes if rule.effect == "forbid")
    gates = token != "failed" and scope != "failed"
    return Verdict(
        allowed=gates and some_permit and no_forbid,
        token=token,
        scope=scope,
        permission=permission,
        rules="passed" if some_permit and no_forbid else "failed",
        outcomes=outcomes,
    )


LAYER = {True: "passed", False: "failed", None: "error"}


def met(need: Need, names: frozenset[str] | None) -> Truth:
    """Is the need met by these scopes? `None` for names that are not known."""
    match need:
        case NeedNothing():
            return True
        case NeedScope(scope=scope):
            return None if names is None else scope.text in names
        case NeedAll(needs=needs):
            return conjunction([met(part, names) for part in needs])
        case NeedAny(needs=needs):
            return disjunction([met(part, names) for part in needs])
        case _:
            assert_never(need)


# ---- three values


def conjunction(truths: Iterable[Truth]) -> Truth:
    seen = list(truths)
    if any(truth is False for truth in seen):
        return False
    return None if any(truth is None for truth in seen) else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    return negation(conjunction([negation(truth) for truth in truths]))


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


# ---- where the rules stand


@dataclass(frozen=True)
class Scene:
    """One request, with the block whose rules are asked."""

    document: Document
    block: Api | Resource
    bearer: Bearer
    resource: Mapping[str, object]
    context: Mapping[str, object]
    need: Need


def block_of(document: Document, resource_type: str | None) -> Api | Resource | None:
    for item in document.items:
        if isinstance(item, Api) and resource_type is None:
            return item
        if isinstance(item, Resource) and item.name.text == resource_type:
            return item
    return None


def need_of(block: Api | Resource, action: str) -> Need | None:
    for item in block.items:
        if isinstance(item, Action) and any(name.text == action for name in item.names):
            return item.needs
    return None


def rules_of(block: Api | Resource) -> list[Rule]:
    return [item for item in block.items if isinstance(item, Rule)]


def speaks_of(rule: Rule, action: str) -> bool:
    return rule.actions is None or any(name.text == action for name in rule.actions)


# ---- rules


def rule_truth(rule: Rule, scene: Scene) -> Truth:
    parts: list[Truth] = []
    if rule.subjects is not None:
        parts.append(disjunction([subject_truth(subject, scene) for subject in rule.subjects]))
    if rule.when is not None:
        parts.append(condition_truth(rule.when, scene))
    if rule.unless is not None:
        parts.append(negation(condition_truth(rule.unless, scene)))
    return conjunction(parts)


def subject_truth(subject: Subject, scene: Scene) -> Truth:
    match subject:
        case Anyone():
            return True
        case Entitled():
            return entitlement(scene.need, scene.bearer)
        case RoleSubject(role=role):
            return None if scene.bearer.roles is None else role.text in scene.bearer.roles
        case NamedSubject(name=name):
            known = scene.bearer.kind != "anonymous"
            return conjunction([known, named_subject_truth(name.text, scene)])
        case AllSubjects(subjects=subjects):
            return conjunction([subject_truth(part, scene) for part in subjects])
        case _:
            assert_never(subject)


def entitlement(need: Need, bearer: Bearer) -> Truth:
    match need:
        case NeedNothing():
            return False
        case NeedScope():
            return conjunction([met(need, bearer.granted), met(need, bearer.held)])
        case NeedAll(needs=needs):
            return conjunction([entitlement(part, bearer) for part in needs])
        case NeedAny(needs=needs):
            return disjunction([entitlement(part, bearer) for part in needs])
        case _:
            assert_never(need)


def named_subject_truth(name: str, scene: Scene) -> Truth:
    relation = relation_named(name, scene.block)
    if relation is not None:
        return condition_truth(relation.condition, scene)
    value = member(field_named(name, fields_of(scene.block)), scene.resource, scene)
    if isinstance(value, Members):
        return is_among(user_of(scene.bearer), value)
    return compare("==", value, user_of(scene.bearer))


# ---- conditions


def condition_truth(node: Expression, scene: Scene) -> Truth:
    match node:
        case And(operands=operands):
            return conjunction([condition_truth(operand, scene) for operand in operands])
        case Or(operands=operands):
            return disjunction([condition_truth(operand, scene) for operand in operands])
        case Not(operand=operand):
            return negation(condition_truth(operand, scene))
        case Compare(operator=operator, left=left, right=right):
            return compare(operator, value_of(left, scene), value_of(right, scene))
        case Membership(item=item, collection=collection, negated=negated):
            found = is_among(value_of(item, scene), value_of(collection, scene))
            return negation(found) if negated else found
        case Has(path=path):
            value = value_of(path, scene)
            return None if value is Lack.ERROR else value is not Lack.ABSENT
        case Path(root=root, members=()) if relation := relation_named(root.text, scene.block):
            return condition_truth(relation.condition, scene)
        case Literal() | Path() | Coalesce():
            value = value_of(node, scene)
            return value if isinstance(value, bool) else None
        case ListOf() | RecordOf():
            message = f"not a condition: {node}"
            raise TypeError(message)
        case _:
            assert_never(node)


def compare(operator: str, left: Value, right: Value) -> Truth:
    if any(side is Lack.ERROR or side is Lack.ABSENT for side in (left, right)):
        return None
    equal = same(left, right)
    if operator == "==":
        return equal
    if operator == "!=":
        return not equal
    if type(left) is not int or type(right) is not int:
        message = f"not in any order: {left!r} {operator} {right!r}"
        raise TypeError(message)
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def same(left: object, right: object) -> bool:
    """Typed equality: `1`, `true` and `"1"` are three values, and nobody is nobody's equal."""
    return type(left) is type(right) and not isinstance(left, Lack) and left == right


def is_among(item: Value, collection: Value) -> Truth:
    if item is Lack.ERROR or item is Lack.ABSENT or not isinstance(collection, Members):
        return None
    if any(same(item, element) for element in collection.elements):
        return True
    return None if collection.flawed else False


# ---- values


def user_of(bearer: Bearer) -> Value:
    match bearer.kind:
        case "user":
            return bearer.subject
        case "client" | "anonymous":
            return Lack.NOBODY
        case _:
            return Lack.ERROR


def value_of(node: Expression, scene: Scene) -> Value:
    match node:
        case Literal(value=written):
            return written
        case ListOf(items=items):
            return Members(tuple(value_of(item, scene) for item in items), flawed=False)
        case Coalesce(value=first, fallback=fallback):
            value = value_of(first, scene)
            return value_of(fallback, scene) if value is Lack.ABSENT else value
        case Path(root=root, members=()):
            return member(field_named(root.text, fields_of(scene.block)), scene.resource, scene)
        case Path(root=root, members=(name,)):
            return token_or_context(root.text, name.text, scene)
        case _:
            message = f"not a value: {node}"
            raise TypeError(message)


def token_or_context(root: str, name: str, scene: Scene) -> Value:
    if root == "token" and name == "sub":
        return user_of(scene.bearer)
    fields: list[Field] = []
    for item in scene.document.items:
        if isinstance(item, TokenClaims if root == "token" else Context):
            fields.extend(item.fields)
    source = scene.bearer.claims if root == "token" else scene.context
    return member(field_named(name, fields), source, scene)


def member(field: Field, source: Mapping[str, object], scene: Scene) -> Value:
    raw = source.get(field.name.text)
    if raw is not None:
        return admit(field.type, raw)
    if field.default is not None:
        return value_of(field.default, scene)
    return Lack.ABSENT if field.optional else Lack.ERROR


def admit(expected: TypeExpression, raw: Any) -> Value:  # noqa: ANN401  (what a service hands in)
    """The value as the policy sees it, or an error where its type is not exactly what it says."""
    if isinstance(expected, SetType):
        if type(raw) not in (list, tuple, set, frozenset):
            return Lack.ERROR
        elements = list(raw)
        good = tuple(element for element in elements if is_exactly(expected.element, element))
        return Members(good, flawed=len(good) < len(elements))
    if issubclass(type(raw), Enum) and takes_enums(expected):
        raw = raw.value
    return raw if is_exactly(expected, raw) else Lack.ERROR


def takes_enums(expected: TypeExpression) -> bool:
    return isinstance(expected, EnumType) or (
        isinstance(expected, NamedType) and expected.name.text in ("string", "int")
    )


def is_exactly(expected: TypeExpression, raw: Any) -> TypeGuard[str | int | bool]:  # noqa: ANN401
    match expected:
        case EnumType(values=values):
            return type(raw) is str and any(raw == value.value for value in values)
        case NamedType(name=name) if name.text == "int":
            return type(raw) is int and -(2**63) <= raw < 2**63
        case NamedType(name=name):
            return type(raw) is {"string": str, "user": str, "bool": bool}[name.text]
        case SetType():
            return False
        case _:
            assert_never(expected)


# ---- names


def relation_named(name: str, block: Api | Resource) -> Relation | None:
    for item in block.items:
        if isinstance(item, Relation) and item.name.text == name:
            return item
    return None


def fields_of(block: Api | Resource) -> Iterable[Field]:
    return block.fields if isinstance(block, Resource) else ()


def field_named(name: str, fields: Iterable[Field]) -> Field:
    for field in fields:
        if field.name.text == name:
            return field
    raise LookupError(name)
