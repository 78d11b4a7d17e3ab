from dataclasses import replace

import pytest

from tests.unit.tui.fake import entry, step, transaction
from tests.unit.tui.samples import NOW, ago
from tracer.clock import to_ns
from tracer.reports.axis import build
from tracer.views import Compensation, Current, Remaining
from tui.look import TIMES, Look, width_of
from tui.rows import header, lay_out, painted
from tui.ruler import Scale
from tui.timeline import MAX_DEPTH, owner_roles, points_ns, rows, same_rows

LOOK = Look()


def _text(row, listed, width=100, look=LOOK, *, selected=False):
    layout = lay_out(width, listed)
    axis = build(points_ns(transaction(), to_ns(NOW)), layout.bar)
    line = painted(row, layout, axis, look, selected=selected, now=NOW)
    return "".join(piece for piece, _ in line)


def _named(listed, name, kind):
    return next(row for row in listed if row.name == name and row.kind == kind)


def test_the_steps_come_first_then_the_records_then_what_is_now():
    """A reader finds the steps with their compensations, the records in the order of time, and the open end."""
    listed = rows(transaction())

    assert ["axis", "step", "step", "step", "step", "axis", *["entry"] * 7, "now"] == [row.kind for row in listed]
    assert ["undo: refund-card"] == [row.name for row in listed if row.kind == "step" and row.depth]


def test_the_stuck_step_stands_out():
    """The step that is stuck is loud where it stands among the steps and where the records end."""
    loud = [(row.kind, row.name, row.state, row.mark) for row in rows(transaction()) if row.loud]

    assert [("step", "reserve-inventory", "stuck", "open"), ("now", "reserve-inventory", "stuck", "open")] == loud


def test_a_transaction_that_ended_has_no_open_end():
    """Nothing of a completed transaction runs to now."""
    done = transaction(status="completed", stall=None, ended_at=ago(15_000), current=(), steps=(
        step("place-order", "orders", "completed", 15_140, 15_138),))  # fmt: skip

    assert not [row for row in rows(done) if row.mark == "open" or row.loud]
    assert to_ns(NOW) not in points_ns(done, to_ns(NOW))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"phase": "completed"}, ("completed", "completed", "span")),
        ({"phase": "failed", "status": "error"}, ("failed", "failed", "error")),
        ({"phase": "observed", "status": "error"}, ("failed", "error", "error")),
        ({"phase": "timed_out", "kind": "event"}, ("failed", "timed out", "event-error")),
        ({"phase": "observed", "kind": "event"}, ("observed", "observed", "event")),
        ({"phase": "compensation_failed"}, ("failed", "undo failed", "error")),
    ],
)
def test_a_record_says_what_it_was(fields, expected):
    """A record's sign and word come from its phase, and an error is an error whatever the phase."""
    row = rows(transaction(timeline=(entry("x", 10, 9, **fields),)))[-2]

    assert expected == (row.state, row.word, row.mark)


def test_children_stand_under_their_parents():
    """Spans are set in below their parents and events below their spans, so far and no further."""
    names = {row.name: row.depth for row in rows(transaction()) if row.kind == "entry"}
    chain = tuple(entry(f"s{n}", 100 - n, span_id=f"{n}", parent_span_id=f"{n - 1}") for n in range(12))
    circle = (entry("a", 3, span_id="1", parent_span_id="2"), entry("b", 2, span_id="2", parent_span_id="1"))

    assert {"POST /orders": 0, "INSERT orders": 1, "OrderPlaced": 1, "charge-card": 1, "PaymentCaptured": 2} == names
    for timeline in (chain, circle):
        assert max(row.depth for row in rows(transaction(timeline=timeline))) == MAX_DEPTH


def test_records_by_owner_stand_together():
    """Grouped, each owner has one heading and its records below it in the order of time."""
    listed = rows(transaction(), by_owner=True)
    heads = [row.name for row in listed if row.kind == "heading"]

    assert ["orders  3 records", "payments  4 records"] == heads
    assert 7 == sum(row.kind == "entry" for row in listed)


def test_each_owner_has_its_colour():
    """An owner keeps one colour, and more owners than colours still have one each."""
    many = transaction(timeline=tuple(entry("x", each, owner=f"o{each}") for each in range(1, 20)), steps=())
    roles = owner_roles(many)

    assert 19 == len(roles)
    assert 8 == len(set(roles.values()))


