"""Guards, cycles, closures, and what a rule and a set are told by: their identity and digest."""

import pickle
import random

import pytest

from remit import Engine, PolicyError
from remit.checker.check import check
from remit.checker.checked import (
    TRUE,
    Alternative,
    Checked,
    Equal,
    Fallback,
    Given,
    IsTrue,
    Less,
    Negated,
    Nothing,
    OneScope,
    Read,
    SomeOf,
)
from remit.checker.findings import MAX_REACH
from remit.compiler.lowering import build
from remit.compiler.ruletree import BlockTree, RuleNode, RuleTree
from remit.decider.reading import read_set
from remit.diagnostics import Code, Finding, has_errors
from remit.syntax.parser import parse
from remit.syntax.source import inspect

FILE = "p.remit"
API = """api a {
  audience "x"
  issuer "y" profile auth0
  scope s, t
  scope both implies s, t
  role viewer grants s
  role editor extends viewer grants t
  action browse needs s
  permit browse to entitled
}
"""
FACTS = """token { plan: string  level?: int }
context { office: bool = true  assume office }
"""
BODY = """  owner: user
  flag: bool
  size: int
  tag?: string
  note?: string
  boss?: user
  kind: "low" | "high"
  names: set<user>
  marks: set<int> = [1, 2]
  assume tag, note, boss, marks
  action r needs s or t
  action w needs both
"""
RULES = """  relation mine when owner == token.sub
  permit r, w to mine when flag and size < 3 because "it is theirs"
  permit "named" r to role editor unless kind == "low" and not flag
  forbid w when size > 9
"""
WHOLE = f"{API}{FACTS}resource R {{\n{BODY}{RULES}}}\n"


def found_in(*texts: str) -> list[Finding]:
    return list(read_set(None, {f"{n}.remit": text for n, text in enumerate(texts)}).findings)


def codes(*texts: str) -> list[Code]:
    return [finding.code for finding in found_in(*texts)]


def checked(*texts: str) -> Checked:
    reading = read_set(None, {f"{n}.remit": text for n, text in enumerate(texts)})
    assert reading.findings == ()
    assert reading.checked is not None
    return reading.checked


def tree_of(*texts: str) -> RuleTree:
    tree, findings = build(checked(*texts))
    assert findings == ()
    assert tree is not None
    return tree


def with_rules(*rules: str) -> str:
    lines = "".join(f"  {rule}\n" for rule in rules)
    return f"{API}{FACTS}resource R {{\n{BODY}{lines}}}\n"


def rule(text: str) -> RuleNode:
    (only,) = rules_of(tree_of(with_rules(text)))
    return only


def rules_of(tree: RuleTree) -> tuple[RuleNode, ...]:
    return resource_of(tree).rules


def resource_of(tree: RuleTree) -> BlockTree:
    return tree.blocks["R"]


def condition(text: str) -> object:
    return rule(f"forbid r when {text}").condition


# ---- guards of what may be absent


@pytest.mark.parametrize(
    "clauses",
    [
        'when has tag and tag == "x"',
        'when has tag and flag and tag == "x"',
        'when not has tag or tag == "x"',
        'when not (not has tag) and tag == "x"',
        'when (has tag and flag) and tag == "x"',
        'when (has tag or (has tag and flag)) and tag == "x"',
        'when not (has tag and flag) or tag == "x"',
        'when not (not has tag or flag) and tag == "x"',
        'when has tag and (flag or tag == "x")',
        'when has tag and not tag == "x"',
        "when has tag and has note and tag == note",
        "when has token.level and token.level < size",
        'when has tag unless tag == "x"',
        'when has tag and flag unless flag and tag == "x"',
        'when not (not has tag or flag) unless tag == "x"',
        'unless not has tag or tag == "x"',
        'unless has tag and tag == "x"',
        'when tag ?? "x" == "x"',
        'when tag ?? "x" in ["x"]',
        "when has note and tag ?? note == note",
        "when boss ?? owner == token.sub",
    ],
)
def test_an_optional_member_may_be_read_where_it_is_known_to_be_there(clauses: str) -> None:
    assert codes(with_rules(f"permit r to anyone {clauses}")) == []


