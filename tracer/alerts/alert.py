"""One alert as the engine keeps it, what a rule finds, and what becomes of an alert. Values only; times are ns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from tracer.config.alerting import When
from tracer.store.alerting import AlertRow
from tracer.views.alerts import AlertState, NoticeKind, Severity

MAX_LABEL: Final = 200
_ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What tells incidents of one cause apart: the cause, when the latest of this one began, and its later name.

    `later` is how it is called beside an earlier one (see `tracer.analysis.incidents.incident_id`).
    """

    cause: str
    later: str
    latest_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule finds for one group, now.

    `key` tells groups of a rule apart, `labels` say so to people (clean); `title` is one line, `summary` a sentence or
    two; `examples` are transaction ids, the longest stuck first; `details` are what else a template may name. An
    incident has a `course`, by which it is told apart (see `tracer.alerts.identity`) in the place of its key.
    """

    key: tuple[str | None, ...]
    labels: Mapping[str, str]
    title: str
    summary: str
    since_ns: int
    transactions: int = 0
    value: float | None = None
    examples: tuple[str, ...] = ()
    incident: str | None = None
    course: Course | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What was found out for a notice: a better summary, more lines, what to do, and the traces of an example."""

    summary: str | None = None
    lines: tuple[str, ...] = ()
    action: str | None = None
    command: str | None = None
    trace_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Who is on it, since when, and what they say."""

    by: str
    at_ns: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert, with all that is needed to go on with it after a restart.

    `gone_ns` is since when it was not found any more; `notified_ns` when a firing or a repeat was last told since it
    fired, None where it was not, and `told_to` to whom. `flaps` counts how often it came back soon after its end.
    `kept_ns` is when this was written, `changed_ns` when its state last changed.
    """

    id: str
    rule: str
    what: When
    state: AlertState
    severity: Severity
    labels: Mapping[str, str]
    title: str
    summary: str
    since_ns: int
    pending_ns: int
    fired_ns: int | None = None
    resolved_ns: int | None = None
    gone_ns: int | None = None
    notified_ns: int | None = None
    kept_ns: int = 0
    transactions: int = 0
    peak: int = 0
    value: float | None = None
    examples: tuple[str, ...] = ()
    incident: str | None = None
    course: Course | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    explained: Explained = Explained()
    acknowledged: Acknowledged | None = None
    told_to: tuple[str, ...] = ()
    flaps: int = 0
    repeat_ns: int = 0


ChangeWord = Literal["pending", "not any more", "firing", "resolved", "rule is gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line for the audit trail."""

    what: ChangeWord
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """What becomes of an alert: as it is now (None: nothing remains), what to note, and what to tell whom."""

    alert: Alert | None
    changes: tuple[Change, ...] = ()
    notice: NoticeKind | None = None
    to: tuple[str, ...] = ()


def alert_id(rule: str, key: Sequence[str | None]) -> str:
    """Name an alert by a short hash of its rule and its group: the same as long as it lasts, and when it comes back."""
    text = repr((rule, *key))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_ID_DIGITS]


def written(alert: Alert) -> AlertRow:
    """Write an alert for the store."""
    return AlertRow(
        id=alert.id,
        rule=alert.rule,
        what=alert.what,
        state=alert.state,
        severity=alert.severity,
        since_ns=alert.since_ns,
        resolved_ns=alert.resolved_ns,
        body=msgspec.json.encode(alert).decode(),
    )


def read_alert(body: str) -> Alert:
    """Read an alert as it was written."""
    return _DECODER.decode(body)


_DECODER: Final = msgspec.json.Decoder(Alert)
