from hypothesis import given
from hypothesis import strategies as st

from tracer.clock import NS_PER_S
from tui.lens import Lens

DAY = 86_400 * NS_PER_S
# Ten seconds of work, thirty days of waiting, ten seconds of work.
POINTS = [*(each * NS_PER_S for each in range(11)), *(30 * DAY + each * NS_PER_S for each in range(11))]


def test_zooming_shows_less_around_the_line():
    """Zoomed in, the window is smaller and holds the moment that was asked for; everything else is at its ends."""
    lens = Lens().zoomed(0.25, 5 * NS_PER_S, POINTS)
    low, high = lens.window

    assert low <= 5 * NS_PER_S <= high
    assert {low, high} <= set(lens.points(POINTS))
    assert 4.0 == round(lens.times(POINTS), 3)


def test_zooming_out_ends_at_all_of_it():
    """Zoomed out as often as in, all is shown again, and then no more."""
    lens = Lens().zoomed(0.5, 0, POINTS).zoomed(0.5, 0, POINTS).zoomed(2.0, 0, POINTS).zoomed(2.0, 0, POINTS)

    assert Lens() == lens == lens.zoomed(2.0, 0, POINTS)


def test_moving_does_not_get_lost_in_a_silence():
    """A window of a few seconds is moved over thirty days of silence in a few steps."""
    lens, steps = Lens().zoomed(0.1, 0, POINTS), 0
    while lens.window[0] < 30 * DAY and steps < 20:
        lens, steps = lens.panned(1.0, POINTS), steps + 1

    assert steps < 12
    assert lens.window[1] > 30 * DAY


def test_moving_stops_at_the_ends():
    """Before the first and after the last moment there is nothing to see."""
    lens = Lens().zoomed(0.25, 5 * NS_PER_S, POINTS)

    assert POINTS[0] == lens.panned(-9.0, POINTS).window[0]
    assert POINTS[-1] == lens.panned(9.0, POINTS).window[1]
    assert Lens() == Lens().panned(1.0, POINTS)


@given(
    st.lists(st.integers(0, 10**16), min_size=1, max_size=30),
    st.lists(st.tuples(st.sampled_from(["in", "out", "left", "right"]), st.integers(0, 10**16)), max_size=30),
)
def test_a_window_is_never_empty_nor_outside(points, moves):
    """Whatever is zoomed and moved in whatever order, the window lies within what happened and has a length."""
    lens = Lens()
    for move, around in moves:
        if move in {"in", "out"}:
            lens = lens.zoomed(0.5 if move == "in" else 2.0, around, points)
        else:
            lens = lens.panned(0.25 if move == "right" else -1.0, points)
        if lens.window is not None:
            low, high = lens.window
            assert min(points) <= low < high <= max(points) + 1
