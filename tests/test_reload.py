"""No stale yes: a principal past its time, a reload, threads, forks (failure modes of caches)."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from remit import Engine, PolicyError, VerifiedClaims
from remit.decider.inforce import _renew_locks

API = """
api notes {
  audience "https://api.example.com/notes"
  issuer "https://example.eu.auth0.com/" profile auth0
  SCOPES
  role reader grants read:notes
}
resource Note { owner: user action read needs read:notes RULE }
"""
OPEN = API.replace("SCOPES", "scope read:notes").replace("RULE", "permit read to entitled")
# The same scope has another bit here than it has there.
SHUT = API.replace("SCOPES", "scope a:first, read:notes").replace("RULE", "permit read to owner")
NOTE = ("Note", {"owner": "auth0|bob"})
CLAIMS = {
    "iss": "https://example.eu.auth0.com/",
    "aud": "https://api.example.com/notes",
    "sub": "auth0|ann",
    "nbf": 100,
    "exp": 200,
    "scope": "read:notes",
    "roles": ["reader"],
}


class Clock:
    def __init__(self) -> None:
        self.now = 150.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "notes.remit"
    path.write_text(OPEN)
    return path


@pytest.mark.parametrize(("now", "allowed"), [(99.9, False), (100, True), (199.9, True), (200, False)])
def test_a_principal_counts_from_nbf_to_before_exp(now: float, allowed: bool) -> None:
    clock = Clock()
    engine = Engine.from_text(OPEN, clock=clock)
    who = engine.principal(VerifiedClaims(CLAIMS))
    assert engine.decide(who, "read", NOTE).allowed
    clock.now = now
    assert engine.allows(who, "read", NOTE) is allowed
    decision = engine.decide(who, "read", NOTE)
    assert decision.allowed is allowed
    assert engine.explain(who, "read", NOTE).allowed is allowed
    assert decision.valid_until == (200 if allowed else 100 if now < 100 else None)


def test_a_principal_from_before_a_reload_is_judged_by_the_new_policy(policy: Path) -> None:
    engine = Engine.load(policy, clock=Clock())
    who = engine.principal(VerifiedClaims(CLAIMS))
    for text, allowed in ((OPEN, True), (SHUT, False), (OPEN, True)):
        policy.write_text(text)
        generation = engine.reload()
        assert engine.allows(who, "read", NOTE) is allowed
        decision = engine.decide(who, "read", NOTE)
        assert (decision.allowed, decision.generation) == (allowed, generation)


def test_a_reload_that_fails_keeps_what_was_in_force(policy: Path) -> None:
    engine = Engine.load(policy, clock=Clock())
    who = engine.principal(VerifiedClaims(CLAIMS))
    before = engine.digest
    policy.write_text(OPEN + "permit")
    with pytest.raises(PolicyError):
        engine.reload()
    policy.unlink()
    with pytest.raises(PolicyError):
        engine.reload()
    assert (engine.generation, engine.digest) == (1, before)
    assert engine.allows(who, "read", NOTE)


@pytest.mark.parametrize("cut", ["", "\n \n"])
def test_a_file_that_is_half_written_keeps_what_was_in_force(cut: str, tmp_path: Path) -> None:
    # failure mode 49: an editor may cut a file before it writes it
    (tmp_path / "notes.remit").write_text(OPEN)
    forbids = tmp_path / "forbids.remit"
    forbids.write_text('forbid read when owner == "auth0|bob" because "not of bob"')
    engine = Engine.load(tmp_path, clock=Clock())
    who = engine.principal(VerifiedClaims(CLAIMS))
    forbids.write_text(cut)
    with pytest.raises(PolicyError, match="the file is empty"):
        engine.reload()
    assert engine.generation == 1
    assert not engine.allows(who, "read", NOTE)


def test_a_principal_of_another_engine_is_judged_by_this_one() -> None:
    opened, shut = (Engine.from_text(text, clock=Clock()) for text in (OPEN, SHUT))
    who = opened.principal(VerifiedClaims(CLAIMS))
    for _ in range(2):
        assert opened.allows(who, "read", NOTE)
        assert not shut.allows(who, "read", NOTE)
        assert not shut.decide(who, "read", NOTE)


def test_threads_never_see_a_decision_of_another_generation(policy: Path) -> None:
    engine = Engine.load(policy, clock=Clock())
    who = engine.principal(VerifiedClaims(CLAIMS))
    stop = threading.Event()

    def ask() -> list[tuple[int, bool]]:
        seen = set()
        while not stop.is_set():
            decision = engine.decide(who, "read", NOTE)
            seen.add((decision.generation, decision.allowed))
        return sorted(seen)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(60):
                policy.write_text(SHUT if number % 2 == 0 else OPEN)
                engine.reload()
                after = engine.decide(who, "read", NOTE)
                assert (after.generation, after.allowed) == (number + 2, number % 2 == 1)
        finally:
            stop.set()
    # Odd generations were loaded from the open policy.
    for each in asking:
        assert all(allowed is (generation % 2 == 1) for generation, allowed in each.result())


def exit_code_of(child: Callable[[], bool]) -> int:
    """What a forked child answers with: 0 for True."""
    process = os.fork()
    if process == 0:
        code = 2
        try:
            code = 0 if child() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
# From 3.12 on. The other thread is the one over which pytest's processes talk, and the child never does.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_decides_and_reloads_on_its_own(policy: Path) -> None:
    engine = Engine.load(policy, clock=Clock())
    who = engine.principal(VerifiedClaims(CLAIMS))

    def child() -> bool:
        allowed = engine.allows(who, "read", NOTE)
        policy.write_text(SHUT)
        engine.reload()
        return allowed and not engine.allows(who, "read", NOTE)

    # As if another thread were loading and emitting at the moment of the fork.
    with engine._reloading, engine._epoch.functions._lock:  # noqa: SLF001  (no other way to be in that moment)
        assert exit_code_of(child) == 0
    assert engine.allows(who, "read", NOTE)


def test_locks_are_made_anew_in_a_child(policy: Path) -> None:
    engine = Engine.load(policy, clock=Clock())
    with engine._reloading, engine._epoch.functions._lock:  # noqa: SLF001  (as a fork leaves them)
        _renew_locks()
        engine.warm()
        assert engine.reload() == 2


class Note:
    """A resource as an object."""

    def __init__(self, owner: str) -> None:
        self.owner = owner


def test_warm_changes_no_answer() -> None:
    engine = Engine.from_text(OPEN, clock=Clock())
    engine.warm(Note, str)
    kept = engine._epoch.doors  # noqa: SLF001  (what is emitted is not to be seen)
    assert {"Note", Note} < set(kept)
    assert str not in kept
    assert engine.allows(engine.principal(VerifiedClaims(CLAIMS)), "read", Note("auth0|bob"))
    assert engine.allows(engine.principal(VerifiedClaims(CLAIMS)), "read", NOTE)
