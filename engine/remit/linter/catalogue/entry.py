"""What the catalogue says about one code."""

from dataclasses import dataclass

from remit.diagnostics import Code


@dataclass(frozen=True, slots=True)
class Entry:
    """A code as a policy's author reads of it.

    `name` is in lower case with hyphens. `bad` provokes the code, and nothing else, in the line that
    ends with `# ` and the code; `good` provokes none. `fixed`: whether `remit lint --fix` mends it,
    which makes `good` of `bad`.
    """

    code: Code
    name: str
    summary: str
    why: str
    bad: str
    good: str
    fixed: bool = False
