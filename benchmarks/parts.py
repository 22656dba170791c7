"""One decision -> where its nanoseconds go.

    python -m benchmarks.parts

S2, principals at hand, everything learnt. What can be called by itself is timed by itself, in turns with
the whole; the rest is what remains. Medians of passes, in nanoseconds of a quiet lap.
"""

import argparse
import time
from typing import TYPE_CHECKING

from benchmarks import drift
from benchmarks.engines import by_hand, embedded
from benchmarks.scenarios import SCENARIOS
from remit import Engine, Principal, VerifiedClaims

if TYPE_CHECKING:
    from collections.abc import Callable

_REQUESTS = 2_000
_NONE: dict[str, object] = {}


def returns_at_once(  # the signature of `allows`
    who: object,  # noqa: ARG001  (as above)
    action: object,  # noqa: ARG001
    resource: object = None,  # noqa: ARG001
    *,
    context: object = None,  # noqa: ARG001
    parameters: object = None,  # noqa: ARG001
    now: object = None,  # noqa: ARG001
) -> bool:
    """Do what every call does."""
    return True


def measure(seconds: float) -> dict[str, float]:
    """Nanoseconds of each part."""
    scenario = SCENARIOS["s2"]
    requests = scenario.requests(_REQUESTS)
    engine = Engine.from_text(embedded.texts(scenario))
    asked: list[tuple[Principal, str, tuple[str, object]]] = [
        (engine.principal(VerifiedClaims(claims)), action, (kind, resource))
        for claims, action, kind, resource in requests
    ]
    for _ in range(60):
        for each in asked:
            engine.allows(*each)
    doors = engine._epoch.doors  # noqa: SLF001  (its parts are what this measures)
    inner = [
        (doors[kind][action], who.binding, thing, _NONE, time.time(), _NONE)
        for who, action, (kind, thing) in asked
    ]
    checked = by_hand.load(by_hand.source(scenario, "checked"), "checked")
    parts: dict[str, tuple[Callable[..., object], list[drift.Arguments]]]
    parts = {
        "a call that returns at once": (returns_at_once, asked),
        "the clock": (lambda: time.time(), [() for _ in asked]),  # noqa: PLW0108  (as `self._clock()` is called)
        "the emitted `allows`": (lambda door, *rest: door.allows(*rest), inner),
        "the emitted `decides`": (lambda door, *rest: door.decides(*rest), inner),
        "an empty lambda with as many arguments": (lambda door, *rest: None, inner),  # noqa: ARG005
        "an empty lambda without": (lambda: None, [() for _ in asked]),
        "engine.allows": (engine.allows, asked),
        "engine.decide": (engine.decide, asked),
        "by hand, checked": (checked.decide, [checked.arguments(each) for each in requests]),
    }
    passes: dict[str, list[list[drift.Block]]] = {name: [] for name in parts}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, (call, arguments) in parts.items():
            passes[name].append(drift.timed_pass(call, arguments, 500))
    lap = drift.quiet_lap(block.lap for each in passes.values() for timed in each for block in timed)
    return {name: drift.cost(each) * lap * 1e9 for name, each in passes.items()}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    found = measure(given.seconds)
    handing_on, nothing = (
        found.pop(f"an empty lambda {of}") for of in ("with as many arguments", "without")
    )
    found["the clock"] -= nothing
    found["the emitted `allows`"] -= handing_on
    found["the emitted `decides`"] -= handing_on
    for name, nanoseconds in found.items():
        print(f"{nanoseconds:7,.0f} ns  {name}")
    shared = found["a call that returns at once"] + found["the clock"]
    for door, function in (("allows", "allows"), ("decide", "decides")):
        rest = found[f"engine.{door}"] - shared - found[f"the emitted `{function}`"]
        print(f"{rest:7,.0f} ns  what remains of engine.{door}")


if __name__ == "__main__":
    main()
