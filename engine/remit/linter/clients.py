"""Rules about clients -> notes on those that do not ask whose client it is, where several issuers are.

RFC 6749, section 2.2: a client's id is unique to the authorization server.
"""

from collections.abc import Iterator

from remit.checker.checked import (
    AllOf,
    AnyOf,
    Caller,
    Condition,
    IsClient,
    Known,
    Negated,
    Quantified,
)
from remit.checker.reads import read_by, values_of, with_parts
from remit.linter import findings
from remit.linter.notes import Note
from remit.linter.scene import Scene


def look(scene: Scene) -> Iterator[Note]:
    """All notes on clients."""
    issuers = [name for name, each in scene.checked.api.issuers.items() if each.clients is None]
    if len(issuers) <= 1:  # the others say for which clients they may speak
        return
    for block in scene.checked.blocks:
        for rule in block.rules:
            opens = _asks(rule.condition, wanted=rule.effect == "permit")
            if opens and Caller("issuer") not in read_by(rule.condition):
                yield Note(findings.client_of_any_issuer(issuers[0], rule.span))


def _asks(condition: Condition, *, wanted: bool) -> bool:
    """Whether it may bring the condition to `wanted` that the caller is some client."""
    match condition:
        case Negated(operand=operand):
            return _asks(operand, wanted=not wanted)
        case AllOf(operands=operands) | AnyOf(operands=operands):
            return any(_asks(operand, wanted=wanted) for operand in operands)
        case Quantified(condition=inner):
            return _asks(inner, wanted=wanted)
        case IsClient():
            return wanted
        case Known():
            return False
        case _:
            read = (part for value in values_of(condition) for part in with_parts(value))
            return wanted and any(part in _CLIENTS for part in read)


_CLIENTS = (Caller("self"), Caller("client"))
