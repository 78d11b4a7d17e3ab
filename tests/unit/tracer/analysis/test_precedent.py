"""What history shows for a situation: the courses that finished transactions took from there."""

from dataclasses import replace

import pytest

from tests.courses import course, learned
from tests.situations import LIMITS, at, coming, judged, shown
from tracer.analysis.learning import StepFact
from tracer.analysis.precedent import Precedent, outcome_of
from tracer.model.sagas import StepKey, Timing

LINE = learned(course(90, "place pay ship"))
FORK = learned(
    course(50, "place pay pack ship", overlaps=[("pay", "pack")]),
    course(40, "place pack pay ship", overlaps=[("pay", "pack")]),
)
EITHER = learned(course(60, "place card ship"), course(40, "place bank ship"))
UNDONE = learned(course(90, "place pay ship"), course(40, "place pay! unplace~place"))
TAKEN_BACK = learned(course(90, "Placed Paid Shipped"), course(40, "Placed Declined Released"))
SAID = learned(course(90, "place pay ship", "completed"))
TRIED = learned(
    course(90, "place pay ship"),
    facts=[StepFact(key=StepKey("pay"), owner="payment", n=90.0, retried=30.0, retried_well=30.0)],
)


def timed(saga, **middles):
    """Give each step its middle time, and each hand-off a second; p95 is twice, the limit four times that."""
    return replace(
        saga,
        steps=tuple(replace(one, timing=_timing(middles.get(one.step, 1.0))) for one in saga.steps),
        handoffs=tuple(replace(one, timing=_timing(1.0)) for one in saga.handoffs),
    )


def _timing(p50_s):
    return Timing(n=100.0, censored=0.0, p50_s=p50_s, p95_s=2 * p50_s, limit_s=4 * p50_s)


@pytest.mark.parametrize(
    ("history", "text", "expected"),
    [
        (LINE, "place", ["pay handoff-lost"]),
        (LINE, "place pay", ["ship handoff-lost"]),
        (LINE, "place pay?", ["pay step-overdue"]),
        (LINE, "place? pay", ["ship handoff-lost"]),
        (LINE, "pay", ["ship handoff-lost"]),
        (LINE, "pay?", ["pay step-overdue"]),
        (LINE, "", ["place handoff-lost"]),
        (FORK, "place", ["pay handoff-lost", "pack handoff-lost"]),
        (FORK, "place pay", ["pack handoff-lost"]),
        (FORK, "place pack", ["pay handoff-lost"]),
        (FORK, "place pay?", ["pay step-overdue", "pack handoff-lost"]),
        (FORK, "place pay? pack", ["pay step-overdue"]),
        (FORK, "place pay pack", ["ship handoff-lost"]),
        (FORK, "place pay? pack? ship", "completed"),
        (EITHER, "place", ["card handoff-lost"]),
        (EITHER, "place bank", ["ship handoff-lost"]),
        (TRIED, "place pay!", ["pay step-overdue"]),
        (UNDONE, "place pay!", ["unplace~place compensation-stuck"]),
        (UNDONE, "place pay! unplace~place?", ["unplace~place compensation-stuck"]),
        (TAKEN_BACK, "Placed Declined", ["Released compensation-stuck"]),
        (TAKEN_BACK, "Placed Paid", ["Shipped handoff-lost"]),
    ],
)
def test_the_next_step_follows_from_the_set_of_what_is_done(history, text, expected):
    """In whatever order it is told, and also where records were lost."""
    assert expected == shown(judged(text, None, history))


def test_a_branch_that_always_begins_first_is_not_over_when_the_other_begins():
    """What runs beside a step does not come before it."""
    history = learned(
        course(90, "hold insure transfer deposit", overlaps=[("insure", "transfer")]),
    )

    assert ["insure step-overdue"] == shown(judged("hold insure- transfer", None, history))


@pytest.mark.parametrize(("text", "p"), [("place", 0.6), ("place card", 1.0), ("place bank", 1.0)])
def test_a_place_has_the_chance_that_history_gives_it(text, p):
    """Of the courses that agree with the situation."""
    assert [p] == [pytest.approx(place.p) for place in judged(text, None, EITHER).places]


def test_an_alternative_gets_the_longest_limit():
    """It is not known which was chosen: the hand-off and the step of the slowest, with the factor."""
    (place,) = judged("place", None, timed(EITHER, card=2.0, bank=50.0)).places

    assert ("card", 408.0, "learned", 100.0) == (place.step, place.limit_s, place.limit_basis, place.limit_n)
    assert 3.0 == place.expected_s


def test_parallel_steps_have_their_own_limits():
    """Each its own hand-off and time."""
    places = judged("place", None, timed(FORK, pay=2.0, pack=50.0)).places

    assert {"pay": 24.0, "pack": 408.0} == {place.step: place.limit_s for place in places}
    assert {(StepKey("place"),)} == {place.of for place in places}


