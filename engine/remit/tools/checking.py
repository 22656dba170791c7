"""`remit check` and `compile`: what is wrong with a policy, and a bundle of one that is in order."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.checker.totality import possible_errors
from remit.compiler.bundle import pack
from remit.compiler.ruletree import RuleTree
from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import Reading, read_set
from remit.diagnostics import Finding, as_record, has_errors, render_all
from remit.spans import Source, Span
from remit.syntax.source import decode
from remit.tools.colours import findings, say
from remit.tools.inputs import STANDARD_INPUT, STANDARD_INPUT_NAME, BadInput, loaded
from remit.tools.options import AsJson, PolicyPath
from remit.tools.terminal import counted, print_json, refusal, stop, waiting

ListErrors = Annotated[
    bool,
    typer.Option("--errors", help="Say of each rule what can err though all input is as declared."),
]
BundleFile = Annotated[
    Path, typer.Option("--output", "-o", help=f"Where to write it; the name ends with {BUNDLE}.")
]


def check(path: PolicyPath, *, errors: ListErrors = False, as_json: AsJson = False) -> None:
    """Report everything that is wrong with a policy.

    `-` is one file from standard input.

    Example: remit check policies/documents
    """
    if path.suffix == BUNDLE:
        _check_bundle(path, errors=errors, as_json=as_json)
        return
    with waiting("checking"):
        reading = _from_input() if path == STANDARD_INPUT else read_set(path)
    if not as_json and reading.findings:
        say(render_all(reading.findings, reading.sources), findings)
    told: dict[str, Any] = {"findings": _records(reading.findings, reading.sources)}
    if errors and reading.tree is not None:
        told["errors"] = list(_possible_errors(reading.tree, reading.sources))
    if as_json:
        print_json(told)
    if has_errors(reading.findings):
        number = counted(len(reading.findings), "finding")
        stop(refusal(reading.findings), number, quiet=as_json)
    if path == STANDARD_INPUT:
        Engine.from_text({source.file: source.text for source in reading.sources})
    else:
        loaded(path)  # raises what could not be put in force
    if not as_json:
        _show_errors(told.get("errors", ()))
        found = counted(len(reading.findings), "warning") if reading.findings else "nothing"
        print(f"{counted(len(reading.sources), 'file')} checked, {found} found")


def _from_input() -> Reading:
    """The set of one file that comes from standard input."""
    source, found = decode(STANDARD_INPUT_NAME, sys.stdin.buffer.read())
    if found:
        return Reading((source,), None, None, found)
    return read_set(None, {STANDARD_INPUT_NAME: source.text})


def _check_bundle(path: Path, *, errors: bool, as_json: bool) -> None:
    """Read all of a bundle: raises what is wrong with it."""
    engine = loaded(path)
    engine.warm()
    told = {"errors": list(_possible_errors(engine.rules(), ()))} if errors else {}
    if as_json:
        print_json({"findings": [], **told})
    else:
        _show_errors(told.get("errors", ()))
        print(f"a bundle of {counted(len(engine.rules().blocks), 'block')}, nothing found")


def _possible_errors(tree: RuleTree, sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
    """For each rule what can err on input that is as declared; of a bundle without its line."""
    by_file = {source.file: source for source in sources}
    for block in tree.blocks.values():
        for rule in block.rules:
            span = rule.reference.spans[0]
            source = by_file.get(span.file)
            yield {
                "block": block.name,
                "effect": rule.reference.effect,
                "rule": rule.reference.id,
                "file": span.file,
                "line": source.position(span.start).line if source else None,
                "errors": possible_errors(rule.condition),
            }


def _show_errors(rules: Iterable[Mapping[str, Any]]) -> None:
    for rule in rules:
        place = f"{rule['file']}:{rule['line']}: " if rule["line"] is not None else ""
        print(f"{place}{rule['block'] or 'the API'}: {rule['effect']} {rule['rule']}")
        print(f"  {'; '.join(rule['errors']) or 'cannot err'}")


def compile_policy(path: PolicyPath, output: BundleFile, *, as_json: AsJson = False) -> None:
    """Write a policy as a bundle: one file that services load without parsing.

    Example: remit compile policies/documents -o documents.bundle
    """
    if output.suffix != BUNDLE:
        raise BadInput(f"{output}: the name of a bundle ends with {BUNDLE}")
    engine = loaded(path)
    with waiting("packing"):
        content = pack(engine.rules())
    _write(output, content)
    blocks = len(engine.rules().blocks)
    if as_json:
        print_json({"blocks": blocks, "bytes": len(content), "digest": engine.digest})
    else:
        print(f"{output}: {counted(blocks, 'block')}, {len(content):,} bytes, digest {engine.digest}")


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole: whoever reads it meanwhile has the one before."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as made:
            made.write(content)
        Path(made.name).replace(path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None


def _records(findings: tuple[Finding, ...], sources: tuple[Source, ...]) -> list[Any]:
    by_file = {source.file: source for source in sources}

    def beside(span: Span | None) -> Source | None:
        return None if span is None else by_file.get(span.file)

    return [as_record(each, beside(each.span), beside(each.other)) for each in findings]
