from typing import Any

import pytest

from collectors.dialects.confluent.avro_logical import READERS, decimal

LONGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("int-date", 0, "1970-01-01"),
        ("int-date", -1, "1969-12-31"),
        ("int-date", 2**31 - 1, 2**31 - 1),
        ("int-time-millis", 3_600_001, "01:00:00.001"),
        ("int-time-millis", -1, -1),
        ("long-time-micros", 86_399_999_999, "23:59:59.999999"),
        ("long-time-micros", 86_400_000_000, 86_400_000_000),
        ("long-timestamp-millis", 0, "1970-01-01T00:00:00Z"),
        ("long-timestamp-millis", -1, "1969-12-31T23:59:59.999Z"),
        ("long-timestamp-millis", LONGEST, LONGEST),
        ("long-timestamp-micros", 1, "1970-01-01T00:00:00.000001Z"),
        ("long-timestamp-nanos", 1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z"),
        ("long-local-timestamp-millis", 1500, "1970-01-01T00:00:01.500"),
    ],
)
def test_times(name: str, number: int, expected: str | int) -> None:
    """A time is ISO 8601, exact to its unit; one that has no such text stays the number that it is."""
    assert expected == READERS[name](number, None, None)


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (b"", 2, "0.00"),
        (b"\xff", 0, "-1"),
        (b"\x04\xd2", 2, "12.34"),
        (b"\x01", -3, "1000"),
        (b"\x7f" * 40, 0, str(int.from_bytes(b"\x7f" * 40, "big"))),
    ],
)
def test_decimals(value: bytes, scale: int, expected: str) -> None:
    """A decimal is text with every digit, however long, and without an exponent."""
    text = decimal(value, {"scale": scale})

    assert isinstance(text, str)
    assert text.startswith(expected)
    assert "E" not in text


@pytest.mark.parametrize(("value", "scale"), [(b"\x7f" * 2000, 0), (b"\x01", 10**9), (b"\x01", "2")])
def test_a_decimal_beyond_all_bounds_stays_bytes(value: bytes, scale: Any) -> None:
    """What would take long to write, or much room, is left as it came."""
    assert value == decimal(value, {"scale": scale})
