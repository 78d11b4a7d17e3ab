"""The real sidecar, killed while clients send; the soak test does it fifty times."""

import asyncio
import json
import re
import shutil
import signal
import urllib.request
from dataclasses import replace

import pytest

from tests.faults import (
    Senders,
    assert_kept,
    assert_state_is_rebuilt,
    kill_often,
    lines,
    start_ready,
    stored,
    unexpected,
    wait_folded,
)
from tracer.clock import SystemClock
from tracer.store.store import Store
from tracer.store.wal import wal_path

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


def test_a_stop_in_the_middle_of_traffic_loses_nothing(scratch):
    """SIGTERM while clients send drains and exits 0; what was acknowledged is there, and folded."""
    data = scratch / "store.duckdb"
    senders = Senders(clients=8, spans=40)

    async def send_and_stop(served):
        sending = asyncio.create_task(senders.send_to(served))
        while len(senders.acknowledged) < 100:  # noqa: ASYNC110  a set tells nobody
            await asyncio.sleep(0.01)
        code = await asyncio.to_thread(served.end, signal.SIGTERM)
        await sending
        return code

    with start_ready(data) as served:
        code = asyncio.run(send_and_stop(served))
    assert_state_is_rebuilt(data, scratch)
    with start_ready(data) as again:
        assert_kept(again.client, senders)

    assert 0 == code
    assert [] == unexpected(served)
    assert [] == unexpected(again)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """A store as kill -9 leaves it, and the clients that filled it."""
    data = tmp_path_factory.mktemp("crashed") / "store.duckdb"
    senders = Senders(clients=1, spans=20)
    with start_ready(data) as served:
        asyncio.run(send(senders, served, 60))
        wait_folded(served.client)
    return data, senders


async def send(senders, served, count):
    """Send until so many more transactions are acknowledged."""
    sending = asyncio.create_task(senders.send_to(served))
    enough = len(senders.acknowledged) + count
    while len(senders.acknowledged) < enough:  # noqa: ASYNC110  a set tells nobody
        await asyncio.sleep(0.01)
    senders.stop()
    await sending


def cut(log):
    """Leave out the last bytes, as a crash in the middle of a write does."""
    return log[:-30]


def damaged_in_a_payload(log):
    """Change a byte of a large entry in the middle, as a bad disk does."""
    at = log.index(b"order-fulfilment", len(log) // 2)
    return log[:at] + b"Order" + log[at + 5 :]


def damaged_in_a_length(log):
    """Change the size of the entry after a commit in the middle, so that nothing after it can be found."""
    at = log.index(b"\x64\x00\x64\xff\xff", len(log) // 2) + 5
    return log[: at + 3] + b"\x7f" + log[at + 4 :]


def damaged_in_its_head(log):
    """Change the first bytes."""
    return b"nothing" + log[7:]


@pytest.mark.parametrize("damage", [cut, damaged_in_a_payload, damaged_in_a_length, damaged_in_its_head])
def test_a_log_that_cannot_be_read_to_its_end_costs_what_is_told(scratch, crashed, damage):
    """The sidecar starts, says how many bytes are lost, has what was committed before, and takes data as ever."""
    data, before = scratch / "store.duckdb", crashed[1]
    log = damage(wal_path(crashed[0]).read_bytes())
    shutil.copyfile(crashed[0], data)
    wal_path(data).write_bytes(log)
    with start_ready(data) as served:
        (told,) = lines(served, "store mended")
        with urllib.request.urlopen(f"{served.api}/readyz") as answer:  # noqa: S310  our own sidecar
            ready = json.load(answer)
        found = stored(served.client)
        senders = Senders(clients=2, spans=40, first=50)
        asyncio.run(send(senders, served, 40))
        kept = replace(senders, acknowledged=senders.acknowledged | found.keys())
        served.end(signal.SIGKILL)
    with start_ready(data) as again:
        assert_kept(again.client, kept)
        code = again.end(signal.SIGTERM)
    lost = int(re.search(r"last (\d+) bytes", told)[1])

    assert set() == found.keys() - before.acknowledged
    assert before.acknowledged - found.keys() or damage is cut
    assert committed(scratch / "expected", crashed[0], log[: len(log) - lost]) == len(found)
    assert (damage is cut) is ("unfinished write" in told)
    assert [log] * (damage is not cut) == [aside.read_bytes() for aside in scratch.glob("*.broken-*")]
    assert (True, 1) == (ready["ready"], len(ready["details"]))
    assert (0, []) == (code, unexpected(again))
    assert_state_is_rebuilt(data, scratch)


def committed(folder, data, log):
    """How many transactions a store has whose log ends there."""
    folder.mkdir()
    shutil.copyfile(data, folder / "store.duckdb")
    wal_path(folder / "store.duckdb").write_bytes(log)
    store = Store.open(folder / "store.duckdb", clock=SystemClock())
    query = "SELECT count(DISTINCT trace_id) FROM record"
    count = store.lend_reader(lambda cursor: cursor.execute(query).fetchall()[0][0])
    store.close()
    return count
