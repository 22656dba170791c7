"""A million users -> how often each kind of cache has the answer, what it takes, and one run for real.

    python -m benchmarks.scale        # some minutes; writes scale.md, scale.json and hits.svg

Users and resources are asked for after Zipf's law; roles, scopes and second factor are drawn as in S2,
and one of three applications. Three ways to remember, each as a table that forgets what was used least
recently:

- by decision: (token, action, resource) -> the decision;
- by token: token -> what was worked out from it;
- by class: (scopes, roles, application, second factor) -> what was worked out from those. All users who
  may do the same share an entry; the subject, the tenant and the times stay with the request.

The simulation counts; memory of an entry is measured on objects of remit's. The run for real makes a
principal for each of a million users, each with a scope string of its own, asks once, and lets it go.
"""

import argparse
import json
import random
import time
import tracemalloc
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate

from benchmarks.campaign import HERE, machine
from benchmarks.one import resident
from benchmarks.picture import Axis, Line, Picture
from benchmarks.scenarios import SCENARIOS, Request
from benchmarks.scenarios.scenario import ACTIONS
from remit import Engine, Principal, VerifiedClaims

USERS, RESOURCES, REQUESTS = 1_000_000, 100_000, 1_000_000
EXPONENTS = (1.0, 1.1)
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
WAYS = ("class", "token", "decision")
_CLIENTS = ("web", "mobile", "batch")
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Rate:
    """The share of requests that a table of so many entries could answer, and what its entries take."""

    exponent: float
    way: str
    size: int
    hits: float
    entries: int
    megabytes: float


@dataclass(frozen=True, slots=True)
class Real:
    """A process's memory at the start and at each tenth of a run, in MB; principals per second."""

    principals: int
    start: float
    megabytes: tuple[float, ...]
    per_second: float


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it."""

    machine: str
    bytes_of_an_entry: dict[str, int]
    classes: int
    rates: tuple[Rate, ...]
    real: Real


class Remembered:
    """A table that forgets what was used least recently, and counts how often it knew."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[Hashable, None] = OrderedDict()
        self.hits = 0

    def ask(self, key: Hashable) -> None:
        """Look a key up, and remember it."""
        known = self._known
        if key in known:
            self.hits += 1
            known.move_to_end(key)
            return
        known[key] = None
        if len(known) > self._size:
            known.popitem(last=False)

    def __len__(self) -> int:
        return len(self._known)


def classes(users: int, chance: random.Random) -> list[int]:
    """The number of each user's class: what the token says apart from who it is."""
    numbers: dict[Hashable, int] = {}
    known = [_class_of(request, chance) for request in SCENARIOS["s2"].requests(min(users, 50_000))]
    drawn = chance.choices(known, k=users)
    return [numbers.setdefault(each, len(numbers)) for each in drawn]


def _class_of(request: Request, chance: random.Random) -> Hashable:
    claims = request.claims
    scopes, roles = frozenset(claims["scope"].split()), frozenset(claims["roles"])
    return scopes, roles, claims.get("mfa", False), chance.choice(_CLIENTS)


def zipf(names: int, exponent: float, count: int, chance: random.Random) -> list[int]:
    """`count` draws out of so many, the n-th with weight n to the minus `exponent`."""
    bounds = list(accumulate((n + 1) ** -exponent for n in range(names)))
    return chance.choices(range(names), cum_weights=bounds, k=count)


def keys(way: str, asked: Iterable[tuple[int, int, int]], class_of: list[int]) -> Iterator[Hashable]:
    """What a request (user, action, resource) is remembered under."""
    for user, action, resource in asked:
        if way == "class":
            yield class_of[user]
        elif way == "token":
            yield user
        else:
            yield user, action, resource


