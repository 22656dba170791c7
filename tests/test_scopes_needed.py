"""`remit scopes`: the least sets of scopes, against every set there is."""

from collections.abc import Mapping
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit import Engine, VerifiedClaims
from remit.tools.overview.needed import Needed, named, needed
from remit.tools.testing.wording import spellings
from tests.choices import Choices, Seeded, chance, some
from tests.commands import remit

OK, BAD_INPUT = 0, 2
HEAD = 'api a { audience "https://api.example.com/a" issuer "https://example.com/" profile rfc9068\n'
CLAIMS: dict[str, Any] = {
    "iss": "https://example.com/",
    "aud": "https://api.example.com/a",
    "sub": "ann",
    "client_id": "app",
    "jti": "1",
    "iat": 1_700_000_000,
    "exp": 4_000_000_000,
}
SCOPES = tuple("abcdef")
ACTIONS = ("read", "edit", "drop")
FACTS = ("x", "y")


# ---- against every set there is


def need(choices: Choices, depth: int = 2) -> str:
    if depth == 0 or chance(choices, 40):
        return choices.choice(SCOPES)
    word = choices.choice((" and ", " or "))
    parts = [need(choices, depth - 1) for _ in range(choices.integer(2, 3))]
    return f"({word.join(parts)})"


def condition(choices: Choices) -> str:
    parts = [f"{'not ' * chance(choices, 30)}context.{fact}" for fact in some(choices, FACTS, 1, 2)]
    return " and ".join(parts)


def drawn(choices: Choices) -> str:
    """An API of six scopes and three actions, each with one to three needs, some of them conditional."""
    lines: list[str] = []
    for place, scope in enumerate(SCOPES):
        implied = some(choices, SCOPES[place + 1 :], 0, 2) if chance(choices, 40) else []
        lines.append(f"scope {scope} {'implies ' * bool(implied)}{', '.join(implied)}")
    for action in ACTIONS:
        needs = []
        for _ in range(choices.integer(1, 3)):
            asked = "nothing" if chance(choices, 10) else need(choices)
            when = f" when {condition(choices)}" if chance(choices, 40) else ""
            needs.append(f"needs {asked}{when}")
        lines.append(f"action {action} {' '.join(dict.fromkeys(needs))}")
    body = "\n".join(lines)
    return f"{HEAD}{body}\n permit any to anyone }}\ncontext {{ x: bool y: bool }}"


def holds(where: str, facts: Mapping[str, bool]) -> bool:
    """Whether a condition of one fact, perhaps negated, is true."""
    negated = where.startswith("not ")
    return facts[where.removeprefix("not ").removeprefix("context.")] is not negated


def check(text: str) -> int:
    """Compare what is told of all sets of actions with what the engine allows with all of scopes."""
    engine = Engine.from_text(text)
    api, block = engine.rules().api, engine.rules().blocks[None]
    subsets = [*chain.from_iterable(combinations(SCOPES, size) for size in range(len(SCOPES) + 1))]
    situations = [{"x": x, "y": y} for x in (True, False) for y in (True, False)]
    allowed = {
        (subset, place, action)
        for subset in subsets
        for who in [
            engine.principal(
                VerifiedClaims(CLAIMS | {"scope": " ".join(subset)}), header={"typ": "at+jwt"}
            )
        ]
        for place, facts in enumerate(situations)
        for action in ACTIONS
        if engine.allows(who, action, context=facts)
    }
    told = 0
    for size in (1, 2, 3):
        for actions in combinations(ACTIONS, size):
            found = needed(api.scopes, [(name, block.actions[name]) for name in actions])
            assert not found.cut
            least(found, api.scopes)
            told += len(found.sets)
            for subset in subsets:
                granted = frozenset().union(*(api.scopes[scope] for scope in subset))
                for place, facts in enumerate(situations):
                    enough = any(
                        each.granted <= granted
                        and all(holds(spellings(when)[0], facts) for _, when in each.where)
                        for each in found.sets
                    )
                    assert enough == all((subset, place, name) in allowed for name in actions), text
    return told


def least(found: Needed, scopes: Mapping[str, frozenset[str]]) -> None:
    """No set holds another, and none is told with a scope that could be left out."""
    for one, other in combinations(found.sets, 2):
        assert not one.is_within(other)
        assert not other.is_within(one)
    for each in found.sets:
        told = named(scopes, each.granted)
        for scope in told:
            rest = frozenset().union(*(scopes[other] for other in told if other != scope))
            assert rest < each.granted
        assert frozenset().union(*(scopes[scope] for scope in told)) == each.granted


