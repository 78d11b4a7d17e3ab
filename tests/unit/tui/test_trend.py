import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.look import Look
from tui.trend import course, spark

COUNTS = st.lists(st.integers(0, 10**6), max_size=60)


@pytest.mark.parametrize(
    ("counts", "cells", "expected"),
    [
        ((0, 1, 7), 3, "▁▂█"),
        ((0,) * 30, 10, ""),
        ((), 10, ""),
        ((1, 1, 0, 0, 0, 4), 3, "▄▁█"),
        ((9, 1, 1, 2, 2), 2, "█"),
        ((5,), 10, "█"),
        ((1,), 0, ""),
    ],
)
def test_counts_are_drawn(counts, cells, expected):
    """The highest is a full block, nothing a line; neighbours are added up until they fit."""
    assert expected == spark(counts, cells, Look())


@given(COUNTS, st.integers(0, 40))
def test_a_picture_fits_and_shows_whatever_is_there(counts, cells):
    """It is never wider than it may be, stands alone in ASCII, and draws what is more no lower."""
    drawn, plain = spark(counts, cells, Look()), spark(counts, cells, Look(unicode=False))

    assert len(drawn) == len(plain) <= cells
    assert plain.isascii()
    if drawn and len(counts) <= cells:
        ordered = sorted(zip(counts, drawn, strict=True))
        assert [char for _, char in ordered] == sorted(char for _, char in ordered)
        assert all((char == "▁") == (count == 0) for count, char in ordered)


@pytest.mark.parametrize(
    ("before", "late", "expected"),
    [
        (0, 3, "growing"), (0, 2, ""), (2, 2, ""), (3, 1, "steady"),
        (10, 15, "growing"), (10, 14, "steady"), (15, 10, "slowing"),
        (14, 10, "steady"), (4, 0, "over"), (0, 0, ""),
    ],
)  # fmt: skip
def test_the_course_is_told_in_a_word(before, late, expected):
    """The last ten minutes against the ten before, where the difference is more than chance."""
    assert expected == course((7,) * 10 + (0,) * 9 + (before,) + (0,) * 9 + (late,))
