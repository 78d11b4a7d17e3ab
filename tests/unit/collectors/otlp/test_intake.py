"""The intake groups requests, and acknowledges none before its records are committed."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors.otlp import intake as intake_module
from collectors.otlp.decode import Decoder
from collectors.otlp.intake import Intake, Pending
from collectors.otlp.tally import Tally
from tracer.clock import FixedClock
from tracer.errors import Busy, Rejected, StoreError, TooLarge
from tracer.ports import Position


class GatedSink:
    """Keeps what is written; each write waits for the gate."""

    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        self.errors: list[Exception] = []

    async def write(self, batch: pa.RecordBatch, *, positions: Sequence[Position] = ()) -> None:
        """Keep a batch when the gate opens, or raise the next error."""
        assert () == positions
        self.entered.set()
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append(batch)

    @property
    def names(self) -> list[list[str]]:
        """The names of the records, batch by batch."""
        return [batch["name"].to_pylist() for batch in self.batches]


def body(name: str) -> bytes:
    """Make a request of one span."""
    request = ExportTraceServiceRequest()
    rng = random.Random(name)
    request.resource_spans.add().scope_spans.add().spans.add(
        name=name, trace_id=rng.randbytes(16), span_id=rng.randbytes(8), start_time_unix_nano=1, end_time_unix_nano=2
    )
    return request.SerializeToString()


def submit(intake: Intake, signal: Any, data: bytes) -> Pending:
    """Submit a request that holds no room."""
    return intake.submit(signal, data, lambda: None)


def run(scenario: Callable[[Intake, GatedSink, Tally], Awaitable[None]], decoder: Any = None) -> None:
    """Run a scenario with a started intake, and stop it in the end."""

    async def main() -> None:
        sink, tally = GatedSink(), Tally()
        plain = Decoder(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000)
        intake = Intake(decoder=decoder or plain, sink=sink, clock=FixedClock(7), tally=tally)
        intake.start()
        try:
            await scenario(intake, sink, tally)
        finally:
            sink.gate.set()
            await intake.stop()

    asyncio.run(main())


def test_a_small_group_waits_for_those_that_keep_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that come one shortly after the other are written as one group, but it does not wait for ever."""
    monkeypatch.setattr(intake_module, "LINGER_S", 0.05)
    monkeypatch.setattr(intake_module, "LINGERS", 3)

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        sent = []
        while len(sink.batches) < 2:
            sent.append(submit(intake, "traces", body(f"s{len(sent)}")))
            await asyncio.sleep(0.01)
        await asyncio.gather(*(pending.done for pending in sent))

        assert len(sink.names[0]) > 1
        assert [f"s{at}" for at in range(len(sent))] == [name for names in sink.names for name in names]

    run(scenario)


def test_nothing_is_acknowledged_before_the_commit() -> None:
    """While the sink writes, the request waits."""

    async def scenario(intake: Intake, sink: GatedSink, tally: Tally) -> None:
        pending = submit(intake, "traces", body("a"))
        await sink.entered.wait()
        assert not pending.done.done()
        sink.gate.set()
        await pending.done

        assert ([["a"]], 1, 1) == (sink.names, tally.counts()["records"], tally.counts()["groups"])

    run(scenario)


def test_waiting_requests_are_written_together() -> None:
    """What comes during a write is one group after it."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        first = submit(intake, "traces", body("first"))
        await sink.entered.wait()
        others = [submit(intake, "traces", body(name)) for name in ("a", "b", "c")]
        sink.gate.set()
        await asyncio.gather(first.done, *(other.done for other in others))

        assert [["first"], ["a", "b", "c"]] == sink.names

    run(scenario)


def test_groups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group takes no more bytes than its bound, but always one request."""
    monkeypatch.setattr(intake_module, "GROUP_BYTES", len(body("a")) * 2)

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        names = ["a", "b", "c", "d" * 300, "e"]
        await asyncio.gather(*(submit(intake, "traces", body(name)).done for name in names))

        assert [["a", "b"], ["c"], ["d" * 300], ["e"]] == sink.names

    run(scenario)


