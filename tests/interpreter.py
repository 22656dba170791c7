"""Document and a request -> Verdict: what the language means, written down as plainly as it goes.

This is the second implementation. It walks the tree as it was parsed, looks each name up where it
stands, computes everything and optimises nothing; of remit it knows the tree alone. Where it and
the engine differ, one of them is wrong, and this one is short enough to be argued about by line.

Here is how a request is judged. `meaning_policy` finds what is declared; `meaning_types`,
`meaning_values` and `meaning_admission` say what a value is, `meaning_operators` what is done with
values, `meaning_scene`, `meaning_conditions` and `meaning_obligations` what the words of a rule come
to, `bearer` and `meaning_profiles` what a token says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from remit.syntax.tree import (
    Action,
    AllSubjects,
    Anyone,
    Challenge,
    ClientSubject,
    Document,
    Entitled,
    NamedSubject,
    Need,
    NeedAcr,
    NeedAll,
    NeedAny,
    NeedMaxAge,
    NeedNothing,
    NeedScope,
    RoleSubject,
    Rule,
    Subject,
)
from tests.bearer import ANONYMOUS, Bearer, read_token
from tests.meaning_admission import span_of_time
from tests.meaning_conditions import met, truth_of
from tests.meaning_obligations import Obliged, is_known, obliged, united
from tests.meaning_operators import compare, conjunction, disjunction, is_among, negation
from tests.meaning_policy import (
    AnyScope,
    Clause,
    Policy,
    clauses_of,
    field_named,
    relation_named,
    texts_of,
)
from tests.meaning_scene import Scene, client_of, instant_of, known, user_of
from tests.meaning_types import CLIENT, Many
from tests.meaning_values import Duration, Instant, Lack, Members, Truth, Value, from_seconds


@dataclass(frozen=True)
class Verdict:
    """What came out, layer by layer, and what each rule about the action came to."""

    allowed: bool
    token: str = "not asked"
    scope: str = "not asked"
    permission: str = "not asked"
    rules: str = "not asked"
    outcomes: tuple[tuple[Rule, Truth], ...] = ()
    declared: bool = True
    obligations: tuple[Obliged, ...] = ()

    def of(self, effect: str) -> list[tuple[Rule, Truth]]:
        return [(rule, truth) for rule, truth in self.outcomes if rule.effect == effect]


def interpret(
    document: Document,
    claims: Mapping[str, object] | None,
    action: str,
    resource_type: str | None,
    resource: Mapping[str, object] | None,
    *,
    context: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    files: Mapping[str, object] | None = None,
    now: float,
    header: Mapping[str, object] | None = None,
) -> Verdict:
    """Decide one request; `claims` is None for anonymous, `resource_type` for the API itself.

    `files` are the contents of the JSON files that the document names.
    """
    return judged(
        Policy(document, files or {}),
        claims,
        action,
        resource_type,
        resource,
        context=context,
        parameters=parameters,
        now=now,
        header=header,
    )


def judged(
    policy: Policy,
    claims: Mapping[str, object] | None,
    action: str,
    resource_type: str | None,
    resource: Mapping[str, object] | None,
    *,
    context: Mapping[str, object] | None,
    parameters: Mapping[str, object] | None,
    now: float,
    header: Mapping[str, object] | None,
) -> Verdict:
    """`interpret`, for who has many requests of one policy."""
    bearer = ANONYMOUS if claims is None else read_token(policy, claims, header, now)
    if bearer is None:
        return Verdict(allowed=False, token="failed")
    block = policy.block(resource_type)
    asked = None if block is None else policy.action(block, action)
    if block is None or asked is None:
        return Verdict(allowed=False, declared=False)
    scene = Scene(
        policy, block, bearer, asked, resource or {}, context or {}, parameters or {}, now, bound={}
    )
    return judge(scene, policy.rules(resource_type, action))


# ---- the four layers


def judge(scene: Scene, rules: list[Rule]) -> Verdict:
    bearer = scene.bearer
    clauses = [(clause, clause_applies(clause, scene)) for clause in clauses_of(scene.action)]
    free = any(applies is True for clause, applies in clauses if isinstance(clause.need, NeedNothing))
    token = "failed" if bearer.kind == "anonymous" else "passed"
    if free:
        token = "not needed" if bearer.kind == "anonymous" else "passed"
        scope = permission = "not needed"
    else:
        granted = disjunction(
            [conjunction([applies, met(clause.need, bearer.granted)]) for clause, applies in clauses]
        )
        held = disjunction(
            [conjunction([applies, met(clause.need, bearer.held)]) for clause, applies in clauses]
        )
        scope = "passed" if granted is True else "failed"
        permission = {True: "passed", False: "failed", None: "error"}[held]
    outcomes = tuple((rule, rule_truth(rule, scene)) for rule in rules)
    some_permit = any(truth is True for rule, truth in outcomes if rule.effect == "permit")
    no_objection = all(truth is False for rule, truth in outcomes if rule.effect != "permit")
    allowed = token != "failed" and scope != "failed" and some_permit and no_objection
    speaking = "permit" if allowed else "forbid"
    return Verdict(
        allowed=allowed,
        token=token,
        scope=scope,
        permission=permission,
        rules="passed" if some_permit and no_objection else "failed",
        outcomes=outcomes,
        obligations=united(
            obliged(obligation, scene)
            for rule, truth in outcomes
            if rule.effect == speaking and truth is True
            for obligation in rule.obligations
        ),
    )


def clause_applies(clause: Clause, scene: Scene) -> Truth:
    when = None if clause.written is None else clause.written.when
    return True if when is None else truth_of(when, scene)


# ---- rules


def rule_truth(rule: Rule, scene: Scene) -> Truth:
    parts: list[Truth] = []
    if rule.subjects is not None:
        parts.append(disjunction([subject_truth(subject, rule, scene) for subject in rule.subjects]))
    if rule.when is not None:
        parts.append(truth_of(rule.when, scene))
    if rule.unless is not None:
        parts.append(negation(truth_of(rule.unless, scene)))
    if rule.effect == "require":
        parts.append(not all(challenge_met(challenge, scene) for challenge in rule.challenges))
    if rule.effect == "permit":
        parts += [None for one in rule.obligations if not is_known(one, scene)]
    return conjunction(parts)


def subject_truth(subject: Subject, rule: Rule, scene: Scene) -> Truth:
    match subject:
        case Anyone():
            return True
        case Entitled():
            return disjunction(
                [
                    conjunction([clause_applies(clause, scene), entitlement(clause.need, scene.bearer)])
                    for clause in clauses_of(scene.action)
                ]
            )
        case RoleSubject(role=role):
            return None if scene.bearer.roles is None else role.text in scene.bearer.roles
        case ClientSubject(client=client):
            return client_truth(client.text, scene)
        case NamedSubject(name=name):
            if rule.effect == "permit" and isinstance(scene.action, Action) and scene.action.new:
                return False
            is_somebody = scene.bearer.kind != "anonymous"
            return conjunction([is_somebody, named_subject_truth(name.text, scene)])
        case AllSubjects(subjects=subjects):
            return conjunction([subject_truth(part, rule, scene) for part in subjects])
        case _:
            assert_never(subject)


def entitlement(need: Need | AnyScope, bearer: Bearer) -> Truth:
    """Was it granted to the application, and does the user hold it, need by need?"""
    match need:
        case NeedNothing():
            return False
        case NeedScope():
            return conjunction([met(need, bearer.granted), met(need, bearer.held)])
        case AnyScope(scopes=scopes):
            ones = [AnyScope((scope,)) for scope in scopes]
            return disjunction(
                [conjunction([met(one, bearer.granted), met(one, bearer.held)]) for one in ones]
            )
        case NeedAll(needs=needs):
            return conjunction([entitlement(part, bearer) for part in needs])
        case NeedAny(needs=needs):
            return disjunction([entitlement(part, bearer) for part in needs])
        case _:
            assert_never(need)


def client_truth(name: str, scene: Scene) -> Truth:
    """Is the caller a client, the one of this name or one of this class?"""
    match client_caller(scene.bearer):
        case Lack.NOBODY:
            return False
        case Lack.ERROR:
            return None
        case _:
            return any(
                scene.bearer.client in texts_of(item.names)
                and name in (scene.bearer.client, None if item.group is None else item.group.text)
                for item in scene.policy.clients
            )


def client_caller(bearer: Bearer) -> Value:
    """The client who calls on its own account; nobody for users."""
    match bearer.kind:
        case "client":
            return client_of(bearer)
        case "user" | "anonymous":
            return Lack.NOBODY
        case _:
            return Lack.ERROR


def named_subject_truth(name: str, scene: Scene) -> Truth:
    relation = relation_named(name, scene.block)
    if relation is not None:
        return truth_of(relation.condition, scene)
    attribute = known(name, scene)
    if attribute is None or field_named(name, scene.block.fields) is None:
        raise LookupError(name)
    type_, value = attribute
    of_clients = CLIENT in (type_, type_.element if isinstance(type_, Many) else None)
    caller = client_caller(scene.bearer) if of_clients else user_of(scene.bearer)
    return is_among(caller, value) if isinstance(value, Members) else compare("==", value, caller)


# ---- require


def challenge_met(challenge: Challenge, scene: Scene) -> bool:
    """Is it met for sure? What is missing or of another type does not meet it."""
    claims = scene.bearer.claims
    match challenge:
        case NeedAcr(values=values):
            acr = claims.get("acr")
            return type(acr) is str and any(acr == value.value for value in values)
        case NeedMaxAge(age=age):
            login, end = claims.get("auth_time"), claims.get("exp")
            if not isinstance(login, int | float) or type(login) not in (int, float):
                return False
            if not isinstance(end, int | float) or login > end:  # nobody logs in after the token's end
                return False
            at, now, limit = from_seconds(login), instant_of(scene.now), span_of_time(age.value)
            return (
                isinstance(at, Instant)
                and isinstance(now, Instant)
                and isinstance(limit, Duration)
                and now.microseconds - at.microseconds <= limit.microseconds
            )
        case _:
            assert_never(challenge)
