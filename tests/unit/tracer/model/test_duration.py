import pytest

from tracer.model.duration import spell, spell_finely


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (0.9, "0s"),
        (59.99, "59s"),
        (60, "1m 0s"),
        (724, "12m 4s"),
        (3599.9, "59m 59s"),
        (3600, "1h 0m"),
        (12_000, "3h 20m"),
        (86_399, "23h 59m"),
        (86_400, "1d 0h"),
        (187_200, "2d 4h"),
        (86_400 * 400, "400d 0h"),
    ],
)
def test_durations_are_spelt_in_their_two_largest_units(seconds, expected):
    """A duration is cut, never rounded up to what has not passed yet."""
    assert expected == spell(seconds)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0ms"),
        (0.35, "350ms"),
        (0.9994, "999ms"),
        (0.9996, "1.0s"),
        (1, "1.0s"),
        (4.26, "4.2s"),
        (9.99, "9.9s"),
        (10, "10s"),
        (2292, "38m 12s"),
    ],
)
def test_short_durations_are_spelt_finely(seconds, expected):
    """Below ten seconds the tenth counts, below one the millisecond."""
    assert expected == spell_finely(seconds)
