"""Request -> Access or Refusal: the steps of a guarded request, the same in every host.

    credentials --verifier--> claims --engine--> caller --foresee--> loader --decide--> Access

A denial that no resource could change is answered before the loader is called. A loader runs once. Who
is anonymous never learns whether a resource is there: what is missing and what is not allowed are
answered alike. Nothing here knows a framework; a host says what a request brings, and sends the answer.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, overload

from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts import checks, givens
from remit.hosts.answers import NO_FIXES, Answer, Answers, Disclosure, Refusal, Why
from remit.hosts.callers import Asked, Caller, Callers
from remit.hosts.endpoints import Access, Endpoint, Given, Kind, Loader, Resource, endpoint
from remit.hosts.foreseeing import Foreseeing
from remit.hosts.givens import Said, Unsaid
from remit.hosts.lists import Listing
from remit.hosts.records import Decided, OnDecision, recorded
from remit.tokens.challenge import Challenge
from remit.tokens.verifying import VerifiesTokens

__all__ = ["Asked", "Caller", "Guard", "Said"]

_LOG = logging.getLogger("remit")
_FORBIDDEN: Final = Challenge(403)
_UNDECIDED: Final = Why("request", "the request cannot be decided")


class Guard(Callers):
    """An engine and a verifier in front of a service's endpoints. Threads and tasks may share it."""

    def __init__(  # noqa: PLR0913  (a deployment's settings, each by its keyword)
        self,
        engine: Engine,
        verifier: VerifiesTokens,
        *,
        realm: str = "api",
        resource_metadata: str | None = None,
        schemes: Sequence[str] = ("Bearer",),
        algs: Sequence[str] = (),
        origin: str | None = None,
        certificate_header: str | None = None,
        context: Given | None = None,
        conceal: str | None = None,
        disclosure: Disclosure = "none",
        retry_after: int = 5,
        on_decision: OnDecision | None = None,
    ) -> None:
        """Settings that all endpoints share.

        `realm`, `resource_metadata` (a URL, RFC 9728), `schemes` and `algs` (for DPoP proofs) go into
        challenges. `origin` is what stands before a request's path in the URL as clients see it,
        `https://api.example.com`: proofs by DPoP are about that URL, and a request's own word for it is
        the client's. `certificate_header` is the one in which a proxy hands on the client's certificate
        (RFC 9440); name it only where the proxy removes it from what clients send.

        `context` makes the engine's context of the framework's request. `conceal` names the action that
        tells whether a caller may know of a resource: who may not do that gets the answer of a resource
        that is not there, when anything is denied; nobody may know of a type without that action.
        `disclosure` says what the bodies of refusals tell: from `scopes` on, what would change the
        answer, which takes many decisions to find out. `retry_after` is in seconds, for when tokens
        cannot be verified. `on_decision` is called with each `Decided`; see `remit.hosts.records`.

        Raises ConfigurationError for DPoP without an origin, for an engine and a verifier that trust no
        issuer in common, and for settings that there are not.
        """
        checks.check_parts(engine, verifier)
        checks.check_challenges(schemes, origin, disclosure)
        checks.check_function("context", context)
        checks.check_hook("on_decision", on_decision)
        checks.check_concealing(engine, conceal)
        answers = Answers(realm, resource_metadata, tuple(schemes), tuple(algs), disclosure, retry_after)
        super().__init__(engine, verifier, answers)
        self.algs = answers.algs
        self.origin = origin
        self.certificate_header = certificate_header
        self._context = context
        self._conceal = conceal
        self._on_decision = on_decision
        self._foreseeing = Foreseeing(engine)

    @overload
    def endpoint(
        self,
        action: str,
        kind: type[Resource],
        loader: Callable[..., Awaitable[Resource | None]],
        *,
        parameters: Given | None = None,
    ) -> Endpoint[Resource]: ...

    @overload
    def endpoint(
        self,
        action: str,
        kind: type[Resource],
        loader: Callable[..., Resource | None],
        *,
        parameters: Given | None = None,
    ) -> Endpoint[Resource]: ...

    @overload
    def endpoint(
        self,
        action: str,
        kind: Kind = None,
        loader: Loader | None = None,
        *,
        parameters: Given | None = None,
    ) -> Endpoint[Any]: ...

    def endpoint(
        self,
        action: str,
        kind: Kind = None,
        loader: Loader | None = None,
        *,
        parameters: Given | None = None,
    ) -> Endpoint[Any]:
        """What a request is about; see `remit.hosts.endpoints`.

        Raises ConfigurationError for an action that the policy does not know: every request would be
        denied. Likewise for a kind without a loader.
        """
        made = self._checked(action, kind, loader, parameters)
        checks.check_loader(action, kind, loader)
        if self._conceal is not None and kind is not None and not self._has(made, self._conceal):
            _LOG.info("%s has no action %s: all denials are concealed", made.name, self._conceal)
        return made

    @overload
    def listing(
        self, action: str, kind: type[Resource], *, parameters: Given | None = None
    ) -> Endpoint[Resource]: ...

    @overload
    def listing(
        self, action: str, kind: str | type, *, parameters: Given | None = None
    ) -> Endpoint[Any]: ...

    def listing(
        self, action: str, kind: str | type, *, parameters: Given | None = None
    ) -> Endpoint[Any]:
        """What a request is about that asks for all that there are of a kind.

        For `admit_list`, which lets in who may do `action` to some of them, as far as can be known
        without looking at any. Raises ConfigurationError for an action that the policy does not know.
        """
        return self._checked(action, kind, None, parameters)

    def _checked(
        self, action: str, kind: Kind, loader: Loader | None, parameters: Given | None
    ) -> Endpoint[Any]:
        checks.check_action(self.engine, action, kind)
        checks.check_function("loader", loader)
        checks.check_function("parameters", parameters)
        return endpoint(action, kind, loader, parameters)

    # -- all steps in a row

    def admit(
        self, about: Endpoint[Resource], asked: Asked, load: Callable[[], object]
    ) -> Access[Resource]:
        """Let a request through. Raises Refusal, ServiceFault, and whatever `load` raises."""
        caller = self.caller(asked)
        said = self.said(about, asked, caller)
        self.foresee(about, caller, said)
        return self.decide(about, caller, said, None if about.kind is None else load())

    async def admit_async(
        self, about: Endpoint[Resource], asked: Asked, load: Callable[[], Awaitable[object]]
    ) -> Access[Resource]:
        """As `admit`, on an event loop."""
        caller, said = await self.approach(about, asked)
        return self.decide(about, caller, said, None if about.kind is None else await load())

    def admit_list(self, about: Endpoint[Resource], asked: Asked) -> Listing[Resource]:
        """Let in who may do it to some resource of a kind. Raises Refusal and ServiceFault."""
        caller = self.caller(asked)
        said = self.said(about, asked, caller)
        self.foresee(about, caller, said)
        return self.listed(about, caller, said)

    async def admit_list_async(self, about: Endpoint[Resource], asked: Asked) -> Listing[Resource]:
        """As `admit_list`, on an event loop."""
        return self.listed(about, *await self.approach(about, asked))

    def listed(self, about: Endpoint[Any], caller: Caller, said: Said) -> Listing[Any]:
        """What a list that is let in is filtered with. Raises ServiceFault."""
        recorded(_end(about, caller, said)._replace(allowed=True), self._on_decision)
        return Listing(self.engine, about, caller.who, said.context, said.parameters)

    async def approach(self, about: Endpoint[Any], asked: Asked) -> tuple[Caller, Said]:
        """All steps but the last two, for a host that loads by its own ways. Raises Refusal."""
        caller = await self.caller_async(asked)
        said = await self.said_async(about, asked, caller)
        self.foresee(about, caller, said)
        return caller, said

    # -- what the service says about the request

    def said(self, about: Endpoint[Any], asked: Asked, caller: Caller) -> Said:
        """Context and parameters. Raises Refusal where they fail, and the framework's own answers."""
        said = givens.said(self._context, about, asked.request)
        if isinstance(said, Unsaid):
            raise self._unsaid(about, asked, caller, said)
        return said

    async def said_async(self, about: Endpoint[Any], asked: Asked, caller: Caller) -> Said:
        """As `said`; what makes them may be async."""
        said = await givens.said_async(self._context, about, asked.request)
        if isinstance(said, Unsaid):
            raise self._unsaid(about, asked, caller, said)
        return said

    def _unsaid(self, about: Endpoint[Any], asked: Asked, caller: Caller, unsaid: Unsaid) -> Exception:
        """What is raised in place of an error; an answer of the framework's own as it is.

        Who needs a token and has none is asked for that first.
        """
        is_answer = isinstance(unsaid.error, (Refusal, *asked.answers))
        if is_answer and (caller.who is not None or self._may_be_anonymous(about)):
            return unsaid.error
        if not is_answer:
            unsaid.log(about)
        answer = (
            self._absent(caller)
            if caller.who is None
            else self._answers.refused(_FORBIDDEN, caller.scheme, _UNDECIDED)
        )
        end = _end(about, caller, Said(asked.request, None, None))
        return self._denied(end, _UNDECIDED, answer)

    def _may_be_anonymous(self, about: Endpoint[Any]) -> bool:
        try:
            return () in self.engine.needs(about.action, about.kind)
        except ConfigurationError:  # gone with a reload
            return False

    # -- what the engine says

    def foresee(self, about: Endpoint[Any], caller: Caller, said: Said) -> None:
        """Raises Refusal where the request is denied whatever the resource holds."""
        challenge = self.engine.foresee(
            caller.who, about.action, about.kind, context=said.context, parameters=said.parameters
        )
        if challenge is None:
            return
        decision = self._foreseeing.decision(about, caller.who, said)
        why = self._foreseeing.why(about, decision, challenge)
        if caller.who is None:
            answer = self._absent(caller)
        else:
            fixes = NO_FIXES
            if self._answers.tells_fixes:
                fixes = self.engine.fix_foreseen(
                    caller.who,
                    about.action,
                    about.kind,
                    context=said.context,
                    parameters=said.parameters,
                )
            answer = self._answers.refused(challenge, caller.scheme, why._replace(fixes=fixes))
        raise self._denied(_end(about, caller, said)._replace(decision=decision), why, answer)

    def decide(self, about: Endpoint[Any], caller: Caller, said: Said, given: object) -> Access[Any]:
        """The decision about what was loaded, None where there is nothing.

        Raises Refusal, and ServiceFault for what is no resource of the kind.
        """
        resource = None if about.kind is None else about.resource(given)
        if resource is None and about.kind is not None:
            recorded(_end(about, caller, said), self._on_decision)
            raise Refusal(self._absent(caller))
        thing = about.put(resource)
        decision = self.engine.decide(
            caller.who, about.action, thing, context=said.context, parameters=said.parameters
        )
        if decision.allowed and self._on_decision is None:
            return Access(caller.who, resource, decision)
        end = _end(about, caller, said)._replace(resource=resource, decision=decision)
        if decision.allowed:
            recorded(end._replace(allowed=True), self._on_decision)
            return Access(caller.who, resource, decision)
        first = decision.denials[0]
        rule = first.rule.id if first.rule else None
        why = Why(str(first.layer), decision.reason, decision.missing_scopes, rule=rule)
        is_anonymous = caller.who is None and about.kind is not None
        if is_anonymous or (first.layer != "token" and self._is_concealed(about, caller, said, thing)):
            answer = self._absent(caller)
        else:
            answer = self._answered(about, caller, said, thing, why)
        raise self._denied(end, why, answer)

    def _answered(
        self, about: Endpoint[Any], caller: Caller, said: Said, thing: object, why: Why
    ) -> Answer:
        """The answer to a denial that need not be concealed."""
        challenge = self.engine.challenge(
            caller.who, about.action, thing, context=said.context, parameters=said.parameters
        )
        fixes = NO_FIXES
        if self._answers.tells_fixes:
            fixes = self.engine.fix(
                caller.who, about.action, thing, context=said.context, parameters=said.parameters
            )
        # the challenge is decided anew: what time has allowed in between stays denied this once
        return self._answers.refused(challenge or _FORBIDDEN, caller.scheme, why._replace(fixes=fixes))

    def _is_concealed(self, about: Endpoint[Any], caller: Caller, said: Said, thing: object) -> bool:
        """Whether a caller whose request is denied may not even know of the resource."""
        known_by = self._conceal
        if known_by is None or about.name is None:
            return False
        if known_by == about.action or not self._has(about, known_by):
            return True
        return not self.engine.allows(caller.who, known_by, thing, context=said.context)

    def _has(self, about: Endpoint[Any], action: str) -> bool:
        """Whether what an endpoint is about has an action, by the policy in force."""
        return action in self.engine.rules().actions.get(about.name, ())

    # -- how it ends

    def _absent(self, caller: Caller) -> Answer:
        return self._answers.absent(caller.scheme, anonymous=caller.who is None)

    def _denied(self, end: Decided, why: Why, answer: Answer) -> Refusal:
        """A refusal, of which there is a record."""
        recorded(end._replace(layer=why.layer, rule=why.rule), self._on_decision)
        return Refusal(answer, end.decision)


def _end(about: Endpoint[Any], caller: Caller, said: Said) -> Decided:
    """Of a request that is not let through, for a cause that is to be said."""
    return Decided(said.request, about.action, about.name, caller.who, allowed=False)
