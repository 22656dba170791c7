"""Document -> policy text, in the one layout that a formatter would give it.

What is parsed again is the same tree: `parse(render(document)) == document`. Comments are not in the
tree, so they are not in the text.

The blocks and their statements are here; what stands in a line is written by `render_expressions` and
`render_words`.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from remit.syntax.render_expressions import (
    condition,
    members,
    need,
    pairs,
    record,
    type_,
    typed,
    value,
)
from remit.syntax.render_words import key, literal, literals, name, names, scope, scopes
from remit.syntax.tree import (
    Action,
    ActionsFrom,
    ActorsAllowed,
    AllSubjects,
    Anyone,
    Api,
    ApiItem,
    AssertsClaim,
    AssertsClients,
    AssertsRoles,
    Assume,
    Audience,
    Challenge,
    ClaimSource,
    Client,
    ClientSubject,
    Context,
    ContextFixture,
    Data,
    Document,
    Entitled,
    Expectation,
    Field,
    Fixture,
    Fixtures,
    Issuer,
    IssuerItem,
    Item,
    Let,
    Matrix,
    MissingAcr,
    MissingRole,
    MissingScope,
    Name,
    NamedSubject,
    NeedAcr,
    NeedClause,
    NeedMaxAge,
    Obligation,
    PolicyTest,
    PolicyTestItem,
    Relation,
    Resource,
    ResourceFixture,
    ResourceItem,
    Role,
    RoleSubject,
    Rule,
    Scopes,
    ScopesFrom,
    Subject,
    TokenClaims,
    TokenFixture,
    TypeAlias,
    With,
)

_WIDTH = 100
_INDENT = "  "

_Declaration = Audience | Issuer | Scopes | ScopesFrom | Role | Client | ActorsAllowed
_Definition = TypeAlias | Let | Data


def render(document: Document) -> str:
    """Write `document` as canonical policy text."""
    lines: list[str] = []
    kind = ""
    for item in document.items:
        before, kind = kind, _kind_of_item(item)
        if lines and (kind == "block" or kind != before):
            lines.append("")
        lines.extend(_item(item))
    return "".join(f"{line}\n" for line in lines)


# ---- blocks


def _item(item: Item) -> Iterable[str]:
    match item:
        case Api():
            return _block(f"api {name(item.name)}", _groups(item.items))
        case TokenClaims(fields=fields, assumed=assumed):
            return _block("token", _members(fields, assumed))
        case Context(fields=fields, assumed=assumed):
            return _block("context", _members(fields, assumed))
        case Resource():
            statements = list(_groups(item.items))
            gap = [[""]] if item.fields and statements else []
            head = f"resource {name(item.name)}"
            return _block(head, [*_members(item.fields, ()), *gap, *statements])
        case TypeAlias() | Let() | Data():
            return [_definition(item)]
        case Rule():
            return _rule(item)
        case Fixtures():
            fixtures = ([_fixture(each)] for each in item.items)
            return _block(f"fixtures {name(item.name)}", fixtures)
        case PolicyTest():
            using = _clause("using", names(item.using))
            return _block(f"test {literal(item.name)}{using}", _test_items(item.items))
        case _:
            assert_never(item)


def _kind_of_item(item: Item) -> str:
    """Items of one kind stand below one another; a block stands apart."""
    match item:
        case TypeAlias() | Let() | Data():
            return type(item).__name__
        case Rule(effect=effect):
            return effect
        case _:
            return "block"


def _definition(item: _Definition) -> str:
    match item:
        case TypeAlias():
            return f"type {name(item.name)} = {type_(item.type)}"
        case Let():
            said = "" if item.type is None else f": {type_(item.type)}"
            return f"let {name(item.name)}{said} = {condition(item.value)}"
        case Data():
            return f"data {name(item.name)}: {type_(item.type)} from {literal(item.file)}"
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


def _members(fields: Iterable[Field], assumed: tuple[Name, ...]) -> Iterator[list[str]]:
    for field in fields:
        default = "" if field.default is None else f" = {value(field.default)}"
        source = "" if field.source is None else f" from {_claim_path(field.source)}"
        yield [f"{name(field.name)}{typed(field)}{default}{source}"]
    if assumed:
        yield [f"assume {names(assumed)}"]


def _claim_path(path: Iterable[Name]) -> str:
    return ".".join(key(step) for step in path)


def _groups(items: Iterable[ApiItem | ResourceItem]) -> Iterator[list[str]]:
    """Each statement's lines, with an empty line wherever the kind of statement changes."""
    for number, (_, group) in enumerate(groupby(items, _kind)):
        if number:
            yield [""]
        yield from (_statement(item) for item in group)


