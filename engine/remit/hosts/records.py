"""A request's end -> Decided, for whoever keeps a record of who did what; and a line of the log.

A guard has a function called with it, `Guard(on_decision=...)`, before the handler runs, where the
request does: on the event loop of an async host, so that what takes long belongs into a queue.

An audit stands in the way. Where it fails, a request that was allowed is let through no more, and is a
fault of the service; a denial stays one. Who would rather go on without a record catches its own errors.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from remit.decider.decision import Decision
from remit.hosts.answers import ServiceFault
from remit.tokens.principal import Principal

_LOG = logging.getLogger("remit")


class Decided(NamedTuple):
    """One request of a caller that is known, or of nobody: let through, denied, or about nothing there.

    `request` is the framework's own, `resource` what was loaded. `decision` is as in `Refusal`; a list
    that is let through has none, for its rows are asked about one by one. `layer` (token, scope,
    permission, rules, request) and `rule`, by its id, are what denied; both are None where the resource
    is not there.
    """

    request: Any
    action: str
    kind: str | None
    who: Principal | None
    allowed: bool
    resource: object = None
    decision: Decision | None = None
    layer: str | None = None
    rule: str | None = None

    def record(self) -> Mapping[str, Any]:
        """All but request and resource as plain data, for JSON; obligations may hold values of these."""
        who = self.who
        return {
            "action": self.action,
            "kind": self.kind,
            "caller": None
            if who is None
            else {"issuer": who.issuer, "subject": who.subject, "client": who.client},
            "allowed": self.allowed,
            "layer": self.layer,
            "rule": self.rule,
            "decision": None if self.decision is None else self.decision.record(),
        }


OnDecision = Callable[[Decided], object]


def recorded(decided: Decided, keep: OnDecision | None) -> None:
    """Log a denial, and hand on what was decided.

    Raises ServiceFault for a request that was allowed and of which no record could be kept.
    """
    if decided.layer is not None:
        of = decided.kind or "the API"
        _LOG.info("denied: %s on %s, layer %s, rule %s", decided.action, of, decided.layer, decided.rule)
    if keep is None:
        return
    try:
        keep(decided)
    except Exception as error:
        _LOG.error("a record of a decision could not be kept: %s", type(error).__name__)
        if decided.allowed:
            raise ServiceFault("no record of the decision could be kept") from error
