"""A fix -> the request with it, built from the claims, the resource and the context themselves.

Whether the fix is one is then for the interpreter to say, which shares nothing with the search for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from remit import Engine, Principal
from remit.decider.fixes import Change, Maker
from remit.syntax.render import render
from tests.agreement import interpreted, meaning, principal, read, resource
from tests.choices import Seeded
from tests.generate import draw
from tests.generate_requests import Question, question, subjects_of
from tests.generate_tokens import Trusted
from tests.meaning_policy import Policy

Step = tuple[str, ...]


class Untranslatable(Exception):
    """A change to something that a generated token does not simply hold."""


@dataclass
class Count:
    """What was seen; `wrong` has the fixes that are none, or not smallest."""

    denied: int = 0
    fixed: int = 0
    fixes: int = 0
    by: dict[str, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    skipped: int = 0
    wrong: list[str] = field(default_factory=list)


def put(holder: dict[str, Any], path: Sequence[str], value: object) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {**holder, first: value}
    inside = holder.get(first)
    if inside is not None and not isinstance(inside, dict):
        raise Untranslatable
    return {**holder, first: put(inside or {}, rest, value)}


def taken(holder: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {name: value for name, value in holder.items() if name != first}
    return {**holder, first: taken(holder[first], rest)}


def found(holder: Any, path: Sequence[str]) -> Any:  # noqa: ANN401  (whatever a token holds)
    for step in path:
        if not isinstance(holder, dict):
            return None
        holder = holder.get(step)
    return holder


def named(claims: dict[str, Any], path: Step, names: Sequence[str], *, as_list: bool) -> dict[str, Any]:
    """The claims with more names where such names stand."""
    there = found(claims, path)
    if there is None:
        return put(claims, path, list(names) if as_list else " ".join(names))
    if isinstance(there, str):
        return put(claims, path, " ".join((there, *names)))
    if isinstance(there, list):
        return put(claims, path, [*there, *names])
    raise Untranslatable


def with_change(asked: Question, change: Change, engine: Engine, issuer: Trusted) -> Question:
    """The request with one change."""
    claims: dict[str, Any] = dict(asked.claims or {})
    match change.what:
        case "scope":
            claims = named(
                claims, issuer.places["scope"], change.names, as_list=issuer.profile == "okta"
            )
        case "role" if change.text.startswith("give"):
            claims = named(claims, issuer.places["roles"], change.names, as_list=True)
            if isinstance(found(claims, issuer.places["permissions"]), list):
                # Who assigns a role gives its permissions as well, where the token lists them.
                bits = engine._epoch.program.bits  # noqa: SLF001  (what a role grants)
                granted = bits.role_grants[change.names[0]]
                scopes = [scope for scope, bit in bits.scope.items() if bit & granted]
                claims = named(claims, issuer.places["permissions"], scopes, as_list=True)
        case "login":
            claims |= {"auth_time": asked.now}
            claims |= {"acr": change.names[0]} if change.names else {}
        case "claim":
            source = engine.rules().claims[change.names[0]].source
            claims = put(claims, source, change.value)
        case "value" | "removal":
            return _elsewhere(asked, change)
        case "time":
            assert isinstance(change.value, float)
            if change.text.endswith("then"):
                claims["exp"] = change.value + 60
            return replace(asked, claims=claims, now=change.value)
        case _:
            raise Untranslatable
    return replace(asked, claims=claims)


def _elsewhere(asked: Question, change: Change) -> Question:
    root, *path = change.names
    place = {"resource": "resource", "context": "context", "action": "parameters"}[root]
    holder: dict[str, Any] = dict(getattr(asked, place) or {})
    value = list(change.value) if isinstance(change.value, tuple) else change.value
    made = put(holder, path, value) if change.what == "value" else taken(holder, path)
    changes: dict[str, Any] = {place: made}
    return replace(asked, **changes)


def allowed(
    policy: Policy, asked: Question, changes: Sequence[Change], engine: Engine, issuer: Trusted
) -> bool:
    # What waits for a time comes last: a login happens now, and is not newer for it.
    for change in sorted(changes, key=lambda each: each.by is Maker.TIME):
        asked = with_change(asked, change, engine, issuer)
    return interpreted(policy, asked).allowed


def in_vain(
    policy: Policy, engine: Engine, asked: Question, who: Principal, issuer: Trusted
) -> Iterator[str]:
    """Challenges that a client could answer without being let through."""
    given: dict[str, Any] = {"context": asked.context, "parameters": asked.parameters, "now": asked.now}
    challenge = engine.challenge(who, asked.action, resource(asked), **given)
    if challenge is None:
        yield "a denial without an answer"
        return
    if challenge.error == "invalid_token":
        return  # how the next token would be cannot be known
    claims: dict[str, Any] = dict(asked.claims or {})
    if challenge.scopes:
        as_list = issuer.profile == "okta"
        try:
            claims = named(claims, issuer.places["scope"], challenge.scopes, as_list=as_list)
        except Untranslatable:
            return
    if challenge.max_age is not None:
        claims["auth_time"] = asked.now - challenge.max_age
    for acr in (challenge.acr_values or (None,)) if challenge.error else ():
        known = claims if acr is None else claims | {"acr": acr}
        if not interpreted(policy, replace(asked, claims=known)).allowed:
            yield f"{challenge} with {acr} is in vain"


def attack(seed: str, questions: int, count: Count) -> None:
    """Draw a policy and requests, and try every fix of those that are denied."""
    choices = Seeded(seed)
    drawn = draw(choices)
    text = render(drawn.document)
    engine = Engine.from_text({"policy.remit": text, **drawn.files})
    policy = meaning(read({"policy.remit": text}), drawn.files)
    subjects = subjects_of(read({"policy.remit": text}), seed)
    issuers = {issuer.value: issuer for issuer in subjects.callers.issuers}
    for number in range(questions):
        asked = question(choices, subjects)
        who = principal(engine, asked)
        if who is None or who.problem is not None:
            continue
        given: dict[str, Any] = {
            "context": asked.context,
            "parameters": asked.parameters,
            "now": asked.now,
        }
        if engine.allows(who, asked.action, resource(asked), **given):
            assert not engine.fix(who, asked.action, resource(asked), **given).fixes
            continue
        count.denied += 1
        assert asked.claims is not None
        issuer = issuers[str(asked.claims["iss"])]
        count.wrong += [
            f"{seed}.{number}: {said}" for said in in_vain(policy, engine, asked, who, issuer)
        ]
        fixes = engine.fix(who, asked.action, resource(asked), **given).fixes
        count.fixed += bool(fixes)
        for fix in fixes[:8]:
            try:
                flips = allowed(policy, asked, fix.changes, engine, issuer)
                parts = [
                    part
                    for size in range(len(fix.changes))
                    for part in combinations(fix.changes, size)
                    if allowed(policy, asked, part, engine, issuer)
                ]
            except Untranslatable:
                count.skipped += 1
                continue
            count.fixes += 1
            count.sizes[len(fix.changes)] = count.sizes.get(len(fix.changes), 0) + 1
            for change in fix.changes:
                count.by[change.what] = count.by.get(change.what, 0) + 1
            if not flips or parts:
                count.wrong.append(f"{seed}.{number}: {fix} ({flips=}, {parts=})")
