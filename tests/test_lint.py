"""What the linter says beyond its examples, and above all what it does not say."""

import pytest

from tests.linting import found, mend, report, report_of


def codes(text: str) -> list[str]:
    return [code for code, _ in found(text)]


def document(*, fields: str = "", rules: str = "permit read to entitled", actions: str = "") -> str:
    """A resource with an action, in which only the fields and the rules vary."""
    return f"resource Document {{\n{fields}\naction read needs read:documents\n{actions}\n{rules}\n}}\n"


def condition(text: str, fields: str, *, forbid: bool = False) -> str:
    """A resource whose one rule beside a plain permit has a condition."""
    rule = f'forbid read when {text} because "no"' if forbid else f"permit read to anyone when {text}"
    return document(fields=fields, rules=rule if not forbid else f"permit read to entitled\n{rule}")


# ---- conditions

FIELDS = {
    "a": "a: bool",
    "b": "b: bool",
    "n": "n: int",
    "s": "s: string",
    "e": 'e: "x" | "y" | "z"',
    "o": 'o: "low" < "mid" < "high"',
    "tags": "tags: set<string>",
    "many": "many: list<int>",
    "d": "d: duration",
    "opt": "opt?: int",
    "m": "m: map<string, int>",
}


def of(text: str, *names: str, forbid: bool = False) -> list[str]:
    """The codes of a condition on these fields."""
    return codes(condition(text, "\n".join(FIELDS[name] for name in names), forbid=forbid))


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        # what comes out the same for every request
        ("a or true", "a", ["L101"]),
        ('s == "q" or "p" in ["p", "q"]', "s", ["L101"]),
        ("n > 5 and n != n", "n", ["L102"]),
        ("count(tags) >= 0 and a", "a tags", ["L103"]),
        ("length(s) < 0 or a", "a s", ["L103"]),
        ("s in [] or a", "a s", ["L103"]),
        ('e in ["x", "y", "z"] and a', "a e", ["L103"]),
        ('o > "high" or a', "a o", ["L103"]),
        ('o <= "high" and a', "a o", ["L103"]),
        # bounds, values, and their negations
        ("(n > 5 and n < 3) or a", "a n", ["L104"]),
        ("(n >= 5 and n < 5) or a", "a n", ["L104"]),
        ("(n > 5 and n <= 5) or a", "a n", ["L104"]),
        ("(n == 5 and n < 5) or a", "a n", ["L104"]),
        ("(n == 5 and not n >= 5) or a", "a n", ["L104", "L110"]),
        ('(s == "p" and s not in ["p", "q"]) or a', "a s", ["L104"]),
        ('(o < "mid" and o > "low") or a', "a o", ["L104"]),
        ('(e != "x" and e != "y" and e != "z") or a', "a e", ["L104"]),
        ("(a and not a) or b", "a b", ["L104"]),
        ("(b and (a or n > 3) and not a and n < 2) or s == 'p'".replace("'", '"'), "a b n s", ["L104"]),
        ("a or not a", "a", ["L105"]),
        ("n > 3 or n <= 3", "n", ["L105"]),
        ('e == "x" or e == "y" or e == "z"', "e", ["L105"]),
        # what another operand decides
        ("a and (a or b)", "a b", ["L107"]),
        ("a or (a and b)", "a b", ["L107"]),
        ("n > 5 or n > 9", "n", ["L107"]),
        ("n < 3 and n < 5", "n", ["L107"]),
        ("n < 3 or n <= 3", "n", ["L107"]),
        ("n == 7 and n > 5", "n", ["L107"]),
        ('s == "p" and s != "q"', "s", ["L107"]),
        ('s in ["p"] or s in ["p", "q"]', "s", ["L107"]),
        ('o >= "mid" and o > "low"', "o", ["L107"]),
        ("(a and b) or (b and a)", "a b", ["L107"]),
        ("not (not not a)", "a", ["L108", "L108"]),
        ("a != false", "a", ["L111"]),
        ("true == a", "a", ["L111"]),
        ('any t in tags where "p" == t', "tags", ["L115"]),
        ("all t in tags where a and count(tags) > 0", "a tags", ["L114", "R409"]),
        ("has opt and a and opt ?? 9 < 3", "a opt", ["L116"]),
    ],
)
def test_a_condition_that_says_less_than_it_seems_to(text: str, names: str, expected: list[str]) -> None:
    assert sorted(of(text, *names.split())) == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("n > 5 and n < 9", "n"),
        ("n >= 5 and n <= 5", "n"),
        ("n > 5 or n < 3", "n"),
        ("n != 5 and n > 3", "n"),
        ("n != 5 or n != m_", "n"),
        ("d >= 15m and d < 1h", "d"),
        ('s == "p" or s == "q"', "s"),
        ('e == "x" or e == "y"', "e"),
        ('o >= "mid" and a', "o a"),
        ("a or (b and n > 3)", "a b n"),
        ("(a and n > 3) or (not a and n < 2)", "a n"),
        ("count(tags) > 0 and count(many) == 0", "tags many"),
        ('any t in tags where t != "p"', "tags"),
        ("any k in m where m[k] > 3", "m"),
        ("any x in many where x > 3 and x < n", "many n"),
        ("any x in many where x + 1 == n", "many n"),
        ("any x in many where x == x + n", "many n"),
        ("has opt and opt < 3", "opt"),
        ("has opt and opt < 3 and (has opt or a)", "a opt"),
        ("opt ?? 9 < 3 and has opt", "opt"),
        ('s like "/p/*"', "s"),
        ('s like "/p/?"', "s"),
        ("now < forever", ""),
        ("not (a and b)", "a b"),
        ('not s like "/p/*"', "s"),
        ("not (a or n > 3)", "a n"),
    ],
)
def test_a_condition_that_says_what_it_seems_to(text: str, names: str) -> None:
    fields = "\n".join(FIELDS[name] for name in names.split())
    rules = f"permit read to anyone when {text}".replace("m_", "7")
    assert codes(document(fields=fields, rules=rules)) == (["L105"] if "m_" in text else [])


