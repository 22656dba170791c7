"""Where a set comes from, and what its deployment says -> a program with its audiences and issuers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from remit.checker.checked import CheckedIssuer
from remit.compiler.bundle import unpack
from remit.compiler.program import Program, compile_program
from remit.compiler.ruletree import RuleTree
from remit.compiler.values import Readers
from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.tokens.profiles import PROFILES

if TYPE_CHECKING:
    from remit.decider.reading import Memory

BUNDLE: Final = ".bundle"
"""What the names of bundles end with."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set that may be put in force."""

    program: Program
    issuers: Mapping[str, CheckedIssuer]
    audiences: tuple[str, ...]


@dataclass(slots=True)
class Origin:
    """Where a set comes from, and what the deployment says in the policy's place."""

    path: Path | None
    texts: Mapping[str, str] | None
    audiences: tuple[str, ...] | None
    issuers: Mapping[str, str] | None
    _memory: "Memory | None" = field(default=None, init=False, repr=False, compare=False)

    def load(self) -> Loaded:
        """Read, check and compile. Raises PolicyError, BundleError or ConfigurationError."""
        tree = self._tree()
        api = tree.api
        audiences = self.audiences if self.audiences is not None else api.audiences
        issuers = self._issuers(api.issuers)
        _refuse_unsafe(audiences, issuers)
        if len(issuers) > 1 and len(api.issuers) <= 1:
            message = "more than one issuer at `load`: name them in `api`, so that a user is one of them"
            raise ConfigurationError(message)
        readers = Readers(one_issuer=len(issuers) == 1)
        return Loaded(compile_program(tree, readers), issuers, audiences)

    def _tree(self) -> RuleTree:
        if self.path is not None and self.path.suffix == BUNDLE:
            return _bundled(self.path)
        # Whoever parses and checks nothing need not wait until what does that is imported.
        from remit.decider.reading import Memory, read_set  # noqa: PLC0415

        self._memory = self._memory or Memory()
        reading = read_set(self.path, self.texts, self._memory)
        if reading.tree is None:
            raise PolicyError(reading.findings, reading.sources)
        return reading.tree

    def _issuers(self, written: Mapping[str, CheckedIssuer]) -> Mapping[str, CheckedIssuer]:
        """The deployment's issuers and audiences over the policy's.

        An issuer that the policy names as well keeps what may be asserted by it: another list of
        issuers must not widen that by the way.
        """
        issuers = dict(written)
        if self.issuers is not None:
            issuers = {
                name: replace(written.get(name, CheckedIssuer(profile)), profile=profile)
                for name, profile in self.issuers.items()
            }
        if self.audiences is not None:
            issuers = {name: replace(issuer, audiences=()) for name, issuer in issuers.items()}
        return issuers


def _bundled(path: Path) -> RuleTree:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}") from None
    try:
        return unpack(content)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from None


def _refuse_unsafe(audiences: Sequence[str], issuers: Mapping[str, CheckedIssuer]) -> None:
    if not issuers or not all(issuers):
        raise ConfigurationError("no issuer: say in `api` or at `load` whose tokens are trusted")
    for name, issuer in issuers.items():
        if issuer.profile not in PROFILES:
            known = ", ".join(PROFILES)
            raise ConfigurationError(f"issuer {name}: no profile {issuer.profile!r}, only {known}")
        if not all(issuer.audiences or audiences or ("",)):
            raise ConfigurationError("no audience: say in `api` or at `load` whom tokens must be for")
