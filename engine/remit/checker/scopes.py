"""Scope names as they are written -> the scopes that they stand for.

`{read,write}:{users,roles}` multiplies out; `read:{*}` is each declared scope that fits, `{*}` standing
for one or more characters of any kind. What groups and closures may come to is limited before any of
it is made: a few words can stand for more names than there is memory.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from remit.checker import findings
from remit.diagnostics import Finding
from remit.syntax import tree

_ANY = "{*}"
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)")


@dataclass
class Budget:
    """How many more scopes an API may name, all its lists taken together."""

    found: list[Finding]
    left: int = findings.MAX_NAMED

    def take(self, count: int, name: tree.Name) -> bool:
        """Whether there is room for `count` more; where room runs out, `name` is reported, once."""
        if 0 <= self.left < count:
            self.found.append(findings.names_too_many(name.span))
        self.left -= count
        return self.left >= 0


def is_group(name: tree.Name) -> bool:
    """Whether a name as written stands for several scopes: no scope has braces in its own name."""
    return "{" in name.text or "}" in name.text


def needed_scope(name: tree.Name, known: Mapping[str, object], found: list[Finding]) -> str | None:
    """The one scope that stands in a need; None after a report: a group, or not declared."""
    if is_group(name):
        found.append(findings.group_in_need(name.text, name.span))
    elif name.text not in known:
        found.append(findings.unknown_scope(name.text, name.span, known))
    else:
        return name.text
    return None


def multiplied(name: tree.Name, budget: Budget) -> Iterable[str]:
    """The names that a group stands for, `{*}` left as it is; none after a report."""
    if not is_group(name):
        return (name.text,)
    parts = _parts(name.text)
    if parts is None:
        budget.found.append(findings.bad_group(name.text, name.span))
        return ()
    count = math.prod(len(part) for part in parts)
    if count > findings.MAX_SCOPES:
        budget.found.append(findings.too_many_scopes(name.span))
        return ()
    return ("".join(words) for words in product(*parts)) if budget.take(count, name) else ()


def _parts(text: str) -> list[tuple[str, ...]] | None:
    """The words to choose from, part by part; None where braces hold what nobody can have meant."""
    parts: list[tuple[str, ...]] = []
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        assert match is not None, "the grammar closes every brace"
        group, plain = match.groups()
        words = (plain,) if group is None else (_ANY,) if group == "*" else tuple(group.split(","))
        if group is not None and (not all(words) or "*" in words):
            return None
        parts.append(words)
        place = match.end()
    return parts


def fits(name: str, pattern: str) -> bool:
    """Whether `name` is what `pattern` says, each `{*}` one or more characters; linear in its length."""
    first, *rest = pattern.split(_ANY)
    if not rest:
        return name == pattern
    if not name.startswith(first):
        return False
    place = len(first)
    *middle, last = rest
    for part in middle:
        place = name.find(part, place + 1)
        if place < 0:
            return False
        place += len(part)
    return name.endswith(last) and place + 1 + len(last) <= len(name)


class Declared:
    """The scopes of an API, by which lists of scopes are read."""

    def __init__(self, names: Iterable[str], budget: Budget) -> None:
        self._names = dict.fromkeys(names)
        self._budget = budget
        self._fitting: dict[str, frozenset[str]] = {}

    def named(self, names: Iterable[tree.Name]) -> frozenset[str]:
        """The scopes that a list stands for; a name that stands for none is reported."""
        named: set[str] = set()
        for name in names:
            for each in multiplied(name, self._budget):
                meant = self._one(each, name)
                if self._budget.take(len(meant), name):
                    named |= meant
        return frozenset(named)

    def _one(self, text: str, name: tree.Name) -> frozenset[str]:
        if _ANY not in text:
            if text in self._names:
                return frozenset((text,))
            self._budget.found.append(findings.unknown_scope(text, name.span, self._names))
            return frozenset()
        fitting = self._fitting.get(text)
        if fitting is None:
            affordable = self._budget.take(len(self._names), name)
            fitting = frozenset(each for each in self._names if affordable and fits(each, text))
            self._fitting[text] = fitting
            if affordable and not fitting:
                self._budget.found.append(findings.no_scope_fits(text, name.span))
        return fitting


@dataclass
class Graph:
    """Names with what each leads to, and its closure."""

    edges: dict[str, Iterable[str]] = field(default_factory=dict)
    declared: dict[str, tree.Name] = field(default_factory=dict)
    _steps: int = 0

    def closed(self, what: str, found: list[Finding]) -> dict[str, frozenset[str]]:
        """Each name with all that it reaches, itself included; cycles and excess are reported."""
        closures: dict[str, frozenset[str]] = {}
        left = findings.MAX_REACH
        for name in self.edges:
            closures[name] = self._reach(name)
            left -= len(closures[name])
            if left < 0 or self._steps > findings.MAX_STEPS:
                found.append(findings.reaches_too_much(what, self.declared[name].span))
                return {name: frozenset((name,)) for name in self.edges}
        for name, targets in self.edges.items():
            if any(name in closures.get(target, ()) for target in targets):
                found.append(findings.cycle(what, name, self.declared[name].span))
        return closures

    def _reach(self, name: str) -> frozenset[str]:
        seen = {name}
        waiting = [name]
        while waiting and self._steps <= findings.MAX_STEPS:
            for target in self.edges.get(waiting.pop(), ()):
                self._steps += 1
                if target in self.edges and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)


def grants(
    statement: tree.Role | tree.Client,
    declared: Declared,
    closures: Mapping[str, frozenset[str]],
    budget: Budget,
) -> frozenset[str]:
    """The closed scopes of `grants ... except ...`.

    What is excepted does not come back because something granted implies it, and is not there to imply
    anything itself.
    """
    excluded = declared.named(statement.exclusions)
    direct = declared.named(statement.grants or ()) - excluded
    if not budget.take(sum(len(closures[scope]) for scope in direct), statement.names[0]):
        return frozenset()
    return frozenset[str]().union(*(closures[scope] for scope in direct)) - excluded
