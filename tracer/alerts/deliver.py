"""The deliverer: empties the outbox, one worker for each notifier, so that none waits for another.

At least once: a try is written down before it begins, and a notice leaves the outbox only when its receiver took it, or
when it is given up. What was sent but could not be written down is written before anything else is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from tracer.alerts.channel import ABOUT, Channel, ChannelStatus, Refreshing
from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.pacing import pause_s, rest_s
from tracer.alerts.ports import Outbox, Waiting
from tracer.alerts.superseding import judge
from tracer.alerts.trial import trial_notice
from tracer.clock import NS_PER_S, Clock
from tracer.config.quantity import duration_text
from tracer.errors import Busy, NotFound, SagascopeError
from tracer.measure import Measure

_log = logging.getLogger("sagascope.alerts")

T = TypeVar("T")

AT_A_TIME: Final = 50
IDLE_S: Final = 5.0
DRAIN_S: Final = 3.0
AFTER_DEFECT_S: Final = 5.0
_GRACE_S: Final = 5.0
_MAX_REMEMBERED: Final = 10_000


class Deliverer:
    """Runs the workers; `pause` and `rest` space the tries (see `tracer.alerts.pacing`)."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        pause: Callable[[int, float | None], float] = pause_s,
        rest: Callable[[int, float, float | None], float] = rest_s,
        drain_s: float = DRAIN_S,
    ) -> None:
        self._outbox = outbox
        self._channels = {channel.name: channel for channel in channels}
        self._clock = clock
        self._pause = pause
        self._rest = rest
        self._drain_s = drain_s
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="outbox")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to deliver what waits; what waits for notifiers that are gone is given up."""
        self._loop = asyncio.get_running_loop()
        await self._abandon()
        for channel in self._channels.values():
            self._tasks.append(asyncio.create_task(self._work(channel), name=f"notifier-{channel.name}"))
            if isinstance(channel.notifier, Refreshing):
                refreshing = self._refresh(channel, channel.notifier)
                self._tasks.append(asyncio.create_task(refreshing, name=f"refresh-{channel.name}"))

    def wake(self) -> None:
        """Say that there is something in the outbox; from any thread, at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    async def stop(self) -> None:
        """Let what is being sent come to its end, for a few seconds at most; what waits, waits for the next start."""
        self._stopping.set()
        self._wake_all()
        _, unfinished = await asyncio.wait(self._tasks, timeout=self._drain_s) if self._tasks else (set(), set())
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._stop_notifier(channel) for channel in self._channels.values()))
        self._pool.shutdown(wait=False)

    async def send_test(self, name: str) -> None:
        """Send a notice of kind "test" now, past the outbox. Raises NotFound, Busy, NotDelivered or Undeliverable."""
        channel = self._channels.get(name)
        if channel is None:
            raise NotFound(f"there is no notifier {name}", nearest=tuple(sorted(self._channels)))
        if channel.is_testing:
            raise Busy(f"a test of {name} runs already; try again when it has ended")
        channel.is_testing = True
        try:
            missed = await self._send(channel, trial_notice(name, self._clock.now_ns()))
        finally:
            channel.is_testing = False
        if missed:
            raise Undeliverable(missed)

    def status(self) -> tuple[ChannelStatus, ...]:
        """Say how it goes with each notifier."""
        return tuple(
            ChannelStatus(
                name=channel.name,
                is_sending=channel.is_sending,
                failures=channel.failures,
                trouble=channel.trouble or channel.refresh_trouble,
                counters=dict(channel.counters),
                delivered_ns=channel.delivered_ns,
            )
            for channel in self._channels.values()
        )

    def troubles(self) -> list[str]:
        """Say which notifiers fail, a line each."""
        return [f"notifier {one.name} fails: {one.trouble}" for one in self.status() if one.trouble]

    def measures(self) -> Iterator[Measure]:
        """Count what became of notices, by notifier."""
        for one in self.status():
            labels = {"notifier": one.name}
            for name, value in one.counters.items():
                yield Measure(name=name, kind="counter", about=ABOUT[name], value=value, labels=labels)
            about = "Whether the last try of a notifier failed."
            yield Measure(name="notifier_failing", kind="gauge", about=about, value=bool(one.trouble), labels=labels)

    def _wake_all(self) -> None:
        for channel in self._channels.values():
            channel.wake.set()

    async def _abandon(self) -> None:
        try:
            await self._ask(partial(self._outbox.abandon, list(self._channels), "notifier is gone"))
        except SagascopeError as error:
            _log.warning("notices of notifiers that are gone still wait", extra={"error": str(error)})

    async def _work(self, channel: Channel) -> None:
        while not self._stopping.is_set():
            channel.wake.clear()
            try:
                idle_s = await self._round(channel)
            except Exception as defect:  # noqa: BLE001  a worker that ended here would be missed for good
                channel.trouble = f"{type(defect).__name__}: {defect}"
                _log.exception("notices not delivered", extra={"notifier": channel.name})
                await self._pass(self._stopping, AFTER_DEFECT_S)
                continue
            if idle_s > 0:
                await self._pass(channel.wake, idle_s)

    async def _round(self, channel: Channel) -> float:
        """Send what is due; say how long nothing is to be done, in seconds."""
        await self._settle(channel)
        resting_s = channel.rests_until - self._now_s()
        if resting_s > 0:
            await self._pass(self._stopping, min(resting_s, IDLE_S))
            return 0.0
        due = await self._ask(partial(self._outbox.due, channel.name, self._clock.now_ns(), AT_A_TIME))
        for waiting in due:
            if self._stopping.is_set() or channel.rests_until > self._now_s():
                return 0.0
            await self._deliver(channel, waiting)
        if due:
            return 0.0
        next_ns = await self._ask(partial(self._outbox.next_due_ns, channel.name))
        if next_ns is None:
            return IDLE_S
        return min(IDLE_S, max(0.001, (next_ns - self._clock.now_ns()) / NS_PER_S))

    async def _deliver(self, channel: Channel, waiting: Waiting) -> None:
        id_ = waiting.notice.id
        judgement = judge(waiting, is_unheard_of=channel.lost.get(id_, 0) == waiting.tries)
        for dropped, why in judgement.dropped:
            channel.counters["notices_superseded"] += 1
            await self._close(channel, dropped, partial(self._outbox.failed, dropped, self._clock.now_ns(), why, None))
        if not judgement.is_sent:
            return
        if (self._clock.now_ns() - waiting.created_ns) / NS_PER_S > channel.give_up_after_s:
            limit = duration_text(channel.give_up_after_s)
            await self._give_up(channel, waiting, f"given up after {limit} and {waiting.tries} tries: it is too old")
            return
        await self._ask(partial(self._outbox.begun, [id_], self._clock.now_ns()))
        channel.is_sending = True
        try:
            missed = await self._send(channel, waiting.notice)
        except NotDelivered as failed:
            await self._try_again(channel, waiting, failed)
        except Undeliverable as refused:
            await self._give_up(channel, waiting, str(refused))
        else:
            await self._took(channel, id_, missed)
        finally:
            channel.is_sending = False

    async def _send(self, channel: Channel, notice: Notice) -> str | None:
        """Send within the time limit, whatever the notifier does; its defects count as failed tries."""
        try:
            async with asyncio.timeout(channel.timeout_s + _GRACE_S):
                return await channel.notifier.send(notice)
        except (NotDelivered, Undeliverable):
            raise
        except TimeoutError as late:
            raise NotDelivered(f"no answer in {channel.timeout_s:g} s", maybe_taken=True) from late
        except Exception as defect:
            _log.exception("notice not sent by a defect", extra={"notifier": channel.name})
            raise NotDelivered(f"a defect: {type(defect).__name__}", maybe_taken=True) from defect

    async def _took(self, channel: Channel, id_: str, missed: str | None) -> None:
        """Note that it is delivered; `missed` says for whom it was not, which is the channel's trouble."""
        now_ns = self._clock.now_ns()
        if missed:
            self._say_trouble(channel, missed)
        elif channel.trouble is not None:
            channel.trouble = None
            _log.info("notifier works again", extra={"notifier": channel.name})
        channel.failures, channel.delivered_ns = 0, now_ns
        channel.counters["notices_delivered"] += 1
        await self._close(channel, id_, partial(self._outbox.delivered, id_, now_ns))

    async def _try_again(self, channel: Channel, waiting: Waiting, failed: NotDelivered) -> None:
        """Say when it is due again; or give it up, where that would be too late."""
        now_ns, tries = self._clock.now_ns(), waiting.tries + 1
        channel.failures += 1
        pause = self._pause(tries, failed.retry_after_s)
        channel.rests_until = self._now_s() + self._rest(channel.failures, pause, failed.retry_after_s)
        if (now_ns - waiting.created_ns) / NS_PER_S + pause > channel.give_up_after_s:
            limit = duration_text(channel.give_up_after_s)
            await self._give_up(channel, waiting, f"given up after {limit} and {tries} tries: {failed}")
            return
        self._say_trouble(channel, str(failed))
        channel.counters["notices_retried"] += 1
        id_, due_ns = waiting.notice.id, now_ns + round(pause * NS_PER_S)
        if not failed.maybe_taken and len(channel.lost) < _MAX_REMEMBERED:
            channel.lost[id_] = channel.lost.get(id_, 0) + 1
        await self._note(channel, id_, partial(self._outbox.failed, id_, now_ns, str(failed), due_ns))

    async def _give_up(self, channel: Channel, waiting: Waiting, why: str) -> None:
        id_, now_ns = waiting.notice.id, self._clock.now_ns()
        channel.trouble = why
        channel.counters["notices_given_up"] += 1
        _log.warning("notice given up", extra={"notifier": channel.name, "rule": waiting.notice.rule, "error": why})
        await self._close(channel, id_, partial(self._outbox.failed, id_, now_ns, why, None))

    def _say_trouble(self, channel: Channel, error: str) -> None:
        """Say once that a notifier fails, until it works again."""
        if channel.trouble is None:
            _log.warning("notifier fails", extra={"notifier": channel.name, "error": error})
        channel.trouble = error

    async def _close(self, channel: Channel, id_: str, write: Callable[[], None]) -> None:
        channel.lost.pop(id_, None)
        await self._note(channel, id_, write)

    async def _note(self, channel: Channel, id_: str, write: Callable[[], None]) -> None:
        """Write down what became of a notice; it is owed until that has succeeded."""
        channel.owed[id_] = write
        await self._settle(channel)

    async def _settle(self, channel: Channel) -> None:
        for id_, write in list(channel.owed.items()):
            await self._ask(write)
            channel.owed.pop(id_, None)

    async def _refresh(self, channel: Channel, notifier: Refreshing) -> None:
        while not self._stopping.is_set():
            try:
                await notifier.refresh()
            except NotDelivered as failed:
                if channel.refresh_trouble is None:
                    _log.warning("refresh fails", extra={"notifier": channel.name, "error": str(failed)})
                channel.refresh_trouble = str(failed)
            except Exception:  # noqa: BLE001  as in _work
                _log.exception("refresh failed by a defect", extra={"notifier": channel.name})
            else:
                channel.refresh_trouble = None
            await self._pass(self._stopping, notifier.refresh_s)

    async def _stop_notifier(self, channel: Channel) -> None:
        try:
            async with asyncio.timeout(self._drain_s):
                await channel.notifier.stop()
        except Exception:  # noqa: BLE001  the others are stopped whatever this one does
            _log.exception("notifier not stopped", extra={"notifier": channel.name})

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    @staticmethod
    async def _pass(event: asyncio.Event, seconds: float) -> None:
        """Let time pass until the event."""
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
