from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.cli.human import Column, duration, moment, table
from tracer.cli.moments import parse_moment
from tracer.model.text import clean

NOW = datetime(2026, 3, 1, 2, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(None, "-"), (0, "0ms"), (0.35, "350ms"), (0.9996, "1.0s"), (4.26, "4.2s"), (59.9, "59s"), (2292, "38m 12s"),
     (8045, "2h 14m"), (273_600, "3d 4h"), (-5, "-5.0s")],
)  # fmt: skip
def test_a_duration_is_told_in_at_most_two_units(seconds, expected):
    """A tired reader gets the size of it at a glance."""
    actual = duration(seconds)

    assert expected == actual


def test_a_time_names_its_date_only_when_it_is_not_today(monkeypatch):
    """Within a night the time of day is enough."""
    monkeypatch.setenv("TZ", "UTC")
    actual = (moment(NOW, now=NOW), moment(NOW - timedelta(days=1), now=NOW), moment(None, now=NOW))

    assert actual == ("02:14:07", "2026-02-28 02:14:07", "-")


@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=5),
    st.integers(min_value=14, max_value=60),
)
def test_a_table_fits_its_width_and_sends_no_control_characters(rows, width):
    """Whatever telemetry says, a line stays a line, as wide as the terminal at most."""
    columns = (Column(heading="A", gives=1), Column(heading="B", gives=2))
    lines = table(columns, rows, width=width, colour=False)

    assert len(lines) == len(rows) + 1
    assert all(len(line) <= width for line in lines)
    assert lines == [clean(line) for line in lines]


def test_nothing_is_cut_where_nobody_looks():
    """Without a width every cell is whole."""
    lines = table((Column(heading="A", gives=1),), [("x" * 150,)], width=None, colour=False)

    assert lines == ["A", "x" * 150]


def test_a_status_is_coloured_and_still_a_word():
    """Colour is never the only sign."""
    lines = table((Column(heading="STATUS"),), [("stuck",)], width=20, colour=True)

    assert lines[1] == "\x1b[1;31mstuck\x1b[0m"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", datetime(2026, 3, 1, 1, 59, 7, tzinfo=UTC)),
        ("2026-03-01T01:00:00Z", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("2026-03-01T02:00:00+01:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("25:00", None),
        ("", None),
    ],
)
def test_times_are_read_as_people_write_them(text, expected):
    """A duration is so long ago; RFC 3339 is exact; anything else is refused."""
    actual = parse_moment(text, now=NOW)

    assert expected == actual


@given(st.times())
def test_a_time_of_day_is_the_last_one(time):
    """--since 23:30 asked at 02:14 means last night, never a time to come."""
    actual = parse_moment(f"{time:%H:%M}", now=NOW)

    assert timedelta(0) <= NOW - actual < timedelta(days=1)