def test_rows_are_told_apart():
    """Two records that look the same are two rows, which a refresh finds again one by one."""
    twin = entry("retry", 10, 9, span_id="f")
    listed = rows(transaction(timeline=(twin, twin, twin)))

    assert len(listed) == len({row.key for row in listed})


def test_a_reading_with_nothing_new_gives_the_same_rows():
    """Durations that grew do not make other rows; a record does."""
    one = transaction()
    later = replace(one, elapsed_s=one.elapsed_s + 1, as_of=one.as_of)

    assert same_rows(one, later)
    assert not same_rows(one, replace(one, timeline=one.timeline[:-1]))
    assert not same_rows(one, replace(one, status="running", stall=None))


def test_a_truncated_timeline_says_so():
    """Where the sidecar gave only the first records, the heading says how many there are."""
    listed = rows(replace(transaction(), timeline_total=12_431))

    assert "RECORDS first 7 of 12,431" in [row.name for row in listed]


@pytest.mark.parametrize("width", [40, 79, 119, 199])
@pytest.mark.parametrize("look", [LOOK, Look(unicode=False, colour=False)])
def test_every_line_fits_the_width(width, look):
    """At every width each row is exactly as wide as the others and no wider than the screen."""
    undone = Compensation(
        step="refund", owner="payments", state="compensating", started_at=ago(50), ended_at=None, error="x"
    )
    full = transaction(
        steps=(step("charge", "payments", "failed", 100, 60, error="declined", compensation=undone),),
        remaining=(Remaining(step="ship", owner="shipping", expected_s=3.0, basis="learned"),),
    )
    listed = rows(full)
    layout = lay_out(width, listed)
    axis = build(points_ns(full, to_ns(NOW)), layout.bar)
    lines = [painted(row, layout, axis, look, selected=True, now=NOW) for row in listed if row.selectable]
    widths = {width_of(line) for line in (*lines, header(layout, axis, look, Scale(to_now=True)))}

    assert 1 == len(widths)
    assert widths.pop() <= max(width, 54)


def test_a_line_says_state_name_owner_tries_and_time():
    """A step's line has everything a person asks of it."""
    listed = rows(transaction())
    line = _text(_named(listed, "charge-card", "step"), listed)

    assert ["✓", "completed", "charge-card", "payments", f"{TIMES}3", "7.2s"] == line.split()[:6]


def test_errors_stand_beside_names_where_there_is_room():
    """On a wide screen a failed record says why; on a narrow one the bars keep their room."""
    listed = rows(transaction())
    failed = next(row for row in listed if row.state == "failed")

    assert "gateway timeout" in _text(failed, listed, width=119)
    assert "gateway" not in _text(failed, listed, width=79)


def test_what_is_only_inferred_is_drawn_thin():
    """The open end of a step that nobody said had begun is thinner than one that is known."""
    exact = Current(step="x", owner="o", state="running", since=ago(15_139), elapsed_s=1.0, expected_s=None,
                    threshold_s=None, threshold_source="default", basis="exact")  # fmt: skip
    known = transaction(status="running", stall=None, current=(exact,))
    guess = transaction(status="running", stall=None, current=(replace(exact, basis="inferred"),))

    assert "━" in _text(rows(known)[-1], rows(known))
    assert "━" not in _text(rows(guess)[-1], rows(guess))


def test_hostile_names_are_harmless():
    """Control sequences, markup and megabytes in any field come out printable and as wide as ever."""
    evil = "\x1b]52;c;ZXZpbA==\x07[bold]\x9b2J\u202e" + "x" * 2**20
    bad = entry(evil, 10, 9, owner=evil, step=evil, error=evil, phase="failed")
    listed = rows(transaction(timeline=(bad,), steps=(step(evil, evil, "running", 9),)))
    lines = [_text(row, listed) for row in listed if row.selectable]

    assert all(line.isprintable() and len(line) <= 100 for line in lines)


def test_a_lost_hand_off_is_stuck_after_its_step():
    """Where the step itself is done, the open end says that it is stuck after it."""
    done = tuple(replace(each, state="completed") for each in transaction().current)

    assert ["stuck here", "stuck after"] == [rows(one)[-1].word for one in (transaction(), transaction(current=done))]


def test_a_parent_comes_before_its_children():
    """Two spans that began in the same microsecond stand in the order of their nesting."""
    child = entry("child", 10, 9, span_id="2", parent_span_id="1")
    parent = entry("parent", 10, 8, span_id="1")
    names = [row.name for row in rows(transaction(timeline=(child, parent))) if row.kind == "entry"]

    assert ["parent", "child"] == names
