"""Fixtures of tests: each name is declared once, and every value in them is a constant.

A value of a type that its member does not have may stand here: what is decided then is worth a test.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from remit.checker import findings
from remit.checker.checked import Block, CheckedApi, CheckedIssuer, Member
from remit.checker.fitting import Fitting
from remit.checker.issuers import LISTING, PLACES, PROFILE_CLAIMS
from remit.checker.members import OWN_CLAIMS
from remit.diagnostics import Finding
from remit.syntax import tree

ANONYMOUS = "anonymous"
"""Who asks in a test without a token."""

SPOKEN_CLAIMS = frozenset(("acr", "auth_time"))
"""Claims that `require` reads, whether or not the policy declares them."""


_SECONDS, _TEXT, _LIST = "a number of seconds", "a text", "a list"
_WANTED = {
    **dict.fromkeys(("auth_time", "exp", "iat", "nbf"), frozenset((_SECONDS,))),
    "acr": frozenset((_TEXT,)),
}


@dataclass(slots=True)
class Declared:
    """What a test, or a group of fixtures, has declared.

    `members` are those that each fixture can have, by its name; `owners` the group that a name is of,
    where it is not the test's own; `context` the members of the context that groups give, likewise.
    """

    members: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    resources: dict[str, Block] = field(default_factory=dict[str, Block])
    tokens: set[str] = field(default_factory=lambda: {ANONYMOUS})
    context: set[str] = field(default_factory=set[str])
    owners: dict[str, str] = field(default_factory=dict[str, str])

    def use(self, group: tree.Name, other: "Declared", found: list[Finding]) -> None:
        """Take what a group has declared, and report what another of the groups has as well."""
        names = [*other.members, *(f"context.{name}" for name in sorted(other.context))]
        for name in names:
            owner = self.owners.setdefault(name, group.text)
            if owner != group.text:
                found.append(findings.declared_by_group(name, owner, group.span))
        self.members |= other.members
        self.resources |= other.resources
        self.tokens |= other.tokens
        self.context |= other.context


class Fixtures:
    """What the fixtures of a set may say."""

    def __init__(
        self,
        api: CheckedApi,
        blocks: Mapping[str | None, Block],
        members: tuple[Mapping[str, Member], Mapping[str, Member]],
        found: list[Finding],
    ) -> None:
        """`members` are the claims and the context."""
        claims, context = members
        self.blocks = blocks
        places = (member.source[0] for member in claims.values())
        told = {path[0] for issuer in api.issuers.values() for path in issuer.sources.values()}
        self.claims = {*claims, *places, *told, *OWN_CLAIMS, *SPOKEN_CLAIMS, *PROFILE_CLAIMS}
        self.declared = claims
        self.places = _places(api.issuers.values())
        read = (path[0] for paths in self.places.values() for path in paths)
        self.read = {*read, *(member.source[0] for member in claims.values())}
        self.forms = _forms(api.issuers.values())
        self.context = context
        self.one_issuer = len(api.issuers) <= 1
        self.found = found

    def declare(self, items: Iterable[object], known: Declared) -> None:
        """Report what is wrong in the fixtures among these statements, and add them to what is known."""
        for item in items:
            match item:
                case tree.TokenFixture(name=name, claims=claims):
                    if name.text == ANONYMOUS:
                        self.found.append(findings.reserved(name.text, name.span))
                    known.tokens.add(name.text)
                    self._declare(name, (self.claims, "token"), claims, known)
                    self.read_claims(claims)
                    self.fit(name.text, claims, self.declared, Fitting(self.one_issuer, in_token=True))
                case tree.ResourceFixture():
                    self._resource(item, known)
                case tree.ContextFixture(values=values):
                    self.record("context", values, self.context)
                    self.fit("context", values, self.context, Fitting(self.one_issuer))
                    known.context |= {name.text for name, _ in values.pairs}
                case _:
                    pass

    def _declare(
        self, name: tree.Name, of: tuple[set[str], str], record: tree.RecordOf, known: Declared
    ) -> None:
        members, block = of
        owner = known.owners.get(name.text)
        if owner is not None:
            self.found.append(findings.declared_by_group(name.text, owner, name.span))
        elif name.text in known.members:
            self.found.append(findings.duplicate("fixture", name.text, name.span))
        known.members[name.text] = members
        self.record(name.text, record, members, block=block)

    def _resource(self, item: tree.ResourceFixture, known: Declared) -> None:
        block = self.blocks.get(item.type.text)
        if block is None:
            names = [name for name in self.blocks if name]
            self.found.append(findings.unknown_type(item.type.text, item.type.span, names))
            return
        known.resources[item.name.text] = block
        of = (set(block.members), f"resource {block.name}")
        self._declare(item.name, of, item.attributes, known)
        self.fit(item.name.text, item.attributes, block.members, Fitting(self.one_issuer))

    def fit(
        self, owner: str, record: tree.RecordOf, members: Mapping[str, Member], fitting: Fitting
    ) -> None:
        """Warn of values that are not of the type of their member."""
        for name, value in record.pairs:
            member = members.get(name.text)
            if member is not None:
                self.found.extend(fitting.misfits(f"{owner}.{name.text}", value, member.type))

    def read_claims(self, claims: tree.RecordOf) -> None:
        """Warn of what is said where, or in a type in which, no profile reads it."""
        for name, value in claims.pairs:
            places = self.places.get(name.text)
            if places is not None and name.text not in self.read:
                said = (".".join(path) for path in places)
                self.found.append(findings.unread_claim(name.text, said, name.span))
            wanted = self.forms.get(name.text) or _WANTED.get(name.text)
            if wanted is not None and name.text not in self.declared and _form(value) not in wanted:
                forms = " or ".join(sorted(wanted))
                self.found.append(findings.ill_typed_claim(name.text, forms, value.span))

    def record(
        self,
        owner: str,
        record: tree.RecordOf,
        known: Collection[str],
        of: str | None = None,
        block: str | None = None,
    ) -> None:
        """Report members that `owner` does not have (or, of an action, `of` it), and what varies."""
        for name, _ in record.pairs:
            if name.text not in known:
                path = f"{owner}.{name.text}"
                self.found.append(findings.unknown_member(path, name.span, known, of, block))
        self.constant(record)

    def constant(self, node: tree.Expression) -> None:
        """Report what is no constant, and members that are said twice."""
        match node:
            case tree.Literal():
                pass
            case tree.ListOf(items=items):
                for item in items:
                    self.constant(item)
            case tree.RecordOf(pairs=pairs):
                seen: set[str] = set()
                for name, item in pairs:
                    if name.text in seen:
                        self.found.append(findings.duplicate("member", name.text, name.span))
                    seen.add(name.text)
                    self.constant(item)
            case _:
                self.found.append(findings.not_constant(node.span))


def _places(issuers: Collection[CheckedIssuer]) -> dict[str, list[tuple[str, ...]]]:
    """Where the issuers have scopes, roles and permissions; empty where the policy names none."""
    places: dict[str, list[tuple[str, ...]]] = {}
    for issuer in issuers:
        own = {**PLACES.get(issuer.profile, {}), **issuer.sources}
        for name in ("scope", "roles", "permissions"):
            places.setdefault(name, []).extend([own[name]] if name in own else [])
    return places


def _forms(issuers: Collection[CheckedIssuer]) -> dict[str, frozenset[str]]:
    """In which forms the issuers' tokens may have scopes, roles and permissions, by their claims."""
    forms: dict[str, frozenset[str]] = {}
    for issuer in issuers:
        for name, path in {**PLACES.get(issuer.profile, {}), **issuer.sources}.items():
            if len(path) == 1:
                form = _read_as(name, issuer)
                forms[path[0]] = forms.get(path[0], frozenset()) | form
    return forms


def _read_as(name: str, issuer: CheckedIssuer) -> frozenset[str]:
    """In which forms an issuer's tokens have this: scopes in two where the policy says the place."""
    if name in ("roles", "permissions"):
        return frozenset((_LIST,))
    if name != "scope":
        return frozenset((_TEXT,))
    if name in issuer.sources:
        return frozenset((_TEXT, _LIST))
    return frozenset((_LIST if issuer.profile in LISTING else _TEXT,))


def _form(value: tree.Expression) -> str | None:
    """In which form a claim is written; None for another."""
    match value:
        case tree.ListOf():
            return _LIST
        case tree.Literal(value=str()):
            return _TEXT
        case tree.Literal(value=constant) if type(constant) in (int, Decimal):
            return _SECONDS
        case _:
            return None


def instant(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 instant with its offset; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
