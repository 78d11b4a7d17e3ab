from tests.unit.tui.fake import entry, transaction
from tests.unit.tui.samples import NOW
from tracer.clock import to_ns
from tracer.reports.axis import build
from tui.look import Look
from tui.rows import lay_out, painted
from tui.ties import REACH, Ties
from tui.timeline import points_ns, rows

CALM = (
    entry("send", 100, 99, owner="orders", message_id="m1"),
    entry("INSERT", 90, 80, owner="orders"),
    entry("reserve", 50, 30, owner="inventory", causation_id="m1"),
)


def _drawn(timeline, look=None):
    one = transaction(
        timeline=timeline, steps=(), status="completed", current=(), stall=None, started_at=timeline[0].at
    )
    listed = rows(one)
    layout, ties = lay_out(110, listed), Ties(listed)
    axis = build(points_ns(one, to_ns(NOW)), layout.bar)
    lines = [
        painted(row, layout, axis, look or Look(), selected=False, now=NOW, ties=ties.at(at))
        for at, row in enumerate(listed)
        if row.selectable
    ]
    return ["".join(text for text, _ in line)[-layout.bar :] for line in lines]


def test_a_hand_off_leads_from_its_cause_to_its_effect():
    """A line begins at the end of the cause, passes what lies between, and ends where the effect begins."""
    cause, between, effect = _drawn(CALM)
    at = effect.index("╰")

    assert ("╮", "│", "╰") == (cause[at], between[at], effect[at])
    assert "╌" in cause[:at]
    assert effect[at + 1] in "╺━"


def test_an_effect_that_is_dated_before_its_cause_leads_up():
    """The line turns the other way, so that a person sees that clocks disagree."""
    early = (entry("reserve", 100, 90, owner="inventory", causation_id="m1"), entry("send", 50, 40, message_id="m1"))
    drawn = _drawn((entry("first", 200, 150), *early))

    assert "╭" in drawn[1]
    assert "╯" in drawn[2] or "━" in drawn[2]


def test_ascii_has_ties_too():
    """An ASCII terminal sees the same lines."""
    plain = _drawn(CALM, Look(unicode=False, colour=False))

    assert all(line.isascii() for line in plain)
    assert ["+", "|", "+"] == [line[_drawn(CALM)[2].index("╰")] for line in plain]


def test_ties_reach_no_further_than_a_screen():
    """A cause that is too many lines away is not drawn, and costs nothing."""
    many = (CALM[0], *(entry(f"x{each}", 98 - each / 10, owner="orders") for each in range(REACH + 5)), CALM[2])

    assert not any("╰" in line for line in _drawn(many))


def test_work_and_undoing_differ_without_colour():
    """What undoes has another bar and says so in its name and its word."""
    did = entry("charge", 100, 60, owner="payment")
    undone = entry("refund", 50, 10, owner="payment", phase="compensated")
    listed = [row for row in rows(transaction(timeline=(did, undone), steps=())) if row.kind == "entry"]
    charge, refund = _drawn((did, undone))

    assert ["charge", "undo: refund"] == [row.name for row in listed]
    assert ["completed", "compensated"] == [row.word for row in listed]
    assert ("━" in charge, "┅" in refund, "━" in refund) == (True, True, False)
