"""Api blocks -> CheckedApi: audiences, issuers, clients, and the closures of scopes and roles."""

import re
from collections.abc import Iterable, Mapping

from remit.checker import findings
from remit.checker.checked import CheckedApi, CheckedClient, Member
from remit.checker.files import MISSING, Beside, read_json
from remit.checker.issuers import Asserted, check_issuers
from remit.checker.scopes import Budget, Declared, Graph, grants, is_group, multiplied
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

# Auth0, "Add API permissions": names that cannot be permissions of an API.
_OIDC = frozenset(
    ["address", "created_at", "email", "email_verified", "family_name", "given_name", "identities"]
    + ["name", "nickname", "offline_access", "openid", "phone", "picture", "profile"]
)
# RFC 6749, section 3.3, without the braces, by which policies write groups.
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7a\x7c\x7e]+")


def check_api(
    items: Iterable[tree.Api], claims: Mapping[str, Member], beside: Beside, found: list[Finding]
) -> CheckedApi | None:
    """The API that the blocks describe together; None where there is none.

    `claims` are the declared ones, of which issuers may be said to assert values; `beside` opens the
    files of scopes.
    """
    blocks = list(items)
    if not blocks:
        found.append(findings.missing_api(None))
        return None
    first = blocks[0].name
    for other in blocks[1:]:
        if other.name.text != first.text:
            found.append(findings.two_apis(other.name.text, other.name.span, first.text, first.span))
    statements = [item for block in blocks for item in block.items]
    budget = Budget(found)
    scopes = _scopes(statements, beside, budget)
    declared = Declared(scopes, budget)
    roles = _roles([s for s in statements if isinstance(s, tree.Role)], declared, scopes, budget)
    clients = _clients([s for s in statements if isinstance(s, tree.Client)], declared, scopes, budget)
    issuers = [s for s in statements if isinstance(s, tree.Issuer)]
    return CheckedApi(
        first.text,
        _audiences(statements),
        check_issuers(issuers, Asserted(roles, clients, claims), found),
        scopes,
        roles,
        clients,
        any(isinstance(s, tree.ActorsAllowed) for s in statements),
    )


def _audiences(statements: Iterable[tree.ApiItem]) -> tuple[str, ...]:
    values = [v for s in statements if isinstance(s, tree.Audience) for v in s.values]
    return tuple(sorted({str(value.value) for value in values}))


def _scopes(
    statements: Iterable[tree.ApiItem], beside: Beside, budget: Budget
) -> dict[str, frozenset[str]]:
    graph = Graph()
    implying: list[tuple[tuple[str, ...], tree.Scopes]] = []
    for statement in statements:
        if isinstance(statement, tree.Scopes):
            names = tuple(_declare(statement.names, graph, budget))
            implying.append((names, statement))
        elif isinstance(statement, tree.ScopesFrom):
            listed = _listed(statement.file, beside, budget.found)
            _add((tree.Name(text, statement.file.span) for text in listed), graph, budget.found)
    declared = Declared(graph.declared, budget)
    for names, statement in implying:
        implied = declared.named(statement.implies)
        if len(names) == 1 and any(is_group(name) for name in statement.implies):
            implied -= frozenset(names)  # `scope admin implies {*}`: every other one
        graph.edges |= {name: implied for name in names if name in graph.edges}
    return graph.closed("scope", budget.found)


def _declare(names: Iterable[tree.Name], graph: Graph, budget: Budget) -> Iterable[str]:
    """Declare the scopes that the names stand for, and say which they are."""
    for name in names:
        if "{*}" in name.text:
            budget.found.append(findings.any_declared(name.text, name.span))
        else:
            texts = tuple(multiplied(name, budget))
            _add((tree.Name(text, name.span) for text in texts), graph, budget.found)
            yield from texts


def _add(names: Iterable[tree.Name], graph: Graph, found: list[Finding]) -> None:
    for name in names:
        if name.text in graph.declared:
            first = graph.declared[name.text].span
            found.append(findings.duplicate("scope", name.text, name.span, first))
        elif len(graph.declared) >= findings.MAX_SCOPES:
            found.append(findings.too_many_scopes(name.span))
            return
        elif name.text in _OIDC:
            found.append(findings.oidc_scope(name.text, name.span))
        graph.declared.setdefault(name.text, name)
        graph.edges.setdefault(name.text, ())


def _listed(file: tree.Literal, beside: Beside, found: list[Finding]) -> Iterable[str]:
    """The scopes in a file: names, names with descriptions, or as Auth0's Management API lists them."""
    content = read_json(file, beside, found)
    if content is MISSING:
        return
    names = list(content) if isinstance(content, list | dict) else []
    if not names or (isinstance(content, dict) and not _all_text(content.values())):
        found.append(findings.bad_file(str(file.value), findings.NO_SCOPES, file.span))
        return
    for item in names:
        if (
            isinstance(item, dict)
            and item.keys() <= {"value", "description"}
            and _all_text(item.values())
        ):
            text = item.get("value")
        else:
            text = item
        if isinstance(text, str) and _SCOPE_TOKEN.fullmatch(text):
            yield text
        else:
            found.append(findings.bad_file(str(file.value), findings.no_scope(text), file.span))


def _all_text(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _roles(
    statements: Iterable[tree.Role],
    declared: Declared,
    scopes: Mapping[str, frozenset[str]],
    budget: Budget,
) -> dict[str, frozenset[str]]:
    graph = Graph()
    granted: dict[str, frozenset[str]] = {}
    for statement in statements:
        direct = grants(statement, declared, scopes, budget)
        for name in statement.names:
            if name.text in graph.edges:
                first = graph.declared[name.text].span
                budget.found.append(findings.duplicate("role", name.text, name.span, first))
            graph.declared.setdefault(name.text, name)
            graph.edges.setdefault(name.text, tuple(role.text for role in statement.extends))
            granted.setdefault(name.text, direct)
    for statement in statements:
        for name in statement.extends:
            if name.text not in graph.edges:
                budget.found.append(findings.unknown_role(name.text, name.span, graph.edges))
    return _inherited(graph, granted, budget.found)


def _inherited(
    graph: Graph, granted: Mapping[str, frozenset[str]], found: list[Finding]
) -> dict[str, frozenset[str]]:
    """The scopes of each role, with those of the roles that it extends."""
    inherited: dict[str, frozenset[str]] = {}
    left = findings.MAX_REACH
    for role, reached in graph.closed("role", found).items():
        left -= sum(len(granted[each]) for each in reached)
        if left < 0:
            found.append(findings.reaches_too_much("role", graph.declared[role].span))
            return dict(granted)
        inherited[role] = frozenset[str]().union(*(granted[each] for each in reached))
    return inherited


def _clients(
    statements: Iterable[tree.Client],
    declared: Declared,
    scopes: Mapping[str, frozenset[str]],
    budget: Budget,
) -> dict[str, CheckedClient]:
    clients: dict[str, CheckedClient] = {}
    first: dict[str, Span] = {}
    for statement in statements:
        ceiling = None if statement.grants is None else grants(statement, declared, scopes, budget)
        group = statement.group.text if statement.group else None
        for name in statement.names:
            if first.setdefault(name.text, name.span) is not name.span:
                before = first[name.text]
                budget.found.append(findings.duplicate("client", name.text, name.span, before))
            clients[name.text] = CheckedClient(group, ceiling)
    return dict(sorted(clients.items()))
