"""`remit scopes`: the least that a client has to be granted for some actions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from remit.checker.checked import Action, CheckedApi
from remit.compiler.ruletree import RuleTree
from remit.decider.engine import Engine
from remit.diagnostics import printable
from remit.tools.inputs import BadInput
from remit.tools.options import AsJson, PolicyPath
from remit.tools.overview.needed import Enough, Needed, named, needed
from remit.tools.terminal import print_json
from remit.tools.testing.wording import spellings

ActionNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ACTION]...", help="`Document.read`, or `read` where that is one; none: a table of all."
    ),
]


def show_scopes(path: PolicyPath, actions: ActionNames = None, *, as_json: AsJson = False) -> None:
    """Name the least sets of scopes that are enough for all of some actions, and who may have them.

    remit scopes policy/ Document.read Document.write

    Each line is a set that is enough. What implies more than is needed is not told.
    """
    tree = Engine.load(path).rules()
    every = _actions(tree)
    if actions:
        chosen = [_one(every, name) for name in actions]
        found = needed(tree.api.scopes, [(name, every[name]) for name in dict.fromkeys(chosen)])
        if as_json:
            print_json(_of_several(tree.api, chosen, found))
        else:
            print("\n".join(_lines(tree.api, found)))
        return
    table = {name: needed(tree.api.scopes, [(name, action)]) for name, action in every.items()}
    if as_json:
        print_json({"actions": [_of_several(tree.api, [name], found) for name, found in table.items()]})
    else:
        print("\n".join(_table(tree.api, table)))


def _actions(tree: RuleTree) -> dict[str, Action]:
    """All actions by their full names; those of the API itself bear its name."""
    return {
        f"{tree.api.name if block is None else block}.{name}": tree.blocks[block].actions[name]
        for block, names in sorted(tree.actions.items(), key=lambda each: each[0] or "")
        for name in names
    }


def _one(every: Mapping[str, Action], name: str) -> str:
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
        text if alone else f"{text} in {' and '.join(names)}" for text, names in sorted(actions.items())
    ]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return printable(f"{scopes}{where}")


def _lines(api: CheckedApi, found: Needed) -> Iterator[str]:
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


def _table(api: CheckedApi, table: Mapping[str, Needed]) -> Iterator[str]:
    width = max(map(len, table), default=0)
    for name, found in table.items():
        sets = "; or ".join(_set(api, each, alone=True) for each in found.sets) or "is never allowed"
        yield f"{printable(name):<{width}}  {sets}"


def _of_several(api: CheckedApi, actions: Sequence[str], found: Needed) -> Mapping[str, Any]:
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
