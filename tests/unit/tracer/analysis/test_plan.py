"""What a declaration says for a situation: the steps that are ready, those to be undone, the end."""

import pytest

from tests.courses import course, learned
from tests.situations import at, coming, judged, saga, shown, step
from tracer.model.sagas import MAX_COUNTED_ATTEMPTS, Pattern, StepKey

LINE = saga(step("place", undo="unplace"), step("pay", "place", undo="refund"), step("ship", "pay"))
FORK = saga(
    step("place", undo="unplace"),
    step("pay", "place", undo="refund"),
    step("pack", "place", undo="unpack"),
    step("ship", "pay pack"),
)
EITHER = saga(
    step("place"),
    step("card", "place", optional=True, deadline_s=60.0),
    step("bank", "place", optional=True, deadline_s=900.0),
    step("ship", "card bank"),
)
GIFT = saga(step("place"), step("wrap", "place", optional=True), step("ship", "place wrap"))
PIVOT = saga(
    step("place", undo="unplace"), step("pay", "place", undo="refund", pivot=True), step("ship", "pay", retry_max=0)
)


def tried(retry_max, **more):
    """Declare a saga whose payment may be tried again."""
    return saga(step("place", undo="unplace"), step("pay", "place", retry_max=retry_max, **more))


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (LINE, "", ["place handoff-lost"]),
        (LINE, "place", ["pay handoff-lost"]),
        (LINE, "place?", ["place step-overdue"]),
        (LINE, "place pay-", ["pay step-overdue"]),
        (LINE, "place pay%2", ["pay step-overdue"]),
        (LINE, "place pay%3", ["pay retry-loop"]),
        (LINE, "place pay", ["ship handoff-lost"]),
        (FORK, "place", ["pay handoff-lost", "pack handoff-lost"]),
        (FORK, "place pay?", ["pay step-overdue", "pack handoff-lost"]),
        (FORK, "place pay", ["pack handoff-lost"]),
        (FORK, "place pay pack?", ["pack step-overdue"]),
        (FORK, "place pay pack", ["ship handoff-lost"]),
        (EITHER, "place card?", ["card step-overdue"]),
        (EITHER, "place card", ["ship handoff-lost"]),
        (EITHER, "place bank", ["ship handoff-lost"]),
        (GIFT, "place", ["ship handoff-lost"]),
        (GIFT, "place wrap?", ["wrap step-overdue"]),
        (GIFT, "place wrap", ["ship handoff-lost"]),
    ],
)
def test_the_steps_whose_predecessors_are_done_are_expected(declared, text, expected):
    """Beside what was seen to begin: in a line, in parallel, at a join, past what may be left out."""
    verdict = judged(text, declared)

    assert expected == shown(verdict)


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (LINE, "pay", ["ship handoff-lost"]),
        (LINE, "place? pay", ["ship handoff-lost"]),
        (LINE, "place- pay?", ["pay step-overdue"]),
        (LINE, "place! pay", ["ship handoff-lost"]),
        (LINE, "place!5 pay", ["ship handoff-lost"]),
        (LINE, "ship?", ["ship step-overdue"]),
        (LINE, "place pay@ ship", "completed"),
        (FORK, "place? pay", ["pack handoff-lost"]),
        (FORK, "place? pay?", ["pay step-overdue", "pack handoff-lost"]),
        (FORK, "ship", "completed"),
        (EITHER, "place? bank", ["ship handoff-lost"]),
        (EITHER, "ship", "completed"),
    ],
)
def test_a_step_is_over_when_a_later_one_was_seen(declared, text, expected):
    """Records get lost: neither that it began nor that it ended need have been told."""
    verdict = judged(text, declared)

    assert expected == shown(verdict)


def test_what_waits_for_a_step_whose_end_was_lost_is_expected_all_the_same():
    """A branch counts from what was seen to end, not from what was not."""
    (pack,) = judged("place? pay", FORK).places

    assert (StepKey("pay"),) == pack.of


def test_an_alternative_gets_the_longest_patience():
    """It is not known which was chosen: the likeliest is named, with the limit of the slowest."""
    (place,) = judged("place", EITHER).places

    assert ("card", 900.0, "declared", 0.5) == (place.step, place.limit_s, place.limit_basis, place.p)


def test_an_alternative_that_waits_for_ever_makes_all_wait():
    """A person may have been asked: no alarm."""
    asked = saga(
        step("place"),
        step("card", "place", optional=True, deadline_s=60.0),
        step("ask", "place", optional=True, waits=True),
    )

    assert [None] == [place.limit_s for place in judged("place", asked).places]


def test_history_says_which_alternative_is_the_likeliest():
    """And how likely."""
    history = learned(course(30, "place card ship"), course(90, "place bank ship"))
    (place,) = judged("place", EITHER, history).places

    assert ("bank", 0.75) == (place.step, place.p)


