from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tui.fake import FakeReader, VastReader, night, summary
from tests.unit.tui.samples import NOW, ago
from tracer.clock import to_ns
from tracer.views import TransactionPage
from tui.state import MAX_WINDOW, ListState, next_sort
from tui.view import Viewport


def _read(state, reader):
    query = state.query()
    return state.received(query, reader.transactions(query))


def _seeing(reader, height=10):
    state = ListState(view=Viewport(height=height))
    return _read(state, reader)


def test_only_a_window_is_asked_for():
    """However long the list and wherever the cursor, the window is small and holds two screens on either side."""
    state = _seeing(VastReader(), height=20)
    for index in (0, 17, 500, 900_000, 999_999):
        query = state.moved(state.view.to(index)).query()
        top = state.view.to(index).top

        assert query.limit <= MAX_WINDOW
        assert max(0, top - 40) >= query.offset
        assert query.offset + query.limit >= top + 20 + 20


def test_moving_by_a_line_asks_for_the_same_window():
    """A window is kept for a screen's worth of moves, so that holding a key down does not flood the sidecar."""
    state = _seeing(VastReader(), height=20)
    offsets = set()
    for index in range(100, 200):
        state = state.moved(state.view.to(index))
        offsets.add(state.query().offset)

    assert len(offsets) <= 7


def test_a_window_is_never_larger_than_the_limit():
    """Even a wall of a terminal asks for a bounded window that covers what it shows."""
    query = ListState(view=Viewport(count=10**6, height=400)).query()

    assert (0, MAX_WINDOW) == (query.offset, query.limit)


def test_the_selected_transaction_is_followed_by_its_id():
    """Rows that come and go above the selected one move the cursor with it."""
    rows = night()
    state = _seeing(FakeReader(rows))
    state = state.moved(state.view.to(2))
    held = state.selected()
    later = _read(state, FakeReader([summary(f"new-{each}", "stuck", in_step_s=99_999) for each in range(3)] + rows))

    assert held == later.selected()
    assert 5 == later.view.cursor
    assert not later.lost()


def test_until_one_is_chosen_the_cursor_keeps_to_the_top():
    """A person who has not moved yet sees the newest trouble first, and so does one who pressed g."""
    rows = night()
    untouched = _seeing(FakeReader(rows))
    home = untouched.moved(untouched.view.to(5)).moved(untouched.view.to(0), at_top=True)
    worse = FakeReader([summary("worse", "stuck", in_step_s=99_999), *rows])

    assert ["worse", "worse"] == [_read(state, worse).selected() for state in (untouched, home)]


def test_a_selected_transaction_that_leaves_the_window_stays_selected():
    """Enter never opens another transaction than the one a person chose, even when it moved far away."""
    state = _seeing(VastReader(), height=10)
    state = state.moved(state.view.to(3))
    gone = state.received(state.query(), replace(VastReader().transactions(state.query()), transactions=tuple(
        summary(f"other-{each}", "stuck") for each in range(50))))  # fmt: skip

    assert "order-0000003" == gone.selected()
    assert gone.lost()
    assert "other-4" == gone.moved(gone.view.move(1)).selected()


def test_the_row_under_a_far_jump_is_selected_when_it_arrives():
    """After a jump to rows that are not here, the row under the cursor becomes the selected one."""
    state = _seeing(VastReader(), height=10)
    jumped = state.moved(state.view.to(900_000))

    assert jumped.selected() is None
    assert "order-0900000" == _read(jumped, VastReader()).selected()


def test_an_answer_to_an_older_question_changes_nothing():
    """A window of the list before the filter was typed does not replace what is shown."""
    reader = FakeReader(night())
    state = _seeing(reader)
    old = state.query()
    typed = state.asked(text="owner:ledger")

    assert typed == typed.received(old, reader.transactions(old))


def test_a_list_that_shrinks_keeps_the_cursor_inside():
    """When the filter leaves fewer rows, the cursor is on one of them."""
    reader = FakeReader(night())
    state = _seeing(reader)
    state = state.moved(state.view.to(48))
    fewer = _read(state.asked(text="status:stuck"), reader)

    assert (3, 0) == (fewer.view.count, fewer.view.cursor)
    assert 0 == _read(state.asked(text="nothing like this"), reader).total


def test_an_empty_list_has_no_selection():
    """Nothing is selected where there is nothing."""
    state = _seeing(FakeReader())

    assert (None, 0) == (state.selected(), state.view.cursor)


def test_the_next_trouble_is_found_among_the_rows_that_are_here():
    """From each stuck or failed row the next is found in both directions, without asking."""
    state = _seeing(FakeReader(night()))

    assert 1 == state.trouble_from(1)
    at_last_stuck = state.moved(state.view.to(2))
    assert (7, 1) == (at_last_stuck.trouble_from(1), at_last_stuck.trouble_from(-1))
    assert state.moved(state.view.to(7)).trouble_from(1) is None


