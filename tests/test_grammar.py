"""The grammar has one reading; words are keywords only where they must be; all of it is written back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from lark import Lark, Token
from lark.exceptions import GrammarError
from lark.lexer import Lexer as AnyLexer

from remit.diagnostics import Code, Finding
from remit.spans import Source, Span
from remit.syntax import tree
from remit.syntax.findings import MAX_DEPTH
from remit.syntax.lexer import Lexer
from remit.syntax.parser import parse
from remit.syntax.render import render
from remit.syntax.render_words import KEYWORDS
from remit.syntax.tree import Document

FILE = "p.remit"
S = Span(FILE, 0, 0)  # takes no part in equality
GO_ON = {"not", "with", "at", "missing", "because", "token", "resource", "context"}
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


def read(text: str) -> Document:
    document, findings = parse(Source(FILE, text))
    assert findings == ()
    return document


def guilty(text: str) -> list[str]:
    """What the findings point at, in order of place."""
    return [text[f.span.start : f.span.end] for f in found_in(text) if f.span]


def found_in(text: str) -> list[Finding]:
    return sorted(parse(Source(FILE, text))[1], key=lambda finding: finding.order)


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


# ---- written back

WHOLE = r"""type Access = "read" < "write" < "admin"
type Address = { street: string, zip?: string, `a b`: list<{}> }
type `set` = int

let hospital: set<cidr> = ["10.20.0.0/16", "2001:db8::/32"]
let late = clock(now, "Europe/Berlin") > 20h or (weekday(now, zone) in ["sat", "sun"] and true)

data holidays: set<string> from "holidays.json"

permit any on `Case file`, Ward to entitled

forbid read on Ward when action.not and `action`

api documents {
  audience "https://api.example.com", "b"
  issuer "https://issuer.example/" profile auth0 {
    audience "c"
    asserts role viewer, admin
    asserts `role` "x", "y"
    roles from realm_access."https://example.com/roles".role
  }
  issuer "other"
  scope from "scopes.json"
  scope read:doc, `#x`, `nothing` "What \"it\" means\n" implies share
  scope share, {*} implies {read,write}:doc
  role viewer, `nightly ``job```
  role admin extends viewer grants read:doc, share except `{`
  client nightly, daily class batch grants {read,write}:doc except `except`
  client other
  actors allowed

  action browse
  action from "operations.json"

  permit browse to entitled
}

token {
  tenant: string
  `not`: bool = false
  roles?: list<string> = [] from realm_access.roles
  org: { name: string } = { name: "", "a b": [{ x: 1 }, 2] } from "https://example.com/org"
  assume roles, `not`
}

context {
  ip?: ip
}

resource `Case file` {
  owner: user
  by: client
  kind: "low" | "high" = "low"
  tags?: set<string> = ["a", "b"]
  limit: int = -3
  price: decimal = -0.50
  plans: map<string, { until?: datetime, level: Access }>
  cover: set<"a" < "b"> = []

  action new create, import(kind: string, new?: list<int>) needs write:doc
  action read, write needs read:doc and (share or `#x`)
  action print needs share or (read:doc and `nothing`) when tenant == token.tenant
  action peek
    needs nothing when kind == "low"
    needs read:doc

  assume tags, limit

  relation trusted when owner in token.groups
  relation caring when any m in plans[tenant].team where m.member == token.sub or not has m.until

  permit "by name" read to entitled, anyone, role admin, client nightly, owner and trusted
  permit any to owner when not tags ?? [] == ["x"] unless has token.`a b` because "so it is"
  permit read to owner
    when kind in ["low", "high"] and (limit < 1 or limit <= 2) and limit > 3 and limit >= 4
    unless limit != 5 or tenant not in tags
    oblige audit
    oblige mask { fields: ["name", { deep: {} }], "a b": now - 15m, for: 0s }
    because "a reason that does not fit on the line \u{200B}"

  forbid write when granted(read:doc and (share or print)) or holds(`#x`)

  permit write to owner

  require read acr "phr", "phrh" max_age 15m when limit * 2 > 5.0 unless price == -1.0
  require "recent" any on Ward max_age 90s because "so it is"
}

