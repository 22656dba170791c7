"""Hypothesis strategies for any tree that can be written down, well-typed or not.

What the checker would say is no matter here: these are for the law of rendering and parsing.
"""

from hypothesis import strategies as st

from remit.syntax import tree
from tests.pieces import S

WORDS = (
    "owner",
    "role",
    "token",
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
scopes = st.builds(
    tree.Name,
    st.sampled_from(("read:doc", "any", "#x", "a,b", "`", "{a}", "1", "-", "nothing", "or"))
    | st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=5).filter(
        lambda text: '"' not in text and "\\" not in text
    ),
    span=st.just(S),
)
strings = st.builds(tree.Literal, texts, span=st.just(S))
literals = st.builds(
    tree.Literal,
    texts | st.booleans() | st.integers(-(2**63), 2**63 - 1),
    span=st.just(S),
)
paths = st.builds(tree.Path, names, st.lists(names, max_size=2).map(tuple), span=st.just(S))
OPERATORS = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))


def several(strategy: st.SearchStrategy[object], low: int = 1) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, min_size=low, max_size=3).map(tuple)


def _larger(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    return st.one_of(
        st.builds(tree.Not, inner, span=st.just(S)),
        st.builds(tree.And, several(inner, 2), span=st.just(S)),
        st.builds(tree.Or, several(inner, 2), span=st.just(S)),
        st.builds(tree.Compare, OPERATORS, inner, inner, span=st.just(S)),
        st.builds(tree.Membership, inner, inner, st.booleans(), span=st.just(S)),
        st.builds(tree.Coalesce, inner, inner, span=st.just(S)),
        st.builds(tree.ListOf, several(inner, 0), span=st.just(S)),
    )


expressions: st.SearchStrategy[tree.Expression] = st.recursive(
    literals | paths | st.builds(tree.Has, paths, span=st.just(S)), _larger, max_leaves=8
)
constants = literals | st.builds(tree.ListOf, several(literals, 0), span=st.just(S))


def _record(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.RecordOf]:
    return st.builds(tree.RecordOf, several(st.tuples(names, inner), 0), span=st.just(S))


records = _record(expressions | _record(constants))
type_names = st.sampled_from(("string", "user", "class", "token", "_")).map(
    lambda text: tree.Name(text, S)
)

types = st.recursive(
    st.builds(tree.NamedType, type_names, span=st.just(S))
    | st.builds(tree.EnumType, several(strings), span=st.just(S)),
    lambda inner: st.builds(tree.SetType, inner, span=st.just(S)),
    max_leaves=3,
)
fields = st.builds(tree.Field, names, st.booleans(), types, st.none() | constants, span=st.just(S))

needs = st.just(tree.NeedNothing(S)) | st.recursive(
    st.builds(tree.NeedScope, scopes, span=st.just(S)),
    lambda inner: (
        st.builds(tree.NeedAll, several(inner, 2), span=st.just(S))
        | st.builds(tree.NeedAny, several(inner, 2), span=st.just(S))
    ),
    max_leaves=5,
)
actions = st.builds(tree.Action, several(names), st.none() | needs, span=st.just(S))
relations = st.builds(tree.Relation, names, expressions, span=st.just(S))

who = st.one_of(
    st.just(tree.Entitled(S)),
    st.just(tree.Anyone(S)),
    st.builds(tree.RoleSubject, names, span=st.just(S)),
    st.builds(tree.NamedSubject, names, span=st.just(S)),
)
subjects = several(who | st.builds(tree.AllSubjects, several(who, 2), span=st.just(S)))


def rules_of(effect: str, to: st.SearchStrategy[object]) -> st.SearchStrategy[tree.Rule]:
    return st.builds(
        tree.Rule,
        st.just(effect),
        st.none() | strings,
        st.none() | several(names),
        to,
        st.none() | expressions,
        st.none() | expressions,
        st.none() | strings,
        span=st.just(S),
    )


rules = rules_of("permit", subjects) | rules_of("forbid", st.none() | subjects)
declarations = st.one_of(
    st.builds(tree.Audience, several(strings), span=st.just(S)),
    st.builds(tree.Issuer, strings, st.none() | names, span=st.just(S)),
    st.builds(tree.Scopes, several(scopes), st.none() | strings, several(scopes, 0), span=st.just(S)),
    st.builds(tree.Role, several(names), several(names, 0), several(scopes, 0), span=st.just(S)),
)
statements = actions | relations | rules

expectations = st.builds(
    tree.Expectation,
    names,
    st.booleans(),
    several(names),
    st.none() | names,
    several(st.builds(tree.With, st.none() | names, records, span=st.just(S)), 0),
    st.none() | strings,
    st.none()
    | st.builds(tree.MissingScope, scopes, span=st.just(S))
    | st.builds(tree.MissingRole, names, span=st.just(S)),
    st.none() | strings,
    span=st.just(S),
)
test_items = st.one_of(
    st.builds(tree.TokenFixture, names, records, span=st.just(S)),
    st.builds(tree.ResourceFixture, names, names, records, span=st.just(S)),
    st.builds(tree.ContextFixture, records, span=st.just(S)),
    expectations,
)

items = st.one_of(
    st.builds(tree.Api, names, several(declarations | statements, 0), span=st.just(S)),
    st.builds(tree.TokenClaims, several(fields, 0), span=st.just(S)),
    st.builds(tree.Context, several(fields, 0), span=st.just(S)),
    st.builds(tree.Resource, names, several(fields, 0), several(statements, 0), span=st.just(S)),
    st.builds(tree.PolicyTest, strings, several(test_items, 0), span=st.just(S)),
)
documents = st.builds(tree.Document, several(items, 0))
"""Any document that the language's grammar can hold."""