def test_a_constant_by_name_may_be_a_switch() -> None:
    text = "let strict = true\nlet limit = 5\n"
    rules = 'permit read to entitled\nforbid read when strict and n > limit because "no"'
    assert codes(text + document(fields="n: int", rules=rules)) == []


def test_what_the_checker_warns_of_is_not_said_twice() -> None:
    rules = 'permit read to entitled\npermit read to anyone when s == "p" and s == "q"'
    assert codes(document(fields="s: string", rules=rules)) == ["R407"]


def test_a_relation_is_looked_at_once_however_many_rules_name_it() -> None:
    rules = """
    relation near when not n == 1
    permit read to near
    permit read to role staff and near when s == "p"
    forbid read when near and s == "q" because "no"
    """
    text = "api documents { role staff grants read:documents }\n"
    found_codes = codes(text + document(fields="n: int\ns: string", rules=rules))
    assert found_codes == ["L110", "L202"]


def test_the_condition_of_a_need_is_looked_at() -> None:
    text = """
resource Document {
  a: bool
  action read needs read:documents when not not a needs read:documents and read:documents
  permit read to entitled
}
"""
    assert codes(text) == ["L108", "L106"]


def test_a_list_may_hold_an_element_twice_and_a_set_not() -> None:
    rules = "permit read to anyone when count(three) == n or n in four"
    text = "let three: list<int> = [1, 1, 2]\nlet four: set<int> = [4, 4]\nlet five = [5, 5]\n"
    text += document(fields="n: int", rules=rules + " or n in five")
    assert found(text) == [("L112", "4"), ("L112", "5")]
    text = document(
        fields="n: int\nk: int", rules="permit read to anyone when n in [1, 3, 2, 1] and k > 0"
    )
    assert found(text) == [("L112", "1")]


