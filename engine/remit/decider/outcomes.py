"""A code of an emitted head -> Outcome: all that the code says."""

from collections.abc import Iterable
from typing import assert_never

from remit.checker.checked import TRUE, EachOf, NeedOfScopes, OneScope, SomeOf, StrongLogin
from remit.compiler import codes
from remit.compiler.codes import Layout
from remit.compiler.program import Head
from remit.compiler.ruletree import RuleReference
from remit.decider.decision import Denial, Layer, Layers, Login, Outcome, Verdict

_NOT_ASKED = Layers(Verdict.FAILED, Verdict.NOT_ASKED, Verdict.NOT_ASKED, Verdict.NOT_ASKED)
NO_TOKEN = "the request carries no token"  # noqa: S105  (what is said of it)
_NO_LAYERS = Layers(*[Verdict.NOT_ASKED] * 4)


def undecided(message: str) -> Outcome:
    """A request that could not be put to the rules."""
    return Outcome(False, None, _NO_LAYERS, (Denial(Layer.REQUEST, None, message, erred=True),))  # noqa: FBT003


def refused_token(message: str) -> Outcome:
    """The token is not valid."""
    return Outcome(False, None, _NOT_ASKED, (Denial(Layer.TOKEN, None, message),))  # noqa: FBT003


def outcome(head: Head, layout: Layout, code: int, *, anonymous: bool) -> Outcome:
    """What `code`, the answer of the head's emitted function, says."""
    needs = TRUE not in head.free and not code & codes.NOTHING_NEEDED
    need = _applicable(head, layout, code) if needs else None
    no_scope = bool(code & codes.NO_SCOPE)
    denials = [
        *(_no_token() if anonymous and needs else ()),
        *(_scope_denial(need) if no_scope else ()),
        *_closed_gates(head, layout, code),
    ]
    permits = [head.permits[place] for place in layout.matched(code)]
    rules_failed = not permits or any(denial.layer is Layer.RULES for denial in denials)
    if not permits:
        denials.append(_no_permit(head, layout, code))
    layers = Layers(
        (Verdict.FAILED if needs else Verdict.NOT_NEEDED) if anonymous else Verdict.PASSED,
        _verdict(needs, failed=no_scope),
        _permission(needs, code),
        Verdict.FAILED if rules_failed else Verdict.PASSED,
    )
    deciding = denials[0].rule if denials else permits[0].reference
    fired = [head.gates[place] for place, erred in layout.closed(code) if not erred]
    obliging = fired if denials else permits
    obliged = {obligation for rule in obliging for obligation in rule.obligations}
    return Outcome(
        not denials,
        deciding,
        layers,
        tuple(denials),
        tuple(_erring(head, layout, code)),
        need if no_scope else None,
        need if code & codes.NO_PERMISSION and head.asks_permission else None,
        tuple(sorted(obliged, key=repr)),
        frozenset() if permits else head.roles_asked,
    )


def _applicable(head: Head, layout: Layout, code: int) -> NeedOfScopes | None:
    """What of the alternatives counts for this request; None where none does."""
    pairs = zip(head.needs, layout.needs, strict=True)
    needs = tuple(each.need for each, bit in pairs if not bit or code & bit)
    return needs[0] if len(needs) == 1 else SomeOf(needs) if needs else None


def _no_token() -> Iterable[Denial]:
    yield Denial(Layer.TOKEN, None, NO_TOKEN)


def _scope_denial(lacking: NeedOfScopes | None) -> Iterable[Denial]:
    what = "what this needs" if lacking is None else needed(lacking)
    yield Denial(Layer.SCOPE, None, f"the token was not granted {what}")


def _closed_gates(head: Head, layout: Layout, code: int) -> Iterable[Denial]:
    for place, erred in layout.closed(code):
        rule = head.gates[place]
        says = "forbidden by" if rule.reference.effect == "forbid" else "not met:"
        because = rule.reference.because or f"{says} {rule.reference.id}"
        yield Denial(Layer.RULES, rule.reference, because, erred, _login(rule.challenge))


def _login(login: StrongLogin | None) -> Login | None:
    if login is None:
        return None
    return Login(login.acr, None if login.max_age is None else login.max_age / 1_000_000)


def _no_permit(head: Head, layout: Layout, code: int) -> Denial:
    if head.asks_permission and code & codes.NO_PERMISSION:
        message = "no permit applies, and the caller lacks the permission"
        return Denial(Layer.PERMISSION, None, message)
    if head.asks_permission and code & codes.PERMISSION_UNKNOWN:
        message = "no permit applies, and the caller's permissions are unknown"
        return Denial(Layer.PERMISSION, None, message, erred=True)
    if layout.erring(code):
        message = "a permit could not be worked out, and no other applies"
        return Denial(Layer.RULES, None, message, erred=True)
    return Denial(Layer.RULES, None, "no permit applies")


def _erring(head: Head, layout: Layout, code: int) -> Iterable[RuleReference]:
    yield from (head.gates[place].reference for place, erred in layout.closed(code) if erred)
    yield from (head.permits[place].reference for place in layout.erring(code))


def _verdict(needs: bool, *, failed: bool) -> Verdict:
    if not needs:
        return Verdict.NOT_NEEDED
    return Verdict.FAILED if failed else Verdict.PASSED


def _permission(needs: bool, code: int) -> Verdict:
    if needs and code & codes.PERMISSION_UNKNOWN:
        return Verdict.ERROR
    return _verdict(needs, failed=bool(code & codes.NO_PERMISSION))


def needed(need: NeedOfScopes) -> str:
    """What an action needs, as it would be written."""
    match need:
        case OneScope(scope=scope):
            return scope
        case EachOf(needs=needs):
            return " and ".join(_grouped(each) for each in needs)
        case SomeOf(needs=needs):
            return " or ".join(_grouped(each) for each in needs)
        case _:
            assert_never(need)


def _grouped(need: NeedOfScopes) -> str:
    return needed(need) if isinstance(need, OneScope) else f"({needed(need)})"
