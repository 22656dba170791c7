"""One client with ever new scopes, beside others -> what the others' decisions cost, and the memory.

    python -m benchmarks.spray --combinations 1000000

A million different sets of declared scopes, in as many tokens of one client: none of them was met
before, and each is of a class of its own. The other clients' users go on asking what they ask. Their
costs are compared with those in an engine that nobody sprays.
"""

import argparse
import json
import logging
import statistics
from dataclasses import asdict, dataclass

from benchmarks import drift
from benchmarks.engines import embedded
from benchmarks.one import resident
from benchmarks.scenarios import SCENARIOS, Request
from remit import Engine, VerifiedClaims

_OTHERS = 1_000
_ROUNDS = 40
_BITS = 20  # 2**20 sets


@dataclass(frozen=True, slots=True)
class Sprayed:
    """How many sets; others' costs beside them, as multiples of those without; memory in MB."""

    combinations: int
    same_tokens: float
    new_tokens: float
    start: float
    end: float


def engine() -> Engine:
    """The documents policy, with twenty scopes more, and a rule that asks for each of them."""
    [(name, text)] = embedded.texts(SCENARIOS["s2"]).items()
    more = [f"extra{n}:documents" for n in range(_BITS)]
    text = text.replace("  role viewer", f"  scope {', '.join(more)}\n  role viewer", 1)
    every = " and ".join(f"granted({each})" for each in more)
    return Engine.from_text(
        {name: text.replace("  permit any", f"  forbid any when {every}\n  permit any", 1)}
    )


def spray(engine: Engine, request: Request, numbers: range) -> None:
    """Ask once each with so many sets of scopes; the bits of a number say which."""
    claims, action, kind, resource = request
    for number in numbers:
        extra = " ".join(f"extra{n}:documents" for n in range(_BITS) if number >> n & 1)
        token = claims | {"azp": "sprayer", "scope": f"{claims['scope']} {extra}"}
        engine.allows(engine.principal(VerifiedClaims(token)), action, (kind, resource))


def measure(combinations: int) -> Sprayed:
    """Spray, and ask as the others in between."""
    requests = SCENARIOS["s2"].requests(_OTHERS)
    sprayed, alone = engine(), engine()
    kept = {each: _arguments(each, requests) for each in (sprayed, alone)}
    for _ in range(_ROUNDS):
        for each in (sprayed, alone):
            drift.timed_pass(each.allows, kept[each], _OTHERS)
    same: list[float] = []
    new: list[float] = []
    start, each_round = resident(), combinations // _ROUNDS
    for turn in range(_ROUNDS):
        spray(sprayed, requests[turn], range(turn * each_round, (turn + 1) * each_round))
        order = (sprayed, alone) if turn % 2 else (alone, sprayed)
        another = _claims([request.by_another(turn) for request in requests])
        by_engine = {e: drift.timed_pass(e.allows, kept[e], _OTHERS) for e in order}
        same.append(_laps(by_engine[sprayed]) / _laps(by_engine[alone]))
        by_engine = {e: drift.timed_pass(_once(e), another, _OTHERS) for e in order}
        new.append(_laps(by_engine[sprayed]) / _laps(by_engine[alone]))
    costs = statistics.median(same), statistics.median(new)
    return Sprayed(each_round * _ROUNDS, *costs, round(start, 1), round(resident(), 1))


def _arguments(engine: Engine, requests: list[Request]) -> list[drift.Arguments]:
    return [(engine.principal(VerifiedClaims(claims)), *rest) for claims, *rest in _claims(requests)]


def _claims(requests: list[Request]) -> list[drift.Arguments]:
    return [(claims, action, (kind, resource)) for claims, action, kind, resource in requests]


def _once(engine: Engine) -> drift.Call:
    """Make a principal, and ask."""
    principal, allows = engine.principal, engine.allows
    return lambda claims, action, resource: allows(principal(claims), action, resource)


def _laps(blocks: list[drift.Block]) -> float:
    return sum(block.laps for block in blocks)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--combinations", type=int, default=1_000_000)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asdict(measure(given.combinations))))


if __name__ == "__main__":
    main()
