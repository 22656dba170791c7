"""The grammar has one reading; words are keywords only where they must be; all of it is written back."""

from collections.abc import Iterator

import pytest
from lark import Lark, Token
from lark.exceptions import GrammarError
from lark.lexer import Lexer as AnyLexer

from remit.decider.loading import read_set
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.lexer import Lexer
from remit.syntax.parser import parse
from remit.syntax.render import KEYWORDS, render
from remit.syntax.tree import Document

FILE = "p.remit"
GO_ON = {"not", "with", "at", "missing", "because", "token", "resource", "context"}


class NoLexer(AnyLexer):
    """Stands where lark would build a lexer, so that it looks at the tables only."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, *_arguments: object) -> Iterator[Token]:
        yield from ()


def opened(lexer: str | type[AnyLexer], *, strict: bool = True) -> Lark:
    place = ("remit_grammar", "remit.lark")
    return Lark.open_from_package(*place, parser="lalr", lexer=lexer, strict=strict)


def read(text: str) -> Document:
    document, findings = parse(Source(FILE, text))
    assert findings == ()
    return document


# ---- one reading


def test_the_tables_have_no_conflict() -> None:
    # strict, or lark would settle a conflict by shifting and not say so
    assert opened(NoLexer) is not None


def test_a_conflict_in_the_tables_would_be_reported() -> None:
    dangling = 'start: "if" start | "if" start "else" start | "x"'
    with pytest.raises(GrammarError, match="Shift/Reduce conflict"):
        Lark(dangling, parser="lalr", strict=True, lexer=NoLexer)


def test_no_two_terminals_match_the_same_text_where_both_can_stand() -> None:
    pytest.importorskip("interegular")
    assert opened("contextual") is not None


# ---- keywords


def keywords() -> list[str]:
    return sorted(Lexer(opened("basic", strict=False).terminals).keywords)


def test_every_word_of_the_grammar_is_quoted_by_the_renderer_where_it_must_be() -> None:
    assert set(keywords()) <= KEYWORDS


@pytest.mark.parametrize("word", keywords())
def test_a_keyword_is_a_name_where_no_keyword_can_stand(word: str) -> None:
    api, context, resource, test = read(
        f"api {word} {{ role {word} extends {word}, {word} }}\n"
        f"context {{ `{word}`: int }}\n"
        f"resource {word} {{ relation {word} when context.{word} == 1 }}\n"
        f'test "t" {{ token x {{ {word}: 1 }} resource x: {word} {{}} }}\n'
    ).items
    assert isinstance(api, tree.Api)
    assert isinstance(context, tree.Context)
    assert isinstance(resource, tree.Resource)
    assert isinstance(test, tree.PolicyTest)
    names = [api.name, resource.name, context.fields[0].name]
    match api.items, resource.items, test.items:
        case (
            (tree.Role(names=(role,), extends=extended),),
            (tree.Relation(name=relation, condition=tree.Compare(left=tree.Path(members=members))),),
            (
                tree.TokenFixture(claims=tree.RecordOf(pairs=((claim, _),))),
                tree.ResourceFixture(type=type_),
            ),
        ):
            names += [role, *extended, relation, *members, claim, type_]
        case other:
            pytest.fail(f"read as {other}")
    assert [name.text for name in names] == [word] * 10


@pytest.mark.parametrize("word", keywords())
def test_a_keyword_in_backquotes_is_a_name_and_never_the_keyword(word: str) -> None:
    (resource,) = read(
        f"resource R {{ `{word}`: bool action `{word}` needs `{word}` permit `{word}` to `{word}`\n"
        f"relation x when `{word}` and not `{word}` }}"
    ).items
    assert isinstance(resource, tree.Resource)
    match resource.items[1]:
        case tree.Rule(actions=(action,), subjects=(tree.NamedSubject(name=subject),)):
            assert (action.text, subject.text) == (word, word)
        case other:
            pytest.fail(f"read as {other}")


@pytest.mark.parametrize("word", sorted(set(keywords()) - GO_ON))
def test_a_keyword_that_ends_no_expectation_is_what_one_is_about(word: str) -> None:
    (test,) = read(f'test "t" {{ ann may {word}, {word} {word} bob may {word} }}').items
    assert isinstance(test, tree.PolicyTest)
    match test.items:
        case (tree.Expectation(resource=name), tree.Expectation(resource=None)):
            assert name == tree.Name(word, Span(FILE, 0, 0))
        case other:
            pytest.fail(f"read as {other}")


def test_a_word_before_may_opens_an_expectation() -> None:
    (test,) = read('test "t" { token may read resource may read token `may` {} }').items
    assert isinstance(test, tree.PolicyTest)
    assert [type(item) for item in test.items] == [tree.Expectation] * 2 + [tree.TokenFixture]


@pytest.mark.parametrize("word", ["and", "when", "api", "permit", "true"])
def test_a_keyword_is_a_scope_where_no_keyword_can_stand(word: str) -> None:
    (api,) = read(f"api a {{ scope {word} }}").items
    assert isinstance(api, tree.Api)
    match api.items:
        case (tree.Scopes(names=(name,)),):
            assert name.text == word
        case other:
            pytest.fail(f"read as {other}")


def test_a_scope_is_the_longest_run_of_its_characters() -> None:
    # failure mode 18: nothing is split off a scope
    (api,) = read("api a { scope read:x/y?z=1, 42, a#b, -x, *.* action r needs (read:x or a&b) }").items
    assert isinstance(api, tree.Api)
    match api.items:
        case (tree.Scopes(names=names), tree.Action(needs=tree.NeedAny(needs=needs))):
            assert [name.text for name in names] == ["read:x/y?z=1", "42", "a#b", "-x", "*.*"]
            assert [n.scope.text for n in needs if isinstance(n, tree.NeedScope)] == ["read:x", "a&b"]
        case other:
            pytest.fail(f"read as {other}")


def test_a_comment_begins_after_a_blank_or_at_the_start() -> None:
    text = "# x {\n#\n  # }\napi a { # }\n}\t# y\n#"
    assert read(text) == read("api a {}")


# ---- written back

WHOLE = r"""api documents {
  audience "https://api.example.com", "b"
  issuer "https://issuer.example/" profile auth0
  issuer "other"
  scope read:doc, `#x`, `nothing` "What \"it\" means\n" implies share
  scope share
  role viewer, `nightly ``job```
  role admin extends viewer grants read:doc, share

  action browse

  permit browse to entitled
}

