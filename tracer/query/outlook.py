"""How an open transaction is likely to go on, and where else to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tracer.clock import NS_PER_S, to_datetime
from tracer.model.links import filled
from tracer.query.gathering import Gathered
from tracer.query.standing import Standing
from tracer.store.knowledge import Known
from tracer.views import Forecast

_TRACE_ID: Final = 11  # its place in a row of timeline_columns.sql


def forecast(standing: Standing, known: Known | None, now_ns: int) -> Forecast | None:
    """Say how likely it is that the transaction completes, and when it would be over; None where history is silent."""
    verdict = standing.verdict
    if verdict.finish_p is None or known is None or known.learned is None or verdict.ends is not None:
        return None
    low, middle, high = verdict.end_s or (None, None, None)
    return Forecast(
        finish_p=verdict.finish_p,
        end_low=_after(now_ns, low),
        end=_after(now_ns, middle),
        end_high=_after(now_ns, high),
        basis="learned",
        n=known.learned.samples,
    )


def _after(now_ns: int, seconds: float | None) -> datetime | None:
    return None if seconds is None else to_datetime(now_ns + int(seconds * NS_PER_S))


def links(at: Gathered, known: Known | None) -> Mapping[str, str]:
    """Fill the templates that the definition has for the team's trace viewer and runbook."""
    declared = known.declared if known else None
    if declared is None:
        return {}
    traces = [row[_TRACE_ID] for row in at.timeline if row[_TRACE_ID] is not None]
    facts = {
        "transaction_id": at.transaction_id,
        "saga": declared.name,
        "trace_id": traces[-1] if traces else None,
        "step": at.head.step,
        "owner": at.head.owner,
    }
    templates = {"trace": declared.trace_url, "runbook": declared.runbook_url}
    urls = {name: filled(template, facts) for name, template in templates.items() if template}
    return {name: url for name, url in urls.items() if url is not None}
