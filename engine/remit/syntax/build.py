"""Grammar rules -> nodes: one method a rule, called by the parser as it reduces.

The parser says where the last shifted token ended (`end`); a node's span begins at its first child.
How many nodes stand above one another is measured as they are built (`too_high`).

The module is long because the grammar has as many rules.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar, get_args
from typing import Literal as OneOf

from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import findings, tree
from remit.syntax.lexer import Token

_ESCAPE = re.compile(r'\\(?:u\{([0-9a-fA-F]+)\}|(["\\nrt]))')
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_INT_LIMIT = 2**63
_INT_DIGITS = 20
_DECIMAL_DIGITS = 34
_DURATION = re.compile("([0-9]+)(ms|s|m|h|d|w)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_GROUP_BLANKS = re.compile(r"[ \t\r\n]+")
_TEXT_LIMIT = 0x110000
_SURROGATES = range(0xD800, 0xE000)

_NODES = frozenset(get_args(tree.Expression) + get_args(tree.TypeExpression) + get_args(tree.Need))

_LOW: tuple[int, None] = (0, None)

Children = list[Any]
Built = TypeVar("Built")


def _nesting(build: Callable[["Builder", Children], Built]) -> Callable[["Builder", Children], Built]:
    """A method whose nodes may hold others of their kind, so that how high they grow is measured."""

    @wraps(build)
    def building(self: "Builder", children: Children) -> Built:
        built = build(self, children)
        self.measure(built, children)
        return built

    return building


class Builder:
    """Builds the nodes of one file; used once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.end = 0
        self.findings: list[Finding] = []
        self.too_high: Span | None = None
        self._heights: dict[int, tuple[int, Any]] = {}

    def measure(self, built: Any, children: Children) -> None:
        """Note how many nodes stand above one another in `built`, and whether they are too many."""
        height = max((self._heights.get(id(child), _LOW)[0] for child in children), default=0)
        if type(built) in _NODES:
            height += 1
            if height > findings.MAX_DEPTH and self.too_high is None:
                self.too_high = built.span
        self._heights[id(built)] = height, built  # which keeps it, and so its `id` for it alone

    def _span(self, first: Any) -> Span:
        start = first.start if isinstance(first, Token) else first.span.start
        return Span(self.file, start, self.end)

    def _token_span(self, token: Token) -> Span:
        return Span(self.file, token.start, token.end)

    # -- what may be left out

    def title(self, children: Children) -> Any:
        """What stands there; None for nothing."""
        return children[0] if children else None

    on = to = when = unless = because = title
    profile = extends = exclusions = implies = group = title
    default = source = let_type = at = lacking = using = title

    def grants(self, children: Children) -> tuple[Any, tuple[tree.Name, ...]]:
        """What is granted, None where that is not said, and what of it is not."""
        granted, exclusions = children or (None, None)
        return granted, exclusions or ()

    # -- names and literals

    def name(self, children: Children) -> tree.Name:
        return self._name(children[0])

    def _name(self, token: Token) -> tree.Name:
        quoted = token.text.startswith("`")
        text = token.text[1:-1].replace("``", "`") if quoted else token.text
        return tree.Name(text, self._token_span(token))

    def principal(self, children: Children) -> tree.Name:
        return self._name(children[0])

    def scope(self, children: Children) -> tree.Name:
        name = self._name(children[0])
        if children[0].type == "SCOPE":
            name = tree.Name(_GROUP_BLANKS.sub("", name.text), name.span)
        elif "{" in name.text or "}" in name.text:
            self.findings.append(findings.quoted_braces(name.span))
        if _SCOPE_TOKEN.fullmatch(name.text) is None:
            self.findings.append(findings.bad_scope(name.span))
        return name

    def name_list(self, children: Children) -> tuple[tree.Name, ...]:
        return tuple(children)

    scope_list = name_list
    subjects = name_list

    def string(self, children: Children) -> tree.Literal:
        token: Token = children[0]
        text = _ESCAPE.sub(lambda match: self._character(match, token), token.text[1:-1])
        return tree.Literal(text, self._token_span(token))

    def _character(self, match: re.Match[str], token: Token) -> str:
        digits, simple = match.groups()
        if simple:
            return _SIMPLE[simple]
        code = int(digits, 16)
        if code >= _TEXT_LIMIT or code in _SURROGATES:
            start = token.start + 1 + match.start()
            span = Span(self.file, start, start + len(match.group()))
            self.findings.append(findings.bad_escape(span))
            return ""
        return chr(code)

    def integer(self, children: Children) -> tree.Literal:
        return self._number(children[0], children[0], 1)

    def negative(self, children: Children) -> tree.Literal:
        return self._number(children[0], children[1], -1)

    def _number(self, first: Token, digits: Token, sign: int) -> tree.Literal:
        span = self._span(first)
        fits = len(digits.text.lstrip("0")) < _INT_DIGITS
        value = sign * int(digits.text) if fits else _INT_LIMIT
        if not -_INT_LIMIT <= value < _INT_LIMIT:
            self.findings.append(findings.bad_number(span))
            value = 0
        return tree.Literal(value, span)

    def decimal(self, children: Children) -> tree.Literal:
        return self._decimal(children[0], children[0], "")

    def negative_decimal(self, children: Children) -> tree.Literal:
        return self._decimal(children[0], children[1], "-")

    def _decimal(self, first: Token, digits: Token, sign: str) -> tree.Literal:
        span = self._span(first)
        if len(digits.text) - 1 > _DECIMAL_DIGITS:  # the point is none of them
            self.findings.append(findings.long_decimal(_DECIMAL_DIGITS, span))
            return tree.Literal(Decimal(0), span)
        return tree.Literal(Decimal(sign + digits.text), span)

    def duration(self, children: Children) -> tree.Literal:
        token: Token = children[0]
        span = self._token_span(token)
        match = _DURATION.fullmatch(token.text)
        assert match is not None, "the terminal's expression says so"
        count, unit = match.groups()
        if len(count) >= _INT_DIGITS:
            self.findings.append(findings.long_duration(span))
            return tree.Literal(timedelta(), span)
        try:
            return tree.Literal(int(count) * _UNITS[unit], span)
        except OverflowError:
            self.findings.append(findings.long_duration(span))
            return tree.Literal(timedelta(), span)

    def true(self, children: Children) -> tree.Literal:
        return tree.Literal(value=True, span=self._token_span(children[0]))

    def false(self, children: Children) -> tree.Literal:
        return tree.Literal(value=False, span=self._token_span(children[0]))

    # -- expressions

    def grouped(self, children: Children) -> tree.Expression:
        expression: tree.Expression = children[0]
        return expression

    @_nesting
    def list_of(self, children: Children) -> tree.ListOf:
        items = tuple(child for child in children[1:] if child is not None)
        return tree.ListOf(items, self._span(children[0]))

    def keyword_root(self, children: Children) -> tree.Name:
        return self._name(children[0])

    def root(self, children: Children) -> tree.Name:
        name: tree.Name = children[0]
        return name

    member_name = root

    @_nesting
    def index(self, children: Children) -> tree.Index:
        return tree.Index(children[1], self._span(children[0]))

    @_nesting
    def path(self, children: Children) -> tree.Path:
        return tree.Path(children[0], tuple(children[1:]), self._span(children[0]))

    @_nesting
    def call(self, children: Children) -> tree.Call:
        arguments = tuple(child for child in children[1:] if child is not None)
        return tree.Call(children[0], arguments, self._span(children[0]))

    def _arithmetic(self, operator: Any, children: Children) -> tree.Arithmetic:
        span = self._span(children[0])
        return tree.Arithmetic(operator, children[0], children[-1], span)

    @_nesting
    def plus(self, children: Children) -> tree.Arithmetic:
        return self._arithmetic("+", children)

    @_nesting
    def minus(self, children: Children) -> tree.Arithmetic:
        return self._arithmetic("-", children)

    @_nesting
    def times(self, children: Children) -> tree.Arithmetic:
        return self._arithmetic("*", children)

    @_nesting
    def coalesce(self, children: Children) -> tree.Coalesce:
        return tree.Coalesce(children[0], children[1], self._span(children[0]))

    def _compare(self, operator: Any, children: Children) -> tree.Compare:
        return tree.Compare(operator, children[0], children[1], self._span(children[0]))

    @_nesting
    def equal(self, children: Children) -> tree.Compare:
        return self._compare("==", children)

    @_nesting
    def not_equal(self, children: Children) -> tree.Compare:
        return self._compare("!=", children)

    @_nesting
    def less(self, children: Children) -> tree.Compare:
        return self._compare("<", children)

    @_nesting
    def less_or_equal(self, children: Children) -> tree.Compare:
        return self._compare("<=", children)

    @_nesting
    def greater(self, children: Children) -> tree.Compare:
        return self._compare(">", children)

    @_nesting
    def greater_or_equal(self, children: Children) -> tree.Compare:
        return self._compare(">=", children)

    @_nesting
    def member(self, children: Children) -> tree.Membership:
        span = self._span(children[0])
        return tree.Membership(children[0], children[1], negated=False, span=span)

    @_nesting
    def not_member(self, children: Children) -> tree.Membership:
        span = self._span(children[0])
        return tree.Membership(children[0], children[2], negated=True, span=span)

    @_nesting
    def like(self, children: Children) -> tree.Like:
        return tree.Like(children[0], children[1], self._span(children[0]))

    @_nesting
    def granted(self, children: Children) -> tree.ScopeTest:
        return tree.ScopeTest("granted", children[1], self._span(children[0]))

    @_nesting
    def holds(self, children: Children) -> tree.ScopeTest:
        return tree.ScopeTest("holds", children[1], self._span(children[0]))

    def _quantified(self, children: Children, *, every: bool) -> tree.Quantified:
        _, name, collection, condition = children
        return tree.Quantified(every, name, collection, condition, self._span(children[0]))

    @_nesting
    def some(self, children: Children) -> tree.Quantified:
        return self._quantified(children, every=False)

    @_nesting
    def every(self, children: Children) -> tree.Quantified:
        return self._quantified(children, every=True)

    @_nesting
    def negation(self, children: Children) -> tree.Not:
        return tree.Not(children[1], self._span(children[0]))

    @_nesting
    def has(self, children: Children) -> tree.Has:
        return tree.Has(children[1], self._span(children[0]))

    @_nesting
    def conjunction(self, children: Children) -> tree.And:
        return tree.And(tuple(children), self._span(children[0]))

    @_nesting
    def disjunction(self, children: Children) -> tree.Or:
        return tree.Or(tuple(children), self._span(children[0]))

    # -- types, fields, needs

    def named_type(self, children: Children) -> tree.NamedType:
        return tree.NamedType(children[0], children[0].span)

    def enum_type(self, children: Children) -> tree.EnumType:
        return tree.EnumType(tuple(children), ordered=False, span=self._span(children[0]))

    def ordered_type(self, children: Children) -> tree.EnumType:
        return tree.EnumType(tuple(children), ordered=True, span=self._span(children[0]))

    @_nesting
    def set_type(self, children: Children) -> tree.SetType:
        return tree.SetType(children[1], self._span(children[0]))

    @_nesting
    def list_type(self, children: Children) -> tree.ListType:
        return tree.ListType(children[1], self._span(children[0]))

    @_nesting
    def map_type(self, children: Children) -> tree.MapType:
        return tree.MapType(children[1], children[2], self._span(children[0]))

    @_nesting
    def member_type(self, children: Children) -> tree.Field:
        name, optional, type_ = children
        return tree.Field(name, optional, type_, None, None, self._span(name))

    @_nesting
    def record_type(self, children: Children) -> tree.RecordType:
        fields = tuple(child for child in children[1:] if child is not None)
        return tree.RecordType(fields, self._span(children[0]))

    def optional(self, children: Children) -> bool:
        return bool(children)

    def field(self, children: Children) -> tree.Field:
        name, optional, type_, default = children
        return tree.Field(name, optional, type_, default, None, self._span(name))

    def claim_step(self, children: Children) -> tree.Name:
        step: tree.Name | tree.Literal = children[0]
        return step if isinstance(step, tree.Name) else tree.Name(str(step.value), step.span)

    claim_path = name_list

    def claim(self, children: Children) -> tree.Field:
        name, optional, type_, default, source = children
        return tree.Field(name, optional, type_, default, source, self._span(name))

    def assume(self, children: Children) -> tree.Assume:
        return tree.Assume(children[1], self._span(children[0]))

    def type_alias(self, children: Children) -> tree.TypeAlias:
        return tree.TypeAlias(children[1], children[2], self._span(children[0]))

    def let(self, children: Children) -> tree.Let:
        return tree.Let(children[1], children[2], children[3], self._span(children[0]))

    def data(self, children: Children) -> tree.Data:
        return tree.Data(children[1], children[2], children[3], self._span(children[0]))

    def need_nothing(self, children: Children) -> tree.NeedNothing:
        return tree.NeedNothing(self._span(children[0]))

    def need_scope(self, children: Children) -> tree.NeedScope:
        return tree.NeedScope(children[0], children[0].span)

    @_nesting
    def need_all(self, children: Children) -> tree.NeedAll:
        return tree.NeedAll(tuple(children), self._span(children[0]))

    @_nesting
    def need_any(self, children: Children) -> tree.NeedAny:
        return tree.NeedAny(tuple(children), self._span(children[0]))

    def new(self, children: Children) -> bool:
        return bool(children)

    def parameters(self, children: Children) -> tuple[tree.Field, ...]:
        return tuple(child for child in children if isinstance(child, tree.Field))

    def needs_clause(self, children: Children) -> tree.NeedClause:
        return tree.NeedClause(children[1], children[2], self._span(children[0]))

    def action(self, children: Children) -> tree.Action:
        _, new, names, parameters, *needs = children
        return tree.Action(names, new, parameters or (), tuple(needs), self._span(children[0]))

    def actions_from(self, children: Children) -> tree.ActionsFrom:
        return tree.ActionsFrom(children[1], self._span(children[0]))

    def relation(self, children: Children) -> tree.Relation:
        return tree.Relation(children[1], children[2], self._span(children[0]))

    # -- rules

    def entitled(self, children: Children) -> tree.Entitled:
        return tree.Entitled(self._span(children[0]))

    def anyone(self, children: Children) -> tree.Anyone:
        return tree.Anyone(self._span(children[0]))

    def role_subject(self, children: Children) -> tree.RoleSubject:
        return tree.RoleSubject(children[1], self._span(children[0]))

    def client_subject(self, children: Children) -> tree.ClientSubject:
        return tree.ClientSubject(children[1], self._span(children[0]))

    def named_subject(self, children: Children) -> tree.NamedSubject:
        return tree.NamedSubject(children[0], children[0].span)

    def all_subjects(self, children: Children) -> tree.AllSubjects:
        return tree.AllSubjects(tuple(children), self._span(children[0]))

    def any_action(self, _children: Children) -> None:
        return None

    def heads(self, children: Children) -> tuple[tree.Name, ...]:
        names: tuple[tree.Name, ...] = children[0]
        return names

    def oblige(self, children: Children) -> tree.Obligation:
        return tree.Obligation(children[1], children[2], self._span(children[0]))

    def acr(self, children: Children) -> tree.NeedAcr:
        return tree.NeedAcr(tuple(children[1:]), self._span(children[0]))

    def max_age(self, children: Children) -> tree.NeedMaxAge:
        return tree.NeedMaxAge(children[1], self._span(children[0]))

    def _rule(self, effect: OneOf["permit", "forbid", "require"], children: Children) -> tree.Rule:
        first, name, actions, types, *clauses = children
        subjects = None if effect == "require" else clauses.pop(0)
        challenges = tuple(c for c in clauses if isinstance(c, tree.Challenge))
        obligations = tuple(c for c in clauses if isinstance(c, tree.Obligation))
        repeated = tree.Challenge | tree.Obligation
        when, unless, because = (c for c in clauses if not isinstance(c, repeated))
        return tree.Rule(
            effect,
            name,
            actions,
            types,
            subjects,
            when,
            unless,
            challenges,
            obligations,
            because,
            self._span(first),
        )

    def permit(self, children: Children) -> tree.Rule:
        return self._rule("permit", children)

    def forbid(self, children: Children) -> tree.Rule:
        return self._rule("forbid", children)

    def require(self, children: Children) -> tree.Rule:
        return self._rule("require", children)

    # -- declarations

    def audience(self, children: Children) -> tree.Audience:
        return tree.Audience(tuple(children[1:]), self._span(children[0]))

    def issuer(self, children: Children) -> tree.Issuer:
        _, value, profile, *items = children
        said = tuple(item for item in items if item is not None)
        return tree.Issuer(value, profile, said, self._span(children[0]))

    def asserts_roles(self, children: Children) -> tree.AssertsRoles:
        return tree.AssertsRoles(children[2], self._span(children[0]))

    def asserts_clients(self, children: Children) -> tree.AssertsClients:
        return tree.AssertsClients(children[2], self._span(children[0]))

    def asserts_claim(self, children: Children) -> tree.AssertsClaim:
        return tree.AssertsClaim(children[1], tuple(children[2:]), self._span(children[0]))

    def claim_source(self, children: Children) -> tree.ClaimSource:
        return tree.ClaimSource(children[0], children[1], self._span(children[0]))

    def scopes(self, children: Children) -> tree.Scopes:
        _, names, description, implies = children
        return tree.Scopes(names, description, implies or (), self._span(children[0]))

    def role(self, children: Children) -> tree.Role:
        _, names, extends, (grants, exclusions) = children
        span = self._span(children[0])
        return tree.Role(names, extends or (), grants or (), exclusions, span)

    def scopes_from(self, children: Children) -> tree.ScopesFrom:
        return tree.ScopesFrom(children[1], self._span(children[0]))

    def client(self, children: Children) -> tree.Client:
        _, names, group, (grants, exclusions) = children
        return tree.Client(names, group, grants, exclusions, self._span(children[0]))

    def actors(self, children: Children) -> tree.ActorsAllowed:
        return tree.ActorsAllowed(self._span(children[0]))

    def api(self, children: Children) -> tree.Api:
        return tree.Api(children[1], tuple(children[2:]), self._span(children[0]))

    def token_claims(self, children: Children) -> tree.TokenClaims:
        fields, assumed = _fields(children[1:])
        return tree.TokenClaims(fields, assumed, self._span(children[0]))

    def context(self, children: Children) -> tree.Context:
        fields, assumed = _fields(children[1:])
        return tree.Context(fields, assumed, self._span(children[0]))

    def resource(self, children: Children) -> tree.Resource:
        fields = tuple(child for child in children[2:] if isinstance(child, tree.Field))
        items = tuple(child for child in children[2:] if not isinstance(child, tree.Field))
        return tree.Resource(children[1], fields, items, self._span(children[0]))

    # -- tests

    @_nesting
    def pair(self, children: Children) -> tuple[tree.Name, tree.Expression]:
        name: tree.Name | tree.Literal = children[0]
        if isinstance(name, tree.Literal):
            name = tree.Name(str(name.value), name.span)
        return name, children[1]

    @_nesting
    def record(self, children: Children) -> tree.RecordOf:
        pairs = tuple(child for child in children[1:] if child is not None)
        return tree.RecordOf(pairs, self._span(children[0]))

    def token_fixture(self, children: Children) -> tree.TokenFixture:
        return tree.TokenFixture(children[1], children[2], self._span(children[0]))

    def resource_fixture(self, children: Children) -> tree.ResourceFixture:
        span = self._span(children[0])
        return tree.ResourceFixture(children[1], children[2], children[3], span)

    def context_fixture(self, children: Children) -> tree.ContextFixture:
        return tree.ContextFixture(children[1], self._span(children[0]))

    @_nesting
    def arguments(self, children: Children) -> tree.RecordOf:
        return self.record(children)

    def may(self, _children: Children) -> bool:
        return True

    def may_not(self, _children: Children) -> bool:
        return False

    def with_named(self, children: Children) -> tree.With:
        return tree.With(children[1], children[2], self._span(children[0]))

    def with_context(self, children: Children) -> tree.With:
        return tree.With(None, children[2], self._span(children[0]))

    def missing_scope(self, children: Children) -> tree.MissingScope:
        return tree.MissingScope(children[0], children[0].span)

    def missing_role(self, children: Children) -> tree.MissingRole:
        return tree.MissingRole(children[1], self._span(children[0]))

    def missing_acr(self, children: Children) -> tree.MissingAcr:
        return tree.MissingAcr(children[1], self._span(children[0]))

    def expectation(self, children: Children) -> tree.Expectation:
        who, allowed, actions, resource, arguments, *rest = children
        changes = tuple(child for child in rest if isinstance(child, tree.With))
        at, missing, because, *obligations = rest[len(changes) :]
        span = self._span(who)
        return tree.Expectation(
            who,
            allowed,
            actions,
            resource,
            arguments,
            changes,
            at,
            missing,
            because,
            tuple(obligations),
            span,
        )

    def yes(self, children: Children) -> tree.Cell:
        return tree.Cell(allowed=True, span=self._token_span(children[0]))

    def no(self, children: Children) -> tree.Cell:
        return tree.Cell(allowed=False, span=self._token_span(children[0]))

    def not_asked(self, children: Children) -> tree.Cell:
        return tree.Cell(allowed=None, span=self._token_span(children[0]))

    def matrix_head(self, children: Children) -> tree.MatrixHead:
        who, resource, *actions = children
        return tree.MatrixHead(resource is not None, tuple(actions), self._span(who))

    def matrix_row(self, children: Children) -> tree.MatrixRow:
        who, resource, *cells = children
        return tree.MatrixRow(who, resource, tuple(cells), self._span(who))

    def matrix(self, children: Children) -> tree.Matrix:
        first, at, head, *rows = children
        return tree.Matrix(at, head, tuple(rows), self._span(first))

    def fixtures(self, children: Children) -> tree.Fixtures:
        return tree.Fixtures(children[1], tuple(children[2:]), self._span(children[0]))

    def policy_test(self, children: Children) -> tree.PolicyTest:
        first, name, using, *items = children
        return tree.PolicyTest(name, using or (), tuple(items), self._span(first))

    def start(self, children: Children) -> tree.Document:
        return tree.Document(tuple(children))


def _fields(children: Children) -> tuple[tuple[tree.Field, ...], tuple[tree.Name, ...]]:
    """The fields among the statements of a block, and the names that it assumes."""
    fields = tuple(child for child in children if isinstance(child, tree.Field))
    assumed = (child.names for child in children if isinstance(child, tree.Assume))
    return fields, tuple(name for names in assumed for name in names)