@pytest.mark.parametrize(
    ("cursor", "text", "sort", "expected"),
    [
        (50, "", "status", 51),  # still among the stuck
        (119, "", "status", 699_750),  # beyond them: just before the failed
        (119, "status:failed", "status", 120),  # the failed alone
        (119, "", "-age", 120),  # another order says nothing about where the failed are
        (750_000, "", "status", 750_001),
    ],
)
def test_a_search_begins_where_the_counts_say(cursor, text, sort, expected):
    """In the order of status a search for trouble skips the rows that cannot be any."""
    state = _read(ListState(view=Viewport(height=10), sort=sort).asked(text=text), VastReader())
    state = replace(state, view=state.view.to(cursor))

    assert expected == state.trouble_hint(1)


@pytest.mark.parametrize(
    ("current", "key", "descending_first", "expected"),
    [
        ("status", "age", True, "-age"), ("-age", "age", True, "age"), ("age", "age", True, "-age"),
        ("status", "status", False, "-status"), ("-status", "status", False, "status"), ("-age", "saga", False, "saga"),
    ],
)  # fmt: skip
def test_a_column_sorts_its_usual_way_first(current, key, descending_first, expected):
    """A column's letter sorts the way people expect of it, and the other way round when pressed again."""
    assert expected == next_sort(current, key, descending_first=descending_first)


ROWS = [summary(f"order-{number}", "stuck", in_step_s=9_000.0 - number) for number in range(60)]
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-70, 70)),
        st.tuples(st.just("page"), st.sampled_from((-1.0, -0.5, 0.5, 1.0))),
        st.tuples(st.just("scroll"), st.integers(0, 60)),
        st.tuples(st.just("height"), st.integers(1, 30)),
    ),
    max_size=4,
)
# A refresh has some of the rows, in some order.
LISTS = st.lists(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row.transaction_id), min_size=1, max_size=4)


def _moved(state, move):
    kind, by = move
    if kind == "move":
        return state.moved(state.view.move(by))
    if kind == "page":
        return state.moved(state.view.page(by))
    return state.scrolled(state.view.scrolled(by) if kind == "scroll" else state.view.resized(by))


def _page(state, rows):
    query = state.query()
    counts = {"stuck": len(rows)}
    page = tuple(rows[query.offset : query.offset + query.limit])
    return query, TransactionPage(transactions=page, next=None, total=len(rows), counts=counts, as_of=NOW)


@given(MOVES, LISTS)
def test_a_refresh_takes_nothing_from_under_the_cursor(moves, lists):
    """Whatever a refresh brings, what is selected stays so, in the same line of the screen where it can."""
    state = _read(ListState(view=Viewport(height=10)), FakeReader(ROWS))
    state = state.moved(state.view.to(0))
    for move in moves:
        state = _read(_moved(state, move), FakeReader(ROWS))
    for rows in lists:
        held, before = state.selected(), state.view
        # What the cursor left by scrolling is asked for with the window that followed it.
        for _ in range(2):
            state = state.received(*_page(state, rows))
        view = state.view

        assert held == state.selected()
        assert 0 <= view.top <= view.cursor < view.top + view.height
        assert view.cursor < max(1, len(rows))
        found = state.row(view.cursor)
        is_here = found is not None and found.transaction_id == held
        assert is_here != (state.lost() or not rows)
        if is_here and before.top and 0 < view.top < len(rows) - view.height:
            assert before.cursor - before.top == view.cursor - view.top


def test_a_filter_that_makes_no_sense_leaves_the_list():
    """What was asked before it still holds: rows, cursor and selection stay until the line makes sense again."""
    reader = FakeReader(night())
    state = _read(ListState(view=Viewport(height=10)).asked(text="owner:payments"), reader)
    state = state.moved(state.view.to(1))
    wrong = state.asked(text="owner:payments older:soon")

    assert (state.query(), state.view, state.selected()) == (wrong.query(), wrong.view, wrong.selected())
    assert (1, ()) == (len(wrong.problems()), state.problems())
    assert 300.0 == wrong.asked(text="owner:payments older:5m").query().older_than_s
    assert () == wrong.asked(text="owner:payments").problems()


def test_an_instant_is_asked_with_the_same_filter():
    """Another instant keeps filter, order and selection; what the filter says of time counts back from it."""
    state = _seeing(FakeReader(night())).asked(text="since:1h", now_ns=to_ns(NOW))
    state = state.moved(state.view.to(2))
    then = state.at(ago(7_200))

    assert (ago(3_600), None) == (state.query().since, state.query().as_of)
    assert (ago(10_800), ago(7_200)) == (then.query().since, then.query().as_of)
    assert (state.selected(), state.query()) == (then.selected(), then.at(None).query())