def _kind(item: ApiItem | ResourceItem) -> str:
    match item:
        case Rule(effect=effect):
            return effect
        case Action() | ActionsFrom():
            return "action"
        case Relation() | Assume():
            return type(item).__name__
        case _:
            return "declaration"


def _statement(item: ApiItem | ResourceItem) -> list[str]:
    match item:
        case Rule():
            return _rule(item)
        case Action():
            return _action(item)
        case ActionsFrom(file=file):
            return [f"action from {literal(file)}"]
        case Relation():
            return [f"relation {name(item.name)} when {condition(item.condition)}"]
        case Assume():
            return [f"assume {names(item.names)}"]
        case Issuer():
            return _issuer(item)
        case _:
            return [_declaration(item)]


# ---- declarations of the API


def _declaration(item: Audience | Scopes | ScopesFrom | Role | Client | ActorsAllowed) -> str:
    match item:
        case Audience(values=values):
            return f"audience {literals(values)}"
        case Scopes():
            said = "" if item.description is None else f" {literal(item.description)}"
            return f"scope {scopes(item.names)}{said}" + _clause("implies", scopes(item.implies))
        case ScopesFrom(file=file):
            return f"scope from {literal(file)}"
        case Role():
            inherited = _clause("extends", names(item.extends))
            return f"role {names(item.names)}{inherited}" + _grants(item.grants, item.exclusions)
        case Client():
            group = "" if item.group is None else f" class {name(item.group)}"
            return f"client {names(item.names)}{group}" + _grants(item.grants or (), item.exclusions)
        case ActorsAllowed():
            return "actors allowed"
        case _:
            assert_never(item)


def _grants(granted: Iterable[Name], exclusions: Iterable[Name]) -> str:
    return _clause("grants", scopes(granted)) + _clause("except", scopes(exclusions))


def _clause(keyword: str, text: str) -> str:
    return f" {keyword} {text}" if text else ""


def _issuer(issuer: Issuer) -> list[str]:
    profile = "" if issuer.profile is None else f" profile {name(issuer.profile)}"
    head = f"issuer {literal(issuer.value)}{profile}"
    if not issuer.items:
        return [head]
    return list(_block(head, ([_issuer_item(item)] for item in issuer.items)))


def _issuer_item(item: IssuerItem) -> str:
    match item:
        case Audience():
            return _declaration(item)
        case AssertsRoles(roles=roles):
            return f"asserts role {names(roles)}"
        case AssertsClients(clients=clients):
            return f"asserts client {names(clients)}"
        case AssertsClaim(claim=claim, values=values):
            return f"asserts {name(claim)} {literals(values)}"
        case ClaimSource(what=what, path=path):
            return f"{name(what)} from {_claim_path(path)}"
        case _:
            assert_never(item)


# ---- actions and rules


def _action(action: Action) -> list[str]:
    parameters = f"({members(action.parameters)})" if action.parameters else ""
    head = f"action {'new ' * action.new}{names(action.names)}{parameters}"
    return _lines(head, [_needs(clause) for clause in action.needs], together=len(action.needs) <= 1)


def _needs(clause: NeedClause) -> str:
    when = "" if clause.when is None else f" when {condition(clause.when)}"
    return f"needs {need(clause.need)}{when}"


def _rule(rule: Rule) -> list[str]:
    title = "" if rule.name is None else f" {literal(rule.name)}"
    actions = "any" if rule.actions is None else names(rule.actions)
    head = f"{rule.effect}{title} {actions}" + _clause("on", names(rule.types or ()))
    if rule.subjects is not None:
        head += f" to {', '.join(_subject(subject) for subject in rule.subjects)}"
    return _lines(head, list(_clauses(rule)))


def _lines(head: str, clauses: list[str], *, together: bool = True) -> list[str]:
    """One line where it fits; otherwise each clause on a line of its own."""
    line = " ".join([head, *clauses])
    if together and len(_INDENT + line) <= _WIDTH:
        return [line]
    return [head, *(_INDENT + clause for clause in clauses)]