@pytest.mark.parametrize(
    "clauses",
    [
        'when tag == "x"',
        'when tag == "x" and has tag',
        'when has tag or tag == "x"',
        'when not has tag and tag == "x"',
        'when (has tag or flag) and tag == "x"',
        'when not (has tag and flag) and tag == "x"',
        'when has note and tag == "x"',
        'when ((flag and has tag) or has note) and tag == "x"',
        'when has token.level and tag == "x"',
        'when ((has tag and flag) or flag) and tag == "x"',
        'when tag in ["x"]',
        'when "x" == tag',
        'unless tag == "x"',
        'unless has tag or tag == "x"',
        'when not has tag unless tag == "x"',
        'when has tag or flag unless tag == "x"',
        "when tag ?? note == note",
        'when tag ?? note == "x"',
    ],
)
def test_an_optional_member_may_not_be_read_where_it_may_be_absent(clauses: str) -> None:
    # failure modes 2 and 3
    assert set(codes(with_rules(f"permit r to anyone {clauses}"))) == {Code.UNGUARDED_OPTIONAL}


def test_a_guard_outside_a_relation_does_not_reach_into_it() -> None:
    # a relation is read by itself, and may be called where nothing guards it
    relation = 'relation x when tag == "x"'
    assert codes(with_rules(relation, "permit r to anyone when has tag and x")) == [
        Code.UNGUARDED_OPTIONAL
    ]
    guarded = 'relation x when has tag and tag == "x"'
    assert codes(with_rules(guarded, "permit r to anyone when x")) == []


def test_a_guard_inside_a_relation_reaches_out_of_it() -> None:
    # a relation is its condition, and makes sure of what that makes sure of
    text = with_rules("relation x when has tag", 'permit r to anyone when x and tag == "x"')
    assert codes(text) == []
    text = with_rules("relation x when has tag or flag", 'permit r to anyone when x and tag == "x"')
    assert codes(text) == [Code.UNGUARDED_OPTIONAL]


def test_an_optional_attribute_is_no_subject_by_itself() -> None:
    assert codes(with_rules("permit r to boss")) == [Code.UNGUARDED_OPTIONAL]
    assert codes(with_rules("relation b when has boss and boss == token.sub", "permit r to b")) == []


def test_an_optional_member_with_a_default_needs_no_guard() -> None:
    text = WHOLE.replace("note?: string", 'note?: string = ""').replace("flag and", 'note == "" and')
    assert codes(text) == []


# ---- types


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "not false",
        "flag",
        "flag == true",
        '"low" == kind',
        "size == -1",
        "-9223372036854775808 < size",
        "owner == token.sub",
        'owner == "ann"',
        "token.sub in names",
        '"ann" in names',
        "size in marks",
        "size not in [1, 2]",
        'kind in ["low"]',
        "size in []",
        'token.sub in ["ann", "bob"]',
        "context.office",
        "flag in [true]",
    ],
)
def test_well_typed_conditions_are_taken(text: str) -> None:
    assert codes(with_rules(f"forbid r when {text}")) == []


def test_a_comparison_that_is_turned_round_is_the_same() -> None:
    assert condition("size > 3") == condition("3 < size")
    assert condition("size >= 3") == condition("3 <= size")
    assert condition("size < 3") != condition("size <= 3")
    assert isinstance(condition("size < 3"), Less)


def test_not_equal_is_not_and_equal() -> None:
    assert condition("size != 3") == condition("not size == 3")
    assert condition("size not in [3]") == condition("not size in [3]")
    assert isinstance(condition("size != 3"), Negated)


def test_equality_has_no_left_and_right() -> None:
    one, other = (rule(f"forbid r when {text}") for text in ("size == 3", "3 == size"))
    assert one.reference.id == other.reference.id
    assert isinstance(one.condition, Equal)


def test_a_fallback_has_the_type_of_what_it_stands_for() -> None:
    match condition('tag ?? "x" == "y"'):
        case Equal(left=Fallback(value=Read(member=member)) as left, right=Given()):
            assert left.type == member.type
        case other:
            pytest.fail(f"checked as {other}")


