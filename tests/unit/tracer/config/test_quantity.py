from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.config.quantity import duration_text, parse_duration_s, parse_size_bytes, size_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90.0),
        ("5m", 300.0),
        ("14d", 1_209_600.0),
        ("1h30m", 5400.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("1w", 604_800.0),
    ],
)
def test_durations_are_read_as_seconds(text, expected):
    """A duration is numbers with units, added up."""
    actual = parse_duration_s(text)

    assert expected == actual


@pytest.mark.parametrize("text", ["", "5", "m", "5 minutes", "-5m", "5mm", "1e3s", "5m x"])
def test_a_duration_without_a_known_unit_is_refused(text):
    """What is not a duration is refused with how to write one."""
    with pytest.raises(ValueError, match="write a number with a unit"):
        parse_duration_s(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("64MiB", 67_108_864), ("20GiB", 21_474_836_480), ("1kB", 1000), ("512", 512), ("0", 0), ("1.5KiB", 1536)],
)
def test_sizes_are_read_as_bytes(text, expected):
    """A size is a number with a binary or decimal unit; without a unit it is bytes."""
    actual = parse_size_bytes(text)

    assert expected == actual


@pytest.mark.parametrize("text", ["", "64 mebibytes", "-1", "MiB", "1e9"])
def test_a_size_with_an_unknown_unit_is_refused(text):
    """What is not a size is refused with how to write one."""
    with pytest.raises(ValueError, match="write a number with a unit"):
        parse_size_bytes(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_written_duration_reads_back(seconds):
    """Writing a duration and reading it gives the same seconds."""
    actual = parse_duration_s(duration_text(seconds))

    assert seconds == actual


@given(st.integers(min_value=0, max_value=2**50))
def test_a_written_size_reads_back(size):
    """Writing a size and reading it gives the same bytes."""
    actual = parse_size_bytes(size_text(size))

    assert size == actual