# ---- how conditions are mended


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("not (a == true)", "not (a)"),
        ("not a == true", "not a"),
        ("not not a", "a"),
        ("not not not a", "not a"),
        ("not (not a)", "a"),
        ("not (not (a or b))", "(a or b)"),
        ("not not (a or b)", "(a or b)"),
        ("not n == 3", "n != 3"),
        ("not n != 3", "n == 3"),
        ("not (n < 3)", "n >= 3"),
        ("not (n) < 3", "(n) >= 3"),
        ("not n in [1, 2]", "n not in [1, 2]"),
        ("not (n in [1, 2])", "n not in [1, 2]"),
        ("a == false", "not a"),
        ("(a) == false", "not (a)"),
        ("false != a", "a"),
        ("(opt ?? 3 == 2) and (opt ?? 3 == 2)", "(opt ?? 3 == 2)"),
        ("a or (b) or (a)", "a or (b)"),
        ("a and (a) and b", "a and b"),
        ('any t in tags where (t == "p")', '"p" in tags'),
        ('b or (any t in tags where "p" == t)', 'b or ("p" in tags)'),
        ("has opt and (opt ?? 9) < 3", "has opt and (opt) < 3"),
        ("n in [1, 1, 2, 1]", "n in [1, 2]"),
    ],
)
def test_a_condition_is_mended(before: str, after: str) -> None:
    fields = "\n".join(FIELDS[name] for name in ("a", "b", "n", "tags"))
    fields += "\nopt?: int\nassume opt" if "opt" in before else ""
    text = condition("{}", fields, forbid=True).replace("{}", before)
    assert mend(text) == condition("{}", fields, forbid=True).replace("{}", after)


@pytest.mark.parametrize(
    "text",
    [
        "not # why\n not a",
        "not not # why\n a",
        "not n # why\n == 3",
        "a and # why\n a",
        "a == # why\n true",
        'any t in tags # why\n where t == "p"',
        "any t in tags where t == s",
        "n in [1, # why\n 1]",
    ],
)
def test_a_comment_stays_and_what_may_decide_otherwise_is_left(text: str) -> None:
    fields = "\n".join(FIELDS[name] for name in ("a", "n", "s", "tags"))
    whole = condition("{}", fields, forbid=True).replace("{}", text)
    assert report(whole).findings
    assert mend(whole) == whole


def test_unless_not_becomes_when_only_where_no_when_stands() -> None:
    fields = "a: bool\nb: bool"
    rule = 'permit read to entitled\nforbid read {} because "no"'
    for before, after in (
        ("unless not a", "when a"),
        ("unless (not a)", "unless (not a)"),
        ("unless not (a or b)", "when (a or b)"),
        ("when b unless not a", "when b unless not a"),
        ("unless # why\n not a", "unless # why\n not a"),
    ):
        text = document(fields=fields, rules=rule.format(before))
        assert "L109" in codes(text)
        assert mend(text) == document(fields=fields, rules=rule.format(after))


# ---- rules

STAFF = (
    "api documents {\n  role staff, boss grants read:documents\n  client job grants read:documents\n}\n"
)


