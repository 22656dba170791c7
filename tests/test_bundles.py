"""Bundles: the same policy, read lazily and without a parser; never anything that rules cannot be."""

import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from remit import BundleError, Engine
from remit.checker.checked import STRING, Condition, Given, Need, Type, Value
from remit.compiler import bundle
from remit.compiler.bundle import MAGIC, pack, unpack
from remit.compiler.ruletree import RuleTree
from remit.decider.reading import read_set
from remit.tools.testing import running
from tests.bundled import bundled, loaded
from tests.choices import Choices, Seeded, chance

POLICIES = sorted(path for path in Path("policies").iterdir() if path.is_dir())
POLICY = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  scope read
  client web class app grants read
  role reader grants read
  action list(size: int) needs nothing
  permit list to anyone when action.size <= 100
}
token { tenant: string from org.tenant  price: decimal = 1.50 }
context { address: ip = "2001:db8::1"  assume address }
let nets: set<cidr> = ["10.0.0.0/8", "2001:db8::/32"]
let pauses: list<duration> = [5m, 1h]
let holidays: list<datetime> = ["2027-01-01T00:00Z"]
data limits: map<string, { most: int, wait?: duration, share: list<decimal> }> from "limits.json"
resource R {
  size: int  price: decimal  since: datetime  wait: duration = 15m  at: ip
  where: zone = "Europe/Berlin"
  id: uuid = "00000000-0000-0000-0000-00000000000a"  level: "low" < "high"
  tags: set<string> = ["a", "b"]
  owner: user  app: client  flag: bool = true  kind: string
  assume wait, where, id, tags, flag, price
  action a needs read
  action b needs read when flag needs nothing when size > 3
  relation near when any net in nets where at in net
  permit "named" a to owner, role reader, near
    when price >= 1.25 and since > "2026-01-01T00:00Z" and wait < 1h and clock(now, where) > 6h
    oblige log { what: size + 1, who: token.sub, "how much": price * token.price }
    because "it is so"
  permit b to anyone when kind like "a*" and has limits[kind] and limits[kind].most > size
  permit b to client web when level > "low" or "a" in tags or context.address in nets
  permit b to owner when wait in pauses
  forbid any when id == "123e4567-e89b-12d3-a456-426614174000" unless all h in holidays where h != since
  require a acr "phr" max_age 5m
}
"""
LIMITS = '{"a": {"most": 3, "share": [1.5, "2"]}, "b": {"most": 9, "wait": "5m", "share": []}}'
SET = {"policy.remit": POLICY, "limits.json": LIMITS}


def tree_of(policy: Path | None, texts: dict[str, str] | None = None) -> RuleTree:
    reading = read_set(policy, texts)
    assert reading.tree is not None, reading.findings
    return reading.tree


# ---- the same policy


@pytest.mark.parametrize("tree", [*map(tree_of, POLICIES), tree_of(None, SET)], ids=lambda t: t.api.name)
def test_what_comes_out_of_a_bundle_is_what_went_in(tree: RuleTree) -> None:
    content = pack(tree)
    again = unpack(content)
    assert (again.api, again.claims, again.context) == (tree.api, tree.claims, tree.context)
    assert (again.digest, again.said, again.actions) == (tree.digest, tree.said, tree.actions)
    assert (again.reads_actor, again.reads_clocks) == (tree.reads_actor, tree.reads_clocks)
    assert dict(again.blocks) == tree.blocks
    assert len(again.blocks) == len(tree.blocks)
    assert repr(dict(again.blocks)) == repr(tree.blocks)
    assert constants(again) == constants(tree)
    assert pack(again) == content


def constants(tree: RuleTree) -> list[tuple[str, str]]:
    """The values of constants, which compare by how they are written, and do not show themselves."""
    found: list[tuple[str, str]] = []

    def walk(node: object) -> None:
        if isinstance(node, Given):
            value = sorted(node.value, key=repr) if isinstance(node.value, frozenset) else node.value
            found.append((node.written, repr(value)))
        for each in node if isinstance(node, tuple) else getattr(node, "__slots__", ()):
            walk(getattr(node, each) if isinstance(each, str) and not isinstance(node, tuple) else each)

    walk((*tree.claims.values(), *tree.context.values()))
    for block in tree.blocks.values():
        walk((*block.members.values(), *block.rules, *block.actions.values()))
        walk(tuple(m for action in block.actions.values() for m in action.parameters.values()))
    return found


def test_every_kind_of_constant_is_among_them() -> None:
    kinds = {value[:8] for _, value in constants(tree_of(None, SET))}
    assert {"Decimal(", "IPv6Addr", "[IPv4Net", "['a', 'b", "{'a': {'"} <= kinds


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_bundle_passes_the_tests_of_its_source(policy: Path) -> None:
    reading = read_set(policy)
    assert reading.checked is not None
    results = list(running.run(bundled(Engine.load(policy)), reading.checked))
    assert results
    assert [result.problem for result in results if result.problem] == []


def test_every_node_of_a_rule_is_known_to_bundles() -> None:
    kinds = {kind.__name__ for union in (Type, Value, Need, Condition) for kind in get_args(union)}
    assert kinds <= bundle._NODES.keys()  # noqa: SLF001  (a kind that is missing would be met too late)


def test_an_engine_may_be_loaded_again_from_a_bundle(tmp_path: Path) -> None:
    path = tmp_path / "policy.bundle"
    path.write_bytes(pack(tree_of(None, SET)))
    engine = Engine.load(path)
    assert engine.allows(None, "list", parameters={"size": 50})
    other = POLICY.replace("action.size <= 100", "action.size <= 10")
    path.write_bytes(pack(tree_of(None, SET | {"policy.remit": other})))
    assert engine.reload() == 2
    assert not engine.allows(None, "list", parameters={"size": 50})
    path.write_bytes(b"remit bundle 1 00000000\n{}")
    with pytest.raises(BundleError, match="damaged"):
        engine.reload()
    assert engine.generation == 2
    assert engine.allows(None, "list", parameters={"size": 5})


def test_a_block_is_read_when_it_is_asked_for() -> None:
    heads = loaded(WHOLE)._epoch.program.heads  # noqa: SLF001  (what was read is not to be seen)
    assert len(heads) == len(list(heads)) == 3
    engine = loaded(sealed(PARTS["common"], PARTS["blocks"] | {"R": "[]"}))
    assert engine.allows(None, "list", parameters={"size": 5})
    with pytest.raises(BundleError):
        engine.warm()


def test_a_deployment_has_its_own_audience_and_issuers(tmp_path: Path) -> None:
    path = tmp_path / "policy.bundle"
    path.write_bytes(pack(tree_of(None, SET)))
    engine = Engine.load(path, audience="https://other", issuers={"https://idp.example/": "rfc9068"})
    assert engine.allows(None, "list", parameters={"size": 5})


def test_a_service_that_loads_a_bundle_imports_no_parser(tmp_path: Path) -> None:
    # failure mode 54: what is not there cannot be reached
    path = tmp_path / "policy.bundle"
    path.write_bytes(pack(tree_of(None, SET)))
    script = (
        "import sys; from remit import Engine; engine = Engine.load(sys.argv[1]); engine.warm(); "
        "print(engine.allows(None, 'list', parameters={'size': 5}), "
        "[module for module in sys.argv[2:] if module in sys.modules])"
    )
    parsing = ("lark", "remit_grammar", "remit.syntax", "remit.checker.check", "pydantic", "cachetools")
    run = [sys.executable, "-c", script, str(path), *parsing]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n"


# ---- what cannot be used


def sealed(common: str, blocks: dict[str, str]) -> bytes:
    """A bundle with a checksum that is right."""
    body = orjson.dumps({"common": common, "blocks": blocks})
    return b"%s%08x\n%s" % (MAGIC, zlib.crc32(body), body)


def opened(content: bytes) -> dict[str, Any]:
    parts: dict[str, Any] = orjson.loads(content.partition(b"\n")[2])
    return parts


WHOLE = pack(tree_of(None, SET))
PARTS = opened(WHOLE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no bundle"),
        (b"api notes {}", "no bundle"),
        (WHOLE.replace(b"bundle 1", b"bundle 2"), "another version"),
        (WHOLE[:-1], "checksum"),
        (WHOLE.replace(b"named", b"Named"), "checksum"),
        (sealed(PARTS["common"], {}), "not those that it names"),
        (sealed(PARTS["common"], []), "not those that it names"),  # type: ignore[arg-type]
        (sealed("", {}), "no JSON"),
        (sealed("[]", {}), "no rows"),
        (sealed(1, {}), "no rows"),  # type: ignore[arg-type]
        (sealed('[["Scalar","string"]]', {}), "wrong place"),
        (sealed('[["Engine"]]', {}), "unknown kind"),
        (sealed('[["Scalar"]]', {}), "unknown kind"),
        (sealed("[1]", {}), "is none"),
        (MAGIC + b"%08x\n[]" % zlib.crc32(b"[]"), "lacks its parts"),
    ],
)
def test_what_is_no_bundle_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        loaded(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"read":["read"]', '"read":["write"]'),
        ('"reader":["read"]', '"reader":["write"]'),
        ('["org","tenant"]', "[]"),
        ('"Member","token"', '"Member","context"'),
        ('"auth0",[],null,{}', '"auth0",[],null,{"plan":[]}'),
        ('"auth0",[],null,{},{}', '"auth0",[],null,{},{"scope":[]}'),
    ],
)
def test_what_is_named_and_not_declared_is_refused(old: str, new: str) -> None:
    common = PARTS["common"].replace(old, new)
    assert common != PARTS["common"]
    with pytest.raises(BundleError, match="does not declare"):
        loaded(sealed(common, PARTS["blocks"]))


def test_a_constant_that_no_policy_has_is_not_written() -> None:
    tree = tree_of(None, SET)
    odd = replace(tree, claims={"x": replace(tree.claims["price"], default=Given(1.5, STRING, "1.5"))})
    with pytest.raises(BundleError, match="a constant that is a float"):
        pack(odd)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"none\.bundle: No such file"):
        Engine.load(tmp_path / "none.bundle")


BAD_ROWS = [
    ('["Scalar","strin"]', "a word"),
    ('["Always","true"]', "a str where a bool belongs"),
    ('["Always",1]', "a int where a bool belongs"),
    ('["Negated",5]', "not before it"),
    ('["Negated",0]', "not before it"),
    ('["Negated",-1]', "not before it"),
    ('["Negated",true]', "not before it"),
    ('["Negated",null]', "not before it"),
    ('["InRole",[]]', "a list where a str belongs"),
    ('["IsClient","web"]', "a str where a list belongs"),
    ('["Obligation","o",[["name"]]]', "another length"),
    ('["Block",null,{},{},[]]', "no rows|unknown|wrong place"),
    ('["__import__","os"]', "unknown kind"),
]


@pytest.mark.parametrize(("row", "said"), BAD_ROWS)
def test_a_row_that_no_rule_can_be_is_refused(row: str, said: str) -> None:
    blocks = PARTS["blocks"] | {"R": f"[{row}]"}
    engine = loaded(sealed(PARTS["common"], blocks))
    with pytest.raises(BundleError, match=said):
        engine.warm()
    with pytest.raises(BundleError, match=said):
        dict(engine.rules().blocks)


CONSTANTS = [
    ('"string"', "1"),
    ('"string"', '["int","1"]'),
    ('"int"', '"1"'),
    ('"int"', '["int","x"]'),
    ('"int"', f'["int","{2**63}"]'),
    ('"bool"', '["int","1"]'),
    ('"decimal"', '["int","1"]'),
    ('"decimal"', '["Decimal","NaN"]'),
    ('"decimal"', '["Decimal","one"]'),
    ('"decimal"', f'["Decimal","1.{"0" * 40}1"]'),
    ('"datetime"', '["duration","5"]'),
    ('"duration"', '["duration","99999999999999999999999"]'),
    ('"ip"', '["cidr","10.0.0.0/8"]'),
    ('"ip"', '["ip","10"]'),
    ('"cidr"', '["ip","10.0.0.1"]'),
    ('"cidr"', '["cidr","10.0.0.1/8"]'),
    ('"user"', "null"),
    ('"string"', '["eval","1"]'),
    ('"string"', '["set",["a"]]'),
    ('"string"', "[]"),
    ('"string"', "{}"),
]


@pytest.mark.parametrize(("kind", "value"), CONSTANTS)
def test_a_constant_is_of_the_type_that_it_is_said_to_have(kind: str, value: str) -> None:
    rows = f'[["Scalar",{kind}],["Given",0,"w",{value}],["IsTrue",1]]'
    with pytest.raises(BundleError):
        dict(loaded(sealed(PARTS["common"], PARTS["blocks"] | {"R": rows})).rules().blocks)


@pytest.mark.parametrize(
    "rows",
    [
        '["Enumeration",["a"],false],["Given",0,"w","b"]',
        '["Enumeration",["a"],false],["Given",0,"w",true]',
        '["Scalar","int"],["SetOf",0],["Given",1,"w",["set",["a"]]]',
        '["Scalar","int"],["SetOf",0],["Given",1,"w",["list",[["int","1"]]]]',
        '["Scalar","int"],["ListOf",0],["Given",1,"w","a"]',
    ],
)
def test_a_constant_of_many_parts_is_looked_at_in_each(rows: str) -> None:
    with pytest.raises(BundleError, match="a constant that is no"):
        dict(loaded(sealed(PARTS["common"], PARTS["blocks"] | {"R": f"[{rows}]"})).rules().blocks)


def test_a_block_under_anothers_name_is_refused() -> None:
    blocks = PARTS["blocks"] | {"R": PARTS["blocks"][""]}
    with pytest.raises(BundleError, match="another than it is said to be"):
        loaded(sealed(PARTS["common"], blocks)).warm()


def test_nodes_are_not_nested_without_an_end() -> None:
    rows = ['["Always",true]', *(f'["Negated",{n}]' for n in range(bundle.MAX_DEPTH))]
    blocks = PARTS["blocks"] | {"R": f"[{','.join(rows)}]"}
    with pytest.raises(BundleError, match="nests more than"):
        loaded(sealed(PARTS["common"], blocks)).warm()


def test_what_no_json_can_hold_is_told_when_it_is_compiled() -> None:
    texts = SET | {"limits.json": LIMITS.replace('"a"', '"\\ud800"')}
    with pytest.raises(BundleError, match="no bundle can hold"):
        pack(tree_of(None, texts))


def test_a_broken_block_denies_and_the_others_decide(caplog: pytest.LogCaptureFixture) -> None:
    engine = loaded(sealed(PARTS["common"], PARTS["blocks"] | {"R": "[[]]"}))
    assert engine.allows(None, "list", parameters={"size": 5})
    assert not engine.allows(None, "b", ("R", {}))
    decision = engine.decide(None, "b", ("R", {}))
    assert not decision.allowed
    assert "BundleError" in decision.reason
    assert "BundleError" in caplog.text


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    7,
    2**63,
    "",
    "R",
    "string",
    [],
    [0],
    {},
    {"a": 0},
    ["int", "1"],
)


def changed(choices: Choices, value: Any) -> Any:  # noqa: ANN401  (any JSON)
    """The same with something in it replaced, doubled or left out."""
    if isinstance(value, list) and value and not chance(choices, 20):
        place = choices.integer(0, len(value) - 1)
        match choices.integer(0, 9):
            case 0:
                return value[:place] + value[place + 1 :]
            case 1:
                return [*value, value[place]]
            case 2:
                other = choices.integer(0, len(value) - 1)
                return [*value[:place], value[other], *value[place + 1 :]]
            case _:
                return [*value[:place], changed(choices, value[place]), *value[place + 1 :]]
    if isinstance(value, dict) and value and not chance(choices, 20):
        name = choices.choice(sorted(value))
        return value | {name: changed(choices, value[name])}
    return choices.choice(ODD)


def mutants(count: int) -> Iterator[Engine]:
    """What can still be loaded of bundles in which something was changed."""
    choices = Seeded("bundles")
    for _ in range(count):
        part = choices.choice(("common", "R", ""))
        text = PARTS["common"] if part == "common" else PARTS["blocks"][part]
        broken = orjson.dumps(changed(choices, orjson.loads(text))).decode()
        common, blocks = PARTS["common"], PARTS["blocks"]
        content = sealed(broken, blocks) if part == "common" else sealed(common, blocks | {part: broken})
        try:
            yield loaded(content)
        except BundleError:
            pass
        except Exception as error:
            if type(error).__name__ != "ConfigurationError":
                raise


@pytest.mark.volume
def test_a_bundle_that_was_tampered_with_never_breaks_out(caplog: pytest.LogCaptureFixture) -> None:
    # failure mode 41
    alive = 0
    for engine in mutants(1_000):
        for action in ("list", "a", "b"):
            resource = None if action == "list" else ("R", {"size": 1, "kind": "a"})
            assert engine.decide(None, action, resource).allowed in (True, False)
        try:
            dict(engine.rules().blocks)
        except BundleError:
            continue
        alive += 1
    assert 50 < alive < 950
    caplog.clear()
