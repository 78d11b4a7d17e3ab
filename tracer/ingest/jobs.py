"""The work between commits: fold, learning, checkpoint, retention."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from tracer.errors import SagascopeError
from tracer.ingest.ports import Worker
from tracer.ingest.priority import give_way

_log = logging.getLogger("sagascope.jobs")

# A burst may keep the fold busy for a while; after this, what the list says is no longer what was stored.
LATE_S: Final = 60.0
# Where the fold is never done, something is learned all the same, so often.
LEARN_ANYWAY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTimes:
    """How long each job rests, in seconds, after it found nothing more to do.

    Learning rests `first_learn_s` at first and then twice as long each time, up to `learn_s`: soon after a start
    there is most to learn.
    """

    fold_s: float = 0.6
    checkpoint_s: float = 2.0
    retain_s: float = 60.0
    learn_s: float = 15.0
    first_learn_s: float = 1.0


class Jobs:
    """Runs the jobs one after another in one thread: each slice is a short transaction of its own."""

    def __init__(
        self, *, worker: Worker, times: JobTimes | None = None, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._worker = worker
        self._times = times or JobTimes()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="jobs", initializer=give_way)
        self._tasks: list[asyncio.Task[None]] = []
        self._monotonic_s = monotonic_s
        self._failing: dict[str, str] = {}
        self._waiting = 0
        self._caught_up_s = self._learned_s = monotonic_s()
        self._counters = dict.fromkeys(
            ("folds", "lessons", "checkpoints", "records_let_go", "rejected_let_go", "job_failures"), 0
        )

    async def start(self) -> None:
        """Begin to work."""
        self._caught_up_s = self._monotonic_s()
        plan = (
            ("fold", self._fold, self._times.fold_s, self._times.fold_s),
            ("learn", self._learn, self._times.learn_s, self._times.first_learn_s),
            ("checkpoint", self._checkpoint, self._times.checkpoint_s, self._times.checkpoint_s),
            ("retain", self._retain, self._times.retain_s, self._times.retain_s),
        )
        self._tasks = [asyncio.create_task(self._repeat(*job), name=job[0]) for job in plan]

    async def stop(self) -> None:
        """Stop after the running slice, then fold what is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(self._thread, self._slice, "fold", self._fold):
            pass
        self._thread.shutdown()

    def status(self) -> Mapping[str, float]:
        """Counters; they only grow."""
        return dict(self._counters)

    def trouble(self) -> str | None:
        """Say which jobs keep failing, and that the fold does not keep up; None while all is well."""
        told = [f"{name} fails: {error}" for name, error in dict(self._failing).items()]
        late_s = self._monotonic_s() - self._caught_up_s
        if late_s > LATE_S:
            told.append(f"the list is {late_s:.0f} s behind what is stored ({self._waiting} records were left to fold)")
        return "; ".join(told) or None

    async def _repeat(self, name: str, job: Callable[[], bool], longest_s: float, first_s: float) -> None:
        """Repeat a job; while nothing more waits it rests, `first_s` at first and each time twice as long."""
        loop = asyncio.get_running_loop()
        rest_s = min(first_s, longest_s)
        while True:
            if not await loop.run_in_executor(self._thread, self._slice, name, job):
                await asyncio.sleep(rest_s)
                rest_s = min(2 * rest_s, longest_s)

    def _slice(self, name: str, job: Callable[[], bool]) -> bool:
        """Run one slice; whether more waits. A failure is counted, told where it is news, and tried again later."""
        try:
            waits = job()
        except Exception as error:  # noqa: BLE001  a job that ended here would never be tried again
            self._counters["job_failures"] += 1
            self._tell(name, error)
            return False
        if self._failing.pop(name, None) is not None:
            _log.info("job succeeds again", extra={"job": name})
        return waits

    def _tell(self, name: str, error: Exception) -> None:
        if self._failing.get(name) != str(error):
            defect = None if isinstance(error, SagascopeError) else error
            _log.warning("job fails", extra={"job": name, "error": str(error)}, exc_info=defect)
        self._failing[name] = str(error)

    def _fold(self) -> bool:
        waiting = self._worker.fold()
        self._counters["folds"] += 1
        self._waiting = waiting
        if not waiting:
            self._caught_up_s = self._monotonic_s()
        return waiting > 0

    def _learn(self) -> bool:
        """Learn, but not while records wait to be folded: that shares the thread, and the list comes first."""
        now_s = self._monotonic_s()
        if self._waiting and now_s - self._learned_s < LEARN_ANYWAY_S:
            return False
        self._learned_s = now_s
        more = self._worker.learn()
        self._counters["lessons"] += 1
        return more

    def _checkpoint(self) -> bool:
        self._counters["checkpoints"] += self._worker.checkpoint()
        return False

    def _retain(self) -> bool:
        gone, rejected = self._worker.retain()
        self._counters["records_let_go"] += gone
        self._counters["rejected_let_go"] += rejected
        return gone > 0
