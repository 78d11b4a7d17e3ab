"""The words for advice. Pure."""

from __future__ import annotations

from tracer.model.text import clean
from tracer.views import Advice


def headline(advice: Advice) -> str:
    """Say what to do in a few words: retry charge-card at payment (80%, learned)."""
    what = f"{advice.action} {clean(advice.step)}"
    if advice.compensates:
        what += f", which undoes {clean(advice.compensates)},"
    owner = f" at {clean(advice.owner)}" if advice.owner else ""
    return f"{what}{owner} ({advice.confidence:.0%} sure, {advice.basis})"