def test_a_step_is_asked_of_its_declared_owner():
    """Also one that was only told to begin: its records are of who told it."""
    assert ["pay-owner"] == [place.owner for place in judged("place", LINE).places]
    assert ["pay-owner"] == [place.owner for place in judged("place pay-", LINE).places]
    assert [None] == [place.owner for place in judged("place pay?", LINE).places]  # its own records name it


# --- waits and deadlines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["place", "place approve-", "place approve?", "place approve@", "place approve%5"])
@pytest.mark.parametrize("deadline_s", [None, 86_400.0])
def test_a_wait_is_overdue_past_its_own_deadline_alone(text, deadline_s):
    """However it stands, and never where none was declared."""
    declared = saga(step("place"), step("approve", "place", waits=True, deadline_s=deadline_s))
    (place,) = judged(text, declared).places

    assert ("approve", "waiting", "wait-overdue") == (place.step, place.state, place.kind)
    assert (deadline_s, "declared") == (place.limit_s, place.limit_basis)


def test_a_wait_that_keeps_failing_does_not_wait():
    """What fails again and again goes round in circles."""
    declared = saga(step("place"), step("approve", "place", waits=True, retry_max=5, deadline_s=5.0))

    assert ("retry-loop", "failed") == next((one.kind, one.state) for one in judged("place approve!6", declared).places)


def test_what_waits_for_a_person_is_named_last():
    """Whatever else is open comes before."""
    declared = saga(step("ask", waits=True), step("place"))

    assert ["place handoff-lost", "ask wait-overdue"] == shown(judged("", declared))


def test_a_declared_deadline_is_the_limit():
    """Of the step from what came before, of the step that runs, and of the compensation."""
    declared = saga(step("place", undo="unplace", undo_s=7.0), step("pay", "place", deadline_s=5.0))

    for text, limit_s in (("place", 5.0), ("place pay?", 5.0), ("place pay!", 7.0), ("place pay! unplace~place?", 7.0)):
        (place,) = judged(text, declared).places

        assert (limit_s, "declared") == (place.limit_s, place.limit_basis)


def test_the_deadline_of_the_whole_is_told():
    """While it is open."""
    declared = saga(step("place"), deadline_s=3600.0)

    assert 3600.0 == judged("", declared).deadline_s
    assert judged("place", declared).deadline_s is None


# --- retries --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("place pay!", ["pay step-overdue"]),
        ("place pay!2", ["pay step-overdue"]),
        ("place pay!3", ["unplace~place compensation-stuck", "pay retry-loop"]),
        ("place pay!4", ["unplace~place compensation-stuck", "pay retry-loop"]),
        ("place pay!3 unplace~place?", ["unplace~place compensation-stuck"]),
    ],
)
def test_a_failed_step_is_tried_again_as_often_as_declared(text, expected):
    """Two tries after the first; then it is undone, unless it goes on trying."""
    assert expected == shown(judged(text, tried(2)))


def test_a_step_of_many_tries_goes_in_circles_when_they_are_no_longer_counted():
    """The count of attempts stops somewhere; a higher `retry_max` is not waited for in vain."""
    assert ["pay retry-loop"] == shown(judged(f"place pay!{MAX_COUNTED_ATTEMPTS}", tried(50)))
    assert ["pay retry-loop"] == shown(judged(f"place pay%{MAX_COUNTED_ATTEMPTS}", tried(50)))
    assert ["pay step-overdue"] == shown(judged(f"place pay!{MAX_COUNTED_ATTEMPTS - 1}", tried(50)))


def test_a_retry_is_awaited_as_a_failed_step():
    """Since its failure, by its owner, within its deadline."""
    (place,) = judged("place pay!", tried(2, deadline_s=20.0)).places

    assert ("failed", "pay-owner", 20.0, (StepKey("pay"),)) == (place.state, place.owner, place.limit_s, place.of)


def test_a_failed_step_that_history_never_sees_retried_is_undone():
    """Whatever its declaration allows."""
    given_up = learned(course(50, "place pay ship"), course(40, "place pay! unplace~place"))

    assert ["unplace~place compensation-stuck"] == shown(judged("place pay!", tried(2), given_up))


@pytest.mark.parametrize("retry_max", [None, 0])
def test_a_step_without_retries_is_undone_at_once(retry_max):
    """The same where nothing was said."""
    assert ["unplace~place compensation-stuck"] == shown(judged("place pay!", tried(retry_max)))


