"""The timeline for a person: its order where times are equal, and its offsets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api_fakes import NOW
from tracer.reports.entries import offset, rows
from tracer.views import TimelineEntry


def entry(name: str, span_id: str | None, parent: str | None, *, kind: str = "span", later_s: float = 0):
    """One entry of a trace."""
    return TimelineEntry(
        at=NOW + timedelta(seconds=later_s), until=NOW + timedelta(seconds=later_s + 1), kind=kind, name=name,
        step=None, owner=None, phase="observed", attempt=None, status="unset", error=None, source="otlp",
        trace_id="t", span_id=span_id, parent_span_id=parent, span_kind=None, message_id=None, causation_id=None,
        correlated_by="id",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("INSERT", "b", "a"), entry("POST", "a", None)], ["POST", "INSERT"]),
        ([entry("c", "c", "b"), entry("b", "b", "a"), entry("a", "a", "gone")], ["a", "b", "c"]),
        ([entry("log", "a", None, kind="log"), entry("a", "a", None)], ["a", "log"]),
        ([entry("child", "b", "a", later_s=-1), entry("parent", "a", None)], ["child", "parent"]),
        ([entry("x", "x", "y"), entry("y", "y", "x")], ["x", "y"]),
        ([entry("one", None, None), entry("two", None, None)], ["one", "two"]),
    ],
)
def test_parents_stand_above_their_children(entries, expected):
    """Where they began at once; else time decides, and a circle of parents ends."""
    assert [row[2] for row in rows(entries, NOW)] == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "+0.000s"), (1.5, "+1.500s"), (-0.25, "-0.250s"), (3599.5, "+3599.500s"), (8047.9, "+2h 14m 7s")],
)
def test_an_offset_beyond_an_hour_is_in_hours(seconds, expected):
    """Nobody counts seconds by the ten thousand."""
    assert offset(seconds) == expected
