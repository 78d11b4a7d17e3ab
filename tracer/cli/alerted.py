"""How a list and a transaction say which alert they belong to, and who is on it."""

from __future__ import annotations

from tracer.model.text import clean
from tracer.views import AlertMark


def word(mark: AlertMark | None) -> str:
    """Say it in a cell: who is on it, else the state of the alert; nothing where there is none."""
    if mark is None:
        return ""
    return f"{clean(mark.acknowledged_by)} is on it" if mark.acknowledged_by else mark.state


def line(mark: AlertMark) -> str:
    """Say it in a line, with the command that takes it on."""
    told = f"alert {clean(mark.id)} ({mark.state}): "
    if mark.acknowledged_by:
        return f"{told}{clean(mark.acknowledged_by)} is on it"
    return f"{told}nobody is on it yet; take it with `sagascope alerts ack {clean(mark.id)}`"
