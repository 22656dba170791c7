"""Policy sets -> what pytest collects in their files: an item for each request that a test puts.

A file has the tests that stand in it, whichever files of its set they speak of. A set that is refused is
an error of collection in each of its files, told in those that something was found in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn

import pytest

from remit.decider.engine import Engine
from remit.decider.reading import Reading, read_set
from remit.diagnostics import has_errors, printable, render_all
from remit.errors import ConfigurationError
from remit.syntax.source import ENDING
from remit.tools.testing.results import Places, placed, trace_lines
from remit.tools.testing.running import Asked, Result, chosen, result_of


class PolicySet:
    """A set, read when its first file is collected."""

    def __init__(self, path: Path) -> None:
        """Of a folder, or of a single file."""
        self.path = path

    @cached_property
    def reading(self) -> Reading:
        """The set as far as it could be read."""
        return read_set(self.path)

    @cached_property
    def engine(self) -> Engine:
        """The set in force. Raises ConfigurationError where it does not say what an engine must know."""
        return Engine.load(self.path)

    @cached_property
    def places(self) -> Places:
        """Where its spans are."""
        return Places(self.reading.sources)

    @cached_property
    def requests(self) -> list[Asked]:
        """What its tests put, in order."""
        return [] if self.reading.checked is None else chosen(self.reading.checked)


class Policies:
    """The plugin that collects the tests of some sets."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Of folders, or single files."""
        self._sets = {path: PolicySet(path) for path in (each.resolve() for each in paths)}

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """The tests of a file, if it is of one of the sets."""
        found = file_path.resolve()
        policy = self._sets.get(found) or self._sets.get(found.parent)
        if policy is None or file_path.suffix != ENDING:
            return None
        return PolicyFile.from_parent(parent, path=file_path, policy=policy)


class PolicyFile(pytest.File):
    """A file of a set."""

    def __init__(self, policy: PolicySet, **node: Any) -> None:  # noqa: ANN401  (what pytest makes it of)
        super().__init__(**node)
        self._policy = policy

    def collect(self) -> Iterator["Test"]:
        """The tests that stand in it."""
        policy = self._policy
        file = str(policy.path / self.path.name if policy.path.is_dir() else policy.path)
        if has_errors(policy.reading.findings):
            self._refuse(policy.reading, file)
        try:
            _ = policy.engine
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from None
        mine = [request for request in policy.requests if request.expectation.span.file == file]
        for name, requests in groupby(mine, lambda request: request.test):
            yield Test.from_parent(self, name=printable(name), policy=policy, requests=[*requests])

    def _refuse(self, reading: Reading, file: str) -> NoReturn:
        places = [finding.span.file if finding.span else file for finding in reading.findings]
        if file not in places:
            raise self.CollectError(f"the policy is refused for what is found in {places[0]}")
        own = [each for each, place in zip(reading.findings, places, strict=True) if place == file]
        raise self.CollectError(render_all(own, reading.sources))


class Test(pytest.Collector):
    """A test block."""

    def __init__(self, policy: PolicySet, requests: list[Asked], **node: Any) -> None:  # noqa: ANN401  (as above)
        super().__init__(**node)
        self._policy = policy
        self._requests = requests

    def collect(self) -> Iterator["Expected"]:
        """What it expects; what it expects again has a number."""
        texts = Counter[str]()
        for request in self._requests:
            text = printable(request.text)
            texts[text] += 1
            name = text if texts[text] == 1 else f"{text} ({texts[text]})"
            yield Expected.from_parent(self, name=name, policy=self._policy, request=request)


class Unexpected(Exception):
    """A request did not come out as expected."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.problem)
        self.result = result


class Expected(pytest.Item):
    """A request, and the answer that is expected of it."""

    def __init__(self, policy: PolicySet, request: Asked, **node: Any) -> None:  # noqa: ANN401  (as above)
        super().__init__(**node)
        self._policy = policy
        self._request = request

    def runtest(self) -> None:
        """Put the request. Raises Unexpected."""
        result = result_of(self._policy.engine, self._request)
        if result.problem is not None:
            raise Unexpected(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  (as pytest has them)
        """What is other than expected, and every rule with what decided it."""
        if not isinstance(excinfo.value, Unexpected):
            return super().repr_failure(excinfo, style)
        result, places = excinfo.value.result, self._policy.places
        problem = placed(str(result.problem), result, places)
        lines = [problem, f"at {places.of(result.span)}", *trace_lines(result, places)]
        return "\n".join(printable(line) for line in lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands, its line counted from nought."""
        line = self._policy.places.line(self._request.expectation.span)
        return self.path, line - 1, f"{self._request.test}: {self.name}"
