"""A place of a question, and a value -> the question with that value there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.tools.inputs import BadInput
from remit.tools.repl.presenting import Presented
from remit.tools.repl.question import Policy, Question
from remit.tools.terminal import near

ROOTS = ("token", "resource", "context", "action")
"""What values stand in; `action` has the parameters."""

_STEP = re.compile(r'(?:"([^"]*)"|([^."]+))(?:\.|$)')


def parts(text: str) -> tuple[str, ...]:
    """The steps of a place, as `token.realm_access."my-api".roles`. Raises BadInput."""
    steps = [quoted or bare for quoted, bare in _STEP.findall(text)]
    if "".join(match.group() for match in _STEP.finditer(text)) != text or len(steps) < 2:  # noqa: PLR2004
        raise BadInput(f"`{text}` is no place of a value: write one as resource.owner")
    if steps[0] not in ROOTS:
        raise BadInput(f"`{steps[0]}` holds no values{near(steps[0], ROOTS)}; {', '.join(ROOTS)} do")
    return tuple(steps)


def changed(
    policy: Policy,
    question: Question,
    place: Sequence[str],
    value: object,
    *,
    remove: bool = False,
) -> Question:
    """The question with a value there, or, where it is to be removed, without. Raises BadInput."""
    root, *steps = place
    match root:
        case "token":
            token = question.token or Presented({})
            path = _in_token(policy, token, steps)
            return replace(
                question, token=replace(token, claims=_put(token.claims, path, value, remove))
            )
        case "resource":
            if question.resource is None:
                raise BadInput(
                    f"there is no resource yet: `resource {(policy.types or ['TYPE'])[0]} {{ ... }}`"
                )
            kind, attributes = question.resource
            _check(kind, steps[0], policy.blocks[kind].members)
            return replace(question, resource=(kind, _put(attributes, steps, value, remove)))
        case "context":
            _check("context", steps[0], policy.checked.context)
            return replace(question, context=_put(question.context, steps, value, remove))
        case _:
            known = [
                name for each in policy.block(question).actions.values() for name in each.parameters
            ]
            _check("an action", steps[0], known)
            return replace(question, parameters=_put(question.parameters, steps, value, remove))


def _in_token(policy: Policy, token: Presented, steps: Sequence[str]) -> Sequence[str]:
    """Where a token has a claim: a declared one goes by its name."""
    member = policy.checked.claims.get(steps[0])
    if member is None or not token.whole:
        return steps
    return (*member.source, *steps[1:])


def _check(owner: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise BadInput(f"{owner} has no `{name}`{near(name, known)}")


def _put(values: Mapping[str, Any], path: Sequence[str], value: object, remove: bool) -> dict[str, Any]:
    """The values with another at a path, or with none there."""
    first, *more = path
    made = dict(values)
    if not more:
        made.pop(first, None)
        return made if remove else {**made, first: value}
    inner = made.get(first)
    if not isinstance(inner, dict) and remove:
        return made
    return {**made, first: _put(inner if isinstance(inner, dict) else {}, more, value, remove)}