def test_a_bool_and_a_number_are_two_constants() -> None:
    # failure mode 15: True == 1 in Python
    assert rule("forbid r when flag in [true]").reference != rule("forbid r when size in [1]").reference
    assert codes(with_rules("forbid r when size in [true]")) == [Code.TYPE_MISMATCH]
    assert codes(with_rules("forbid r when flag == 1")) == [Code.TYPE_MISMATCH]


def test_one_mistake_in_a_comparison_is_not_reported_from_the_other_side() -> None:
    assert codes(with_rules('forbid r when "x" == zzz')) == [Code.UNKNOWN_NAME]
    assert codes(with_rules('forbid r when zzz == "x"')) == [Code.UNKNOWN_NAME]
    assert codes(with_rules("forbid r when zzz in names")) == [Code.UNKNOWN_NAME]
    assert codes(with_rules("forbid r when size in zzz")) == [Code.UNKNOWN_NAME]
    assert codes(with_rules("forbid r when zzz in [1]")) == [Code.UNKNOWN_NAME]
    assert codes(with_rules("forbid r when zzz ?? 1 == size")) == [Code.UNKNOWN_NAME]


# ---- names


def test_a_name_is_declared_once_over_all_files() -> None:
    # failure mode 48
    resource = "resource R { action r needs nothing }\n"
    name = 'permit "p" r to anyone'
    assert codes(API, resource, resource) == [Code.DUPLICATE]
    assert codes(API, "token { x: int }", "token { x: string }") == [Code.DUPLICATE]
    assert codes(API, "api a { scope s }") == [Code.DUPLICATE]
    assert codes(API, "api a { role viewer }") == [Code.DUPLICATE]
    assert codes(API, "api a { action browse needs s }") == [Code.DUPLICATE]
    assert codes(API, 'test "x" {}', 'test "x" {}') == [Code.DUPLICATE]
    blocks = [f"resource {block} {{ action r needs nothing {name} }}" for block in "QR"]
    assert codes(API, *blocks) == [Code.DUPLICATE]


def test_a_duplicate_is_reported_in_the_file_that_repeats_it() -> None:
    (finding,) = found_in(API, "token { x: int }", "token { x: int }")
    assert finding.span is not None
    assert finding.span.file == "2.remit"


def test_blocks_of_one_api_are_one_over_several_files() -> None:
    api = checked(API, "api a { scope more implies s  role boss extends editor grants more }").api
    assert api.roles["boss"] == {"s", "t", "more"}


def test_an_action_of_one_block_is_none_of_another() -> None:
    assert codes(with_rules("permit browse to anyone")) == [Code.UNKNOWN_ACTION]
    assert codes(API + "resource R { permit any to anyone }") == [Code.RULE_WITHOUT_ACTIONS]


def test_an_attribute_of_one_block_is_none_of_another() -> None:
    assert codes(API + "resource Q { x: bool }\nresource R { relation m when x }") == [Code.UNKNOWN_NAME]
    assert codes(API.replace("entitled", "owner")) == [Code.UNKNOWN_NAME]


def test_the_api_and_each_resource_have_a_block() -> None:
    whole = checked(WHOLE)
    assert [block.name for block in whole.blocks] == [None, "R"]


def test_members_say_where_they_are_read_from() -> None:
    whole = checked(WHOLE)
    block = next(block for block in whole.blocks if block.name == "R")
    members = (block.members["flag"], whole.claims["plan"], whole.context["office"])
    assert [str(member) for member in members] == ["flag", "token.plan", "context.office"]


def test_what_an_action_needs_keeps_its_structure() -> None:
    text = with_rules("action x needs nothing needs both when flag")
    actions = resource_of(tree_of(text)).actions
    assert actions["r"].needs == (Alternative(SomeOf((OneScope("s"), OneScope("t"))), TRUE),)
    assert {(each.need, each.when == TRUE) for each in actions["x"].needs} == {
        (Nothing(), True),
        (OneScope("both"), False),
    }


def test_a_mistake_in_the_middle_of_a_test_leaves_the_rest_checked() -> None:
    items = "token ann {} resource d: Q {} ann may fly d ann may r bob may browse with bob {}"
    assert codes(WHOLE + f'test "t" {{ {items} }}') == [
        Code.UNKNOWN_TYPE,
        Code.UNKNOWN_TEST_NAME,  # `d`, which the unknown type has left undeclared
        Code.UNKNOWN_ACTION,
        Code.UNKNOWN_TEST_NAME,
    ]