def test_the_sets_are_those_with_which_the_engine_allows_and_no_larger() -> None:
    told = sum(check(drawn(Seeded(seed))) for seed in range(12))
    assert told > 100


@pytest.mark.volume
def test_the_sets_of_many_apis_are_those_with_which_the_engine_allows() -> None:
    assert sum(check(drawn(Seeded(seed))) for seed in range(1000, 1120)) > 1000


# ---- the command


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "p.remit"
    file.write_text(
        HEAD
        + """
        scope read, write, lend
        scope manage implies read, write
        client web grants {*} except lend
        client any_of_it
        client reader grants read
        action list needs read
        action never needs read when false
        permit any to entitled
        }
        resource Book {
          public: bool
          action list needs nothing when public needs read
          action edit needs (write and read) or manage
          action lend needs lend and read
          permit any to anyone
        }
        resource Shelf {
          public: bool
          action dust needs write when public and not public needs manage when public
          action list needs nothing when public needs read and write
          permit any to anyone
        }
        """
    )
    return file


def test_a_table_tells_all_actions(policy: Path) -> None:
    done = remit("scopes", policy)
    assert done.returncode == OK
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert told == {
        "a.list": "read",
        "a.never": "is never allowed",
        "Book.edit": "read and write",
        "Book.lend": "lend and read",
        "Book.list": "read; or nothing where public",
        "Shelf.dust": "manage where public; or write where not public and public",
        "Shelf.list": "read and write; or nothing where public",
    }


def test_several_actions_have_a_line_for_each_set_and_each_client(policy: Path) -> None:
    lines = remit("scopes", policy, "Book.edit", "lend", "Book.list").stdout.splitlines()
    assert lines == [
        "lend and read and write",
        "client any_of_it: may be granted every scope",
        "client reader: cannot: it may not have lend, write",
        "client web: cannot: it may not have lend",
    ]
    lines = remit("scopes", policy, "Book.list", "Shelf.list").stdout.splitlines()
    some = "read where public (Shelf.list); or nothing where public (Book.list, Shelf.list)"
    assert lines == [
        "read and write",
        "read where public (Shelf.list)",
        "nothing where public (Book.list, Shelf.list)",
        "client any_of_it: may be granted every scope",
        f"client reader: may be granted {some}",
        f"client web: may be granted read and write; or {some}",
    ]


def test_json_has_sets_conditions_and_what_clients_may_have(policy: Path) -> None:
    told = orjson.loads(remit("scopes", policy, "Book.list", "dust", "--json").stdout)
    assert told["actions"] == ["Book.list", "Shelf.dust"]
    first = told["sets"][0]
    assert first == {
        "scopes": ["manage"],
        "where": [{"action": "Shelf.dust", "condition": "public"}],
    }
    assert told["cut"] is False
    assert {each["client"]: each["sets"] for each in told["clients"]}["reader"] == []
    table = orjson.loads(remit("scopes", policy, "--json").stdout)["actions"]
    assert table[0]["actions"] == ["a.list"]


def test_an_action_that_is_never_allowed_is_said(policy: Path) -> None:
    lines = remit("scopes", policy, "never").stdout.splitlines()
    assert lines[0] == "nothing is enough: one of the actions is never allowed"
    assert lines[2] == "client reader: cannot"


def test_a_name_that_is_several_actions_or_none_is_refused(policy: Path) -> None:
    for name, said in (("list", "Book.list"), ("print", "no action `print`")):
        done = remit("scopes", policy, name)
        assert (done.returncode, said in done.stderr) == (BAD_INPUT, True)


def test_very_many_sets_are_cut_and_it_is_said(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(18)]
    pairs = " and ".join(
        f"({one} or {other})" for one, other in zip(names[::2], names[1::2], strict=True)
    )
    file = tmp_path / "many.remit"
    file.write_text(
        f"{HEAD} scope {', '.join(names)} action list needs {pairs} permit list to anyone }}"
    )
    lines = remit("scopes", file, "list").stdout.splitlines()
    assert lines[-1] == "there are more sets than were kept"
    assert len(lines) == 501


def test_a_policy_without_actions_has_an_empty_table(tmp_path: Path) -> None:
    file = tmp_path / "none.remit"
    file.write_text(f"{HEAD} scope s }}")
    done = remit("scopes", file)
    assert (done.returncode, done.stdout.strip()) == (OK, "")
