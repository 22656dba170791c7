"""Hypothesis strategies for any tree that can be written down, well-typed or not.

What the checker would say is no matter here: these are for the law of rendering and parsing.
"""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from remit.syntax import tree
from tests.pieces import S

WORDS = (
    "owner",
    "role",
    "token",
    "action",
    "any",
    "all",
    "new",
    "set",
    "from",
    "like",
    "assume",
    "a b",
    "`",
    "not",
    "true",
    "nothing",
    "_1",
    "\u00fc",
    "#",
    "class",
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.builds(
    tree.Name,
    st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=5).filter(
        lambda text: text.isprintable() and text.strip() == text
    ),
    span=st.just(S),
)
keys = names | st.builds(tree.Name, texts, span=st.just(S))
SCOPES = (
    "read:doc",
    "any",
    "#x",
    "a,b",
    "`",
    "{a}",
    "{read,write}:{users,#x}",
    "{*}",
    "1",
    "-",
    "nothing",
    "or",
    "acr",
    "from",
)
scopes = st.builds(
    tree.Name,
    st.sampled_from(SCOPES)
    | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=5).filter(
        lambda text: not set(text) & set('"\\{}')
    ),
    span=st.just(S),
)
strings = st.builds(tree.Literal, texts, span=st.just(S))
decimals = st.builds(
    lambda whole, part, sign: Decimal(f"{sign}{whole}.{part}"),
    st.integers(0, 10**24 - 1),
    st.text("0123456789", min_size=1, max_size=10),
    st.sampled_from(("", "-")),
)
durations = st.builds(
    lambda count, unit: count * timedelta(**{unit: 1}),
    st.integers(0, 10_000),
    st.sampled_from(("milliseconds", "seconds", "minutes", "hours", "days", "weeks")),
)
ages = st.builds(tree.Literal, durations, span=st.just(S))
literals = st.builds(
    tree.Literal,
    texts | st.booleans() | st.integers(-(2**63), 2**63 - 1) | decimals | durations,
    span=st.just(S),
)


def several(strategy: st.SearchStrategy[object], low: int = 1) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, min_size=low, max_size=3).map(tuple)


# ---- needs, which conditions ask for as well

scope_needs = st.recursive(
    st.builds(tree.NeedScope, scopes, span=st.just(S)) | st.just(tree.NeedNothing(S)),
    lambda inner: (
        st.builds(tree.NeedAll, several(inner, 2), span=st.just(S))
        | st.builds(tree.NeedAny, several(inner, 2), span=st.just(S))
    ),
    max_leaves=5,
)

# ---- expressions and records

OPERATORS = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))


def paths_of(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Path]:
    step = names | st.builds(tree.Index, inner, span=st.just(S))
    return st.builds(tree.Path, names, st.lists(step, max_size=2).map(tuple), span=st.just(S))


def lists_of(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.ListOf]:
    """A record stands in a list, and nowhere else in an expression."""
    return st.builds(tree.ListOf, several(inner | records_of(inner), 0), span=st.just(S))


def records_of(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.RecordOf]:
    return st.builds(tree.RecordOf, several(st.tuples(keys, inner), 0), span=st.just(S))


