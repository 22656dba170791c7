"""Tests of policies as pytest collects them."""

import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest

import remit.tools.testing.collecting  # noqa: F401  (or each run within this process imports it anew)

pytest_plugins = ["pytester"]

POLICY = """
api a { audience "https://a"  issuer "https://i/" profile auth0  scope s }
resource R {
  open: bool
  action read, write needs s
  permit read to anyone when open
}
fixtures ours {
  token ann { scope: "s" }
  resource x: R { open: true }
}
"""
TESTS = """
test "reading" using ours {
  ann may read x
  ann may read x with x { open: false }
}
test "writing" using ours {
  matrix {
    who, resource | read | write
    ann, x        | yes  | yes
  }
}
"""
ONE = POLICY + 'test "one" using ours { ann may not write x }'


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project of two sets, and a file that is of none."""
    pytester.makepyprojecttoml('[tool.pytest]\nremit_policies = ["policies/r", "one.remit"]\n')
    folder = pytester.mkdir("policies") / "r"
    folder.mkdir()
    (folder / "p.remit").write_text(POLICY)
    (folder / "tests.remit").write_text(TESTS)
    (folder / "notes.txt").write_text("nothing to collect")
    (pytester.path / "one.remit").write_text(ONE)
    (pytester.path / "other.remit").write_text("of no set")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Without the plugins that are installed here for other reasons."""
    others = ("xdist", "hypothesispytest", "anyio", "cacheprovider", "asyncio")
    without = [part for name in others for part in ("-p", f"no:{name}")]
    return project.runpytest_inprocess("-p", "remit_pytest", "-v", *without, *arguments)


def test_each_expectation_and_each_cell_is_an_item_with_its_trace(project: pytest.Pytester) -> None:
    done = run(project)
    done.assert_outcomes(passed=3, failed=2)
    done.stdout.fnmatch_lines(
        [
            "one.remit::one::ann may not write x PASSED*",
            "policies/r/tests.remit::reading::ann may read x PASSED*",
            "policies/r/tests.remit::reading::ann may read x (2) FAILED*",
            "policies/r/tests.remit::writing::ann may read x PASSED*",
            "policies/r/tests.remit::writing::ann may write x FAILED*",
            "*_ reading: ann may read x (2) _*",
            "denied: *",
            "at *tests.remit:4",
            "permit permit-* at *p.remit:6",
            "*decided by: false open (False)",
            "*_ writing: ann may write x _*",
            "at *tests.remit:9",
        ]
    )


def test_one_file_and_one_test_are_picked_as_any_others_are(project: pytest.Pytester) -> None:
    run(project, "one.remit").assert_outcomes(passed=1)
    run(project, "policies", "-k", "writing").assert_outcomes(passed=1, failed=1, deselected=2)
    run(project, "policies/r/tests.remit::reading::ann may read x").assert_outcomes(passed=1)


def test_policies_are_run_beside_the_paths_of_the_configuration(project: pytest.Pytester) -> None:
    project.makepyprojecttoml(
        '[tool.pytest]\ntestpaths = ["tests", "policies"]\n'
        'remit_policies = ["policies/r", "one.remit"]\n'
    )
    tests = project.mkdir("tests")
    (tests / "test_a.py").write_text("def test_a():\n    pass\n")
    run(project).assert_outcomes(passed=4, failed=2)
    run(project, "tests").assert_outcomes(passed=1)


def test_a_policy_that_is_refused_is_an_error_of_collection_with_its_findings(
    project: pytest.Pytester,
) -> None:
    (project.path / "policies" / "r" / "p.remit").write_text(POLICY.replace("when open", "when opne"))
    done = run(project)
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(
        [
            "*error[[]R205[]]: unknown attribute or relation `opne`*",
            "*p.remit:6:*",
            "*did you mean `open`?",
            "*the policy is refused for what is found in *p.remit",
        ]
    )


def test_a_policy_that_cannot_be_in_force_by_itself_is_an_error_of_collection(
    project: pytest.Pytester,
) -> None:
    (project.path / "one.remit").write_text(ONE.replace('audience "https://a"', ""))
    done = run(project, "one.remit")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*audience*"])


def test_a_failure_of_pytests_own_is_shown_as_ever(project: pytest.Pytester) -> None:
    project.makeconftest("def pytest_runtest_call(item):\n    raise ValueError('of a hook')\n")
    done = run(project, "one.remit")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*ValueError: of a hook*"])


def test_pytest_finds_the_plugin_where_the_package_says() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert resolve_name(project["entry-points"]["pytest11"]["remit_pytest"]).OPTION == "remit_policies"


def test_who_names_no_policy_collects_none_and_imports_nothing_of_remit(
    pytester: pytest.Pytester,
) -> None:
    (pytester.path / "one.remit").write_text(ONE)
    run(pytester).assert_outcomes()
    code = "import sys, remit_pytest; sys.exit('remit' in sys.modules or 'pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