def test_next_group_is_decoded_during_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """When enough waits, it is decoded while the group before is being written."""
    monkeypatch.setattr(intake_module, "GROUP_BYTES", len(body("a")) * 2)
    decoded: list[int] = []
    twice = threading.Event()

    class Watched(Decoder):
        def decode(self, bodies: Mapping[Any, Sequence[bytes]], *, received_ns: int) -> pa.RecordBatch:
            decoded.append(len(bodies["traces"]))
            if len(decoded) == 2:
                twice.set()
            return super().decode(bodies, received_ns=received_ns)

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        first = submit(intake, "traces", body("a"))
        await sink.entered.wait()
        others = [submit(intake, "traces", body(name)) for name in ("b", "c")]
        await asyncio.to_thread(twice.wait, 10)
        assert ([1, 2], [], False) == (decoded, sink.names, first.done.done())
        sink.gate.set()
        await asyncio.gather(first.done, *(other.done for other in others))

    run(scenario, Watched(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000))


def test_only_the_malformed_request_is_refused() -> None:
    """One malformed request in a group does not cost the others anything, nor a write of their own."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        requests = [submit(intake, "traces", data) for data in (body("a"), b"\xff\xff", body("b"))]
        results = await asyncio.gather(*(request.done for request in requests), return_exceptions=True)

        assert [None, Rejected, None] == [None if result is None else type(result) for result in results]
        assert [["a", "b"]] == sink.names

    run(scenario)


def test_only_malformed_requests() -> None:
    """A group of nothing but malformed requests is refused without a write."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        requests = [submit(intake, "traces", b"\xff"), submit(intake, "logs", b"\xff")]
        results = await asyncio.gather(*(request.done for request in requests), return_exceptions=True)

        assert ([Rejected, Rejected], []) == ([type(result) for result in results], sink.names)

    run(scenario)


def test_empty_requests_are_not_written() -> None:
    """An empty request is acknowledged without a write."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        await submit(intake, "traces", b"").done

        assert [] == sink.names

    run(scenario)


def test_busy_sink() -> None:
    """When the sink is busy, every request of the group is told so, and the next ones go on."""

    async def scenario(intake: Intake, sink: GatedSink, tally: Tally) -> None:
        sink.gate.set()
        sink.errors = [Busy("full", retry_after_s=9)]
        requests = [submit(intake, "traces", body(name)) for name in ("a", "b")]
        results = await asyncio.gather(*(request.done for request in requests), return_exceptions=True)
        await submit(intake, "traces", body("c")).done

        assert [9, 9] == [result.retry_after_s for result in results if isinstance(result, Busy)]
        assert ([["c"]], 1) == (sink.names, tally.counts()["records"])

    run(scenario)


def test_store_error_is_busy(caplog: pytest.LogCaptureFixture) -> None:
    """When the store fails, the client is told to come again: its data is not at fault."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        sink.errors = [StoreError("broken")]
        with pytest.raises(Busy):
            await submit(intake, "traces", body("a")).done

    run(scenario)
    assert ["otlp-write-failed"] == [record.message for record in caplog.records]


