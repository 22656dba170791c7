"""Conditions, values, types and needs -> text, with parentheses exactly where they are needed.

An expression is written at one of five levels, from the loosest to the tightest: a condition (`and`,
`or`, which never mix; `any ... where` and `all ... where`, which reach as far to the right as they
can), a term (`not`, a comparison, `in`, `like`, `has`, `granted`, `holds`), a sum, a product, a factor
(`??` between atoms). A node that is looser than its place asks for is put in parentheses.
"""

from typing import assert_never

from remit.syntax.render_words import key, literal, literals, member, name, scope, type_name
from remit.syntax.tree import (
    And,
    Arithmetic,
    Call,
    Coalesce,
    Compare,
    EnumType,
    Expression,
    Field,
    Has,
    Index,
    Like,
    ListOf,
    ListType,
    Literal,
    MapType,
    Membership,
    Name,
    NamedType,
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
    RecordType,
    ScopeTest,
    SetType,
    TypeExpression,
)

_ROOTS = ("token", "context", "action")


def condition(node: Expression) -> str:
    """Any expression, where nothing around it could take a part of it."""
    match node:
        case And(operands=operands):
            return " and ".join(_term(operand) for operand in operands)
        case Or(operands=operands):
            return " or ".join(_term(operand) for operand in operands)
        case Quantified(every=every, name=element, collection=collection, condition=body):
            word = "all" if every else "any"
            return f"{word} {name(element)} in {value(collection)} where {condition(body)}"
        case _:
            return _term(node)


def _term(node: Expression) -> str:
    match node:
        case Not(operand=operand):
            return f"not {_term(operand)}"
        case Compare(operator=operator, left=left, right=right):
            return f"{value(left)} {operator} {value(right)}"
        case Membership(item=item, collection=collection, negated=negated):
            return f"{value(item)} {'not in' if negated else 'in'} {value(collection)}"
        case Like(value=text, pattern=pattern):
            return f"{value(text)} like {literal(pattern)}"
        case Has(path=path):
            return f"has {_path(path)}"
        case ScopeTest(of=of, need=wanted):
            return f"{of}({need(wanted)})"
        case _:
            return value(node)


def value(node: Expression) -> str:
    """An expression where a comparison would need parentheses."""
    match node:
        case Arithmetic(operator=("+" | "-") as operator, left=left, right=right):
            return f"{value(left)} {operator} {_product(right)}"
        case _:
            return _product(node)


def _product(node: Expression) -> str:
    match node:
        case Arithmetic(operator="*", left=left, right=right):
            return f"{_product(left)} * {_factor(right)}"
        case _:
            return _factor(node)


def _factor(node: Expression) -> str:
    match node:
        case Coalesce(value=first, fallback=fallback):
            return f"{_factor(first)} ?? {_atom(fallback)}"
        case _:
            return _atom(node)


def _atom(node: Expression) -> str:
    match node:
        case Literal():
            return literal(node)
        case Path():
            return _path(node)
        case Call(function=function, arguments=arguments):
            return f"{name(function)}({', '.join(condition(part) for part in arguments)})"
        case ListOf(items=items):
            return f"[{', '.join(condition(item) for item in items)}]"
        case RecordOf():
            return record(node)
        case Arithmetic() | Coalesce() | Compare() | Membership() | Like() | Has() | ScopeTest():
            return f"({condition(node)})"
        case Quantified() | Not() | And() | Or():
            return f"({condition(node)})"
        case _:
            assert_never(node)


def _path(path: Path) -> str:
    # `token.tenant` reads a claim; an attribute that is called `token` stands alone, in backquotes.
    bare = path.steps and path.root.text in _ROOTS
    root = path.root.text if bare else name(path.root)
    return root + "".join(_step(step) for step in path.steps)


def _step(step: Name | Index) -> str:
    match step:
        case Name():
            return f".{member(step)}"
        case Index(key=at):
            return f"[{condition(at)}]"
        case _:
            assert_never(step)


def record(node: RecordOf) -> str:
    """A record in braces."""
    text = pairs(node)
    return f"{{ {text} }}" if text else "{}"


def pairs(node: RecordOf) -> str:
    """What stands between a record's braces."""
    return ", ".join(f"{key(called)}: {value(said)}" for called, said in node.pairs)


# ---- types


def type_(node: TypeExpression) -> str:
    """A type."""
    match node:
        case NamedType(name=called):
            return type_name(called)
        case EnumType(values=values, ordered=ordered):
            return literals(values, " < " if ordered else " | ")
        case SetType(element=element):
            return f"set<{type_(element)}>"
        case ListType(element=element):
            return f"list<{type_(element)}>"
        case MapType(key=of, value=to):
            return f"map<{type_(of)}, {type_(to)}>"
        case RecordType(fields=fields):
            text = members(fields)
            return f"{{ {text} }}" if text else "{}"
        case _:
            assert_never(node)


def members(fields: tuple[Field, ...]) -> str:
    """The members of a record's type, or the parameters of an action."""
    return ", ".join(f"{member(field.name)}{typed(field)}" for field in fields)


def typed(field: Field) -> str:
    """What follows the name of a field: whether it is optional, and its type."""
    return f"{'?' * field.optional}: {type_(field.type)}"


# ---- needs


def need(node: Need) -> str:
    """What an action needs, or what is asked of the scopes."""
    match node:
        case NeedAll(needs=needs):
            return " and ".join(_part(part) for part in needs)
        case NeedAny(needs=needs):
            return " or ".join(_part(part) for part in needs)
        case NeedNothing():
            return "nothing"
        case NeedScope(scope=wanted):
            return scope(wanted)
        case _:
            assert_never(node)


def _part(node: Need) -> str:
    return f"({need(node)})" if isinstance(node, NeedAll | NeedAny) else need(node)
