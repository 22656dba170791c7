"""Engines that remember, beside engines that do not: what each says to the same, under what strain."""

import logging
import random
import resource as process
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from unittest.mock import patch

from benchmarks.scenarios import SCENARIOS
from remit import Decision, Engine, Principal, VerifiedClaims
from remit.decider import doors
from remit.decider.doors import TELL_APART_FROM, Telling
from remit.syntax.render import render
from remit.tokens import principal as principals
from tests.agreement import decide, principal, read, resource
from tests.choices import Choices, Seeded
from tests.generate import draw
from tests.generate_requests import Question, question, subjects_of

POLICY = Path("policies/documents/documents.remit")
BASES, VARIANTS = 40, 120
LEAST = 50  # decisions of each thread, however slow the machine is
_REBOUND = 400  # in so many decisions all principals are bound anew once


@dataclass
class Strain:
    """What was asked, and what was wrong with the answers."""

    asked: int = 0
    allowed: int = 0
    reloads: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        reloads = f"{self.reloads:,} reloads, " if self.reloads else ""
        share = 100 * self.allowed / max(self.asked, 1)
        return f"{reloads}{self.asked:,} decisions, {share:.1f}% allowed, {len(self.wrong)} wrong"


# ---- cached and cold


def compare_with_cold(seed: str, rounds: int, strain: Strain) -> None:
    """Draw a policy and requests, some of which differ in one input; ask each over and over.

    What an engine says that remembers everything is compared with what one said that was just loaded.
    """
    choices = Seeded(seed)
    drawn = draw(choices)
    text = render(drawn.document)
    subjects = subjects_of(read({"policy.remit": text}), seed)
    bases = [question(choices, subjects) for _ in range(BASES)]
    questions = bases + [varied(choices, bases) for _ in range(VARIANTS)]
    engine = Engine.from_text({"policy.remit": text, **drawn.files})
    cold = [by_a_new_engine(engine, one) for one in questions]
    telling = Telling(choices.choice((0, TELL_APART_FROM)), choices.integer(0, 40))
    engine._telling = telling  # noqa: SLF001  (functions for a class: for all heads, now or later)
    kept = [principal(engine, one) for one in questions]
    order = random.Random(seed)
    for turn in range(rounds):
        for place in order.sample(range(len(questions)), len(questions)):
            one, expected = questions[place], cold[place]
            who = kept[place] if (turn + place) % 2 else principal(engine, one)
            strain.asked += 1
            strain.allowed += expected.allowed
            said = decide(engine, one, who)
            if said != expected or allows(engine, one, who) is not expected.allowed:
                strain.wrong.append(f"seed {seed}, turn {turn}: {said!r}, not {expected!r}: {one}")
            if not order.randrange(_REBOUND):
                engine.invalidate_principals()


def varied(choices: Choices, bases: list[Question]) -> Question:
    """A request with one input of another."""
    one, other = choices.choice(bases), choices.choice(bases)
    match choices.integer(0, 4):
        case 0:
            return replace(one, claims=other.claims, header=other.header)
        case 1:
            return replace(one, context=other.context)
        case 2:
            return replace(one, now=other.now)
        case 3 if other.resource_type == one.resource_type:
            return replace(one, resource=other.resource)
        case _:
            return replace(one, claims=one_claim_of_another(choices, one, other))


def one_claim_of_another(choices: Choices, one: Question, other: Question) -> dict[str, object] | None:
    if one.claims is None or other.claims is None:
        return other.claims
    name = choices.choice(sorted({*one.claims, *other.claims}))
    left = {key: value for key, value in one.claims.items() if key != name}
    return left | ({name: other.claims[name]} if name in other.claims else {})


def by_a_new_engine(engine: Engine, one: Question) -> Decision:
    """What the set says that was in force when nothing was remembered of anything."""
    loaded = engine._origin.load()  # noqa: SLF001  (parsing it again would be all that took time)
    engine._epoch = engine._publish(loaded, 1)  # noqa: SLF001  (as above)
    return decide(engine, one, principal(engine, one))


def allows(engine: Engine, one: Question, who: Principal | None) -> bool:
    return engine.allows(
        who,
        one.action,
        resource(one),
        context=one.context,
        parameters=one.parameters,
        now=one.now,
    )


# ---- reloads under threads

SHUT = (
    POLICY.read_text()
    .replace("  permit read to shared_with\n", "  permit read to shared_with\n  forbid read to anyone\n")
    .replace("scope read:", "scope a:first, read:")
)
"""The documents policy, but that nobody may read, and that scopes have other numbers."""


