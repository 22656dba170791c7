"""Exceptions, which exist at the edge of the public API only; inside, problems are findings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from remit.diagnostics import Finding, render_all

if TYPE_CHECKING:
    from remit.spans import Source


class RemitError(Exception):
    """Base of everything that remit raises on purpose."""


class PolicyError(RemitError):
    """A policy set that cannot be used; `findings` says why, each with its place."""

    def __init__(self, findings: Sequence[Finding], sources: "Sequence[Source]" = ()) -> None:
        """Keep the findings, and render them against `sources` for the message."""
        self.findings = tuple(findings)
        self._sources = tuple(sources)
        super().__init__("\n".join(["policy refused", render_all(self.findings, sources)]))

    def __reduce__(self) -> tuple[object, ...]:
        """An exception travels from one process to another by what it was made from."""
        return type(self), (self.findings, self._sources)


class BundleError(RemitError):
    """A bundle that cannot be made, or cannot be used; the message says why."""


class ConfigurationError(RemitError):
    """An engine that must not start: what it is asked to do would not be safe."""