def test_without_a_known_hand_off_the_default_holds():
    """The time of the step alone says nothing of how long it is until it begins."""
    unknown = replace(timed(LINE), handoffs=())
    (place,) = judged("place", None, unknown).places

    assert (300.0, "default") == (place.limit_s, place.limit_basis)


@pytest.mark.parametrize(
    "text", ["", "place", "place? pay", "place pay ship", "place pay!", "place pay! unplace~place"]
)
def test_a_short_history_is_not_used(text):
    """With fewer than the configured samples everything is as if there were none."""
    few = timed(replace(UNDONE, samples=29.0))
    bare = replace(few, steps=(), handoffs=(), variants=(), undos=(), ends=())
    shorter = replace(few, steps=tuple(replace(one, timing=None) for one in few.steps))
    verdict = judged(text, None, shorter)

    assert shown(judged(text, None, bare)) == shown(verdict)
    assert (None, (), None, None) == (verdict.ends, verdict.remaining, verdict.finish_p, verdict.end_s)
    assert {"default"} >= {place.limit_basis for place in verdict.places}


def test_a_retry_is_awaited_for_as_long_as_the_step_takes():
    """Since it failed."""
    (place,) = judged("place pay!", None, timed(TRIED, pay=50.0)).places

    assert ("failed", 400.0, (StepKey("pay"),)) == (place.state, place.limit_s, place.of)


def test_how_often_a_step_was_retried_weighs_its_course():
    """Of 90 that went on a third had been tried again: they weigh less than those that were undone."""
    history = learned(
        course(90, "place pay ship"),
        course(40, "place pay! unplace~place"),
        facts=[StepFact(key=StepKey("pay"), owner="payment", n=90.0, retried=30.0, retried_well=30.0)],
    )
    precedent = Precedent(at("place pay!"), history, LIMITS)

    assert pytest.approx(40 / 70) == precedent.chance(StepKey("unplace", "place"))
    assert pytest.approx(30 / 70) == precedent.chance(StepKey("pay"))


def test_a_step_that_announces_its_failures_failed_for_good():
    """Its retries come without one: where it says that it failed, it is not tried again."""
    fact = StepFact(key=StepKey("pay"), owner="payment", n=90.0, retried=30.0, retried_well=30.0, announces=True)
    history = learned(course(90, "place pay ship"), course(40, "place pay! unplace~place"), facts=[fact])

    assert 0.0 == Precedent(at("place pay!"), history, LIMITS).chance(StepKey("pay"))


def test_a_few_courses_set_no_order():
    """One transaction of a rare way says nothing of which of two steps comes first."""
    rare = learned(course(90, "place pay"), course(2, "place audit check"), course(8, "place scan sign"), min_samples=0)

    assert ["audit step-overdue"] == shown(judged("audit? check", None, rare))
    assert "completed" == judged("scan? sign", None, rare).ends


def test_a_situation_that_history_does_not_know_has_no_chance():
    """Not even of nought."""
    assert Precedent(at("audit"), LINE, LIMITS).chance(StepKey("ship")) is None
    assert 0.0 == Precedent(at("place"), LINE, LIMITS).chance(StepKey("ship"))


@pytest.mark.parametrize(
    ("history", "text", "expected"),
    [
        (LINE, "place pay ship", "completed"),
        (LINE, "ship", "completed"),
        (LINE, "place? pay ship", "completed"),
        (LINE, "place pay ship?", ["ship step-overdue"]),
        (UNDONE, "place pay! unplace~place", "compensated"),
        (learned(course(90, "place pay ship"), course(40, "place pay!")), "place pay!", "failed"),
        (LINE, "audit", ["audit never-ended"]),
        (LINE, "place audit ship", "completed"),
        (SAID, "place pay ship", ["ship never-ended"]),
        (replace(LINE, variants=()), "place pay ship", "completed"),
    ],
)
def test_it_is_over_where_nothing_ever_followed(history, text, expected):
    """Unless its records usually say the end."""
    verdict = judged(text, None, history)

    assert expected == shown(verdict)
    assert (verdict.end_basis == "learned") == bool(verdict.ends)


def test_the_end_of_what_failed_is_none_of_what_is_done():
    """Where all failed at a step, its success is no known end."""
    failed = learned(course(90, "place pay!"))

    assert "failed" == judged("place pay!", None, failed).ends
    assert not Precedent(at("place pay"), replace(failed, variants=()), LIMITS).ends(0.9)
    assert "failed" != judged("place pay", None, failed).ends


