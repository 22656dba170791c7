"""The grammar has one reading, and words are keywords only where they must be."""

from collections.abc import Iterator

import pytest
from lark import Lark, Token
from lark.exceptions import GrammarError
from lark.lexer import Lexer as AnyLexer

from remit.syntax import tree
from remit.syntax.lexer import Lexer
from remit.syntax.render_words import KEYWORDS
from tests.parsing import S, read

GO_ON = {"not", "with", "at", "missing", "because", "token", "resource", "context", "oblige"}
OPEN_TYPES = {"set", "list", "map"}


class NoLexer(AnyLexer):
    """Stands where lark would build a lexer, so that it looks at the tables only."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, *_arguments: object) -> Iterator[Token]:
        yield from ()


def opened(lexer: str | type[AnyLexer], *, strict: bool = True) -> Lark:
    place = ("remit_grammar", "remit.lark")
    return Lark.open_from_package(*place, parser="lalr", lexer=lexer, strict=strict)


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


def test_the_renderer_quotes_the_words_of_the_grammar_and_no_other() -> None:
    assert set(keywords()) == KEYWORDS


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
            (tree.Relation(name=relation, condition=tree.Compare(left=tree.Path(steps=members))),),
            (
                tree.TokenFixture(claims=tree.RecordOf(pairs=((claim, _),))),
                tree.ResourceFixture(type=type_),
            ),
        ):
            names += [role, *extended, relation, claim, type_]
            names += [step for step in members if isinstance(step, tree.Name)]
        case other:
            pytest.fail(f"read as {other}")
    assert [name.text for name in names] == [word] * 10


@pytest.mark.parametrize("word", keywords())
def test_a_keyword_is_a_member_a_parameter_a_step_and_a_key(word: str) -> None:
    token, resource, test = read(
        f"token {{ x: {{ {word}: int, {word}?: int }} from {word}.{word} }}\n"
        f"resource R {{ action a({word}: int) needs s }}\n"
        f'test "t" {{ b may a d ({word}: 1) with b {{ {word}: 1, "{word}": 1 }} }}\n'
    ).items
    match token, resource, test:
        case (
            tree.TokenClaims(fields=(tree.Field(type=tree.RecordType(fields=fields), source=source),)),
            tree.Resource(items=(tree.Action(parameters=parameters),)),
            tree.PolicyTest(
                items=(
                    tree.Expectation(
                        arguments=tree.RecordOf(pairs=arguments),
                        changes=(tree.With(changes=tree.RecordOf(pairs=pairs)),),
                    ),
                )
            ),
        ):
            names = [field.name for field in (*fields, *parameters)]
            names += [*(source or ()), *(name for name, _ in (*arguments, *pairs))]
            assert [name.text for name in names] == [word] * 8
        case other:
            pytest.fail(f"read as {other}")


@pytest.mark.parametrize("word", sorted(set(keywords()) - OPEN_TYPES))
def test_a_keyword_that_opens_no_type_is_the_name_of_one(word: str) -> None:
    (alias,) = read(f"type {word} = {word}").items
    assert alias == tree.TypeAlias(tree.Name(word, S), tree.NamedType(tree.Name(word, S), S), S)


@pytest.mark.parametrize("word", ["a b", *sorted(OPEN_TYPES)])
def test_a_type_may_have_a_name_in_backquotes(word: str) -> None:
    (alias,) = read(f"type A = set<`{word}`>").items
    named = tree.NamedType(tree.Name(word, S), S)
    assert alias == tree.TypeAlias(tree.Name("A", S), tree.SetType(named, S), S)


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
            assert name == tree.Name(word, S)
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
        case (tree.Scopes(names=names), tree.Action(needs=(clause,))):
            assert isinstance(clause.need, tree.NeedAny)
            needs = clause.need.needs
            assert [name.text for name in names] == ["read:x/y?z=1", "42", "a#b", "-x", "*.*"]
            assert [n.scope.text for n in needs if isinstance(n, tree.NeedScope)] == ["read:x", "a&b"]
        case other:
            pytest.fail(f"read as {other}")


def test_a_group_of_scopes_is_one_scope_without_its_blanks() -> None:
    (api,) = read("api a { role r grants {read, write}:{a,\n  #b}:x, {*} except d{} }").items
    assert isinstance(api, tree.Api)
    match api.items:
        case (tree.Role(grants=granted, exclusions=(excluded,)),):
            assert [name.text for name in granted] == ["{read,write}:{a,#b}:x", "{*}"]
            assert excluded.text == "d{}"
        case other:
            pytest.fail(f"read as {other}")


def test_a_comment_begins_after_a_blank_or_at_the_start() -> None:
    text = "# x {\n#\n  # }\napi a { # }\n}\t# y\n#"
    assert read(text) == read("api a {}")
