"""The same documents in the forms that services have them in -> what `allows` costs for each.

    python -m benchmarks.forms

One process, S2, principals at hand; passes over all forms in turn. A form whose package is not installed
is left out.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, make_dataclass
from importlib import import_module
from types import MappingProxyType, SimpleNamespace
from typing import Any

from benchmarks import drift
from benchmarks.engines import embedded
from benchmarks.scenarios import SCENARIOS
from benchmarks.scenarios.scenario import Scenario
from remit import Engine, VerifiedClaims

_REQUESTS = 2_000
_FIELDS = ("owner", "tenant", "classification", "shared_with")
Make = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Form:
    """What a form is called, and laps of a decision."""

    name: str
    cost: float


def makers() -> dict[str, Make]:
    """From a document's values to each form; the class of an object bears the name of the type."""
    dataclass_ = make_dataclass("Document", _FIELDS)
    found: dict[str, Make] = {
        "dict": lambda **values: ("Document", values),
        "another mapping": lambda **values: ("Document", MappingProxyType(values)),
        "plain object": type("Document", (SimpleNamespace,), {}),
        "object with slots": make_dataclass("Document", _FIELDS, slots=True),
        "dataclass": dataclass_,
        "object as a pair": lambda **values: ("Document", dataclass_(**values)),
    }
    for name, make in (("pydantic model", _of_pydantic), ("SQLAlchemy instance", _of_sqlalchemy)):
        try:
            found[name] = make()
        except ImportError:
            continue
    return found


def _of_pydantic() -> Make:
    from pydantic import create_model  # noqa: PLC0415  (imported where it is measured)

    kinds: dict[str, Any] = dict.fromkeys(_FIELDS[:3], str) | {"shared_with": list[str]}
    made: Make = create_model("Document", **kinds)
    return made


def _of_sqlalchemy() -> Make:
    orm = import_module("sqlalchemy.orm")
    sql = import_module("sqlalchemy")
    columns = {"__tablename__": "documents", "id": sql.Column(sql.String, primary_key=True)}
    columns |= {name: sql.Column(sql.String) for name in _FIELDS[:3]}
    columns["shared_with"] = sql.Column(sql.JSON)
    return type("Document", (orm.declarative_base(),), columns)


def requests_for(scenario: Scenario, make: Make, engine: Engine) -> list[drift.Arguments]:
    """The scenario's requests with their documents in one form."""
    return [
        (engine.principal(VerifiedClaims(claims)), action, make(**resource))
        for claims, action, _, resource in scenario.requests(_REQUESTS)
    ]


def measure(seconds: float) -> list[Form]:
    """All forms. Raises AssertionError where one is answered otherwise than it should be."""
    scenario = SCENARIOS["s2"]
    engine = Engine.from_text(embedded.texts(scenario))
    asked = {name: requests_for(scenario, make, engine) for name, make in makers().items()}
    right = [scenario.answer(request) for request in scenario.requests(_REQUESTS)]
    for name, requests in asked.items():
        assert [engine.allows(*each) for each in requests] == right, name
    passes: dict[str, list[list[drift.Block]]] = {name: [] for name in asked}
    gc.collect()
    gc.freeze()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(passes["dict"]) < 20:
        for name, requests in asked.items():
            passes[name].append(drift.timed_pass(engine.allows, requests, 500))
    gc.unfreeze()
    return [Form(name, drift.cost(each[len(each) // 2 :])) for name, each in passes.items()]


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    print(json.dumps([asdict(form) for form in measure(given.seconds)]))


if __name__ == "__main__":
    main()
