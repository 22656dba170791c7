"""Roles and rules -> a warning for each rule that is for a role, and not for those that extend it.

What a role grants is inherited; having it is not. Whoever reads `role editor` may take an administrator
for one, where administrators extend editors.
"""

from collections.abc import Iterable, Iterator

from remit.checker import findings
from remit.diagnostics import Finding
from remit.syntax import tree


def check_inheriting(document: tree.Document) -> Iterator[Finding]:
    """Warn of each role that a rule names without the roles that extend it."""
    extending = _extending(
        item
        for api in document.items
        if isinstance(api, tree.Api)
        for item in api.items
        if isinstance(item, tree.Role)
    )
    for rule in _rules(document.items):
        named = list(_named(rule.subjects or ()))
        texts = {role.text for role in named}
        for role in named:
            others = sorted(extending.get(role.text, set()) - texts)
            if others:
                yield findings.extended_role(role.text, others, role.span)


def _extending(statements: Iterable[tree.Role]) -> dict[str, set[str]]:
    """For each role those that extend it themselves."""
    extending: dict[str, set[str]] = {}
    for statement in statements:
        for extended in statement.extends:
            extending.setdefault(extended.text, set()).update(name.text for name in statement.names)
    return extending


def _rules(items: Iterable[tree.Item]) -> Iterator[tree.Rule]:
    for item in items:
        if isinstance(item, tree.Rule):
            yield item
        elif isinstance(item, tree.Api | tree.Resource):
            yield from (each for each in item.items if isinstance(each, tree.Rule))


def _named(subjects: Iterable[tree.Subject]) -> Iterator[tree.Name]:
    for subject in subjects:
        match subject:
            case tree.RoleSubject(role=role):
                yield role
            case tree.AllSubjects(subjects=parts):
                yield from _named(parts)
            case _:
                pass
