from __future__ import annotations

import asyncio

from tracer.config.settings import ForwardSettings
from tracer.forward.attempt import Outcome
from tracer.forward.forward import SENDERS, Forward


class Odd:
    """A transport that breaks its word for every request but those that say "good"."""

    def __init__(self) -> None:
        self.sent = []

    async def start(self) -> None:
        """Be ready."""

    async def send(self, item) -> Outcome:
        """Fail, or deliver."""
        if item.body != b"good":
            raise ZeroDivisionError
        self.sent.append(item.body)
        return Outcome(kind="delivered")

    async def stop(self) -> None:
        """Let go."""


def test_a_defect_costs_one_request_and_no_sender(caplog):
    """Whatever sending raises is logged and counted, and all senders go on."""

    async def run():
        transport = Odd()
        forward = Forward(ForwardSettings(endpoint="http://x:1"), transport, pause_s=lambda *_: 0.0)
        for body in [b"bad"] * (SENDERS + 1) + [b"good"]:
            forward.offer("traces", body)
        await forward.start()
        await forward.stop()
        return forward.status(), transport.sent

    status, sent = asyncio.run(run())

    assert [b"good"] == sent
    assert (SENDERS + 1, 1, 0) == (status["dropped_failed"], status["requests_sent"], status["inflight"])
    assert ["request not forwarded by a defect"] * (SENDERS + 1) == [record.message for record in caplog.records]
