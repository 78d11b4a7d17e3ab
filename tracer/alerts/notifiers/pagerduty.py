"""Tells PagerDuty by its Events API v2: an alert is one incident, by its dedup_key.

Source: PagerDuty, "Events API v2": 202 is taken; 400 will never be; 429 and 5xx are worth another try.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from tracer.alerts.notice import Notice
from tracer.alerts.notifiers.slack import cut
from tracer.alerts.notifiers.texts import as_json, document, fill, moment, values
from tracer.alerts.outgoing import Outgoing

_ACTIONS: Final = {
    "firing": "trigger",
    "repeat": "trigger",
    "test": "trigger",
    "acknowledged": "acknowledge",
    "resolved": "resolve",
}
_MAX_SUMMARY: Final = 1024
_MAX_KEY: Final = 255
_MAX_TEXT: Final = 100_000  # an event is at most 512 KiB


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyNotifier:
    """Implements `tracer.alerts.notice.Notifier`; `title` is a template, None what the notice says."""

    outgoing: Outgoing
    url: str
    routing_key: str = field(repr=False)
    title: str | None = None

    async def send(self, notice: Notice) -> None:
        """Send the event; the incident that a test opens is resolved at once."""
        await self._deliver(notice)
        if notice.kind == "test":
            await self._deliver(replace(notice, kind="resolved"))

    async def _deliver(self, notice: Notice) -> None:
        await self.outgoing.deliver(self.url, as_json(self.event(notice)), {"Content-Type": "application/json"})

    async def stop(self) -> None:
        """Close the session."""
        await self.outgoing.stop()

    def event(self, notice: Notice) -> dict[str, Any]:
        """Write the event; only a trigger has a payload."""
        action = _ACTIONS[notice.kind]
        event: dict[str, Any] = {
            "routing_key": self.routing_key,
            "event_action": action,
            "dedup_key": cut(f"sagascope-{notice.alert}", _MAX_KEY),
        }
        if action != "trigger":
            return event
        event |= {"client": "Sagascope", "payload": self._payload(notice)}
        if notice.link:
            event |= {"client_url": notice.link, "links": [{"href": notice.link, "text": "Sagascope"}]}
        return event

    def _payload(self, notice: Notice) -> dict[str, Any]:
        title = notice.title if self.title is None else fill(self.title, values(notice))
        optional = {"component": notice.step, "group": notice.saga, "class": notice.stall or notice.rule}
        return {
            "summary": cut(title, _MAX_SUMMARY) or notice.rule,
            "source": notice.owner or notice.saga or "sagascope",
            "severity": notice.severity,
            "timestamp": moment(notice.starts_at),
            **{key: value for key, value in optional.items() if value},
            "custom_details": {**document(notice), "text": cut(notice.text, _MAX_TEXT)},
        }
