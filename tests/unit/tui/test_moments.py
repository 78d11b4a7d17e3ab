from datetime import UTC, datetime

import pytest

from tests.unit.tui.samples import NOW, ago
from tui.moments import duration_s, moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10m", ago(600)),
        (" 10m ago ", ago(600)),
        ("1h 30m", ago(5_400)),
        ("99999d", None),
        ("20000d", datetime(1971, 6, 11, 2, 7, 30, tzinfo=UTC)),
        ("22000d", datetime(1970, 1, 1, tzinfo=UTC)),
        ("02:15", ago(3_150)),
        ("2:15:30", ago(3_120)),
        ("23:00", ago(14_850)),
        ("2026-03-14T01:00:00Z", ago(4_050)),
        ("2026-03-14 02:00", ago(4_050)),
        ("2026-03-13", datetime(2026, 3, 12, 23, tzinfo=UTC)),
        ("2026-03-15", datetime(2026, 3, 14, 23, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        ("25:00", None),
        ("0001-01-01", None),
        ("9" * 99 + "d", None),
    ],
)
def test_a_moment_is_read_as_typed(text, expected):
    """So long ago, the last time the local clock showed this, a date in the local zone, or RFC 3339."""
    assert expected == moment(text, NOW)


@pytest.mark.parametrize(("text", "expected"), [("1h30m", 5_400.0), ("1.5s", 1.5), ("5", None), ("m", None)])
def test_a_duration_has_units(text, expected):
    """A number without a unit is no duration."""
    assert expected == duration_s(text)
