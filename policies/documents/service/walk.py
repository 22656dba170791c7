"""A running service -> lines for curl, each with what it is answered; printed, or asked and checked."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from policies.documents.service.servers import Running

_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One request: whose token it carries (None: nobody's), and what has to come back.

    `challenge` is the header WWW-Authenticate as a whole; `holds` is a part of the body.
    """

    says: str
    person: str | None
    method: str
    path: str
    status: int
    challenge: str | None = None
    body: Mapping[str, str] | None = None
    holds: str = ""


STEPS: Final = (
    Step(
        "Ann may read the plan: it is shared with her",
        "ann",
        "GET",
        "/documents/plan",
        200,
        holds='"title":"Plan for next year"',
    ),
    Step(
        "Without a token, the API says what it wants, and nothing of the document",
        None,
        "GET",
        "/documents/plan",
        401,
        'Bearer realm="documents"',
    ),
    Step(
        "A token that has expired",
        "eve-yesterday",
        "GET",
        "/documents/plan",
        401,
        'Bearer realm="documents", error="invalid_token", error_description="the token has expired"',
    ),
    Step(
        "A token for another API, of the same issuer",
        "eve-elsewhere",
        "GET",
        "/documents/plan",
        401,
        'Bearer realm="documents", error="invalid_token", '
        'error_description="the token is not meant for this API: its audience is another"',
    ),
    Step(
        "Ann owns the notes, but never let her application share: no document is loaded",
        "ann",
        "POST",
        "/documents/notes/shares",
        403,
        'Bearer realm="documents", error="insufficient_scope", scope="share:documents"',
        {"user": "auth0|dan"},
        '"missing_scopes":["share:documents"]',
    ),
    Step(
        "Her application may write, but no rule lets Ann herself write the plan: no token changes that",
        "ann",
        "PUT",
        "/documents/plan",
        403,
        body={"title": "Mine", "text": "Mine."},
        holds='"layer":"permission"',
    ),
    Step(
        "To another tenant's admin, the plan is not there",
        "max",
        "GET",
        "/documents/plan",
        404,
        holds='{"title":"Not Found","status":404}',
    ),
    Step(
        "And so it is with what really is not there",
        "max",
        "GET",
        "/documents/no-such-document",
        404,
        holds='{"title":"Not Found","status":404}',
    ),
    Step(
        "What is secret needs a second factor: an admin without one does not see it",
        "dan",
        "GET",
        "/documents/merger",
        404,
    ),
    Step(
        "Eve has logged in with one",
        "eve",
        "GET",
        "/documents/merger",
        200,
        holds='"classification":"secret"',
    ),
    Step(
        "A page of what Ann may read, each document decided about",
        "ann",
        "GET",
        "/documents?limit=3",
        200,
        holds='"next":"notes"',
    ),
    Step(
        "The page behind it",
        "ann",
        "GET",
        "/documents?limit=3&after=notes",
        200,
        holds='{"id":"plan","title":"Plan for next year","actions":["read"]}',
    ),
    Step(
        "Bob has no role, but owns the plan: he may write it",
        "bob",
        "PUT",
        "/documents/plan",
        200,
        body={"title": "Plan for next year", "text": "Less of everything."},
        holds='"text":"Less of everything."',
    ),
    Step(
        "and share it",
        "bob",
        "POST",
        "/documents/plan/shares",
        204,
        body={"user": "auth0|dan"},
    ),
    Step(
        "Eve is an editor, who deletes nothing of others",
        "eve",
        "DELETE",
        "/documents/draft",
        403,
        holds='"layer":"permission"',
    ),
    Step("Dan is an admin, and deletes it", "dan", "DELETE", "/documents/draft", 204),
    Step("Then it is gone", "dan", "GET", "/documents/draft", 404),
)


def lines(running: Running) -> Iterator[tuple[Step, str]]:
    """Each step with its line for a shell: on any of these servers, in this order."""
    for step in STEPS:
        words = ["curl", "-i"]
        if step.method != "GET":
            words += ["-X", step.method]
        if step.person is not None:
            words += ["-H", f"Authorization: Bearer {running.issuer.token(step.person)}"]
        if step.body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(step.body)]
        yield step, shlex.join([*words, running.url + step.path])


def ask(line: str, client: httpx.Client) -> httpx.Response:
    """What comes back, where such a line is sent word for word."""
    words = iter(shlex.split(line)[2:])
    method, url, headers, body = "GET", "", list[tuple[str, str]](), None
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers.append((name, value))
            case "-d":
                body = next(words)
            case _:
                url = word
    return client.request(method, url, headers=headers, content=body)


def show(running: Running) -> None:
    """Print all lines, to be pasted."""
    for number, (step, line) in enumerate(lines(running), start=1):
        print(f"\n# {number}. {step.says}: {step.status}\n{line}")


def check(running: Running) -> bool:
    """Send each line, and print what comes back: whether all of it is as the step says."""
    wrong = 0
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        for number, (step, line) in enumerate(lines(running), start=1):
            print(f"\n{number}. {step.says}\n   {step.method} {step.path}, {_whose(step)}")
            reply = ask(line, client)
            print(f"   {reply.status_code} {reply.reason_phrase}")
            challenge = reply.headers.get("www-authenticate")
            if challenge is not None:
                print(f"   WWW-Authenticate: {challenge}")
            if reply.text:
                print(f"   {reply.text}")
            if (reply.status_code, challenge) != (step.status, step.challenge):
                wrong += 1
                print(f"   WRONG: not {step.status} with the challenge {step.challenge}")
            elif step.holds not in reply.text:
                wrong += 1
                print(f"   WRONG: it does not hold {step.holds}")
    print(f"\n{len(STEPS) - wrong} of {len(STEPS)} answers are as they should be")
    return wrong == 0


def _whose(step: Step) -> str:
    return "without a token" if step.person is None else f"with the token of {step.person}"
