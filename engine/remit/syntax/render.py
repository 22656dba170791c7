"""Document -> policy text, in the one layout that a formatter would give it.

What is parsed again is the same tree: `parse(render(document)) == document`. Parentheses,
backquotes and escapes therefore stand exactly where the reading would change without them.
Comments are not in the tree, so they are not in the text.

An expression is written at one of three levels, from the loosest to the tightest: a condition
(`and`, `or`, which never mix), a term (`not`, a comparison, `has`), and a value (`??` between
atoms). A node that is looser than its place asks for is put in parentheses.

The module is long because it walks every node there is, each in a line or two.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from remit.syntax.tree import (
    Action,
    AllSubjects,
    And,
    Anyone,
    Api,
    ApiItem,
    Audience,
    Coalesce,
    Compare,
    Context,
    ContextFixture,
    Document,
    Entitled,
    EnumType,
    Expectation,
    Expression,
    Field,
    Has,
    Issuer,
    Item,
    ListOf,
    Literal,
    Membership,
    MissingRole,
    MissingScope,
    Name,
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
    PolicyTest,
    PolicyTestItem,
    RecordOf,
    Relation,
    Resource,
    ResourceFixture,
    Role,
    RoleSubject,
    Rule,
    Scopes,
    SetType,
    Subject,
    TokenClaims,
    TokenFixture,
    TypeExpression,
    With,
)

KEYWORDS = frozenset(
    """
    acr action all and any anyone api at audience because class client context data entitled except
    extends false forbid from granted grants has holds implies in issuer let like list map max_age
    may missing needs new not nothing oblige on or permit profile relation require resource role
    scope set test to token true type unless when where with
    """.split()  # noqa: SIM905  (a list of words reads as words)
)
"""Every word that the language gives a meaning, those of later slices included."""

_WIDTH = 100
_INDENT = "  "
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A scope that begins with `#` after a blank would be a comment.
_SCOPE = re.compile(r"(?!#)[A-Za-z0-9_:*.!$%&'+/;=?@~^|#-]+")
_ROOTS = ("token", "context")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def render(document: Document) -> str:
    """Write `document` as canonical policy text."""
    return "\n".join("".join(f"{line}\n" for line in _item(item)) for item in document.items)


# ---- blocks


def _item(item: Item) -> Iterator[str]:
    match item:
        case Api():
            return _block(f"api {_name(item.name)}", _groups(item.items))
        case TokenClaims():
            return _block("token", [[_field(field)] for field in item.fields])
        case Context():
            return _block("context", [[_field(field)] for field in item.fields])
        case Resource():
            fields = [[_field(field)] for field in item.fields]
            statements = list(_groups(item.items))
            gap = [[""]] if fields and statements else []
            return _block(f"resource {_name(item.name)}", [*fields, *gap, *statements])
        case PolicyTest():
            return _block(f"test {_string(item.name.value)}", _test_items(item.items))
        case _:
            assert_never(item)


def _block(head: str, statements: Iterable[list[str]]) -> Iterator[str]:
    lines = [line for statement in statements for line in statement]
    if not lines:
        yield f"{head} {{}}"
        return
    yield f"{head} {{"
    yield from (_INDENT + line if line else line for line in lines)
    yield "}"


def _groups(items: Iterable[ApiItem]) -> Iterator[list[str]]:
    """Each statement's lines, with an empty line wherever the kind of statement changes."""
    for number, (_, group) in enumerate(groupby(items, _kind)):
        if number:
            yield [""]
        yield from (_statement(item) for item in group)


def _kind(item: ApiItem) -> str:
    match item:
        case Rule(effect=effect):
            return effect
        case Action() | Relation():
            return type(item).__name__
        case Audience() | Issuer() | Scopes() | Role():
            return "declaration"
        case _:
            assert_never(item)


