"""Sentences in local time: ours are told anew, what a service said stays."""

import time
from datetime import UTC, datetime

import pytest

from tracer.model.zone import in_local_time

NOW = datetime(2026, 3, 14, 2, 7, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _berlin(monkeypatch):
    """Let the local zone be one hour ahead."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("stuck since 01:35 UTC, 32m the longest", "stuck since 02:35, 32m the longest"),
        ("since 2026-03-13 21:55 UTC.", "since 2026-03-13 22:55."),
        ("since 2026-03-13 23:55 UTC.", "since 00:55."),
        ("completed at 2026-03-14 01:00:05 UTC", "completed at 02:00:05"),
        ("at 99:99 UTC", "at 99:99 UTC"),
        ("since 01:35 UTC. Last error: retry after 01:00 UTC", "since 02:35. Last error: retry after 01:00 UTC"),
        ("no time at all", "no time at all"),
    ],
)
def test_times_are_told_in_the_local_zone(sentence, expected):
    """A time has its date where that is another one than today's."""
    assert expected == in_local_time(sentence, NOW)
