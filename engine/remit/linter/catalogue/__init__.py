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

WARNINGS = frozenset(
    (Code.NEVER_TRUE, Code.EMPTY_ALL, Code.UNREAD_CLAIM, Code.ILL_TYPED_CLAIM, Code.EXTENDED_ROLE)
)
"""What the checker warns of."""

__all__ = ["CATALOGUE", "PRELUDE", "WARNINGS", "Entry"]
