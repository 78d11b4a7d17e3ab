from dataclasses import replace

import pytest

from tests.unit.tui.fake import step, transaction
from tracer.views import Compensation, Remaining
from tui.look import Look
from tui.strip import strip

COMING = Remaining(step="ship", owner="shipping", expected_s=2.0, basis="declared")


def _text(of, room=100, look=None):
    return ["".join(text for text, _ in line).rstrip() for line in strip(of, look or Look(), room)]


def test_each_state_has_a_glyph_and_a_word():
    """Steps of the same state share its word; the one that is stuck says so, and what is to come follows."""
    expected = ["✓ done place-order, charge-card → ▲ stuck reserve-inventory → ○ to come (declared) ship"]
    assert expected == _text(transaction(remaining=(COMING,)))


def test_ascii_has_its_twin():
    """The strip needs no Unicode."""
    (line,) = _text(transaction(remaining=(COMING,)), look=Look(unicode=False, colour=False))

    assert "+ done place-order, charge-card > ! stuck reserve-inventory > . to come (declared) ship" == line


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("compensating", "↺ undoing charge-card"), ("compensated", "↶ compensated charge-card"),
        ("compensation_failed", "✗ undo failed charge-card"), ("pending", "✓ done charge-card"),
    ],
)  # fmt: skip
def test_a_step_that_is_undone_says_so(state, expected):
    """What became of the compensation is what became of the step; one that never began leaves it as it was."""
    undo = Compensation(step="refund-card", owner="payments", state=state, started_at=None, ended_at=None, error=None)
    one = step("charge-card", "payments", "completed", 10, 9, compensation=undo)

    assert [expected] == _text(transaction(steps=(one,), stall=None))


def test_a_stuck_step_that_no_record_names_is_there():
    """The step that a lost hand-off led to is stuck, among the steps to come or named by nobody but the stall."""
    done = transaction().steps[0]
    coming = replace(COMING, step="reserve-inventory")

    for remaining in ((), (coming,)):
        expected = ["✓ done place-order → ▲ stuck reserve-inventory"]
        assert expected == _text(transaction(steps=(done,), remaining=remaining))


def test_what_does_not_fit_is_counted():
    """Many steps that are done are counted, so that the stuck one stays in sight on two lines."""
    many = tuple(step(f"step-number-{at}", "o", "completed", 99 - at, 98 - at) for at in range(30))
    lines = _text(transaction(steps=(*many, *transaction().steps[2:])), room=60)

    assert ["✓ 30 done → ▲ stuck reserve-inventory"] == lines