token {
  tenant: string
  `not`: bool = false
}

context {}

resource `Case file` {
  owner: user
  kind: "low" | "high" = "low"
  tags?: set<string> = ["a", "b"]
  limit: int = -3

  action read, write needs read:doc and (share or `#x`)
  action print needs share or (read:doc and `nothing`)
  action peek needs nothing

  relation trusted when owner in token.groups

  permit "by name" read to entitled, anyone, role admin, owner and trusted
  permit any to owner when not tags ?? [] == ["x"] unless has token.`a b` because "so it is"
  permit read to owner
    when kind in ["low", "high"] and (limit < 1 or limit <= 2) and limit > 3 and limit >= 4
    unless limit != 5 or tenant not in tags
    because "a reason that does not fit on the line \u{200B}"

  forbid write

  permit write to owner
}

test "of it" {
  token ann { sub: "ann", roles: ["viewer"], act: { sub: "x" } }
  resource d: `Case file` {}
  context { office: true }

  ann may browse
  ann may not read, write d with d { limit: -1 } with context {} at "2026-01-01T00:00Z" missing share
  ann may not read d missing role admin because "so it is"

  token bob {}
}
"""


def test_a_text_in_the_canonical_layout_is_written_back_as_it_was() -> None:
    # failure modes 9 and 46
    assert render(read(WHOLE)) == WHOLE


def test_what_is_written_says_the_same_whatever_the_layout() -> None:
    # failure mode 46
    assert read(" ".join(WHOLE.split())) == read(WHOLE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("(a)", "a"),
        ("((a and b))", "a and b"),
        ("(a == b)", "a == b"),
        ("(a ?? b) ?? c", "a ?? b ?? c"),
        ("[a, b,]", "[a, b]"),
        ("not (not a)", "not not a"),
    ],
)
def test_parentheses_and_commas_without_a_meaning_leave_no_trace(written: str, meant: str) -> None:
    text = "resource R {{ relation x when {} }}"
    assert read(text.format(written)) == read(text.format(meant))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("not (a and b)", "not a and b"),
        ("(a and b) or c", "a and (b or c)"),
        ("a ?? (b ?? c)", "a ?? b ?? c"),
        ("not (a == b)", "(not a) == b"),
        ("(a in b) in c", "a in (b in c)"),
        ("(a and b) and c", "a and b and c"),
    ],
)
def test_parentheses_with_a_meaning_stay(one: str, other: str) -> None:
    # failure mode 46
    documents = [read(f"resource R {{ relation x when {text} }}") for text in (one, other)]
    assert documents[0] != documents[1]
    assert [read(render(document)) for document in documents] == documents


# ---- going on after a mistake


@pytest.mark.parametrize(
    "broken",
    [
        "permit ) to x",
        'permit r to x because "no end',
        "permit r to `no end",
        "permit r to x when ((((",
        "permit r to x when ^ ^ ^",
        "permit { permit } )",
        "} }",
        "]",
    ],
)
def test_a_mistake_does_not_hide_the_next(broken: str) -> None:
    text = f"api a {{\n{broken}\naction ! s\n}}\ncontext {{ n int }}\n"
    findings = read_set(None, {FILE: text}).findings
    guilty = [text[finding.span.start : finding.span.end] for finding in findings if finding.span]
    assert guilty[-2:] == ["!", "int"]


def test_a_keyword_that_is_read_from_is_no_new_statement() -> None:
    # `token.x` on a line of its own goes on with the condition, also after a mistake
    text = "resource R {\n permit r to a when ) and\ntoken.x\n permit r to ]\n}\n"
    findings = read_set(None, {FILE: text}).findings
    assert [finding.message for finding in findings] == ["unexpected `)`", "unexpected `]`"]
