"""Api blocks -> CheckedApi: audiences, issuers, and the closures of scopes and roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from remit.checker import findings
from remit.checker.checked import CheckedApi, CheckedIssuer
from remit.diagnostics import Finding
from remit.syntax import tree

PROFILES = ("auth0", "rfc9068")
"""The token profiles that a policy can name; remit.tokens.profiles has them."""

# Auth0, "Add API permissions": names that cannot be permissions of an API.
_OIDC = frozenset(
    ["address", "created_at", "email", "email_verified", "family_name", "given_name", "identities"]
    + ["name", "nickname", "offline_access", "openid", "phone", "picture", "profile"]
)


@dataclass
class _Graph:
    """Names with what each leads to, and its closure."""

    edges: dict[str, tuple[tree.Name, ...]] = field(default_factory=dict)
    declared: dict[str, tree.Name] = field(default_factory=dict)

    def closed(self, what: str, found: list[Finding]) -> dict[str, frozenset[str]]:
        """Each name with all that it reaches, itself included; cycles and excess are reported."""
        closures: dict[str, frozenset[str]] = {}
        left = findings.MAX_REACH
        for name in self.edges:
            closures[name] = self._reach(name)
            left -= len(closures[name])
            if left < 0:
                found.append(findings.reaches_too_much(what, self.declared[name].span))
                return {name: frozenset((name,)) for name in self.edges}
        for name, targets in self.edges.items():
            if any(name in closures.get(target.text, ()) for target in targets):
                found.append(findings.cycle(what, name, self.declared[name].span))
        return closures

    def _reach(self, name: str) -> frozenset[str]:
        seen = {name}
        waiting = [name]
        while waiting:
            for target in self.edges.get(waiting.pop(), ()):
                if target.text in self.edges and target.text not in seen:
                    seen.add(target.text)
                    waiting.append(target.text)
        return frozenset(seen)


def check_api(items: Iterable[tree.Api], claims, beside, found: list[Finding]) -> CheckedApi | None:
    """The API that the blocks describe together; None where there is none."""
    blocks = list(items)
    if not blocks:
        found.append(findings.missing_api(None))
        return None
    first = blocks[0].name
    for other in blocks[1:]:
        if other.name.text != first.text:
            found.append(findings.duplicate("an api beside", first.text, other.name.span))
    statements = [item for block in blocks for item in block.items]
    scopes = _scopes([s for s in statements if isinstance(s, tree.Scopes)], found)
    return CheckedApi(
        first.text,
        _audiences(statements),
        _issuers(statements, found),
        scopes,
        _roles([s for s in statements if isinstance(s, tree.Role)], scopes, found),
    )


def _audiences(statements: Iterable[tree.ApiItem]) -> tuple[str, ...]:
    values = [v for s in statements if isinstance(s, tree.Audience) for v in s.values]
    return tuple(sorted({str(value.value) for value in values}))


def _issuers(statements: Iterable[tree.ApiItem], found: list[Finding]) -> dict[str, str]:
    issuers: dict[str, str] = {}
    for statement in statements:
        if isinstance(statement, tree.Issuer):
            name = str(statement.value.value)
            profile = statement.profile.text if statement.profile else "rfc9068"
            if statement.profile and profile not in PROFILES:
                found.append(findings.unknown_profile(profile, statement.profile.span, PROFILES))
            if name in issuers:
                found.append(findings.duplicate("issuer", name, statement.value.span))
            issuers[name] = CheckedIssuer(profile)
    return dict(sorted(issuers.items()))


def _scopes(statements: Iterable[tree.Scopes], found: list[Finding]) -> dict[str, frozenset[str]]:
    graph = _Graph()
    for statement in statements:
        for name in statement.names:
            if name.text in graph.edges:
                found.append(findings.duplicate("scope", name.text, name.span))
            if name.text in _OIDC:
                found.append(findings.oidc_scope(name.text, name.span))
            graph.declared.setdefault(name.text, name)
            graph.edges.setdefault(name.text, statement.implies)
    for statement in statements:
        found.extend(_unknown_scopes(statement.implies, graph.edges))
    return graph.closed("scope", found)


def _unknown_scopes(names: Iterable[tree.Name], known: Mapping[str, object]) -> Iterable[Finding]:
    for name in names:
        if name.text not in known:
            yield findings.unknown_scope(name.text, name.span, known)


def _roles(
    statements: Iterable[tree.Role], scopes: Mapping[str, frozenset[str]], found: list[Finding]
) -> dict[str, frozenset[str]]:
    graph = _Graph()
    grants: dict[str, frozenset[str]] = {}
    for statement in statements:
        named = (scopes.get(scope.text, frozenset()) for scope in statement.grants)
        direct = frozenset[str]().union(*named)
        found.extend(_unknown_scopes(statement.grants, scopes))
        for name in statement.names:
            if name.text in graph.edges:
                found.append(findings.duplicate("role", name.text, name.span))
            graph.declared.setdefault(name.text, name)
            graph.edges.setdefault(name.text, statement.extends)
            grants.setdefault(name.text, direct)
    for statement in statements:
        for name in statement.extends:
            if name.text not in graph.edges:
                found.append(findings.unknown_role(name.text, name.span, graph.edges))
    return _inherited(graph, grants, found)


def _inherited(
    graph: _Graph, grants: Mapping[str, frozenset[str]], found: list[Finding]
) -> dict[str, frozenset[str]]:
    """The scopes of each role, with those of the roles that it extends."""
    inherited: dict[str, frozenset[str]] = {}
    left = findings.MAX_REACH
    for role, reached in graph.closed("role", found).items():
        left -= sum(len(grants[each]) for each in reached)
        if left < 0:
            found.append(findings.reaches_too_much("role", graph.declared[role].span))
            return dict(grants)
        inherited[role] = frozenset[str]().union(*(grants[each] for each in reached))
    return inherited
