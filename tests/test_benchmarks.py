"""What the benchmarks measure is the same for all, and their sums are right; no test is about speed."""

import threading
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from benchmarks import campaign, chart, drift, forms, picture, reach, report, spray, throughput
from benchmarks.changes import ratio
from benchmarks.engines import CANDIDATES, Candidate, Ready, Skipped, embedded
from benchmarks.forms import Form
from benchmarks.one import Measured, agreement
from benchmarks.report import YARDSTICK, Results
from benchmarks.scale import Remembered
from benchmarks.scenarios import SCENARIOS
from benchmarks.spray import Sprayed
from remit import Engine

SMALL = ("s1", "s2", "s2-unseen", "s3-100", "tenants-100", "roles-10")
WITHOUT_PEERS = [name for name, each in CANDIDATES.items() if each.peer is None]
SPRAYED = Sprayed(1_000, 1.01, 1.02, 30.0, 33.0)
STEADY = drift.Block(calls=10, seconds=0.02, lap=0.001)


def measured(engine: str, scenario: str, cold: float) -> Measured:
    return Measured(engine, scenario, asked=5, cold=cold, hot=cold, lap=1e-6)


def results(*rows: Measured) -> Results:
    return Results("a machine", "a day", {}, list(rows), [])


GROWN = results(
    *(
        measured(engine, f"s3-{rules}", cost * rules)
        for rules in (10, 100)
        for engine, cost in ((YARDSTICK, 1.0), ("remit allows", 0.5), ("vakt", 20.0))
    ),
    Measured("regorus VM", "s3-10", skipped="not installed (regorus)"),
    Measured("CEL", "s3-10", disagrees="says True to something", asked=3),
)


@pytest.mark.parametrize("scenario", SMALL)
@pytest.mark.parametrize("name", WITHOUT_PEERS)
def test_remit_and_the_rules_by_hand_answer_as_the_scenario_says(name: str, scenario: str) -> None:
    candidate = CANDIDATES[name]
    engine = candidate.engine()
    ready = engine.load(engine.source(SCENARIOS[scenario], candidate.way), candidate.way)
    requests = SCENARIOS[scenario].requests(150)
    assert agreement(ready, SCENARIOS[scenario], requests) == (150, None)


@pytest.mark.parametrize("scenario", SMALL)
def test_requests_are_the_same_each_time_and_of_both_answers(scenario: str) -> None:
    asked = SCENARIOS[scenario].requests(200)
    assert asked == SCENARIOS[scenario].requests(200)
    assert len({request.claims["sub"] for request in asked}) == 200
    assert {SCENARIOS[scenario].answer(request) for request in asked} == {True, False}


@pytest.mark.parametrize("scenario", SMALL)
def test_another_user_with_the_same_request_gets_the_same_answer(scenario: str) -> None:
    for request in SCENARIOS[scenario].requests(200):
        again = request.by_another(1)
        assert again.claims["sub"] != request.claims["sub"]
        assert SCENARIOS[scenario].answer(again) is SCENARIOS[scenario].answer(request)


def test_no_two_scope_strings_are_alike_where_none_was_seen() -> None:
    asked = SCENARIOS["s2-unseen"].requests(100)
    strings = {request.by_another(turn).claims["scope"] for request in asked for turn in range(3)}
    assert len(strings) == 300


def test_a_slower_machine_costs_no_more_laps() -> None:
    slower = replace(STEADY, seconds=0.06, lap=0.003)
    assert drift.cost([[STEADY, slower]]) == pytest.approx(drift.cost([[STEADY, STEADY]]))


def test_one_hiccup_among_three_passes_moves_nothing() -> None:
    hiccup = replace(STEADY, seconds=5.0)
    assert drift.cost([[STEADY], [hiccup], [STEADY]]) == pytest.approx(2.0)


def test_a_request_that_is_slow_each_time_counts_in_full() -> None:
    slow = replace(STEADY, calls=1, seconds=0.09)
    assert drift.cost([[STEADY, slow]] * 3) == pytest.approx((20 + 90) / 11)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_one_of_the_values(percent: int, value: int) -> None:
    assert drift.percentile(range(1, 101), percent) == value


def test_rounds_come_to_their_median() -> None:
    rounds = [measured("vakt", "s2", cold) for cold in (1.0, 9.0, 2.0)]
    assert campaign.median(rounds) == measured("vakt", "s2", 2.0)


def test_what_disagreed_once_is_no_figure() -> None:
    wrong = Measured("vakt", "s2", disagrees="says False to something")
    assert campaign.median([measured("vakt", "s2", 1.0), wrong]) is wrong


