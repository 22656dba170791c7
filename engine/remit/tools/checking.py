"""`remit check` and `compile`: what is wrong with a policy, and a bundle of one that is in order."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from remit.checker.totality import possible_errors
from remit.compiler.bundle import pack
from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import read_set
from remit.diagnostics import Finding, as_record, has_errors, render_all
from remit.spans import Source
from remit.tools.colours import findings, say
from remit.tools.inputs import BadInput, loaded
from remit.tools.options import AsJson, PolicyPath
from remit.tools.terminal import BAD_POLICY, counted, print_json, stop, waiting

ListErrors = Annotated[
    bool,
    typer.Option("--errors", help="Say of each rule what can err though all input is as declared."),
]
BundleFile = Annotated[
    Path, typer.Option("--output", "-o", help=f"Where to write it; the name ends with {BUNDLE}.")
]


def check(path: PolicyPath, *, errors: ListErrors = False, as_json: AsJson = False) -> None:
    """Report everything that is wrong with a policy.

    Example: remit check policies/documents
    """
    if path.suffix == BUNDLE:
        _check_bundle(path, as_json=as_json)
        return
    with waiting("checking"):
        reading = read_set(path)
    if as_json:
        print_json({"findings": _records(reading.findings, reading.sources)})
    elif reading.findings:
        say(render_all(reading.findings, reading.sources), findings)
    if has_errors(reading.findings):
        stop(BAD_POLICY, counted(len(reading.findings), "finding"), quiet=as_json)
    engine = loaded(path)
    if as_json:
        return
    if errors:
        _show_errors(engine)
    found = counted(len(reading.findings), "warning") if reading.findings else "nothing"
    print(f"{counted(len(reading.sources), 'file')} checked, {found} found")


def _check_bundle(path: Path, *, as_json: bool) -> None:
    """Read all of a bundle: raises what is wrong with it."""
    engine = loaded(path)
    engine.warm()
    if as_json:
        print_json({"findings": []})
    else:
        print(f"a bundle of {counted(len(engine.rules().blocks), 'block')}, nothing found")


def _show_errors(engine: Engine) -> None:
    """For each rule whether it can err on input that is as declared."""
    for block in engine.rules().blocks.values():
        for rule in block.rules:
            problems = possible_errors(rule.condition)
            where = f"{block.name or 'the API'}: {rule.reference.effect} {rule.reference.id}"
            print(f"{where}\n  {'; '.join(problems) or 'cannot err'}")


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
    return [as_record(f, by_file.get(f.span.file) if f.span else None) for f in findings]
