"""A denied request -> single changes, each of which some rule asks for.

Rules are walked from what they should come to down to their tests, and a test that does not come out as
it should names the changes that would make it: another token, an assignment, another state of the
resource, another request, a later time. Whether a change helps is for the search to find out, which
decides again with it; a test that no change is known for is among the `untried`.

The walk is one module, however long: each kind of test has its changes beside those of the others.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from remit.checker.checked import (
    BOOL,
    DATETIME,
    DECIMAL,
    DURATION,
    INT,
    STRING,
    USER,
    AllOf,
    Always,
    AnyOf,
    CheckedIssuer,
    Condition,
    Contains,
    Enumeration,
    Equal,
    HasKey,
    InRole,
    IsAuthenticated,
    IsEntitled,
    IsStored,
    IsTrue,
    Less,
    ListOf,
    NeedOfScopes,
    Negated,
    Now,
    Present,
    Quantified,
    Root,
    Scopes,
    SetOf,
    StrongLogin,
    Type,
    Value,
    Within,
)
from remit.checker.reads import read_by
from remit.checker.scalars import ERROR, NOBODY, Sentinel, microseconds
from remit.compiler import operations
from remit.compiler.operations import Truth
from remit.decider import changes
from remit.decider.challenging import scopes_wanted
from remit.decider.changes import Candidate, Untried
from remit.decider.fixes import Change, Maker
from remit.decider.horizon import Horizon
from remit.decider.places import Place, place_of
from remit.decider.showing import duration, instant
from remit.decider.supposing import Case, alternatives
from remit.decider.tracing import Tracer

_NUMBERS = (INT, DECIMAL, DATETIME, DURATION)
_MANY = 8
"""Values of an enum or of a set that are tried each by itself."""
_OF_PROFILES = frozenset(
    {
        *("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "act", "cnf", "acr", "auth_time", "active"),
        *("scope", "scp", "roles", "groups", "permissions", "realm_access", "cognito:groups"),
        *("client_id", "azp", "cid", "appid", "uid", "oid", "idtyp", "gty", "sub_profile", "username"),
        *("preferred_username", "typ", "token_use", "hasgroups", "_claim_names"),
    }
)
"""Claims that issuers' profiles read, so that more than the value of one changes with them."""
_INSTANTS = 700
"""Instants that are looked at for one test: a week, by quarters of an hour."""
_MAX_SHOWN = 80


def candidates(case: Case) -> tuple[list[Candidate], tuple[Untried, ...]]:
    """All changes that some rule of a denied case asks for, each once; and the tests without one."""
    search = _Walk(case)
    search.walk_head()
    found: dict[object, Candidate] = {}
    for each in search.found:
        found.setdefault((each.target, each.change.text), each)
    return list(found.values()), tuple(dict.fromkeys(search.untried))