def test_an_engine_that_answers_wrongly_is_found_out() -> None:
    ready = Ready(lambda *_: True, lambda _: ())
    asked, wrong = agreement(ready, SCENARIOS["s2"], SCENARIOS["s2"].requests(50))
    assert asked < 50
    assert wrong is not None
    assert wrong.startswith("says True to Request(")


def test_an_engine_that_is_not_installed_is_skipped() -> None:
    with pytest.raises(Skipped, match=r"not installed \(benchmarks.engines.nowhere\)"):
        Candidate("nobody", "nowhere", "").engine()


def test_two_trees_are_compared_round_by_round() -> None:
    pairs = [(measured("", "", new), measured("", "", old)) for new, old in ((1, 2), (30, 20), (9, 10))]
    assert ratio(pairs, "cold") == pytest.approx(0.9)
    assert ratio(pairs, "load") is None


def test_the_page_has_ratios_and_says_who_is_missing() -> None:
    page = report.render(GROWN)
    assert "| vakt (subject at hand) | 20.0x | 20.0x |" in page
    assert f"| 1x: {YARDSTICK}, cold | 10.00 us | 100.00 us |" in page
    assert "- regorus VM, s3-10: not installed (regorus)" in page
    assert "- CEL, s3-10: answers differently, says True to something" in page
    assert "Loading and memory" not in page


def test_results_are_kept_and_read_as_they_were() -> None:
    assert report.read(report.write(GROWN)) == GROWN
    more = replace(GROWN, forms=[Form("dict", 0.5), Form("dataclass", 1.0)], sprayed=SPRAYED)
    assert report.read(report.write(more)) == more
    page = report.render(more)
    assert "| dataclass | 2.00x |" in page
    assert "1,000 tokens of one client" in page
    assert "| dataclass |" not in report.render(GROWN)


def test_every_form_of_a_resource_is_decided_as_it_should_be() -> None:
    engine = Engine.from_text(embedded.texts(SCENARIOS["s2"]))
    right = [SCENARIOS["s2"].answer(request) for request in SCENARIOS["s2"].requests(200)]
    for name, make in forms.makers().items():
        asked = forms.requests_for(SCENARIOS["s2"], make, engine)[:200]
        assert [engine.allows(*each) for each in asked] == right, name


def test_every_token_of_the_client_that_sprays_is_of_a_class_of_its_own() -> None:
    engine = spray.engine()
    spray.spray(engine, SCENARIOS["s2"].requests(1)[0], range(100))
    assert len(engine._epoch.classes) == 100  # noqa: SLF001  (nothing else counts them)


def test_the_picture_has_a_line_for_each_engine() -> None:
    root = ET.fromstring(chart.draw(GROWN))  # noqa: S314  (drawn a moment ago)
    svg = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{svg}polyline")) == 3
    names = [text.text for text in root.findall(f"{svg}text")]
    assert {YARDSTICK, "remit allows", "vakt", "10", "100"} <= set(names)


def test_names_in_the_picture_keep_apart_and_in_order() -> None:
    placed = picture.apart([100, 101, 102, 300])
    assert placed == [84, 101, 118, 300]


def test_what_was_used_least_recently_is_forgotten() -> None:
    table = Remembered(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        table.ask(key)
    assert (table.hits, len(table)) == (2, 2)


def test_an_engine_bound_to_its_thread_has_a_rate_there_and_none_in_others() -> None:
    home = threading.get_ident()

    def bound(_until: float) -> int:
        if threading.get_ident() != home:
            message = "made in another thread"
            raise RuntimeError(message)
        return 1_000

    assert throughput.by_one(bound) > 0
    assert throughput.by_threads(bound, 2) is None


def test_what_two_threads_decide_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((10.0, 12.0))
    both = threading.Barrier(2)

    def free(_until: float) -> int:
        both.wait(timeout=60)
        return 500

    monkeypatch.setattr(throughput, "time", SimpleNamespace(monotonic=lambda: next(now)))
    assert throughput.by_threads(free, 2) == 500.0


def test_requests_about_few_kinds_are_those_about_many() -> None:
    few, many = SCENARIOS["s3-10"], SCENARIOS["s3-10000"]
    requests = few.requests(300)
    asked = reach.about(requests, 10)
    assert sorted(request.claims["sub"] for request in asked) == sorted(
        r.claims["sub"] for r in requests
    )
    times = Counter(request.kind for request in asked)
    assert set(times.values()) == {30}
    assert times.keys() < set(many.kinds)
    assert {many.answer(request) for request in asked} == {True, False}


def test_each_reach_has_a_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_MANY", SCENARIOS["s3-100"])
    monkeypatch.setattr(reach, "REACHES", (1, 10))
    costs = reach.measure("remit allows", 0.0)
    assert costs.keys() == {1, 10}
    assert min(costs.values()) > 0
