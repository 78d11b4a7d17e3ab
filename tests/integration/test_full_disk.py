"""The real sidecar on a disk that fills up while clients send, and that has room again later."""

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.bench.traffic import SPANS_PER_TRANSACTION, Traffic, template
from tests.faults import (
    PATIENCE_S,
    Senders,
    assert_kept,
    assert_state_is_rebuilt,
    lines,
    start,
    start_ready,
    unexpected,
    value,
    wait_folded,
)
from tests.small_disk import MIB, small_disk
from tracer.views import TransactionQuery

pytestmark = pytest.mark.integration

SMALL, LARGE = 4 * MIB, 512 * MIB


async def until(condition):
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come to hold in time"
        await asyncio.sleep(0.05)


def ask(url, body=None, **headers):
    """Ask over HTTP; the status, the headers and the body, also of a refusal."""
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  our own sidecar
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310  our own sidecar
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def retry_info(refusal):
    """Read the retry hints of a refused gRPC call, in seconds."""
    status = rpc_status.from_call(refusal)
    hints = [error_details_pb2.RetryInfo() for _ in status.details] if status else []
    return [
        hint.retry_delay.ToTimedelta().total_seconds()
        for hint, at in zip(hints, status.details, strict=True)
        if at.Unpack(hint)
    ]


def post(served, spans, first):
    """Send a request over HTTP whose transactions are numbered from `first`; what `ask` gives."""
    body = Traffic(template(spans), seed=first, first=first).request(time.time_ns())
    return ask(f"http://{served.otlp_http}/v1/traces", body, **{"Content-Type": "application/x-protobuf"})


def tell_of_one(served, senders):
    """Send one transaction and wait until the list has it: a small disk may be full before the first fold."""
    number = 98_000_000
    assert 200 == post(served, SPANS_PER_TRANSACTION, number)[0]
    senders.acknowledged.add(number)
    wait_folded(served.client)


def while_full(served, acknowledged):
    """What senders, readers and watchers are told while the disk is full."""
    sent = post(served, 500, 99_000_000)
    readyz = ask(f"{served.api}/readyz")
    return {
        "http": (sent[0], sent[1]["Retry-After"]),
        "healthz": ask(f"{served.api}/healthz")[0],
        "readyz": readyz[0],
        "why": [detail for detail in json.loads(readyz[2])["details"] if "disk" in detail and "full" in detail] != [],
        "states": [each.state for each in served.client.collectors().collectors],
        "lists": served.client.transactions(TransactionQuery(limit=5)).total > 0,
        "records": value(served.client, "SELECT count(*) FROM record") >= acknowledged,
    }


def test_a_full_disk_is_a_retryable_answer_and_heals_by_itself(scratch):
    """While the disk is full senders are told to come again and readers are answered; then it heals by itself."""
    senders = Senders(clients=4, spans=100)

    async def fill_and_make_room(disk, served):
        sending = asyncio.create_task(senders.send_to(served))
        await until(lambda: len(senders.refusals) > 10)
        told = await asyncio.to_thread(while_full, served, len(senders.acknowledged))
        before = len(senders.acknowledged)
        disk.resize(LARGE)
        await until(lambda: len(senders.acknowledged) > before + 200)
        senders.stop()
        await sending
        return told

    with small_disk(scratch / "disk", SMALL) as disk:
        data = disk.path / "store.duckdb"
        with start_ready(data, logs=scratch) as served:
            tell_of_one(served, senders)
            told = asyncio.run(fill_and_make_room(disk, served))
            assert_kept(served.client, senders)
            healed = ask(f"{served.api}/readyz")[0]
        with start_ready(data, logs=scratch) as again:  # after kill -9
            assert_kept(again.client, senders)
            code = again.end(signal.SIGTERM)
        assert_state_is_rebuilt(data, scratch)

    assert {
        "http": (503, "1"),
        "healthz": 200,
        "readyz": 503,
        "why": True,
        "states": ["degraded"],
        "lists": True,
        "records": True,
    } == told
    assert {(1.0,)} == {tuple(retry_info(refusal)) for refusal in senders.refusals}
    assert (200, 0) == (healed, code)
    # Once for each time that it begins: a smaller commit may still find room in between. Never for each refusal.
    assert 1 <= len(lines(served, "commits fail", "full")) < len(senders.refusals) / 2
    assert [] == unexpected(served, ["commits fail", "job fails"])
    assert [] == unexpected(again)


def test_stopping_on_a_full_disk_loses_nothing(scratch):
    """SIGTERM on a full disk ends with 0; what was acknowledged is there when the disk has room."""
    senders = Senders(clients=4, spans=100)

    async def fill(served):
        sending = asyncio.create_task(senders.send_to(served))
        await until(lambda: len(senders.refusals) > 10)
        code = await asyncio.to_thread(served.end, signal.SIGTERM)
        await sending
        return code

    with small_disk(scratch / "disk", SMALL) as disk:
        data = disk.path / "store.duckdb"
        with start_ready(data, logs=scratch) as served:
            code = asyncio.run(fill(served))
        disk.resize(LARGE)
        with start_ready(data, logs=scratch) as again:
            assert_kept(again.client, senders)
            assert 0 == again.end(signal.SIGTERM)
        assert_state_is_rebuilt(data, scratch)

    assert 0 == code
    assert [] == unexpected(again)


def test_starting_on_a_full_disk_is_told_in_a_line(scratch):
    """A disk without room for an empty store is one line that names the file, and exit code 4."""
    with small_disk(scratch / "disk", 64 * 1024) as disk, start(disk.path / "store.duckdb", logs=scratch) as served:
        is_ready, code = served.wait_ready(), served.ended()

    assert (False, 4) == (is_ready, code)
    said = served.said().splitlines()
    assert 1 == len(said)
    assert "store.duckdb" in said[0]
    assert "full" in said[0]