def reload_under_threads(reloads: int, threads: int) -> Strain:
    """Exchange two policies while threads decide: each decision is one policy's whole."""
    texts = {0: {"policy.remit": SHUT}, 1: {"policy.remit": POLICY.read_text()}}
    engine = Engine.from_text(texts[1])
    requests = SCENARIOS["s2"].requests(200)
    right = [SCENARIOS["s2"].answer(request) for request in requests]
    whole, stop, lock = Strain(), threading.Event(), threading.Lock()

    def ask(seed: int) -> None:
        numbers, mine = random.Random(seed), Strain()
        kept = [engine.principal(VerifiedClaims(request.claims)) for request in requests]
        while not stop.is_set() or mine.asked < LEAST:
            place = numbers.randrange(len(requests))
            claims, action, kind, thing = requests[place]
            who = kept[place] if numbers.randrange(4) else engine.principal(VerifiedClaims(claims))
            before = engine.generation
            said = engine.decide(who, action, (kind, thing))
            allowed = engine.allows(who, action, (kind, thing))
            same = said.generation == engine.generation
            expected = right[place] and (action != "read" or said.generation % 2 == 1)
            mine.asked += 1
            mine.allowed += said.allowed
            if said.allowed is not expected or said.generation < before:
                mine.wrong.append(
                    f"generation {said.generation} after {before}: {said!r} to {requests[place]}"
                )
            if same and allowed is not expected:
                mine.wrong.append(f"allows says {allowed} in generation {said.generation}")
        with lock:
            added(whole, mine)

    with running([partial(ask, seed) for seed in range(threads)], stop), failures(whole):
        for number in range(reloads):
            changed = replace(engine._origin, texts=texts[number % 2])  # noqa: SLF001  (as a file would)
            engine._origin = changed  # noqa: SLF001  (as above)
            engine.reload()
            whole.reloads += 1
    return whole


# ---- many threads, small tables


def strain(threads: int, seconds: float) -> tuple[Strain, float]:
    """Let threads decide while all tables are far too small, and one client sends ever new scopes.

    What was asked and what was wrong; by how many per cent the memory grew in the second half, when all
    principals that the threads keep have been asked about.
    """
    requests = SCENARIOS["s2"].requests(1_000)
    right = [SCENARIOS["s2"].answer(request) for request in requests]
    end, whole, stop, lock = monotonic() + seconds, Strain(), threading.Event(), threading.Lock()
    with small_tables(), failures(whole):
        engine = Engine.load(POLICY)
        engine._telling = Telling(0, 8)  # noqa: SLF001  (so that functions are exchanged all the time)

        def ask(seed: int) -> None:
            numbers, mine = random.Random(seed), Strain()
            kept = [engine.principal(VerifiedClaims(request.claims)) for request in requests]
            while not stop.is_set() or mine.asked < LEAST:
                place = numbers.randrange(len(requests))
                claims, action, kind, thing = requests[place]
                way = numbers.randrange(8)
                if way == 0:
                    sprayed = f"{claims['scope']} x{numbers.random()}"
                    claims |= {"azp": "sprayer", "scope": sprayed, "mfa": claims.get("mfa", False)}
                new = way < 3
                who = engine.principal(VerifiedClaims(claims)) if new else kept[place]
                what: Any = (kind, thing) if way % 2 else Document(**thing)
                said = engine.decide(who, action, what)
                allowed = engine.allows(who, action, what)
                mine.asked += 1
                mine.allowed += allowed
                if not said.allowed is allowed is right[place]:
                    mine.wrong.append(f"{said!r} and {allowed} to {requests[place]}")
            with lock:
                added(whole, mine)

        with running([partial(ask, seed) for seed in range(threads)], stop):
            half, first = end - seconds / 2, 0.0
            while monotonic() < end:
                stop.wait(min(1.0, seconds / 20))
                engine.invalidate_principals() if monotonic() % 3 < 2 else engine.reload()
                whole.reloads += 1
                if not first and monotonic() > half:
                    first = resident()
            last = resident()
    return whole, 100 * (last - first) / first


@dataclass
class Document:
    """A resource as services have them."""

    owner: str
    tenant: str
    classification: str
    shared_with: list[str]


@contextmanager
def small_tables() -> Iterator[None]:
    with (
        patch.object(doors, "_MAX_CLASSES", 64),
        patch.object(doors, "_MAX_CLASSES_OF_A_CLIENT", 16),
        patch.object(doors, "_MAX_WAYS", 16),
        patch.object(doors, "_MAX_WAYS_OF_A_CLIENT", 4),
        patch.object(principals, "_MAX_ENTITLEMENTS", 64),
        patch.object(principals, "_MAX_ENTITLEMENTS_OF_A_CLIENT", 16),
    ):
        yield


@contextmanager
def running(work: list[Callable[[], None]], stop: threading.Event) -> Iterator[None]:
    """Threads that work until the block is left."""
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def failures(strain: Strain) -> Iterator[None]:
    """Count what fails inside of a decision, or in a thread, as wrong."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            strain.wrong.append(record.getMessage())

    told = Told()
    logging.getLogger("remit").addHandler(told)
    hook, threading.excepthook = threading.excepthook, lambda args: strain.wrong.append(repr(args))
    try:
        yield
    finally:
        threading.excepthook = hook
        logging.getLogger("remit").removeHandler(told)


def added(whole: Strain, part: Strain) -> None:
    whole.asked += part.asked
    whole.allowed += part.allowed
    whole.wrong += part.wrong


def resident() -> float:
    """Kilobytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * process.getpagesize() / 1024
