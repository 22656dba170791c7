"""One client with ever new scopes, beside others -> what the others' decisions cost, and the memory.

    python -m benchmarks.spray --combinations 1000000

A million different sets of declared scopes, in as many tokens of one client: none of them was met
before, and each is of a class of its own. The other clients' users go on asking what they ask. Their
costs are compared with those in an engine that nobody sprays; and since no two engines lie alike in
memory, with how the two compared before anybody sprayed.
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
_ROUNDS = 200
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
    """Ask as the others, first with nobody spraying and then with one that sprays in between."""
    requests = SCENARIOS["s2"].requests(_OTHERS)
    others = Others(engine(), engine(), requests)
    before, beside = [others.ask(turn) for turn in range(_ROUNDS)], []
    start, each_round = resident(), combinations // _ROUNDS
    for turn in range(_ROUNDS):
        numbers = range(turn * each_round, (turn + 1) * each_round)
        spray(others.sprayed, requests[turn % _OTHERS], numbers)
        beside.append(others.ask(_ROUNDS + turn))
    same, new = (
        statistics.median(during) / statistics.median(ahead)
        for during, ahead in zip(zip(*beside, strict=True), zip(*before, strict=True), strict=True)
    )
    return Sprayed(each_round * _ROUNDS, same, new, round(start, 1), round(resident(), 1))


class Others:
    """The other clients' users, asking the same of an engine that is sprayed and of one that is not."""

    def __init__(self, sprayed: Engine, alone: Engine, requests: list[Request]) -> None:
        self.sprayed, self._alone, self._requests = sprayed, alone, requests
        self._kept = {each: _arguments(each, requests) for each in (sprayed, alone)}

    def ask(self, turn: int) -> tuple[float, float]:
        """The sprayed engine's cost to the other's: tokens that were seen before, and new ones."""
        another = _claims([request.by_another(turn) for request in self._requests])
        same = self._compared(turn, {each: (each.allows, self._kept[each]) for each in self._kept})
        new = self._compared(turn, {each: (_once(each), another) for each in self._kept})
        return same, new

    def _compared(
        self, turn: int, calls: dict[Engine, tuple[drift.Call, list[drift.Arguments]]]
    ) -> float:
        """Each goes first every other time: after a spray, the processor's caches are cold."""
        order = (self.sprayed, self._alone) if turn % 2 else (self._alone, self.sprayed)
        passes = {each: drift.timed_pass(*calls[each], _OTHERS) for each in order}
        sprayed, alone = (sum(b.laps for b in passes[each]) for each in (self.sprayed, self._alone))
        return sprayed / alone


def _arguments(engine: Engine, requests: list[Request]) -> list[drift.Arguments]:
    return [(engine.principal(VerifiedClaims(claims)), *rest) for claims, *rest in _claims(requests)]


def _claims(requests: list[Request]) -> list[drift.Arguments]:
    return [(claims, action, (kind, resource)) for claims, action, kind, resource in requests]


def _once(engine: Engine) -> drift.Call:
    """Make a principal, and ask."""
    principal, allows = engine.principal, engine.allows
    return lambda claims, action, resource: allows(principal(claims), action, resource)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--combinations", type=int, default=1_000_000)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asdict(measure(given.combinations))))


if __name__ == "__main__":
    main()