def simulate(exponent: float, entry: dict[str, int], class_of: list[int]) -> Iterator[Rate]:
    """Every way and size on the same requests; the first half of them fills the tables."""
    chance = random.Random(f"remit at scale {exponent}")
    users = zipf(len(class_of), exponent, REQUESTS, chance)
    resources = zipf(RESOURCES, exponent, REQUESTS, chance)
    actions = chance.choices(range(len(ACTIONS)), k=REQUESTS)
    asked = list(zip(users, actions, resources, strict=True))
    for way in WAYS:
        for size in SIZES:
            table = Remembered(size)
            of_the_first = 0
            for number, key in enumerate(keys(way, asked, class_of)):
                if number == REQUESTS // 2:
                    of_the_first = table.hits
                table.ask(key)
            hits = (table.hits - of_the_first) / (REQUESTS - REQUESTS // 2)
            yield Rate(exponent, way, size, hits, len(table), len(table) * entry[way] / 1e6)


def bytes_of_an_entry() -> dict[str, int]:
    """What remembering takes: a principal by token or by class, else a key and a decision."""
    engine = _engine()
    requests = SCENARIOS["s2"].requests(_SAMPLE)
    kept: OrderedDict[Hashable, object] = OrderedDict()
    tracemalloc.start()
    for request in requests:
        kept[request.claims["sub"]] = engine.principal(VerifiedClaims(request.claims))
    token = tracemalloc.get_traced_memory()[0] // _SAMPLE
    tracemalloc.stop()
    principals = [each for each in kept.values() if isinstance(each, Principal)]
    kept = OrderedDict()
    tracemalloc.start()
    for number, (who, request) in enumerate(zip(principals, requests, strict=True)):
        kept[who, request.action, number] = engine.decide(
            who, request.action, (request.kind, request.resource)
        )
    decision = tracemalloc.get_traced_memory()[0] // _SAMPLE
    tracemalloc.stop()
    return {"class": token, "token": token, "decision": decision}


def real_run(principals: int) -> Real:
    """So many distinct principals, one after the other, each asking once."""
    engine = _engine()
    requests = SCENARIOS["s2-unseen"].requests(_SAMPLE)
    for request in requests:
        _once(engine, request)
    start, before = time.perf_counter(), resident()
    grown: list[float] = []
    for number in range(principals):
        _once(engine, requests[number % _SAMPLE].by_another(number))
        if (number + 1) % (principals // 10) == 0:
            grown.append(round(resident(), 1))
    return Real(principals, round(before, 1), tuple(grown), principals / (time.perf_counter() - start))


def _once(engine: Engine, request: Request) -> None:
    who = engine.principal(VerifiedClaims(request.claims))
    engine.decide(who, request.action, (request.kind, request.resource))


def _engine() -> Engine:
    return Engine.load(HERE.parent / "policies" / "documents")


def render(found: Findings) -> str:
    """What `scale.md` says."""
    entry, real = found.bytes_of_an_entry, found.real
    table = [
        "| Zipf | remembered by | " + " | ".join(f"{size:,}" for size in SIZES) + " |",
        "|---:|---" + "|---:" * len(SIZES) + "|",
    ]
    for exponent in EXPONENTS:
        for way in WAYS:
            rates = [rate for rate in found.rates if (rate.exponent, rate.way) == (exponent, way)]
            cells = " | ".join(f"{rate.hits:.1%}, {rate.megabytes:,.1f} MB" for rate in rates)
            table.append(f"| {exponent} | {way} | {cells} |")
    rows = "\n".join(table)
    return f"""\
# What is worth remembering

{found.machine}; written by `make bench-scale`.

{USERS:,} users, {RESOURCES:,} resources, {REQUESTS:,} requests of which the second half counts; tokens
fall into {found.classes:,} classes. A principal takes {entry["token"]:,} bytes, a decision with its key
{entry["decision"]:,}. Each cell: how many requests a table of so many entries could answer, and what the
entries in it take.

{rows}

![How often the answer is remembered](hits.svg)

For real: {real.principals:,} distinct principals, one after the other, each with a scope string of its
own and asking once. The process had {real.start} MB at the start, and at each tenth of the way, in MB:
{", ".join(map(str, real.megabytes))}.
"""


def draw(found: Findings) -> str:
    """Hit rate against size."""
    looks = {"class": "ours", "token": "hand", "decision": "peer"}
    lines = []
    for way in WAYS:
        for exponent in EXPONENTS:
            rates = [rate for rate in found.rates if (rate.exponent, rate.way) == (exponent, way)]
            points = tuple((float(rate.size), rate.hits * 100) for rate in rates)
            lines.append(Line(f"by {way}, Zipf {exponent}", points, looks[way]))
    return Picture(
        "How often the answer is remembered, by entries kept",
        f"{USERS:,} users, {RESOURCES:,} resources; {found.classes:,} classes of tokens",
        Axis(tuple((float(size), f"{size:,}") for size in SIZES)),
        "entries",
        Axis(tuple((float(share), f"{share} %") for share in range(0, 101, 20)), logarithmic=False),
        tuple(lines),
    ).svg()


def main() -> None:
    """Simulate, run, write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--principals", type=int, default=USERS, help="so many in the run for real")
    given = parser.parse_args()
    real = real_run(given.principals)
    entry = bytes_of_an_entry()
    class_of = classes(USERS, random.Random("remit's users"))
    rates = tuple(rate for exponent in EXPONENTS for rate in simulate(exponent, entry, class_of))
    found = Findings(machine(), entry, len(set(class_of)), rates, real)
    (HERE / "scale.json").write_text(json.dumps(asdict(found), indent=1) + "\n")
    (HERE / "scale.md").write_text(render(found))
    (HERE / "hits.svg").write_text(draw(found))
    print(render(found))


if __name__ == "__main__":
    main()