def among(rules: str, fields: str = "owner: user\na: bool\nb: bool") -> list[str]:
    """The codes of rules, those of what they leave unused apart."""
    unused = ("L307", "L306")
    text = STAFF + document(fields=fields, rules=rules, actions="action print needs read:documents")
    return [code for code in codes(text) if code not in unused]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("permit any to entitled\npermit read to entitled", ["L202"]),
        ("permit read, print to entitled\npermit any to entitled", ["L201"]),
        ("permit any to owner\npermit any to owner and role staff", ["L202"]),
        ("permit any to owner and role staff\npermit any to owner", ["L202"]),
        ('permit "one" any to owner\npermit "two" any to owner', ["L201"]),
        (
            'permit any to owner\nforbid any when a because "x"\nforbid read when a and b because "x"',
            ["L202"],
        ),
        (
            'permit any to owner\nforbid any when a because "x"\nforbid read when a and b',
            ["L202", "L205"],
        ),
        (
            "permit any to owner\nrequire any max_age 5m\nrequire read max_age 5m when a",
            ["L202"],
        ),
        (
            'permit any to owner\npermit read to role staff when a and b\nforbid any when a because "x"',
            ["L207"],
        ),
        ("permit any to owner\npermit any to owner oblige log", ["L202"]),
        ("permit any to owner oblige audit\npermit any to owner when a oblige log", []),
        ("permit any to owner oblige log\npermit any to owner when a", ["L202"]),
        ('permit any to owner\npermit any to owner when a because "seen"', []),
        ('permit any to owner\nforbid any when a because "x"\nforbid read when a and b because "y"', []),
        ("permit any to owner\nrequire any max_age 5m\nrequire read max_age 1m when a", []),
        ('permit any to owner\nforbid read because "closed for now"', []),
        ("permit read to owner when a\npermit print to owner when a", []),
        ("permit any to owner when a\npermit any to owner when b", []),
        ('permit any to owner when a\nforbid any when a and b because "x"', []),
    ],
)
def test_rules_beside_each_other(rules: str, expected: list[str]) -> None:
    assert among(rules) == expected


def test_of_many_rules_only_so_many_pairs_are_held_against_each_other() -> None:
    rules = "\n".join(f"permit read to owner when n == {number}" for number in range(80))
    last = "\npermit read to owner when n == 0 and n < 5"
    assert codes(document(fields="owner: user\nn: int", rules=rules)) == []
    assert len(codes(document(fields="owner: user\nn: int", rules=rules + last))) < 3


def test_a_rule_of_several_blocks_is_superfluous_where_it_is_so_in_each() -> None:
    text = """
forbid any on Document, Folder when a because "x"
forbid any on Document, Folder when b because "x"

resource Document {
  a: bool
  b: bool
  action read needs read:documents
  permit read to entitled
  forbid read when a because "x"
}

resource Folder {
  a: bool
  b: bool
  action read needs read:documents
  permit read to entitled
}
"""
    assert found(text) == [("L201", 'forbid read when a because "x"')]


def test_a_rule_of_several_blocks_that_one_of_them_needs_stays() -> None:
    text = """
forbid any on Document, Folder when a because "x"

resource Document {
  a: bool
  b: bool
  action read needs read:documents
  permit read to entitled
  forbid read when a or b because "x"
}

resource Folder {
  a: bool
  action read needs read:documents
  permit read to entitled
}
"""
    assert found(text) == []


def test_a_duplicate_goes_with_its_line_where_it_has_one() -> None:
    whole = document(fields="owner: user", rules="permit read to owner!")
    for twice, once in (
        ("\n  permit read to owner  ", ""),
        ("\n  permit read to owner # why", "\n # why"),
        ("  permit read to owner", ""),
        ("  permit read to owner\n# why", "\n# why"),
    ):
        assert mend(whole.replace("!", twice)) == whole.replace("!", once)
    first = "permit read on Document to owner\n"
    text = first * 2 + document(fields="owner: user", rules="")
    assert mend(text) == first + document(fields="owner: user", rules="")


def test_the_same_rule_in_two_files_is_one_of_them_too_many() -> None:
    one = document(fields="owner: user", rules="permit read to owner")
    api = 'api documents {\n audience "x"\n issuer "https://x.example/"\n scope read:documents\n}\n'
    other = "permit read on Document to owner\n"
    report_ = report_of({"api.remit": api, "one.remit": one, "two.remit": other})
    assert [(f.code, f.span.file) for f in report_.findings if f.span] == [("L201", "two.remit")]
    assert "one.remit:5" in report_.findings[0].message


