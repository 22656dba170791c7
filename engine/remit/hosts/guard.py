"""Request -> Access or Refusal: the steps of a guarded request, the same in every host.

    credentials --verifier--> claims --engine--> caller --foresee--> loader --decide--> Access

A denial that no resource could change is answered before the loader is called. A loader runs once. Who
is anonymous never learns whether a resource is there: what is missing and what is not allowed are
answered alike. Nothing here knows a framework; a host says what a request brings, and sends the answer.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from remit.bounded import Generations
from remit.decider.engine import Engine
from remit.errors import ConfigurationError
from remit.hosts.answers import DISCLOSURES, NO_FIXES, Disclosure, Refusal, Why, problem
from remit.hosts.endpoints import Access, Endpoint, Given, Kind, Loader, endpoint
from remit.tokens.challenge import Challenge
from remit.tokens.facts import Presented
from remit.tokens.principal import Principal
from remit.tokens.verifying import Credentials, Refused, Unavailable, Verified, VerifiesTokens

_LOG = logging.getLogger("remit")
_MAX_CALLERS = 4096
_FORBIDDEN: Final = Challenge(403)
_UNKNOWN_CALLER: Final = Challenge(401)
_NO_TOKEN: Final = Why("token", "the request carries no token")


class Caller(NamedTuple):
    """Who asks, None for a request without a token, and the scheme of its credentials."""

    who: Principal | None
    scheme: str


class Said(NamedTuple):
    """Context and parameters of one request."""

    context: Mapping[str, object] | None
    parameters: Mapping[str, object] | None


class Asked(NamedTuple):
    """One request, as a host tells of it.

    `request` is the framework's own. `callers` lives as long as the request: a caller is verified once,
    for a proof of possession may not be used twice.
    """

    request: Any
    credentials: Credentials
    callers: "dict[Guard, Caller]"


class Guard:
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
    ) -> None:
        """Settings that all endpoints share.

        `realm`, `resource_metadata` (a URL, RFC 9728), `schemes` and `algs` (for DPoP proofs) go into
        challenges. `origin` is what stands before a request's path in the URL as clients see it,
        `https://api.example.com`: proofs by DPoP are about that URL, and a request's own word for it is
        the client's. `certificate_header` is the one in which a proxy hands on the client's certificate
        (RFC 9440); name it only where the proxy removes it from what clients send.

        `context` makes the engine's context of the framework's request. `conceal` names the action that
        tells whether a caller may know of a resource: who may not do that gets the answer of a resource
        that is not there, when anything is denied. `disclosure` says what the bodies of refusals tell:
        from `scopes` on, what would change the answer, which takes many decisions to find out.
        `retry_after` is in seconds, for when tokens cannot be verified.

        Raises ConfigurationError for DPoP without an origin, and for settings that there are not.
        """
        if not schemes or not {"Bearer", "DPoP"}.issuperset(schemes):
            raise ConfigurationError("schemes are `Bearer` and `DPoP`, one or both")
        if "DPoP" in schemes and origin is None:
            raise ConfigurationError("DPoP needs `origin`: a proof is about the URL that clients see")
        if disclosure not in DISCLOSURES:
            raise ConfigurationError(f"disclosure is one of {', '.join(DISCLOSURES)}")
        self.engine = engine
        self.origin = origin
        self.certificate_header = certificate_header
        self._verifier = verifier
        self._realm = realm
        self._resource_metadata = resource_metadata
        self.schemes = tuple(schemes)
        self.algs = tuple(algs)
        self._context = context
        self._conceal = conceal
        self._disclosure: Disclosure = disclosure
        self._tells_fixes = disclosure in ("scopes", "full")
        self._retry_after = retry_after
        self._callers: Generations[int, tuple[Verified, Principal, Caller]] = Generations(_MAX_CALLERS)

    def endpoint(
        self, action: str, kind: Kind, loader: Loader | None = None, *, parameters: Given | None = None
    ) -> Endpoint:
        """What a request is about; see `remit.hosts.endpoints`.

        Raises ConfigurationError for an action that the policy does not know: every request would be
        denied. Likewise for a kind without a loader.
        """
        made = self._checked(endpoint(action, kind, loader, parameters))
        if (kind is None) != (loader is None):
            raise ConfigurationError("a kind of resource has a loader, and the API itself has none")
        return made

    def listing(self, action: str, kind: str | type, *, parameters: Given | None = None) -> Endpoint:
        """What a request is about that asks for all that there are of a kind.

        For `approach`, which lets in who may do `action` to some of them, as far as can be known without
        looking at any. Raises ConfigurationError for an action that the policy does not know.
        """
        return self._checked(endpoint(action, kind, None, parameters))

    def _checked(self, made: Endpoint) -> Endpoint:
        if made.action not in self.engine.rules().actions.get(made.name, ()):
            raise ConfigurationError(
                f"the policy knows no action `{made.action}` on {made.name or 'the API'}"
            )
        return made

    # -- all steps in a row

    def admit(self, about: Endpoint, asked: Asked, load: Callable[[], object]) -> Access[Any]:
        """Let a request through. Raises Refusal, and whatever `load` raises."""
        caller = self.caller(asked)
        said = self.said(about, asked, caller)
        self.foresee(about, caller, said)
        return self.decide(about, caller, said, None if about.kind is None else load())

    async def admit_async(
        self, about: Endpoint, asked: Asked, load: Callable[[], Awaitable[object]]
    ) -> Access[Any]:
        """As `admit`, on an event loop."""
        caller, said = await self.approach(about, asked)
        return self.decide(about, caller, said, None if about.kind is None else await load())

    async def approach(self, about: Endpoint, asked: Asked) -> tuple[Caller, Said]:
        """All steps but the last two, for a host that loads by its own ways. Raises Refusal."""
        caller = await self.caller_async(asked)
        said = await self.said_async(about, asked, caller)
        self.foresee(about, caller, said)
        return caller, said

    # -- who asks

    def caller(self, asked: Asked) -> Caller:
        """Who asks. Raises Refusal for a token that is no good, and where nobody can tell."""
        known = self._known(asked)
        if known is None:
            try:
                verified = self._verifier.verify(asked.credentials)
            except (Refused, Unavailable) as error:
                raise self._unverified(error) from None
            self._check_scheme(verified)
            known = self._remembered(verified)
            if known is None:
                who = self.engine.principal(
                    verified.claims, header=verified.header, presented=verified.presented
                )
                known = self._remember(verified, who)
            asked.callers[self] = known
        return known

    async def caller_async(self, asked: Asked) -> Caller:
        """As `caller`, on an event loop."""
        known = self._known(asked)
        if known is None:
            try:
                verified = await self._verifier.verify_async(asked.credentials)
            except (Refused, Unavailable) as error:
                raise self._unverified(error) from None
            self._check_scheme(verified)
            known = self._remembered(verified)
            if known is None:
                who = await self.engine.principal_async(
                    verified.claims, header=verified.header, presented=verified.presented
                )
                known = self._remember(verified, who)
            asked.callers[self] = known
        return known

    def _remembered(self, verified: Verified) -> Caller | None:
        """The caller of a token that the verifier remembers: it gives the very same object again."""
        known = self._callers.get(id(verified))
        if known is None or known[0] is not verified or not self.engine.knows(known[1]):
            return None
        return known[2]

    def _remember(self, verified: Verified, who: Principal) -> Caller:
        caller = Caller(who, verified.scheme)
        if verified.presented == Presented():  # others are verified for one request only
            self._callers.keep(id(verified), (verified, who, caller))
        return caller

    def _known(self, asked: Asked) -> Caller | None:
        """The caller that is known without asking the verifier."""
        if self not in asked.callers and not asked.credentials.authorization:
            asked.callers[self] = Caller(None, self.schemes[0])
        return asked.callers.get(self)

    def _unverified(self, error: Refused | Unavailable) -> Refusal:
        if isinstance(error, Unavailable):
            _LOG.warning("tokens cannot be verified: %s", error)
            members = Why("token", "tokens cannot be verified for now").disclosed(self._disclosure)
            return Refusal(problem(503, members, retry_after=self._retry_after))
        _LOG.info("credentials refused: %s", error)
        return self._refusal(error.challenge, error.scheme, Why("token", error.challenge.description))

    def _check_scheme(self, verified: Verified) -> None:
        """Raises Refusal for a good token in a way that this API does not offer: as none."""
        if verified.scheme not in self.schemes:
            _LOG.info("credentials refused: their scheme is not one that this API takes")
            raise self._refusal(_UNKNOWN_CALLER, verified.scheme, _NO_TOKEN)

    # -- what the service says about the request

    def said(self, about: Endpoint, asked: Asked, caller: Caller) -> Said:
        """Context and parameters; an error in what makes them is a denial."""
        try:
            return Said(
                *[_settled(each(asked.request)) if each else None for each in self._givers(about)]
            )
        except Exception as error:
            raise self._unsaid(error, caller) from error

    async def said_async(self, about: Endpoint, asked: Asked, caller: Caller) -> Said:
        """As `said`; what makes them may be async."""
        made: list[Mapping[str, object] | None] = []
        try:
            for each in self._givers(about):
                value = each and each(asked.request)
                made.append(await value if inspect.isawaitable(value) else value)
        except Exception as error:
            raise self._unsaid(error, caller) from error
        return Said(*made)

    def _givers(self, about: Endpoint) -> tuple[Given | None, Given | None]:
        return self._context, about.parameters

    def _unsaid(self, error: Exception, caller: Caller) -> Refusal:
        _LOG.error("a request's context or parameters could not be made: %s", type(error).__name__)
        if caller.who is None:
            return self.absent(caller)
        return self._refusal(_FORBIDDEN, caller.scheme, Why("request", "the request cannot be decided"))

    # -- what the engine says

    def foresee(self, about: Endpoint, caller: Caller, said: Said) -> None:
        """Raises Refusal where the request is denied whatever the resource holds."""
        challenge = self.engine.foresee(
            caller.who, about.action, about.kind, context=said.context, parameters=said.parameters
        )
        if challenge is not None and caller.who is None:
            raise self.absent(caller)
        if challenge is not None:
            raise self._refusal(challenge, caller.scheme, self._foreseen(about, caller, said, challenge))

    def _foreseen(self, about: Endpoint, caller: Caller, said: Said, challenge: Challenge) -> Why:
        """What there is to say of a denial before anything is known of a resource."""
        fixes = NO_FIXES
        if self._tells_fixes:
            fixes = self.engine.fix_foreseen(
                caller.who, about.action, about.kind, context=said.context, parameters=said.parameters
            )
        match challenge.error:
            case "insufficient_scope":
                empty: object = None if about.name is None else (about.name, {})
                decision = self.engine.decide(
                    caller.who, about.action, empty, context=said.context, parameters=said.parameters
                )
                return Why("scope", challenge.description, decision.missing_scopes, fixes)
            case "insufficient_user_authentication":
                return Why("rules", challenge.description, (), fixes)
            case _:
                is_token = challenge.status == _UNKNOWN_CALLER.status
                return Why("token" if is_token else "rules", challenge.description, (), fixes)

    def decide(self, about: Endpoint, caller: Caller, said: Said, resource: object) -> Access[Any]:
        """The decision about a loaded resource, None where there is none. Raises Refusal."""
        if resource is None and about.kind is not None:
            raise self.absent(caller)
        thing = about.put(resource)
        decision = self.engine.decide(
            caller.who, about.action, thing, context=said.context, parameters=said.parameters
        )
        if decision.allowed:
            return Access(caller.who, resource, decision)
        if caller.who is None and about.kind is not None:
            raise self.absent(caller)
        first = decision.denials[0]
        if first.layer != "token" and self._is_concealed(about, caller, said, thing):
            raise self.absent(caller)
        challenge = self.engine.challenge(
            caller.who, about.action, thing, context=said.context, parameters=said.parameters
        )
        fixes = NO_FIXES
        if self._tells_fixes:
            fixes = self.engine.fix(
                caller.who, about.action, thing, context=said.context, parameters=said.parameters
            )
        why = Why(str(first.layer), decision.reason, decision.missing_scopes, fixes)
        # the challenge is decided anew: what time has allowed in between stays denied this once
        raise self._refusal(challenge or _FORBIDDEN, caller.scheme, why)

    def absent(self, caller: Caller) -> Refusal:
        """The answer of a resource that is not there, or is not to be known of."""
        if caller.who is None:
            return self._refusal(_UNKNOWN_CALLER, caller.scheme, _NO_TOKEN)
        return Refusal(problem(404, {}))

    def _is_concealed(self, about: Endpoint, caller: Caller, said: Said, thing: object) -> bool:
        """Whether a caller whose request is denied may not even know of the resource."""
        known_by = self._conceal
        if known_by is None or about.name is None:
            return False
        if known_by not in self.engine.rules().actions.get(about.name, ()):
            return False
        return known_by == about.action or not self.engine.allows(
            caller.who, known_by, thing, context=said.context
        )

    def _refusal(self, challenge: Challenge, scheme: str, why: Why) -> Refusal:
        challenges = challenge.headers(
            schemes=self.schemes,
            used=scheme,
            realm=self._realm,
            resource_metadata=self._resource_metadata,
            algs=self.algs,
        )
        members = why.disclosed(self._disclosure)
        return Refusal(problem(challenge.status, members, challenges=challenges))


def _settled(value: Mapping[str, object] | Awaitable[Mapping[str, object]]) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    if inspect.iscoroutine(value):
        value.close()
    raise TypeError("context and parameters are mappings, async ones for async handlers only")
