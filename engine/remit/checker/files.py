"""Files that a policy names -> JSON values, read strictly."""

import json
from collections.abc import Callable
from typing import Any, Final

from remit.checker import findings
from remit.diagnostics import Finding
from remit.syntax import tree
from remit.syntax.findings import MAX_BYTES

Beside = Callable[[str, str], bytes | None]
"""(policy file, name) -> the content of the file of that name beside it; None where there is none."""

MISSING: Final = object()


def nothing_beside(_file: str, _name: str) -> bytes | None:
    """For policies that stand alone."""
    return None


def read_json(name: tree.Literal, beside: Beside, found: list[Finding]) -> Any:  # noqa: ANN401  (JSON is of any type)
    """The value in the file that `name` names; MISSING after a report.

    A member that stands twice, NaN and Infinity are refused; numbers with a fraction come as text, for
    a decimal is read from text and no float is ever read.
    """
    content = beside(name.span.file, str(name.value))
    if content is None:
        found.append(findings.no_file(str(name.value), name.span))
        return MISSING
    if len(content) > MAX_BYTES:
        problem = f"more than {MAX_BYTES} bytes"
        found.append(findings.bad_file(str(name.value), problem, name.span))
        return MISSING
    try:
        return json.loads(
            content, object_pairs_hook=named_once, parse_constant=no_number, parse_float=str
        )
    except RecursionError:
        found.append(findings.bad_file(str(name.value), "nested too deep", name.span))
    except ValueError as error:
        found.append(findings.bad_file(str(name.value), str(error), name.span))
    return MISSING


def named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ValueError where a member stands twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member {twice!r} stands twice")
    return members


def no_number(name: str) -> None:
    """Raises ValueError for what JSON has no number for: NaN and the infinities."""
    raise ValueError(f"{name} is no JSON number")
