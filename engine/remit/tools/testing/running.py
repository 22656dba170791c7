"""Test blocks of a policy -> results.

What a test's token leaves unsaid is what a valid token of a user would say: the policy's issuer and
audience, an hour to live, the mark by which the profile tells users. The clock stands still.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from remit.checker.checked import Checked, CheckedIssuer, CheckedTest
from remit.checker.fixtures import ANONYMOUS, instant
from remit.decider.decision import Decision, Denial, plain
from remit.decider.engine import Engine
from remit.decider.explain import Explanation
from remit.spans import Span
from remit.syntax import tree
from remit.tokens.claims import MISSING, at
from remit.tokens.principal import VerifiedClaims
from remit.tokens.profiles import PROFILES

NOW = 1_767_225_600.0
"""2026-01-01T00:00Z, when every expectation without `at` is decided."""

HEADER = {"typ": "at+jwt"}
"""The JOSE header of every token in a test."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that an expectation puts; `claims` are None for one without a token."""

    test: str
    expectation: tree.Expectation
    claims: VerifiedClaims | None
    action: str
    resource: tuple[str, dict[str, object]] | None
    context: dict[str, object]
    parameters: dict[str, object] | None
    now: float

    @property
    def text(self) -> str:
        """The request and its answer, as the expectation writes them."""
        item = self.expectation
        target = f" {item.resource.text}" if item.resource else ""
        return f"{item.who.text} {'may' if item.allowed else 'may not'} {self.action}{target}"

    def decided_by(self, engine: Engine) -> Decision:
        """What an engine decides of it."""
        who = None if self.claims is None else engine.principal(self.claims, header=HEADER)
        return engine.decide(
            who,
            self.action,
            self.resource,
            context=self.context,
            parameters=self.parameters,
            now=self.now,
        )

    def explained_by(self, engine: Engine) -> Explanation:
        """What an engine makes of it."""
        who = None if self.claims is None else engine.principal(self.claims, header=HEADER)
        return engine.explain(
            who,
            self.action,
            self.resource,
            context=self.context,
            parameters=self.parameters,
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One action of one expectation. `problem` is None where it came out as expected."""

    test: str
    text: str
    span: Span
    problem: str | None
    request: Asked
    explanation: Explanation


def asked(checked: Checked, test: CheckedTest) -> Iterator[Asked]:
    """Every request that a test puts, in the order they are written."""
    fixtures = _Fixtures(checked, test)
    for item in test.expectations:
        parameters = record(item.arguments) if item.arguments else None
        now = instant(str(item.at.value)) if item.at else None
        claims, resource, context = fixtures.question(item)
        for action in item.actions:
            yield Asked(
                test.name,
                item,
                claims,
                action.text,
                resource,
                context,
                parameters,
                NOW if now is None else now,
            )


def chosen(checked: Checked, wanted: str = "") -> list[Asked]:
    """The requests of all tests that have this text, in any case, in their test's name or their own."""
    each = (request for test in checked.tests for request in asked(checked, test))
    return [one for one in each if wanted.casefold() in f"{one.test}: {one.text}".casefold()]


def run(engine: Engine, checked: Checked) -> Iterator[Result]:
    """Every expectation of every test, in the order they are written."""
    return (result_of(engine, request) for request in chosen(checked))


def result_of(engine: Engine, request: Asked) -> Result:
    """What came of a request, against what was expected of it."""
    explanation = request.explained_by(engine)
    problem = problem_of(request.expectation, explanation.decision)
    span = request.expectation.span
    return Result(request.test, request.text, span, problem, request, explanation)


def value(node: tree.Expression) -> object:
    """The Python value that a fixture writes."""
    match node:
        case tree.Literal(value=constant):
            return constant
        case tree.ListOf(items=items):
            return [value(item) for item in items]
        case _:
            assert isinstance(node, tree.RecordOf), "the checker lets only constants stand in fixtures"
            return record(node)


def record(node: tree.RecordOf) -> dict[str, object]:
    """The dict that a fixture's record writes."""
    return {name.text: value(item) for name, item in node.pairs}


class _Fixtures:
    """The tokens, resources and the context of one test block."""

    def __init__(self, checked: Checked, test: CheckedTest) -> None:
        self._checked = checked
        self.tokens: dict[str, dict[str, object]] = {}
        self.resources: dict[str, tuple[str, dict[str, object]]] = {}
        self.context: dict[str, object] = {}
        for item in test.fixtures:
            match item:
                case tree.TokenFixture(name=name, claims=claims):
                    self.tokens[name.text] = {"sub": name.text, **record(claims)}
                case tree.ResourceFixture(name=name, type=type_, attributes=attributes):
                    self.resources[name.text] = (type_.text, record(attributes))
                case tree.ContextFixture(values=values):
                    self.context |= record(values)
                case _:
                    assert_never(item)

    def question(
        self, item: tree.Expectation
    ) -> tuple[VerifiedClaims | None, tuple[str, dict[str, object]] | None, dict[str, object]]:
        """The claims, the resource and the context of an expectation, its changes laid over them.

        No claims for `anonymous`.
        """
        claims = dict(self.tokens.get(item.who.text, {}))
        resource = self.resources[item.resource.text] if item.resource else None
        context = dict(self.context)
        for change in item.changes:
            values = record(change.changes)
            if change.name is None:
                context |= values
            elif change.name.text == item.who.text:
                claims |= values
            else:
                assert resource is not None, "the checker lets `with` change what is involved only"
                resource = (resource[0], resource[1] | values)
        if item.who.text == ANONYMOUS:
            return None, resource, context
        now = instant(str(item.at.value)) if item.at else None
        return valid_claims(self._checked, claims, NOW if now is None else now), resource, context


def valid_claims(checked: Checked, said: Mapping[str, object], now: float) -> VerifiedClaims:
    """What was said, over what a valid token of a user says."""
    api = checked.api
    name = said.get("iss", next(iter(api.issuers), None))
    issuer = api.issuers.get(str(name), CheckedIssuer("custom"))
    audience = next(iter(issuer.audiences or api.audiences), None)
    claims = {"iss": name, "aud": audience, "iat": now - 60, "exp": now + 3600}
    claims |= _unsaid(issuer, said, audience) | dict(said)
    for member in checked.claims.values():
        if member.name in claims and member.source != (member.name,):
            _put(claims, member.source, claims.pop(member.name))
    roles = issuer.sources.get("roles", PROFILES[issuer.profile].roles)
    if "permissions" not in claims and at(claims, roles) is MISSING:
        _put(claims, roles, [])
    return VerifiedClaims(claims)


def _put(claims: dict[str, object], path: Sequence[str], value: object) -> None:
    """Lay a value where a token has it, beside what is there already."""
    for step in path[:-1]:
        inner = claims.get(step)
        claims[step] = claims = dict(inner) if isinstance(inner, dict) else {}
    claims[path[-1]] = value


_CLIENT = "test-client"
_USER_MARKS = frozenset(("sub_profile", "uid", "scp", "oid", "preferred_username", "username"))


def _unsaid(
    issuer: CheckedIssuer, said: Mapping[str, object], audience: str | None
) -> dict[str, object]:
    """What this issuer's tokens say of users, without the marks where what was said marks a client."""
    subject = said.get("sub")
    application = _CLIENT if issuer.clients is None else min(issuer.clients)
    by_profile: dict[str, dict[str, object]] = {
        "auth0": {"sub_profile": "user"},
        "cognito": {"client_id": audience, "token_use": "access", "username": subject},
        "entra": {"azp": application, "scp": "", "oid": subject},
        "keycloak": {"azp": application, "preferred_username": subject},
        "okta": {"cid": application, "uid": subject},
        "rfc9068": {"client_id": application, "jti": "test"},
    }
    claims = by_profile.get(issuer.profile, {"client_id": application})
    itself = subject in [said.get(claim) for claim in ("client_id", "azp", "cid", "oid")]
    if itself or "gty" in said or "idtyp" in said or str(subject).endswith("@clients"):
        claims = {name: value for name, value in claims.items() if name not in _USER_MARKS}
    place = issuer.sources.get("subject")
    if place is not None:
        _put(claims, place, subject)
    return claims


def problem_of(item: tree.Expectation, decision: Decision) -> str | None:
    """What is other than expected; None for nothing."""
    if decision.allowed != item.allowed:
        return f"{'allowed' if decision.allowed else 'denied'}: {decision.reason}"
    return (
        _wrong_missing(item, decision)
        or _wrong_because(item, decision)
        or _by_accident(item, decision)
        or _wrong_obligations(item, decision)
    )


def _by_accident(item: tree.Expectation, decision: Decision) -> str | None:
    """A denial of which nothing is said, and for which only an error speaks."""
    if decision.allowed or item.missing or item.because:
        return None
    erred = all(denial.erred for denial in decision.denials)
    return f"denied, but only by an error: {decision.reason}" if erred else None


def _wrong_obligations(item: tree.Expectation, decision: Decision) -> str | None:
    for obligation in item.obligations:
        wanted = record(obligation.values) if obligation.values else {}
        given = [each for each in decision.obligations if each.name == obligation.name.text]
        if not any(_says(each.values, wanted) for each in given):
            told = [f"{each.name} {plain(each.values)}" for each in decision.obligations]
            return f"it does not oblige to that: {'; '.join(told) or 'it obliges to nothing'}"
    return None


def _says(given: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether an obligation says what is wanted of it, and perhaps more."""
    return all(name in given and plain(given[name]) == plain(each) for name, each in wanted.items())


def _wrong_missing(item: tree.Expectation, decision: Decision) -> str | None:
    match item.missing:
        case None:
            return None
        case tree.MissingScope(scope=scope):
            if decision.lacks(scope.text):
                return None
            return f"denied, but not for want of {scope.text}: {decision.reason}"
        case tree.MissingRole(role=role):
            if role.text in decision.missing_roles:
                return None
            return f"denied, but not for want of role {role.text}: {decision.reason}"
        case tree.MissingAcr(acr=acr):
            logins = [denial.login for denial in decision.denials if denial.login]
            if any(acr.value in login.acr_values for login in logins):
                return None
            return f"denied, but not for want of acr {acr.value}: {decision.reason}"
        case _:
            assert_never(item.missing)


def _wrong_because(item: tree.Expectation, decision: Decision) -> str | None:
    if item.because is None:
        return None
    wanted = item.because.value
    if decision.allowed:
        given = [decision.rule.because] if decision.rule else []
    else:
        given = [_words(denial) for denial in decision.denials]
    if wanted in given:
        return None
    return f"the reason is another: {decision.reason}"


def _words(denial: Denial) -> str | None:
    """A rule's reason as it stands; of a denial that is no rule's doing, what it says first."""
    return denial.rule.because if denial.rule else denial.message.partition(", ")[0]