def test_fixtures_may_hold_any_constant_and_what_no_rule_can_read_is_warned_of() -> None:
    token = 'token ann { sub: "ann", act: { sub: "x", deep: { n: -1 } }, roles: ["a", "b"], plan: [] }'
    resource = "resource d: R { size: true, names: [], owner: { not: { a: 1 } } }"
    items = f"{token} {resource} ann may not r d with d {{ size: {{}} }} with ann {{ sub: -5 }}"
    findings = read_set(None, {FILE: WHOLE + f'test "t" {{ {items} }}'}).findings
    assert not has_errors(findings)
    assert {(f.code, f.message.split("`")[1]) for f in findings} == {
        (Code.ILL_TYPED_VALUE, "ann.plan"),
        (Code.ILL_TYPED_VALUE, "d.size"),
        (Code.ILL_TYPED_VALUE, "d.owner"),
    }


def test_a_record_is_no_single_value() -> None:
    assert codes(with_rules("forbid r when owner == { a: 1 }")) == [Code.UNEXPECTED]
    assert codes(API + "context { x: int = { a: 1 } }") == [Code.TYPE_MISMATCH]


@pytest.mark.parametrize("missing", ["s", "role viewer"])
def test_an_expectation_may_name_what_is_missing(missing: str) -> None:
    assert codes(WHOLE + f'test "t" {{ token ann {{}} ann may not browse missing {missing} }}') == []


# ---- cycles and closures (failure mode 10)


@pytest.mark.parametrize("length", [1, 2, 50])
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("scope n{0} implies n{1}", "scope"),
        ("role n{0} extends n{1}", "role"),
        ("relation n{0} when n{1}", "relation"),
    ],
)
def test_a_cycle_of_any_length_is_refused(statement: str, what: str, length: int) -> None:
    lines = [statement.format(number, (number + 1) % length) for number in range(length)]
    text = with_rules(*lines) if what == "relation" else f"{API}api a {{ {' '.join(lines)} }}"
    findings = found_in(text)
    assert {finding.code for finding in findings} == {Code.CYCLE}
    # a relation is followed from one place, and the others are not reported again
    assert len(findings) == (1 if what == "relation" else length)


def test_what_only_leads_to_a_cycle_is_not_in_it() -> None:
    findings = found_in(f"{API}api a {{ role x extends y  role y extends z  role z extends y }}")
    assert [finding.message.split("`")[1] for finding in findings] == ["y", "z"]


def test_a_relation_that_two_others_use_is_no_cycle() -> None:
    relations = ("relation x when y and z", "relation y when z", "relation z when flag")
    assert codes(with_rules(*relations)) == []


def reached(edges: dict[int, set[int]], start: int) -> set[int]:
    """Breadth first, as a book has it."""
    seen, level = {start}, {start}
    while level:
        level = {target for node in level for target in edges[node]} - seen
        seen |= level
    return seen


@pytest.mark.parametrize("seed", range(20))
def test_closures_are_what_a_search_finds(seed: int) -> None:
    rng = random.Random(seed)
    count = 60
    edges = {n: set(rng.sample(range(n + 1, count), min(3, count - n - 1))) for n in range(count)}
    edges = {n: {target for target in targets if rng.random() < 0.5} for n, targets in edges.items()}

    def line(kind: str, n: int, word: str) -> str:
        targets = ", ".join(f"n{target}" for target in edges[n])
        return f"{kind} n{n} {word} {targets}" if targets else f"{kind} n{n}"

    order = rng.sample(range(count), count)
    scopes = [line("scope", n, "implies") for n in order]
    roles = [line("role", n, "extends") + f" grants n{n}" for n in order]
    api = checked("api a {\n" + "\n".join([*roles, *scopes]) + "\n}").api
    closures = [reached(edges, n) for n in range(count)]
    held = [{m for k in closure for m in closures[k]} for closure in closures]
    for n in range(count):
        assert api.scopes[f"n{n}"] == {f"n{m}" for m in closures[n]}
        assert api.roles[f"n{n}"] == {f"n{m}" for m in held[n]}


def excess(text: str) -> list[tuple[Code, bool]]:
    return [(f.code, str(MAX_REACH) in f.message) for f in found_in(f"api a {{\n{text}\n}}\n")]


