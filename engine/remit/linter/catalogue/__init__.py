"""Every code of the linter: what it means, why it matters, an example that has it and one that has not.

The checker's warnings are no part of it; they are findings that a policy may be in force with, and may
be allowed by the same comments.
"""

from collections.abc import Mapping

from remit.diagnostics import Code
from remit.linter.catalogue import allowances, conditions, declarations, fixtures, rules
from remit.linter.catalogue.entry import Entry

PRELUDE = """\
api documents {
  audience "https://api.example.com/documents"
  issuer   "https://example.eu.auth0.com/" profile auth0
  scope read:documents
}
"""
"""The file that every example stands beside."""

CATALOGUE: Mapping[Code, Entry] = {
    entry.code: entry
    for entry in (
        *allowances.ENTRIES,
        *conditions.ENTRIES,
        *rules.ENTRIES,
        *declarations.ENTRIES,
        *fixtures.ENTRIES,
    )
}

WARNINGS: Mapping[Code, str] = {
    Code.NEVER_TRUE: "a rule that no request makes apply",
    Code.EMPTY_ALL: "`all` in a permit, of what may be empty",
    Code.UNREAD_CLAIM: "a claim of a test's token that nothing reads",
    Code.ILL_TYPED_CLAIM: "a claim of a test's token in a type in which nothing reads it",
    Code.ILL_TYPED_VALUE: "a value in a fixture of another type than its member",
    Code.EXTENDED_ROLE: "a rule for a role that others extend, and not for these",
}
"""What the checker warns of."""

KNOWN: Mapping[Code, tuple[str, str]] = {
    **{code: (entry.name, entry.summary) for code, entry in CATALOGUE.items()},
    **{code: (code.name.lower().replace("_", "-"), text) for code, text in WARNINGS.items()},
}
"""Every code that `remit lint` reports: its name, and what it is about."""

FIXED = frozenset(code for code, entry in CATALOGUE.items() if entry.fixed)
"""The codes of what `remit lint --fix` mends."""


def explained(code: Code) -> str:
    """What the catalogue says of a code, as text."""
    name, summary = KNOWN[code]
    entry = CATALOGUE.get(code)
    if entry is None:
        return f"{code} {name}: {summary}\n\nA warning of `remit check`."
    parts = [f"{code} {name}: {summary}", entry.why, "Reported:", _indented(entry.bad)]
    parts += ["In order:", _indented(entry.good)]
    parts += ["`remit lint --fix` makes the one of the other."] if entry.fixed else []
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


__all__ = ["CATALOGUE", "FIXED", "KNOWN", "PRELUDE", "WARNINGS", "Entry", "explained"]
