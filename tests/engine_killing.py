"""One mutant of the engine -> how it ended, in a process of its own.

The process is a fork of one that has imported everything, drawn the policies and asked the interpreter
what they mean. It imports anew, from a copy of the package with the mutant in it, what the mutated
module is part of, and nothing else.
"""

import ast
import logging
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import remit
from tests.agreement import Put, Tally
from tests.engine_mutations import Mutant

PACKAGE = Path(remit.__file__).parent
OURS = ("remit", "tests", "benchmarks")
MEMORY = 6 << 30
AFTER = 3  # of so many policies more one sees whether a mutant opens something, once it has been found

# The quick tests of what a decision goes through: those nearest to a module, or to its room, come first.
NEAR = {
    "compiler": ("classes", "challenging", "selection", "remembered", "entitlements"),
    "compiler.bundle": ("bundles",),
    "compiler.conditions": ("operators", "typed_equality", "classes", "selection", "challenging"),
    "compiler.expressions": ("operators", "values", "typed_equality"),
    "compiler.lowering": ("checker", "rereading", "rules"),
    "compiler.operations": ("operators", "values", "typed_equality", "rules"),
    "compiler.reading": ("values", "operators", "doors"),
    "compiler.values": ("values", "typed_equality", "operators"),
    "tokens": ("profiles", "claims", "token_samples", "directory", "issuers", "entitlements", "classes"),
    "decider": ("doors", "classes", "directory", "issuers", "rereading", "challenging"),
    "decider.decision": ("rules", "doors", "challenging", "wire"),
    "decider.horizon": ("rules", "operators"),
    "decider.loading": ("issuers", "bundles", "api_block"),
    "decider.outcomes": ("rules", "doors"),
    "decider.values": ("rules", "operators", "values"),
    "checker": ("values", "typed_equality", "operators", "text", "checker"),
    "bounded": ("classes", "remembered", "reload"),
}
TESTS = (
    *("operators", "values", "doors", "classes", "rules", "selection", "remembered", "entitlements"),
    *("interpreter", "bundles", "directory", "issuers", "profiles", "claims", "token_samples"),
    *("rereading", "challenging", "fixes", "text", "documents", "policies", "policy_tests"),
    *("typed_equality", "bearer_engine", "published_fixes", "checker", "findings", "api_block", "wire"),
    *("reload", "caches"),
)
SLOW = (  # for what they say of one mutant, or said already
    "tests/properties/test_laws.py::test_emitted_is_interpreted",
    "tests/test_rules.py::test_a_digest_is_the_same_in_processes_with_other_hashes",
    "tests/test_reload.py::test_threads_never_see_a_decision_of_another_generation",
    "tests/test_caches.py::test_tables_that_are_too_small_make_nothing_wrong",
)
PROPERTIES = ("combining", "hiding", "laws")


@dataclass(frozen=True, slots=True)
class End:
    """How a mutant ended: `by` what it was killed, None where it lives; whether it opened something."""

    by: str | None
    opened: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What a mutant is put to, in this order."""

    laws: Sequence[Put]
    near: bool
    """Whether of the tests those alone are run that are nearest to the mutant."""
    further: Sequence[Put]
    seconds: int
    """Of processor time, in each process."""


def end_of(mutant: Mutant, trial: Trial, folder: Path) -> End:
    """Put a mutant to the trial; called in a process that is ended thereafter."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (trial.seconds, trial.seconds))
    logging.disable()  # of failures by the hundred
    sys.dont_write_bytecode = True
    parsed = import_module("remit.decider.reading")._parsed  # noqa: SLF001  (parsed once for all)
    try:
        with_mutant(mutant, folder)
        import_module("remit.decider.reading")._parsed.update(parsed)  # noqa: SLF001  (as above)
        put: Callable[[Put, Tally], None] = import_module("tests.agreement").put
    except Exception as error:  # noqa: BLE001  (whatever it is, it is not in force)
        return End(f"import: {type(error).__name__}")
    by, opened = by_laws(trial.laws, put)
    if by is None:
        logging.disable(logging.NOTSET)
        by = by_tests(mutant, near=trial.near)
        logging.disable()
    if by is None:
        by, opened = by_laws(trial.further, put)
        by = by and f"further {by}"
    return End(by, opened)


