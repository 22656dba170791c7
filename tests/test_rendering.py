"""All of the language is written back as it was read, in one layout."""

from datetime import timedelta
from decimal import Decimal

import pytest

from remit.diagnostics import Code
from remit.syntax import tree
from remit.syntax.render import render
from remit.syntax.tree import Document
from tests.parsing import S, found_in, read

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
    asserts client nightly, `client`
    asserts `role` "x", "y"
    roles from realm_access."https://example.com/roles".role
  }
  issuer "other"
  scope from "scopes.json"
  scope read:doc, `#x`, `nothing` "What \"it\" means\n" implies share
  scope share, {*} implies {read,write}:doc
  role viewer, `nightly ``job```
  role admin extends viewer grants read:doc, share except `#a`
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

resource Ward {}

fixtures `using` {
  token `no` {}
}

fixtures empty {}

test "of it" using `using`, empty {
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

  matrix {
    who, resource | browse | `yes` | read
    ann, d | yes | no | -
    `no`, matrix | - | - | yes
  }
  matrix at "2026-01-01T00:00Z" {
    who | browse
    anonymous | no
  }
  matrix {}
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
