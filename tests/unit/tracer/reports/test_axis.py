import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracer.clock import NS_PER_S
from tracer.reports.axis import MAX_GAPS, build

HOUR = 3600


def _axis(*seconds, width=60, tail=1):
    return build([int(each * NS_PER_S) for each in seconds], width, tail=tail)


MOMENTS = st.lists(st.integers(0, 10**18), min_size=1, max_size=60)


@given(MOMENTS, st.integers(1, 200), st.integers(1, 6))
@example([0, 3343753, 15_008_120_068, 15_058_317_324], 23, 1)
def test_time_never_runs_backwards(moments, width, tail):
    """Whatever the moments, each has its place within the width, in their order, and silences do not overlap."""
    laid = build(moments, width, tail=tail)
    cells = [laid.cell(at) for at in sorted(moments)]

    assert cells == sorted(cells)
    assert all(cell >= 0 for cell in cells)
    assert all(left.left + left.width <= right.left for left, right in zip(laid.gaps, laid.gaps[1:], strict=False))
    assert len(laid.gaps) <= min(MAX_GAPS, width // 10)
    if width >= 20:
        assert max(cells) <= width


def test_steady_work_is_linear():
    """Where nothing dwarfs the rest, equal times get equal cells."""
    laid = _axis(*range(11), width=61)

    assert () == laid.gaps
    assert [round(laid.cell(each * NS_PER_S)) for each in (0, 5, 10)] == [0, 30, 61]


def test_a_silence_of_hours_does_not_squash_the_work():
    """Ten seconds of work and four hours of waiting: the work keeps most of the axis, the silence says its length."""
    laid = _axis(0, 1, 2, 5, 9, 10, 4 * HOUR)

    assert ["3h 59m"] == [gap.label for gap in laid.gaps]
    assert laid.cell(10 * NS_PER_S) > 40


def test_several_silences_are_cut_alike():
    """Three waits of similar length are all cut, though none is longer than the others together."""
    starts = (0, 4 * HOUR, 7 * HOUR, 10 * HOUR)
    laid = _axis(*(start + each for start in starts for each in (0, 1, 2, 3)))

    assert 3 == len(laid.gaps)


def test_many_even_waits_stay_linear():
    """A dozen retries an hour apart are spread evenly rather than cut to nothing."""
    assert () == _axis(*(each * HOUR for each in range(13)), width=40).gaps


def test_one_moment_has_a_place():
    """A transaction with a single event is drawn."""
    laid = _axis(5)

    assert (0.0, ()) == (laid.cell(5 * NS_PER_S), laid.gaps)


@pytest.mark.parametrize("width", [10, 22, 62, 120])
def test_the_last_stretch_keeps_its_room(width):
    """What follows the last silence has room for the word over it on a wide axis, and at least a cell on a narrow."""
    laid = _axis(0, 1, 2, 10, 4 * HOUR, width=width, tail=5)
    room = width - (laid.gaps[-1].left + laid.gaps[-1].width)

    assert room >= (5 if width >= 40 else 1)
