"""Letting go of old records while clients send, by age and by size."""

import asyncio
import signal

import pytest

from tests.faults import Senders, records, start_ready, unexpected, value, wait_folded

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

SECONDS = 150  # retention looks once a minute


@pytest.mark.parametrize("limit", ['max_age = "20s"', 'max_size = "24MiB"'])
def test_retention_lets_go_while_data_comes_in(scratch, say, limit):
    """Records go, commits go on, and what is left is whole: no state without records, no record twice."""
    config = scratch / "sagascope.toml"
    config.write_text(f"[store]\nretention = {{ {limit} }}\n", encoding="utf-8")
    senders = Senders(clients=6, spans=300, loose=False)

    async def send(served):
        sending = asyncio.create_task(senders.send_to(served))
        await asyncio.sleep(SECONDS)
        senders.stop()
        await sending

    with start_ready(scratch / "store.duckdb", "--config", str(config)) as served:
        asyncio.run(send(served))
        client = served.client
        wait_folded(client)
        total, different = records(client)
        transactions = value(client, "SELECT count(*) FROM txn")
        bare = value(client, "SELECT count(*) FROM txn ANTI JOIN record USING (transaction_id)")
        orphans = value(client, "SELECT count(*) FROM step ANTI JOIN txn USING (txn)")
        homeless = value(client, "SELECT count(*) FROM record ANTI JOIN txn USING (transaction_id)")
        code = served.end(signal.SIGTERM)
    ordered = sorted(senders.latencies_s)
    say(
        f"{limit}: {10 * len(senders.acknowledged)} spans acknowledged, {total} left in {transactions} transactions; "
        f"acknowledged after {ordered[len(ordered) // 2] * 1000:.0f} ms (median), "
        f"{ordered[int(len(ordered) * 0.99)] * 1000:.0f} ms (p99), {ordered[-1] * 1000:.0f} ms (longest)"
    )

    assert total == different < 10 * len(senders.acknowledged)
    assert (0, 0, 0) == (bare, orphans, homeless)
    assert 0 == code
    assert [] == unexpected(served)