def test_a_chain_too_long_to_close_is_a_finding() -> None:
    # failure mode 44: its closure would hold some two million names
    lines = "\n".join(f"scope n{n} implies n{n + 1}" for n in range(2000))
    assert excess(f"{lines} scope n2000") == [(Code.TOO_MANY_MEMBERS, True)]


def test_grants_too_many_to_hand_on_are_a_finding() -> None:
    # failure mode 44: each role a thousand scopes
    scopes = ", ".join(f"n{n}" for n in range(1000))
    roles = ", ".join(f"r{n}" for n in range(1001))
    text = f"scope all implies {scopes} scope {scopes} role {roles} grants all"
    assert excess(text) == [(Code.TOO_MANY_MEMBERS, True)]


def test_a_document_alone_has_no_files_beside_it() -> None:
    source, _ = inspect("p.remit", f'{API}data d: int from "d.json"')
    _, findings = check(parse(source)[0])
    assert [finding.code for finding in findings] == [Code.BAD_FILE]


# ---- the identity of rules


def ids(*rules: str) -> list[str]:
    return [node.reference.id for node in rules_of(tree_of(with_rules(*rules)))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("permit r, w to owner", "permit w, r to owner"),
        ("permit r to owner, entitled", "permit r to entitled, owner"),
        ("permit r to owner and entitled", "permit r to entitled and owner"),
        ("forbid r when flag and size < 3", "forbid r when size < 3 and flag"),
        ("forbid r when flag and size < 3", "forbid r when 3 > size and flag and flag"),
        ("forbid r when flag and (size < 3 and true)", "forbid r when size < 3 and flag"),
        ("forbid r when (flag or false) or flag", "forbid r when flag"),
        ("forbid r when not not flag", "forbid r when flag"),
        ("forbid r unless not flag", "forbid r when flag"),
        ("forbid r when flag unless false", "forbid r when flag"),
        ("forbid r to anyone", "forbid r"),
        ("forbid r when flag or true", "forbid r"),
        ("permit r to anyone when flag", "permit r to anyone, entitled when flag"),
        ("forbid r when size in [1, 2]", "forbid r when size in [2, 1, 1]"),
        ("forbid r when flag", 'forbid r when flag because "another reason"'),
    ],
)
def test_rules_that_say_the_same_are_one(one: str, other: str) -> None:
    # failure mode 5
    assert ids(one) == ids(other) == ids(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("permit r to anyone", "forbid r to anyone"),
        ("permit r to owner", "permit w to owner"),
        ("permit r, w to owner", "permit any to owner"),
        ("forbid r when flag", "forbid r when not flag"),
        ("forbid r when flag", "forbid r unless flag"),
        ("forbid r when flag and size < 3", "forbid r when flag or size < 3"),
        ("forbid r when size < 3", "forbid r when size <= 3"),
        ("forbid r when size < 3", "forbid r when 3 < size"),
        ("forbid r when size == 1", "forbid r when size == 2"),
        ("forbid r when size in [1]", "forbid r when size in [1, 2]"),
        ("forbid r when size in marks", "forbid r when size in [1, 2]"),
        ("forbid r when has tag", "forbid r when has note"),
        ('forbid r when tag ?? "a" == "b"', 'forbid r when tag ?? "b" == "a"'),
        ("permit r to role editor", "permit r to role viewer, role editor"),
        ("permit r to entitled", "permit r to anyone"),
        ("permit r to owner", "permit r to names"),
        ("forbid r when context.office", "forbid r when flag"),
    ],
)
def test_rules_that_say_different_things_are_two(one: str, other: str) -> None:
    # failure mode 47
    assert len(set(ids(one, other))) == 2


def test_a_rule_of_one_block_is_none_of_another() -> None:
    blocks = "".join(f"resource {b} {{ action r needs s permit r to entitled }}\n" for b in "QR")
    first, second = (block.rules for block in tree_of(API + blocks).blocks.values() if block.name)
    assert first[0].reference.id != second[0].reference.id


def test_a_relation_gives_a_rule_its_meaning_and_not_its_name() -> None:
    relations = ("relation mine when owner == token.sub", "relation own when token.sub == owner")
    assert len(ids(*relations, "permit r to mine", "permit r to own")) == 1


