"""Checked -> warnings about what is most likely a slip, though it has a meaning.

`catalogue` says of each code what it is about, `conditions`, `rules`, `safety`, `clients`,
`declarations` and `fixtures` look for them, `logic` shows what cannot be true and what follows from
what, `fixes` makes the edits, `allowing` reads the comments that let a finding stand, `linting` puts
all of it together.
"""

from remit.linter.allowing import Allowed
from remit.linter.linting import Report, inspect, lint
from remit.linter.notes import Edit

__all__ = ["Allowed", "Edit", "Report", "inspect", "lint"]
