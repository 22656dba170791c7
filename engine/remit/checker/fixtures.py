"""Test blocks: every name in them is declared and plays the part that it can; every value is a constant.

A value of a type that its member does not have may stand here: what is decided then is worth a test.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from remit.checker import findings
from remit.checker.checked import Block, CheckedApi, CheckedIssuer, Member
from remit.checker.issuers import PLACES, PROFILE_CLAIMS
from remit.checker.members import OWN_CLAIMS
from remit.diagnostics import Finding
from remit.syntax import tree


def check_tests(
    tests: Iterable[tree.PolicyTest],
    api: CheckedApi,
    blocks: Mapping[str | None, Block],
    members: tuple[Mapping[str, Member], Mapping[str, Member]],
    found: list[Finding],
) -> None:
    """Report what is wrong in the test blocks; `members` are the claims and the context."""
    names: set[str] = set()
    for test in tests:
        if str(test.name.value) in names:
            found.append(findings.duplicate("test", str(test.name.value), test.name.span))
        names.add(str(test.name.value))
        _Fixtures(api, blocks, *members, found).check(test)


ANONYMOUS = "anonymous"
"""Who asks in a test without a token."""

SPOKEN_CLAIMS = frozenset(("acr", "auth_time"))
"""Claims that `require` reads, whether or not the policy declares them."""


_SECONDS = "a number of seconds"
_WANTED = {"auth_time": _SECONDS, "exp": _SECONDS, "iat": _SECONDS, "nbf": _SECONDS, "acr": "a text"}


class _Fixtures:
    """One test block."""

    def __init__(
        self,
        api: CheckedApi,
        blocks: Mapping[str | None, Block],
        claims: Mapping[str, Member],
        context: Mapping[str, Member],
        found: list[Finding],
    ) -> None:
        self.api = api
        self.blocks = blocks
        places = (member.source[0] for member in claims.values())
        told = {path[0] for issuer in api.issuers.values() for path in issuer.sources.values()}
        self.claims = {*claims, *places, *told, *OWN_CLAIMS, *SPOKEN_CLAIMS, *PROFILE_CLAIMS}
        self.declared = claims
        self.places = _places(api.issuers.values())
        read = (path[0] for paths in self.places.values() for path in paths)
        self.read = {*read, *(member.source[0] for member in claims.values())}
        self.context = set(context)
        self.found = found
        self.known: dict[str, set[str]] = {}
        self.tokens: set[str] = {ANONYMOUS}
        self.resources: dict[str, Block] = {}

    def check(self, test: tree.PolicyTest) -> None:
        for item in test.items:
            match item:
                case tree.TokenFixture(name=name, claims=claims):
                    if name.text == ANONYMOUS:
                        self.found.append(findings.reserved(name.text, name.span))
                    self.tokens.add(name.text)
                    self._declare(name, self.claims, claims)
                    self._read(claims)
                case tree.ResourceFixture():
                    self._resource(item)
                case tree.ContextFixture(values=values):
                    self._record("context", values, self.context)
                case _:
                    pass
        for item in test.items:
            if isinstance(item, tree.Expectation):
                self._expectation(item)

    def _declare(self, name: tree.Name, known: set[str], record: tree.RecordOf) -> None:
        if name.text in self.known:
            self.found.append(findings.duplicate("fixture", name.text, name.span))
        self.known[name.text] = known
        self._record(name.text, record, known)

    def _read(self, claims: tree.RecordOf) -> None:
        """Warn of what is said where, or in a type in which, no profile reads it."""
        for name, value in claims.pairs:
            places = self.places.get(name.text)
            if places is not None and name.text not in self.read:
                said = (".".join(path) for path in places)
                self.found.append(findings.unread_claim(name.text, said, name.span))
            wanted = None if name.text in self.declared else _WANTED.get(name.text)
            if wanted is not None and isinstance(value, tree.Literal):
                numeric = type(value.value) in (int, Decimal)
                if numeric is not (wanted == _SECONDS):
                    self.found.append(findings.ill_typed_claim(name.text, wanted, value.span))

    def _resource(self, item: tree.ResourceFixture) -> None:
        block = self.blocks.get(item.type.text)
        if block is None:
            known = [name for name in self.blocks if name]
            self.found.append(findings.unknown_type(item.type.text, item.type.span, known))
            return
        self.resources[item.name.text] = block
        self._declare(item.name, set(block.members), item.attributes)

    def _record(self, owner: str, record: tree.RecordOf, known: set[str]) -> None:
        for name, _ in record.pairs:
            if name.text not in known:
                self.found.append(findings.unknown_member(f"{owner}.{name.text}", name.span, known))
        self._constant(record)

    def _constant(self, node: tree.Expression) -> None:
        match node:
            case tree.Literal():
                pass
            case tree.ListOf(items=items):
                for item in items:
                    self._constant(item)
            case tree.RecordOf(pairs=pairs):
                seen: set[str] = set()
                for name, item in pairs:
                    if name.text in seen:
                        self.found.append(findings.duplicate("member", name.text, name.span))
                    seen.add(name.text)
                    self._constant(item)
            case _:
                self.found.append(findings.not_constant(node.span))

    def _expectation(self, item: tree.Expectation) -> None:
        self._fixture(item.who, self.tokens)
        if item.resource is not None:
            self._fixture(item.resource, self.resources)
        block = self.resources.get(item.resource.text) if item.resource else self.blocks[None]
        if block is not None:
            unknown = (action for action in item.actions if action.text not in block.actions)
            for action in unknown:
                self.found.append(findings.unknown_action(action.text, action.span, block.actions))
            self._arguments(item, block)
        for change in item.changes:
            self._change(change, (item.who, item.resource))
        self._missing(item.missing)
        for obligation in item.obligations:
            if obligation.values is not None:
                self._constant(obligation.values)
        if item.at is not None and instant(str(item.at.value)) is None:
            self.found.append(findings.bad_instant(str(item.at.value), item.at.span))

    def _arguments(self, item: tree.Expectation, block: Block) -> None:
        """Each value handed in is a parameter of every action that is asked for."""
        if item.arguments is not None:
            asked = [block.actions[a.text] for a in item.actions if a.text in block.actions]
            known = [set(action.parameters) for action in asked]
            self._record("action", item.arguments, set.intersection(*known) if known else set())

    def _fixture(self, name: tree.Name, known: Collection[str]) -> None:
        if name.text not in known:
            self.found.append(findings.unknown_test_name(name.text, name.span, known))

    def _change(self, change: tree.With, involved: tuple[tree.Name | None, ...]) -> None:
        if change.name is None:
            self._record("context", change.changes, self.context)
            return
        if change.name not in involved or change.name.text == ANONYMOUS:
            self.found.append(findings.not_involved(change.name.text, change.name.span))
        elif change.name.text in self.known:
            self._record(change.name.text, change.changes, self.known[change.name.text])
            if change.name.text in self.tokens:
                self._read(change.changes)

    def _missing(self, missing: tree.MissingScope | tree.MissingRole | tree.MissingAcr | None) -> None:
        match missing:
            case tree.MissingScope(scope=scope) if scope.text not in self.api.scopes:
                known = self.api.scopes
                self.found.append(findings.unknown_scope(scope.text, scope.span, known))
            case tree.MissingRole(role=role) if role.text not in self.api.roles:
                self.found.append(findings.unknown_role(role.text, role.span, self.api.roles))
            case _:
                pass


def _places(issuers: Collection[CheckedIssuer]) -> dict[str, list[tuple[str, ...]]]:
    """Where the issuers have scopes, roles and permissions; empty where the policy names none."""
    places: dict[str, list[tuple[str, ...]]] = {}
    for issuer in issuers:
        own = {**PLACES.get(issuer.profile, {}), **issuer.sources}
        for name in ("scope", "roles", "permissions"):
            places.setdefault(name, []).extend([own[name]] if name in own else [])
    return places


def instant(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 instant with its offset; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
