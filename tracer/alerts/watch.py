"""The watch: asks every rule at each tick, lets alerts go on accordingly, and wakes the deliverer."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from tracer.alerts.alert import Explained, Found
from tracer.alerts.book import Book, Planned, Seen
from tracer.alerts.explaining import Explainer
from tracer.alerts.observing import Observer
from tracer.clock import Clock
from tracer.errors import SagascopeError
from tracer.measure import Measure
from tracer.model.text import clean
from tracer.store.alerting import retain_alerts
from tracer.store.store import Store

REST_FACTOR: Final = 4  # a tick rests so many times its processor time, so that it takes a fifth of a processor
LONGEST_REST_S: Final = 5.0  # but no longer: nothing may keep alerts back for long
NICENESS: Final = 10
LATE_S: Final = 10.0
LATE_TICKS: Final = 10
LATE_LONG: Final = 3  # or so many times what the last tick took, and its rest
RETAIN_S: Final = 60.0
_MAX_TROUBLE: Final = 500

_log = logging.getLogger("sagascope.alerts")


@dataclass(slots=True)
class _Counters:
    ticks: int = 0
    tick_s: float = 0.0
    cpu_s: float = 0.0
    failures: int = 0
    left_out: int = 0
    last_s: float = field(default=0.0)
    rest_s: float = 0.0


class Watch:
    """Ticks in a thread of its own. `wake` is called, in the event loop, when notices were put into the outbox."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        book: Book,
        observer: Observer,
        explainer: Explainer,
        tick_s: float,
        wake: Callable[[], None],
        max_age_s: float | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._book = book
        self._observer = observer
        self._explainer = explainer
        self._tick_s = tick_s
        self._wake = wake
        self._max_age_s = max_age_s
        self._monotonic_s = monotonic_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch", initializer=_yield_to_others)
        self._task: asyncio.Task[None] | None = None
        self._troubles: dict[str, str] = {}
        self._failing: str | None = None
        self._not_retained: str | None = None
        self._counters = _Counters()
        self._begun_s = self._retained_s = monotonic_s()
        self._asked_s = self._begun_s  # when a rule's question came to its end
        self._ticked_s: float | None = None

    async def start(self) -> None:
        """Begin to watch."""
        self._begun_s = self._monotonic_s()
        self._task = asyncio.create_task(self._repeat(), name="watch")

    async def stop(self) -> None:
        """Stop after the running tick."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    # --- how it goes --------------------------------------------------------------------------------------------

    def troubles(self) -> Mapping[str, str]:
        """Say which rules fail and why, by their names."""
        return {**dict(self._book.troubles), **dict(self._troubles)}

    def halted(self) -> str | None:
        """Say that the watch does not tick, and why; None while it does.

        A tick may be thrice as long as the last one, and in a tick that goes on each rule has its own time.
        """
        limit_s = max(LATE_S, LATE_TICKS * self._tick_s, LATE_LONG * self._counters.last_s + self._counters.rest_s)
        last_s = self._begun_s if self._ticked_s is None else self._ticked_s
        late_s = self._monotonic_s() - (last_s if self._failing else max(last_s, self._asked_s))
        if late_s <= limit_s:
            return None
        why = f": {self._failing}" if self._failing else ""
        return f"no alert can fire: the watch has not ticked for {late_s:.0f} s{why}"

    def measures(self) -> Iterator[Measure]:
        """Give what is measured of the watch; blocks while the store is asked."""
        at = self._counters
        yield Measure(name="watch_ticks", kind="counter", about="Ticks of the watch over alerts.", value=at.ticks)
        about = "Time that ticks took."
        yield Measure(name="watch_tick", kind="counter", about=about, value=at.tick_s, unit="s")
        about = "Processor time of ticks."
        yield Measure(name="watch_cpu", kind="counter", about=about, value=at.cpu_s, unit="s")
        yield Measure(name="watch_last_tick", kind="gauge", about="The last tick's time.", value=at.last_s, unit="s")
        about = "Ticks that failed, and were done again."
        yield Measure(name="watch_tick_failures", kind="counter", about=about, value=at.failures)
        about = "Rules whose question fails now."
        yield Measure(name="alert_rules_troubled", kind="gauge", about=about, value=len(self.troubles()))
        about = "Alerts beyond max_alerts, which are not told."
        yield Measure(name="alerts_left_out", kind="gauge", about=about, value=at.left_out)
        yield from self._of_store()

    def _of_store(self) -> Iterator[Measure]:
        try:
            alerts = self._store.read(lambda session: session.rows("alert_counts"))
            deliveries = self._store.read(lambda session: session.rows("delivery_counts"))
        except SagascopeError as error:
            _log.warning("alerts not counted", extra={"error": str(error)})
            return
        watching = [rule for rule in self._book.rules.values() if rule.set.when != "heartbeat"]
        none = {(one.name, state, one.policy.severity): 0 for one in watching for state in ("firing", "pending")}
        counted = {(rule, state, level): count for rule, what, state, level, count in alerts if what != "heartbeat"}
        for (rule, state, level), value in {**none, **counted}.items():
            labels = {"rule": clean(rule), "state": state, "severity": level}
            yield Measure(name="alerts", kind="gauge", about="Alerts that go on.", value=value, labels=labels)
        unsent = {(name, state): 0 for name in self._book.routes for state in ("waiting", "delivered", "failed")}
        sent = {(notifier, state): count for notifier, state, count in deliveries}
        for (notifier, state), value in {**unsent, **sent}.items():
            about, labels = "Notices that are kept, and what came of them.", {"notifier": notifier, "state": state}
            yield Measure(name="alert_deliveries", kind="gauge", about=about, value=value, labels=labels)

    def not_retained(self) -> str | None:
        """Say why alerts that are over and too old are not let go of; None while they are."""
        return self._not_retained

    # --- ticking ------------------------------------------------------------------------------------------------

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun_s, before_s = self._monotonic_s(), self._counters.cpu_s
            new = await loop.run_in_executor(self._thread, self._try)
            if new:
                self._wake()
            await loop.run_in_executor(self._thread, self._retain)
            took_s = self._monotonic_s() - begun_s
            rest_s = min(REST_FACTOR * (self._counters.cpu_s - before_s), LONGEST_REST_S)
            self._counters.rest_s = max(self._tick_s - took_s, rest_s)
            await asyncio.sleep(self._counters.rest_s)

    def _try(self) -> int:
        """Tick once; a failure is counted, told where it is news, and what was due is done at the next one."""
        begun_s, begun_cpu_s = self._monotonic_s(), time.thread_time()
        try:
            new = self.tick()
        except Exception as error:  # noqa: BLE001  a watch that ended here would never alert again
            self._counters.failures += 1
            if self._failing != str(error):
                defect = None if isinstance(error, SagascopeError) else error
                _log.warning("watch fails", extra={"error": str(error)}, exc_info=defect)
            self._failing = str(error)
            return 0
        finally:
            self._counters.cpu_s += time.thread_time() - begun_cpu_s
        if self._failing is not None:
            _log.info("watch succeeds again")
            self._failing = None
        self._ticked_s = self._monotonic_s()
        self._count(self._ticked_s - begun_s)
        return new

    def tick(self) -> int:
        """Ask every rule and let alerts go on; how many notices were put into the outbox."""
        at_ns = self._clock.now_ns()
        seen = Seen(found=self._ask(at_ns), at_ns=at_ns)
        planned = self._book.plan(seen)
        self._counters.left_out = planned.left_out.total()
        if planned.is_idle(at_ns):
            return 0
        _, new = self._book.settle(seen, self._explained(planned))
        return new

    def _ask(self, at_ns: int) -> dict[str, Sequence[Found]]:
        """Ask every rule; one whose question fails is left out and shown as troubled, and the others go on."""
        found: dict[str, Sequence[Found]] = {}
        for name, rule in self._book.rules.items():
            try:
                found[name] = self._observer.observe(rule, at_ns)
            except Exception as error:  # noqa: BLE001  whatever is wrong with one rule, the others go on
                self._trouble(name, error)
            else:
                if self._troubles.pop(name, None) is not None:
                    _log.info("alert rule answers again", extra={"rule": name})
            self._asked_s = self._monotonic_s()
        return found

    def _trouble(self, name: str, error: Exception) -> None:
        told = clean(str(error), _MAX_TROUBLE)
        if self._troubles.get(name) != told:
            defect = None if isinstance(error, SagascopeError) else error
            _log.warning("alert rule fails", extra={"rule": name, "error": told}, exc_info=defect)
        self._troubles[name] = told

    def _explained(self, planned: Planned) -> Mapping[str, Explained]:
        told = {alert.id for alert in planned.to_explain}
        if not told:
            return {}
        return self._explainer.explain({one_id: one for one_id, one in planned.found.items() if one_id in told})

    def _retain(self) -> None:
        """Let go of what is too old, now and then; a failure is told until it succeeds, and keeps no notice back."""
        now_s = self._monotonic_s()
        if now_s - self._retained_s < RETAIN_S:
            return
        self._retained_s = now_s
        now_ns = self._clock.now_ns()
        try:
            self._store.note(lambda session: retain_alerts(session, now_ns=now_ns, max_age_s=self._max_age_s))
        except Exception as error:  # noqa: BLE001  as in _try
            told = clean(str(error), _MAX_TROUBLE)
            if self._not_retained != told:
                defect = None if isinstance(error, SagascopeError) else error
                _log.warning("old alerts are not let go of", extra={"error": told}, exc_info=defect)
            self._not_retained = told
        else:
            self._not_retained = None

    def _count(self, took_s: float) -> None:
        at = self._counters
        at.ticks += 1
        at.tick_s += took_s
        at.last_s = took_s


def _yield_to_others() -> None:
    """Let this thread wait for the others where the processor is short; only Linux knows priorities of threads."""
    if sys.platform == "linux":
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + NICENESS)
