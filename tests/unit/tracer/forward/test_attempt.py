from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.forward.attempt import MAX_BACKOFF_S, backoff_s, retry_after_s

NOW = datetime(2026, 3, 1, 2, 0, 0, tzinfo=UTC)


@given(st.integers(1, 10_000), st.integers())
def test_the_pause_grows_with_jitter_and_has_an_end(failures, seed):
    """Doubling from a second, never more than the maximum, never all senders at once."""
    pause = backoff_s(failures, None, jitter=random.Random(seed))
    ceiling = min(MAX_BACKOFF_S, 2.0 ** min(failures - 1, 10))

    assert ceiling / 2 <= pause <= ceiling


@pytest.mark.parametrize(("asked", "expected"), [(0.0, 0.0), (7.5, 7.5), (9_999.0, 300.0)])
def test_what_the_server_asks_for_is_respected(asked, expected):
    """Retry-After and RetryInfo win over our own schedule, up to five minutes."""
    assert backoff_s(3, asked, jitter=random.Random(1)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("7", 7.0),
        ("Sun, 01 Mar 2026 02:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 01:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("\N{ARABIC-INDIC DIGIT TWO}", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, expected):
    """Both forms of RFC 9110 are read; anything else is as good as none."""
    assert retry_after_s(header, now=NOW) == expected
