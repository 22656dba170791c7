"""What people write who come from other languages, or forget a sign, and what they are told."""

import pytest

from remit.diagnostics import Code
from tests.parsing import found_in

HEAD = """api a {
  scope read:x
}
resource D {
  owner: user
  tenant: string
  tags: set<string>
  cost: int
  action read, write needs read:x
  permit any to owner
"""


def rule(text: str) -> str:
    return f"{HEAD}  {text}\n}}\n"


def when(condition: str) -> str:
    return rule(f'forbid read when {condition} because "no"')


def trial(text: str) -> str:
    return f'test "t" {{\n  token ann {{}}\n  {text}\n}}\n'


SLIPS = (
    # ---- signs of other languages
    (when('tenant «=» "x"'), "did you mean `==`?"),
    (when('tenant «===» "x"'), "did you mean `==`?"),
    (when('tenant «!==» "x"'), "did you mean `!=`?"),
    (when('tenant «<>» "x"'), "did you mean `!=`?"),
    (when("cost «=>» 3"), "did you mean `>=`?"),
    (when("cost «=<» 3"), "did you mean `<=`?"),
    (when('tenant «=~» "x*"'), "did you mean `like`?"),
    (when('tenant == "x" «&&» cost > 3'), "did you mean `and`?"),
    (when('tenant == "x" «&» cost > 3'), "did you mean `and`?"),
    (when('tenant == "x" «||» cost > 3'), "did you mean `or`?"),
    (when('tenant == "x" «|» cost > 3'), "did you mean `or`?"),
    (when('«!»(tenant == "x")'), "did you mean `not`?"),
    (when("tenant == «'x'»"), 'did you mean `"x"`?'),
    (when("tenant == «“x”»"), 'did you mean `"x"`?'),
    (when("tenant == «'»x"), 'a string stands between `"` and `"`'),
    (when("tenant == «'»it\\'s'"), 'a string stands between `"` and `"`'),
    (when("cost > «.5»"), "did you mean `0.5`?"),
    (when("cost > 10«%»"), "there is no such sign: write the number itself"),
    (when("cost «/» 2 > 1"), "nothing can be divided: multiply the other side"),
    (rule("«//» what is read"), "a comment begins with `#`"),
    (rule("«/*» what is read */"), "a comment begins with `#`"),
    (rule("«--» what is read"), "a comment begins with `#`"),
    (rule("forbid read«;»"), "leave it out: nothing stands between statements"),
    (rule("forbid«\xa0»read"), "only blanks, tabs and line ends stand between words"),
    (when("gr«ö»ße > 3"), "a name with letters other than A to Z stands in backquotes"),
    # ---- words of other languages
    (rule("«allow» read to owner"), "did you mean `permit`?"),
    (rule("«deny» read"), "did you mean `forbid`?"),
    (rule("«Permit» read to owner"), "did you mean `permit`?"),
    (rule("forbid read «if» cost > 3"), "did you mean `when`?"),
    (rule("forbid read «where» cost > 3"), "did you mean `when`?"),
    (rule('forbid read «reason» "x"'), "did you mean `because`?"),
    (rule("permit read «by» owner"), "did you mean `to`?"),
    (rule("permit «*» to owner"), "did you mean `any`?"),
    (rule("action go «requires» read:x"), "did you mean `needs`?"),
    (when('tenant «is» "x"'), "did you mean `==`?"),
    (when('tenant «matches» "x"'), "did you mean `like`?"),
    (when('«tags.contains("x")»'), 'did you mean `"x" in tags`?'),
    (when("«tags.includes( token.name )»"), "did you mean `token.name in tags`?"),
    (when('«tags contains "x"»'), 'did you mean `"x" in tags`?'),
    (when('«tenant.startswith("x")»'), 'did you mean `tenant like "x*"`?'),
    (when('«tenant.endsWith("x")»'), 'did you mean `tenant like "*x"`?'),
    (trial("ann «can» read d"), "did you mean `may`?"),
    (trial("ann «mya» read d"), "did you mean `may`?"),
    (trial("ann «cannot» read d"), "did you mean `may not`?"),
    # ---- blocks and statements
    (f"{HEAD}\n«resource» E {{\n}}\n", "`resource D {` in line 4 is not closed"),
    (f'{HEAD}\n«test» "t" {{\n}}\n', "`resource D {` in line 4 is not closed"),
    (f"{HEAD}\n«token» {{\n}}\n", "`resource D {` in line 4 is not closed"),
    ("resource D {\n  owner: user\n\ntoken «{»\n}\n", "`resource D {` in line 1 is not closed"),
    (f"{trial('ann may read d')[:-2]}\nresource D «{{»\n}}\n", '`test "t" {` in line 1 is not closed'),
    ('api a {\n  issuer "y" {\n\nresource «D» {\n}\n', '`issuer "y" {` in line 2 is not closed'),
    (trial("resource d «{»\n  }"), "expected `:`"),
    (rule("«extra»: string"), "attributes stand before actions and rules"),
    (rule("«extra»?: string"), "attributes stand before actions and rules"),
    (rule("forbid read when cost > 3 «when» cost < 9"), "a rule has one `when`"),
    (rule('forbid read because "x" «when» cost > 3'), "`when` stands before `because`"),
    (rule("relation r when cost > 3\n  relation s when cost > 3 «when» cost < 9"), "`or`, an operator"),
    # ---- signs that are missing, or one too many
    (rule("permit read to owner «role» r"), "a `,` or `and` is missing before it"),
    (rule("forbid read «write» when cost > 3"), "a `,` is missing before it"),
    (rule("permit read to owner «wen» cost > 3"), "did you mean `when`?"),
    (rule("permit read to owner «provided» cost > 3"), "expected `,`, `and`, `because`, `oblige`"),
    (when('tenant in ["a" «"b"»]'), "a `,` is missing before it"),
    (when('(tenant == "x" «because» "y"'), "a `)` is missing before it"),
    (rule('forbid read when tenant in ["a" «because» "y"'), "a `]` is missing before it"),
    (when('tenant == "x"«)»'), "no `(` is open here"),
    ("api a {\n}\n«}»\n", "no `{` is open here"),
    ("api a {\n  scope a:b «c»:d\n}\n", "a `,` is missing before it"),
    ("token { tenant «string» }", "a `:` is missing before it"),
    (trial("resource d: D {\n    a: 1\n    «b»: 2\n  }"), "a `,` is missing before it"),
    (when("1 < cost «<» 3"), "compare two values at a time, and join the two by `and`"),
    (when("cost > 1«e3»"), "after a number stands `ms`, `s`"),
    (when("cost > 1«_000»"), "after a number stands `ms`, `s`"),
    (when("now > at + 15«min»"), "after a number stands `ms`, `s`"),
    (when('tenant == "x because "«x»"'), '`"x because "` is one string: a `"` is missing'),
    (when(f'tenant == "{"x" * 50}"«x»"'), f'`"{"x" * 39}...` is one string: a `"` is missing'),
    (when('(tenant == "x")«x»'), "expected `and`, `because`"),
    (trial("«ann» reads d"), "an expectation (`NAME may ACTION`)"),
    # ---- what could stand there, where nobody can tell what was meant
    (when("cost > «,»"), "expected a value"),
    (rule("forbid read when «,»"), "expected a value or a condition"),
    (when(f'{"a" * 120} «contains» "x"'), "expected `and`, `because`"),  # too long to be repeated
    ("let x = «{» a: 1 }", "name that by `data`"),
    (when("tags == «{» a: 1 }"), "name that by `data`"),
    (rule("forbid read when cost > 3 «go»"), "expected `and`, `because`, `oblige`, `or`, `unless`, an"),
)  # fmt: skip


@pytest.mark.parametrize(("written", "hint"), SLIPS)
def test_a_slip_is_told_what_was_most_likely_meant(written: str, hint: str) -> None:
    text = written.replace("«", "").replace("»", "")
    first = found_in(text)[0]
    assert first.span is not None
    assert first.span.start == written.index("«")
    assert first.span.end == written.index("»") - 1
    assert first.code in (Code.UNEXPECTED, Code.UNKNOWN_CHARACTER)
    assert hint in (first.help or "")


def test_the_end_of_a_file_says_which_block_is_open() -> None:
    (finding,) = found_in("api a {\n  scope x\n")
    assert finding.help == "`api a {` in line 1 is not closed"
    (finding,) = found_in("type t = set<int")
    assert finding.help is None


@pytest.mark.parametrize("written", ["a" * 50_000, "a." * 5_000, "a " * 5_000])
def test_a_long_line_is_looked_at_near_the_place_only(written: str) -> None:
    # failure mode 59: what is looked at does not grow with the line, and there may be fifty findings
    findings = found_in("".join(f"let x = {written} ] {written}\n" for _ in range(2)))
    assert findings
