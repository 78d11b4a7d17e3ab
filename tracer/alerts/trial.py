"""The notice by which a person tries a notifier."""

from __future__ import annotations

from tracer.alerts.notice import Notice
from tracer.clock import to_datetime


def trial_notice(notifier: str, at_ns: int) -> Notice:
    """Write a notice that says that it is a test."""
    at = to_datetime(at_ns)
    return Notice(
        id=f"test-{notifier}-{at_ns}",
        kind="test",
        alert=f"test-{notifier}-{at_ns}",
        rule="test",
        severity="info",
        title="Sagascope can reach you",
        text=f"This is a test of the notifier {notifier}. Nothing is wrong.",
        labels={"alertname": "SagascopeTest", "notifier": notifier},
        annotations={},
        transactions=0,
        examples=(),
        action=None,
        command=None,
        open_command=None,
        link=None,
        starts_at=at,
        ends_at=None,
        at=at,
    )