def _clauses(rule: Rule) -> Iterator[str]:
    for challenge in rule.challenges:
        yield _challenge(challenge)
    if rule.when is not None:
        yield f"when {condition(rule.when)}"
    if rule.unless is not None:
        yield f"unless {condition(rule.unless)}"
    for obligation in rule.obligations:
        yield _obligation(obligation)
    if rule.because is not None:
        yield f"because {literal(rule.because)}"


def _challenge(challenge: Challenge) -> str:
    match challenge:
        case NeedAcr(values=values):
            return f"acr {literals(values)}"
        case NeedMaxAge(age=age):
            return f"max_age {literal(age)}"
        case _:
            assert_never(challenge)


def _obligation(obligation: Obligation) -> str:
    values = "" if obligation.values is None else f" {record(obligation.values)}"
    return f"oblige {name(obligation.name)}{values}"


def _subject(subject: Subject) -> str:
    match subject:
        case Entitled():
            return "entitled"
        case Anyone():
            return "anyone"
        case RoleSubject(role=role):
            return f"role {name(role)}"
        case ClientSubject(client=client):
            return f"client {name(client)}"
        case NamedSubject(name=called):
            return name(called)
        case AllSubjects(subjects=subjects):
            return " and ".join(_subject(part) for part in subjects)
        case _:
            assert_never(subject)


# ---- tests


def _test_items(items: Iterable[PolicyTestItem]) -> Iterator[list[str]]:
    """Fixtures, then what is expected of them, with an empty line between."""
    for number, (_, group) in enumerate(groupby(items, _part)):
        if number:
            yield [""]
        yield from (_test_item(item) for item in group)


def _part(item: PolicyTestItem) -> str:
    match item:
        case Expectation() | Matrix():
            return type(item).__name__
        case _:
            return "fixtures"


def _test_item(item: PolicyTestItem) -> list[str]:
    match item:
        case Expectation():
            return [" ".join(_expectation(item))]
        case Matrix():
            at = "" if item.at is None else f" at {literal(item.at)}"
            return list(_block(f"matrix{at}", ([line] for line in _table(item))))
        case _:
            return [_fixture(item)]


def _fixture(item: Fixture) -> str:
    match item:
        case TokenFixture(name=called, claims=claims):
            return f"token {name(called)} {record(claims)}"
        case ResourceFixture(name=called, type=type_name, attributes=attributes):
            return f"resource {name(called)}: {name(type_name)} {record(attributes)}"
        case ContextFixture(values=values):
            return f"context {record(values)}"
        case _:
            assert_never(item)


def _table(matrix: Matrix) -> Iterator[str]:
    """The lines of a matrix; the formatter puts them into columns."""
    if matrix.head is None:
        return
    target = ", resource" if matrix.head.of_resources else ""
    yield " | ".join([f"who{target}", *(name(action) for action in matrix.head.actions)])
    said = {True: "yes", False: "no", None: "-"}
    for row in matrix.rows:
        asked = [row.who] if row.resource is None else [row.who, row.resource]
        yield " | ".join([names(asked), *(said[cell.allowed] for cell in row.cells)])


def _expectation(item: Expectation) -> Iterator[str]:
    yield f"{name(item.who)} {'may' if item.allowed else 'may not'} {names(item.actions)}"
    if item.resource is not None:
        yield name(item.resource)
    if item.arguments is not None:
        yield f"({pairs(item.arguments)})"
    yield from (_with(change) for change in item.changes)
    if item.at is not None:
        yield f"at {literal(item.at)}"
    if item.missing is not None:
        yield f"missing {_missing(item.missing)}"
    if item.because is not None:
        yield f"because {literal(item.because)}"
    yield from (_obligation(obligation) for obligation in item.obligations)


def _missing(missing: MissingScope | MissingRole | MissingAcr) -> str:
    match missing:
        case MissingScope(scope=wanted):
            return scope(wanted)
        case MissingRole(role=role):
            return f"role {name(role)}"
        case MissingAcr(acr=acr):
            return f"acr {literal(acr)}"
        case _:
            assert_never(missing)


def _with(change: With) -> str:
    target = "context" if change.name is None else name(change.name)
    return f"with {target} {record(change.changes)}"