def test_a_duplicate_with_another_reason_is_not_left_out_by_the_linter() -> None:
    rules = 'permit read to entitled\nforbid read when a because "x"\nforbid read when a because "y"\n'
    text = document(fields="a: bool", rules=rules)
    assert codes(text) == ["L201"]
    assert mend(text) == text


@pytest.mark.parametrize(
    ("permit", "grows"),
    [
        ("any to anyone", True),
        ("any to role staff", True),
        ("any to client job", True),
        ("any to owner, role staff", True),
        ("any to role staff and client job", True),
        ("any to entitled", False),
        ("any to owner", False),
        ("any to role staff and owner", False),
        ("any to entitled and role staff", False),
        ("read, print to anyone", False),
    ],
)
def test_a_permit_that_grows_with_each_action(permit: str, grows: bool) -> None:
    assert ("L203" in among(f"permit {permit}")) is grows
    assert "L203" not in among(f'permit any to entitled\nforbid {permit} when a because "x"')


@pytest.mark.parametrize(
    ("action", "rules", "expected"),
    [
        ("action new submit needs nothing", "permit submit to anyone", ["L204"]),
        ("action delete needs nothing", "permit delete to anyone", ["L204"]),
        ("action deleteAll needs nothing", "permit deleteAll to anyone", ["L204"]),
        ("action show needs nothing", "permit show to anyone", []),
        ("action updates needs nothing", "permit updates to anyone", []),
        ("action `1` needs nothing", "permit `1` to anyone", []),
        ("action delete needs nothing", "permit delete to anyone when a", []),
        ("action delete needs nothing", 'permit delete to anyone\nforbid delete when a because "x"', []),
        ("action delete needs nothing when a needs read:documents", "permit delete to anyone", []),
        ("action delete needs read:documents", "permit delete to anyone", []),
    ],
)
def test_what_everybody_may_change(action: str, rules: str, expected: list[str]) -> None:
    text = document(fields="a: bool", rules=f"permit read to entitled when a\n{rules}", actions=action)
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("actions", "rules", "expected"),
    [
        ("action look needs nothing", "permit look to entitled, owner", [("L206", "entitled")]),
        ("action look needs nothing", "permit read, look to entitled, owner", []),
        ("action new make needs read:documents", "permit make to owner, entitled", [("L206", "owner")]),
        ("action new make needs read:documents", "permit read, make to owner, entitled", []),
        (
            "",
            'permit read to owner\nforbid read to owner, anyone when a because "x"',
            [("L206", "owner")],
        ),
    ],
)
def test_a_subject_that_adds_nobody(actions: str, rules: str, expected: list[tuple[str, str]]) -> None:
    base = "permit read to owner when a\n"
    text = document(fields="owner: user\na: bool", rules=base + rules, actions=actions)
    assert [each for each in found(text) if each[0] == "L206"] == expected


def test_subjects_that_stand_there_twice_are_left_out() -> None:
    text = document(fields="owner: user", rules="permit read to owner, entitled, owner")
    assert mend(text) == document(fields="owner: user", rules="permit read to owner, entitled")
    text = document(
        fields="owner: user", rules="permit read to owner and entitled and owner, entitled and owner"
    )
    assert "L106" in codes(text)
    kept = document(fields="owner: user", rules="permit read to anyone, # why\n owner")
    assert codes(kept) == ["L206"]
    assert mend(kept) == kept


# ---- what guards