def _statement(item: ApiItem) -> list[str]:
    match item:
        case Rule():
            return _rule(item)
        case Action(names=names, needs=needs):
            return [f"action {_names(names)}" + ("" if needs is None else f" needs {_need(needs)}")]
        case Relation(name=name, condition=condition):
            return [f"relation {_name(name)} when {_condition(condition)}"]
        case Audience() | Issuer() | Scopes() | Role():
            return [_declaration(item)]
        case _:
            assert_never(item)


def _declaration(item: Audience | Issuer | Scopes | Role) -> str:
    match item:
        case Audience(values=values):
            return f"audience {', '.join(_string(value.value) for value in values)}"
        case Issuer(value=value, profile=profile):
            known = "" if profile is None else f" profile {_name(profile)}"
            return f"issuer {_string(value.value)}{known}"
        case Scopes(names=names, description=description, implies=implies):
            said = f" {_string(description.value)}" if description else ""
            return f"scope {_scopes(names)}{said}" + _clause("implies", _scopes(implies))
        case Role(names=names, extends=extends, grants=grants):
            inherited = _clause("extends", _names(extends))
            return f"role {_names(names)}{inherited}" + _clause("grants", _scopes(grants))
        case _:
            assert_never(item)


def _clause(keyword: str, text: str) -> str:
    return f" {keyword} {text}" if text else ""


def _field(field: Field) -> str:
    default = "" if field.default is None else f" = {_value(field.default)}"
    return f"{_name(field.name)}{'?' * field.optional}: {_type(field.type)}{default}"


def _type(node: TypeExpression) -> str:
    match node:
        case NamedType(name=name):
            return name.text
        case EnumType(values=values):
            return " | ".join(_string(value.value) for value in values)
        case SetType(element=element):
            return f"set<{_type(element)}>"
        case _:
            assert_never(node)


def _need(node: Need, *, nested: bool = False) -> str:
    match node:
        case NeedNothing():
            return "nothing"
        case NeedScope(scope=scope):
            return _scope(scope)
        case NeedAll(needs=needs):
            text = " and ".join(_need(need, nested=True) for need in needs)
        case NeedAny(needs=needs):
            text = " or ".join(_need(need, nested=True) for need in needs)
        case _:
            assert_never(node)
    return f"({text})" if nested else text


# ---- rules


def _rule(rule: Rule) -> list[str]:
    """One line where it fits; otherwise each clause on a line of its own."""
    name = "" if rule.name is None else f" {_string(rule.name.value)}"
    actions = "any" if rule.actions is None else _names(rule.actions)
    head = f"{rule.effect}{name} {actions}"
    if rule.subjects is not None:
        head += f" to {', '.join(_subject(subject) for subject in rule.subjects)}"
    clauses = list(_clauses(rule))
    line = " ".join([head, *clauses])
    if len(_INDENT + line) <= _WIDTH:
        return [line]
    return [head, *(_INDENT + clause for clause in clauses)]


def _clauses(rule: Rule) -> Iterator[str]:
    if rule.when is not None:
        yield f"when {_condition(rule.when)}"
    if rule.unless is not None:
        yield f"unless {_condition(rule.unless)}"
    if rule.because is not None:
        yield f"because {_string(rule.because.value)}"


def _subject(subject: Subject) -> str:
    match subject:
        case Entitled():
            return "entitled"
        case Anyone():
            return "anyone"
        case RoleSubject(role=role):
            return f"role {_name(role)}"
        case NamedSubject(name=name):
            return _name(name)
        case AllSubjects(subjects=subjects):
            return " and ".join(_subject(part) for part in subjects)
        case _:
            assert_never(subject)


# ---- expressions


def _condition(node: Expression) -> str:
    match node:
        case And(operands=operands):
            return " and ".join(_term(operand) for operand in operands)
        case Or(operands=operands):
            return " or ".join(_term(operand) for operand in operands)
        case _:
            return _term(node)


def _term(node: Expression) -> str:
    match node:
        case Not(operand=operand):
            return f"not {_term(operand)}"
        case Compare(operator=operator, left=left, right=right):
            return f"{_value(left)} {operator} {_value(right)}"
        case Membership(item=item, collection=collection, negated=negated):
            return f"{_value(item)} {'not in' if negated else 'in'} {_value(collection)}"
        case Has(path=path):
            return f"has {_path(path)}"
        case _:
            return _value(node)


