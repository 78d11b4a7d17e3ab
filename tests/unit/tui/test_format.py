from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from tui.format import clock, count, exact, fit, grain_s, moment_whole, plural, right, short_count, shown, ticking


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "-"), (-3, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (69, "1m"), (70, "1m 10s"), (257, "4m 10s"),
        (600, "10m"), (3599, "59m"), (3600, "1h"), (11_520, "3h 12m"), (36_000, "10h"), (86_399, "23h"),
        (86_400, "1d"), (97_200, "1d 3h"), (864_000, "10d"), (99 * 86_400 + 5, "99d"), (100_000_000, "1157d"),
    ],
)  # fmt: skip
def test_a_growing_duration_is_coarser_the_older_it_is(seconds, expected):
    """A duration that grows fits six characters and changes the less often the older it is."""
    said = ticking(seconds)

    assert expected == said
    assert len(said) <= 6


@pytest.mark.parametrize("seconds", [0, 59, 60, 599, 600, 35_999, 36_000, 863_999, 864_000, 10**7])
def test_the_grain_is_how_long_the_words_stand(seconds):
    """Within one grain a growing duration reads the same."""
    grain = grain_s(seconds)
    start = seconds - seconds % grain

    assert {ticking(start)} == {ticking(start + each) for each in (0, grain / 2, grain - 0.001)}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "-"), (0, "0ms"), (0.12, "120ms"), (0.9996, "1.0s"), (4.26, "4.2s"), (9.99, "9.9s"), (42.9, "42s"),
        (252, "4m 12s"), (240, "4m"), (11_520, "3h 12m"),
    ],
)  # fmt: skip
def test_a_finished_duration_keeps_what_matters(seconds, expected):
    """A finished duration is said to the millisecond, the tenth, the second or the minute."""
    assert expected == exact(seconds)


def test_a_moment_is_said_in_the_local_zone():
    """A moment is the local time, with its date only where that is not today."""
    moment = datetime(2026, 3, 13, 23, 30, tzinfo=UTC)

    assert clock(moment) == "00:30:00"
    assert clock(moment, datetime(2026, 3, 14, 9, 0, tzinfo=UTC)) == "00:30:00"
    assert clock(moment, datetime(2026, 3, 15, 9, 0, tzinfo=UTC)) == "14 Mar 00:30:00"
    assert moment_whole(moment) == "2026-03-14 00:30:00.000 +0100"


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("order", 8, "order   "), ("order-1042", 6, "order…"), ("", 3, "-  "), (None, 3, "-  "), ("x", 0, ""),
        ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢 …"),
    ],
)  # fmt: skip
def test_a_text_is_exactly_as_wide_as_its_column(text, width, expected):
    """Fitted text fills its cells exactly, wide characters counted, and says where it was cut."""
    fitted = fit(text, width)

    assert expected == fitted
    assert cell_len(fitted) == width


@pytest.mark.parametrize("text", ["\x1b]52;c;ZXZpbA==\x07", "\x1b[31mred", "a\nb", "\x9b2J", "\u202eevil", "\x00"])
def test_control_characters_do_not_pass(text):
    """Neither `shown` nor `fit` lets a control character through."""
    for said in (shown(text), fit(text, 40)):
        assert said.isprintable()


def test_a_megabyte_stays_small():
    """A name of a megabyte, even one of marks without width, becomes a few characters."""
    for name in ("x" * 2**20, "\N{COMBINING ACUTE ACCENT}" * 2**20):
        assert len(fit(name, 20)) <= 100
        assert cell_len(fit(name, 20)) == 20


def test_numbers_are_easy_to_read():
    """Counts have their thousands apart, or a unit where there is no room."""
    assert count(1_000_000) == "1,000,000"
    assert [short_count(each) for each in (0, 999, 1_000, 12_345, 123_456, 1_250_000)] == [
        "0", "999", "1k", "12.3k", "123k", "1.2M",
    ]  # fmt: skip
    assert (plural(1, "row"), plural(2, "row")) == ("1 row", "2 rows")
    assert right("7", 3) == "  7"
