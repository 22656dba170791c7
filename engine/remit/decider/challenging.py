"""A denied request -> the challenge whose answer would be allowed.

Whatever a client is asked for was tried: the request is decided again as it would be with those scopes,
with that login, and nothing is asked for that would not change the answer. Only the token of a request
that carries none, or an invalid one, cannot be foreseen: RFC 6750, section 3.1, asks for a valid one.
"""

from typing import NamedTuple

from remit.checker.scalars import microseconds
from remit.decider.supposing import Case, alternatives
from remit.tokens import findings
from remit.tokens.binding import Binding
from remit.tokens.challenge import Challenge

NOT_ANSWERABLE = Challenge(403)
"""No token would change the answer."""


class Asked(NamedTuple):
    """What a login must be: one of these `acr_values`, if any, at most `max_age` microseconds ago."""

    acr_values: tuple[str, ...]
    max_age: int | None


def of_token(binding: Binding, now: float) -> Challenge | None:
    """How to answer a token that is not valid at that instant; None for a valid one, and for none."""
    if binding.problem is not None:
        return _invalid(binding.problem)
    if now < binding.not_before:
        return _invalid(findings.NOT_YET)
    if not now < binding.expires:
        return NOT_ANSWERABLE if binding.lapse == findings.STALE else _invalid(binding.lapse)
    return None


def challenge(case: Case) -> Challenge:
    """How to answer a case of a valid token, or of none, that is not allowed."""
    if not case.binding.entitlement.authenticated:
        return Challenge(401)
    wanted = scopes_wanted(case)
    for scopes, supposed in wanted:
        if supposed.is_allowed():
            return Challenge(403, "insufficient_scope", scopes=scopes)
    for scopes, supposed in [((), case), *wanted]:
        login = login_wanted(supposed)
        if login is not None:
            age = None if login.max_age is None else login.max_age // 1_000_000
            error = "insufficient_user_authentication"
            return Challenge(401, error, scopes=scopes, acr_values=login.acr_values, max_age=age)
    return NOT_ANSWERABLE


def scopes_wanted(case: Case) -> list[tuple[tuple[str, ...], Case]]:
    """The sets of scopes, each enough for the action, that the token has not, and the case with them.

    The set first of which the token lacks the fewest.
    """
    bits, held = case.program.bits, case.binding.entitlement.scopes
    sets = {each for need in case.head.needs for each in alternatives(need.need)}
    lacking = {each: sum(not held & bits.scope[scope] for scope in each) for each in sets}
    nearest = sorted((each for each in sets if lacking[each]), key=lambda each: (lacking[each], each))
    supposed = ((each, case.with_scopes(each)) for each in nearest)
    return [(each, made) for each, made in supposed if made is not None]


def login_wanted(case: Case) -> Asked | None:
    """The login with which the case would be allowed; None where there is none, or no user to log in."""
    asked = [gate.challenge for gate in case.head.gates if gate.challenge is not None]
    now = microseconds(case.now)
    if not asked or case.binding.entitlement.kind == "client" or type(now) is not int:
        return None
    acr_values = tuple(dict.fromkeys(acr for each in asked for acr in each.acr))
    ages = sorted({each.max_age for each in asked if each.max_age is not None}, reverse=True)
    for age in (None, *ages):
        since = None if age is None else now - age
        if age is not None and case.with_login(None, since).is_allowed():
            return Asked((), age)
        accepted = tuple(acr for acr in acr_values if case.with_login(acr, since).is_allowed())
        if accepted:
            return Asked(accepted, age)
    return None


def _invalid(problem: str) -> Challenge:
    return Challenge(401, "invalid_token", problem)
