"""What the checker says: a function for each finding, so that all its words can be read in one place.

The module is as long as there are things to find.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from remit.diagnostics import Code, Finding, Severity
from remit.spans import Span
from remit.syntax.findings import MAX_FINDINGS, too_many

MAX_SIZE = 10_000
MAX_DEPTH = 64
MAX_REACH = 1_000_000
_SEARCHED = 500
_SHOWN = 12


class Enough(Exception):
    """There are so many findings that no more are looked for."""


class Found(list[Finding]):
    """What has been found; the finding that is one too many says so, and raises Enough."""

    def append(self, finding: Finding) -> None:
        """Add a finding. Raises Enough."""
        if len(self) >= MAX_FINDINGS:
            super().append(too_many(finding.span))
            raise Enough
        super().append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add findings one by one. Raises Enough."""
        for finding in findings:
            self.append(finding)


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """The closest name, if one is close; not looked for where it would take long."""
    names = list(known)
    return get_close_matches(name, names, n=1) if len(names) <= _SEARCHED else []


def _near(name: str, known: Iterable[str]) -> str | None:
    near = _nearest(name, known)
    return f"did you mean `{near[0]}`?" if near else None


def _one_of(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"one of {shown}" + (f" or {more} more" if more > 0 else "")


def duplicate(what: str, name: str, span: Span, first: Span | None = None) -> Finding:
    """A second declaration of one name; `first` is the one before, where it is another statement's."""
    message = f"{what} `{name}` is declared twice"
    return Finding(Code.DUPLICATE, message, span, "keep one of them", other=first)


def two_apis(name: str, span: Span, first: str, where: Span) -> Finding:
    """A set whose blocks speak of two APIs."""
    message = f"api `{name}` stands beside api `{first}`"
    return Finding(Code.DUPLICATE, message, span, "a set is about one api: name it alike", other=where)


def unknown_scope(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No `scope` statement declares it."""
    hint = _near(name, known) or "declare it with `scope` in `api`"
    return Finding(Code.UNKNOWN_SCOPE, f"unknown scope `{name}`", span, hint)


def unknown_role(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No `role` statement declares it."""
    hint = _near(name, known) or "declare it with `role` in `api`"
    return Finding(Code.UNKNOWN_ROLE, f"unknown role `{name}`", span, hint)


def unknown_action(name: str, span: Span, known: Iterable[str], block: str | None = None) -> Finding:
    """The block declares no such action; `block` is its name, where the text does not stand in it."""
    hint = _near(name, known) or "declare it with `action` in the same block"
    of = "" if block is None else f" of {block}"
    return Finding(Code.UNKNOWN_ACTION, f"unknown action `{name}`{of}", span, hint)


def unknown_head(name: str, span: Span, known: Iterable[str]) -> Finding:
    """A rule is about an action that its block does not have."""
    if name.lower() in ("all", "every", "everything"):
        hint = "did you mean `any`?"
        return Finding(Code.UNKNOWN_ACTION, f"unknown action `{name}`", span, hint)
    return unknown_action(name, span, known)


def lacks_action(name: str, block: str, span: Span) -> Finding:
    """A cell of a matrix asks about an action that only the resources of other rows have."""
    hint = "`-` stands in a cell that asks nothing"
    return Finding(Code.UNKNOWN_ACTION, f"unknown action `{name}` of {block}", span, hint)


def unknown_name(name: str, span: Span, known: Iterable[str], hint: str | None = None) -> Finding:
    """Neither an attribute nor a relation; `hint` says what else it may be meant for."""
    message = f"unknown attribute or relation `{name}`"
    return Finding(Code.UNKNOWN_NAME, message, span, hint or _near(name, known))


def elsewhere(path: str, known: Mapping[str, Iterable[str]]) -> str | None:
    """What a path of another language is called here, where it can be told.

    `known` are the names that can stand alone, under "", and the members of `token` and `context`.
    """
    root, _, rest = path.partition(".")
    word, first = root.lower(), rest.partition(".")[0]
    if word in ("true", "false"):
        return f"did you mean `{word}`?"
    if word in _NOTHING:
        return "ask `has NAME` of what may be absent, or write `NAME ?? ...`"
    roots = [where for where, words in _ROOTS.items() if word in words]
    if not roots or not rest:
        return None
    (here,) = roots
    if first in known[here]:
        return f"did you mean `{here}.{rest}`?" if here else f"did you mean `{rest}`?"
    if here:
        return f"what is said of that stands in `{here}`: write `{here}.NAME`"
    return "an attribute stands by its name alone"


_NOTHING = ("null", "none", "nil", "undefined")
_ROOTS = {
    "": ("resource", "this", "self", "object"),
    "token": ("user", "subject", "principal", "claims", "jwt", "caller"),
    "context": ("request", "environment", "env"),
}


def unknown_subject(
    name: str, span: Span, known: Iterable[str], roles: Collection[str], clients: Collection[str]
) -> Finding:
    """Nobody that a rule could be for."""
    hint = _near(name, known) or "name a relation, an attribute, `role NAME`, `entitled` or `anyone`"
    if name.lower() in ("everyone", "everybody", "all", "public", "anybody"):
        hint = "did you mean `anyone`?"
    elif name in roles:
        hint = f"did you mean `role {name}`?"
    elif name in clients:
        hint = f"did you mean `client {name}`?"
    return unknown_name(name, span, (), hint)


def unknown_type(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No such type."""
    names = list(known)
    hint = _near(name, names) or _one_of(names)
    return Finding(Code.UNKNOWN_TYPE, f"unknown type `{name}`", span, hint)


def unknown_profile(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No such token profile."""
    names = list(known)
    hint = _near(name, names) or _one_of(names)
    return Finding(Code.UNKNOWN_PROFILE, f"unknown token profile `{name}`", span, hint)


def unknown_member(
    path: str, span: Span, known: Iterable[str], action: str | None = None, block: str | None = None
) -> Finding:
    """`token.x`, `context.x` that no block declares; `action.x` that an action, named, does not have.

    `block` is the one that would declare it, where it has another name than the path begins with.
    """
    root, _, name = path.replace("[", ".[").partition(".")
    near = _nearest(name, known)
    hint = f"did you mean `{root}.{near[0]}`?" if near else f"declare it in `{block or root} {{ ... }}`"
    if action is not None and not near:
        hint = "declare it in parentheses, `action NAME(PARAMETER: TYPE)`"
    of = "" if action is None else f" of {action}"
    return Finding(Code.UNKNOWN_MEMBER, f"unknown member `{path}`{of}", span, hint)


def reserved(name: str, span: Span) -> Finding:
    """A word of the language, or a claim that the engine reads itself."""
    return Finding(Code.RESERVED_NAME, f"`{name}` is reserved", span, "choose another name")


def cycle(what: str, name: str, span: Span) -> Finding:
    """A role, scope or relation that leads back to itself."""
    return Finding(Code.CYCLE, f"{what} `{name}` leads back to itself", span)


def reaches_too_much(what: str, span: Span) -> Finding:
    """Closures of roles or scopes that would fill the memory."""
    message = f"from here on the {what}s lead to more than {MAX_REACH} others in all"
    return Finding(Code.TOO_MANY_MEMBERS, message, span, "shorten the chains, or name fewer at once")


def unknown_test_name(
    name: str, span: Span, known: Iterable[str], having: Iterable[str] = ()
) -> Finding:
    """A test speaks of a token or resource that it does not declare as such; some groups may have it."""
    hint = next((f"write `using {group}`, which has it" for group in having), _near(name, known))
    return Finding(Code.UNKNOWN_TEST_NAME, f"this test declares no `{name}`", span, hint)


def unknown_fixtures(name: str, span: Span, known: Iterable[str]) -> Finding:
    """A test uses a group of fixtures that no file declares."""
    hint = _near(name, known) or "declare them with `fixtures NAME { ... }`"
    return Finding(Code.UNKNOWN_TEST_NAME, f"no fixtures are called `{name}`", span, hint)


def declared_by_group(name: str, group: str, span: Span) -> Finding:
    """A name that the fixtures in use have already."""
    hint = f"the fixtures `{group}`, in use here, declare it as well"
    return Finding(Code.DUPLICATE, f"fixture `{name}` is declared twice", span, hint)


def uneven_row(cells: int, actions: int, span: Span) -> Finding:
    """A row of a matrix that has too few or too many cells."""
    message = f"cells in this row: {cells}, actions in the head: {actions}"
    return Finding(Code.UNEVEN_ROW, message, span, "`-` stands in a cell that asks nothing")


def row_without_resource(span: Span, *, of_resources: bool) -> Finding:
    """A row of a matrix that is about something else than its head says."""
    if of_resources:
        return Finding(
            Code.UNEVEN_ROW, "this row names no resource", span, "write `NAME, RESOURCE | ...`"
        )
    hint = "begin the matrix with `who, resource | ...`"
    return Finding(Code.UNEVEN_ROW, "this matrix asks about the API itself", span, hint)


def wants_parameters(action: str, parameters: list[str], span: Span) -> Finding:
    """A matrix asks for an action that cannot be asked for without its parameters."""
    message = f"`{action}` takes parameters, which a matrix cannot hand in"
    values = ", ".join(f"{name}: ..." for name in parameters)
    hint = f"write `NAME may {action} RESOURCE ({values})` instead"
    return Finding(Code.WANTS_PARAMETERS, message, span, hint)


def not_involved(name: str, span: Span) -> Finding:
    """`with` changes what this expectation does not speak of, and so would change nothing."""
    message = f"`{name}` takes no part in this expectation"
    return Finding(Code.UNKNOWN_TEST_NAME, message, span, "change its token, its resource or `context`")


def type_mismatch(found: str, wanted: str, span: Span, hint: str | None = None) -> Finding:
    """A value of another type stands here."""
    return Finding(Code.TYPE_MISMATCH, f"expected {wanted}, found {found}", span, hint)


def inside_text(path: str, part: str | None, span: Span) -> Finding:
    """`in` before text, of which `part` may be a constant part."""
    written = f'`{path} like "*{part}*"`' if part else "`like` and a pattern"
    return type_mismatch("string", "a set", span, f"`in` never looks inside text: write {written}")


def not_a_condition(span: Span, found: str) -> Finding:
    """A value that is neither true nor false stands where a condition belongs."""
    hint = "compare it, or test it with `has` or `in`"
    return Finding(Code.NOT_A_CONDITION, f"expected a condition, found {found}", span, hint)


def not_a_subject(name: str, span: Span, found: str) -> Finding:
    """An attribute that holds no users stands in `to`."""
    hint = "a subject is a relation, or an attribute of type user or set<user>"
    return Finding(Code.NOT_A_SUBJECT, f"`{name}` is {found}, which names nobody", span, hint)


def unguarded(path: str, span: Span) -> Finding:
    """An optional member is read where it may be absent."""
    hint = f"write `has {path} and ...` or `{path} ?? ...`"
    return Finding(Code.UNGUARDED_OPTIONAL, f"`{path}` may be absent here", span, hint)


def never_absent(path: str, span: Span) -> Finding:
    """`has` or `??` on a member that is always there."""
    hint = "declare it with `?`, or leave the test out"
    return Finding(Code.NEVER_ABSENT, f"`{path}` is never absent", span, hint)


def outside_enum(value: str, span: Span, values: Iterable[str]) -> Finding:
    """A literal that the enum does not have."""
    names = list(values)
    hint = _near(value, names) or _one_of(names)
    return Finding(Code.OUTSIDE_ENUM, f"`{value}` is not a value of this type", span, hint)


def not_constant(span: Span) -> Finding:
    """Only literals may stand here."""
    return Finding(Code.NOT_CONSTANT, "expected a literal", span)


def not_comparable(type_: str, operator: str, span: Span) -> Finding:
    """The type has no such comparison."""
    return Finding(Code.NOT_COMPARABLE, f"{type_} has no `{operator}`", span)


def missing_api(span: Span | None) -> Finding:
    """No `api` block in the whole set."""
    message = "no `api` block"
    return Finding(Code.MISSING_API, message, span, "say which resource server this is about")


def missing_needs(name: str, span: Span) -> Finding:
    """An action without a word about scopes."""
    hint = "add `needs` and a scope, or `needs nothing`"
    return Finding(Code.MISSING_NEEDS, f"action `{name}` does not say what it needs", span, hint)


def oidc_scope(name: str, span: Span) -> Finding:
    """A scope that OpenID Connect has taken."""
    message = f"`{name}` is a scope of OpenID Connect, not of an API"
    return Finding(Code.OIDC_SCOPE, message, span, "choose another name")


def no_actions(span: Span) -> Finding:
    """`any` in a block that has no actions."""
    return Finding(Code.RULE_WITHOUT_ACTIONS, "this block declares no action", span)


def too_big(span: Span) -> Finding:
    """Relations in relations in relations."""
    message = f"with its relations this condition has more than {MAX_SIZE} parts"
    return Finding(Code.TOO_MANY_MEMBERS, message, span, "shorten it")


def too_deep(span: Span) -> Finding:
    """Relations and parentheses together nest too deep."""
    message = f"with its relations this condition nests more than {MAX_DEPTH} deep"
    return Finding(Code.TOO_DEEP, message, span, "shorten the chain of relations")


def bad_instant(text: str, span: Span) -> Finding:
    """`at` takes an instant with its offset."""
    hint = "write it as 2026-11-23T12:00Z"
    return Finding(Code.BAD_INSTANT, f"`{text}` is not an instant", span, hint)


def no_file(name: str, span: Span) -> Finding:
    """A file that the policy names is not beside it."""
    hint = "it must stand in the policy's own folder"
    return Finding(Code.BAD_FILE, f"no file `{name}` beside this policy", span, hint)


def bad_file(name: str, problem: str, span: Span) -> Finding:
    """A file that the policy names does not hold what it should."""
    return Finding(Code.BAD_FILE, f"`{name}`: {problem}", span)


def lacks_member(name: str, span: Span) -> Finding:
    """A record literal leaves out what its type requires."""
    return Finding(Code.TYPE_MISMATCH, f"this record lacks `{name}`", span)


def bad_literal(text: str, type_: str, span: Span) -> Finding:
    """A literal of the right sort that is no value of its type."""
    form = _FORMS.get(type_)
    hint = None if form is None else f"write it as {form}"
    return Finding(Code.BAD_LITERAL, f"`{text}` is no {type_}", span, hint)


_FORMS = {
    "datetime": '"2026-11-23T12:00Z", with its offset',
    "ip": '"10.0.0.1" or "2001:db8::1"',
    "cidr": '"10.0.0.0/8", with no bit set behind the prefix',
    "zone": '"Europe/Berlin"',
    "uuid": '"123e4567-e89b-12d3-a456-426614174000"',
}


def user_of_whom(span: Span) -> Finding:
    """A user among the constants, where there are several issuers."""
    message = "with several issuers a constant does not say whose user this is"
    return Finding(Code.BAD_LITERAL, message, span, "compare it with an attribute of type user")


def unknown_function(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No such function."""
    names = list(known)
    hint = _near(name, names) or _one_of(names)
    return Finding(Code.UNKNOWN_FUNCTION, f"unknown function `{name}`", span, hint)


def wrong_count(name: str, wanted: int, span: Span) -> Finding:
    """A function with too many arguments, or too few."""
    return Finding(Code.TYPE_MISMATCH, f"`{name}` takes {wanted} value{'s' * (wanted > 1)}", span)


def bad_pattern(problem: str, span: Span) -> Finding:
    """What stands after `like` is no pattern."""
    return Finding(Code.BAD_PATTERN, problem, span)


def hides_nothing(name: str, span: Span) -> Finding:
    """A quantified name that is something else already."""
    hint = "choose a name that means nothing else here"
    return Finding(Code.DUPLICATE, f"`{name}` already means something here", span, hint)


def hiding_helps(path: str, root: str, effect: str, span: Span) -> Finding:
    """Whoever can hide the member gains by it."""
    does = "open this permit" if effect == "permit" else f"silence this {effect}"
    message = f"leaving `{path}` out of a request can {does}"
    hint = f"make it required, or accept that with `assume {root}` where it is declared"
    return Finding(Code.HIDING_HELPS, message, span, hint)


def never_true(effect: str, span: Span) -> Finding:
    """A rule that nothing can bring about."""
    message = f"no request makes this {effect} apply"
    return Finding(Code.NEVER_TRUE, message, span, severity=Severity.WARNING)


def empty_all(collection: str, span: Span) -> Finding:
    """`all` in a permit is true of an empty collection."""
    message = "`all` is true where there is nothing to look at, and so permits"
    hint = f"write `count({collection}) > 0 and (all ... in {collection} where ...)`"
    return Finding(Code.EMPTY_ALL, message, span, hint, Severity.WARNING)


def misplaced(what: str, span: Span, hint: str) -> Finding:
    """Something stands where it has no meaning."""
    return Finding(Code.MISPLACED, f"{what} has no meaning here", span, hint)


def unknown_part(name: str, span: Span, known: Iterable[str]) -> Finding:
    """A record has no such member."""
    names = list(known)
    hint = _near(name, names) or _one_of(names)
    return Finding(Code.UNKNOWN_MEMBER, f"this record has no member `{name}`", span, hint)


def no_result(said: str, span: Span) -> Finding:
    """An operator between types that it does not take."""
    return Finding(Code.TYPE_MISMATCH, f"`{said}` has no meaning", span)


def unknown_client(name: str, span: Span, known: Iterable[str]) -> Finding:
    """No `client` statement declares it, nor a class of that name."""
    hint = _near(name, known) or "declare it with `client` in `api`"
    return Finding(Code.UNKNOWN_NAME, f"unknown client or class `{name}`", span, hint)


def big_value(limit: int, span: Span) -> Finding:
    """A `let` of `let`s of `let`s."""
    message = f"written out, this value has more than {limit} parts"
    return Finding(Code.TOO_MANY_MEMBERS, message, span, "shorten it")


def unread_claim(name: str, places: Iterable[str], span: Span) -> Finding:
    """A test token says something where no issuer of the policy has it."""
    said = ", ".join(f"`{place}`" for place in sorted(set(places)))
    hint = f"its tokens have that at {said}" if said else "no profile here has a place for it"
    return Finding(Code.UNREAD_CLAIM, f"nothing reads the claim `{name}`", span, hint, Severity.WARNING)


def ill_typed_claim(name: str, wanted: str, span: Span) -> Finding:
    """A test token says something that is read in another type only."""
    message = f"the claim `{name}` is read only where it is {wanted}"
    return Finding(Code.ILL_TYPED_CLAIM, message, span, severity=Severity.WARNING)


USER_OF_SEVERAL = "with several issuers a user is `{ iss: ..., sub: ... }`"


def ill_typed_value(path: str, wanted: str, span: Span, hint: str | None = None) -> Finding:
    """A fixture gives a member a value of another type than it has."""
    message = f"rules read `{path}` only where it is {wanted}"
    return Finding(Code.ILL_TYPED_VALUE, message, span, hint, Severity.WARNING)


def unwritable_map(path: str, type_: str, span: Span) -> Finding:
    """A fixture has a map of users, where a user is no string."""
    message = f"with several issuers no test can write `{path}`, a {type_}: no key of JSON is a user"
    hint = "make it a list of records, each with its user"
    return Finding(Code.ILL_TYPED_VALUE, message, span, hint, Severity.WARNING)


def extended_role(name: str, others: list[str], span: Span) -> Finding:
    """A rule is for a role that others extend, and not for these."""
    said = ", ".join(f"`{other}`" for other in others[:_SHOWN]) + ", ..." * (len(others) > _SHOWN)
    message = f"who has a role that extends `{name}` is not meant: {said}"
    hint = f"name them too (`role {name}, role {others[0]}`), or say `entitled`"
    return Finding(Code.EXTENDED_ROLE, message, span, hint, Severity.WARNING)


# ---- the api block


MAX_SCOPES = 10_000
MAX_STEPS = 10_000_000
MAX_NAMED = 3_000_000
NO_SCOPES = "expected a list of scopes, or an object of scopes and their descriptions"


def no_scope(found: object) -> str:
    """What is wrong with an item of a file of scopes."""
    shown = f"{found!r:.60}" if isinstance(found, str) else f"an item of type {type(found).__name__}"
    return f"{shown} is not a scope (RFC 6749, section 3.3; and without braces)"


def bad_group(text: str, span: Span) -> Finding:
    """Braces that hold no list of words, and are not `{*}`."""
    hint = "write {one,two}, or {*} for every declared one"
    return Finding(Code.BAD_SCOPE, f"`{text}` is no group of scopes", span, hint)


def group_in_need(text: str, span: Span) -> Finding:
    """A need does not say whether one of a group is enough."""
    hint = "write one scope and the next, or one scope or the next"
    return Finding(Code.MISPLACED, f"`{text}` is a group: a need names its scopes", span, hint)


def any_declared(text: str, span: Span) -> Finding:
    """`scope read:{*}`: it is the declarations that `{*}` stands for."""
    hint = 'name the scopes, or write scope from "file.json"'
    return Finding(Code.MISPLACED, f"`{text}` declares no scope: {{*}} is each one declared", span, hint)


def too_many_scopes(span: Span) -> Finding:
    """More scopes than an API may have, or a group of as many."""
    return Finding(Code.TOO_MANY_MEMBERS, f"more than {MAX_SCOPES} scopes", span, "declare fewer")


def names_too_many(span: Span) -> Finding:
    """Lists of scopes that would fill the memory, multiplied out and closed."""
    message = f"up to here the lists of scopes come to more than {MAX_NAMED} names"
    return Finding(Code.TOO_MANY_MEMBERS, message, span, "name fewer at once, or extend a role")


def no_scope_fits(pattern: str, span: Span) -> Finding:
    """A pattern that fits none of the declared scopes."""
    hint = "declare some with `scope` in `api`, or leave it out"
    return Finding(Code.UNKNOWN_SCOPE, f"no declared scope fits `{pattern}`", span, hint)


def unknown_source(name: str, span: Span, known: Iterable[str]) -> Finding:
    """An issuer's block says where something is that no token is asked for."""
    hint = _near(name, known) or _one_of(list(known))
    return Finding(Code.UNKNOWN_NAME, f"no token is asked for `{name}`", span, hint)


def cannot_assert(name: str, found: str, span: Span) -> Finding:
    """A claim whose values cannot be listed as strings."""
    hint = "it must be a string, an enum, or a set of those"
    return Finding(Code.TYPE_MISMATCH, f"`{name}` is {found}, which no issuer can assert", span, hint)
