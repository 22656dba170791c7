"""Neither order, files, repetition nor a process's hash seed changes a digest or a decision."""

import pytest

from tests.order_long import differences


@pytest.mark.volume
def test_processes_that_hash_otherwise_decide_alike() -> None:
    # failure mode 5, scaled down from 50 processes
    assert differences(4) == []
