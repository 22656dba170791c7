"""What the linter found -> text, JSON, a log for code hosts, and files that are mended."""

import difflib
from pathlib import Path
from typing import Any

import orjson

from remit.diagnostics import Finding, as_record, render_all
from remit.linter.catalogue import FIXED, KNOWN
from remit.spans import Source
from remit.tools import colours
from remit.tools.colours import say
from remit.tools.inputs import BadInput
from remit.tools.linting import sarif
from remit.tools.linting.looking import Found
from remit.tools.terminal import counted, print_json
from remit.tools.writing import rewrite


def list_codes(*, as_json: bool) -> None:
    """Print every code with its name, and what it is about."""
    if as_json:
        print_json(
            [
                {"code": code, "name": name, "summary": text, "fixed": code in FIXED}
                for code, (name, text) in KNOWN.items()
            ]
        )
        return
    for code, (name, text) in KNOWN.items():
        print(f"{code}  {name:<26}{text}{' (mended by --fix)' if code in FIXED else ''}")


def tell(found: Found, *, diff: bool, as_json: bool) -> None:
    """Print what was found, or (`diff`) what would be mended."""
    if as_json:
        print_json(_record(found))
        return
    for before, after in found.mended:
        if diff:
            say(_difference(before, after).removesuffix("\n"), colours.difference)
        else:
            print(f"mended: {before.file}")
    told = [*found.errors, *found.findings]
    if told and not diff:
        say(render_all(told, found.sources), colours.findings)
    if not (diff or found.errors):
        mendable = f", {len(found.edits)} of them to be mended by --fix" if found.edits else ""
        number = counted(len(found.findings), "finding") if found.findings else "nothing"
        print(f"{counted(len(found.sources), 'file')} looked at, {number} found{mendable}")


def write_mended(found: Found) -> None:
    """Write the files that were mended. Raises BadInput."""
    for before, after in found.mended:
        rewrite(Path(before.file), after.text)


def write_log(path: Path, found: Found) -> None:
    """Write the log that code hosts read. Raises BadInput."""
    log = sarif.log([*found.errors, *found.findings], found.allowed, found.edits, found.sources)
    try:
        path.write_bytes(orjson.dumps(log, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _difference(before: Source, after: Source) -> str:
    old, new = (each.text.splitlines(keepends=True) for each in (before, after))
    return "".join(difflib.unified_diff(old, new, before.file, before.file))


def _record(found: Found) -> dict[str, Any]:
    by_file = {source.file: source for source in found.sources}

    def record(finding: Finding) -> dict[str, Any]:
        source = by_file.get(finding.span.file) if finding.span else None
        other = by_file.get(finding.other.file) if finding.other else None
        name = KNOWN[finding.code][0] if finding.code in KNOWN else None
        edits = [
            {"file": e.span.file, "start": e.span.start, "end": e.span.end, "replacement": e.replacement}
            for e in found.edits.get(finding, ())
        ]
        return {**as_record(finding, source, other), "name": name, "edits": edits}

    return {
        "findings": [record(finding) for finding in (*found.errors, *found.findings)],
        "allowed": [{**record(each.finding), "reason": each.reason} for each in found.allowed],
        "mended": [before.file for before, _ in found.mended],
    }