TENANT = "token { tenant: string }\n"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("permit read to entitled", ["L208"]),
        ("permit read to entitled when tenant == token.tenant", []),
        ("permit read to owner when tenant != token.tenant\npermit read to entitled", ["L208"]),
        ('permit read to entitled\nforbid any unless tenant == token.tenant because "x"', []),
        ('permit read to entitled\nforbid print unless tenant == token.tenant because "x"', ["L208"]),
        (
            "permit read to owner\npermit read to owner and entitled when token.tenant == tenant",
            ["L202"],
        ),
        ("relation inside when tenant == token.tenant\npermit read to inside and entitled", []),
        ("permit read to entitled and owner", []),
    ],
)
def test_a_tenant_is_compared_on_the_way_to_each_permit(rules: str, expected: list[str]) -> None:
    fields = "owner: user\ntenant: string"
    text = TENANT + document(
        fields=fields,
        rules="permit print to owner\n" + rules,
        actions="action print needs read:documents",
    )
    assert [code for code in codes(text) if code not in ("L307", "L308")] == expected


def test_who_has_no_token_has_no_tenant() -> None:
    text = TENANT + document(
        fields="tenant: string\npublic: bool",
        rules="""
permit look, read to anyone when public
forbid read unless tenant == token.tenant because "x"
""",
        actions="action look needs nothing when public needs read:documents",
    )
    assert codes(text) == []
    assert codes(text.replace("to anyone", "to entitled")) == ["L208"]
    assert codes(text.replace("needs nothing when public ", "")) == ["L208"]


@pytest.mark.parametrize(
    ("claim", "field", "expected"),
    [
        ("orgId: string", "orgId: string", ["L208"]),
        ("organisation_id: uuid", "organisation_id: uuid", ["L208"]),
        ("tenant: string", "tenant: uuid", []),
        ("email: string", "email: string", []),
        ("tenant: string", "organisation: string", []),
    ],
)
def test_what_counts_as_a_tenant(claim: str, field: str, expected: list[str]) -> None:
    text = f"token {{ {claim} }}\n" + document(fields=field)
    assert [code for code in codes(text) if code == "L208"] == expected


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ("all:documents and read:documents", [("L209", "read:documents")]),
        ("all:documents or read:documents", [("L209", "all:documents")]),
        ("read:documents and other:documents", []),
        ("other:documents or (read:documents and all:documents)", [("L209", "read:documents")]),
    ],
)
def test_a_scope_that_another_one_in_a_need_decides(need: str, expected: list[tuple[str, str]]) -> None:
    text = "api documents {\n scope all:documents implies read:documents\n scope other:documents\n}\n"
    text += f"resource D {{\n action other needs other:documents\n action read needs {need}\n"
    assert found(text + " permit any to entitled\n}\n") == expected


def test_an_assumption_is_needed_where_hiding_helps() -> None:
    text = """
token { level: int = 3  spare: int = 3  assume level, spare }
context { day: string = "mon"  assume day }
api documents {
  action list(shelf?: string) needs read:documents
  assume shelf
  permit list to entitled when (action.shelf ?? "a1") == "a1"
}
resource Document {
  a: bool = false
  b: bool = false
  assume a
  assume b
  action read needs nothing when not b needs read:documents
  permit read to anyone when token.level + token.spare > 0 and context.day == "mon"
  forbid read when a because "x"
}
"""
    assert codes(text) == []
    needless = text.replace('context.day == "mon"', 'context.day == "tue"').replace(
        "when not b", "when b"
    )
    assert found(needless) == [("L210", "day"), ("L210", "b")]
    assert "assume b" not in mend(needless)
    assert "assume day" in mend(needless)  # a block's own statement is left to its author


@pytest.mark.parametrize(
    ("assumed", "rule", "left"),
    [
        ("a, b", "when a", ["assume a"]),
        ("b, a", "when a", ["assume a"]),
        ("b, a, c", "when a", ["assume a"]),
        ("b, c", "unless a", []),
        ("b, # why\n a", "when a", ["assume b, # why"]),  # a comment stays where it is
    ],
)
def test_what_is_assumed_in_vain_is_left_out_among_others(
    assumed: str, rule: str, left: list[str]
) -> None:
    text = f"""
resource Document {{
  a: bool = false
  b: bool = false
  c: bool = false
  assume {assumed}
  action read needs read:documents
  permit read to entitled
  forbid read {rule} because "x"
}}
"""
    lines = [line.strip() for line in mend(text).splitlines()]
    assert [line for line in lines if line.startswith("assume")] == left


