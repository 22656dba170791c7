"""Hiding attacks on the worked policies; `tests.hiding_long` makes a million of them."""

import random
from pathlib import Path

import pytest

from tests.hiding_long import holes
from tests.worked import FOLDERS, allowed, worked


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_leaving_something_out_of_a_request_opens_nothing(folder: Path) -> None:
    # failure modes 2 and 3, scaled down from 1e6
    assert list(holes(folder, 2_000, random.Random(folder.name))) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_requests_that_are_attacked_are_those_of_the_tests(folder: Path) -> None:
    policy = worked(folder)
    for request in policy.requests:
        assert allowed(policy.engine, request) is request.expectation.allowed
