"""A megabyte of hostile text: a finding, no exception (failure modes 44 and 45)."""

import random
import resource
from collections.abc import Callable

import pytest

from remit import Engine, PolicyError
from remit.decider.reading import read_set
from remit.diagnostics import has_errors

SIZE = 1_000_000
HEAD = 'api a { audience "x" issuer "y" scope s }\nresource R { a: bool action r needs s\n'


def noise() -> str:
    rng = random.Random(1)
    return "".join(chr(rng.randrange(0x20, 0x7F)) for _ in range(SIZE))


def words() -> str:
    rng = random.Random(2)
    kinds = ["permit", "forbid", "when", "and", "(", ")", "{", "}", "x", '"s"', ",", "\n", "needs"]
    return " ".join(rng.choice(kinds) for _ in range(SIZE // 4))


HOSTILE: dict[str, Callable[[], str]] = {
    "parentheses": lambda: HEAD + "permit r to anyone when " + "(" * SIZE,
    "brackets": lambda: HEAD + "permit r to anyone when a in " + "[" * SIZE,
    "braces": lambda: "{" * SIZE,
    "not": lambda: HEAD + "permit r to anyone when " + "not " * (SIZE // 4) + "a }",
    "or": lambda: HEAD + "permit r to anyone when " + "a or " * (SIZE // 5),
    "coalesce": lambda: HEAD + "permit r to anyone when " + "a ?? " * (SIZE // 5),
    "sums": lambda: HEAD + "permit r to anyone when a == " + "a + " * (SIZE // 4),
    "products": lambda: HEAD + "permit r to anyone when a == " + "a * " * (SIZE // 4),
    "sums in parentheses": lambda: (
        HEAD + "permit r to anyone when " + "(" * 60 + "a" + (" + a" * 60 + ")") * (SIZE // 241)
    ),
    "indexes": lambda: HEAD + "permit r to anyone when " + "a[" * (SIZE // 2),
    "steps": lambda: HEAD + "permit r to anyone when a" + "[b]" * (SIZE // 3),
    "calls": lambda: HEAD + "permit r to anyone when " + "f(" * (SIZE // 2),
    "quantifiers": lambda: HEAD + "permit r to anyone when " + "any b in a where " * (SIZE // 17),
    "quantifiers without a body": lambda: HEAD + "permit r to anyone when " + "any " * (SIZE // 4),
    "records": lambda: HEAD + "permit r to anyone oblige o " + "{ a: " * (SIZE // 5),
    "records in lists": lambda: HEAD + "permit r to anyone oblige o { a: " + "[{ a: " * (SIZE // 6),
    "obligations": lambda: HEAD + "permit r to anyone " + "oblige a " * (SIZE // 9) + "\npermit\n",
    "set types": lambda: "type a = " + "set<" * (SIZE // 4),
    "map types": lambda: "type a = " + "map<int, " * (SIZE // 9),
    "record types": lambda: "type a = " + "{ a: " * (SIZE // 5),
    "fields after a mistake": lambda: "context { a b\n" + "{ a: [\n" * (SIZE // 8),
    "braces after a mistake": lambda: HEAD + "{ " * 60 + ")\n" + "a: } \n" * (SIZE // 7),
    "groups of scopes": lambda: "api a { scope " + "{a,b}" * (SIZE // 5) + "{",
    "open groups of scopes": lambda: "api a {\n" + "scope {a,\n" * (SIZE // 10),
    "a decimal": lambda: "let a = " + "9" * (SIZE // 2) + "." + "9" * (SIZE // 2),
    "a duration": lambda: "let a = " + "9" * SIZE + "m",
    "one string": lambda: '"' + "x" * SIZE,
    "one word": lambda: "x" * SIZE,
    "digits": lambda: HEAD + "permit r to anyone when a == " + "9" * SIZE,
    "openers": lambda: "permit\n" * (SIZE // 7),
    "closers": lambda: "}\n" * (SIZE // 2),
    "quotes": lambda: '"\n' * (SIZE // 2),
    "backquotes": lambda: "`" * SIZE,
    "nul": lambda: "\0" * SIZE,
    "bidi": lambda: "\u202e" * SIZE,
    "noise": noise,
    "words": words,
    "blocks": lambda: "api a {\n" * (SIZE // 8),
    "names": lambda: HEAD + "permit " + "r," * (SIZE // 2),
    "unknown scopes": lambda: (
        'api a { audience "x" issuer "y" scope '
        + ", ".join(f"known{n}" for n in range(SIZE // 24))
        + "\n role r grants "
        + ", ".join(f"unknown{n}" for n in range(SIZE // 28))
        + " }"
    ),
    "unknown values": lambda: (
        HEAD.replace("a: bool", "a: " + " | ".join(f'"v{n}"' for n in range(SIZE // 24)))
        + "permit r to anyone when a in ["
        + ", ".join(f'"w{n}"' for n in range(SIZE // 24))
        + "] }"
    ),
    "duplicates": lambda: HEAD + "permit " + "r, " * (SIZE // 8) + "r to anyone }",
    "tests": lambda: 'test "t" { a may b c\n' * (SIZE // 22),
}


@pytest.mark.volume
@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_hostile_text_is_a_finding(name: str) -> None:
    reading = read_set(None, {"hostile.remit": HOSTILE[name]()})
    assert has_errors(reading.findings)
    assert len(reading.findings) <= 60
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert megabytes < 1500


def test_a_chain_of_relations_is_a_finding_not_a_crash() -> None:
    chain = "\n".join(f"relation r{i} when r{i + 1} and r{i + 1}" for i in range(500))
    text = f"{HEAD}{chain}\nrelation r500 when a\npermit r to r0\n}}"
    assert has_errors(read_set(None, {"deep.remit": text}).findings)


def test_relations_that_double_are_a_finding_not_an_explosion() -> None:
    chain = "\n".join(f"relation r{i} when r{i + 1} and (not r{i + 1} or b)" for i in range(24))
    head = HEAD.replace("a: bool", "a: bool b: bool")
    text = f"{head}{chain}\nrelation r24 when a\npermit r to r0\n}}"
    with pytest.raises(PolicyError, match="R405"):
        Engine.from_text(text)