def by_laws(laws: Sequence[Put], put: Callable[[Put, Tally], None]) -> tuple[str | None, bool]:
    """Where the engine first differs from the interpreter, and whether it allows what that denies."""
    by, left = None, AFTER
    for one in laws:
        tally = Tally()
        try:
            put(one, tally)
        except Exception as error:  # noqa: BLE001  (no engine raises for what is asked)
            tally.found.append(f"{one.seed}: {type(error).__name__}: {error}")
        if any("allows: True" in found or "decide: True" in found for found in tally.found):
            return by or told(tally), True
        if tally.found:
            by = by or told(tally)
        if by is not None:
            left -= 1
            if left == 0:
                break
    return by, False


def told(tally: Tally) -> str:
    return "laws: " + tally.found[0].split("\n", 1)[0][:200]


def by_tests(mutant: Mutant, *, near: bool) -> str | None:
    module = mutant.module.partition(".")[2]
    nearest = NEAR.get(module) or NEAR[module.partition(".")[0]]
    names = dict.fromkeys((*nearest, *(() if near else TESTS)))
    files = [f"tests/test_{name}.py" for name in names]
    files += [f"tests/properties/test_{name}.py" for name in (() if near else PROPERTIES)]
    first = First()
    slow = [f"--deselect={each}" for each in SLOW]
    quiet = (
        "-x",
        "-q",
        "-m",
        "not volume",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore:Module already imported",
    )
    code = pytest.main([*quiet, *slow, *files], plugins=[first])
    return None if code == 0 else first.failed or f"pytest: {code!r}"


class First:
    """What pytest calls, to say which test failed."""

    failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


# ---- the package with the mutant in it


def with_mutant(mutant: Mutant, folder: Path) -> None:
    """Let the package be a copy with the mutant in it, here and in processes that are started."""
    copy_of_package(mutant, folder)
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    import_anew(mutant.module)


def copy_of_package(mutant: Mutant, folder: Path) -> None:
    copy = folder / PACKAGE.name
    shutil.copytree(PACKAGE, copy)
    file = copy.joinpath(*mutant.module.split(".")[1:]).with_suffix(".py")
    file.write_text(mutant.source, encoding="utf-8")
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()


def import_anew(module: str) -> None:
    """Forget a module and all that leans on it, and import it from where it is now."""
    stale = leaning_on(module)
    for name in stale:
        del sys.modules[name]
    for name, kept in sys.modules.items():
        if name.split(".")[0] == PACKAGE.name and hasattr(kept, "__path__"):
            kept.__path__ = [str(Path(sys.path[0]).joinpath(*name.split(".")))]
    found = import_module(module)
    assert found.__file__ is not None
    assert Path(found.__file__).is_relative_to(sys.path[0]), f"{module} is not the mutant's"
    for name, kept in list(sys.modules.items()):
        parent, _, own = name.rpartition(".")
        if (
            parent.split(".")[0] in OURS
            and parent in sys.modules
            and not hasattr(sys.modules[parent], own)
        ):
            setattr(sys.modules[parent], own, kept)


def leaning_on(module: str) -> set[str]:
    """The modules that import a module, or one that does, and itself."""
    stale, grew = {module}, True
    while grew:
        more = {name for name, imports in imported().items() if imports & stale} - stale
        grew = bool(more)
        stale |= more
    return stale


@cache
def imported() -> dict[str, set[str]]:
    """What each of our modules imports, as far as it is loaded."""
    ours = {name: each for name, each in sys.modules.items() if name.split(".")[0] in OURS}
    return {name: set(imports_of(each, ours)) & ours.keys() for name, each in ours.items()}


def imports_of(module: ModuleType, ours: Collection[str]) -> Iterator[str]:
    file: Any = module.__file__
    if file is None:
        return
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module=str(source), names=names):
                inner = {f"{source}.{each.name}" for each in names} & set(ours)
                yield from inner or {source}
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case _:
                pass


def folder_for_copy() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="mutant-")
