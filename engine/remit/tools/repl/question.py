"""A question as it stands: who asks, about what, when -> the engine's answers to it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remit.checker.checked import Block, Checked
from remit.decider.decision import Decision
from remit.decider.explain import Explanation
from remit.decider.fixes import Fixes
from remit.tokens.principal import Principal, VerifiedClaims
from remit.tools.inputs import BadInput, written_policy
from remit.tools.repl.presenting import Presented
from remit.tools.repl.spelling import spelled
from remit.tools.terminal import near
from remit.tools.testing.results import Places
from remit.tools.testing.running import HEADER, NOW, valid_claims

CLOCK = "now"
"""`at now`: the instant is the clock's."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that can be asked with, and the action that was asked for last.

    `resource` is a type and its attributes, None for the API itself. `at` is None where nothing was said
    of the instant: a token that was pasted is asked with now, any other when time stands still in tests.
    """

    token: Presented | None = None
    resource: tuple[str, Mapping[str, Any]] | None = None
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: tuple[str, float] | None = None
    action: str | None = None

    def now(self) -> float:
        """The instant asked about, in seconds since the epoch."""
        pasted = self.token is not None and self.token.whole
        if self.at is None:
            return time.time() if pasted else NOW
        return time.time() if self.at[0] == CLOCK else self.at[1]

    def lines(self) -> Iterator[str]:
        """The question as a test would write it."""
        if self.token is None:
            yield "anonymous: no token"
        else:
            how = "" if self.token.whole else "   # and what else a valid token says"
            yield f"token {self.token.name} {spelled(self.token.claims)}{how}"
        if self.resource is not None:
            kind, attributes = self.resource
            yield f"resource {kind} {spelled(attributes)}"
        if self.context:
            yield f"context {spelled(self.context)}"
        if self.parameters:
            yield f"action {spelled(self.parameters)}"
        if self.at is not None:
            yield f"at {self.at[0]}" if self.at[0] == CLOCK else f'at "{self.at[0]}"'
        if self.action is not None:
            yield f"asked last: {self.action}"


class Policy:
    """A policy in force, and as it is written."""

    def __init__(self, path: Path) -> None:
        """Load it. Raises PolicyError, ConfigurationError, BadInput."""
        self.path = path
        self.engine, reading = written_policy(path)
        assert reading.checked is not None, "it was loaded"
        self.checked: Checked = reading.checked
        self.places = Places(reading.sources)
        self.blocks: Mapping[str | None, Block] = {block.name: block for block in self.checked.blocks}

    @property
    def types(self) -> list[str]:
        """The names of the resource types."""
        return [name for name in self.blocks if name is not None]

    def block(self, question: Question) -> Block:
        """What a question is about: a resource type, or the API itself."""
        return self.blocks[None if question.resource is None else question.resource[0]]

    def check_action(self, question: Question, action: str) -> None:
        """Raises BadInput for an action that what is asked about does not have."""
        block = self.block(question)
        if action in block.actions:
            return
        others = [str(name) for name in self.types if action in self.blocks[name].actions]
        if block.name is not None and action in self.blocks[None].actions:
            raise BadInput(f"`{action}` is an action of the API itself: `unset resource` first")
        if others:
            raise BadInput(
                f"`{action}` is an action of {' and '.join(others)}: say `resource {others[0]} ...`"
            )
        where = block.name or "the API itself"
        raise BadInput(f"{where} has no action `{action}`{near(action, block.actions)}")

    def decide(self, question: Question, action: str) -> Decision:
        """The answer, with its reason."""
        who, now = self._who(question)
        return self.engine.decide(who, action, question.resource, **_given(question), now=now)

    def explain(self, question: Question, action: str) -> Explanation:
        """The answer, with a trace of every rule."""
        who, now = self._who(question)
        return self.engine.explain(who, action, question.resource, **_given(question), now=now)

    def fix(self, question: Question, action: str) -> Fixes:
        """What would turn a denial."""
        who, now = self._who(question)
        return self.engine.fix(who, action, question.resource, **_given(question), now=now)

    def _who(self, question: Question) -> tuple[Principal | None, float]:
        now, token = question.now(), question.token
        if token is None:
            return None, now
        if token.whole:
            return self.engine.principal(VerifiedClaims(token.claims), header=token.header), now
        claims = valid_claims(self.checked, {"sub": token.name, **token.claims}, now)
        return self.engine.principal(claims, header=token.header or HEADER), now


def _given(question: Question) -> dict[str, Any]:
    return {"context": question.context, "parameters": question.parameters or None}
