"""The real sidecar, killed while clients send; the soak test does it fifty times."""

import asyncio
import signal

import pytest

from tests.faults import Senders, assert_kept, assert_state_is_rebuilt, kill_often, start_ready, unexpected

pytestmark = pytest.mark.integration


def test_what_was_acknowledged_outlives_kills(scratch):
    """After kill -9 at random moments every acknowledged span is there once, and the state is that of the records."""
    data = scratch / "store.duckdb"
    senders = Senders(clients=8, spans=40)

    killing = asyncio.run(kill_often(data, senders, kills=5, seed=1, longest_s=1.0))
    with start_ready(data) as served:
        assert_kept(served.client, senders)
        code = served.end(signal.SIGTERM)

    assert senders.acknowledged
    assert senders.resent > 0
    assert [] == [notice for notice in killing.notices if "unfinished write" not in notice]
    assert 0 == code
    assert [] == unexpected(served, ["unfinished write"])
    assert_state_is_rebuilt(data, scratch)
