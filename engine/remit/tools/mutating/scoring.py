"""What became of a policy's mutants -> how much its tests notice, as text and as plain data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from remit.tools.mutating.mutants import OPERATORS, Mutant
from remit.tools.mutating.trying import (
    KILLED,
    NO_WITNESS,
    REFUSED,
    REPEATED,
    SAME,
    SURVIVED,
    UNTESTED,
    End,
)
from remit.tools.testing.results import Places

_FATES = (KILLED, SURVIVED, UNTESTED, NO_WITNESS, SAME, REPEATED, REFUSED)
_ALIVE = {
    SURVIVED: "survived",
    UNTESTED: "untested, no example found",
    NO_WITNESS: "no witness found",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant, and what became of it."""

    mutant: Mutant
    end: End


def once(tried: Sequence[Tried]) -> list[Tried]:
    """With each mutant of the same rules as one before it told as repeated."""
    met: set[str] = set()
    told: list[Tried] = []
    for each in tried:
        digest = each.end.digest
        is_new = each.end.fate in (SAME, REFUSED) or digest not in met
        told.append(each if is_new else replace(each, end=End(REPEATED, None, digest)))
        met.add(digest)
    return told


def score(tried: Sequence[Tried]) -> float:
    """The share of mutants that were killed, of a hundred.

    Left out are those that no test could tell, those that were told already, and those of which nobody
    knows whether one could, unless what they leave out is a rule that no test has seen apply.
    """
    counts = _counts(tried)
    judged = counts[KILLED] + counts[SURVIVED] + counts[UNTESTED]
    return 100 * counts[KILLED] / judged if judged else 100.0


def _counts(tried: Sequence[Tried]) -> dict[str, int]:
    return {fate: sum(1 for each in tried if each.end.fate == fate) for fate in _FATES}


def lines(tried: Sequence[Tried], of: int, places: Places) -> Iterator[str]:
    """The report: each survivor with what would kill it, those without an example, and the score."""
    for fate, title in _ALIVE.items():
        for mutant, end in ((each.mutant, each.end) for each in tried if each.end.fate == fate):
            yield f"{places.of(mutant.span)}: {title}: {mutant.operator}"
            yield from (f"  {line}" for line in mutant.diff())
            if end.witness is not None:
                yield f'  would be killed, in test "{end.witness.test}", by'
                yield f"    {end.witness.expectation}"
    counts = _counts(tried).items()
    told = ", ".join(f"{number} {fate}" for fate, number in counts if number or fate != UNTESTED)
    sampled = "" if len(tried) == of else f" of {of}, evenly spread"
    yield f"{len(tried)} mutants{sampled}: {told}; score {score(tried):.1f} %"


def record(tried: Sequence[Tried], of: int, places: Places) -> Mapping[str, Any]:
    """The same as plain data, with what became of every mutant."""
    return {
        "mutants": len(tried),
        "of": of,
        **{fate.replace(" ", "_"): number for fate, number in _counts(tried).items()},
        "score": score(tried),
        "survivors": [_record(each, places) for each in tried if each.end.fate in _ALIVE],
        "others": [_record(each, places) for each in tried if each.end.fate not in _ALIVE],
    }


def _record(tried: Tried, places: Places) -> Mapping[str, Any]:
    mutant, end = tried.mutant, tried.end
    told = {
        "file": mutant.span.file,
        "line": places.line(mutant.span),
        "operator": mutant.operator,
        "what": OPERATORS[mutant.operator],
        "diff": mutant.diff(),
        "fate": end.fate,
    }
    if end.fate not in _ALIVE:
        return told
    witness = end.witness
    return {**told, "test": witness and witness.test, "expectation": witness and witness.expectation}
