"""What is nested too deep is refused; after a mistake reading goes on, and each is one finding."""

import re

import pytest

from remit.diagnostics import Code
from remit.spans import Span
from remit.syntax.findings import MAX_DEPTH
from remit.syntax.render import render
from remit.syntax.tree import Document
from tests.parsing import FILE, found_in, guilty, read

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
