"""What engines remember never changes an answer; `tests.caches_long` runs the same at full figures."""

import pytest

from tests.caches import LEAST, Strain, compare_with_cold, reload_under_threads, strain


@pytest.mark.volume
def test_an_engine_that_remembers_says_what_a_new_one_says() -> None:
    # failure modes 30, 31, 32, 35
    found = Strain()
    for number in range(8):
        compare_with_cold(f"suite {number}", 6, found)
    assert found.asked > 7_000
    assert 0.2 < found.allowed / found.asked < 0.8
    assert found.wrong == []


def test_each_decision_is_one_policys_whole_while_they_are_exchanged() -> None:
    # failure mode 33
    found = reload_under_threads(reloads=40, threads=4)
    assert found.asked >= 4 * LEAST
    assert found.wrong == []


def test_tables_that_are_too_small_make_nothing_wrong() -> None:
    # failure modes 37, 39
    found, _ = strain(threads=8, seconds=2)
    assert found.asked >= 8 * LEAST
    assert found.wrong == []