def _larger(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    paths = paths_of(inner)
    return st.one_of(
        paths,
        lists_of(inner),
        st.builds(tree.Has, paths, span=st.just(S)),
        st.builds(tree.Not, inner, span=st.just(S)),
        st.builds(tree.And, several(inner, 2), span=st.just(S)),
        st.builds(tree.Or, several(inner, 2), span=st.just(S)),
        st.builds(tree.Compare, OPERATORS, inner, inner, span=st.just(S)),
        st.builds(tree.Membership, inner, inner, st.booleans(), span=st.just(S)),
        st.builds(tree.Like, inner, strings, span=st.just(S)),
        st.builds(tree.Coalesce, inner, inner, span=st.just(S)),
        st.builds(tree.Arithmetic, st.sampled_from("+-*"), inner, inner, span=st.just(S)),
        st.builds(tree.Call, names, several(inner, 0), span=st.just(S)),
        st.builds(tree.Quantified, st.booleans(), names, inner, inner, span=st.just(S)),
    )


expressions: st.SearchStrategy[tree.Expression] = st.recursive(
    st.one_of(
        literals,
        st.builds(tree.Path, names, several(names, 0), span=st.just(S)),
        st.builds(tree.ScopeTest, st.sampled_from(("granted", "holds")), scope_needs, span=st.just(S)),
    ),
    _larger,
    max_leaves=8,
)
records = records_of(expressions | records_of(expressions))
data = expressions | records

# ---- types

type_names = st.builds(
    tree.Name,
    st.sampled_from(("string", "user", "client", "class", "token", "_", "set", "map", "a b")),
    span=st.just(S),
)


def fields_of(
    types: st.SearchStrategy[tree.TypeExpression],
    default: st.SearchStrategy[tree.Expression | None] = st.none(),  # noqa: B008  (strategies do not change)
    source: st.SearchStrategy[object] = st.none(),  # noqa: B008  (as above)
) -> st.SearchStrategy[tree.Field]:
    return st.builds(tree.Field, names, st.booleans(), types, default, source, span=st.just(S))


types: st.SearchStrategy[tree.TypeExpression] = st.recursive(
    st.one_of(
        st.builds(tree.NamedType, type_names, span=st.just(S)),
        st.builds(tree.EnumType, several(strings), st.just(value=False), span=st.just(S)),
        st.builds(tree.EnumType, several(strings, 2), st.just(value=True), span=st.just(S)),
    ),
    lambda inner: st.one_of(
        st.builds(tree.SetType, inner, span=st.just(S)),
        st.builds(tree.ListType, inner, span=st.just(S)),
        st.builds(tree.MapType, inner, inner, span=st.just(S)),
        st.builds(tree.RecordType, several(fields_of(inner), 0), span=st.just(S)),
    ),
    max_leaves=4,
)
fields = fields_of(types, st.none() | data)
claims = fields_of(types, st.none() | data, st.none() | several(keys))

# ---- statements

clauses = st.builds(tree.NeedClause, scope_needs, st.none() | expressions, span=st.just(S))
actions = st.builds(
    tree.Action,
    several(names),
    st.booleans(),
    several(fields_of(types), 0),
    several(clauses, 0),
    span=st.just(S),
)
actions_from = st.builds(tree.ActionsFrom, strings, span=st.just(S))
relations = st.builds(tree.Relation, names, expressions, span=st.just(S))

who = st.one_of(
    st.just(tree.Entitled(S)),
    st.just(tree.Anyone(S)),
    st.builds(tree.RoleSubject, names, span=st.just(S)),
    st.builds(tree.ClientSubject, names, span=st.just(S)),
    st.builds(tree.NamedSubject, names, span=st.just(S)),
)
subjects = several(who | st.builds(tree.AllSubjects, several(who, 2), span=st.just(S)))
obligations = st.builds(tree.Obligation, names, st.none() | records, span=st.just(S))
challenges = st.builds(tree.NeedAcr, several(strings), span=st.just(S)) | st.builds(
    tree.NeedMaxAge, ages, span=st.just(S)
)


def rules_of(
    effect: str, to: st.SearchStrategy[object], asked: int = 0, obliged: int = 0
) -> st.SearchStrategy[tree.Rule]:
    """Rules with at least so many challenges, and at most so many obligations."""
    return st.builds(
        tree.Rule,
        st.just(effect),
        st.none() | strings,
        st.none() | several(names),
        st.none() | several(names),
        to,
        st.none() | expressions,
        st.none() | expressions,
        several(challenges, asked) if asked else st.just(()),
        st.lists(obligations, max_size=obliged).map(tuple),
        st.none() | strings,
        span=st.just(S),
    )


rules = st.one_of(
    rules_of("permit", subjects, obliged=2),
    rules_of("forbid", st.none() | subjects, obliged=2),
    rules_of("require", st.none(), asked=1),
)

# ---- declarations

audiences = st.builds(tree.Audience, several(strings), span=st.just(S))
issuer_items = st.one_of(
    audiences,
    st.builds(tree.AssertsRoles, several(names), span=st.just(S)),
    st.builds(tree.AssertsClients, several(names), span=st.just(S)),
    st.builds(tree.AssertsClaim, names, several(strings), span=st.just(S)),
    st.builds(tree.ClaimSource, names, several(keys), span=st.just(S)),
)
inherited = several(names, 0)
roles = st.one_of(
    st.builds(tree.Role, several(names), inherited, st.just(()), st.just(()), span=st.just(S)),
    st.builds(
        tree.Role, several(names), inherited, several(scopes), several(scopes, 0), span=st.just(S)
    ),
)
groups = st.none() | names
clients = st.one_of(
    st.builds(tree.Client, several(names), groups, st.none(), st.just(()), span=st.just(S)),
    st.builds(tree.Client, several(names), groups, several(scopes), several(scopes, 0), span=st.just(S)),
)
declarations = st.one_of(
    audiences,
    st.builds(tree.Issuer, strings, groups, several(issuer_items, 0), span=st.just(S)),
    st.builds(tree.Scopes, several(scopes), st.none() | strings, several(scopes, 0), span=st.just(S)),
    st.builds(tree.ScopesFrom, strings, span=st.just(S)),
    st.just(tree.ActorsAllowed(S)),
    roles,
    clients,
)
statements = actions | actions_from | relations | rules
assumptions = st.builds(tree.Assume, several(names), span=st.just(S))

# ---- tests

expectations = st.builds(
    tree.Expectation,
    names,
    st.booleans(),
    several(names),
    st.none() | names,
    st.none() | records,
    several(st.builds(tree.With, st.none() | names, records, span=st.just(S)), 0),
    st.none() | strings,
    st.one_of(
        st.none(),
        st.builds(tree.MissingScope, scopes, span=st.just(S)),
        st.builds(tree.MissingRole, names, span=st.just(S)),
        st.builds(tree.MissingAcr, strings, span=st.just(S)),
    ),
    st.none() | strings,
    st.lists(obligations, max_size=2).map(tuple),
    span=st.just(S),
)
fixtures = st.one_of(
    st.builds(tree.TokenFixture, names, records, span=st.just(S)),
    st.builds(tree.ResourceFixture, names, names, records, span=st.just(S)),
    st.builds(tree.ContextFixture, records, span=st.just(S)),
)
cells = st.builds(tree.Cell, st.none() | st.booleans(), span=st.just(S))
heads = st.builds(tree.MatrixHead, st.booleans(), several(names), span=st.just(S))
rows = st.builds(tree.MatrixRow, names, st.none() | names, several(cells), span=st.just(S))
matrices = st.one_of(
    st.builds(tree.Matrix, st.none() | strings, st.none(), st.just(()), span=st.just(S)),
    st.builds(tree.Matrix, st.none() | strings, heads, several(rows, 0), span=st.just(S)),
)
test_items = fixtures | expectations | matrices

# ---- documents

items = st.one_of(
    st.builds(tree.Api, names, several(declarations | statements, 0), span=st.just(S)),
    st.builds(tree.TokenClaims, several(claims, 0), several(names, 0), span=st.just(S)),
    st.builds(tree.Context, several(fields, 0), several(names, 0), span=st.just(S)),
    st.builds(
        tree.Resource,
        names,
        several(fields, 0),
        several(statements | assumptions, 0),
        span=st.just(S),
    ),
    st.builds(tree.TypeAlias, names, types, span=st.just(S)),
    st.builds(tree.Let, names, st.none() | types, expressions, span=st.just(S)),
    st.builds(tree.Data, names, types, strings, span=st.just(S)),
    rules,
    st.builds(tree.Fixtures, names, several(fixtures, 0), span=st.just(S)),
    st.builds(tree.PolicyTest, strings, several(names, 0), several(test_items, 0), span=st.just(S)),
)
documents = st.builds(tree.Document, several(items, 0))
"""Any document that the language's grammar can hold."""
