"""What the READMEs show is what happens."""

import re
import subprocess
import sys
from pathlib import Path

from remit.decider.loading import read_set

CLAIMS = """
import time
claims = {
    "iss": "https://example.eu.auth0.com/",
    "aud": "https://api.example.com/documents",
    "sub": "auth0|ann",
    "exp": time.time() + 60,
    "scope": "read:documents",
    "roles": ["viewer"],
    "tenant": "acme",
}
"""


def blocks(file: str, language: str) -> list[str]:
    return re.findall(f"```{language}\n(.*?)```", Path(file).read_text(), re.DOTALL)


def test_the_example_works_word_for_word_in_an_empty_folder(tmp_path: Path) -> None:
    [policy], [code] = blocks("README.md", "remit"), blocks("README.md", "python")
    (tmp_path / "documents.remit").write_text(policy)
    script = CLAIMS + code.replace("    ...", '    print("allowed")')
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "allowed\n"


def test_the_reference_shows_policy_text_that_can_be_read() -> None:
    api, declarations, rules, tests = blocks("grammar/README.md", "remit")
    resource = declarations.rstrip().removesuffix("}") + rules + "}\n"
    scopes = api.replace("role viewer grants", "scope publish:documents\n  role viewer grants")
    assert read_set(None, {"reference.remit": scopes + resource}).findings == ()
    findings = read_set(None, {"tests.remit": tests}).findings
    assert [f.code for f in findings if f.code.startswith("R1")] == []
