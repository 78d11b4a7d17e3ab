"""The OTLP collector as the rest of Sagascope sees it: a type of collector, its options, its status."""

from __future__ import annotations

import logging
from typing import Final, Literal

from collectors.otlp.decode import Decoder
from collectors.otlp.grpc_listener import GrpcListener
from collectors.otlp.http_listener import HttpListener
from collectors.otlp.intake import Intake
from collectors.otlp.options import OtlpOptions, Plan, check, read_token, without_token
from collectors.otlp.reception import Reception
from collectors.otlp.tally import Tally
from tracer.model.text import clean
from tracer.ports import Collector, CollectorStatus, Wiring

TYPE: Final = "otlp"
_LOG: Final = logging.getLogger(__name__)


class OtlpCollector:
    """Receives spans and log records, and acknowledges them when the sink has them."""

    def __init__(self, plan: Plan, wiring: Wiring) -> None:
        self._plan = plan
        self._wiring = wiring
        self._tally = Tally()
        self._intake: Intake | None = None
        self._reception: Reception | None = None
        self._listeners: dict[str, GrpcListener | HttpListener] = {}
        self._listening: dict[str, str] = {}
        self._state: Literal["starting", "running", "degraded", "stopped"] = "starting"

    async def start(self) -> None:
        """Listen. Raises ConfigError when an address, a certificate or the token file is no good."""
        token = read_token(self._plan.token_file, name=self._wiring.name)
        self._intake = self._make_intake()
        self._reception = Reception(
            intake=self._intake, limits=self._plan.limits, tally=self._tally, token=token, tap=self._wiring.tap
        )
        self._listeners = self._make_listeners(self._reception)
        self._intake.start()
        try:
            for name, listener in self._listeners.items():
                self._listening[name] = await listener.start()
        except BaseException:
            await self.stop()
            raise
        for address in without_token(self._plan).values():
            _LOG.warning(
                "anyone who reaches %s can send; set token_file", address, extra={"collector": self._wiring.name}
            )
        self._state = "running"

    async def stop(self) -> None:
        """Accept nothing more and acknowledge what was accepted."""
        for listener in self._listeners.values():
            await listener.stop()
        if self._intake is not None:
            await self._intake.stop()
        self._listening = {}
        self._state = "stopped"

    def status(self) -> CollectorStatus:
        """Say how it goes."""
        reception = self._reception
        trouble = self._intake.trouble if self._intake is not None else ""
        return CollectorStatus(
            name=self._wiring.name,
            type=TYPE,
            state="degraded" if trouble and self._state == "running" else self._state,
            detail=f"{clean(trouble)}; clients keep their data and send it again" if trouble else self._quiet(),
            listening=dict(self._listening),
            counters=self._tally.counts(),
            gauges={
                "queued_bytes": reception.queued_bytes if reception else 0,
                "inflight": reception.in_progress if reception else 0,
            },
        )

    def _quiet(self) -> str:
        return "" if self._plan.grpc or self._plan.http else "both listeners are switched off"

    def _make_intake(self) -> Intake:
        wiring = self._wiring
        decoder = Decoder(
            correlation_keys=wiring.correlation_keys,
            source=wiring.name,
            max_records=self._plan.limits.max_records,
            max_items=self._plan.limits.max_items,
        )
        return Intake(decoder=decoder, sink=wiring.sink, clock=wiring.clock, tally=self._tally)

    def _make_listeners(self, reception: Reception) -> dict[str, GrpcListener | HttpListener]:
        plan = self._plan
        listeners: dict[str, GrpcListener | HttpListener] = {}
        if plan.grpc is not None:
            listeners["otlp_grpc"] = GrpcListener(address=plan.grpc, reception=reception, tls=plan.tls)
        if plan.http is not None:
            listeners["otlp_http"] = HttpListener(address=plan.http, reception=reception, tls=plan.tls)
        return listeners


class OtlpType:
    """Makes OTLP collectors."""

    options = OtlpOptions

    def build(self, options: OtlpOptions, wiring: Wiring) -> Collector:
        """Make a collector; no I/O yet. Raises ConfigError for options that contradict each other."""
        return OtlpCollector(check(options, name=wiring.name), wiring)


COLLECTOR_TYPE: Final = OtlpType()
