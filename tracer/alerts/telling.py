"""Writes a notice: complete, plain and clean, with the answer inside."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tracer.alerts.alert import Alert
from tracer.alerts.notice import Notice
from tracer.alerts.templates import render
from tracer.clock import NS_PER_S, to_datetime
from tracer.config.alerting import AlertRule
from tracer.model.duration import spell
from tracer.model.text import clean
from tracer.views.alerts import NoticeKind

_ID_DIGITS: Final = 20
_HEADS: Final[Mapping[NoticeKind, str]] = {
    "firing": "",
    "repeat": "Still: ",
    "acknowledged": "Acknowledged: ",
    "resolved": "Resolved: ",
    "test": "Test: ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """From what links in notices are made."""

    base_url: str | None = None
    api_url: str | None = None  # where the sidecar answers, unless it is where commands look by themselves

    def of(self, transaction_id: str | None) -> str | None:
        """Where to read about a transaction, or about what is stuck; None without a base."""
        if self.base_url is None:
            return None
        rest = "incidents" if transaction_id is None else f"transactions/{quote(transaction_id, safe='')}"
        return f"{self.base_url}/v1/{rest}"


def open_command(alert: Alert, links: Links) -> str | None:
    """The command that opens the first example."""
    if not alert.examples:
        return None
    where = "" if links.api_url is None else f"--url {shlex.quote(links.api_url)} "
    return f"sagascope tui {where}--open {shlex.quote(alert.examples[0])}"


def template_values(alert: Alert) -> dict[str, str]:
    """What the placeholders of templates stand for."""
    value = {} if alert.value is None else {"value": f"{alert.value:g}"}
    example = {"example": alert.examples[0]} if alert.examples else {}
    return {
        **alert.labels,
        **alert.details,
        "rule": alert.rule,
        "severity": alert.severity,
        "count": str(alert.transactions),
        "since": f"{to_datetime(alert.since_ns):%Y-%m-%dT%H:%M:%SZ}",
        "summary": alert.summary,
        **value,
        **example,
    }


def annotations_of(rule: AlertRule, alert: Alert) -> tuple[dict[str, str], tuple[str, ...]]:
    """Fill the annotations of a rule in; and the names for which there is no value."""
    values = template_values(alert)
    rendered = {name: render(text, values) for name, text in rule.annotations.items()}
    missing = dict.fromkeys(name for _, names in rendered.values() for name in names)
    return {name: text for name, (text, _) in rendered.items()}, tuple(missing)


def notice_of(alert: Alert, kind: NoticeKind, notifier: str, *, at_ns: int, links: Links) -> Notice:
    """Write the notice of an alert for one notifier; its id is the same for the same thing told at the same moment."""
    parts = (alert.id, kind, str(at_ns), notifier)
    labels = {"alertname": clean(alert.rule), "severity": alert.severity, **alert.labels}
    is_over = kind == "resolved"
    return Notice(
        id=hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_ID_DIGITS],
        kind=kind,
        alert=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        title=clean(f"{_HEADS[kind]}{alert.title}"),
        text="\n".join(_over(alert) if is_over else _lines(alert, kind, links)),
        labels=labels,
        annotations={"summary": alert.explained.summary or alert.summary, **alert.annotations},
        transactions=alert.transactions,
        examples=alert.examples,
        action=None if is_over else alert.explained.action,
        command=None if is_over else alert.explained.command,
        open_command=open_command(alert, links),
        link=links.of(alert.examples[0] if alert.examples else None),
        starts_at=to_datetime(alert.fired_ns or alert.pending_ns),
        ends_at=to_datetime(alert.resolved_ns) if is_over and alert.resolved_ns is not None else None,
        at=to_datetime(at_ns),
        acknowledged_by=None if alert.acknowledged is None else clean(alert.acknowledged.by),
        saga=alert.labels.get("saga"),
        step=alert.labels.get("step"),
        owner=alert.labels.get("owner"),
        stall=alert.labels.get("kind"),
        trace_ids=alert.explained.trace_ids,
    )


def _lines(alert: Alert, kind: NoticeKind, links: Links) -> list[str]:
    explained = alert.explained
    lines = [explained.summary or alert.summary, *explained.lines]
    if alert.examples:
        lines.append(f"Longest stuck: {', '.join(alert.examples)}" if alert.what == "stuck" else _examples(alert))
    if explained.action:
        lines.append(f"Next: {explained.action}")
    if explained.command:
        lines.append(f"Run: {explained.command}")
    if opens := open_command(alert, links):
        lines.append(f"Open: {opens}")
    if link := links.of(alert.examples[0] if alert.examples else None):
        lines.append(f"Link: {link}")
    if kind == "acknowledged" and alert.acknowledged is not None:
        note = f": {alert.acknowledged.note}" if alert.acknowledged.note else ""
        lines.insert(0, clean(f"Acknowledged by {alert.acknowledged.by}{note}"))
    return [*lines, f"Rule: {clean(alert.rule)}"]


def _examples(alert: Alert) -> str:
    return f"For example: {', '.join(alert.examples)}"


def _over(alert: Alert) -> list[str]:
    begun_ns = alert.fired_ns or alert.pending_ns
    lasted = spell(max(0, (alert.resolved_ns or begun_ns) - begun_ns) / NS_PER_S)
    most = f" There were {alert.peak} transactions at the most." if alert.peak else ""
    return [f"{alert.title}: this is over, after {lasted}.{most}", f"Rule: {clean(alert.rule)}"]