SEVERAL = """
api documents {{
  issuer "https://idp.acme.example/"
  client nightly class batch
}}
resource Document {{
  robot:  client
  robots: set<client>
  owner:  user
  open:   bool
  action read, print needs read:documents
  permit read to owner
  forbid read when open because "x"
  relation mine when token.client == robot
  {}
}}
"""


@pytest.mark.parametrize(
    ("rule", "found_"),
    [
        ("permit print to client nightly", True),
        ("permit print to client batch and owner", True),
        ("permit print to robot", True),
        ("permit print to robots", True),
        ("permit print to mine", True),
        ('permit print to entitled when token.client == "web"', True),
        ("permit print to entitled when any r in robots where r == token.client", True),
        ('forbid print unless token.client == "web" because "x"', True),
        ('forbid print when not (token.client in robots) because "x"', True),
        ('permit print to client nightly when token.issuer == "https://idp.acme.example/"', False),
        ('forbid print when token.client == "web" because "x"', False),
        ('permit print to entitled when token.client != "web"', False),
        ("permit print to owner", False),
        ('permit print to entitled when token.kind == "client"', False),
        ("permit print to entitled oblige log { by: token.client }", False),
    ],
)
def test_a_client_of_any_issuer_is_told_where_several_are_trusted(rule: str, found_: bool) -> None:
    text = SEVERAL.format(rule)
    assert ("L212" in codes(text)) is found_
    alone = text.replace('issuer "https://idp.acme.example/"', "")
    assert "L212" not in codes(alone)
    partner = 'issuer "https://idp.acme.example/"'
    assert "L212" not in codes(text.replace(partner, f"{partner} {{ asserts client batch }}"))


# ---- declarations


def test_actions_of_a_file_are_reported_together() -> None:
    api = 'api documents {\n audience "x"\n issuer "https://x.example/"\n scope read:documents\n'
    api += ' action from "actions.json"\n action more needs read:documents\n'
    api += " permit look, more to entitled\n}\n"
    actions = '{"look": ["read:documents"], "see": ["read:documents"], "peek": "nothing"}'
    report_ = report_of({"api.remit": api, "actions.json": actions})
    assert [(f.code, f.message) for f in report_.findings] == [
        ("L301", "no permit can allow `peek`, `see`")
    ]
    twice = api.replace(" action from", ' action from "more.json" action from')
    report_ = report_of({"api.remit": twice, "actions.json": actions, "more.json": '{"add": "nothing"}'})
    assert [finding.message for finding in report_.findings] == [
        "no permit can allow `add`, `peek`, `see`"
    ]
    allowed = api.replace("look, more", "look, see, peek, more").replace("entitled", "anyone")
    assert report_of({"api.remit": allowed, "actions.json": actions}).findings == ()


@pytest.mark.parametrize(
    ("action", "rules", "expected"),
    [
        ("action look needs nothing", "permit look to entitled, role staff", ["L206"]),
        ("action look needs nothing", "permit any to entitled", ["L301"]),
        ("action new make needs read:documents", "permit read, make to owner", ["L301"]),
        ("action new make needs read:documents", "permit read, make to entitled, owner", []),
        ("action print needs read:documents", 'forbid print because "closed"', ["L301"]),
    ],
)
def test_an_action_that_no_permit_can_allow(action: str, rules: str, expected: list[str]) -> None:
    text = STAFF + document(fields="owner: user", rules=f"permit read to owner\n{rules}", actions=action)
    assert [code for code in codes(text) if code not in ("L202", "L306")] == expected


def test_a_block_without_a_permit_is_reported_once() -> None:
    text = document(rules="", actions="action print, send needs read:documents")
    assert found(text) == [("L301", "read")]
    assert "`read`, `print`, `send`" in report(text).findings[0].message


