"""A deliverer over an outbox in memory, with notifiers that answer as they are told."""

import asyncio
from dataclasses import dataclass, field

from tests.alert_fakes import MemoryOutbox
from tracer.alerts.channel import Channel
from tracer.alerts.deliver import Deliverer
from tracer.clock import NS_PER_S, FixedClock

START_NS = 1_772_330_400 * NS_PER_S


@dataclass
class Scripted:
    """A notifier that does what the script says, then takes everything."""

    script: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    stopped: bool = False

    async def send(self, one):
        """Take it, or raise what the script says; "hang" never returns."""
        self.sent.append(one.id)
        answer = self.script.pop(0) if self.script else None
        if answer == "hang":
            await asyncio.Event().wait()
        if answer is not None:
            raise answer

    async def stop(self):
        """Note it."""
        self.stopped = True


@dataclass
class Stand:
    """A deliverer over an outbox in memory; time passes when `pass_s` says."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(START_NS))
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    pauses: list = field(default_factory=list)
    deliverer: Deliverer | None = None

    def pause(self, failures, asked_s):
        """Remember what was asked, and wait nothing that is longer than a test."""
        self.pauses.append((failures, asked_s))
        return 0.0

    def put(self, *notices, notifier="pager"):
        """Let notices wait."""
        for one in notices:
            self.outbox.put(notifier, one, self.clock.ns)

    async def run(self, until, within_s=5.0, **notifiers):
        """Deliver until a condition holds, then stop."""
        limits = {"timeout_s": 0.05, "give_up_after_s": 3600.0}
        channels = [Channel(name=name, notifier=one, **limits) for name, one in notifiers.items()]
        self.deliverer = Deliverer(
            self.outbox, channels, self.clock, pause=self.pause, rest=lambda *_: 0.0, drain_s=0.2
        )
        await self.deliverer.start()
        try:
            async with asyncio.timeout(within_s):
                while not until():  # noqa: ASYNC110  what is waited for is anywhere
                    await asyncio.sleep(0.002)
        finally:
            await self.deliverer.stop()

    def states(self):
        """What became of each notice."""
        return {id_: row.state for id_, row in self.outbox.rows.items()}

    def is_empty(self):
        """Whether nothing waits."""
        return "waiting" not in self.states().values()
