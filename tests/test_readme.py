"""What the READMEs show is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from remit import Engine
from remit.decider.reading import read_set
from remit.tools.testing.running import run

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
    [policy], [code, _] = blocks("README.md", "remit"), blocks("README.md", "python")
    (tmp_path / "documents.remit").write_text(policy)
    script = CLAIMS + code.replace("    ...", '    print("allowed")')
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "allowed\n"


def test_the_endpoint_of_the_example_answers_as_the_table_says(tmp_path: Path) -> None:
    [policy], [_, code] = blocks("README.md", "remit"), blocks("README.md", "python")
    (tmp_path / "documents.remit").write_text(policy)
    script = f"""{code}
import asyncio, httpx

async def ask():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as client:
        answer = await client.put("/documents/plan")
        print(answer.status_code, answer.headers["WWW-Authenticate"])

asyncio.run(ask())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == '401 Bearer realm="api"\n'


def base_of(text: str) -> str:
    """The api that an example of the reference stands beside, where it has none of its own."""
    return "" if text.startswith("api ") else blocks("grammar/README.md", "remit")[0]


@pytest.mark.parametrize(
    "text",
    blocks("grammar/README.md", "remit"),
    ids=lambda text: text.split("{", 1)[0].strip(),
)
def test_every_example_of_the_reference_does_what_it_says(text: str) -> None:
    files = {"api.remit": base_of(text), "example.remit": text}
    reading = read_set(None, files)
    assert reading.findings == ()
    assert reading.checked is not None
    results = list(run(Engine.from_text(files), reading.checked))
    assert [(result.text, result.problem) for result in results if result.problem] == []
    assert bool(results) is ("test " in text)