def test_a_named_rule_is_called_by_its_name_and_keeps_it() -> None:
    assert ids('permit "p" r to owner') == ids('permit "p" w to anyone') == ["p"]
    assert set(ids('permit "p" r to owner', "permit r to owner")) == {"p", *ids("permit r to owner")}


def test_rules_that_are_one_keep_every_place_and_the_first_reason() -> None:
    rules = [f"forbid r when flag {because}" for because in ("", 'because "b"', 'because "a"')]
    (node,) = rules_of(tree_of(with_rules(*rules)))
    text = with_rules(*rules)
    assert [text[span.start : span.end].strip() for span in node.reference.spans] == [
        rule.strip() for rule in rules
    ]
    assert node.reference.because == "a"


@pytest.mark.parametrize("rule", ["permit r to owner", "forbid r when flag"])
def test_a_name_that_is_the_identity_of_another_rule_hides_nothing(rule: str) -> None:
    # failure mode 48: a forbid that bears another rule's identity must not vanish into it
    (known,) = ids(rule)
    reading = read_set(None, {FILE: with_rules(rule, f'forbid "{known}" w')})
    said = [(finding.code, known in finding.message) for finding in reading.findings]
    assert said == [(Code.DUPLICATE, True)]
    assert reading.tree is None


def test_a_rule_that_nothing_brings_about_is_still_a_rule() -> None:
    nodes: list[RuleNode] = []
    for text in ("forbid r when not (true and flag) and false", "forbid r when not true"):
        reading = read_set(None, {"p.remit": with_rules(text)})
        assert [finding.code for finding in reading.findings] == [Code.NEVER_TRUE]
        assert reading.tree is not None
        nodes += rules_of(reading.tree)
    assert nodes[0].reference == nodes[1].reference
    assert nodes[0].reference != rule("forbid r when true").reference


def test_a_name_that_is_the_identity_of_its_own_rule_is_one_rule() -> None:
    (known,) = ids("permit r to owner")
    assert ids("permit r to owner", f'permit "{known}" r to owner') == [known]


def test_the_normal_form_of_a_bool_is_the_read_itself() -> None:
    assert isinstance(condition("not not ((flag and true) or false)"), IsTrue)


# ---- the digest of a set


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("api a", "api b"),
        ('audience "x"', 'audience "z"'),
        ('audience "x"', 'audience "x", "z"'),
        ('issuer "y"', 'issuer "z"'),
        ("profile auth0", "profile rfc9068"),
        ("scope s, t", "scope s, t, more"),
        ("implies s, t", "implies s"),
        ("editor extends viewer", "editor"),
        ("viewer grants s", "viewer grants t"),
        ("role editor extends", "role other role editor extends"),
        ("plan: string", "plan: int"),
        ("plan: string", "plan?: string"),
        ("plan: string", "plain: string"),
        ("level?: int", "level: int"),
        ("office: bool = true", "office: bool = false"),
        ("office: bool = true  assume office", "office: bool"),
        ("owner: user", "owner: user other: user"),
        ('"low" | "high"', '"low" | "high" | "top"'),
        ("marks: set<int> = [1, 2]", "marks: set<int> = [1]"),
        ("tag?: string", "tag: string"),
        ("action w", "action new w"),
        ("action w", "action w(x: int)"),
        ("action browse needs s", "action browse needs t"),
        ("needs s or t", "needs s and t"),
        ("action w needs both", "action w needs nothing"),
        ("to mine", "to mine, entitled"),
        ("permit r, w", "permit any"),
        ("size < 3", "size < 4"),
        ("size > 9", "size >= 9"),
        ('because "it is theirs"', 'because "so it is"'),
        ('because "it is theirs"', ""),
        ('"named"', '"renamed"'),
        ("forbid w", "forbid r"),
        ("role editor unless", "role viewer, role editor unless"),
        ("not flag", "flag"),
        ("owner == token.sub", "owner != token.sub"),
        ("resource R", "resource Q"),
        ("permit browse to entitled", ""),
    ],
)
def test_whatever_decides_is_in_the_digest(old: str, new: str) -> None:
    # failure mode 30
    assert WHOLE.count(old) == 1
    assert tree_of(WHOLE.replace(old, new)).digest != tree_of(WHOLE).digest


