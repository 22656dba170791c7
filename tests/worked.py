"""The worked policies -> the requests that their own tests put, and variations of these."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from remit import Engine, VerifiedClaims
from remit.checker.checked import Checked
from remit.checker.issuers import PROFILE_CLAIMS
from remit.checker.members import OWN_CLAIMS
from remit.decider.reading import read_set
from remit.syntax import tree
from remit.syntax.parser import parse
from remit.syntax.source import read_path
from remit.tools.testing.running import HEADER, Asked, asked

FOLDERS = sorted(path for path in Path("policies").iterdir() if path.is_dir())
Part = tuple[str, str]
"""Where a member of a request stands (`token`, `context` or `resource`), and its name."""


@dataclass(frozen=True)
class Worked:
    """A policy that is in force, with the requests of its tests."""

    engine: Engine
    requests: tuple[Asked, ...]
    assumed: frozenset[Part]


@cache
def worked(folder: Path) -> Worked:
    checked = read_set(folder).checked
    assert checked is not None
    requests = tuple(request for test in checked.tests for request in asked(checked, test))
    return Worked(Engine.load(folder), requests, frozenset(assumed(folder, checked)))


def assumed(folder: Path, checked: Checked) -> Iterator[Part]:
    """What the policy says, by name, that it knows may be left out to a caller's advantage."""
    for item in document(folder).items:
        match item:
            case tree.TokenClaims(assumed=names):
                places = {"actor": "act"} | {m.name: m.source[0] for m in checked.claims.values()}
                yield from (("token", places[name.text]) for name in names)
            case tree.Context(assumed=names):
                yield from (("context", name.text) for name in names)
            case tree.Resource(items=items):
                for each in items:
                    if isinstance(each, tree.Assume):
                        yield from (("resource", name.text) for name in each.names)
            case _:
                pass


def document(folder: Path) -> tree.Document:
    sources, _ = read_path(folder)
    return tree.Document(tuple(item for source in sources for item in parse(source)[0].items))


def allowed(engine: Engine, request: Asked) -> bool:
    who = None if request.claims is None else engine.principal(request.claims, header=HEADER)
    return engine.allows(
        who,
        request.action,
        request.resource,
        context=request.context,
        parameters=request.parameters,
        now=request.now,
    )


def parts(request: Asked) -> list[Part]:
    """Everything that can be left out of a request."""
    found = [("token", name) for name in request.claims or {}]
    found += [("context", name) for name in request.context]
    return found + [("resource", name) for name in (request.resource[1] if request.resource else {})]


def without(request: Asked, part: Part) -> Asked:
    """The request with one thing left out."""
    where, name = part
    match where:
        case "token":
            kept = {claim: value for claim, value in (request.claims or {}).items() if claim != name}
            return replace(request, claims=VerifiedClaims(kept))
        case "context":
            rest = {member: value for member, value in request.context.items() if member != name}
            return replace(request, context=rest)
        case _:
            assert request.resource is not None
            kind, attributes = request.resource
            left = {member: value for member, value in attributes.items() if member != name}
            return replace(request, resource=(kind, left))


def mixed(rng: random.Random, requests: tuple[Asked, ...]) -> Asked:
    """A request of the tests, with the token, the context, the action or some members of others."""
    request, other = rng.choice(requests), rng.choice(requests)
    if rng.random() < 0.5:
        request = replace(request, claims=other.claims)
    if rng.random() < 0.3:
        request = replace(request, context=request.context | other.context, now=other.now)
    if other.resource and request.resource and other.resource[0] == request.resource[0]:
        kind, mine = request.resource
        taken = {name: value for name, value in other.resource[1].items() if rng.random() < 0.3}
        request = replace(request, resource=(kind, mine | taken), action=other.action)
        request = replace(request, parameters=other.parameters)
    if request.claims is not None and other.claims is not None:
        # Marks of users and of clients in one token are for no issuer to say.
        own = (name for name in other.claims if name not in OWN_CLAIMS | PROFILE_CLAIMS)
        taken = {name: other.claims[name] for name in own if rng.random() < 0.2}
        request = replace(request, claims=VerifiedClaims({**request.claims, **taken}))
    return request
