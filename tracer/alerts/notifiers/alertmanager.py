"""Tells all instances of an Alertmanager by its API v2, and keeps telling: what is not re-sent ends there by itself.

A notice is taken when one instance took it; the others have it from the refresh, which sends all that fires, and for a
while what is over. Each instance is told one thing after the other, so that what is over cannot be overtaken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tracer.alerts.notice import NotDelivered, Notice, Undeliverable
from tracer.alerts.notifiers.texts import as_json, moment
from tracer.alerts.outgoing import Outgoing
from tracer.alerts.ports import Firing
from tracer.clock import Clock, to_datetime
from tracer.errors import SagascopeError

PATH: Final = "/api/v2/alerts"
_AT_A_TIME: Final = 200
_MAX_PENDING: Final = 16
_MAX_RESOLVED: Final = 1000
_LASTS_REFRESHES: Final = 4
_RESOLVED_FOR: Final = timedelta(minutes=15)  # as Prometheus does
_TEST_LASTS: Final = timedelta(minutes=1)


@dataclass(slots=True)
class _Instance:
    """One instance; `pending` are the sends that it has not answered yet."""

    url: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: int = 0


class AlertmanagerNotifier:
    """Implements `tracer.alerts.notice.Notifier` and `tracer.alerts.deliver.Refreshing`."""

    def __init__(
        self,
        *,
        outgoing: Outgoing,
        clock: Clock,
        urls: Sequence[str],
        headers: Mapping[str, str],
        firing: Firing,
        refresh_s: float,
    ) -> None:
        self.refresh_s = refresh_s
        self._outgoing = outgoing
        self._clock = clock
        self._instances = [_Instance(url=api_url(url)) for url in urls]
        self._headers = {**headers, "Content-Type": "application/json"}
        self._firing = firing
        self._lasts = timedelta(seconds=max(60.0, refresh_s) * _LASTS_REFRESHES)
        self._resolved: dict[str, Notice] = {}
        self._sends: set[asyncio.Task[None]] = set()

    async def send(self, notice: Notice) -> None:
        """Tell all instances; return as soon as one took it, while slower ones are still told."""
        self._remember(notice)
        body = as_json([self._alert(notice)])
        sends = {self._task(self._tell(one, body)) for one in self._instances if one.pending < _MAX_PENDING}
        failures: list[SagascopeError] = []
        while sends:
            done, sends = await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
            failed = [send.exception() for send in done]
            if None in failed:
                return
            failures.extend(one for one in failed if isinstance(one, SagascopeError))
            if defect := next((one for one in failed if one and not isinstance(one, SagascopeError)), None):
                raise defect
        raise _failure(failures)

    async def refresh(self) -> None:
        """Tell all instances what fires and what is just over. Raises NotDelivered naming who took nothing."""
        told = [self._task(self._tell_all(one)) for one in self._instances if not one.pending]
        answers = await asyncio.gather(*told, return_exceptions=True)
        failures = [one for one in answers if isinstance(one, BaseException)]
        if failures:
            raise NotDelivered("; ".join(str(one) for one in failures))

    async def stop(self) -> None:
        """End what is still being sent, and close the session."""
        for send in self._sends:
            send.cancel()
        await asyncio.gather(*self._sends, return_exceptions=True)
        await self._outgoing.stop()

    def _task(self, send: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(send)
        self._sends.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sends.discard(task)
        if not task.cancelled():
            task.exception()  # seen here: an instance that is down while another took it is the refresh's to tell

    async def _tell(self, instance: _Instance, body: bytes) -> None:
        instance.pending += 1
        try:
            async with instance.turn:
                await self._outgoing.deliver(instance.url, body, self._headers)
        finally:
            instance.pending -= 1

    async def _tell_all(self, instance: _Instance) -> None:
        """Ask what fires when it is this instance's turn: what is asked earlier may be over by then."""
        async with instance.turn:
            firing = await asyncio.to_thread(self._firing)
            alerts = [self._alert(notice) for notice in (*firing, *self._over(firing))]
            for start in range(0, len(alerts), _AT_A_TIME):
                await self._outgoing.deliver(instance.url, as_json(alerts[start : start + _AT_A_TIME]), self._headers)

    def _remember(self, notice: Notice) -> None:
        self._resolved.pop(notice.alert, None)
        if notice.kind == "resolved":
            self._resolved[notice.alert] = notice
            while len(self._resolved) > _MAX_RESOLVED:
                del self._resolved[next(iter(self._resolved))]

    def _over(self, firing: Iterable[Notice]) -> list[Notice]:
        now = self._now()
        old = [key for key, one in self._resolved.items() if now - (one.ends_at or one.at) > _RESOLVED_FOR]
        for key in (*old, *(notice.alert for notice in firing)):
            self._resolved.pop(key, None)
        return list(self._resolved.values())

    def _alert(self, notice: Notice) -> dict[str, Any]:
        now = self._now()
        if notice.kind == "resolved":
            ends_at = min(notice.ends_at or notice.at, now)
        else:
            ends_at = now + (_TEST_LASTS if notice.kind == "test" else self._lasts)
        return alert_of(notice, ends_at)

    def _now(self) -> datetime:
        return to_datetime(self._clock.now_ns())


def api_url(url: str) -> str:
    """Give the URL that alerts are posted to, from an instance's own."""
    return url if url.endswith(PATH) else url.rstrip("/") + PATH


def alert_of(notice: Notice, ends_at: datetime) -> dict[str, Any]:
    """Write an alert: its labels are its identity, so nothing that changes while it fires is among them."""
    labels = {"alertname": notice.rule, "severity": notice.severity, **notice.labels}
    more = {
        "summary": notice.title,
        "description": notice.text,
        "transactions": str(notice.transactions),
        "examples": ", ".join(notice.examples),
        "action": notice.action,
        "command": notice.command,
        "open": notice.open_command,
        "acknowledged_by": notice.acknowledged_by,
    }
    alert: dict[str, Any] = {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {name: value for name, value in {**notice.annotations, **more}.items() if value},
        "startsAt": moment(min(notice.starts_at, ends_at)),
        "endsAt": moment(ends_at),
    }
    return {**alert, "generatorURL": notice.link} if notice.link else alert


def _failure(failures: Sequence[SagascopeError]) -> SagascopeError:
    """Say why no instance took it: for good only where each of them refused for good."""
    message = "; ".join(dict.fromkeys(str(one) for one in failures)) or "no instance answers; sends wait for all"
    if failures and all(isinstance(one, Undeliverable) for one in failures):
        return Undeliverable(message)
    waits = [one for one in failures if isinstance(one, NotDelivered)]
    asked = [one.retry_after_s for one in waits if one.retry_after_s is not None]
    is_unsure = any(one.maybe_taken for one in waits)
    return NotDelivered(message, retry_after_s=min(asked, default=None), maybe_taken=is_unsure)
