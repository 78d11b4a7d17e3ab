from hypothesis import given
from hypothesis import strategies as st

from tui.diff import changes
from tui.look import width_of

LINES = st.lists(st.tuples(st.text("ab漢 ", max_size=4), st.sampled_from(["text", "dim"])), max_size=6).map(tuple)


def _cells(line):
    return [(char, role) for text, role in line for char in text for _ in range(2 if char == "漢" else 1)]


@given(LINES, LINES)
def test_repainting_the_changes_gives_the_new_line(old, new):
    """Outside of the runs that are given the two lines are the same, cell for cell."""
    width = max(width_of(old), width_of(new))
    before, after = (cells + [None] * (width - len(cells)) for cells in (_cells(old), _cells(new)))
    for left, run in changes(old, new):
        before[left : left + run] = after[left : left + run]

    assert after == before


def test_only_the_cells_that_differ_are_named():
    """A second that passed costs its own cells and no others."""
    old, new = (
        (("order", "text"), (" 41s", "dim"), (" x", "text")),
        (("order", "text"), (" 42s", "dim"), (" x", "text")),
    )

    assert [(5, 4)] == changes(old, new)
    assert [] == changes(old, old)
