"""What follows from a situation, where declaration and history speak together."""

import pytest

from tests.courses import course, learned
from tests.situations import LIMITS, at, judged, saga, shown, step
from tracer.analysis.judging import judge
from tracer.model.sagas import LearnedSaga, Verdict

LINE = saga(step("place", undo="unplace"), step("pay", "place"), step("ship", "pay"))
OTHER = learned(course(90, "ship pay place"))
NOTHING = LearnedSaga(saga="order", samples=0.0, says_end=False)
HOSTILE = ("", " ", "\x1e\x1f", "a~b", "[red]", "\N{BELL}", "x" * 10_000)


@pytest.mark.parametrize("history", [None, NOTHING], ids=["none", "empty"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("pay", ["pay never-ended"]),
        ("pay?", ["pay step-overdue"]),
        ("pay? ship@", ["pay step-overdue", "ship wait-overdue"]),
        ("pay? refund~place?", ["refund~place compensation-stuck", "pay step-overdue"]),
        ("place? refund~place", ["refund~place never-ended"]),
    ],
)
def test_where_nothing_is_known_what_was_seen_stands(text, expected, history):
    """With the defaults; what is being undone is over."""
    verdict = judged(text, None, history)

    assert expected == shown(verdict)
    assert {"default"} >= {place.basis for place in verdict.places}


def test_a_declaration_wins_over_history():
    """Which knows another order."""
    assert ["pay handoff-lost"] == shown(judged("place", LINE, OTHER))
    assert "completed" == judged("ship pay place", LINE, OTHER).ends
    assert ["place handoff-lost"] == shown(judged("ship pay", None, OTHER))


def test_history_tells_a_declared_saga_its_chances():
    """To complete: nobody declares that."""
    history = learned(course(60, "place pay ship"), course(40, "place pay! unplace~place"))

    assert 0.6 == judged("place", LINE, history).finish_p
    assert judged("place", LINE).finish_p is None


def test_a_declaration_without_steps_says_only_its_deadlines():
    """History says the rest."""
    verdict = judged("ship", saga(deadline_s=60.0), OTHER)

    assert (["pay handoff-lost"], 60.0) == (shown(verdict), verdict.deadline_s)


def test_the_order_of_places_says_which_one_to_name():
    """Compensations, then what was seen to begin, then what is expected; what waits for a person comes last."""
    declared = saga(
        step("ask", waits=True), step("a", undo="undo-a"), step("b", undo="undo-b"), step("c"), step("d", "c")
    )

    assert ["b step-overdue", "a handoff-lost", "c handoff-lost", "ask wait-overdue"] == shown(judged("b?", declared))
    assert ["undo-a~a compensation-stuck", "b step-overdue", "ask wait-overdue"] == shown(
        judged("ask@ a b? c!", declared)
    )


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name[:5]))
@pytest.mark.parametrize("undone", ["", *HOSTILE[1:4]], ids=repr)
def test_a_step_may_have_any_name(name, undone):
    """It stands where it was seen."""
    mark = at("pay?")[0]._replace(step=name, compensates=undone)

    assert [mark.key] == [place.key for place in judge([mark], None, None, LIMITS).places]


def test_a_nameless_step_is_not_undone_by_forward_work():
    """An empty text undoes nothing."""
    nameless, pay = at("pay? pay")[0]._replace(step=""), at("pay")[0]

    assert [nameless.key] == [place.key for place in judge([nameless, pay], None, None, LIMITS).places]


def test_a_step_that_is_told_twice_stands_once():
    """In whatever order."""
    ways = (at("pay? pay-"), at("pay- pay?"), at("pay? pay- pay-"))
    verdicts = [judge(marks, None, None, LIMITS) for marks in ways]

    assert [1, 1, 1] == [len(verdict.places) for verdict in verdicts]
    assert verdicts[0] == verdicts[1] == verdicts[2]


def test_nothing_seen_and_nothing_known_says_nothing():
    """Not even that it is over."""
    assert Verdict() == judged("")
