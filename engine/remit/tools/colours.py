"""Text for people -> the same in colour, where it goes to a terminal.

`NO_COLOR` (no-color.org) turns colours off everywhere, `FORCE_COLOR` turns them on where there is no
terminal; a program that reads what a command prints sees none.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TextIO

Paint = Callable[[Iterable[str]], Iterator[str]]
"""Lines -> the same lines, with escapes (ECMA-48, section 8.3.117) around what is coloured."""

_STYLES: Final = {"good": "32", "bad": "1;31", "warning": "1;33", "mark": "1;34", "faint": "2"}
_HEADLINE = re.compile(r"(error|warning)\[(\w+)\]: (.*)")
_PLACE = re.compile(r"  \S.*:\d+:\d+")
_CARET = re.compile(r"( +\| +)(\^+)(.*)")
_ANSWER = re.compile(r"((?:\S+: )?(?:(?:allow|deny) -> |still )?(allow|deny))(: .*)")
_COUNTS = re.compile(r"(\d+) (passed|failed)")
_SHARE = re.compile(r"([a-z ]+): (\d+) of (\d+) \((.+)\)")
_LAYER = re.compile(r"(  \w+ +)(passed|failed|error)(.*)")


def is_coloured(stream: TextIO) -> bool:
    """Whether what is written there should have colours."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str, paint: Paint | None = None, *, stream: TextIO | None = None) -> None:
    """Print a text, in colour where that is wanted."""
    out = sys.stdout if stream is None else stream
    if paint is not None and is_coloured(out):
        text = "\n".join(paint(text.split("\n")))
    print(text, file=out)


def styled(text: str, style: str) -> str:
    """A text between escapes."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else text


def findings(lines: Iterable[str]) -> Iterator[str]:
    """Findings as `diagnostics.render` gives them: severity, place and caret."""
    style = "bad"
    for line in lines:
        headline, caret = _HEADLINE.fullmatch(line), _CARET.fullmatch(line)
        if headline is not None:
            style = "bad" if headline[1] == "error" else "warning"
            yield f"{styled(f'{headline[1]}[{headline[2]}]', style)}: {headline[3]}"
        elif caret is not None:
            yield f"{caret[1]}{styled(caret[2] + caret[3], style)}"
        elif _PLACE.fullmatch(line) is not None:
            yield styled(line, "mark")
        elif line.startswith(("error: ", "policy refused")):
            yield styled(line, "bad")
        else:
            yield line


def difference(lines: Iterable[str]) -> Iterator[str]:
    """A unified diff."""
    styles = {"+": "good", "-": "bad", "@": "mark"}
    for line in lines:
        style = styles.get(line[:1])
        yield line if style is None else styled(line, style)


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Decisions and what rules came out as."""
    styles = {"allow": "good", "passed": "good", "deny": "bad", "failed": "bad", "error": "bad"}
    for line in lines:
        layer = _LAYER.fullmatch(line)
        answer = _ANSWER.fullmatch(line)
        if layer is not None:
            yield f"{layer[1]}{styled(layer[2], styles[layer[2]])}{layer[3]}"
        elif answer is not None:
            yield f"{styled(answer[1], styles[answer[2]])}{answer[3]}"
        else:
            yield line


def results(lines: Iterable[str]) -> Iterator[str]:
    """What came of tests: failures, how many passed, how much they show."""
    for line in lines:
        counts, share = _COUNTS.findall(line), _SHARE.fullmatch(line)
        if line.startswith("FAILED"):
            yield styled(line, "bad")
        elif counts and line.startswith(counts[0][0]):
            failed = any(word == "failed" and number != "0" for number, word in counts)
            yield styled(line, "bad" if failed else "good")
        elif share is not None:
            yield styled(line, "good" if share[2] == share[3] else "warning")
        else:
            yield line
