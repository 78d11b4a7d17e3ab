"""Alerts as the API tells them, and a fake of those who know them, try rules and send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.saga_fakes import NOW
from tracer.errors import NotFound, SagascopeError
from tracer.views import (
    Acknowledgement,
    AlertChange,
    AlertHistory,
    AlertList,
    AlertQuery,
    AlertView,
    Delivery,
    DeliveryList,
    RuleList,
    RuleTest,
    RuleView,
    Silence,
    SilenceList,
    TrialQuery,
    WouldFire,
)


def make_alert(alert_id: str = "a1b2c3d4e5f6", **changes: Any) -> AlertView:
    """A firing alert that nobody is on, unless changed."""
    facts: dict[str, Any] = {
        "rule": "transactions-stuck",
        "state": "firing",
        "severity": "warning",
        "summary": "12 transactions of order-fulfilment stopped before ship-parcel.",
        "labels": {"saga": "order-fulfilment", "step": "ship-parcel"},
        "annotations": {"runbook": "https://wiki.example/ship"},
        "incident": "3f2a9c01",
        "transactions": 12,
        "peak": 15,
        "value": 12.0,
        "examples": ("ORD-1", "ORD-2"),
        "action": "ask shipping",
        "command": "shipctl retry ORD-1",
        "open_command": "sagascope tui --open ORD-1",
        "link": None,
        "since": NOW - timedelta(minutes=38),
        "pending_at": NOW - timedelta(minutes=37),
        "fired_at": NOW - timedelta(minutes=37),
        "resolved_at": None,
        "notified_at": NOW - timedelta(minutes=37),
        "repeat_at": NOW + timedelta(hours=3),
        "acknowledged": None,
    }
    return AlertView(id=alert_id, **{**facts, **changes})


def make_silence(silence_id: str = "5ee5ee5ee5ee", **changes: Any) -> Silence:
    """A silence that holds, unless changed."""
    facts: dict[str, Any] = {"matchers": ("saga=order",), "by": "kim", "reason": "a release"}
    facts |= {"starts": NOW - timedelta(hours=1), "ends": NOW + timedelta(hours=1)}
    return Silence(id=silence_id, **{**facts, **changes})


def make_delivery(delivery_id: str = "d1", **changes: Any) -> Delivery:
    """A delivery that was given up, unless changed."""
    facts: dict[str, Any] = {"alert": "a1b2c3d4e5f6", "rule": "transactions-stuck", "notifier": "pager"}
    facts |= {"kind": "firing", "state": "failed", "tries": 3, "error": "HTTP 403", "created": NOW}
    return Delivery(id=delivery_id, **{**facts, "due": None, "delivered": None, **changes})


def make_rule(name: str = "transactions-stuck", **changes: Any) -> RuleView:
    """A built-in rule, unless changed."""
    facts: dict[str, Any] = {"when": "stuck", "severity": "warning", "about": "transactions stuck, by incident"}
    return RuleView(name=name, **{**facts, "default": True, "notify": ("pager",), "pending": 0, "firing": 1, **changes})


def make_trial(**changes: Any) -> RuleTest:
    """A rule that would have fired once, unless changed."""
    span = WouldFire(
        labels={"saga": "order", "incident": "3f2a9c01"},
        fired_at=NOW - timedelta(hours=2),
        resolved_at=NOW - timedelta(hours=1),
        peak=12.0,
        summary="12 stopped.",
    )
    facts: dict[str, Any] = {"rule": "transactions-stuck", "since": NOW - timedelta(days=1), "until": NOW}
    facts |= {"every_s": 432.0, "samples": 201, "fired": (span,), "notes": ("limits are those of today",)}
    return RuleTest(**{**facts, **changes})


class FakeAlerts:
    """Knows one alert, "none" is no id; remembers what it was asked. Also tries rules and sends test notices."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.listed: tuple[AlertView, ...] = (make_alert(),)
        self.quiet: tuple[Silence, ...] = (make_silence(),)
        self.told: tuple[Delivery, ...] = (make_delivery(),)
        self.known: tuple[RuleView, ...] = (make_rule(),)
        self.changes = (AlertChange(at=NOW, subject="a1b2c3d4e5f6", what="firing", by=None, detail="12 stopped"),)
        self.troubles: tuple[str, ...] = ()
        self.trial = make_trial()
        self.failure: SagascopeError | None = None

    def alerts(self, query: AlertQuery) -> AlertList:
        """Give them, whatever the filters."""
        self.asked.append(query)
        return AlertList(alerts=self.listed, firing=len(self.listed), pending=0, troubles=self.troubles, as_of=NOW)

    def alert(self, alert_id: str) -> AlertView:
        """Give the one."""
        self.asked.append(alert_id)
        if alert_id == "none":
            raise NotFound("no alert none")
        return self.listed[0]

    def rules(self) -> RuleList:
        """Give the rules."""
        return RuleList(rules=self.known, notifiers={"pager": "delivered 1m ago"}, as_of=NOW)

    def silences(self) -> SilenceList:
        """Give the silences."""
        return SilenceList(silences=self.quiet, as_of=NOW)

    def deliveries(self, **filters: Any) -> DeliveryList:
        """Give them, whatever the filters."""
        self.asked.append(filters)
        return DeliveryList(deliveries=self.told, waiting=0, failed=1, as_of=NOW)

    def history(self, **filters: Any) -> AlertHistory:
        """Give it, whatever the filters."""
        self.asked.append(filters)
        return AlertHistory(changes=self.changes, as_of=NOW)

    def acknowledge(self, alert_id: str, *, by: str, note: str = "") -> AlertView:
        """Take it down."""
        self.asked.append((alert_id, by, note))
        return make_alert(alert_id, acknowledged=Acknowledgement(by=by, at=NOW, note=note))

    def unacknowledge(self, alert_id: str, *, by: str) -> AlertView:
        """Take it back."""
        self.asked.append((alert_id, by))
        return make_alert(alert_id)

    def silence(
        self, matchers: Sequence[str], *, by: str, reason: str, ends: datetime, starts: datetime | None = None
    ) -> Silence:
        """Make it."""
        self.asked.append((tuple(matchers), by, reason, ends, starts))
        return make_silence(matchers=tuple(matchers), by=by, reason=reason, ends=ends, starts=starts or NOW)

    def end_silence(self, silence_id: str, *, by: str) -> Silence:
        """End it."""
        self.asked.append((silence_id, by))
        return make_silence(silence_id, ended_by=by)

    def try_rule(self, name: str, query: TrialQuery) -> RuleTest:
        """Give what was to be."""
        self.asked.append((name, query))
        return self.trial

    async def send_test(self, name: str) -> None:
        """Send to anybody but "none"; fail as told."""
        self.asked.append(name)
        if name == "none":
            raise NotFound("there is no notifier none", nearest=("pager",))
        if self.failure:
            raise self.failure