def _value(node: Expression) -> str:
    match node:
        case Coalesce(value=value, fallback=fallback):
            return f"{_value(value)} ?? {_atom(fallback)}"
        case _:
            return _atom(node)


def _atom(node: Expression) -> str:
    match node:
        case RecordOf():
            return _record(node)
        case Literal(value=value):
            return _literal(value)
        case Path():
            return _path(node)
        case ListOf(items=items):
            return f"[{', '.join(_condition(item) for item in items)}]"
        case Coalesce() | Compare() | Membership() | Has() | Not() | And() | Or():
            return f"({_condition(node)})"
        case _:
            assert_never(node)


def _path(path: Path) -> str:
    # `token.tenant` reads a claim; an attribute that is called `token` stands alone, in backquotes.
    bare = path.members and path.root.text in _ROOTS
    root = path.root.text if bare else _name(path.root)
    return ".".join([root, *(_member(member) for member in path.members)])


def _record(record: RecordOf) -> str:
    pairs = ", ".join(f"{_member(name)}: {_value(value)}" for name, value in record.pairs)
    return f"{{ {pairs} }}" if pairs else "{}"


# ---- tests


def _test_items(items: Iterable[PolicyTestItem]) -> Iterator[list[str]]:
    """Fixtures, then what is expected of them, with an empty line between."""
    for number, (_, group) in enumerate(groupby(items, lambda item: type(item) is Expectation)):
        if number:
            yield [""]
        yield from ([_test_item(item)] for item in group)


def _test_item(item: PolicyTestItem) -> str:
    match item:
        case TokenFixture(name=name, claims=claims):
            return f"token {_name(name)} {_record(claims)}"
        case ResourceFixture(name=name, type=type_name, attributes=attributes):
            return f"resource {_name(name)}: {_name(type_name)} {_record(attributes)}"
        case ContextFixture(values=values):
            return f"context {_record(values)}"
        case Expectation():
            return _expectation(item)
        case _:
            assert_never(item)


def _expectation(item: Expectation) -> str:
    parts = [_name(item.who), "may" if item.allowed else "may not", _names(item.actions)]
    if item.resource is not None:
        parts.append(_name(item.resource))
    parts.extend(_with(change) for change in item.changes)
    if item.at is not None:
        parts.append(f"at {_string(item.at.value)}")
    match item.missing:
        case MissingScope(scope=scope):
            parts.append(f"missing {_scope(scope)}")
        case MissingRole(role=role):
            parts.append(f"missing role {_name(role)}")
        case None:
            pass
        case _:
            assert_never(item.missing)
    if item.because is not None:
        parts.append(f"because {_string(item.because.value)}")
    return " ".join(parts)


def _with(change: With) -> str:
    target = "context" if change.name is None else _name(change.name)
    return f"with {target} {_record(change.changes)}"


# ---- words


def _names(names: Iterable[Name]) -> str:
    return ", ".join(_name(name) for name in names)


def _scopes(names: Iterable[Name]) -> str:
    return ", ".join(_scope(name) for name in names)


def _name(name: Name) -> str:
    return _member(name) if name.text not in KEYWORDS else _quoted(name.text)


def _member(name: Name) -> str:
    """A name where nothing but a name can stand, so that a keyword needs no backquotes."""
    return name.text if _NAME.fullmatch(name.text) else _quoted(name.text)


def _scope(name: Name) -> str:
    bare = _SCOPE.fullmatch(name.text) and name.text not in KEYWORDS
    return name.text if bare else _quoted(name.text)


def _quoted(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _literal(value: str | int | bool) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case _:
            assert_never(value)


def _string(value: str | int | bool) -> str:
    return '"' + "".join(_character(character) for character in str(value)) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) in _UNSEEN:
        return f"\\u{{{ord(character):X}}}"
    return character