class _Walk:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.values = case.values()
        self.tracer = Tracer(case.head, self.values)
        self.found: list[Candidate] = []
        self.untried: list[Untried] = []

    # -- rules

    def walk_head(self) -> None:
        head, case = self.case.head, self.case
        needed = not any(self._truth(free) for free in head.free)
        for free in head.free:
            self._walk(free, wanted=True)
        if needed:
            for each in head.needs:
                self._walk(each.when, wanted=True)
            for names, _ in scopes_wanted(case):
                self._scopes(names)
        for gate in head.gates:
            self._walk(gate.condition, wanted=False)
        if not any(self._truth(permit.condition) for permit in head.permits):
            for permit in head.permits:
                self._walk(permit.condition, wanted=True)

    def _truth(self, node: Condition) -> Truth:
        return self.tracer.step(node).truth

    def _walk(self, node: Condition, *, wanted: bool) -> None:
        if self._truth(node) is wanted:
            return
        match node:
            case Negated(operand=operand):
                self._walk(operand, wanted=not wanted)
            case AllOf(operands=operands) | AnyOf(operands=operands):
                for operand in operands:
                    self._walk(operand, wanted=wanted)
            case Always() | IsStored() | IsAuthenticated():
                pass
            case _:
                before = len(self.found)
                self._test(node, wanted=wanted)
                self._later(node, wanted=wanted)
                if len(self.found) == before:
                    self.untried.append(Untried(self.tracer.step(node).text, node, wanted))

    # -- tests

    def _test(self, node: Condition, *, wanted: bool) -> None:  # noqa: C901, PLR0912  (each kind of test)
        match node:
            case IsTrue(value=value):
                self._set(value, wanted)
            case Equal(left=left, right=right):
                for one, other in ((left, right), (right, left)):
                    if wanted:
                        self._set(one, self.values.value(other))
                    else:
                        self._set_other(one, self.values.value(one))
            case Less():
                self._order(node, wanted=wanted)
            case Contains(collection=collection, item=item):
                self._member(collection, item, wanted=wanted)
            case HasKey(map=map_, key=key) if not wanted:
                self._remove(map_, key)
            case Within(networks=networks, address=address):
                self._address(networks, address, wanted=wanted)
            case Present(value=value) if not wanted:
                self._remove(value)
            case Quantified(every=every) if every is wanted:
                self._without_elements(node)
            case InRole(role=role):
                self._role(role, gained=wanted)
            case Scopes(of="granted", need=need) if wanted:
                for names in alternatives(need):
                    self._scopes(names)
            case Scopes(need=need) if wanted:
                self._assignments(need)
            case IsEntitled():
                for each in self.case.head.needs:
                    self._assignments(each.need)
            case StrongLogin() if wanted:
                self._login(node)
            case _:
                pass

    # -- the caller

    def _scopes(self, names: tuple[str, ...]) -> None:
        held, bit = self.case.binding.entitlement.scopes, self.case.program.bits.scope
        lacking = tuple(name for name in names if not held & bit[name])
        text = f"get a token with the {_listed('scope', lacking)}"
        change = Change(Maker.TOKEN, "scope", text, lacking)
        self.found.append(Candidate(change, ("scope", names), lambda case: case.with_scopes(names)))

    def _assignments(self, need: NeedOfScopes) -> None:
        """The roles whose permissions would be enough; where no role's are, the permissions."""
        entitled, bits = self.case.binding.entitlement, self.case.program.bits
        if entitled.kind != "user" or bits.satisfies(entitled.held, need):
            return
        grants = bits.role_grants.items()
        enough = [(g.bit_count(), role) for role, g in grants if bits.satisfies(entitled.held | g, need)]
        roles = [role for _, role in sorted(enough)]  # the one first that grants the least
        for role in roles:
            self._role(role, gained=True)
        for names in () if roles else alternatives(need):
            lacking = tuple(name for name in names if not entitled.held & bits.scope[name])
            text = f"give the caller the {_listed('permission', lacking)}"
            change = Change(Maker.ASSIGNMENT, "permission", text, lacking)
            apply = partial(changes.with_permissions, lacking)
            self.found.append(Candidate(change, ("permission", names), apply))

    def _role(self, role: str, *, gained: bool) -> None:
        entitled, bit = self.case.binding.entitlement, self.case.program.bits.role[role]
        if gained:
            issuer = self.case.program.tree.api.issuers.get(str(entitled.issuer))
            from_token = self.case.binding.answer is None
            if (
                from_token
                and issuer is not None
                and issuer.roles is not None
                and role not in issuer.roles
            ):
                return  # its issuer may not say so
        text = f"{'give the caller the' if gained else 'take from the caller the'} role `{role}`"
        change = Change(Maker.ASSIGNMENT, "role", text, (role,))
        gain, loss = (bit, 0) if gained else (0, bit)
        self.found.append(Candidate(change, ("role", role), lambda case: case.with_roles(gain, loss)))

    def _login(self, node: StrongLogin) -> None:
        now = microseconds(self.case.now)
        if self.case.binding.entitlement.kind == "client" or type(now) is not int:
            return
        if not node.acr:
            change = Change(Maker.TOKEN, "login", "log in again")
            self.found.append(Candidate(change, ("login",), lambda case: case.with_login(None, now)))
        for acr in node.acr:
            change = Change(Maker.TOKEN, "login", f"log in again, with `{acr}`", (acr,))
            self.found.append(Candidate(change, ("login",), partial(changes.with_login, acr, now)))

    # -- values

    def _set(self, value: Value, new: object, says: str | None = None) -> None:
        """Let the place that a value is read from hold another; nothing where there is no such place."""
        place = place_of(value, self.values)
        if place is None or type(new) is Sentinel:
            return
        said = says or f"to {self._shown(new, value.type)}"
        self._put(
            place, new, value.type, said, is_caller=says is None and self._is_caller(new, value.type)
        )

    def _put(self, place: Place, new: object, type_: Type, said: str, *, is_caller: bool) -> None:
        target, raw = (place.root, *place.path), self.values.of_service(new, type_)
        if self.case.program.readers.of(type_)(raw) is ERROR:
            return  # a number too large, or later than any calendar goes
        if place.root is Root.TOKEN:
            if self._stands_alone(place.path[0]):
                text = f"get a token whose claim `{place.path[0]}` is set {said}"
                change = Change(Maker.TOKEN, "claim", text, place.path, raw)
                apply = partial(changes.with_claim, place.path[0], new)
                self.found.append(Candidate(change, target, apply))
            return
        by = Maker.RESOURCE if place.root is Root.RESOURCE else Maker.REQUEST
        text = f"make the caller the `{place}`" if is_caller else f"set `{place}` {said}"
        change = Change(by, "value", text, (str(place.root), *place.path), raw)
        self.found.append(Candidate(change, target, partial(changes.with_value, place, raw)))

    def _stands_alone(self, claim: str) -> bool:
        """Whether a claim may be changed, and nothing else changes with it."""
        tree = self.case.program.tree
        issuer = tree.api.issuers.get(str(self.case.binding.entitlement.issuer), CheckedIssuer("custom"))
        source = tree.claims[claim].source
        others = [each.source for name, each in tree.claims.items() if name != claim]
        others += issuer.sources.values()
        shared = any(each[: len(source)] == source[: len(each)] for each in others)
        return claim not in issuer.claims and source[0] not in _OF_PROFILES and not shared

    def _is_caller(self, new: object, type_: Type) -> bool:
        return type_ == USER and new is not NOBODY and new == self.case.binding.user

    def _shown(self, value: object, type_: Type) -> str:
        if self._is_caller(value, type_):
            return "the caller"
        if type(value) is int and type_ in (DATETIME, DURATION):
            return instant(value) if type_ == DATETIME else duration(value)
        if type(value) is str:
            text = json.dumps(self.values.of_service(value, type_), ensure_ascii=False)
        elif type(value) is bool:
            text = "true" if value else "false"
        else:
            text = str(value)
        return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"

    def _set_other(self, value: Value, old: object) -> None:
        """Let a value be any other than it is."""
        if isinstance(value.type, Enumeration):
            for each in value.type.values[:_MANY]:
                if each != old:
                    self._set(value, each)
        elif value.type == BOOL:
            self._set(value, not old)
        else:
            other = _another(old, value.type)
            if other is not None:
                self._set(value, other, f"to something other than {self._shown(old, value.type)}")

    def _order(self, node: Less, *, wanted: bool) -> None:
        left, right = self.values.value(node.left), self.values.value(node.right)
        if isinstance(node.left.type, Enumeration):
            rank = operations.ranks(node.left.type)
            for value, other, is_left in ((node.left, right, True), (node.right, left, False)):
                for each in _nearest(node.left.type, value=left if is_left else right):
                    pair = (rank(each), rank(other)) if is_left else (rank(other), rank(each))
                    if operations.less(*pair, node.or_equal) is wanted:
                        self._set(value, each)
                        break
            return
        for value, other, is_left in ((node.left, right, True), (node.right, left, False)):
            upwards = is_left is not wanted
            bound: Any = other
            if type(other) is Sentinel:
                continue
            if node.or_equal is wanted:
                self._set(
                    value,
                    bound,
                    f"to at {'least' if upwards else 'most'} {self._shown(other, value.type)}",
                )
            else:
                beyond = bound + 1 if upwards else bound - 1
                says = f"to {'more' if upwards else 'less'} than {self._shown(other, value.type)}"
                self._set(value, beyond, says)

    def _member(self, collection: Value, item: Value, *, wanted: bool) -> None:
        element, what = item.type, self.values.value(item)
        elements = self.values.elements(collection)
        if elements is None or any(type(each) is Sentinel for each in (what, *elements)):
            return
        place = place_of(collection, self.values)
        if place is not None and place.root is not Root.TOKEN:
            named = self._shown(what, element)
            kept = [*elements, what] if wanted else [each for each in elements if each != what]
            self._collect(place, kept, element, f"add {named} to" if wanted else f"take {named} out of")
        if not wanted:
            self._set_other(item, what)
        for each in sorted(elements, key=repr)[:_MANY] if wanted else ():
            self._set(item, each)

    def _collect(self, place: Place, elements: list[object], element: Type, says: str) -> None:
        raw = [self.values.of_service(each, element) for each in elements]
        by = Maker.RESOURCE if place.root is Root.RESOURCE else Maker.REQUEST
        change = Change(by, "value", f"{says} `{place}`", (str(place.root), *place.path), tuple(raw))
        apply = partial(changes.with_value, place, raw)
        self.found.append(Candidate(change, (place.root, *place.path), apply))

    def _without_elements(self, node: Quantified) -> None:
        """Take out the elements that speak against it."""
        elements, type_ = self.values.elements(node.collection), node.collection.type
        place = place_of(node.collection, self.values)
        if elements is None or place is None or place.root is Root.TOKEN:
            return
        if not isinstance(type_, SetOf | ListOf):
            return
        around, kept = self.values.bound, list[object]()
        for each in elements:
            self.values.bound = {**around, node.depth: each}
            if self._truth(node.condition) is node.every:
                kept.append(each)
        self.values.bound = around
        gone = len(elements) - len(kept)
        which = "the element that does" if gone == 1 else f"the {gone} elements that do"
        self._collect(place, kept, type_.element, f"take {which} not do out of")

    def _remove(self, value: Value, key: Value | None = None) -> None:
        place = place_of(value, self.values)
        if place is not None and key is not None:
            place = place.at(self.values.value(key))
        if place is None or place.root is Root.TOKEN:
            return
        by = Maker.RESOURCE if place.root is Root.RESOURCE else Maker.REQUEST
        change = Change(by, "removal", f"remove `{place}`", (str(place.root), *place.path))
        apply = partial(changes.without_value, place)
        self.found.append(Candidate(change, (place.root, *place.path), apply))

    def _address(self, networks: Value, address: Value, *, wanted: bool) -> None:
        several = isinstance(networks.type, SetOf)
        known = self.values.elements(networks) if several else [self.values.value(networks)]
        if known is None or any(type(each) is Sentinel for each in known):
            return
        for network in sorted(known, key=str)[:_MANY]:
            within: Any = network
            try:
                host = within.network_address if wanted else within.broadcast_address + 1
            except ValueError:  # there is no address beyond this network
                continue
            self._set(address, host, f"to an address {'in' if wanted else 'outside of'} {network}")

    # -- time

    def _later(self, node: Condition, *, wanted: bool) -> None:
        """The next instant at which a test comes out as it should, by the passing of time alone."""
        if not any(isinstance(value, Now) for value in read_by(node)):
            return
        at, case = self.case.now, self.case
        for _ in range(_INSTANTS):
            horizon = Horizon(replace(case, now=at).values())
            horizon.note(node)
            at = horizon.until
            if at == math.inf:
                return
            later = replace(case, now=at)
            if Tracer(case.head, later.values()).step(node).truth is wanted:
                self._wait(at)
                return

    def _wait(self, until: float) -> None:
        try:
            said = datetime.fromtimestamp(math.ceil(until), UTC).isoformat().replace("+00:00", "Z")
        except (OverflowError, ValueError):
            return  # later than any calendar goes
        renewed = until >= self.case.binding.expires
        text = f"wait until {said}{', and get a new token then' if renewed else ''}"
        change = Change(Maker.TIME, "time", text, value=until)
        self.found.append(Candidate(change, ("time",), partial(changes.later, until)))


def _listed(kind: str, names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    if len(quoted) == 1:
        return f"{kind} {quoted[0]}"
    return f"{kind}s {', '.join(quoted[:-1])} and {quoted[-1]}"


def _another(old: object, type_: Type) -> object | None:
    """A value of the type that is not this one; None where none is known."""
    number: Any = old
    if type(old) is str and type_ in (STRING, USER):
        return f"{old}'"
    return number + 1 if type_ in _NUMBERS and type(old) is not Sentinel else None


def _nearest(type_: Enumeration, *, value: object) -> Iterable[str]:
    """The values of an ordered enum, those first that stand nearest to one of them."""
    rank: Any = operations.ranks(type_)
    here = rank(value)
    if type(here) is not int:
        return type_.values
    return sorted(type_.values, key=lambda each: abs(rank(each) - here))
