"""The real sidecar, killed fifty times while clients send large requests, and while it checkpoints."""

import asyncio
import signal

import pytest

from tests.faults import Senders, assert_kept, assert_state_is_rebuilt, kill_often, records, start_ready, unexpected

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

KILLS = 50


@pytest.mark.parametrize(("clients", "spans", "seed"), [(8, 40, 11), (6, 300, 12)])
def test_what_was_acknowledged_outlives_fifty_kills(scratch, say, clients, spans, seed):
    """After fifty kills every acknowledged span is there once, and the state is that of the records."""
    data = scratch / "store.duckdb"
    senders = Senders(clients=clients, spans=spans)

    killing = asyncio.run(kill_often(data, senders, kills=KILLS, seed=seed, longest_s=2.0))
    with start_ready(data) as served:
        assert_kept(served.client, senders)
        stored, _ = records(served.client)
        code = served.end(signal.SIGTERM)
    say(
        f"{killing.lives} kills, {killing.killed_before_ready} of them before it was ready; "
        f"{10 * len(senders.acknowledged)} spans acknowledged, {stored} stored, {senders.resent} requests sent again, "
        f"{10 * killing.kept_unanswered} spans of which had been stored, "
        f"{len(killing.notices)} notices of an unfinished write"
    )

    assert [] == [notice for notice in killing.notices if "unfinished write" not in notice]
    assert 0 == code
    assert [] == unexpected(served, ["unfinished write"])
    assert_state_is_rebuilt(data, scratch)
