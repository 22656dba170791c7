"""The catalogue -> the page that authors read, `grammar/lints.md`, on standard output."""

import sys
from collections.abc import Iterator

from remit.linter.catalogue import CATALOGUE, PRELUDE, WARNINGS, Entry

_HEAD = """\
# What `remit lint` reports

    remit lint policies/documents        # what is most likely a slip, though it has a meaning
    remit lint policies --fix            # mends what can be mended without changing a decision
    remit lint policies --diff           # shows what that would be
    remit lint --explain L205            # says what a code is about

A path is a file, or a folder whose files are one policy; below a folder without policies every folder
that has some is looked at. `--select` and `--ignore` take codes (`L205`), beginnings of codes (`L2`) and
names (`forbid-without-reason`), parted by commas. `--json` is for programs, `--sarif FILE` for code
hosts. Exit codes: 0 nothing found, 1 something, 2 the command cannot be used so, 3 the policy has
errors, which are reported first.

## Letting a finding stand

A comment allows a finding, with a reason: at the end of the line in which the finding begins, or in a
line of its own before the statement that has it; before a block it is about the block's first line only.

```remit
# lint: allow L303 because the scopes are all that the product has
scope gist, notifications

forbid any when sealed # lint: allow L205, L202 because the reason is confidential
```

Warnings of `remit check` can be allowed in the same way. A comment without a reason, with a code
that is none, or with nothing to allow is a finding itself.

## All codes

"""
_GROUPS = {
    "L0": "Comments that allow findings",
    "L1": "Conditions",
    "L2": "Rules",
    "L3": "Declarations",
    "L4": "Tests",
}


def page() -> str:
    """The page as Markdown."""
    return _HEAD + "".join(_table()) + "".join(_sections())


def _table() -> Iterator[str]:
    yield "| code | name | reported is | mended by `--fix` |\n|---|---|---|---|\n"
    for code, entry in CATALOGUE.items():
        link = f"[{entry.name}](#{code.lower()}-{entry.name})"
        yield f"| {code} | {link} | {entry.summary} | {'yes' if entry.fixed else ''} |\n"
    yield "\nThe checker's warnings, which `remit check` prints as well:\n\n"
    yield "| code | reported is |\n|---|---|\n"
    for code, summary in WARNINGS.items():
        yield f"| {code} | {summary} |\n"


def _sections() -> Iterator[str]:
    yield "\nThe examples stand beside this one, and show each finding in the line that names it:\n"
    yield f"\n{_example(PRELUDE)}"
    for begin, title in _GROUPS.items():
        yield f"\n## {title}\n"
        for entry in CATALOGUE.values():
            if entry.code.startswith(begin):
                yield _section(entry)


def _section(entry: Entry) -> str:
    mended = "`--fix` makes of it:" if entry.fixed else "In order is:"
    return (
        f"\n### {entry.code} {entry.name}\n\n"
        f"Reported is {entry.summary}.\n\n{entry.why}\n\n"
        f"{_example(entry.bad)}\n{mended}\n\n{_example(entry.good)}"
    )


def _example(text: str) -> str:
    return f"```remit\n{text}```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
