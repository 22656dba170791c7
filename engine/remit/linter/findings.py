"""What the linter says."""

from collections.abc import Sequence

from remit.diagnostics import Code, Finding, Severity
from remit.spans import Span

_SHOWN = 6
_UNUSED = {
    "attribute": Code.UNUSED_ATTRIBUTE,
    "claim": Code.UNUSED_CLAIM,
    "context": Code.UNUSED_CONTEXT,
    "relation": Code.UNUSED_RELATION,
    "type": Code.UNUSED_TYPE,
    "value": Code.UNUSED_VALUE,
}
_UNUSED_HINTS = {
    "attribute": "read it in a rule, or leave it out",
    "claim": "read it in a rule, or leave it out",
    "context": "read it in a rule, or leave it out",
    "relation": "name it in a rule, or leave it out",
    "type": "give it to a member, or leave it out",
    "value": "read it in a rule, or leave it out",
}


def _warning(code: Code, message: str, span: Span, help_: str | None = None) -> Finding:
    return Finding(code, message, span, help_, Severity.WARNING)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(f"`{name}`" for name in names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


# ---- comments that allow findings


def allowed_without_reason(span: Span) -> Finding:
    """`# lint: allow L205`."""
    hint = "add `because` and the reason"
    return _warning(Code.ALLOWED_WITHOUT_REASON, "this comment does not say why", span, hint)


def allowed_unknown(code: str, span: Span) -> Finding:
    """`# lint: allow L999 because ...`, or no code at all."""
    message = f"`{code}` is no finding that can be allowed" if code else "this comment names no code"
    hint = "`remit lint --list` says which there are"
    return _warning(Code.ALLOWED_UNKNOWN, message, span, hint)


def allowed_in_vain(code: str, span: Span) -> Finding:
    """Nothing beneath or beside the comment has the code."""
    message = f"there is no `{code}` here to allow"
    return _warning(Code.ALLOWED_IN_VAIN, message, span, "leave the code out of the comment")


# ---- conditions


def constant_comparison(span: Span) -> Finding:
    """Both sides are literals."""
    return _warning(Code.CONSTANT_COMPARISON, "this is the same for every request", span)


def same_on_both_sides(span: Span) -> Finding:
    """`limit <= limit`."""
    return _warning(Code.SAME_ON_BOTH_SIDES, "a value is compared with itself", span)


def settled_by_type(span: Span, *, truth: bool) -> Finding:
    """`level >= "none"`."""
    message = f"no value of this type makes this {'false' if truth else 'true'}"
    return _warning(Code.SETTLED_BY_TYPE, message, span)


def contradiction(span: Span) -> Finding:
    """`status == "draft" and status == "final"`."""
    return _warning(Code.CONTRADICTION, "no request makes all of this true", span)


def tautology(span: Span) -> Finding:
    """`status != "draft" or status != "void"`."""
    hint = "was `and` meant?"
    return _warning(Code.TAUTOLOGY, "one of these is always true", span, hint)


def repeated_operand(said: str, span: Span) -> Finding:
    """`archived or locked or archived`."""
    return _warning(Code.REPEATED_OPERAND, f"`{said}` stands here twice", span, "leave it out")


def implied_operand(span: Span) -> Finding:
    """`size > 10 and size > 5`."""
    message = "what stands beside this decides it already"
    return _warning(Code.IMPLIED_OPERAND, message, span, "leave it out, or correct it")


def double_negation(span: Span) -> Finding:
    """`not not archived`."""
    return _warning(Code.DOUBLE_NEGATION, "two negations say nothing", span, "leave both out")


def unless_not(span: Span) -> Finding:
    """`unless not archived`."""
    return _warning(Code.UNLESS_NOT, "`unless not` says `when`", span, "write `when`")


def negated_comparison(opposite: str, span: Span) -> Finding:
    """`not status == "draft"`."""
    message = "this comparison has an opposite"
    return _warning(Code.NEGATED_COMPARISON, message, span, f"write `{opposite}`")


def compared_with_boolean(span: Span) -> Finding:
    """`archived == true`."""
    message = "a bool is a condition by itself"
    return _warning(Code.COMPARED_WITH_BOOLEAN, message, span, "leave the comparison out")


def repeated_element(said: str, span: Span) -> Finding:
    """`status in ["draft", "draft"]`."""
    return _warning(Code.REPEATED_ELEMENT, f"`{said}` stands in this set twice", span, "leave it out")


def no_wildcard(pattern: str, span: Span) -> Finding:
    """`path like "/public"`."""
    message = f"the pattern `{pattern}` matches this text only"
    return _warning(Code.PATTERN_WITHOUT_WILDCARD, message, span, "add a `*`, or write `==`")


def unused_quantified_name(name: str, span: Span) -> Finding:
    """`any s in shares where owner == token.sub`."""
    message = f"the condition does not look at `{name}`"
    return _warning(Code.UNUSED_QUANTIFIED_NAME, message, span, "begin a path in it with that name")


def any_for_in(span: Span) -> Finding:
    """`any t in tags where t == "public"`."""
    return _warning(Code.ANY_FOR_IN, "this looks for one element", span, "write `in`")


def needless_fallback(path: str, span: Span) -> Finding:
    """`has size and size ?? 0 < 10`."""
    message = f"`{path}` is there, as `has` has made sure"
    return _warning(Code.NEEDLESS_FALLBACK, message, span, "leave `??` out")


# ---- rules


def duplicate_rule(effect: str, place: str, span: Span) -> Finding:
    """A rule that stands there twice."""
    message = f"this {effect} says what that at {place} says"
    return _warning(Code.DUPLICATE_RULE, message, span, "keep one of them")


def shadowed_rule(effect: str, place: str, span: Span) -> Finding:
    """A rule without which nothing would be decided otherwise."""
    message = f"that at {place} covers all that this {effect} is about"
    return _warning(Code.SHADOWED_RULE, message, span, "leave it out, or narrow the other one")


def growing_permit(span: Span) -> Finding:
    """`permit any to anyone`."""
    message = "every action that is added will be open to these, too"
    return _warning(Code.GROWING_PERMIT, message, span, "name the actions, or say `entitled`")


def public_write(action: str, span: Span) -> Finding:
    """`action new submit needs nothing`, `permit submit to anyone`."""
    message = f"anybody may `{action}`, without a token"
    return _warning(Code.PUBLIC_WRITE, message, span, "let it need a scope, or add a condition")


def forbid_without_reason(span: Span) -> Finding:
    """A forbid without `because`."""
    message = "a denial will not say why this forbids"
    return _warning(Code.FORBID_WITHOUT_REASON, message, span, "add `because` and the reason")


def beside_anyone(span: Span) -> Finding:
    """`to anyone, role staff`."""
    message = "beside `anyone` this adds nobody"
    return _warning(Code.SUBJECT_WITHOUT_EFFECT, message, span, "leave one of them out")


def nobody_entitled(span: Span) -> Finding:
    """`entitled` where the actions need nothing."""
    message = "nobody is entitled where nothing is needed"
    return _warning(Code.SUBJECT_WITHOUT_EFFECT, message, span, "leave it out")


def nobody_related(name: str, span: Span) -> Finding:
    """An owner of what an action only makes."""
    message = f"`{name}` is nobody here: what an action makes is related to nobody yet"
    return _warning(Code.SUBJECT_WITHOUT_EFFECT, message, span, "leave it out")


def permit_always_forbidden(place: str, span: Span) -> Finding:
    """A permit that a forbid denies whenever it applies."""
    message = f"the forbid at {place} denies all that this permits"
    return _warning(Code.PERMIT_ALWAYS_FORBIDDEN, message, span, "leave it out, or narrow the forbid")


def tenant_not_compared(name: str, span: Span) -> Finding:
    """A resource's tenant and a token's, and no rule that compares them."""
    message = f"nothing compares `{name}` with `token.{name}` before this permits"
    hint = f"add `forbid any unless {name} == token.{name}`"
    return _warning(Code.TENANT_NOT_COMPARED, message, span, hint)


def implied_need(scope: str, implying: str, implied: str, span: Span) -> Finding:
    """`needs read:documents or manage:documents`, of which one implies the other."""
    message = f"`{scope}` adds nothing here, for `{implying}` implies `{implied}`"
    return _warning(Code.IMPLIED_NEED, message, span, "leave it out")


def needless_assume(name: str, span: Span) -> Finding:
    """`assume` of a member that nobody gains by hiding."""
    message = f"nobody gains by leaving `{name}` out of a request"
    return _warning(Code.NEEDLESS_ASSUME, message, span, "leave it out of `assume`")


def never_applies(effect: str, span: Span) -> Finding:
    """A rule whose clauses rule each other out."""
    return _warning(Code.NEVER_APPLIES, f"the clauses of this {effect} rule each other out", span)


def client_of_any_issuer(issuer: str, span: Span) -> Finding:
    """A rule that asks for a client, in a set of several issuers, and not for the issuer."""
    message = "a client's id is one only at its issuer, and here several are trusted"
    hint = f'ask `token.issuer == "{issuer}"`, or let the others\' blocks say `asserts client ...`'
    return _warning(Code.CLIENT_OF_ANY_ISSUER, message, span, hint)


# ---- declarations


def never_allowed(names: Sequence[str], span: Span) -> Finding:
    """Actions that no permit is about, or none that can apply."""
    return _warning(Code.ACTION_NEVER_ALLOWED, f"no permit can allow {_listed(names)}", span)


def without_actions(name: str, span: Span) -> Finding:
    """A resource on which nothing can be done."""
    message = f"nothing can be done with a `{name}`"
    return _warning(Code.RESOURCE_WITHOUT_ACTIONS, message, span, "declare an action, or leave it out")


def never_needed(names: Sequence[str], span: Span) -> Finding:
    """Scopes that open nothing."""
    message = f"nothing needs {_listed(names)}"
    return _warning(Code.SCOPE_NEVER_NEEDED, message, span, "let an action need it, or leave it out")


def grant_never_needed(name: str, span: Span) -> Finding:
    """A grant of a scope that opens nothing."""
    message = f"nothing needs `{name}`, which is granted here"
    return _warning(Code.GRANT_NEVER_NEEDED, message, span, "let an action need it, or leave it out")


def grant_repeated(name: str, span: Span) -> Finding:
    """A grant that comes along with another one."""
    message = f"`{name}` comes along with what else is granted here"
    return _warning(Code.GRANT_REPEATED, message, span, "leave it out")


def meaningless_role(name: str, span: Span) -> Finding:
    """A role that grants nothing and that no rule names."""
    message = f"the role `{name}` grants nothing, and no rule names it"
    return _warning(Code.ROLE_WITHOUT_MEANING, message, span)


def unused(what: str, name: str, span: Span) -> Finding:
    """A declared name that nothing speaks of."""
    return _warning(_UNUSED[what], f"nothing uses `{name}`", span, _UNUSED_HINTS[what])


def empty_block(what: str, span: Span) -> Finding:
    """`token {}`."""
    return _warning(Code.EMPTY_BLOCK, f"this block `{what}` declares nothing", span, "leave it out")


# ---- tests


def expects_nothing(name: str, span: Span) -> Finding:
    """A test without an expectation."""
    return _warning(Code.TEST_WITHOUT_EXPECTATIONS, f"the test `{name}` expects nothing", span)


def denial_without_reason(span: Span) -> Finding:
    """`may not` without `missing` or `because`."""
    message = "this passes whatever denies the request"
    return _warning(Code.DENIAL_WITHOUT_REASON, message, span, "add `missing` or `because`")


def unused_fixture(name: str, span: Span) -> Finding:
    """A token or a resource of a test that no expectation speaks of."""
    return _warning(Code.UNUSED_FIXTURE, f"no expectation speaks of `{name}`", span)


def unused_group(name: str, span: Span) -> Finding:
    """A group of fixtures that no test uses."""
    message = f"no test uses the fixtures `{name}`"
    return _warning(Code.UNUSED_FIXTURES, message, span, f"write `using {name}`, or leave it out")


def repeated_expectation(span: Span) -> Finding:
    """An expectation that stands there twice."""
    return _warning(Code.REPEATED_EXPECTATION, "this is expected above already", span, "leave it out")


def changes_nothing(span: Span) -> Finding:
    """`with` what is said already."""
    return _warning(Code.CHANGE_WITHOUT_EFFECT, "this is so without saying it", span)
