import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.clock import NS_PER_S
from tracer.reports.axis import build
from tui.look import Look, width_of
from tui.ruler import Scale, ruler
from tui.waterfall import Stretch, bar

FANCY, PLAIN = Look(), Look(unicode=False, colour=False)
AXIS = build([each * NS_PER_S for each in range(11)], 20)
LATE = build([each * NS_PER_S for each in (*range(11), 40_000)], 40)


def _drawn(axis, look=FANCY, **stretch):
    line = bar(axis, Stretch(**stretch), look)
    return "".join(text for text, _ in line)


@pytest.mark.parametrize(
    ("stretch", "expected"),
    [
        ({"start_ns": 0, "end_ns": 10 * NS_PER_S}, "━━━━━━━━━━━━━━━━━━━━"),
        ({"start_ns": 5 * NS_PER_S, "end_ns": 10 * NS_PER_S}, "          ━━━━━━━━━━"),
        ({"start_ns": 0, "end_ns": 1}, "╸                   "),
        ({"start_ns": 0, "end_ns": 5 * NS_PER_S, "mark": "error"}, "━━━━━━━━━✗          "),
        ({"start_ns": 5 * NS_PER_S, "mark": "event"}, "          ◆         "),
        ({"start_ns": 10 * NS_PER_S, "mark": "event"}, "                   ◆"),
        ({"start_ns": 0, "mark": "event-error"}, "✗                   "),
        ({"start_ns": 5 * NS_PER_S, "end_ns": 10 * NS_PER_S, "mark": "open"}, "          ━━━━━━━━━►"),
        ({"start_ns": 5 * NS_PER_S, "end_ns": 10 * NS_PER_S, "mark": "open", "thin": True}, "          ─────────►"),
    ],
)
def test_a_stretch_is_drawn_to_scale(stretch, expected):
    """A bar begins and ends where the axis says; errors, events and what is not over have their own marks."""
    assert expected == _drawn(AXIS, **stretch)


def test_ascii_terminals_see_the_same():
    """Every mark has an ASCII twin of the same width."""
    end = 10 * NS_PER_S
    kinds = ("span", "error", "event", "event-error", "open")
    lines = [_drawn(LATE, PLAIN, start_ns=0, end_ns=end, mark=kind, thin=thin) for kind in kinds for thin in (0, 1)]

    assert all(line.isascii() and len(line) == 40 for line in lines)


def test_a_bar_across_a_silence_shows_that_it_was_cut():
    """What lasted through a silence is broken there, and others show that time passed."""
    across = _drawn(LATE, start_ns=0, end_ns=40_000 * NS_PER_S, mark="open")
    before = _drawn(LATE, start_ns=0, end_ns=NS_PER_S)

    assert "╌╌" in across
    assert across.endswith("►")
    assert "┊" in before


@pytest.mark.parametrize("look", [FANCY, PLAIN])
def test_the_ruler_says_when_and_how_long(look):
    """The ruler names the silence, and the end of what is still under way is now."""
    text = "".join(
        text for text, _ in ruler(build([0, NS_PER_S, 40_000 * NS_PER_S], 60, tail=5), look, Scale(to_now=True))
    )

    assert "11h" in text
    assert text.rstrip().endswith("now")
    assert len(text) == 60


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20), st.integers(1, 90), st.data())
def test_every_line_is_as_wide_as_its_axis(moments, width, data):
    """No moment, mark or width makes a line longer or shorter than its axis."""
    axis = build(moments, width)
    start = data.draw(st.integers(-(10**15), 2 * 10**15))
    mark = data.draw(st.sampled_from(["span", "error", "event", "open", "event-error"]))
    line = bar(axis, Stretch(start_ns=start, end_ns=data.draw(st.none() | st.integers(0, 10**15)), mark=mark), FANCY)

    assert width == width_of(line) == width_of(ruler(axis, FANCY, Scale()))
