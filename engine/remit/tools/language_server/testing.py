"""A policy without an error -> how its tests came out, test by test.

Nothing is decided of a policy of which a part could not be read or is in error.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remit.decider.engine import Engine
from remit.diagnostics import has_errors
from remit.errors import ConfigurationError
from remit.syntax import tree
from remit.syntax.source import read_beside
from remit.tools.language_server.policy import Diagnosis, Policy
from remit.tools.testing.running import Result, chosen, result_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test block came out."""

    name: str
    passed: int
    failed: tuple[Result, ...]

    @property
    def said(self) -> str:
        """In a few words."""
        return f"{self.passed} passed, {len(self.failed)} failed"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running the tests of one version of a policy; `refusal`: why they did not run."""

    policy: Policy
    outcomes: tuple[Outcome, ...] = ()
    refusal: str | None = None


def run_tests(policy: Policy, diagnosis: Diagnosis) -> Run:
    """Run every test of a policy."""
    if has_errors(diagnosis.findings) or diagnosis.checked is None:
        return Run(policy, refusal="the policy has errors: mend these first")
    try:
        engine = Engine.from_text(dict(_texts(policy)))
    except ConfigurationError as error:
        return Run(policy, refusal=str(error))
    results = [result_of(engine, request) for request in chosen(diagnosis.checked)]
    return Run(policy, tuple(_outcomes([test.name for test in diagnosis.checked.tests], results)))


def _outcomes(names: Iterable[str], results: Iterable[Result]) -> Iterator[Outcome]:
    by_name: dict[str, list[Result]] = {name: [] for name in names}
    for result in results:
        by_name[result.test].append(result)
    for name, own in by_name.items():
        failed = tuple(result for result in own if result.problem is not None)
        yield Outcome(name, len(own) - len(failed), failed)


def _texts(policy: Policy) -> Iterator[tuple[str, str]]:
    """The files of a policy, and those that it names."""
    for file in policy.files.values():
        yield file.name, file.source.text
        for name in _named(file.items):
            yield name, (read_beside(file.name, name) or b"").decode()


def _named(items: Iterable[tree.Item]) -> Iterator[str]:
    for item in items:
        match item:
            case tree.Data(file=file):
                yield str(file.value)
            case tree.Api(items=inner) | tree.Resource(items=inner):
                for each in inner:
                    if isinstance(each, tree.ScopesFrom | tree.ActionsFrom):
                        yield str(each.file.value)
            case _:
                pass