def test_sink_rejects_one() -> None:
    """When the sink refuses the batch for good, its requests are tried one by one."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        sink.errors = [Rejected("the batch"), Rejected("the first")]
        requests = [submit(intake, "traces", body(name)) for name in ("a", "b")]
        results = await asyncio.gather(*(request.done for request in requests), return_exceptions=True)

        assert ["the first", "None"] == [str(result) for result in results]
        assert [["b"]] == sink.names

    run(scenario)


class Choking(Decoder):
    """Fails at requests that it cannot decode, alone or in company."""

    def __init__(self, error: Exception) -> None:
        super().__init__(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000)
        self._error = error

    def decode(self, bodies: Mapping[Any, Sequence[bytes]], *, received_ns: int) -> pa.RecordBatch:
        """Fail where there is a body that nobody expected."""
        if b"choke" in bodies["traces"]:
            raise self._error
        return super().decode(bodies, received_ns=received_ns)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (pa.ArrowInvalid("odd"), pa.ArrowInvalid),
        (ZeroDivisionError(), ZeroDivisionError),
        (MemoryError(), Busy),
        (pa.ArrowMemoryError("malloc"), Busy),
    ],
)
def test_only_the_request_that_fails_is_refused(
    error: Exception, expected: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever error one request of a group causes, the others are stored; want of memory can pass by."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        requests = [submit(intake, "traces", data) for data in (body("a"), b"choke", body("b"))]
        results = await asyncio.gather(*(request.done for request in requests), return_exceptions=True)

        assert [None, expected, None] == [None if result is None else type(result) for result in results]
        assert [["a", "b"]] == sink.names

    run(scenario, Choking(error))
    assert [("otlp-decode-failed", 3), ("otlp-decode-failed", 1)] == [
        (record.message, vars(record)["requests"]) for record in caplog.records
    ]


def test_requests_that_do_not_fit_together(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Requests that can be decoded alone but make no batch together are written alone."""

    class Narrow(Decoder):
        def decode(self, bodies: Mapping[Any, Sequence[bytes]], *, received_ns: int) -> pa.RecordBatch:
            if len(bodies["traces"]) > 1:
                raise TooLarge
            return super().decode(bodies, received_ns=received_ns)

    def full(_: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
        raise pa.ArrowCapacityError("2 GiB")

    monkeypatch.setattr(pa, "concat_batches", full)

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        requests = [submit(intake, "traces", body(name)) for name in ("a", "b")]
        await asyncio.gather(*(request.done for request in requests))

        assert [["a"], ["b"]] == sink.names

    run(scenario, Narrow(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000))
    assert [] == caplog.records


def test_unexpected_error_in_decoding(caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody expected is told to the client, logged, and does not stop the intake."""

    class Broken(Decoder):
        def decode(self, bodies: Mapping[Any, Sequence[bytes]], *, received_ns: int) -> pa.RecordBatch:
            if bodies["logs"]:
                raise ZeroDivisionError
            return super().decode(bodies, received_ns=received_ns)

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        sink.gate.set()
        with pytest.raises(ZeroDivisionError):
            await submit(intake, "logs", b"").done
        await submit(intake, "traces", body("a")).done

        assert [["a"]] == sink.names

    run(scenario, Broken(correlation_keys=(), source="otlp", max_records=1_000_000, max_items=1_000))
    assert ["otlp-decode-failed"] == [record.message for record in caplog.records]


def test_stop_finishes_what_waits() -> None:
    """Stopping writes everything that was taken, and takes nothing more."""

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        requests = [submit(intake, "traces", body(name)) for name in ("a", "b")]
        await sink.entered.wait()
        requests.append(submit(intake, "traces", body("c")))
        stopping = asyncio.create_task(intake.stop())
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="stopping"):
            submit(intake, "traces", body("d"))
        sink.gate.set()
        await stopping

        assert [True] * 3 == [request.done.done() for request in requests]
        assert [["a", "b"], ["c"]] == sink.names

    run(scenario)


def test_settled_once() -> None:
    """Room is given back once, at the commit, also when nobody waits for it any more."""
    settled: list[str] = []

    async def scenario(intake: Intake, sink: GatedSink, _: Tally) -> None:
        left = intake.submit("traces", body("a"), lambda: settled.append("left"))
        await sink.entered.wait()
        left.done.cancel()
        assert [] == settled
        sink.gate.set()
        await intake.submit("traces", body("b"), lambda: settled.append("stayed")).done

        assert (["left", "stayed"], [["a"], ["b"]]) == (settled, sink.names)

    run(scenario)
