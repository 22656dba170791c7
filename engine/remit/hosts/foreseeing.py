"""A denial that no resource would change -> what there is to say of it before one is loaded.

The engine decides about a resource none of whose attributes can be read: what fails then for another
cause fails whatever a resource holds.
"""

from collections.abc import Mapping
from typing import Any, Final

from remit.checker.checked import Read, Root
from remit.checker.reads import read_by
from remit.compiler.ruletree import RuleTree
from remit.decider.decision import Decision, Denial
from remit.decider.engine import Engine
from remit.hosts.answers import Why
from remit.hosts.endpoints import Endpoint
from remit.hosts.givens import Said
from remit.tokens.challenge import Challenge
from remit.tokens.principal import Principal

_UNREADABLE: Final = object()
_WHATEVER: Final = "nobody like the caller may do this to any resource"
_LAYERS: Final[Mapping[str | None, str]] = {
    "insufficient_scope": "scope",
    "insufficient_user_authentication": "rules",
}
"""By the error of the challenge, what a client can do something about."""


class Foreseeing:
    """Denials before anything is known of a resource, by one engine."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is known yet of which rules read a resource."""
        self._engine = engine
        self._known: tuple[RuleTree | None, dict[str | None, frozenset[str]]] = (None, {})

    def decision(self, about: Endpoint[Any], who: Principal | None, said: Said) -> Decision | None:
        """The denial; None where time has allowed in between what was denied."""
        thing: object = None
        if about.name is not None:
            block = self._engine.rules().blocks.get(about.name)
            thing = (about.name, dict.fromkeys(block.members if block else (), _UNREADABLE))
        made = self._engine.decide(
            who, about.action, thing, context=said.context, parameters=said.parameters
        )
        return None if made.allowed else made

    def why(self, about: Endpoint[Any], decision: Decision | None, challenge: Challenge) -> Why:
        """What there is to say of it, fixes apart."""
        cause = self._cause(about, decision)
        layer = _LAYERS.get(challenge.error) or (str(cause.layer) if cause else "rules")
        missing = decision.missing_scopes if decision is not None and layer == "scope" else ()
        rule = cause.rule.id if cause and cause.rule else None
        return Why(layer, cause.message if cause else _WHATEVER, missing, rule=rule)

    def _cause(self, about: Endpoint[Any], decision: Decision | None) -> Denial | None:
        """The first that said no whatever the resource holds; None where that is not known."""
        for denial in () if decision is None else decision.denials:
            if denial.rule is None or not denial.erred:
                return denial
            if denial.rule.id not in self._that_read(about.name):
                return denial
        return None

    def _that_read(self, kind: str | None) -> frozenset[str]:
        """The rules of a kind that read its resource, by their ids."""
        tree, known = self._engine.rules(), self._known
        if known[0] is not tree:
            known = self._known = (tree, {})
        if kind not in known[1]:
            known[1][kind] = frozenset(_reading(tree, kind))
        return known[1][kind]


def _reading(tree: RuleTree, kind: str | None) -> list[str]:
    block = tree.blocks.get(kind)
    return [
        rule.reference.id
        for rule in (block.rules if block else ())
        if any(
            isinstance(value, Read) and value.member.root is Root.RESOURCE
            for value in read_by(rule.condition)
        )
    ]