# --- compensations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (LINE, "place pay ship!", ["refund~pay compensation-stuck"]),
        (LINE, "place pay ship! refund~pay-", ["refund~pay compensation-stuck"]),
        (LINE, "place pay ship! refund~pay?", ["refund~pay compensation-stuck"]),
        (LINE, "place pay ship! refund~pay!", ["refund~pay compensation-stuck"]),
        (LINE, "place pay ship! refund~pay", ["unplace~place compensation-stuck"]),
        (LINE, "place pay ship! refund~pay unplace~place", "compensated"),
        (LINE, "place pay ship! void~pay", ["unplace~place compensation-stuck"]),
        (LINE, "place pay?  unplace~place?", ["unplace~place compensation-stuck", "pay step-overdue"]),
        (LINE, "place!", "failed"),
        (LINE, "ship!", ["refund~pay compensation-stuck"]),
        (LINE, "place? pay!", ["unplace~place compensation-stuck"]),
        (FORK, "place pay pack ship!", ["unpack~pack compensation-stuck", "refund~pay compensation-stuck"]),
        (FORK, "place pay pack ship! refund~pay", ["unpack~pack compensation-stuck"]),
        (FORK, "place pay pack ship! refund~pay?", ["refund~pay compensation-stuck"]),
        (FORK, "place pay pack ship! refund~pay! unpack~pack", ["refund~pay compensation-stuck"]),
        (FORK, "place pay! pack", ["unpack~pack compensation-stuck"]),
        (PIVOT, "place pay ship!", ["ship step-overdue"]),
        (PIVOT, "place pay!", ["unplace~place compensation-stuck"]),
        (EITHER, "place card bank ship!", "failed"),
    ],
)
def test_what_was_done_is_undone_later_steps_first(declared, text, expected):
    """Parallel ones both, none beside one that runs, none past the pivot; a failed one is named."""
    verdict = judged(text, declared)

    assert expected == shown(verdict)


def test_a_compensation_that_failed_is_told_so():
    """And one that has not begun is pending."""
    (failed,) = judged("place pay! unplace~place!", LINE).places
    (pending,) = judged("place pay!", LINE).places

    assert ("compensation_failed", "unplace-owner") == (failed.state, failed.owner)
    assert ("pending", "unplace-owner") == (pending.state, pending.owner)


def test_a_step_that_may_be_left_out_is_undone_only_if_it_was_seen():
    """What nobody saw was left out; what began and was passed was done."""
    gift = saga(step("place"), step("wrap", "place", undo="unwrap", optional=True), step("ship", "place wrap"))

    assert "failed" == shown(judged("place ship!", gift))
    assert ["unwrap~wrap compensation-stuck"] == shown(judged("place wrap ship!", gift))
    assert ["unwrap~wrap compensation-stuck"] == shown(judged("place wrap? ship!", gift))


# --- the end --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("declared", "text"), [(LINE, "place pay ship"), (FORK, "ship place"), (EITHER, "card ship")])
def test_all_done_ends_completed(declared, text):
    """By the declaration."""
    verdict = judged(text, declared)

    assert ("completed", "declared", ()) == (verdict.ends, verdict.end_basis, verdict.places)


def test_all_done_is_not_the_end_where_records_say_the_end():
    """Its last step is named by its place in the plan, not by its name; the one who usually says the end owns it."""
    declared = saga(step("zip"), step("add", "zip"), completes=(Pattern(name="order.done"),))
    (place,) = judged("zip add", declared).places
    closed = learned(course(90, "zip add", "completed"))

    assert ("add", "never-ended", None) == (place.step, place.kind, place.owner)
    assert [closed.closer] == [one.owner for one in judged("zip add", declared, closed).places]


def test_all_undone_stands_at_what_undid_it():
    """Not at the step that failed, after which something followed."""
    declared = saga(step("a", undo="cancel"), step("z", "a"), fails=(Pattern(name="order.failed"),))

    assert ["cancel~a never-ended"] == shown(judged("a z! cancel~a", declared))


def test_a_step_that_nobody_declared_keeps_it_open():
    """As long as it runs."""
    assert ["audit step-overdue"] == shown(judged("place pay ship audit?", LINE))
    assert "completed" == judged("place pay ship audit", LINE).ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["place", "pay", "pack", "ship"]),
        ("place", ["pay", "pack", "ship"]),
        ("pay", ["pack", "ship"]),
        ("place pay pack ship!", ["unpack~pack", "refund~pay", "unplace~place"]),
        ("place pay pack! refund~pay", ["unplace~place"]),
    ],
)
def test_what_remains_is_listed_in_its_order(text, expected):
    """Forward, or backward once it has failed."""
    verdict = judged(text, FORK)

    assert expected == coming(verdict)
    assert {"declared"} == {one.basis for one in verdict.remaining}


def test_examples_are_read():
    """The little language of these tests means what it says."""
    assert ("pay", "", "failed", 3) == at("pay!3")[0]
    assert ("re-fund", "pay", "waiting", 1) == at("re-fund~pay@")[0]
