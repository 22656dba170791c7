"""A place inside of parentheses -> the function, or the action, whose values these are."""

from typing import NamedTuple

from remit.syntax.lexer import Token
from remit.syntax.render_expressions import members
from remit.tools.language_server.expressions import Scene
from remit.tools.language_server.keywords import FUNCTIONS
from remit.tools.language_server.knowing import Knowledge
from remit.tools.language_server.situation import Situation, situation


class Signature(NamedTuple):
    """How something is called: its parameters, and which of them is being written."""

    shape: str
    said: str
    parameters: tuple[str, ...]
    active: int


def signature(knowledge: Knowledge, file: str, offset: int) -> Signature | None:
    """What is being called at a place."""
    held = knowledge.policy.files[file]
    here = situation(held.source.text[held.beginning_before(offset) : offset])
    return None if here is None else _called(here, knowledge)


def _called(here: Situation, knowledge: Knowledge) -> Signature | None:
    commas = depth = 0
    for place in range(len(here.taken) - 1, -1, -1):
        token = here.taken[place]
        if token.type in ("RPAR", "RSQB", "RBRACE"):
            depth += 1
        elif depth and token.type in ("LPAR", "LSQB", "LBRACE"):
            depth -= 1
        elif not depth and token.type == "COMMA":
            commas += 1
        elif not depth and token.type == "LPAR" and place:
            return _of(here.taken[place - 1], commas, here, knowledge)
        elif not depth and token.type in ("LBRACE", "LSQB"):
            return None
    return None


def _of(name: Token, active: int, here: Situation, knowledge: Knowledge) -> Signature | None:
    if name.text in FUNCTIONS:
        shape, said = FUNCTIONS[name.text]
        inside = shape[shape.index("(") + 1 : -1]
        return Signature(shape, said, tuple(inside.split(", ")), active)
    if here.block[0] != "test":
        return None
    asked = [token.text for token in here.after("MAY") or here.after("NOT")]
    declared = knowledge.declared
    known = Scene(declared, tuple(declared.blocks.values()), tuple(asked)).parameters()
    parts = tuple(members((each,)) for each in known.values())
    if not parts:
        return None
    return Signature(f"{', '.join(asked)}({', '.join(parts)})", "", parts, active)
