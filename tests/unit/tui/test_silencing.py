"""What is typed to silence alerts: a time, a reason, and matchers that come back as they were."""

import pytest

from tracer.alerts.silencing import parse_matchers
from tui.silencing import fault_of_matchers, fault_of_silence, taken, worded, written

LABELS = ("alertname=low coverage", "step=it's", 'owner="~pay"', "error=$(rm) `x` \\n #1")


@pytest.mark.parametrize(
    ("words", "expected"),
    [("2h the vendor", None), (" 2h  why", None), ("2h", "reason"), ("soon", "how long"), ("0s why", "how long"),
     ("400d why", "how long"), ("", "how long")],
)  # fmt: skip
def test_a_silence_needs_a_time_and_a_reason(words, expected):
    """Anything else says what is missing."""
    told = fault_of_silence(words)

    assert (told is None) if expected is None else expected in told


def test_a_time_and_a_reason_are_taken_apart():
    """The first word is the time."""
    assert (5_400.0, "the vendor is on it") == taken(" 1h30m  the vendor is on it ")


def test_matchers_come_back_as_they_were():
    """What stands in the line for an alert is a silence of that alert, blanks, quotes and all."""
    line = written(LABELS)

    assert LABELS == worded(line, LABELS)
    assert fault_of_matchers(line) is None
    assert len(parse_matchers(worded(line, LABELS))) == len(LABELS)


def test_what_cannot_be_shown_is_kept():
    """A label with a control character is shown harmless, and matched as it is."""
    hostile = ("saga=a\x1b[31mb",)

    assert "\x1b" not in written(hostile)
    assert hostile == worded(written(hostile), hostile)


def test_a_pattern_keeps_its_backslashes():
    """A backslash belongs to the regular expression; quotes hold what has blanks."""
    assert (r"owner=~pay\d+", "step=a b") == worded(r"owner=~pay\d+ 'step=a b'", ())


@pytest.mark.parametrize(
    ("text", "expected"), [("saga", "saga: "), ("saga=a 'step", "quote"), ("", "saga=order"), ("=x", "=x: ")]
)
def test_what_is_no_matcher_is_said(text, expected):
    """A term without an operator, a quote that is open, or nothing at all will not do."""
    assert expected in fault_of_matchers(text)