test "of it" {
  token ann { sub: "ann", roles: ["viewer"], act: { sub: "x" }, "https://x/y": 1.50 }
  resource d: `Case file` {}
  context { office: true }

  ann may browse
  ann may browse ()
  ann may not read, write d with d { limit: -1 } with context {} at "2026-01-01T00:00Z" missing share
  ann may not read d (amount: 5, role: "x") missing role admin because "so it is"
  ann may not pay d missing acr "phr"
  ann may not pay d missing `acr`

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
        ("a + (b * c)", "a + b * c"),
        ("(a + b) - c", "a + b - c"),
        ("(a * b) * c", "a * b * c"),
        ("a * (b ?? c)", "a * b ?? c"),
        ("(a + b) == c", "a + b == c"),
        ("(a + b) in c", "a + b in c"),
        ('(a) like "x"', 'a like "x"'),
        ("f((a and b), (any a in b where c))", "f(a and b, any a in b where c)"),
        ("m[(a and b)]", "m[a and b]"),
        ("[(any a in b where c)]", "[any a in b where c]"),
        ("(any a in b where (c and d))", "any a in b where c and d"),
        ("any a in b where (all c in d where e)", "any a in b where all c in d where e"),
        ("any a in (b - c) where d", "any a in b - c where d"),
        ("a - (-1)", "a - -1"),
        ("a -1", "a - 1"),
        ("a-1", "a - 1"),
        ("- 1", "-1"),
        ("f((-1)) - (-1.5)", "f(-1) - -1.5"),
        ("x in [(-1)]", "x in [-1]"),
        ("granted((a))", "granted(a)"),
        ("`f`(a)", "f(a)"),
        ('[{ "a": 1, b: 2, }]', "[{ a: 1, b: 2 }]"),
        ("`token`.a", "token.a"),
        ("60s", "1m"),
        ("[24h, 7d, 1000ms, 0w, 1500ms]", "[1d, 1w, 1s, 0s, 1500ms]"),
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
        ("(a + b) * c", "a + b * c"),
        ("a - (b - c)", "a - b - c"),
        ("a * (b * c)", "a * b * c"),
        ("(a * b) ?? c", "a * b ?? c"),
        ("(a == b) + c", "a == b + c"),
        ('(not a) like "x"', 'not a like "x"'),
        ("(any a in b where c) and d", "any a in b where c and d"),
        ("not (any a in b where c)", "any a in b where not c"),
        ("(any a in b where c) == d", "any a in b where c == d"),
        ("any a in (all b in c where d) where e", "all b in c where any a in d where e"),
        ("granted((a and b) or c)", "granted(a and (b or c))"),
        ("(a - 1)", "a * -1"),
        ("[5, 5.0]", "[5.0, 5]"),
    ],
)
def test_parentheses_with_a_meaning_stay(one: str, other: str) -> None:
    # failure mode 46
    documents = [read(f"resource R {{ relation x when {text} }}") for text in (one, other)]
    assert repr(documents[0]) != repr(documents[1])  # for 5 and 5.0 are equal
    assert [repr(read(render(document))) for document in documents] == list(map(repr, documents))


def value_of(text: str) -> tree.Expression:
    (let,) = read(f"let x = {text}").items
    assert isinstance(let, tree.Let)
    return let.value