ISSUER_BLOCK = """profile auth0 {
    audience "own"
    asserts role viewer
    asserts client app
    asserts plan "gold"
    client from app.id
  }
  client app, site"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("profile auth0", "profile okta"),
        ('audience "own"', 'audience "other"'),
        ('audience "own"', ""),
        ("asserts role viewer", "asserts role viewer, editor"),
        ("asserts role viewer", ""),
        ("asserts client app", "asserts client app, site"),
        ("asserts client app", ""),
        ('"gold"', '"gold", "silver"'),
        ('asserts plan "gold"', ""),
        ("client from app.id", "client from app.number"),
        ("client from app.id", "subject from app.id"),
        ("client from app.id", ""),
        ("client app, site", "client app, site, other"),
        ("client app, site", "client app, site grants s"),
        ("client app, site", "client app, page"),
    ],
)
def test_whatever_is_said_of_issuers_and_clients_is_in_the_digest(old: str, new: str) -> None:
    assert ISSUER_BLOCK.count(old) == 1
    first, second = (
        tree_of(WHOLE.replace("profile auth0", block)).digest
        for block in (ISSUER_BLOCK, ISSUER_BLOCK.replace(old, new))
    )
    assert first != second


def test_the_order_of_what_is_said_of_an_issuer_is_not_in_the_digest() -> None:
    one = 'profile auth0 { asserts plan "gold", "tin" asserts client app, site } client app, site'
    same = 'profile auth0 { asserts client site, app asserts plan "tin", "gold" } client app, site'
    digests = {tree_of(WHOLE.replace("profile auth0", block)).digest for block in (one, same)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("api a", "# what it is about\napi a"),
        ("scope s, t\n", 'scope t "what it means"\nscope s\n'),
        ("implies s, t", "implies t, s, s"),
        ("flag and size < 3", "(3 > size) and flag"),
        ("permit r, w", "permit w, r"),
        ('"low" | "high"', '"high" | "low"'),
        ("= [1, 2]", "= [2, 1]"),
        ("relation mine", "relation unused when flag relation mine"),
        ("forbid w when size > 9", "forbid w when size > 9 forbid w when 9 < size"),
        ("token { plan: string  level?: int }", "token { level?: int }\ntoken { plan: string }"),
    ],
)
def test_what_decides_nothing_is_not_in_the_digest(old: str, new: str) -> None:
    # failure mode 5
    assert WHOLE.count(old) == 1
    assert tree_of(WHOLE.replace(old, new)).digest == tree_of(WHOLE).digest


def test_tests_are_not_in_the_digest() -> None:
    assert tree_of(WHOLE, 'test "t" { token ann {} ann may not browse }').digest == tree_of(WHOLE).digest


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_statements_and_files_changes_no_digest(seed: int) -> None:
    # failure mode 5
    rng = random.Random(seed)

    def shuffled(lines: str) -> str:
        each = lines.splitlines()
        return "\n".join(rng.sample(each, len(each)))

    head, *statements, _ = API.splitlines()
    fields, actions = BODY.split("  assume", 1)
    resource = f"{shuffled(fields)}\n{shuffled('  assume' + actions + RULES)}"
    parts = [
        f"{head}\n{shuffled(chr(10).join(statements[:4]))}\n}}",
        f"{head}\n{shuffled(chr(10).join(statements[4:]))}\n}}",
        *FACTS.splitlines(),
        f"resource R {{\n{resource}\n}}",
    ]
    rng.shuffle(parts)
    assert tree_of(*parts).digest == tree_of("\n".join(parts)).digest == tree_of(WHOLE).digest


def test_the_order_of_resources_changes_no_digest() -> None:
    one, other = (f"resource {name} {{ action a needs nothing permit a to anyone }}" for name in "AB")
    assert tree_of(API, one, other).digest == tree_of(API, other, one).digest != tree_of(API, one).digest


def test_a_refusal_travels_between_processes() -> None:
    with pytest.raises(PolicyError) as refused:
        Engine.from_text("api a { scope }")
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301  (what was pickled here)
    assert str(again) == str(refused.value)
    assert again.findings == refused.value.findings
