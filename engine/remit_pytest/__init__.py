"""pytest's way to the tests that policies carry: nothing of remit is imported before they are asked for.

    [tool.pytest.ini_options]
    remit_policies = ["policies/documents", "policies/todo.remit"]

Each folder, or single file, is one policy set. What is found below the paths that pytest is given, or
all of it where it is given none, is collected: an item for each expectation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION = "remit_policies"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say by which option policies are named."""
    parser.addini(OPTION, "policy sets whose tests are run: folders, or single files", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """Let the tests of the named policies be collected; do nothing where none is named."""
    policies: list[Path] = config.getini(OPTION)
    if policies:
        from remit.tools.testing.collecting import Policies  # noqa: PLC0415  (only now is it asked for)

        config.pluginmanager.register(Policies(policies), "remit policies")
        _add_paths(config, policies)


def _add_paths(config: pytest.Config, policies: list[Path]) -> None:
    """Collect the policies as well where pytest was told no paths, but has some that it takes then."""
    if config.args_source is config.ArgsSource.TESTPATHS:
        given = [Path(config.invocation_params.dir, argument).resolve() for argument in config.args]
        for policy in policies:
            if not any(policy.resolve().is_relative_to(each) for each in given):
                config.args.append(str(policy))