def written(value: Decimal | timedelta) -> str:
    """A literal as the renderer writes it."""
    let = tree.Let(tree.Name("x", S), None, tree.Literal(value, S), S)
    return render(Document((let,))).removeprefix("let x = ").rstrip()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5", "5.0"),
        ("-5", "-5.0"),
        ("5.00", "5.00"),
        ("1E+3", "1000.0"),
        ("-1.5E-7", "-0.00000015"),
        ("0E-3", "0.000"),
        ("-0", "-0.0"),
    ],
)
def test_a_decimal_is_written_in_full_and_never_as_an_integer(value: str, text: str) -> None:
    assert written(Decimal(value)) == text
    match value_of(text):
        case tree.Literal(value=Decimal() as read_again):
            assert read_again == Decimal(value)
        case other:
            pytest.fail(f"read as {other}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(weeks=2), "2w"),
        (timedelta(days=15), "15d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(milliseconds=1), "1ms"),
        (timedelta(days=999_999_999), "999999999d"),
    ],
)
def test_a_duration_is_written_in_the_largest_unit_that_divides_it(value: timedelta, text: str) -> None:
    assert written(value) == text
    assert value_of(text) == tree.Literal(value, S)


def test_a_number_may_have_34_digits_beside_its_point() -> None:
    digits = "9" * 20 + "." + "9" * 14
    assert value_of(digits) == tree.Literal(Decimal(digits), S)
    assert value_of(f"-{digits}") == tree.Literal(Decimal(f"-{digits}"), S)
    assert [finding.code for finding in found_in(f"let x = {digits}9")] == [Code.BAD_NUMBER]


def test_a_key_may_be_any_text_and_is_a_name_where_it_looks_like_one() -> None:
    text = r'let x = [{ a: 1, "": 2, "a b": 3, "`\n": 4, "true": 5 }]'
    assert render(read(text)) == text.replace('"true"', "true") + "\n"


# ---- how deep it may go

NESTS = {
    "parentheses": ("(", "a", ")"),
    "not": ("not ", "a", ""),
    "lists": ("[", "", "]"),
    "records": ("[{ a: [", "", "] }]"),
    "calls": ("f(", "a", ")"),
    "indexes": ("a[", "b", "]"),
    "any": ("any a in b where ", "a", ""),
    "all": ("all a in (", "b", ") where c"),
    "sums": ("", "a", " + a"),
    "differences": ("", "a", " - a"),
    "products": ("", "a", " * a"),
    "fallbacks": ("", "a", " ?? a"),
    "sums in parentheses": ("(", "a", " + a + a + a)"),
    "conditions": ("(b == ", "a", " and c)"),
    "needs": ("", "granted(" + "(" * 70 + "a" + ")" * 70 + ")", ""),
    "the other sides": ("a + (", "b", ")"),
}
TYPES = {
    "sets": ("set<", "int", ">"),
    "lists": ("list<", "int", ">"),
    "maps": ("map<string, ", "int", ">"),
    "records": ("{ a: ", "int", " }"),
    "all of them": ("set<list<map<int, { a: ", "int", "}>>>"),
}


def nested(parts: tuple[str, str, str], count: int) -> str:
    before, middle, after = parts
    return before * count + middle + after * count


@pytest.mark.parametrize("parts", NESTS.values(), ids=NESTS)
@pytest.mark.parametrize("count", [MAX_DEPTH + 1, 20_000])
def test_an_expression_that_nests_too_deep_is_one_finding(
    parts: tuple[str, str, str], count: int
) -> None:
    # failure mode 44
    findings = found_in(f"let x = {nested(parts, count)}\nlet y = 1\n")
    assert [finding.code for finding in findings] == [Code.TOO_DEEP]


