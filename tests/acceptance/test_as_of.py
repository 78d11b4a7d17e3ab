"""One transaction at several instants of its life: whatever is known now, it is told as it stood then."""

import pytest

from tests.acceptance.stage import DECLARED, HOUR_S, ran, said, stage, went_well

LIFE = [
    *ran("T", 0, 2, "reserve"), said("T", 3, "pay", "started"),
    said("T", 500, "pay"), *ran("T", 501, 510, "ship"),
    *ran("T", 900, 902, "mail"), said("T", 903, None, "txn_completed"),
]  # fmt: skip
# When: where it stands, who has it, whether it is stuck and how, what is advised first.
MOMENTS = {
    1: ("reserve", "inventory", "running", None, "wait"),
    20: ("pay", "payment", "running", None, "wait"),
    400: ("pay", "payment", "stuck", "step-overdue", "investigate"),
    505: ("ship", "shipping", "running", None, "wait"),
    800: ("mail", "mailer", "stuck", "handoff-lost", None),
    1000: (None, None, "completed", None, None),
}


def told(shown):
    """Give place, owner, status, stall and first advice."""
    first = shown.current[0] if shown.current else None
    advised = shown.advice[0].action if shown.advice else None
    kind = shown.stall.kind if shown.stall else None
    return first and first.step, first and first.owner, shown.status, kind, advised


def matches(expected, seen):
    """Whether place, owner, status and stall are as expected; and the advice where one is named."""
    return expected[:4] == seen[:4] and expected[4] in {None, seen[4]}


@pytest.fixture(params=["declared", "learned"], scope="module")
def life(request):
    """Give a stage with the whole life of T, and what is known of orders: a definition, or two hours of history."""
    if request.param == "declared":
        with stage(LIFE, definition=DECLARED, at_s=2000) as at:
            yield at
        return
    with stage(went_well(range(100), ("reserve", "pay", "ship", "mail"), at_s=-2 * HOUR_S, took_s=30), at_s=2000) as at:
        at.learn()
        at.take(LIFE)
        yield at


@pytest.mark.parametrize("second", MOMENTS)
def test_an_earlier_instant_is_told_as_it_stood(life, second):
    """Place, owner, stall and advice at an instant are those of then, although all that followed is known."""
    seen = told(life.show(as_of_s=second))

    assert matches(MOMENTS[second], seen), (MOMENTS[second], seen)


def test_an_earlier_instant_advises_for_the_step_of_then(life):
    """What was advised in the middle speaks of the step that was late then, and of what was to come."""
    shown = life.show(as_of_s=400)

    assert ("pay", "payment") == (shown.advice[0].step, shown.advice[0].owner)
    assert ["ship", "mail"] == [one.step for one in shown.remaining]
    assert shown.as_of == shown.current[0].since + (shown.as_of - shown.stall.since)
    assert 397 == shown.stall.stuck_s


def test_asking_for_an_earlier_instant_is_asking_then():
    """What is told of an instant afterwards is what was told at it, but for what came with a delay."""
    with stage(definition=DECLARED, at_s=0) as at:
        then = {}
        for second in (1, 20, 400, 505, 800):
            at.at(second)
            known = {one["uid"] for one in LIFE if one["at_ns"] <= at.clock.ns}
            at.take([one for one in LIFE if one["uid"] in known])
            then[second] = at.show()
        at.at(2000).take(LIFE)
        since = {second: at.show(as_of_s=second) for second in then}

    assert then == since