def test_what_a_rule_of_the_file_reads_is_used() -> None:
    text = document(fields="a: bool\nb: bool\nowner: user", rules="permit read to entitled")
    text += 'forbid any on Document when a because "x"\n'
    text += 'api documents { forbid any on Document when b because "x" }\n'
    text += "permit read on Document to owner\n"
    assert codes(text) == []


def test_what_an_issuer_asserts_is_used() -> None:
    text = """
api documents {
  issuer "https://other.example/" profile custom { asserts plan "free", "paid" }
}
token { plan: string }
"""
    assert codes(text + document()) == []


def test_a_group_of_scopes_is_left_alone() -> None:
    text = """
api documents {
  scope {make,burn}:documents
  scope list:documents implies read:documents
  role all grants {*}
  role some grants {make,burn}:documents, read:documents
  role none grants {*} except {*}
}
"""
    assert codes(text + document()) == ["L306"]


def test_grants_that_come_along_are_left_out_and_nothing_else() -> None:
    text = """
api documents {
  scope all:documents implies read:documents
  role one   grants read:documents, all:documents
  role two   grants all:documents, read:documents
  role three extends one grants read:documents
  role four  grants all:documents, read:documents except read:documents
  client job grants read:documents, all:documents
}
"""
    assert codes(text + document()) == ["L305"] * 4
    assert "role one   grants all:documents\n" in mend(text + document())
    assert "role two   grants all:documents\n" in mend(text + document())
    assert "role three extends one\n" in mend(text + document())
    assert "client job grants all:documents\n" in mend(text + document())


def test_relations_of_the_api_are_looked_at() -> None:
    text = """
token { plan: string }
api documents {
  relation paying when token.plan == "paid"
  relation trying when token.plan == "free"
  action list needs read:documents
  permit list to paying
}
"""
    assert found(text) == [("L312", "trying")]


# ---- tests


def test_expectations_that_show_nothing() -> None:
    text = """
context { day: string }
""" + document(
        fields="owner: user\na: bool = false",
        rules='permit read to owner when context.day == "mon"\nforbid read when a because "x"\nassume a',
    )
    text += """
test "one" {
  token ann { scope: "read:documents" }
  resource d: Document { owner: "ann", a: false }
  context { day: "mon" }
  ann may read d
  ann may read d with d { a: false, owner: "ann" }
  ann may read d with d { a: false, owner: "bob" } with ann { sub: "bob" }
  ann may read d with context { day: "mon" }
  ann may not read d with context { day: "tue" } because "no permit applies"
  ann may not read d with ann {} with d { owner: "bob" } missing role staff
  anonymous may not read d missing read:documents
}
test "two" {
  token ann { scope: "read:documents" }
  resource d: Document { owner: "ann" }
  ann may not read d with ann { scope: "" }
  ann may not read d with ann { scope: "" }
}
"""
    text = "api documents { role staff grants read:documents }\n" + text
    assert [code for code, _ in found(text)] == ["L405", "L405", "L402", "L404"]


def test_a_matrix_asks_of_whom_its_rows_name_and_its_cells_need_no_reason() -> None:
    text = document(fields="owner: user", rules="permit read to owner")
    text += """
fixtures people {
  token ann { scope: "read:documents" }
  token bob { scope: "read:documents" }
  token eve { scope: "read:documents" }
  resource plan: Document { owner: "ann" }
}
test "one" using people {
  resource other: Document { owner: "bob" }
  matrix {
    who, resource | read
    ann, plan     | yes
    bob, plan     | no
  }
}
test "two" using people {
  ann may read plan with plan { owner: "ann" }
}
test "three" using people {
  matrix {}
}
"""
    expected = [
        ("L403", "eve"),
        ("L403", "other"),
        ("L405", 'with plan { owner: "ann" }'),
        ("L401", '"three"'),
    ]
    assert found(text) == expected