@pytest.mark.parametrize("parts", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("count", [MAX_DEPTH + 1, 20_000])
def test_a_type_that_nests_too_deep_is_one_finding(parts: tuple[str, str, str], count: int) -> None:
    # failure mode 44
    findings = found_in(f"type X = {nested(parts, count)}\n")
    assert [finding.code for finding in findings] == [Code.TOO_DEEP]


@pytest.mark.parametrize("parts", NESTS.values(), ids=NESTS)
def test_what_nests_less_is_read_compared_and_written_back(parts: tuple[str, str, str]) -> None:
    before, middle, after = parts
    text = nested((before, middle.replace("(" * 70, "(" * 8).replace(")" * 70, ")" * 8), after), 15)
    document = read(f"let x = {text}")
    assert read(render(document)) == document
    assert hash(document) == hash(read(render(document)))


@pytest.mark.parametrize("operator", ["+", "-", "*", "??"])
def test_a_chain_may_have_as_many_operators_as_fit_below_the_limit(operator: str) -> None:
    chain = "a" + f" {operator} a" * (MAX_DEPTH - 1)
    (let,) = read(f"let x = {chain}").items
    assert render(Document((let,))) == f"let x = {chain}\n"
    assert [f.code for f in found_in(f"let x = {chain} {operator} a")] == [Code.TOO_DEEP]


def test_what_is_long_without_being_deep_is_read() -> None:
    many = " and ".join("a + b ?? c == d" for _ in range(500))
    assert read(f"let x = {many}\nlet y = [{', '.join(['a * b', '{ a: b - c }'] * 500)}]") is not None
    assert read(f"let x = a{'[b]' * 500}{'.c' * 500}") is not None
    statements = "\n".join("let x = not a ?? b" for _ in range(500))
    assert len(read(statements).items) == 500


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
    assert guilty(text)[-2:] == ["!", "int"]


def test_a_keyword_that_is_read_from_is_no_new_statement() -> None:
    # `token.x` on a line of its own goes on with the condition, also after a mistake
    text = "resource R {\n permit r to a when ) and\ntoken.x\n permit r to ]\n}\n"
    assert guilty(text) == [")", "]"]


MISTAKES = r"""api a {
  issuer "x" profile auth0 {
    roles from realm. «)»
    asserts role «)»
    asserts tenant «b»
  }
  issuer "y" { roles from «5» }
  scope from «5»
  client a «clas» b
  client c grants x except «)»
  role r grants s except «)»
  action new create(kind «string», b: int) needs x
  action read
    needs read when «)»
    needs nothing
  action from «5»
  require any acr «5»
  require any max_age «5»
  require any «when» x
  permit any on to «x»
  permit any to a oblige «{» }
  actors «alowed»
}
token {
  a: map<string«>»
  b: { c: int, d «}» from x
  c: int from «5»
  type: string
  assume «)»
}
context {
  a: list<int «=» 5
  b: {
    c: strin «g»,
    type: «5»
  }
}
resource «{»
  a: int
  permit any to x
}
type A = "a" <
«type» B = set<«>»
let x «==» 2
data z: int «form» "x"
let q = any x «of» y where z
let q = f(a,«)»
let q = a[«]»
let q = a like «b»
let q = granted(x
«let» r = holds(«)»
let s = not «any» x in y where z
let s = a and «all» x in y where z
let s = [{ a: «}»]
permit any to «)»
role x
test "t" {
  token a { "x" «1» }
  resource d: D {
    a: [ { b «1» } ]
    role: «)»
  }
  a may pay d (amount «5»)
  a may pay d missing acr «phr»
  a may not «)»
  context { x «1» }
}
let ok = «)»
"""


def test_each_mistake_is_one_finding_and_costs_no_other_statement() -> None:
    text = MISTAKES.replace("«", "").replace("»", "")
    marked = [(m.start() - 2 * n, m.group(1)) for n, m in enumerate(re.finditer("«(.)", MISTAKES))]
    assert [(f.span.start, text[f.span.start]) for f in found_in(text) if f.span] == marked


@pytest.mark.parametrize("word", ["any", "all"])
@pytest.mark.parametrize("before", ["not ", "a and ", "a or b or ", "a == ", "1 + ", "a in "])
def test_a_quantifier_that_needs_parentheses_is_told_so(before: str, word: str) -> None:
    (finding,) = found_in(f"let x = {before}{word} y in z where y")
    assert finding.span == Span(FILE, 8 + len(before), 11 + len(before))
    assert finding.help == f"put `{word} ... in ... where ...` in parentheses"
