"""Actions -> the least that a client has to be granted for them, in words and as data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remit.checker.checked import Action, CheckedApi
from remit.compiler.ruletree import RuleTree
from remit.diagnostics import printable
from remit.tools.inputs import BadInput
from remit.tools.overview.needed import Enough, Needed, named
from remit.tools.testing.wording import spellings


def actions_of(tree: RuleTree) -> dict[str, Action]:
    """All actions by their full names; those of the API itself bear its name."""
    return {
        f"{tree.api.name if block is None else block}.{name}": tree.blocks[block].actions[name]
        for block, names in sorted(tree.actions.items(), key=lambda each: each[0] or "")
        for name in names
    }


def one_of(every: Mapping[str, Action], name: str) -> str:
    """The full name of an action. Raises BadInput where it is none, or several."""
    if name in every:
        return name
    found = [full for full in every if full.partition(".")[2] == name]
    match found:
        case [full]:
            return full
        case []:
            raise BadInput(f"the policy has no action `{name}`")
        case _:
            raise BadInput(f"`{name}` is several: {', '.join(found)}")


def _set(api: CheckedApi, enough: Enough, *, alone: bool) -> str:
    """`read:books and write:books where public`; `alone`: it is plain whose condition it is."""
    scopes = " and ".join(named(api.scopes, enough.granted)) or "nothing"
    actions: dict[str, list[str]] = {}
    for name, condition in sorted(enough.where, key=str):
        actions.setdefault(spellings(condition)[0], []).append(name)
    conditions = [
        text if alone else f"{text} ({', '.join(names)})" for text, names in sorted(actions.items())
    ]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return printable(f"{scopes}{where}")


def lines(api: CheckedApi, found: Needed) -> Iterator[str]:
    """Each set, and for each client which of them it may be granted."""
    for each in found.sets:
        yield _set(api, each, alone=False)
    if not found.sets:
        yield "nothing is enough: one of the actions is never allowed"
    if found.cut:
        yield "there are more sets than were kept"
    for client, held in api.clients.items():
        if held.grants is None:
            yield f"client {printable(client)}: may be granted every scope"
            continue
        may = [each for each in found.sets if each.granted <= held.grants]
        told = "; or ".join(_set(api, each, alone=False) for each in may)
        said = f"may be granted {told}" if may else _lacking(api, found, held.grants)
        yield f"client {printable(client)}: {said}"


def _lacking(api: CheckedApi, found: Needed, ceiling: frozenset[str]) -> str:
    """Why a client can be granted none of the sets: what its ceiling lacks of the nearest."""
    lacks = [named(api.scopes, each.granted - ceiling) for each in found.sets]
    nearest = min(lacks, key=lambda each: (len(each), each), default=())
    return printable(f"cannot: it may not have {', '.join(nearest)}") if nearest else "cannot"


def table_lines(api: CheckedApi, table: Mapping[str, Needed]) -> Iterator[str]:
    """A line for each action, by its full name."""
    width = max(map(len, table), default=0)
    for name, found in table.items():
        sets = "; or ".join(_set(api, each, alone=True) for each in found.sets) or "is never allowed"
        yield f"{printable(name):<{width}}  {sets}"


def record(api: CheckedApi, actions: Sequence[str], found: Needed) -> Mapping[str, Any]:
    """The same as plain data."""
    return {
        "actions": list(actions),
        "sets": [
            {
                "scopes": list(named(api.scopes, each.granted)),
                "where": [
                    {"action": name, "condition": spellings(condition)[0]}
                    for name, condition in sorted(each.where, key=str)
                ],
            }
            for each in found.sets
        ],
        "cut": found.cut,
        "clients": [
            {
                "client": client,
                "sets": [
                    place
                    for place, each in enumerate(found.sets)
                    if held.grants is None or each.granted <= held.grants
                ],
            }
            for client, held in api.clients.items()
        ],
    }
