"""A question and its answer -> a test that expects this answer, to paste into a policy.

Of a token that was pasted only what the policy reads is written, and the instant only where the answer
depends on it: of those that say the same the shortest is taken.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from remit.checker.checked import CheckedTest
from remit.checker.fixtures import ANONYMOUS, SPOKEN_CLAIMS
from remit.checker.issuers import PROFILE_CLAIMS
from remit.checker.members import OWN_CLAIMS
from remit.decider.decision import Decision, Denial
from remit.spans import Source
from remit.syntax import tree
from remit.syntax.format import formatted
from remit.syntax.render import render
from remit.tools.inputs import BadInput
from remit.tools.repl.question import Policy, Question
from remit.tools.repl.spelling import NOWHERE, record_node
from remit.tools.testing.running import asked, problem_of

WHAT = "it"
"""What the resource is called in the test."""

_Claims = Mapping[str, Any] | None
_OF_ISSUING = frozenset(("iss", "aud", "iat", "exp", "nbf", "jti", "cnf"))


def saved(policy: Policy, question: Question, decision: Decision, name: str) -> str:
    """The test, laid out. Raises BadInput where no test can say it."""
    for claims, at in _ways(policy, question):
        fixtures, expected = _test(policy, question, decision, (claims, at))
        [request] = asked(policy.checked, CheckedTest(name, fixtures, (expected,)))
        if problem_of(request.expectation, request.decided_by(policy.engine)) is None:
            items = (*fixtures, expected)
            test = tree.PolicyTest(tree.Literal(name, NOWHERE), (), items, NOWHERE)
            return formatted(Source("", render(tree.Document((test,)))))[0]
    raise BadInput("a test cannot say that: its token is not one that the policy's tests can have")


def _ways(policy: Policy, question: Question) -> Iterator[tuple[_Claims, tree.Literal | None]]:
    """What a test may say of the token and the instant, the shortest first."""
    moment = datetime.fromtimestamp(question.now(), UTC).isoformat().replace("+00:00", "Z")
    at = tree.Literal(moment, NOWHERE)
    claims: tuple[_Claims, ...] = (None,)
    if question.token is not None:
        known = {*policy.checked.claims, *_places(policy), *OWN_CLAIMS, *SPOKEN_CLAIMS, *PROFILE_CLAIMS}
        said = {name: value for name, value in question.token.claims.items() if name in known}
        claims = ({name: value for name, value in said.items() if name not in _OF_ISSUING}, said)
    for each in claims:
        yield from ((each, None), (each, at))


def _places(policy: Policy) -> Iterator[str]:
    """The claims in which something stands that the policy reads."""
    for member in policy.checked.claims.values():
        yield member.source[0]
    for issuer in policy.checked.api.issuers.values():
        yield from (path[0] for path in issuer.sources.values())


def _test(
    policy: Policy,
    question: Question,
    decision: Decision,
    said: tuple[_Claims, tree.Literal | None],
) -> tuple[tuple[tree.Fixture, ...], tree.Expectation]:
    """The fixtures, and what is expected of them."""
    claims, at = said
    items: list[tree.Fixture] = []
    who = tree.Name(ANONYMOUS if question.token is None else question.token.name, NOWHERE)
    if claims is not None:
        items.append(tree.TokenFixture(who, _record(claims), NOWHERE))
    what = None
    if question.resource is not None:
        kind, attributes = question.resource
        what = tree.Name(WHAT, NOWHERE)
        declared = _known(attributes, policy.blocks[kind].members)
        items.append(tree.ResourceFixture(what, tree.Name(kind, NOWHERE), declared, NOWHERE))
    if question.context:
        items.append(tree.ContextFixture(_known(question.context, policy.checked.context), NOWHERE))
    missing, because = _reason(policy, decision)
    expected = tree.Expectation(
        who,
        decision.allowed,
        (tree.Name(str(question.action), NOWHERE),),
        what,
        _record(question.parameters) if question.parameters else None,
        (),
        at,
        missing,
        because,
        tuple(
            tree.Obligation(tree.Name(each.name, NOWHERE), None, NOWHERE)
            for each in decision.obligations
        ),
        NOWHERE,
    )
    return tuple(items), expected


def _record(values: Mapping[str, Any]) -> tree.RecordOf:
    """Members as a test says them, which has nothing for null: what is null is left out."""
    return record_node(_said(values))


def _said(value: Any) -> Any:  # noqa: ANN401  (a value of any type)
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_said(each) for each in value]
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise BadInput("a test cannot say that: it has nothing for null in a list, nor for infinity")
    return value


def _known(values: Mapping[str, Any], known: Collection[str]) -> tree.RecordOf:
    """Those members that the policy declares: a test may say no others."""
    return _record({name: value for name, value in values.items() if name in known})


def _reason(
    policy: Policy, decision: Decision
) -> tuple[tree.MissingScope | tree.MissingRole | tree.MissingAcr | None, tree.Literal | None]:
    """What a denial is for want of; where that is nothing, or a rule says so, its reason."""
    if decision.allowed:
        return None, None
    first = decision.denials[0]
    words = _words(first)
    because = None if words is None else tree.Literal(words, NOWHERE)
    kinds = next((denial.login.acr_values for denial in decision.denials if denial.login), ())
    if decision.missing_scopes:
        return tree.MissingScope(tree.Name(decision.missing_scopes[0], NOWHERE), NOWHERE), None
    if decision.missing_roles and first.rule is None:
        least = min(decision.missing_roles, key=lambda role: (len(policy.checked.api.roles[role]), role))
        return tree.MissingRole(tree.Name(least, NOWHERE), NOWHERE), None
    if kinds and first.login is not None:
        return tree.MissingAcr(tree.Literal(kinds[0], NOWHERE), NOWHERE), because
    return None, because


def _words(denial: Denial) -> str | None:
    """A rule's reason as it stands; of a denial that is no rule's doing, what it says first."""
    return denial.rule.because if denial.rule else denial.message.partition(", ")[0]
