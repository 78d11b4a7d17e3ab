"""What is told of alerts: rules, alerts, silences, deliveries, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AlertState = Literal["pending", "firing", "resolved"]
Severity = Literal["critical", "warning", "info"]
DeliveryState = Literal["waiting", "delivered", "failed"]
NoticeKind = Literal["firing", "repeat", "acknowledged", "resolved", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who is on it, since when, and what they say."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMark:
    """The alert of a stuck transaction, in short: beside it in a list, and in its own answer."""

    id: str
    state: AlertState
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert: what a rule found, once for each group.

    `id` is a short hash of the rule and the group: it stays while the alert lasts, and is the key by which receivers
    tell one from another. `transactions` counts those concerned now and `peak` the most there were; `value` is what
    the rule measured (a count, a share from 0 to 1, seconds). `examples` are transaction ids, the longest stuck first.
    `silenced_by` are ids of silences that hold now. Times: `since` when what is wrong began, `pending_at` when the
    rule first saw it, `fired_at` and `resolved_at` when it went on and off.
    """

    id: str
    rule: str
    state: AlertState
    severity: Severity
    summary: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    incident: str | None
    transactions: int
    peak: int
    value: float | None
    examples: tuple[str, ...]
    action: str | None
    command: str | None
    open_command: str | None
    link: str | None
    since: datetime
    pending_at: datetime
    fired_at: datetime | None
    resolved_at: datetime | None
    notified_at: datetime | None
    repeat_at: datetime | None
    acknowledged: Acknowledgement | None
    silenced_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """The alerts: firing ones first, the most severe and then the oldest first. `troubles` are rules that fail."""

    alerts: tuple[AlertView, ...]
    firing: int
    pending: int
    troubles: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertQuery:
    """The filters of `alerts`: values of one filter are alternatives, different filters all hold."""

    rule: tuple[str, ...] = ()
    state: tuple[AlertState, ...] = ()
    severity: tuple[Severity, ...] = ()
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No notices for the alerts whose labels match, from `starts` until `ends`.

    `matchers` are terms such as `saga=order`, `step!=pay`, `owner=~pay.*`; all hold. `alertname` is the rule.
    """

    id: str
    matchers: tuple[str, ...]
    by: str
    reason: str
    starts: datetime
    ends: datetime
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceList:
    """The silences, those that hold now first."""

    silences: tuple[Silence, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notice to one notifier, how often it was tried, and what came of it. `id` is the same in every try."""

    id: str
    alert: str
    rule: str
    notifier: str
    kind: NoticeKind
    state: DeliveryState
    tries: int
    error: str | None
    created: datetime
    due: datetime | None
    delivered: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryList:
    """The deliveries, the latest first; `waiting` and `failed` count them all."""

    deliveries: tuple[Delivery, ...]
    waiting: int
    failed: int
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One line of the audit trail: what became of an alert or a silence, when, and by whom (None: by itself)."""

    at: datetime
    subject: str
    what: str
    by: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHistory:
    """The audit trail, the latest first."""

    changes: tuple[AlertChange, ...]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule: what it watches, in words, how it goes, and how many of its alerts are pending and firing."""

    name: str
    when: str
    severity: Severity
    about: str
    default: bool
    notify: tuple[str, ...]
    pending: int
    firing: int
    trouble: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """The rules that run, and the notifiers with what their last delivery came to."""

    rules: tuple[RuleView, ...]
    notifiers: Mapping[str, str]
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierTest:
    """What came of a test notice: `error` says why it was not delivered."""

    notifier: str
    delivered: bool
    error: str | None
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialQuery:
    """Over which time a rule is tried, and how often in it; `at` is one moment instead.

    Without bounds it is the last day, and without `every_s` about 200 moments are looked at.
    """

    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    every_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldFire:
    """A span of time in which a rule would have fired for one group; `resolved_at` is None where it went on."""

    labels: Mapping[str, str]
    fired_at: datetime
    resolved_at: datetime | None
    peak: float
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """What a rule would have done over stored history; `notes` say what history cannot tell."""

    rule: str
    since: datetime
    until: datetime
    every_s: float
    samples: int
    fired: tuple[WouldFire, ...]
    notes: tuple[str, ...] = field(default=())
