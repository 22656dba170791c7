"""Every finding: its code, the text under its caret, what it says and what helps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from remit import PolicyError
from remit.checker.issuers import PLACES
from remit.decider.reading import Reading, read_set
from remit.diagnostics import (
    Code,
    Finding,
    Severity,
    as_record,
    has_errors,
    printable,
    render,
    render_all,
    sorted_findings,
)
from remit.spans import Position, Source, Span
from remit.syntax.findings import MAX_BYTES, MAX_DEPTH, MAX_FINDINGS, MAX_TOKENS
from remit.syntax.source import decode
from remit.tokens.profiles import PROFILES

FILE = "p.remit"
API = 'api a {\n  audience "x"\n  issuer "y"\n  scope s\n  role admin grants s\n}\n'
HEAD = (
    API
    + """
token { plan: string  level?: int }
context { office: bool }
resource R {
  owner: user
  flag: bool
  size: int
  tag?: string
  rank?: int
  tags: set<string>
  kind: "low" | "high"
  action r needs s
  relation mine when owner == token.sub
"""
)


def api(statement: str) -> str:
    return f'api a {{\n  audience "x"\n  issuer "y"\n  scope s\n  {statement}\n}}\n'


def inside(statement: str) -> str:
    return f"{HEAD}  {statement}\n}}\n"


def when(condition: str) -> str:
    return inside(f"permit r to anyone when {condition}")


def after(statement: str) -> str:
    return f"{HEAD}}}\n{statement}\n"


def made(fields: str, statement: str) -> str:
    return f"{API}resource Q {{\n  {fields}\n  action r needs s\n  {statement}\n}}\n"


def data(content: str, type_: str, problem: str) -> "Case":
    """A file beside the policy that does not hold what it should."""
    text = after(f'data d: {type_} from «"d.json"»')
    return Case(Code.BAD_FILE, text, problem, beside={"d.json": content})


def trial(body: str) -> str:
    fixtures = 'token ann { sub: "ann" }\n  resource d: R { flag: true }\n  context { office: true }'
    return f'{HEAD}}}\ntest "t" {{\n  {fixtures}\n  {body}\n}}\n'


def fixture(type_: str, value: str, *, issuers: int) -> str:
    """A set with so many issuers, and a test whose resource has a member of that type and value."""
    several = "".join(f'  issuer "z{number}"\n' for number in range(1, issuers))
    resource = f"resource Q {{\n  m: {type_}\n  action r needs s\n  permit r to anyone\n}}\n"
    asked = f"token ann {{}} resource q: Q {{ m: {value} }} ann may not r q"
    return f'{API[:-2]}{several}}}\n{resource}test "t" {{ {asked} }}\n'


def of_profile(profile: str, claim: str, value: str) -> str:
    """A set whose issuer is of that profile, and a test whose token has that claim."""
    head = HEAD.replace('"y"', f'"y" profile {profile}', 1)
    asked = f"token ann {{ {claim}: {value} }} resource d: R {{}} ann may not r d"
    return f'{head}}}\ntest "t" {{ {asked} }}\n'


def parentheses(count: int) -> str:
    """A condition inside so many pairs, the last of them marked; the block's brace is a level too."""
    return "(" * (count - 1) + "«(»" + "flag" + ")" * count


@dataclass(frozen=True)
class Case:
    """`text` has the place that is to blame between « and »."""

    code: Code
    text: str
    message: str
    help: str | None = None
    severity: Severity = Severity.ERROR
    beside: Mapping[str, str] = field(default_factory=dict)


CORPUS = (
    # ---- text
    Case(Code.BYTE_ORDER_MARK, "«\ufeff»api a {}", "byte order mark", "without it"),
    Case(Code.FORBIDDEN_CHARACTER, "api a {} # «\u202e»", "U+202E may not stand", "write \\u{202e}"),
    Case(Code.FORBIDDEN_CHARACTER, 'api a { issuer "«\0»" }', "U+0000 may not stand", "write \\u{0}"),
    Case(Code.FORBIDDEN_CHARACTER, "api a {} x«\ufeff»", "U+FEFF may not stand", "write \\u{feff}"),
    Case(Code.TOO_DEEP, when(parentheses(MAX_DEPTH)), "nested more than 64 deep"),
    Case(Code.TOO_DEEP, when("not " * (MAX_DEPTH - 1) + "«not» flag"), "nested more than 64 deep"),
    Case(Code.TOO_DEEP, when("«" + "size + " * MAX_DEPTH + "size» == 1"), "nested more than 64 deep"),
    Case(Code.TOO_DEEP, when("«" + "rank ?? " * MAX_DEPTH + "1» == 1"), "nested more than 64 deep"),
    Case(Code.TOO_DEEP, "type t = " + "set<" * MAX_DEPTH + "«set»<", "nested more than 64 deep"),
    Case(Code.TOO_DEEP, "type t = " + "map<int, " * MAX_DEPTH + "«map»<", "nested more than 64 deep"),
    Case(Code.TOO_DEEP, "type t = " + "{ a: " * MAX_DEPTH + "«{»", "nested more than 64 deep"),
    Case(Code.TOO_DEEP, "let x = " + "a[" * MAX_DEPTH + "a«[»", "nested more than 64 deep"),
    Case(Code.TOO_DEEP, "let x = " + "any a in b where " * MAX_DEPTH + "«all» a", "nested more than"),
    # ---- syntax
    Case(Code.UNEXPECTED, 'api a {\n  «audiense» "x"\n}', "`audiense`", "did you mean `audience`?"),
    Case(Code.UNEXPECTED, "resource R { n«=» 1 }", "`=`", "expected `:` or `?`"),
    Case(Code.UNEXPECTED, "api «1»", "`1`", "expected a name"),
    Case(Code.UNEXPECTED, "«42»", "`42`", "expected `api`, `context`, `data`, "),
    Case(
        Code.UNEXPECTED,
        "resource R {\n  relation x when size «,»\n}",
        "`,`",
        "`or`, an operator or another",
    ),
    Case(Code.UNEXPECTED, when("flag and «any» t in tags where flag"), "`any`", "in parentheses"),
    Case(Code.UNEXPECTED, when("not «all» t in tags where flag"), "`all`", "in parentheses"),
    Case(Code.UNEXPECTED, when("any t «of» tags where flag"), "`of`", "expected `in`"),
    Case(Code.UNEXPECTED, when("size == 1 «==» size"), "`==`"),
    Case(Code.UNEXPECTED, when("kind like «kind»"), "`kind`", "expected a string"),
    Case(Code.UNEXPECTED, when("granted(«)»"), "`)`", "`nothing`"),
    Case(Code.UNEXPECTED, "let d: duration = -«5m»", "`5m`", "expected a number"),
    Case(Code.UNEXPECTED, "let s: set<int«>=» []", "`>=`", "did you mean `>`?"),
    Case(Code.UNEXPECTED, 'type t = "a" < "b" «|» "c"', "`|`", "`<`"),
    Case(Code.UNEXPECTED, "data d: int «form» ", "`form`", "did you mean `from`?"),
    Case(Code.UNEXPECTED, "api a { client x «clas» y }", "`clas`", "did you mean `class`?"),
    Case(Code.UNEXPECTED, 'api a { issuer "x" { asserts t «u» } }', "`u`", "expected a string"),
    Case(Code.UNEXPECTED, "api a { require r «when» x }", "`when`", "expected `,`, `acr`, `max_age`"),
    Case(Code.UNEXPECTED, "api a { require r max_age «15» }", "`15`", "expected a duration"),
    Case(Code.UNEXPECTED, 'test "t" { a may pay d (amount «5») }', "`5`", "a `:` is missing"),
    Case(Code.UNEXPECTED, "api a { client rider«-»app-2 class x }", "`-`", "if `rider-app-2` is a name"),
    Case(Code.UNEXPECTED, inside("permit r to client rider«-»app"), "`-`", "if `rider-app` is a name"),
    Case(Code.UNEXPECTED, "api a { client rider «-»app }", "`-`", "expected"),
    Case(Code.UNEXPECTED, "api a { client «0»oa1b-x }", "`0`", "if `0oa1b-x` is a name"),
    Case(Code.UNEXPECTED, 'test "t" { «app»-1 may pay d }', "`app`", "if `app-1` is a name"),
    Case(Code.UNEXPECTED, "resource R { action«:» int }", "`:`", "if `action` is a name"),
    Case(Code.UNEXPECTED, inside("permit any«,» r to anyone"), "`,`", "if `any` is a name"),
    Case(Code.UNEXPECTED, inside("permit r to role«}»"), "`}`", "if `role` is a name"),
    Case(Code.UNEXPECTED, "api a { scope from«,» x }", "`,`", "if `from` is a name"),
    Case(Code.UNEXPECTED_END, "type t = set<in«t»", "ends where something is missing"),
    Case(Code.UNEXPECTED_END, "api a «{»", "ends where a `}` is missing"),
    Case(Code.UNEXPECTED_END, "api «a»\n", "ends where something is missing"),
    Case(Code.UNKNOWN_CHARACTER, "api a {\n  scope s «^»\n}", "`^` has no meaning here"),
    Case(Code.UNKNOWN_CHARACTER, "api a«#» {\n}", "`#`", "a comment begins with `#` after a blank"),
    Case(Code.UNTERMINATED, 'api a {\n  issuer «"y»\n}', "this string does not end", '`"` ends it'),
    Case(Code.UNTERMINATED, 'api a { issuer «"\\ny»\n}', "this string does not end", "written `\\n`"),
    Case(Code.UNTERMINATED, "api «`a {}»", "this quoted name does not end", "a backquote ends it"),
    Case(Code.BAD_ESCAPE, 'api a {\n  issuer "\\n«\\q»"\n}', "`\\q` is no escape", "the escapes are"),
    Case(Code.BAD_ESCAPE, 'api a { issuer "«\\u»0041" }', "`\\u` is no escape", "\\u{HEX}"),
    Case(Code.BAD_ESCAPE, 'api a { issuer "«\\u{xyz}»" }', "`\\u{xyz}` is no escape", "\\u{HEX}"),
    Case(Code.BAD_ESCAPE, 'api a { issuer "y«\\u{110000}»" }', "names no character"),
    Case(Code.BAD_ESCAPE, 'api a { issuer "«\\u{d800}»" }', "names no character"),
    Case(Code.BAD_NUMBER, "context { n: int = «9223372036854775808» }", "64 bits"),
    Case(Code.BAD_NUMBER, "context { n: int = «-9223372036854775809» }", "64 bits"),
    Case(Code.BAD_NUMBER, "context { n: int = «" + "9" * 5000 + "» }", "64 bits"),
    Case(Code.BAD_NUMBER, f"let n = «{'9' * 30}.{'9' * 5}»", "more than 34 digits"),
    Case(Code.BAD_NUMBER, f"let n = «-0.{'0' * 34}»", "more than 34 digits"),
    Case(Code.BAD_NUMBER, "let n = «142857143w»", "the duration is too long"),
    Case(Code.BAD_NUMBER, f"let n = «{'9' * 5000}ms»", "the duration is too long"),
    Case(Code.BAD_SCOPE, "api a { role r grants s except «`a b`» }", "the name of a scope", "RFC 6749"),
    Case(Code.BAD_SCOPE, "let x = holds(«`\\`»)", "cannot be the name of a scope", "RFC 6749"),
    Case(Code.BAD_SCOPE, "api a { scope «`a b`» }", "cannot be the name of a scope", "RFC 6749"),
    Case(Code.MIXED_AND_OR, when("flag and flag «or» flag"), "side by side", "in parentheses"),
    Case(Code.MIXED_AND_OR, when("flag or flag «and» flag"), "side by side", "in parentheses"),
    # ---- names
    Case(Code.DUPLICATE, API + "api «b» {}", "api `b` stands beside api `a`", "name it alike"),
    Case(Code.DUPLICATE, api('issuer «"y"»'), "issuer `y`", "keep one"),
    Case(Code.DUPLICATE, api("scope «s»"), "scope `s`", "keep one"),
    Case(Code.DUPLICATE, api("role x, «x» grants s"), "role `x`", "keep one"),
    Case(Code.DUPLICATE, API + "token { t: int }\ntoken { «t»: int }", "member `t`", "keep one"),
    Case(Code.DUPLICATE, inside("action «r» needs s"), "action `r`", "keep one"),
    Case(Code.DUPLICATE, inside("permit r, «r» to anyone"), "action `r`", "keep one"),
    Case(Code.DUPLICATE, inside("relation «mine» when flag"), "name `mine`", "keep one"),
    Case(Code.DUPLICATE, inside("relation «flag» when true"), "name `flag`", "keep one"),
    Case(Code.DUPLICATE, API + "resource R {}\nresource «R» {}", "resource `R`", "keep one"),
    Case(Code.DUPLICATE, API + 'context { e: "b" | "a" | «"b"» }', "value `b`", "keep one"),
    Case(
        Code.DUPLICATE,
        inside('permit "p" r to anyone\n  forbid «"p"» r'),
        "rule `p`",
        "keep one",
    ),
    Case(Code.DUPLICATE, API + 'test "t" {}\ntest «"t"» {}', "test `t`", "keep one"),
    Case(Code.DUPLICATE, trial("token «ann» {}"), "fixture `ann`", "keep one"),
    Case(Code.DUPLICATE, trial("token bob { sub: 1, «sub»: 2 }"), "member `sub`", "keep one"),
    Case(Code.DUPLICATE, trial("token bob { act: { x: 1, «x»: 2 } }"), "member `x`", "keep one"),
    Case(Code.UNKNOWN_SCOPE, api("scope t implies «nowhere»"), "`nowhere`", "declare it with `scope`"),
    Case(Code.UNKNOWN_SCOPE, api("role x grants «z»"), "`z`", "declare it with `scope`"),
    Case(Code.UNKNOWN_SCOPE, inside("action w needs s or «ss»"), "`ss`", "did you mean `s`?"),
    Case(
        Code.UNKNOWN_SCOPE,
        trial("ann may not r d missing «z»"),
        "`z`",
        "declare it with `scope`",
    ),
    Case(Code.UNKNOWN_ROLE, api("role x extends «z» grants s"), "`z`", "declare it with `role`"),
    Case(Code.UNKNOWN_ROLE, inside("permit r to role «admim»"), "`admim`", "did you mean `admin`?"),
    Case(
        Code.UNKNOWN_ROLE,
        trial("ann may not r d missing role «z»"),
        "`z`",
        "declare it with `role`",
    ),
    Case(Code.UNKNOWN_ACTION, inside("permit «fly» to anyone"), "`fly`", "declare it with `action`"),
    Case(Code.UNKNOWN_ACTION, api("action read needs s\n  forbid «raed»"), "`raed`", "mean `read`?"),
    Case(Code.UNKNOWN_ACTION, trial("ann may «fly» d"), "`fly`", "declare it with `action`"),
    Case(Code.UNKNOWN_ACTION, trial("ann may «r»"), "`r` of the API itself", "declare it with `action`"),
    Case(Code.UNKNOWN_ACTION, trial("ann may «fly» d"), "`fly` of `R`", "declare it with `action`"),
    Case(
        Code.UNKNOWN_ACTION,
        trial("matrix { who, resource | r | «ffly» ann, d | yes | - anonymous, d | no | yes }"),
        "`ffly` of `R`",
        "declare it with `action`",
    ),
    Case(
        Code.UNKNOWN_ACTION,
        trial(
            "resource x: X {}\n matrix { who, resource | r | fly ann, d | yes | «no» ann, x | - | no }"
        )
        + "resource X { action fly needs s }",
        "`fly` of `R`",
        "`-` stands in a cell that asks nothing",
    ),
    Case(Code.UNKNOWN_NAME, when("«sise» == 1"), "`sise`", "did you mean `size`?"),
    Case(Code.UNKNOWN_NAME, when("«zzz» == 1"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("token.plan == «null»"), "`null`", "ask `has NAME` of what may be"),
    Case(Code.UNKNOWN_NAME, when("«True»"), "`True`", "did you mean `true`?"),
    Case(Code.UNKNOWN_NAME, when("«resource.size» == 1"), "`resource`", "did you mean `size`?"),
    Case(Code.UNKNOWN_NAME, when("«this.zzz» == 1"), "`this`", "an attribute stands by its name"),
    Case(Code.UNKNOWN_NAME, when('«user.plan» == "x"'), "`user`", "did you mean `token.plan`?"),
    Case(Code.UNKNOWN_NAME, when('«jwt.zzz» == "x"'), "`jwt`", "stands in `token`: write `token.NAME`"),
    Case(Code.UNKNOWN_NAME, when("«request.office»"), "`request`", "did you mean `context.office`?"),
    Case(Code.UNKNOWN_NAME, inside("permit r to «admin»"), "`admin`", "did you mean `role admin`?"),
    Case(Code.UNKNOWN_NAME, inside("permit r to «everybody»"), "`everybody`", "mean `anyone`?"),
    Case(Code.UNKNOWN_NAME, inside("permit r to «zzz»"), "`zzz`", "name a relation, an attribute, "),
    Case(
        Code.UNKNOWN_NAME,
        inside("permit r to «batch»").replace("scope s", "scope s\n  client nightly class batch", 1),
        "`batch`",
        "did you mean `client batch`?",
    ),
    Case(Code.UNKNOWN_ACTION, inside("permit «all» to anyone"), "`all`", "did you mean `any`?"),
    Case(Code.UNKNOWN_NAME, inside("permit r to «ownr»"), "`ownr`", "did you mean `owner`?"),
    Case(Code.UNKNOWN_NAME, when('«zzz» ?? "x" == "x"'), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("has «zzz»"), "`zzz`"),
    Case(Code.UNKNOWN_TYPE, API + "context { n: «integer» }", "`integer`", "did you mean `int`?"),
    Case(Code.UNKNOWN_TYPE, API + "context { n: set<«zzz»> }", "`zzz`", "`string`, `bool`, `int`, `dec"),
    Case(Code.UNKNOWN_TYPE, trial("resource e: «Q» {}"), "`Q`", "one of `R`"),
    Case(Code.UNKNOWN_PROFILE, api('issuer "z" profile «autho»'), "`autho`", "did you mean `auth0`?"),
    Case(Code.UNKNOWN_PROFILE, api('issuer "z" profile «q»'), "`q`", "one of `auth0`, `cognito`, "),
    Case(Code.UNKNOWN_MEMBER, when('«token.plam» == "x"'), "`token.plam`", "mean `token.plan`?"),
    Case(Code.UNKNOWN_MEMBER, when("«context.zzz»"), "`context.zzz`", "declare it in `context { ... }`"),
    Case(Code.UNKNOWN_MEMBER, trial("token bob { «zzz»: 1 }"), "`bob.zzz`", "it in `token { ... }`"),
    Case(
        Code.UNKNOWN_MEMBER,
        trial("resource e: R { «zzz»: true }"),
        "`e.zzz`",
        "declare it in `resource R { ... }`",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        trial("resource e: R { «flog»: true }"),
        "`e.flog`",
        "mean `e.flag`?",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        trial("context { «zzz»: 1 }"),
        "`context.zzz`",
        "declare it in `context",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        trial("ann may r d with d { «zzz»: 1 }"),
        "`d.zzz`",
        "declare it in `resource R { ... }`",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        trial("ann may r d with ann { «zzz»: 1 }"),
        "`ann.zzz`",
        "declare it in `token { ... }`",
    ),
    Case(Code.UNKNOWN_MEMBER, trial("ann may r d with context { «zzz»: 1 }"), "`context.zzz`"),
    Case(Code.RESERVED_NAME, API + "token { «sub»: string }", "`sub` is reserved", "another name"),
    Case(Code.RESERVED_NAME, API + "context { «token»: string }", "`token`", "another name"),
    Case(Code.RESERVED_NAME, inside("action «any» needs s"), "`any`", "another name"),
    Case(Code.RESERVED_NAME, inside("relation «anyone» when flag"), "`anyone`", "another name"),
    Case(Code.RESERVED_NAME, API + "resource «context» {}", "`context`", "another name"),
    Case(Code.CYCLE, api("scope «t» implies t"), "scope `t` leads back"),
    Case(Code.CYCLE, api("role «x» extends x grants s"), "role `x` leads back"),
    Case(Code.CYCLE, inside("relation m when flag or «m»"), "relation `m` leads back"),
    Case(Code.UNKNOWN_TEST_NAME, trial("«anm» may r d"), "no `anm`", "did you mean `ann`?"),
    Case(
        Code.UNKNOWN_TEST_NAME,
        trial("matrix { who, resource | r «anm», d | yes }"),
        "no `anm`",
        "did you mean `ann`?",
    ),
    Case(
        Code.UNKNOWN_TEST_NAME,
        after('fixtures staff {}\ntest "t" using «staf» { eve may r x }'),
        "no fixtures are called `staf`",
        "did you mean `staff`?",
    ),
    Case(
        Code.UNKNOWN_TEST_NAME,
        after('test "t" using «staff» {}'),
        "no fixtures are called `staff`",
        "declare them with `fixtures NAME { ... }`",
    ),
    Case(Code.UNKNOWN_TEST_NAME, trial("«d» may r d"), "no `d`"),
    Case(Code.UNKNOWN_TEST_NAME, trial("ann may r «ann»"), "no `ann`"),
    Case(Code.UNKNOWN_TEST_NAME, trial("ann may r d with «zzz» {}"), "takes no part", "its token"),
    # ---- types
    Case(Code.TYPE_MISMATCH, when('size == «"1"»'), "expected int, found string"),
    Case(Code.TYPE_MISMATCH, when("«true» == size"), "expected int, found bool"),
    Case(Code.TYPE_MISMATCH, when("owner == «token.plan»"), "expected user, found string"),
    Case(Code.TYPE_MISMATCH, when("kind == «1»"), 'expected "high" | "low", found int'),
    Case(Code.TYPE_MISMATCH, when('size in [1, «"1"»]'), "expected int, found string"),
    Case(Code.TYPE_MISMATCH, when("size in [«[1]»]"), "expected int, found a list"),
    Case(Code.TYPE_MISMATCH, when("size in «size»"), "expected a set, found int"),
    Case(Code.TYPE_MISMATCH, when("«size» in tags"), "expected string, found int"),
    Case(Code.TYPE_MISMATCH, when("size == («flag and flag»)"), "expected a value, found a condition"),
    Case(Code.TYPE_MISMATCH, when("[1] == «size»"), "expected set<int>, found int"),
    Case(Code.TYPE_MISMATCH, when("size == «[1]»"), "expected int, found a list"),
    Case(Code.TYPE_MISMATCH, when('tag ?? «1» == "x"'), "expected string, found int"),
    Case(Code.TYPE_MISMATCH, when("«mine» == flag"), "expected a value, found a relation"),
    Case(
        Code.TYPE_MISMATCH, API + 'context { s: set<int> = «"x"» }', "expected set<int>, found a literal"
    ),
    Case(Code.TYPE_MISMATCH, API + "context { s: set<«set<int>»> }", "found set<int>"),
    Case(Code.TYPE_MISMATCH, inside("action w needs s and «nothing»"), "expected a scope"),
    Case(Code.NOT_A_CONDITION, when("«size»"), "expected a condition, found int", "compare it"),
    Case(Code.NOT_A_CONDITION, when('«"yes"»'), "expected a condition, found string", "compare it"),
    Case(Code.NOT_A_CONDITION, when("«[true]»"), "expected a condition, found set<bool>", "compare it"),
    Case(Code.NOT_A_CONDITION, when("«rank ?? 1»"), "expected a condition, found int", "compare it"),
    Case(Code.NOT_A_SUBJECT, inside("permit r to «tags»"), "names nobody", "user or set<user>"),
    Case(Code.UNGUARDED_OPTIONAL, when('«tag» == "x"'), "`tag` may be absent", "`has tag and ...`"),
    Case(Code.NEVER_ABSENT, when("has «size»"), "`size` is never absent", "declare it with `?`"),
    Case(Code.NEVER_ABSENT, when("has «token.sub»"), "`token.sub` is never absent"),
    Case(Code.NEVER_ABSENT, when("«size» ?? 1 == 1"), "`size` is never absent", "declare it with `?`"),
    Case(Code.NEVER_ABSENT, when("«1» ?? 1 == 1"), "is never absent"),
    Case(Code.OUTSIDE_ENUM, when('kind == «"hihg"»'), "`hihg` is not a value", "did you mean `high`?"),
    Case(Code.OUTSIDE_ENUM, when('kind in [«"zzz"», "low"]'), "`zzz`", "one of `high`, `low`"),
    Case(Code.NOT_CONSTANT, when("size in [1, «size»]"), "expected a literal"),
    Case(Code.NOT_CONSTANT, API + "context { n: int = «other» }", "expected a literal"),
    Case(Code.NOT_CONSTANT, trial("token bob { plan: «other» }"), "expected a literal"),
    Case(Code.NOT_CONSTANT, trial("resource e: R { size: («1 == 1») }"), "expected a literal"),
    Case(Code.NOT_CONSTANT, trial("context { office: «true ?? false» }"), "expected a literal"),
    Case(Code.NOT_CONSTANT, trial("ann may r d with d { tags: [«x»] }"), "expected a literal"),
    Case(
        Code.NOT_CONSTANT,
        trial("ann may r d with ann { act: { x: «y» } }"),
        "expected a literal",
    ),
    Case(Code.NOT_COMPARABLE, when("«tags == tags»"), "set<string> has no `==`"),
    Case(Code.NOT_COMPARABLE, when("«kind < kind»"), "has no `<`"),
    Case(Code.NOT_COMPARABLE, when("«tags in [1]»"), "set<string> has no `in`"),
    # ---- meaning
    Case(Code.MISSING_NEEDS, inside("action «w»"), "does not say what it needs", "`needs nothing`"),
    Case(Code.OIDC_SCOPE, api("scope «openid»"), "OpenID Connect", "another name"),
    Case(Code.RULE_WITHOUT_ACTIONS, API + "resource Q { «permit any to anyone» }", "no action"),
    Case(Code.BAD_INSTANT, trial('ann may r d at «"noon"»'), "`noon`", "2026-11-23T12:00Z"),
    # failure mode 23
    Case(Code.BAD_INSTANT, trial('ann may r d at «"2026-11-23T12:00"»'), "is not an instant", "Z"),
    # ---- names of the set's own, of clients and of parts
    Case(Code.DUPLICATE, after("type X = int\ntype «X» = int"), "type `X`", "keep one"),
    Case(Code.DUPLICATE, after("type «int» = string"), "type `int`", "keep one"),
    Case(Code.DUPLICATE, after("let x = 1\nlet «x» = 2"), "name `x`", "keep one"),
    Case(
        Code.DUPLICATE, after("let flagged = 1").replace("relation mine", "relation «flagged»"), "name"
    ),
    Case(Code.DUPLICATE, inside("action w(x: int, «x»: int) needs s"), "member `x`", "keep one"),
    Case(Code.DUPLICATE, inside("assume tag, «tag»"), "assumption `tag`", "keep one"),
    Case(Code.DUPLICATE, inside('require r acr "a" «acr "b"»'), "challenge `acr`", "keep one"),
    Case(Code.DUPLICATE, inside("require r max_age 1m «max_age 2m»"), "challenge `max_age`", "keep one"),
    Case(Code.DUPLICATE, inside("permit r to anyone oblige x { a: 1, «a»: 2 }"), "member `a`"),
    Case(Code.DUPLICATE, after("forbid r on R, «R»"), "type `R`", "keep one"),
    Case(
        Code.DUPLICATE, API + "context { m: map<string, int> = { a: 1, «a»: 2 } }", "member `a`", "keep"
    ),
    Case(
        Code.DUPLICATE,
        inside('action from «"a.json"»'),
        "action `r`",
        "keep one",
        beside={"a.json": '{"r": "nothing"}'},
    ),
    Case(Code.DUPLICATE, when("any «size» in tags where true"), "`size` already means", "means nothing"),
    Case(Code.DUPLICATE, when("any «mine» in tags where true"), "`mine` already means"),
    Case(Code.DUPLICATE, when("any «now» in tags where true"), "`now` already means"),
    Case(Code.DUPLICATE, when("any x in tags where all «x» in tags where true"), "`x` already means"),
    Case(Code.UNKNOWN_ACTION, after("permit r, «fly» to anyone"), "`fly`", "declare it with `action`"),
    Case(Code.UNKNOWN_ACTION, after("forbid «fly» on R"), "`fly`", "declare it with `action`"),
    Case(Code.UNKNOWN_NAME, inside("permit r to client «nightly»"), "`nightly`", "with `client` in"),
    Case(
        Code.UNKNOWN_NAME,
        api("client nightly class batch\n  action r needs s\n  permit r to client «batsh»"),
        "client or class `batsh`",
        "did you mean `batch`?",
    ),
    Case(Code.UNKNOWN_NAME, inside("assume «tagg»"), "`tagg`", "did you mean `tag`?"),
    Case(Code.UNKNOWN_NAME, API + "token { n: int  assume «m» }", "`m`"),
    Case(Code.UNKNOWN_NAME, after("let x = «flag»"), "`flag`"),
    Case(Code.UNKNOWN_NAME, when("any x in «zzz» where true"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("count([«zzz»]) == 1"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("«zzz» + 1 == 2"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("1 + «zzz» == 2"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("count(«zzz») == 2"), "`zzz`"),
    Case(Code.UNKNOWN_NAME, when("count(tags - [«zzz»]) == 2"), "`zzz`"),
    Case(Code.UNKNOWN_MEMBER, when('«token["plan"]» == "x"'), "`token[...]`", "in `token { ... }`"),
    Case(
        Code.UNKNOWN_NAME,
        api('client web class w issuer "z" { asserts client w, web, «wbe» }'),
        "`wbe`",
        "did you mean `web`?",
    ),
    Case(Code.UNKNOWN_ROLE, api('issuer "z" { asserts role «boss» }'), "`boss`", "with `role` in"),
    Case(Code.UNKNOWN_TYPE, after("forbid r on «Q»"), "`Q`", "one of `R`"),
    Case(Code.UNKNOWN_TYPE, after("let x: «Q» = 1"), "`Q`", "one of `string`"),
    Case(Code.UNKNOWN_TYPE, after("type X = int\ntype Y = list<«x»>"), "`x`", "one of `string`"),
    Case(
        Code.UNKNOWN_MEMBER,
        made("spot: { row: int }", "forbid r when spot.«raw» == 1"),
        "no member `raw`",
        "did you mean `row`?",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        API + "context { spot: { row: int } = { row: 1, «zzz»: 2 } }",
        "no member `zzz`",
        "one of `row`",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        inside("action w(x: int) needs s\n  forbid r, w when «action.x» == 1"),
        "`action.x`",
    ),
    Case(
        Code.UNKNOWN_MEMBER,
        inside(
            "action v(x: int) needs s\n  action w(x: string) needs s\n  forbid v, w when «action.x» == 1"
        ),
        "`action.x`",
    ),
    Case(Code.UNKNOWN_MEMBER, trial("ann may r d («x»: 1)"), "`action.x` of `r`", "in parentheses"),
    Case(
        Code.UNKNOWN_MEMBER,
        inside("action w(shelf: int) needs s")
        + 'test "t" { token e {} resource d: R {} e may w d («shelv»: 1) }',
        "`action.shelv` of `w`",
        "did you mean `action.shelf`?",
    ),
    Case(
        Code.UNEVEN_ROW,
        trial("matrix { who, resource | r «ann, d | yes | no» }"),
        "cells in this row: 2, actions in the head: 1",
        "`-` stands in a cell",
    ),
    Case(
        Code.UNEVEN_ROW,
        trial("matrix { who, resource | r «ann | yes» }"),
        "this row names no resource",
        "write `NAME, RESOURCE | ...`",
    ),
    Case(
        Code.UNEVEN_ROW,
        trial("matrix { who | r «ann, d | yes» }"),
        "this matrix asks about the API itself",
        "begin the matrix with `who, resource | ...`",
    ),
    Case(
        Code.WANTS_PARAMETERS,
        inside("action w(shelf: int, floor?: int) needs s")
        + 'test "t" { token e {} resource d: R {} matrix { who, resource | «w» e, d | yes } }',
        "`w` takes parameters, which a matrix cannot hand in",
        "write `NAME may w RESOURCE (shelf: ...)` instead",
    ),
    Case(Code.BAD_INSTANT, trial('matrix at «"noon"» { who | r }'), "`noon` is not an instant"),
    Case(Code.RESERVED_NAME, after("let «now» = 1"), "`now` is reserved", "another name"),
    Case(Code.RESERVED_NAME, API + "context { «forever»: int }", "`forever`", "another name"),
    Case(Code.RESERVED_NAME, API + "token { «actor»: string }", "`actor`", "another name"),
    Case(Code.RESERVED_NAME, inside("action w(«token»: int) needs s"), "`token`", "another name"),
    Case(Code.CYCLE, after("type X = list<«X»>"), "type `X` leads back"),
    Case(Code.CYCLE, after("type X = list<Y>\ntype Y = { a: «X» }"), "type `X` leads back"),
    Case(Code.CYCLE, after("let «x» = y\nlet y = z + 1\nlet z = x"), "let `x` leads back"),
    # ---- types of the whole language
    Case(Code.TYPE_MISMATCH, when("«owner.name» == 1"), "expected a record, found user"),
    Case(Code.TYPE_MISMATCH, when('«token.plan.x» == "x"'), "expected a record, found string"),
    Case(Code.TYPE_MISMATCH, when('«size["a"]» == 1'), "expected a map, found int"),
    Case(Code.TYPE_MISMATCH, when("«size + flag» == 1"), "`int + bool` has no meaning"),
    Case(Code.TYPE_MISMATCH, when("«owner + owner» == owner"), "`user + user` has no meaning"),
    Case(
        Code.TYPE_MISMATCH, when("«tags + tags» == tags"), "`set<string> + set<string>` has no meaning"
    ),
    Case(Code.TYPE_MISMATCH, when("«now + now» > now"), "`datetime + datetime` has no meaning"),
    Case(Code.TYPE_MISMATCH, when("«count(tags, tags)» == 1"), "`count` takes 1 value"),
    Case(Code.TYPE_MISMATCH, when("«clock(now)» > 9h"), "`clock` takes 2 values"),
    Case(Code.TYPE_MISMATCH, when("count(«size») == 1"), "expected a set, a list or a map, found int"),
    Case(Code.TYPE_MISMATCH, when("length(«size») == 1"), "expected string, found int"),
    Case(Code.TYPE_MISMATCH, when("count(«[]») == 1"), "found an empty list"),
    Case(Code.TYPE_MISMATCH, when("count(tags - [«{ a: 1 }»]) == 0"), "string, found a record"),
    Case(
        Code.TYPE_MISMATCH,
        made("many: map<string, int>", "permit r to anyone oblige log { m: «many» }"),
        "expected a single value or a set, found map<string, int>",
    ),
    Case(Code.TYPE_MISMATCH, when("any x in «size» where true"), "a set, a list or a map, found int"),
    Case(
        Code.TYPE_MISMATCH,
        when('"x" in «token.plan»'),
        "expected a set, found string",
        '`in` never looks inside text: write `token.plan like "*x*"`',
    ),
    Case(Code.TYPE_MISMATCH, when("token.plan in «token.plan»"), "found string", "`like` and a pattern"),
    Case(Code.TYPE_MISMATCH, when('"x" in («tag ?? "y"»)'), "found string", '`... like "*x*"`'),
    Case(Code.TYPE_MISMATCH, when('token.plan in «"x"»'), "a list, a set or a map, found a literal"),
    Case(Code.TYPE_MISMATCH, when('«size» like "a"'), "expected string, found int"),
    Case(Code.TYPE_MISMATCH, when("size == «1.5»"), "expected int, found decimal"),
    Case(Code.TYPE_MISMATCH, when("granted(s or «nothing»)"), "expected a scope, found `nothing`"),
    Case(Code.TYPE_MISMATCH, API + "context { m: map<«int», int> }", "as a key, found int"),
    Case(Code.TYPE_MISMATCH, API + "context { m: list<int> = «{ a: 1 }» }", "found a record"),
    Case(Code.TYPE_MISMATCH, API + "context { m: { a: int } = «{}» }", "this record lacks `a`"),
    Case(Code.TYPE_MISMATCH, API + "context { m: set<int> = «{}» }", "set<int>, found a record"),
    Case(Code.TYPE_MISMATCH, API + "context { m: int = «{}» }", "expected int, found a record"),
    Case(Code.TYPE_MISMATCH, API + "context { m: set<int> = «size» }", "found an expression"),
    Case(Code.TYPE_MISMATCH, inside("permit r to anyone oblige a { b: «{ c: 1 }» }"), "found a record"),
    Case(Code.TYPE_MISMATCH, after("let x: string = «1»"), "expected string, found int"),
    Case(Code.TYPE_MISMATCH, after("let x = («1 == 1»)"), "expected a value, found a condition"),
    Case(
        Code.TYPE_MISMATCH,
        made("spots: list<{ row: int }>", "forbid r when count([«spots»]) == 1"),
        "expected a single value, found list<{ row: int }>",
    ),
    Case(
        Code.TYPE_MISMATCH,
        made("one?: int  two?: string", 'assume one, two  forbid r when one ?? «two» ?? "x" == "x"'),
        "expected int, found string",
    ),
    Case(Code.NEVER_ABSENT, when("«size» ?? rank ?? 1 == 1"), "`size` is never absent"),
    Case(Code.UNGUARDED_OPTIONAL, when('«token.actor.sub» == "x"'), "`token.actor` may be absent"),
    Case(Code.UNGUARDED_OPTIONAL, inside("permit r to anyone oblige a { b: «tag» }"), "`tag` may be"),
    Case(
        Code.OUTSIDE_ENUM,
        API + 'context { m: map<"a" | "b", int> = { «c»: 1 } }',
        "`c` is not a value",
        "one of `a`, `b`",
    ),
    Case(Code.NOT_CONSTANT, when("size in [1, «now»]"), "expected a literal"),
    Case(
        Code.NOT_COMPARABLE,
        made("spot: { row: int }", "forbid r when «spot == spot»"),
        "{ row: int } has no `==`",
    ),
    Case(
        Code.NOT_COMPARABLE,
        made("spots: list<{ row: int }>", "forbid r when any x in spots where «x in spots»"),
        "{ row: int } has no `in`",
    ),
    Case(Code.NOT_COMPARABLE, when("«owner < owner»"), "user has no `<`"),
    Case(Code.NOT_COMPARABLE, when("«flag >= flag»"), "bool has no `>=`"),
    Case(Code.BAD_LITERAL, when('now > «"2026-11-23"»'), "no datetime", 'as "2026-11-23T12:00Z", with'),
    Case(Code.BAD_LITERAL, when('now > «"2026-11-23T12:00"»'), "is no datetime"),  # failure mode 23
    Case(Code.BAD_LITERAL, when('clock(now, «"Mars/Base"») > 9h'), "`Mars/Base` is no zone"),
    Case(Code.BAD_LITERAL, made("ip: ip", 'forbid r when ip == «"010.0.0.1"»'), "no ip"),
    Case(Code.BAD_LITERAL, made("ip: ip", 'forbid r when ip in «"10.0.0.1/8"»'), "no cidr"),
    Case(Code.BAD_LITERAL, made("ip: ip", 'forbid r when ip in [«"10.0.0.1"»]'), "no cidr"),
    Case(Code.BAD_LITERAL, made("nets: set<cidr>", 'forbid r when «"10.0.0.1"» in nets'), "no cidr"),
    Case(Code.BAD_LITERAL, made("id: uuid", 'forbid r when id == «"1"»'), "`1` is no uuid"),
    Case(
        Code.BAD_LITERAL,
        api('issuer "z"')
        + 'resource Q { owner: user  action r needs s  forbid r when owner == «"ann"» }',
        "does not say whose user",
        "an attribute of type user",
    ),
    Case(
        Code.BAD_LITERAL,
        api('issuer "z"') + "context { m: map<user, int> = { «ann»: 1 } }",
        "does not say whose user",
    ),
    Case(
        Code.BAD_LITERAL,
        api('issuer "z"') + 'data d: «list<{ who: map<user, int> }>» from "d.json"',
        "does not say whose user",
        beside={"d.json": "[]"},
    ),
    Case(Code.UNKNOWN_FUNCTION, when("«cuont»(tags) == 1"), "`cuont`", "did you mean `count`?"),
    Case(Code.UNKNOWN_FUNCTION, when("«sum»(tags) == 1"), "`sum`", "one of `count`, `length`, `clock`"),
    Case(Code.BAD_PATTERN, when('token.plan like «""»'), "an empty pattern"),
    Case(Code.BAD_PATTERN, when('token.plan like «"a/../b"»'), "a value with `..` never matches"),
    Case(Code.BAD_PATTERN, when('token.plan like «"a//b"»'), "a value with `//` never matches"),
    Case(Code.BAD_PATTERN, when('token.plan like «"a%2fb"»'), "a value with `%` never matches"),
    Case(
        Code.BAD_PATTERN, when('token.plan like «"a/./b"»'), "a value with a segment `.` never matches"
    ),
    Case(
        Code.BAD_PATTERN, when('token.plan like «"a/"»'), "a value with a `/` at its end never matches"
    ),
    Case(Code.BAD_PATTERN, when('token.plan like «"a\\\\b"»'), "never matches"),
    Case(Code.BAD_PATTERN, when('token.plan like «"a/b**"»'), "`**` stands alone"),
    Case(Code.BAD_PATTERN, when('token.plan like «"***"»'), "`**` stands alone"),
    # ---- what a rule, a file, a statement comes to
    Case(
        Code.NEVER_TRUE,
        inside("«forbid r when flag and not flag»"),
        "no request makes this forbid apply",
        severity=Severity.WARNING,
    ),
    Case(
        Code.NEVER_TRUE,
        inside('«permit r to anyone when kind == "low" and kind == "high"»'),
        "no request makes this permit apply",
        severity=Severity.WARNING,
    ),
    Case(
        Code.NEVER_TRUE,
        inside("«permit r to owner unless true»"),
        "no request makes this permit apply",
        severity=Severity.WARNING,
    ),
    Case(
        Code.HIDING_HELPS,
        inside("«forbid r when has tag»"),
        "leaving `tag` out of a request can silence this forbid",
        "accept that with `assume tag`",
    ),
    Case(
        Code.HIDING_HELPS,
        inside("«action w needs nothing when not has token.level»"),
        "leaving `token.level` out of a request can open this permit",
        "`assume level`",
    ),
    Case(
        Code.UNREAD_CLAIM,
        trial("ann may not r d")
        .replace('"y"', '"y" profile keycloak')
        .replace('sub: "ann"', 'sub: "ann", «roles»: ["admin"]'),
        "nothing reads the claim `roles`",
        "its tokens have that at `realm_access.roles`",
        Severity.WARNING,
    ),
    Case(
        Code.UNREAD_CLAIM,
        trial('ann may not r d with ann { «permissions»: ["s"] }'),
        "nothing reads the claim `permissions`",
        "no profile here has a place for it",
        Severity.WARNING,
    ),
    Case(
        Code.ILL_TYPED_CLAIM,
        trial('ann may not r d with ann { auth_time: «"2026-01-01T00:00Z"» }'),
        "the claim `auth_time` is read only where it is a number of seconds",
        severity=Severity.WARNING,
    ),
    Case(
        Code.ILL_TYPED_CLAIM,
        trial("ann may not r d with ann { acr: «2» }"),
        "the claim `acr` is read only where it is a text",
        severity=Severity.WARNING,
    ),
    *(
        Case(
            Code.ILL_TYPED_CLAIM,
            of_profile(profile, claim, f"«{value}»"),
            f"the claim `{claim}` is read only where it is {wanted}",
            severity=Severity.WARNING,
        )
        for profile, claim, value, wanted in (
            ("auth0", "scope", '["s"]', "a text"),
            ("okta", "scp", '"s"', "a list"),
            ("auth0", "roles", '"admin"', "a list"),
            ("auth0", "permissions", '"s"', "a list"),
            ("auth0", "acr", '["a"]', "a text"),
            ("auth0", "auth_time", "true", "a number of seconds"),
            ("auth0 { client from app }", "app", '["x"]', "a text"),
            ("auth0 { scope from rights }", "rights", "7", "a list or a text"),
        )
    ),
    *(
        Case(
            Code.ILL_TYPED_VALUE,
            fixture(type_, value, issuers=issuers),
            message,
            help_,
            Severity.WARNING,
        )
        for issuers, type_, value, message, help_ in (
            (1, "int", '«"1"»', "rules read `q.m` only where it is int", None),
            (1, "user", "«7»", "rules read `q.m` only where it is user", None),
            (1, "datetime", "«1767225600»", "rules read `q.m` only where it is datetime", None),
            (1, "datetime", '«"2026-11-23"»', "rules read `q.m` only where it is datetime", None),
            (1, '"a" | "b"', '«"c"»', 'rules read `q.m` only where it is "a" | "b"', None),
            (1, "set<int>", "«1»", "rules read `q.m` only where it is set<int>", None),
            (1, "set<int>", "[1, «true»]", "rules read `q.m` only where it is int", None),
            (1, "list<{ a: int }>", "[{ a: «[]» }]", "rules read `q.m.a` only where it is int", None),
            (1, "map<string, int>", '{ x: 1, y: «"2"» }', "`q.m[...]` only where it is int", None),
            (1, "map<user, int>", "«[]»", "only where it is map<user, int>", None),
            (2, "user", '«"ann"»', "rules read `q.m` only where it is user", "`{ iss: ..., sub: ... }`"),
            (2, "set<user>", '[«"ann"»]', "rules read `q.m` only where it is user", "{ iss: ..., sub:"),
            (2, "user", '«{ iss: "y" }»', "rules read `q.m` only where it is user", "{ iss: ..., sub:"),
            (2, "map<user, int>", "«{ ann: 1 }»", "no test can write `q.m`", "a list of records"),
        )
    ),
    Case(
        Code.EXTENDED_ROLE,
        inside("permit r to role «admin»").replace(
            "role admin grants s",
            "role admin grants s\n  role chief extends admin\n  role top extends chief",
        ),
        "who has a role that extends `admin` is not meant: `chief`",
        "name them too (`role admin, role ",
        Severity.WARNING,
    ),
    Case(
        Code.EXTENDED_ROLE,
        inside("permit r to role chief, role «admin» and mine").replace(
            "role admin grants s",
            "role admin grants s\n  role chief extends admin\n  role top extends admin",
        ),
        "who has a role that extends `admin` is not meant: `top`",
        "name them too (`role admin, role ",
        Severity.WARNING,
    ),
    Case(
        Code.EMPTY_ALL,
        inside('«permit r to anyone when all x in tags where x == "a"»'),
        "`all` is true where there is nothing",
        "write `count(tags) > 0 and (all ... in tags where ...)`",
        Severity.WARNING,
    ),
    Case(Code.BAD_FILE, after('data d: int from «"d.json"»'), "no file `d.json`", "own folder"),
    Case(Code.BAD_FILE, inside('action from «"a.json"»'), "no file `a.json`", "own folder"),
    data("1", "set<int>", "the value is not a list"),
    data("[1, [2]]", "list<int>", "the value[1] is no int"),
    data("{}", "list<int>", "the value is not a list"),
    data("[]", "map<string, int>", "the value is not an object"),
    data('{"a": "b"}', "map<string, int>", "the value.a is no int"),
    data('{"a": 1}', 'map<"b" | "c", int>', "the key 'a' of the value is no"),
    data("[]", "{ a: int }", "the value is not an object"),
    data('{"b": 1}', "{ a: int }", "'b', which its type has not"),
    data("{}", "{ a: int }", "the value lacks 'a'"),
    data('{"a": null}', "{ a: int }", "the value lacks 'a'"),
    data('{"a": "x"}', "{ a: int }", "the value.a is no int"),
    data("1.5", "int", "the value is no int"),
    data("[true]", "set<int>", "the value[0] is no int"),  # failure mode 15
    data('{"a": 1, "a": 2}', "map<string, int>", "member 'a' stands twice"),  # failure mode 28
    data("[NaN]", "list<decimal>", "NaN is no JSON number"),  # failure mode 22
    data("[-Infinity]", "list<decimal>", "-Infinity is no JSON number"),
    data("9" * 5000, "int", "`d.json`: "),
    data("[" * 100_000, "int", "nested too deep"),
    data("[1", "list<int>", "`d.json`: "),
    data(" " * (MAX_BYTES + 1), "int", f"more than {MAX_BYTES} bytes"),
    Case(
        Code.BAD_FILE,
        inside('action from «"a.json"»'),
        "expected an object of actions",
        beside={"a.json": "[]"},
    ),
    Case(
        Code.BAD_FILE,
        inside('action from «"a.json"»'),
        "`fly` needs a list of scopes",
        beside={"a.json": '{"fly": []}'},
    ),
    Case(
        Code.BAD_FILE,
        inside('action from «"a.json"»'),
        "`fly` needs a list of scopes",
        beside={"a.json": '{"fly": [1]}'},
    ),
    Case(
        Code.BAD_FILE,
        inside('action from «"a.json"»'),
        "`fly` needs `z`, which is no declared scope",
        beside={"a.json": '{"fly": ["s", "z"]}'},
    ),
    Case(Code.MISPLACED, inside("forbid r on «R»"), "`on` has no meaning here", "about that resource"),
)

# What has no place in a text, or needs more text than a case should hold: tests of their own, below.
APART = {
    Code.ENCODING,
    Code.TOO_LARGE,
    Code.TOO_MANY_TOKENS,
    Code.TOO_MANY_FINDINGS,
    Code.UNREADABLE,
    Code.NO_POLICY,
    Code.EMPTY_FILE,
    Code.OTHER_ENDING,
    Code.MISSING_API,
    Code.TOO_MANY_MEMBERS,
}


def found_in(text: str, beside: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """What all stages up to the rule tree have to say."""
    return read_set(None, {FILE: text, **(beside or {})}).findings


def place_in(marked: str) -> tuple[str, Span]:
    start = marked.index("«")
    end = marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), Span(FILE, start, end)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case.code} {case.message}")
def test_a_mistake_is_one_finding_at_its_place(case: Case) -> None:
    text, span = place_in(case.text)
    (finding,) = found_in(text, case.beside)
    assert (finding.code, finding.span) == (case.code, span)
    assert case.message in finding.message
    assert (case.help or "") in (finding.help or "")
    assert finding.severity is case.severity
    assert "\n" not in finding.message


def test_every_code_has_a_case() -> None:
    reading = {code for code in Code if code.value.startswith("R")}  # the linter's have examples
    assert {case.code for case in CORPUS} | APART == reading


def test_a_rule_that_names_the_extending_roles_too_is_for_all_of_them() -> None:
    extends = "role admin grants s\n  role chief extends admin\n  role top extends chief"
    text = inside("permit r to role admin, role chief, role top").replace("role admin grants s", extends)
    assert found_in(text) == ()


def test_claims_that_some_issuer_reads_are_taken() -> None:
    said = 'roles: ["admin"], groups: ["x"], auth_time: 1767225000, acr: "a"'
    text = trial(f"ann may not r d with ann {{ {said} }}")
    assert found_in(text) == ()
    assert found_in(text.replace('"y"', '"y" profile keycloak { roles from roles }')) == ()
    assert found_in(text.replace('issuer "y"', 'issuer "y"\n  issuer "z" profile keycloak')) == ()


def test_the_places_of_claims_are_those_of_the_profiles() -> None:
    assert {
        name: {
            what: at
            for what, at in (("scope", p.scope), ("roles", p.roles), ("permissions", p.permissions))
            if at
        }
        for name, p in PROFILES.items()
    } == PLACES


def test_no_case_is_refused_for_its_surroundings() -> None:
    for text in (API, inside(""), when("flag"), trial("ann may not r d")):
        assert found_in(text) == ()


def test_a_file_that_is_not_utf_8_is_reported_with_its_first_bad_byte() -> None:
    _, (finding,) = decode(FILE, b"api \xff")
    assert finding.code is Code.ENCODING
    assert "byte 4" in finding.message
    assert finding.help == "save the file as UTF-8"


def test_a_file_over_the_limit_is_reported_with_its_size() -> None:
    _, (finding,) = decode(FILE, b" " * (MAX_BYTES + 1))
    assert finding.code is Code.TOO_LARGE
    assert str(MAX_BYTES + 1) in finding.message


def words(count: int) -> str:
    """A well-formed text of so many words and signs."""
    tail = ' scope s "t" }' if count % 2 else " scope s, t }"
    return 'api a { audience "x"' + ',"x"' * (count // 2 - 4 - (count + 1) % 2) + tail


def test_words_over_the_limit_are_reported_where_they_begin() -> None:
    # failure mode 59
    text = words(MAX_TOKENS + 1)
    (finding,) = found_in(text)
    assert finding.code is Code.TOO_MANY_TOKENS
    assert finding.span == Span(FILE, len(text) - 1, len(text))


@pytest.mark.volume
def test_as_many_words_as_the_limit_are_read() -> None:
    # failure mode 59
    assert found_in(words(MAX_TOKENS - 1)) == ()
    assert found_in(words(MAX_TOKENS)) == ()


@pytest.mark.parametrize("line", ["scope 1 1", "role r{} grants unknown"], ids=["syntax", "checker"])
def test_findings_over_the_limit_end_the_reading(line: str) -> None:
    lines = [line.format(number) for number in range(MAX_FINDINGS + 10)]
    findings = found_in(api("\n".join(lines)))
    assert len(findings) == MAX_FINDINGS + 1
    (last,) = [finding for finding in findings if finding.code is Code.TOO_MANY_FINDINGS]
    assert last.span == findings[-1].span


def test_a_path_without_policy_has_a_finding_without_a_place(tmp_path: Path) -> None:
    missing = tmp_path / "missing.remit"
    (unreadable,) = read_set(missing).findings
    (empty,) = read_set(tmp_path).findings
    assert (unreadable.code, unreadable.span) == (Code.UNREADABLE, None)
    assert (empty.code, empty.span) == (Code.NO_POLICY, None)
    assert str(missing) in unreadable.message
    assert str(tmp_path) in empty.message


def test_a_set_without_an_api_is_refused() -> None:
    # failure mode 4
    (finding,) = found_in("")
    assert (finding.code, finding.span) == (Code.MISSING_API, None)
    assert finding.help == "say which resource server this is about"


def test_a_condition_that_grows_too_big_is_reported_at_its_rule() -> None:
    # failure mode 44
    names = [f"relation r{i} when r{i + 1} and (not r{i + 1} or flag)" for i in range(16)]
    text, span = place_in(inside("\n".join([*names, "relation r16 when flag", "«permit r to r0»"])))
    findings = found_in(text)
    assert [(f.code, f.span) for f in findings] == [(Code.TOO_MANY_MEMBERS, span)]


def test_relations_that_nest_too_deep_are_reported_once() -> None:
    # failure mode 44
    names = [f"relation r{i} when r{i + 1}" for i in range(MAX_DEPTH)]
    text = inside("\n".join([*names, f"relation r{MAX_DEPTH} when «flag»"]))
    text, span = place_in(text)
    findings = found_in(text)
    assert [(f.code, f.span, f.help) for f in findings] == [
        (Code.TOO_DEEP, span, "shorten the chain of relations")
    ]


def test_lets_that_double_and_double_are_reported_once() -> None:
    # failure mode 44: the seventh has 1,023 parts when it is written out
    lets = [f"let x{n} = x{n + 1} + x{n + 1}" for n in range(9)]
    text = after("\n".join([*lets, "let x9 = 1"]))
    (finding,) = found_in(text)
    assert finding.code is Code.TOO_MANY_MEMBERS
    assert "more than 1000 parts" in finding.message
    assert finding.span is not None
    assert text[finding.span.start :].startswith("let x0 ")
    assert found_in(text.replace("let x0 = x1 + x1\n", "")) == ()


@pytest.mark.parametrize(
    ("line", "last"),
    [("let x{} = x{} + 1", "let x{} = 1"), ("type X{} = list<X{}>", "type X{} = int")],
)
def test_a_chain_of_names_has_a_greatest_length(line: str, last: str) -> None:
    # failure mode 44
    def chain(length: int) -> str:
        lines = [line.format(n, n + 1) for n in range(length - 1)]
        return after("\n".join([*lines, last.format(length - 1)]))

    assert found_in(chain(MAX_DEPTH)) == ()
    assert Code.TOO_DEEP in {finding.code for finding in found_in(chain(MAX_DEPTH + 1))}


# ---- all of them, each once


def marked(text: str) -> tuple[str, list[int]]:
    """The text without its marks, and the places where they stood."""
    parts = text.split("«")
    places = [sum(map(len, parts[: number + 1])) for number in range(len(parts) - 1)]
    return "".join(parts), places


def starts(findings: tuple[Finding, ...]) -> list[int]:
    return [finding.span.start for finding in findings if finding.span]


def test_mistakes_of_syntax_in_several_statements_are_all_reported() -> None:
    text, places = marked(
        "api a {\n  scope «)\n  role x grants s\n  role «{ x\n}\ncontext { n «int }\n"
        "resource R {\n  f: bool\n  action r needs s\n  permit r «when f\n}\ntest «x {}\n"
    )
    findings = found_in(text)
    assert starts(findings) == places
    assert {finding.code for finding in findings} == {Code.UNEXPECTED}


def test_mistakes_of_meaning_are_all_reported() -> None:
    text, places = marked(
        inside("permit «fly to anyone\n  forbid r when «zzz\n  permit r to role «nobody")
    )
    assert starts(found_in(text)) == places


def test_an_unfinished_file_is_reported_beside_the_mistakes_before_its_end() -> None:
    assert [finding.code for finding in found_in("api a {\n  scope )\n  role x")] == [
        Code.UNEXPECTED,
        Code.UNEXPECTED_END,
    ]


def test_findings_of_several_files_come_by_file_and_place() -> None:
    second, first = "api a { «zzz }".replace("«", ""), "\n\napi a { scope ) }\n"
    reading = read_set(None, {"b.remit": second, "a.remit": first})
    assert [f.span.file for f in reading.findings if f.span] == ["a.remit", "b.remit"]


def test_a_relation_in_two_rules_is_reported_once() -> None:
    text, places = marked(inside("relation x when «zzz\n  permit r to x\n  forbid r when x"))
    assert starts(found_in(text)) == places


def test_sorting_drops_what_is_said_twice() -> None:
    late, early = (Finding(Code.CYCLE, "x", Span(FILE, at, at + 1)) for at in (9, 3))
    nowhere = Finding(Code.MISSING_API, "x", None)
    assert sorted_findings([late, early, nowhere, late]) == (nowhere, early, late)


def test_a_warning_refuses_nothing() -> None:
    warning = Finding(Code.CYCLE, "x", None, severity=Severity.WARNING)
    assert not has_errors([warning])
    assert has_errors([warning, Finding(Code.CYCLE, "x", None)])


# ---- as a person reads them


def shown(line: str, *, help_: str | None = None) -> str:
    """What is shown of a finding at the marks of `line`, without the headline."""
    text, span = place_in(line)
    finding = Finding(Code.UNEXPECTED, "what", span, help_)
    return render(finding, Source(FILE, text)).split("\n", 2)[2]


def test_a_finding_is_shown_with_its_line_and_a_caret_under_the_span() -> None:
    text, span = place_in("api a {\n  «audiense» x\n}")
    assert render(Finding(Code.UNEXPECTED, "unexpected `audiense`", span, "no"), Source(FILE, text)) == (
        "error[R101]: unexpected `audiense`\n  p.remit:2:3\n 2 |   audiense x\n   |   ^^^^^^^^ no"
    )


def test_the_gutter_is_as_wide_as_the_line_number() -> None:
    assert shown("\n" * 99 + "a «b»") == " 100 | a b\n     |   ^"


def test_a_wide_character_takes_two_columns() -> None:
    assert shown('"漢字" «b»') == ' 1 | "漢字" b\n   |        ^'
    assert shown('a «"漢"» b') == ' 1 | a "漢" b\n   |   ^^^^'


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u0902", "\u3099"])
def test_a_combining_mark_takes_no_column(mark: str) -> None:
    assert shown(f"e{mark} «b»") == f" 1 | e{mark} b\n   |   ^"


@pytest.mark.parametrize(
    ("character", "escape"),
    [("\t", "\\u{0009}"), ("\x1b", "\\u{001b}"), ("\u202e", "\\u{202e}"), ("\U000e0001", "\\u{e0001}")],
)
def test_what_would_move_the_cursor_is_shown_as_an_escape(character: str, escape: str) -> None:
    # failure mode 56
    columns = " " * len(escape)
    assert shown(f"{character}«b»") == f" 1 | {escape}b\n   | {columns}^"
    assert shown(f"«{character}»b") == f" 1 | {escape}b\n   | {'^' * len(escape)}"


def test_a_long_line_is_cut_around_the_span() -> None:
    excerpt, carets = shown("a" * 5000 + "«bbb»" + "c" * 5000).split("\n")
    assert len(excerpt) < 120
    assert [excerpt[at] for at, character in enumerate(carets) if character == "^"] == ["b"] * 3


def test_a_long_span_is_underlined_within_the_cut() -> None:
    excerpt, carets = shown("a" * 100 + "«" + "b" * 5000 + "»").split("\n")
    assert len(excerpt) == len(carets) < 120


def test_a_span_over_several_lines_is_underlined_on_its_first() -> None:
    assert shown("a «b\nc» d") == " 1 | a b\n   |   ^"


def test_a_span_at_the_end_of_a_line_has_one_caret() -> None:
    assert shown("ab«\r\n»c") == " 1 | ab\n   |   ^"
    assert shown("ab\n«»") == " 2 | \n   | ^"


def test_a_finding_without_its_text_is_shown_with_the_file_only() -> None:
    span = Span("some\n.remit", 3, 4)
    assert render(Finding(Code.CYCLE, "what\x07", span), None) == (
        "error[R210]: what\\u{0007}\n  some\\u{000a}.remit"
    )


def test_a_finding_without_a_place_is_shown_with_its_help() -> None:
    finding = Finding(Code.MISSING_API, "no `api` block", None, "say")
    assert render(finding, None) == "error[R401]: no `api` block\n  = say"
    assert render(finding, Source(FILE, "x")) == render(finding, None)


def test_findings_are_shown_each_with_the_source_that_it_is_about() -> None:
    one, two = Source("1.remit", "first"), Source("2.remit", "second")
    findings = [Finding(Code.CYCLE, "x", Span(file, 0, 1)) for file in ("2.remit", "1.remit")]
    text = render_all([*findings, Finding(Code.MISSING_API, "y", None)], [one, two])
    assert [line for line in text.split("\n") if " 1 |" in line] == [" 1 | second", " 1 | first"]


def test_a_refused_policy_says_so_with_every_finding() -> None:
    reading = read_set(None, {FILE: "api 1"})
    error = PolicyError(reading.findings, reading.sources)
    assert error.findings == reading.findings
    assert str(error).startswith("policy refused\nerror[R101]: unexpected `1`\n  p.remit:1:5\n")


def test_printable_text_stays_as_it_is() -> None:
    assert printable("a b ü 漢 `x`") == "a b ü 漢 `x`"


# ---- as a program reads them


def record_of(reading: Reading) -> object:
    return as_record(reading.findings[0], reading.sources[0])


def test_a_record_counts_lines_columns_and_offsets_in_code_points() -> None:
    # an emoji is two units of UTF-16 and four bytes of UTF-8, and one code point
    reading = read_set(None, {FILE: "# \U0001f600\napi `\U0001f600` 1"})
    assert record_of(reading) == {
        "code": "R101",
        "severity": "error",
        "message": "unexpected `1`",
        "help": "expected `{`",
        "file": FILE,
        "start": {"line": 2, "column": 9, "offset": 12},
        "end": {"line": 2, "column": 10, "offset": 13},
        "other": None,
    }


def test_a_record_without_a_place_has_null_for_it() -> None:
    record = as_record(Finding(Code.MISSING_API, "x", None), Source(FILE, ""))
    assert (record["file"], record["start"], record["end"]) == (None, None, None)


def test_a_record_without_the_text_keeps_the_file() -> None:
    record = as_record(Finding(Code.CYCLE, "x", Span(FILE, 1, 2)), None)
    assert (record["file"], record["start"], record["end"]) == (FILE, None, None)


# ---- places


def test_a_position_counts_from_one_and_a_line_ends_at_its_break() -> None:
    source = Source(FILE, "ab\r\n\ncd")
    places = [source.position(offset) for offset in (0, 2, 4, 5, 7)]
    assert places == [Position(1, 1), Position(1, 3), Position(2, 1), Position(3, 1), Position(3, 3)]
    assert [source.line(number) for number in (1, 2, 3)] == ["ab", "", "cd"]


def test_two_spans_make_one_from_the_first_to_the_last() -> None:
    assert Span(FILE, 1, 3).to(Span(FILE, 7, 9)) == Span(FILE, 1, 9)


def test_what_fits_in_a_fixture_is_no_finding() -> None:
    text = fixture("{ a: int }", "{ a: 1, b: 2 }", issuers=1)  # what a type has not is left aside
    assert found_in(text) == ()
    for value in ("1767225600", "1767225600.5", '"2026-11-23T12:00Z"'):
        claim = f"token ann {{ since: {value} }}"  # seconds are an instant in a token, and nowhere else
        assert found_in(text.replace("token ann {}", claim) + "token { since: datetime }\n") == ()
    for type_, value in (("user", '{ iss: "y", sub: "ann" }'), ("duration", "15m"), ("decimal", "1")):
        assert found_in(fixture(type_, value, issuers=2)) == ()


def test_a_change_may_be_of_another_type_and_yet_nobody_can_write_a_map_of_users() -> None:
    text = fixture("map<user, int>", "[]", issuers=2).replace("{ m: [] }", "{}")
    assert found_in(text.replace("may not r q", "may not r q with q { m: 7 }")) == ()
    (finding,) = found_in(text.replace("may not r q", "may not r q with q { m: { ann: 1 } }"))
    assert (finding.code, finding.severity) == (Code.ILL_TYPED_VALUE, Severity.WARNING)


# ---- what is declared twice, each at two places

TWICE = {
    "resource": ("resource «Q» {}", "resource Q {}"),
    "member of the context": ("context { «x»: int }", "context { x: int }"),
    "type": ("type «T» = int", "type T = int"),
    "name": ("let «x» = 1", "let x = 2"),
    "scope": ("api a { scope «t» }", "api a { scope t }"),
    "role": ("api a { role «x» }", "api a { role x }"),
    "client": ("api a { client «x» }", "api a { client x }"),
    "issuer": ('api a { issuer «"z"» }', 'api a { issuer "z" }'),
    "action": ("api a { action «x» needs s }", "api a { action x needs s }"),
    "relation": ("api a { relation «x» when true }", "api a { relation x when true }"),
    "rule": ('api a { action x needs s  permit «"p"» x to anyone }', 'api a { forbid "p" x }'),
    "test": ('test «"t"» {}', 'test "t" {}'),
    "fixtures": ("fixtures «f» {}", "fixtures f {}"),
    "api": ("api «a» {}", "api b {}"),
}


@pytest.mark.parametrize("statements", TWICE.values(), ids=TWICE)
def test_what_is_declared_twice_is_told_with_the_other_place(statements: tuple[str, str]) -> None:
    first, second = statements
    text, _ = place_in(f"\n\n{first}\n")
    api_ = API if first.startswith("api «") is False else ""
    reading = read_set(None, {"a.remit": text, "b.remit": f"{api_}\n{second}\n"})
    (finding,) = [each for each in reading.findings if each.code is Code.DUPLICATE]
    assert finding.span is not None
    assert finding.span.file == "b.remit"
    assert finding.other == Span("a.remit", first.index("«") + 2, first.index("»") + 1)
    assert "\n  = the other one: a.remit:3" in render_all(reading.findings, reading.sources)
    record = as_record(finding, reading.sources[1], reading.sources[0])
    assert record["other"] == {
        "file": "a.remit",
        "start": {"line": 3, "column": first.index("«") + 1, "offset": first.index("«") + 2},
    }


def test_another_place_in_a_text_that_is_not_at_hand_is_told_by_its_file() -> None:
    finding = Finding(Code.DUPLICATE, "x", Span(FILE, 0, 1), other=Span("else.remit", 3, 4))
    assert render_all([finding], [Source(FILE, "x")]).endswith("\n  = the other one: else.remit")
    assert as_record(finding, None)["other"] == {"file": "else.remit", "start": None}
