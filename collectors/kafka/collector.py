"""The Kafka collector: reads topics, one session after the other, and says how it goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

import pyarrow as pa

from collectors.kafka import lag
from collectors.kafka.connection import client_arguments, probe
from collectors.kafka.decoding import Made, decode
from collectors.kafka.failures import told
from collectors.kafka.health import Health
from collectors.kafka.options import Plan
from collectors.kafka.pipeline import Pipeline
from collectors.kafka.progress import Progress
from collectors.kafka.session import FirstLook, Session, make_consumer
from collectors.kafka.tally import Tally
from collectors.kafka.watch import Watch, servers
from tracer.errors import Busy
from tracer.ports import CollectorStatus, Decoded, MessageDecoder, Wiring

TYPE: Final = "kafka"
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_GOOD_S: Final = 60.0  # a session that lasted so long does not count as a failed try


class KafkaCollector:
    """Reads topics, one session after the other, until it is stopped."""

    def __init__(
        self,
        plan: Plan,
        decoder: MessageDecoder,
        wiring: Wiring,
        *,
        registry: Callable[[], str] = lambda: "",
        again: Callable[[], MessageDecoder] | None = None,
    ) -> None:
        """`registry` says what is wrong with the schema registry, in one line; nothing while all is well.

        `again` makes the decoder for what was refused before: `decoder` is at work meanwhile, a call at a time. Each
        has one thread for as long as the collector lives: a call that nobody waits for any more still ends before the
        next begins.
        """
        self._plan = plan
        self._decoder = decoder
        self._wiring = wiring
        self._registry = registry
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-decode")
        self._make_again = again or (lambda: decoder)
        self._again: MessageDecoder | None = None
        self._again_thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-again") if again else self._thread
        self._tally = Tally()
        self._health = Health(wiring.name)
        self._first = FirstLook()
        self._session: Session | None = None
        self._pipeline: Pipeline | None = None
        self._watch: Watch | None = None
        self._task: asyncio.Task[None] | None = None
        self._state: Literal["starting", "running", "stopped"] = "starting"

    async def start(self) -> None:
        """Begin to read. A cluster that is not there is no reason to fail: it is waited for."""
        # What the client logs of its own tries is told in one line of the status.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._task = asyncio.create_task(self._run(), name=f"kafka {self._wiring.name}")
        self._state = "running"

    async def stop(self) -> None:
        """Store what was read, and leave the group."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._state = "stopped"
        self._thread.shutdown(wait=False)
        self._again_thread.shutdown(wait=False)

    async def decode_again(self, messages: pa.RecordBatch) -> Decoded:
        """Decode messages that were refused before. Raises Busy when the decoder needs what is not there now."""
        if self._state == "stopped":
            raise Busy(f"collector {self._wiring.name} is stopped; ask again when it runs")
        made = await asyncio.get_running_loop().run_in_executor(self._again_thread, self._made_again, messages)
        return Decoded(records=made.records, refused=made.refused)

    def _made_again(self, messages: pa.RecordBatch) -> Made:
        if self._again is None:
            self._again = self._make_again()
        return decode(self._again, messages, received_ns=self._wiring.clock.now_ns())

    def status(self) -> CollectorStatus:
        """Say how it goes."""
        if trouble := self._registry():
            self._health.trouble("registry", trouble)
        else:
            self._health.well("registry")
        troubled = self._health.is_troubled and self._state == "running"
        return CollectorStatus(
            name=self._wiring.name,
            type=TYPE,
            state="degraded" if troubled else self._state,
            detail=self._health.detail(),
            counters=self._tally.counts(),
            gauges=self._gauges(),
        )

    def _gauges(self) -> Mapping[str, float]:
        session, pipeline = self._session, self._pipeline
        return {
            **lag.gauges(self._lags()),
            "assigned_partitions": len(session.next) if session else 0,
            "queued_batches": pipeline.batches if pipeline else 0,
            "queued_bytes": pipeline.bytes if pipeline else 0,
        }

    def _lags(self) -> Mapping[str, int]:
        """Messages that are written and not stored here, by topic, as of the last look at the cluster."""
        session, pipeline, watch = self._session, self._pipeline, self._watch
        if session is None or pipeline is None or watch is None:
            return {}
        return lag.by_topic(watch.ends, session.next, pipeline.stored)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        wait_s = _FIRST_WAIT_S
        while True:
            begun_s = loop.time()
            self._tally.add("sessions")
            try:
                await self._one_session()
            except (Exception, asyncio.CancelledError) as failed:
                if isinstance(failed, asyncio.CancelledError) and _is_stopped():
                    raise
                if loop.time() - begun_s > _GOOD_S:
                    wait_s = _FIRST_WAIT_S
                options = self._plan.options
                why = told(failed, servers=servers(options), mechanism=options.sasl_mechanism)
                self._health.trouble(
                    "cluster", f"{why}; tried again within {_LONGEST_WAIT_S:.0f} s, nothing is skipped"
                )
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _one_session(self) -> None:
        arguments = await client_arguments(self._plan.options)
        await probe(self._plan.options, arguments)
        consumer = make_consumer(self._plan, arguments)
        async with Pipeline(
            decoder=self._decoder, thread=self._thread, wiring=self._wiring, tally=self._tally, health=self._health
        ) as pipeline:
            session = Session(
                consumer=consumer,
                plan=self._plan,
                source=self._wiring.name,
                ledger=self._wiring.ledger,
                pipeline=pipeline,
                tally=self._tally,
                health=self._health,
                first=self._first,
            )
            watch = Watch(consumer=consumer, options=self._plan.options, health=self._health)
            self._session, self._pipeline, self._watch = session, pipeline, watch
            progress = Progress(
                options=self._plan.options,
                arguments=arguments,
                consumer=consumer,
                wiring=self._wiring,
                partitions=session.next.keys,
                tally=self._tally,
                health=self._health,
            )
            await session.run(watch.run(), progress.run())


def _is_stopped() -> bool:
    """Whether somebody cancelled this task; a cancellation may also come out of the client, for its own tasks."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
