"""A notice as values for templates, as JSON, and its templates filled in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tracer.alerts.notice import Notice
from tracer.config.alert_rules import PLACEHOLDER


def moment(at: datetime | None) -> str:
    """Write a moment as RFC 3339 in UTC, to the millisecond; nothing for none."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def values(notice: Notice) -> dict[str, str]:
    """Give the text of every placeholder; what a notice does not have is empty."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "alert": notice.alert,
        "rule": notice.rule,
        "severity": notice.severity,
        "title": notice.title,
        "text": notice.text,
        "saga": notice.saga or "",
        "step": notice.step or "",
        "owner": notice.owner or "",
        "stall": notice.stall or "",
        "transactions": str(notice.transactions),
        "examples": ", ".join(notice.examples),
        "action": notice.action or "",
        "command": notice.command or "",
        "open_command": notice.open_command or "",
        "link": notice.link or "",
        "starts_at": moment(notice.starts_at),
        "ends_at": moment(notice.ends_at),
        "at": moment(notice.at),
        "acknowledged_by": notice.acknowledged_by or "",
    }


def fill(template: str, texts: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """Fill a template in; `{{` and `}}` are braces, and each value passes `escape`."""

    def filled(match: Any) -> str:
        name = match[1]
        return str(match[0][0]) if name is None else escape(texts.get(name, ""))

    return PLACEHOLDER.sub(filled, template)


def in_json(text: str) -> str:
    """Write a text as it stands between the quotes of JSON."""
    return json.dumps(text)[1:-1]


def document(notice: Notice) -> dict[str, Any]:
    """Give the whole notice as JSON says it; what it does not have is null."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "alert": notice.alert,
        "rule": notice.rule,
        "severity": notice.severity,
        "title": notice.title,
        "text": notice.text,
        "labels": dict(notice.labels),
        "annotations": dict(notice.annotations),
        "saga": notice.saga,
        "step": notice.step,
        "owner": notice.owner,
        "stall": notice.stall,
        "transactions": notice.transactions,
        "examples": list(notice.examples),
        "action": notice.action,
        "command": notice.command,
        "open_command": notice.open_command,
        "link": notice.link,
        "starts_at": moment(notice.starts_at),
        "ends_at": moment(notice.ends_at) or None,
        "at": moment(notice.at),
        "acknowledged_by": notice.acknowledged_by,
        "trace_ids": list(notice.trace_ids),
    }


def as_json(value: Any) -> bytes:
    """Write a body."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