def test_what_never_ended_is_for_the_one_who_says_the_end():
    """At its last step."""
    (place,) = judged("place pay ship", None, replace(SAID, closer="desk")).places

    assert ("ship", "completed", "desk", "never-ended") == (place.step, place.state, place.owner, place.kind)
    assert at("pay place ship") == tuple((*key, "completed", 1) for key in place.of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", "b"),
        ("z! a", "z"),
        ("z! cancel~a", "cancel"),
        ("z! a cancel~a", "cancel"),
        ("a cancel~a void~b!", "void"),
    ],
)
def test_the_last_step_is_what_undid_something_else_what_failed(text, expected):
    """Where no order is known."""
    (place,) = Precedent(at(text), None, LIMITS).last()

    assert expected == place.step


@pytest.mark.parametrize(
    ("text", "state", "kind"),
    [
        ("pay", "completed", "never-ended"),
        ("pay!", "failed", "never-ended"),
        ("refund~pay", "compensated", "never-ended"),
        ("refund~pay!", "compensation_failed", "compensation-stuck"),
    ],
)
def test_a_last_step_tells_how_it_ended(text, state, kind):
    """And a compensation that failed is stuck."""
    (place,) = judged(text).places

    assert (state, kind, 300.0, "default") == (place.state, place.kind, place.limit_s, place.limit_basis)


@pytest.mark.parametrize("text", ["place! pay", "place!5 pay"])
def test_a_step_that_failed_is_over_when_a_later_one_was_seen(text):
    """However often it failed: it went on."""
    assert ["ship handoff-lost"] == shown(judged(text, None, LINE))


def test_a_step_that_keeps_failing_goes_in_circles_until_something_else_follows():
    """With no declaration the configured number of tries."""
    assert ["pay never-ended"] == shown(judged("pay!2"))
    assert ["pay retry-loop"] == shown(judged("pay!3"))
    assert ["refund~place compensation-stuck"] == shown(judged("place pay!3 refund~place?"))


# --- what is to come ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "text", "expected"),
    [
        (LINE, "", ["place", "pay", "ship"]),
        (LINE, "place? pay?", ["ship"]),
        (LINE, "pay", ["ship"]),
        (LINE, "place pay ship", []),
        (EITHER, "place", ["bank", "card", "ship"]),
        (EITHER, "place card", ["ship"]),
        (UNDONE, "place pay!", ["unplace~place"]),
    ],
)
def test_what_remains_is_listed_as_it_usually_comes(history, text, expected):
    """What was seen, or must be over, is not."""
    assert expected == coming(judged(text, None, history))


def test_chances_fall_off_along_a_way_that_some_leave():
    """Each step is as likely as the transactions that came so far."""
    leaving = learned(course(50, "a b c d"), course(30, "a b c!"), course(20, "a b!"), course(2, "a b c d e"))
    remaining = judged("a", None, leaving).remaining

    assert [("b", 1.0), ("c", 0.804), ("d", 0.51)] == [(one.step, one.p) for one in remaining]  # e is too unlikely


def test_the_chance_to_finish_is_the_share_that_did():
    """Of what agrees with the situation, and is enough to say it."""
    assert pytest.approx(90 / 130, abs=0.001) == judged("place", None, UNDONE).finish_p
    assert 1.0 == judged("place pay", None, UNDONE).finish_p
    assert 0.0 == judged("place pay!", None, UNDONE).finish_p
    assert judged("audit", None, UNDONE).finish_p is None


def test_the_time_until_the_end_is_low_middle_and_high():
    """The middle times of what is sure, those of all by their chance, and p95 of all."""
    saga = timed(learned(course(60, "a b c"), course(40, "a b")), b=10.0, c=100.0)

    assert (11.0, pytest.approx(11 + 0.6 * 101), 220.0) == judged("a", None, saga).end_s
    assert judged("a", None, learned(course(60, "a b c"))).end_s is None  # no times are known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "completed"),
        ("a b", "completed"),
        ("a b!", "failed"),
        ("a b! undo~a", "compensated"),
        ("a b! undo~a!", "failed"),
    ],
)
def test_the_outcome_follows_from_what_the_steps_did(text, expected):
    """Where no record says it."""
    assert expected == outcome_of(at(text))


def test_rare_steps_that_are_named_so_take_something_back():
    """What most transactions do is their work, whatever its name."""
    work = learned(course(90, "Received Released"))
    precedent = Precedent(at("Placed Declined"), TAKEN_BACK, LIMITS)

    assert precedent.is_undo(StepKey("Released"))
    assert precedent.is_undo(StepKey("x", "Placed"))
    assert not precedent.is_undo(StepKey("Declined"))
    assert not Precedent((), work, LIMITS).is_undo(StepKey("Released"))


def test_how_many_took_a_step():
    """Of those that came so far; not known where nobody did."""
    assert pytest.approx(0.4) == Precedent(at("place"), EITHER, LIMITS).share_of(StepKey("bank"))
    assert 0.0 == Precedent(at("place card"), EITHER, LIMITS).share_of(StepKey("bank"))
    assert Precedent(at("audit"), EITHER, LIMITS).share_of(StepKey("bank")) is None
