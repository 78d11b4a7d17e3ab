import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.view import Viewport

LONG = Viewport(count=1_000_000, height=20)
MOVES = st.one_of(
    st.tuples(st.just("to"), st.integers(-5, 2_000)), st.tuples(st.just("move"), st.integers(-50, 50)),
    st.tuples(st.just("page"), st.sampled_from([-1, -0.5, 0.5, 1])),
    st.tuples(st.just("scrolled"), st.integers(-5, 2_000)),
    st.tuples(st.just("resized"), st.integers(0, 60)), st.tuples(st.just("counted"), st.integers(0, 1_000)),
    st.tuples(st.just("carried"), st.integers(-30, 30)),
)  # fmt: skip


@given(st.lists(MOVES, max_size=30))
def test_the_cursor_is_always_in_sight(moves):
    """Whatever is done to a window, its cursor is on a line that exists and that is seen."""
    view = Viewport(count=100, height=10)
    for name, value in moves:
        view = getattr(view, name)(value)

        assert 0 <= view.cursor <= max(0, view.count - 1)
        assert view.top <= view.cursor < view.top + view.height
        assert 0 <= view.top <= max(0, view.count - view.height)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (LONG.to(999_999), (999_999, 999_980)),
        (LONG.to(10).to(20), (20, 1)),
        (LONG.page(1), (19, 19)),
        (LONG.page(0.5), (9, 9)),
        (LONG.scrolled(900_000), (900_000, 900_000)),
        (LONG.to(500).scrolled(490), (500, 490)),
        (LONG.to(5).resized(3), (5, 3)),
    ],
)
def test_the_window_moves_as_people_expect(view, expected):
    """The window scrolls no further than needed, and by pages keeps the cursor's place on the screen."""
    assert expected == (view.cursor, view.top)


def test_a_line_that_moves_is_followed():
    """On the first page the window stays and the cursor goes; below it the cursor keeps its place on the screen."""
    assert (LONG.to(5).carried(3).cursor, LONG.to(5).carried(3).top) == (8, 0)
    below = LONG.scrolled(500).to(505)

    assert (508, 503) == (below.carried(3).cursor, below.carried(3).top)
